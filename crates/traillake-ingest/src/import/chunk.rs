//! A run of objects, read and decoded on one thread.

use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use sha2::{Digest, Sha256};
use traillake_event::schema::{EVENT_DIGEST, EVENT_ID, Schema};
use traillake_store::{EventKey, KnownObjects};

use super::batch::Date;
use super::large::{Part, Parts};
use crate::decoder::{Decoder, Rows, Sink, Tally};
use crate::inflate::{Damage, Inflated, Inflater};
use crate::reject::{RAW_BYTES_MAX, Rejected};
use crate::selection::Selection;
use crate::skip::SkipReason;
use crate::source::{Object, date_in};

/// What one object turned out to be.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) uri: String,
    /// Whether it is a later part of an object, not an object of its own.
    pub(super) is_continuation: bool,
    /// As stored.
    pub(super) bytes: u64,
    /// Inflated.
    pub(super) json_bytes: u64,
    /// The hash of the stored bytes; none when they could not be read.
    pub(super) sha256: Option<[u8; 32]>,
    /// Whether the ledger has it: then nothing was decoded.
    pub(super) is_in_ledger: bool,
    /// Whether it was imported before, and is read again all the same.
    pub(super) is_again: bool,
    pub(super) tally: Tally,
    pub(super) rejected: Vec<Rejected>,
}

/// Objects and their rows. The rows stand in the order of the objects: the first object has as many of them as
/// its tally has events, and so on.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The date in the path of its first object.
    pub(super) date: Date,
    pub(super) objects: Vec<Decoded>,
    pub(super) rows: Vec<KeyedRows>,
    /// Objects that turned out to be too large to be read at once.
    pub(super) later: Vec<Object>,
}

impl Chunk {
    fn new(objects: Vec<Decoded>, rows: Vec<KeyedRows>) -> Self {
        Self { date: objects.first().and_then(|object| date_in(&object.uri)), objects, rows, later: Vec::new() }
    }

    /// About what it takes of memory.
    pub(super) fn memory_bytes(&self) -> u64 {
        let rows = self.rows.iter().map(|keyed| keyed.memory_bytes()).sum::<usize>();
        let rejected = self.objects.iter().flat_map(|object| &object.rejected);
        let rejected = rejected.map(|rejected| rejected.raw.len() + REJECT_BYTES);
        (rows + rejected.sum::<usize>() + self.objects.len() * OBJECT_BYTES) as u64
    }
}

/// About what an object takes of memory beside its rows.
const OBJECT_BYTES: usize = 600;

/// About what a reject takes of memory beside its raw bytes.
const REJECT_BYTES: usize = 400;
/// Beyond so many of one object, rejects that follow each other share a row, with their bytes one to a line: of an
/// object of a few kilobytes there may be millions.
const REJECTS_APART: usize = 10_000;

/// Rows with their identities.
#[derive(Debug)]
pub(super) struct KeyedRows {
    pub(super) rows: Rows,
    /// For each row; none where `eventID` is missing or empty, which is never a duplicate unless objects are read again.
    pub(super) keys: Vec<Option<EventKey>>,
}

impl KeyedRows {
    fn memory_bytes(&self) -> usize {
        self.rows.batch.get_array_memory_size() + self.keys.len() * size_of::<Option<EventKey>>()
    }

    /// With keys for rows without an id, too, where objects are read again.
    fn new(rows: Rows, is_again: bool) -> Self {
        let ids = rows.batch.column_by_name(EVENT_ID).and_then(|ids| ids.as_string_opt::<i32>());
        let digests =
            rows.batch.column_by_name(EVENT_DIGEST).and_then(|digests| digests.as_primitive_opt::<Int64Type>());
        let key = |row: usize| {
            let id = ids.filter(|ids| ids.is_valid(row)).map(|ids| ids.value(row)).unwrap_or_default();
            (is_again || !id.is_empty()).then_some(EventKey::new(id, digests?.value(row)))
        };
        let keys = (0..rows.batch.num_rows()).map(key).collect();
        Self { rows, keys }
    }
}

/// Reads and decodes objects, on any number of threads.
#[derive(Debug)]
pub(super) struct Reader {
    imported: KnownObjects,
    /// What was imported before, where that is read again.
    before: Option<KnownObjects>,
    schema: Arc<Schema>,
    selection: Arc<Selection>,
    /// Workers at rest.
    workers: Mutex<Vec<Worker>>,
}

/// The largest content that is decoded at once; larger objects are read in parts.
pub(crate) const WHOLE_BYTES_MAX: usize = 32 << 20;
/// A chunk with so much content takes no more objects, however few bytes they are stored in: the others are read one by
/// one.
const CHUNK_JSON_BYTES_MAX: u64 = 48 << 20;
/// Memory for stored bytes that is kept from object to object.
const STORED_BYTES_KEPT: usize = 4 << 20;

/// A document.
struct Content<'a> {
    bytes: Cow<'a, [u8]>,
    damage: Option<Damage>,
    /// The place of its first element in the array it is cut from.
    first_element: u64,
}

