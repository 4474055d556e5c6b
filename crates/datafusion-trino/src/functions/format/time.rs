//! Dates and times as java.util.Formatter shows them (`%tY`).

use std::fmt;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type, Time64NanosecondType, TimeUnit};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::time::precision::per_second;

/// A value of a date or time type; its text is that of java.time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Temporal {
    Date(NaiveDate),
    Time(NaiveTime),
    Clock(NaiveDateTime),
    /// The clock of a zone, the zone's offset in seconds and its name.
    Zoned(NaiveDateTime, i32, String),
}

impl Temporal {
    fn date(&self) -> Option<NaiveDate> {
        match self {
            Temporal::Date(date) => Some(*date),
            Temporal::Time(_) => None,
            Temporal::Clock(clock) | Temporal::Zoned(clock, _, _) => Some(clock.date()),
        }
    }

    fn time(&self) -> Option<NaiveTime> {
        match self {
            Temporal::Date(_) => None,
            Temporal::Time(time) => Some(*time),
            Temporal::Clock(clock) | Temporal::Zoned(clock, _, _) => Some(clock.time()),
        }
    }
}

impl fmt::Display for Temporal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(date) = self.date() {
            write!(f, "{}", date.format("%Y-%m-%d"))?;
        }
        if let Some(time) = self.time() {
            let separator = if self.date().is_some() { "T" } else { "" };
            write!(f, "{separator}{}", time.format("%H:%M"))?;
            match (time.second(), time.nanosecond()) {
                (0, 0) => {}
                (second, 0) => write!(f, ":{second:02}")?,
                (second, nanos) if nanos % 1_000_000 == 0 => write!(f, ":{second:02}.{:03}", nanos / 1_000_000)?,
                (second, nanos) if nanos % 1_000 == 0 => write!(f, ":{second:02}.{:06}", nanos / 1_000)?,
                (second, nanos) => write!(f, ":{second:02}.{nanos:09}")?,
            }
        }
        if let Temporal::Zoned(_, offset, zone) = self {
            if *offset == 0 {
                f.write_str("Z")?
            } else {
                f.write_str(&offset_text(*offset, ":"))?;
                // Local mean times have seconds.
                if offset % 60 != 0 {
                    write!(f, ":{:02}", offset.abs() % 60)?;
                }
            }
            if zone.starts_with(|c: char| c.is_ascii_alphabetic()) {
                write!(f, "[{zone}]")?;
            }
        }
        Ok(())
    }
}

