//! Names: no two stores ever have the same, whoever asks for it when.

use std::collections::HashSet;
use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use traillake_store::{Changes, Commit, Create, CreateOptions, Error, EventDataStore, Lake, Purged};
use traillake_testkit::faults::{Fault, FaultyStorage};

use crate::gate::Gate;
use crate::sample::{Hands, SEVEN_DAYS_MS, append, create, create_with, lake_in, memory_lake, unprotected, write};

fn named(name: &str) -> Changes {
    Changes { name: Some(name.to_owned()), ..Changes::default() }
}

async fn names(lake: &Lake) -> Vec<String> {
    lake.event_data_stores().await.unwrap().iter().map(|store| store.name().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_renames_and_creations_of_a_name_one_wins() {
    let lake = memory_lake();
    let mut tasks = Vec::new();
    for number in 0..4 {
        let store = create(&lake, &format!("store-{number}")).await;
        tasks.push(tokio::spawn(async move { store.update(named("wanted")).await.map(|store| store.id()) }));
    }
    for _ in 0..2 {
        // As another process: with a memory of its own.
        let lake = lake_in(Arc::clone(lake.storage()));
        tasks.push(tokio::spawn(async move {
            match lake.create("Wanted", CreateOptions::default()).await? {
                Create::Done(store) => Ok(store.id()),
                Create::NameTaken(other) => Err(Error::NameTaken { name: "Wanted".to_owned(), id: other.id() }),
            }
        }));
    }
    let mut winners = Vec::new();
    for outcome in futures::future::join_all(tasks).await {
        match outcome.unwrap() {
            Ok(id) => winners.push(id),
            Err(error) => assert!(matches!(error, Error::NameTaken { .. } | Error::Contention { .. }), "{error}"),
        }
    }
    let names = names(&lake).await;
    let distinct: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    assert_eq!(winners.len(), 1, "{names:?}");
    assert_eq!(lake.find("wanted").await.unwrap().map(|store| store.id()), winners.first().copied());
}

#[tokio::test]
async fn a_rename_goes_on_while_others_import() {
    let lake = memory_lake();
    let store = create(&lake, "trail").await;
    let import = async {
        let file = write(&store, "a", 3).await;
        for _ in 0..20 {
            let mut transaction = store.snapshot().await.unwrap().begin();
            transaction.add(file.clone());
            if let Commit::Done(snapshot) = transaction.commit().await.unwrap() {
                return snapshot.version();
            }
        }
        panic!("the rename lets no import through");
    };
    let (renamed, imported) = tokio::join!(store.update(named("path")), import);
    assert_eq!(renamed.unwrap().name(), "path");
    assert_eq!(store.snapshot_at(imported).await.unwrap().rows(), 3);
    assert_eq!((names(&lake).await, store.snapshot().await.unwrap().rows()), (vec!["path".to_owned()], 3));
    // Its own name in other letters takes no claim.
    let before = store.history().await.unwrap().len();
    store.update(named("PATH")).await.unwrap();
    assert_eq!(store.history().await.unwrap().len(), before + 1);
}

/// A store that claimed a name and did not live to settle it.
async fn claimed(lake: &Lake, storage: &FaultyStorage) -> EventDataStore {
    let store = create(lake, "first").await;
    storage.arm(Fault::Before(1));
    assert!(store.update(named("wanted")).await.is_err());
    store
}

/// As long as others wait for a claim, and longer.
const CLAIM_IS_STALE_MS: i64 = 6_000;

#[tokio::test]
async fn whoever_is_stopped_between_looking_and_settling_does_not_have_the_name() {
    // Another process takes the name while a rename or a creation sleeps over its claim.
    for (is_rename, other_renames) in [(false, false), (false, true), (true, false), (true, true)] {
        let (storage, hands) = (Arc::new(InMemory::new()), Hands::new());
        let other = lake_in(Arc::clone(&storage) as _).with_clock(hands.clock());
        let (first, second) = (create(&other, "first").await, create(&other, "second").await);
        let gate = Gate::new(&storage, 1);
        let slow = lake_in(Arc::clone(&gate) as _).with_clock(hands.clock());
        let sleeper = slow.find("first").await.unwrap().unwrap();

        let work = async {
            match is_rename {
                true => sleeper.update(named("wanted")).await.err(),
                false => match slow.create("wanted", CreateOptions::default()).await.unwrap() {
                    Create::Done(_) => None,
                    Create::NameTaken(by) => Some(Error::NameTaken { name: by.name().to_owned(), id: by.id() }),
                },
            }
        };
        let meanwhile = async {
            hands.advance(CLAIM_IS_STALE_MS);
            match other_renames {
                true => second.update(named("Wanted")).await.unwrap().id(),
                false => create(&other, "Wanted").await.id(),
            }
        };
        let (error, winner) = gate.during(work, meanwhile).await;
        assert!(matches!(error, Some(Error::NameTaken { id, .. }) if id == winner), "{is_rename} {other_renames}");
        assert_eq!(other.find("wanted").await.unwrap().map(|store| store.id()), Some(winner));
        let sleeper = other.find(&first.id().to_string()).await.unwrap().unwrap();
        assert_eq!(sleeper.name(), "first");
    }
}

#[tokio::test]
async fn a_restoration_that_sleeps_over_its_last_day_does_not_share_the_name() {
    let (storage, hands) = (Arc::new(InMemory::new()), Hands::new());
    let other = lake_in(Arc::clone(&storage) as _).with_clock(hands.clock());
    create_with(&other, "trail", unprotected()).await.delete().await.unwrap();
    let gate = Gate::new(&storage, 0);
    let sleeper = lake_in(Arc::clone(&gate) as _).with_clock(hands.clock()).find("trail").await.unwrap().unwrap();
    let (restored, next) = gate
        .during(sleeper.restore(), async {
            hands.advance(SEVEN_DAYS_MS);
            create(&other, "trail").await
        })
        .await;
    assert_eq!(restored.unwrap_err().aws_name(), Some("EventDataStoreNotFoundException"));
    assert_eq!(other.find("trail").await.unwrap().map(|store| store.id()), Some(next.id()));
    assert_eq!(names(&other).await, ["trail"]);
}

#[tokio::test]
async fn a_purge_that_sleeps_over_a_restoration_removes_nothing() {
    let (storage, hands) = (Arc::new(InMemory::new()), Hands::new());
    let other = lake_in(Arc::clone(&storage) as _).with_clock(hands.clock());
    let store = create_with(&other, "trail", unprotected()).await;
    append(&store, "a", 3).await;
    store.delete().await.unwrap();
    // Its clock is fast.
    let (gate, fast) = (Gate::new(&storage, 0), Hands::new());
    fast.advance(SEVEN_DAYS_MS);
    let purger = lake_in(Arc::clone(&gate) as _).with_clock(fast.clock());
    let (purged, restored) = gate.during(purger.purge(), store.restore()).await;
    assert_eq!(purged.unwrap(), Purged::default());
    assert_eq!(restored.unwrap().snapshot().await.unwrap().rows(), 3);
}

#[tokio::test]
async fn the_claim_of_a_dead_rename_lapses() {
    let storage = FaultyStorage::in_memory();
    let hands = Hands::new();
    let first = claimed(&lake_in(Arc::new(storage.clone())).with_clock(hands.clock()), &storage).await;
    let lake = lake_in(Arc::new(storage.reopened())).with_clock(hands.clock());
    let second = create(&lake, "second").await;
    assert_eq!(names(&lake).await, ["first", "second"]);
    hands.advance(CLAIM_IS_STALE_MS);
    assert_eq!(second.update(named("wanted")).await.unwrap().name(), "wanted");
    let first = lake.find(&first.id().to_string()).await.unwrap().unwrap();
    let error = first.update(named("WANTED")).await.unwrap_err();
    assert_eq!(error.aws_name(), Some("EventDataStoreAlreadyExistsException"));
    assert_eq!(first.update(named("third")).await.unwrap().name(), "third");
}

#[tokio::test]
async fn the_claim_of_a_dead_creation_lapses_and_is_purged_at_last() {
    let storage = FaultyStorage::in_memory();
    let hands = Hands::new();
    storage.arm(Fault::Before(1));
    let dying = lake_in(Arc::new(storage.clone())).with_clock(hands.clock());
    assert!(dying.create("wanted", CreateOptions::default()).await.is_err());
    let lake = lake_in(Arc::new(storage.reopened())).with_clock(hands.clock());
    assert!(names(&lake).await.is_empty());
    hands.advance(CLAIM_IS_STALE_MS);
    let store = create(&lake, "wanted").await;
    assert_eq!(lake.purge().await.unwrap().stores, 0, "its maker may only be slow");
    hands.advance(SEVEN_DAYS_MS);
    assert_eq!(lake.purge().await.unwrap().stores, 1);
    assert_eq!(names(&lake).await, ["wanted"]);
    assert_eq!(append(&store, "a", 1).await.rows(), 1);
}

#[tokio::test]
async fn a_commit_that_comes_after_all_else_was_removed_disturbs_nobody() {
    let lake = memory_lake();
    create(&lake, "trail").await;
    let late = Path::from("0233062b-51c6-4d18-8dec-a8c90da840d9/_delta_log/00000000000000000003.json");
    lake.storage().put(&late, "{\"commitInfo\":{}}\n".into()).await.unwrap();
    assert_eq!(names(&lake).await, ["trail"]);
    // With data beside it, it is a store that lost its log, and that is said.
    let data = Path::from("0233062b-51c6-4d18-8dec-a8c90da840d9/calendarday=2023-07-19/x.parquet");
    lake.storage().put(&data, "x".into()).await.unwrap();
    assert!(matches!(lake.event_data_stores().await, Err(Error::ReadLog { .. })));
}
