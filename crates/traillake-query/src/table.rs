//! The scan of a snapshot's data files.

use arrow::array::{ArrayRef, BooleanArray, Date32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Schema as ArrowSchema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use chrono::{DateTime, Datelike, NaiveDate};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, DFSchema, Result, ScalarValue, Statistics, project_schema};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfigBuilder, FileSource, ParquetFileReaderFactory, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use object_store::ObjectMeta;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use traillake_event::schema::{CALENDAR_DAY, Kind, Schema};
use traillake_store::{DataFile, Snapshot, Value};

use crate::explanation::{self, Pruned, Reads, ScanExplanation};
use crate::hot_keys::HotKeyAdapters;
use crate::picked::PickingSource;
use crate::row_groups::{self, Access, Looked, Question, RowGroupReport, Wanted};
use crate::sought_rule;

/// The footer and page index of most files fit, so opening one costs a single read.
pub(crate) const METADATA_BYTES_HINT: usize = 128 * 1024;

/// What planning left out, summed over the scans of one query.
#[derive(Debug, Default)]
pub(crate) struct ScanReport {
    /// Data files of the snapshots that were scanned.
    pub(crate) files: AtomicU64,
    /// Of these, the files that the log's statistics ruled out.
    pub(crate) files_pruned: AtomicU64,
    /// The events in the files that are left.
    pub(crate) events: AtomicU64,
    pub(crate) row_groups: RowGroupReport,
    /// What each scan would read, where that is asked for.
    pub(crate) explanations: Option<Mutex<Vec<ScanExplanation>>>,
}

impl ScanReport {
    /// Forgets what was counted: the query begins anew.
    pub(crate) fn clear(&self) {
        for count in [&self.files, &self.files_pruned, &self.events] {
            count.store(0, Ordering::Relaxed);
        }
        self.row_groups.clear();
    }
}

/// The physical columns of one snapshot as a table.
#[derive(Debug)]
pub(crate) struct EventTable {
    snapshot: Snapshot,
    location: ObjectStoreUrl,
    schema: TableSchema,
    looked: Arc<Looked>,
    report: Arc<ScanReport>,
}

impl EventTable {
    /// A table over `snapshot`, whose lake's storage is registered at `location`.
    pub(crate) fn new(
        snapshot: Snapshot,
        location: ObjectStoreUrl,
        looked: Arc<Looked>,
        report: Arc<ScanReport>,
    ) -> Self {
        let day: FieldRef = Arc::new(Field::new(CALENDAR_DAY, DataType::Date32, true));
        let schema = file_schema(snapshot.store().schema());
        let schema = TableSchema::builder(schema).with_table_partition_cols(vec![day]).build();
        Self { snapshot, location, schema, looked, report }
    }

    /// The files that can hold a row for which all filters are true.
    fn prune(&self, predicate: Option<&PruningPredicate>) -> Result<Vec<&DataFile>> {
        let files = self.snapshot.data_files();
        let kept = match predicate {
            None => files.iter().collect(),
            Some(predicate) => {
                let may_match = predicate.prune(&FileBounds::new(files, self.schema.table_schema()))?;
                files.iter().zip(may_match).filter_map(|(file, keep)| keep.then_some(file)).collect::<Vec<_>>()
            }
        };
        self.report.files.fetch_add(files.len() as u64, Ordering::Relaxed);
        self.report.files_pruned.fetch_add((files.len() - kept.len()) as u64, Ordering::Relaxed);
        let events = kept.iter().map(|file| file.rows).sum();
        self.report.events.fetch_add(events, Ordering::Relaxed);
        Ok(kept)
    }

    /// The data files of the snapshot.
    pub(crate) fn data_files(&self) -> &[DataFile] {
        self.snapshot.data_files()
    }

    /// What was read to know where values are.
    pub(crate) fn looked(&self) -> &Arc<Looked> {
        &self.looked
    }

    /// The schema of the events.
    pub(crate) fn events(&self) -> &Schema {
        self.snapshot.store().schema()
    }

    /// What is to be read of some columns for some filters, in at most so many partitions, for an operator that reads
    /// files itself.
    pub(crate) async fn parts(
        &self,
        state: &dyn Session,
        (reads, filters): (Reads<'_>, &[Expr]),
        partitions: usize,
    ) -> Result<(Arc<dyn ParquetFileReaderFactory>, Vec<Vec<Part>>)> {
        let readers = self.readers(state)?;
        let (files, _) = self.choose(state, (reads, filters), &readers).await?;
        let part = |chosen: &Chosen<'_>| Part {
            file: partitioned(chosen.file),
            row_groups: chosen.access.as_ref().map(|access| access.plan.row_group_indexes()),
        };
        let partitions = balance(&files, partitions).into_iter();
        Ok((readers, partitions.map(|files| files.into_iter().map(part).collect()).collect()))
    }

