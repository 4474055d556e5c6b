//! Instants as CloudTrail writes them. All are UTC; CloudTrail Lake keeps milliseconds.

use chrono::{DateTime, NaiveDateTime};

/// The spelling of a time in a record, as far as it can be written again from the instant alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `2023-07-19T21:11:57Z`, what CloudTrail writes today.
    Extended,
    /// `2023-07-19T21:11:57.123Z`, what AWS Config and integrations write.
    Millis,
    /// `20131102T010628Z`, the basic form of records of 2013 and 2014.
    Basic,
    /// Any other readable form.
    Other,
}

/// Reads an instant: milliseconds since 1970-01-01 UTC, and how it was spelt.
///
/// Accepted are the extended form with or without a fraction and with `Z` or an offset, the basic form, and
/// `YYYY-MM-DD HH:MM:SS` with or without a fraction (as in results of CloudTrail Lake). Digits beyond the
/// millisecond are cut. `None` for everything else, impossible dates included.
pub fn parse(text: &str) -> Option<(i64, Spelling)> {
    if let Some(millis) = parse_extended(text.as_bytes()) {
        return Some((millis, Spelling::Extended));
    }
    if let Some(millis) = parse_millis(text.as_bytes()) {
        return Some((millis, Spelling::Millis));
    }
    if let Ok(time) = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ") {
        return Some((time.and_utc().timestamp_millis(), Spelling::Basic));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some((time.timestamp_millis(), Spelling::Other));
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
        .ok()
        .map(|time| (time.and_utc().timestamp_millis(), Spelling::Other))
}

/// Appends an instant in a writable spelling; [`Spelling::Other`] is written as [`Spelling::Extended`].
pub fn write(out: &mut String, millis: i64, spelling: Spelling) {
    let Some(time) = DateTime::from_timestamp_millis(millis) else { return };
    let format = match spelling {
        Spelling::Basic => "%Y%m%dT%H%M%SZ",
        Spelling::Millis => "%Y-%m-%dT%H:%M:%S%.3fZ",
        Spelling::Extended | Spelling::Other => "%Y-%m-%dT%H:%M:%SZ",
    };
    use std::fmt::Write;
    // Writing to a `String` cannot fail.
    let _ = write!(out, "{}", time.format(format));
}

/// A text that an instant is shown as, where times are text. Fractions of a second are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `2023-07-19T21:11:57Z`
    Instant,
    /// `2023/07/19`
    Date,
    /// `2023`
    Year,
    /// `07`
    Month,
    /// `19`
    Day,
}

impl Form {
    /// Appends the text of an instant; nothing for one no calendar has.
    pub fn write(self, out: &mut String, millis: i64) {
        let Some(time) = DateTime::from_timestamp_millis(millis) else { return };
        let format = match self {
            Form::Instant => "%Y-%m-%dT%H:%M:%SZ",
            Form::Date => "%Y/%m/%d",
            Form::Year => "%Y",
            Form::Month => "%m",
            Form::Day => "%d",
        };
        use std::fmt::Write;
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{}", time.format(format));
    }

