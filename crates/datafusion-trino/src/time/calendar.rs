//! Days since 1970-01-01 and years, months and days, for every year a date can have.

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

impl Day {
    /// The day so many days after 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day is the last of its year.
    pub(crate) fn of(days: i64) -> Day {
        let days = days + 719_468;
        let era = days.div_euclid(ERA);
        let day_of_era = days.rem_euclid(ERA);
        let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        Day { year, month, day }
    }

    /// Days since 1970-01-01; `None` for a day the calendar does not have.
    pub(crate) fn number(self) -> Option<i64> {
        let fits = (1..=12).contains(&self.month)
            && (1..=days_of_month(self.year, self.month)).contains(&self.day)
            && self.year.abs() < 1_000_000_000;
        fits.then(|| self.count())
    }

    fn count(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (self.month + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * ERA + day_of_era - 719_468
    }
}

/// How many days a month has.
pub(crate) fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The day so many months later; the last day of a shorter month when there is no such day.
pub(crate) fn add_months(days: i64, months: i64) -> Option<i64> {
    let from = Day::of(days);
    let months = from.year.checked_mul(12)?.checked_add(from.month - 1)?.checked_add(months)?;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let day = from.day.min(days_of_month(year, month));
    Day { year, month, day }.number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        for (days, year, month, day) in [
            (0, 1970, 1, 1),
            (-1, 1969, 12, 31),
            (11_016, 2000, 2, 29),
            (-719_528, 0, 1, 1),
            (i64::from(i32::MAX), 5_881_580, 7, 11),
            (i64::from(i32::MIN), -5_877_641, 6, 23),
        ] {
            let date = Day { year, month, day };
            assert_eq!(Day::of(days), date);
            assert_eq!(date.number(), Some(days));
        }
        let all = (-800_000..800_000).step_by(7).all(|days| Day::of(days).number() == Some(days));
        assert!(all, "a day does not come back");
    }

    #[test]
    fn a_day_the_calendar_does_not_have_has_no_number() {
        for (year, month, day) in [(2013, 2, 29), (1900, 2, 29), (2013, 13, 1), (2013, 0, 1), (2013, 4, 31)] {
            assert_eq!(Day { year, month, day }.number(), None, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn months_end_on_their_last_day() {
        let day = |year, month, day| Day { year, month, day }.number().unwrap();
        assert_eq!(add_months(day(2020, 1, 31), 1), Some(day(2020, 2, 29)));
        assert_eq!(add_months(day(2020, 3, 31), -1), Some(day(2020, 2, 29)));
        assert_eq!(add_months(day(2020, 1, 15), -13), Some(day(2018, 12, 15)));
    }
}
