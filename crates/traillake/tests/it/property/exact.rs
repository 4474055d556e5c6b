//! `eventJson` is the record, byte for byte, and no record is lost.

mod bent;

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use traillake::{CreateOptions, ImportOptions, ImportReport, Retention, Source, StoreType};
use traillake_testkit::oddity::{Nature, oddities};
use traillake_testkit::trail::Trail;

use super::check;
use crate::ask::ask;
use crate::memory::in_memory;
use crate::quiet::Quiet;
use bent::{Bend, bends};

/// What became of a file.
struct Outcome {
    report: ImportReport,
    /// `eventJson` of every row.
    events: Vec<Vec<u8>>,
    /// The raw bytes of every reject.
    rejects: Vec<Vec<u8>>,
}

async fn import(file: &Path, options: &ImportOptions) -> Outcome {
    let lake = in_memory();
    // Otherwise a file of configuration items would make a store for these.
    let kept = CreateOptions { retention: Some(Retention::Unlimited), ..CreateOptions::of(StoreType::Events) };
    lake.create_event_data_store("events", kept).await.unwrap();
    let report = lake.import_with("events", &[Source::File(file.to_owned())], options, &Quiet).await.unwrap();
    let rows = ask(&lake, "SELECT eventJson FROM events").await;
    let ledger = lake.event_data_store("events").await.unwrap().snapshot().await.unwrap().ledger().await.unwrap();
    Outcome {
        events: rows.into_iter().map(|mut row| row.remove(0).unwrap().into_bytes()).collect(),
        rejects: ledger.rejects().await.unwrap().into_iter().map(|reject| reject.raw).collect(),
        report,
    }
}

async fn import_bytes(name: &str, bytes: &[u8], options: &ImportOptions) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    import(&file, options).await
}

impl Outcome {
    fn skipped(&self) -> u64 {
        self.report.skipped.values().sum()
    }

