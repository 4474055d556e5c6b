//! An object's records, with what tells where they are in the store.

use std::io::{self, Read};
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMillisecondType};
use chrono::NaiveDate;
use traillake_event::schema::{EVENT_DIGEST, EVENT_ID, EVENT_TIME, Schema};
use traillake_store::EventKey;

use super::tiling::{Tiling, Untiled};
use crate::decoder::{Decoder, Rows, Sink, Tally};
use crate::error::Error;
use crate::import::{self, LARGE_BYTES, Parts, Progress, WHOLE_BYTES_MAX};
use crate::inflate::{Damage, Inflated, Inflater};
use crate::reject::Rejected;
use crate::selection::Selection;
use crate::source::Object;

/// Decoders of a store's events.
#[derive(Debug)]
pub(super) struct Decoders {
    schema: Arc<Schema>,
    selection: Arc<Selection>,
    /// Those at rest: they know the templates met so far.
    resting: Mutex<Vec<Decoder>>,
}

impl Decoders {
    pub(super) fn new(schema: Arc<Schema>, selection: Arc<Selection>) -> Self {
        Self { schema, selection, resting: Mutex::default() }
    }

    fn take(&self) -> Decoder {
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        resting.unwrap_or_else(|| Decoder::with_schema(&self.schema).selecting(Arc::clone(&self.selection)))
    }

    fn put_back(&self, decoder: Decoder) {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).push(decoder);
    }
}

/// An object that is being read.
pub(super) struct Reading {
    object: Object,
    uri: Arc<str>,
    decoders: Arc<Decoders>,
    /// None before the first part, and for an object that is read at once.
    parts: Option<(Parts, Tiling)>,
    /// How many records and rejects came in the parts before.
    index: u64,
}

/// An object, or a part of a large one.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) uri: Arc<str>,
    /// Whether it is a later part of an object.
    pub(super) is_continuation: bool,
    /// As stored.
    pub(super) bytes: u64,
    /// Inflated.
    pub(super) json_bytes: u64,
    /// Why it could not be read.
    pub(super) unreadable: Option<String>,
    /// What is there besides records.
    pub(super) not_events: u64,
    pub(super) records: Vec<Record>,
    /// The exact texts of the records, one after another.
    texts: String,
}

/// A record that an import takes for an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    text: Range<usize>,
    /// Where it begins in the inflated object.
    pub(super) offset: u64,
    /// Its place among the records and rejects of the object.
    pub(super) index: u64,
    /// Empty when it has none.
    pub(super) event_id: Box<str>,
    pub(super) digest: i64,
    pub(super) day: Option<NaiveDate>,
    pub(super) time_ms: Option<i64>,
}

impl Record {
    /// Its identity and content.
    pub(super) fn key(&self) -> EventKey {
        EventKey::new(&self.event_id, self.digest)
    }
}

impl Part {
    /// Things found in it, as an import counts them.
    pub(super) fn found(&self) -> u64 {
        self.records.len() as u64 + self.not_events
    }

    pub(super) fn text(&self, record: usize) -> &str {
        &self.texts[self.records[record].text.clone()]
    }

    /// The bytes it takes, about.
    pub(super) fn memory(&self) -> u64 {
        // An id is a UUID.
        (self.texts.len() + self.records.len() * (mem::size_of::<Record>() + 36)) as u64
    }

    /// Adds what was read to the progress.
    pub(super) fn advance(&self, progress: &mut Progress) {
        progress.objects += u64::from(!self.is_continuation);
        progress.bytes += self.bytes;
        progress.records += self.found();
        progress.events += self.records.len() as u64;
    }
}

impl Reading {
    pub(super) fn new(object: Object, decoders: Arc<Decoders>) -> Self {
        Self { uri: object.uri().into(), object, decoders, parts: None, index: 0 }
    }

    /// Whether it is read in parts for sure.
    pub(super) fn is_large(&self) -> bool {
        self.object.is_pipe() || self.object.bytes > LARGE_BYTES
    }

    /// The object read at once; what is left to read instead when its content is too large for that.
    pub(super) fn whole(mut self) -> (Option<Part>, Option<Reading>) {
        let mut stored = Vec::new();
        if let Err(error) = self.object.open().and_then(|mut file| file.read_to_end(&mut stored)) {
            return (Some(self.unreadable(&error)), None);
        }
        let mut inflater = Inflater::new();
        let Some(Inflated { bytes, damage }) = inflater.inflate(&stored, WHOLE_BYTES_MAX) else {
            return (None, Some(self));
        };
        let place = Place { stored_bytes: stored.len() as u64, ..Place::default() };
        (Some(self.decode(&place, &bytes, damage)), None)
    }

    /// The next part, and what is left to read after it; none after the last.
    pub(super) fn next(mut self) -> Result<Option<(Part, Option<Reading>)>, Error> {
        let (mut parts, mut tiling) = match self.parts.take().map_or_else(|| self.open(), Ok) {
            Ok(opened) => opened,
            Err(error) => return Ok(Some((self.unreadable(&error), None))),
        };
        let Some(part) = parts.next() else {
            tiling.finish().map_err(|missing| self.untiled(missing))?;
            return Ok(None);
        };
        tiling.cover(&part).map_err(|missing| self.untiled(missing))?;
        let import::Part { range, content, opening, first_element, damage, stored_bytes, .. } = part;
        let place = Place { start: range.map_or(0, |(start, _)| start), opening, first_element, stored_bytes };
        let part = self.decode(&place, &content, damage);
        self.parts = Some((parts, tiling));
        Ok(Some((part, Some(self))))
    }

