//! Functions over dates and timestamps. The session's zone is UTC.

mod instant;
mod mysql;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type, TimeUnit};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};

use super::scalar::{Call, Function, Kind, fit, nullable};
use instant::{Instants, Unit};

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;
const W: Kind = Kind::Time;

/// `timestamp(3) with time zone`.
fn zoned() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into()))
}

pub(crate) fn functions() -> Vec<Function> {
    let bigint: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Int64);
    let text: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Utf8);
    let date: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Date32);
    let mut functions = vec![
        Function::new("date_trunc", |n, t| fit(n, t, &[&[T, W]]), |a| time_at(a, 1), date_trunc),
        Function::new("date_add", |n, t| fit(n, t, &[&[T, N, W]]), |a| time_at(a, 2), date_add),
        Function::new("date_diff", |n, t| fit(n, t, &[&[T, W, W]]), bigint, date_diff),
        Function::new("date", |n, t| fit(n, t, &[&[W]]), date, to_date),
        Function::new("last_day_of_month", |n, t| fit(n, t, &[&[W]]), date, last_day),
        Function::new("to_unixtime", |n, t| fit(n, t, &[&[W]]), |_| nullable(DataType::Float64), to_unixtime),
        Function::new("from_unixtime", |n, t| fit(n, t, &[&[Kind::Double]]), |_| nullable(zoned()), from_unixtime),
        Function::new("from_iso8601_timestamp", |n, t| fit(n, t, &[&[T]]), |_| nullable(zoned()), from_iso),
        Function::new("from_iso8601_date", |n, t| fit(n, t, &[&[T]]), date, from_iso_date),
        Function::new("to_iso8601", |n, t| fit(n, t, &[&[W]]), text, to_iso),
        Function::new("date_format", |n, t| fit(n, t, &[&[W, T]]), text, mysql::date_format),
        Function::new(
            "date_parse",
            |n, t| fit(n, t, &[&[T, T]]),
            |_| nullable(DataType::Timestamp(TimeUnit::Millisecond, None)),
            mysql::date_parse,
        ),
    ];
    functions.extend(
        parts().into_iter().map(|(name, evaluate)| Function::new(name, |n, t| fit(n, t, &[&[W]]), bigint, evaluate)),
    );
    functions
}

/// A part of a date, as Trino numbers it.
type Part = (&'static str, fn(&Call) -> Result<ArrayRef>);

fn parts() -> Vec<Part> {
    vec![
        ("year", |call| part(call, |t| i64::from(t.year()))),
        ("quarter", |call| part(call, |t| i64::from(t.month0() / 3 + 1))),
        ("month", |call| part(call, |t| i64::from(t.month()))),
        ("week", |call| part(call, |t| i64::from(t.iso_week().week()))),
        ("week_of_year", |call| part(call, |t| i64::from(t.iso_week().week()))),
        ("year_of_week", |call| part(call, |t| i64::from(t.iso_week().year()))),
        ("yow", |call| part(call, |t| i64::from(t.iso_week().year()))),
        ("day", |call| part(call, |t| i64::from(t.day()))),
        ("day_of_month", |call| part(call, |t| i64::from(t.day()))),
        ("day_of_week", |call| part(call, |t| i64::from(t.weekday().number_from_monday()))),
        ("dow", |call| part(call, |t| i64::from(t.weekday().number_from_monday()))),
        ("day_of_year", |call| part(call, |t| i64::from(t.ordinal()))),
        ("doy", |call| part(call, |t| i64::from(t.ordinal()))),
        ("hour", |call| part(call, |t| i64::from(t.hour()))),
        ("minute", |call| part(call, |t| i64::from(t.minute()))),
        ("second", |call| part(call, |t| i64::from(t.second()))),
        ("millisecond", |call| part(call, |t| i64::from(t.and_utc().timestamp_subsec_millis()))),
        ("timezone_hour", |call| part(call, |_| 0)),
        ("timezone_minute", |call| part(call, |_| 0)),
    ]
}

fn part(call: &Call, f: impl Fn(NaiveDateTime) -> i64) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[0])?;
    let parts = (0..call.rows).map(|row| times.get(row).map(&f));
    Ok(Arc::new(parts.collect::<Int64Array>()))
}

/// The result has the type of the time among the arguments.
fn time_at(args: &[FieldRef], i: usize) -> Result<FieldRef> {
    match args.get(i) {
        Some(field) => nullable(field.data_type().clone()),
        None => plan_err!("a time is missing"),
    }
}

fn unit(text: &str) -> Result<Unit> {
    Unit::parse(text).ok_or_else(|| {
        exec_datafusion_err!(
            "'{text}' is not a unit; there are millisecond, second, minute, hour, day, week, month, \
             quarter and year"
        )
    })
}

fn date_trunc(call: &Call) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[1])?;
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        result.push(match times.get(row).filter(|_| !call.any_null(row)) {
            Some(time) => Some(unit(call.text(0).value(row))?.truncate(time)),
            None => None,
        });
    }
    times.like(result)
}

fn date_add(call: &Call) -> Result<ArrayRef> {
    let counts = call.args[1].as_primitive::<Int64Type>();
    let times = Instants::new(&call.args[2])?;
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        result.push(match times.get(row).filter(|_| !call.any_null(row)) {
            Some(time) => {
                let moved = unit(call.text(0).value(row))?.add(time, counts.value(row));
                Some(moved.ok_or_else(|| exec_datafusion_err!("date_add leaves the calendar"))?)
            }
            None => None,
        });
    }
    times.like(result)
}

