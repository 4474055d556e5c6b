//! Creating, listing, finding, changing and deleting stores.

use std::sync::Arc;

use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use traillake_event::category::EventCategory;
use traillake_store::{BillingMode, Changes, Create, CreateOptions, Error, Kind, Lake, Retention, Status};

use crate::sample::{append, create, memory_lake};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_directory_is_an_empty_lake_until_the_first_write() {
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().join("deep/lake");
    let lake = Lake::open(location.to_str().unwrap()).await.unwrap();
    assert!(lake.event_data_stores().await.unwrap().is_empty());
    assert!(lake.find("trail").await.unwrap().is_none());
    assert!(!location.exists());
    let store = create(&lake, "trail").await;
    assert!(location.join(store.id().to_string()).join("_delta_log").is_dir());
}

#[tokio::test]
async fn locations_are_paths_and_file_urls() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_directory_path(folder.path().canonicalize().unwrap()).unwrap();
    let by_url = Lake::open(url.as_str()).await.unwrap();
    let by_path = Lake::open(&format!("{}/x/..", folder.path().display())).await;
    assert_eq!(by_url.location(), &url);
    // `x` does not exist, so `x/..` does not either: the shell says the same.
    assert!(by_path.is_err());

    let error = Lake::open("s3://bucket/lake").await.unwrap_err();
    assert!(matches!(&error, Error::Scheme { scheme, .. } if scheme == "s3"), "{error}");
    assert_eq!(error.kind(), Kind::User);

    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(Lake::open(file.to_str().unwrap()).await, Err(Error::Location { .. })));
    assert!(matches!(Lake::open("").await, Err(Error::Location { .. })));
}

#[tokio::test]
async fn stores_are_found_by_name_id_and_arn() {
    let lake = memory_lake();
    let (zoo, ape) = (create(&lake, "zoo").await, create(&lake, "Ape").await);
    let names: Vec<String> =
        lake.event_data_stores().await.unwrap().iter().map(|store| store.name().to_owned()).collect();
    assert_eq!(names, ["Ape", "zoo"]);
    let id = zoo.id().to_string();
    for by in ["zoo", "ZOO", &id, &id.to_uppercase(), &zoo.id().arn("us-east-1", "111122223333")] {
        assert_eq!(lake.find(by).await.unwrap().map(|store| store.id()), Some(zoo.id()), "{by}");
    }
    assert_eq!(lake.find("ape").await.unwrap().unwrap().attributes(), ape.attributes());
    for by in ["gnu", "0233062b-51c6-4d18-8dec-a8c90da840d9"] {
        assert!(lake.find(by).await.unwrap().is_none(), "{by}");
    }
}

#[tokio::test]
async fn a_name_belongs_to_one_store() {
    let lake = memory_lake();
    let first = create(&lake, "trail").await;
    for name in ["trail", "TRAIL"] {
        match lake.create(name, CreateOptions::default()).await.unwrap() {
            Create::NameTaken(store) => assert_eq!(store.id(), first.id()),
            Create::Done(_) => panic!("{name} was created twice"),
        }
    }
    assert!(matches!(lake.create("a b", CreateOptions::default()).await, Err(Error::Attribute { .. })));
    assert_eq!(lake.event_data_stores().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creators_of_a_name_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let creators = (0..6).map(|_| {
        let lake = lake.clone();
        tokio::spawn(async move { lake.create("trail", CreateOptions::default()).await.unwrap() })
    });
    let outcomes = futures::future::join_all(creators).await;
    let made = outcomes.into_iter().filter_map(|outcome| match outcome.unwrap() {
        Create::Done(store) => Some(store.id()),
        Create::NameTaken(_) => None,
    });
    let made: Vec<_> = made.collect();
    let listed: Vec<_> = lake.event_data_stores().await.unwrap().iter().map(|store| store.id()).collect();
    assert_eq!(made, listed);
    assert_eq!(listed.len(), 1);
}

#[tokio::test]
async fn attributes_survive_reopening_and_changing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let options = CreateOptions {
        categories: vec![EventCategory::Management, EventCategory::Data],
        retention: Some(Retention::Days(90)),
        billing_mode: BillingMode::FixedRetention,
        selectors: Some("eventCategory=Management and readOnly=false".parse().unwrap()),
        ..CreateOptions::default()
    };
    let Create::Done(store) = lake.create("trail", options).await.unwrap() else { panic!("taken") };
    append(&store, "a", 5).await;
    let changes =
        Changes { name: Some("path".to_owned()), retention: Some(Retention::Days(365)), ..Changes::default() };
    let changed = store.update(changes).await.unwrap();

    let again = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    assert!(again.find("trail").await.unwrap().is_none());
    let found = again.find("path").await.unwrap().unwrap();
    assert_eq!(found.attributes(), changed.attributes());
    assert_eq!((found.attributes().retention, found.id()), (Retention::Days(365), store.id()));
    assert_eq!(found.snapshot().await.unwrap().rows(), 5);
    let operations: Vec<String> = found.history().await.unwrap().into_iter().map(|version| version.operation).collect();
    assert_eq!(operations.last().map(String::as_str), Some("UPDATE"));
    assert!(operations.contains(&"IMPORT".to_owned()), "{operations:?}");
}

