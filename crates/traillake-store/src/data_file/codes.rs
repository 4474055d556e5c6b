//! Columns of a row group as they are stored, for who counts codes instead of looking at values.
//!
//! Arrow's reader goes a long way for few columns of files that have many: it makes the schema of all of them first,
//! and a reader of batches. Here the pages of a column become numbers. Whatever is not as our writer makes it, damage
//! included, is left to that reader, and so are its errors.

use std::sync::Arc;

use arrow::array::{Array, BooleanBufferBuilder, Int64Array, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::util::bit_chunk_iterator::UnalignedBitChunk;
use arrow::util::bit_iterator::BitIndexIterator;
use bytes::Bytes;
use parquet::basic::{Encoding, LogicalType, TimeUnit, Type};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::offset_index::PageLocation;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

use super::hybrid;
use super::pieces::Pieces;

/// A column of text as its dictionary, and a code for each row.
#[derive(Clone, Debug)]
pub struct CodedTexts {
    /// The dictionary.
    pub values: Arc<StringArray>,
    /// For each row 0 where it is NULL, else the place of its value plus 1.
    pub codes: Vec<u32>,
}

/// The rows of a column of text, whose pages are `bytes`; `None` where they do not all hold codes of a dictionary.
pub fn read_codes(bytes: Bytes, chunk: &ColumnChunkMetaData, rows: usize) -> Option<CodedTexts> {
    if !is_flat(chunk.column_descr(), Type::BYTE_ARRAY) {
        return None;
    }
    let mut pages = pages(bytes, chunk, rows)?;
    let (mut values, mut codes) = (None, Codes::with_capacity(rows));
    while let Some(page) = pages.get_next_page().ok()? {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => values = Some(texts(&buf, num_values as usize)?),
            page => codes.add_page(page, rows)?,
        }
    }
    let (values, codes) = (values?, codes.codes);
    is_coded(&values, &codes, rows).then(|| CodedTexts { values: Arc::new(values), codes })
}

/// The rows of some pages of a column of text, one page behind another; `None` where they do not all hold codes of a
/// dictionary. `is_wanted` says for each of the column's pages, which are at `locations`, whether it is among them:
/// these, and what is before the first page, are all that is read of the file.
pub fn read_coded_pages(
    file: &Pieces,
    chunk: &ColumnChunkMetaData,
    locations: &[PageLocation],
    is_wanted: &[bool],
    row_group_rows: usize,
) -> Option<CodedTexts> {
    if !is_flat(chunk.column_descr(), Type::BYTE_ARRAY) {
        return None;
    }
    let starts = locations.iter().map(|page| usize::try_from(page.first_row_index).ok());
    let starts = starts.chain([Some(row_group_rows)]).collect::<Option<Vec<usize>>>()?;
    let wanted_rows = starts.windows(2).zip(is_wanted).filter(|(_, wanted)| **wanted);
    let rows = wanted_rows.map(|(page, _)| page[1].checked_sub(page[0])).sum::<Option<usize>>()?;
    let file = Arc::new(file.clone());
    let mut pages = SerializedPageReader::new(file, chunk, row_group_rows, Some(locations.to_vec())).ok()?;
    let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page().ok()? else { return None };
    let (values, mut codes) = (texts(&buf, num_values as usize)?, Codes::with_capacity(rows));
    for wanted in is_wanted {
        match wanted {
            true => codes.add_page(pages.get_next_page().ok()??, rows)?,
            false => pages.skip_next_page().ok()?,
        }
    }
    is_coded(&values, &codes.codes, rows).then(|| CodedTexts { values: Arc::new(values), codes: codes.codes })
}

/// Whether each of so many rows has a code, and each code a value.
fn is_coded(values: &StringArray, codes: &[u32], rows: usize) -> bool {
    codes.len() == rows && codes.iter().max().is_none_or(|largest| *largest as usize <= values.len())
}

/// The rows of a column of instants in microseconds, whose pages are `bytes`; `None` where it is none.
pub fn read_times(bytes: Bytes, chunk: &ColumnChunkMetaData, rows: usize) -> Option<Int64Array> {
    let column = chunk.column_descr_ptr();
    let is_micros =
        matches!(column.logical_type_ref(), Some(LogicalType::Timestamp(unit)) if unit.unit == TimeUnit::MICROS);
    if !is_flat(&column, Type::INT64) || !is_micros {
        return None;
    }
    let reader = get_column_reader(column, Box::new(pages(bytes, chunk, rows)?));
    let ColumnReader::Int64ColumnReader(mut reader) = reader else { return None };
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    while levels.len() < rows {
        let (read, ..) = reader.read_records(rows - levels.len(), Some(&mut levels), None, &mut values).ok()?;
        if read == 0 {
            return None;
        }
    }
    let mut present = values.into_iter();
    let time = |level: &i16| if *level > 0 { present.next() } else { None };
    Some(levels.iter().map(time).collect())
}

/// Whether a column has one value for each row, or NULL, of a physical type.
pub(super) fn is_flat(column: &ColumnDescriptor, physical: Type) -> bool {
    (column.physical_type(), column.max_def_level(), column.max_rep_level()) == (physical, 1, 0)
}

fn pages(bytes: Bytes, chunk: &ColumnChunkMetaData, rows: usize) -> Option<SerializedPageReader<Pieces>> {
    let file = Pieces::new(vec![(chunk.byte_range().0, bytes)]);
    SerializedPageReader::new(Arc::new(file), chunk, rows, None).ok()
}

/// The codes of pages, one after another.
struct Codes {
    codes: Vec<u32>,
    /// Of the page at hand: which rows have a value, and the codes of those that do.
    valid: BooleanBufferBuilder,
    present: Vec<u32>,
}

