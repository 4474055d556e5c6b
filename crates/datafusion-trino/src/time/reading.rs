//! Dates and timestamps as people write them.

use super::calendar::{DAY, Day};
use super::precision::{power, unit};
use crate::types::digits;

/// What a text says of a time: `2020-05-01 12:34:56.123 Asia/Kathmandu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading<'a> {
    /// Whole seconds since the clock showed 1970-01-01.
    pub(crate) seconds: i64,
    /// The digits behind the second.
    pub(crate) fraction: &'a str,
    /// What stands behind the time, if anything.
    pub(crate) zone: Option<&'a str>,
}

impl Reading<'_> {
    /// `seconds` and the fraction as a timestamp of so many digits, rounded half up; `None` when it is too far away
    /// from 1970.
    pub(crate) fn count(&self, seconds: i64, precision: u8) -> Option<i64> {
        let kept = usize::from(precision).min(self.fraction.len());
        let round_up = self.fraction.as_bytes().get(kept).is_some_and(|digit| *digit >= b'5');
        let kept_digits = u8::try_from(kept).ok()?;
        let fraction: i64 = if kept == 0 { 0 } else { self.fraction[..kept].parse().ok()? };
        let fraction = fraction + i64::from(round_up);
        let digits = digits(unit(precision));
        let whole = seconds.checked_mul(power(digits))?;
        whole.checked_add(fraction * power(digits - kept_digits))
    }
}

/// A date, as days since 1970: year, month and day of any number of digits up to nine, two and two.
pub(crate) fn date(text: &str) -> Option<i32> {
    let (day, rest) = day(text, 1)?;
    if !rest.is_empty() {
        return None;
    }
    i32::try_from(day).ok()
}

/// A timestamp: a date with a year of four digits or more, then maybe a time, then maybe a zone, with blanks between.
pub(crate) fn timestamp(text: &str) -> Option<Reading<'_>> {
    let (day, rest) = day(text, 4)?;
    let midnight = Reading { seconds: day.checked_mul(DAY)?, fraction: "", zone: None };
    let Some(rest) = rest.strip_prefix(' ') else {
        return rest.is_empty().then_some(midnight);
    };
    let (reading, rest) = match clock(rest) {
        Some((seconds, fraction, rest)) => {
            (Reading { seconds: midnight.seconds + seconds, fraction, zone: None }, rest)
        }
        None => (midnight, rest),
    };
    let zone = rest.trim_start();
    Some(Reading { zone: (!zone.is_empty()).then_some(zone), ..reading })
}

/// A timestamp, or one with the `T` of ISO 8601 before the time.
pub(crate) fn timestamp_or_iso(text: &str) -> Option<Reading<'_>> {
    let text = trimmed(text);
    if let Some(reading) = timestamp(text) {
        return Some(reading);
    }
    let (day, rest) = day(text, 4)?;
    let (seconds, fraction, zone) = clock(rest.strip_prefix(['T', 't'])?)?;
    let zone = zone.trim_start();
    let zone = (!zone.is_empty()).then_some(if zone == "z" { "Z" } else { zone });
    Some(Reading { seconds: day.checked_mul(DAY)?.checked_add(seconds)?, fraction, zone })
}

/// A text without the blanks around it, as a cast reads it.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// Days since 1970 of the date a text begins with, and what comes behind it.
fn day(text: &str, year_digits: usize) -> Option<(i64, &str)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (year, rest) = number(digits, year_digits, 9)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let year = if negative { -year } else { year };
    Some((Day { year, month, day }.number()?, rest))
}

/// Seconds since midnight, the digits behind the second, and what comes behind the time.
fn clock(text: &str) -> Option<(i64, &str, &str)> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 1, 2)?;
    let (second, fraction, rest) = match rest.strip_prefix(':').and_then(|rest| number(rest, 1, 2)) {
        Some((second, rest)) => {
            let digits = rest.strip_prefix('.').unwrap_or("");
            let length = digits.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 { (second, "", rest) } else { (second, &digits[..length], &digits[length..]) }
        }
        None => (0, "", rest),
    };
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 3600 + minute * 60 + second, fraction, rest))
}

/// The number a text begins with, of at least and at most so many digits.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let length = if most == 2 { length.min(most) } else { length };
    if length < least || length > most {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_signs_and_short_parts() {
        for (text, days) in [
            ("1970-1-2", Some(1)),
            ("+1970-01-01", Some(0)),
            ("-0001-12-31", Some(-719_529)),
            ("13-02-02", Some(-714_747)),
            ("5881580-07-11", Some(i32::MAX)),
            ("5881580-07-12", None),
            ("2013-02-29", None),
            ("2013-02-002", None),
            ("2013-002-02", None),
            ("2013- 2-02", None),
            ("- 2013-02-02", None),
            ("2013-02-02 ", None),
            ("2013-02-02T00:00", None),
        ] {
            assert_eq!(date(text), days, "{text}");
        }
    }

    #[test]
    fn timestamps_are_read_with_fraction_and_zone() {
        let reading = |seconds, fraction, zone| Some(Reading { seconds, fraction, zone });
        for (text, expected) in [
            ("1970-01-01", reading(0, "", None)),
            ("1970-1-1 1:2", reading(3720, "", None)),
            ("1970-01-01 00:00:01.50", reading(1, "50", None)),
            ("1970-01-01 00:00:01 Europe/Berlin", reading(1, "", Some("Europe/Berlin"))),
            ("1970-01-01 00:00:01.123456789+05:30", reading(1, "123456789", Some("+05:30"))),
            ("1970-01-01 +05:30", reading(0, "", Some("+05:30"))),
            ("70-01-01", None),
            ("2020-13-01", None),
            ("2020-13-01-12", None),
            ("1970-01-01T00:00:00", None),
        ] {
            assert_eq!(timestamp(text), expected, "{text}");
        }
        assert_eq!(timestamp_or_iso("1970-01-01T00:00:01.5Z"), reading(1, "5", Some("Z")));
        assert_eq!(timestamp_or_iso(" 1970-01-01 00:00:01 "), reading(1, "", None));
    }

    #[test]
    fn fractions_are_rounded_half_up() {
        let reading = |fraction| Reading { seconds: 1, fraction, zone: None };
        assert_eq!(reading("5").count(1, 0), Some(2));
        assert_eq!(reading("4999").count(1, 0), Some(1));
        assert_eq!(reading("9995").count(1, 3), Some(2_000));
        assert_eq!(reading("12").count(1, 2), Some(1_120));
        assert_eq!(reading("12").count(1, 9), Some(1_120_000_000));
        assert_eq!(reading("").count(i64::MAX, 3), None);
    }
}
