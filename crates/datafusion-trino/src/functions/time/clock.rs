//! What a calendar and a clock show, in the terms of ISO 8601.

use crate::time::calendar::{DAY, Day};

pub(super) const NANOS: i64 = 1_000_000_000;

/// A time of a calendar and a clock: seconds since they showed 1970-01-01 00:00:00, and nanoseconds of the
/// second. An instant is what a clock in UTC shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clock {
    pub(super) seconds: i64,
    pub(super) nanos: i64,
}

impl Clock {
    /// The beginning of a day, counted from 1970-01-01.
    pub(super) fn midnight(days: i64) -> Clock {
        Clock { seconds: days * DAY, nanos: 0 }
    }

    pub(super) fn of_millis(millis: i64) -> Clock {
        Clock { seconds: millis.div_euclid(1000), nanos: millis.rem_euclid(1000) * 1_000_000 }
    }

    /// Whole milliseconds since 1970; what is below is cut off.
    pub(super) fn millis(self) -> i64 {
        self.seconds.saturating_mul(1000).saturating_add(self.nanos / 1_000_000)
    }

    /// The same time with its fraction rounded half up to milliseconds.
    pub(super) fn rounded_to_millis(self) -> Clock {
        let nanos = (self.nanos + 500_000) / 1_000_000 * 1_000_000;
        Clock { seconds: self.seconds + nanos / NANOS, nanos: nanos % NANOS }
    }

    /// The clock set forward by so many seconds.
    pub(super) fn ahead(self, seconds: i64) -> Clock {
        Clock { seconds: self.seconds + seconds, ..self }
    }

    /// Days since 1970-01-01.
    pub(super) fn days(self) -> i64 {
        self.seconds.div_euclid(DAY)
    }

    pub(super) fn second_of_day(self) -> i64 {
        self.seconds.rem_euclid(DAY)
    }

    pub(super) fn hour(self) -> i64 {
        self.second_of_day() / 3600
    }

    pub(super) fn minute(self) -> i64 {
        self.second_of_day() / 60 % 60
    }

    pub(super) fn second(self) -> i64 {
        self.second_of_day() % 60
    }

    pub(super) fn millisecond(self) -> i64 {
        self.nanos / 1_000_000
    }

    pub(super) fn day(self) -> Day {
        Day::of(self.days())
    }

    /// 1 is Monday, 7 is Sunday.
    pub(super) fn day_of_week(self) -> i64 {
        day_of_week(self.days())
    }

    /// 1 is the first of January.
    pub(super) fn day_of_year(self) -> i64 {
        self.days() - first_of_month(self.day().year, 1) + 1
    }

    /// The ISO week: its year and its number.
    pub(super) fn week(self) -> (i64, i64) {
        // A week is of the year its Thursday is in.
        let thursday = self.days() - self.day_of_week() + 4;
        let year = Day::of(thursday).year;
        (year, (thursday - first_of_month(year, 1)) / 7 + 1)
    }
}

/// 1 is Monday, 7 is Sunday, for a number of days since 1970-01-01.
pub(super) fn day_of_week(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// The days from 1970-01-01 to the first of a month.
pub(super) fn first_of_month(year: i64, month: i64) -> i64 {
    Day { year, month, day: 1 }.number().unwrap_or_default()
}

/// The days from 1970-01-01 to the Monday of the first ISO week of a year, the one with 4 January in it.
pub(super) fn first_of_weeks(year: i64) -> i64 {
    let fourth = first_of_month(year, 1) + 3;
    fourth - day_of_week(fourth) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_belong_to_the_year_of_their_thursday() {
        for (year, month, day, expected) in [
            (2005, 1, 2, (2004, 53)),
            (2008, 12, 28, (2008, 52)),
            (2008, 12, 29, (2009, 1)),
            (2010, 1, 3, (2009, 53)),
            (2023, 1, 1, (2022, 52)),
            (1970, 1, 1, (1970, 1)),
        ] {
            let days = Day { year, month, day }.number().unwrap();
            assert_eq!(Clock::midnight(days).week(), expected, "{year}-{month}-{day}");
            let (year, week) = expected;
            let monday = first_of_weeks(year) + (week - 1) * 7;
            assert_eq!(days - monday, day_of_week(days) - 1, "{year} week {week}");
        }
    }

    #[test]
    fn times_before_1970_have_a_clock_too() {
        let clock = Clock::of_millis(-1);
        assert_eq!((clock.days(), clock.hour(), clock.minute(), clock.second()), (-1, 23, 59, 59));
        assert_eq!((clock.millisecond(), clock.millis(), clock.day_of_week()), (999, -1, 3));
    }
}
