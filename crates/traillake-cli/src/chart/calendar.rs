//! Steps of time: how far apart values are, which steps people count in, and how instants are written on an axis.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// The first Monday of Unix time, where weeks begin.
const MONDAY: i64 = 4 * DAY;

/// So many instants do not have a divisor in common by chance.
const INSTANTS_MANY: usize = 8;
/// So many are not all Mondays by chance.
const MONDAYS_MANY: usize = 3;

/// A step of time, and where it begins: instants of one step belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Of so many milliseconds, counted from an instant.
    Millis { length: i64, origin: i64 },
    /// Of so many months, counted from January.
    Months(i64),
}

/// The steps people count in, from fine to coarse.
const STEPS: &[Step] = &[
    Step::even(1),
    Step::even(10),
    Step::even(100),
    Step::even(SECOND),
    Step::even(5 * SECOND),
    Step::even(10 * SECOND),
    Step::even(30 * SECOND),
    Step::even(MINUTE),
    Step::even(5 * MINUTE),
    Step::even(10 * MINUTE),
    Step::even(30 * MINUTE),
    Step::even(HOUR),
    Step::even(2 * HOUR),
    Step::even(3 * HOUR),
    Step::even(6 * HOUR),
    Step::even(12 * HOUR),
    Step::even(DAY),
    Step::even(2 * DAY),
    Step::Millis { length: WEEK, origin: MONDAY },
    Step::Months(1),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(5 * 12),
    Step::Months(10 * 12),
    Step::Months(50 * 12),
    Step::Months(100 * 12),
    Step::Months(1_000 * 12),
];

impl Step {
    const fn even(length: i64) -> Self {
        Step::Millis { length, origin: 0 }
    }

    /// The step that instants in ascending order, each once, keep to.
    pub(super) fn of(times: &[i64]) -> Step {
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Step::even(DAY) };
        if first == last {
            return Self::alone(*first);
        }
        if times.iter().all(|time| is_start_of_month(*time)) {
            let months = times.iter().fold(0, |all, time| gcd(all, months_of(*time)));
            return Step::Months(if months % 12 == 0 { 12 } else { 1 });
        }
        let length = times.iter().fold(0, |all, time| gcd(all, time.saturating_sub(*first)));
        let length = likely(length, times.iter().all(|time| is_monday(*time)), times.len());
        // What keeps to whole days, hours or minutes does not begin in the midst of one.
        Step::Millis { length, origin: first.rem_euclid(length) }
    }

    /// The step that a single instant is the start of.
    fn alone(time: i64) -> Step {
        let whole = [DAY, HOUR, MINUTE, SECOND].into_iter().find(|length| time.rem_euclid(*length) == 0);
        Step::even(whole.unwrap_or(1))
    }

    /// The finest of people's steps, not finer than this one, of which at most so many lie between two instants.
    pub(super) fn coarser(self, first: i64, last: i64, most: usize) -> Step {
        let fits = |step: &Step| step.count(first, last) <= most as i64;
        let coarser = STEPS.iter().filter(|step| step.about() > self.about() && step.holds(self)).copied();
        if fits(&self) { self } else { coarser.into_iter().find(fits).unwrap_or(Step::Months(10_000 * 12)) }
    }

    /// Whether steps of the other kind do not lie across its borders.
    fn holds(self, finer: Step) -> bool {
        match (self, finer) {
            (Step::Millis { length, .. }, Step::Millis { length: finer, .. }) => length % finer == 0,
            (Step::Months(_), Step::Millis { .. }) => true,
            (Step::Months(months), Step::Months(finer)) => months % finer == 0,
            (Step::Millis { .. }, Step::Months(_)) => false,
        }
    }

    /// Its length, as if all months were alike.
    fn about(self) -> i64 {
        match self {
            Step::Millis { length, .. } => length,
            Step::Months(months) => months.saturating_mul(30 * DAY),
        }
    }

    /// The number of the step that an instant belongs to.
    pub(super) fn index(self, time: i64) -> i64 {
        match self {
            Step::Millis { length, origin } => time.saturating_sub(origin).div_euclid(length.max(1)),
            Step::Months(months) => months_of(time).div_euclid(months),
        }
    }

    /// The instant that a step begins at.
    pub(super) fn start(self, index: i64) -> i64 {
        match self {
            Step::Millis { length, origin } => index.saturating_mul(length).saturating_add(origin),
            Step::Months(months) => start_of_month(index.saturating_mul(months)),
        }
    }

    /// How many steps two instants and all between them belong to.
    pub(super) fn count(self, first: i64, last: i64) -> i64 {
        self.index(last).saturating_sub(self.index(first)).saturating_add(1)
    }

    /// An instant as it stands at an axis with such steps.
    fn label(self, time: i64) -> String {
        let Some(at) = DateTime::from_timestamp_millis(time) else { return String::new() };
        let is_midnight = at.time() == NaiveTime::MIN;
        let format = match self {
            Step::Months(months) if months >= 12 => "%Y",
            Step::Months(_) if at.month() == 1 => "%Y",
            Step::Months(_) => "%b",
            Step::Millis { length, .. } if length >= DAY || is_midnight => "%b %-d",
            Step::Millis { length, .. } if length >= MINUTE => "%H:%M",
            Step::Millis { length, .. } if length >= SECOND => "%H:%M:%S",
            Step::Millis { .. } => "%H:%M:%S%.3f",
        };
        at.format(format).to_string()
    }

    /// An instant that a value of this step is of, in full.
    pub(super) fn moment(self, time: i64) -> String {
        let Some(at) = DateTime::from_timestamp_millis(time) else { return String::new() };
        let format = match self {
            Step::Months(months) if months % 12 == 0 => "%Y",
            Step::Months(_) => "%Y-%m",
            Step::Millis { length, .. } if length % DAY == 0 && at.time() == NaiveTime::MIN => "%Y-%m-%d",
            Step::Millis { length, .. } if length % MINUTE == 0 && is_whole(at, MINUTE) => "%Y-%m-%d %H:%M",
            Step::Millis { length, .. } if length % SECOND == 0 && is_whole(at, SECOND) => "%Y-%m-%d %H:%M:%S",
            Step::Millis { .. } => "%Y-%m-%d %H:%M:%S%.3f",
        };
        at.format(format).to_string()
    }
}

