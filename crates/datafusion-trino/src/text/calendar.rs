//! Days, times and spans as Trino writes them.

use std::fmt::Write;

use crate::time::calendar::{DAY, Day};
use crate::time::precision::power;

/// `2023-01-02` for a number of days since 1970; `+12001-01-02` behind the year 9999.
pub(crate) fn date(days: i64, to: &mut String) {
    let Day { year, month, day } = Day::of(days);
    let sign = match year {
        ..0 => "-",
        10_000.. => "+",
        _ => "",
    };
    // Writing into a String cannot fail.
    let _ = write!(to, "{sign}{:04}-{month:02}-{day:02}", year.abs());
}

/// `03:04:05.000` for seconds since midnight and a fraction of so many digits, none of them without the point.
pub(crate) fn time(seconds: i64, fraction: i64, digits: u8, to: &mut String) {
    let _ = write!(to, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if digits > 0 {
        let _ = write!(to, ".{fraction:0width$}", width = usize::from(digits));
    }
}

/// A timestamp in counts of ten to the power of minus `held`, with the first `shown` of those digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digits {
    pub(crate) held: u8,
    pub(crate) shown: u8,
}

impl Digits {
    /// Whole seconds and the digits shown of the rest.
    pub(crate) fn split(self, count: i64) -> (i64, i64) {
        let second = power(self.held);
        let rest = count.rem_euclid(second) / power(self.held - self.shown.min(self.held));
        (count.div_euclid(second), rest)
    }

    /// `2023-01-02 03:04:05.000` for what a clock shows.
    pub(crate) fn write(self, seconds: i64, fraction: i64, to: &mut String) {
        date(seconds.div_euclid(DAY), to);
        to.push(' ');
        time(seconds.rem_euclid(DAY), fraction, self.shown, to);
    }
}

/// `2 03:04:05.000`: days, then hours, minutes and seconds.
pub(crate) fn duration(millis: i128, to: &mut String) {
    const MILLIS: i128 = 86_400_000;
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let _ = write!(to, "{sign}{} ", millis / MILLIS.unsigned_abs());
    // Less than a day fits.
    let rest = i64::try_from(millis % MILLIS.unsigned_abs()).unwrap_or_default();
    time(rest / 1000, rest % 1000, 3, to);
}

/// `1-2`: years and months.
pub(crate) fn months(months: i32, to: &mut String) {
    if months < 0 {
        to.push('-');
    }
    let months = months.unsigned_abs();
    let _ = write!(to, "{}-{}", months / 12, months % 12);
}
