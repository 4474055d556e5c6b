//! A row group out of ranges of many files.

use std::sync::Arc;

use arrow::array::Array;
use futures::{StreamExt, TryStreamExt, stream};

use traillake_event::schema::Schema;

use super::input::Input;
use super::order::Group;
use crate::data_file::{ColumnWriter, EncodedColumn, encode_column};
use crate::error::{Error, cause};
use crate::value_index::Collectors;

/// How many files a column is read from at once.
const READ_AT_ONCE: usize = 8;

/// Encodes the columns of a row group, so many at a time, and collects their values for the index. In memory are the
/// values of these, and all that is encoded and collected.
pub(super) async fn encode_group(
    schema: &Arc<Schema>,
    inputs: &[Arc<Input>],
    group: &Arc<Group>,
    (columns, values): (Vec<ColumnWriter>, &Arc<Collectors>),
    threads: usize,
) -> Result<Vec<EncodedColumn>, Error> {
    stream::iter(columns.into_iter().enumerate())
        .map(|(place, writer)| {
            let column = (Arc::clone(schema), place);
            let encoding = encode(inputs.to_vec(), Arc::clone(group), column, (writer, Arc::clone(values)));
            async move { tokio::spawn(encoding).await.map_err(|error| failed(group, error))? }
        })
        .buffered(threads.max(1))
        .try_collect()
        .await
}

async fn encode(
    inputs: Vec<Arc<Input>>,
    group: Arc<Group>,
    (schema, place): (Arc<Schema>, usize),
    (writer, values): (ColumnWriter, Arc<Collectors>),
) -> Result<EncodedColumn, Error> {
    let reads: Vec<_> = inputs.iter().zip(&group.ranges).map(|(input, rows)| input.read(place, rows.clone())).collect();
    let arrays = stream::iter(reads).buffered(READ_AT_ONCE).try_collect::<Vec<_>>().await?;
    let work = move || {
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        let column = &schema.columns()[place];
        encode_column(column, &arrays, &group.places, (writer, &values)).map_err(|error| failed(&group, error))
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::EncodeDataFile { rows: 0, source: cause(error) })?
}

fn failed(group: &Group, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::EncodeDataFile { rows: group.places.len() as u64, source: cause(error) }
}
