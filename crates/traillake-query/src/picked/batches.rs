//! The wanted columns of the rows that are picked.
//!
//! A column of codes becomes views of its dictionary's values; the others are decoded by the engine's reader, over pages
//! that are unpacked here.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray, StringViewArray, UInt32Array, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use datafusion::parquet::column::page::{PageIterator, PageReader};
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::serialized_reader::SerializedPageReader;
use traillake_store::{Pieces, Unpacker, read_codes};

use super::picks::Picks;
use super::row_group::{RowGroup, fetch};

/// Picked rows, some at a time.
pub(super) struct Batches {
    columns: Vec<Column>,
    /// The columns that are decoded; `None` where there are none.
    decoded: Option<ParquetRecordBatchReader>,
    schema: SchemaRef,
    left: usize,
    /// Picked rows that were given.
    given: usize,
    batch_rows: usize,
}

/// Where the values of a column come from.
enum Column {
    /// No picked row has one.
    Empty,
    Coded(Coded),
    /// The place among those that are decoded.
    Decoded(usize),
}

/// The code of each picked row: 0 for NULL, else the place of its value plus 1.
struct Coded {
    values: Arc<StringArray>,
    codes: Vec<u32>,
    /// The values as views, once they are wanted.
    shared: Option<ArrayRef>,
}

impl Batches {
    /// Reads the picked rows of some columns.
    pub(super) async fn read(
        group: RowGroup<'_>,
        schema: &SchemaRef,
        picks: &Picks,
        batch_rows: usize,
        (reader, unpacker): (&mut dyn AsyncFileReader, &Unpacker),
    ) -> Result<Self> {
        let place = |field: &FieldRef| group.column(field.name()).filter(|column| !group.is_empty(*column, picks));
        let places: Vec<Option<usize>> = schema.fields().iter().map(place).collect();
        let read = picks.decoded();
        let ranges = places.iter().flatten().flat_map(|column| group.ranges(*column, &read)).collect();
        let file =
            if places.iter().all(Option::is_none) { Pieces::new(Vec::new()) } else { fetch(ranges, reader).await? };

        let mut coded = Vec::with_capacity(places.len());
        for (field, place) in schema.fields().iter().zip(&places) {
            let own = place.filter(|column| field.data_type() == &DataType::Utf8View && group.is_coded(*column));
            let own = own.map(|column| Coded::read(group, column, picks, (&file, unpacker))).transpose()?;
            coded.push(own.flatten());
        }
        let mut others: Vec<usize> =
            places.iter().zip(&coded).filter(|(_, coded)| coded.is_none()).filter_map(|(place, _)| *place).collect();
        others.sort_unstable();
        let column = |(place, coded): (Option<usize>, Option<Coded>)| match (place, coded) {
            (None, _) => Column::Empty,
            (Some(_), Some(coded)) => Column::Coded(coded),
            (Some(place), None) => Column::Decoded(others.partition_point(|other| *other < place)),
        };
        let columns = places.into_iter().zip(coded).map(column).collect();
        let decoded = match others.is_empty() {
            true => None,
            false => {
                let descriptor = group.metadata().file_metadata().schema_descr();
                let mask = ProjectionMask::roots(descriptor, others);
                let hint = group.shape.reader.schema().fields();
                let levels = parquet_to_arrow_field_levels(descriptor, mask, Some(hint))?;
                let unpacked = Unpacked { group, file: &file, unpacker };
                let selection = Some(picks.selection(group.rows));
                Some(ParquetRecordBatchReader::try_new_with_row_groups(&levels, &unpacked, batch_rows, selection)?)
            }
        };
        Ok(Self { columns, decoded, schema: Arc::clone(schema), left: picks.len(), given: 0, batch_rows })
    }

