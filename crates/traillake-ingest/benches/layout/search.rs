//! What a question reads of a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, BooleanArray, RecordBatch, Scalar, StringArray, UInt64Array};
use arrow::compute::kernels::comparison::contains;
use arrow::error::ArrowError;
use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
    RowSelection, RowSelector,
};
use parquet::bloom_filter::Sbbf;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};

use crate::Answer;
use crate::needle::Needle;

/// What was read, without the footer and the page index, which a program reads once.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) bytes: u64,
    /// Pages, dictionaries and bloom filters.
    pub(crate) reads: u64,
}

/// A file that counts what is read of it.
#[derive(Clone, Default)]
struct Counted {
    file: Bytes,
    bytes: Arc<AtomicU64>,
    reads: Arc<AtomicU64>,
}

impl Length for Counted {
    fn len(&self) -> u64 {
        self.file.len() as u64
    }
}

impl ChunkReader for Counted {
    type T = Reader<Bytes>;

    /// For readers without a page index, which none here is.
    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        let rest = ChunkReader::get_bytes(self, start, (self.len() - start) as usize)?;
        Ok(rest.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.file.get_bytes(start, length)
    }
}

/// Looks for the events and shows them; fails where an event is missed.
pub(crate) fn search(file: &Bytes, needle: &Needle) -> Answer<Cost> {
    let known =
        ArrowReaderMetadata::load(file, ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required))?;
    let counted = Counted { file: file.clone(), ..Counted::default() };
    let is_column = known.schema().field_with_name(needle.column).is_ok();
    let asked = if is_column { needle.column } else { needle.column.split('_').next().unwrap_or_default() };
    let asked = known.schema().index_of(asked)?;
    let (groups, pages) = if is_column {
        let groups = groups(&known, &counted, needle, asked)?;
        let pages = pages(&known, needle, &groups)?;
        (groups, Some(pages))
    } else {
        ((0..known.metadata().num_row_groups()).collect(), None)
    };
    let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(counted.clone(), known.clone())
        .with_row_groups(groups)
        .with_projection(shown(&known, needle)?)
        .with_row_filter(filter(&known, needle, asked, is_column));
    if let Some(pages) = pages {
        reader = reader.with_row_selection(pages);
    }
    let mut found = 0;
    for batch in reader.build()? {
        found += batch?.num_rows();
    }
    // The text of an object may hold the word elsewhere too.
    if found != needle.expected && is_column {
        return Err(format!("{} of {} events of {} were found", found, needle.expected, needle.column).into());
    }
    Ok(Cost { bytes: counted.bytes.load(Ordering::Relaxed), reads: counted.reads.load(Ordering::Relaxed) })
}

/// The row groups that may hold what is looked for.
fn groups(known: &ArrowReaderMetadata, counted: &Counted, needle: &Needle, asked: usize) -> Answer<Vec<usize>> {
    let converter = StatisticsConverter::try_new(needle.column, known.schema(), known.parquet_schema())?;
    let groups = known.metadata().row_groups();
    let bounds = needle.may_match(&converter.row_group_mins(groups)?, &converter.row_group_maxes(groups)?)?;
    let mut kept = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        // A group without bounds has only nulls.
        if bounds.is_null(index) || !bounds.value(index) {
            continue;
        }
        let bloom = match needle.word() {
            Some(word) => Sbbf::read_from_column_chunk(group.column(asked), counted)?.map(|bloom| bloom.check(word)),
            None => None,
        };
        if bloom != Some(false) {
            kept.push(index);
        }
    }
    Ok(kept)
}

/// The rows of these groups whose pages may hold what is looked for.
fn pages(known: &ArrowReaderMetadata, needle: &Needle, groups: &[usize]) -> Answer<RowSelection> {
    let converter = StatisticsConverter::try_new(needle.column, known.schema(), known.parquet_schema())?;
    let metadata = known.metadata();
    let columns = metadata.column_index().ok_or("the file has no column index")?;
    let offsets = metadata.offset_index().ok_or("the file has no offset index")?;
    let least = converter.data_page_mins(columns, offsets, groups)?;
    let largest = converter.data_page_maxes(columns, offsets, groups)?;
    let rows = converter.data_page_row_counts(offsets, metadata.row_groups(), groups)?;
    let rows: UInt64Array = rows.ok_or("the file has no such column")?;
    let kept = needle.may_match(&least, &largest)?;
    let selectors = kept.iter().zip(rows.values()).map(|(kept, rows)| {
        let rows = *rows as usize;
        if kept == Some(true) { RowSelector::select(rows) } else { RowSelector::skip(rows) }
    });
    Ok(selectors.collect::<Vec<_>>().into())
}

fn shown(known: &ArrowReaderMetadata, needle: &Needle) -> Answer<ProjectionMask> {
    if needle.shown.is_empty() {
        return Ok(ProjectionMask::all());
    }
    let places = needle.shown.iter().map(|name| known.schema().index_of(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(ProjectionMask::roots(known.parquet_schema(), places))
}

fn filter(known: &ArrowReaderMetadata, needle: &Needle, asked: usize, is_column: bool) -> RowFilter {
    let mask = ProjectionMask::roots(known.parquet_schema(), [asked]);
    let needle = needle.clone();
    let matches = move |rows: RecordBatch| -> Result<BooleanArray, ArrowError> {
        match (is_column, needle.word(), needle.column.split_once('_')) {
            (false, Some(word), Some((_, key))) => {
                let member = StringArray::from(vec![format!("\"{key}\":\"{word}\"")]);
                contains(rows.column(0), &Scalar::new(member))
            }
            _ => needle.matches(rows.column(0)),
        }
    };
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, matches))])
}
