//! The lake's own tables, in the schema `lake`.

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::datatypes::{Field, Schema as ArrowSchema, SchemaRef};
use chrono::Datelike;
use futures::{FutureExt, TryStreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use traillake_event::schema::HotKeys;
use traillake_store::{Attributes, EventDataStore, ImportedObject, Lake};

use crate::error::QueryError;

mod columns;

/// One of the lake's own tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemTable {
    /// A row for each event data store with its attributes.
    EventDataStores,
    /// A row for each import: when, and numbers that add up.
    Imports,
    /// The ledger: a row for each imported object.
    ImportObjects,
    /// A row for each rejected record, with its raw bytes.
    Rejects,
    /// A row for each data file of the newest snapshots.
    DataFiles,
    /// A row for each version of each event data store.
    Snapshots,
    /// A row for each attribute that a version of an event data store changed.
    History,
    /// A row for each documented column and struct field, with its type and where it is stored.
    Columns,
}

/// Every table of the schema `lake`.
pub const fn system_tables() -> &'static [SystemTable] {
    TABLES
}

const TABLES: &[SystemTable] = &[
    SystemTable::EventDataStores,
    SystemTable::Imports,
    SystemTable::ImportObjects,
    SystemTable::Rejects,
    SystemTable::DataFiles,
    SystemTable::Snapshots,
    SystemTable::History,
    SystemTable::Columns,
];

/// The table of this name, in any letter case.
pub(crate) fn find(name: &str) -> Option<SystemTable> {
    TABLES.iter().copied().find(|table| table.name().eq_ignore_ascii_case(name))
}

impl SystemTable {
    /// The name behind `lake.`
    pub fn name(self) -> &'static str {
        match self {
            SystemTable::EventDataStores => "event_data_stores",
            SystemTable::Imports => "imports",
            SystemTable::ImportObjects => "import_objects",
            SystemTable::Rejects => "rejects",
            SystemTable::DataFiles => "data_files",
            SystemTable::Snapshots => "snapshots",
            SystemTable::History => "history",
            SystemTable::Columns => "columns",
        }
    }

    /// What its rows are, in a line.
    pub fn about(self) -> &'static str {
        match self {
            SystemTable::EventDataStores => "event data stores with their attributes",
            SystemTable::Imports => "imports, with numbers that add up",
            SystemTable::ImportObjects => "imported objects: the ledger",
            SystemTable::Rejects => "rejected records, with place, reason and raw bytes",
            SystemTable::DataFiles => "data files of the newest snapshots",
            SystemTable::Snapshots => "versions of the event data stores",
            SystemTable::History => "changes of the event data stores: which attribute, from what to what",
            SystemTable::Columns => "documented columns, their types and where they are stored",
        }
    }

    /// Its columns. Cost: that of a table without rows; of `columns`, all its rows.
    pub fn schema(self) -> SchemaRef {
        // Where there are no stores, nothing is waited for.
        let empty = self.rows(&[]).now_or_never().and_then(Result::ok);
        empty.map_or_else(|| Arc::new(ArrowSchema::empty()), |rows| rows.schema())
    }

    /// Reads the table. Cost: the newest snapshot of every store; for imports and rejects, the ledgers too.
    pub(crate) async fn read(self, lake: &Lake) -> Result<RecordBatch, QueryError> {
        match self {
            SystemTable::Columns => self.rows(&[]).await,
            _ => self.rows(&lake.event_data_stores().await?).await,
        }
    }

    async fn rows(self, stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
        match self {
            SystemTable::EventDataStores => event_data_stores(stores).await,
            SystemTable::Imports => imports(stores).await,
            SystemTable::ImportObjects => import_objects(stores).await,
            SystemTable::Rejects => rejects(stores).await,
            SystemTable::DataFiles => data_files(stores).await,
            SystemTable::Snapshots => snapshots(stores).await,
            SystemTable::History => history(stores).await,
            SystemTable::Columns => columns::read(),
        }
    }
}

