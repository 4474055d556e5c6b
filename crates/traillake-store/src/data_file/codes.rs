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
use parquet::basic::{Encoding, LogicalType, TimeUnit, Type};
use parquet::column::page::{Page, PageReader};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::schema::types::ColumnDescriptor;

use super::hybrid;
use super::pages::ColumnPages;

/// A column of text as its dictionary, and a code for each row.
#[derive(Clone, Debug)]
pub struct CodedTexts {
    /// The dictionary.
    pub values: Arc<StringArray>,
    /// For each row 0 where it is NULL, else the place of its value plus 1.
    pub codes: Vec<u32>,
}

/// The rows of a column of text; `None` where they do not all hold codes of a dictionary.
pub fn read_codes(mut pages: ColumnPages) -> Option<CodedTexts> {
    let (rows, values) = (pages.rows(), dictionary(&mut pages)?);
    let mut codes = Codes::with_capacity(rows);
    while let Some(page) = pages.get_next_page().ok()? {
        codes.add_page(page, Wanted::All { rows_max: rows.checked_sub(codes.codes.len())? })?;
    }
    codes.of_dictionary(values, rows)
}

/// Some rows of a column of text, by their rising places; `None` where they do not all hold codes of a dictionary. Of the
/// other rows nothing is unpacked but which have a value, and of a page without any of these not even that.
pub fn read_codes_at(mut pages: ColumnPages, places: &[u32]) -> Option<CodedTexts> {
    let values = dictionary(&mut pages)?;
    let mut codes = Codes::with_capacity(places.len());
    let (mut left, mut start) = (places, 0);
    while let Some(rows) = pages.peek_next_page().ok()?.and_then(|page| page.num_rows) {
        let end = start + rows;
        let (own, others) = left.split_at(left.partition_point(|place| (*place as usize) < end));
        match own {
            [] => pages.skip_next_page().ok()?,
            places => codes.add_page(pages.get_next_page().ok()??, Wanted::Some { places, start, rows })?,
        }
        (left, start) = (others, end);
    }
    codes.of_dictionary(values, places.len())
}

/// The rows of a column of text that have a value, and their places; `None` where they do not all hold codes of a
/// dictionary.
pub fn read_present_codes(mut pages: ColumnPages) -> Option<(CodedTexts, Vec<u32>)> {
    let (rows, values) = (pages.rows(), dictionary(&mut pages)?);
    let (mut codes, mut places, mut start) = (Codes::with_capacity(0), Vec::new(), 0);
    while let Some(page) = pages.get_next_page().ok()? {
        let count = page.num_values() as usize;
        codes.add_page(page, Wanted::Present { rows_max: rows.checked_sub(start)? })?;
        let present = BitIndexIterator::new(codes.valid.as_slice(), 0, count);
        places.extend(present.map(|place| (start + place) as u32));
        start += count;
    }
    if start != rows {
        return None;
    }
    Some((codes.of_dictionary(values, places.len())?, places))
}

/// The values of a column's codes.
fn dictionary(pages: &mut ColumnPages) -> Option<StringArray> {
    if !is_flat(&pages.column, Type::BYTE_ARRAY) {
        return None;
    }
    let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page().ok()? else { return None };
    texts(&buf, num_values as usize)
}

/// The rows of a column of instants in microseconds; `None` where it is none.
pub fn read_times(pages: ColumnPages) -> Option<Int64Array> {
    let column = Arc::clone(&pages.column);
    let is_micros =
        matches!(column.logical_type_ref(), Some(LogicalType::Timestamp(unit)) if unit.unit == TimeUnit::MICROS);
    if !is_flat(&column, Type::INT64) || !is_micros {
        return None;
    }
    let rows = pages.rows();
    let ColumnReader::Int64ColumnReader(mut reader) = get_column_reader(column, Box::new(pages)) else { return None };
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    while levels.len() < rows {
        let (read, ..) = reader.read_records(rows - levels.len(), Some(&mut levels), None, &mut values).ok()?;
        if read == 0 {
            return None;
        }
    }
    if values.len() == rows {
        return Some(values.into());
    }
    let mut present = values.into_iter();
    let time = |level: &i16| if *level > 0 { present.next() } else { None };
    Some(levels.iter().map(time).collect())
}

/// Whether a column has one value for each row, or NULL, of a physical type.
pub(super) fn is_flat(column: &ColumnDescriptor, physical: Type) -> bool {
    (column.physical_type(), column.max_def_level(), column.max_rep_level()) == (physical, 1, 0)
}

/// The rows of a page that are read.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// All of them, of which there must not be more than these: damage may make a page of a few bytes promise any number.
    All { rows_max: usize },
    /// Those that have a value, of no more rows than these.
    Present { rows_max: usize },
    /// Those at some places of the column, of a page that begins at another and has so many rows.
    Some { places: &'a [u32], start: usize, rows: usize },
}

