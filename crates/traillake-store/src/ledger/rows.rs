//! Ledger parts as Parquet, readable by anyone who has DuckDB.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMillisecondType};
use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use uuid::Uuid;

use super::known::ObjectKey;
use super::{ImportedObject, Reject};
use crate::content_hash::ContentHash;
use crate::layout;

const PARTS: &str = "traillake.parts";
const REJECTS: &str = "traillake.rejects";
const HASHES: &str = "traillake.sha256";
const URI: &str = "uri";
const SHA256: &str = "sha256";
/// The columns that tell objects apart.
pub(super) const IDENTITY: [&str; 2] = [URI, SHA256];
/// Of so many objects all columns are held at once while a part is written or read: a few megabytes.
const ROW_GROUP_ROWS: usize = 65_536;

/// What a part knows of the parts before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// The parts before it whose objects it did not take up, oldest first.
    pub(super) parts: Vec<Uuid>,
    /// Every part with rejects up to and with this one, oldest first.
    pub(super) rejects: Vec<Uuid>,
    /// The SHA-256 of these parts and rejects, by file name; not of those written before hashes were.
    pub(super) hashes: BTreeMap<String, ContentHash>,
}

impl Links {
    /// Reads the links in the file metadata of a part; the error says what is wrong with them.
    pub(super) fn read(metadata: &[KeyValue]) -> Result<Self, String> {
        Ok(Self { parts: ids(metadata, PARTS)?, rejects: ids(metadata, REJECTS)?, hashes: hashes(metadata)? })
    }

    /// The links as file metadata.
    pub(super) fn metadata(&self) -> Vec<KeyValue> {
        let entry = |key: &str, ids: &[Uuid]| {
            let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
            KeyValue::new(key.to_owned(), ids.join(" "))
        };
        let named = |ids: &[Uuid], name: fn(Uuid) -> String| ids.iter().map(|id| name(*id)).collect::<Vec<_>>();
        let names = [named(&self.parts, layout::ledger_part_name), named(&self.rejects, layout::ledger_rejects_name)];
        let hash = |name: &String| self.hashes.get(name).map(|hash| format!("{name}={hash}"));
        let hashes: Vec<String> = names.concat().iter().filter_map(hash).collect();
        let hashes = KeyValue::new(HASHES.to_owned(), hashes.join(" "));
        vec![entry(PARTS, &self.parts), entry(REJECTS, &self.rejects), hashes]
    }
}

/// The columns of a part.
pub(super) fn objects_schema() -> SchemaRef {
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, false);
    Arc::new(Schema::new(vec![
        field("import_id", DataType::Utf8),
        field(URI, DataType::Utf8),
        field("bytes", DataType::Int64),
        field(SHA256, DataType::FixedSizeBinary(32)),
        field("imported_at", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
        field("records", DataType::Int64),
        field("events", DataType::Int64),
        field("duplicates", DataType::Int64),
        field("rejects", DataType::Int64),
        field("skipped", DataType::Utf8),
    ]))
}

/// Objects as rows of a part.
pub(super) fn encode_objects(objects: &[ImportedObject]) -> Result<RecordBatch, ArrowError> {
    let number = |of: fn(&ImportedObject) -> u64| numbers(objects.iter().map(|object| Some(of(object))));
    let skipped = objects.iter().map(|object| serde_json::to_string(&object.skipped).unwrap_or_default());
    let sha256 = objects.iter().map(|object| Some(object.sha256));
    let sha256 = FixedSizeBinaryArray::try_from_sparse_iter_with_size(sha256, 32)?;
    let columns = vec![
        texts(objects.iter().map(|object| object.import_id.to_string())),
        texts(objects.iter().map(|object| object.uri.clone())),
        number(|object| object.bytes),
        Arc::new(sha256) as ArrayRef,
        times(objects.iter().map(|object| object.imported_at_ms)),
        number(|object| object.records),
        number(|object| object.events),
        number(|object| object.duplicates),
        number(|object| object.rejects),
        texts(skipped),
    ];
    RecordBatch::try_new(objects_schema(), columns)
}

pub(super) fn encode_rejects(rejects: &[Reject]) -> Result<Vec<u8>, ParquetError> {
    let text = |of: fn(&Reject) -> &str| texts(rejects.iter().map(|reject| of(reject).to_owned()));
    let rows = RecordBatch::try_from_iter([
        ("import_id", texts(rejects.iter().map(|reject| reject.import_id.to_string()))),
        ("uri", text(|reject| &reject.uri)),
        ("index", numbers(rejects.iter().map(|reject| reject.index))),
        ("offset", numbers(rejects.iter().map(|reject| Some(reject.offset)))),
        ("json_path", text(|reject| &reject.json_path)),
        ("expected", text(|reject| &reject.expected)),
        ("found", text(|reject| &reject.found)),
        ("raw", Arc::new(BinaryArray::from_iter_values(rejects.iter().map(|reject| &reject.raw))) as ArrayRef),
    ])?;
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties(Vec::new())?))?;
    writer.write(&rows)?;
    writer.into_inner()
}

/// The rows of a part as objects; the error says what is wrong with them.
pub(super) fn decode_objects(batch: &RecordBatch) -> Result<Vec<ImportedObject>, String> {
    let rows = Rows { batch };
    let object = |row| {
        Ok(ImportedObject {
            import_id: rows.id("import_id", row)?,
            uri: rows.text(URI, row)?.to_owned(),
            bytes: rows.number("bytes", row)?,
            sha256: rows.digest(SHA256, row)?,
            imported_at_ms: rows.time("imported_at", row)?,
            records: rows.number("records", row)?,
            events: rows.number("events", row)?,
            duplicates: rows.number("duplicates", row)?,
            rejects: rows.number("rejects", row)?,
            skipped: serde_json::from_str::<BTreeMap<String, u64>>(rows.text("skipped", row)?)
                .map_err(|error| format!("skipped of row {row}: {error}"))?,
        })
    };
    (0..batch.num_rows()).map(object).collect()
}

