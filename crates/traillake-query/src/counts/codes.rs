//! Row groups whose columns are stored as codes: their pages are all that is read.

use std::ops::Range;

use datafusion::common::{DataFusionError, Result};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::ParquetMetaData;
use traillake_store::{ColumnPages, Pieces, Unpacker, read_codes, read_times};

use super::scan::Counted;
use super::tally::Column;

/// The rows of a row group, as a tally takes them.
pub(super) struct Codes {
    /// `None` where the file lacks the column.
    pub(super) columns: Vec<Option<Column>>,
    pub(super) rows: usize,
}

/// The columns of a row group; `None` where one is stored in another way.
pub(super) async fn read(
    columns: &[Counted],
    (metadata, row_group): (&ParquetMetaData, usize),
    (reader, unpacker): (&mut dyn AsyncFileReader, &Unpacker),
) -> Result<Option<Codes>> {
    let group = metadata.row_group(row_group);
    let (Ok(rows), Some(pages)) = (usize::try_from(group.num_rows()), metadata.offset_index()) else { return Ok(None) };
    let place = |column: &Counted| {
        let mut chunks = group.columns().iter();
        chunks.position(|chunk| chunk.column_path().parts() == [column.name()])
    };
    let places: Vec<Option<usize>> = columns.iter().map(place).collect();
    let range = |place: &usize| {
        let (start, length) = group.column(*place).byte_range();
        start..start + length
    };
    let ranges: Vec<Range<u64>> = places.iter().flatten().map(range).collect();
    let starts: Vec<u64> = ranges.iter().map(|range| range.start).collect();
    let parts = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?;
    let file = Pieces::new(starts.into_iter().zip(parts).collect());
    let mut read = Vec::with_capacity(columns.len());
    for (column, place) in columns.iter().zip(places) {
        let Some(place) = place else {
            read.push(None);
            continue;
        };
        let locations = pages[row_group][place].page_locations();
        let pages = ColumnPages::new(file.clone(), group.column(place), locations, rows, unpacker.clone())?;
        let values = match column {
            Counted::Text(_) => read_codes(pages, &vec![true; locations.len()]).map(Column::Texts),
            Counted::Time { .. } => read_times(pages).map(Column::Times),
        };
        match values {
            Some(values) => read.push(Some(values)),
            None => return Ok(None),
        }
    }
    Ok(Some(Codes { columns: read, rows }))
}