    /// The numbers add up, and the rows and rejects are as many as they say.
    fn adds_up(&self) -> bool {
        let report = &self.report;
        report.records == report.events + report.duplicates + report.rejects + self.skipped()
            && report.events == self.events.len() as u64
            && report.rejects == self.rejects.len() as u64
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn generated_records_come_back_exactly() {
    check(3, &(0..10_000_u64), async |seed| {
        let trail = Trail::new(seed).events(120).accounts(2).days(2).duplicates(0.05).build();
        let lake = in_memory();
        let folder = tempfile::tempdir().unwrap();
        trail.write_to(folder.path()).unwrap();
        let report = lake.import("events", [Source::Directory(folder.path().to_owned())]).await.unwrap();
        prop_assert_eq!((report.records, report.events, report.duplicates), (126, 120, 6));
        let rows = ask(&lake, "SELECT eventJson FROM events").await;
        let found: BTreeSet<&str> = rows.iter().map(|row| row[0].as_deref().unwrap()).collect();
        prop_assert!(found == trail.records().collect::<BTreeSet<_>>(), "the records differ");
        Ok(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_files_lose_nothing() {
    let options = ImportOptions { keep_duplicates: true, ..ImportOptions::default() };
    let mut wrong = Vec::new();
    for oddity in oddities() {
        let outcome = import_bytes(oddity.file_name, &oddity.bytes, &options).await;
        let mut say =
            |what: &str| wrong.push(format!("{} ({}): {what}\n{}", oddity.name, oddity.about, outcome.report));
        if !outcome.adds_up() {
            say("the numbers do not add up");
        }
        let mut kept = oddity.records.clone();
        for event in &outcome.events {
            match kept.iter().position(|record| record == event) {
                Some(place) => drop(kept.remove(place)),
                None => say(&format!("an event that is no record of the file: {}", shown(event))),
            }
        }
        match oddity.nature {
            Nature::Bent | Nature::Container => {
                for record in kept {
                    if !outcome.rejects.contains(&record) {
                        say(&format!("neither an event nor a reject: {}", shown(&record)));
                    }
                }
            }
            Nature::Foreign if !outcome.rejects.is_empty() => say("a foreign file is no reject"),
            Nature::Damaged
                if outcome.rejects.is_empty() && outcome.skipped() == 0 && outcome.report.objects_unreadable == 0 =>
            {
                say("nothing says that the file is damaged");
            }
            Nature::Foreign | Nature::Damaged => {}
        }
    }
    assert!(wrong.is_empty(), "{} differ\n\n{}", wrong.len(), wrong.join("\n"));
}

/// The records of a trail, to be bent.
fn straight() -> Vec<String> {
    let trail = Trail::new(5).events(60).accounts(2).days(2).incidents(true).build();
    trail.records().map(str::to_owned).collect()
}

/// Bends every record in its own way; no two of the results are the same.
fn bent_records(straight: &[String], picks: &[(prop::sample::Index, Vec<Bend>)]) -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let bent = picks.iter().map(|(pick, bends)| bent::bend(pick.get::<String>(straight), bends));
    bent.filter(|record| seen.insert(record.clone())).collect()
}

fn check_bent(file: &str, outcome: &Outcome, mut records: Vec<Vec<u8>>) -> Result<(), TestCaseError> {
    prop_assert!(outcome.adds_up(), "{}: the numbers do not add up\n{}", file, outcome.report);
    prop_assert_eq!(
        outcome.report.records,
        records.len() as u64,
        "{}: other things than its records were found in it",
        file
    );
    for (kind, found) in [("event", &outcome.events), ("reject", &outcome.rejects)] {
        for bytes in found {
            // The end of its line may stand behind a line that is a reject.
            let bytes = bytes.strip_suffix(b"\n").filter(|_| kind == "reject").unwrap_or(bytes);
            let place = records.iter().position(|record| record == bytes);
            prop_assert!(place.is_some(), "{}: {} is no record of the file: {}", file, kind, shown(bytes));
            records.remove(place.unwrap());
        }
    }
    prop_assert_eq!(records.len() as u64, outcome.skipped() + outcome.report.duplicates, "{}: records are lost", file);
    Ok(())
}

#[test]
fn bent_records_come_back_exactly_or_are_rejects() {
    let straight = straight();
    let picks = || prop::collection::vec((any::<prop::sample::Index>(), bends(false)), 1..40);
    let mut tally = (0, 0, 0);
    check(20, &picks(), async |picks| {
        let records = bent_records(&straight, &picks);
        let file = [b"{\"Records\":[".as_slice(), &records.join(&b','), b"]}"].concat();
        let outcome = import_bytes("bent.json", &file, &ImportOptions::default()).await;
        tally = (tally.0 + outcome.report.events, tally.1 + outcome.report.rejects, tally.2 + outcome.skipped());
        check_bent("Records", &outcome, records)
    });
    println!("{} events, {} rejects, {} skipped", tally.0, tally.1, tally.2);
    assert!(tally.0 > 100, "hardly any record was accepted: the bends are too hard");
}

#[test]
fn broken_lines_are_rejects_and_the_others_come_back_exactly() {
    let straight = straight();
    let picks = || prop::collection::vec((any::<prop::sample::Index>(), bends(true)), 2..40);
    let mut tally = (0, 0);
    check(20, &picks(), async |picks| {
        // The first line is whole: a file is what it begins with.
        let mut records = vec![straight[0].clone().into_bytes()];
        records.extend(bent_records(&straight[1..], &picks));
        let outcome = import_bytes("bent.jsonl", &records.join(&b'\n'), &ImportOptions::default()).await;
        tally = (tally.0 + outcome.report.events, tally.1 + outcome.report.rejects);
        check_bent("lines", &outcome, records)
    });
    println!("{} events, {} rejects", tally.0, tally.1);
    assert!(tally.0 > 100 && tally.1 > 20, "too few of one kind: {tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_line_spoils_no_other_line() {
    let records = straight();
    let [first, broken, last] = [0, 1, 2].map(|place: usize| records[place].as_str());
    let mut wrong = Vec::new();
    for broken in [
        &broken[1..],
        &broken[..broken.len() - 1],
        &broken[..broken.len() / 2],
        "\"eventVersion\":1}",
        "7,",
        "null}",
        "[]]",
        "oops",
        "{}}",
    ] {
        let file = [first, broken, last].join("\n");
        let outcome = import_bytes("lines.jsonl", file.as_bytes(), &ImportOptions::default()).await;
        let found: BTreeSet<String> = outcome.events.iter().map(|event| shown(event)).collect();
        if !outcome.adds_up() || found != BTreeSet::from([first.to_owned(), last.to_owned()]) {
            let broken: String = broken.chars().take(40).collect();
            wrong.push(format!("{broken}…: {} of 2 whole lines are events\n{}", found.len(), outcome.report));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
