//! The row groups, and pages of them, that can hold what a question names.
//!
//! Where a filter says that a column has one of some values, a row group is left out when all of them lie beyond its
//! bounds. What the filters seek in any column, key or JSON is looked up in the file's index of values, which says in
//! which pages it may stand; a file without one has bloom filters of chosen columns. This is asked for all files before
//! any is scanned: a needle is in a few files, and opening the others would cost more than reading it. What was read
//! of indexes and filters stays in memory, as files never change.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, RowSelection, RowSelector};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::bloom_filter::Sbbf;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData};
use datafusion::physical_expr::utils::{Guarantee, LiteralGuarantee};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::{StreamExt, TryStreamExt, stream};
use traillake_store::{PAGE_ROWS, Pages, Probe, Sought, ValueIndex};

use crate::cache::Cache;
use crate::counts::kept::ReadCounts;
use crate::picked::Shapes;
use crate::table::ScanReport;

/// How many files are looked at at once.
const FILES_AT_ONCE: usize = 8;

/// What bloom filters may take of memory: with a byte for each value those of 60 million ids.
const FILTER_BYTES_MAX: usize = 64 << 20;
/// What parts of value indexes may take: one for each value that is asked for and each row group, some kilobytes.
const SHARD_BYTES_MAX: usize = 64 << 20;
/// What descriptions of value indexes may take: a kilobyte for each row group.
const INDEX_BYTES_MAX: usize = 16 << 20;

/// What was read to know where values are, and how often.
#[derive(Debug)]
pub(crate) struct Looked {
    /// By the path of a file, a row group and a column of it.
    filters: Cache<(String, usize, usize), Sbbf>,
    /// By the path of a file, and where they start in it.
    shards: Cache<(String, u64), Bytes>,
    /// By the path of a file; empty where it has none.
    indexes: Cache<String, Vec<ValueIndex>>,
    pub(crate) counts: ReadCounts,
    pub(crate) shapes: Shapes,
}

impl Default for Looked {
    fn default() -> Self {
        Self {
            filters: Cache::new(FILTER_BYTES_MAX),
            shards: Cache::new(SHARD_BYTES_MAX),
            indexes: Cache::new(INDEX_BYTES_MAX),
            counts: ReadCounts::default(),
            shapes: Shapes::default(),
        }
    }
}

/// What a question says of the rows that can be its answers.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) sought: Sought,
}

impl Question {
    pub(crate) fn is_open(&self) -> bool {
        self.wanted.is_empty() && self.sought.is_anything()
    }
}

/// The texts that a column must have one of.
#[derive(Debug)]
pub(crate) struct Wanted {
    column: String,
    texts: Vec<String>,
}

impl Wanted {
    /// What a filter guarantees, as far as it is about texts.
    pub(crate) fn of(guarantees: &[LiteralGuarantee]) -> Vec<Self> {
        let texts = |guarantee: &LiteralGuarantee| {
            let texts = guarantee.literals.iter().map(|literal| literal.try_as_str().flatten().map(str::to_owned));
            texts.collect::<Option<Vec<String>>>()
        };
        let wanted = guarantees.iter().filter(|guarantee| guarantee.guarantee == Guarantee::In);
        wanted
            .filter_map(|guarantee| Some(Self { column: guarantee.column.name.clone(), texts: texts(guarantee)? }))
            .collect()
    }
}

/// What was left out, and what it took to know.
#[derive(Debug, Default)]
pub(crate) struct RowGroupReport {
    pub(crate) files_pruned: AtomicU64,
    pub(crate) by_bounds: AtomicU64,
    pub(crate) by_bloom_filters: AtomicU64,
    pub(crate) by_value_index: AtomicU64,
    /// Rows of the row groups that are left, in pages that the value index has ruled out.
    pub(crate) rows_by_value_index: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl RowGroupReport {
    pub(crate) fn clear(&self) {
        let Self { files_pruned, by_bounds, by_bloom_filters, by_value_index, rows_by_value_index, bytes } = self;
        for count in [files_pruned, by_bounds, by_bloom_filters, by_value_index, rows_by_value_index, bytes] {
            count.store(0, Ordering::Relaxed);
        }
    }
}

/// Which row groups of a file are to be read, and how many rows these have.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) plan: ParquetAccessPlan,
    pub(crate) rows: u64,
}