    /// The first instant, in milliseconds, whose text does not satisfy `before`, when texts in the order of time
    /// first do and then do not. `None` when texts of this form are not in the order of time.
    pub fn first_not(self, before: impl Fn(&str) -> bool) -> Option<i64> {
        if matches!(self, Form::Month | Form::Day) {
            return None;
        }
        let mut text = String::new();
        let (mut low, mut high) = (SECONDS_MIN, SECONDS_MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            text.clear();
            self.write(&mut text, middle * 1000);
            match before(&text) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        Some(low * 1000)
    }
}

/// The year 0 begins, and the year 10000: between them years have four digits.
const SECONDS_MIN: i64 = -62_167_219_200;
const SECONDS_MAX: i64 = 253_402_300_800;

/// `YYYY-MM-DDTHH:MM:SSZ`, the form of nearly every record, without a general parser.
fn parse_extended(bytes: &[u8]) -> Option<i64> {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', i0, i1, b':', s0, s1, b'Z'] = bytes else {
        return None;
    };
    let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[m0, m1])?, number(&[d0, d1])?);
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[i0, i1])?, number(&[s0, s1])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = chrono::NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.to_epoch_days();
    let seconds = i64::from(days) * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    Some(seconds * 1_000)
}

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`
fn parse_millis(bytes: &[u8]) -> Option<i64> {
    let (seconds, [b'.', m0, m1, m2, b'Z']) = bytes.split_last_chunk::<5>()? else { return None };
    let mut whole = [b'Z'; 20];
    whole.get_mut(..19)?.copy_from_slice(seconds.get(..19).filter(|_| seconds.len() == 19)?);
    Some(parse_extended(&whole)? + i64::from(number(&[*m0, *m1, *m2])?))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_cloudtrail_are_one_instant() {
        assert_eq!(parse("2013-11-02T01:06:28Z"), Some((1_383_354_388_000, Spelling::Extended)));
        assert_eq!(parse("20131102T010628Z"), Some((1_383_354_388_000, Spelling::Basic)));
    }

    #[test]
    fn milliseconds_come_back_as_they_were_written() {
        for text in ["2023-01-02T03:04:05.120Z", "1969-12-31T23:59:59.999Z", "2023-01-02T03:04:05.000Z"] {
            let (millis, spelling) = parse(text).unwrap();
            let mut written = String::new();
            write(&mut written, millis, spelling);
            assert_eq!((spelling, written.as_str()), (Spelling::Millis, text));
        }
    }

    #[test]
    fn other_forms_are_read_to_the_millisecond() {
        for (text, millis) in [
            ("2023-01-02 03:04:05.123456", 1_672_628_645_123),
            ("2023-01-02 03:04:05", 1_672_628_645_000),
            ("2023-01-02T03:04:05.5Z", 1_672_628_645_500),
            ("2023-01-02T04:04:05+01:00", 1_672_628_645_000),
        ] {
            assert_eq!(parse(text), Some((millis, Spelling::Other)), "{text}");
        }
    }

    #[test]
    fn forms_are_texts_of_an_instant() {
        let (millis, _) = parse("2023-07-09T01:02:03.999Z").unwrap();
        for (form, expected) in [
            (Form::Instant, "2023-07-09T01:02:03Z"),
            (Form::Date, "2023/07/09"),
            (Form::Year, "2023"),
            (Form::Month, "07"),
            (Form::Day, "09"),
        ] {
            let mut text = String::new();
            form.write(&mut text, millis);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn a_text_bounds_the_instants_before_it() {
        let first = |form: Form, text: &str| form.first_not(|shown| shown < text);
        let at = |text: &str| Some(parse(text).unwrap().0);
        assert_eq!(first(Form::Instant, "2023-01-02T03:04:05Z"), at("2023-01-02T03:04:05Z"));
        assert_eq!(first(Form::Instant, "2023-01-02"), at("2023-01-02T00:00:00Z"));
        assert_eq!(first(Form::Instant, "2023-01-02T03:04:05.5Z"), at("2023-01-02T03:04:05Z"));
        assert_eq!(first(Form::Instant, "2023-01-02 12"), at("2023-01-02T00:00:00Z"));
        assert_eq!(first(Form::Instant, "2023-02-31"), at("2023-03-01T00:00:00Z"));
        assert_eq!(first(Form::Date, "2023/01/02"), at("2023-01-02T00:00:00Z"));
        assert_eq!(first(Form::Year, "2023"), at("2023-01-01T00:00:00Z"));
        assert_eq!(first(Form::Instant, ""), Some(SECONDS_MIN * 1000));
        assert_eq!(first(Form::Instant, "x"), Some(SECONDS_MAX * 1000));
        assert_eq!(first(Form::Month, "01"), None);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "redacted", "2023-02-30T00:00:00Z", "2023-01-02T24:00:00Z", "2025-10-21TT00:52:27Z", "12345"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn writable_spellings_write_back_what_was_read() {
        for text in ["2023-07-19T21:11:57Z", "20131102T010628Z", "0001-01-01T00:00:00Z"] {
            let (millis, spelling) = parse(text).unwrap();
            let mut out = String::new();
            write(&mut out, millis, spelling);
            assert_eq!(out, text);
        }
    }
}
