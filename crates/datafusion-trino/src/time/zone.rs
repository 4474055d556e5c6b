//! Time zones under Trino's names, with the rules of `java.time` for clocks that are set forward or back.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use chrono::{DateTime, Offset, TimeZone, Utc};

use super::calendar::DAY;

/// Names of the zone Trino calls `UTC`.
const UTC: [&str; 26] = [
    "UTC",
    "GMT",
    "UT",
    "UCT",
    "Z",
    "Zulu",
    "Greenwich",
    "Universal",
    "GMT0",
    "GMT+0",
    "GMT-0",
    "UTC+0",
    "UTC-0",
    "UT+0",
    "UT-0",
    "Etc/UTC",
    "Etc/GMT",
    "Etc/UCT",
    "Etc/Greenwich",
    "Etc/Universal",
    "Etc/Zulu",
    "Etc/GMT0",
    "Etc/GMT+0",
    "Etc/GMT-0",
    "+00:00",
    "-00:00",
];

/// What may stand before an offset; true where the sign means west.
const PREFIXES: [(&str, bool); 6] =
    [("Etc/GMT", true), ("Etc/UTC", false), ("Etc/UT", false), ("GMT", false), ("UTC", false), ("UT", false)];

/// A zone: an offset or a region.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    name: Arc<str>,
    rules: Rules,
}

#[derive(Debug, Clone)]
enum Rules {
    Offset(i64),
    Region(Tz),
}

/// The name of a zone tells its rules.
impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl std::hash::Hash for Zone {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// An instant that a clock of a zone shows; seconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instant {
    /// Shown once, or twice and this is the first time.
    Shown(i64),
    /// Never shown, for the clock was set forward over it: as late after the change.
    Skipped(i64),
}

impl Instant {
    pub(crate) fn seconds(self) -> i64 {
        match self {
            Instant::Shown(seconds) | Instant::Skipped(seconds) => seconds,
        }
    }
}

impl Zone {
    pub(crate) fn utc() -> Zone {
        Zone { name: "UTC".into(), rules: Rules::Offset(0) }
    }

    /// A zone so many minutes east of UTC; `None` beyond 14 hours.
    pub(crate) fn offset(minutes: i64) -> Option<Zone> {
        if minutes == 0 {
            return Some(Zone::utc());
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        let size = minutes.abs();
        let name = format!("{sign}{:02}:{:02}", size / 60, size % 60);
        (size <= 14 * 60).then(|| Zone { name: name.into(), rules: Rules::Offset(minutes * 60) })
    }

    /// A zone by a name Trino takes: `Europe/Berlin`, `+05:30`, `-0800`, `UTC`, `Etc/GMT+5`.
    pub(crate) fn parse(name: &str) -> Option<Zone> {
        if UTC.contains(&name) {
            return Some(Zone::utc());
        }
        if name.starts_with(['+', '-']) {
            return Zone::offset(offset_minutes(name)?);
        }
        let prefix = PREFIXES.iter().find_map(|(prefix, west)| Some((name.strip_prefix(prefix)?, *west)));
        if let Some((rest, west)) = prefix
            && rest.starts_with(['+', '-'])
        {
            let minutes = offset_minutes(rest)?;
            return Zone::offset(if west { -minutes } else { minutes });
        }
        let region = Tz::from_str(name).ok()?;
        Some(Zone { name: name.into(), rules: Rules::Region(region) })
    }

    /// The name Trino prints: `UTC`, `+05:30`, `Europe/Berlin`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name in the type of a column.
    pub(crate) fn arrow_name(&self) -> Arc<str> {
        if &*self.name == "UTC" { "+00:00".into() } else { Arc::clone(&self.name) }
    }

    /// How many seconds the clock is ahead of UTC at an instant.
    pub(crate) fn offset_at(&self, instant: i64) -> i64 {
        match &self.rules {
            Rules::Offset(seconds) => *seconds,
            Rules::Region(region) => {
                let at = DateTime::from_timestamp(instant, 0).unwrap_or(match instant {
                    ..0 => DateTime::<Utc>::MIN_UTC,
                    _ => DateTime::<Utc>::MAX_UTC,
                });
                i64::from(region.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
            }
        }
    }

    /// The instant at which the clock shows a time, given as seconds since it showed 1970-01-01.
    pub(crate) fn instant(&self, clock: i64) -> Instant {
        if let Rules::Offset(seconds) = &self.rules {
            return Instant::Shown(clock.saturating_sub(*seconds));
        }
        // A clock is set at most once within a day.
        let before = self.offset_at(clock.saturating_sub(DAY));
        let after = self.offset_at(clock.saturating_add(DAY));
        let shown = [before, after].into_iter().find(|offset| self.offset_at(clock.saturating_sub(*offset)) == *offset);
        match shown {
            Some(offset) => Instant::Shown(clock.saturating_sub(offset)),
            None => Instant::Skipped(clock.saturating_sub(before)),
        }
    }
}

/// `+5`, `+05`, `+0530`, `+05:30`, `+05:30:00` in minutes.
fn offset_minutes(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?;
    let number = |part: &str| (part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok());
    let (hours, minutes, seconds): (&str, &str, &str) = match digits.split(':').collect::<Vec<_>>()[..] {
        [plain] if plain.len() <= 2 => (plain, "0", "0"),
        [plain] if plain.len() == 4 && plain.is_ascii() => (&plain[..2], &plain[2..], "0"),
        [hours, minutes] if hours.len() == 2 && minutes.len() == 2 => (hours, minutes, "0"),
        [hours, minutes, seconds] if hours.len() == 2 && minutes.len() == 2 => (hours, minutes, seconds),
        _ => return None,
    };
    let (hours, minutes, seconds): (i64, i64, i64) =
        (number(hours).flatten()?, number(minutes).flatten()?, number(seconds).flatten()?);
    (hours <= 18 && minutes <= 59 && seconds == 0).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_one_name() {
        for (given, name) in [
            ("UTC", Some("UTC")),
            ("Z", Some("UTC")),
            ("Etc/UTC", Some("UTC")),
            ("+00:00", Some("UTC")),
            ("GMT", Some("UTC")),
            ("Etc/GMT+5", Some("-05:00")),
            ("GMT+5", Some("+05:00")),
            ("+0530", Some("+05:30")),
            ("+8", Some("+08:00")),
            ("-08:35", Some("-08:35")),
            ("Europe/Berlin", Some("Europe/Berlin")),
            ("+14:01", None),
            ("+05:30:01", None),
            ("Mars/Olympus", None),
            ("", None),
        ] {
            assert_eq!(Zone::parse(given).as_ref().map(Zone::name), name, "{given}");
        }
    }

    #[test]
    fn a_skipped_time_comes_after_the_change_and_a_repeated_one_first() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        // 2023-03-26 02:30: clocks went from 02:00 to 03:00 at 01:00 UTC.
        assert_eq!(berlin.instant(1_679_797_800), Instant::Skipped(1_679_794_200));
        // 2023-10-29 02:30: clocks went from 03:00 to 02:00 at 01:00 UTC.
        assert_eq!(berlin.instant(1_698_546_600), Instant::Shown(1_698_539_400));
        assert_eq!(berlin.instant(0), Instant::Shown(-3600));
    }

    #[test]
    fn regions_have_an_offset_at_any_instant() {
        let kathmandu = Zone::parse("Asia/Kathmandu").unwrap();
        assert_eq!(kathmandu.offset_at(1_588_300_000), 20_700);
        assert_eq!(kathmandu.offset_at(i64::MIN), 20_476);
        assert_eq!(kathmandu.offset_at(i64::MAX), 20_700);
    }
}
