//! Versions, conflicts, checkpoints.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use traillake_store::{Commit, CompactionOptions, Error, EventKey, EventKeysWanted, Lake, write_data_file};
use url::Url;

use crate::sample::{MIDNIGHT_MS, append, create, day, done, memory_lake, timeless_rows, write};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let store = create(&lake, "trail").await;
    append(&store, "a", 10).await;
    let timeless = write_data_file(&store, None, vec![timeless_rows(2)]).await.unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(timeless);
    let committed = done(transaction.commit().await.unwrap());

    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let read = lake.find("trail").await.unwrap().unwrap().snapshot().await.unwrap();
    assert_eq!((read.version(), read.rows(), read.bytes()), (committed.version(), 12, committed.bytes()));
    assert_eq!(read.data_files(), committed.data_files());
    let days: Vec<_> = read.data_files().iter().map(|file| file.calendar_day).collect();
    assert_eq!(days, [day(19), None]);
    for file in read.data_files() {
        let on_disk = std::fs::metadata(folder.path().join(file.path.as_ref())).unwrap();
        assert_eq!(on_disk.len(), file.bytes);
    }
}

#[tokio::test]
async fn a_snapshot_does_not_change_under_a_reader() {
    let store = create(&memory_lake(), "trail").await;
    let before = append(&store, "a", 10).await;
    let files = before.data_files().to_vec();
    append(&store, "b", 10).await;
    assert_eq!((before.rows(), before.data_files()), (10, &files[..]));
    let again = store.snapshot_at(before.version()).await.unwrap();
    assert_eq!((again.version(), again.data_files()), (before.version(), &files[..]));
    let error = store.snapshot_at(99).await.unwrap_err();
    assert!(matches!(error, Error::NoVersion { version: 99, .. }), "{error}");
}

#[tokio::test]
async fn data_files_are_invisible_until_committed() {
    let store = create(&memory_lake(), "trail").await;
    let version = store.snapshot().await.unwrap().version();
    let file = write(&store, "a", 10).await;
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!((snapshot.version(), snapshot.rows()), (version, 0));
    assert!(store.lake().storage().head(&file.path).await.is_ok());
}

#[tokio::test]
async fn the_slower_of_two_writers_conflicts_and_lands_on_retry() {
    let store = create(&memory_lake(), "trail").await;
    let start = store.snapshot().await.unwrap();
    let (mut first, mut second) = (start.begin(), start.begin());
    let (a, b) = (write(&store, "a", 3).await, write(&store, "b", 4).await);
    first.add(a);
    second.add(b.clone());
    done(first.commit().await.unwrap());
    let Commit::Conflict { version } = second.commit().await.unwrap() else { panic!("both won") };
    assert_eq!(version, start.version() + 1);
    let mut retry = store.snapshot().await.unwrap().begin();
    retry.add(b);
    let landed = done(retry.commit().await.unwrap());
    assert_eq!((landed.version(), landed.rows()), (version + 1, 7));
    assert_eq!(store.snapshot().await.unwrap().data_files(), landed.data_files());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_lose_nothing_and_checkpoints_keep_every_version() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let store = create(&lake, "trail").await;
    let writers = (0..3).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for round in 0..20 {
                let file = write(&store, &format!("{writer}-{round}"), 2).await;
                loop {
                    let mut transaction = store.snapshot().await.unwrap().begin();
                    transaction.add(file.clone());
                    if let Commit::Done(_) = transaction.commit().await.unwrap() {
                        break;
                    }
                }
            }
        })
    });
    futures::future::join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());

    let first = store.history().await.unwrap().iter().position(|version| version.operation == "IMPORT").unwrap() as u64;
    let log = folder.path().join(store.id().to_string()).join("_delta_log");
    for version in [20, 40, 60] {
        assert!(log.join(format!("{version:020}.checkpoint.parquet")).is_file(), "{version}");
    }
    let newest = store.snapshot().await.unwrap();
    assert_eq!((newest.version(), newest.rows()), (first + 59, 120));
    for version in [first, 20, 33, 59] {
        assert_eq!(store.snapshot_at(version).await.unwrap().rows(), 2 * (version - first + 1), "{version}");
    }
    // What a checkpoint keeps of a file is all there was.
    for commit in 0..20 {
        std::fs::remove_file(log.join(format!("{commit:020}.json"))).unwrap();
    }
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let replayed = lake.find("trail").await.unwrap().unwrap().snapshot().await.unwrap();
    assert_eq!(replayed.data_files(), newest.data_files());
    assert_eq!(replayed.store().attributes(), newest.store().attributes());
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_remember_what_was_replaced_for_a_week() {
    let storage = Arc::new(InMemory::new());
    let lake = Lake::with_storage(Arc::clone(&storage) as _, Url::parse("memory:///").unwrap());
    let store = create(&lake, "trail").await;
    let mut replaced = Vec::new();
    for round in 0..2 {
        for number in 0..5 {
            append(&store, &format!("{round}-{number}"), 2).await;
        }
        let before = store.snapshot().await.unwrap();
        store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
        let after = store.snapshot().await.unwrap();
        let gone = before.data_files().iter().filter(|file| !after.data_files().contains(file));
        replaced.extend(gone.map(|file| file.path.to_string()));
        // Up to the next checkpoint: the second has these from the first one.
        while !store.snapshot().await.unwrap().version().is_multiple_of(20) {
            append(&store, &format!("{round}-more-{}", store.snapshot().await.unwrap().version()), 1).await;
        }
    }
    let version = store.snapshot().await.unwrap().version();
    let path = format!("{}/_delta_log/{version:020}.checkpoint.parquet", store.id());
    let bytes = storage.get(&path.as_str().into()).await.unwrap().bytes().await.unwrap();
    let mut removed = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let remove = batch.column_by_name("remove").unwrap().as_struct();
        let paths = remove.column_by_name("path").unwrap().as_string::<i32>();
        let rows = (0..batch.num_rows()).filter(|row| remove.is_valid(*row));
        removed.extend(rows.map(|row| format!("{}/{}", store.id(), paths.value(row))));
    }
    removed.sort();
    replaced.sort();
    assert_eq!(version, 40);
    assert_eq!(removed, replaced);
}

