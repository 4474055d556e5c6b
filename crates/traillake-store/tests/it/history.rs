//! The history of a store: what every change changed.

use object_store::ObjectStoreExt;
use object_store::path::Path;
use traillake_store::{
    AttributeChange, Changes, CreateOptions, EventConfiguration, EventDataStore, MaxEventSize, Retention, Tag,
};

use crate::sample::{Hands, append, create_with, memory_lake, unprotected};

async fn changes(store: &EventDataStore, version: usize) -> (String, Vec<String>) {
    let history = store.history().await.unwrap();
    let said = |change: &AttributeChange| {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!("{}: {} -> {}", change.attribute, or_none(&change.before), or_none(&change.after))
    };
    (history[version].operation.clone(), history[version].changes.iter().map(said).collect())
}

async fn last(store: &EventDataStore) -> (String, Vec<String>) {
    let versions = store.history().await.unwrap().len();
    changes(store, versions - 1).await
}

fn is(operation: &str, changes: &[&str]) -> (String, Vec<String>) {
    (operation.to_owned(), changes.iter().map(|change| (*change).to_owned()).collect())
}

#[tokio::test]
async fn every_change_says_what_it_changed_and_when() {
    let hands = Hands::new();
    let lake = memory_lake().with_clock(hands.clock());
    let options = CreateOptions { tags: vec![Tag::new("team", "blue")], ..unprotected() };
    let store = create_with(&lake, "trail", options).await;
    let (operation, created) = changes(&store, 1).await;
    assert_eq!(operation, "CREATE");
    for attribute in ["Name: - -> trail", "Status: - -> ENABLED", r#"TagsList: - -> {"team":"blue"}"#] {
        assert!(created.iter().any(|change| change == attribute), "{attribute} {created:?}");
    }

    hands.advance(1_000);
    store
        .update(Changes {
            retention: Some(Retention::Days(30)),
            kms_key_id: Some("alias/k".to_owned()),
            ..Changes::default()
        })
        .await
        .unwrap();
    assert_eq!(last(&store).await, is("UPDATE", &["KmsKeyId: - -> alias/k", "RetentionPeriod: 366 -> 30"]));
    assert_eq!(store.history().await.unwrap().last().unwrap().committed_at_ms, hands.now_ms());

    append(&store, "a", 1).await;
    assert_eq!(last(&store).await, is("IMPORT", &[]));
    store.update(Changes { name: Some("path".to_owned()), ..Changes::default() }).await.unwrap();
    assert_eq!(last(&store).await, is("UPDATE", &["Name: trail -> path"]));
    store.stop_ingestion().await.unwrap();
    assert_eq!(last(&store).await, is("STOP_INGESTION", &["Status: ENABLED -> STOPPED_INGESTION"]));
    store.start_ingestion().await.unwrap();
    assert_eq!(last(&store).await, is("START_INGESTION", &["Status: STOPPED_INGESTION -> ENABLED"]));
    store.add_tags(&[Tag { key: "bare".to_owned(), value: None }]).await.unwrap();
    let tagged = r#"TagsList: {"team":"blue"} -> {"bare":null,"team":"blue"}"#;
    assert_eq!(last(&store).await, is("ADD_TAGS", &[tagged]));
    store.remove_tags(&["bare", "team"]).await.unwrap();
    assert_eq!(last(&store).await, is("REMOVE_TAGS", &[r#"TagsList: {"bare":null,"team":"blue"} -> -"#]));
    let large = EventConfiguration { max_event_size: MaxEventSize::Large, ..EventConfiguration::default() };
    store.put_event_configuration(large).await.unwrap();
    assert_eq!(last(&store).await, is("PUT_EVENT_CONFIGURATION", &["MaxEventSize: Standard -> Large"]));
    let deleted = store.delete().await.unwrap();
    let until = deleted.attributes().deletion_at_ms.unwrap();
    let pending = [format!("DeletionTimestamp: - -> {until}"), "Status: ENABLED -> PENDING_DELETION".to_owned()];
    assert_eq!(last(&store).await, ("DELETE".to_owned(), pending.to_vec()));
    store.restore().await.unwrap();
    let restored = [format!("DeletionTimestamp: {until} -> -"), "Status: PENDING_DELETION -> ENABLED".to_owned()];
    assert_eq!(last(&store).await, ("RESTORE".to_owned(), restored.to_vec()));
}

#[tokio::test]
async fn commits_of_other_writers_are_read_all_the_same() {
    let store = create_with(&memory_lake(), "trail", unprotected()).await;
    let commit = |info: &str| format!("{{\"commitInfo\":{info}}}\n");
    let infos = [
        r#"{"timestamp":7,"operation":"OPTIMIZE"}"#,
        r#"{"operation":"X","traillakeChanges":"none"}"#,
        r#"{"operation":"X","traillakeChanges":{"Name":["a"],"Status":[1,null],"KmsKeyId":[null,"k"]}}"#,
    ];
    for (number, info) in infos.iter().enumerate() {
        let path = Path::from(format!("{}/_delta_log/{:020}.json", store.id(), number + 2));
        store.lake().storage().put(&path, commit(info).into()).await.unwrap();
    }
    let history = store.history().await.unwrap();
    assert_eq!((history[2].operation.as_str(), history[2].committed_at_ms), ("OPTIMIZE", 7));
    assert!(history[2].changes.is_empty() && history[3].changes.is_empty());
    assert_eq!(changes(&store, 4).await.1, ["KmsKeyId: - -> k", "Status: - -> -"]);
    assert_eq!(store.snapshot().await.unwrap().version(), 4);
}
