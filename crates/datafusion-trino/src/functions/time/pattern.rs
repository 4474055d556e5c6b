//! Patterns of dates and times: what `date_format`'s codes and `format_datetime`'s letters have in common.
//!
//! A pattern is a row of items. It prints a time, or reads one from text, with the meaning Trino has from
//! Joda-Time.

pub(super) mod columns;
mod reading;
mod resolve;

use std::fmt::Write;

use datafusion::common::{Result, exec_err};

use super::clock::Clock;
use crate::time::zone::Zone;

pub(super) use reading::{Reading, malformed};
pub(super) use resolve::resolve;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const HALVES: [&str; 2] = ["AM", "PM"];
pub(super) const ERAS: [&str; 2] = ["BC", "AD"];

/// A part of a time that is written as a number or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Era,
    Year,
    YearOfEra,
    Century,
    WeekYear,
    Month,
    DayOfYear,
    Week,
    Day,
    DayOfWeek,
    /// AM is 0, PM is 1.
    Half,
    /// 0–23
    Hour,
    /// 1–24
    ClockHour,
    /// 0–11
    HourOfHalf,
    /// 1–12
    ClockHourOfHalf,
    Minute,
    Second,
    Millisecond,
}

impl Field {
    fn of(self, clock: Clock) -> i64 {
        let hour = clock.hour();
        let year = || clock.day().year;
        match self {
            Field::Era => i64::from(year() > 0),
            Field::Year => year(),
            Field::YearOfEra => year_of_era(year()),
            Field::Century => year_of_era(year()) / 100,
            Field::WeekYear => clock.week().0,
            Field::Month => clock.day().month,
            Field::DayOfYear => clock.day_of_year(),
            Field::Week => clock.week().1,
            Field::Day => clock.day().day,
            Field::DayOfWeek => clock.day_of_week(),
            Field::Half => hour / 12,
            Field::Hour => hour,
            Field::ClockHour => (hour + 23) % 24 + 1,
            Field::HourOfHalf => hour % 12,
            Field::ClockHourOfHalf => (hour + 11) % 12 + 1,
            Field::Minute => clock.minute(),
            Field::Second => clock.second(),
            Field::Millisecond => clock.millisecond(),
        }
    }

    /// The names of the values, and the value of the first.
    fn names(self) -> (&'static [&'static str], i64) {
        match self {
            Field::Month => (&MONTHS, 1),
            Field::DayOfWeek => (&DAYS, 1),
            Field::Half => (&HALVES, 0),
            Field::Era => (&ERAS, 0),
            _ => (&[], 0),
        }
    }
}

/// 1 BC is the year 0.
fn year_of_era(year: i64) -> i64 {
    if year > 0 { year } else { 1 - year }
}

/// One item of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Text(String),
    /// At least so many digits are printed, at most so many are read.
    Number {
        field: Field,
        least: usize,
        most: usize,
    },
    /// The last two digits of a year, read as the one within 50 years of the pivot. When `lenient`, any
    /// other number of digits is read as the year itself.
    TwoDigits {
        field: Field,
        pivot: i64,
        lenient: bool,
    },
    /// The fraction of the second, of which milliseconds count.
    Fraction {
        least: usize,
        most: usize,
    },
    Name {
        field: Field,
        short: bool,
    },
    /// `+0530`, or `+05:30` with a colon.
    Offset {
        colon: bool,
    },
    /// `Europe/Berlin`
    ZoneId,
    /// `UTC`, `PST`
    ZoneName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) items: Vec<Item>,
}

impl Pattern {
    /// Appends a time, and where the pattern asks for it the zone and how many seconds it is ahead of UTC.
    pub(super) fn print(&self, clock: Clock, zone: Option<(&Zone, i64)>, to: &mut String) -> Result<()> {
        for item in &self.items {
            // Writing into a String cannot fail.
            let _ = match item {
                Item::Text(text) => to.write_str(text),
                Item::Number { field, least, .. } => print_number(field.of(clock), *least, to),
                Item::TwoDigits { field, .. } => write!(to, "{:02}", field.of(clock).abs() % 100),
                Item::Fraction { least, most } => print_fraction(clock, *least, *most, to),
                Item::Name { field, short } => {
                    let (names, first) = field.names();
                    let name = names.get((field.of(clock) - first) as usize).copied().unwrap_or_default();
                    to.write_str(if *short { name.get(..3).unwrap_or(name) } else { name })
                }
                Item::Offset { colon } => {
                    print_offset(zone.map_or(0, |(_, seconds)| seconds), *colon, to);
                    Ok(())
                }
                Item::ZoneId => to.write_str(zone.map_or("UTC", |(zone, _)| zone.name())),
                Item::ZoneName => match zone {
                    Some((zone, _)) if zone.name() != "UTC" && !zone.name().starts_with(['+', '-']) => {
                        return exec_err!(
                            "format_datetime cannot print the name of the zone {} (z); use Z for its offset or ZZZ \
                             for its id",
                            zone.name()
                        );
                    }
                    _ => to.write_str(zone.map_or("UTC", |(zone, _)| zone.name())),
                },
            };
        }
        Ok(())
    }

    /// Reads a time; all of the text must belong to it.
    pub(super) fn read(&self, text: &str) -> Result<Reading> {
        reading::read(&self.items, text)
    }
}

fn print_number(value: i64, least: usize, to: &mut String) -> std::fmt::Result {
    let sign = if value < 0 { "-" } else { "" };
    write!(to, "{sign}{:0least$}", value.unsigned_abs())
}

fn print_fraction(clock: Clock, least: usize, most: usize, to: &mut String) -> std::fmt::Result {
    let digits = format!("{:03}", clock.millisecond());
    let kept = digits[..most.min(3)].trim_end_matches('0');
    write!(to, "{kept:0<least$}")
}

/// `+0530`, or `+05:30` with a colon.
pub(super) fn print_offset(seconds: i64, colon: bool, to: &mut String) {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    let colon = if colon { ":" } else { "" };
    let _ = write!(to, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60);
}
