//! Vacuum: what nobody needs goes, everything else stays.

use std::sync::Arc;

use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use traillake_store::{
    Broken, Changes, CompactionOptions, Error, EventDataStore, ExpiryOptions, Lake, Snapshot, Vacuum, VacuumOptions,
    VerifyOptions,
};
use url::Url;

use crate::integrity::{ALL, import, verify};
use crate::sample::{DAY_MS, HandClock, append, create, write};

const HOUR_MS: i64 = 3_600_000;

/// A lake in memory, whose clock goes on from the time of the storage.
fn lake(storage: &Arc<InMemory>, clock: &HandClock) -> Lake {
    Lake::with_storage(Arc::clone(storage) as _, Url::parse("memory:///").unwrap()).with_clock(clock.clock())
}

fn fresh() -> (Arc<InMemory>, HandClock, Lake) {
    let (storage, clock) = (Arc::new(InMemory::new()), HandClock::at(chrono::Utc::now().timestamp_millis()));
    let lake = lake(&storage, &clock);
    (storage, clock, lake)
}

async fn vacuum(store: &EventDataStore) -> Vacuum {
    store.vacuum(VacuumOptions::default()).await.unwrap()
}

async fn files(storage: &Arc<InMemory>) -> Vec<(String, u64)> {
    let listed: Vec<_> = storage.list(None).try_collect().await.unwrap();
    listed.into_iter().map(|object| (object.location.to_string(), object.size)).collect()
}

async fn bytes(storage: &Arc<InMemory>) -> u64 {
    files(storage).await.iter().map(|(_, bytes)| bytes).sum()
}

async fn reads(snapshot: &Snapshot) {
    for file in snapshot.data_files() {
        snapshot.store().lake().storage().head(&file.path).await.unwrap();
    }
    snapshot.ledger().await.unwrap().rejects().await.unwrap();
    let _: Vec<_> = snapshot.ledger().await.unwrap().objects().try_collect().await.unwrap();
}

