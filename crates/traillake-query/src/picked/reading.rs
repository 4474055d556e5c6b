//! The rows of a data file that meet the conditions, row group by row group.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::slice;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, TimestampMillisecondArray, UInt64Array};
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use arrow::datatypes::{FieldRef, Schema as ArrowSchema};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, Result, ScalarValue, exec_datafusion_err};
use datafusion::datasource::physical_plan::parquet::ParquetAccessPlan;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::file::page_index::column_index::{ColumnIndexMetaData, PrimitiveColumnIndex};
use datafusion::physical_expr::utils::reassign_expr_columns;
use datafusion::physical_plan::metrics::{Count, PruningMetrics};
use traillake_store::{PAGE_ROWS, Unpacker, read_codes};

use super::batches::Batches;
use super::conditions::{Condition, OnText, Query};
use super::picks::Picks;
use super::row_group::{RowGroup, fetch};
use super::shape::Shape;

/// Columns of codes are read at once while they take no more bytes than this; what has more waits for what these leave.
const CODES_AT_ONCE: u64 = 256 << 10;
/// Rows that conditions are asked of at once.
const ROWS_AT_ONCE: usize = 8_192;
/// Rows that are read before it is asked again which others can be among the newest: those of a page.
const PART_ROWS: usize = PAGE_ROWS;

/// Rows that were left out.
#[derive(Clone)]
pub(super) struct LeftOut {
    pub(super) by_pages: PruningMetrics,
    pub(super) by_conditions: Count,
}

/// The parts of a row group: all of it, or, where more may be known after a part, so many rows each.
pub(super) fn parts(query: &Query, rows: usize) -> impl Iterator<Item = Range<usize>> {
    let at_once = if query.awaits_times() { PART_ROWS } else { rows.max(1) };
    (0..rows).step_by(at_once).map(move |start| start..(start + at_once).min(rows))
}

/// A file that is read.
pub(super) struct Reading {
    pub(super) reader: Box<dyn AsyncFileReader + Send>,
    pub(super) shape: Arc<Shape>,
    pub(super) query: Arc<Query>,
    pub(super) unpacker: Unpacker,
    /// What is left of its row groups; all when `None`.
    pub(super) plan: Option<ParquetAccessPlan>,
    /// The parts of row groups to come.
    pub(super) parts: VecDeque<(usize, Range<usize>)>,
    pub(super) batch_rows: usize,
    pub(super) rows_left: usize,
    pub(super) left_out: LeftOut,
    /// The picked rows of the row group at hand.
    pub(super) open: Option<Batches>,
}

