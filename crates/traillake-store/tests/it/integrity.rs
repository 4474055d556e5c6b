//! Verification: what is touched is named, and nothing else is.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use traillake_store::{
    Broken, ChainHead, CompactionOptions, Depth, EventDataStore, ImportedObject, Lake, Reach, Reject, Snapshot,
    Verification, VerifyOptions,
};
use url::Url;
use uuid::Uuid;

use crate::sample::{append, create, done, write};

pub(crate) const ALL: VerifyOptions =
    VerifyOptions { reach: Reach::AllVersions, depth: Depth::Bytes, known: None, threads: 2 };

pub(crate) async fn verify(store: &EventDataStore, options: VerifyOptions) -> Verification {
    store.verify(options, &mut |_| ()).await.unwrap()
}

fn lake(storage: &Arc<InMemory>) -> Lake {
    Lake::with_storage(Arc::clone(storage) as _, Url::parse("memory:///").unwrap())
}

/// The store as a process sees it that has just started.
async fn reopened(storage: &Arc<InMemory>) -> EventDataStore {
    lake(storage).find("trail").await.unwrap().unwrap()
}

pub(crate) fn object(name: &str) -> ImportedObject {
    ImportedObject {
        import_id: Uuid::nil(),
        uri: format!("file:///{name}"),
        bytes: 1,
        sha256: [7; 32],
        imported_at_ms: 0,
        records: 5,
        events: 4,
        duplicates: 0,
        rejects: 1,
        skipped: BTreeMap::new(),
    }
}

pub(crate) fn reject(name: &str) -> Reject {
    Reject {
        import_id: Uuid::nil(),
        uri: format!("file:///{name}"),
        index: Some(4),
        offset: 99,
        json_path: "Records[4]".to_owned(),
        expected: "object".to_owned(),
        found: "3".to_owned(),
        raw: b"3".to_vec(),
    }
}

/// An import of four events, an object and a reject.
pub(crate) async fn import(store: &EventDataStore, name: &str) -> Snapshot {
    let mut transaction = store.snapshot().await.unwrap().begin();
    transaction.add(write(store, name, 4).await);
    transaction.record(vec![object(name)], vec![reject(name)]);
    done(transaction.commit().await.unwrap())
}

/// A store of four imports and a compaction.
async fn store(storage: &Arc<InMemory>) -> EventDataStore {
    let store = create(&lake(storage), "trail").await;
    for name in ["a", "b", "c", "d"] {
        import(&store, name).await;
    }
    store.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
    import(&store, "e").await;
    store
}

async fn bytes_of(storage: &Arc<InMemory>, path: &Path) -> Vec<u8> {
    storage.get(path).await.unwrap().bytes().await.unwrap().to_vec()
}

async fn flip(storage: &Arc<InMemory>, path: &Path, place: usize) {
    let mut bytes = bytes_of(storage, path).await;
    let place = place % bytes.len();
    bytes[place] ^= 1;
    storage.put(path, bytes.into()).await.unwrap();
}

async fn listed(storage: &Arc<InMemory>, folder: &str) -> Vec<Path> {
    let listed: Vec<_> = storage.list(Some(&folder.into())).try_collect().await.unwrap();
    let mut paths: Vec<Path> = listed.into_iter().map(|object| object.location).collect();
    paths.sort();
    paths
}

fn commit(store: &EventDataStore, version: u64) -> Path {
    format!("{}/_delta_log/{version:020}.json", store.id()).into()
}

