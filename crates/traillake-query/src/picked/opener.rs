//! What opens the data files of a partition.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema as ArrowSchema, SchemaRef};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetAccessPlan;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileSource, ParquetFileReaderFactory};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr_adapter::{PhysicalExprAdapterFactory, replace_columns_with_literals};
use datafusion::physical_optimizer::pruning::FilePruner;
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder, PruningMetrics};
use futures::{FutureExt, StreamExt, stream};

use traillake_store::Unpacker;

use super::conditions::{Query, is_dynamic};
use super::reading::{LeftOut, Reading, parts};
use super::shape::Shape;
use crate::hot_keys::HotKeyAdapters;
use crate::row_groups::Looked;
use crate::table::METADATA_BYTES_HINT;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(super) struct PickingOpener(Arc<Opener>);

struct Opener {
    predicate: Option<Arc<dyn PhysicalExpr>>,
    projection: ProjectionExprs,
    table: TableSchema,
    /// What is asked of a file that has all columns.
    query: Arc<Query>,
    /// Whether the day of a file, which none has in a column, is asked for.
    reads_day: bool,
    batch_rows: usize,
    limit: Option<usize>,
    readers: Arc<dyn ParquetFileReaderFactory>,
    adapters: Arc<HotKeyAdapters>,
    looked: Arc<Looked>,
    /// Shared by the files, which are read in turn.
    unpacker: Unpacker,
    partition: usize,
    metrics: ExecutionPlanMetricsSet,
    files_left_out: PruningMetrics,
    left_out: LeftOut,
}

impl PickingOpener {
    /// Opens files as a source has planned it; a file gives no more rows than a limit.
    pub(super) fn new(
        planned: &dyn FileSource,
        (batch_rows, limit): (usize, Option<usize>),
        readers: Arc<dyn ParquetFileReaderFactory>,
        adapters: Arc<HotKeyAdapters>,
        looked: Arc<Looked>,
        partition: usize,
    ) -> Result<Self> {
        let (predicate, table) = (planned.filter(), planned.table_schema().clone());
        let Some(projection) = planned.projection().cloned() else {
            return Err(exec_datafusion_err!("a scan of events says which columns it reads"));
        };
        let query = Arc::new(Query::new(predicate.as_ref(), &projection, table.table_schema())?);
        let days: HashSet<&String> = table.table_partition_cols().iter().map(|day| day.name()).collect();
        let reads_day = query.reads().any(|read| days.contains(read.name()));
        let metrics = planned.metrics().clone();
        // Under the names that the engine's own source counts by.
        let metric = || MetricBuilder::new(&metrics);
        let files_left_out = metric().pruning_metrics("files_ranges_pruned_statistics", partition);
        let left_out = LeftOut {
            by_pages: metric().pruning_metrics("page_index_rows_pruned", partition),
            by_conditions: metric().counter("pushdown_rows_pruned", partition),
        };
        Ok(Self(Arc::new(Opener {
            predicate,
            projection,
            table,
            query,
            reads_day,
            batch_rows,
            limit,
            readers,
            adapters,
            looked,
            unpacker: Unpacker::new()?,
            partition,
            metrics,
            files_left_out,
            left_out,
        })))
    }
}

impl Opener {
    /// Whether what has become known since the scan began rules a file out.
    fn is_ruled_out(&self, file: &PartitionedFile) -> Result<bool> {
        let Some(predicate) = self.predicate.as_ref().filter(|predicate| is_dynamic(predicate)) else {
            return Ok(false);
        };
        let pruner = FilePruner::try_new(Arc::clone(predicate), self.table.file_schema(), file, Count::new());
        pruner.map_or(Ok(false), |mut pruner| pruner.should_prune())
    }

    /// What is asked of a file, in terms of its own columns.
    fn asked(&self, file: &PartitionedFile, shape: &Shape) -> Result<Arc<Query>> {
        let is_there = |field: &&FieldRef| shape.place(field.name()).is_some();
        if !self.reads_day && self.query.reads().all(|field| is_there(&field)) {
            return Ok(Arc::clone(&self.query));
        }
        let days = self.table.table_partition_cols().iter().zip(&file.partition_values);
        let days: HashMap<&str, &ScalarValue> = days.map(|(day, value)| (day.name().as_str(), value)).collect();
        let logical = self.table.file_schema();
        let own: Vec<FieldRef> = logical.fields().iter().filter(is_there).cloned().collect();
        let own: SchemaRef = Arc::new(ArrowSchema::new(own));
        let adapter = self.adapters.create(Arc::clone(logical), Arc::clone(&own))?;
        let rewrite = |expr| adapter.rewrite(replace_columns_with_literals(expr, &days)?);
        let predicate = self.predicate.clone().map(rewrite).transpose()?;
        let projection = self.projection.clone().try_map_exprs(rewrite)?;
        Ok(Arc::new(Query::new(predicate.as_ref(), &projection, &own)?))
    }

    async fn read(&self, file: PartitionedFile) -> Result<Reading> {
        let hint = Some(METADATA_BYTES_HINT);
        let mut reader = self.readers.create_reader(self.partition, file.clone(), hint, &self.metrics)?;
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = reader.get_metadata(Some(&options)).await?;
        let shape = self.looked.shapes.of(file.object_meta.location.as_ref(), &metadata)?;
        let query = self.asked(&file, &shape)?;
        let mut to_come = VecDeque::new();
        for place in (0..metadata.num_row_groups()).filter(|place| is_within(&file, &metadata, *place)) {
            let rows = usize::try_from(metadata.row_group(place).num_rows()).unwrap_or_default();
            to_come.extend(parts(&query, rows).map(|rows| (place, rows)));
        }
        Ok(Reading {
            query,
            reader,
            shape,
            unpacker: self.unpacker.clone(),
            plan: file.extensions.get::<ParquetAccessPlan>().cloned(),
            parts: to_come,
            batch_rows: self.batch_rows,
            rows_left: self.limit.unwrap_or(usize::MAX),
            left_out: self.left_out.clone(),
            open: None,
        })
    }
}

impl FileOpener for PickingOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let Self(opener) = self.clone();
        if opener.is_ruled_out(&file)? {
            opener.files_left_out.add_pruned(1);
            return Ok(async { Ok(stream::empty().boxed()) }.boxed());
        }
        let batches = async move {
            let reading = opener.read(file).await?;
            let batches = stream::try_unfold(reading, |mut reading| async move {
                Ok(reading.next().await?.map(|batch| (batch, reading)))
            });
            Ok(batches.boxed())
        };
        Ok(batches.boxed())
    }
}

/// Whether a row group begins in the part of a file that is asked for.
fn is_within(file: &PartitionedFile, metadata: &ParquetMetaData, row_group: usize) -> bool {
    let column = metadata.row_group(row_group).columns().first();
    let start = column.map(|column| column.dictionary_page_offset().unwrap_or(column.data_page_offset()));
    file.range.as_ref().zip(start).is_none_or(|(range, start)| (range.start..range.end).contains(&start))
}