/// For each file its row groups that may have what is wanted; `None` where no row group has.
pub(crate) async fn prune(
    files: Vec<PartitionedFile>,
    question: &Arc<Question>,
    readers: &Arc<dyn ParquetFileReaderFactory>,
    looked: &Arc<Looked>,
    report: &Arc<ScanReport>,
    tasks: usize,
) -> Result<Vec<Option<Access>>> {
    let share = files.len().div_ceil(tasks.max(1)).max(FILES_AT_ONCE);
    let mut files = files.into_iter().peekable();
    let mut parts = Vec::new();
    while files.peek().is_some() {
        let (question, readers) = (Arc::clone(question), Arc::clone(readers));
        let (looked, report) = (Arc::clone(looked), Arc::clone(report));
        let looks: Vec<_> = files
            .by_ref()
            .take(share)
            .map(move |file| {
                let (question, looked, report) = (Arc::clone(&question), Arc::clone(&looked), Arc::clone(&report));
                let path = file.object_meta.location.to_string();
                let hint = Some(crate::table::METADATA_BYTES_HINT);
                let reader = readers.create_reader(0, file, hint, &ExecutionPlanMetricsSet::new());
                async move { Look { path, reader: reader?, looked, report }.prune(&question).await }
            })
            .collect();
        // Parsing footers is work: on every processor where there are many.
        parts.push(SpawnedTask::spawn(stream::iter(looks).buffered(FILES_AT_ONCE).try_collect::<Vec<_>>()));
    }
    let mut accesses = Vec::new();
    for part in parts {
        let part = part.join().await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        accesses.extend(part);
    }
    Ok(accesses)
}

/// Footers alone: where pages are matters only of the files that are read.
pub(crate) fn footer_alone() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Skip)
}

/// A file that is looked at.
struct Look {
    path: String,
    reader: Box<dyn AsyncFileReader + Send>,
    looked: Arc<Looked>,
    report: Arc<ScanReport>,
}

