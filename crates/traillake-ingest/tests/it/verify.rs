//! What an import wrote, compared with its sources.

use std::io::Write;

use traillake_ingest::{Options, Source, VerifyReport, verify};
use traillake_store::{Commit, DataFile};

use crate::lake::Scratch;
use crate::pipeline::{Silent, gz, log, record};

async fn verified(scratch: &Scratch, source: &str) -> VerifyReport {
    verified_with(scratch, source, &Options::default()).await
}

async fn verified_with(scratch: &Scratch, source: &str, options: &Options) -> VerifyReport {
    verify(&scratch.store, &[Source::parse(source).unwrap()], options, &Silent).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_folder_verifies() {
    let scratch = Scratch::new().await;
    for day in 1..4 {
        scratch.write(&format!("2023/01/0{day}/a.json.gz"), gz(log((0..50).map(|id| record(100 * day + id, day)))));
    }
    scratch.write(
        "odd.json",
        log(["{\"eventName\":\"a\",\"eventSource\":\"b\"}".to_owned(), "{}".to_owned(), record(150, 1)]),
    );
    scratch.write("notes.txt", "nothing of ours");
    let imported = scratch.import(&scratch.logs()).await;
    let report = verified(&scratch, &scratch.logs()).await;
    assert_eq!((report.objects, report.bytes, report.json_bytes), (5, imported.bytes, imported.json_bytes));
    assert_eq!((report.records, report.matching, report.not_events), (imported.records, 152, 2));
    assert!(report.is_clean() && report.findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_in_the_store_is_missing_and_what_has_changed_differs() {
    let scratch = Scratch::new().await;
    let source = scratch.write("a.json", log((0..30).map(|id| record(id, 1))));
    scratch.import(&source).await;
    let with = |changed: &str| log((0..30).map(|id| record(id, 1)).chain([changed.to_owned()]));

    scratch.write("a.json", with(&record(77, 1)));
    let report = verified(&scratch, &source).await;
    assert_eq!((report.matching, report.missing, report.differing), (30, 1, 0));
    let finding = &report.findings[0];
    let offset = std::fs::read_to_string(&source).unwrap().find(&record(77, 1)).unwrap() as u64;
    assert_eq!((finding.index, finding.offset, finding.event_id.as_deref()), (Some(30), offset, Some("id-77")));
    assert!(finding.uri.ends_with("/a.json") && finding.what == "not in the store");

    scratch.write("a.json", log((0..30).map(|id| record(id, 1).replace("\"b7\"", "\"bucket\""))));
    let report = verified(&scratch, &source).await;
    assert_eq!((report.matching, report.missing, report.differing), (29, 0, 1));
    let at = record(7, 1).find("b7").unwrap() + 1;
    assert_eq!(report.findings[0].what, format!("the store's record differs from byte {at} on"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_data_file_is_found_though_the_ledger_knows_the_object() {
    let scratch = Scratch::new().await;
    let source = scratch.write("a.json", log((0..30).map(|id| record(id, 1 + id % 3))));
    scratch.import(&source).await;
    let snapshot = scratch.store.snapshot().await.unwrap();

    // The same store without one of its days.
    let other = Scratch::new().await;
    let mut transaction = other.store.snapshot().await.unwrap().begin();
    for file in snapshot.data_files().iter().skip(1) {
        let bytes = scratch.store.lake().storage().get_opts(&file.path, Default::default()).await.unwrap();
        let path = file.path.as_ref().replace(&scratch.store.id().to_string(), &other.store.id().to_string());
        let file = DataFile { path: path.into(), ..file.clone() };
        let bytes = bytes.bytes().await.unwrap();
        other.store.lake().storage().put_opts(&file.path, bytes.into(), Default::default()).await.unwrap();
        transaction.add(file);
    }
    assert!(matches!(transaction.commit().await.unwrap(), Commit::Done(_)));
    let report = verified(&other, &source).await;
    assert_eq!((report.matching, report.missing), (20, 10));
    assert!(report.findings.iter().all(|finding| finding.event_id.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indented_duplicate_matches_but_for_blanks() {
    let scratch = Scratch::new().await;
    let indented = record(1, 1).replace("\":", "\": ").replace(",\"", ",\n  \"");
    let source = scratch.write("a.json", log([record(1, 1), indented, record(1, 1)]));
    scratch.import(&source).await;
    let report = verified(&scratch, &source).await;
    assert_eq!((report.records, report.matching, report.matching_but_blanks), (3, 2, 1));
    assert!(report.is_clean() && report.findings.is_empty());

    let kept = Scratch::new().await;
    kept.import_with(&source, &Options { keep_duplicates: true, ..Options::default() }).await;
    assert_eq!(verified(&kept, &source).await.matching, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_and_unreadable_objects_count_as_in_the_import() {
    let scratch = Scratch::new().await;
    let whole = gz(log((0..2_000).map(|id| record(id, 1))));
    scratch.write("cut.json.gz", &whole[..whole.len() / 2]);
    scratch.write("head.json.gz", &whole[..12]);
    scratch.write("lines.jsonl", format!("{}\n{{\"broken\n{}\n", record(5_000, 1), record(5_001, 1)));
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", scratch.folder.path().join("logs/link.json")).unwrap();
    let imported = scratch.import(&scratch.logs()).await;
    let report = verified(&scratch, &scratch.logs()).await;
    assert_eq!((report.records, report.not_events), (imported.records, imported.rejects));
    assert_eq!((report.matching, report.objects_unreadable), (imported.events, imported.objects_unreadable));
    assert!(report.findings.iter().all(|finding| finding.what.starts_with("cannot be read")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_is_verified_piece_by_piece_and_in_small_batches() {
    let scratch = Scratch::new().await;
    let line = |id: u32| record(id, 1 + id % 28).replace("GetObject", &"x".repeat(4_000)) + "\n";
    let text: String = (0..8_500).map(line).collect();
    let source = scratch.write("a.jsonl", &text);
    scratch.import(&source).await;
    // A pipe is read as a large object is; with the least memory in several batches.
    let pipe = scratch.folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let target = pipe.clone();
    let changed = text.replacen("id-8499\"", "id-other\"", 1);
    let writer =
        std::thread::spawn(move || std::fs::File::create(target).unwrap().write_all(changed.as_bytes()).unwrap());
    let options = Options { memory_bytes: 0, ..Options::default() };
    let report = verified_with(&scratch, pipe.to_str().unwrap(), &options).await;
    writer.join().unwrap();
    assert_eq!((report.objects, report.records, report.matching, report.missing), (1, 8_500, 8_499, 1));
    let finding = &report.findings[0];
    assert_eq!((finding.index, finding.offset), (Some(8_499), text.find(&line(8_499)).unwrap() as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_array_is_verified_part_by_part() {
    let scratch = Scratch::new().await;
    let long = |id: u32| record(id, 1 + id % 3).replace("GetObject", &"x".repeat(9_000));
    let text = log((0..7_500).map(long));
    let source = scratch.write("a.json", &text);
    let imported = scratch.import(&source).await;
    let parts = scratch.objects().await.len() as u64;
    assert!(parts > 1);

    let report = verified(&scratch, &source).await;
    assert_eq!((report.objects, report.records, report.matching), (1, 7_500, 7_500));
    assert_eq!((report.bytes, report.json_bytes), (imported.bytes, imported.json_bytes));

    let changed = long(7_000).replace("\"b7000\"", "\"bucket\"");
    scratch.write("a.json", text.replacen(&long(7_000), &changed, 1));
    let report = verified(&scratch, &source).await;
    assert_eq!((report.matching, report.missing, report.differing), (7_499, 0, 1));
    let finding = &report.findings[0];
    let offset = text.find(&long(7_000)).unwrap() as u64;
    assert_eq!((finding.index, finding.offset, finding.event_id.as_deref()), (Some(7_000), offset, Some("id-7000")));
}
