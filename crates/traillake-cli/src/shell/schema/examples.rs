//! The values of some events, by the paths to them.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::datatypes::DataType;
use traillake::text;

/// Rows whose values are looked at.
const ROWS_MAX: usize = 1000;

/// The values under a path, in each of some batches; not those of rows whose parents are absent.
pub(super) struct Values {
    batches: Vec<(ArrayRef, Vec<usize>)>,
    /// How many events there are.
    events: usize,
}

impl Values {
    /// Whole events.
    pub(super) fn of(events: &[RecordBatch]) -> Self {
        let batch = |batch: &RecordBatch| {
            let rows = (0..batch.num_rows().min(ROWS_MAX)).collect();
            (std::sync::Arc::new(StructArray::from(batch.clone())) as ArrayRef, rows)
        };
        Self { batches: events.iter().map(batch).collect(), events: events.iter().map(RecordBatch::num_rows).sum() }
    }

    /// The values of a field, in any letter case. Of an array of rows, those of all its elements.
    pub(super) fn field(&self, name: &str) -> Values {
        let batches = self.batches.iter().filter_map(|(array, rows)| field(array, rows, name)).collect();
        Values { batches, events: self.events }
    }

    /// How many events were looked at.
    pub(super) fn len(&self) -> usize {
        self.events
    }

    /// The first value there is.
    pub(super) fn first(&self) -> Option<String> {
        self.texts().next()
    }

    /// The different values and how often they occur, the most frequent first.
    pub(super) fn frequent(&self) -> Vec<(String, usize)> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for text in self.texts() {
            *counts.entry(text).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    /// The keys of maps, how often they occur, and a value of each, the most frequent first.
    pub(super) fn keys(&self) -> Vec<(String, usize, String)> {
        let mut found: HashMap<String, (usize, String)> = HashMap::new();
        for (array, rows) in &self.batches {
            let Some(maps) = array.as_map_opt() else { continue };
            for row in rows.iter().filter(|row| maps.is_valid(**row)) {
                let entries: ArrayRef = std::sync::Arc::new(maps.value(*row));
                let entries = entries.as_struct();
                for entry in 0..entries.len() {
                    let Some(key) = text::format(entries.column(0), entry) else { continue };
                    let (count, example) = found.entry(key).or_default();
                    *count += 1;
                    if example.is_empty() {
                        *example = text::format(entries.column(1), entry).unwrap_or_default();
                    }
                }
            }
        }
        let mut found: Vec<_> = found.into_iter().map(|(key, (count, example))| (key, count, example)).collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found
    }

    /// The values that are there, as text.
    fn texts(&self) -> impl Iterator<Item = String> {
        let texts = self.batches.iter().flat_map(|(array, rows)| {
            let there = rows.iter().filter(|row| array.is_valid(**row));
            there.filter_map(|row| text::format(array, *row))
        });
        texts.filter(|text| !text.is_empty() && text != "{}" && text != "[]")
    }
}

fn field(array: &ArrayRef, rows: &[usize], name: &str) -> Option<(ArrayRef, Vec<usize>)> {
    let there = rows.iter().copied().filter(|row| array.is_valid(*row));
    match array.data_type() {
        DataType::Struct(fields) => {
            let at = fields.iter().position(|field| field.name().eq_ignore_ascii_case(name))?;
            Some((std::sync::Arc::clone(array.as_struct().column(at)), there.collect()))
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let elements = there.flat_map(|row| {
                let ends = list.value_offsets().get(row..row + 2).unwrap_or_default();
                let end = |at: usize| ends.get(at).and_then(|end| usize::try_from(*end).ok()).unwrap_or_default();
                end(0)..end(1)
            });
            field(list.values(), &elements.collect::<Vec<_>>(), name)
        }
        _ => None,
    }
}
