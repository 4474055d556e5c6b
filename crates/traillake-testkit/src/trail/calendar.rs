//! Days and seconds as CloudTrail writes them, without a clock.

/// Seconds in a day; CloudTrail knows no leap seconds.
pub(crate) const DAY: i64 = 86_400;

/// A moment in UTC, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// Midnight of a day written `YYYY-MM-DD`; `None` when it is not one.
    pub(crate) fn midnight(date: &str) -> Option<Self> {
        let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let moment = Self(days_since_1970(year, month, day) * DAY);
        // A day that does not exist (30 February) comes back as another one.
        (moment.date() == date).then_some(moment)
    }

    pub(crate) fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }

    /// `2026-03-01`
    pub(crate) fn date(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `2026/03/01`, as in the keys of delivered files.
    pub(crate) fn folder(self) -> String {
        self.date().replace('-', "/")
    }

    /// `2026-03-01T10:20:30Z`
    pub(crate) fn iso(self) -> String {
        let (hour, minute, second) = self.clock();
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", self.date())
    }

    /// `20260301T102030Z`, the form of `creationDate` in old records.
    pub(crate) fn basic(self) -> String {
        self.iso().replace(['-', ':'], "")
    }

    /// `20260301T1020Z`, as in the names of delivered files.
    pub(crate) fn name(self) -> String {
        let (hour, minute, _) = self.clock();
        format!("{}T{hour:02}{minute:02}Z", self.date().replace('-', ""))
    }

    /// `Mar 1, 2026, 10:20:30 AM`, as Java services print dates in `responseElements`.
    pub(crate) fn american(self) -> String {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, day) = self.civil();
        let (hour, minute, second) = self.clock();
        let half = if hour < 12 { "AM" } else { "PM" };
        let month = MONTHS[(month - 1) as usize];
        format!("{month} {day}, {year}, {}:{minute:02}:{second:02} {half}", (hour + 11) % 12 + 1)
    }

    pub(crate) fn hour(self) -> i64 {
        self.clock().0
    }

    fn clock(self) -> (i64, i64, i64) {
        let second = self.0.rem_euclid(DAY);
        (second / 3600, second / 60 % 60, second % 60)
    }

    /// Year, month and day of the proleptic Gregorian calendar, counted in eras of 400 years from 1 March.
    fn civil(self) -> (i64, i64, i64) {
        let days = self.0.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_cloudtrail_writes_them() {
        let moment = Moment(1_772_360_430);
        assert_eq!(moment.iso(), "2026-03-01T10:20:30Z");
        assert_eq!(moment.basic(), "20260301T102030Z");
        assert_eq!(moment.name(), "20260301T1020Z");
        assert_eq!(moment.folder(), "2026/03/01");
        assert_eq!(moment.american(), "Mar 1, 2026, 10:20:30 AM");
        assert_eq!(Moment(0).american(), "Jan 1, 1970, 12:00:00 AM");
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in -1000..146_097 {
            let midnight = Moment(day * DAY);
            assert_eq!(Moment::midnight(&midnight.date()), Some(midnight));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for wrong in ["2026-02-29", "2026-13-01", "2026-3-1", "today", "2026-03", ""] {
            assert_eq!(Moment::midnight(wrong), None, "{wrong}");
        }
    }
}