    fn open(&self) -> io::Result<(Parts, Tiling)> {
        let tiling = Tiling::default();
        let parts = self.object.open().and_then(Parts::new)?;
        Ok((tiling.watch(parts), tiling))
    }

    fn untiled(&self, Untiled { start, end }: Untiled) -> Error {
        Error::Untiled { uri: self.uri.to_string(), start, end }
    }

    fn decode(&mut self, place: &Place, content: &[u8], damage: Option<Damage>) -> Part {
        let mut decoder = self.decoders.take();
        let mut found = Found { start: place.start, opening: place.opening, index: self.index, ..Found::default() };
        let tally = match content.is_empty() && damage.is_some() {
            true => Tally::default(),
            false => decoder.decode_part(content, place.first_element, &mut found),
        };
        decoder.flush(&mut found);
        self.decoders.put_back(decoder);
        self.index = found.index;

        // Damage is a reject of its own, unless the document broke off where it lies.
        let lost = u64::from(damage.is_some() && !tally.breaks_off);
        Part {
            is_continuation: place.start > 0,
            bytes: place.stored_bytes,
            json_bytes: content.len() as u64,
            unreadable: None,
            not_events: tally.rejects + tally.skipped.values().sum::<u64>() + lost,
            records: found.records,
            texts: found.texts,
            uri: Arc::clone(&self.uri),
        }
    }

    fn unreadable(&self, error: &io::Error) -> Part {
        Part {
            is_continuation: false,
            bytes: self.object.bytes,
            json_bytes: 0,
            unreadable: Some(error.to_string()),
            not_events: 1,
            records: Vec::new(),
            texts: String::new(),
            uri: Arc::clone(&self.uri),
        }
    }
}

/// Where a document stands in its object.
#[derive(Default)]
struct Place {
    /// Where it begins in the content.
    start: u64,
    /// How many bytes at its front are an opening said again, which stand elsewhere.
    opening: usize,
    /// The place of its first element in the array that is cut.
    first_element: u64,
    /// Stored bytes read for it.
    stored_bytes: u64,
}

/// What the decoder finds: first the texts of some records, then their rows.
#[derive(Default)]
struct Found {
    /// Where the document begins in the object.
    start: u64,
    /// How many bytes at its front do not count.
    opening: usize,
    index: u64,
    records: Vec<Record>,
    /// How many of the records have met their rows.
    identified: usize,
    texts: String,
}

impl Sink for Found {
    fn record(&mut self, raw: &str, offset: u64) {
        let begin = self.texts.len();
        self.texts.push_str(raw);
        self.records.push(Record {
            text: begin..self.texts.len(),
            offset: (self.start + offset).saturating_sub(self.opening as u64),
            index: self.index,
            event_id: Box::default(),
            digest: 0,
            day: None,
            time_ms: None,
        });
        self.index += 1;
    }

    fn rows(&mut self, rows: Rows) {
        let column =
            |name: &str, data_type: DataType| rows.batch.column_by_name(name).and_then(|c| as_type(c, &data_type));
        let ids = column(EVENT_ID, DataType::Utf8View);
        let ids = ids.as_ref().and_then(|array| array.as_string_view_opt());
        let digests = column(EVENT_DIGEST, DataType::Int64);
        let digests = digests.as_ref().and_then(|array| array.as_primitive_opt::<Int64Type>());
        let times = column(EVENT_TIME, DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())));
        let times = times.as_ref().and_then(|array| array.as_primitive_opt::<TimestampMillisecondType>());
        let records = self.records[self.identified..].iter_mut();
        for ((row, day), record) in rows.days.iter().enumerate().zip(records) {
            record.event_id = ids.filter(|ids| ids.is_valid(row)).map(|ids| ids.value(row)).unwrap_or_default().into();
            record.digest = digests.map(|digests| digests.value(row)).unwrap_or_default();
            record.day = *day;
            record.time_ms = times.filter(|times| times.is_valid(row)).map(|times| times.value(row));
        }
        self.identified += rows.days.len();
    }

    fn reject(&mut self, _rejected: Rejected) {
        self.index += 1;
    }
}

fn as_type(array: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    cast(array, data_type).ok()
}

#[cfg(test)]
impl Part {
    /// A part of records given as id, digest and text.
    pub(super) fn of(records: &[(&str, i64, &str)]) -> Self {
        let mut found = Found::default();
        for (event_id, digest, text) in records {
            found.record(text, 0);
            let record = found.records.last_mut();
            record.into_iter().for_each(|record| (record.event_id, record.digest) = ((*event_id).into(), *digest));
        }
        Part {
            uri: "test:".into(),
            is_continuation: false,
            bytes: 0,
            json_bytes: 0,
            unreadable: None,
            not_events: 0,
            records: found.records,
            texts: found.texts,
        }
    }
}