impl Look {
    async fn prune(mut self, question: &Question) -> Result<Option<Access>> {
        let Question { wanted, sought } = question;
        let metadata = self.reader.get_metadata(Some(&footer_alone())).await?;
        let indexes = self.indexes(&metadata);
        let leaves: Vec<Option<usize>> = wanted.iter().map(|wanted| leaf(&metadata, &wanted.column)).collect();
        let mut plan = ParquetAccessPlan::new_none(metadata.num_row_groups());
        let mut rows = 0;
        for (group, chunks) in metadata.row_groups().iter().enumerate() {
            let columns = || wanted.iter().zip(&leaves).filter_map(|(wanted, leaf)| Some((wanted, (*leaf)?)));
            if !columns().all(|(wanted, leaf)| within_bounds(chunks.column(leaf), &wanted.texts)) {
                self.report.row_groups.by_bounds.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let in_group = usize::try_from(chunks.num_rows()).unwrap_or_default();
            let (access, kept) = match indexes.get(group) {
                Some(index) => self.access(index, sought, in_group).await?,
                None => {
                    let mut known = true;
                    for (wanted, leaf) in columns() {
                        known = known && self.may_know(chunks.column(leaf), (group, leaf), &wanted.texts).await?;
                    }
                    if !known {
                        self.report.row_groups.by_bloom_filters.fetch_add(1, Ordering::Relaxed);
                    }
                    if known { (RowGroupAccess::Scan, in_group) } else { (RowGroupAccess::Skip, 0) }
                }
            };
            plan.set(group, access);
            rows += kept as u64;
        }
        if rows == 0 {
            self.report.row_groups.files_pruned.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        if plan.inner().iter().any(|access| matches!(access, RowGroupAccess::Selection(_))) {
            // Without it, whoever reads some pages reads all. It stays with the footer.
            self.reader.get_metadata(None).await?;
        }
        Ok(Some(Access { plan, rows }))
    }

    /// The indexes of the file's row groups; none where it has no index.
    fn indexes(&self, metadata: &ParquetMetaData) -> Arc<Vec<ValueIndex>> {
        let path = self.path.as_str();
        self.looked.indexes.get(path).unwrap_or_else(|| {
            let entries = metadata.file_metadata().key_value_metadata();
            let entry = entries.and_then(|entries| entries.iter().find(|entry| entry.key == ValueIndex::footer_key()));
            let text = entry.and_then(|entry| entry.value.as_deref()).unwrap_or_default();
            let indexes = ValueIndex::of_footer(text).filter(|indexes| indexes.len() == metadata.num_row_groups());
            self.looked.indexes.keep(path.to_owned(), indexes.unwrap_or_default(), text.len())
        })
    }

    /// The pages of a row group that may hold what is sought, and how many rows they have.
    async fn access(&mut self, index: &ValueIndex, sought: &Sought, rows: usize) -> Result<(RowGroupAccess, usize)> {
        let mut answers = HashMap::new();
        let pages = loop {
            match sought.pages(index, &answers) {
                Ok(pages) => break pages,
                Err(probes) => self.answer(index, probes, &mut answers).await?,
            }
        };
        if pages == index.all_pages() {
            return Ok((RowGroupAccess::Scan, rows));
        }
        if pages == 0 {
            self.report.row_groups.by_value_index.fetch_add(1, Ordering::Relaxed);
            return Ok((RowGroupAccess::Skip, 0));
        }
        let selection = RowSelection::from(selectors(pages, index.all_pages(), rows));
        let kept = selection.row_count();
        self.report.row_groups.rows_by_value_index.fetch_add((rows - kept) as u64, Ordering::Relaxed);
        Ok((RowGroupAccess::Selection(selection), kept))
    }

    async fn answer(
        &mut self,
        index: &ValueIndex,
        probes: Vec<Probe>,
        answers: &mut HashMap<Probe, Pages>,
    ) -> Result<()> {
        let key = |range: &Range<u64>| (self.path.clone(), range.start);
        let mut shards: HashMap<u64, Arc<Bytes>> = HashMap::new();
        let mut unread: Vec<Range<u64>> = Vec::new();
        for range in probes.iter().map(|probe| index.range(*probe)) {
            match self.looked.shards.get(&key(&range)) {
                Some(shard) => _ = shards.insert(range.start, shard),
                None => unread.push(range),
            }
        }
        unread.sort_unstable_by_key(|range| range.start);
        unread.dedup();
        if !unread.is_empty() {
            let keys: Vec<_> = unread.iter().map(key).collect();
            let read = self.reader.get_byte_ranges(unread.clone()).await?;
            for ((key, range), bytes) in keys.into_iter().zip(unread).zip(read) {
                self.report.row_groups.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                let length = bytes.len();
                shards.insert(range.start, self.looked.shards.keep(key, bytes, length));
            }
        }
        for probe in probes {
            let shard = shards.get(&index.range(probe).start);
            answers.insert(probe, shard.map_or(index.all_pages(), |shard| index.find(probe, shard)));
        }
        Ok(())
    }

    /// Whether the bloom filter of a column does not rule out all of some texts; true where there is none.
    async fn may_know(&mut self, chunk: &ColumnChunkMetaData, place: (usize, usize), texts: &[String]) -> Result<bool> {
        let (Some(offset), Some(length)) = (chunk.bloom_filter_offset(), chunk.bloom_filter_length()) else {
            return Ok(true);
        };
        let (Ok(offset), Ok(length)) = (u64::try_from(offset), u64::try_from(length)) else { return Ok(true) };
        let key = (self.path.clone(), place.0, place.1);
        let filter = match self.looked.filters.get(&key) {
            Some(filter) => filter,
            None => {
                let bytes = self.reader.get_bytes(offset..offset + length).await?;
                self.report.row_groups.bytes.fetch_add(length, Ordering::Relaxed);
                let filter = Sbbf::from_bytes(&bytes).map_err(DataFusionError::from)?;
                self.looked.filters.keep(key, filter, bytes.len())
            }
        };
        Ok(texts.iter().any(|text| filter.check(text.as_str())))
    }
}

/// The rows of some pages among those of a row group, which the last page ends.
fn selectors(pages: Pages, all: Pages, rows: usize) -> Vec<RowSelector> {
    let last = all.trailing_ones() as usize - 1;
    let page = |page: usize| {
        let end = if page == last { rows } else { (page + 1) * PAGE_ROWS };
        let row_count = end.saturating_sub(page * PAGE_ROWS);
        RowSelector { row_count, skip: pages >> page & 1 == 0 }
    };
    (0..=last).map(page).collect()
}

/// The place of a column in a file; `None` where the file lacks it.
fn leaf(metadata: &ParquetMetaData, column: &str) -> Option<usize> {
    metadata.file_metadata().schema_descr().columns().iter().position(|leaf| leaf.name() == column)
}

/// Whether one of some texts lies within the bounds of a row group's column, which may be shortened: the smallest
/// downwards, the largest upwards.
fn within_bounds(chunk: &ColumnChunkMetaData, texts: &[String]) -> bool {
    // The bounds of old writers are in an order of their own.
    let Some(statistics) = chunk.statistics().filter(|known| !known.is_min_max_deprecated()) else { return true };
    match (statistics.min_bytes_opt(), statistics.max_bytes_opt()) {
        (Some(min), Some(max)) => texts.iter().any(|text| min <= text.as_bytes() && text.as_bytes() <= max),
        // No value at all.
        (None, None) => statistics.null_count_opt() != u64::try_from(chunk.num_values()).ok(),
        _ => true,
    }
}
