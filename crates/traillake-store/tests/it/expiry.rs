//! Retention: events that are too old go, to the millisecond, and nothing else changes.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::concat_batches;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use object_store::ObjectStoreExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use traillake_store::{
    Changes, CompactionOptions, DataFile, Error, EventDataStore, Expiry, ExpiryOptions, Lake, Retention, Snapshot,
    write_data_file,
};
use traillake_testkit::faults::{Fault, FaultyStorage};
use url::Url;

use crate::integrity::{ALL, import, verify};
use crate::sample::{
    DAY_MS, HandClock, MIDNIGHT_MS, append, create, day, done, memory_lake, rows, rows_at, timeless_rows, write,
};

/// What a store keeps that is told nothing.
const KEPT_MS: i64 = 366 * DAY_MS;

async fn expire(store: &EventDataStore, options: ExpiryOptions) -> Expiry {
    store.expire(options, &mut |_| ()).await.unwrap()
}

/// A store in a lake with a clock, which shows when the oldest event kept is one of `oldest_ms`.
async fn store_at(oldest_ms: i64) -> (HandClock, EventDataStore) {
    let clock = HandClock::at(oldest_ms + KEPT_MS);
    let store = create(&memory_lake().with_clock(clock.clock()), "trail").await;
    (clock, store)
}

async fn add(store: &EventDataStore, on: Option<u32>, batch: RecordBatch) -> Snapshot {
    let file = write_data_file(store, on.and_then(day), vec![batch]).await.unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(file);
    done(transaction.commit().await.unwrap())
}

async fn bytes_of(store: &EventDataStore, file: &DataFile) -> Bytes {
    store.lake().storage().get(&file.path).await.unwrap().bytes().await.unwrap()
}

