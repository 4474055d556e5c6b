//! Counts, rates and what is left of an import.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use traillake::{ImportProgress, ImportReport};

use crate::output::{Count, Size, grouped};

/// Rates are those of the last moments, not of the whole import: it may have been slower or faster before.
const WINDOW: Duration = Duration::from_secs(10);
/// Rates of a shorter time mean nothing.
const SETTLED: Duration = Duration::from_secs(1);

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Listed,
    Importing,
    Committed,
    Merging,
    Verifying,
    Done,
}

/// What has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) objects: u64,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) events: u64,
    /// None while nobody has told.
    pub(super) rejects: Option<u64>,
    /// None while nobody has told.
    pub(super) json_bytes: Option<u64>,
}

impl Counts {
    pub(super) fn advance(&mut self, progress: ImportProgress) {
        let ImportProgress { objects, bytes, records, events, rejects, json_bytes } = progress;
        *self = Self { objects, bytes, records, events, rejects: Some(rejects), json_bytes: Some(json_bytes) };
    }
}

/// Where an import is.
#[derive(Debug)]
pub(super) struct Meter {
    started: Instant,
    pub(super) phase: Phase,
    pub(super) counts: Counts,
    pub(super) objects_total: Option<u64>,
    bytes_listed: u64,
    /// Whether all sources have a size.
    pub(super) is_size_known: bool,
    pub(super) version: Option<u64>,
    /// Whether nothing is to be shown any more.
    pub(super) is_over: bool,
    /// The counts of the import, while its sources are verified.
    imported: Option<Counts>,
    /// When how many bytes and events had been read, oldest first.
    samples: VecDeque<(Instant, u64, u64)>,
}

/// What is read in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub(super) bytes: f64,
    pub(super) events: f64,
}

impl Meter {
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            phase: Phase::Importing,
            counts: Counts::default(),
            objects_total: None,
            bytes_listed: 0,
            is_size_known: true,
            version: None,
            is_over: false,
            imported: None,
            samples: VecDeque::new(),
        }
    }

    /// Takes the totals; says whether they are those of the import.
    pub(super) fn listed(&mut self, objects: u64, bytes: u64) -> bool {
        self.objects_total = Some(objects);
        self.bytes_listed = bytes;
        self.samples.clear();
        self.sample();
        self.phase == Phase::Importing
    }

    pub(super) fn is_listed(&self) -> bool {
        self.objects_total.is_some()
    }

    /// The import is done, and counting begins again.
    pub(super) fn verify(&mut self, report: &ImportReport) {
        self.finish(report);
        self.imported = Some(self.counts);
        self.counts = Counts::default();
        self.phase = Phase::Verifying;
        self.samples.clear();
    }

    /// Back to the counts of the import, with what only its report knows.
    pub(super) fn finish(&mut self, report: &ImportReport) {
        self.counts = self.imported.take().unwrap_or(self.counts);
        self.counts.rejects = Some(report.rejects);
        self.counts.json_bytes = Some(report.json_bytes);
    }

    /// The bytes of all sources; none before they are listed and where a source does not tell.
    pub(super) fn bytes_total(&self) -> Option<u64> {
        (self.is_listed() && self.is_size_known).then_some(self.bytes_listed)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Notes the counts, for the rates.
    pub(super) fn sample(&mut self) {
        self.sample_at(Instant::now());
    }

    fn sample_at(&mut self, now: Instant) {
        // The oldest stands at the beginning of the window or before it.
        while self.samples.get(1).is_some_and(|(at, ..)| now.duration_since(*at) >= WINDOW) {
            self.samples.pop_front();
        }
        self.samples.push_back((now, self.counts.bytes, self.counts.events));
    }

    /// What was read in each of the last seconds; none at the beginning.
    pub(super) fn rate(&self) -> Option<Rate> {
        let ((from, bytes, events), (to, bytes_now, events_now)) = (self.samples.front()?, self.samples.back()?);
        let elapsed = to.duration_since(*from);
        if elapsed < SETTLED {
            return None;
        }
        let per_second = |before: u64, after: u64| after.saturating_sub(before) as f64 / elapsed.as_secs_f64();
        Some(Rate { bytes: per_second(*bytes, *bytes_now), events: per_second(*events, *events_now) })
    }

    /// The time that is likely left; none where the sources do not tell their size, and while nothing moves.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.bytes_total()?.saturating_sub(self.counts.bytes);
        let seconds = left as f64 / self.rate()?.bytes;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// The meter in a line: what matters most stands first, for a narrow terminal cuts the end.
impl fmt::Display for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(objects) = self.objects_total else { return f.write_str("looking for files") };
        let Counts { objects: read, bytes, events, rejects, .. } = self.counts;
        let is_read = self.bytes_total().is_some_and(|total| bytes >= total) && read >= objects;
        let rate = self.rate().filter(|_| !is_read);
        let rejects = rejects.filter(|rejects| *rejects > 0);
        let parts = [
            (self.phase == Phase::Verifying).then(|| "verifying".to_owned()),
            match is_read {
                _ if self.phase == Phase::Merging => Some("merging small data files".to_owned()),
                true if self.phase == Phase::Importing => Some("writing the last events".to_owned()),
                true => None,
                false => self.left().map(|left| format!("{} left", Left(left))),
            },
            rate.map(|rate| format!("{}/s", Size(rate.bytes as u64))),
            Some(match self.bytes_total() {
                Some(total) => format!("{} of {}", Size(bytes), Size(total)),
                None => Size(bytes).to_string(),
            }),
            Some(Count(events, "event").to_string()),
            rate.map(|rate| format!("{}/s", grouped(rate.events as u64))),
            rejects.map(|rejects| Count(rejects, "reject").to_string()),
            Some(format!("{} of {}", grouped(read), Count(objects, "file"))),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(" · "))
    }
}

