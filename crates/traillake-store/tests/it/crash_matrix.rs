//! Everything that changes a store, stopped at every put and every deletion: what is found then is the version before or
//! the one after, whole, and doing it again ends where it would have.

use std::sync::Arc;

use object_store::memory::InMemory;
use traillake_store::{
    CompactionOptions, Error, EventDataStore, ExpiryOptions, Lake, VacuumOptions, Verification, write_data_file,
};
use traillake_testkit::faults::{Fault, FaultyStorage};
use url::Url;

use crate::integrity::{ALL, import, object, verify};
use crate::sample::{DAY_MS, HandClock, MIDNIGHT_MS, append, create, day, done, rows_at, write};

/// What is done to a store.
#[derive(Clone, Copy, Debug)]
enum Work {
    Import,
    Compact,
    Expire,
    Vacuum,
}

impl Work {
    async fn run(self, store: &EventDataStore) -> Result<(), Error> {
        match self {
            Work::Import => {
                let file = write_data_file(store, day(19), vec![crate::sample::rows("import", 4)]).await?;
                let mut transaction = store.snapshot().await?.begin();
                transaction.add(file);
                transaction.record(vec![object("import")], vec![crate::integrity::reject("import")]);
                done(transaction.commit().await?);
                Ok(())
            }
            Work::Compact => store.compact(CompactionOptions::default(), &mut |_| ()).await.map(|_| ()),
            Work::Expire => store.expire(ExpiryOptions::default(), &mut |_| ()).await.map(|_| ()),
            Work::Vacuum => store.vacuum(VacuumOptions::default()).await.map(|_| ()),
        }
    }
}

/// A store before some work, and what its clock shows then.
struct Before {
    storage: InMemory,
    now_ms: i64,
}

impl Before {
    /// A store on the way to its next checkpoint, with files of a day that is over and of one that is half over.
    async fn expiring() -> Self {
        let shared = Arc::new(InMemory::new());
        let now_ms = MIDNIGHT_MS + 366 * DAY_MS + 10_000_000;
        let store = create(&lake(Arc::clone(&shared) as _, now_ms), "trail").await;
        for number in 0..14 {
            append(&store, &format!("few{number}"), 2).await;
        }
        for (name, at) in [("old", -1), ("new", DAY_MS)] {
            let on = if at < 0 { 18 } else { 20 };
            let file = write_data_file(&store, day(on), vec![rows_at(name, &[MIDNIGHT_MS + at])]).await.unwrap();
            let mut transaction = store.snapshot().await.unwrap().begin();
            transaction.add(file);
            done(transaction.commit().await.unwrap());
        }
        append(&store, "edge", 2_000).await;
        import(&store, "a").await;
        Self { storage: shared.fork(), now_ms }
    }

    /// A store with a checkpoint, a compaction, garbage, and versions that are old.
    async fn vacuumed() -> Self {
        let shared = Arc::new(InMemory::new());
        let now_ms = chrono::Utc::now().timestamp_millis();
        let store = create(&lake(Arc::clone(&shared) as _, now_ms), "trail").await;
        for number in 0..18 {
            append(&store, &format!("few{number}"), 2).await;
        }
        for name in ["a", "b", "c"] {
            import(&store, name).await;
        }
        write(&store, "garbage", 2).await;
        store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
        Self { storage: shared.fork(), now_ms: now_ms + 8 * DAY_MS }
    }
}

fn lake(storage: Arc<dyn object_store::ObjectStore>, now_ms: i64) -> Lake {
    let lake = Lake::with_storage(storage, Url::parse("memory:///").unwrap());
    lake.with_clock(HandClock::at(now_ms).clock())
}

async fn opened(storage: &FaultyStorage, now_ms: i64) -> EventDataStore {
    lake(Arc::new(storage.clone()), now_ms).find("trail").await.unwrap().unwrap()
}

/// What is found in a store: its rows, and whether every version that can be asked for is whole. The oldest and the
/// newest of them are opened.
async fn found(store: &EventDataStore) -> (u64, Verification) {
    let snapshot = store.snapshot().await.unwrap();
    let verification = verify(store, ALL).await;
    for version in [verification.oldest_version, snapshot.version()] {
        store.snapshot_at(version).await.unwrap();
    }
    (snapshot.rows(), verification)
}

async fn stops_anywhere(work: Work, before: Before) {
    let whole = FaultyStorage::new(Arc::new(before.storage.fork()));
    let store = opened(&whole, before.now_ms).await;
    let (rows_before, intact) = found(&store).await;
    assert!(intact.is_whole(), "{intact:?}");
    work.run(&store).await.unwrap();
    let steps = whole.mutations();
    let (rows_after, intact) = found(&opened(&whole, before.now_ms).await).await;
    assert!(intact.is_whole() && steps > 2, "{intact:?}");

    let mut landed = [0, 0];
    for step in 0..steps {
        for fault in [Fault::Before(step), Fault::After(step)] {
            let storage = FaultyStorage::new(Arc::new(before.storage.fork()));
            let store = opened(&storage, before.now_ms).await;
            storage.arm(fault);
            // A checkpoint or a listing that fails does no harm.
            let _ = work.run(&store).await;
            assert!(storage.has_failed(), "{work:?} {fault:?}");

            let storage = storage.reopened();
            let (rows, intact) = found(&opened(&storage, before.now_ms).await).await;
            assert!(rows == rows_before || rows == rows_after, "{work:?} {fault:?}: {rows}");
            assert!(intact.is_whole(), "{work:?} {fault:?}: {intact:?}");
            landed[usize::from(rows == rows_after)] += 1;
            if matches!(work, Work::Import) && rows == rows_after {
                continue;
            }
            let again = opened(&storage, before.now_ms).await;
            work.run(&again).await.unwrap();
            let (rows, intact) = found(&opened(&storage, before.now_ms).await).await;
            assert_eq!(rows, rows_after, "{work:?} {fault:?}");
            assert!(intact.is_whole(), "{work:?} {fault:?}: {intact:?}");
            if matches!(work, Work::Vacuum) {
                assert_eq!(intact.garbage_files, 0, "{work:?} {fault:?}: {intact:?}");
            }
        }
    }
    assert!(rows_before == rows_after || landed.iter().all(|times| *times > 0), "{work:?} {landed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import() {
    stops_anywhere(Work::Import, Before::expiring().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction() {
    stops_anywhere(Work::Compact, Before::expiring().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry() {
    stops_anywhere(Work::Expire, Before::expiring().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vacuum() {
    stops_anywhere(Work::Vacuum, Before::vacuumed().await).await;
}