async fn event_data_stores(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    let mut snapshots = Vec::new();
    for store in stores {
        snapshots.push(store.snapshot().await?);
    }
    let attributes = || stores.iter().map(EventDataStore::attributes);
    let categories = |store: &EventDataStore| {
        store.attributes().categories.iter().map(|category| category.as_str()).collect::<Vec<_>>().join(", ")
    };
    table([
        ("name", text(stores.iter().map(EventDataStore::name))),
        ("id", text(stores.iter().map(|store| store.id().to_string()))),
        ("status", text(attributes().map(|attributes| attributes.status.to_string()))),
        ("categories", text(stores.iter().map(categories))),
        ("retention_days", optional_numbers(attributes().map(|attributes| attributes.retention.days().map(u64::from)))),
        ("billing_mode", text(attributes().map(|attributes| attributes.billing_mode.to_string()))),
        ("termination_protection", booleans(attributes().map(|attributes| attributes.termination_protection))),
        ("multi_region", booleans(attributes().map(|attributes| attributes.multi_region))),
        ("organization", booleans(attributes().map(|attributes| attributes.organization))),
        ("hot_keys", text(attributes().map(|attributes| joined(&attributes.hot_keys)))),
        ("arn", text(stores.iter().map(EventDataStore::arn))),
        (
            "selectors",
            optional_text(attributes().map(|attributes| attributes.selectors.as_ref().map(ToString::to_string))),
        ),
        ("region", optional_text(attributes().map(|attributes| attributes.region.as_ref()))),
        ("account", optional_text(attributes().map(|attributes| attributes.account.as_ref()))),
        ("accounts", text(attributes().map(|attributes| attributes.accounts.join(", ")))),
        ("tags", text(attributes().map(tags))),
        ("kms_key_id", optional_text(attributes().map(|attributes| attributes.kms_key_id.as_ref()))),
        ("deletion_at", optional_times(attributes().map(|attributes| attributes.deletion_at_ms))),
        ("created_at", times(attributes().map(|attributes| attributes.created_at_ms))),
        ("updated_at", times(attributes().map(|attributes| attributes.updated_at_ms))),
        ("version", numbers(snapshots.iter().map(|snapshot| snapshot.version()))),
        ("events", numbers(snapshots.iter().map(|snapshot| snapshot.rows()))),
        ("data_files", numbers(snapshots.iter().map(|snapshot| snapshot.data_files().len() as u64))),
        ("bytes", numbers(snapshots.iter().map(|snapshot| snapshot.bytes()))),
    ])
}

