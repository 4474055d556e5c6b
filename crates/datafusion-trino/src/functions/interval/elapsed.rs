//! The time between two times.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, DurationMillisecondType, Field, Int64Type, TimeUnit};
use datafusion::common::{Result, exec_datafusion_err};

use super::{DAY_TIME, as_given};
use crate::functions::cast::time::{TimeCast, zone_of};
use crate::functions::scalar::{Call, Function, nullable};
use crate::time::precision::{power, round};
use crate::types::digits;

/// `time - time` in milliseconds, rounded half up.
pub(super) fn function() -> Function {
    Function::new("trino_elapsed", as_given, |_| nullable(DAY_TIME), elapsed)
}

fn elapsed(call: &Call) -> Result<ArrayRef> {
    let unit = call.args.iter().map(|arg| unit_of(arg.data_type())).max_by_key(|unit| digits(*unit));
    let unit = unit.unwrap_or(TimeUnit::Millisecond);
    let is_zoned = call.args.iter().any(|arg| matches!(arg.data_type(), DataType::Timestamp(_, Some(_))));
    let like = DataType::Timestamp(unit, is_zoned.then(|| "+00:00".into()));
    let cast_to = TimeCast::new(&Field::new("", like, true), &zone_of(call.session_zone())?);
    let counts =
        |i: usize| Ok::<_, datafusion::error::DataFusionError>(cast(&cast_to.apply(&call.args[i])?, &DataType::Int64)?);
    let (left, right) = (counts(0)?, counts(1)?);
    let (left, right) = (left.as_primitive::<Int64Type>(), right.as_primitive::<Int64Type>());
    let millis = |row: usize| match call.any_null(row) {
        true => Ok(None),
        false => in_millis(left.value(row), right.value(row), unit).map(Some),
    };
    let millis = (0..call.rows).map(millis).collect::<Result<PrimitiveArray<DurationMillisecondType>>>()?;
    Ok(Arc::new(millis))
}

/// Dates are compared by the millisecond.
fn unit_of(data_type: &DataType) -> TimeUnit {
    match data_type {
        DataType::Timestamp(unit, _) if digits(*unit) > 3 => *unit,
        _ => TimeUnit::Millisecond,
    }
}

fn in_millis(left: i64, right: i64, unit: TimeUnit) -> Result<i64> {
    let per_milli = power(digits(unit) - 3);
    let between = left.checked_sub(right).and_then(|between| round(between, per_milli));
    let between = between.ok_or_else(|| exec_datafusion_err!("interval day to second overflow: {left} - {right}"))?;
    Ok(between / per_milli)
}
