//! Documents to rows: the pure middle of an import.
//!
//! A [`Decoder`] takes the inflated bytes of one object after another. What they contain is recognised by content
//! ([`crate::container`]); every record becomes a row of [`Schema::decoded`](traillake_event::schema::Schema::decoded),
//! everything else is counted or becomes a reject. Nothing here reads a file or knows a clock, and no input
//! stops it.
//!
//! ```
//! use traillake_ingest::decoder::{Decoder, Gathered};
//!
//! let mut found = Gathered::default();
//! let mut decoder = Decoder::new();
//! let tally = decoder.decode_document(br#"{"Records":[{"eventName":"A","eventSource":"b"},{}]}"#, &mut found);
//! decoder.flush(&mut found);
//! assert_eq!((tally.records, tally.events, tally.rejects), (2, 1, 1));
//! assert_eq!(found.rejected[0].json_path, "Records[1]");
//! ```
//!
//! | value | column |
//! | --- | --- |
//! | text | the content of a string; other JSON as its text |
//! | boolean | `true`, `false`, and the same as strings; anything else is kept in `unmapped` |
//! | time | what [`traillake_event::time::parse`] reads; anything else is kept in `unmapped` |
//! | map, nested | the exact JSON text; hot keys in columns of their own |
//! | struct | its members, level by level |
//! | unknown member | `unmapped`, under its dotted path |

use std::collections::BTreeMap;
use std::sync::Arc;

use traillake_event::category::StoreType;
use traillake_event::json::{Cursor, JsonError};
use traillake_event::schema::Schema;

use crate::container;
use crate::reject::Rejected;
use crate::selection::Selection;
use crate::skip::SkipReason;

mod columns;
mod members;
mod record;
mod rows;
mod shapes;
#[cfg(test)]
mod tests;
mod values;

use record::Record;
pub(crate) use record::{Nature, RECORD_BYTES_MAX};
use rows::RowBuilders;
pub use rows::Rows;
use shapes::Shapes;

/// JSON bytes of the records in one [`Rows`], but for the last record: what a decoder holds at most.
pub const ROWS_JSON_BYTES: u64 = 16 << 20;
/// Records in one [`Rows`], at most: what the keys of its dictionaries can tell apart.
pub const ROWS_MAX: usize = 32_000;

/// Where a decoder's findings go.
pub trait Sink {
    /// A record that becomes a row: its exact text, and where it begins in the document (of JSON inside a string: where
    /// that string begins). Called in the order of the rows, before the row is handed out.
    fn record(&mut self, _raw: &str, _offset: u64) {}
    /// The next rows, in the order of their records.
    fn rows(&mut self, rows: Rows);
    /// A record, or the rest of a document, that could not be read.
    fn reject(&mut self, rejected: Rejected);
}

/// A sink that keeps everything.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The rows.
    pub rows: Vec<Rows>,
    /// The rejects.
    pub rejected: Vec<Rejected>,
}

impl Sink for Gathered {
    fn rows(&mut self, rows: Rows) {
        self.rows.push(rows);
    }

    fn reject(&mut self, rejected: Rejected) {
        self.rejected.push(rejected);
    }
}

/// What one document contained. `records` = `events` + `rejects` + all of `skipped`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Things found: records, and what stood in the place of one. A document that is foreign as a whole is one.
    pub records: u64,
    /// Records that became rows.
    pub events: u64,
    /// Records and rests of documents that could not be read.
    pub rejects: u64,
    /// What was left out, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Whether the document broke off: then its last reject is all the rest of it.
    pub breaks_off: bool,
}

impl Tally {
    pub(crate) fn skip(&mut self, reason: SkipReason, count: u64) {
        if count > 0 {
            self.records += count;
            *self.skipped.entry(reason).or_default() += count;
        }
    }
}

/// Turns documents into rows.
#[derive(Debug)]
pub struct Decoder {
    record: Record,
    shapes: Shapes,
    rows: RowBuilders,
    store_type: StoreType,
    selection: Arc<Selection>,
}

impl Decoder {
    /// A decoder for CloudTrail events.
    pub fn new() -> Self {
        Self::with_schema(Schema::events())
    }

    /// A decoder for the events of a store: those of its type are events, those of other types are skipped.
    pub fn with_schema(schema: &Arc<Schema>) -> Self {
        let (record, rows) = (Record::new(schema), RowBuilders::new(schema));
        let selection = Arc::default();
        Self { record, shapes: Shapes::new(), rows, store_type: schema.store_type(), selection }
    }

    /// The decoder, for what a selection leaves.
    #[must_use]
    pub fn selecting(self, selection: Arc<Selection>) -> Self {
        Self { selection, ..self }
    }

    /// The type of the store.
    pub(crate) fn store_type(&self) -> StoreType {
        self.store_type
    }

    /// Decodes the inflated bytes of one object.
    ///
    /// Rows go to the sink when [`ROWS_JSON_BYTES`] or [`ROWS_MAX`] have gathered; the last ones with [`flush`](Self::flush), so that
    /// rows of many small documents share a batch. The counts of the tally say how many rows are this document's.
    pub fn decode_document(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Tally {
        self.decode_part(bytes, 0, sink)
    }

    /// As [`decode_document`](Self::decode_document), of a document that was cut: its first array goes on with this
    /// element.
    pub(crate) fn decode_part(&mut self, bytes: &[u8], first_element: u64, sink: &mut dyn Sink) -> Tally {
        container::walk_document(self, bytes, first_element, sink)
    }

    /// Hands out the rows gathered so far.
    pub fn flush(&mut self, sink: &mut dyn Sink) {
        if let Some(rows) = self.rows.finish() {
            sink.rows(rows);
        }
        if self.shapes.is_full() {
            // Only between batches: their rows name shapes by number.
            self.shapes = Shapes::new();
        }
    }

    /// Reads the object that comes next and tells what it is.
    pub(crate) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<Nature, JsonError> {
        self.record.read(cursor, &mut self.shapes)
    }

    /// Whether the last reading, which broke, was that of a record by what had been read.
    pub(crate) fn is_amid_record(&self, cursor: &Cursor<'_>) -> bool {
        self.record.nature(cursor.text()) == Nature::Record
    }

    /// Where inside the object the last reading broke: a JSON path without a leading dot.
    pub(crate) fn broken_at(&self) -> &str {
        &self.record.broken_at
    }

    /// Why the record just read is left out.
    pub(crate) fn leaves_out(&self, document: &str, raw: &str) -> Option<SkipReason> {
        self.selection.leaves_out(self.record.origin(document, raw))
    }

    /// Appends the record just read. `raw` is its text inside `document`.
    pub(crate) fn append(&mut self, document: &str, raw: &str, sink: &mut dyn Sink) {
        self.rows.append(&self.record, &mut self.shapes, document, raw);
        if self.rows.is_full() {
            self.flush(sink);
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