fn offset_text(offset: i32, between: &str) -> String {
    let minutes = offset.abs() / 60;
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

/// The values of a column of a date or time type.
pub(super) enum Temporals {
    Dates(ArrayRef),
    Times(ArrayRef),
    /// Counts since 1970, how many of them are a second, and the zone.
    Stamps(Int64Array, i64, Option<(Tz, String)>),
}

impl Temporals {
    /// `None` for other types.
    pub(super) fn new(array: &ArrayRef) -> Result<Option<Temporals>> {
        Ok(Some(match array.data_type() {
            DataType::Date32 | DataType::Date64 => Temporals::Dates(cast(array, &DataType::Date32)?),
            DataType::Time32(_) | DataType::Time64(_) => {
                Temporals::Times(cast(array, &DataType::Time64(TimeUnit::Nanosecond))?)
            }
            DataType::Timestamp(unit, zone) => {
                let parsed = zone
                    .as_deref()
                    .map(|name| {
                        let zone = name.parse::<Tz>().map_err(|_| exec_datafusion_err!("unknown time zone {name}"))?;
                        // The zone of a session without one.
                        let name = if name == "+00:00" { "UTC" } else { name };
                        Ok::<_, datafusion::common::DataFusionError>((zone, name.to_owned()))
                    })
                    .transpose()?;
                let (counts, per_second) = (cast(array, &DataType::Int64)?, per_second(*unit));
                let counts = counts.as_primitive::<Int64Type>().clone();
                if let Some(beyond) = counts.iter().flatten().find(|count| moment(*count, per_second).is_none()) {
                    let seconds = beyond.div_euclid(per_second);
                    return exec_err!("format does not reach {seconds} seconds from 1970: years end at 262142");
                }
                Temporals::Stamps(counts, per_second, parsed)
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn value(&self, row: usize) -> Option<Temporal> {
        match self {
            Temporals::Dates(days) => {
                let days = days.is_valid(row).then(|| days.as_primitive::<Date32Type>().value(row))?;
                NaiveDate::default().checked_add_signed(TimeDelta::days(days.into())).map(Temporal::Date)
            }
            Temporals::Times(times) => {
                let nanos = times.is_valid(row).then(|| times.as_primitive::<Time64NanosecondType>().value(row))?;
                let (second, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
                NaiveTime::from_num_seconds_from_midnight_opt(second as u32, rest as u32).map(Temporal::Time)
            }
            Temporals::Stamps(counts, per_second, zone) => {
                let count = counts.is_valid(row).then(|| counts.value(row))?;
                let clock = moment(count, *per_second)?.naive_utc();
                let Some((zone, name)) = zone else { return Some(Temporal::Clock(clock)) };
                let offset = zone.offset_from_utc_datetime(&clock).fix();
                Some(Temporal::Zoned(clock + offset, offset.local_minus_utc(), name.clone()))
            }
        }
    }
}

/// The time so many counts from 1970.
fn moment(count: i64, per_second: i64) -> Option<DateTime<Utc>> {
    let nanos = count.rem_euclid(per_second) * (1_000_000_000 / per_second);
    DateTime::from_timestamp(count.div_euclid(per_second), u32::try_from(nanos).ok()?)
}

/// The value by the letter behind `%t`; `None` when the letter is none, or the value has no such part.
pub(super) fn show(code: char, value: &Temporal) -> Option<String> {
    let (date, time) = (value.date(), value.time());
    let dated = |format: &str| date.map(|date| date.format(format).to_string());
    let timed = |format: &str| time.map(|time| time.format(format).to_string());
    match code {
        'H' | 'I' | 'M' | 'S' | 'R' | 'T' => timed(&format!("%{code}")),
        'k' => time.map(|time| time.hour().to_string()),
        'l' => time.map(|time| time.hour12().1.to_string()),
        'L' => time.map(|time| format!("{:03}", time.nanosecond() / 1_000_000)),
        'N' => time.map(|time| format!("{:09}", time.nanosecond())),
        'p' => time.map(|time| if time.hour() < 12 { "am" } else { "pm" }.to_owned()),
        'r' => timed("%I:%M:%S %p"),
        'B' | 'b' | 'h' | 'A' | 'a' | 'Y' | 'y' | 'C' | 'm' | 'd' | 'j' | 'F' => dated(&format!("%{code}")),
        'e' => date.map(|date| date.day().to_string()),
        'D' => dated("%m/%d/%y"),
        _ => zoned(code, value),
    }
}

/// What only an instant has.
fn zoned(code: char, value: &Temporal) -> Option<String> {
    let Temporal::Zoned(clock, offset, zone) = value else { return None };
    let instant = *clock - TimeDelta::seconds((*offset).into());
    // The short name of a zone at that time, where it has one.
    let short = || match zone.parse::<Tz>() {
        Ok(parsed) if zone != "UTC" => parsed.offset_from_utc_datetime(&instant).to_string(),
        _ => zone.clone(),
    };
    match code {
        'z' => Some(offset_text(*offset, "")),
        'Z' => Some(short()),
        's' => Some(instant.and_utc().timestamp().to_string()),
        'Q' => Some(instant.and_utc().timestamp_millis().to_string()),
        'c' => Some(format!("{} {} {}", clock.format("%a %b %d %H:%M:%S"), short(), clock.format("%Y"))),
        _ => None,
    }
}
