//! The ledger: recorded with the rows, chained, absorbed.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use object_store::path::Path;
use traillake_store::{Commit, EventDataStore, ImportedObject, Reject, Snapshot};
use uuid::Uuid;

use crate::sample::{create, done, memory_lake};

fn object(number: u8) -> ImportedObject {
    ImportedObject {
        import_id: Uuid::from_u128(u128::from(number)),
        uri: format!("file:///logs/{number}.json.gz"),
        bytes: 1_000,
        sha256: [number; 32],
        imported_at_ms: 1_700_000_000_000 + i64::from(number),
        records: 10,
        events: 6,
        duplicates: 2,
        rejects: 1,
        skipped: BTreeMap::from([("digest".to_owned(), 1)]),
    }
}

fn reject(number: u8) -> Reject {
    Reject {
        import_id: Uuid::from_u128(u128::from(number)),
        uri: format!("file:///logs/{number}.json.gz"),
        index: number.is_multiple_of(2).then_some(7),
        offset: 4_711,
        json_path: "Records[7].eventTime".to_owned(),
        expected: "string".to_owned(),
        found: "number 1".to_owned(),
        raw: vec![b'{', 0xff, number],
    }
}

async fn import(store: &EventDataStore, number: u8, rejects: Vec<Reject>) -> Snapshot {
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.record(vec![object(number)], rejects);
    done(transaction.commit().await.unwrap())
}

async fn objects(snapshot: &Snapshot) -> Vec<ImportedObject> {
    snapshot.ledger().await.unwrap().objects().try_collect().await.unwrap()
}

async fn ledger_files(store: &EventDataStore) -> usize {
    let folder = Path::from(format!("{}/_ledger", store.id()));
    store.lake().storage().list(Some(&folder)).try_collect::<Vec<_>>().await.unwrap().len()
}

#[tokio::test]
async fn a_new_store_has_an_empty_ledger() {
    let store = create(&memory_lake(), "trail").await;
    let snapshot = store.snapshot().await.unwrap();
    assert!(objects(&snapshot).await.is_empty());
    let ledger = snapshot.ledger().await.unwrap();
    assert!(!ledger.known_objects().await.unwrap().contains("file:///logs/1.json.gz", &[1; 32]));
    assert!(ledger.rejects().await.unwrap().is_empty());
}

#[tokio::test]
async fn every_import_is_remembered_through_chains_and_absorption() {
    let store = create(&memory_lake(), "trail").await;
    for number in 0..40 {
        let rejects = if number % 5 == 0 { vec![reject(number)] } else { Vec::new() };
        let committed = import(&store, number, rejects).await;
        assert_eq!(objects(&committed).await.len(), usize::from(number) + 1);
    }
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(objects(&snapshot).await, (0..40).map(object).collect::<Vec<_>>());
    let ledger = snapshot.ledger().await.unwrap();
    assert_eq!(ledger.rejects().await.unwrap(), (0..40).step_by(5).map(reject).collect::<Vec<_>>());
    let known = ledger.known_objects().await.unwrap();
    assert!((0..40).all(|number| known.contains(&object(number).uri, &[number; 32])));
    assert!(!known.contains("file:///logs/39.json.gz", &[38; 32]));
    assert!(!known.contains("file:///logs/40.json.gz", &[39; 32]));
}

#[tokio::test]
async fn what_is_learned_later_is_known_beside_what_was() {
    let store = create(&memory_lake(), "trail").await;
    import(&store, 1, Vec::new()).await;
    let mut known = import(&store, 2, Vec::new()).await.ledger().await.unwrap().known_objects().await.unwrap();
    let before = known.clone();
    for number in 3..12 {
        let committed = import(&store, number, Vec::new()).await;
        assert!(!known.contains(&object(number).uri, &[number; 32]));
        known.learn(&committed.ledger().await.unwrap()).await.unwrap();
        assert!((1..=number).all(|number| known.contains(&object(number).uri, &[number; 32])));
    }
    assert!(!before.contains(&object(3).uri, &[3; 32]));
}

#[tokio::test]
async fn imports_of_nothing_but_rejects_leave_one_part_at_the_end() {
    let store = create(&memory_lake(), "trail").await;
    let first = import(&store, 1, Vec::new()).await;
    for number in 2..40 {
        let mut transaction = store.snapshot().await.unwrap().begin();
        transaction.record(Vec::new(), vec![reject(number)]);
        let committed = done(transaction.commit().await.unwrap());
        assert_eq!(objects(&committed).await, objects(&first).await);
        assert_eq!(committed.ledger().await.unwrap().rejects().await.unwrap().len(), usize::from(number) - 1);
    }
}

#[tokio::test]
async fn a_version_has_the_ledger_it_had() {
    let store = create(&memory_lake(), "trail").await;
    let early = import(&store, 1, vec![reject(1)]).await;
    for number in 2..30 {
        import(&store, number, Vec::new()).await;
    }
    let again = store.snapshot_at(early.version()).await.unwrap();
    assert_eq!(objects(&again).await, [object(1)]);
    assert_eq!(again.ledger().await.unwrap().rejects().await.unwrap(), [reject(1)]);
}

#[tokio::test]
async fn two_imports_at_once_conflict_and_the_losers_part_goes() {
    let store = create(&memory_lake(), "trail").await;
    let start = store.snapshot().await.unwrap();
    let (mut first, mut second) = (start.begin(), start.begin());
    first.record(vec![object(1)], Vec::new());
    second.record(vec![object(2)], vec![reject(2)]);
    done(first.commit().await.unwrap());
    assert!(matches!(second.commit().await.unwrap(), Commit::Conflict { .. }));
    assert_eq!(ledger_files(&store).await, 1);
    let committed = import(&store, 2, vec![reject(2)]).await;
    assert_eq!(objects(&committed).await, [object(1), object(2)]);
}

#[tokio::test]
async fn an_import_of_nothing_but_rejects_is_recorded() {
    let store = create(&memory_lake(), "trail").await;
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.record(Vec::new(), vec![reject(4)]);
    let committed = done(transaction.commit().await.unwrap());
    assert!(objects(&committed).await.is_empty());
    assert_eq!(committed.ledger().await.unwrap().rejects().await.unwrap(), [reject(4)]);
}