/// The rows of a file, in its order.
async fn read(store: &EventDataStore, file: &DataFile) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes_of(store, file).await).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn times_of(rows: &RecordBatch) -> Vec<i64> {
    let times = rows.column_by_name("eventTime").unwrap().as_primitive::<TimestampMicrosecondType>();
    times.values().iter().map(|time| time / 1_000).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stays_to_the_last_millisecond_of_its_period() {
    let oldest = MIDNIGHT_MS + 5_000;
    let (clock, store) = store_at(oldest).await;
    let times: Vec<i64> = [-5_000, -1, 0, 1, 70_000].iter().map(|offset| oldest + offset).collect();
    add(&store, Some(19), rows_at("a", &times)).await;
    assert_eq!(store.attributes().oldest_kept_ms(oldest + KEPT_MS), Some(oldest));
    assert!(!store.snapshot().await.unwrap().has_expired(oldest + KEPT_MS), "not all of its file are too old");

    let expiry = expire(&store, ExpiryOptions::default()).await;
    assert_eq!((expiry.rows_dropped, expiry.files_rewritten, expiry.files_written), (2, 1, 1));
    assert_eq!((expiry.oldest_kept_ms, expiry.files_dropped, expiry.days.len()), (Some(oldest), 0, 0));
    let after = store.snapshot().await.unwrap();
    assert_eq!(times_of(&read(&store, &after.data_files()[0]).await), [oldest + 70_000, oldest + 1, oldest]);
    assert_eq!(expire(&store, ExpiryOptions::default()).await, Expiry { oldest_kept_ms: Some(oldest), ..Expiry::default() });
    assert_eq!(store.snapshot().await.unwrap().version(), after.version(), "nothing to do makes no version");

    clock.advance(1);
    assert_eq!(expire(&store, ExpiryOptions::default()).await.rows_dropped, 1);
    clock.advance(70_000);
    let last = expire(&store, ExpiryOptions::default()).await;
    assert_eq!((last.rows_dropped, last.files_dropped, last.files_rewritten), (2, 1, 0), "bounds say that all are");
    assert_eq!(store.snapshot().await.unwrap().rows(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_days_go_and_what_stays_is_byte_for_byte_what_it_was() {
    let (clock, store) = store_at(MIDNIGHT_MS + 10_000_000).await;
    let old = add(&store, Some(17), rows_at("old", &[MIDNIGHT_MS - 2 * DAY_MS])).await.data_files()[0].clone();
    add(&store, Some(18), rows_at("older", &[MIDNIGHT_MS - 1])).await;
    add(&store, None, timeless_rows(3)).await;
    append(&store, "edge", 3_000).await;
    append(&store, "side", 2_000).await;
    let newer: Vec<i64> = (0..7).map(|row| MIDNIGHT_MS + DAY_MS + row).collect();
    let before = add(&store, Some(20), rows_at("new", &newer)).await;
    assert!(before.has_expired(clock.now_ms()));

    let dry = expire(&store, ExpiryOptions { dry_run: true, ..ExpiryOptions::default() }).await;
    assert_eq!(store.snapshot().await.unwrap().version(), before.version());
    let whole_only = expire(&store, ExpiryOptions { rewrites: false, ..ExpiryOptions::default() }).await;
    assert_eq!((whole_only.files_dropped, whole_only.rows_dropped, whole_only.files_rewritten), (2, 2, 0));
    assert_eq!(whole_only.days, [day(17).unwrap(), day(18).unwrap()]);
    let expiry = expire(&store, ExpiryOptions::default()).await;
    assert_eq!((expiry.files_dropped, expiry.files_rewritten, expiry.files_written), (0, 2, 1));
    assert_eq!(dry.rows_dropped, whole_only.rows_dropped + expiry.rows_dropped);
    assert_eq!((dry.files_dropped, dry.files_rewritten, dry.bytes_after), (2, 2, 0));
    assert_eq!(dry.bytes_before, whole_only.bytes_before + expiry.bytes_before);

    let after = store.snapshot().await.unwrap();
    assert_eq!(after.rows() + dry.rows_dropped, before.rows());
    assert_eq!(after.bytes(), before.bytes() - dry.bytes_before + expiry.bytes_after);
    assert_eq!(after.data_files().iter().map(|file| file.calendar_day).collect::<Vec<_>>(), [day(20), day(19), None]);
    // As an import of just these rows would have made it: columns, bounds, value index, counts, order.
    let oldest_us = (MIDNIGHT_MS + 10_000_000) * 1_000;
    let kept = [rows("edge", 3_000), rows("side", 2_000)].map(|rows| {
        let times = rows.column_by_name("eventTime").unwrap().as_primitive::<TimestampMicrosecondType>().clone();
        let keep = times.values().iter().map(|time| Some(*time >= oldest_us)).collect();
        arrow::compute::filter_record_batch(&rows, &keep).unwrap()
    });
    let expected = write_data_file(&store, day(19), kept.to_vec()).await.unwrap();
    let file = &after.data_files()[1];
    assert_eq!((file.rows, &file.columns), (expected.rows, &expected.columns));
    assert_eq!(read(&store, file).await, read(&store, &expected).await);

    // Who reads the version before is not disturbed, and the table is append-only again.
    assert_eq!(store.snapshot_at(before.version()).await.unwrap().data_files(), before.data_files());
    assert_eq!(read(&store, &old).await.num_rows(), 1);
    assert!(last_commit(&store).await.contains("\"delta.appendOnly\":\"true\""));
    assert!(last_commit(&store).await.contains("\"dataChange\":true"));
    let operations: Vec<_> = store.history().await.unwrap().into_iter().map(|version| version.operation).collect();
    assert_eq!(operations[operations.len() - 4..], ["EXPIRE"; 4]);
    let found = verify(&store, ALL).await;
    assert!(found.is_whole() && found.garbage_files == 1, "{found:?}");
}

async fn last_commit(store: &EventDataStore) -> String {
    let version = store.snapshot().await.unwrap().version();
    let path = format!("{}/_delta_log/{version:020}.json", store.id());
    let bytes = store.lake().storage().get(&path.as_str().into()).await.unwrap().bytes().await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_period_takes_effect_and_a_longer_one_brings_nothing_back() {
    let (_, store) = store_at(MIDNIGHT_MS - 200 * DAY_MS).await;
    import(&store, "a").await;
    assert_eq!(expire(&store, ExpiryOptions::default()).await.rows_dropped, 0);
    let changed = |days| Changes { retention: Some(Retention::Days(days)), ..Changes::default() };
    let shorter = store.update(changed(100)).await.unwrap();
    assert!(shorter.snapshot().await.unwrap().has_expired(store.lake().clock().now_ms()));
    assert_eq!(expire(&store, ExpiryOptions::default()).await.rows_dropped, 4);
    store.update(changed(1_000)).await.unwrap();
    let after = store.snapshot().await.unwrap();
    assert_eq!(after.rows(), 0);
    // The ledger still knows what was imported.
    assert!(after.ledger().await.unwrap().known_objects().await.unwrap().contains("file:///a", &[7; 32]));
    assert!(verify(&store, ALL).await.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_edge_go_in_rounds_of_what_the_memory_allows() {
    let (_, store) = store_at(MIDNIGHT_MS + 8_000_000).await;
    for number in 0..19 {
        add(&store, Some(19), rows_at(&format!("p{number:02}"), &[MIDNIGHT_MS, MIDNIGHT_MS + 9_000_000])).await;
    }
    let expiry = expire(&store, ExpiryOptions { memory_bytes: 0, ..ExpiryOptions::default() }).await;
    assert_eq!((expiry.files_rewritten, expiry.files_written, expiry.rows_dropped), (19, 3, 19));
    assert_eq!(store.snapshot().await.unwrap().rows(), 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_anew_stays_until_all_of_it_is_too_old() {
    let (clock, store) = store_at(MIDNIGHT_MS + 400_000).await;
    let file = write(&store, "a", 100).await;
    // As another writer makes it, who sorts nothing.
    let batch = read(&store, &file).await;
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let file = DataFile { bytes: bytes.len() as u64, sha256: None, ..file };
    store.lake().storage().put(&file.path, bytes.into()).await.unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(file);
    done(transaction.commit().await.unwrap());
    let expiry = expire(&store, ExpiryOptions::default()).await;
    assert_eq!((expiry.files_left, expiry.rows_dropped), (1, 0));
    clock.advance(DAY_MS);
    assert_eq!(expire(&store, ExpiryOptions::default()).await.rows_dropped, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_to_be_deleted_expires_nothing() {
    let (_, store) = store_at(MIDNIGHT_MS).await;
    let store = store.update(Changes { termination_protection: Some(false), ..Changes::default() }).await.unwrap();
    let store = store.delete().await.unwrap();
    let error = store.expire(ExpiryOptions::default(), &mut |_| ()).await.unwrap_err();
    assert!(matches!(error, Error::Inactive { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_compaction_and_an_expiry_of_one_file_the_slower_starts_over() {
    // Both begin with the same files, over and over, until each has lost to the other or enough was tried.
    for round in 0..6 {
        let (_, store) = store_at(MIDNIGHT_MS + 1_500_000).await;
        for name in ["a", "b", "c"] {
            append(&store, name, 400).await;
        }
        let expected = {
            let kept = |count: i64| (0..count).filter(|row| row * 7_919 % DAY_MS >= 1_500_000).count() as u64;
            3 * kept(400)
        };
        let compactor = {
            let store = store.clone();
            tokio::spawn(async move { store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap() })
        };
        if round % 2 == 1 {
            tokio::task::yield_now().await;
        }
        expire(&store, ExpiryOptions::default()).await;
        compactor.await.unwrap();
        let after = Arc::new(store.snapshot().await.unwrap());
        assert_eq!(after.rows(), expected, "{round}");
        assert_eq!(expire(&store, ExpiryOptions::default()).await.rows_dropped, 0);
        assert!(verify(&store, ALL).await.is_whole());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_left_open_is_closed_though_nothing_is_too_old_any_more() {
    let storage = FaultyStorage::in_memory();
    let clock = HandClock::at(MIDNIGHT_MS + KEPT_MS + 5 * DAY_MS);
    let lake = Lake::with_storage(Arc::new(storage.clone()), Url::parse("memory:///").unwrap());
    let store = create(&lake.with_clock(clock.clock()), "trail").await;
    append(&store, "a", 3).await;
    // The second commit fails.
    storage.arm(Fault::Before(1));
    store.expire(ExpiryOptions::default(), &mut |_| ()).await.unwrap_err();
    let lake = Lake::with_storage(Arc::new(storage.reopened()), lake.location().clone()).with_clock(clock.clock());
    let store = lake.find("trail").await.unwrap().unwrap();
    assert!(last_commit(&store).await.contains("\"delta.appendOnly\":\"false\""));
    store.update(Changes { retention: Some(Retention::Days(1_000)), ..Changes::default() }).await.unwrap();
    assert_eq!(expire(&store, ExpiryOptions::default()).await.rows_dropped, 0);
    assert!(last_commit(&store).await.contains("\"delta.appendOnly\":\"true\""));
    assert_eq!(store.snapshot().await.unwrap().rows(), 3);
}
