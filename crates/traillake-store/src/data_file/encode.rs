//! Rows of one day, in any order, as the bytes of a Parquet file.

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, SortOptions, concat, interleave, lexsort_to_indices};
use parquet::errors::ParquetError;
use traillake_event::schema::Schema;

use super::order::{ORDER, index_of};
use super::writer::{Encoded, FileWriter, ROW_GROUP_ROWS};
use crate::error::{Error, cause};

/// Sorts rows into file order and encodes them as Parquet.
///
/// `rows` are batches of [`Schema::physical`], in any order, at least one row in all; text columns may be
/// dictionaries of text. Rows go by `eventTime` descending (NULLs last), `eventSource`, `eventName`, `eventID`. Pure
/// CPU work, without I/O: about the time of one zstd pass over the columns, and the memory of the rows, four sort
/// columns and the file.
pub fn encode(rows: Vec<RecordBatch>) -> Result<Encoded, Error> {
    let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
    if count == 0 {
        return Err(Error::Rows { reason: "there are no rows".to_owned() });
    }
    let failed = |error: ParquetError| Error::EncodeDataFile { rows: count as u64, source: cause(error) };
    let mut writer = FileWriter::new(rows[0].schema())?;
    let order = file_order(Schema::events(), &rows).map_err(failed)?;
    for part in order.chunks(ROW_GROUP_ROWS / 8) {
        writer.write(&gather(&rows, part).map_err(failed)?)?;
    }
    drop(rows);
    writer.finish()
}

/// The places (batch, row) of all rows, in file order.
fn file_order(schema: &Schema, rows: &[RecordBatch]) -> Result<Vec<(usize, usize)>, ParquetError> {
    let mut keys = Vec::with_capacity(ORDER.len());
    for (name, descending) in ORDER {
        let index = index_of(schema, name)?;
        let parts: Vec<&dyn Array> = rows.iter().map(|batch| batch.column(index).as_ref()).collect();
        let options = SortOptions { descending, nulls_first: false };
        keys.push(SortColumn { values: concat(&parts)?, options: Some(options) });
    }
    let places: Vec<(usize, usize)> =
        rows.iter().enumerate().flat_map(|(batch, rows)| (0..rows.num_rows()).map(move |row| (batch, row))).collect();
    let sorted = lexsort_to_indices(&keys, None)?;
    Ok(sorted.values().iter().map(|&index| places[index as usize]).collect())
}

fn gather(rows: &[RecordBatch], places: &[(usize, usize)]) -> Result<RecordBatch, ParquetError> {
    let first = &rows[0];
    let columns = (0..first.num_columns()).map(|index| {
        let parts: Vec<&dyn Array> = rows.iter().map(|batch| batch.column(index).as_ref()).collect();
        interleave(&parts, places)
    });
    Ok(RecordBatch::try_new(first.schema(), columns.collect::<Result<Vec<ArrayRef>, _>>()?)?)
}
