//! Data files: immutable Parquet files of the events of one day.
//!
//! Writing has two halves, so that a caller can run the first on threads of its own: [`encode`] sorts and
//! encodes (all CPU, no I/O), [`put_data_file`] stores the bytes durably. A stored file is not part of the
//! store until a [`Transaction`](crate::Transaction) commits it.
//!
//! Why a file is laid out as it is, with measurements: `docs/layout.md` of this crate.

use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::content_hash::ContentHash;
use crate::error::{Error, cause};
use crate::layout;
use crate::store::EventDataStore;

mod bounds;
mod chunk;
mod coded;
mod codes;
mod encode;
mod gather;
mod hybrid;
mod order;
mod page_header;
mod pages;
mod pieces;
mod reader;
mod statistics;
mod writer;

pub use bounds::ColumnBounds;
pub(crate) use chunk::EncodedColumn;
pub use codes::{CodedTexts, read_codes, read_codes_at, read_present_codes, read_times};
pub(crate) use encode::encode_column;
pub use encode::{Selection, encode};
pub(crate) use gather::Place;
pub use pages::{ColumnPages, Unpacker, bytes_of_pages, rows_of_pages};
pub use pieces::Pieces;
pub(crate) use reader::DataFileReader;
pub(crate) use statistics::Statistics;
pub use statistics::{Bounds, Value};
pub use writer::Encoded;
pub(crate) use writer::{ColumnWriter, FileWriter, ROW_GROUP_ROWS, ZSTD_MERGED};

/// A data file as the log lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct DataFile {
    /// Where it is, relative to the lake.
    pub path: Path,
    /// Its size.
    pub bytes: u64,
    /// How many events it holds.
    pub rows: u64,
    /// The UTC day of all its events; `None` for events without a readable time.
    pub calendar_day: Option<NaiveDate>,
    /// What is known about its columns.
    pub columns: ColumnBounds,
    /// When it was written, in milliseconds since 1970 UTC.
    pub modified_at_ms: i64,
    /// What its bytes are; `None` of a file that was written before hashes were, or by another program.
    pub sha256: Option<ContentHash>,
}

impl DataFile {
    pub(crate) fn statistics(&self) -> Statistics {
        Statistics { rows: self.rows, columns: self.columns.clone() }
    }
}

/// Sorts the rows of one day into file order and writes one immutable, synced Parquet file that no snapshot
/// lists yet: [`encode`] on a blocking thread, then [`put_data_file`].
///
/// `rows` are batches of the physical or decoded form of the [store's schema](EventDataStore::schema), in any order,
/// all of `day`; `None` is the day of the events without a readable time. Takes the memory of the rows and of the
/// encoded file.
pub async fn write_data_file(
    store: &EventDataStore,
    day: Option<NaiveDate>,
    rows: Vec<RecordBatch>,
) -> Result<DataFile, Error> {
    let count = rows.iter().map(|batch| batch.num_rows() as u64).sum();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let selected = rows.into_iter().map(|batch| Selection { batch, rows: None }).collect();
    let schema = Arc::clone(store.schema());
    let encoded = tokio::task::spawn_blocking(move || encode(&schema, selected, threads))
        .await
        .map_err(|error| Error::EncodeDataFile { rows: count, source: cause(error) })??;
    put_data_file(store, day, encoded).await
}

/// Stores an encoded file durably, under a new name. No snapshot lists it yet; where no commit follows it is
/// garbage that does no harm.
pub async fn put_data_file(
    store: &EventDataStore,
    day: Option<NaiveDate>,
    encoded: Encoded,
) -> Result<DataFile, Error> {
    let path = layout::in_lake(store.id(), &layout::new_data_file(day));
    let bytes = encoded.content.content_length() as u64;
    let stored = store.lake().storage().put(&path, encoded.content).await;
    stored.map_err(|error| Error::WriteDataFile { path: path.clone(), source: cause(error) })?;
    Ok(DataFile {
        path,
        bytes,
        rows: encoded.rows,
        calendar_day: day,
        columns: encoded.columns,
        modified_at_ms: store.lake().clock().now_ms(),
        sha256: Some(encoded.sha256),
    })
}
