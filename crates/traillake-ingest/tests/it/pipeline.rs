//! Duplicates, the ledger, conflicts, batches.

use std::io::Write;

use traillake_ingest::{Options, SkipReason, Source, import};

use crate::lake::Scratch;

pub(crate) fn record(id: u32, day: u32) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2023-01-{day:02}T10:00:00Z\",\"eventSource\":\"s3.amazonaws.com\",\
         \"eventName\":\"GetObject\",\"eventID\":\"id-{id}\",\"requestParameters\":{{\"bucketName\":\"b{id}\"}}}}"
    )
}

pub(crate) fn log(records: impl IntoIterator<Item = String>) -> String {
    format!("{{\"Records\":[{}]}}", records.into_iter().collect::<Vec<_>>().join(","))
}

pub(crate) fn gz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_imported_once_and_an_event_counted_once() {
    let scratch = Scratch::new().await;
    scratch.write("2023/01/01/a.json.gz", gz(log((0..10).map(|id| record(id, 1)))));
    scratch.write("2023/01/02/b.json", log((5..15).map(|id| record(id, 1))));
    let first = scratch.import(&scratch.logs()).await;
    assert_eq!((first.objects, first.records, first.events, first.duplicates), (2, 20, 15, 5));
    assert_eq!(scratch.rows().await, 15);

    let again = scratch.import(&scratch.logs()).await;
    assert_eq!((again.objects, again.objects_already_imported, again.records), (2, 2, 0));
    assert!(again.versions.is_empty());

    // The same events elsewhere: duplicates of what the store has, read back from its files.
    let copy = scratch.write("copy.json", log((0..20).map(|id| record(id, 1))));
    let third = scratch.import(&copy).await;
    assert_eq!((third.events, third.duplicates), (5, 15));
    // A changed object at the same place is another object.
    scratch.write("copy.json", log((0..21).map(|id| record(id, 1))));
    let fourth = scratch.import(&copy).await;
    assert_eq!((fourth.objects_already_imported, fourth.events, fourth.duplicates), (0, 1, 20));
    assert_eq!(scratch.rows().await, 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_same_id_with_the_same_content_is_a_duplicate() {
    let scratch = Scratch::new().await;
    let bare = |id: &str| format!("{{\"eventName\":\"a\",\"eventSource\":\"b\"{id}}}");
    let with_other_content = record(1, 1).replace("GetObject", "PutObject");
    let records = vec![
        record(1, 1),
        record(1, 1),
        with_other_content,
        bare(""),
        bare(""),
        bare(",\"eventID\":\"\""),
        bare(",\"eventID\":\"\""),
        bare(",\"eventID\":\"x\""),
        bare(",\"eventID\":\"x\""),
    ];
    let path = scratch.write("a.json", log(records));
    let report = scratch.import(&path).await;
    assert_eq!((report.events, report.duplicates), (7, 2));
    let days = scratch.rows_by_day().await;
    assert_eq!(days.into_iter().collect::<Vec<_>>(), [(None, 5), (Some("2023-01-01".to_owned()), 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_kept_when_asked_but_objects_still_come_once() {
    let scratch = Scratch::new().await;
    let path = scratch.write("a.json", log([record(1, 1), record(1, 1)]));
    let options = Options { keep_duplicates: true, ..Options::default() };
    let report = scratch.import_with(&path, &options).await;
    assert_eq!((report.events, report.duplicates), (2, 0));
    let again = scratch.import_with(&path, &options).await;
    assert_eq!((again.events, again.objects_already_imported), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_depends_on_neither_batches_nor_workers() {
    let mut outcomes = Vec::new();
    for (workers, batch_bytes) in [(1, u64::MAX), (1, 1), (8, 1), (8, 20_000)] {
        let scratch = Scratch::new().await;
        for file in 0..40 {
            let day = 1 + file % 5;
            let name = format!("2023/01/{day:02}/{file:02}.json.gz");
            scratch.write(&name, gz(log((file * 7..file * 7 + 10).map(|id| record(id, 1 + id % 5)))));
        }
        let options = Options { workers, batch_bytes, ..Options::default() };
        let report = scratch.import_with(&scratch.logs(), &options).await;
        let mut objects = scratch.objects().await;
        let counts: Vec<_> = objects
            .iter_mut()
            .map(|object| (object.uri.rsplit('/').next().unwrap().to_owned(), object.events, object.duplicates))
            .collect();
        outcomes.push((report.events, report.duplicates, scratch.rows_by_day().await, counts));
    }
    assert_eq!((outcomes[0].0, outcomes[0].1), (283, 117));
    for outcome in &outcomes[1..] {
        assert_eq!(outcome, &outcomes[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_the_same_time_count_every_event_once() {
    let scratch = Scratch::new().await;
    for file in 0..12u32 {
        scratch.write(&format!("{file:02}.json"), log((file * 5..file * 5 + 10).map(|id| record(id, 1))));
    }
    let source = [Source::parse(&scratch.logs()).unwrap()];
    let options = Options { batch_bytes: 1, workers: 1, ..Options::default() };
    let (first, second) = tokio::join!(
        import(&scratch.store, &source, &options, &Silent),
        import(&scratch.store, &source, &options, &Silent),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.events + second.events, 65);
    assert_eq!(scratch.rows().await, 65);
    assert_eq!(first.objects_already_imported + second.objects_already_imported, 12);
}

pub(crate) struct Silent;

impl traillake_ingest::Observer for Silent {
    fn listed(&self, _objects: u64, _bytes: u64) {}
    fn progressed(&self, _progress: traillake_ingest::Progress) {}
    fn committed(&self, _version: u64) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_inside_the_source_does_not_import_itself() {
    let scratch = Scratch::new().await;
    scratch.write("a.json", log([record(1, 1)]));
    let source = scratch.folder.path().to_str().unwrap().to_owned();
    let first = scratch.import(&source).await;
    let second = scratch.import(&source).await;
    assert_eq!((first.objects, second.objects, second.objects_already_imported), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_keep_what_came_before() {
    let scratch = Scratch::new().await;
    let whole = gz(log((0..2_000).map(|id| record(id, 1))));
    let cut = scratch.write("cut.json.gz", &whole[..whole.len() / 2]);
    let report = scratch.import(&cut).await;
    assert!(report.events > 100 && report.events < 2_000);
    assert_eq!((report.rejects, report.records), (1, report.events + 1));
    let reject = &report.rejected[0];
    assert_eq!(reject.expected, "a whole gzip stream");
    assert!(reject.json_path.starts_with("Records["), "{}", reject.json_path);

    let empty = scratch.write("head.json.gz", &whole[..12]);
    let report = scratch.import(&empty).await;
    assert_eq!((report.records, report.rejects), (1, 1));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_file_is_a_reject_and_is_tried_again() {
    let scratch = Scratch::new().await;
    scratch.write("good.json", log([record(1, 1)]));
    let target = scratch.folder.path().join("later.json");
    std::os::unix::fs::symlink(&target, scratch.folder.path().join("logs/link.json")).unwrap();
    let report = scratch.import(&scratch.logs()).await;
    assert_eq!((report.objects, report.events, report.rejects, report.objects_unreadable), (2, 1, 1, 1));
    std::fs::write(&target, log([record(2, 1)])).unwrap();
    let report = scratch.import(&scratch.logs()).await;
    assert_eq!((report.objects_already_imported, report.events, report.rejects), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indented_copy_is_a_duplicate_and_another_content_is_none() {
    let scratch = Scratch::new().await;
    let indented = record(1, 1).replace("\":", "\": ").replace(",\"", ",\n  \"");
    let other = record(1, 1).replace("GetObject", "PutObject");
    let report = scratch.import(&scratch.write("a.json", log([record(1, 1), indented, other]))).await;
    assert_eq!((report.records, report.events, report.duplicates), (3, 2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_holds_something_else_is_one_reject_and_a_stray_file_is_none() {
    let scratch = Scratch::new().await;
    scratch.write("a.json", log([record(1, 1)]));
    scratch.write("error.json.gz", "<Error><Code>AccessDenied</Code></Error>");
    scratch.write("zeros.json", [0_u8; 64]);
    scratch.write("README.md", "# About these logs");
    let report = scratch.import(&scratch.logs()).await;
    assert_eq!((report.records, report.events, report.rejects), (4, 1, 2));
    assert_eq!(report.skipped.into_iter().collect::<Vec<_>>(), [(SkipReason::NotJson, 1)]);
    let error = report.rejected.iter().find(|reject| reject.uri.ends_with("error.json.gz")).unwrap();
    assert_eq!((error.expected.as_str(), error.raw.len()), ("JSON, as the name says", 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_read_as_text_and_as_json() {
    let scratch = Scratch::new().await;
    scratch.write("a.json", log([record(1, 1), "{}".to_owned()]));
    scratch.write("empty.json", "");
    scratch.write("image.png", b"\x89PNG\r\n");
    let report = scratch.import(&scratch.logs()).await;
    assert_eq!(report.skipped.into_iter().collect::<Vec<_>>(), [(SkipReason::EmptyFile, 1), (SkipReason::NotJson, 1)]);

    let report = scratch.import(&scratch.write("b.json", log(["{}".to_owned()]))).await;
    let text = report.to_string();
    assert!(
        text.contains("rejects") && text.contains("Records[0]: expected a record with text \"eventName\""),
        "{text}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((json["rejects"].as_u64(), json["rejected"][0]["index"].as_u64()), (Some(1), Some(0)));
    assert!(json["elapsed_seconds"].is_f64());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_is_one_object() {
    let scratch = Scratch::new().await;
    let pipe = scratch.write("pipe", "");
    std::fs::remove_file(&pipe).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let bytes = gz((0..50).map(|id| record(id, 1) + "\n").collect::<String>());
    for (events, known) in [(50, 0), (0, 1)] {
        let (target, bytes) = (pipe.clone(), bytes.clone());
        let writer = std::thread::spawn(move || std::fs::write(target, bytes).unwrap());
        let report = scratch.import(&pipe).await;
        writer.join().unwrap();
        assert_eq!((report.objects, report.events, report.objects_already_imported), (1, events, known));
        assert_eq!(report.bytes, gz((0..50).map(|id| record(id, 1) + "\n").collect::<String>()).len() as u64);
    }
}
