//! Counts that data files keep of their columns: what they answer is not read again.

use std::ops::{Range, RangeInclusive};

use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::parquet::file::statistics::Statistics;
use traillake_store::{ValueCounts, decode_minutes, decode_texts};

use super::scan::Counted;
use super::tally::Tally;

const MINUTE_MS: i64 = 60_000;

/// A question that kept counts can answer: about one column alone.
pub(super) struct Kept<'a> {
    column: &'a str,
    is_time: bool,
    /// Rows whose time in this column is none of these are left out: row groups that have some have to be read.
    within_ms: Option<(&'a str, RangeInclusive<i64>)>,
}

impl<'a> Kept<'a> {
    /// `None` where combinations of columns are counted, or instants more finely than files do.
    pub(super) fn of(columns: &'a [Counted]) -> Option<Self> {
        let mut kept: Option<Self> = None;
        let mut within = None;
        for column in columns {
            let (name, is_time) = match column {
                Counted::Text(name) => (name, false),
                Counted::Time { column, step_ms, within_ms } => {
                    within = within_ms.clone().map(|range| (column.as_str(), range));
                    match step_ms {
                        // They are not read, but may be bounded.
                        None => continue,
                        Some(step) if step % MINUTE_MS != 0 => return None,
                        Some(_) => (column, true),
                    }
                }
            };
            if kept.replace(Self { column: name, is_time, within_ms: None }).is_some() {
                return None;
            }
        }
        kept.map(|kept| Self { within_ms: within, ..kept })
    }

    /// Adds what a file has kept of some row groups; gives the others.
    pub(super) async fn add(
        &self,
        metadata: &ParquetMetaData,
        row_groups: Vec<usize>,
        reader: &mut dyn AsyncFileReader,
        tally: &mut Tally,
    ) -> Result<Vec<usize>> {
        let answers = self.answers(metadata);
        let (mut ranges, mut others) = (Vec::new(), Vec::new());
        for row_group in row_groups {
            match answers.get(row_group).cloned().flatten() {
                Some(range) => ranges.push(range),
                None => others.push(row_group),
            }
        }
        if ranges.is_empty() {
            return Ok(others);
        }
        let damaged = || exec_datafusion_err!("the counts of {} that a data file keeps are damaged", self.column);
        for bytes in reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)? {
            match self.is_time {
                true => tally.add_minutes(&decode_minutes(&bytes).ok_or_else(damaged)?),
                false => tally.add_texts(&decode_texts(&bytes).ok_or_else(damaged)?),
            }
        }
        Ok(others)
    }

    /// For each row group of a file where its counts are; `None` where its rows have to be read.
    pub(super) fn answers(&self, metadata: &ParquetMetaData) -> Vec<Option<Range<u64>>> {
        let places = counts_of(metadata);
        let answer = |row_group| {
            let range = places.as_ref()?.range(row_group, self.column)?;
            self.is_whole(metadata, row_group).then_some(range)
        };
        (0..metadata.num_row_groups()).map(answer).collect()
    }

    /// Whether all rows of a row group count.
    fn is_whole(&self, metadata: &ParquetMetaData, row_group: usize) -> bool {
        let Some((time, within)) = &self.within_ms else { return true };
        let columns = metadata.row_group(row_group).columns();
        let time = columns.iter().find(|column| column.column_path().string() == *time);
        let Some(Statistics::Int64(bounds)) = time.and_then(|time| time.statistics()) else { return false };
        let holds = |micros: Option<&i64>| micros.is_some_and(|micros| within.contains(&micros.div_euclid(1_000)));
        bounds.null_count_opt() == Some(0) && holds(bounds.min_opt()) && holds(bounds.max_opt())
    }
}

fn counts_of(metadata: &ParquetMetaData) -> Option<ValueCounts> {
    let entries = metadata.file_metadata().key_value_metadata()?;
    let entry = entries.iter().find(|entry| entry.key == ValueCounts::footer_key())?;
    ValueCounts::of_footer(entry.value.as_deref()?)
}
