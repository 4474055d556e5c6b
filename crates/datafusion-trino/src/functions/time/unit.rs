//! The units of `date_trunc`, `date_add` and `date_diff`.

use datafusion::common::{Result, exec_err};

use super::clock::{Clock, day_of_week, first_of_month};
use crate::time::calendar::{DAY, Day, add_months, days_of_month};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// What a unit measures: a span of so many milliseconds, or so many months of the calendar.
enum Measure {
    Millis(i64),
    Months(i64),
}

impl Unit {
    const ALL: [(&str, Unit); 9] = [
        ("millisecond", Unit::Millisecond),
        ("second", Unit::Second),
        ("minute", Unit::Minute),
        ("hour", Unit::Hour),
        ("day", Unit::Day),
        ("week", Unit::Week),
        ("month", Unit::Month),
        ("quarter", Unit::Quarter),
        ("year", Unit::Year),
    ];

    /// The unit of this name, in any letter case; dates have none below the day.
    pub(super) fn parse(name: &str, of_date: bool) -> Result<Unit> {
        let found = Unit::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, unit)| *unit);
        match found {
            Some(unit) if !of_date || unit.is_calendar() => Ok(unit),
            _ => {
                let (kind, rest) = if of_date { ("DATE", &Unit::ALL[4..]) } else { ("TIMESTAMP", &Unit::ALL[..]) };
                let names: Vec<&str> = rest.iter().map(|(name, _)| *name).collect();
                exec_err!("'{name}' is not a valid {kind} field; there are {}", names.join(", "))
            }
        }
    }

    /// Whether the calendar says how long it is: a day has 23 hours when the clock is set forward.
    pub(super) fn is_calendar(self) -> bool {
        self >= Unit::Day
    }

    fn measure(self) -> Measure {
        match self {
            Unit::Millisecond => Measure::Millis(1),
            Unit::Second => Measure::Millis(1000),
            Unit::Minute => Measure::Millis(60_000),
            Unit::Hour => Measure::Millis(3_600_000),
            Unit::Day => Measure::Millis(DAY * 1000),
            Unit::Week => Measure::Millis(7 * DAY * 1000),
            Unit::Month => Measure::Months(1),
            Unit::Quarter => Measure::Months(3),
            Unit::Year => Measure::Months(12),
        }
    }

    /// The beginning of the unit a time is in; weeks begin on Monday.
    pub(super) fn truncate(self, clock: Clock) -> Clock {
        let days = clock.days();
        let cut = |seconds: i64| Clock { seconds: clock.seconds.div_euclid(seconds) * seconds, nanos: 0 };
        match self {
            Unit::Millisecond => Clock { nanos: clock.nanos / 1_000_000 * 1_000_000, ..clock },
            Unit::Second => cut(1),
            Unit::Minute => cut(60),
            Unit::Hour => cut(3600),
            Unit::Day => cut(DAY),
            Unit::Week => Clock::midnight(days - day_of_week(days) + 1),
            Unit::Month | Unit::Quarter | Unit::Year => {
                let day = Day::of(days);
                let month = match self {
                    Unit::Month => day.month,
                    Unit::Quarter => (day.month - 1) / 3 * 3 + 1,
                    _ => 1,
                };
                Clock::midnight(first_of_month(day.year, month))
            }
        }
    }

    /// The time so many units later; the last day of a shorter month when there is no such day.
    pub(super) fn add(self, clock: Clock, count: i64) -> Option<Clock> {
        match self.measure() {
            Measure::Millis(size) => {
                let millis = size.checked_mul(count)?;
                let moved = Clock::of_millis(clock.seconds.checked_mul(1000)?.checked_add(millis)?);
                let nanos = moved.nanos + clock.nanos;
                Some(Clock { seconds: moved.seconds.checked_add(nanos / 1_000_000_000)?, nanos: nanos % 1_000_000_000 })
            }
            Measure::Months(size) => {
                let days = add_months(clock.days(), size.checked_mul(count)?)?;
                let seconds = days.checked_mul(DAY)?.checked_add(clock.second_of_day())?;
                Some(Clock { seconds, ..clock })
            }
        }
    }

    /// How many whole units lie between two times, of which only milliseconds count; negative when the
    /// second is earlier.
    pub(super) fn between(self, from: Clock, to: Clock) -> i64 {
        match self.measure() {
            Measure::Millis(size) => to.millis().saturating_sub(from.millis()) / size,
            Measure::Months(size) if to < from => -(months_between(to, from) / size),
            Measure::Months(size) => months_between(from, to) / size,
        }
    }
}

