//! An encoded column of a row group, and the pages of one whose rows are codes.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::hybrid;
use super::writer::ColumnWriter;

/// An encoded column of a row group, and how often its values stand there, encoded too, where that is kept.
pub(crate) struct EncodedColumn {
    pub(super) chunk: Chunk,
    pub(super) counts: Option<Vec<u8>>,
}

/// The pages of a column.
pub(super) enum Chunk {
    /// As Parquet's writer made it.
    Arrow(Box<ArrowColumnChunk>),
    /// As [`ChunkWriter`] did.
    Coded(Bytes, Box<ColumnCloseResult>),
}

impl Chunk {
    /// Appends the column to a row group.
    pub(super) fn append_to<W: std::io::Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match self {
            Chunk::Arrow(chunk) => chunk.append_to_row_group(group),
            Chunk::Coded(bytes, close) => group.append_column(&bytes, *close),
        }
    }
}

/// What compresses the pages of a file: as many as there are threads, as making one takes as long as many pages do.
pub(super) struct Compressors {
    zstd_level: i32,
    free: Mutex<Vec<Compressor<'static>>>,
}

impl Compressors {
    pub(super) fn new(zstd_level: i32) -> Self {
        Self { zstd_level, free: Mutex::default() }
    }

    /// Each compressed by itself.
    pub(super) fn compress<'b>(&self, all: impl Iterator<Item = &'b [u8]>) -> Result<Vec<Vec<u8>>, ParquetError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut compressor = free.map_or_else(|| Compressor::new(self.zstd_level), Ok)?;
        let packed = all.map(|bytes| compressor.compress(bytes)).collect::<Result<_, _>>()?;
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(compressor);
        Ok(packed)
    }
}

/// The rows of a page.
pub(super) struct Codes<'a> {
    pub(super) codes: &'a [u32],
    /// The code of NULL.
    pub(super) null: u32,
    /// How many values there are codes for.
    pub(super) values: usize,
}

/// What compression must save of a column, as a share of its bytes: unpacking a page takes longer than reading it, and
/// codes of a few bits, as most columns are, hardly shrink.
const WORTH: (usize, usize) = (1, 3);

/// Writes the pages of one column: a dictionary, and codes.
pub(super) struct ChunkWriter<'a> {
    column: &'a ColumnDescPtr,
    properties: &'a WriterProperties,
    compressors: &'a Compressors,
    pages: Vec<Body<'a>>,
    sink: TrackedWrite<Vec<u8>>,
    column_index: ColumnIndexBuilder,
    offset_index: OffsetIndexBuilder,
    /// Bytes of pages with their headers: as they stand in the file, and before compression.
    sizes: (usize, usize),
    first_page: Option<u64>,
    rows: u64,
    nulls: u64,
    bounds: Option<(&'a str, &'a str)>,
    order: PageOrder<'a>,
}

/// A page before it is compressed.
struct Body<'a> {
    bytes: Vec<u8>,
    /// Values of a dictionary, or rows.
    values: usize,
    rows: Option<PageRows<'a>>,
}

/// What is known of the rows of a page.
#[derive(Clone, Copy)]
struct PageRows<'a> {
    nulls: u64,
    bounds: Option<(&'a str, &'a str)>,
}

/// Whether the bounds of pages rise, or fall, from one to the next.
struct PageOrder<'a> {
    last: Option<(&'a str, &'a str)>,
    rises: bool,
    falls: bool,
}

impl<'a> ChunkWriter<'a> {
    pub(super) fn new(writer: &'a ColumnWriter) -> Self {
        let ColumnWriter { column, properties, compressors, .. } = writer;
        Self {
            column,
            properties,
            compressors,
            pages: Vec::new(),
            sink: TrackedWrite::new(Vec::new()),
            column_index: ColumnIndexBuilder::new(column.physical_type()),
            offset_index: OffsetIndexBuilder::new(),
            sizes: (0, 0),
            first_page: None,
            rows: 0,
            nulls: 0,
            bounds: None,
            order: PageOrder { last: None, rises: true, falls: true },
        }
    }

    /// Whether bounds are kept.
    pub(super) fn has_bounds(&self) -> bool {
        self.properties.statistics_enabled(self.column.path()) != EnabledStatistics::None
    }

    pub(super) fn add_dictionary(&mut self, values: Vec<u8>, count: usize) {
        self.pages.push(Body { bytes: values, values: count, rows: None });
    }

