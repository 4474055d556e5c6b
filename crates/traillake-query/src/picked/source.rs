//! The engine's source of Parquet files, but for how a file is read.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileGroupPartitioner, FileOpener, FileScanConfig, FileSource, ParquetFileReaderFactory,
};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use object_store::ObjectStore;

use super::opener::PickingOpener;
use crate::hot_keys::HotKeyAdapters;
use crate::row_groups::Looked;

/// See the module. The plan is made by the engine's source within.
#[derive(Clone)]
pub(crate) struct PickingSource {
    parquet: Arc<dyn FileSource>,
    batch_rows: usize,
    readers: Arc<dyn ParquetFileReaderFactory>,
    adapters: Arc<HotKeyAdapters>,
    looked: Arc<Looked>,
}

impl PickingSource {
    pub(crate) fn new(
        parquet: Arc<dyn FileSource>,
        readers: Arc<dyn ParquetFileReaderFactory>,
        adapters: Arc<HotKeyAdapters>,
        looked: Arc<Looked>,
    ) -> Self {
        Self { parquet, batch_rows: 0, readers, adapters, looked }
    }

    fn over(&self, parquet: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        Arc::new(Self { parquet, ..self.clone() })
    }
}

impl FileSource for PickingSource {
    fn create_file_opener(
        &self,
        _: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let opener = PickingOpener::new(
            self.parquet.as_ref(),
            (self.batch_rows, config.limit),
            Arc::clone(&self.readers),
            Arc::clone(&self.adapters),
            Arc::clone(&self.looked),
            partition,
        )?;
        Ok(Arc::new(opener))
    }

    fn table_schema(&self) -> &TableSchema {
        self.parquet.table_schema()
    }

    fn with_batch_size(&self, batch_rows: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { parquet: self.parquet.with_batch_size(batch_rows), batch_rows, ..self.clone() })
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.parquet.filter()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.parquet.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.parquet.metrics()
    }

    fn file_type(&self) -> &str {
        self.parquet.file_type()
    }

    fn fmt_extra(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parquet.fmt_extra(format, f)
    }

    /// Files are spread already; they are cut only where there are too few of them for all processors.
    fn repartitioned(
        &self,
        partitions: usize,
        file_bytes_min: usize,
        ordering: Option<LexOrdering>,
        config: &FileScanConfig,
    ) -> Result<Option<FileScanConfig>> {
        if config.file_groups.len() >= partitions {
            return Ok(None);
        }
        let cut = FileGroupPartitioner::new()
            .with_target_partitions(partitions)
            .with_repartition_file_min_size(file_bytes_min)
            .with_preserve_order_within_groups(ordering.is_some())
            .repartition_file_groups(&config.file_groups);
        Ok(cut.map(|file_groups| {
            let mut config = config.clone();
            config.file_groups = file_groups;
            config
        }))
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        options: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let pushed = self.parquet.try_pushdown_filters(filters, options)?;
        let updated_node = pushed.updated_node.map(|parquet| self.over(parquet));
        Ok(FilterPushdownPropagation { filters: pushed.filters, updated_node })
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
        known: &EquivalenceProperties,
    ) -> Result<SortOrderPushdownResult<Arc<dyn FileSource>>> {
        Ok(match self.parquet.try_pushdown_sort(order, known)? {
            // Which rows come first is for the sort above; that the likely files are read first helps it.
            SortOrderPushdownResult::Exact { inner } | SortOrderPushdownResult::Inexact { inner } => {
                SortOrderPushdownResult::Inexact { inner: self.over(inner) }
            }
            SortOrderPushdownResult::Unsupported => SortOrderPushdownResult::Unsupported,
        })
    }

    fn reorder_files(&self, files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        self.parquet.reorder_files(files)
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        Ok(self.parquet.try_pushdown_projection(projection)?.map(|parquet| self.over(parquet)))
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.parquet.apply_expressions(visit)
    }
}
