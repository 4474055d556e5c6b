//! Listings: what they open is what the log says.

use std::path::{Path, PathBuf};

use traillake_store::{Changes, CompactionOptions, EventDataStore, Lake, Retention, Snapshot};

use crate::sample::{append, create, day, done, rows};

const FILES: usize = 70;

/// A store on disk with many files, and its folder.
async fn store(folder: &Path) -> (EventDataStore, PathBuf) {
    let store = create(&Lake::open(folder.to_str().unwrap()).await.unwrap(), "trail").await;
    let mut transaction = store.snapshot().await.unwrap().begin();
    for number in 0..FILES {
        let on = if number == 7 { None } else { day(1 + number as u32 % 28) };
        let rows = vec![rows(&format!("f{number:02}"), 3)];
        transaction.add(traillake_store::write_data_file(&store, on, rows).await.unwrap());
    }
    done(transaction.commit().await.unwrap());
    let own = folder.join(store.id().to_string());
    (store, own)
}

/// The store, as a process sees it that has just started.
async fn store_of(folder: &Path) -> EventDataStore {
    Lake::open(folder.to_str().unwrap()).await.unwrap().find("trail").await.unwrap().unwrap()
}

async fn reopened(folder: &Path) -> Snapshot {
    store_of(folder).await.snapshot().await.unwrap()
}

fn assert_alike(one: &Snapshot, other: &Snapshot) {
    assert_eq!(one.version(), other.version());
    assert_eq!(one.data_files(), other.data_files());
    assert_eq!(one.store().attributes(), other.store().attributes());
    assert_eq!(one.store().schema().columns().len(), other.store().schema().columns().len());
}

fn listings(own: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(own.join("_listings")) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Takes away the commits up to a version: what is opened now was not replayed from them.
fn forget(own: &Path, version: u64) {
    (0..=version).for_each(|version| std::fs::remove_file(own.join(format!("_delta_log/{version:020}.json"))).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_and_the_commits_since_open_what_the_log_says() {
    let folder = tempfile::tempdir().unwrap();
    let (store, own) = store(folder.path()).await;
    let listed = store.snapshot().await.unwrap();
    listed.list_files().await;
    assert_eq!(listings(&own).len(), 1);
    assert_alike(&reopened(folder.path()).await, &listed);

    append(&store, "later", 5).await;
    store.update(Changes { retention: Some(Retention::Days(300)), ..Changes::default() }).await.unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let opened = lake.find("trail").await.unwrap().unwrap();
    let compacted = opened.compact(CompactionOptions::default(), &mut |_| ()).await.unwrap();
    assert!(compacted.files_before > compacted.files_after && compacted.files_after > 0, "{compacted:?}");
    let replayed = store.snapshot().await.unwrap();
    assert!(replayed.data_files().len() < FILES, "few files are not listed again");
    assert_eq!(listings(&own).len(), 1);

    forget(&own, listed.version());
    assert_alike(&reopened(folder.path()).await, &replayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_does_not_fit_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (store, own) = store(folder.path()).await;
    let before = store.snapshot().await.unwrap();
    before.list_files().await;
    let path = listings(&own).remove(0);
    let whole = std::fs::read(&path).unwrap();
    let changed = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        bytes
    };
    let damaged: Vec<Vec<u8>> = [
        vec![Vec::new(), whole[..whole.len() / 2].to_vec()],
        (0..40).map(|part| changed(part * whole.len() / 40)).collect(),
    ]
    .concat();
    for bytes in damaged {
        std::fs::write(&path, bytes).unwrap();
        assert_alike(&reopened(folder.path()).await, &before);
    }

    // Of a version that was made anew after its log was set back.
    std::fs::write(&path, &whole).unwrap();
    let commit = own.join(format!("_delta_log/{:020}.json", before.version()));
    let first = std::fs::read_to_string(&commit).unwrap();
    std::fs::remove_file(&commit).unwrap();
    let other = append(&store_of(folder.path()).await, "other", 5).await;
    assert_eq!(other.version(), before.version());
    assert_alike(&reopened(folder.path()).await, &other);
    std::fs::write(&commit, first).unwrap();

    // Of a version that does not exist.
    std::fs::write(&path, &whole).unwrap();
    std::fs::copy(&path, path.with_file_name(format!("{:020}.files", before.version() + 1))).unwrap();
    assert_alike(&reopened(folder.path()).await, &before);
    let after = append(&store, "later", 5).await;
    assert_alike(&reopened(folder.path()).await, &after);
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_keys_since_a_listing_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path()).await;
    store.snapshot().await.unwrap().list_files().await;
    let key = "requestParameters.taskDefinition".parse().unwrap();
    let changed = store.update(Changes { hot_keys: vec![key], ..Changes::default() }).await.unwrap();
    let opened = reopened(folder.path()).await;
    assert_alike(&opened, &changed.snapshot().await.unwrap());
    assert!(opened.store().schema().index_of("requestParameters_taskDefinition").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_listings_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (store, own) = store(folder.path()).await;
    for number in 0..4 {
        append(&store, &format!("n{number}"), 2).await.list_files().await;
    }
    let newest = store.snapshot().await.unwrap();
    let names: Vec<String> =
        listings(&own).iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, [newest.version() - 1, newest.version()].map(|version| format!("{version:020}.files")));
}
