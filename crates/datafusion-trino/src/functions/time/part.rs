//! Parts of dates, timestamps and intervals: what `extract(part FROM x)` and the functions named after
//! the parts give, all bigint.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationMillisecondType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimeUnit,
};
use datafusion::common::{Result, exec_err, plan_err};

use super::super::cast::time::zone_of;
use super::super::scalar::{Call, Evaluate, Kind, fit};
use super::clock::Clock;

/// The functions, each with what it computes.
pub(super) const PARTS: [(&str, Evaluate); 19] = [
    ("year", |call| part(call, |t| t.day().year, Some(Interval::Months(|m| m / 12)))),
    ("quarter", |call| part(call, |t| (t.day().month - 1) / 3 + 1, None)),
    ("month", |call| part(call, |t| t.day().month, Some(Interval::Months(|m| m % 12)))),
    ("week", |call| part(call, |t| t.week().1, None)),
    ("week_of_year", |call| part(call, |t| t.week().1, None)),
    ("year_of_week", |call| part(call, |t| t.week().0, None)),
    ("yow", |call| part(call, |t| t.week().0, None)),
    ("day", |call| part(call, |t| t.day().day, DAYS)),
    ("day_of_month", |call| part(call, |t| t.day().day, DAYS)),
    ("day_of_week", |call| part(call, Clock::day_of_week, None)),
    ("dow", |call| part(call, Clock::day_of_week, None)),
    ("day_of_year", |call| part(call, Clock::day_of_year, None)),
    ("doy", |call| part(call, Clock::day_of_year, None)),
    ("hour", |call| part(call, Clock::hour, HOURS)),
    ("minute", |call| part(call, Clock::minute, MINUTES)),
    ("second", |call| part(call, Clock::second, SECONDS)),
    ("millisecond", |call| part(call, Clock::millisecond, Some(Interval::Millis(|ms| ms % 1000)))),
    ("timezone_hour", |call| offset(call, |seconds| seconds / 60 / 60)),
    ("timezone_minute", |call| offset(call, |seconds| seconds / 60 % 60)),
];

/// The parts that `extract` is stricter with than the function of the name, see [`takes_extracted`].
pub(super) const EXTRACTED: [(&str, Evaluate); 5] = [
    ("trino_extract_hour", |call| part(call, Clock::hour, HOURS)),
    ("trino_extract_minute", |call| part(call, Clock::minute, MINUTES)),
    ("trino_extract_second", |call| part(call, Clock::second, SECONDS)),
    ("trino_extract_timezone_hour", |call| offset(call, |seconds| seconds / 60 / 60)),
    ("trino_extract_timezone_minute", |call| offset(call, |seconds| seconds / 60 % 60)),
];

const DAYS: Option<Interval> = Some(Interval::Millis(|ms| ms / 86_400_000));
const HOURS: Option<Interval> = Some(Interval::Millis(|ms| ms / 3_600_000 % 24));
const MINUTES: Option<Interval> = Some(Interval::Millis(|ms| ms / 60_000 % 60));
const SECONDS: Option<Interval> = Some(Interval::Millis(|ms| ms / 1000 % 60));

/// How the part of an interval is computed: from its months or from its milliseconds.
#[derive(Clone, Copy)]
enum Interval {
    Months(fn(i64) -> i64),
    Millis(fn(i64) -> i64),
}

/// A date, a timestamp, a text of one, or an interval.
pub(super) fn takes(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [interval @ DataType::Interval(unit)] => {
            let months = matches!(name, "year" | "month");
            let millis = matches!(name, "day" | "day_of_month" | "hour" | "minute" | "second" | "millisecond");
            match unit {
                IntervalUnit::YearMonth if months => Ok(vec![interval.clone()]),
                IntervalUnit::DayTime if millis => Ok(vec![interval.clone()]),
                IntervalUnit::MonthDayNano if months || millis => Ok(vec![interval.clone()]),
                _ => plan_err!("{name} is not a part of this interval"),
            }
        }
        [DataType::Duration(_)]
            if matches!(name, "day" | "day_of_month" | "hour" | "minute" | "second" | "millisecond") =>
        {
            Ok(vec![DataType::Duration(TimeUnit::Millisecond)])
        }
        _ => fit(name, types, &[&[Kind::Time]]),
    }
}

/// A date has no hour for `extract`, a timestamp without zone no offset; the functions read both as
/// timestamps, of midnight and of the session's zone.
pub(super) fn takes_extracted(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let part = name.trim_start_matches("trino_extract_");
    match types {
        [DataType::Date32 | DataType::Date64] => {}
        [DataType::Timestamp(_, None)] if part.starts_with("timezone") => {}
        _ => return takes(part, types),
    }
    let given: Vec<String> = types.iter().map(crate::types::describe).collect();
    plan_err!("Cannot extract {} from {}", part.to_uppercase(), given.join(", "))
}

fn part(call: &Call, of_clock: impl Fn(Clock) -> i64, of_interval: Option<Interval>) -> Result<ArrayRef> {
    if let (DataType::Interval(_) | DataType::Duration(_), Some(of)) = (call.args[0].data_type(), of_interval) {
        return interval_part(&call.args[0], of);
    }
    let times = call.times(0)?;
    let parts = (0..call.rows).map(|row| times.clock(row).map(&of_clock));
    Ok(Arc::new(parts.collect::<Int64Array>()))
}

/// A timestamp without zone is one of the session's zone.
fn offset(call: &Call, of_seconds: impl Fn(i64) -> i64) -> Result<ArrayRef> {
    let times = call.times(0)?.or_in(&zone_of(call.session_zone())?);
    let parts = (0..call.rows).map(|row| times.offset(row).map(&of_seconds));
    Ok(Arc::new(parts.collect::<Int64Array>()))
}

fn interval_part(intervals: &ArrayRef, of: Interval) -> Result<ArrayRef> {
    let parts: Int64Array = match (intervals.data_type(), of) {
        (DataType::Interval(IntervalUnit::YearMonth), Interval::Months(part)) => {
            intervals.as_primitive::<IntervalYearMonthType>().unary(|months| part(i64::from(months)))
        }
        (DataType::Interval(IntervalUnit::DayTime), Interval::Millis(part)) => intervals
            .as_primitive::<IntervalDayTimeType>()
            .unary(|value| part(i64::from(value.days) * 86_400_000 + i64::from(value.milliseconds))),
        (DataType::Interval(IntervalUnit::MonthDayNano), Interval::Months(part)) => {
            intervals.as_primitive::<IntervalMonthDayNanoType>().unary(|value| part(i64::from(value.months)))
        }
        (DataType::Interval(IntervalUnit::MonthDayNano), Interval::Millis(part)) => intervals
            .as_primitive::<IntervalMonthDayNanoType>()
            .unary(|value| part(i64::from(value.days) * 86_400_000 + value.nanoseconds / 1_000_000)),
        (DataType::Duration(_), Interval::Millis(part)) => {
            let millis = cast(intervals, &DataType::Duration(TimeUnit::Millisecond))?;
            millis.as_primitive::<DurationMillisecondType>().unary(part)
        }
        (other, _) => return exec_err!("{} has no such part", crate::types::describe(other)),
    };
    Ok(Arc::new(parts))
}
