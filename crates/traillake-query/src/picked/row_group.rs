//! A row group of a file that is read in pieces.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::physical_plan::parquet::RowGroupAccess;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelectionPolicy,
};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::page_index::column_index::ColumnIndexMetaData;
use datafusion::parquet::file::page_index::offset_index::PageLocation;
use traillake_store::Pieces;

use super::shape::Shape;

/// Rows of a row group, as ranges in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picks(Vec<Range<usize>>);

impl Picks {
    /// What an access plan leaves of so many rows.
    pub(super) fn of(access: Option<&RowGroupAccess>, rows: usize) -> Self {
        match access {
            None | Some(RowGroupAccess::Scan) => Self::default().and(0..rows),
            Some(RowGroupAccess::Skip) => Self::default(),
            Some(RowGroupAccess::Selection(selection)) => {
                let mut start = 0;
                selection.iter().fold(Self::default(), |picks, selector| {
                    let range = start..start + selector.row_count;
                    start = range.end;
                    if selector.skip { picks } else { picks.and(range) }
                })
            }
        }
    }

    /// These, and a range behind them.
    fn and(mut self, range: Range<usize>) -> Self {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.0.push(range),
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many rows they are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(ExactSizeIterator::len).sum()
    }

    /// The ranges within some rows.
    fn within(&self, rows: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self.0.partition_point(|range| range.end <= rows.start);
        let Range { start, end } = *rows;
        let overlapping = self.0[first..].iter().take_while(move |range| range.start < end);
        overlapping.map(move |range| range.start.max(start)..range.end.min(end))
    }

    /// Of each of some pages whether a row of it is picked.
    pub(super) fn pages(&self, pages: &[Range<usize>]) -> Vec<bool> {
        pages.iter().map(|page| self.within(page).next().is_some()).collect()
    }

    /// Leaves out the pages that are not kept.
    pub(super) fn keep_pages(&self, pages: &[Range<usize>], is_kept: &[bool]) -> Self {
        let kept = pages.iter().zip(is_kept).filter(|(_, kept)| **kept);
        kept.flat_map(|(page, _)| self.within(page)).fold(Self::default(), Self::and)
    }

    /// Keeps rows by their codes: those of the wanted pages stand one behind another.
    pub(super) fn keep_codes(&self, pages: &[Range<usize>], is_wanted: &[bool], codes: &[u32], holds: &[bool]) -> Self {
        let mut kept = Self::default();
        let mut before = 0;
        for (page, _) in pages.iter().zip(is_wanted).filter(|(_, wanted)| **wanted) {
            for range in self.within(page) {
                let own = &codes[before + range.start - page.start..before + range.end - page.start];
                for (row, _) in range.zip(own).filter(|(_, code)| holds[**code as usize]) {
                    kept = kept.and(row..row + 1);
                }
            }
            before += page.len();
        }
        kept
    }

    /// Keeps some of the rows, which are told of each picked one in turn.
    pub(super) fn keep(&self, holds: &[bool]) -> Self {
        let rows = self.0.iter().cloned().flatten().zip(holds);
        rows.filter(|(_, holds)| **holds).fold(Self::default(), |kept, (row, _)| kept.and(row..row + 1))
    }

    fn selection(&self, rows: usize) -> RowSelection {
        RowSelection::from_consecutive_ranges(self.0.iter().cloned(), rows)
    }
}

/// A row group.
#[derive(Clone, Copy)]
pub(super) struct RowGroup<'a> {
    shape: &'a Shape,
    place: usize,
    pub(super) rows: usize,
}

impl<'a> RowGroup<'a> {
    pub(super) fn new(shape: &'a Shape, place: usize) -> Self {
        let rows = usize::try_from(shape.reader.metadata().row_group(place).num_rows()).unwrap_or_default();
        Self { shape, place, rows }
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.shape.place(name)
    }

