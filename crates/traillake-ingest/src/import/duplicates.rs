//! Which rows are in the store already, and which rows of which day stay.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use ahash::RandomState;
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt};
use traillake_store::{EventKey, Selection, Snapshot};

use super::chunk::Chunk;
use crate::error::Error;

/// The day of a row: the partition it goes to.
pub(super) type Day = Option<NaiveDate>;

/// How many days are read from the store at once.
const DAYS_AT_ONCE: usize = 4;
/// A day that this many batches did not touch is forgotten; touched again, it is read from the store.
const BATCHES_KEPT: u64 = 4;

/// The events known, by day: those of the store and those of this import.
#[derive(Debug)]
pub(super) struct Known {
    days: HashMap<Day, KnownDay>,
    batch: u64,
    /// Nothing is forgotten: what is not written cannot be read again.
    keeps_all: bool,
}

#[derive(Debug, Default)]
struct KnownDay {
    keys: HashSet<EventKey, RandomState>,
    touched: u64,
}

impl Known {
    pub(super) fn new(keeps_all: bool) -> Self {
        Self { days: HashMap::new(), batch: 0, keeps_all }
    }

    /// Makes sure that every day of the batch is known, by reading those that are not.
    pub(super) async fn learn(&mut self, batch: &[Chunk], snapshot: &Snapshot) -> Result<(), Error> {
        self.batch += 1;
        if !self.keeps_all {
            self.days.retain(|_, day| day.touched + BATCHES_KEPT >= self.batch);
        }
        let mut missing = HashSet::new();
        for day in batch.iter().flat_map(|chunk| &chunk.rows).flat_map(|keyed| &keyed.rows.days) {
            match self.days.entry(*day) {
                Entry::Occupied(mut known) => known.get_mut().touched = self.batch,
                Entry::Vacant(_) => _ = missing.insert(*day),
            }
        }
        let read: Vec<(Day, Vec<EventKey>)> = futures::stream::iter(missing)
            .map(|day| async move { Ok::<_, Error>((day, snapshot.read_event_keys(day).await?)) })
            .buffer_unordered(DAYS_AT_ONCE)
            .try_collect()
            .await?;
        for (day, keys) in read {
            let known = KnownDay { keys: keys.into_iter().collect(), touched: self.batch };
            self.days.insert(day, known);
        }
        Ok(())
    }

    /// Forgets everything: the store has changed under us.
    pub(super) fn forget(&mut self) {
        self.days.clear();
    }

    /// Whether the event is new; from now on it is known.
    fn is_new(&mut self, day: Day, key: EventKey) -> bool {
        self.days.entry(day).or_default().keys.insert(key)
    }
}

/// The rows that stay, by day, and the duplicates of each object.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) days: BTreeMap<Day, Vec<Selection>>,
    /// Chunk by chunk, object by object.
    pub(super) duplicates: Vec<Vec<u64>>,
    pub(super) raw_rows: u64,
}

/// Splits a batch by day. Rows of objects that are not `wanted` are left out; with `known`, duplicates too.
pub(super) fn settle(batch: &[Chunk], wanted: &[Vec<bool>], mut known: Option<&mut Known>) -> Settled {
    let mut settled = Settled { days: BTreeMap::new(), duplicates: Vec::new(), raw_rows: 0 };
    for (chunk, wanted) in batch.iter().zip(wanted) {
        let mut duplicates = vec![0; chunk.objects.len()];
        // The object of the row at hand, and how many of its rows are still to come.
        let (mut object, mut left) = (0, chunk.objects.first().map_or(0, |object| object.tally.events));
        for keyed in &chunk.rows {
            settled.raw_rows += keyed.rows.raw_rows;
            let mut rows: BTreeMap<Day, Vec<u32>> = BTreeMap::new();
            for (row, (day, key)) in (0..).zip(keyed.rows.days.iter().zip(&keyed.keys)) {
                while left == 0 && object + 1 < chunk.objects.len() {
                    object += 1;
                    left = chunk.objects[object].tally.events;
                }
                left = left.saturating_sub(1);
                if !wanted[object] {
                    continue;
                }
                let is_new = match (&mut known, key) {
                    (Some(known), Some(key)) => known.is_new(*day, *key),
                    _ => true,
                };
                if is_new {
                    rows.entry(*day).or_default().push(row);
                } else {
                    duplicates[object] += 1;
                }
            }
            for (day, rows) in rows {
                let batch = keyed.rows.batch.clone();
                let rows = (rows.len() < batch.num_rows()).then_some(rows);
                settled.days.entry(day).or_default().push(Selection { batch, rows });
            }
        }
        settled.duplicates.push(duplicates);
    }
    settled
}
