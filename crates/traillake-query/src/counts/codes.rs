//! Row groups whose columns are stored as codes: their pages are all that is read.
//!
//! Of a column of time many pages are not even that: what the page index says of their first and last instant tells
//! what all of them are cut to.

use std::ops::Range;

use arrow::array::{Int64Array, Int64Builder};
use datafusion::common::{DataFusionError, Result};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use datafusion::parquet::file::page_index::column_index::ColumnIndexMetaData;
use datafusion::parquet::file::page_index::offset_index::PageLocation;
use traillake_store::{ColumnPages, Pieces, Unpacker, bytes_of_pages, read_codes, read_times, rows_of_pages};

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
    let Ok(rows) = usize::try_from(group.num_rows()) else { return Ok(None) };
    let place = |column: &Counted| {
        let mut chunks = group.columns().iter();
        chunks.position(|chunk| chunk.column_path().parts() == [column.name()])
    };
    let mut stored = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(place) = place(column) else {
            stored.push(None);
            continue;
        };
        // Another writer may not say where pages are.
        let Some(own) = Stored::of(column, metadata, (row_group, place), rows) else { return Ok(None) };
        stored.push(Some(own));
    }
    let ranges: Vec<Range<u64>> = stored.iter().flatten().flat_map(Stored::ranges).collect();
    let starts: Vec<u64> = ranges.iter().map(|range| range.start).collect();
    let parts = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?;
    let file = Pieces::new(starts.into_iter().zip(parts).collect());
    let mut read = Vec::with_capacity(columns.len());
    for (column, stored) in columns.iter().zip(stored) {
        let Some(stored) = stored else {
            read.push(None);
            continue;
        };
        let pages = ColumnPages::new(file.clone(), stored.chunk, stored.locations, rows, unpacker.clone());
        let Ok(pages) = pages else { return Ok(None) };
        let pages = pages.only(&stored.is_read());
        let values = match column {
            Counted::Text(_) => read_codes(pages).map(Column::Texts),
            Counted::Time { .. } => read_times(pages).and_then(|times| stored.with_alike(times)).map(Column::Times),
        };
        match values {
            Some(values) => read.push(Some(values)),
            None => return Ok(None),
        }
    }
    Ok(Some(Codes { columns: read, rows }))
}

/// A column of a row group.
struct Stored<'a> {
    chunk: &'a ColumnChunkMetaData,
    locations: &'a [PageLocation],
    /// The rows of each page.
    rows: Vec<usize>,
    /// Of each page an instant that all of it counts as, where there is one; the others are read.
    alike: Vec<Option<i64>>,
}

impl<'a> Stored<'a> {
    /// `None` where the file does not say where its pages are.
    fn of(
        column: &Counted,
        metadata: &'a ParquetMetaData,
        (row_group, place): (usize, usize),
        rows: usize,
    ) -> Option<Self> {
        let group = metadata.row_group(row_group);
        let locations = metadata.offset_index()?.get(row_group)?.get(place)?.page_locations();
        if locations.is_empty() {
            return None;
        }
        let bounds = metadata.column_index().and_then(|groups| groups.get(row_group)?.get(place));
        let alike = match bounds {
            Some(ColumnIndexMetaData::INT64(bounds)) if bounds.num_pages() == locations.len() as u64 => {
                let page = |page| {
                    let whole = bounds.null_count(page) == Some(0);
                    column.alike_micros(*bounds.min_value(page)?, *bounds.max_value(page)?).filter(|_| whole)
                };
                (0..locations.len()).map(page).collect()
            }
            _ => vec![None; locations.len()],
        };
        let rows = rows_of_pages(locations, rows).into_iter().map(|rows| rows.len()).collect();
        Some(Self { chunk: group.column(place), locations, rows, alike })
    }

    /// Whether each page is read.
    fn is_read(&self) -> Vec<bool> {
        self.alike.iter().map(Option::is_none).collect()
    }

    fn ranges(&self) -> Vec<Range<u64>> {
        bytes_of_pages(self.chunk, self.locations, &self.is_read())
    }

    /// All rows, out of those that were read.
    fn with_alike(&self, read: Int64Array) -> Option<Int64Array> {
        if self.alike.iter().all(Option::is_none) {
            return Some(read);
        }
        let mut all = Int64Builder::with_capacity(self.rows.iter().sum());
        let mut start = 0;
        for (rows, alike) in self.rows.iter().zip(&self.alike) {
            match alike {
                Some(micros) => all.append_value_n(*micros, *rows),
                None => {
                    let end = (start + rows <= read.len()).then_some(start + rows)?;
                    all.append_array(&read.slice(start, *rows));
                    start = end;
                }
            }
        }
        Some(all.finish())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_between_alike_instants_are_alike(
            low in -20_000_000_i64..20_000_000,
            length in 0_i64..5_000_000,
            between in 0_i64..5_000_000,
            step in prop::option::of(1_000_i64..3_000),
            within in prop::option::of((-20_000_i64..20_000, 0_i64..20_000)),
        ) {
            let within_ms = within.map(|(start, length)| start..=start + length);
            let column = Counted::Time { column: String::new(), step_ms: step, within_ms };
            if let Some(alike) = column.alike_micros(low, low + length) {
                let cut = |micros| column.cut_micros(Some(micros));
                prop_assert_eq!(cut(alike), cut(low + between.min(length)));
            }
        }
    }
}
