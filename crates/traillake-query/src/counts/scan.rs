//! The scan that gives each combination of values once.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::{fmt, mem, vec};

use arrow::array::{AsArray, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Int32Type, Int64Type, Schema as ArrowSchema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, project_schema};
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStream};
use datafusion::parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, TryStreamExt, stream};
use traillake_store::{CodedTexts, CountsReader, Unpacker};

use super::COUNT;
use super::codes::{Reading, Unpackers};
use super::kept::Kept;
use super::tally::{Column, Tally};
use super::wanted::Wanted;
use crate::explanation::Reads;
use crate::row_groups::{Looked, footer_alone};
use crate::table::{EventTable, METADATA_BYTES_HINT, Part};

/// Rows that are counted at once: those of a row group, so that its dictionaries are taken up once.
const ROWS_AT_ONCE: usize = 65_536;
/// Reading waits for each file: while some partitions do, as many others compute. Kept counts are mostly in memory.
const READS_TO_COMPUTE: usize = 2;
/// Combinations are handed on beyond this many: columns of many values take no more memory than these, and what is
/// counted together stays in the processor's caches.
const COMBINATIONS_MAX: usize = 16_384;

/// A column whose values are counted.
#[derive(Clone, Debug)]
pub(crate) enum Counted {
    /// A dictionary of text.
    Text(String),
    /// Instants.
    Time {
        /// The column.
        column: String,
        /// What they are cut to; `None` where they are not read above the scan, and are NULL there.
        step_ms: Option<i64>,
        /// Rows of other instants, or of none, are left out.
        within_ms: Option<RangeInclusive<i64>>,
    },
}

impl Counted {
    pub(super) fn name(&self) -> &str {
        match self {
            Counted::Text(column) | Counted::Time { column, .. } => column,
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Counted::Text(_) => DataType::Utf8View,
            Counted::Time { .. } => DataType::Timestamp(TimeUnit::Millisecond, None),
        }
    }

    /// What an instant in microseconds is counted as, in milliseconds; `None` when it is left out.
    pub(super) fn cut_micros(&self, micros: Option<i64>) -> Option<Option<i64>> {
        let Counted::Time { step_ms, within_ms, .. } = self else { return Some(None) };
        // As a cast to milliseconds does.
        let millis = micros.map(|micros| micros / 1_000);
        match within_ms {
            Some(within) if !millis.is_some_and(|millis| within.contains(&millis)) => None,
            _ => Some(step_ms.and_then(|step| Some(millis?.div_euclid(step) * step))),
        }
    }

    /// An instant that all from one to another are counted as; `None` where they are not all counted alike.
    pub(super) fn alike_micros(&self, low: i64, high: i64) -> Option<i64> {
        let Counted::Time { within_ms, .. } = self else { return None };
        let none_is_within =
            within_ms.as_ref().is_some_and(|within| high / 1_000 < *within.start() || low / 1_000 > *within.end());
        let ends = (self.cut_micros(Some(low)), self.cut_micros(Some(high)));
        (none_is_within || ends.0.is_some() && ends.0 == ends.1).then_some(low)
    }

