//! Which rows are in the store already, and which rows of which day stay.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use traillake_store::Selection;

use super::chunk::Chunk;

mod known;

pub(super) use known::Known;

/// The day of a row: the partition it goes to.
pub(super) type Day = Option<NaiveDate>;

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
                    // Without an id it is one that was there before only where its object was.
                    (Some(known), Some(key)) if !key.is_nameless() || chunk.objects[object].is_again => {
                        known.is_new(*day, *key)
                    }
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
