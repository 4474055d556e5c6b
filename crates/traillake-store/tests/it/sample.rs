//! Rows and lakes for the tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use chrono::NaiveDate;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use traillake_event::schema::{EVENT_DIGEST, Schema};
use traillake_store::{
    Clock, Commit, Create, CreateOptions, DataFile, EventDataStore, Lake, Snapshot, write_data_file,
};
use url::Url;

/// 2023-07-19T00:00:00Z.
pub(crate) const MIDNIGHT_MS: i64 = 1_689_724_800_000;

pub(crate) fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2023, 7, day)
}

/// `count` events of 2023-07-19 whose ids start with `prefix`, in no good order.
pub(crate) fn rows(prefix: &str, count: usize) -> RecordBatch {
    batch(count, |name| {
        let texts = |of: fn(&str, usize) -> String| {
            Some(Arc::new(StringArray::from_iter_values((0..count).map(|row| of(prefix, row)))) as ArrayRef)
        };
        match name {
            "eventID" => texts(|prefix, row| format!("{prefix}-{row:08}")),
            "eventName" => texts(|_, row| ["GetObject", "AssumeRole", "RunInstances"][row % 3].to_owned()),
            "eventSource" => texts(|_, row| ["s3.amazonaws.com", "sts.amazonaws.com"][row % 2].to_owned()),
            "requestParameters" => {
                texts(|_, row| format!("{{\"bucketName\":\"b{row}\",\"long\":\"{}\"}}", "z".repeat(90)))
            }
            "userAgent" => texts(|_, row| format!("{}{row}", "agent/".repeat(30))),
            "readOnly" => Some(Arc::new(BooleanArray::from_iter((0..count).map(|row| Some(row % 3 == 0))))),
            "eventTime" => {
                let times = (0..count).map(|row| (MIDNIGHT_MS + (row as i64 * 7919) % 86_400_000) * 1_000);
                Some(Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")))
            }
            EVENT_DIGEST => Some(Arc::new(Int64Array::from_iter_values((0..count).map(|row| row as i64)))),
            _ => None,
        }
    })
}

/// Events without a readable time.
pub(crate) fn timeless_rows(count: usize) -> RecordBatch {
    batch(count, |name| {
        let ids = (0..count).map(|row| format!("timeless-{row}"));
        (name == "eventID").then(|| Arc::new(StringArray::from_iter_values(ids)) as ArrayRef)
    })
}

/// A batch of the physical schema; a column that `column` does not give is null.
pub(crate) fn batch(count: usize, column: impl Fn(&str) -> Option<ArrayRef>) -> RecordBatch {
    let schema = Schema::events().physical();
    let columns = schema.fields().iter();
    let columns = columns.map(|field| column(field.name()).unwrap_or_else(|| new_null_array(field.data_type(), count)));
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}

pub(crate) fn memory_lake() -> Lake {
    lake_in(Arc::new(InMemory::new()))
}

pub(crate) fn lake_in(storage: Arc<dyn ObjectStore>) -> Lake {
    Lake::with_storage(storage, Url::parse("memory:///").unwrap())
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    /// Noon of 2023-07-19.
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(MIDNIGHT_MS + 12 * 60 * 60 * 1000)))
    }

    pub(crate) fn clock(&self) -> Clock {
        let Self(hands) = self.clone();
        Clock::new(move || hands.load(Ordering::SeqCst))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// As long as a deletion can be taken back.
pub(crate) const SEVEN_DAYS_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Options of a store that can be deleted.
pub(crate) fn unprotected() -> CreateOptions {
    CreateOptions { termination_protection: false, ..CreateOptions::default() }
}

pub(crate) async fn create(lake: &Lake, name: &str) -> EventDataStore {
    create_with(lake, name, CreateOptions::default()).await
}

pub(crate) async fn create_with(lake: &Lake, name: &str, options: CreateOptions) -> EventDataStore {
    match lake.create(name, options).await.unwrap() {
        Create::Done(store) => store,
        Create::NameTaken(other) => panic!("the name is taken by {}", other.id()),
    }
}

pub(crate) async fn write(store: &EventDataStore, prefix: &str, count: usize) -> DataFile {
    write_data_file(store, day(19), vec![rows(prefix, count)]).await.unwrap()
}

pub(crate) async fn append(store: &EventDataStore, prefix: &str, count: usize) -> Snapshot {
    let file = write(store, prefix, count).await;
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(file);
    done(transaction.commit().await.unwrap())
}

pub(crate) fn done(commit: Commit) -> Snapshot {
    match commit {
        Commit::Done(snapshot) => snapshot,
        Commit::Conflict { version } => panic!("version {version} is taken"),
    }
}

pub(crate) const DAY_MS: i64 = 86_400_000;

/// A clock that is moved by hand.
#[derive(Clone, Debug)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn at(now_ms: i64) -> Self {
        Self(Arc::new(now_ms.into()))
    }

    pub(crate) fn clock(&self) -> Clock {
        let now_ms = Arc::clone(&self.0);
        Clock::new(move || now_ms.load(Ordering::SeqCst))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

/// Events of these times whose ids start with `prefix`.
pub(crate) fn rows_at(prefix: &str, times_ms: &[i64]) -> RecordBatch {
    let plain = rows(prefix, times_ms.len());
    batch(times_ms.len(), |name| match name {
        "eventTime" => {
            let times = times_ms.iter().map(|time| time * 1_000);
            Some(Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")) as ArrayRef)
        }
        _ => plain.column_by_name(name).cloned(),
    })
}