#[tokio::test]
async fn a_rename_to_a_taken_name_is_refused() {
    let lake = memory_lake();
    let (ape, _) = (create(&lake, "ape").await, create(&lake, "zoo").await);
    let rename = |name: &str| Changes { name: Some(name.to_owned()), ..Changes::default() };
    assert!(matches!(ape.update(rename("ZOO")).await, Err(Error::NameTaken { .. })));
    assert_eq!(ape.update(rename("APE")).await.unwrap().name(), "APE");
}

#[tokio::test]
async fn deletion_is_refused_while_protected_and_can_be_taken_back() {
    let lake = memory_lake();
    let store = create(&lake, "trail").await;
    append(&store, "a", 3).await;
    assert!(matches!(store.delete().await, Err(Error::TerminationProtected { .. })));
    store.update(Changes { termination_protection: Some(false), ..Changes::default() }).await.unwrap();
    let deleted = store.delete().await.unwrap();
    assert_eq!(deleted.attributes().status, Status::PendingDeletion);
    let transaction = store.snapshot().await.unwrap().begin();
    assert!(matches!(transaction.commit().await, Err(Error::Inactive { .. })));
    assert_eq!(lake.event_data_stores().await.unwrap().len(), 1);
    let restored = store.restore().await.unwrap();
    assert_eq!((restored.attributes().status, restored.attributes().deletion_at_ms), (Status::Enabled, None));
    assert_eq!(append(&store, "b", 3).await.rows(), 6);
}

/// Compiles only while every future of the front door can move between threads.
#[allow(dead_code, reason = "compiled, never run")]
fn futures_can_be_spawned(lake: &Lake, store: &traillake_store::EventDataStore, ledger: &traillake_store::Ledger) {
    fn spawnable(_: impl Send) {}
    spawnable(Lake::open(""));
    spawnable(lake.create("", CreateOptions::default()));
    spawnable(lake.find(""));
    spawnable(lake.purge());
    spawnable(store.update(Changes::default()));
    spawnable(store.restore());
    spawnable(store.purge());
    spawnable(store.history());
    spawnable(ledger.rejects());
    spawnable(ledger.objects());
    spawnable(ledger.known_objects());
    spawnable(async {
        let snapshot = store.snapshot().await?;
        snapshot.ledger().await?;
        let wanted = traillake_store::EventKeysWanted { day: None, times: None, is_wanted: None };
        snapshot.read_event_keys(&wanted).await?;
        traillake_store::write_data_file(store, None, Vec::new()).await?;
        snapshot.begin().commit().await
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_sees_what_another_has_changed_since_its_last_look() {
    let lake = memory_lake();
    let other = Lake::with_storage(Arc::clone(lake.storage()), lake.location().clone());
    let store = create(&lake, "trail").await;
    let theirs = other.find("trail").await.unwrap().unwrap();
    let first = store.snapshot().await.unwrap().version();
    for number in 1..=3 {
        // Each has kept a version that the other makes old.
        assert_eq!(append(&theirs, &format!("theirs-{number}"), 2).await.rows(), number * 4 - 2);
        let snapshot = store.snapshot().await.unwrap();
        assert_eq!((snapshot.version(), snapshot.rows()), (first + number * 2 - 1, number * 4 - 2));
        assert_eq!(append(&store, &format!("ours-{number}"), 2).await.rows(), number * 4);
    }
    let renamed = Changes { name: Some("renamed".to_owned()), ..Changes::default() };
    theirs.update(renamed).await.unwrap();
    assert!(lake.find("trail").await.unwrap().is_none());
    assert_eq!(lake.find("renamed").await.unwrap().unwrap().id(), store.id());
    assert_eq!(store.snapshot_at(first + 2).await.unwrap().rows(), 4);
    assert!(matches!(store.snapshot_at(first + 9).await, Err(Error::NoVersion { .. })));

    let files: Vec<_> = lake.storage().list(None).map_ok(|file| file.location).try_collect().await.unwrap();
    for file in files {
        lake.storage().delete(&file).await.unwrap();
    }
    assert!(lake.find("renamed").await.unwrap().is_none(), "its folder is gone");
}