/// The identities of the objects in some rows; the error says what is wrong with them.
pub(super) fn decode_keys(batch: &RecordBatch) -> Result<Vec<ObjectKey>, String> {
    let rows = Rows { batch };
    let key = |row| Ok(ObjectKey::new(rows.text(URI, row)?, &rows.digest(SHA256, row)?));
    (0..batch.num_rows()).map(key).collect()
}

/// Reads a file of rejects; the error says what is wrong with it.
pub(super) fn decode_rejects(bytes: Bytes) -> Result<Vec<Reject>, String> {
    let batches = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build());
    let mut rejects = Vec::new();
    for batch in batches.map_err(|error| error.to_string())? {
        let batch = batch.map_err(|error| error.to_string())?;
        let rows = Rows { batch: &batch };
        for row in 0..batch.num_rows() {
            rejects.push(Reject {
                import_id: rows.id("import_id", row)?,
                uri: rows.text("uri", row)?.to_owned(),
                index: rows.optional_number("index", row)?,
                offset: rows.number("offset", row)?,
                json_path: rows.text("json_path", row)?.to_owned(),
                expected: rows.text("expected", row)?.to_owned(),
                found: rows.text("found", row)?.to_owned(),
                raw: rows.bytes("raw", row)?.to_vec(),
            });
        }
    }
    Ok(rejects)
}

/// How parts and rejects are written.
pub(super) fn properties(metadata: Vec<KeyValue>) -> Result<WriterProperties, ParquetError> {
    Ok(WriterProperties::builder()
        .set_created_by("traillake".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_key_value_metadata(Some(metadata))
        .build())
}

fn ids(metadata: &[KeyValue], key: &str) -> Result<Vec<Uuid>, String> {
    let value = metadata.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.as_deref());
    let value = value.ok_or_else(|| format!("metadata {key} is missing"))?;
    value.split_whitespace().map(|id| id.parse().map_err(|_| format!("metadata {key}: \"{id}\" is no id"))).collect()
}

fn hashes(metadata: &[KeyValue]) -> Result<BTreeMap<String, ContentHash>, String> {
    let value = metadata.iter().find(|entry| entry.key == HASHES).and_then(|entry| entry.value.as_deref());
    let hash = |entry: &str| {
        let hash = entry.split_once('=').and_then(|(name, hash)| Some((name.to_owned(), hash.parse().ok()?)));
        hash.ok_or_else(|| format!("metadata {HASHES}: \"{entry}\" is no name and hash"))
    };
    value.unwrap_or_default().split_whitespace().map(hash).collect()
}

fn texts(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Counts as signed 64-bit numbers, the only ones every reader knows.
fn numbers(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values.map(|value| value.map(u64::cast_signed))))
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(values).with_timezone("UTC"))
}

/// The rows of a batch, by column name.
struct Rows<'a> {
    batch: &'a RecordBatch,
}

impl<'a> Rows<'a> {
    fn value<A: 'a>(
        &self,
        name: &str,
        row: usize,
        cast: impl FnOnce(&'a ArrayRef) -> Option<&'a A>,
    ) -> Result<Option<&'a A>, String> {
        let column = self.batch.column_by_name(name).ok_or_else(|| format!("column {name} is missing"))?;
        let array = cast(column).ok_or_else(|| format!("column {name} has type {}", column.data_type()))?;
        Ok(column.is_valid(row).then_some(array))
    }

    fn text(&self, name: &str, row: usize) -> Result<&'a str, String> {
        let array = self.value(name, row, |column| column.as_string_opt::<i32>())?;
        array.map(|array| array.value(row)).ok_or_else(|| missing(name, row))
    }

    fn bytes(&self, name: &str, row: usize) -> Result<&'a [u8], String> {
        let array = self.value(name, row, |column| column.as_binary_opt::<i32>())?;
        array.map(|array| array.value(row)).ok_or_else(|| missing(name, row))
    }

    fn digest(&self, name: &str, row: usize) -> Result<[u8; 32], String> {
        let array = self.value(name, row, |column| column.as_fixed_size_binary_opt())?;
        let bytes = array.map(|array| array.value(row)).ok_or_else(|| missing(name, row))?;
        bytes.try_into().map_err(|_| format!("{name} of row {row} has {} bytes, not 32", bytes.len()))
    }

    fn time(&self, name: &str, row: usize) -> Result<i64, String> {
        let array = self.value(name, row, |column| column.as_primitive_opt::<TimestampMillisecondType>())?;
        array.map(|array| array.value(row)).ok_or_else(|| missing(name, row))
    }

    fn optional_number(&self, name: &str, row: usize) -> Result<Option<u64>, String> {
        let array = self.value(name, row, |column| column.as_primitive_opt::<Int64Type>())?;
        Ok(array.map(|array| array.value(row).cast_unsigned()))
    }

    fn number(&self, name: &str, row: usize) -> Result<u64, String> {
        self.optional_number(name, row)?.ok_or_else(|| missing(name, row))
    }

    fn id(&self, name: &str, row: usize) -> Result<Uuid, String> {
        let text = self.text(name, row)?;
        text.parse().map_err(|_| format!("{name} of row {row}: \"{text}\" is no id"))
    }
}

fn missing(name: &str, row: usize) -> String {
    format!("{name} of row {row} is missing")
}
