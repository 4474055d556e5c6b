//! Functions over dates, timestamps and intervals, as in Trino's "Date and time functions and operators".
//!
//! A timestamp with time zone is computed in its own zone, one without as its clock shows. Where a zone is
//! missing it is the session's, `datafusion.execution.time_zone`.

mod arithmetic;
mod clock;
mod duration;
mod instants;
mod iso;
mod joda;
mod mysql;
mod now;
mod part;
mod pattern;
mod range;
mod teradata;
mod unit;
mod unix;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarUDF};

use super::cast::time::zone_of;
use super::interval::DAY_TIME;
use super::scalar::{Function, Kind, fit, nullable};
use crate::time::zone::Zone;

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;
const D: Kind = Kind::Double;
const W: Kind = Kind::Time;

type Returns = fn(&[FieldRef]) -> Result<FieldRef>;
const BIGINT: Returns = |_| nullable(DataType::Int64);
const DOUBLE: Returns = |_| nullable(DataType::Float64);
const TEXT: Returns = |_| nullable(DataType::Utf8);
const DATE: Returns = |_| nullable(DataType::Date32);
const TIMESTAMP: Returns = |_| nullable(DataType::Timestamp(TimeUnit::Millisecond, None));

pub(crate) fn functions() -> Vec<Function> {
    let mut functions = arithmetic();
    functions.extend(instants_and_texts());
    functions.extend(part::PARTS.into_iter().map(|(name, evaluate)| {
        let part = Function::new(name, part::takes, BIGINT, evaluate);
        if name == "year" { part.preimage(range::of_year) } else { part }
    }));
    functions.extend(
        part::EXTRACTED
            .into_iter()
            .map(|(name, evaluate)| Function::new(name, part::takes_extracted, BIGINT, evaluate)),
    );
    functions
}

fn arithmetic() -> Vec<Function> {
    vec![
        Function::new("date_trunc", |n, t| fit(n, t, &[&[T, W]]), |a| like(a, 1), arithmetic::date_trunc)
            .preimage(range::of_date_trunc),
        Function::new("date_add", |n, t| fit(n, t, &[&[T, N, W]]), |a| like(a, 2), arithmetic::date_add),
        Function::new("date_diff", |n, t| fit(n, t, &[&[T, W, W]]), BIGINT, arithmetic::date_diff),
        date(),
        Function::new("last_day_of_month", |n, t| fit(n, t, &[&[W]]), DATE, arithmetic::last_day),
        Function::new("parse_duration", |n, t| fit(n, t, &[&[T]]), |_| nullable(DAY_TIME), duration::parse_duration),
        Function::new("to_milliseconds", duration::takes_interval, BIGINT, duration::to_milliseconds),
        Function::new("human_readable_seconds", |n, t| fit(n, t, &[&[D]]), TEXT, duration::human_readable_seconds),
    ]
}

/// `date(x)`, which is what a cast of a timestamp to date means.
pub(crate) fn date() -> Function {
    Function::new("date", |n, t| fit(n, t, &[&[W]]), DATE, arithmetic::to_date).preimage(range::of_date)
}

fn instants_and_texts() -> Vec<Function> {
    let unixtime = |n: &str, t: &[DataType]| fit(n, t, &[&[D], &[D, T], &[D, N, N]]);
    vec![
        Function::new("to_unixtime", |n, t| fit(n, t, &[&[W]]), DOUBLE, unix::to_unixtime),
        Function::by_zone("from_unixtime", unixtime, zoned_millis, unix::from_unixtime),
        Function::by_zone("from_unixtime_nanos", unix::takes_nanos, zoned_nanos, unix::from_unixtime_nanos),
        Function::by_zone("from_iso8601_timestamp", |n, t| fit(n, t, &[&[T]]), zoned_millis, iso::from_iso_timestamp),
        Function::by_zone(
            "from_iso8601_timestamp_nanos",
            |n, t| fit(n, t, &[&[T]]),
            zoned_nanos,
            iso::from_iso_timestamp_nanos,
        ),
        Function::new("from_iso8601_date", |n, t| fit(n, t, &[&[T]]), DATE, iso::from_iso_date),
        Function::new("to_iso8601", |n, t| fit(n, t, &[&[W]]), TEXT, iso::to_iso),
        Function::new("date_format", |n, t| fit(n, t, &[&[W, T]]), TEXT, mysql::date_format),
        Function::new("date_parse", |n, t| fit(n, t, &[&[T, T]]), TIMESTAMP, mysql::date_parse),
        Function::new("format_datetime", |n, t| fit(n, t, &[&[W, T]]), TEXT, joda::format_datetime),
        Function::by_zone("parse_datetime", |n, t| fit(n, t, &[&[T, T]]), zoned_millis, joda::parse_datetime),
        Function::new("to_char", |n, t| fit(n, t, &[&[W, T]]), TEXT, teradata::to_char),
        Function::new("to_date", |n, t| fit(n, t, &[&[T, T]]), DATE, teradata::to_date),
        Function::new("to_timestamp", |n, t| fit(n, t, &[&[T, T]]), TIMESTAMP, teradata::to_timestamp),
        Function::new("current_timezone", |n, t| fit(n, t, &[&[]]), TEXT, now::current_timezone).stable(),
        Function::new("timezone", |n, t| fit(n, t, &[&[W]]), TEXT, now::timezone),
    ]
}

/// The start of the query, which its plan states and not a call.
pub(crate) fn clocks() -> Vec<Arc<ScalarUDF>> {
    [now::Now::new("now", &["current_timestamp"], true), now::Now::new("localtimestamp", &[], false)]
        .into_iter()
        .map(|now| Arc::new(ScalarUDF::new_from_impl(now)))
        .collect()
}

/// The zone that the constants among the arguments of a call name, and the unit of its result: the zone is
/// part of the type, so only constants can have a say in it. Of columns the result is in the session's zone.
pub(crate) fn zone_in_constants(name: &str, constants: &[Option<&ScalarValue>]) -> Option<(TimeUnit, Zone)> {
    let text = |i: usize| constants.get(i).copied().flatten().and_then(|value| value.try_as_str().flatten());
    match name {
        "from_iso8601_timestamp" => Some((TimeUnit::Millisecond, iso::zone_in(text(0)?)?)),
        "from_iso8601_timestamp_nanos" => Some((TimeUnit::Nanosecond, iso::zone_in(text(0)?)?)),
        "parse_datetime" => Some((TimeUnit::Millisecond, joda::zone_in(text(0)?, text(1)?)?)),
        "from_unixtime" => Some((TimeUnit::Millisecond, unix::zone_in(constants)?)),
        _ => None,
    }
}

/// The result has the type of the time among the arguments.
fn like(args: &[FieldRef], i: usize) -> Result<FieldRef> {
    match args.get(i) {
        Some(field) => Ok(instants::like(field)),
        None => plan_err!("a time is missing"),
    }
}

/// timestamp(3) with time zone.
fn zoned_millis(_args: &ReturnFieldArgs, zone: &str) -> Result<FieldRef> {
    zoned(TimeUnit::Millisecond, zone)
}

/// timestamp(9) with time zone.
fn zoned_nanos(_args: &ReturnFieldArgs, zone: &str) -> Result<FieldRef> {
    zoned(TimeUnit::Nanosecond, zone)
}

fn zoned(unit: TimeUnit, zone: &str) -> Result<FieldRef> {
    let zone = zone_of(zone)?;
    Ok(Arc::new(Field::new("", DataType::Timestamp(unit, Some(zone.arrow_name())), true)))
}
