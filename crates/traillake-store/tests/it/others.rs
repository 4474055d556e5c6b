//! Others read it: Python's deltalake, Polars and DuckDB see in a store of each type what was written, whatever became of
//! its files since, and DuckDB shows it in the documented shape.
//! Where pyspark and Java are there, Spark shows it so, too.
//!
//! The engines are Python packages in an environment of the test's own ([`environment`]). Where there is none and none can
//! be made, the tests say so and pass.

mod environment;
mod expected;
mod stores;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value, json};
use traillake_event::category::StoreType;
use traillake_store::ddl::{Engine, Source, create_view};
use traillake_store::{CompactionOptions, ExpiryOptions, Lake, VacuumOptions};

use crate::sample::{DAY_MS, HandClock};
use environment::Environment;
use stores::{EDGE, Filled, KEPT_DAYS, LATER_DAYS, OLD, PLAIN, TIMELESS};

/// What a reader is to see of a store: its rows by day.
type Days = BTreeMap<String, u64>;

/// A lake on disk with a store of each type, and a clock that stands at noon of the present day.
struct Filing {
    folder: tempfile::TempDir,
    clock: HandClock,
    stores: Vec<Filled>,
}

impl Filing {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now_ms = chrono::Utc::now().timestamp_millis();
        let clock = HandClock::at(now_ms - now_ms % DAY_MS + DAY_MS / 2);
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap().with_clock(clock.clock());
        let mut stores = Vec::new();
        for of in StoreType::ALL {
            stores.push(Filled::new(&lake, of).await);
        }
        Self { folder, clock, stores }
    }

    /// The day that lies so many days before the one the lake was made on.
    fn day(&self, before: i64) -> NaiveDate {
        day_of(self.clock.now_ms() - before * DAY_MS)
    }

    async fn files(&self) -> usize {
        let mut files = 0;
        for filled in &self.stores {
            files += filled.store.snapshot().await.unwrap().data_files().len();
        }
        files
    }

    /// Has every reader read every store, and compares.
    async fn read(&self, python: &Environment, what: &str, days: &Days) -> Value {
        // Spark takes its time to start, and sees files where the others see a table.
        let with_spark = what == "fresh";
        let stores: Vec<_> = self.stores.iter().map(|filled| self.request(filled, with_spark)).collect();
        let request = json!({"extensions": python.extensions(), "stores": stores});
        let answer = python.run(include_str!("others/read.py"), &request);
        for filled in &self.stores {
            let readers = answer["stores"][filled.name()].as_object().unwrap();
            assert!(readers.len() >= 4, "{what}");
            for (reader, found) in readers {
                check(
                    filled,
                    &format!("{what}, {} by {reader}", filled.name()),
                    found,
                    days,
                    reader.starts_with("view"),
                );
            }
        }
        answer["versions"].clone()
    }

    fn request(&self, filled: &Filled, with_spark: bool) -> Value {
        let path = self.folder.path().join(filled.store.id().to_string());
        let path = path.to_str().unwrap();
        let view = |engine, source, name| create_view(filled.store.schema(), engine, source, name);
        json!({
            "name": filled.name(), "path": path, "ids": filled.ids(),
            "located": view(Engine::DuckDb, Source::Location(path), "located"),
            "related": view(Engine::DuckDb, Source::Relation("live"), "related"),
            "spark": with_spark.then(|| view(Engine::Spark, Source::Relation("live"), "related")),
        })
    }
}

fn day_of(ms: i64) -> NaiveDate {
    DateTime::from_timestamp_millis(ms).unwrap().date_naive()
}

fn check(filled: &Filled, what: &str, found: &Value, days: &Days, is_view: bool) {
    assert_eq!(found["days"], json!(days), "{what}");
    assert_eq!(found["rows"], json!(days.values().sum::<u64>()), "{what}");
    let schema = filled.store.schema();
    let (columns, expected) = match is_view {
        true => (expected::view_columns(schema), filled.documented()),
        false => (expected::flat_columns(schema), filled.flat()),
    };
    let mut names: Vec<_> = columns.iter().map(|(name, _)| name.clone()).collect();
    let mut found_names: Vec<_> = found["columns"].as_array().unwrap().clone();
    // Where the partition column stands is up to the reader of a table.
    if !is_view {
        names.sort();
        found_names.sort_by_key(Value::to_string);
    }
    let found_names: Vec<_> = found_names.iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(found_names, names, "{what}");
    if is_view && !found["types"].is_null() {
        assert_eq!(found["types"], json!(columns.iter().map(|(_, data_type)| data_type).collect::<Vec<_>>()), "{what}");
    }
    let picked = found["picked"].as_object().unwrap();
    assert_eq!(picked.len(), expected.len(), "{what}");
    for (id, expected) in expected {
        let Some(Value::Object(row)) = picked.get(&id) else { panic!("{what}: {id} is not there") };
        let row = row.iter().filter(|(column, _)| !filled.varies(&id, column));
        check_row(&format!("{what}: {id}"), row, &expected);
    }
}

fn check_row<'a>(what: &str, row: impl Iterator<Item = (&'a String, &'a Value)>, expected: &Map<String, Value>) {
    let mut found = HashSet::new();
    for (column, value) in row {
        assert_eq!(value, expected.get(column).unwrap_or(&Value::Null), "{what}, {column}");
        found.insert(column);
    }
    assert!(expected.iter().all(|(column, value)| value.is_null() || found.contains(column)), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_engines_read_every_type_of_store_whatever_became_of_its_files() {
    let Some(python) = Environment::find_or_make() else { return };
    let filing = Filing::new().await;
    let [edge, old] = [filing.day(KEPT_DAYS - LATER_DAYS), filing.day(KEPT_DAYS - 1)];
    let mut days = Days::from([("None".to_owned(), TIMELESS)]);
    days.extend([(old, OLD), (edge, EDGE), (filing.day(1), PLAIN)].map(|(day, rows)| (day.to_string(), rows)));
    let versions = filing.read(&python, "fresh", &days).await;
    environment::tell(&format!("other engines: {versions}"));

    let files = filing.files().await;
    for filled in &filing.stores {
        filled.store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
    }
    assert!(filing.files().await < files);
    filing.read(&python, "compacted", &days).await;

    filing.clock.advance(LATER_DAYS * DAY_MS);
    for filled in &filing.stores {
        let expiry = filled.store.expire(ExpiryOptions::default(), &mut |_| ()).await.unwrap();
        assert_eq!((expiry.files_dropped, expiry.files_rewritten, expiry.rows_dropped), (1, 1, OLD + EDGE / 2));
    }
    days.remove(&old.to_string());
    days.insert(edge.to_string(), EDGE / 2);
    filing.read(&python, "expired", &days).await;

    filing.clock.advance(LATER_DAYS * DAY_MS);
    let before = parquet_files(filing.folder.path());
    for filled in &filing.stores {
        let vacuum = filled.store.vacuum(VacuumOptions::default()).await.unwrap();
        assert!(vacuum.data_files >= 4, "{vacuum:?}");
    }
    assert!(parquet_files(filing.folder.path()) < before);
    filing.read(&python, "vacuumed", &days).await;
}

fn parquet_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                parquet_files(&path)
            } else {
                usize::from(path.extension().is_some_and(|ending| ending == "parquet"))
            }
        })
        .sum()
}
