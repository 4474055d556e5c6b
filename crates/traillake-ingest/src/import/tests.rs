//! What holding fewer identities changes: nothing.

use std::path::Path;

use futures::TryStreamExt;
use traillake_store::{Create, CreateOptions, ImportedObject, Lake, Retention};

use super::*;

struct Silent;

impl Observer for Silent {
    fn listed(&self, _objects: u64, _bytes: u64) {}
    fn progressed(&self, _progress: Progress) {}
    fn committed(&self, _version: u64) {}
}

/// A record of 2023-01-`day`, at a time that its id decides; of no day for 0.
fn record(id: u32, day: u32) -> String {
    let time = match day {
        0 => "never".to_owned(),
        _ => format!("2023-01-{day:02}T{:02}:{:02}:00Z", id % 24, id % 60),
    };
    // So long that each file is a chunk of its own.
    let agent = "x".repeat(2_000);
    format!(
        "{{\"eventTime\":\"{time}\",\"eventSource\":\"s3\",\"eventName\":\"A\",\"eventID\":\"{day}-{id}\",\
         \"userAgent\":\"{agent}\"}}\n"
    )
}

async fn new_store(folder: &Path) -> EventDataStore {
    let lake = Lake::open(folder.to_str().unwrap()).await.unwrap();
    let options = CreateOptions { retention: Some(Retention::Unlimited), ..CreateOptions::default() };
    let Create::Done(store) = lake.create("trail", options).await.unwrap() else { panic!("taken") };
    store
}

/// What an import left: its report, its ledger, and the rows of each day.
type Outcome = (String, Vec<ImportedObject>, Vec<(Option<chrono::NaiveDate>, u64)>);

/// Imports folders one after another, batch by batch, with so many identities held at most.
async fn outcomes(folders: &[String], held_keys_max: u64, workers: usize) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let store = new_store(folder.path()).await;
    let options = Options { batch_bytes: 40_000, workers, import_id: Some(Uuid::nil()), ..Options::default() };
    let mut outcomes = Vec::new();
    for source in folders {
        let sources = [Source::parse(source).unwrap()];
        let mut report = import_holding(&store, &sources, &options, held_keys_max, &Silent).await.unwrap();
        (report.elapsed, report.data_file_bytes) = Default::default();
        let snapshot = store.snapshot().await.unwrap();
        let mut objects: Vec<ImportedObject> = snapshot.ledger().await.unwrap().objects().try_collect().await.unwrap();
        objects.iter_mut().for_each(|object| object.imported_at_ms = 0);
        let mut days: Vec<_> = snapshot.data_files().iter().map(|file| (file.calendar_day, file.rows)).collect();
        days.sort_unstable();
        assert!(report.versions.len() > 2);
        outcomes.push((report.to_string(), objects, days));
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_identities_are_held_changes_neither_rows_nor_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    let mut folders = Vec::new();
    for import in 0..2_u32 {
        let source = folder.path().join(import.to_string());
        std::fs::create_dir(&source).unwrap();
        for file in 0..4_u32 {
            // Half of a file's events were in the file before, a third of an import's in the import before; one day is
            // larger than the others.
            let ids = import * 60 + file * 20..import * 60 + file * 20 + 40;
            let records: String = ids.map(|id| record(id, if id % 3 == 0 { id / 3 % 2 } else { 7 })).collect();
            std::fs::write(source.join(format!("{file:02}.jsonl")), records).unwrap();
        }
        folders.push(source.to_str().unwrap().to_owned());
    }
    let held = outcomes(&folders, u64::MAX, 2).await;
    let rows: Vec<u64> = held.iter().map(|(.., days)| days.iter().map(|(_, rows)| rows).sum()).collect();
    assert_eq!(rows, [100, 160]);
    for held_keys_max in [0, 60] {
        assert!(outcomes(&folders, held_keys_max, 2).await == held, "{held_keys_max} identities held");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_the_same_time_count_every_event_once_when_nothing_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let store = new_store(&folder.path().join("lake")).await;
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    for file in 0..8_u32 {
        let records: String = (file * 5..file * 5 + 10).map(|id| record(id, 1)).collect();
        std::fs::write(logs.join(format!("{file}.jsonl")), records).unwrap();
    }
    let sources = [Source::parse(logs.to_str().unwrap()).unwrap()];
    let options = Options { batch_bytes: 1, workers: 1, ..Options::default() };
    let (first, second) = tokio::join!(
        import_holding(&store, &sources, &options, 0, &Silent),
        import_holding(&store, &sources, &options, 0, &Silent),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.events + second.events, 45);
    assert_eq!(store.snapshot().await.unwrap().rows(), 45);
    assert_eq!(first.objects_already_imported + second.objects_already_imported, 8);
}