    /// The type a file's column is read as.
    fn read_type(&self, stored: &DataType) -> DataType {
        match self {
            Counted::Text(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Counted::Time { .. } => stored.clone(),
        }
    }
}

/// Columns of an event table, each combination of values once, with how often it occurs.
#[derive(Debug)]
pub(crate) struct CountedTable {
    /// An [`EventTable`].
    table: Arc<dyn TableProvider>,
    columns: Vec<Counted>,
    schema: SchemaRef,
}

impl CountedTable {
    pub(crate) fn new(table: Arc<dyn TableProvider>, columns: Vec<Counted>) -> Self {
        let fields = columns.iter().map(|column| Field::new(column.name(), column.data_type(), true));
        let count = Field::new(COUNT, DataType::Int64, false);
        let schema = Arc::new(ArrowSchema::new(fields.chain([count]).collect::<Vec<_>>()));
        Self { table, columns, schema }
    }
}

#[async_trait]
impl TableProvider for CountedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(table) = self.table.downcast_ref::<EventTable>() else {
            return Err(exec_datafusion_err!("only events are counted"));
        };
        let columns: Vec<&str> = self.columns.iter().map(Counted::name).collect();
        let kept = Kept::of(&self.columns);
        let answers = |metadata: &ParquetMetaData| kept.as_ref().map_or_else(Vec::new, |kept| kept.answers(metadata));
        let reads = Reads { columns: &columns, kept: Some(&answers) };
        let threads = state.config().target_partitions();
        let partitions = if kept.is_none() && may_wait(threads) { threads * READS_TO_COMPUTE } else { threads };
        let (readers, partitions) = table.parts(state, (reads, filters), partitions).await?;
        let schema = project_schema(&self.schema, projection)?;
        let partitioning = Partitioning::UnknownPartitioning(partitions.len());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            partitioning,
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Ok(Arc::new(CountExec {
            columns: self.columns.clone().into(),
            wanted: Wanted::of(state, &self.columns, filters).into(),
            projection: projection.cloned(),
            readers,
            looked: Arc::clone(table.looked()),
            partitions,
            schema,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }
}

/// Whether more partitions than threads take no more processors than the query may have: it has all of them.
fn may_wait(threads: usize) -> bool {
    available_parallelism().is_ok_and(|processors| threads >= processors.get())
}

/// The operator.
#[derive(Debug)]
pub(crate) struct CountExec {
    columns: Arc<[Counted]>,
    wanted: Arc<[Wanted]>,
    projection: Option<Vec<usize>>,
    readers: Arc<dyn ParquetFileReaderFactory>,
    looked: Arc<Looked>,
    partitions: Vec<Vec<Part>>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl CountExec {
    /// The name of the operator in plans.
    pub(crate) const NAME: &'static str = "CountExec";
}

impl DisplayAs for CountExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.columns.iter().map(Counted::name).collect();
        let files: usize = self.partitions.iter().map(Vec::len).sum();
        write!(f, "{}: columns=[{}], files={files}", Self::NAME, columns.join(", "))
    }
}

impl ExecutionPlan for CountExec {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let parts = self.partitions.get(partition).cloned().unwrap_or_default();
        let counting = Counting {
            parts: parts.into_iter(),
            open: None,
            tally: Some(Tally::new(&self.columns)),
            columns: Arc::clone(&self.columns),
            wanted: Arc::clone(&self.wanted),
            projection: self.projection.clone(),
            schema: Arc::clone(&self.schema),
            readers: Arc::clone(&self.readers),
            looked: Arc::clone(&self.looked),
            unpackers: Unpackers { pages: Unpacker::new()?, counts: CountsReader::new()? },
            rows: MetricBuilder::new(&self.metrics).output_rows(partition),
            metrics: self.metrics.clone(),
            partition,
        };
        let batches = stream::try_unfold(counting, |mut counting| async move {
            Ok::<_, DataFusionError>(counting.next().await?.map(|batch| (batch, counting)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches.boxed())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// One partition at work.
struct Counting {
    parts: vec::IntoIter<Part>,
    /// The rows of the file that is being counted.
    open: Option<ParquetRecordBatchStream<Box<dyn AsyncFileReader>>>,
    /// `None` when everything is handed on.
    tally: Option<Tally>,
    columns: Arc<[Counted]>,
    wanted: Arc<[Wanted]>,
    projection: Option<Vec<usize>>,
    schema: SchemaRef,
    readers: Arc<dyn ParquetFileReaderFactory>,
    looked: Arc<Looked>,
    unpackers: Unpackers,
    rows: Count,
    metrics: ExecutionPlanMetricsSet,
    partition: usize,
}

impl Counting {
    /// The next combinations: all of them at the end, some before when there are many.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some(rows) = &mut self.open else {
                let Some(part) = self.parts.next() else {
                    return self.tally.take().map(|tally| self.as_rows(tally)).transpose();
                };
                self.open = self.open(part).await?;
                if let Some(full) = self.full() {
                    return self.as_rows(full).map(Some);
                }
                continue;
            };
            let Some(batch) = rows.try_next().await? else {
                self.open = None;
                continue;
            };
            let columns = self.columns.iter().map(|column| of_batch(column, &batch)).collect::<Result<Vec<_>>>()?;
            self.rows.add(batch.num_rows());
            self.add(&columns, batch.num_rows());
            if let Some(full) = self.full() {
                return self.as_rows(full).map(Some);
            }
        }
    }

    /// Takes what was counted when it is much.
    fn full(&mut self) -> Option<Tally> {
        let tally = self.tally.as_mut().filter(|tally| tally.len() > COMBINATIONS_MAX)?;
        Some(mem::replace(tally, Tally::new(&self.columns)))
    }

    /// Counts the row groups of a file that can be counted by its codes, or whose counts it keeps; gives the rows of
    /// the others, where there are any.
    async fn open(&mut self, part: Part) -> Result<Option<ParquetRecordBatchStream<Box<dyn AsyncFileReader>>>> {
        let Part { file, row_groups } = part;
        let path = file.object_meta.location.clone();
        let mut reader = self.readers.create_reader(self.partition, file, Some(METADATA_BYTES_HINT), &self.metrics)?;
        let mut metadata = reader.get_metadata(Some(&footer_alone())).await?;
        let mut row_groups = row_groups.unwrap_or_else(|| (0..metadata.num_row_groups()).collect());
        if let Some(kept) = Kept::of(&self.columns) {
            let tally = self.tally.get_or_insert_with(|| Tally::new(&self.columns));
            row_groups =
                kept.add((path.as_ref(), &metadata), row_groups, &mut *reader, &self.looked.counts, tally).await?;
        }
        if !row_groups.is_empty() {
            metadata = reader.get_metadata(None).await?;
        }
        let counts = self.looked.counts.places(path.as_ref(), &metadata);
        let mut others = Vec::new();
        for row_group in row_groups {
            let reading = Reading { columns: &self.columns, wanted: &self.wanted, counts: &counts };
            match reading.read((&metadata, row_group), &mut *reader, &mut self.unpackers).await? {
                Some(codes) => {
                    self.rows.add(codes.rows);
                    if codes.left > 0 {
                        self.add(&codes.columns, codes.left);
                    }
                }
                None => others.push(row_group),
            }
        }
        if others.is_empty() {
            return Ok(None);
        }
        self.rows_of(reader, metadata, others).map(Some)
    }

    fn add(&mut self, columns: &[Option<Column>], rows: usize) {
        self.tally.get_or_insert_with(|| Tally::new(&self.columns)).add(columns, rows);
    }

    /// The rows of some row groups, as Arrow reads them.
    fn rows_of(
        &self,
        reader: Box<dyn AsyncFileReader>,
        metadata: Arc<ParquetMetaData>,
        row_groups: Vec<usize>,
    ) -> Result<ParquetRecordBatchStream<Box<dyn AsyncFileReader>>> {
        let stored = ArrowReaderMetadata::try_new(Arc::clone(&metadata), ArrowReaderOptions::new())?;
        let places: Vec<Option<usize>> =
            self.columns.iter().map(|column| stored.schema().index_of(column.name()).ok()).collect();
        let fields = stored.schema().fields().iter().enumerate().map(|(place, field)| {
            let counted = places.iter().position(|known| *known == Some(place)).map(|column| &self.columns[column]);
            match counted {
                Some(column) => Arc::new(Field::clone(field).with_data_type(column.read_type(field.data_type()))),
                None => Arc::clone(field),
            }
        });
        let schema = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
        let read = ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new().with_schema(schema))?;
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, read);
        let mask = ProjectionMask::leaves(builder.parquet_schema(), places.iter().copied().flatten());
        let builder = builder.with_projection(mask).with_batch_size(ROWS_AT_ONCE).with_row_groups(row_groups);
        Ok(builder.build()?)
    }

    /// What was counted, as rows.
    fn as_rows(&self, mut tally: Tally) -> Result<RecordBatch> {
        let (mut columns, counts) = tally.take();
        let options = RecordBatchOptions::new().with_row_count(Some(counts.len()));
        columns.push(Arc::new(counts));
        let columns = match &self.projection {
            Some(places) => places.iter().map(|place| Arc::clone(&columns[*place])).collect(),
            None => columns,
        };
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

/// A column as [`Tally::add`] takes it; `None` where the file lacks it.
fn of_batch(column: &Counted, batch: &RecordBatch) -> Result<Option<Column>> {
    let Some(values) = batch.column_by_name(column.name()) else { return Ok(None) };
    Ok(Some(match column {
        Counted::Text(_) => {
            let rows = values.as_dictionary::<Int32Type>();
            let codes = rows.keys().iter().map(|key| key.map_or(0, |key| key.unsigned_abs() + 1));
            Column::Texts(CodedTexts { codes: codes.collect(), values: Arc::new(rows.values().as_string().clone()) })
        }
        Counted::Time { .. } => {
            let micros = cast(values, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
            Column::Times(micros.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>())
        }
    }))
}