/// The codes of pages, one after another.
struct Codes {
    codes: Vec<u32>,
    /// How many values the dictionary must have.
    values: usize,
    /// Of the page at hand: which rows have a value, and the codes of those that do.
    valid: BooleanBufferBuilder,
    present: Vec<u32>,
}

impl Codes {
    fn with_capacity(rows: usize) -> Self {
        Self { codes: Vec::with_capacity(rows), values: 0, valid: BooleanBufferBuilder::new(0), present: Vec::new() }
    }

    /// So many rows, of these values; `None` where that is not what there is.
    fn of_dictionary(self, values: StringArray, rows: usize) -> Option<CodedTexts> {
        let is_coded = self.codes.len() == rows && self.values <= values.len();
        is_coded.then(|| CodedTexts { values: Arc::new(values), codes: self.codes })
    }

    /// Rows of a page of data; `None` where it holds no codes.
    fn add_page(&mut self, page: Page, wanted: Wanted<'_>) -> Option<()> {
        let count = page.num_values() as usize;
        let is_sound = match wanted {
            Wanted::All { rows_max } | Wanted::Present { rows_max } => count <= rows_max,
            Wanted::Some { rows, .. } => count == rows,
        };
        if !is_sound {
            return None;
        }
        if !matches!(page.encoding(), Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY) {
            return None;
        }
        match page {
            Page::DataPage { buf, def_level_encoding: Encoding::RLE, .. } => {
                let (length, page) = buf.split_first_chunk()?;
                let (levels, page) = page.split_at_checked(u32::from_le_bytes(*length) as usize)?;
                self.add(levels, page, count, wanted)
            }
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len: 0, .. } => {
                let (levels, page) = buf.split_at_checked(def_levels_byte_len as usize)?;
                self.add(levels, page, count, wanted)
            }
            _ => None,
        }
    }

    /// Rows of a page: which have a value, and the codes of those that do, behind their bits.
    fn add(&mut self, levels: &[u8], page: &[u8], count: usize, wanted: Wanted<'_>) -> Option<()> {
        let Self { codes, values, valid, present } = self;
        valid.truncate(0);
        hybrid::decode_bits(levels, count, valid)?;
        let (bits, packed) = page.split_first()?;
        let known = UnalignedBitChunk::new(valid.as_slice(), 0, count).count_ones();
        present.clear();
        if let Wanted::Some { places, start, .. } = wanted {
            let places = places.iter().map(|place| *place as usize - start);
            return self.add_some((packed, u32::from(*bits)), places, known == count);
        }
        hybrid::decode(packed, u32::from(*bits), known, present)?;
        *values = present.iter().max().map_or(0, |largest| *largest as usize + 1).max(*values);
        if known == count || matches!(wanted, Wanted::Present { .. }) {
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

    /// Rows at some rising places of the page at hand, of whose rows all may have a value.
    fn add_some(
        &mut self,
        (packed, bits): (&[u8], u32),
        places: impl Iterator<Item = usize>,
        all_present: bool,
    ) -> Option<()> {
        let Self { codes, values, valid, present } = self;
        if all_present {
            hybrid::pick(packed, bits, places, present)?;
            codes.extend(present.iter().map(|code| code.wrapping_add(1)));
        } else {
            let (ranks, is_present) = ranks(valid.as_slice(), places);
            hybrid::pick(packed, bits, ranks, present)?;
            let mut picked = present.iter();
            let code = |is_present| if is_present { picked.next().map_or(0, |code| code.wrapping_add(1)) } else { 0 };
            codes.extend(is_present.into_iter().map(code));
        }
        *values = present.iter().max().map_or(0, |largest| *largest as usize + 1).max(*values);
        Some(())
    }
}

/// Whether there is a value at each of some rising places, and of those with one how many values come before it.
fn ranks(valid: &[u8], places: impl Iterator<Item = usize>) -> (Vec<usize>, Vec<bool>) {
    let (mut before, mut at) = (0, 0);
    let (mut ranks, mut is_present) = (Vec::new(), Vec::new());
    for place in places {
        before += UnalignedBitChunk::new(valid, at, place - at).count_ones();
        at = place;
        let is_valid = valid[place / 8] >> (place % 8) & 1 == 1;
        is_present.push(is_valid);
        if is_valid {
            ranks.push(before);
        }
    }
    (ranks, is_present)
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
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
    use parquet::file::page_index::offset_index::PageLocation;
    use parquet::file::properties::{WriterProperties, WriterVersion};
    use proptest::prelude::*;

    use super::super::pages::Unpacker;
    use super::super::pieces::Pieces;
    use super::*;

    /// A column in a file of its own, and whether each of its pages is there.
    struct Stored {
        file: Bytes,
        metadata: Arc<ParquetMetaData>,
    }

    impl Stored {
        fn new(column: ArrayRef, version: WriterVersion, dictionary: bool) -> Self {
            let batch = RecordBatch::try_from_iter_with_nullable([("column", column, true)]).unwrap();
            let properties = WriterProperties::builder()
                .set_writer_version(version)
                .set_dictionary_enabled(dictionary)
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .set_data_page_row_count_limit(50)
                .set_write_batch_size(50);
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
            writer.write(&batch).unwrap();
            let file = Bytes::from(writer.into_inner().unwrap());
            let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
            let metadata = Arc::clone(ArrowReaderMetadata::load(&file, options).unwrap().metadata());
            Self { file, metadata }
        }

        fn locations(&self) -> &[PageLocation] {
            self.metadata.offset_index().unwrap()[0][0].page_locations()
        }

        /// The pages as far as the file goes.
        fn pages(&self, end: u64) -> ColumnPages {
            let file = Pieces::new(vec![(0, self.file.slice(..end as usize))]);
            let (group, unpacker) = (self.metadata.row_group(0), Unpacker::new().unwrap());
            let rows = group.num_rows() as usize;
            ColumnPages::new(file, group.column(0), self.locations(), rows, unpacker).unwrap()
        }

        fn codes(&self, end: u64) -> Option<CodedTexts> {
            read_codes(self.pages(end))
        }

        fn end(&self) -> u64 {
            let (start, length) = self.metadata.row_group(0).column(0).byte_range();
            start + length
        }
    }

    fn versions() -> impl Strategy<Value = WriterVersion> {
        prop_oneof![Just(WriterVersion::PARQUET_1_0), Just(WriterVersion::PARQUET_2_0)]
    }

    proptest! {
        #[test]
        fn texts_are_those_of_arrows_reader(
            rows in prop::collection::vec(prop::option::of("[a-e]{0,3}"), 1..300),
            version in versions(),
            is_wanted in prop::collection::vec(any::<bool>(), 6),
        ) {
            let rows: StringArray = rows.into_iter().collect();
            let stored = Stored::new(Arc::new(rows.clone()), version, true);
            let text = |read: &CodedTexts, code: u32| code.checked_sub(1).map(|place| read.values.value(place as usize).to_owned());
            let all = stored.codes(stored.end()).unwrap();
            let texts: Vec<_> = all.codes.iter().map(|code| text(&all, *code)).collect();
            prop_assert!(texts.iter().map(Option::as_deref).eq(rows.iter()));

            let is_wanted = &is_wanted[..stored.locations().len()];
            let some = read_codes(stored.pages(stored.end()).only(is_wanted)).unwrap();
            let wanted = (0..rows.len()).filter(|row| is_wanted[row / 50]).map(|row| texts[row].clone());
            prop_assert!(some.codes.iter().map(|code| text(&some, *code)).eq(wanted));

            let (present, places) = read_present_codes(stored.pages(stored.end())).unwrap();
            let with_value = texts.iter().enumerate().filter(|(_, text)| text.is_some());
            let found = places.iter().map(|place| *place as usize).zip(present.codes.iter().map(|code| text(&present, *code)));
            prop_assert!(found.eq(with_value.map(|(place, text)| (place, text.clone()))));

            for step in 1..9 {
                let places: Vec<u32> = (0..rows.len() as u32).step_by(step * step).collect();
                let some = read_codes_at(stored.pages(stored.end()), &places).unwrap();
                let picked = places.iter().map(|place| texts[*place as usize].clone());
                prop_assert!(some.codes.iter().map(|code| text(&some, *code)).eq(picked));
            }
            let none = read_codes_at(stored.pages(stored.end()), &[]).unwrap();
            prop_assert!(none.codes.is_empty());
            prop_assert!(read_codes_at(stored.pages(stored.end()), &[rows.len() as u32]).is_none());

            for end in 0..stored.end() {
                prop_assert!(stored.codes(end).is_none(), "{end}");
            }
        }

        #[test]
        fn times_are_those_of_arrows_reader(
            rows in prop::collection::vec(prop::option::of(any::<i64>()), 1..300),
            version in versions(),
        ) {
            let rows: TimestampMicrosecondArray = rows.into_iter().collect();
            let stored = Stored::new(Arc::new(rows.clone()), version, false);
            prop_assert_eq!(read_times(stored.pages(stored.end())).unwrap(), rows.reinterpret_cast::<Int64Type>());
        }
    }

    #[test]
    fn what_is_not_coded_is_left_to_others() {
        let plain = Stored::new(Arc::new(StringArray::from(vec!["a", "b"])), WriterVersion::PARQUET_1_0, false);
        assert!(plain.codes(plain.end()).is_none());
        assert!(read_times(plain.pages(plain.end())).is_none());
        let numbers = Stored::new(Arc::new(Int64Array::from(vec![1, 2])), WriterVersion::PARQUET_1_0, true);
        assert!(numbers.codes(numbers.end()).is_none());
        assert!(read_times(numbers.pages(numbers.end())).is_none());
    }
}
