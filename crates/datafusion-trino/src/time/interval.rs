//! Interval literals: `INTERVAL '12 10:45:32.123' DAY TO SECOND`, `INTERVAL '124-30' YEAR TO MONTH`.

use super::calendar::DAY;

/// Milliseconds of a day.
pub(crate) const DAY_MILLIS: i64 = DAY * 1000;

/// What a part of an interval counts, longest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// An interval of one of the two kinds Trino has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    /// Years and months, in months.
    Months(i32),
    /// Days to seconds, in milliseconds.
    Millis(i64),
}

impl Interval {
    /// The interval a text states in the parts from `first` to `last`; the last ones may be left out.
    pub(crate) fn parse(text: &str, first: Part, last: Part) -> Option<Interval> {
        if first > last || (first <= Part::Month && last > Part::Month) {
            return None;
        }
        let (sign, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let mut total = 0_i64;
        let parts = [Part::Year, Part::Month, Part::Day, Part::Hour, Part::Minute, Part::Second];
        let mut asked = parts.into_iter().filter(|part| (first..=last).contains(part)).peekable();
        while let Some(part) = asked.next() {
            let (count, behind) = number(rest)?;
            total = total.checked_add(count.checked_mul(part.size())?)?;
            rest = behind;
            if part == Part::Second
                && let Some(digits) = rest.strip_prefix('.')
            {
                let (millis, behind) = millis(digits)?;
                total = total.checked_add(millis)?;
                rest = behind;
            }
            if rest.is_empty() {
                break;
            }
            asked.peek()?;
            rest = rest.strip_prefix(part.separator())?;
        }
        if !rest.is_empty() {
            return None;
        }
        let total = total * sign;
        if first <= Part::Month {
            i32::try_from(total).ok().map(Interval::Months)
        } else {
            Some(Interval::Millis(total))
        }
    }

    /// The interval in the other direction.
    pub(crate) fn negated(self) -> Option<Interval> {
        match self {
            Interval::Months(months) => months.checked_neg().map(Interval::Months),
            Interval::Millis(millis) => millis.checked_neg().map(Interval::Millis),
        }
    }
}

impl Part {
    /// Months or milliseconds.
    fn size(self) -> i64 {
        match self {
            Part::Year => 12,
            Part::Month => 1,
            Part::Day => DAY_MILLIS,
            Part::Hour => 3_600_000,
            Part::Minute => 60_000,
            Part::Second => 1_000,
        }
    }

    /// What stands between this part and the next.
    fn separator(self) -> char {
        match self {
            Part::Year | Part::Month => '-',
            Part::Day => ' ',
            Part::Hour | Part::Minute | Part::Second => ':',
        }
    }
}

fn number(text: &str) -> Option<(i64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Milliseconds of the digits behind a second; finer ones are dropped.
fn millis(text: &str) -> Option<(i64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let digits = text[..length].bytes().chain([b'0', b'0']).take(3);
    Some((digits.fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')), &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_all_forms() {
        use Part::{Day, Hour, Minute, Month, Second, Year};
        for (text, first, last, expected) in [
            ("12", Day, Day, Some(Interval::Millis(12 * DAY_MILLIS))),
            ("12 10:45:32.123", Day, Second, Some(Interval::Millis(12 * DAY_MILLIS + 38_732_123))),
            ("12 10:45", Day, Second, Some(Interval::Millis(12 * DAY_MILLIS + 38_700_000))),
            ("12 10", Day, Hour, Some(Interval::Millis(12 * DAY_MILLIS + 36_000_000))),
            ("-3", Second, Second, Some(Interval::Millis(-3_000))),
            ("32.12", Second, Second, Some(Interval::Millis(32_120))),
            ("32.1239", Second, Second, Some(Interval::Millis(32_123))),
            ("07:09", Hour, Minute, Some(Interval::Millis(25_740_000))),
            ("124-30", Year, Month, Some(Interval::Months(1_518))),
            ("-5-9", Year, Month, Some(Interval::Months(-69))),
            ("30", Month, Month, Some(Interval::Months(30))),
            ("12 10:45:32", Day, Hour, None),
            ("12-3", Day, Second, None),
            ("x", Day, Day, None),
            ("", Day, Day, None),
            ("1", Year, Day, None),
            ("1", Second, Day, None),
            ("9999999999", Month, Month, None),
        ] {
            assert_eq!(Interval::parse(text, first, last), expected, "{text} {first:?} {last:?}");
        }
    }
}
