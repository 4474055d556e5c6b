//! Row groups whose columns are stored as codes: their pages are all that is read.
//!
//! Columns with conditions come first; of the others only the rows are unpacked that these leave.
//!
//! Of a column of time many pages are not even read: what the page index says of their first and last instant tells what
//! all of them are cut to. Where instants are cut to minutes or more, the minutes that the file keeps take their place.

use std::ops::Range;

use arrow::array::{Int64Array, Int64Builder};
use datafusion::common::{DataFusionError, Result};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use datafusion::parquet::file::page_index::column_index::ColumnIndexMetaData;
use datafusion::parquet::file::page_index::offset_index::PageLocation;
use traillake_store::{
    ColumnPages, CountsReader, Pieces, Unpacker, ValueCounts, bytes_of_pages, read_codes, read_codes_at,
    read_present_codes, read_times, rows_of_pages,
};

use super::kept::minutes_of_rows;
use super::scan::Counted;
use super::tally::Column;
use super::wanted::Wanted;

/// Finding a row among codes takes as long as unpacking so many.
const ROWS_TO_FIND_ONE: usize = 4;
const MILLI_MICROS: i64 = 1_000;

/// The rows of a row group, as a tally takes them.
pub(super) struct Codes {
    /// `None` where the file lacks the column.
    pub(super) columns: Vec<Option<Column>>,
    /// All that were looked at.
    pub(super) rows: usize,
    /// Those that are left.
    pub(super) left: usize,
}

/// What is read of the row groups of a file.
pub(super) struct Reading<'a> {
    pub(super) columns: &'a [Counted],
    pub(super) wanted: &'a [Wanted],
    /// Where the file keeps counts.
    pub(super) counts: &'a ValueCounts,
}

/// What unpacks pages, and counts.
pub(super) struct Unpackers {
    pub(super) pages: Unpacker,
    pub(super) counts: CountsReader,
}

impl Reading<'_> {
    /// The columns of a row group; `None` where one is stored in another way.
    pub(super) async fn read(
        &self,
        (metadata, row_group): (&ParquetMetaData, usize),
        reader: &mut dyn AsyncFileReader,
        unpackers: &mut Unpackers,
    ) -> Result<Option<Codes>> {
        let Ok(rows) = usize::try_from(metadata.row_group(row_group).num_rows()) else { return Ok(None) };
        // Another writer may not say where pages are.
        let Some(stored) = self.stored((metadata, row_group), rows) else { return Ok(None) };
        let ranges: Vec<Range<u64>> = stored.iter().flatten().flat_map(Stored::ranges).collect();
        let starts: Vec<u64> = ranges.iter().map(|range| range.start).collect();
        let parts = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?;
        let file = Pieces::new(starts.into_iter().zip(parts).collect());
        Ok(self.pick(stored, &file, rows, unpackers))
    }

    /// The columns in order, `None` where the file lacks one.
    fn stored<'m>(
        &self,
        (metadata, row_group): (&'m ParquetMetaData, usize),
        rows: usize,
    ) -> Option<Vec<Option<Stored<'m>>>> {
        let stored = |column: &Counted| {
            if let Some(minutes) = minutes_of_rows(column, self.counts, (metadata, row_group)) {
                return Some(Some(Stored::Minutes(minutes)));
            }
            let mut chunks = metadata.row_group(row_group).columns().iter();
            match chunks.position(|chunk| chunk.column_path().parts() == [column.name()]) {
                Some(place) => Pages::of(column, metadata, (row_group, place), rows).map(Stored::Pages).map(Some),
                None => Some(None),
            }
        };
        self.columns.iter().map(stored).collect()
    }

    /// So many rows as they are stored, without those that conditions leave out.
    fn pick(
        &self,
        stored: Vec<Option<Stored<'_>>>,
        file: &Pieces,
        rows: usize,
        unpackers: &mut Unpackers,
    ) -> Option<Codes> {
        let (asked, others): (Vec<usize>, Vec<usize>) =
            (0..stored.len()).partition(|place| self.wanted.iter().any(|condition| condition.place == *place));
        let mut columns: Vec<Option<Column>> = vec![None; stored.len()];
        // The places of the rows that are left; all of them when `None`.
        let mut left: Option<Vec<u32>> = None;
        for place in asked.into_iter().chain(others) {
            let Some(stored) = &stored[place] else { continue };
            let conditions = self.wanted.iter().filter(|condition| condition.place == place);
            let only_values = left.is_none() && conditions.clone().any(|condition| condition.wants_value);
            let column = match stored {
                Stored::Pages(pages) if only_values && pages.is_sparse(rows) => {
                    let (column, places) = pages.read_present(file, rows, &unpackers.pages)?;
                    columns.iter_mut().flatten().for_each(|column| column.keep(&places));
                    left = Some(places);
                    column
                }
                _ => stored.read_left(file, (rows, left.as_deref()), unpackers)?,
            };
            columns[place] = Some(column);
            for condition in conditions {
                let picks = columns[place].as_ref().and_then(Column::texts).and_then(|texts| condition.picks(texts));
                let Some(picks) = picks else { continue };
                columns.iter_mut().flatten().for_each(|column| column.keep(&picks));
                left = Some(match left {
                    Some(before) => picks.iter().map(|place| before[*place as usize]).collect(),
                    None => picks,
                });
            }
        }
        Some(Codes { columns, rows, left: left.map_or(rows, |left| left.len()) })
    }
}

