//! Files that change or vanish between listing and reading, or while they are read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use traillake_ingest::{Observer, Options, Progress, Source, import};

use super::{Outcome, log, outcome, record};
use crate::lake::Scratch;

/// Does something to the files when they have been listed.
struct Meddler<F>(F);

impl<F: Fn() + Send + Sync> Observer for Meddler<F> {
    fn listed(&self, _objects: u64, _bytes: u64) {
        self.0();
    }

    fn progressed(&self, _progress: Progress) {}

    fn committed(&self, _version: u64) {}
}

/// Imports a log of ten records, and a good one, while someone meddles with the first.
async fn meddled(meddle: impl Fn(&Path) + Send + Sync) -> Outcome {
    let scratch = Scratch::new().await;
    let path = PathBuf::from(scratch.write("log.json", ten()));
    scratch.write("other.json", log([record(100).as_str()]));
    let sources = [Source::parse(&scratch.logs()).unwrap()];
    let report = import(&scratch.store, &sources, &Options::default(), &Meddler(|| meddle(&path))).await.unwrap();
    let outcome = outcome(&scratch, report).await;
    assert_eq!(outcome.counts("other.json"), (1, 0, 0));
    outcome
}

fn ten() -> String {
    let records: Vec<String> = (0..10).map(record).collect();
    log(records.iter().map(String::as_str))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_vanishes_after_listing_is_one_reject() {
    let outcome = meddled(|path| fs::remove_file(path).unwrap()).await;
    assert_eq!((outcome.report.objects_unreadable, outcome.report.rejects), (1, 1));
    assert_eq!(outcome.reject("log.json").expected, "a readable file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_becomes_a_directory_is_one_reject() {
    let outcome = meddled(|path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    })
    .await;
    assert_eq!((outcome.report.objects_unreadable, outcome.report.rejects), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_shrinks_or_grows_after_listing_is_what_it_is_when_read() {
    let outcome = meddled(|path| fs::write(path, &ten().as_bytes()[..ten().len() / 2]).unwrap()).await;
    let (events, rejects, _) = outcome.counts("log.json");
    assert!(events >= 3 && rejects == 1, "{}", outcome.report);

    let outcome = meddled(|path| fs::write(path, "").unwrap()).await;
    assert_eq!(outcome.counts("log.json"), (0, 0, 1));

    let grown = [ten(), log([record(50).as_str()])].join("\n");
    let outcome = meddled(|path| fs::write(path, &grown).unwrap()).await;
    assert_eq!(outcome.counts("log.json"), (11, 0, 0));
    assert_eq!(outcome.object("log.json").bytes, grown.len() as u64, "the ledger tells what was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_written_anew_while_it_is_read_gives_whole_records_only() {
    let scratch = Scratch::new().await;
    let path = PathBuf::from(scratch.write("log.json", ten()));
    let others: Vec<String> = (1_000..1_400).map(record).collect();
    let other = log(others.iter().map(String::as_str));
    let is_done = AtomicBool::new(false);
    let mut known: Vec<String> = (0..10).map(record).chain(others.iter().cloned()).collect();
    known.sort();
    let mut imports = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                fs::write(&path, &other).unwrap();
                fs::write(&path, ten()).unwrap();
            }
        });
        let runtime = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            while imports < 12 {
                let report = runtime.block_on(scratch.import(path.to_str().unwrap()));
                assert_eq!(report.objects, 1, "{report}");
                imports += 1;
            }
        });
        is_done.store(true, Ordering::Relaxed);
    });
    let rows = scratch.event_json().await;
    assert!(rows.iter().all(|row| known.binary_search(row).is_ok()), "a row of no record");
    let objects = scratch.objects().await;
    let events: u64 = objects.iter().map(|object| object.events).sum();
    assert_eq!(events, rows.len() as u64);
    for object in objects {
        let skipped: u64 = object.skipped.values().sum();
        assert_eq!(object.records, object.events + object.duplicates + object.rejects + skipped);
    }
}