    fn batch(&mut self, decoded: Option<&RecordBatch>, rows: Range<usize>) -> Result<RecordBatch> {
        let column = |(field, column): (&FieldRef, &mut Column)| -> Result<ArrayRef> {
            Ok(match column {
                Column::Coded(coded) => coded.views(rows.clone())?,
                Column::Decoded(place) if let Some(decoded) = decoded => {
                    let values = decoded.column(*place);
                    if values.data_type() == field.data_type() {
                        Arc::clone(values)
                    } else {
                        cast(values, field.data_type())?
                    }
                }
                Column::Empty | Column::Decoded(_) => new_null_array(field.data_type(), rows.len()),
            })
        };
        let columns = self.schema.fields().iter().zip(&mut self.columns).map(column).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let decoded = match self.decoded.as_mut().map(Iterator::next) {
            None => None,
            Some(Some(Ok(decoded))) => Some(decoded),
            Some(Some(Err(error))) => return Some(Err(error.into())),
            // Rows that are missing are no rows that do not exist.
            Some(None) if self.left > 0 => {
                return Some(Err(exec_datafusion_err!("a data file has fewer rows than it says")));
            }
            Some(None) => return None,
        };
        let count = decoded.as_ref().map_or(self.batch_rows, RecordBatch::num_rows).min(self.left);
        let rows = self.given..self.given + count;
        self.left -= count;
        self.given = rows.end;
        (count > 0).then(|| self.batch(decoded.as_ref(), rows))
    }
}

impl Coded {
    /// `None` where not all picked rows have codes.
    fn read(
        group: RowGroup<'_>,
        column: usize,
        picks: &Picks,
        (file, unpacker): (&Pieces, &Unpacker),
    ) -> Result<Option<Self>> {
        let pages = group.pages(column);
        let is_wanted = picks.pages(&pages);
        let Some(texts) = read_codes(group.column_pages(file, column, unpacker)?.only(&is_wanted)) else {
            return Ok(None);
        };
        let codes = picks.codes(&pages, &is_wanted, &texts.codes);
        Ok(Some(Self { values: texts.values, codes, shared: None }))
    }

    /// Rows as views: of few rows the values are copied, of many those of the dictionary are shared.
    fn views(&mut self, rows: Range<usize>) -> Result<ArrayRef> {
        let Self { values, codes, shared } = self;
        if codes.len() < values.len() {
            let text = |code: &u32| code.checked_sub(1).map(|place| values.value(place as usize));
            return Ok(Arc::new(codes[rows].iter().map(text).collect::<StringViewArray>()));
        }
        let shared = match shared {
            Some(shared) => shared,
            None => shared.insert(cast(values.as_ref(), &DataType::Utf8View)?),
        };
        let codes = &codes[rows];
        let nulls = codes.contains(&0).then(|| codes.iter().map(|code| *code > 0).collect::<NullBuffer>());
        let places = codes.iter().map(|code| code.saturating_sub(1)).collect::<Vec<_>>();
        Ok(take(shared, &UInt32Array::new(places.into(), nulls), None)?)
    }
}

/// A row group for the engine's reader.
struct Unpacked<'a> {
    group: RowGroup<'a>,
    file: &'a Pieces,
    unpacker: &'a Unpacker,
}

impl RowGroups for Unpacked<'_> {
    fn num_rows(&self) -> usize {
        self.group.rows
    }

    fn column_chunks(&self, column: usize) -> ParquetResult<Box<dyn PageIterator>> {
        let pages: Box<dyn PageReader> = match self.group.is_own(column) {
            true => {
                let pages = self.group.column_pages(self.file, column, self.unpacker);
                Box::new(pages.map_err(|error| ParquetError::External(error.into()))?)
            }
            // Another writer's.
            false => {
                let locations = Some(self.group.locations(column)).filter(|locations| !locations.is_empty());
                let (file, chunk) = (Arc::new(self.file.clone()), self.group.chunk(column));
                let locations = locations.map(<[_]>::to_vec);
                Box::new(SerializedPageReader::new(file, chunk, self.group.rows, locations)?)
            }
        };
        Ok(Box::new(OneChunk(Some(pages))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(iter::once(self.group.described()))
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.group.metadata()
    }
}

/// The pages of one row group's column.
struct OneChunk(Option<Box<dyn PageReader>>);

impl Iterator for OneChunk {
    type Item = ParquetResult<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for OneChunk {}