    /// The files with rows for which all filters can be true, and the filters that are conditions on columns.
    async fn choose(
        &self,
        state: &dyn Session,
        (reads, filters): (Reads<'_>, &[Expr]),
        readers: &Arc<dyn ParquetFileReaderFactory>,
    ) -> Result<(Vec<Chosen<'_>>, Vec<Expr>)> {
        let (sought, filters) = sought_rule::split(filters);
        let predicate = self.pruning_predicate(state, &filters)?;
        let pruned = Pruned::until_now(&self.report.row_groups);
        let by_log = self.prune(predicate.as_ref())?;
        let left_by_log = by_log.len() as u64;
        let wanted = predicate.as_ref().map(|predicate| Wanted::of(predicate.literal_guarantees()));
        let question = Arc::new(Question { wanted: wanted.unwrap_or_default(), sought });
        let files = self.look(by_log, &question, readers, state.config().target_partitions()).await?;
        if let Some(explanations) = &self.report.explanations {
            let conditions = filters.iter().map(explanation::readable);
            let sought = Some(question.sought.to_string()).filter(|_| !question.sought.is_anything());
            let mut explanation = ScanExplanation {
                store: self.snapshot.store().name().to_owned(),
                version: self.snapshot.version(),
                conditions: conditions.chain(sought).collect(),
                files: self.snapshot.data_files().len() as u64,
                files_left_by_log: left_by_log,
                events: self.snapshot.rows(),
                bytes: self.snapshot.bytes(),
                ..ScanExplanation::default()
            };
            pruned.since(&self.report.row_groups, &mut explanation);
            explanation::measure(&files, reads, readers.as_ref(), &mut explanation).await?;
            explanations.lock().unwrap_or_else(PoisonError::into_inner).push(explanation);
        }
        Ok((files, filters))
    }

    fn readers(&self, state: &dyn Session) -> Result<Arc<dyn ParquetFileReaderFactory>> {
        let runtime = state.runtime_env();
        let storage = runtime.object_store(&self.location)?;
        let cache = runtime.cache_manager.get_file_metadata_cache();
        Ok(Arc::new(CachedParquetFileReaderFactory::new(storage, cache)))
    }

    fn pruning_predicate(&self, state: &dyn Session, filters: &[Expr]) -> Result<Option<PruningPredicate>> {
        let Some(filter) = conjunction(filters.to_vec()) else { return Ok(None) };
        let schema = self.schema.table_schema();
        let filter = state.create_physical_expr(filter, &DFSchema::try_from(Arc::clone(schema))?)?;
        let predicate = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).try_build(filter)?;
        Ok((!predicate.always_true()).then_some(predicate))
    }

    /// Whether rows are filtered while they are read: worth it when columns are wanted that the filters do not
    /// read anyway, for then only the pages of matching rows are decoded.
    fn filters_rows(&self, projection: Option<&Vec<usize>>, filters: &[Expr]) -> bool {
        let mut filtered = HashSet::new();
        for filter in filters {
            filtered.extend(filter.column_refs().into_iter().map(|column| column.name.as_str()));
        }
        let schema = self.schema.table_schema();
        !filtered.is_empty()
            && projection.is_none_or(|places| {
                places.iter().any(|&place| !filtered.contains(schema.field(place).name().as_str()))
            })
    }

    /// The files with row groups that can hold what a question wants of texts.
    async fn look<'a>(
        &self,
        files: Vec<&'a DataFile>,
        question: &Arc<Question>,
        readers: &Arc<dyn ParquetFileReaderFactory>,
        tasks: usize,
    ) -> Result<Vec<Chosen<'a>>> {
        if question.is_open() {
            return Ok(files.into_iter().map(|file| Chosen { file, access: None }).collect());
        }
        let looked = files.iter().map(|file| partitioned(file)).collect();
        let accesses = row_groups::prune(looked, question, readers, &self.looked, &self.report, tasks).await?;
        let chosen = files.into_iter().zip(accesses);
        Ok(chosen.filter_map(|(file, access)| Some(Chosen { file, access: Some(access?) })).collect())
    }

    fn partitioned_file(&self, chosen: &Chosen<'_>, projection: Option<&Vec<usize>>) -> PartitionedFile {
        let file = chosen.file;
        let day = ScalarValue::Date32(file.calendar_day.map(days_since_epoch));
        let mut partitioned = partitioned(file).with_partition_values(vec![day]);
        partitioned.statistics = time_bounds(file, self.schema.file_schema(), projection).map(Arc::new);
        match &chosen.access {
            None => partitioned,
            Some(access) => partitioned.with_extension(access.plan.clone()),
        }
    }
}

