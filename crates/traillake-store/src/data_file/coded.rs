//! Columns whose rows are known by codes, as the pages of a dictionary.
//!
//! Most columns of an import are dictionaries already. Parquet's own writer would look the value of every row up once
//! more, and compare it for the bounds of its page; here a row costs the packing of its code, and values are touched
//! once.

use arrow::array::{Array, StringArray};
use parquet::basic::Type;
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;

use super::chunk::{Chunk, ChunkWriter, Codes};
use super::codes::is_flat;
use super::writer::ColumnWriter;
use crate::value_index::{PAGE_ROWS, Pages, page_of};

/// The code of rows that are NULL.
const NULL: u32 = u32::MAX;

/// The rows of one row group's column.
pub(super) struct Coded<'a> {
    values: &'a StringArray,
    /// The values that rows have, by their places in `values`, as they come first.
    used: Vec<u32>,
    /// For each row its value's place in `used`, or [`NULL`]; nothing where there are no values.
    codes: Vec<u32>,
    /// Where each of the values stands.
    stands: Vec<Stands>,
    rows: usize,
}

/// Where a value stands.
#[derive(Clone, Copy, Default)]
struct Stands {
    /// How many rows have it.
    rows: u32,
    pages: Pages,
}

/// Values in their order.
struct Sorted {
    /// For each place in the order the value's code.
    codes: Vec<u32>,
    /// For each code its value's place in the order.
    ranks: Vec<u32>,
}

impl<'a> Coded<'a> {
    /// Of each row's place among the values; a negative one is NULL.
    pub(super) fn new(values: &'a StringArray, rows: impl ExactSizeIterator<Item = i32>) -> Self {
        let mut coded = Self { values, used: Vec::new(), codes: Vec::new(), stands: Vec::new(), rows: rows.len() };
        // A third of all columns has no value in a row group.
        if !values.is_empty() {
            coded.codes = coded.number(rows);
            coded.stands = coded.stand();
        }
        coded
    }

    /// Numbers the values as they come first, and tells each row's number.
    fn number(&mut self, rows: impl Iterator<Item = i32>) -> Vec<u32> {
        let mut codes_of = vec![NULL; self.values.len()];
        let codes = rows.map(|row| {
            let Some(code) = usize::try_from(row).ok().and_then(|row| codes_of.get_mut(row)) else { return NULL };
            if *code == NULL {
                *code = self.used.len() as u32;
                self.used.push(row.cast_unsigned());
            }
            *code
        });
        codes.collect()
    }

    fn stand(&self) -> Vec<Stands> {
        let mut stands = vec![Stands::default(); self.used.len()];
        for (page, codes) in self.codes.chunks(PAGE_ROWS).enumerate() {
            let page = page_of(page * PAGE_ROWS);
            for code in codes {
                if let Some(stands) = stands.get_mut(*code as usize) {
                    stands.rows += 1;
                    stands.pages |= page;
                }
            }
        }
        stands
    }

