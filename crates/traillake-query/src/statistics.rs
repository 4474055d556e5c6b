//! What a query read.

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::counts::scan::CountExec;
use crate::table::ScanReport;

/// What a query has read so far; final once its results have ended.
///
/// CloudTrail Lake's `DescribeQuery` answers events scanned, bytes scanned and execution time; the rest says how
/// little that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueryStatistics {
    /// Events that were looked at, one by one.
    pub events_scanned: u64,
    /// Bytes of data files that were read.
    pub bytes_scanned: u64,
    /// Rows of the result so far.
    pub rows: u64,
    /// Data files in the snapshots that were queried.
    pub files: u64,
    /// Data files left out because no event in them can match.
    pub files_pruned: u64,
    /// Events in the data files that were not left out: no more than these will be scanned.
    pub events_in_files: u64,
    /// Row groups of the opened files left out by bounds.
    pub row_groups_pruned_by_bounds: u64,
    /// Row groups of the opened files left out by bloom filters.
    pub row_groups_pruned_by_bloom_filters: u64,
    /// Row groups of the opened files left out by the index of values.
    pub row_groups_pruned_by_value_index: u64,
    /// Rows of the read row groups left out by the page index and the index of values.
    pub rows_pruned_by_pages: u64,
    /// Time since the query started, planning included.
    pub elapsed: Duration,
}

impl QueryStatistics {
    pub(crate) fn gather(plan: &Arc<dyn ExecutionPlan>, report: &ScanReport) -> Self {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut statistics = Self {
            files: load(&report.files),
            files_pruned: load(&report.files_pruned) + load(&report.row_groups.files_pruned),
            events_in_files: load(&report.events),
            row_groups_pruned_by_bounds: load(&report.row_groups.by_bounds),
            row_groups_pruned_by_bloom_filters: load(&report.row_groups.by_bloom_filters),
            row_groups_pruned_by_value_index: load(&report.row_groups.by_value_index),
            rows_pruned_by_pages: load(&report.row_groups.rows_by_value_index),
            bytes_scanned: load(&report.row_groups.bytes),
            ..Self::default()
        };
        statistics.visit(plan);
        statistics
    }

    fn visit(&mut self, plan: &Arc<dyn ExecutionPlan>) {
        if ["DataSourceExec", CountExec::NAME].contains(&plan.name())
            && let Some(metrics) = plan.metrics()
        {
            self.add(&metrics);
        }
        for child in plan.children() {
            self.visit(child);
        }
    }

    fn add(&mut self, metrics: &MetricsSet) {
        for metric in metrics.iter() {
            match metric.value() {
                MetricValue::OutputRows(rows) => self.events_scanned += rows.value() as u64,
                MetricValue::Count { name, count } => match name.as_ref() {
                    "bytes_scanned" => self.bytes_scanned += count.value() as u64,
                    // Rows a filter dropped inside the reader were scanned too.
                    "pushdown_rows_pruned" => self.events_scanned += count.value() as u64,
                    "row_groups_pruned_dynamic_filter" => self.row_groups_pruned_by_bounds += count.value() as u64,
                    _ => {}
                },
                MetricValue::PruningMetrics { name, pruning_metrics } => {
                    let pruned = pruning_metrics.pruned() as u64;
                    match name.as_ref() {
                        "files_ranges_pruned_statistics" => self.files_pruned += pruned,
                        "row_groups_pruned_statistics" | "limit_pruned_row_groups" => {
                            self.row_groups_pruned_by_bounds += pruned;
                        }
                        "row_groups_pruned_bloom_filter" => self.row_groups_pruned_by_bloom_filters += pruned,
                        "page_index_rows_pruned" => self.rows_pruned_by_pages += pruned,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
}