/// A data file to be read.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) file: PartitionedFile,
    /// Its row groups to be read; all when `None`.
    pub(crate) row_groups: Option<Vec<usize>>,
}

/// A data file that is scanned.
pub(crate) struct Chosen<'a> {
    pub(crate) file: &'a DataFile,
    /// Which row groups of it; all when `None`.
    pub(crate) access: Option<Access>,
}

impl Chosen<'_> {
    /// The rows of the pages that are read.
    pub(crate) fn rows(&self) -> u64 {
        self.access.as_ref().map_or(self.file.rows, |access| access.rows)
    }
}

/// A data file as the reader wants it.
pub(crate) fn partitioned(file: &DataFile) -> PartitionedFile {
    PartitionedFile::new_from_meta(ObjectMeta {
        location: file.path.clone(),
        last_modified: DateTime::from_timestamp_millis(file.modified_at_ms).unwrap_or_default(),
        size: file.bytes,
        e_tag: None,
        version: None,
    })
}

/// The data files' columns in the types a query computes with. Files hold instants in UTC; CloudTrail Lake's
/// `timestamp(3)` has no zone, so the reader drops it.
fn file_schema(schema: &Schema) -> SchemaRef {
    let field = |column: &traillake_event::schema::Column| {
        let data_type = match column.kind {
            Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
            _ => match column.data_type() {
                DataType::Utf8 => DataType::Utf8View,
                other => other,
            },
        };
        Field::new(&column.name, data_type, true)
    };
    Arc::new(ArrowSchema::new(schema.columns().iter().map(field).collect::<Vec<_>>()))
}

fn days_since_epoch(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - 719_163
}

#[async_trait]
impl TableProvider for EventTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        let mut statistics = Statistics::new_unknown(self.schema.table_schema());
        statistics.num_rows = usize::try_from(self.snapshot.rows()).map_or(Precision::Absent, Precision::Exact);
        Some(statistics)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let readers = self.readers(state)?;
        let fields = project_schema(self.schema.table_schema(), projection)?;
        let columns: Vec<&str> = fields.fields().iter().map(|field| field.name().as_str()).collect();
        let reads = Reads { columns: &columns, kept: None };
        let (files, filters) = self.choose(state, (reads, filters), &readers).await?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(self.schema.table_schema(), projection)?)));
        }
        let adapters = Arc::new(HotKeyAdapters(Arc::clone(self.snapshot.store().schema())));
        let filters_rows = self.filters_rows(projection, &filters);
        let parquet = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(state.table_options().parquet.clone())
            .with_pushdown_filters(filters_rows)
            .with_reorder_filters(true)
            .with_metadata_size_hint(METADATA_BYTES_HINT)
            // Those of what filters name are asked already.
            .with_bloom_filter_on_read(false)
            .with_parquet_file_reader_factory(Arc::clone(&readers));
        let source: Arc<dyn FileSource> = match filters_rows {
            true => {
                let looked = Arc::clone(&self.looked);
                Arc::new(PickingSource::new(Arc::new(parquet), readers, Arc::clone(&adapters), looked))
            }
            false => Arc::new(parquet),
        };
        let rows = files.iter().map(Chosen::rows).sum::<u64>();
        let mut statistics = Statistics::new_unknown(self.schema.table_schema());
        statistics.num_rows = usize::try_from(rows).map_or(Precision::Absent, Precision::Exact);
        let groups = balance(&files, state.config().target_partitions())
            .into_iter()
            .map(|group| group.into_iter().map(|file| self.partitioned_file(file, projection)).collect::<FileGroup>())
            .collect();
        let config = FileScanConfigBuilder::new(self.location.clone(), source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_expr_adapter(Some(adapters))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Spreads files over at most `groups` groups of about the same number of rows, each in the order of the snapshot:
/// where the newest events are asked for, what they leave to older files is known soon.
fn balance<'a, 'b>(files: &'b [Chosen<'a>], groups: usize) -> Vec<Vec<&'b Chosen<'a>>> {
    let mut order: Vec<(usize, &Chosen<'_>)> = files.iter().enumerate().collect();
    order.sort_by_key(|(place, file)| (Reverse(file.rows()), *place));
    let mut filled = vec![(0, Vec::new()); groups.clamp(1, files.len().max(1))];
    for file in order {
        if let Some((rows, group)) = filled.iter_mut().min_by_key(|(rows, _)| *rows) {
            *rows += file.1.rows();
            group.push(file);
        }
    }
    let in_order = |(_, mut group): (u64, Vec<(usize, &'b Chosen<'a>)>)| {
        group.sort_by_key(|(place, _)| *place);
        group.into_iter().map(|(_, file)| file).collect::<Vec<_>>()
    };
    filled.into_iter().map(in_order).filter(|group| !group.is_empty()).collect()
}

/// The bounds of a file's times, as far as they are read: a newest-first that has found its rows opens no older file.
/// Those of other columns are seldom far apart, and a description of all columns for each of 10,000 files would take
/// half a gigabyte; of the columns behind the last of time there is none. They also bound the rows of some row groups.
fn time_bounds(file: &DataFile, schema: &SchemaRef, projection: Option<&Vec<usize>>) -> Option<Statistics> {
    let is_read = |place: &usize| projection.is_none_or(|places| places.contains(place));
    let is_time = |place: &usize| matches!(schema.field(*place).data_type(), DataType::Timestamp(..));
    let times: Vec<usize> = (0..schema.fields().len()).filter(|place| is_read(place) && is_time(place)).collect();
    let described = times.last()? + 1;
    let mut column_statistics = vec![ColumnStatistics::new_unknown(); described];
    for place in times {
        let field = schema.field(place);
        let Some(bounds) = file.columns.get(field.name()) else { continue };
        let precise = |value: &Option<Value>| match scalar(value.as_ref(), field.data_type()) {
            Some(value) if bounds.exact => Precision::Exact(value),
            _ => Precision::Absent,
        };
        let statistics = &mut column_statistics[place];
        statistics.min_value = precise(&bounds.min);
        statistics.max_value = precise(&bounds.max);
        statistics.null_count = usize::try_from(bounds.nulls).map_or(Precision::Absent, Precision::Exact);
    }
    let num_rows = usize::try_from(file.rows).map_or(Precision::Absent, Precision::Exact);
    Some(Statistics { num_rows, total_byte_size: Precision::Absent, column_statistics })
}

fn scalar(value: Option<&Value>, data_type: &DataType) -> Option<ScalarValue> {
    match (value?, data_type) {
        (Value::Text(text), DataType::Utf8View) => Some(ScalarValue::Utf8View(Some(text.clone()))),
        (Value::Boolean(value), DataType::Boolean) => Some(ScalarValue::Boolean(Some(*value))),
        (Value::Millis(millis), DataType::Timestamp(TimeUnit::Millisecond, None)) => {
            Some(ScalarValue::TimestampMillisecond(Some(*millis), None))
        }
        _ => None,
    }
}

/// The log's bounds of every file, as the pruning predicate asks for them: a column at a time.
struct FileBounds<'a> {
    files: &'a [DataFile],
    schema: &'a SchemaRef,
    /// By column: of ten thousand files they are looked up once.
    known: Mutex<HashMap<String, Arc<[Option<traillake_store::Bounds>]>>>,
}

