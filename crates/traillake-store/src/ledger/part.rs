//! Ledger parts as files, read and written a few rows at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::arrow::{AsyncArrowWriter, ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use uuid::Uuid;

use super::ImportedObject;
use super::known::ObjectKey;
use super::rows::{self, Links};
use crate::content_hash::{ContentHash, Hashing};
use crate::error::{Error, cause};
use crate::layout;
use crate::store::EventDataStore;

/// A part up to this size is read at once: most are.
const WHOLE_BYTES_MAX: u64 = 1 << 20;
/// Enough of a larger part's end for its footer.
const FOOTER_BYTES: usize = 64 << 10;
/// A part beyond this size is stored piece by piece.
const PIECE_BYTES: usize = 8 << 20;
/// How many pieces are on their way at once.
const PIECES_AT_ONCE: usize = 2;

/// A stored part whose footer has been read.
#[derive(Debug)]
pub(super) struct Part {
    input: Input,
    footer: ArrowReaderMetadata,
}

impl Part {
    pub(super) async fn open(store: &EventDataStore, part: Uuid) -> Result<Self, Error> {
        let path = layout::ledger_part(store.id(), part);
        let failed = |error: object_store::Error| Error::ReadLedger { path: path.clone(), source: cause(error) };
        let storage = Arc::clone(store.lake().storage());
        let stored = storage.get(&path).await.map_err(failed)?;
        let bytes = stored.meta.size;
        let whole = if bytes <= WHOLE_BYTES_MAX { Some(stored.bytes().await.map_err(failed)?) } else { None };
        let mut input = Input { storage, path, bytes, whole };
        let footer = ArrowReaderMetadata::load_async(&mut input, ArrowReaderOptions::new()).await;
        let footer = footer.map_err(|error| input.failed(error))?;
        Ok(Self { input, footer })
    }

    /// How many objects it has.
    pub(super) fn rows(&self) -> u64 {
        self.footer.metadata().file_metadata().num_rows().try_into().unwrap_or_default()
    }

    /// Its size as stored.
    pub(super) fn bytes(&self) -> u64 {
        self.input.bytes
    }

    pub(super) fn links(&self) -> Result<Links, Error> {
        let metadata = self.footer.metadata().file_metadata().key_value_metadata();
        Links::read(metadata.map(Vec::as_slice).unwrap_or_default()).map_err(|reason| self.input.damaged(reason))
    }

    /// Its objects, some at a time.
    pub(super) fn objects(self) -> BoxStream<'static, Result<Vec<ImportedObject>, Error>> {
        self.decoded(None, rows::decode_objects)
    }

    /// The identities of its objects, some at a time; no other column is read.
    pub(super) fn keys(self) -> BoxStream<'static, Result<Vec<ObjectKey>, Error>> {
        self.decoded(Some(rows::IDENTITY.as_slice()), rows::decode_keys)
    }

    /// Its rows as they are, some at a time.
    fn batches(self) -> BoxStream<'static, Result<RecordBatch, Error>> {
        self.decoded(None, |batch| {
            let schema = rows::objects_schema();
            let columns = schema.fields().iter().map(|field| {
                batch.column_by_name(field.name()).cloned().ok_or_else(|| format!("column {} is missing", field.name()))
            });
            let columns = columns.collect::<Result<_, _>>()?;
            RecordBatch::try_new(schema, columns).map_err(|error| error.to_string())
        })
    }

    /// Its rows, of some columns or of all, as what `decode` makes of them.
    fn decoded<T: Send + 'static>(
        self,
        columns: Option<&[&str]>,
        decode: impl Fn(&RecordBatch) -> Result<T, String> + Send + 'static,
    ) -> BoxStream<'static, Result<T, Error>> {
        let input = self.input.clone();
        let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(self.input, self.footer);
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        let batches = match builder.build() {
            Ok(batches) => batches,
            Err(error) => return stream::once(std::future::ready(Err(input.failed(error)))).boxed(),
        };
        let decoded = batches.map(move |batch| {
            let batch = batch.map_err(|error| input.failed(error))?;
            decode(&batch).map_err(|reason| input.damaged(reason))
        });
        decoded.boxed()
    }
}

/// Writes a part durably: the objects of the parts it takes up, then its own. Its hash. Holds a row group and two pieces.
pub(super) async fn write(
    store: &EventDataStore,
    part: Uuid,
    links: &Links,
    taken_up: Vec<Part>,
    objects: &[ImportedObject],
) -> Result<ContentHash, Error> {
    let path = layout::ledger_part(store.id(), part);
    let failed = |error: ParquetError| Error::WriteLedger { path: path.clone(), source: cause(error) };
    let output = BufWriter::with_capacity(Arc::clone(store.lake().storage()), path.clone(), PIECE_BYTES)
        .with_max_concurrency(PIECES_AT_ONCE);
    let output = Hashed { output, hashing: Hashing::default() };
    let properties = rows::properties(links.metadata()).map_err(failed)?;
    let mut writer = AsyncArrowWriter::try_new(output, rows::objects_schema(), Some(properties)).map_err(failed)?;
    let written = async {
        for part in taken_up {
            let mut batches = part.batches();
            while let Some(batch) = batches.try_next().await? {
                writer.write(&batch).await.map_err(failed)?;
            }
        }
        let own = rows::encode_objects(objects).map_err(|error| failed(error.into()))?;
        writer.write(&own).await.map_err(failed)?;
        writer.finish().await.map_err(failed)?;
        Ok(writer.into_inner().hashing.finish())
    };
    written.await
}

/// Hashes what is written on its way.
struct Hashed {
    output: BufWriter,
    hashing: Hashing,
}

impl AsyncFileWriter for Hashed {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), ParquetError>> {
        self.hashing.add(&bytes);
        AsyncFileWriter::write(&mut self.output, bytes)
    }

    fn complete(&mut self) -> BoxFuture<'_, Result<(), ParquetError>> {
        AsyncFileWriter::complete(&mut self.output)
    }
}

/// The bytes of a part, as the Parquet reader asks for them.
#[derive(Clone, Debug)]
struct Input {
    storage: Arc<dyn ObjectStore>,
    path: Path,
    bytes: u64,
    /// All of them, when they are few.
    whole: Option<Bytes>,
}

impl Input {
    fn damaged(&self, reason: String) -> Error {
        Error::CorruptLedger { path: self.path.clone(), reason }
    }

    /// What the storage said, or what is wrong with the bytes.
    fn failed(&self, error: ParquetError) -> Error {
        match error {
            ParquetError::External(_) => Error::ReadLedger { path: self.path.clone(), source: cause(error) },
            _ => self.damaged(error.to_string()),
        }
    }
}

impl AsyncFileReader for Input {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        let Some(whole) = &self.whole else {
            return async move {
                let read = self.storage.get_range(&self.path, range).await;
                read.map_err(|error| ParquetError::External(Box::new(error)))
            }
            .boxed();
        };
        let piece = match (usize::try_from(range.start), usize::try_from(range.end)) {
            (Ok(start), Ok(end)) if start <= end && end <= whole.len() => Ok(whole.slice(start..end)),
            _ => Err(ParquetError::EOF(format!("bytes {range:?} of {} are named", whole.len()))),
        };
        std::future::ready(piece).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move {
            let bytes = self.bytes;
            let reader = ParquetMetaDataReader::new().with_prefetch_hint(Some(FOOTER_BYTES));
            reader.load_and_finish(self, bytes).await.map(Arc::new)
        }
        .boxed()
    }
}