/// Time that is left: `12 s`, `3 min 20 s`, `2 h 5 min`.
struct Left(Duration);

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64().ceil() as u64;
        match seconds {
            0..60 => write!(f, "{seconds} s"),
            60..3_600 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(meter: &mut Meter, second: u64, bytes: u64) {
        let events = bytes / 100;
        meter.counts.advance(ImportProgress {
            objects: 1,
            bytes,
            records: events,
            events,
            ..ImportProgress::default()
        });
        meter.sample_at(meter.started + Duration::from_secs(second));
    }

    /// One of two files of 100 kB, read at a steady pace for a while.
    fn meter() -> Meter {
        let mut meter = Meter::start();
        meter.listed(2, 100_000);
        meter.samples.clear();
        read(&mut meter, 0, 0);
        read(&mut meter, 20, 10_000);
        meter
    }

    #[test]
    fn rates_are_those_of_the_last_seconds() {
        let mut meter = meter();
        for second in 21..=40 {
            read(&mut meter, second, 10_000 + (second - 20) * 2_000);
        }
        assert_eq!(meter.rate(), Some(Rate { bytes: 2_000.0, events: 20.0 }));
        assert_eq!(meter.left(), Some(Duration::from_secs(25)));
        for second in 41..=51 {
            read(&mut meter, second, 50_000);
        }
        assert_eq!((meter.rate().unwrap().bytes, meter.left()), (0.0, None));
    }

    #[test]
    fn the_first_moments_say_nothing() {
        let mut meter = Meter::start();
        assert_eq!((meter.rate(), meter.bytes_total()), (None, None));
        assert_eq!(meter.to_string(), "looking for files");
        meter.listed(1, 100);
        assert_eq!((meter.rate(), meter.bytes_total()), (None, Some(100)));
        assert_eq!(meter.to_string(), "0 B of 100 B · 0 events · 0 of 1 file");
    }

    #[test]
    fn a_line_says_what_matters_first() {
        let mut meter = meter();
        read(&mut meter, 21, 12_000);
        meter.counts.rejects = Some(3);
        assert_eq!(
            meter.to_string(),
            "2 min 34 s left · 571 B/s · 12 kB of 100 kB · 120 events · 5/s · 3 rejects · 1 of 2 files"
        );
        meter.is_size_known = false;
        assert_eq!(meter.to_string(), "571 B/s · 12 kB · 120 events · 5/s · 3 rejects · 1 of 2 files");
    }

    #[test]
    fn what_is_read_is_not_yet_written() {
        let mut meter = meter();
        meter.counts = Counts { objects: 2, bytes: 100_000, ..Counts::default() };
        assert_eq!(meter.to_string(), "writing the last events · 100 kB of 100 kB · 0 events · 2 of 2 files");
        meter.phase = Phase::Merging;
        assert_eq!(meter.to_string(), "merging small data files · 100 kB of 100 kB · 0 events · 2 of 2 files");
    }

    #[test]
    fn time_left_is_written_in_two_units() {
        let left = |seconds| Left(Duration::from_secs(seconds)).to_string();
        assert_eq!([0, 59, 200, 7_500].map(left), ["0 s", "59 s", "3 min 20 s", "2 h 5 min"]);
    }
}
