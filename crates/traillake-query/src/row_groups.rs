//! The row groups that can hold what a question names.
//!
//! Where a filter says that a column has one of some values, a row group is left out when all of them lie beyond its
//! bounds or its bloom filter knows none of them. This is asked for all files before any is scanned: a needle is in a
//! few files, and opening the others would cost more than reading it. Bloom filters stay in memory, as files never
//! change.

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::bloom_filter::Sbbf;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use datafusion::physical_expr::utils::{Guarantee, LiteralGuarantee};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::{StreamExt, TryStreamExt, stream};
use traillake_store::DataFile;

/// How many files are looked at at once.
const FILES_AT_ONCE: usize = 8;

/// What bloom filters may take of memory: with a byte for each value those of 60 million ids.
const FILTER_BYTES_MAX: usize = 64 << 20;

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
    pub(crate) bytes: AtomicU64,
}

/// Which row groups of a file are to be read, and how many rows these have.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) plan: ParquetAccessPlan,
    pub(crate) rows: u64,
}

/// For each file its row groups that may have what is wanted; `None` where no row group has.
pub(crate) async fn prune(
    files: Vec<(&DataFile, PartitionedFile)>,
    wanted: &[Wanted],
    readers: &dyn ParquetFileReaderFactory,
    filters: &BloomFilters,
    report: &RowGroupReport,
) -> Result<Vec<Option<Access>>> {
    let looks: Vec<_> = files
        .into_iter()
        .map(|(file, partitioned)| async move {
            let hint = Some(crate::table::METADATA_BYTES_HINT);
            let reader = readers.create_reader(0, partitioned, hint, &ExecutionPlanMetricsSet::new())?;
            let look = Look { file, reader, filters, report };
            look.prune(wanted).await
        })
        .collect();
    stream::iter(looks).buffered(FILES_AT_ONCE).try_collect().await
}

/// A file that is looked at.
struct Look<'a> {
    file: &'a DataFile,
    reader: Box<dyn AsyncFileReader + Send>,
    filters: &'a BloomFilters,
    report: &'a RowGroupReport,
}

impl Look<'_> {
    async fn prune(mut self, wanted: &[Wanted]) -> Result<Option<Access>> {
        let metadata = self.reader.get_metadata(None).await?;
        let leaves: Vec<Option<usize>> = wanted.iter().map(|wanted| leaf(&metadata, &wanted.column)).collect();
        let mut kept = Vec::new();
        for (group, chunks) in metadata.row_groups().iter().enumerate() {
            let columns = || wanted.iter().zip(&leaves).filter_map(|(wanted, leaf)| Some((wanted, (*leaf)?)));
            if !columns().all(|(wanted, leaf)| within_bounds(chunks.column(leaf), &wanted.texts)) {
                self.report.by_bounds.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let mut known = true;
            for (wanted, leaf) in columns() {
                known = known && self.may_know(chunks.column(leaf), (group, leaf), &wanted.texts).await?;
            }
            if known {
                kept.push(group);
            } else {
                self.report.by_bloom_filters.fetch_add(1, Ordering::Relaxed);
            }
        }
        if kept.is_empty() {
            self.report.files_pruned.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        let mut plan = ParquetAccessPlan::new_none(metadata.num_row_groups());
        let mut rows = 0;
        for group in kept {
            plan.set(group, RowGroupAccess::Scan);
            rows += u64::try_from(metadata.row_group(group).num_rows()).unwrap_or_default();
        }
        Ok(Some(Access { plan, rows }))
    }

    /// Whether the bloom filter of a column does not rule out all of some texts; true where there is none.
    async fn may_know(&mut self, chunk: &ColumnChunkMetaData, place: (usize, usize), texts: &[String]) -> Result<bool> {
        let (Some(offset), Some(length)) = (chunk.bloom_filter_offset(), chunk.bloom_filter_length()) else {
            return Ok(true);
        };
        let (Ok(offset), Ok(length)) = (u64::try_from(offset), u64::try_from(length)) else { return Ok(true) };
        let key = (self.file.path.to_string(), place.0, place.1);
        let filter = match self.filters.get(&key) {
            Some(filter) => filter,
            None => {
                let bytes = self.reader.get_bytes(offset..offset + length).await?;
                self.report.bytes.fetch_add(length, Ordering::Relaxed);
                let filter = Sbbf::from_bytes(&bytes).map_err(DataFusionError::from)?;
                self.filters.keep(key, filter, bytes.len())
            }
        };
        Ok(texts.iter().any(|text| filter.check(text.as_str())))
    }
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

/// The path of a file, a row group and a column of it.
type Key = (String, usize, usize);

/// Bloom filters that were read, the younger half of them for sure.
#[derive(Debug, Default)]
pub(crate) struct BloomFilters {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, (Arc<Sbbf>, usize)>,
    young_bytes: usize,
    old: HashMap<Key, (Arc<Sbbf>, usize)>,
}

impl BloomFilters {
    fn get(&self, key: &Key) -> Option<Arc<Sbbf>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((filter, _)) = generations.young.get(key) {
            return Some(Arc::clone(filter));
        }
        let (filter, bytes) = generations.old.remove(key)?;
        generations.add(key.clone(), Arc::clone(&filter), bytes);
        Some(filter)
    }

    fn keep(&self, key: Key, filter: Sbbf, bytes: usize) -> Arc<Sbbf> {
        let filter = Arc::new(filter);
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.add(key, Arc::clone(&filter), bytes);
        filter
    }
}

impl Generations {
    fn add(&mut self, key: Key, filter: Arc<Sbbf>, bytes: usize) {
        if self.young_bytes + bytes > FILTER_BYTES_MAX / 2 {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(key, (filter, bytes)).is_none() {
            self.young_bytes += bytes;
        }
    }
}
