//! The whole state of a version in one Parquet file, as the
//! [Delta protocol](https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints) has it.
//!
//! The library can write them, all at once: it keeps some ten kilobytes for each data file there is. Here a few files
//! at a time become rows, compressed as they come, and only what is compressed is kept.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::json::{LineDelimitedWriter, ReaderBuilder};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Failure;
use super::delta::failed;

/// How many actions become rows at once.
const ROWS: usize = 128;
/// How many rows a row group has: its pages are held until it is whole, some ten kilobytes a row before compression.
const ROW_GROUP_ROWS: usize = 1024;
/// How long a data file that was replaced is remembered, which is Delta's `delta.deletedFileRetentionDuration` where a
/// table says nothing else: until then readers of versions before may want it.
const REMEMBERED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The log of one table, where it lies.
pub(super) struct LogFolder<'a> {
    pub(super) storage: Arc<dyn ObjectStore>,
    pub(super) path: &'a Path,
}

/// What a checkpoint keeps of the versions before beside the data files: neither belongs to any version.
#[derive(Default)]
struct Carried {
    /// `remove` actions, by the path of their file.
    removes: HashMap<String, Value>,
    /// `txn` actions, by application.
    transactions: HashMap<String, Value>,
}

/// The actions of a line of a commit that are carried on; others are skipped without being built.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    add: Option<Added>,
    #[serde(default)]
    remove: Option<Value>,
    #[serde(default)]
    txn: Option<Value>,
}

#[derive(Deserialize)]
struct Added {
    path: String,
}

/// Writes checkpoints row group by row group.
struct Encoder {
    writer: ArrowWriter<Vec<u8>>,
    schema: SchemaRef,
    rows: usize,
}

/// Writes the checkpoint of a version whose whole state is `actions`: protocol, table and data files, in the form they
/// have in a commit.
///
/// Memory: the compressed checkpoint, about a kilobyte for each data file, and the commits since the last checkpoint
/// one after another.
pub(super) async fn write<A: Serialize>(
    folder: &LogFolder<'_>,
    version: u64,
    now_ms: i64,
    actions: impl Iterator<Item = Result<A, Failure>>,
) -> Result<(), Failure> {
    let carried = folder.carried(version, now_ms).await?;
    let mut encoder = Encoder::new()?;
    let mut batch = Vec::with_capacity(ROWS);
    for action in actions {
        batch.push(serde_json::to_value(action?).map_err(failed)?);
        if batch.len() == ROWS {
            encoder.write(&batch)?;
            batch.clear();
        }
    }
    encoder.write(&batch)?;
    for carried in carried.actions().collect::<Vec<_>>().chunks(ROWS) {
        encoder.write(carried)?;
    }
    let (bytes, rows) = encoder.finish()?;
    folder.put(version, bytes, rows).await
}

impl LogFolder<'_> {
    async fn put(&self, version: u64, bytes: Vec<u8>, rows: usize) -> Result<(), Failure> {
        let size = bytes.len();
        let (path, payload) = (self.checkpoint(version), PutPayload::from(bytes));
        match self.storage.put_opts(&path, payload.clone(), PutMode::Create.into()).await {
            Err(object_store::Error::AlreadyExists { .. }) if self.is_of_its_commit(version).await? => {}
            Err(object_store::Error::AlreadyExists { .. }) => {
                self.storage.put(&path, payload).await.map_err(failed)?;
            }
            put => {
                put.map_err(failed)?;
            }
        }
        // Whoever checkpoints an older version at the same time may put its hint last: readers list what follows.
        let hint = json!({"version": version, "size": rows, "sizeInBytes": size});
        let path = self.path.clone().join("_last_checkpoint");
        self.storage.put(&path, hint.to_string().into()).await.map_err(failed)?;
        Ok(())
    }

    fn checkpoint(&self, version: u64) -> Path {
        self.path.clone().join(format!("{version:020}.checkpoint.parquet"))
    }

    fn commit(&self, version: u64) -> Path {
        self.path.clone().join(format!("{version:020}.json"))
    }

    /// Whether the checkpoint there is was made after the commit there is. Then it stays as it is, for somebody may be
    /// reading it, and the size that was listed is not that of another one. It was made before only where a log was set
    /// back, and the version made anew.
    async fn is_of_its_commit(&self, version: u64) -> Result<bool, Failure> {
        let checkpoint = self.storage.head(&self.checkpoint(version)).await.map_err(failed)?;
        let commit = self.storage.head(&self.commit(version)).await.map_err(failed)?;
        Ok(checkpoint.last_modified >= commit.last_modified)
    }

    /// Reads the checkpoint before and the commits since.
    async fn carried(&self, version: u64, now_ms: i64) -> Result<Carried, Failure> {
        let listed: Vec<ObjectMeta> = self.storage.list(Some(self.path)).try_collect().await.map_err(failed)?;
        let names = listed.iter().filter_map(|object| object.location.filename());
        let before = names.filter_map(|name| name.strip_suffix(".checkpoint.parquet")?.parse::<u64>().ok());
        let before = before.filter(|before| *before < version).max();
        let mut carried = Carried::default();
        if let Some(before) = before {
            let bytes = self.storage.get(&self.checkpoint(before)).await.map_err(failed)?;
            carried.add_checkpoint(bytes.bytes().await.map_err(failed)?)?;
        }
        for commit in before.map_or(0, |before| before + 1)..=version {
            let bytes = self.storage.get(&self.commit(commit)).await.map_err(failed)?;
            carried.add_lines(&bytes.bytes().await.map_err(failed)?)?;
        }
        carried.removes.retain(|_, remove| {
            let removed_at = remove.get("deletionTimestamp").and_then(Value::as_i64);
            removed_at.is_some_and(|removed_at| removed_at > now_ms.saturating_sub(REMEMBERED_MS))
        });
        Ok(carried)
    }
}