impl<'a> FileBounds<'a> {
    fn new(files: &'a [DataFile], schema: &'a SchemaRef) -> Self {
        Self { files, schema, known: Mutex::default() }
    }

    fn of(&self, column: &str) -> Arc<[Option<traillake_store::Bounds>]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let look = || self.files.iter().map(|file| file.columns.get(column)).collect();
        Arc::clone(known.entry(column.to_owned()).or_insert_with(look))
    }

    fn bounds(&self, column: &Column, pick: impl Fn(&traillake_store::Bounds) -> Option<&Value>) -> Option<ArrayRef> {
        let data_type = self.schema.field_with_name(&column.name).ok()?.data_type();
        if column.name == CALENDAR_DAY {
            let days = self.files.iter().map(|file| file.calendar_day.map(days_since_epoch));
            return Some(Arc::new(days.collect::<Date32Array>()));
        }
        let null = ScalarValue::try_from(data_type).ok()?;
        let known = self.of(&column.name);
        let value = |bounds: &Option<traillake_store::Bounds>| {
            scalar(bounds.as_ref().and_then(&pick), data_type).unwrap_or_else(|| null.clone())
        };
        ScalarValue::iter_to_array(known.iter().map(value)).ok()
    }
}

impl PruningStatistics for FileBounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |bounds| bounds.min.as_ref())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |bounds| bounds.max.as_ref())
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        if column.name == CALENDAR_DAY {
            let nulls = |file: &DataFile| Some(if file.calendar_day.is_none() { file.rows } else { 0 });
            return Some(Arc::new(self.files.iter().map(nulls).collect::<UInt64Array>()));
        }
        let known = self.of(&column.name);
        let nulls = known.iter().map(|bounds| bounds.as_ref().map(|bounds| bounds.nulls));
        Some(Arc::new(nulls.collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.files.iter().map(|file| Some(file.rows)).collect::<UInt64Array>()))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
