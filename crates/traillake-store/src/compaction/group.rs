//! A row group out of ranges of many files.

use std::sync::Arc;

use arrow::array::Array;
use futures::{StreamExt, TryStreamExt, stream};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter};

use super::input::Input;
use super::order::Group;
use crate::data_file::encode_column;
use crate::error::{Error, cause};

/// How many files a column is read from at once.
const READ_AT_ONCE: usize = 8;

/// Encodes the columns of a row group, so many at a time. In memory are the values of these, and all that is encoded.
pub(super) async fn encode_group(
    inputs: &[Arc<Input>],
    group: &Arc<Group>,
    columns: Vec<ArrowColumnWriter>,
    threads: usize,
) -> Result<Vec<ArrowColumnChunk>, Error> {
    stream::iter(columns.into_iter().enumerate())
        .map(|(place, writer)| {
            let encoding = encode(inputs.to_vec(), Arc::clone(group), place, writer);
            async move { tokio::spawn(encoding).await.map_err(|error| failed(group, error))? }
        })
        .buffered(threads.max(1))
        .try_collect()
        .await
}

async fn encode(
    inputs: Vec<Arc<Input>>,
    group: Arc<Group>,
    place: usize,
    writer: ArrowColumnWriter,
) -> Result<ArrowColumnChunk, Error> {
    let reads: Vec<_> = inputs.iter().zip(&group.ranges).map(|(input, rows)| input.read(place, rows.clone())).collect();
    let arrays = stream::iter(reads).buffered(READ_AT_ONCE).try_collect::<Vec<_>>().await?;
    let work = move || {
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        encode_column(&arrays, &group.places, writer).map_err(|error| failed(&group, error))
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::EncodeDataFile { rows: 0, source: cause(error) })?
}

fn failed(group: &Group, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::EncodeDataFile { rows: group.places.len() as u64, source: cause(error) }
}
