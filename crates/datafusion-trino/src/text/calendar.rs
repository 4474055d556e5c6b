//! Days, times and spans as Trino writes them. Instants are nanoseconds since 1970, UTC.

use std::fmt::Write;
use std::str::FromStr;

use arrow::array::timezone::Tz;
use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta};

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// `2023-01-02` for a number of days since 1970.
pub(crate) fn date(days: i64, to: &mut String) {
    let date = TimeDelta::try_days(days).and_then(|days| NaiveDate::default().checked_add_signed(days));
    // Writing into a String cannot fail.
    let _ = match date {
        Some(date) if date.year() > 9999 => {
            write!(to, "+{}-{:02}-{:02}", date.year(), date.month(), date.day())
        }
        Some(date) => write!(to, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        None => write!(to, "{days} days since 1970-01-01"),
    };
}

/// `03:04:05.000`, with six or nine digits when the fraction needs them.
pub(crate) fn time(nanos: i128, to: &mut String) {
    let seconds = nanos.div_euclid(SECOND);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(to, "{hours:02}:{minutes:02}:{rest:02}");
    let fraction = nanos.rem_euclid(SECOND);
    let _ = if fraction % 1_000_000 == 0 {
        write!(to, ".{:03}", fraction / 1_000_000)
    } else if fraction % 1_000 == 0 {
        write!(to, ".{:06}", fraction / 1_000)
    } else {
        write!(to, ".{fraction:09}")
    };
}

/// `2023-01-02 03:04:05.000`.
pub(crate) fn timestamp(nanos: i128, to: &mut String) {
    // A day fits: the widest timestamp is 2⁶³ seconds.
    date(i64::try_from(nanos.div_euclid(DAY)).unwrap_or(i64::MAX), to);
    to.push(' ');
    time(nanos.rem_euclid(DAY), to);
}

/// `2 03:04:05.000`: days, then hours, minutes and seconds.
pub(crate) fn duration(nanos: i128, to: &mut String) {
    if nanos < 0 {
        to.push('-');
    }
    let nanos = nanos.abs();
    let _ = write!(to, "{} ", nanos / DAY);
    time(nanos % DAY, to);
}

/// `1-2`: years and months.
pub(crate) fn months(months: i32, to: &mut String) {
    if months < 0 {
        to.push('-');
    }
    let months = months.unsigned_abs();
    let _ = write!(to, "{}-{}", months / 12, months % 12);
}

/// The zone of a timestamp: how it is named behind it, and how it shifts the clock.
pub(crate) struct Zone {
    name: String,
    zone: Option<Tz>,
}

impl Zone {
    pub(crate) fn new(name: &str) -> Zone {
        let utc = matches!(name, "+00:00" | "Z" | "UTC" | "Etc/UTC");
        let shown = if utc { "UTC" } else { name };
        Zone { name: shown.to_owned(), zone: if utc { None } else { Tz::from_str(name).ok() } }
    }

    /// `2023-01-02 03:04:05.000 Europe/Berlin`.
    pub(crate) fn timestamp(&self, nanos: i128, to: &mut String) {
        let offset = self.zone.as_ref().and_then(|zone| {
            let instant = DateTime::from_timestamp(i64::try_from(nanos.div_euclid(SECOND)).ok()?, 0)?;
            Some(instant.with_timezone(zone).offset().fix().local_minus_utc())
        });
        timestamp(nanos + i128::from(offset.unwrap_or(0)) * SECOND, to);
        to.push(' ');
        to.push_str(&self.name);
    }
}
