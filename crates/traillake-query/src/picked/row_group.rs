//! A row group of a file that is read in pieces.

use std::iter;
use std::ops::Range;

use datafusion::common::{DataFusionError, Result};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::basic::{Compression, Type};
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::page_index::column_index::ColumnIndexMetaData;
use datafusion::parquet::file::page_index::offset_index::PageLocation;
use traillake_store::{ColumnPages, Pieces, Unpacker, bytes_of_pages, rows_of_pages};

use super::picks::Picks;
use super::shape::Shape;

/// Reads parts of a file, all at once.
pub(super) async fn fetch(ranges: Vec<Range<u64>>, reader: &mut dyn AsyncFileReader) -> Result<Pieces> {
    let starts: Vec<u64> = ranges.iter().map(|range| range.start).collect();
    let parts = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?;
    Ok(Pieces::new(starts.into_iter().zip(parts).collect()))
}

/// A row group.
#[derive(Clone, Copy)]
pub(super) struct RowGroup<'a> {
    pub(super) shape: &'a Shape,
    pub(super) place: usize,
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

    pub(super) fn metadata(&self) -> &'a ParquetMetaData {
        self.shape.reader.metadata()
    }

    pub(super) fn described(&self) -> &'a RowGroupMetaData {
        self.metadata().row_group(self.place)
    }

    pub(super) fn chunk(&self, column: usize) -> &'a ColumnChunkMetaData {
        self.described().column(column)
    }

    /// Where the pages of a column are; none where the file, another writer's, does not say.
    pub(super) fn locations(&self, column: usize) -> &'a [PageLocation] {
        let index = self.metadata().offset_index().and_then(|groups| groups.get(self.place)?.get(column));
        index.map(|index| index.page_locations().as_slice()).unwrap_or_default()
    }

    /// The rows of each page of a column.
    pub(super) fn pages(&self, column: usize) -> Vec<Range<usize>> {
        rows_of_pages(self.locations(column), self.rows)
    }

    /// What is known of the values in the pages of a column.
    pub(super) fn page_bounds(&self, column: usize) -> Option<&'a ColumnIndexMetaData> {
        self.metadata().column_index()?.get(self.place)?.get(column)
    }

    /// Whether no picked row can have a value in a column.
    pub(super) fn is_empty(&self, column: usize, picks: &Picks) -> bool {
        let nulls = self.chunk(column).statistics().and_then(|known| known.null_count_opt());
        if nulls == u64::try_from(self.rows).ok() {
            return true;
        }
        let is_known = |bounds: &&ColumnIndexMetaData| !matches!(bounds, ColumnIndexMetaData::NONE);
        let Some(bounds) = self.page_bounds(column).filter(is_known) else { return false };
        let pages = picks.pages(&self.pages(column));
        let mut wanted = (0..pages.len()).filter(|page| pages[*page]);
        !pages.is_empty() && bounds.num_pages() == pages.len() as u64 && wanted.all(|page| bounds.is_null_page(page))
    }

    /// Where the picked rows of a column are in the file: its dictionary, and their pages.
    pub(super) fn ranges(&self, column: usize, picks: &Picks) -> Vec<Range<u64>> {
        let (start, length) = self.chunk(column).byte_range();
        match self.locations(column) {
            [] => iter::once(start..start + length).collect(),
            locations => bytes_of_pages(self.chunk(column), locations, &picks.pages(&self.pages(column))),
        }
    }

    /// The pages of a column.
    pub(super) fn column_pages(&self, file: &Pieces, column: usize, unpacker: &Unpacker) -> Result<ColumnPages> {
        let (chunk, locations) = (self.chunk(column), self.locations(column));
        Ok(ColumnPages::new(file.clone(), chunk, locations, self.rows, unpacker.clone())?)
    }

    /// Whether the pages of a column are as [`ColumnPages`] reads them: those of our writer are.
    pub(super) fn is_own(&self, column: usize) -> bool {
        let compression = self.chunk(column).compression();
        !self.locations(column).is_empty() && matches!(compression, Compression::UNCOMPRESSED | Compression::ZSTD(_))
    }

    /// Whether all rows of a column are codes of a dictionary, as far as the footer says.
    pub(super) fn is_coded(&self, column: usize) -> bool {
        let chunk = self.chunk(column);
        let has_codes = chunk.column_type() == Type::BYTE_ARRAY && chunk.dictionary_page_offset().is_some();
        has_codes && self.is_own(column)
    }
}
