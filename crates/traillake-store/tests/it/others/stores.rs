//! Stores with rows that are known in both shapes.

use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use traillake_event::category::StoreType;
use traillake_event::schema::{CALENDAR_DAY, EVENT_ID, EVENT_TIME, OBJECTS, Schema};
use traillake_store::{CreateOptions, EventDataStore, Lake, write_data_file};

use super::{day_of, expected};
use crate::sample::{DAY_MS, create_with, done};

/// How long a store keeps events that is told nothing.
pub(super) const KEPT_DAYS: i64 = 366;
/// How far the clock goes on at a time.
pub(super) const LATER_DAYS: i64 = 8;
/// Rows of yesterday.
pub(super) const PLAIN: u64 = 1_200;
/// Rows of the day that is too old when the clock has gone on for [`LATER_DAYS`].
pub(super) const OLD: u64 = 25;
/// Rows of the day in which the period begins then: half of them before it.
pub(super) const EDGE: u64 = 40;
/// Rows without a time.
pub(super) const TIMELESS: u64 = 3;

/// A store and the rows in it that are looked at one by one.
pub(super) struct Filled {
    pub(super) store: EventDataStore,
    day: NaiveDate,
    samples: Vec<Value>,
}

impl Filled {
    /// Writes two files of yesterday, and one each of two days a year ago and of no day.
    pub(super) async fn new(lake: &Lake, of: StoreType) -> Self {
        let options = CreateOptions {
            categories: of.categories().to_vec(),
            multi_region: of != StoreType::Activity,
            ..CreateOptions::default()
        };
        let store = create_with(lake, name(of), options).await;
        let noon_ms = lake.clock().now_ms();
        let day = day_of(noon_ms - DAY_MS);
        let samples: Vec<Value> = serde_json::from_str(&text(of).replace("{day}", &day.to_string())).unwrap();
        let filled = Self { store, day, samples };

        let flat: Vec<_> = filled.samples.iter().map(|sample| columns(filled.store.schema(), sample)).collect();
        let plain = PLAIN - flat.len() as u64;
        let first: Vec<_> = flat.into_iter().chain(rows("a", 500, noon_ms - DAY_MS)).collect();
        filled.add(Some(day), first).await;
        filled.add(Some(day), rows("b", plain - 500, noon_ms - DAY_MS)).await;
        let (edge_ms, old_ms) = (noon_ms - (KEPT_DAYS - LATER_DAYS) * DAY_MS, noon_ms - KEPT_DAYS * DAY_MS + DAY_MS);
        filled.add(Some(day_of(edge_ms)), rows("edge", EDGE, edge_ms - (EDGE / 2) as i64)).await;
        filled.add(Some(day_of(old_ms)), rows("old", OLD, old_ms)).await;
        let timeless = rows("timeless", TIMELESS, 0).into_iter().map(|mut row| {
            row.remove(EVENT_TIME);
            row
        });
        filled.add(None, timeless.collect()).await;
        filled
    }

    async fn add(&self, day: Option<NaiveDate>, rows: Vec<Map<String, Value>>) {
        let file = write_data_file(&self.store, day, vec![batch(self.store.schema(), &rows)]).await.unwrap();
        let mut transaction = self.store.snapshot().await.unwrap().begin();
        transaction.add(file);
        done(transaction.commit().await.unwrap());
    }

    pub(super) fn name(&self) -> &str {
        self.store.name()
    }

    /// The ids of the rows that are looked at one by one.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.samples.iter().map(|sample| sample["columns"][EVENT_ID].as_str().unwrap()).collect()
    }

    /// Whether a documented column of one of these rows is what the engine makes of it.
    pub(super) fn varies(&self, id: &str, column: &str) -> bool {
        let sample = self.samples.iter().find(|sample| sample["columns"][EVENT_ID] == id).unwrap();
        sample["varies"] == column
    }

    /// These rows as the table has them, without NULLs.
    pub(super) fn flat(&self) -> Vec<(String, Map<String, Value>)> {
        self.expected(|sample| columns(self.store.schema(), sample))
    }

    /// These rows in the documented shape.
    pub(super) fn documented(&self) -> Vec<(String, Map<String, Value>)> {
        self.expected(|sample| expected::documented(self.store.schema(), &sample["documented"]))
    }

    fn expected(&self, row: impl Fn(&Value) -> Map<String, Value>) -> Vec<(String, Map<String, Value>)> {
        let rows = self.samples.iter().map(|sample| {
            let mut row = row(sample);
            row.insert(CALENDAR_DAY.to_owned(), json!(self.day.to_string()));
            row
        });
        self.ids().into_iter().map(str::to_owned).zip(rows).collect()
    }
}

fn name(of: StoreType) -> &'static str {
    match of {
        StoreType::Events => "events",
        StoreType::Insights => "insights",
        StoreType::ConfigurationItems => "configuration-items",
        StoreType::Evidence => "evidence",
        StoreType::Activity => "activity",
    }
}

fn text(of: StoreType) -> &'static str {
    match of {
        StoreType::Events => include_str!("events.json"),
        StoreType::Insights => include_str!("insights.json"),
        StoreType::ConfigurationItems => include_str!("configuration_items.json"),
        StoreType::Evidence => include_str!("evidence.json"),
        StoreType::Activity => include_str!("activity.json"),
    }
}

/// The physical columns of a sample, without NULLs.
fn columns(schema: &Schema, sample: &Value) -> Map<String, Value> {
    let mut columns = sample["columns"].as_object().unwrap().clone();
    for name in columns.keys() {
        assert!(schema.column(name).is_some(), "{name} is no column");
    }
    if let Some(objects) = sample["objects"].as_array() {
        let bit = |path: &Value| {
            let path: Vec<_> = path.as_str().unwrap().split('.').collect();
            1_i32 << schema.object_bit(&path).unwrap_or_else(|| panic!("{path:?} is no struct"))
        };
        columns.insert(OBJECTS.to_owned(), json!(objects.iter().map(bit).sum::<i32>()));
    }
    columns
}

/// Rows one millisecond apart.
fn rows(prefix: &str, count: u64, first_ms: i64) -> Vec<Map<String, Value>> {
    let row = |number: u64| {
        let time = chrono::DateTime::from_timestamp_millis(first_ms + number as i64).unwrap();
        let row =
            json!({EVENT_ID: format!("{prefix}-{number:05}"), EVENT_TIME: time.to_rfc3339(), "awsRegion": "eu-west-1"});
        row.as_object().unwrap().clone()
    };
    (0..count).map(row).collect()
}

fn batch(schema: &Schema, rows: &[Map<String, Value>]) -> RecordBatch {
    let mut decoder = arrow::json::ReaderBuilder::new(Arc::clone(&schema.physical()))
        .with_batch_size(rows.len())
        .build_decoder()
        .unwrap();
    decoder.serialize(rows).unwrap();
    decoder.flush().unwrap().unwrap()
}