/// 45 imports and a compaction; checkpoints at 20 and 40.
async fn grown(lake: &Lake) -> EventDataStore {
    let store = create(lake, "trail").await;
    for number in 0..45 {
        import(&store, &format!("a{number:02}")).await;
    }
    store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_of_the_last_days_stay_and_older_files_go() {
    let (storage, clock, lake_then) = fresh();
    let store = grown(&lake_then).await;
    let compacted = store.snapshot().await.unwrap();
    // Nothing is old yet.
    clock.advance(7 * DAY_MS - HOUR_MS);
    let early = vacuum(&store).await;
    assert_eq!((early.files, early.kept_from), (0, 0));
    let later = import(&store, "later").await;

    clock.advance(2 * HOUR_MS);
    let before = bytes(&storage).await;
    let dry = store.vacuum(VacuumOptions { dry_run: true, ..VacuumOptions::default() }).await.unwrap();
    assert_eq!(bytes(&storage).await, before);
    let done = vacuum(&store).await;
    assert_eq!((dry.files, dry.bytes, dry.kept_from), (done.files, done.bytes, done.kept_from));
    assert_eq!((done.kept_from, done.data_files), (compacted.version(), 45));
    assert!(done.ledger_files > 30 && done.log_files >= 40, "{done:?}");
    let announced = store.snapshot().await.unwrap();
    assert_eq!(announced.version(), later.version() + 1);
    let own: u64 = {
        let commit = format!("{}/_delta_log/{:020}.json", store.id(), announced.version());
        storage.head(&commit.as_str().into()).await.unwrap().size
    };
    assert_eq!(bytes(&storage).await, before - done.bytes + own, "the space is back");

    // The versions kept can be read by who opens the store now, those before can not.
    let reopened = lake(&storage, &clock).find("trail").await.unwrap().unwrap();
    for version in compacted.version()..=announced.version() {
        reads(&reopened.snapshot_at(version).await.unwrap()).await;
    }
    assert_eq!(reopened.snapshot().await.unwrap().rows(), 46 * 4);
    for version in [0, 1, 30, compacted.version() - 1] {
        let error = reopened.snapshot_at(version).await.unwrap_err();
        assert!(matches!(error, Error::NoVersion { version: named, .. } if named == version), "{error}");
    }
    let found = verify(&reopened, ALL).await;
    assert!(found.is_whole() && !found.is_cut_unproven, "{found:?}");
    assert_eq!((found.oldest_commit, found.oldest_version, found.garbage_files), (40, compacted.version(), 0));

    // Once more there is nothing to do, and no version for it.
    assert_eq!(vacuum(&reopened).await, Vacuum { kept_from: compacted.version(), ..Vacuum::default() });
    assert_eq!(reopened.snapshot().await.unwrap().version(), announced.version());
    // The log goes on: checkpoints, imports, and vacuums of what they leave.
    for number in 0..35 {
        import(&reopened, &format!("b{number:02}")).await;
    }
    reopened.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
    clock.advance(9 * DAY_MS);
    let again = vacuum(&reopened).await;
    assert!(again.data_files >= 36 && again.log_files >= 40, "{again:?}");
    let found = verify(&lake(&storage, &clock).find("trail").await.unwrap().unwrap(), ALL).await;
    assert!(found.is_whole() && found.oldest_commit == 80, "{found:?}");
    assert_eq!((found.data_files, found.garbage_files), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_log_proves_its_checkpoint() {
    let (storage, clock, lake_then) = fresh();
    let store = grown(&lake_then).await;
    clock.advance(9 * DAY_MS);
    vacuum(&store).await;
    let path = |name: &str| Path::from(format!("{}/_delta_log/{name}", store.id()));
    let checkpoint = path(&format!("{:020}.checkpoint.parquet", 40));
    let whole = storage.get(&checkpoint).await.unwrap().bytes().await.unwrap();
    let mut changed = whole.to_vec();
    changed[10] ^= 1;
    storage.put(&checkpoint, changed.into()).await.unwrap();
    let found = verify(&store, ALL).await;
    assert!(found.broken.contains(&Broken::CheckpointChanged { version: 40 }), "{found:?}");
    storage.put(&checkpoint, whole.into()).await.unwrap();
    assert!(verify(&store, ALL).await.is_whole());

    // Cut further by hand.
    for version in 40..42 {
        storage.delete(&path(&format!("{version:020}.json"))).await.unwrap();
    }
    let found = verify(&store, ALL).await;
    assert!(found.broken.contains(&Broken::CommitsMissing { versions: 40..42 }), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_cut_by_another_program_is_whole_but_proves_nothing_of_what_was_before() {
    let (storage, clock, lake_then) = fresh();
    let store = create(&lake_then, "trail").await;
    let mut heads = Vec::new();
    for number in 0..22 {
        append(&store, &format!("a{number}"), 1).await;
        heads.push(verify(&store, ALL).await.head.unwrap());
    }
    for version in 0..20 {
        let path = format!("{}/_delta_log/{version:020}.json", store.id());
        storage.delete(&path.as_str().into()).await.unwrap();
    }
    let reopened = lake(&storage, &clock).find("trail").await.unwrap().unwrap();
    let found = verify(&reopened, ALL).await;
    assert!(found.is_whole() && found.is_cut_unproven && found.oldest_commit == 20, "{found:?}");
    assert_eq!((found.data_files, found.garbage_files), (22, 0));

    // What is known of a version cut off cannot be compared, but for the last one, whose hash the oldest commit has.
    let known = |version: u64| {
        let head = *heads.iter().find(|head| head.version == version).unwrap();
        VerifyOptions { known: Some(head), ..ALL }
    };
    let cut = verify(&reopened, known(18)).await;
    assert!(cut.is_whole() && cut.is_known_cut_off, "{cut:?}");
    let last = verify(&reopened, known(19)).await;
    assert!(last.is_whole() && !last.is_known_cut_off, "{last:?}");
    let mut other = heads[0];
    other.version = 19;
    let replaced = verify(&reopened, VerifyOptions { known: Some(other), ..ALL }).await;
    assert!(matches!(replaced.broken[..], [Broken::Replaced { version: 19, .. }]), "{replaced:?}");

    clock.advance(9 * DAY_MS);
    let done = vacuum(&reopened).await;
    assert_eq!((done.data_files, done.kept_from), (0, found.head.unwrap().version));
    assert!(verify(&reopened, ALL).await.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_imports_left_goes_when_it_is_old() {
    let (storage, clock, lake) = fresh();
    let store = create(&lake, "trail").await;
    import(&store, "a").await;
    let garbage = write(&store, "garbage", 3).await;
    let foreign = Path::from(format!("{}/notes.txt", store.id()));
    storage.put(&foreign, "kept".into()).await.unwrap();
    let part = Path::from(format!("{}/_ledger/{}.parquet", store.id(), uuid::Uuid::new_v4()));
    storage.put(&part, "x".into()).await.unwrap();
    clock.advance(DAY_MS - HOUR_MS);
    assert_eq!(vacuum(&store).await.files, 0, "it may be of an import that goes on");
    clock.advance(2 * HOUR_MS);
    let done = vacuum(&store).await;
    assert_eq!((done.files, done.bytes, done.data_files, done.ledger_files), (2, garbage.bytes + 1, 1, 1));
    assert!(storage.head(&garbage.path).await.is_err() && storage.head(&foreign).await.is_ok());
    assert_eq!(store.snapshot().await.unwrap().rows(), 4);
    assert!(verify(&store, ALL).await.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_events_leave_the_disk() {
    let (storage, clock, lake) = fresh();
    let store = create(&lake, "trail").await;
    // The events are of 2023, and older than a year.
    let import = append(&store, "a", 400).await;
    store.expire(ExpiryOptions::default(), &mut |_| ()).await.unwrap();
    clock.advance(8 * DAY_MS);
    let done = vacuum(&store).await;
    assert_eq!((done.data_files, store.snapshot().await.unwrap().rows()), (1, 0));
    assert!(storage.head(&import.data_files()[0].path).await.is_err());
    assert!(verify(&store, ALL).await.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_listings_go() {
    let (storage, clock, lake) = fresh();
    let store = create(&lake, "trail").await;
    for number in 0..66 {
        append(&store, &format!("a{number}"), 1).await;
        if number >= 64 {
            store.snapshot().await.unwrap().list_files().await;
        }
    }
    clock.advance(HOUR_MS);
    let done = vacuum(&store).await;
    assert_eq!((done.files, done.listings), (1, 1));
    assert!(files(&storage).await.iter().filter(|(path, _)| path.contains("_listings")).count() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_damaged_is_not_vacuumed() {
    let (storage, clock, lake_then) = fresh();
    let store = grown(&lake_then).await;
    import(&store, "b").await;
    clock.advance(6 * DAY_MS);
    let path = Path::from(format!("{}/_delta_log/{:020}.json", store.id(), 43));
    let whole = storage.get(&path).await.unwrap().bytes().await.unwrap();
    let there = files(&storage).await.len();
    storage.put(&path, String::from_utf8(whole.to_vec()).unwrap().replace("Append", "append").into()).await.unwrap();
    let error = lake(&storage, &clock).find("trail").await.unwrap().unwrap();
    let error = error.vacuum(VacuumOptions::default()).await.unwrap_err();
    assert!(matches!(error, Error::CorruptLog { version: 43, .. }), "{error}");
    assert_eq!(files(&storage).await.len(), there);
}

#[tokio::test(flavor = "multi_thread")]
async fn less_than_an_hour_is_refused_and_so_is_a_store_that_is_to_be_deleted() {
    let (_, _, lake) = fresh();
    let store = create(&lake, "trail").await;
    for options in [
        VacuumOptions { keep_ms: HOUR_MS - 1, ..VacuumOptions::default() },
        VacuumOptions { unnamed_ms: 0, ..VacuumOptions::default() },
        VacuumOptions { keep_ms: i64::MIN, ..VacuumOptions::default() },
    ] {
        let error = store.vacuum(options).await.unwrap_err();
        assert!(matches!(error, Error::Attribute { .. }), "{error}");
    }
    let store = store.update(Changes { termination_protection: Some(false), ..Changes::default() }).await.unwrap();
    store.delete().await.unwrap();
    let error = store.vacuum(VacuumOptions::default()).await.unwrap_err();
    assert!(matches!(error, Error::Inactive { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_the_space_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = HandClock::at(chrono::Utc::now().timestamp_millis());
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap().with_clock(clock.clock());
    let store = grown(&lake).await;
    clock.advance(8 * DAY_MS);
    let count = || {
        let mut folders = vec![folder.path().to_owned()];
        let (mut files, mut bytes) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                match entry.metadata().unwrap() {
                    metadata if metadata.is_dir() => folders.push(entry.path()),
                    metadata => (files, bytes) = (files + 1, bytes + metadata.len()),
                }
            }
        }
        (files, bytes)
    };
    // As a process leaves it that is killed while it writes.
    let data_file = store.snapshot().await.unwrap().data_files()[0].path.to_string();
    for name in ["#12000001", "#12000002"] {
        std::fs::write(folder.path().join(format!("{data_file}{name}")), "half").unwrap();
    }
    let (files_before, bytes_before): (u64, u64) = count();
    let done = vacuum(&store).await;
    assert_eq!(done.unfinished_files, 2);
    let (files_after, bytes_after) = count();
    assert_eq!(files_after, files_before - done.files + 1, "and one commit more");
    assert!(bytes_after < bytes_before / 2 && bytes_before - bytes_after <= done.bytes, "{done:?}");
    assert!(verify(&store, ALL).await.is_whole());
}
