//! Columns of times read as calendar times, and the units of the calendar.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

/// A column of timestamps or dates.
pub(super) struct Instants {
    values: PrimitiveArray<Int64Type>,
    /// Nanoseconds of one value.
    unit: TimeUnit,
    zone: Option<Tz>,
    data_type: DataType,
}

impl Instants {
    pub(super) fn new(array: &ArrayRef) -> Result<Instants> {
        let data_type = array.data_type().clone();
        let (values, unit, zone) = match &data_type {
            DataType::Timestamp(unit, zone) => {
                let plain = cast(array, &DataType::Int64)?;
                let utc = |zone: &&Arc<str>| !matches!(&***zone, "+00:00" | "UTC" | "Z");
                let zone = zone.as_ref().filter(utc).map(|zone| Tz::from_str(zone)).transpose()?;
                (plain.as_primitive::<Int64Type>().clone(), *unit, zone)
            }
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>();
                let seconds = days.unary::<_, Int64Type>(|days| i64::from(days) * 86_400);
                (seconds, TimeUnit::Second, None)
            }
            other => return exec_err!("expected a timestamp, got {other}"),
        };
        Ok(Instants { values, unit, zone, data_type })
    }

    /// The instant, in UTC.
    pub(super) fn instant(&self, row: usize) -> Option<NaiveDateTime> {
        if self.values.is_null(row) {
            return None;
        }
        let value = self.values.value(row);
        let time = match self.unit {
            TimeUnit::Second => DateTime::from_timestamp(value, 0),
            TimeUnit::Millisecond => DateTime::from_timestamp_millis(value),
            TimeUnit::Microsecond => DateTime::from_timestamp_micros(value),
            TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(value)),
        };
        time.map(|time| time.naive_utc())
    }

    /// What the calendar and the clock show, in the zone of the column.
    pub(super) fn get(&self, row: usize) -> Option<NaiveDateTime> {
        let instant = self.instant(row)?;
        match &self.zone {
            None => Some(instant),
            Some(zone) => {
                let offset = zone.offset_from_utc_datetime(&instant).fix();
                Some(instant + TimeDelta::seconds(i64::from(offset.local_minus_utc())))
            }
        }
    }

    /// A column of this type with what calendar and clock show.
    pub(super) fn like(&self, times: Vec<Option<NaiveDateTime>>) -> Result<ArrayRef> {
        if self.data_type == DataType::Date32 {
            let days =
                times.into_iter().map(|time| time.map(|time| (time.date() - NaiveDate::default()).num_days() as i32));
            return Ok(Arc::new(days.collect::<Date32Array>()));
        }
        let mut values = Vec::with_capacity(times.len());
        for time in times {
            values.push(time.map(|time| self.value(time)).transpose()?);
        }
        let values = PrimitiveArray::<Int64Type>::from(values);
        Ok(cast(&values, &self.data_type)?)
    }

    fn value(&self, time: NaiveDateTime) -> Result<i64> {
        let utc = match &self.zone {
            None => time.and_utc(),
            Some(zone) => {
                let local = zone.from_local_datetime(&time).earliest();
                let local = local.ok_or_else(|| exec_datafusion_err!("{time} does not exist in the zone"))?;
                local.to_utc()
            }
        };
        Ok(match self.unit {
            TimeUnit::Second => utc.timestamp(),
            TimeUnit::Millisecond => utc.timestamp_millis(),
            TimeUnit::Microsecond => utc.timestamp_micros(),
            TimeUnit::Nanosecond => {
                utc.timestamp_nanos_opt().ok_or_else(|| exec_datafusion_err!("{time} is outside of timestamp(9)"))?
            }
        })
    }
}

