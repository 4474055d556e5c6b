//! Seconds and nanoseconds since 1970: `from_unixtime`, `from_unixtime_nanos`, `to_unixtime`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, TimestampMillisecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, exec_err, plan_err};

use super::super::cast::time::zone_of;
use super::super::scalar::Call;
use super::clock::Clock;
use crate::time::zone::Zone;

/// Milliseconds beyond which a timestamp(3) with time zone cannot go; as many as 51 bits count.
const MILLIS: i64 = 1 << 51;

/// The instant as milliseconds, in the range of timestamp(3) with time zone.
pub(super) fn millis(instant: Clock) -> Result<i64> {
    let millis = instant.millis();
    if (-MILLIS..MILLIS).contains(&millis) { Ok(millis) } else { exec_err!("Millis overflow: {millis}") }
}

/// A column of the result's type, timestamp(3) with time zone.
pub(super) fn zoned_millis(call: &Call, values: Vec<Option<i64>>) -> Result<ArrayRef> {
    let times = TimestampMillisecondArray::from(values);
    Ok(Arc::new(times.with_data_type(call.returns.data_type().clone())))
}

/// A column of the result's type, timestamp(9) with time zone.
pub(super) fn zoned_nanos(call: &Call, values: Vec<Option<i64>>) -> Result<ArrayRef> {
    let times = TimestampNanosecondArray::from(values);
    Ok(Arc::new(times.with_data_type(call.returns.data_type().clone())))
}

/// Seconds, alone or with a zone, or with the hours and minutes of an offset.
pub(super) fn from_unixtime(call: &Call) -> Result<ArrayRef> {
    let seconds = call.args[0].as_primitive::<Float64Type>();
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if call.any_null(row) {
            result.push(None);
            continue;
        }
        match call.args.len() {
            2 => drop(zone_of(call.text(1).value(row))?),
            3 => {
                let part = |i: usize| call.args[i].as_primitive::<Int64Type>().value(row);
                offset(part(1), part(2)).ok_or_else(|| {
                    exec_datafusion_err!(
                        "Invalid offset: {} hours and {} minutes; the most are 14 hours",
                        part(1),
                        part(2)
                    )
                })?;
            }
            _ => {}
        }
        let value = (seconds.value(row) * 1000.0 + 0.5).floor();
        result.push(Some(millis(Clock::of_millis(value as i64))?));
    }
    zoned_millis(call, result)
}

/// The zone of an offset.
fn offset(hours: i64, minutes: i64) -> Option<Zone> {
    Zone::offset(hours.checked_mul(60)?.checked_add(minutes)?)
}

/// The zone that constant arguments of `from_unixtime` name.
pub(super) fn zone_in(constants: &[Option<&ScalarValue>]) -> Option<Zone> {
    let integer = |value: &ScalarValue| match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(value)) => value,
        _ => None,
    };
    match constants {
        [_, Some(zone)] => Zone::parse(zone.try_as_str()??),
        [_, Some(hours), Some(minutes)] => offset(integer(hours)?, integer(minutes)?),
        _ => None,
    }
}

/// bigint or decimal.
pub(super) fn takes_nanos(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [integer] if integer.is_integer() || integer.is_null() => Ok(vec![DataType::Int64]),
        [decimal @ DataType::Decimal128(_, _)] => Ok(vec![decimal.clone()]),
        _ => {
            let given: Vec<String> = types.iter().map(crate::types::describe).collect();
            plan_err!("{name}({}) does not exist; there is {name}(bigint) and {name}(decimal)", given.join(", "))
        }
    }
}

/// Nanoseconds; the fraction of a decimal is rounded.
pub(super) fn from_unixtime_nanos(call: &Call) -> Result<ArrayRef> {
    let nanos = match call.args[0].data_type() {
        DataType::Decimal128(_, scale) => whole(call.args[0].as_primitive::<Decimal128Type>(), *scale)?,
        _ => call.args[0].as_primitive::<Int64Type>().iter().collect(),
    };
    zoned_nanos(call, nanos)
}

fn whole(decimals: &Decimal128Array, scale: i8) -> Result<Vec<Option<i64>>> {
    let unit = 10_i128.pow(u32::from(scale.unsigned_abs()));
    let mut result = Vec::with_capacity(decimals.len());
    for value in decimals.iter() {
        let rounded = value.map(|value| if scale < 0 { value.saturating_mul(unit) } else { round(value, unit) });
        let nanos = rounded.map(|value| {
            i64::try_from(value).map_err(|_| {
                exec_datafusion_err!("{value} nanoseconds are outside of timestamp(9), which ends in 2262")
            })
        });
        result.push(nanos.transpose()?);
    }
    Ok(result)
}

/// Half away from zero.
fn round(value: i128, unit: i128) -> i128 {
    let (whole, rest) = (value / unit, value % unit);
    if rest.abs() * 2 >= unit { whole + rest.signum() } else { whole }
}

/// Seconds since 1970 of an instant; a timestamp without zone is one of the session's zone.
pub(super) fn to_unixtime(call: &Call) -> Result<ArrayRef> {
    let times = call.times(0)?.or_in(&zone_of(call.session_zone())?);
    let seconds = (0..call.rows).map(|row| {
        let instant = times.instant(row)?;
        let below = instant.nanos % 1_000_000;
        Some(instant.millis() as f64 / 1000.0 + below as f64 * 1000.0 / 1e12)
    });
    Ok(Arc::new(seconds.collect::<Float64Array>()))
}
