//! The identity of an event, for telling duplicates.

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use tracing::Instrument;
use traillake_event::schema::{EVENT_DIGEST, EVENT_ID};

use crate::data_file::{DataFile, DataFileReader};
use crate::error::{Error, cause};
use crate::records::may_hold;
use crate::snapshot::Snapshot;

/// How many files are read at once: of each, two columns of a row group are held.
const READ_AT_ONCE: usize = 8;

/// The identity of an event: 64 bits of its id, and the 64 of its content. Two events with one key are one
/// event delivered twice; the same id with other content has another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(u128);

impl EventKey {
    /// The key of an event with this `eventID` (empty when it has none) and
    /// [`eventDigest`](traillake_event::schema::EVENT_DIGEST). The same in every build and on every machine.
    pub fn new(event_id: &str, digest: i64) -> Self {
        Self((u128::from(hash(event_id.as_bytes())) << 64) | u128::from(digest.cast_unsigned()))
    }

    /// Whether it is of an event without an id, told apart by its content alone.
    pub fn is_nameless(self) -> bool {
        self.0 >> 64 == u128::from(hash(b""))
    }
}

/// FNV-1a: it need not resist attack, as the digest, half of a SHA-256's front, must agree too.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Whether an identity is asked for.
pub type KeyWanted = dyn Fn(EventKey) -> bool + Send + Sync;

/// Which identities of a day are read.
#[derive(Clone)]
pub struct EventKeysWanted {
    /// The UTC day; `None` for the events without a readable time.
    pub day: Option<NaiveDate>,
    /// The `eventTime`s wanted, in milliseconds since 1970 UTC: files that hold none of them are not opened. `None`
    /// for all.
    pub times: Option<RangeInclusive<i64>>,
    /// Which of them are wanted; `None` for all.
    pub is_wanted: Option<Arc<KeyWanted>>,
}

/// The identities that are wanted, in no order; one that several files have comes several times.
pub(crate) async fn read_event_keys(snapshot: &Snapshot, wanted: &EventKeysWanted) -> Result<Vec<EventKey>, Error> {
    let files = snapshot.data_files().iter();
    let files = files.filter(|file| file.calendar_day == wanted.day && may_hold(file, wanted.times.as_ref()));
    let reads = files.map(|file| {
        let (storage, file) = (Arc::clone(snapshot.store().lake().storage()), file.clone());
        let (path, is_wanted) = (file.path.clone(), wanted.is_wanted.clone());
        async move {
            // Each file on a thread of its own: most of the work is decoding.
            let read = async move { read_file(&storage, &file, is_wanted.as_deref()).await };
            let failed = |error| Error::ReadDataFile { path, source: cause(error) };
            tokio::spawn(read.in_current_span()).await.map_err(failed)?
        }
    });
    let mut read = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(READ_AT_ONCE);
    let mut keys = Vec::new();
    while let Some(more) = read.try_next().await? {
        keys.extend(more);
    }
    Ok(keys)
}

async fn read_file(
    storage: &Arc<dyn ObjectStore>,
    file: &DataFile,
    is_wanted: Option<&KeyWanted>,
) -> Result<Vec<EventKey>, Error> {
    tracing::debug!(path = %file.path, rows = file.rows, "event identities read");
    let failed = |error: ParquetError| Error::ReadDataFile { path: file.path.clone(), source: cause(error) };
    let reader = DataFileReader::new(storage, file);
    let builder = ParquetRecordBatchStreamBuilder::new(reader).await.map_err(failed)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [EVENT_ID, EVENT_DIGEST]);
    let mut batches = builder.with_projection(mask).build().map_err(failed)?;
    let mut keys = Vec::new();
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        let of_batch = keys_of(&batch).ok_or_else(|| {
            failed(ParquetError::General(format!("columns {EVENT_ID} and {EVENT_DIGEST} are not both there")))
        })?;
        keys.extend(of_batch.filter(|key| is_wanted.is_none_or(|is_wanted| is_wanted(*key))));
    }
    Ok(keys)
}

fn keys_of(batch: &RecordBatch) -> Option<impl Iterator<Item = EventKey>> {
    let ids = batch.column_by_name(EVENT_ID)?.as_string_opt::<i32>()?;
    let digests = batch.column_by_name(EVENT_DIGEST)?.as_primitive_opt::<Int64Type>()?;
    Some((0..batch.num_rows()).map(|row| {
        let id = if ids.is_null(row) { "" } else { ids.value(row) };
        let digest = if digests.is_null(row) { 0 } else { digests.value(row) };
        EventKey::new(id, digest)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_digest_both_make_the_key() {
        let key = EventKey::new("a", 1);
        assert_eq!(key, EventKey::new("a", 1));
        assert_ne!(key, EventKey::new("b", 1));
        assert_ne!(key, EventKey::new("a", -1));
        assert!(EventKey::new("", 1).is_nameless() && !key.is_nameless());
    }

    #[test]
    fn keys_are_the_same_in_every_build() {
        // The published FNV-1a value of "foobar".
        assert_eq!(EventKey::new("foobar", -1), EventKey((0x8594_4171_f739_67e8_u128 << 64) | u128::from(u64::MAX)));
    }
}