/// How a column of a row group is stored.
enum Stored<'a> {
    Pages(Pages<'a>),
    /// The minutes of its instants, at this place in the file.
    Minutes(Range<u64>),
}

impl Stored<'_> {
    fn ranges(&self) -> Vec<Range<u64>> {
        match self {
            Stored::Pages(pages) => pages.ranges(),
            Stored::Minutes(range) => vec![range.clone()],
        }
    }

    /// Of so many rows those that are left: all of them when `None`.
    fn read_left(
        &self,
        file: &Pieces,
        (rows, left): (usize, Option<&[u32]>),
        unpackers: &mut Unpackers,
    ) -> Option<Column> {
        match left.filter(|left| left.len() * ROWS_TO_FIND_ONE >= rows) {
            None => self.read(file, (rows, left), unpackers),
            Some(many) => {
                let mut column = self.read(file, (rows, None), unpackers)?;
                column.keep(many);
                Some(column)
            }
        }
    }

    /// So many rows, or those at few places among them.
    fn read(&self, file: &Pieces, (rows, few): (usize, Option<&[u32]>), unpackers: &mut Unpackers) -> Option<Column> {
        match self {
            Stored::Pages(pages) => pages.read(file, (rows, few), &unpackers.pages),
            Stored::Minutes(range) => {
                let bytes = file.part(range)?;
                let minutes = unpackers.counts.minutes(&bytes)?;
                of_minutes(&minutes, rows, few).map(Column::Times)
            }
        }
    }
}

/// The beginnings of the minutes of all rows, or of those at some rising places; `None` where it is not so many rows.
fn of_minutes(minutes: &[(Option<i64>, u64)], rows: usize, few: Option<&[u32]>) -> Option<Int64Array> {
    let mut times = Int64Builder::with_capacity(few.map_or(rows, <[u32]>::len));
    let (mut end, mut left) = (0_usize, few.unwrap_or_default());
    for (millis, count) in minutes {
        let count = usize::try_from(*count).ok()?;
        end = end.checked_add(count).filter(|end| *end <= rows)?;
        let own = match few {
            None => count,
            Some(_) => left.partition_point(|place| (*place as usize) < end),
        };
        match millis {
            Some(millis) => times.append_value_n(millis.checked_mul(MILLI_MICROS)?, own),
            None => times.append_nulls(own),
        }
        left = left.get(own..).unwrap_or_default();
    }
    (end == rows).then(|| times.finish())
}

/// A column in its pages.
struct Pages<'a> {
    chunk: &'a ColumnChunkMetaData,
    locations: &'a [PageLocation],
    is_time: bool,
    /// The rows of each page.
    rows: Vec<usize>,
    /// Of each page an instant that all of it counts as, where there is one; the others are read.
    alike: Vec<Option<i64>>,
}

impl<'a> Pages<'a> {
    /// Whether most of so many rows have no value.
    fn is_sparse(&self, rows: usize) -> bool {
        let nulls = self.chunk.statistics().and_then(|statistics| statistics.null_count_opt());
        nulls.is_some_and(|nulls| nulls > rows as u64 / 2)
    }

    /// The rows of a column of texts that have a value, and their places.
    fn read_present(&self, file: &Pieces, rows: usize, unpacker: &Unpacker) -> Option<(Column, Vec<u32>)> {
        let pages = ColumnPages::new(file.clone(), self.chunk, self.locations, rows, unpacker.clone()).ok()?;
        read_present_codes(pages).map(|(texts, places)| (Column::Texts(texts), places))
    }

    /// As [`Stored::read`] does.
    fn read(&self, file: &Pieces, (rows, few): (usize, Option<&[u32]>), unpacker: &Unpacker) -> Option<Column> {
        let pages = ColumnPages::new(file.clone(), self.chunk, self.locations, rows, unpacker.clone()).ok()?;
        if !self.is_time {
            let texts = match few {
                Some(places) => read_codes_at(pages, places),
                None => read_codes(pages),
            };
            return texts.map(Column::Texts);
        }
        let mut times = Column::Times(self.with_alike(read_times(pages.only(&self.is_read()))?)?);
        if let Some(few) = few {
            times.keep(few);
        }
        Some(times)
    }

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
        let is_time = matches!(column, Counted::Time { .. });
        Some(Self { chunk: group.column(place), locations, is_time, rows, alike })
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

    #[test]
    fn rows_have_the_times_of_their_minutes() {
        let minutes = [(None, 0), (Some(120_000), 3), (Some(60_000), 2), (Some(0), 1)];
        let times = |few: Option<&[u32]>| of_minutes(&minutes, 6, few).map(|times| times.values().to_vec());
        assert_eq!(times(None).unwrap(), [120_000_000, 120_000_000, 120_000_000, 60_000_000, 60_000_000, 0]);
        assert_eq!(times(Some(&[0, 2, 3, 5])).unwrap(), [120_000_000, 120_000_000, 60_000_000, 0]);
        assert!(times(Some(&[])).unwrap().is_empty());
        assert!(of_minutes(&minutes, 7, None).is_none());
        assert!(of_minutes(&minutes, 5, Some(&[1])).is_none());
    }

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
