//! Changes of a store through a storage that stops at every step: before it, or with its answer lost.

use std::sync::Arc;

use object_store::memory::InMemory;
use traillake_store::{Changes, Error, EventDataStore, Lake, Purged, Retention, Status, Tag};
use traillake_testkit::faults::{Fault, FaultyStorage};

use crate::sample::{Hands, SEVEN_DAYS_MS, append, create, create_with, lake_in, unprotected};

/// What is done to a store, and what must be ready for it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Update,
    Rename,
    AddTags,
    Stop,
    Delete,
    Restore,
}

async fn take(step: Step, store: &EventDataStore) -> Result<EventDataStore, Error> {
    match step {
        Step::Update => store.update(Changes { retention: Some(Retention::Days(30)), ..Changes::default() }).await,
        Step::Rename => store.update(Changes { name: Some("path".to_owned()), ..Changes::default() }).await,
        Step::AddTags => store.add_tags(&[Tag::new("team", "blue")]).await,
        Step::Stop => store.stop_ingestion().await,
        Step::Delete => store.delete().await,
        Step::Restore => store.restore().await,
    }
}

fn lake(storage: &FaultyStorage, hands: &Hands) -> Lake {
    lake_in(Arc::new(storage.clone())).with_clock(hands.clock())
}

/// A store that is ready for a step, with some events.
async fn ready(step: Step, storage: &FaultyStorage, hands: &Hands) -> EventDataStore {
    let store = create_with(&lake(storage, hands), "trail", unprotected()).await;
    append(&store, "a", 3).await;
    match step {
        Step::Restore => store.delete().await.unwrap(),
        _ => store,
    }
}

/// How many mutations a step takes.
async fn mutations(step: Step) -> u64 {
    let (storage, hands) = (FaultyStorage::in_memory(), Hands::new());
    let store = ready(step, &storage, &hands).await;
    let before = storage.mutations();
    take(step, &store).await.unwrap();
    storage.mutations() - before
}

#[tokio::test]
async fn a_change_that_stops_anywhere_leaves_the_store_before_or_after_it() {
    for step in [Step::Update, Step::Rename, Step::AddTags, Step::Stop, Step::Delete, Step::Restore] {
        let steps = mutations(step).await;
        assert!(steps > 0);
        let faults = (0..steps).flat_map(|step| [Fault::Before(step), Fault::After(step)]);
        let mut landed = 0;
        for fault in faults {
            let (storage, hands) = (FaultyStorage::in_memory(), Hands::new());
            let store = ready(step, &storage, &hands).await;
            let before = store.snapshot().await.unwrap().store().attributes().clone();
            storage.arm(fault);
            assert!(take(step, &store).await.is_err(), "{step:?} {fault:?}");

            let lake = lake(&storage.reopened(), &hands);
            let found = lake.find(&store.id().to_string()).await.unwrap().unwrap();
            assert_eq!(lake.event_data_stores().await.unwrap().len(), 1);
            assert_eq!(found.snapshot().await.unwrap().rows(), 3);
            if *found.attributes() == before {
                // Once more, in a process that lives: what the dead one left is in nobody's way.
                hands.advance(6_000);
                take(step, &found).await.unwrap();
            } else {
                landed += 1;
            }
            let done = lake.find(&store.id().to_string()).await.unwrap().unwrap();
            match step {
                Step::Update => assert_eq!(done.attributes().retention, Retention::Days(30)),
                Step::Rename => assert_eq!(done.name(), "path"),
                Step::AddTags => assert_eq!(done.attributes().tags.len(), 1),
                Step::Stop => assert_eq!(done.attributes().status, Status::StoppedIngestion),
                Step::Delete => assert_eq!(done.attributes().status, Status::PendingDeletion),
                Step::Restore => assert_eq!(done.attributes().status, Status::Enabled),
            }
        }
        assert_eq!(landed, 1, "{step:?}: only the last step, with its answer lost");
    }
}

/// A lake with a store that lives and one that was deleted seven days ago, which has a checkpoint among its commits.
async fn half_dead(storage: &Arc<InMemory>, hands: &Hands) -> (EventDataStore, EventDataStore) {
    let lake = lake(&FaultyStorage::new(Arc::clone(storage) as _), hands);
    let (kept, dead) = (create(&lake, "kept").await, create_with(&lake, "dead", unprotected()).await);
    append(&kept, "k", 2).await;
    while append(&dead, "d", 1).await.version() < 22 {}
    dead.delete().await.unwrap();
    hands.advance(SEVEN_DAYS_MS);
    (kept, dead)
}

#[tokio::test]
async fn a_purge_that_stops_anywhere_leaves_the_store_gone_and_can_be_repeated() {
    let (ready, hands) = (Arc::new(InMemory::new()), Hands::new());
    let (kept, dead) = half_dead(&ready, &hands).await;
    let whole = FaultyStorage::new(Arc::new(ready.fork()));
    let all = lake(&whole, &hands).purge().await.unwrap();
    let steps = whole.mutations();
    assert!(steps > 40, "{steps}");
    for fault in (0..steps).flat_map(|step| [Fault::Before(step), Fault::After(step)]) {
        let storage = FaultyStorage::new(Arc::new(ready.fork()));
        // Another process, which knew the store when it was deleted.
        let witness = lake(&storage.reopened(), &hands);
        witness.event_data_stores().await.unwrap();
        storage.arm(fault);
        assert!(lake(&storage, &hands).purge().await.is_err(), "{fault:?}");

        let fresh = lake(&storage.reopened(), &hands);
        for lake in [&fresh, &witness] {
            let listed = lake.event_data_stores().await.unwrap();
            assert_eq!(listed.iter().map(|store| store.id()).collect::<Vec<_>>(), [kept.id()], "{fault:?}");
            assert!(lake.find(&dead.id().to_string()).await.unwrap().is_none(), "{fault:?}");
        }
        let rest = fresh.purge().await.unwrap();
        assert!(rest.files <= all.files && rest.bytes <= all.bytes + 1000, "{fault:?} {rest:?}");
        assert_eq!(fresh.purge().await.unwrap(), Purged::default(), "{fault:?}");
        assert_eq!(fresh.storage().list_with_delimiter(None).await.unwrap().common_prefixes.len(), 1, "{fault:?}");
        let kept = fresh.find("kept").await.unwrap().unwrap();
        assert_eq!(append(&kept, "l", 2).await.rows(), 4);
    }
}
