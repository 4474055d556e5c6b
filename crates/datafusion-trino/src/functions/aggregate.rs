//! Trino's aggregate functions that DataFusion lacks, or has with another meaning.
//!
//! Every function is an accumulator whose partial states merge. The frame around it brings DISTINCT,
//! ORDER BY and sliding windows, which are the same for all of them.

mod checksum;
mod digest;
mod extremes;
mod frame;
mod frequent;
mod keys;
mod maps;
mod moments;
mod ordered;
mod percentile;
mod sketch;
mod text;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Signature, Volatility};

pub(crate) use ordered::WINDOW_ARRAY_AGG;

use crate::types::{describe, list_type};
use frame::{Buffered, Sliding};

pub(crate) fn functions() -> Vec<Arc<AggregateUDF>> {
    [
        checksum::functions(),
        extremes::functions(),
        maps::functions(),
        frequent::functions(),
        moments::functions(),
        ordered::functions(),
        percentile::functions(),
        sketch::functions(),
        text::functions(),
    ]
    .into_iter()
    .flatten()
    .map(|aggregate| Arc::new(AggregateUDF::new_from_impl(aggregate)))
    .collect()
}

/// `min` (true) or `max`.
pub(crate) fn extreme(least: bool) -> Arc<AggregateUDF> {
    use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
    if least { min_udaf() } else { max_udaf() }
}

/// Decides what the arguments are cast to; an error says what the function takes.
type Coerce = fn(&str, &[DataType]) -> Result<Vec<DataType>>;
/// Decides the type of the result from the (coerced) arguments.
type Returns = fn(&[FieldRef]) -> Result<FieldRef>;
/// The columns of a partial state.
type State = fn(&[FieldRef]) -> Result<Vec<DataType>>;
/// Makes an accumulator for one group.
type Accumulate = fn(&Call) -> Result<Box<dyn Accumulator>>;

/// An aggregate function made of plain functions. Two of the same name are the same.
#[derive(Debug, Clone)]
struct Aggregate {
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
    coerce: Coerce,
    returns: Returns,
    state: State,
    accumulate: Accumulate,
    /// Whether the order of the rows can be seen in the result.
    ordered: bool,
}

/// What an accumulator is made for.
#[derive(Debug, Clone)]
struct Call {
    name: &'static str,
    args: Vec<FieldRef>,
    returns: FieldRef,
    /// The arguments that are constants.
    constants: Vec<Option<ScalarValue>>,
}

impl Call {
    fn data_type(&self, i: usize) -> Result<&DataType> {
        match self.args.get(i) {
            Some(field) => Ok(field.data_type()),
            None => plan_err!("{} misses its argument {}", self.name, i + 1),
        }
    }

    /// A constant that is not NULL.
    fn constant(&self, i: usize) -> Option<&ScalarValue> {
        self.constants.get(i).and_then(Option::as_ref).filter(|value| !value.is_null())
    }

    /// A constant count, such as the n of `max(x, n)`.
    fn count(&self, i: usize, most: i64) -> Result<usize> {
        match self.constant(i) {
            Some(ScalarValue::Int64(Some(n))) if (1..=most).contains(n) => Ok(*n as usize),
            Some(other) => plan_err!("argument {} of {} must be between 1 and {most}, not {other}", i + 1, self.name),
            None => plan_err!("argument {} of {} must be a constant", i + 1, self.name),
        }
    }
}

impl Aggregate {
    fn new(name: &'static str, coerce: Coerce, returns: Returns, state: State, accumulate: Accumulate) -> Aggregate {
        let signature = Signature::user_defined(Volatility::Immutable);
        Aggregate { name, aliases: vec![], signature, coerce, returns, state, accumulate, ordered: false }
    }

    fn alias(mut self, alias: &str) -> Aggregate {
        self.aliases.push(alias.to_owned());
        self
    }

    fn ordered(mut self) -> Aggregate {
        self.ordered = true;
        self
    }

    fn call(&self, args: &AccumulatorArgs) -> Result<Call> {
        let empty = RecordBatch::new_empty(Arc::new(args.schema.clone()));
        let constants = args.exprs.iter().map(|expr| match expr.evaluate(&empty) {
            Ok(ColumnarValue::Scalar(value)) => Some(value),
            _ => None,
        });
        Ok(Call {
            name: self.name,
            args: args.expr_fields.to_vec(),
            returns: Arc::clone(&args.return_field),
            constants: constants.collect(),
        })
    }
}

impl PartialEq for Aggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Aggregate {}

impl Hash for Aggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        (self.coerce)(self.name, types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let fields: Vec<FieldRef> = types.iter().map(|t| Arc::new(Field::new("x", t.clone(), true))).collect();
        Ok((self.returns)(&fields)?.data_type().clone())
    }

    fn return_field(&self, args: &[FieldRef]) -> Result<FieldRef> {
        let field = (self.returns)(args)?;
        Ok(Arc::new(field.as_ref().clone().with_name(self.name).with_nullable(true)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let types = if args.is_distinct || !args.ordering_fields.is_empty() {
            vec![frame::state_type(args.input_fields, args.ordering_fields)]
        } else {
            (self.state)(args.input_fields)?
        };
        let named = types.into_iter().enumerate().map(|(i, data_type)| {
            Arc::new(Field::new(format!("{}[state {i}]", args.name), data_type, true)) as FieldRef
        });
        Ok(named.collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let call = self.call(&args)?;
        let inner = (self.accumulate)(&call)?;
        let orders: &[_] = if self.ordered { args.order_bys } else { &[] };
        if !args.is_distinct && orders.is_empty() {
            return Ok(inner);
        }
        let orders = orders.iter().map(|order| Ok((order.options, order.expr.data_type(args.schema)?)));
        let orders = orders.collect::<Result<Vec<_>>>()?;
        Ok(Box::new(Buffered::try_new(inner, &call.args, orders, args.is_distinct)?))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let call = self.call(&args)?;
        let (accumulate, distinct) = (self.accumulate, args.is_distinct);
        Ok(Box::new(Sliding::new(move || {
            let inner = accumulate(&call)?;
            Ok(match distinct {
                true => Box::new(Buffered::try_new(inner, &call.args, vec![], true)?),
                false => inner,
            })
        })))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        if self.ordered { AggregateOrderSensitivity::Beneficial } else { AggregateOrderSensitivity::Insensitive }
    }

    fn with_beneficial_ordering(self: Arc<Self>, _is_ordered: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }
}

fn nullable(data_type: DataType) -> Result<FieldRef> {
    Ok(Arc::new(Field::new("x", data_type, true)))
}

/// The field of an argument.
fn argument(args: &[FieldRef], i: usize) -> Result<&FieldRef> {
    match args.get(i) {
        Some(field) => Ok(field),
        None => plan_err!("argument {} is missing", i + 1),
    }
}

fn list_of(field: &FieldRef) -> DataType {
    list_type(field.as_ref().clone())
}

fn wrong<T>(name: &str, types: &[DataType], takes: &str) -> Result<T> {
    let given: Vec<String> = types.iter().map(describe).collect();
    plan_err!("{name}({}) does not exist; {name} takes {takes}", given.join(", "))
}

/// Whether values of a type have an order.
fn is_orderable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => false,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            is_orderable(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().all(|field| is_orderable(field.data_type())),
        _ => true,
    }
}

/// One value of a column, as a scalar.
fn scalar(values: &ArrayRef, row: usize) -> Result<ScalarValue> {
    ScalarValue::try_from_array(values, row)
}