/// `day`, `30 minutes`, `3 months`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match *self {
            Step::Months(months) if months % 12 == 0 => (months / 12, "year"),
            Step::Months(months) => (months, "month"),
            Step::Millis { length, .. } => {
                let units = [(WEEK, "week"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")];
                let unit = units.into_iter().find(|(unit, _)| length % unit == 0);
                unit.map_or((length, "millisecond"), |(unit, name)| (length / unit, name))
            }
        };
        match count {
            1 => f.write_str(unit),
            count => write!(f, "{count} {unit}s"),
        }
    }
}

/// The instants to be written at an axis, at most so many, with their labels.
pub(super) fn ticks(first: i64, last: i64, most: usize) -> Vec<(i64, String)> {
    let starts_within = |step: &Step| {
        let from = step.index(first) + i64::from(step.start(step.index(first)) < first);
        from..=step.index(last)
    };
    let fits = |step: &&Step| {
        let range = starts_within(step);
        range.end().saturating_sub(*range.start()).saturating_add(1) <= most as i64
    };
    let Some(step) = STEPS.iter().find(fits) else { return Vec::new() };
    starts_within(step).map(|index| step.start(index)).map(|time| (time, step.label(time))).collect()
}

/// A text that is written as times are: `2024-05`, `2024-05-01`, `2024-05-01 10`, `2024-05-01T10:00:00.000Z`.
pub(super) fn time_of(text: &str) -> Option<i64> {
    let (day, rest) = match text.len() {
        0..7 => return None,
        7 => return NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok().map(millis_of_day),
        _ => text.split_at_checked(10)?,
    };
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().map(millis_of_day)?;
    if rest.is_empty() {
        return Some(day);
    }
    let clock = rest.strip_prefix([' ', 'T'])?;
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    let whole = if clock.len() == 2 { format!("{clock}:00") } else { clock.to_owned() };
    let formats = ["%H:%M", "%H:%M:%S%.f"];
    let time = formats.into_iter().find_map(|format| NaiveTime::parse_from_str(&whole, format).ok())?;
    Some(day + i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1_000_000))
}