#[tokio::test]
async fn event_keys_are_those_of_one_day() {
    let store = create(&memory_lake(), "trail").await;
    append(&store, "a", 5).await;
    let timeless = write_data_file(&store, None, vec![timeless_rows(2)]).await.unwrap();
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(timeless);
    let snapshot = done(transaction.commit().await.unwrap());
    let all = |day| EventKeysWanted { day, times: None, is_wanted: None };
    let mut keys = snapshot.read_event_keys(&all(day(19))).await.unwrap();
    let mut expected: Vec<_> = (0..5).map(|row| EventKey::new(&format!("a-{row:08}"), row)).collect();
    keys.sort();
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(snapshot.read_event_keys(&all(None)).await.unwrap().len(), 2);
    assert!(snapshot.read_event_keys(&all(day(20))).await.unwrap().is_empty());
}

#[tokio::test]
async fn event_keys_are_found_among_those_of_a_time() {
    let store = create(&memory_lake(), "trail").await;
    append(&store, "a", 5).await;
    let snapshot = append(&store, "b", 5).await;
    let sought = [EventKey::new("a-00000001", 1), EventKey::new("b-00000002", 2), EventKey::new("c-00000003", 3)];
    let wanted =
        |times| EventKeysWanted { day: day(19), times, is_wanted: Some(Arc::new(move |key| sought.contains(&key))) };
    let mut found = snapshot.read_event_keys(&wanted(None)).await.unwrap();
    found.sort();
    let mut expected = sought[..2].to_vec();
    expected.sort();
    assert_eq!(found, expected);
    let at = MIDNIGHT_MS + 7_919;
    assert_eq!(snapshot.read_event_keys(&wanted(Some(at..=at))).await.unwrap().len(), 2);
    assert!(snapshot.read_event_keys(&wanted(Some(0..=MIDNIGHT_MS - 1))).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_log_is_named() {
    let lake = memory_lake();
    let store = create(&lake, "trail").await;
    let version = append(&store, "a", 1).await.version();
    let path = object_store::path::Path::from(format!("{}/_delta_log/{version:020}.json", store.id()));
    let storage = Arc::clone(lake.storage());
    let text = String::from_utf8(storage.get(&path).await.unwrap().bytes().await.unwrap().to_vec()).unwrap();
    storage.put(&path, text.replace("numRecords", "numbRecords").into()).await.unwrap();
    let error = store.snapshot().await.unwrap_err();
    assert!(matches!(&error, Error::CorruptLog { what, .. } if what.starts_with("stats of")), "{error}");
}

#[tokio::test]
async fn a_checkpoint_that_is_there_is_not_put_again_under_its_readers() {
    let storage = Arc::new(InMemory::new());
    let lake = Lake::with_storage(Arc::clone(&storage) as _, Url::parse("memory:///").unwrap());
    let store = create(&lake, "trail").await;
    while append(&store, "a", 1).await.version() < 20 {}
    let newest = store.snapshot().await.unwrap();
    let path = object_store::path::Path::from(format!("{}/_delta_log/{:020}.checkpoint.parquet", store.id(), 20));
    let first = storage.head(&path).await.unwrap();
    newest.checkpoint_since(0).await;
    assert_eq!(storage.head(&path).await.unwrap(), first);

    // The log is set back, and the version made anew.
    let commit = object_store::path::Path::from(format!("{}/_delta_log/{:020}.json", store.id(), 20));
    let bytes = storage.get(&commit).await.unwrap().bytes().await.unwrap();
    storage.put(&commit, bytes.into()).await.unwrap();
    newest.checkpoint_since(0).await;
    assert_ne!(storage.head(&path).await.unwrap(), first);
}