    /// Each value that rows have, and the pages they stand in.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&'a str, Pages)> {
        self.used().zip(&self.stands).map(|(value, stands)| (value, stands.pages))
    }

    /// How many rows are NULL, and how many have each value.
    pub(super) fn counts(&self) -> (u64, impl ExactSizeIterator<Item = (&'a str, u64)>) {
        let present: u64 = self.stands.iter().map(|stands| u64::from(stands.rows)).sum();
        let counts = self.used().zip(&self.stands).map(|(value, stands)| (value, u64::from(stands.rows)));
        (self.rows as u64 - present, counts)
    }

    /// The column in pages of so many rows each; nothing where its dictionary would be too large.
    pub(super) fn encode(
        &self,
        page_rows: impl Iterator<Item = usize>,
        writer: &ColumnWriter,
    ) -> Result<Option<Chunk>, ParquetError> {
        let ColumnWriter { column, properties, .. } = writer;
        let dictionary = self.dictionary();
        if dictionary.len() > properties.column_dictionary_page_size_limit(column.path())
            || !is_flat(column, Type::BYTE_ARRAY)
        {
            return Ok(None);
        }
        let mut chunk = ChunkWriter::new(writer);
        chunk.add_dictionary(dictionary, self.used.len());
        if self.used.is_empty() {
            // There is nothing to choose among pages for.
            chunk.add_nulls(self.rows);
            return chunk.close(0, self.bloom_filter(writer)?).map(Some);
        }
        let sorted = chunk.has_bounds().then(|| self.sorted());
        let mut left = self.codes.as_slice();
        for rows in page_rows {
            let (page, rest) = left.split_at(rows.min(left.len()));
            if !page.is_empty() {
                let bounds = sorted.as_ref().and_then(|sorted| self.bounds(page, sorted));
                chunk.add_page(Codes { codes: page, null: NULL, values: self.used.len() }, bounds);
            }
            left = rest;
        }
        let bytes = self.counts().1.map(|(value, rows)| value.len() as u64 * rows).sum();
        chunk.close(bytes, self.bloom_filter(writer)?).map(Some)
    }

    fn value(&self, code: u32) -> &'a str {
        self.values.value(self.used[code as usize] as usize)
    }

    fn used(&self) -> impl ExactSizeIterator<Item = &'a str> {
        self.used.iter().map(|place| self.values.value(*place as usize))
    }

    /// The values as Parquet writes them: each behind its length.
    fn dictionary(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.used().map(|value| size_of::<u32>() + value.len()).sum());
        for value in self.used() {
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        bytes
    }

    fn sorted(&self) -> Sorted {
        let mut codes: Vec<u32> = (0..self.used.len() as u32).collect();
        codes.sort_unstable_by_key(|code| self.value(*code));
        let mut ranks = vec![0; codes.len()];
        for (rank, code) in (0..).zip(&codes) {
            ranks[*code as usize] = rank;
        }
        Sorted { codes, ranks }
    }

    /// The smallest and the largest value of some rows.
    fn bounds(&self, codes: &[u32], sorted: &Sorted) -> Option<(&'a str, &'a str)> {
        let mut ends: Option<(u32, u32)> = None;
        for rank in codes.iter().filter_map(|code| sorted.ranks.get(*code as usize)) {
            ends = Some(ends.map_or((*rank, *rank), |(min, max)| (min.min(*rank), max.max(*rank))));
        }
        let value = |rank: u32| self.value(sorted.codes[rank as usize]);
        ends.map(|(min, max)| (value(min), value(max)))
    }

    fn bloom_filter(&self, writer: &ColumnWriter) -> Result<Option<Sbbf>, ParquetError> {
        let Some(wanted) = writer.properties.bloom_filter_properties(writer.column.path()) else { return Ok(None) };
        let mut filter = Sbbf::new_with_ndv_fpp(self.used.len().max(1) as u64, wanted.fpp())?;
        self.used().for_each(|value| filter.insert(value));
        Ok(Some(filter))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, RecordBatch};
    use arrow::datatypes::{DataType, Field};
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::metadata::PageIndexPolicy;
    use parquet::file::page_index::column_index::ColumnIndexMetaData;
    use parquet::file::properties::{EnabledStatistics, WriterProperties};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use proptest::prelude::*;

    use super::super::chunk::Compressors;
    use super::*;

    const FEW_ROWS: usize = 100;

    fn properties() -> WriterProperties {
        WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_data_page_row_count_limit(FEW_ROWS)
            .set_write_batch_size(FEW_ROWS)
            .set_statistics_truncate_length(Some(16))
            .set_column_index_truncate_length(Some(16))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_bloom_filter_enabled(true)
            .build()
    }

    fn coded(values: &StringArray, rows: &[i32]) -> Bytes {
        let schema = Arc::new(parse_message_type("message rows { optional binary text (UTF8); }").unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties())).unwrap();
        let coded = Coded::new(values, rows.iter().copied());
        let pages = std::iter::repeat_n(FEW_ROWS, rows.len().div_ceil(FEW_ROWS));
        let chunk = coded.encode(pages, &column_writer(&writer)).unwrap().unwrap();
        let mut group = writer.next_row_group().unwrap();
        chunk.append_to(&mut group).unwrap();
        group.close().unwrap();
        writer.into_inner().unwrap().into()
    }

    fn column_writer(file: &SerializedFileWriter<Vec<u8>>) -> ColumnWriter {
        ColumnWriter {
            field: Arc::new(Field::new("text", DataType::Utf8, true)),
            column: file.schema_descr().column(0),
            properties: Arc::clone(file.properties()),
            compressors: Arc::new(Compressors::new(1)),
        }
    }

    fn plain(rows: &StringArray) -> Bytes {
        let batch = RecordBatch::try_from_iter([("text", Arc::new(rows.clone()) as ArrayRef)]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties())).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap().into()
    }

    fn opened(file: &Bytes) -> ParquetRecordBatchReaderBuilder<Bytes> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        ParquetRecordBatchReaderBuilder::try_new_with_options(file.clone(), options).unwrap()
    }

    fn texts(file: &Bytes) -> Vec<Option<String>> {
        let batches = opened(file).build().unwrap().map(Result::unwrap);
        batches
            .flat_map(|batch| {
                let column = batch.column(0).as_string::<i32>();
                column.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
            })
            .collect()
    }

    fn rows_of(values: &StringArray, rows: &[i32]) -> StringArray {
        rows.iter().map(|row| usize::try_from(*row).ok().map(|row| values.value(row))).collect()
    }

    proptest! {
        #[test]
        fn rows_and_bounds_are_those_of_parquets_own_writer(
            values in prop::collection::btree_set("(\\PC{0,3}|[a-z]{0,24}|\u{10ffff}{5})", 1..40),
            runs in prop::collection::vec((-1..40_i32, 1..60_usize), 1..40),
        ) {
            let values: StringArray = values.into_iter().rev().map(Some).collect();
            let place = |of: i32| if of < 0 { of } else { of % values.len() as i32 };
            let rows: Vec<i32> = runs.into_iter().flat_map(|(of, count)| std::iter::repeat_n(place(of), count)).collect();
            let expected = rows_of(&values, &rows);
            let (ours, theirs) = (coded(&values, &rows), plain(&expected));
            prop_assert_eq!(texts(&ours), expected.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>());
            let (ours, theirs) = (opened(&ours), opened(&theirs));
            let column = |of: &ParquetRecordBatchReaderBuilder<Bytes>| of.metadata().row_group(0).column(0).clone();
            prop_assert_eq!(column(&ours).statistics().cloned(), column(&theirs).statistics().cloned());
            prop_assert_eq!(column(&ours).num_values(), column(&theirs).num_values());
            if expected.null_count() < expected.len() {
                let index = |of: &ParquetRecordBatchReaderBuilder<Bytes>| {
                    let ColumnIndexMetaData::BYTE_ARRAY(index) = of.metadata().column_index().unwrap()[0][0].clone()
                    else {
                        panic!("no index of texts")
                    };
                    let owned = |value: Option<&[u8]>| value.map(<[u8]>::to_vec);
                    let ends: Vec<_> =
                        index.min_values_iter().map(owned).zip(index.max_values_iter().map(owned)).collect();
                    (ends, of.metadata().column_index().unwrap()[0][0].get_boundary_order())
                };
                prop_assert_eq!(index(&ours), index(&theirs));
            }
            let filter = ours.get_row_group_column_bloom_filter(0, 0).unwrap().unwrap();
            prop_assert!(expected.iter().flatten().all(|text| filter.check(&text)));
        }
    }

    #[test]
    fn a_column_without_values_is_one_page() {
        let file = coded(&StringArray::new_null(0), &[-1; 1_000]);
        assert_eq!(texts(&file), vec![None; 1_000]);
        let offsets = opened(&file);
        assert_eq!(offsets.metadata().offset_index().unwrap()[0][0].page_locations().len(), 1);
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        let values: StringArray = (0..200)
            .map(|number| Some(format!("value {number} of many that are alike in all but their number")))
            .collect();
        let codec = |rows: &[i32]| opened(&coded(&values, rows)).metadata().row_group(0).column(0).compression();
        let mut random = 1_u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as i32 % 199
        };
        let scattered: Vec<i32> = (0..200_000).map(|_| next()).collect();
        assert_eq!(codec(&scattered), Compression::UNCOMPRESSED);
        // Of few rows most is the dictionary.
        assert!(matches!(codec(&scattered[..1_000]), Compression::ZSTD(_)));
    }

    #[test]
    fn values_too_large_for_a_dictionary_are_left_to_others() {
        let values = StringArray::from(vec!["x".repeat(2 << 20)]);
        let schema = Arc::new(parse_message_type("message rows { optional binary text (UTF8); }").unwrap());
        let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties())).unwrap();
        let coded = Coded::new(&values, [0].into_iter());
        assert!(coded.encode([1].into_iter(), &column_writer(&writer)).unwrap().is_none());
    }
}