fn sha256sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_nobody_touched_is_whole() {
    let storage = Arc::new(InMemory::new());
    let store = store(&storage).await;
    let snapshot = store.snapshot().await.unwrap();
    let garbage = write(&store, "garbage", 4).await;
    let newest = verify(&store, VerifyOptions::default()).await;
    assert!(newest.is_whole(), "{newest:?}");
    assert_eq!((newest.data_files, newest.files_without_hash), (2, 0));
    assert_eq!((newest.commits, newest.oldest_commit, newest.oldest_version), (snapshot.version() + 1, 0, 0));
    assert!(newest.foreign_commits.is_empty() && newest.commits_without_hash == 0);
    assert!((newest.garbage_files, newest.garbage_bytes) == (1, garbage.bytes), "{newest:?}");
    let all = verify(&store, ALL).await;
    assert!(all.is_whole() && all.data_files == 6 && all.ledger_files > newest.ledger_files, "{all:?}");
    assert!(all.bytes > snapshot.bytes());
    let sizes = verify(&store, VerifyOptions { depth: Depth::Sizes, ..ALL }).await;
    assert_eq!((sizes.bytes, sizes.data_files, sizes.is_whole()), (0, 6, true));
    let head = newest.head.unwrap();
    assert_eq!(head.to_string().parse(), Ok(head));
    assert_eq!(head.sha256.to_string(), sha256sum(&bytes_of(&storage, &commit(&store, head.version)).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_are_chained_as_sha256sum_shows() {
    let storage = Arc::new(InMemory::new());
    let store = store(&storage).await;
    let newest = store.snapshot().await.unwrap().version();
    let mut before = None;
    for version in 0..=newest {
        let bytes = bytes_of(&storage, &commit(&store, version)).await;
        let text = String::from_utf8(bytes.clone()).unwrap();
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let info = &first["commitInfo"];
        assert_eq!(info["traillakeChain"].as_str().map(str::to_owned), before);
        let own = info["traillakeSha256"].as_str().unwrap();
        assert_eq!(sha256sum(text.replacen(own, &"0".repeat(64), 1).as_bytes()), own);
        before = Some(sha256sum(&bytes));
    }
    // What tells commits apart for listings stands early in each.
    let bytes = bytes_of(&storage, &commit(&store, newest)).await;
    let place = bytes.windows(15).position(|window| window == b"traillakeCommit").unwrap();
    assert!(place + 60 < 1024, "{place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_missing_file_is_named() {
    let storage = Arc::new(InMemory::new());
    let store = store(&storage).await;
    let snapshot = store.snapshot().await.unwrap();
    let mut files: Vec<Path> = snapshot.data_files().iter().map(|file| file.path.clone()).collect();
    files.extend(listed(&storage, &format!("{}/_ledger", store.id())).await);
    for (number, path) in files.iter().enumerate() {
        let whole = bytes_of(&storage, path).await;
        for place in [0, whole.len() / 2, whole.len() - 1 - number % 8] {
            flip(&storage, path, place).await;
            let found = verify(&store, ALL).await;
            assert!(
                matches!(&found.broken[..], [Broken::ChangedBytes { path: named, .. }] if named == path),
                "{path} {place}: {found:?}"
            );
            storage.put(path, whole.clone().into()).await.unwrap();
        }
        storage.delete(path).await.unwrap();
        for depth in [Depth::Sizes, Depth::Bytes] {
            let found = verify(&store, VerifyOptions { depth, ..ALL }).await;
            assert_eq!(found.broken, [Broken::MissingFile { path: path.clone() }]);
        }
        storage.put(path, whole.into()).await.unwrap();
    }
    let (path, bytes) = (&files[0], bytes_of(&storage, &files[0]).await);
    storage.put(path, bytes[1..].to_vec().into()).await.unwrap();
    let found = verify(&store, VerifyOptions { depth: Depth::Sizes, ..VerifyOptions::default() }).await;
    let (expected, found_bytes) = (bytes.len() as u64, bytes.len() as u64 - 1);
    assert_eq!(found.broken, [Broken::WrongSize { path: path.clone(), expected, found: found_bytes }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_commit_is_named_wherever_it_was_changed() {
    let storage = Arc::new(InMemory::new());
    let newest = store(&storage).await.snapshot().await.unwrap().version();
    for version in [0, 1, 3, newest] {
        let path = commit(&reopened(&storage).await, version);
        let whole = bytes_of(&storage, &path).await;
        for part in 0..12 {
            let store = reopened(&storage).await;
            flip(&storage, &path, part * whole.len() / 12 + 1).await;
            let found = verify(&store, VerifyOptions::default()).await;
            let named = found.broken.iter().any(|broken| match broken {
                Broken::CommitAltered { version: named } | Broken::CommitUnreadable { version: named, .. } => {
                    *named == version
                }
                _ => false,
            });
            let follows = Broken::ChainBroken {
                version: version + 1,
                expected: Some(traillake_store::ContentHash::of(&whole)),
                found: traillake_store::ContentHash::of(&bytes_of(&storage, &path).await),
            };
            assert!(named, "{version} {part}: {found:?}");
            assert_eq!(found.broken.contains(&follows), version < newest, "{version} {part}: {found:?}");
            storage.put(&path, whole.clone().into()).await.unwrap();
        }
    }
    assert!(verify(&reopened(&storage).await, ALL).await.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_are_missing_exchanged_or_from_elsewhere_are_named() {
    let storage = Arc::new(InMemory::new());
    let store = store(&storage).await;
    let newest = store.snapshot().await.unwrap().version();
    let (two, three) = (bytes_of(&storage, &commit(&store, 2)).await, bytes_of(&storage, &commit(&store, 3)).await);

    storage.delete(&commit(&store, 3)).await.unwrap();
    let found = verify(&store, ALL).await;
    assert!(found.broken.contains(&Broken::CommitsMissing { versions: 3..4 }), "{found:?}");
    storage.delete(&commit(&store, 2)).await.unwrap();
    let found = verify(&store, ALL).await;
    assert!(found.broken.contains(&Broken::CommitsMissing { versions: 2..4 }), "{found:?}");

    storage.put(&commit(&store, 2), three.clone().into()).await.unwrap();
    storage.put(&commit(&store, 3), two.clone().into()).await.unwrap();
    let found = verify(&store, ALL).await;
    let breaks = found.broken.iter().filter_map(|broken| match broken {
        Broken::ChainBroken { version, .. } => Some(*version),
        _ => None,
    });
    assert_eq!(breaks.collect::<Vec<_>>(), [2, 3, 4], "{found:?}");

    // A commit made anew in its place, whole in itself.
    storage.put(&commit(&store, 2), two.into()).await.unwrap();
    for version in 3..=newest {
        storage.delete(&commit(&store, version)).await.unwrap();
    }
    append(&reopened(&storage).await, "other", 3).await;
    let other = bytes_of(&storage, &commit(&store, 3)).await;
    storage.put(&commit(&store, 3), three.into()).await.unwrap();
    append(&reopened(&storage).await, "more", 3).await;
    storage.put(&commit(&store, 3), other.into()).await.unwrap();
    let found = verify(&reopened(&storage).await, ALL).await;
    assert!(matches!(&found.broken[..], [Broken::ChainBroken { version: 4, .. }]), "{found:?}");

    // Such a log opens no store; it can be asked all the same.
    storage.delete(&commit(&store, 0)).await.unwrap();
    let lake = lake(&storage);
    assert!(lake.find("trail").await.is_err());
    let found = lake.verify(store.id(), ALL, &mut |_| ()).await.unwrap();
    assert!(found.broken.contains(&Broken::CommitsMissing { versions: 0..1 }), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_set_back_is_found_by_what_is_known_of_it() {
    let storage = Arc::new(InMemory::new());
    let store = store(&storage).await;
    let head = verify(&store, VerifyOptions::default()).await.head.unwrap();
    append(&store, "f", 2).await;
    let known = |known: ChainHead| VerifyOptions { known: Some(known), ..VerifyOptions::default() };
    assert!(verify(&store, known(head)).await.is_whole());
    for version in [head.version, head.version + 1] {
        storage.delete(&commit(&store, version)).await.unwrap();
    }
    // Shorter, the log is whole in itself.
    let shorter = verify(&reopened(&storage).await, ALL).await;
    assert!(shorter.is_whole(), "{shorter:?}");
    let found = verify(&reopened(&storage).await, known(head)).await;
    assert_eq!(found.broken, [Broken::SetBack { newest: head.version - 1, version: head.version }]);
    append(&reopened(&storage).await, "g", 2).await;
    let found = verify(&reopened(&storage).await, known(head)).await;
    assert!(matches!(found.broken[..], [Broken::Replaced { version, .. }] if version == head.version), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_checkpoints_and_listings_say_is_compared_with_the_commits() {
    let storage = Arc::new(InMemory::new());
    let store = create(&lake(&storage), "trail").await;
    for number in 0..70 {
        import(&store, &format!("a{number:02}")).await;
    }
    store.snapshot().await.unwrap().list_files().await;
    let whole = verify(&reopened(&storage).await, ALL).await;
    assert!(whole.is_whole() && whole.files_without_hash == 0, "{whole:?}");
    assert!(store.snapshot().await.unwrap().data_files().iter().all(|file| file.sha256.is_some()));

    // A checkpoint of another version in place of the newest one, and the listing with it.
    let folder = format!("{}/_delta_log", store.id());
    let checkpoint = |version: u64| Path::from(format!("{folder}/{version:020}.checkpoint.parquet"));
    let (older, newer) = (bytes_of(&storage, &checkpoint(40)).await, bytes_of(&storage, &checkpoint(60)).await);
    storage.put(&checkpoint(60), older.into()).await.unwrap();
    let found = verify(&reopened(&storage).await, ALL).await;
    let mut by = found.broken.iter().map(|broken| matches!(broken, Broken::StateDiffers { by: "checkpoint", .. }));
    assert!(found.broken.len() >= 20 && by.all(|by| by), "{:?}", found.broken);
    storage.put(&checkpoint(60), newer.into()).await.unwrap();

    // The log is set back behind its checkpoint.
    for version in 59..=71 {
        storage.delete(&commit(&store, version)).await.unwrap();
    }
    let found = verify(&reopened(&storage).await, ALL).await;
    assert!(found.broken.contains(&Broken::SetBack { newest: 58, version: 71 }), "{:?}", found.broken);
    for path in listed(&storage, &format!("{}/_listings", store.id())).await {
        storage.delete(&path).await.unwrap();
    }
    let found = verify(&reopened(&storage).await, ALL).await;
    assert!(found.broken.contains(&Broken::SetBack { newest: 58, version: 60 }), "{:?}", found.broken);
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_other_writers_and_of_before_are_links_of_the_chain() {
    let storage = Arc::new(InMemory::new());
    let store = create(&lake(&storage), "trail").await;
    import(&store, "a").await;
    import(&store, "b").await;
    let newest = store.snapshot().await.unwrap().version();
    // As a build wrote it that knew no hashes: the same actions, without the members.
    for version in 0..=newest {
        let text = String::from_utf8(bytes_of(&storage, &commit(&store, version)).await).unwrap();
        let lines = text.lines().map(|line| {
            let mut action: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(info) = action.get_mut("commitInfo").and_then(|info| info.as_object_mut()) {
                info.retain(|name, _| !["traillakeChain", "traillakeSha256"].contains(&name.as_str()));
            }
            if let Some(add) = action.get_mut("add") {
                add["tags"] = serde_json::Value::Null;
            }
            if let Some(properties) = action.get_mut("metaData").map(|metadata| &mut metadata["configuration"]) {
                properties.as_object_mut().unwrap().remove("traillake.ledgerSha256");
            }
            action.to_string()
        });
        storage.put(&commit(&store, version), lines.collect::<Vec<_>>().join("\n").into()).await.unwrap();
    }
    let old = verify(&reopened(&storage).await, ALL).await;
    assert!(old.is_whole() && old.commits_without_hash == newest + 1, "{old:?}");
    assert!(old.files_without_hash >= 3, "{old:?}");

    // Another writer's commit, then ours again.
    let foreign = "{\"commitInfo\":{\"timestamp\":1,\"operation\":\"SET TBLPROPERTIES\"}}\n";
    storage.put(&commit(&store, newest + 1), foreign.into()).await.unwrap();
    let after = import(&reopened(&storage).await, "c").await;
    assert_eq!((after.version(), after.rows()), (newest + 2, 12));
    let found = verify(&reopened(&storage).await, ALL).await;
    assert!(found.is_whole() && found.foreign_commits == [newest + 1], "{found:?}");
    flip(&storage, &commit(&store, newest + 1), 30).await;
    let found = verify(&reopened(&storage).await, ALL).await;
    assert!(matches!(found.broken[..], [Broken::ChainBroken { version, .. }] if version == newest + 2), "{found:?}");
}
