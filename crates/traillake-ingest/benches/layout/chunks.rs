//! What each column costs in a file.

use std::collections::HashSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use traillake_event::schema::{Column, Schema};

use crate::Answer;
use crate::events::Events;

/// A column in a file.
pub(crate) struct Chunk {
    pub(crate) column: &'static Column,
    /// Events that have a value.
    pub(crate) events: usize,
    pub(crate) distinct: usize,
    /// Its pages with their dictionary.
    pub(crate) data_bytes: u64,
    pub(crate) bloom_bytes: u64,
    /// Its part of the page index.
    pub(crate) index_bytes: u64,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> u64 {
        self.data_bytes + self.bloom_bytes + self.index_bytes
    }
}

/// The columns of a file of these events, the largest first.
pub(crate) fn chunks(events: &Events, file: &Bytes) -> Answer<Vec<Chunk>> {
    let known = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    let mut chunks = Vec::new();
    for (place, column) in Schema::events().columns().iter().enumerate() {
        let (count, distinct) = values(&events.rows, &column.name)?;
        let mut chunk = Chunk { column, events: count, distinct, data_bytes: 0, bloom_bytes: 0, index_bytes: 0 };
        for group in known.metadata().row_groups() {
            let part = group.column(place);
            let length = |length: Option<i32>| length.map_or(0, |length| u64::from(length.unsigned_abs()));
            chunk.data_bytes += part.compressed_size().unsigned_abs();
            chunk.bloom_bytes += length(part.bloom_filter_length());
            chunk.index_bytes += length(part.column_index_length()) + length(part.offset_index_length());
        }
        chunks.push(chunk);
    }
    chunks.sort_by_key(|chunk| std::cmp::Reverse(chunk.bytes()));
    Ok(chunks)
}

/// How many values a column has, and how many different ones.
fn values(rows: &RecordBatch, name: &str) -> Answer<(usize, usize)> {
    let values = cast(rows.column_by_name(name).ok_or("a column is missing")?, &DataType::Utf8)?;
    let different: HashSet<&str> = values.as_string::<i32>().iter().flatten().collect();
    Ok((values.len() - values.null_count(), different.len()))
}
