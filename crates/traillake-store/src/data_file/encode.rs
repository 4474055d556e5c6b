//! Rows of one day, in any order, as the bytes of a Parquet file.
//!
//! A row group is encoded column by column, on several threads: each column is gathered in file order, a slice at a
//! time, and goes straight into its pages, so that no sorted copy of the rows ever exists as a whole.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch};
use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, sort_to_indices};
use arrow::datatypes::{ArrowNativeType, Field, Int32Type};
use parquet::arrow::arrow_writer::compute_leaves;
use parquet::errors::ParquetError;
use traillake_event::schema::{Column, EVENT_TIME, Kind, Schema};

use super::chunk::{Chunk, Compressors, EncodedColumn};
use super::coded::Coded;
use super::gather::{Gatherer, Place};
use super::order::index_of;
use super::writer::{ColumnWriter, Encoded, FileWriter, ROW_GROUP_ROWS, ZSTD_FRESH};
use crate::error::{Error, cause};
use crate::value_counts::{self, Minutes};
use crate::value_index::{Collectors, Values};

/// Rows that are gathered at a time: about what the caches hold of a column of long JSON.
const SLICE_ROWS: usize = 2_048;
/// The most bytes of values that are gathered at a time, unless a single one has more. A page ends with its slice at the
/// latest, so that this bounds pages too.
const SLICE_BYTES: usize = 4 << 20;

/// Some rows of a batch.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The batch.
    pub batch: RecordBatch,
    /// The places of the rows in it; all of them when `None`.
    pub rows: Option<Vec<u32>>,
}

impl Selection {
    fn count(&self) -> usize {
        self.rows.as_ref().map_or(self.batch.num_rows(), Vec::len)
    }
}

/// Sorts rows into file order and encodes them as Parquet, on so many threads.
///
/// Their batches are of the schema's [`physical`](Schema::physical) or [`decoded`](Schema::decoded) form, in any
/// order, at least one row in all. Rows go
/// by `eventTime` descending (NULLs last), `eventSource`, `eventName`, `eventID`. Pure CPU work, without I/O: about
/// the time of one zstd pass over the columns, and the memory of the rows, four sort columns and the file.
pub fn encode(schema: &Arc<Schema>, selected: Vec<Selection>, threads: usize) -> Result<Encoded, Error> {
    let count: usize = selected.iter().map(Selection::count).sum();
    if count == 0 {
        return Err(Error::Rows { reason: "there are no rows".to_owned() });
    }
    let failed = |error: ParquetError| Error::EncodeDataFile { rows: count as u64, source: cause(error) };
    let places = places(&selected);
    let rows: Vec<RecordBatch> = selected.into_iter().map(|selected| selected.batch).collect();
    let mut writer = FileWriter::new(schema, &rows[0].schema(), count, ZSTD_FRESH)?;
    let order = file_order(schema, &rows, places).map_err(failed)?;
    for group in order.chunks(ROW_GROUP_ROWS) {
        let (columns, values) = (writer.column_writers(), Collectors::new(group.len()));
        let chunks = encode_group(schema, &rows, group, (columns, &values), threads.max(1)).map_err(failed)?;
        writer.append(group.len(), chunks, &values)?;
    }
    drop(rows);
    writer.finish()
}

fn places(selected: &[Selection]) -> Vec<Place> {
    let mut places = Vec::with_capacity(selected.iter().map(Selection::count).sum());
    for (batch, selected) in (0..).zip(selected) {
        match &selected.rows {
            Some(rows) => places.extend(rows.iter().map(|row| Place { batch, row: *row })),
            None => places.extend((0..).take(selected.batch.num_rows()).map(|row| Place { batch, row })),
        }
    }
    places
}

/// The places in file order.
fn file_order(schema: &Schema, rows: &[RecordBatch], places: Vec<Place>) -> Result<Vec<Place>, ParquetError> {
    let mut keys = Vec::with_capacity(schema.order().len());
    for (name, descending) in schema.order() {
        let gathered = Gatherer::new(&arrays(rows, index_of(schema, name)?))?.gather(&places)?;
        // The values of a dictionary are few for many rows: their ranks sort faster, and take no memory for long ones.
        let values = match gathered.as_dictionary_opt::<Int32Type>() {
            Some(dictionary) => ranks(dictionary)?,
            None => gathered,
        };
        let options = SortOptions { descending, nulls_first: false };
        keys.push(SortColumn { values, options: Some(options) });
    }
    let sorted = lexsort_to_indices(&keys, None)?;
    Ok(sorted.values().iter().map(|&index| places[index as usize]).collect())
}