fn millis_of_day(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

fn is_whole(at: DateTime<Utc>, unit: i64) -> bool {
    at.timestamp_millis().rem_euclid(unit) == 0
}

fn is_start_of_month(time: i64) -> bool {
    time.rem_euclid(DAY) == 0 && DateTime::from_timestamp_millis(time).is_some_and(|at| at.day() == 1)
}

/// Months since January of year 0.
fn months_of(time: i64) -> i64 {
    let at = DateTime::from_timestamp_millis(time).unwrap_or_default();
    i64::from(at.year()) * 12 + i64::from(at.month0())
}

fn start_of_month(months: i64) -> i64 {
    let year = i32::try_from(months.div_euclid(12)).ok();
    let month = u32::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
    year.and_then(|year| NaiveDate::from_ymd_opt(year, month, 1)).map_or(0, millis_of_day)
}

/// The length of step that so many instants come of whose differences are multiples of `length`. Few instants may have
/// a large divisor in common by chance: they are taken for what `date_trunc` gives.
fn likely(length: i64, are_mondays: bool, instants: usize) -> i64 {
    let are_many = instants >= INSTANTS_MANY;
    if are_many && (length % DAY == 0 || [DAY, HOUR, MINUTE, SECOND].iter().any(|unit| unit % length == 0)) {
        return length;
    }
    let units = [DAY, HOUR, MINUTE, SECOND, 1];
    let unit = units.into_iter().find(|unit| length % unit == 0).unwrap_or(1);
    if are_mondays && instants >= MONDAYS_MANY { WEEK } else { unit }
}

fn is_monday(time: i64) -> bool {
    time.rem_euclid(WEEK) == MONDAY
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        time_of(text).unwrap()
    }

    #[test]
    fn texts_of_times_are_told_from_others() {
        for (text, moment) in [
            ("2024-05", Some("2024-05-01 00:00:00.000")),
            ("2024-05-02", Some("2024-05-02 00:00:00.000")),
            ("2024-05-02 07", Some("2024-05-02 07:00:00.000")),
            ("2024-05-02 07:08", Some("2024-05-02 07:08:00.000")),
            ("2024-05-02T07:08:09Z", Some("2024-05-02 07:08:09.000")),
            ("2024-05-02 07:08:09.010", Some("2024-05-02 07:08:09.010")),
            ("2024-13-02", None),
            ("2024-05-02x", None),
            ("192.0.2.17", None),
            ("éééééééé", None),
            ("", None),
        ] {
            let written = time_of(text).and_then(DateTime::from_timestamp_millis);
            let written = written.map(|at| at.format("%Y-%m-%d %H:%M:%S%.3f").to_string());
            assert_eq!(written.as_deref(), moment, "{text}");
        }
    }

    #[test]
    fn instants_say_their_step() {
        for (times, step) in [
            (&["2024-05-01", "2024-05-02", "2024-05-09"][..], "day"),
            (&["2024-01", "2024-02", "2024-07"], "month"),
            (&["2021-01", "2023-01"], "year"),
            (&["2024-05-01 10:00", "2024-05-01 12:00", "2024-05-01 18:00"], "hour"),
            (&["2024-05-06", "2024-05-13", "2024-06-03"], "week"),
            (&["2024-05-01 10:00:00.007", "2024-05-01 10:00:41.350"], "millisecond"),
            (&["2024-05-01 10:15"], "minute"),
        ] {
            let times: Vec<_> = times.iter().map(|text| at(text)).collect();
            assert_eq!(Step::of(&times).to_string(), step);
        }
    }

    #[test]
    fn coarser_steps_keep_to_the_calendar() {
        let (first, last) = (at("2024-01-17"), at("2024-12-24"));
        let step = Step::even(DAY).coarser(first, last, 20);
        assert_eq!(step.to_string(), "month");
        assert_eq!(step.count(first, last), 12);
        assert_eq!(step.moment(step.start(step.index(first))), "2024-01");
        let week = Step::even(DAY).coarser(first, last, 60);
        assert_eq!(week.moment(week.start(week.index(first))), "2024-01-15");
        assert_eq!(Step::even(DAY).coarser(first, last, 400), Step::even(DAY));
    }

    #[test]
    fn an_axis_is_written_at_whole_steps() {
        let written = |first, last, most| {
            ticks(at(first), at(last), most).into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(written("2024-05-01 10:20", "2024-05-01 13:00", 6), "10:30 11:00 11:30 12:00 12:30 13:00");
        assert_eq!(written("2024-05-01 13:00", "2024-05-02 12:00", 6), "18:00 May 2 06:00 12:00");
        assert_eq!(written("2023-11-05", "2024-02-20", 6), "Dec 2024 Feb");
        assert_eq!(written("2001-03-01", "2024-02-20", 6), "2005 2010 2015 2020");
    }
}