    fn metadata(&self) -> &'a ParquetMetaData {
        self.shape.reader.metadata()
    }

    fn described(&self) -> &'a RowGroupMetaData {
        self.metadata().row_group(self.place)
    }

    pub(super) fn chunk(&self, column: usize) -> &'a ColumnChunkMetaData {
        self.described().column(column)
    }

    /// Where the pages of a column are; none where the file does not say.
    pub(super) fn locations(&self, column: usize) -> &'a [PageLocation] {
        let index = self.metadata().offset_index().and_then(|groups| groups.get(self.place)?.get(column));
        index.map(|index| index.page_locations().as_slice()).unwrap_or_default()
    }

    /// The rows of each page of a column: of one with all where the file does not say.
    pub(super) fn pages(&self, column: usize) -> Vec<Range<usize>> {
        let locations = self.locations(column);
        let starts = locations.iter().map(|page| usize::try_from(page.first_row_index).unwrap_or_default());
        let ends = starts.clone().skip(1).chain([self.rows]);
        let pages: Vec<Range<usize>> = starts.zip(ends).map(|(start, end)| start..end).collect();
        if pages.is_empty() { vec![0..self.rows] } else { pages }
    }

    /// What is known of the values in the pages of a column.
    pub(super) fn page_bounds(&self, column: usize) -> Option<&'a ColumnIndexMetaData> {
        self.metadata().column_index()?.get(self.place)?.get(column)
    }

    /// Whether no picked row can have a value in a column.
    fn is_empty(&self, column: usize, picks: &Picks) -> bool {
        let nulls = self.chunk(column).statistics().and_then(|known| known.null_count_opt());
        if nulls == u64::try_from(self.rows).ok() {
            return true;
        }
        let is_known = |bounds: &&ColumnIndexMetaData| !matches!(bounds, ColumnIndexMetaData::NONE);
        let Some(bounds) = self.page_bounds(column).filter(is_known) else { return false };
        let pages = picks.pages(&self.pages(column));
        let mut wanted = (0..pages.len()).filter(|page| pages[*page]);
        bounds.num_pages() == pages.len() as u64 && wanted.all(|page| bounds.is_null_page(page))
    }

    /// Where the picked rows of a column are in the file: its dictionary, and their pages.
    pub(super) fn ranges(&self, column: usize, picks: &Picks) -> Ranges {
        let (start, length) = self.chunk(column).byte_range();
        let locations = self.locations(column);
        let first = locations.first().and_then(|first| u64::try_from(first.offset).ok());
        let Some(first) = first else { return Ranges { bytes: vec![start..start + length], has_gaps: false } };
        let is_wanted = picks.pages(&self.pages(column));
        let mut wanted = is_wanted.split(|wanted| !wanted).filter(|run| !run.is_empty());
        let mut ranges = Ranges { bytes: Vec::new(), has_gaps: wanted.nth(1).is_some() };
        if first > start {
            ranges.bytes.push(start..first);
        }
        for (page, _) in locations.iter().zip(is_wanted).filter(|(_, wanted)| *wanted) {
            let from = u64::try_from(page.offset).unwrap_or_default();
            let to = from + u64::try_from(page.compressed_page_size).unwrap_or_default();
            match ranges.bytes.last_mut() {
                Some(last) if last.end == from => last.end = to,
                _ => ranges.bytes.push(from..to),
            }
        }
        ranges
    }

    /// Reads the picked rows of some columns.
    pub(super) async fn read(
        &self,
        schema: &SchemaRef,
        picks: &Picks,
        batch_rows: usize,
        reader: &mut dyn AsyncFileReader,
    ) -> Result<Batches> {
        let leaf = |field: &FieldRef| self.shape.place(field.name()).filter(|leaf| !self.is_empty(*leaf, picks));
        let leaves: Vec<Option<usize>> = schema.fields().iter().map(leaf).collect();
        let mut read: Vec<usize> = leaves.iter().flatten().copied().collect();
        read.sort_unstable();
        let ranges: Vec<Ranges> = read.iter().map(|leaf| self.ranges(*leaf, picks)).collect();
        // A mask decodes all between the first row and the last.
        let policy = match ranges.iter().any(|ranges| ranges.has_gaps) {
            true => RowSelectionPolicy::Selectors,
            false => RowSelectionPolicy::default(),
        };
        let rows = match read.is_empty() {
            true => None,
            false => {
                let bytes = fetch(ranges.into_iter().flat_map(|ranges| ranges.bytes).collect(), reader).await?;
                let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.shape.reader.clone());
                let mask = ProjectionMask::roots(builder.parquet_schema(), read.iter().copied());
                let builder = builder.with_projection(mask).with_row_groups(vec![self.place]);
                let builder = builder.with_row_selection(picks.selection(self.rows)).with_row_selection_policy(policy);
                Some(builder.with_batch_size(batch_rows).build()?)
            }
        };
        let places = leaves.into_iter().map(|leaf| read.binary_search(&leaf?).ok()).collect();
        Ok(Batches { rows, places, schema: Arc::clone(schema), left: picks.len(), batch_rows })
    }
}

