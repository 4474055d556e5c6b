//! Realistic trails: the same settings give the same bytes, forever.
//!
//! A trail is a bucket's worth of delivered files: accounts with users, roles and resources; sessions that are opened
//! by one event and used by the next ones; reads, writes, failures; sign-ins, services, other accounts; records of
//! several versions. What is in it is counted ([`Truth`]), and small stories can be planted ([`Incident`]).
//!
//! ```
//! use traillake_testkit::trail::Trail;
//!
//! let trail = Trail::new(7).events(300).accounts(2).duplicates(0.02).incidents(true).build();
//! assert_eq!(trail.truth.events.total, 300);
//! assert_eq!(trail.truth.records, 306);
//! for object in trail.objects() {
//!     assert!(object.key.starts_with("AWSLogs/") && object.key.ends_with(".json.gz"));
//! }
//! ```

mod calendar;
mod caller;
mod calls;
mod delivery;
mod incident;
mod random;
mod record;
mod scene;
mod template;
mod traffic;
mod truth;
mod world;

pub use incident::Incident;
pub use random::Random;
pub(crate) use template::escaped;
pub use truth::{Count, Tally, Truth};

use calendar::{DAY, Moment};
use delivery::Delivery;
use flate2::{Compression, GzBuilder};
use std::io::{self, Write};
use std::path::Path;
use traffic::{SLOT, Slot, Traffic};
use world::World;

/// About how many events happen in a slot of activity; what files hold on average in a small trail.
const EVENTS_PER_SLOT: u64 = 30;

/// The settings of a trail to be generated.
///
/// Everything is held in memory: about 1.5 kB for each event.
#[derive(Debug, Clone)]
pub struct Trail {
    seed: u64,
    events: usize,
    accounts: usize,
    regions: usize,
    days: i64,
    start: Moment,
    duplicates: f64,
    incidents: bool,
}

impl Trail {
    /// A trail of 1,000 events in one account, Region and day, without duplicates or incidents.
    pub fn new(seed: u64) -> Self {
        let start = Moment::midnight("2026-03-01").unwrap_or(Moment(0));
        Self { seed, events: 1000, accounts: 1, regions: 1, days: 1, start, duplicates: 0.0, incidents: false }
    }

    /// How many distinct events. With incidents there are at least as many as the incidents need (about 70).
    pub fn events(self, events: usize) -> Self {
        Self { events, ..self }
    }

    /// How many accounts, at least 1. The first is the busiest.
    pub fn accounts(self, accounts: usize) -> Self {
        Self { accounts: accounts.max(1), ..self }
    }

    /// How many Regions, 1 to 8; `us-east-1` is always one of them.
    pub fn regions(self, regions: usize) -> Self {
        Self { regions: regions.clamp(1, World::REGIONS_MAX), ..self }
    }

    /// How many days, at least 1.
    pub fn days(self, days: u32) -> Self {
        Self { days: i64::from(days.max(1)), ..self }
    }

    /// The first day, `YYYY-MM-DD`.
    ///
    /// # Panics
    ///
    /// When it is not a day of the calendar.
    pub fn starting(self, day: &str) -> Self {
        let start = Moment::midnight(day);
        assert!(start.is_some(), "a trail starts on a day such as 2026-03-01, not on {day:?}");
        Self { start: start.unwrap_or(self.start), ..self }
    }

    /// What part of the events is delivered twice, 0.0 to 1.0: byte for byte, in another, later file.
    pub fn duplicates(self, fraction: f64) -> Self {
        Self { duplicates: fraction.clamp(0.0, 1.0), ..self }
    }

    /// Whether the incidents are planted.
    pub fn incidents(self, incidents: bool) -> Self {
        Self { incidents, ..self }
    }

    /// Generates the trail.
    pub fn build(self) -> GeneratedTrail {
        let world = World::new(self.seed, self.accounts, self.regions);
        let (mut events, incidents) = if self.incidents {
            incident::plant(&world, self.seed, self.start, self.days)
        } else {
            (Vec::new(), Vec::new())
        };
        let slots = self.slots(self.events.saturating_sub(events.len()) as u64);
        events.extend(Traffic::new(&world, self.seed).draw(&slots));
        let copies = (events.len() as f64 * self.duplicates).round() as usize;
        let deliveries = delivery::deliver(&events, copies, self.seed);
        let mut truth = Truth::count(deliveries.iter().flat_map(|one| &one.records).map(String::as_str));
        truth.objects = deliveries.len() as u64;
        truth.incidents = incidents;
        GeneratedTrail { deliveries, truth }
    }

