//! What a query would read, and why no more.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::RowGroupAccess;
use datafusion::logical_expr::Expr;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::prelude::lit;
use futures::{StreamExt, TryStreamExt, stream};

use crate::row_groups::RowGroupReport;
use crate::table::{Chosen, METADATA_BYTES_HINT, partitioned};

/// How many footers are read at once.
const FILES_AT_ONCE: usize = 8;

/// What a query would read: its scans, as they are planned, and its plan.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Each scan of an event data store.
    pub scans: Vec<ScanExplanation>,
    /// The physical plan.
    pub plan: String,
}

/// What a scan of an event data store would read.
#[derive(Clone, Debug, Default)]
pub struct ScanExplanation {
    /// The store.
    pub store: String,
    /// The version of it.
    pub version: u64,
    /// The conditions on its columns, and what values its rows must hold.
    pub conditions: Vec<String>,
    /// Columns that would be read.
    pub columns: usize,
    /// Data files of the store.
    pub files: u64,
    /// Of these, the files that what the log knows of them does not rule out.
    pub files_left_by_log: u64,
    /// Of these, the files with a row group that can have answers.
    pub files_left: u64,
    /// Row groups of the files that the log leaves.
    pub row_groups: u64,
    /// Of these, ruled out by their bounds.
    pub row_groups_pruned_by_bounds: u64,
    /// Of these, ruled out by the index of values.
    pub row_groups_pruned_by_value_index: u64,
    /// Of these, ruled out by bloom filters.
    pub row_groups_pruned_by_bloom_filters: u64,
    /// Events of the store.
    pub events: u64,
    /// Events of the pages that would be read. What pages hold of a column can rule out more of them.
    pub events_left: u64,
    /// Events of row groups for which the answer is kept with the data file: none of them is read.
    pub events_counted: u64,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Of these, those of the columns and pages that would be read, by the share of pages.
    pub bytes_left: u64,
}

impl Explanation {
    /// Events that all scans would look at.
    pub fn events(&self) -> u64 {
        self.scans.iter().map(|scan| scan.events_left).sum()
    }

    /// Bytes that all scans would read.
    pub fn bytes(&self) -> u64 {
        self.scans.iter().map(|scan| scan.bytes_left).sum()
    }

    /// Data files that all scans would open.
    pub fn files(&self) -> u64 {
        self.scans.iter().map(|scan| scan.files_left).sum()
    }
}

/// A condition as it is told: instants are written as such.
pub(crate) fn readable(condition: &Expr) -> String {
    let instant = |expr: Expr| {
        let text = match &expr {
            Expr::Literal(ScalarValue::TimestampMillisecond(Some(millis), _), _) => {
                DateTime::from_timestamp_millis(*millis).map(|time| time.format("%Y-%m-%d %H:%M:%S%.f").to_string())
            }
            _ => None,
        };
        Ok(text.map_or_else(|| Transformed::no(expr), |text| Transformed::yes(lit(text))))
    };
    let told = condition.clone().transform(instant).map(|told| told.data.human_display().to_string());
    told.unwrap_or_else(|_| condition.to_string())
}

/// What a query's scans have left out of row groups until now.
#[derive(Clone, Copy)]
pub(crate) struct Pruned {
    by_bounds: u64,
    by_value_index: u64,
    by_bloom_filters: u64,
}

impl Pruned {
    pub(crate) fn until_now(report: &RowGroupReport) -> Self {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Self {
            by_bounds: load(&report.by_bounds),
            by_value_index: load(&report.by_value_index),
            by_bloom_filters: load(&report.by_bloom_filters),
        }
    }

    /// Fills in what was left out since.
    pub(crate) fn since(self, report: &RowGroupReport, explanation: &mut ScanExplanation) {
        let now = Self::until_now(report);
        explanation.row_groups_pruned_by_bounds = now.by_bounds - self.by_bounds;
        explanation.row_groups_pruned_by_value_index = now.by_value_index - self.by_value_index;
        explanation.row_groups_pruned_by_bloom_filters = now.by_bloom_filters - self.by_bloom_filters;
        explanation.row_groups = explanation.row_groups_pruned_by_bounds
            + explanation.row_groups_pruned_by_value_index
            + explanation.row_groups_pruned_by_bloom_filters;
    }
}

/// What a scan reads of the files it opens.
#[derive(Clone, Copy)]
pub(crate) struct Reads<'a> {
    pub(crate) columns: &'a [&'a str],
    /// For each row group where in the file its answer is kept; its columns are not read then.
    pub(crate) kept: Option<Answers<'a>>,
}

/// Where a file keeps answers for its row groups.
pub(crate) type Answers<'a> = &'a (dyn Fn(&ParquetMetaData) -> Vec<Option<Range<u64>>> + Sync);

/// What is left of a file.
#[derive(Clone, Copy, Default)]
struct Left {
    row_groups: u64,
    events: u64,
    events_counted: u64,
    bytes: u64,
}

/// Fills in what is left of files and their row groups, by their footers.
pub(crate) async fn measure(
    files: &[Chosen<'_>],
    reads: Reads<'_>,
    readers: &dyn ParquetFileReaderFactory,
    explanation: &mut ScanExplanation,
) -> Result<()> {
    let footers: Vec<_> = files
        .iter()
        .map(|chosen| async move {
            let file = partitioned(chosen.file);
            let mut reader =
                readers.create_reader(0, file, Some(METADATA_BYTES_HINT), &ExecutionPlanMetricsSet::new())?;
            let metadata = reader.get_metadata(None).await?;
            Ok::<_, datafusion::common::DataFusionError>(left_of(chosen, &metadata, reads))
        })
        .collect();
    let left: Vec<Left> = stream::iter(footers).buffered(FILES_AT_ONCE).try_collect().await?;
    explanation.columns = reads.columns.len();
    explanation.files_left = files.len() as u64;
    explanation.events_left = left.iter().map(|left| left.events).sum();
    explanation.events_counted = left.iter().map(|left| left.events_counted).sum();
    explanation.row_groups += left.iter().map(|left| left.row_groups).sum::<u64>();
    explanation.bytes_left = left.iter().map(|left| left.bytes).sum();
    Ok(())
}

/// The row groups of a file that are read, and the bytes of the columns' pages.
fn left_of(chosen: &Chosen<'_>, metadata: &ParquetMetaData, reads: Reads<'_>) -> Left {
    let kept = reads.kept.map(|kept| kept(metadata)).unwrap_or_default();
    let mut left = Left::default();
    for (place, group) in metadata.row_groups().iter().enumerate() {
        let all = u64::try_from(group.num_rows()).unwrap_or_default();
        let rows = match chosen.access.as_ref().map(|access| &access.plan.inner()[place]) {
            None | Some(RowGroupAccess::Scan) => all,
            Some(RowGroupAccess::Skip) => continue,
            Some(RowGroupAccess::Selection(selection)) => selection.row_count() as u64,
        };
        left.row_groups += 1;
        if let Some(Some(answer)) = kept.get(place) {
            left.events_counted += all;
            left.bytes += answer.end - answer.start;
            continue;
        }
        left.events += rows;
        let read = group.columns().iter().filter(|column| reads.columns.contains(&column.column_descr().name()));
        let bytes = read.map(|column| column.compressed_size()).sum::<i64>() as f64;
        left.bytes += (bytes * rows as f64 / all.max(1) as f64) as u64;
    }
    left
}