/// A unit of `date_trunc`, `date_add` and `date_diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub(super) fn parse(text: &str) -> Option<Unit> {
        Some(match text.to_ascii_lowercase().as_str() {
            "millisecond" => Unit::Millisecond,
            "second" => Unit::Second,
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "quarter" => Unit::Quarter,
            "year" => Unit::Year,
            _ => return None,
        })
    }

    /// The unit as a span of time; months and longer have none.
    fn span(self) -> Option<TimeDelta> {
        match self {
            Unit::Millisecond => Some(TimeDelta::milliseconds(1)),
            Unit::Second => Some(TimeDelta::seconds(1)),
            Unit::Minute => Some(TimeDelta::minutes(1)),
            Unit::Hour => Some(TimeDelta::hours(1)),
            Unit::Day => Some(TimeDelta::days(1)),
            Unit::Week => Some(TimeDelta::weeks(1)),
            Unit::Month | Unit::Quarter | Unit::Year => None,
        }
    }

    fn months(self) -> i64 {
        match self {
            Unit::Quarter => 3,
            Unit::Year => 12,
            _ => 1,
        }
    }

    /// The beginning of the unit a time is in; weeks begin on Monday.
    pub(super) fn truncate(self, time: NaiveDateTime) -> NaiveDateTime {
        let date = time.date();
        let day = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN);
        let clock = |seconds: u32| {
            let passed = i64::from(time.num_seconds_from_midnight() % seconds);
            time.with_nanosecond(0).unwrap_or(time) - TimeDelta::seconds(passed)
        };
        match self {
            Unit::Millisecond => {
                let nanos = time.nanosecond();
                time.with_nanosecond(nanos - nanos % 1_000_000).unwrap_or(time)
            }
            Unit::Second => clock(1),
            Unit::Minute => clock(60),
            Unit::Hour => clock(3600),
            Unit::Day => day(date),
            Unit::Week => day(date) - TimeDelta::days(i64::from(date.weekday().num_days_from_monday())),
            Unit::Month | Unit::Quarter | Unit::Year => {
                let month = match self {
                    Unit::Month => date.month(),
                    Unit::Quarter => date.month0() / 3 * 3 + 1,
                    _ => 1,
                };
                day(NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date))
            }
        }
    }

    /// The time so many units later; the last day of a shorter month when there is no such day.
    pub(super) fn add(self, time: NaiveDateTime, count: i64) -> Option<NaiveDateTime> {
        match self.span() {
            Some(span) => {
                let millis = span.num_milliseconds().checked_mul(count)?;
                time.checked_add_signed(TimeDelta::try_milliseconds(millis)?)
            }
            None => {
                let months = count.checked_mul(self.months())?;
                let size = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
                if months < 0 { time.checked_sub_months(size) } else { time.checked_add_months(size) }
            }
        }
    }

    /// How many whole units lie between two times; negative when the second is earlier.
    pub(super) fn between(self, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
        if let Some(span) = self.span() {
            return (to - from).num_milliseconds() / span.num_milliseconds();
        }
        let count = |t: NaiveDateTime| i64::from(t.year()) * 12 + i64::from(t.month0());
        let mut months = count(to) - count(from);
        // A month is whole when adding it does not overshoot.
        let reached = Unit::Month.add(from, months).unwrap_or(to);
        if months > 0 && reached > to {
            months -= 1;
        } else if months < 0 && reached < to {
            months += 1;
        }
        months / self.months()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap()
    }

    #[test]
    fn whole_units_lie_between() {
        for (unit, from, to, expected) in [
            (Unit::Day, "2023-01-01 12:00:00", "2023-01-03 11:59:59", 1),
            (Unit::Day, "2023-01-03 11:00:00", "2023-01-01 12:00:00", -1),
            (Unit::Month, "2023-01-31 00:00:00", "2023-02-28 00:00:00", 1),
            (Unit::Month, "2023-01-15 00:00:00", "2023-02-14 23:59:59", 0),
            (Unit::Year, "2020-02-29 00:00:00", "2021-02-28 00:00:00", 1),
            (Unit::Quarter, "2023-01-01 00:00:00", "2023-12-31 00:00:00", 3),
            (Unit::Millisecond, "2023-01-01 00:00:00", "2023-01-01 00:00:01.5", 1500),
        ] {
            assert_eq!(unit.between(at(from), at(to)), expected, "{unit:?} {from} {to}");
        }
    }

    #[test]
    fn times_are_cut_to_the_unit() {
        let time = at("2023-08-17 13:47:59.123456");
        for (unit, expected) in [
            (Unit::Millisecond, "2023-08-17 13:47:59.123"),
            (Unit::Minute, "2023-08-17 13:47:00"),
            (Unit::Hour, "2023-08-17 13:00:00"),
            (Unit::Week, "2023-08-14 00:00:00"),
            (Unit::Quarter, "2023-07-01 00:00:00"),
            (Unit::Year, "2023-01-01 00:00:00"),
        ] {
            assert_eq!(unit.truncate(time), at(expected), "{unit:?}");
        }
    }
}
