//! The end of a store: seven days in which it can come back, and what is left of it after them.

use std::sync::Arc;

use futures::TryStreamExt;
use traillake_store::{CreateOptions, Kind, Lake, Purged, Status};

use crate::sample::{Hands, SEVEN_DAYS_MS, append, create, create_with, lake_in, memory_lake, unprotected};

async fn files(lake: &Lake) -> Vec<String> {
    let mut files: Vec<_> =
        lake.storage().list(None).map_ok(|file| file.location.to_string()).try_collect().await.unwrap();
    files.sort();
    files
}

#[tokio::test]
async fn a_deleted_store_can_be_restored_until_seven_days_are_over() {
    for (later_ms, restorable) in [(0, true), (SEVEN_DAYS_MS - 1, true), (SEVEN_DAYS_MS, false)] {
        let hands = Hands::new();
        let lake = memory_lake().with_clock(hands.clock());
        let store = create_with(&lake, "trail", unprotected()).await;
        append(&store, "a", 3).await;
        let deleted = store.delete().await.unwrap();
        assert_eq!(deleted.attributes().deletion_at_ms, Some(hands.now_ms() + SEVEN_DAYS_MS));
        hands.advance(later_ms);

        assert_eq!(lake.find("trail").await.unwrap().is_some(), restorable);
        assert_eq!(lake.find(&store.id().to_string()).await.unwrap().is_some(), restorable);
        assert_eq!(lake.find(&store.arn()).await.unwrap().is_some(), restorable);
        assert_eq!(lake.event_data_stores().await.unwrap().len(), usize::from(restorable));
        let restored = store.restore().await;
        match restorable {
            true => {
                assert_eq!(restored.unwrap().attributes().status, Status::Enabled);
                assert_eq!(append(&store, "b", 2).await.rows(), 5);
            }
            false => {
                assert_eq!(restored.unwrap_err().aws_name(), Some("EventDataStoreNotFoundException"));
            }
        }
    }
}

#[tokio::test]
async fn purging_removes_what_is_gone_and_nothing_else() {
    let hands = Hands::new();
    let lake = memory_lake().with_clock(hands.clock());
    let (kept, dead) = (create(&lake, "kept").await, create_with(&lake, "dead", unprotected()).await);
    let late = create_with(&lake, "late", unprotected()).await;
    for store in [&kept, &dead, &late] {
        append(store, "a", 3).await;
    }
    dead.delete().await.unwrap();
    assert_eq!(lake.purge().await.unwrap(), Purged::default());
    hands.advance(SEVEN_DAYS_MS);
    late.delete().await.unwrap();
    let before = files(&lake).await;

    let purged = lake.purge().await.unwrap();
    let of_dead = before.iter().filter(|file| file.starts_with(&dead.id().to_string())).count() as u64;
    // The commit that says it is gone came on top.
    assert_eq!((purged.stores, purged.files), (1, of_dead + 1));
    assert!(purged.bytes > 1000, "{purged:?}");
    let left: Vec<String> = before.into_iter().filter(|file| !file.starts_with(&dead.id().to_string())).collect();
    assert_eq!(files(&lake).await, left);
    assert_eq!(lake.purge().await.unwrap(), Purged::default());
    assert_eq!(dead.purge().await.unwrap(), Purged::default());
    let error = dead.update(traillake_store::Changes::default()).await.unwrap_err();
    assert_eq!(error.aws_name(), Some("EventDataStoreNotFoundException"), "{error}");
    assert_eq!(late.restore().await.unwrap().snapshot().await.unwrap().rows(), 3);
    assert_eq!(kept.snapshot().await.unwrap().rows(), 3);
}

#[tokio::test]
async fn a_purged_folder_of_a_local_lake_disappears() {
    let folder = tempfile::tempdir().unwrap();
    let hands = Hands::new();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap().with_clock(hands.clock());
    let store = create_with(&lake, "trail", unprotected()).await;
    append(&store, "a", 3).await;
    store.delete().await.unwrap();
    hands.advance(SEVEN_DAYS_MS);
    let unfinished = folder.path().join(store.id().to_string()).join("calendarday=2023-07-19/x.parquet#1000001");
    std::fs::write(unfinished, "half a file").unwrap();
    assert_eq!(store.purge().await.unwrap().stores, 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_clock_set_back_brings_no_purged_or_replaced_store_back() {
    let hands = Hands::new();
    let lake = memory_lake().with_clock(hands.clock());
    let store = create_with(&lake, "trail", unprotected()).await;
    store.delete().await.unwrap();
    let taken = lake.create("trail", CreateOptions::default()).await.unwrap();
    assert!(matches!(taken, traillake_store::Create::NameTaken(_)), "a name is kept for seven days");
    hands.advance(SEVEN_DAYS_MS);
    let next = create(&lake, "TRAIL").await;
    hands.advance(-SEVEN_DAYS_MS);
    let other = lake_in(Arc::clone(lake.storage())).with_clock(hands.clock());
    for lake in [&lake, &other] {
        let listed = lake.event_data_stores().await.unwrap();
        assert_eq!(listed.iter().map(|store| store.id()).collect::<Vec<_>>(), [next.id()]);
    }
    assert_eq!(store.restore().await.unwrap_err().aws_name(), Some("EventDataStoreNotFoundException"));
    assert_eq!(lake.purge().await.unwrap().stores, 1);
}

#[tokio::test]
async fn a_lake_with_quotas_has_ten_stores() {
    let hands = Hands::new();
    let without = memory_lake().with_clock(hands.clock());
    let lake = without.with_quotas(true);
    let mut stores = Vec::new();
    for number in 0..10 {
        stores.push(create_with(&lake, &format!("store-{number}"), unprotected()).await);
    }
    let error = lake.create("one-more", CreateOptions::default()).await.unwrap_err();
    assert_eq!(error.aws_name(), Some("EventDataStoreMaxLimitExceededException"));
    assert_eq!(error.kind(), Kind::Limit);
    stores[0].delete().await.unwrap();
    assert!(lake.create("one-more", CreateOptions::default()).await.is_err(), "what is pending deletion counts");
    stores[0].restore().await.unwrap();
    stores[0].delete().await.unwrap();
    create(&without, "eleventh").await;
    let error = stores[0].restore().await.unwrap_err();
    assert_eq!(error.aws_name(), Some("EventDataStoreMaxLimitExceededException"));
    hands.advance(SEVEN_DAYS_MS);
    assert_eq!(lake.event_data_stores().await.unwrap().len(), 10);
    stores[1].delete().await.unwrap();
    hands.advance(SEVEN_DAYS_MS);
    create(&lake, "one-more").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creators_one_has_the_last_place() {
    let without = memory_lake();
    for number in 0..9 {
        create(&without, &format!("store-{number}")).await;
    }
    let lake = without.with_quotas(true);
    let creators = (0..4).map(|number| {
        let lake = lake.clone();
        tokio::spawn(async move { lake.create(&format!("new-{number}"), CreateOptions::default()).await })
    });
    let outcomes = futures::future::join_all(creators).await;
    let made = outcomes.into_iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count();
    assert!(made <= 1, "{made}");
    assert_eq!(lake.event_data_stores().await.unwrap().len(), 9 + made);
}
