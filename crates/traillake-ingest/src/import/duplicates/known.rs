//! The identities of stored events, as far as a batch asks for them.
//!
//! A day that batches come back to is **held**: all its identities are read once, and those of new rows are added.
//! Where the days of a batch have more than may be held, the largest of them are **probed** instead, batch by batch:
//! the identities of the day's files go by, and those that the batch has are noted. Either way the same rows are
//! duplicates; holding is faster, probing takes the memory of a batch whatever the day has.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use futures::{StreamExt, TryStreamExt};
use traillake_store::{EventKey, EventKeysWanted, Snapshot};

use super::Day;
use crate::error::Error;
use crate::import::chunk::{Chunk, KeyedRows};

const EVENT_TIME: &str = "eventTime";
/// How many days are read from the store at once.
const DAYS_AT_ONCE: usize = 2;
/// A day that this many batches did not touch is forgotten; touched again, it is read from the store.
const BATCHES_KEPT: u64 = 4;

type Keys = HashSet<EventKey, RandomState>;

/// The events known, by day: those of the store and those of this import.
#[derive(Debug)]
pub(in crate::import) struct Known {
    days: HashMap<Day, KnownDay>,
    batch: u64,
    /// How many identities may be held between batches; none when nothing is forgotten, as what is not written cannot
    /// be read again.
    held_max: Option<u64>,
}

#[derive(Debug, Default)]
struct KnownDay {
    keys: Keys,
    touched: u64,
    /// Known only as far as the batch at hand asks.
    is_probed: bool,
}

/// What a batch has of a day whose identities are probed.
#[derive(Default)]
struct Sought {
    keys: Keys,
    /// The first and last `eventTime` in milliseconds; none when some row has none.
    times: Option<RangeInclusive<i64>>,
}

impl Known {
    pub(in crate::import) fn new(held_max: Option<u64>) -> Self {
        Self { days: HashMap::new(), batch: 0, held_max }
    }

    /// Makes sure that of every day of the batch is known what the batch asks for.
    pub(in crate::import) async fn learn(&mut self, batch: &[Chunk], snapshot: &Snapshot) -> Result<(), Error> {
        self.batch += 1;
        let rows = rows_by_day(batch);
        let probed = self.make_room(&rows, snapshot);
        for (day, known) in &mut self.days {
            known.touched = if rows.contains_key(day) { self.batch } else { known.touched };
        }

        let is_unknown = |day: &&Day| !self.days.contains_key(*day);
        let mut wanted: Vec<EventKeysWanted> = rows
            .keys()
            .filter(is_unknown)
            .filter(|day| !probed.contains(day))
            .map(|&day| EventKeysWanted { day, times: None, is_wanted: None })
            .collect();
        wanted.extend(sought(batch, &probed).into_iter().map(|(day, Sought { keys, times })| {
            tracing::debug!(day = ?day, sought = keys.len(), "a day too large to be held is probed");
            EventKeysWanted { day, times, is_wanted: Some(Arc::new(move |key| keys.contains(&key))) }
        }));
        let read: Vec<(Day, Vec<EventKey>)> = futures::stream::iter(wanted)
            .map(|wanted| async move { Ok::<_, Error>((wanted.day, snapshot.read_event_keys(&wanted).await?)) })
            .buffer_unordered(DAYS_AT_ONCE)
            .try_collect()
            .await?;
        for (day, keys) in read {
            let keys = keys.into_iter().collect();
            let known = KnownDay { keys, touched: self.batch, is_probed: probed.contains(&day) };
            self.days.insert(day, known);
        }
        Ok(())
    }

    /// Forgets everything: the store has changed under us.
    pub(in crate::import) fn forget(&mut self) {
        self.days.clear();
    }

    /// Whether the event is new; from now on it is known.
    pub(super) fn is_new(&mut self, day: Day, key: EventKey) -> bool {
        self.days.entry(day).or_default().keys.insert(key)
    }

    /// Forgets days until those of the batch, with so many rows each, may be held. The days that are too large for
    /// that.
    fn make_room(&mut self, rows: &BTreeMap<Day, u64>, snapshot: &Snapshot) -> HashSet<Day> {
        let Some(held_max) = self.held_max else { return HashSet::new() };
        self.days.retain(|_, day| !day.is_probed && day.touched + BATCHES_KEPT >= self.batch);

        // The smallest days first: most of them are held then.
        let mut sizes: Vec<(u64, Day)> =
            rows.iter().map(|(day, rows)| (rows + self.known(*day, snapshot), *day)).collect();
        sizes.sort_unstable();
        let (mut held, mut probed) = (0, HashSet::new());
        for (size, day) in sizes {
            if held + size <= held_max {
                held += size;
            } else {
                self.days.remove(&day);
                probed.insert(day);
            }
        }
        let mut others: Vec<(u64, Day)> = self
            .days
            .iter()
            .filter(|(day, _)| !rows.contains_key(day))
            .map(|(day, known)| (known.touched, *day))
            .collect();
        others.sort_unstable();
        for (_, day) in others.into_iter().rev() {
            held += self.known(day, snapshot);
            if held > held_max {
                self.days.remove(&day);
            }
        }
        probed
    }

    /// How many identities of a day are known, or would be once they were read.
    fn known(&self, day: Day, snapshot: &Snapshot) -> u64 {
        match self.days.get(&day) {
            Some(known) => known.keys.len() as u64,
            None => snapshot.data_files().iter().filter(|file| file.calendar_day == day).map(|file| file.rows).sum(),
        }
    }
}

/// How many rows of each day a batch has.
fn rows_by_day(batch: &[Chunk]) -> BTreeMap<Day, u64> {
    let mut rows = BTreeMap::new();
    for day in batch.iter().flat_map(|chunk| &chunk.rows).flat_map(|keyed| &keyed.rows.days) {
        *rows.entry(*day).or_default() += 1;
    }
    rows
}

/// The identities that a batch has of some days.
fn sought(batch: &[Chunk], days: &HashSet<Day>) -> BTreeMap<Day, Sought> {
    let mut sought: BTreeMap<Day, Sought> = BTreeMap::new();
    if days.is_empty() {
        return sought;
    }
    let mut times: BTreeMap<Day, Option<(i64, i64)>> = BTreeMap::new();
    for keyed in batch.iter().flat_map(|chunk| &chunk.rows) {
        let times_ms = times_ms(keyed);
        for (row, (day, key)) in keyed.rows.days.iter().zip(&keyed.keys).enumerate() {
            let Some(key) = key else { continue };
            if !days.contains(day) {
                continue;
            }
            sought.entry(*day).or_default().keys.insert(*key);
            let time = times_ms(row);
            let range = times.entry(*day).or_insert(time.map(|time| (time, time)));
            *range = range.zip(time).map(|((first, last), time)| (first.min(time), last.max(time)));
        }
    }
    for (day, range) in times {
        sought.entry(day).or_default().times = range.map(|(first, last)| first..=last);
    }
    sought
}

/// The `eventTime` of a row in milliseconds, rounded down as in the bounds of data files.
fn times_ms(keyed: &KeyedRows) -> impl Fn(usize) -> Option<i64> {
    let times = keyed.rows.batch.column_by_name(EVENT_TIME);
    let times = times.and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
    move |row| times.filter(|times| times.is_valid(row)).map(|times| times.value(row).div_euclid(1_000))
}