/// What one thread reads with: it knows the shapes met so far, and keeps its memory from object to object.
#[derive(Debug)]
struct Worker {
    decoder: Decoder,
    inflater: Inflater,
    stored: Vec<u8>,
}

impl Worker {
    fn new(schema: &Arc<Schema>, selection: &Arc<Selection>) -> Self {
        let decoder = Decoder::with_schema(schema).selecting(Arc::clone(selection));
        Self { decoder, inflater: Inflater::new(), stored: Vec::new() }
    }
}

impl Reader {
    pub(super) fn new(
        imported: KnownObjects,
        before: Option<KnownObjects>,
        schema: Arc<Schema>,
        selection: Arc<Selection>,
    ) -> Self {
        Self { imported, before, schema, selection, workers: Mutex::new(Vec::new()) }
    }

    /// Reads objects whole.
    pub(super) fn read_chunk(&self, objects: Vec<Object>) -> Chunk {
        let mut later = Vec::new();
        let mut chunk = self.with_worker(|worker, found| {
            let mut read = Vec::with_capacity(objects.len());
            let mut json_bytes = 0;
            for object in objects {
                let is_full = json_bytes >= CHUNK_JSON_BYTES_MAX;
                match if is_full { None } else { self.read_object(&object, worker, found) } {
                    Some(decoded) => {
                        json_bytes += decoded.json_bytes;
                        read.push(decoded);
                    }
                    None => later.push(object),
                }
            }
            read
        });
        chunk.later = later;
        chunk
    }

    /// Opens an object that is read in parts; a chunk with its reject when that fails.
    pub(super) fn open(&self, object: &Object) -> Result<Parts, Chunk> {
        object
            .open()
            .and_then(Parts::new)
            .map_err(|error| Chunk::new(vec![Decoded::unreadable(object, &error)], Vec::new()))
    }

    /// Reads a part of an object.
    pub(super) fn read_part(&self, object_uri: &str, part: Part) -> Chunk {
        let Part { range, content, opening, first_element, damage, sha256, stored_bytes, .. } = part;
        let uri = range.map_or(object_uri.to_owned(), |(start, end)| format!("{object_uri}#bytes={start}-{end}"));
        let start = range.map_or(0, |(start, _)| start);
        self.with_worker(|worker, found| {
            let mut decoded = Decoded::new(uri, stored_bytes);
            decoded.is_continuation = start > 0;
            decoded.sha256 = Some(sha256);
            let content = Content { bytes: content.into(), damage, first_element };
            self.decode(&mut decoded, content, &mut worker.decoder, found);
            for rejected in &mut decoded.rejected {
                // The opening said again stands before the part's own bytes.
                rejected.offset = (rejected.offset + start).saturating_sub(opening as u64);
            }
            vec![decoded]
        })
    }

    fn with_worker(&self, read: impl FnOnce(&mut Worker, &mut Findings) -> Vec<Decoded>) -> Chunk {
        let resting = self.workers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = resting.unwrap_or_else(|| Worker::new(&self.schema, &self.selection));
        let mut found = Findings { is_again: self.before.is_some(), ..Findings::default() };
        let objects = read(&mut worker, &mut found);
        worker.decoder.flush(&mut found);
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        Chunk::new(objects, found.rows)
    }

    /// Reads an object whole; none when its content is too large for that.
    fn read_object(&self, object: &Object, worker: &mut Worker, found: &mut Findings) -> Option<Decoded> {
        let Worker { decoder, inflater, stored } = worker;
        if stored.capacity() > STORED_BYTES_KEPT {
            *stored = Vec::new();
        }
        stored.clear();
        if let Err(error) = object.open().and_then(|mut file| file.read_to_end(stored)) {
            return Some(Decoded::unreadable(object, &error));
        }
        let mut decoded = Decoded::new(object.uri(), stored.len() as u64);
        decoded.sha256 = Some(Sha256::digest(&*stored).into());
        if self.is_in_ledger(&decoded) {
            decoded.is_in_ledger = true;
            return Some(decoded);
        }
        let Inflated { bytes, damage } = inflater.inflate(stored, WHOLE_BYTES_MAX)?;
        let content = Content { bytes, damage, first_element: 0 };
        self.decode(&mut decoded, content, decoder, found);
        Some(decoded)
    }

    fn is_in_ledger(&self, decoded: &Decoded) -> bool {
        decoded.sha256.is_some_and(|sha256| self.imported.contains(&decoded.uri, &sha256))
    }

    /// Decodes an object's content, unless the ledger has it.
    fn decode<'a>(&self, decoded: &mut Decoded, content: Content<'a>, decoder: &mut Decoder, found: &mut Findings) {
        if self.is_in_ledger(decoded) {
            decoded.is_in_ledger = true;
            return;
        }
        decoded.is_again = decoded
            .sha256
            .is_some_and(|sha256| self.before.as_ref().is_some_and(|before| before.contains(&decoded.uri, &sha256)));
        let Content { bytes: content, damage, first_element } = content;
        decoded.json_bytes = content.len() as u64;
        if !content.is_empty() || damage.is_none() {
            decoded.tally = decoder.decode_part(&content, first_element, found);
        }
        decoded.rejected = found.take_rejected();
        decoded.tell_false_name(&content);
        if let Some(damage) = damage {
            decoded.tell_damage(damage);
        }
    }
}

