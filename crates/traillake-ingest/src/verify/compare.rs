//! The records of one day against the events that the store has of it.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::NaiveDate;
use traillake_event::json::without_blanks;
use traillake_store::{EventKey, RecordsWanted, Snapshot, StoredRecord};

use super::reading::Record;
use super::report::FINDINGS_SHOWN;
use super::{Batch, Place};
use crate::error::Error;

/// How much of a record is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Nothing.
    Missing,
    /// An event of the same `eventID` with other content; from this byte on, where that is known.
    Differs { at: Option<usize> },
    /// The same tokens with other blanks between them.
    ButBlanks,
    /// Every byte.
    Exact,
}

/// Compares the records of a day with the store's events of that day.
pub(super) async fn compare_day(
    snapshot: &Snapshot,
    batch: &Batch,
    day: Option<NaiveDate>,
    places: &[Place],
) -> Result<Vec<(Place, Likeness)>, Error> {
    let mut comparison = Comparison::new(batch, places);
    let ids = Arc::new(comparison.ids());
    let is_wanted = move |id: &str, digest: i64| ids.contains(&identity(id, digest));
    let wanted = RecordsWanted { day, times: comparison.times(), is_wanted: Arc::new(is_wanted) };
    snapshot.read_records(&wanted, &mut |stored| comparison.see(stored)).await?;
    Ok(comparison.finish())
}

/// What an event is looked for by: its id whatever its content, or without one its content.
fn identity(id: &str, digest: i64) -> EventKey {
    if id.is_empty() { EventKey::new("", digest) } else { EventKey::new(id, 0) }
}

struct Comparison<'a> {
    batch: &'a Batch,
    places: &'a [Place],
    /// One for each place.
    found: Vec<Likeness>,
    /// The places, by identity and content, that no event has matched byte for byte yet.
    open: HashMap<EventKey, Vec<usize>>,
    /// The ids met in the store; with a record of theirs when its content is not among the places'.
    seen: HashMap<EventKey, Option<Box<str>>>,
    texts_kept: usize,
}

impl<'a> Comparison<'a> {
    fn new(batch: &'a Batch, places: &'a [Place]) -> Self {
        let mut open: HashMap<EventKey, Vec<usize>> = HashMap::with_capacity(places.len());
        for (at, place) in places.iter().enumerate() {
            open.entry(batch.parts[place.part].records[place.record].key()).or_default().push(at);
        }
        let found = vec![Likeness::Missing; places.len()];
        Self { batch, places, found, open, seen: HashMap::new(), texts_kept: 0 }
    }

    fn record(&self, at: usize) -> &'a Record {
        let Place { part, record } = self.places[at];
        &self.batch.parts[part].records[record]
    }

    fn ids(&self) -> HashSet<EventKey> {
        let records = (0..self.places.len()).map(|at| self.record(at));
        records.map(|record| identity(&record.event_id, record.digest)).collect()
    }

    /// The first and last `eventTime`.
    fn times(&self) -> Option<RangeInclusive<i64>> {
        let times: Option<Vec<i64>> = (0..self.places.len()).map(|at| self.record(at).time_ms).collect();
        let times = times?;
        Some(*times.iter().min()?..=*times.iter().max()?)
    }

    /// Compares one event of the store with the records of its identity.
    fn see(&mut self, stored: StoredRecord<'_>) {
        let key = EventKey::new(stored.event_id, stored.digest);
        if !stored.event_id.is_empty() {
            self.note_id(stored, !self.open.contains_key(&key));
        }
        let Some(mut open) = self.open.remove(&key) else { return };
        let text = |at: usize| {
            let Place { part, record } = self.places[at];
            self.batch.parts[part].text(record)
        };
        if stored.event_id.is_empty() {
            // Never a duplicate: each event stands for one record.
            if let Some(first) = open.iter().position(|&at| text(at) == stored.json) {
                self.found[open.swap_remove(first)] = Likeness::Exact;
                self.open.insert(key, open);
                return;
            }
        } else {
            let (exact, rest): (Vec<usize>, _) = open.into_iter().partition(|&at| text(at) == stored.json);
            exact.into_iter().for_each(|at| self.found[at] = Likeness::Exact);
            open = rest;
        }
        if !open.is_empty() {
            let tokens = without_blanks(stored.json);
            for &at in open.iter().filter(|&&at| without_blanks(text(at)) == tokens) {
                self.found[at] = Likeness::ButBlanks;
            }
        }
        self.open.insert(key, open);
    }

    fn note_id(&mut self, stored: StoredRecord<'_>, is_other_content: bool) {
        let text = self.seen.entry(EventKey::new(stored.event_id, 0)).or_default();
        // Enough texts for the findings that are shown.
        if is_other_content && text.is_none() && self.texts_kept < FINDINGS_SHOWN {
            self.texts_kept += 1;
            *text = Some(stored.json.into());
        }
    }

    fn finish(self) -> Vec<(Place, Likeness)> {
        let of = |(at, found): (usize, &Likeness)| {
            let Place { part, record } = self.places[at];
            let other = match found {
                Likeness::Missing => self.seen.get(&EventKey::new(&self.record(at).event_id, 0)),
                _ => None,
            };
            let likeness = match other {
                Some(text) => Likeness::Differs {
                    at: text.as_deref().map(|text| first_difference(text, self.batch.parts[part].text(record))),
                },
                None => *found,
            };
            (self.places[at], likeness)
        };
        self.found.iter().enumerate().map(of).collect()
    }
}

