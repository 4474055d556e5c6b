//! An import through storage that stops at every step there is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::TryStreamExt;
use futures::future::join_all;
use traillake::{CreateOptions, ImportOptions, ImportProgress, Lake, Observer, Retention, Source};
use traillake_testkit::faults::{Fault, FaultyStorage};
use traillake_testkit::trail::Trail;
use url::Url;

use crate::ask::{Rows, ask};
use crate::memory::over;
use crate::quiet::Quiet;

/// The last version an import was told it had committed.
struct LastVersion(AtomicU64);

impl Observer for LastVersion {
    fn listed(&self, _: u64, _: u64) {}
    fn progressed(&self, _: ImportProgress) {}
    fn committed(&self, version: u64) {
        self.0.store(version, Ordering::SeqCst);
    }
}

/// A store that keeps events of any age.
fn kept() -> CreateOptions {
    CreateOptions { retention: Some(Retention::Unlimited), ..CreateOptions::default() }
}

fn lake(storage: &FaultyStorage) -> Lake {
    over(Arc::new(storage.clone()), "memory:///lake")
}

/// One thread and the smallest batches, so that every run takes the same steps.
fn options() -> ImportOptions {
    ImportOptions { workers: 1, batch_bytes: 1, ..ImportOptions::default() }
}

/// A trail as plain files: the least batch counts stored bytes. Gives the records of each file by its URI.
fn write_trail(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let trail = Trail::new(11).events(260).days(2).duplicates(0.1).build();
    let mut records = trail.records().map(str::to_owned);
    let mut files = BTreeMap::new();
    for object in trail.objects() {
        let path = folder.join(object.key.replace(".gz", ""));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &object.text).unwrap();
        let count =
            serde_json::from_str::<serde_json::Value>(&object.text).unwrap()["Records"].as_array().unwrap().len();
        let uri = Url::from_file_path(std::fs::canonicalize(&path).unwrap()).unwrap().to_string();
        files.insert(uri, records.by_ref().take(count).collect());
    }
    files
}

async fn all_rows(lake: &Lake) -> Rows {
    let mut rows = ask(lake, "SELECT * FROM events").await;
    rows.sort();
    rows
}

/// The objects that the ledger of the newest version knows.
async fn imported(lake: &Lake) -> BTreeSet<String> {
    let ledger = lake.event_data_store("events").await.unwrap().snapshot().await.unwrap().ledger().await.unwrap();
    ledger.objects().map_ok(|object| object.uri).try_collect().await.unwrap()
}

/// What the ledger of the newest version says, and what its rows are, must be one and the same.
async fn ledger_in_step(lake: &Lake, files: &BTreeMap<String, Vec<String>>, place: &str) -> BTreeSet<String> {
    let uris = imported(lake).await;
    let expected: BTreeSet<&str> = uris.iter().flat_map(|uri| &files[uri]).map(String::as_str).collect();
    let found: Vec<String> =
        ask(lake, "SELECT eventJson FROM events").await.into_iter().map(|mut row| row.remove(0).unwrap()).collect();
    assert_eq!(found.len(), expected.len(), "{place}: rows and ledger are out of step");
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{place}");
    uris
}

/// The newest version of the one store.
async fn version(lake: &Lake) -> u64 {
    lake.event_data_store("events").await.unwrap().snapshot().await.unwrap().version()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_stops_at_any_step_leaves_one_version_or_the_next_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_trail(folder.path());
    let sources = [Source::Directory(folder.path().to_owned())];

    let storage = FaultyStorage::in_memory();
    let undisturbed = lake(&storage);
    undisturbed.create_event_data_store("events", kept()).await.unwrap();
    let before = (storage.mutations(), version(&undisturbed).await);
    let report = undisturbed.import_with("events", &sources, &options(), &Quiet).await.unwrap();
    let expected = all_rows(&undisturbed).await;
    let steps = storage.mutations() - before.0;
    println!("{steps} steps to the versions {:?}", report.versions);
    assert!(report.versions.len() >= 3, "{:?} are too few commits to stop between", report.versions);
    assert!((report.events, report.duplicates) == (260, 26) && expected.len() == 260, "{report}");

    let mut outcomes = BTreeSet::new();
    for step in 0..steps {
        for fault in [Fault::Before(step), Fault::After(step)] {
            let storage = FaultyStorage::in_memory();
            lake(&storage).create_event_data_store("events", kept()).await.unwrap();
            storage.arm(fault);
            let told = LastVersion(AtomicU64::new(before.1));
            let done = lake(&storage).import_with("events", &sources, &options(), &told).await.is_ok();
            let place = format!("{fault:?}: {}", storage.operations().last().unwrap());
            assert!(storage.has_failed(), "{place}: the import took fewer steps");

            let found = lake(&storage.reopened());
            let (told, newest) = (told.0.into_inner(), version(&found).await);
            assert!(newest == told || newest == told + 1, "{place}: told {told}, found {newest}");
            outcomes.insert((told, newest));
            let imported = ledger_in_step(&found, &files, &place).await;
            assert!(!done || imported.len() == files.len(), "{place}: done, but files are missing");

            let again = found.import_with("events", &sources, &options(), &Quiet).await;
            let again = again.unwrap_or_else(|error| panic!("{place}: the import cannot be repeated: {error:?}"));
            assert_eq!(again.objects_already_imported as usize, imported.len(), "{place}");
            assert!(all_rows(&found).await == expected, "{place}: other rows than those of an undisturbed import");
            assert_eq!(self::imported(&found).await.len(), files.len(), "{place}");
        }
    }
    // Both outcomes of every commit were seen.
    for &version in &report.versions {
        assert!(outcomes.contains(&(version - 1, version - 1)), "{version}: {outcomes:?}");
        assert!(outcomes.contains(&(version - 1, version)), "{version}: {outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_stops_while_it_makes_the_store_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_trail(folder.path());
    let sources = [Source::Directory(folder.path().to_owned())];
    let storage = FaultyStorage::in_memory();
    lake(&storage).create_event_data_store("events", kept()).await.unwrap();
    let steps = storage.mutations();

    let faults = (0..steps).flat_map(|step| [Fault::Before(step), Fault::After(step)]);
    // Several times each, at once: what a dead creator leaves is waited for, with pauses of random length.
    join_all(faults.flat_map(|fault| [fault; 3]).map(async |fault| {
        let storage = FaultyStorage::in_memory();
        storage.arm(fault);
        assert!(lake(&storage).import_with("events", &sources, &options(), &Quiet).await.is_err(), "{fault:?}");
        let found = lake(&storage.reopened());
        let again = found.import_with("events", &sources, &options(), &Quiet).await;
        let again = again.unwrap_or_else(|error| panic!("{fault:?}: the import cannot be repeated: {error:?}"));
        assert_eq!((again.events, again.duplicates), (260, 26), "{fault:?}");
        assert_eq!(found.event_data_stores().await.unwrap().len(), 1, "{fault:?}");
        assert_eq!(ledger_in_step(&found, &files, &format!("{fault:?}")).await.len(), files.len());
    }))
    .await;
}
