//! `sum` and `avg`, with Trino's types, and errors where a sum leaves its type.
//!
//! | argument | `sum` | `avg` |
//! | --- | --- | --- |
//! | integers | bigint | double |
//! | real, double | double | double |
//! | decimal(p, s) | decimal(38, s) | decimal(p, s), rounded half up |
//!
//! DataFusion's accumulators do the work, over a type so wide that it cannot overflow; only the result is
//! put back into Trino's type. Source: Trino's page on aggregate functions.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Field, FieldRef, Int64Type, i256};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, plan_err};
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

use super::decimal::{DIGITS, fits};
use crate::types::describe;

pub(crate) fn functions() -> Vec<Arc<AggregateUDF>> {
    let new = |kind, inner| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(AggregateUDF::new_from_impl(Checked { kind, inner, signature }))
    };
    vec![new(Kind::Sum, sum_udaf()), new(Kind::Avg, avg_udaf())]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Sum,
    Avg,
}

/// DataFusion's aggregate over a wider type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    kind: Kind,
    inner: Arc<AggregateUDF>,
    signature: Signature,
}

impl Checked {
    /// The type to add up in; `None` where DataFusion's own will do.
    fn wide(&self, of: &DataType) -> Option<DataType> {
        match (self.kind, of) {
            (Kind::Sum, DataType::Int64) => Some(DataType::Decimal128(DIGITS, 0)),
            (_, DataType::Decimal128(precision, scale)) => Some(DataType::Decimal256(*precision, *scale)),
            _ => None,
        }
    }

    /// Makes an accumulator of DataFusion's over the wide type.
    fn widened<T>(
        &self,
        args: AccumulatorArgs,
        make: impl Fn(&dyn AggregateUDFImpl, AccumulatorArgs) -> Result<T>,
        wrap: impl Fn(T, Widening) -> T,
    ) -> Result<T> {
        let of = args.expr_fields.first().map(|field| field.data_type().clone());
        let Some(wide) = of.as_ref().and_then(|of| self.wide(of)) else {
            return make(self.inner.inner().as_ref(), args);
        };
        let narrow = args.return_field.data_type().clone();
        let return_type = self.inner.inner().return_type(std::slice::from_ref(&wide))?;
        let fields = [Arc::new(Field::new("", wide.clone(), true))];
        let args =
            AccumulatorArgs { return_field: Arc::new(Field::new("", return_type, true)), expr_fields: &fields, ..args };
        Ok(wrap(make(self.inner.inner().as_ref(), args)?, Widening { wide, narrow }))
    }
}

impl AggregateUDFImpl for Checked {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let of = match types {
            [of] => of,
            _ => return plan_err!("{} takes one argument, not {}", self.name(), types.len()),
        };
        Ok(vec![match (self.kind, of) {
            (Kind::Sum, of) if of.is_integer() || of.is_null() => DataType::Int64,
            (Kind::Avg, of) if of.is_integer() || of.is_null() => DataType::Float64,
            (_, of) if of.is_floating() => DataType::Float64,
            (_, DataType::Decimal32(p, s) | DataType::Decimal64(p, s)) => DataType::Decimal128(*p, *s),
            (_, DataType::Decimal128(_, _) | DataType::Duration(_)) => of.clone(),
            (Kind::Sum, DataType::Interval(_)) => of.clone(),
            _ => return plan_err!("{}({}) does not exist; it takes a number", self.name(), describe(of)),
        }])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match (self.kind, types) {
            (Kind::Sum, [DataType::Decimal128(_, scale)]) => Ok(DataType::Decimal128(DIGITS, *scale)),
            (Kind::Avg, [DataType::Decimal128(precision, scale)]) => Ok(DataType::Decimal128(*precision, *scale)),
            _ => self.inner.inner().return_type(types),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let of = args.input_fields.first().map(|field| field.data_type().clone());
        let Some(wide) = of.as_ref().and_then(|of| self.wide(of)) else {
            return self.inner.inner().state_fields(args);
        };
        let return_type = self.inner.inner().return_type(std::slice::from_ref(&wide))?;
        let fields = [Arc::new(Field::new("", wide, true))];
        let return_field = Arc::new(Field::new("", return_type, true));
        self.inner.inner().state_fields(StateFieldsArgs { input_fields: &fields, return_field, ..args })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.widened(
            args,
            |inner, args| inner.accumulator(args),
            |inner, widening| Box::new(Widened { inner, widening }),
        )
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return self.inner.inner().create_sliding_accumulator(args);
        }
        let make = |inner: &dyn AggregateUDFImpl, args: AccumulatorArgs<'_>| inner.create_sliding_accumulator(args);
        self.widened(args, make, |inner, widening| Box::new(Widened { inner, widening }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct && self.inner.inner().groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        let make = |inner: &dyn AggregateUDFImpl, args: AccumulatorArgs<'_>| inner.create_groups_accumulator(args);
        self.widened(args, make, |inner, widening| Box::new(WidenedGroups { inner, widening }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// The way into the wide type and out of it.
#[derive(Debug)]
struct Widening {
    wide: DataType,
    narrow: DataType,
}

impl Widening {
    fn widen(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        values.iter().map(|values| Ok(cast(values, &self.wide)?)).collect()
    }

    fn narrow(&self, values: &ArrayRef) -> Result<ArrayRef> {
        match (values.data_type(), &self.narrow) {
            (DataType::Decimal128(_, _), DataType::Int64) => {
                let sums: PrimitiveArray<Int64Type> = values.as_primitive::<Decimal128Type>().try_unary(|sum| {
                    i64::try_from(sum).map_err(|_| exec_datafusion_err!("bigint addition overflow: the sum is {sum}"))
                })?;
                Ok(Arc::new(sums))
            }
            (DataType::Decimal256(_, from), DataType::Decimal128(precision, to)) => {
                let results: PrimitiveArray<Decimal128Type> =
                    values.as_primitive::<Decimal256Type>().try_unary(|value| {
                        drop_digits(value, u32::from(from.abs_diff(*to)))
                            .and_then(i256::to_i128)
                            .filter(|value| fits(*value, *precision))
                            .ok_or_else(|| exec_datafusion_err!("Decimal overflow"))
                    })?;
                Ok(Arc::new(results.with_precision_and_scale(*precision, *to)?))
            }
            (from, to) => exec_err!("a sum of {} is no {}", describe(from), describe(to)),
        }
    }
}

/// Without so many digits behind the point, rounded half up.
fn drop_digits(value: i256, digits: u32) -> Option<i256> {
    let unit = i256::from_i128(10).checked_pow(digits)?;
    let (quotient, rest) = (value.checked_div(unit)?, value.checked_rem(unit)?.wrapping_abs());
    if digits == 0 || rest < unit.wrapping_sub(rest) {
        return Some(quotient);
    }
    quotient.checked_add(if value.is_negative() { i256::MINUS_ONE } else { i256::ONE })
}

#[derive(Debug)]
struct Widened {
    inner: Box<dyn Accumulator>,
    widening: Widening,
}

impl Accumulator for Widened {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&self.widening.widen(values)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let result = self.inner.evaluate()?.to_array()?;
        ScalarValue::try_from_array(&self.widening.narrow(&result)?, 0)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(&self.widening.widen(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

struct WidenedGroups {
    inner: Box<dyn GroupsAccumulator>,
    widening: Widening,
}

impl GroupsAccumulator for WidenedGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.inner.update_batch(&self.widening.widen(values)?, groups, filter, total)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let results = self.inner.evaluate(emit_to)?;
        self.widening.narrow(&results)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.merge_batch(values, groups, total)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(&self.widening.widen(values)?, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
