//! The time that the parts read from a text make together.

use super::Field;
use crate::functions::time::clock::{Clock, first_of_month, first_of_weeks};
use crate::time::calendar::{Day, days_of_month};

/// The year of a day and month without one, so that 29 February is a day.
const LEAP_YEAR: i64 = 2000;

/// Sets the parts from the longest to the shortest, beginning with 1970-01-01 00:00. What is shorter than
/// a part that was read begins anew with it: of a year alone, the first of January. An error says which
/// value its part cannot have.
pub(in crate::functions::time) fn resolve(mut values: Vec<(Field, i64)>) -> Result<Clock, String> {
    if values.iter().map(|(field, _)| rank(*field)).min().is_some_and(|rank| OF_A_YEAR.contains(&rank)) {
        values.push((Field::Year, LEAP_YEAR));
    }
    values.sort_by_key(|(field, _)| rank(*field));
    let before_christ = values.contains(&(Field::Era, 0));
    let mut clock = Clock::midnight(0);
    for (field, value) in values {
        clock = set(clock, field, value)?;
        if field == Field::YearOfEra && before_christ {
            clock = Clock::midnight(first_of_month(1 - value, 1));
        }
    }
    Ok(clock)
}

/// The ranks of months, weeks and days.
const OF_A_YEAR: std::ops::RangeInclusive<u8> = 3..=7;

/// The order in which parts are set.
fn rank(field: Field) -> u8 {
    match field {
        Field::Era => 0,
        Field::Century => 1,
        Field::Year | Field::YearOfEra | Field::WeekYear => 2,
        Field::Month => 3,
        Field::Week => 4,
        Field::DayOfYear => 5,
        Field::Day => 6,
        Field::DayOfWeek => 7,
        Field::Half => 8,
        Field::Hour | Field::ClockHour => 9,
        Field::HourOfHalf | Field::ClockHourOfHalf => 10,
        Field::Minute => 11,
        Field::Second => 12,
        Field::Millisecond => 13,
    }
}

fn set(clock: Clock, field: Field, value: i64) -> Result<Clock, String> {
    let day = clock.day();
    let year_start = |year: i64| Clock::midnight(first_of_month(year, 1));
    let hours = |hour: i64| Clock::midnight(clock.days()).ahead(hour * 3600);
    let half = clock.hour() / 12 * 12;
    Ok(match field {
        Field::Era => clock,
        Field::Century => year_start(within(value, "centuryOfEra", 0, 2_922_789)? * 100),
        Field::Year => year_start(within(value, "year", -292_275_054, 292_278_993)?),
        Field::YearOfEra => year_start(within(value, "yearOfEra", 1, 292_278_993)?),
        Field::WeekYear => Clock::midnight(first_of_weeks(within(value, "weekyear", -292_275_054, 292_278_993)?)),
        Field::Month => Clock::midnight(first_of_month(day.year, within(value, "monthOfYear", 1, 12)?)),
        Field::DayOfYear => {
            let first = first_of_month(day.year, 1);
            let last = first_of_month(day.year + 1, 1) - first;
            Clock::midnight(first + within(value, "dayOfYear", 1, last)? - 1)
        }
        Field::Week => {
            let (year, _) = clock.week();
            let first = first_of_weeks(year);
            let last = (first_of_weeks(year + 1) - first) / 7;
            Clock::midnight(first + (within(value, "weekOfWeekyear", 1, last)? - 1) * 7)
        }
        Field::Day => {
            let last = days_of_month(day.year, day.month);
            let day = Day { day: within(value, "dayOfMonth", 1, last)?, ..day };
            Clock::midnight(day.number().unwrap_or_default())
        }
        Field::DayOfWeek => {
            let monday = clock.days() - clock.day_of_week() + 1;
            Clock::midnight(monday + within(value, "dayOfWeek", 1, 7)? - 1)
        }
        Field::Half => hours(within(value, "halfdayOfDay", 0, 1)? * 12),
        Field::Hour => hours(within(value, "hourOfDay", 0, 23)?),
        Field::ClockHour => hours(within(value, "clockhourOfDay", 1, 24)? % 24),
        Field::HourOfHalf => hours(half + within(value, "hourOfHalfday", 0, 11)?),
        Field::ClockHourOfHalf => hours(half + within(value, "clockhourOfHalfday", 1, 12)? % 12),
        Field::Minute => hours(clock.hour()).ahead(within(value, "minuteOfHour", 0, 59)? * 60),
        Field::Second => {
            let second = within(value, "secondOfMinute", 0, 59)?;
            Clock { nanos: 0, ..clock.ahead(second - clock.second()) }
        }
        Field::Millisecond => Clock { nanos: value * 1_000_000, ..clock },
    })
}

fn within(value: i64, name: &str, least: i64, most: i64) -> Result<i64, String> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(format!("Value {value} for {name} must be in the range [{least},{most}]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_begins_anew() {
        for (values, (year, month, day, hour)) in [
            (vec![(Field::Year, 2013)], (2013, 1, 1, 0)),
            (vec![(Field::Day, 29), (Field::Month, 2)], (2000, 2, 29, 0)),
            (vec![(Field::Week, 53), (Field::WeekYear, 1998)], (1998, 12, 28, 0)),
            (vec![(Field::DayOfWeek, 7), (Field::WeekYear, 2023), (Field::Week, 1)], (2023, 1, 8, 0)),
            (vec![(Field::Year, 2024), (Field::DayOfYear, 366)], (2024, 12, 31, 0)),
            (vec![(Field::ClockHourOfHalf, 12)], (1970, 1, 1, 0)),
            (vec![(Field::ClockHourOfHalf, 12), (Field::Half, 1)], (1970, 1, 1, 12)),
            (vec![(Field::ClockHour, 24)], (1970, 1, 1, 0)),
            (vec![(Field::Year, 2013), (Field::Year, 2014)], (2014, 1, 1, 0)),
            (vec![(Field::YearOfEra, 1), (Field::Era, 0)], (0, 1, 1, 0)),
        ] {
            let clock = resolve(values.clone()).unwrap();
            let read = clock.day();
            assert_eq!((read.year, read.month, read.day, clock.hour()), (year, month, day, hour), "{values:?}");
        }
    }

    #[test]
    fn a_part_out_of_range_is_named() {
        let error = resolve(vec![(Field::Year, 2023), (Field::Month, 2), (Field::Day, 29)]).unwrap_err();
        assert_eq!(error, "Value 29 for dayOfMonth must be in the range [1,28]");
        assert!(resolve(vec![(Field::Month, 13)]).is_err());
    }
}