impl Decoded {
    fn new(uri: String, bytes: u64) -> Self {
        Self {
            uri,
            is_continuation: false,
            bytes,
            json_bytes: 0,
            sha256: None,
            is_in_ledger: false,
            is_again: false,
            tally: Tally::default(),
            rejected: Vec::new(),
        }
    }

    fn unreadable(object: &Object, error: &io::Error) -> Self {
        let mut decoded = Decoded::new(object.uri(), object.bytes);
        let reject = Rejected::new((None, 0), String::new(), "a readable file", error.to_string(), &[]);
        decoded.rejected.push(reject);
        decoded.tally.records = 1;
        decoded.tally.rejects = 1;
        decoded
    }

    /// A file that is no JSON and whose name says it is lost its content: an error page saved in a log's place, a
    /// disk's zeros. Content alone decides what a file is; the name only whether it is missed.
    fn tell_false_name(&mut self, content: &[u8]) {
        if !self.tally.skipped.contains_key(&SkipReason::NotJson) || !claims_to_be_a_log(&self.uri) {
            return;
        }
        self.tally.skipped.remove(&SkipReason::NotJson);
        self.tally.rejects += 1;
        self.tally.breaks_off = true;
        let begins: String = String::from_utf8_lossy(content).chars().take(24).collect();
        let found = format!("{begins:?}");
        self.rejected.push(Rejected::new((None, 0), String::new(), "JSON, as the name says", found, content));
    }

    /// Says that the object is damaged: in the reject of its rest when it broke off there, else in one of its own.
    fn tell_damage(&mut self, damage: Damage) {
        match self.rejected.last_mut() {
            Some(rest) if self.tally.breaks_off => {
                rest.found = format!("{}; then {} where {} was due", damage.found, rest.found, rest.expected);
                rest.expected = damage.expected;
            }
            _ => {
                let reject = Rejected::new((None, self.json_bytes), String::new(), &damage.expected, damage.found, &[]);
                self.rejected.push(reject);
                self.tally.records += 1;
                self.tally.rejects += 1;
            }
        }
    }
}

/// Whether a file's name ends as log files are named.
fn claims_to_be_a_log(uri: &str) -> bool {
    const ENDINGS: [&str; 5] = [".json", ".jsonl", ".ndjson", ".gz", ".zst"];
    let name = uri.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What a chunk's decoder hands out.
#[derive(Default)]
struct Findings {
    is_again: bool,
    rows: Vec<KeyedRows>,
    rejected: Vec<Rejected>,
    /// What the last reject said when it was one, and how many it stands for.
    together: (String, u64),
}

impl Findings {
    fn take_rejected(&mut self) -> Vec<Rejected> {
        self.together = Default::default();
        std::mem::take(&mut self.rejected)
    }

    /// Puts a reject to the last one, where both have room in one.
    fn join(&mut self, rejected: &Rejected) -> bool {
        let is_beyond = self.rejected.len() > REJECTS_APART;
        let Some(last) = self.rejected.last_mut().filter(|_| is_beyond) else { return false };
        if last.raw.len() + rejected.raw.len() >= RAW_BYTES_MAX {
            return false;
        }
        last.raw.push(b'\n');
        last.raw.extend_from_slice(&rejected.raw);
        let (found, count) = &mut self.together;
        *count += 1;
        last.found = format!("{found}, and {count} more rejects (a line each)");
        true
    }
}

impl Sink for Findings {
    fn rows(&mut self, rows: Rows) {
        self.rows.push(KeyedRows::new(rows, self.is_again));
    }

    fn reject(&mut self, rejected: Rejected) {
        if !self.join(&rejected) {
            self.together = (rejected.found.clone(), 0);
            self.rejected.push(rejected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_beyond_many_share_rows_with_all_their_bytes() {
        let mut found = Findings::default();
        let raws: Vec<String> = (0..REJECTS_APART + 400).map(|number| format!("{number:>4000}")).collect();
        for (index, raw) in (0..).zip(&raws) {
            found.reject(Rejected::new((Some(index), 0), String::new(), "a record", "x".to_owned(), raw.as_bytes()));
        }
        let rejected = found.take_rejected();
        assert!(rejected.len() > REJECTS_APART + 1 && rejected.len() < REJECTS_APART + 5, "{}", rejected.len());
        let shared = &rejected[REJECTS_APART];
        assert_eq!((shared.index, shared.found.as_str()), (Some(10_000), "x, and 261 more rejects (a line each)"));
        assert!(rejected.iter().all(|rejected| rejected.raw.len() <= RAW_BYTES_MAX));
        let kept = rejected.iter().flat_map(|rejected| rejected.raw.split(|byte| *byte == b'\n'));
        assert!(kept.eq(raws.iter().map(String::as_bytes)));
        // The next object's stand apart again.
        found.reject(Rejected::new((None, 0), String::new(), "", String::new(), b"y"));
        assert_eq!(found.take_rejected().len(), 1);
    }
}