    /// The slots of activity, in the order of time, with the number of events in each. Early accounts and Regions are
    /// busier, and so are working hours.
    fn slots(&self, events: u64) -> Vec<Slot> {
        let mut random = Random::stream(self.seed, "slots");
        let mut cells = Vec::new();
        for account in 0..self.accounts {
            for region in 0..self.regions {
                cells.extend((0..self.days).map(|day| (account, region, day)));
            }
        }
        let weight =
            |(account, region, _): &(usize, usize, i64)| 600 / (*account as u64 + 1) / (*region as u64 + 1) + 1;
        let weights: u64 = cells.iter().map(weight).sum();
        let mut slots = Vec::new();
        for cell in &cells {
            let share = events * weight(cell) / weights;
            slots.extend(self.cell(*cell, share, &mut random));
        }
        // What rounding left over happens in the first slot there is.
        let spread: usize = slots.iter().map(|slot: &Slot| slot.events).sum();
        let (account, region) = (0, 0);
        slots.push(Slot { account, region, start: self.start.plus(9 * 3600), events: events as usize - spread });
        slots.sort_by_key(|slot| (slot.start, slot.account, slot.region));
        slots
    }

    /// The slots of one account, Region and day.
    fn cell(&self, (account, region, day): (usize, usize, i64), events: u64, random: &mut Random) -> Vec<Slot> {
        let midnight = self.start.plus(day * DAY);
        let mut free: Vec<_> = (0..DAY / SLOT).map(|slot| midnight.plus(slot * SLOT)).collect();
        let count = events.div_ceil(EVENTS_PER_SLOT).min(free.len() as u64);
        let mut slots = Vec::new();
        for n in 0..count {
            let working = |start: &Moment| if (8..19).contains(&start.hour()) { 5 } else { 1 };
            let start = *random.pick_weighted(&free, working);
            free.retain(|other| *other != start);
            let events = events / count + u64::from(n < events % count);
            slots.push(Slot { account, region, start, events: events as usize });
        }
        slots
    }
}

/// A generated trail: its files and what is in them.
#[derive(Debug, Clone)]
pub struct GeneratedTrail {
    deliveries: Vec<Delivery>,
    /// What the files hold.
    pub truth: Truth,
}

/// One delivered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailObject {
    /// The key in the bucket: `AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/….json.gz`.
    pub key: String,
    /// The document before compression: `{"Records":[…]}` on one line. The same for the same settings, forever.
    pub text: String,
    /// The document, gzipped. Its bytes depend on the compression library; [`text`](Self::text) does not.
    pub bytes: Vec<u8>,
}

impl GeneratedTrail {
    /// The files in the order of their keys, made one at a time.
    pub fn objects(&self) -> impl Iterator<Item = TrailObject> + '_ {
        self.deliveries.iter().map(|delivery| {
            let text = delivery::text(&delivery.records);
            TrailObject { key: delivery.key.clone(), bytes: gzip(&text), text }
        })
    }

    /// The records as they stand in the files, in the order of [`objects`](Self::objects), copies included.
    pub fn records(&self) -> impl Iterator<Item = &str> {
        self.deliveries.iter().flat_map(|delivery| &delivery.records).map(String::as_str)
    }

    /// Writes every file below a folder, under its key. Files that are there already under other keys stay.
    ///
    /// # Errors
    ///
    /// When a folder or file cannot be written; the error does not say which.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        for object in self.objects() {
            let path = folder.join(&object.key);
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, object.bytes)?;
        }
        Ok(())
    }
}

/// One gzip member without name or time.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut writer = GzBuilder::new().write(Vec::new(), Compression::new(9));
    // Writing to memory does not fail.
    let written = writer.write_all(text.as_bytes()).and_then(|()| writer.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests;