/// Parts of a file.
pub(super) struct Ranges {
    pub(super) bytes: Vec<Range<u64>>,
    /// Whether there are pages between that are not among them.
    has_gaps: bool,
}

/// Reads parts of a file, all at once.
pub(super) async fn fetch(ranges: Vec<Range<u64>>, reader: &mut dyn AsyncFileReader) -> Result<Pieces> {
    let starts: Vec<u64> = ranges.iter().map(|range| range.start).collect();
    let parts = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?;
    Ok(Pieces::new(starts.into_iter().zip(parts).collect()))
}

/// Picked rows, some at a time.
pub(super) struct Batches {
    /// `None` where no column has to be read.
    rows: Option<ParquetRecordBatchReader>,
    /// For each column its place among those that are read; `None` where it has no value.
    places: Vec<Option<usize>>,
    schema: SchemaRef,
    left: usize,
    batch_rows: usize,
}

impl Batches {
    fn batch(&self, read: Option<&RecordBatch>, rows: usize) -> Result<RecordBatch> {
        let column = |(field, place): (&FieldRef, &Option<usize>)| -> Result<ArrayRef> {
            Ok(match place.zip(read) {
                None => new_null_array(field.data_type(), rows),
                Some((place, read)) if read.column(place).data_type() == field.data_type() => {
                    Arc::clone(read.column(place))
                }
                Some((place, read)) => cast(read.column(place), field.data_type())?,
            })
        };
        let columns = self.schema.fields().iter().zip(&self.places).map(column).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = match &mut self.rows {
            Some(rows) => match rows.next()? {
                Ok(read) => Some(read),
                Err(error) => return Some(Err(error.into())),
            },
            None => None,
        };
        let rows = read.as_ref().map_or(self.left.min(self.batch_rows), RecordBatch::num_rows);
        self.left = self.left.saturating_sub(rows);
        (rows > 0).then(|| self.batch(read.as_ref(), rows))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picks(rows: &[bool]) -> Picks {
        let picked = (0..).zip(rows).filter(|(_, picked)| **picked);
        picked.fold(Picks::default(), |picks, (row, _)| picks.and(row..row + 1))
    }

    proptest! {
        #[test]
        fn picks_are_the_rows_that_hold(
            rows in prop::collection::vec((any::<bool>(), any::<bool>(), 0_u32..3), 0..60),
            cuts in prop::collection::vec(0_usize..60, 0..5),
        ) {
            let first: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let all = picks(&first);
            prop_assert_eq!(all.len(), first.iter().filter(|picked| **picked).count());
            let mut starts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < rows.len()).chain([0]).collect();
            starts.sort_unstable();
            starts.dedup();
            let ends = starts.iter().skip(1).copied().chain([rows.len()]);
            let pages: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
            let wanted = all.pages(&pages);
            let expected: Vec<bool> = pages.iter().map(|page| first[page.clone()].contains(&true)).collect();
            prop_assert_eq!(&wanted, &expected);

            let codes: Vec<u32> = pages.iter().zip(&wanted).filter(|(_, wanted)| **wanted)
                .flat_map(|(page, _)| rows[page.clone()].iter().map(|row| row.2)).collect();
            let holds = [true, false, true];
            let both: Vec<bool> = rows.iter().map(|row| row.0 && holds[row.2 as usize]).collect();
            prop_assert_eq!(all.keep_codes(&pages, &wanted, &codes, &holds), picks(&both));

            let told: Vec<bool> = rows.iter().filter(|row| row.0).map(|row| row.1).collect();
            let both: Vec<bool> = rows.iter().map(|row| row.0 && row.1).collect();
            prop_assert_eq!(all.keep(&told), picks(&both));

            let kept: Vec<bool> = pages.iter().map(|page| page.start % 2 == 0).collect();
            let both: Vec<bool> = (0..rows.len()).map(|row| {
                let page = pages.iter().position(|page| page.contains(&row)).unwrap();
                first[row] && kept[page]
            }).collect();
            prop_assert_eq!(all.keep_pages(&pages, &kept), picks(&both));
        }
    }
}
