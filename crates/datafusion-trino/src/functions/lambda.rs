//! Functions that take lambdas. Lambdas see the columns of the query as well as their parameters.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, NullArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, filter, interleave, take, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::attempt::attempt;
use crate::types::{describe, list_type};

type Argument<V, L> = ValueOrLambda<V, L>;

/// Which of the functions it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Filter,
    Transform,
    Any,
    All,
    None,
    Reduce,
    Try,
}

/// One of Trino's functions over an array and lambdas.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Lambda {
    kind: Kind,
    name: &'static str,
    signature: HigherOrderSignature,
}

/// `filter`, `transform`, `any_match`, `all_match`, `none_match`, `reduce` and `try`.
pub(crate) fn functions() -> Vec<Arc<HigherOrderUDF>> {
    [
        (Kind::Filter, "filter"),
        (Kind::Transform, "transform"),
        (Kind::Any, "any_match"),
        (Kind::All, "all_match"),
        (Kind::None, "none_match"),
        (Kind::Reduce, "reduce"),
        (Kind::Try, "try"),
    ]
    .into_iter()
    .map(|(kind, name)| {
        let (value, lambda) = (ValueOrLambda::Value(()), ValueOrLambda::Lambda(()));
        let arguments = match kind {
            Kind::Reduce => vec![value.clone(), value, lambda.clone(), lambda],
            Kind::Try => vec![lambda],
            _ => vec![value, lambda],
        };
        let signature = HigherOrderSignature::exact(arguments, Volatility::Immutable);
        Arc::new(HigherOrderUDF::new_from_impl(Lambda { kind, name, signature }))
    })
    .collect()
}

impl HigherOrderUDFImpl for Lambda {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let mut types = types.to_vec();
        if let Some(first) = types.first_mut() {
            *first = match &*first {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                    DataType::List(Arc::clone(item))
                }
                DataType::Null => list_type(Field::new("item", DataType::Null, true)),
                other => return plan_err!("{} takes an array, not {}", self.name, describe(other)),
            };
        }
        Ok(types)
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[Argument<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        if self.kind == Kind::Try {
            let nothing = Arc::new(Field::new("", DataType::Null, true));
            return Ok(LambdaParametersProgress::Complete(vec![vec![nothing]]));
        }
        let item = item_field(self.name, fields)?;
        if self.kind != Kind::Reduce {
            return Ok(LambdaParametersProgress::Complete(vec![vec![item]]));
        }
        let [_, Argument::Value(initial), Argument::Lambda(step), _] = fields else {
            return plan_err!("reduce takes an array, a value and two lambdas");
        };
        let nullable = |field: &FieldRef| Arc::new(field.as_ref().clone().with_nullable(true));
        Ok(match step {
            // The state has the type the first lambda gives, which depends on that of the first state.
            None => LambdaParametersProgress::Partial(vec![Some(vec![nullable(initial), item]), None]),
            Some(state) => LambdaParametersProgress::Complete(vec![vec![nullable(state), item], vec![nullable(state)]]),
        })
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let lambda = |i: usize| match args.arg_fields.get(i) {
            Some(Argument::Lambda(field)) => Ok(field.as_ref().clone().with_nullable(true)),
            _ => plan_err!("{} takes a lambda in place {}", self.name, i + 1),
        };
        Ok(Arc::new(match self.kind {
            Kind::Any | Kind::All | Kind::None => Field::new("", DataType::Boolean, true),
            Kind::Transform => Field::new("", list_type(lambda(1)?), true),
            Kind::Reduce => lambda(3)?,
            Kind::Try => lambda(0)?,
            Kind::Filter => match args.arg_fields.first() {
                Some(Argument::Value(list)) => list.as_ref().clone().with_nullable(true),
                _ => return plan_err!("filter takes an array and a lambda"),
            },
        }))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let found = match (self.kind, args.args.as_slice()) {
            (Kind::Try, [Argument::Lambda(body)]) => try_body(body, &args)?,
            (
                Kind::Reduce,
                [Argument::Value(list), Argument::Value(initial), Argument::Lambda(step), Argument::Lambda(last)],
            ) => {
                let items = Items::new(&list.to_array(args.number_rows)?)?;
                reduce(&items, &initial.to_array(args.number_rows)?, step, last, &args)?
            }
            (kind, [Argument::Value(list), Argument::Lambda(lambda)]) => {
                let items = Items::new(&list.to_array(args.number_rows)?)?;
                let results = items.evaluate(lambda)?;
                match kind {
                    Kind::Transform => items.with_values(results, args.return_type())?,
                    Kind::Filter => items.filter(&results, args.return_type())?,
                    _ => {
                        let results = cast(&results, &DataType::Boolean)?;
                        Arc::new(items.matched(results.as_boolean(), kind))
                    }
                }
            }
            _ => return exec_err!("{} takes other arguments", self.name),
        };
        Ok(ColumnarValue::Array(found))
    }
}

fn item_field(name: &str, fields: &[Argument<FieldRef, Option<FieldRef>>]) -> Result<FieldRef> {
    match fields.first() {
        Some(Argument::Value(list)) => match list.data_type() {
            DataType::List(item) => Ok(Arc::new(item.as_ref().clone().with_nullable(true))),
            other => plan_err!("{name} takes an array, not {}", describe(other)),
        },
        _ => plan_err!("{name} takes an array first"),
    }
}

/// The items of a column of arrays in one column, without those behind a NULL array.
struct Items {
    values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    /// The row each item belongs to.
    rows: UInt32Array,
}

