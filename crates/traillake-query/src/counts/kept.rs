//! Counts that data files keep of their columns: what they answer is not read again.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::parquet::file::statistics::Statistics;
use traillake_store::{CountsReader, ValueCounts};

use super::scan::Counted;
use super::tally::Tally;
use crate::cache::Cache;

const MINUTE_MS: i64 = 60_000;
/// What sums of counts may take of memory: some kilobytes for each file and column that was asked for.
const SUM_BYTES_MAX: usize = 32 << 20;
/// What is known of where counts stand: some kilobytes for each row group.
const PLACE_BYTES_MAX: usize = 16 << 20;

/// What was read of the counts that files keep.
#[derive(Debug)]
pub(crate) struct ReadCounts {
    /// By the path of a file; empty where it keeps none.
    places: Cache<String, ValueCounts>,
    /// By the path of a file, and where in it those stand that were summed up.
    sums: Cache<(String, Vec<u64>), Counts>,
}

impl Default for ReadCounts {
    fn default() -> Self {
        Self { places: Cache::new(PLACE_BYTES_MAX), sums: Cache::new(SUM_BYTES_MAX) }
    }
}

impl ReadCounts {
    pub(super) fn places(&self, path: &str, metadata: &ParquetMetaData) -> Arc<ValueCounts> {
        self.places.get(path).unwrap_or_else(|| {
            let text = footer(metadata);
            let places = text.and_then(ValueCounts::of_footer).unwrap_or_default();
            self.places.keep(path.to_owned(), places, text.map_or(0, str::len))
        })
    }
}

/// How often values occur.
#[derive(Debug)]
enum Counts {
    Texts(Vec<(Option<Box<str>>, u64)>),
    /// Their beginnings in milliseconds.
    Minutes(Vec<(Option<i64>, u64)>),
}

impl Counts {
    /// About what they take of memory.
    fn bytes(&self) -> usize {
        match self {
            Counts::Texts(counts) => {
                let texts: usize = counts.iter().flat_map(|(text, _)| text.as_deref()).map(str::len).sum();
                texts + mem::size_of_val(counts.as_slice())
            }
            Counts::Minutes(counts) => mem::size_of_val(counts.as_slice()),
        }
    }

    fn add_to(&self, tally: &mut Tally) {
        match self {
            Counts::Texts(counts) => tally.add_texts(counts),
            Counts::Minutes(counts) => tally.add_minutes(counts),
        }
    }
}

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
        (path, metadata): (&str, &ParquetMetaData),
        row_groups: Vec<usize>,
        reader: &mut dyn AsyncFileReader,
        read: &ReadCounts,
        tally: &mut Tally,
    ) -> Result<Vec<usize>> {
        let answers = self.answers_at(&read.places(path, metadata), metadata);
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
        let key = (path.to_owned(), ranges.iter().map(|range| range.start).collect());
        let sum = match read.sums.get(&key) {
            Some(sum) => sum,
            None => {
                let counts = reader.get_byte_ranges(ranges).await.map_err(DataFusionError::from)?;
                let sum = self.sum(counts.iter().map(AsRef::as_ref))?;
                let bytes = sum.bytes();
                read.sums.keep(key, sum, bytes)
            }
        };
        sum.add_to(tally);
        Ok(others)
    }

    fn sum<'b>(&self, counts: impl Iterator<Item = &'b [u8]>) -> Result<Counts> {
        let damaged = || exec_datafusion_err!("the counts of {} that a data file keeps are damaged", self.column);
        let mut reader = CountsReader::new()?;
        Ok(match self.is_time {
            true => Counts::Minutes(summed(counts.map(|counts| reader.minutes(counts).ok_or_else(damaged)))?),
            false => Counts::Texts(summed(counts.map(|counts| reader.texts(counts).ok_or_else(damaged)))?),
        })
    }

    /// For each row group of a file where its counts are; `None` where its rows have to be read.
    pub(super) fn answers(&self, metadata: &ParquetMetaData) -> Vec<Option<Range<u64>>> {
        let places = footer(metadata).and_then(ValueCounts::of_footer).unwrap_or_default();
        self.answers_at(&places, metadata)
    }

    fn answers_at(&self, places: &ValueCounts, metadata: &ParquetMetaData) -> Vec<Option<Range<u64>>> {
        let answer = |row_group| {
            let range = places.range(row_group, self.column)?;
            self.is_whole(metadata, row_group).then_some(range)
        };
        (0..metadata.num_row_groups()).map(answer).collect()
    }

    /// Whether all rows of a row group count.
    fn is_whole(&self, metadata: &ParquetMetaData, row_group: usize) -> bool {
        let Some((time, within)) = &self.within_ms else { return true };
        is_within(metadata, row_group, (time, within))
    }
}

/// Where a file keeps the minutes of a row group's instants, one after another as its rows come; `None` where they do not
/// tell of every row what it counts as.
pub(super) fn minutes_of_rows(
    column: &Counted,
    places: &ValueCounts,
    (metadata, row_group): (&ParquetMetaData, usize),
) -> Option<Range<u64>> {
    let Counted::Time { column, step_ms, within_ms } = column else { return None };
    let range = places.range(row_group, column)?;
    let within = within_ms.clone().unwrap_or(i64::MIN..=i64::MAX);
    let tells = step_ms.is_none_or(|step| step % MINUTE_MS == 0) && is_within(metadata, row_group, (column, &within));
    tells.then_some(range)
}

/// Whether all rows of a row group have a time, and one within bounds.
fn is_within(metadata: &ParquetMetaData, row_group: usize, (time, within): (&str, &RangeInclusive<i64>)) -> bool {
    let columns = metadata.row_group(row_group).columns();
    let time = columns.iter().find(|column| column.column_path().parts() == [time]);
    let Some(Statistics::Int64(bounds)) = time.and_then(|time| time.statistics()) else { return false };
    let holds = |micros: Option<&i64>| micros.is_some_and(|micros| within.contains(&micros.div_euclid(1_000)));
    bounds.null_count_opt() == Some(0) && holds(bounds.min_opt()) && holds(bounds.max_opt())
}

/// Each value once.
fn summed<V: Eq + Hash>(counts: impl Iterator<Item = Result<Vec<(V, u64)>>>) -> Result<Vec<(V, u64)>> {
    let mut sums: HashMap<V, u64> = HashMap::new();
    for counts in counts {
        for (value, count) in counts? {
            let sum = sums.entry(value).or_default();
            *sum = sum.saturating_add(count);
        }
    }
    Ok(sums.into_iter().collect())
}

/// What the footer says of where counts are.
fn footer(metadata: &ParquetMetaData) -> Option<&str> {
    let entries = metadata.file_metadata().key_value_metadata()?;
    entries.iter().find(|entry| entry.key == ValueCounts::footer_key())?.value.as_deref()
}
