//! A time so much later or earlier.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, FieldRef, Int64Type, TimeUnit};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::{DAY_TIME, as_given, counts};
use crate::functions::cast::time::{TimeCast, zone_of};
use crate::functions::scalar::{Call, Function, nullable};
use crate::time::calendar::{DAY, add_months};
use crate::time::interval::DAY_MILLIS;
use crate::time::precision::{per_second, unit};
use crate::time::zone::Zone;
use crate::types::{precision, with_precision};

/// `time + interval`.
pub(super) fn later() -> Function {
    Function::new("trino_later", as_given, returns, |call| shifted(call, 1))
}

/// `time - interval`.
pub(super) fn earlier() -> Function {
    Function::new("trino_earlier", as_given, returns, |call| shifted(call, -1))
}

/// With milliseconds added a timestamp has three digits at least.
fn returns(args: &[FieldRef]) -> Result<FieldRef> {
    let time = args[0].as_ref();
    let (DataType::Timestamp(_, zone), Some(p)) = (time.data_type(), precision(time)) else {
        return nullable(time.data_type().clone());
    };
    let p = if args[1].data_type() == &DAY_TIME { p.max(3) } else { p };
    let data_type = DataType::Timestamp(unit(p), zone.clone());
    Ok(Arc::new(with_precision(Field::new("", data_type, true), p)))
}

fn shifted(call: &Call, sign: i64) -> Result<ArrayRef> {
    let intervals = counts(&call.args[1])?;
    let by_time = call.args[1].data_type() == &DAY_TIME;
    let interval = |row: usize| {
        let interval = intervals.value(row);
        interval.checked_mul(sign).ok_or_else(|| exec_datafusion_err!("interval overflow: {interval}"))
    };
    let DataType::Timestamp(unit, zone) = call.returns.data_type() else {
        return shifted_dates(call, interval, by_time, sign);
    };
    let zone = zone.as_deref().map_or(Ok(Zone::utc()), zone_of)?;
    let times = cast(&TimeCast::new(&call.returns, &zone).apply(&call.args[0])?, &DataType::Int64)?;
    let times = times.as_primitive::<Int64Type>();
    let time = |row: usize| {
        if call.any_null(row) {
            return Ok(None);
        }
        let (time, interval) = (times.value(row), interval(row)?);
        let moved =
            if by_time { add_millis(time, interval, *unit) } else { add_to_clock(time, interval, *unit, &zone) };
        moved.map(Some).ok_or_else(|| exec_datafusion_err!("timestamp out of range after adding an interval"))
    };
    let found = (0..call.rows).map(time).collect::<Result<PrimitiveArray<Int64Type>>>()?;
    Ok(cast(&found, call.returns.data_type())?)
}

fn add_millis(time: i64, millis: i64, unit: TimeUnit) -> Option<i64> {
    time.checked_add(millis.checked_mul(per_second(unit) / per_second(TimeUnit::Millisecond))?)
}

/// The same time of the day that the zone's clock shows, so many months later.
fn add_to_clock(time: i64, months: i64, unit: TimeUnit, zone: &Zone) -> Option<i64> {
    let per_second = per_second(unit);
    let (seconds, fraction) = (time.div_euclid(per_second), time.rem_euclid(per_second));
    let clock = seconds.checked_add(zone.offset_at(seconds))?;
    let day = add_months(clock.div_euclid(DAY), months)?;
    let clock = day.checked_mul(DAY)?.checked_add(clock.rem_euclid(DAY))?;
    zone.instant(clock).seconds().checked_mul(per_second)?.checked_add(fraction)
}

fn shifted_dates(call: &Call, interval: impl Fn(usize) -> Result<i64>, by_time: bool, sign: i64) -> Result<ArrayRef> {
    let dates = call.args[0].as_primitive::<Date32Type>();
    let date = |row: usize| {
        if call.any_null(row) {
            return Ok(None);
        }
        let (day, interval) = (i64::from(dates.value(row)), interval(row)?);
        if by_time && interval % DAY_MILLIS != 0 {
            let how =
                if sign > 0 { "add hour, minutes or seconds to" } else { "subtract hour, minutes or seconds from" };
            return exec_err!("Cannot {how} a date");
        }
        let moved = if by_time { day.checked_add(interval / DAY_MILLIS) } else { add_months(day, interval) };
        let moved = moved.and_then(|day| i32::try_from(day).ok());
        moved.map(Some).ok_or_else(|| exec_datafusion_err!("date out of range after adding an interval"))
    };
    Ok(Arc::new((0..call.rows).map(date).collect::<Result<PrimitiveArray<Date32Type>>>()?))
}