fn joined(hot_keys: &HotKeys) -> String {
    hot_keys.keys().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The ledger of every store, in import order, whole.
async fn ledger(stores: &[EventDataStore]) -> Result<Vec<(String, ImportedObject)>, QueryError> {
    let mut rows = Vec::new();
    for store in stores {
        let mut objects = store.snapshot().await?.ledger().await?.objects();
        while let Some(object) = objects.try_next().await? {
            rows.push((store.name().to_owned(), object));
        }
    }
    Ok(rows)
}

async fn imports(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    struct Sum {
        store: String,
        import: String,
        first_ms: i64,
        last_ms: i64,
        counts: [u64; 7],
    }
    let mut sums: BTreeMap<(String, String), Sum> = BTreeMap::new();
    for store in stores {
        let mut objects = store.snapshot().await?.ledger().await?.objects();
        while let Some(object) = objects.try_next().await? {
            let (store, import) = (store.name().to_owned(), object.import_id.to_string());
            let sum = sums.entry((store.clone(), import.clone())).or_insert_with(|| Sum {
                store,
                import,
                first_ms: object.imported_at_ms,
                last_ms: object.imported_at_ms,
                counts: [0; 7],
            });
            sum.first_ms = sum.first_ms.min(object.imported_at_ms);
            sum.last_ms = sum.last_ms.max(object.imported_at_ms);
            for (sum, count) in sum.counts.iter_mut().zip(counts(&object)) {
                *sum += count;
            }
        }
    }
    let mut sums: Vec<Sum> = sums.into_values().collect();
    sums.sort_by_key(|sum| sum.first_ms);
    let count = |place: usize| numbers(sums.iter().map(move |sum| sum.counts[place]));
    table([
        ("event_data_store", text(sums.iter().map(|sum| &sum.store))),
        ("import_id", text(sums.iter().map(|sum| &sum.import))),
        ("first_commit_at", times(sums.iter().map(|sum| sum.first_ms))),
        ("last_commit_at", times(sums.iter().map(|sum| sum.last_ms))),
        ("objects", count(0)),
        ("bytes", count(1)),
        ("records", count(2)),
        ("events", count(3)),
        ("duplicates", count(4)),
        ("rejects", count(5)),
        ("skipped", count(6)),
    ])
}

fn counts(object: &ImportedObject) -> [u64; 7] {
    let skipped = object.skipped.values().sum();
    [1, object.bytes, object.records, object.events, object.duplicates, object.rejects, skipped]
}

async fn import_objects(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    let rows = ledger(stores).await?;
    let objects = || rows.iter().map(|(_, object)| object);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let reasons = |object: &ImportedObject| {
        object.skipped.iter().map(|(reason, count)| format!("{reason}: {count}")).collect::<Vec<_>>().join(", ")
    };
    table([
        ("event_data_store", text(rows.iter().map(|(store, _)| store))),
        ("import_id", text(objects().map(|object| object.import_id.to_string()))),
        ("uri", text(objects().map(|object| &object.uri))),
        ("bytes", numbers(objects().map(|object| object.bytes))),
        ("sha256", text(objects().map(|object| hex(&object.sha256)))),
        ("imported_at", times(objects().map(|object| object.imported_at_ms))),
        ("records", numbers(objects().map(|object| object.records))),
        ("events", numbers(objects().map(|object| object.events))),
        ("duplicates", numbers(objects().map(|object| object.duplicates))),
        ("rejects", numbers(objects().map(|object| object.rejects))),
        ("skipped", numbers(objects().map(|object| object.skipped.values().sum()))),
        ("skipped_reasons", text(objects().map(reasons))),
    ])
}

async fn rejects(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    let mut rows = Vec::new();
    for store in stores {
        let ledger = store.snapshot().await?.ledger().await?;
        rows.extend(ledger.rejects().await?.into_iter().map(|reject| (store.name().to_owned(), reject)));
    }
    let rejects = || rows.iter().map(|(_, reject)| reject);
    let index = rejects().map(|reject| reject.index.and_then(|index| i64::try_from(index).ok()));
    table([
        ("event_data_store", text(rows.iter().map(|(store, _)| store))),
        ("import_id", text(rejects().map(|reject| reject.import_id.to_string()))),
        ("uri", text(rejects().map(|reject| &reject.uri))),
        ("record_index", Arc::new(index.collect::<Int64Array>()) as ArrayRef),
        ("byte_offset", numbers(rejects().map(|reject| reject.offset))),
        ("json_path", text(rejects().map(|reject| &reject.json_path))),
        ("expected", text(rejects().map(|reject| &reject.expected))),
        ("found", text(rejects().map(|reject| &reject.found))),
        ("raw", Arc::new(BinaryArray::from_iter_values(rejects().map(|reject| &reject.raw))) as ArrayRef),
        ("raw_text", text(rejects().map(|reject| String::from_utf8_lossy(&reject.raw)))),
    ])
}

async fn data_files(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    let mut rows = Vec::new();
    for store in stores {
        let snapshot = store.snapshot().await?;
        rows.extend(snapshot.data_files().iter().map(|file| (store.name().to_owned(), file.clone())));
    }
    let files = || rows.iter().map(|(_, file)| file);
    let days = files().map(|file| file.calendar_day.map(|day| day.num_days_from_ce() - 719_163));
    table([
        ("event_data_store", text(rows.iter().map(|(store, _)| store))),
        ("path", text(files().map(|file| file.path.to_string()))),
        ("calendarday", Arc::new(days.collect::<Date32Array>()) as ArrayRef),
        ("events", numbers(files().map(|file| file.rows))),
        ("bytes", numbers(files().map(|file| file.bytes))),
        ("modified_at", times(files().map(|file| file.modified_at_ms))),
    ])
}

async fn snapshots(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    let mut rows = Vec::new();
    for store in stores {
        rows.extend(store.history().await?.into_iter().map(|version| (store.name().to_owned(), version)));
    }
    let versions = || rows.iter().map(|(_, version)| version);
    table([
        ("event_data_store", text(rows.iter().map(|(store, _)| store))),
        ("version", numbers(versions().map(|version| version.version))),
        ("committed_at", times(versions().map(|version| version.committed_at_ms))),
        ("operation", text(versions().map(|version| &version.operation))),
    ])
}

async fn history(stores: &[EventDataStore]) -> Result<RecordBatch, QueryError> {
    let mut rows = Vec::new();
    for store in stores {
        for version in store.history().await? {
            let changes = version.changes.iter().cloned();
            rows.extend(
                changes
                    .map(|change| (store, version.version, version.committed_at_ms, version.operation.clone(), change)),
            );
        }
    }
    let changes = || rows.iter().map(|(.., change)| change);
    table([
        ("event_data_store", text(rows.iter().map(|(store, ..)| store.name()))),
        ("id", text(rows.iter().map(|(store, ..)| store.id().to_string()))),
        ("version", numbers(rows.iter().map(|(_, version, ..)| *version))),
        ("committed_at", times(rows.iter().map(|(_, _, at, ..)| *at))),
        ("operation", text(rows.iter().map(|(_, _, _, operation, _)| operation))),
        ("attribute", text(changes().map(|change| &change.attribute))),
        ("before", optional_text(changes().map(|change| change.before.as_ref()))),
        ("after", optional_text(changes().map(|change| change.after.as_ref()))),
    ])
}

fn table<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch, QueryError> {
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, array)| array).collect())
        .map_err(|error| QueryError::running(error.into()))
}

fn text<T: AsRef<str>>(values: impl Iterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn numbers(values: impl Iterator<Item = u64>) -> ArrayRef {
    // SQL's bigint is signed; counts stay far below its end.
    Arc::new(values.map(|value| Some(i64::try_from(value).unwrap_or(i64::MAX))).collect::<Int64Array>())
}

fn optional_text<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn optional_numbers(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    let value = |value| i64::try_from(value).unwrap_or(i64::MAX);
    Arc::new(values.map(|number| number.map(value)).collect::<Int64Array>())
}

fn booleans(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn tags(attributes: &Attributes) -> String {
    let tags = attributes.tags.iter().map(|tag| match tag.value {
        Some(value) => format!("{}={value}", tag.key),
        None => tag.key,
    });
    tags.collect::<Vec<_>>().join(", ")
}

fn optional_times(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMillisecondArray>())
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_tells_its_columns_without_a_lake() {
        for table in TABLES {
            assert!(!table.schema().fields().is_empty(), "{}", table.name());
        }
    }
}