    pub(super) fn add_page(&mut self, rows: Codes, bounds: Option<(&'a str, &'a str)>) {
        let nulls = rows.nulls();
        let of_rows = Some(PageRows { nulls: nulls as u64, bounds });
        self.pages.push(Body { bytes: rows.encode(nulls), values: rows.codes.len(), rows: of_rows });
    }

    /// A page of rows that are all NULL.
    pub(super) fn add_nulls(&mut self, rows: usize) {
        let of_rows = Some(PageRows { nulls: rows as u64, bounds: None });
        let mut bytes = levels(|to| hybrid::encode_run(0, rows, 1, to));
        // Codes of no bits, of which there are none.
        bytes.push(0);
        self.pages.push(Body { bytes, values: rows, rows: of_rows });
    }

    /// The column, whose values have so many bytes, each as often as it stands there.
    pub(super) fn close(mut self, value_bytes: u64, bloom_filter: Option<Sbbf>) -> Result<Chunk, ParquetError> {
        let page = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let dictionary = page(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1);
        let data = page(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, self.pages.len() as i32 - 1);
        let pages = mem::take(&mut self.pages);
        let packed = self.compress(&pages)?;
        let compression = match &packed {
            Some(_) => self.properties.compression(self.column.path()),
            None => Compression::UNCOMPRESSED,
        };
        let mut packed = packed.into_iter().flatten();
        for page in pages {
            let uncompressed = page.bytes.len();
            let bytes = packed.next().unwrap_or(page.bytes);
            self.write(bytes, (page.values, uncompressed), page.rows)?;
        }
        let mut metadata = ColumnChunkMetaData::builder(Arc::clone(self.column))
            .set_compression(compression)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![dictionary, data])
            .set_total_compressed_size(self.sizes.0 as i64)
            .set_total_uncompressed_size(self.sizes.1 as i64)
            .set_num_values(self.rows as i64)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(self.first_page.unwrap_or_default() as i64);
        if self.has_bounds() {
            metadata = metadata
                .set_statistics(self.statistics())
                .set_unencoded_byte_array_data_bytes(Some(value_bytes as i64));
        }
        self.column_index.set_boundary_order(self.order.order());
        let column_index = if self.has_bounds() { Some(self.column_index.build()?) } else { None };
        let close = ColumnCloseResult {
            bytes_written: self.sizes.0 as u64,
            rows_written: self.rows,
            metadata: metadata.build()?,
            bloom_filter,
            column_index,
            offset_index: Some(self.offset_index.build()),
        };
        Ok(Chunk::Coded(self.sink.into_inner()?.into(), Box::new(close)))
    }

    /// The pages compressed; nothing where that would save too little.
    fn compress(&self, pages: &[Body]) -> Result<Option<Vec<Vec<u8>>>, ParquetError> {
        let packed = self.compressors.compress(pages.iter().map(|page| page.bytes.as_slice()))?;
        let before = pages.iter().map(|page| page.bytes.len()).sum::<usize>();
        let after = packed.iter().map(Vec::len).sum::<usize>();
        Ok((before.saturating_sub(after) * WORTH.1 >= before * WORTH.0).then_some(packed))
    }

    /// Writes a page of so many values and bytes before compression; one without rows is the dictionary.
    fn write(
        &mut self,
        bytes: Vec<u8>,
        (values, uncompressed): (usize, usize),
        rows: Option<PageRows<'a>>,
    ) -> Result<(), ParquetError> {
        let num_values = values as u32;
        let page = match rows {
            None => Page::DictionaryPage { buf: bytes.into(), num_values, encoding: Encoding::PLAIN, is_sorted: false },
            Some(_) => Page::DataPage {
                buf: bytes.into(),
                num_values,
                encoding: Encoding::RLE_DICTIONARY,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            },
        };
        let written = SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(page, uncompressed))?;
        self.sizes.0 += written.compressed_size;
        self.sizes.1 += written.uncompressed_size;
        if let Some(rows) = rows {
            self.first_page.get_or_insert(written.offset);
            self.offset_index.append_row_count(values as i64);
            self.offset_index.append_offset_and_size(written.offset as i64, i32::try_from(written.compressed_size)?);
            self.know(values as u64, rows);
        }
        Ok(())
    }

    /// What a page's rows add to what is known of the column.
    fn know(&mut self, count: u64, PageRows { nulls, bounds }: PageRows<'a>) {
        match bounds {
            Some((min, max)) => self.column_index.append(false, self.lower(min), self.upper(max), nulls as i64),
            None => self.column_index.append(true, Vec::new(), Vec::new(), nulls as i64),
        }
        if let Some(bounds) = bounds {
            self.order.add(bounds);
            self.bounds = Some(match self.bounds {
                Some((min, max)) => (min.min(bounds.0), max.max(bounds.1)),
                None => bounds,
            });
        }
        self.rows += count;
        self.nulls += nulls;
    }

    fn statistics(&self) -> Statistics {
        let exact = |bound: &[u8], value: &str| bound == value.as_bytes();
        let (min, max) =
            (self.bounds.map(|bounds| self.lower(bounds.0)), self.bounds.map(|bounds| self.upper(bounds.1)));
        let (min_is_exact, max_is_exact) = match (&self.bounds, &min, &max) {
            (Some(bounds), Some(min), Some(max)) => (exact(min, bounds.0), exact(max, bounds.1)),
            _ => (false, false),
        };
        let bound = |bound: Option<Vec<u8>>| bound.map(ByteArray::from);
        let statistics = ValueStatistics::new(bound(min), bound(max), None, Some(self.nulls), false);
        Statistics::ByteArray(statistics.with_min_is_exact(min_is_exact).with_max_is_exact(max_is_exact))
    }

    fn lower(&self, value: &str) -> Vec<u8> {
        match self.properties.statistics_truncate_length() {
            Some(most) if value.len() > most => value[..value.floor_char_boundary(most)].into(),
            _ => value.into(),
        }
    }

    /// A text that is no smaller, and short where there is one.
    fn upper(&self, value: &str) -> Vec<u8> {
        match self.properties.statistics_truncate_length() {
            Some(most) if value.len() > most => next_after(&value[..value.floor_char_boundary(most)]),
            _ => None,
        }
        .unwrap_or_else(|| value.to_owned())
        .into()
    }
}