fn first_difference(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::super::reading::Part;
    use super::*;

    /// Compares records with events, all given as id, content and text.
    fn compare(records: &[(&str, i64, &str)], stored: &[(&str, i64, &str)]) -> Vec<Likeness> {
        let batch = Batch { parts: vec![Part::of(records)], bytes: 0 };
        let places: Vec<_> = (0..records.len()).map(|record| Place { part: 0, record }).collect();
        let mut comparison = Comparison::new(&batch, &places);
        for (event_id, digest, json) in stored {
            comparison.see(StoredRecord { event_id, digest: *digest, json });
        }
        comparison.finish().into_iter().map(|(_, likeness)| likeness).collect()
    }

    #[test]
    fn records_match_byte_for_byte_or_but_for_blanks() {
        let records = [("a", 1, "{\"n\":1}"), ("a", 1, "{ \"n\": 1 }"), ("b", 2, "{}"), ("a", 1, "{\"n\":1}")];
        assert_eq!(
            compare(&records, &[("a", 1, "{\"n\":1}")]),
            [Likeness::Exact, Likeness::ButBlanks, Likeness::Missing, Likeness::Exact]
        );
        // With duplicates kept, both texts are there.
        let both = [("a", 1, "{\"n\":1}"), ("a", 1, "{ \"n\": 1 }"), ("b", 2, "{}")];
        assert_eq!(compare(&records, &both), [Likeness::Exact; 4]);
    }

    #[test]
    fn other_content_of_the_same_id_differs() {
        let records = [("a", 1, "{\"n\":1}"), ("a", 2, "{\"n\":2}"), ("b", 1, "{\"n\":1}")];
        assert_eq!(
            compare(&records, &[("a", 1, "{\"n\":1}")]),
            [Likeness::Exact, Likeness::Differs { at: None }, Likeness::Missing]
        );
        assert_eq!(compare(&records[1..2], &[("a", 1, "{\"n\":1}")]), [Likeness::Differs { at: Some(5) }]);
        // What only the digest holds the same is not the same.
        assert_eq!(compare(&records[..1], &[("a", 1, "{\"n\":3}")]), [Likeness::Differs { at: None }]);
    }

    #[test]
    fn each_event_without_an_id_stands_for_one_record() {
        let records = [("", 1, "{}"), ("", 1, "{}"), ("", 2, "[]")];
        assert_eq!(compare(&records, &[("", 1, "{}")]), [Likeness::Exact, Likeness::Missing, Likeness::Missing]);
        let all = [("", 1, "{}"), ("", 2, "[]"), ("", 1, "{}")];
        assert_eq!(compare(&records, &all), [Likeness::Exact; 3]);
    }
}