/// Whole months from an earlier to a later time. The last day of a month completes a month that began on
/// a day it does not have.
fn months_between(from: Clock, to: Clock) -> i64 {
    let (first, last) = (from.day(), to.day());
    let months = (last.year - first.year) * 12 + last.month - first.month;
    let ends = last.day == days_of_month(last.year, last.month);
    let day = if ends { first.day.min(last.day) } else { first.day };
    let millis = |day: i64, clock: Clock| (day, clock.second_of_day(), clock.millisecond());
    if millis(last.day, to) < millis(day, from) { months - 1 } else { months }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(year, month, day)` and seconds of the day.
    fn at((year, month, day): (i64, i64, i64), seconds: i64) -> Clock {
        Clock::midnight(Day { year, month, day }.number().unwrap()).ahead(seconds)
    }

    const NOON: i64 = DAY / 2;

    #[test]
    fn whole_units_lie_between() {
        for (unit, from, to, expected) in [
            (Unit::Day, at((2023, 1, 1), NOON), at((2023, 1, 3), NOON - 1), 1),
            (Unit::Day, at((2023, 1, 3), NOON - 1), at((2023, 1, 1), NOON), -1),
            (Unit::Month, at((2023, 1, 31), 0), at((2023, 2, 28), 0), 1),
            (Unit::Month, at((2023, 2, 28), 0), at((2023, 1, 31), 0), -1),
            (Unit::Month, at((2023, 1, 31), NOON), at((2023, 2, 28), 0), 0),
            (Unit::Month, at((2023, 1, 15), 0), at((2023, 2, 15), -1), 0),
            (Unit::Year, at((2020, 2, 29), 0), at((2021, 2, 28), 0), 1),
            (Unit::Quarter, at((2023, 1, 1), 0), at((2023, 12, 31), 0), 3),
            (Unit::Week, at((2023, 1, 14), 0), at((2023, 1, 1), 0), -1),
            (Unit::Millisecond, at((2023, 1, 1), 0), at((2023, 1, 1), 1), 1000),
        ] {
            assert_eq!(unit.between(from, to), expected, "{unit:?} {from:?} {to:?}");
        }
    }

    #[test]
    fn times_are_cut_to_the_unit() {
        let time = Clock { nanos: 123_456_789, ..at((2023, 8, 17), 13 * 3600 + 47 * 60 + 59) };
        for (unit, expected) in [
            (Unit::Millisecond, Clock { nanos: 123_000_000, ..time }),
            (Unit::Minute, at((2023, 8, 17), 13 * 3600 + 47 * 60)),
            (Unit::Hour, at((2023, 8, 17), 13 * 3600)),
            (Unit::Week, at((2023, 8, 14), 0)),
            (Unit::Quarter, at((2023, 7, 1), 0)),
            (Unit::Year, at((2023, 1, 1), 0)),
        ] {
            assert_eq!(unit.truncate(time), expected, "{unit:?}");
        }
        assert_eq!(Unit::Hour.truncate(Clock { seconds: -1, nanos: 5 }), Clock { seconds: -3600, nanos: 0 });
    }

    #[test]
    fn units_are_added_on_both_sides_of_1970() {
        for (unit, count, from, expected) in [
            (Unit::Month, 1, at((2023, 1, 31), NOON), at((2023, 2, 28), NOON)),
            (Unit::Quarter, -1, at((2023, 5, 31), 0), at((2023, 2, 28), 0)),
            (Unit::Week, -1, at((1970, 1, 1), 0), at((1969, 12, 25), 0)),
            (Unit::Second, -1, at((1970, 1, 1), 0), at((1970, 1, 1), -1)),
        ] {
            assert_eq!(unit.add(from, count), Some(expected), "{unit:?} {count}");
        }
        assert_eq!(Unit::Year.add(at((1970, 1, 1), 0), i64::MAX), None);
    }
}