/// For each row the place of its value among the sorted values, which are distinct.
fn ranks(dictionary: &DictionaryArray<Int32Type>) -> Result<ArrayRef, ParquetError> {
    let sorted = sort_to_indices(dictionary.values(), None, None)?;
    let mut ranks = vec![0; sorted.len()];
    for (rank, &value) in (0..).zip(sorted.values()) {
        ranks[value as usize] = rank;
    }
    let keys = dictionary.keys();
    Ok(Arc::new(keys.iter().map(|key| key.map(|key| ranks[key.as_usize()])).collect::<Int32Array>()))
}

/// Encodes the columns of a row group; every thread takes the next one that nobody has.
fn encode_group(
    schema: &Schema,
    rows: &[RecordBatch],
    places: &[Place],
    (columns, values): (Vec<ColumnWriter>, &Collectors),
    threads: usize,
) -> Result<Vec<EncodedColumn>, ParquetError> {
    let waiting: Vec<Mutex<Option<ColumnWriter>>> =
        columns.into_iter().map(|column| Mutex::new(Some(column))).collect();
    let (next, threads) = (AtomicUsize::new(0), threads.min(waiting.len()));
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(column) = waiting.get(index) else { return done };
            if let Some(writer) = column.lock().unwrap_or_else(PoisonError::into_inner).take() {
                let column = &schema.columns()[index];
                done.push((index, encode_column(column, &arrays(rows, index), places, (writer, values))));
            }
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, chunk)| chunk).collect()
}

fn arrays(rows: &[RecordBatch], index: usize) -> Vec<&dyn Array> {
    rows.iter().map(|batch| batch.column(index).as_ref()).collect()
}

/// Encodes the values of a column at the given places of its arrays, in that order, and collects them for the index.
pub(crate) fn encode_column(
    column: &Column,
    arrays: &[&dyn Array],
    places: &[Place],
    (writer, collectors): (ColumnWriter, &Collectors),
) -> Result<EncodedColumn, ParquetError> {
    let gatherer = Gatherer::new(arrays)?;
    let (mut values, compressors) = (Values::of(column, collectors), Arc::clone(&writer.compressors));
    if let Some((distinct, rows)) = gatherer.codes(places) {
        let coded = Coded::new(distinct, rows);
        if let Some(mut values) = values.take() {
            values.add_distinct(coded.pages());
            values.finish(collectors);
        }
        let pages = gatherer.slices(places, SLICE_ROWS, SLICE_BYTES);
        if let Some(chunk) = coded.encode(pages.map(<[Place]>::len), &writer)? {
            let (nulls, counted) = coded.counts();
            let counts = (column.kind == Kind::Text).then(|| value_counts::encode_texts(nulls, counted)).flatten();
            return Ok(EncodedColumn { chunk, counts: compressed(counts, &compressors)? });
        }
    }
    let mut minutes = (column.name == EVENT_TIME).then(Minutes::default);
    let (mut writer, mut first_row) = (writer.of_values()?, 0);
    // Only the type matters: a writer knows its column.
    let field = Field::new("", gatherer.data_type(), true);
    for slice in gatherer.slices(places, SLICE_ROWS, SLICE_BYTES) {
        let rows = gatherer.gather(slice)?;
        for leaf in compute_leaves(&field, &rows)? {
            writer.write(&leaf)?;
        }
        if let Some(values) = &mut values {
            values.add_rows(&rows, first_row);
        }
        if let Some(minutes) = &mut minutes {
            minutes.add(&rows);
        }
        first_row += slice.len();
    }
    if let Some(values) = values {
        values.finish(collectors);
    }
    let counts = compressed(minutes.and_then(|minutes| minutes.encode()), &compressors)?;
    Ok(EncodedColumn { chunk: Chunk::Arrow(Box::new(writer.close()?)), counts })
}

fn compressed(counts: Option<Vec<u8>>, compressors: &Compressors) -> Result<Option<Vec<u8>>, ParquetError> {
    let packed = counts.map(|counts| compressors.compress([counts.as_slice()].into_iter())).transpose()?;
    Ok(packed.and_then(|mut packed| packed.pop()))
}