impl Carried {
    /// The actions of a commit, or what a checkpoint has, one JSON object after another.
    fn add_lines(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        for line in serde_json::Deserializer::from_slice(bytes).into_iter::<Line>() {
            let Line { add, remove, txn } = line.map_err(failed)?;
            if let Some(Added { path }) = add {
                self.removes.remove(&path);
            }
            if let Some(remove) = remove {
                self.removes.insert(member(&remove, "path"), remove);
            }
            if let Some(txn) = txn {
                self.transactions.insert(member(&txn, "appId"), txn);
            }
        }
        Ok(())
    }

    fn add_checkpoint(&mut self, bytes: Bytes) -> Result<(), Failure> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(failed)?;
        let roots: HashSet<&str> = HashSet::from(["remove", "txn"]);
        let columns = builder.parquet_schema().root_schema().get_fields().iter().enumerate();
        let columns = columns.filter(|(_, column)| roots.contains(column.name())).map(|(place, _)| place);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let reader = builder.with_projection(mask).with_batch_size(ROWS).build().map_err(failed)?;
        for batch in reader {
            let batch = batch.map_err(failed)?;
            if batch.num_columns() == 0 {
                continue;
            }
            let mut writer = LineDelimitedWriter::new(Vec::new());
            writer.write(&batch).map_err(failed)?;
            writer.finish().map_err(failed)?;
            self.add_lines(&writer.into_inner())?;
        }
        Ok(())
    }

    fn actions(self) -> impl Iterator<Item = Value> {
        let removes = self.removes.into_values().map(|remove| json!({"remove": remove}));
        removes.chain(self.transactions.into_values().map(|txn| json!({"txn": txn})))
    }
}

fn member(action: &Value, name: &str) -> String {
    action.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Encoder {
    fn new() -> Result<Self, Failure> {
        let schema = schema();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_dictionary_enabled(false)
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties)).map_err(failed)?;
        Ok(Self { writer, schema, rows: 0 })
    }

    fn write(&mut self, actions: &[Value]) -> Result<(), Failure> {
        if let Some(batch) = self.rows(actions)? {
            self.rows += batch.num_rows();
            self.writer.write(&batch).map_err(failed)?;
        }
        Ok(())
    }

    fn rows(&self, actions: &[Value]) -> Result<Option<RecordBatch>, Failure> {
        let builder = ReaderBuilder::new(Arc::clone(&self.schema)).with_batch_size(ROWS);
        let mut decoder = builder.build_decoder().map_err(failed)?;
        decoder.serialize(actions).map_err(failed)?;
        decoder.flush().map_err(failed)
    }

    fn finish(self) -> Result<(Vec<u8>, usize), Failure> {
        Ok((self.writer.into_inner().map_err(failed)?, self.rows))
    }
}

/// The columns: the actions of reader version 1 and writer version 2, which have no table features.
fn schema() -> SchemaRef {
    let required = |name, kind| Field::new(name, kind, false);
    let optional = |name, kind| Field::new(name, kind, true);
    let action = |name, members: Vec<Field>| optional(name, DataType::Struct(members.into()));
    let file = || {
        vec![
            required("path", DataType::Utf8),
            optional("partitionValues", map(true)),
            required("dataChange", DataType::Boolean),
            optional("tags", map(true)),
        ]
    };
    let add = [
        file(),
        vec![
            required("size", DataType::Int64),
            required("modificationTime", DataType::Int64),
            optional("stats", DataType::Utf8),
        ],
    ];
    let remove = [
        file(),
        vec![
            optional("size", DataType::Int64),
            optional("deletionTimestamp", DataType::Int64),
            optional("extendedFileMetadata", DataType::Boolean),
        ],
    ];
    let format = Fields::from(vec![required("provider", DataType::Utf8), optional("options", map(false))]);
    let text = Arc::new(Field::new("element", DataType::Utf8, false));
    let metadata = vec![
        required("id", DataType::Utf8),
        optional("name", DataType::Utf8),
        optional("description", DataType::Utf8),
        required("format", DataType::Struct(format)),
        required("schemaString", DataType::Utf8),
        required("partitionColumns", DataType::List(text)),
        optional("createdTime", DataType::Int64),
        required("configuration", map(false)),
    ];
    let protocol = vec![required("minReaderVersion", DataType::Int32), required("minWriterVersion", DataType::Int32)];
    let transaction = vec![
        required("appId", DataType::Utf8),
        required("version", DataType::Int64),
        optional("lastUpdated", DataType::Int64),
    ];
    Arc::new(Schema::new(vec![
        action("protocol", protocol),
        action("metaData", metadata),
        action("add", add.concat()),
        action("remove", remove.concat()),
        action("txn", transaction),
    ]))
}

/// Text by text.
fn map(nullable: bool) -> DataType {
    let entry = vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, nullable)];
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entry.into()), false)), false)
}
