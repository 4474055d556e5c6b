//! A store's own hot keys: the same answers, with fewer bytes.

use traillake::{Changes, CompactionOptions, ImportOptions, Lake, QueryStatistics, Scope};
use traillake_testkit::trail::Trail;

use crate::ask::{Rows, lake_of, rows};

/// Questions about `requestParameters.key`, a key that has no column unless a store is told so.
const QUESTIONS: &[&str] = &[
    "SELECT count(*) FROM events WHERE element_at(requestParameters, 'key') LIKE '%1%'",
    "SELECT element_at(requestParameters, 'key'), count(*) FROM events GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
    "SELECT eventID FROM events WHERE requestParameters['key'] IS NOT NULL ORDER BY 1",
    "SELECT count(*) FROM events WHERE json_extract_scalar(CAST(requestParameters AS json), '$.key') LIKE '%2%'",
    "SELECT requestParameters FROM events WHERE element_at(requestParameters, 'key') IS NOT NULL ORDER BY eventID",
    "SELECT max(element_at(requestParameters, 'key')) FROM events WHERE element_at(requestParameters, 'bucketName') IS NULL",
];

async fn answers(lake: &Lake) -> (Vec<Rows>, QueryStatistics) {
    let mut all = Vec::new();
    for sql in QUESTIONS {
        all.push(rows(lake.query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error:?}"))).await);
    }
    let mut counted = lake.query(QUESTIONS[0]).await.unwrap();
    counted.collect().await.unwrap();
    (all, counted.statistics())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_stay_the_same_while_files_get_a_column() {
    let folder = tempfile::tempdir().unwrap();
    Trail::new(5).events(3_000).days(2).incidents(true).build().write_to(folder.path()).unwrap();
    let (lake, _) = lake_of(&[folder.path().join("AWSLogs")], &ImportOptions::default()).await;
    let (expected, before) = answers(&lake).await;
    assert!(expected.iter().all(|rows| !rows.is_empty()));

    // The files have no such column yet.
    let store = lake.event_data_store("events").await.unwrap();
    let hot_keys = vec!["requestParameters.key".parse().unwrap()];
    let store = store.update(Changes { hot_keys, ..Changes::default() }).await.unwrap();
    assert_eq!(answers(&lake).await.0, expected);

    // Half of them have it.
    let copy = folder.path().join("more.json");
    std::fs::write(&copy, r#"{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventTime":"2020-01-01T00:00:00Z","eventID":"zz","requestParameters":{"bucketName":"b","key":"none"}}]}"#).unwrap();
    let source = traillake::Source::parse(&copy.to_string_lossy()).unwrap();
    lake.import("events", [source]).await.unwrap();
    let (with_more, _) = answers(&lake).await;
    assert_eq!(with_more[0], expected[0]);
    assert_eq!(with_more[2].len(), expected[2].len() + 1);

    // All of them have it.
    let options = CompactionOptions { scope: Scope::HotKeys, ..CompactionOptions::default() };
    assert_eq!(store.compact(options, &mut |_| ()).await.unwrap().files_before, 2);
    let (after, fewer) = answers(&lake).await;
    assert_eq!(after, with_more);
    println!("{} bytes before, {} after", before.bytes_scanned, fewer.bytes_scanned);
    assert!(fewer.bytes_scanned * 2 < before.bytes_scanned, "{before:?}\n{fewer:?}");
}