/// The smallest text of as many characters, or fewer, that is greater than all that begin with this one. UTF-8 sorts as
/// its characters do.
fn next_after(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // Between U+D7FF and U+E000 there are no characters.
        let next = char::from_u32(last as u32 + 1).or((last == '\u{d7ff}').then_some('\u{e000}'));
        if let Some(next) = next {
            return Some(chars.into_iter().chain([next]).collect());
        }
    }
    None
}

impl<'a> PageOrder<'a> {
    fn add(&mut self, bounds: (&'a str, &'a str)) {
        if let Some(last) = self.last.replace(bounds) {
            self.rises &= last.0 <= bounds.0 && last.1 <= bounds.1;
            self.falls &= last.0 >= bounds.0 && last.1 >= bounds.1;
        }
    }

    fn order(&self) -> BoundaryOrder {
        match self {
            Self { rises: true, .. } => BoundaryOrder::ASCENDING,
            Self { falls: true, .. } => BoundaryOrder::DESCENDING,
            _ => BoundaryOrder::UNORDERED,
        }
    }
}

impl Codes<'_> {
    fn nulls(&self) -> usize {
        self.codes.iter().filter(|code| **code == self.null).count()
    }

    /// The page, of which so many rows are NULL: which rows have a value, and the codes of those that do, behind their
    /// bits.
    fn encode(&self, nulls: usize) -> Vec<u8> {
        let rows = self.codes.len();
        let mut page = levels(|to| match nulls {
            0 => hybrid::encode_run(1, rows, 1, to),
            _ => {
                let has_value = self.codes.iter().map(|code| u32::from(*code != self.null));
                hybrid::encode(&has_value.collect::<Vec<_>>(), 1, to);
            }
        });
        let bits = u32::BITS - (self.values.saturating_sub(1) as u32).leading_zeros();
        page.push(bits as u8);
        match nulls {
            0 => hybrid::encode(self.codes, bits, &mut page),
            _ => {
                let present: Vec<u32> = self.codes.iter().copied().filter(|code| *code != self.null).collect();
                hybrid::encode(&present, bits, &mut page);
            }
        }
        page
    }
}

/// Which rows of a page have a value, behind the length of what says so.
fn levels(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut page = vec![0; size_of::<u32>()];
    encode(&mut page);
    let levels = (page.len() - size_of::<u32>()) as u32;
    page[..size_of::<u32>()].copy_from_slice(&levels.to_le_bytes());
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_upper_bound_is_no_smaller() {
        assert_eq!(next_after("ab").as_deref(), Some("ac"));
        assert_eq!(next_after("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(next_after("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(next_after("\u{10ffff}"), None);
        assert!(next_after("a\u{7f}").unwrap().as_str() > "a\u{7f}\u{10ffff}");
    }
}
