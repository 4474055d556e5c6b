//! The whole state of a version in one small file, for who opens the store.
//!
//! A store of ten thousand files has forty megabytes of commits, and to replay them takes half a second; what is known
//! of its files takes two megabytes here, in the form that a snapshot holds it in. A listing is a shortcut, and no part
//! of the Delta table: without it, or where it does not fit, the log is replayed. What was committed since is read from
//! the commits.
//!
//! ```text
//! magic    8 bytes; another one for another form
//! bytes    u64, little-endian: of what follows before compression
//! one zstd frame, with its checksum:
//!   version, names of the schema's columns (a hash)
//!   how the version's commit begins, which has an id of its own
//!   schema as Delta's JSON, creation, properties
//!   files: path in the store, bytes, rows, day, modification, SHA-256 (no bytes where it is not known),
//!          bounds of columns
//! ```
//!
//! Numbers are varints, texts and bounds stand behind their lengths.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use object_store::path::Path;
use sha2::{Digest, Sha256};
use traillake_event::schema::Schema;
use zstd::zstd_safe::CParameter;

use super::{Contents, Head, Table};
use crate::attributes::schema_of;
use crate::content_hash::ContentHash;
use crate::data_file::{ColumnBounds, DataFile};
use crate::varint;

const MAGIC: &[u8; 8] = b"TRLIST02";
const ZSTD_LEVEL: i32 = 1;
/// Beyond this a listing is not read: no store has so many files.
const BYTES_MAX: usize = 4 << 30;
/// Stands for no day.
const NO_DAY: u64 = 0;

/// What a listing says.
pub(super) struct Listing {
    pub(super) contents: Contents,
    /// How the version's commit begins.
    pub(super) commit: Bytes,
    pub(super) schema: Arc<Schema>,
}

/// Writes down a version, whose commit begins so. `None` for what none of ours makes.
pub(super) fn encode(contents: &Contents, commit: &[u8], in_store: impl Fn(&Path) -> Option<Path>) -> Option<Bytes> {
    let Head { version, table } = &contents.head;
    let schema = schema_of(&table.properties).ok()?;
    let mut bytes = Vec::new();
    for number in [*version, fingerprint(&schema)] {
        varint::write(number, &mut bytes);
    }
    append(commit, &mut bytes);
    text(&table.schema, &mut bytes);
    varint::write(table.created_at_ms.cast_unsigned(), &mut bytes);
    varint::write(table.properties.len() as u64, &mut bytes);
    for (key, value) in &table.properties {
        text(key, &mut bytes);
        text(value, &mut bytes);
    }
    varint::write(contents.files.len() as u64, &mut bytes);
    for file in contents.files.iter() {
        text(in_store(&file.path)?.as_ref(), &mut bytes);
        let day = file.calendar_day.map_or(NO_DAY, |day| u64::from(day.num_days_from_ce().cast_unsigned()));
        for number in [file.bytes, file.rows, day, file.modified_at_ms.cast_unsigned()] {
            varint::write(number, &mut bytes);
        }
        append(file.sha256.as_ref().map_or(&[], |hash| hash.as_bytes()), &mut bytes);
        append(file.columns.packed(), &mut bytes);
    }
    let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL).ok()?;
    compressor.set_parameter(CParameter::ChecksumFlag(true)).ok()?;
    let packed = compressor.compress(&bytes).ok()?;
    Some([MAGIC.as_slice(), &(bytes.len() as u64).to_le_bytes(), &packed].concat().into())
}

/// Reads a listing; `None` of one that is damaged, or made by a program that knows other columns.
pub(super) fn decode(listing: &[u8], in_lake: impl Fn(&str) -> Option<Path>) -> Option<Listing> {
    let (magic, rest) = listing.split_first_chunk()?;
    let (bytes, packed) = rest.split_first_chunk()?;
    let bytes =
        usize::try_from(u64::from_le_bytes(*bytes)).ok().filter(|bytes| magic == MAGIC && *bytes <= BYTES_MAX)?;
    let all = Bytes::from(zstd::bulk::decompress(packed, bytes).ok()?);
    let mut left = all.as_ref();
    let from = &mut left;
    let (version, known) = (varint::read(from)?, varint::read(from)?);
    let commit = all.slice_ref(read_bytes(from)?);
    let delta_schema = read_text(from)?.to_owned();
    let created_at_ms = varint::read(from)?.cast_signed();
    let mut properties = BTreeMap::new();
    for _ in 0..varint::read(from)? {
        properties.insert(read_text(from)?.to_owned(), read_text(from)?.to_owned());
    }
    let schema = schema_of(&properties).ok()?;
    if known != fingerprint(&schema) {
        return None;
    }
    let mut files = Vec::new();
    for _ in 0..varint::read(from)? {
        let path = in_lake(read_text(from)?)?;
        let (bytes, rows, day) = (varint::read(from)?, varint::read(from)?, varint::read(from)?);
        let calendar_day = match day {
            NO_DAY => None,
            day => Some(NaiveDate::from_num_days_from_ce_opt(i32::try_from(day).ok()?)?),
        };
        let modified_at_ms = varint::read(from)?.cast_signed();
        let sha256 = match read_bytes(from)? {
            [] => None,
            hash => Some(ContentHash::from(<[u8; 32]>::try_from(hash).ok()?)),
        };
        // Where they stand: ten thousand copies would take longer than all else.
        let columns = ColumnBounds::from_packed(&schema, all.slice_ref(read_bytes(from)?));
        files.push(DataFile { path, bytes, rows, calendar_day, columns, modified_at_ms, sha256 });
    }
    let table = Table { schema: delta_schema, properties, created_at_ms };
    let contents = Contents::new(Head { version, table }, files);
    left.is_empty().then_some(Listing { contents, commit, schema })
}

/// Bounds name columns by their places.
fn fingerprint(schema: &Schema) -> u64 {
    let mut hash = Sha256::new();
    for column in schema.columns() {
        hash.update(column.name.as_bytes());
        hash.update([0]);
    }
    hash.finalize().first_chunk().map_or(0, |start| u64::from_le_bytes(*start))
}

fn text(text: &str, to: &mut Vec<u8>) {
    append(text.as_bytes(), to);
}

fn append(bytes: &[u8], to: &mut Vec<u8>) {
    varint::write(bytes.len() as u64, to);
    to.extend_from_slice(bytes);
}

fn read_text<'a>(from: &mut &'a [u8]) -> Option<&'a str> {
    str::from_utf8(read_bytes(from)?).ok()
}

fn read_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint::read(from)?).ok()?;
    let (bytes, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(bytes)
}
