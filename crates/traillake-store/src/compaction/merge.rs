//! Files of one day to new files of that day.

use std::sync::Arc;

use super::group::encode_group;
use super::input::Input;
use super::order::Order;
use super::plan::{Merge, Sizes};
use crate::data_file::{DataFile, Encoded, FileWriter, ROW_GROUP_ROWS, ZSTD_MERGED, put_data_file};
use crate::error::Error;
use crate::snapshot::Snapshot;
use crate::value_index::Collectors;

/// A row group that has to end with fewer rows, for the bytes of a column, has values far larger than CloudTrail's.
const FEW_ROWS: usize = 2_048;

/// Merges opened files into new ones, durably: so many of their first rows, in the order of all. No version names them
/// yet.
pub(super) async fn merge(
    snapshot: &Snapshot,
    merge: &Merge,
    (inputs, rows): (Vec<Input>, u64),
    sizes: Sizes,
    threads: usize,
) -> Result<Vec<DataFile>, Error> {
    let inputs: Vec<Arc<Input>> = inputs.into_iter().map(Arc::new).collect();
    let mut order = Order::new(&inputs).await?;
    let rows_each = rows.div_ceil(merge.outputs(rows, sizes));
    let mut files: Vec<DataFile> = Vec::new();
    let mut left = rows;
    while left > 0 {
        let rows = left.min(rows_each);
        let merged = match write(snapshot, &inputs, &mut order, rows, sizes, threads).await {
            Ok(encoded) => put_data_file(snapshot.store(), merge.day, encoded).await,
            Err(error) => Err(error),
        };
        match merged {
            Ok(file) => files.push(file),
            Err(error) => {
                super::discard(snapshot.store(), &files).await;
                return Err(error);
            }
        }
        left -= rows;
    }
    Ok(files)
}

/// The next rows as one file.
async fn write(
    snapshot: &Snapshot,
    inputs: &[Arc<Input>],
    order: &mut Order,
    rows: u64,
    sizes: Sizes,
    threads: usize,
) -> Result<Encoded, Error> {
    let schema = snapshot.store().schema();
    let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
    let mut writer = FileWriter::new(schema, &schema.physical(), left, ZSTD_MERGED)?;
    while left > 0 {
        let group = Arc::new(order.next(left.min(ROW_GROUP_ROWS), sizes.column_bytes).await?);
        let count = group.places.len();
        if count == 0 {
            // The files were opened with as many rows as the log says.
            return Err(Error::Rows { reason: format!("{left} rows of the files to be merged are missing") });
        }
        let (columns, values) = (writer.column_writers(), Arc::new(Collectors::new(count)));
        // A column of few and large values takes several times their memory on its way.
        let threads = if group.column_bytes > sizes.column_bytes / 2 && count < FEW_ROWS { 1 } else { threads };
        let chunks = encode_group(schema, inputs, &group, (columns, &values), threads).await?;
        writer.append(count, chunks, &values)?;
        left -= count;
    }
    writer.finish()
}