impl Items {
    fn new(list: &ArrayRef) -> Result<Items> {
        let list = list.as_list::<i32>();
        let offsets = list.value_offsets();
        let mut places = Vec::new();
        let mut rows = Vec::new();
        let mut lengths = Vec::with_capacity(list.len());
        for row in 0..list.len() {
            let range = if list.is_valid(row) { offsets[row]..offsets[row + 1] } else { 0..0 };
            lengths.push(range.len());
            rows.resize(rows.len() + range.len(), row as u32);
            places.extend(range.map(|place| place as u32));
        }
        let dense = places.len() == list.values().len();
        let values =
            if dense { Arc::clone(list.values()) } else { take(list.values(), &UInt32Array::from(places), None)? };
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Items { values, offsets, nulls: list.nulls().cloned(), rows: UInt32Array::from(rows) })
    }

    /// The lambda's value for every item.
    fn evaluate(&self, lambda: &LambdaArgument) -> Result<ArrayRef> {
        let items = || Ok(Arc::clone(&self.values));
        lambda
            .evaluate(&[&items], |captured| Ok(take_arrays(captured, &self.rows, None)?))?
            .into_array(self.values.len())
    }

    /// Arrays of the same lengths with other values.
    fn with_values(&self, values: ArrayRef, to: &DataType) -> Result<ArrayRef> {
        let DataType::List(item) = to else { return exec_err!("expected an array, got {to}") };
        let list = ListArray::try_new(Arc::clone(item), self.offsets.clone(), values, self.nulls.clone())?;
        Ok(Arc::new(list))
    }

    /// The arrays without the items the lambda is not true for.
    fn filter(&self, keep: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
        let DataType::List(item) = to else { return exec_err!("expected an array, got {to}") };
        let keep = keep.as_boolean();
        let kept = |place: usize| keep.is_valid(place) && keep.value(place);
        let lengths = self.offsets.windows(2).map(|w| (w[0] as usize..w[1] as usize).filter(|&p| kept(p)).count());
        let list = ListArray::try_new(
            Arc::clone(item),
            OffsetBuffer::from_lengths(lengths.collect::<Vec<_>>()),
            filter(&self.values, keep)?,
            self.nulls.clone(),
        )?;
        Ok(Arc::new(list))
    }

    /// Three-valued: an unknown item matters only when no other decides.
    fn matched(&self, results: &BooleanArray, kind: Kind) -> BooleanArray {
        let decides = kind != Kind::All;
        (0..self.offsets.len() - 1)
            .map(|row| {
                if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                    return None;
                }
                let mut unknown = false;
                for place in self.offsets[row] as usize..self.offsets[row + 1] as usize {
                    if results.is_null(place) {
                        unknown = true;
                    } else if results.value(place) == decides {
                        return Some(kind == Kind::Any);
                    }
                }
                (!unknown).then_some(kind != Kind::Any)
            })
            .collect()
    }
}

/// All first items, then all second ones, and so on: as many calls as the longest array is long.
fn reduce(
    items: &Items,
    initial: &ArrayRef,
    step: &LambdaArgument,
    last: &LambdaArgument,
    args: &HigherOrderFunctionArgs,
) -> Result<ArrayRef> {
    let Some(Argument::Lambda(state)) = args.arg_fields.get(2) else {
        return exec_err!("reduce takes a lambda in place 3");
    };
    let mut states = cast(initial, state.data_type())?;
    let rows = states.len();
    let length = |row: usize| items.offsets[row + 1] - items.offsets[row];
    let longest = (0..rows).map(length).max().unwrap_or(0);
    for place in 0..longest {
        let active: Vec<u32> = (0..rows).filter(|&row| length(row) > place).map(|row| row as u32).collect();
        let places = active.iter().map(|&row| (items.offsets[row as usize] + place) as u32);
        let places = UInt32Array::from_iter_values(places);
        let active = UInt32Array::from(active);
        let before = || Ok(take(&states, &active, None)?);
        let item = || Ok(take(&items.values, &places, None)?);
        let after = step
            .evaluate(&[&before, &item], |captured| Ok(take_arrays(captured, &active, None)?))?
            .into_array(active.len())?;
        let after = cast(&after, state.data_type())?;
        // Rows that have run out of items keep their state.
        let mut sources: Vec<(usize, usize)> = (0..rows).map(|row| (0, row)).collect();
        for (i, row) in active.values().iter().enumerate() {
            sources[*row as usize] = (1, i);
        }
        states = interleave(&[&states, &after], &sources)?;
    }
    let all = || Ok(Arc::clone(&states));
    let result = last.evaluate(&[&all], |captured| Ok(captured.to_vec()))?.into_array(rows)?;
    let Some(nulls) = &items.nulls else { return Ok(result) };
    Ok(arrow::compute::nullif(&result, &BooleanArray::new(!nulls.inner(), None))?)
}

/// The value of the body, NULL for rows where it fails.
fn try_body(body: &LambdaArgument, args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let run = |start: usize, rows: usize| -> Result<ArrayRef> {
        let nothing = || Ok(Arc::new(NullArray::new(rows)) as ArrayRef);
        let slice = |captured: &[ArrayRef]| Ok(captured.iter().map(|c| c.slice(start, rows)).collect());
        body.evaluate(&[&nothing], slice)?.into_array(rows)
    };
    attempt(args.number_rows, args.return_type(), |_| true, &run)
}