impl Reading {
    /// The next rows; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.rows_left > 0 {
            if let Some(batch) = self.open.as_mut().and_then(Iterator::next) {
                let batch = self.query.projector.project_batch(&batch?)?;
                let batch = batch.slice(0, self.rows_left.min(batch.num_rows()));
                self.rows_left -= batch.num_rows();
                return Ok(Some(batch));
            }
            let Some((row_group, rows)) = self.parts.pop_front() else { break };
            self.open = self.open(row_group, &rows).await?;
        }
        Ok(None)
    }

    async fn open(&mut self, place: usize, rows: &Range<usize>) -> Result<Option<Batches>> {
        let (shape, query) = (Arc::clone(&self.shape), Arc::clone(&self.query));
        let group = RowGroup::new(&shape, place);
        let accessed = Picks::of(self.plan.as_ref().and_then(|plan| plan.inner().get(place)), group.rows);
        let accessed = accessed.keep_pages(slice::from_ref(rows), &[true]);
        let asked = by_times(&query, group, &accessed)?;
        self.left_out.by_pages.add_pruned(accessed.len() - asked.len());
        let picks = self.pick(&query, group, asked.clone()).await?;
        self.left_out.by_conditions.add(asked.len() - picks.len());
        match picks.is_empty() {
            true => Ok(None),
            false => {
                let source = (&mut *self.reader as &mut dyn AsyncFileReader, &self.unpacker);
                Batches::read(group, &query.columns, &picks, self.batch_rows, source).await.map(Some)
            }
        }
    }

    /// The rows that meet all conditions.
    async fn pick(&mut self, query: &Query, group: RowGroup<'_>, mut picks: Picks) -> Result<Picks> {
        let mut others: Vec<&Condition> = Vec::new();
        let mut coded: Vec<Coded<'_>> = Vec::new();
        for condition in &query.conditions {
            match &condition.on_text {
                Some(on_text) if let Some(column) = coded_column(condition, &self.shape, group) => {
                    match coded.iter_mut().find(|known| known.column == column) {
                        Some(known) => known.conditions.push((condition, on_text)),
                        None => coded.push(Coded { column, conditions: vec![(condition, on_text)] }),
                    }
                }
                _ => others.push(condition),
            }
        }
        // The last is the first to be asked.
        coded.sort_by_cached_key(|coded| Reverse(bytes(&group.ranges(coded.column, &picks))));
        while !picks.is_empty() && !coded.is_empty() {
            picks = self.pick_by_codes(&mut coded, &mut others, group, picks).await?;
        }
        others.retain(|condition| !condition.is_optional);
        match picks.is_empty() || others.is_empty() {
            true => Ok(picks),
            false => self.pick_by_values(&others, group, picks).await,
        }
    }

    /// Asks the next columns of codes; what cannot be asked of one is left to others.
    async fn pick_by_codes<'a>(
        &mut self,
        coded: &mut Vec<Coded<'a>>,
        others: &mut Vec<&'a Condition>,
        group: RowGroup<'_>,
        mut picks: Picks,
    ) -> Result<Picks> {
        let (mut asked, mut ranges): (Vec<Coded<'_>>, Vec<Range<u64>>) = Default::default();
        while let Some(next) = coded.pop() {
            ranges.extend(group.ranges(next.column, &picks));
            asked.push(next);
            if bytes(&ranges) > CODES_AT_ONCE {
                break;
            }
        }
        let file = fetch(ranges, &mut *self.reader).await?;
        let read = picks.clone();
        for Coded { column, conditions } in asked {
            let pages = group.pages(column);
            let is_wanted = read.pages(&pages);
            let texts = read_codes(group.column_pages(&file, column, &self.unpacker)?.only(&is_wanted));
            for (condition, on_text) in conditions {
                match texts.as_ref().and_then(|texts| Some((&texts.codes, on_text.codes(&texts.values)?))) {
                    Some((codes, holds)) => picks = picks.keep_codes(&pages, &is_wanted, codes, &holds),
                    None => others.push(condition),
                }
            }
        }
        Ok(picks)
    }

    /// Asks conditions of the values of picked rows.
    async fn pick_by_values(&mut self, conditions: &[&Condition], group: RowGroup<'_>, picks: Picks) -> Result<Picks> {
        let mut named = HashSet::new();
        let read = conditions.iter().flat_map(|condition| &condition.columns);
        let read: Vec<FieldRef> = read.filter(|column| named.insert(column.name())).cloned().collect();
        let schema = Arc::new(ArrowSchema::new(read));
        let own = conditions.iter().map(|condition| reassign_expr_columns(Arc::clone(&condition.whole), &schema));
        let own = own.collect::<Result<Vec<_>>>()?;
        let mut holds = Vec::with_capacity(picks.len());
        let source = (&mut *self.reader as &mut dyn AsyncFileReader, &self.unpacker);
        for batch in Batches::read(group, &schema, &picks, ROWS_AT_ONCE, source).await? {
            let mut batch = batch?;
            let mut rows: Vec<usize> = (holds.len()..holds.len() + batch.num_rows()).collect();
            holds.resize(holds.len() + batch.num_rows(), false);
            for condition in &own {
                let answers = condition.evaluate(&batch)?.into_array(batch.num_rows())?;
                let Some(answers) = answers.as_boolean_opt() else {
                    return Err(exec_datafusion_err!("{condition} is no condition"));
                };
                let answers = match answers.null_count() {
                    0 => answers.clone(),
                    _ => prep_null_mask_filter(answers),
                };
                batch = filter_record_batch(&batch, &answers)?;
                rows = rows.into_iter().zip(answers.values()).filter_map(|(row, holds)| holds.then_some(row)).collect();
                if rows.is_empty() {
                    break;
                }
            }
            rows.into_iter().for_each(|row| holds[row] = true);
        }
        Ok(picks.keep(&holds))
    }
}

/// A column of codes, and what is asked of its dictionary.
struct Coded<'a> {
    column: usize,
    conditions: Vec<(&'a Condition, &'a OnText)>,
}

/// The column of a condition on texts, where it is stored as codes.
fn coded_column(condition: &Condition, shape: &Shape, group: RowGroup<'_>) -> Option<usize> {
    shape.place(condition.columns.first()?.name()).filter(|column| group.is_coded(*column))
}

fn bytes(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// Leaves out the pages whose times rule them out.
fn by_times(query: &Query, group: RowGroup<'_>, picks: &Picks) -> Result<Picks> {
    let Some(times) = &query.times else { return Ok(picks.clone()) };
    let Some(column) = group.column(times.column.name()) else { return Ok(picks.clone()) };
    let (pages, bounds) = (group.pages(column), group.page_bounds(column));
    match bounds {
        Some(ColumnIndexMetaData::INT64(bounds)) if bounds.num_pages() == pages.len() as u64 => {
            let is_kept = times.prune(&TimePages { field: &times.column, pages: &pages, bounds })?;
            Ok(picks.keep_pages(&pages, &is_kept))
        }
        _ => Ok(picks.clone()),
    }
}

/// The pages of a column of time, in microseconds, as a pruning predicate asks for them.
struct TimePages<'a> {
    field: &'a FieldRef,
    pages: &'a [Range<usize>],
    bounds: &'a PrimitiveColumnIndex<i64>,
}

impl TimePages<'_> {
    fn times<'a>(&self, column: &Column, micros: impl Iterator<Item = Option<&'a i64>>) -> Option<ArrayRef> {
        // As a cast to milliseconds does.
        let millis = micros.map(|micros| micros.map(|micros| micros / 1_000));
        (column.name() == self.field.name())
            .then(|| Arc::new(millis.collect::<TimestampMillisecondArray>()) as ArrayRef)
    }
}

impl PruningStatistics for TimePages<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.times(column, self.bounds.min_values_iter())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.times(column, self.bounds.max_values_iter())
    }

    fn num_containers(&self) -> usize {
        self.pages.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.pages.iter().map(|page| Some(page.len() as u64)).collect::<UInt64Array>()))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