impl Codes {
    fn with_capacity(rows: usize) -> Self {
        Self { codes: Vec::with_capacity(rows), valid: BooleanBufferBuilder::new(0), present: Vec::new() }
    }

    /// The rows of a page of data, beyond so many none; `None` where it holds no codes.
    fn add_page(&mut self, page: Page, rows_max: usize) -> Option<()> {
        let count = page.num_values() as usize;
        // Damage may make a page of a few bytes promise any number of rows.
        if count > rows_max.checked_sub(self.codes.len())? {
            return None;
        }
        if !matches!(page.encoding(), Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY) {
            return None;
        }
        match page {
            Page::DataPage { buf, def_level_encoding: Encoding::RLE, .. } => {
                let (length, page) = buf.split_first_chunk()?;
                let (levels, page) = page.split_at_checked(u32::from_le_bytes(*length) as usize)?;
                self.add(levels, page, count)
            }
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len: 0, .. } => {
                let (levels, page) = buf.split_at_checked(def_levels_byte_len as usize)?;
                self.add(levels, page, count)
            }
            _ => None,
        }
    }

    /// The rows of a page: which have a value, and the codes of those that do, behind their bits.
    fn add(&mut self, levels: &[u8], page: &[u8], count: usize) -> Option<()> {
        let Self { codes, valid, present } = self;
        valid.truncate(0);
        hybrid::decode_bits(levels, count, valid)?;
        let (bits, packed) = page.split_first()?;
        let known = UnalignedBitChunk::new(valid.as_slice(), 0, count).count_ones();
        present.clear();
        hybrid::decode(packed, u32::from(*bits), known, present)?;
        if known == count {
            codes.extend(present.iter().map(|code| code.wrapping_add(1)));
            return Some(());
        }
        let from = codes.len();
        codes.resize(from + count, 0);
        for (place, code) in BitIndexIterator::new(valid.as_slice(), 0, count).zip(&*present) {
            codes[from + place] = code.wrapping_add(1);
        }
        Some(())
    }
}

/// Values as Parquet writes them: each behind its length.
fn texts(mut bytes: &[u8], count: usize) -> Option<StringArray> {
    let (mut lengths, mut content) = (Vec::new(), Vec::with_capacity(bytes.len()));
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        lengths.push(value.len());
        content.extend_from_slice(value);
        bytes = rest;
    }
    StringArray::try_new(OffsetBuffer::from_lengths(lengths), Buffer::from(content), None).ok()
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondArray};
    use arrow::datatypes::Int64Type;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::properties::{WriterProperties, WriterVersion};
    use proptest::prelude::*;

    use super::*;

    fn file(column: ArrayRef, version: WriterVersion, dictionary: bool) -> Bytes {
        let batch = RecordBatch::try_from_iter_with_nullable([("column", column, true)]).unwrap();
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_dictionary_enabled(dictionary)
            .set_data_page_row_count_limit(50)
            .set_write_batch_size(50);
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap().into()
    }

    fn chunk(file: &Bytes) -> (Bytes, ColumnChunkMetaData) {
        let opened = ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap();
        let chunk = opened.metadata().row_group(0).column(0).clone();
        let (start, length) = chunk.byte_range();
        (file.slice(start as usize..(start + length) as usize), chunk)
    }

    fn versions() -> impl Strategy<Value = WriterVersion> {
        prop_oneof![Just(WriterVersion::PARQUET_1_0), Just(WriterVersion::PARQUET_2_0)]
    }

    proptest! {
        #[test]
        fn texts_are_those_of_arrows_reader(
            rows in prop::collection::vec(prop::option::of("[a-e]{0,3}"), 1..300),
            version in versions(),
        ) {
            let rows: StringArray = rows.into_iter().collect();
            let (bytes, chunk) = chunk(&file(Arc::new(rows.clone()), version, true));
            let read = read_codes(bytes.clone(), &chunk, rows.len()).unwrap();
            let text = |code: &u32| code.checked_sub(1).map(|place| read.values.value(place as usize));
            prop_assert!(read.codes.iter().map(text).eq(rows.iter()));
            prop_assert!(read_codes(bytes.clone(), &chunk, rows.len() + 1).is_none());
            prop_assert!(read_codes(bytes.clone(), &chunk, rows.len() - 1).is_none());
            for end in 0..bytes.len() {
                prop_assert!(read_codes(bytes.slice(..end), &chunk, rows.len()).is_none());
            }
        }

        #[test]
        fn times_are_those_of_arrows_reader(
            rows in prop::collection::vec(prop::option::of(any::<i64>()), 1..300),
            version in versions(),
        ) {
            let rows: TimestampMicrosecondArray = rows.into_iter().collect();
            let (bytes, chunk) = chunk(&file(Arc::new(rows.clone()), version, false));
            let read = read_times(bytes, &chunk, rows.len()).unwrap();
            prop_assert_eq!(read, rows.reinterpret_cast::<Int64Type>());
        }
    }

    #[test]
    fn what_is_not_coded_is_left_to_others() {
        let rows: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let (bytes, plain) = chunk(&file(Arc::clone(&rows), WriterVersion::PARQUET_1_0, false));
        assert!(read_codes(bytes.clone(), &plain, rows.len()).is_none());
        assert!(read_times(bytes, &plain, rows.len()).is_none());
        let rows: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let (bytes, numbers) = chunk(&file(Arc::clone(&rows), WriterVersion::PARQUET_1_0, true));
        assert!(read_codes(bytes.clone(), &numbers, rows.len()).is_none());
        assert!(read_times(bytes, &numbers, rows.len()).is_none());
    }
}
