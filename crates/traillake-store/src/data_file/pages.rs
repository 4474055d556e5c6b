//! The pages of a column, of a file that is read in pieces.
//!
//! Parquet's own reader makes a compressor and a decompressor for each column of each row group. Of a few rows in many
//! files that is a tenth of all the work; here columns share one. The format:
//! <https://parquet.apache.org/docs/file-format/data-pages/>, its headers in Thrift's compact protocol.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::offset_index::PageLocation;
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Decompressor;

use super::page_header::{Body, PageHeader};
use super::pieces::Pieces;

/// What unpacks pages, one at a time. Cheap to clone.
#[derive(Clone)]
pub struct Unpacker(Arc<Mutex<Decompressor<'static>>>);

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unpacker")
    }
}

impl Unpacker {
    /// One of about 100 kB.
    ///
    /// # Errors
    ///
    /// Those of setting up zstd: no memory is left.
    pub fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Decompressor::new()?))))
    }

    /// Unpacks what has so many bytes.
    fn unpack(&self, packed: &[u8], bytes: usize) -> io::Result<Vec<u8>> {
        let mut to = Vec::with_capacity(bytes);
        if bytes > 0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).decompress_to_buffer(packed, &mut to)?;
        }
        Ok(to)
    }
}

/// The rows of each page of a column.
pub fn rows_of_pages(locations: &[PageLocation], row_group_rows: usize) -> Vec<Range<usize>> {
    let starts = locations.iter().map(|page| usize::try_from(page.first_row_index).unwrap_or_default());
    let ends = starts.clone().skip(1).chain([row_group_rows]);
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

/// Where wanted pages of a column are in the file, and before them its dictionary, where it has one. `is_wanted` says of
/// each page whether it is.
pub fn bytes_of_pages(chunk: &ColumnChunkMetaData, locations: &[PageLocation], is_wanted: &[bool]) -> Vec<Range<u64>> {
    let start = chunk.byte_range().0;
    let first = locations.first().map_or(start, |first| first.offset.cast_unsigned());
    let mut ranges = Vec::new();
    if first > start {
        ranges.push(start..first);
    }
    for (page, _) in locations.iter().zip(is_wanted).filter(|(_, wanted)| **wanted) {
        let from = page.offset.cast_unsigned();
        let to = from + u64::from(page.compressed_page_size.cast_unsigned());
        match ranges.last_mut() {
            Some(last) if last.end == from => last.end = to,
            _ => ranges.push(from..to),
        }
    }
    ranges
}

/// The pages of a column in a row group: its dictionary, where it has one, and those of its rows.
#[derive(Debug)]
pub struct ColumnPages {
    pub(super) column: ColumnDescPtr,
    file: Pieces,
    dictionary: Option<u64>,
    /// Those of rows, each with how many.
    locations: VecDeque<(PageLocation, usize)>,
    is_packed: bool,
    unpacker: Unpacker,
}

impl ColumnPages {
    /// The pages of a column that are at some places of a file. Who skips a page does not read it.
    ///
    /// # Errors
    ///
    /// A compression that is not zstd.
    pub fn new(
        file: Pieces,
        chunk: &ColumnChunkMetaData,
        locations: &[PageLocation],
        row_group_rows: usize,
        unpacker: Unpacker,
    ) -> Result<Self, ParquetError> {
        let is_packed = match chunk.compression() {
            Compression::UNCOMPRESSED => false,
            Compression::ZSTD(_) => true,
            other => return Err(ParquetError::NYI(format!("a data file that is compressed with {other}"))),
        };
        let start = chunk.byte_range().0;
        let first = locations.first().map(|first| first.offset.cast_unsigned());
        let rows = rows_of_pages(locations, row_group_rows).into_iter().map(|rows| rows.len());
        Ok(Self {
            column: chunk.column_descr_ptr(),
            file,
            dictionary: first.is_some_and(|first| first > start).then_some(start),
            locations: locations.iter().cloned().zip(rows).collect(),
            is_packed,
            unpacker,
        })
    }

    /// Without the pages of rows that are not wanted: `is_wanted` says of each whether it is.
    pub fn only(mut self, is_wanted: &[bool]) -> Self {
        let mut wanted = is_wanted.iter();
        self.locations.retain(|_| wanted.next().copied().unwrap_or(false));
        self
    }

    /// The rows of the pages that are left.
    pub(super) fn rows(&self) -> usize {
        self.locations.iter().map(|(_, rows)| rows).sum()
    }

    fn page(&self, offset: u64) -> Result<Page, ParquetError> {
        let bytes = self.file.from(offset)?;
        let mut left = bytes.as_ref();
        let damaged = || ParquetError::General(format!("the page at byte {offset} is damaged"));
        let PageHeader { unpacked_bytes, packed_bytes, body } = PageHeader::read(&mut left).ok_or_else(damaged)?;
        let start = bytes.len() - left.len();
        if packed_bytes > left.len() {
            return Err(ParquetError::EOF(format!("the page at byte {offset} was not read to its end")));
        }
        let packed = bytes.slice(start..start + packed_bytes);
        // Levels of the newer kind of page are not packed.
        let (levels, is_packed) = match &body {
            Body::RowsV2 { levels_bytes, is_packed, .. } => (*levels_bytes, self.is_packed && *is_packed),
            Body::Dictionary { .. } | Body::Rows { .. } => (0, self.is_packed),
        };
        if !is_packed {
            return Ok(body.page(packed));
        }
        let (levels, packed) = packed.split_at_checked(levels).ok_or_else(damaged)?;
        let bytes = unpacked_bytes.checked_sub(levels.len()).ok_or_else(damaged)?;
        let values = self.unpacker.unpack(packed, bytes)?;
        if values.len() != bytes {
            return Err(damaged());
        }
        Ok(body.page(if levels.is_empty() { values.into() } else { [levels, &values].concat().into() }))
    }
}

impl PageReader for ColumnPages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        if let Some(dictionary) = self.dictionary.take() {
            return self.page(dictionary).map(Some);
        }
        let Some((next, _)) = self.locations.pop_front() else { return Ok(None) };
        self.page(next.offset.cast_unsigned()).map(Some)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        if self.dictionary.is_some() {
            return Ok(Some(PageMetadata { num_rows: None, num_levels: None, is_dict: true }));
        }
        let next = self.locations.front();
        Ok(next.map(|(_, rows)| PageMetadata { num_rows: Some(*rows), num_levels: None, is_dict: false }))
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        if self.dictionary.take().is_none() {
            self.locations.pop_front();
        }
        Ok(())
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        Ok(true)
    }
}

impl Iterator for ColumnPages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