/// Whole units from the second to the third argument.
fn date_diff(call: &Call) -> Result<ArrayRef> {
    let (from, to) = (Instants::new(&call.args[1])?, Instants::new(&call.args[2])?);
    let mut result = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        result.push(match (from.get(row), to.get(row)) {
            (Some(from), Some(to)) if !call.any_null(row) => Some(unit(call.text(0).value(row))?.between(from, to)),
            _ => None,
        });
    }
    Ok(Arc::new(Int64Array::from(result)))
}

fn days(date: NaiveDate) -> i32 {
    i32::try_from((date - NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

fn to_date(call: &Call) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[0])?;
    let dates = (0..call.rows).map(|row| times.get(row).map(|time| days(time.date())));
    Ok(Arc::new(dates.collect::<Date32Array>()))
}

fn last_day(call: &Call) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[0])?;
    let dates = (0..call.rows).map(|row| {
        let first = times.get(row)?.date().with_day(1)?;
        first.checked_add_months(chrono::Months::new(1))?.pred_opt().map(days)
    });
    Ok(Arc::new(dates.collect::<Date32Array>()))
}

fn to_unixtime(call: &Call) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[0])?;
    let seconds = (0..call.rows).map(|row| {
        let time = times.instant(row)?.and_utc();
        Some(time.timestamp() as f64 + f64::from(time.timestamp_subsec_nanos()) / 1e9)
    });
    Ok(Arc::new(seconds.collect::<Float64Array>()))
}

fn from_unixtime(call: &Call) -> Result<ArrayRef> {
    let seconds = call.args[0].as_primitive::<Float64Type>();
    let millis = seconds.iter().map(|s| s.map(|s| (s * 1000.0).round() as i64));
    let times: arrow::array::TimestampMillisecondArray = millis.collect();
    Ok(Arc::new(times.with_timezone("+00:00")))
}

fn from_iso(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    for text in call.text(0) {
        result.push(match text {
            None => None,
            Some(text) => Some(
                iso_instant(text)
                    .ok_or_else(|| exec_datafusion_err!("'{text}' is not an ISO 8601 timestamp"))?
                    .timestamp_millis(),
            ),
        });
    }
    let times = arrow::array::TimestampMillisecondArray::from(result);
    Ok(Arc::new(times.with_timezone("+00:00")))
}

/// Dates, times to the hour, minute, second or fraction, with `Z`, an offset or neither (UTC).
fn iso_instant(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    if let Ok(full) = DateTime::parse_from_rfc3339(text) {
        return Some(full);
    }
    let (clock, offset) = split_offset(text);
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S%.f"];
    let time = formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(clock, format).ok())
        .or_else(|| {
            let hour = clock.split_once('T').filter(|(_, hour)| hour.len() == 2);
            let (date, hour) = hour?;
            NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?.and_hms_opt(hour.parse().ok()?, 0, 0)
        })
        .or_else(|| iso_date(clock)?.and_hms_opt(0, 0, 0))?;
    time.and_local_timezone(offset?).single()
}

/// What stands before the offset, and the offset.
fn split_offset(text: &str) -> (&str, Option<FixedOffset>) {
    let utc = FixedOffset::east_opt(0);
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return (clock, utc);
    }
    let time = text.find('T').unwrap_or(text.len());
    let Some(sign) = text[time..].find(['+', '-']).map(|at| time + at) else { return (text, utc) };
    let digits: String = text[sign + 1..].chars().filter(char::is_ascii_digit).collect();
    let number = |range| digits.get(range).and_then(|d: &str| d.parse::<i32>().ok());
    let seconds = number(0..2).map(|hours| hours * 3600 + number(2..4).unwrap_or(0) * 60);
    let seconds = seconds.map(|s| if text[sign..].starts_with('-') { -s } else { s });
    (&text[..sign], seconds.and_then(FixedOffset::east_opt))
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%G-W%V-%u", "%Y-%j"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .or_else(|| NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok())
        .or_else(|| NaiveDate::parse_from_str(&format!("{text}-01-01"), "%Y-%m-%d").ok())
}

fn from_iso_date(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    for text in call.text(0) {
        result.push(match text {
            None => None,
            Some(text) => match iso_date(text.trim()) {
                Some(date) => Some(days(date)),
                None => return exec_err!("'{text}' is not an ISO 8601 date"),
            },
        });
    }
    Ok(Arc::new(Date32Array::from(result)))
}

fn to_iso(call: &Call) -> Result<ArrayRef> {
    let times = Instants::new(&call.args[0])?;
    let zoned = matches!(call.args[0].data_type(), DataType::Timestamp(_, Some(_)));
    let is_date = call.args[0].data_type() == &DataType::Date32;
    let texts = (0..call.rows).map(|row| {
        let time = times.get(row)?;
        if is_date {
            return Some(time.format("%Y-%m-%d").to_string());
        }
        let offset = time.signed_duration_since(times.instant(row)?);
        let mut text = time.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
        if zoned && offset == TimeDelta::zero() {
            text.push('Z');
        } else if zoned {
            let minutes = offset.num_minutes();
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.abs();
            text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
        Some(text)
    });
    Ok(Arc::new(texts.collect::<StringArray>()))
}
