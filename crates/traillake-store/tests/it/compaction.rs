//! Few files for many, and the same rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use bytes::Bytes;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use traillake_event::schema::Schema;
use traillake_store::{
    Changes, Commit, Compaction, CompactionOptions, EventDataStore, Lake, Scope, Snapshot, write_data_file,
};
use traillake_testkit::faults::{Fault, FaultyStorage};
use url::Url;

use crate::sample::{append, batch, create, day, done, memory_lake, rows, timeless_rows, write};

async fn bytes_of(store: &EventDataStore, path: &Path) -> Bytes {
    store.lake().storage().get(path).await.unwrap().bytes().await.unwrap()
}

fn read(bytes: Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// All rows of a version, by their id.
async fn all_rows(snapshot: &Snapshot) -> RecordBatch {
    let mut read_files = Vec::new();
    for file in snapshot.data_files() {
        read_files.push(read(bytes_of(snapshot.store(), &file.path).await));
    }
    let all = concat_batches(&read_files[0].schema(), &read_files).unwrap();
    let order = sort_to_indices(all.column_by_name("eventID").unwrap(), None, None).unwrap();
    take_record_batch(&all, &order).unwrap()
}

async fn compact(store: &EventDataStore, options: CompactionOptions) -> Compaction {
    store.compact(options, &mut |_| ()).await.unwrap()
}

async fn add(store: &EventDataStore, on: u32, batch: RecordBatch) -> Snapshot {
    let file = write_data_file(store, day(on), vec![batch]).await.unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(file);
    done(transaction.commit().await.unwrap())
}

/// Whether the rows of a file stand in the order that files promise.
fn is_in_order(file: &RecordBatch) -> bool {
    let text = |name: &str| file.column_by_name(name).unwrap().as_string::<i32>().clone();
    let times = file.column_by_name("eventTime").unwrap();
    let times = times.as_primitive::<arrow::datatypes::TimestampMicrosecondType>();
    let (sources, names, ids) = (text("eventSource"), text("eventName"), text("eventID"));
    let key = |row| (std::cmp::Reverse(times.value(row)), sources.value(row), names.value(row), ids.value(row));
    (1..file.num_rows()).all(|row| key(row - 1) <= key(row))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_day_become_one_and_no_row_changes() {
    let store = create(&memory_lake(), "trail").await;
    for (number, count) in [700, 1, 3_000, 40].into_iter().enumerate() {
        append(&store, &format!("p{number}"), count).await;
    }
    add(&store, 20, rows("other", 9)).await;
    let timeless = write_data_file(&store, None, vec![timeless_rows(2)]).await.unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(timeless);
    let before = done(transaction.commit().await.unwrap());

    let compaction = compact(&store, CompactionOptions::default()).await;
    assert_eq!((compaction.merges, compaction.files_before, compaction.files_after), (1, 4, 1));
    assert_eq!((compaction.days, compaction.rows), (vec![day(19)], 3_741));
    let after = store.snapshot().await.unwrap();
    assert_eq!((after.version(), after.data_files().len()), (before.version() + 1, 3));
    assert_eq!(all_rows(&after).await, all_rows(&before).await);
    assert_eq!(after.rows(), before.rows());

    let merged = after.data_files().iter().find(|file| file.calendar_day == day(19)).unwrap();
    assert!(is_in_order(&read(bytes_of(&store, &merged.path).await)));
    assert_eq!(merged.bytes, compaction.bytes_after);
    // What the log knows of it is what it would know of one import's file.
    let all = [rows("p0", 700), rows("p1", 1), rows("p2", 3_000), rows("p3", 40)];
    let expected = write_data_file(&store, day(19), all.to_vec()).await.unwrap();
    assert_eq!((merged.rows, &merged.columns), (expected.rows, &expected.columns));

    // Nothing is left to do.
    assert_eq!(compact(&store, CompactionOptions::default()).await, Compaction::default());
    let operations = store.history().await.unwrap();
    assert_eq!(operations.last().map(|version| version.operation.as_str()), Some("COMPACT"));
}

/// Rows that compress badly.
fn bulky(prefix: &str, count: usize) -> RecordBatch {
    let plain = rows(prefix, count);
    let noise = |row: usize| {
        let mut state = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ prefix.len() as u64;
        let words = std::iter::repeat_with(|| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            format!("{:016x}", state ^ (state >> 31))
        });
        words.take(60).collect::<String>()
    };
    batch(count, |name| match name {
        "requestParameters" => {
            let texts = (0..count).map(|row| format!("{{\"noise\":\"{prefix}{}\"}}", noise(row)));
            Some(Arc::new(StringArray::from_iter_values(texts)) as ArrayRef)
        }
        _ => plain.column_by_name(name).cloned(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_larger_than_a_file_becomes_files_that_follow_each_other() {
    let store = create(&memory_lake(), "trail").await;
    for prefix in ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"] {
        add(&store, 19, bulky(prefix, 800)).await;
    }
    let before = store.snapshot().await.unwrap();
    // The least budget makes files of one megabyte, of row groups with as much in a column at most.
    let small = CompactionOptions { memory_bytes: 0, threads: 3, ..CompactionOptions::default() };
    let compaction = compact(&store, small).await;
    assert!(before.bytes() > 2_200_000, "{}", before.bytes());
    let after = store.snapshot().await.unwrap();
    assert!((2..=3).contains(&after.data_files().len()), "{compaction:?}");
    assert_eq!(all_rows(&after).await, all_rows(&before).await);
    let mut files = Vec::new();
    for file in after.data_files() {
        let bytes = bytes_of(&store, &file.path).await;
        let opened = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
        assert!(opened.metadata().num_row_groups() > 1, "a row group keeps to the bound of its largest column");
        files.push(read(bytes));
    }
    files.sort_by_key(|file| {
        let times = file.column_by_name("eventTime").unwrap();
        std::cmp::Reverse(times.as_primitive::<arrow::datatypes::TimestampMicrosecondType>().value(0))
    });
    assert!(is_in_order(&concat_batches(&files[0].schema(), &files).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_merged_in_rounds_is_counted_once() {
    let store = create(&memory_lake(), "trail").await;
    for number in 0..19 {
        append(&store, &format!("p{number:02}"), 5).await;
    }
    // The least budget merges eight files at once.
    let small = CompactionOptions { memory_bytes: 0, ..CompactionOptions::default() };
    let dry = compact(&store, CompactionOptions { dry_run: true, ..small }).await;
    let done = compact(&store, small).await;
    assert!(done.merges > 1);
    assert_eq!((done.files_before, done.files_after, done.rows), (19, 1, 95));
    assert_eq!((dry.files_before, dry.bytes_before, dry.rows), (done.files_before, done.bytes_before, done.rows));
    let after = store.snapshot().await.unwrap();
    assert_eq!((after.data_files().len(), after.bytes()), (1, done.bytes_after));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_the_version_before_are_not_disturbed() {
    let store = create(&memory_lake(), "trail").await;
    append(&store, "a", 10).await;
    let before = append(&store, "b", 10).await;
    let rows = all_rows(&before).await;
    compact(&store, CompactionOptions::default()).await;
    assert_eq!(all_rows(&before).await, rows);
    assert_eq!(all_rows(&store.snapshot_at(before.version()).await.unwrap()).await, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_merged_as_a_day_grows() {
    let store = create(&memory_lake(), "trail").await;
    let due = CompactionOptions { scope: Scope::Due, ..CompactionOptions::default() };
    let mut most = 0;
    for number in 0..40 {
        append(&store, &format!("p{number:02}"), 50).await;
        compact(&store, due).await;
        most = most.max(store.snapshot().await.unwrap().data_files().len());
    }
    let after = store.snapshot().await.unwrap();
    assert_eq!(after.rows(), 2_000);
    assert!((2..=12).contains(&most), "{most} files at a time");
    assert!(store.history().await.unwrap().iter().filter(|version| version.operation == "COMPACT").count() <= 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_and_compactions_at_once_lose_nothing() {
    let store = create(&memory_lake(), "trail").await;
    let importer = |name: &'static str| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..15 {
                let prefix = format!("{name}{number:02}");
                let file = write(&store, &prefix, 20).await;
                loop {
                    let mut transaction = store.snapshot().await.unwrap().begin();
                    transaction.add(file.clone());
                    if matches!(transaction.commit().await.unwrap(), Commit::Done(_)) {
                        break;
                    }
                }
            }
        })
    };
    let compactor = || {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..12 {
                compact(&store, CompactionOptions::default()).await;
            }
        })
    };
    let all = [importer("a"), importer("b"), compactor(), compactor()];
    for task in all {
        task.await.unwrap();
    }
    compact(&store, CompactionOptions::default()).await;
    let after = store.snapshot().await.unwrap();
    assert_eq!((after.rows(), after.data_files().len()), (600, 1));
    let ids = all_rows(&after).await.column_by_name("eventID").unwrap().as_string::<i32>().clone();
    let ids: std::collections::HashSet<_> = ids.iter().flatten().collect();
    assert_eq!(ids.len(), 600);
}

fn lake(storage: Arc<dyn ObjectStore>) -> Lake {
    Lake::with_storage(storage, Url::parse("memory:///").unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_that_stops_anywhere_leaves_the_rows() {
    let memory = Arc::new(InMemory::new());
    let store = create(&lake(Arc::clone(&memory) as _), "trail").await;
    for on in [19, 20] {
        for prefix in ["a", "b"] {
            add(&store, on, rows(&format!("{prefix}{on}"), 5)).await;
        }
    }
    let before = store.snapshot().await.unwrap();
    let expected = all_rows(&before).await;
    let mut landed = Vec::new();
    for step in 0..7 {
        for fault in [Fault::Before(step), Fault::After(step)] {
            let storage = FaultyStorage::new(Arc::new(memory.fork()));
            let store = lake(Arc::new(storage.clone())).find("trail").await.unwrap().unwrap();
            storage.arm(fault);
            let done = store.compact(CompactionOptions::default(), &mut |_| ()).await.is_ok();

            let store = lake(Arc::new(storage.reopened())).find("trail").await.unwrap().unwrap();
            let after = store.snapshot().await.unwrap();
            assert_eq!(all_rows(&after).await, expected, "{fault:?}");
            assert!((2..=4).contains(&after.data_files().len()), "{fault:?}");
            assert!(!done || after.data_files().len() == 2, "{fault:?}: answered, but not there");
            landed.push(after.version() - before.version());
            compact(&store, CompactionOptions::default()).await;
            let again = store.snapshot().await.unwrap();
            assert_eq!(again.data_files().len(), 2, "{fault:?}");
            assert_eq!(all_rows(&again).await, expected, "{fault:?}");
        }
    }
    for versions in 0..=2 {
        assert!(landed.contains(&versions), "{landed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_hot_key_gets_its_column_in_old_files() {
    let store = create(&memory_lake(), "trail").await;
    append(&store, "a", 30).await;
    let changes = || Changes { hot_keys: vec!["requestParameters.long".parse().unwrap()], ..Changes::default() };
    let store = store.update(changes()).await.unwrap();
    assert_eq!(store.schema().columns().len(), Schema::events().columns().len() + 1);
    let lacking = store.snapshot().await.unwrap();
    assert!(lacking.data_files()[0].columns.get("requestParameters_long").is_none());

    // A single file, but one without the column.
    assert_eq!(compact(&store, CompactionOptions::default()).await.merges, 0);
    let with_keys = CompactionOptions { scope: Scope::HotKeys, ..CompactionOptions::default() };
    let compaction = compact(&store, with_keys).await;
    assert_eq!((compaction.files_before, compaction.files_after, compaction.files_left), (1, 1, 0));
    let after = store.snapshot().await.unwrap();
    let file = read(bytes_of(&store, &after.data_files()[0].path).await);
    let column = file.column_by_name("requestParameters_long").unwrap().as_string::<i32>();
    assert!(column.iter().all(|value| value == Some("z".repeat(90).as_str())));
    assert_eq!(after.data_files()[0].columns.get("requestParameters_long").unwrap().nulls, 0);
    assert_eq!(compact(&store, with_keys).await.merges, 0);

    // Opened anew it is still known, and asking for it twice changes nothing.
    let again = store.update(changes()).await.unwrap();
    assert_eq!(again.attributes().hot_keys.keys().len(), 1);
    let found = store.lake().find("trail").await.unwrap().unwrap();
    assert_eq!(found.attributes().hot_keys, again.attributes().hot_keys);
    let refused = Changes { hot_keys: vec!["requestParameters.LONG".parse().unwrap()], ..Changes::default() };
    assert!(store.update(refused).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_files_are_full_of_gets_a_column() {
    let store = create(&memory_lake(), "trail").await;
    for prefix in ["a", "b"] {
        let plain = rows(prefix, 200);
        let full = batch(200, |name| match name {
            "responseElements" => {
                let text = |row| format!("{{\"detectorId\":\"d{}\",\"other\":1}}", row % 7);
                Some(Arc::new((0..200).map(|row| (row % 4 == 0).then(|| text(row))).collect::<StringArray>())
                    as ArrayRef)
            }
            _ => plain.column_by_name(name).cloned(),
        });
        add(&store, 19, full).await;
    }
    let dry = CompactionOptions { adds_hot_keys: true, dry_run: true, ..CompactionOptions::default() };
    let expected = ["responseElements.detectorId".parse().unwrap()];
    assert_eq!(compact(&store, dry).await.hot_keys, expected);
    let with_keys = compact(&store, CompactionOptions { scope: Scope::HotKeys, ..dry }).await;
    assert_eq!((with_keys.hot_keys.as_slice(), with_keys.files_before), (&expected[..], 2));
    let compaction = compact(&store, CompactionOptions { dry_run: false, ..dry }).await;
    assert_eq!((compaction.hot_keys.as_slice(), compaction.files_after), (&expected[..], 1));
    let after = store.snapshot().await.unwrap();
    assert_eq!(after.store().attributes().hot_keys.keys(), expected);
    let file = read(bytes_of(&store, &after.data_files()[0].path).await);
    let column = file.column_by_name("responseElements_detectorId").unwrap().as_string::<i32>();
    assert_eq!(column.iter().filter(|value| *value == Some("d3")).count(), 2 * 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_it_would_merge_and_writes_nothing() {
    let storage = FaultyStorage::in_memory();
    let store = create(&lake(Arc::new(storage.clone())), "trail").await;
    append(&store, "a", 4).await;
    append(&store, "b", 4).await;
    let mutations = storage.mutations();
    let dry = compact(&store, CompactionOptions { dry_run: true, ..CompactionOptions::default() }).await;
    assert_eq!((dry.merges, dry.files_before, dry.rows, storage.mutations()), (1, 2, 8, mutations));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_to_be_deleted_is_left_alone() {
    let store = create(&memory_lake(), "trail").await;
    let store = store.update(Changes { termination_protection: Some(false), ..Changes::default() }).await.unwrap();
    let store = store.delete().await.unwrap();
    let error = store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap_err();
    assert!(error.to_string().contains("PENDING_DELETION"), "{error}");
}
