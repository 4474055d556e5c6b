//! Queries within a limit of memory end, with the same answers.

use std::path::PathBuf;

use traillake::{ErrorKind, ImportOptions, Lake, LakeOptions, QueryOptions, Source};

use crate::ask::{ask, lake_of, rows};

/// Questions, memory that is too little for their hash tables and sorts and enough for them to go on on disk, and what
/// shows in the plan that answered them.
const QUESTIONS: [(&str, usize, &str); 4] = [
    // A hash table of all times, many times over, does not fit.
    (
        "WITH two AS (SELECT eventTime, 0 AS n FROM events UNION ALL SELECT eventTime, 1 FROM events), \
         four AS (SELECT * FROM two UNION ALL SELECT eventTime, n + 2 FROM two), \
         eight AS (SELECT * FROM four UNION ALL SELECT eventTime, n + 4 FROM four), \
         copies AS (SELECT * FROM eight UNION ALL SELECT eventTime, n + 8 FROM eight) \
         SELECT count(*), min(a.eventTime) FROM copies a JOIN copies b ON a.eventTime = b.eventTime AND a.n = b.n",
        1_500_000,
        "SortMergeJoinExec",
    ),
    (
        "SELECT eventID, eventTime, requestParameters FROM events ORDER BY requestID DESC, eventID",
        3_000_000,
        "SortExec",
    ),
    ("SELECT requestID, count(*), max(userIdentity.arn) FROM events GROUP BY 1 ORDER BY 1", 3_000_000, "AggregateExec"),
    (
        "SELECT eventID, requestParameters FROM (SELECT *, row_number() OVER (PARTITION BY requestID \
         ORDER BY eventTime, eventID) AS n FROM events) WHERE n = 1 ORDER BY 1",
        3_000_000,
        "BoundedWindowAggExec",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_goes_on_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().to_string_lossy().into_owned();
    let lake = Lake::open(&location).await.unwrap();
    let trail = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake.import("events", [Source::Directory(trail)]).await.unwrap();
    for (sql, memory_bytes, operator) in QUESTIONS {
        let options = LakeOptions { memory_bytes: Some(memory_bytes), ..LakeOptions::default() };
        let limited = Lake::open_with(&location, &options).await.unwrap();
        let mut results = limited.query(sql).await.unwrap();
        let rows = results.collect().await.unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
        assert!(results.plan().contains(operator), "{sql}\n{}", results.plan());
        let rows: usize = rows.iter().map(|batch| batch.num_rows()).sum();
        // A second try has not counted anything twice.
        assert_eq!(results.statistics().rows, rows as u64, "{sql}");
        assert_eq!(ask(&limited, sql).await, ask(&lake, sql).await, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_at_all_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().to_string_lossy().into_owned();
    let options = LakeOptions { memory_bytes: Some(1_000), ..LakeOptions::default() };
    let lake = Lake::open_with(&location, &options).await.unwrap();
    let trail = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake.import("events", [Source::Directory(trail)]).await.unwrap();
    let mut results = lake.query("SELECT eventID, eventJson FROM events ORDER BY requestID").await.unwrap();
    let error = traillake::Error::from(results.collect().await.unwrap_err());
    assert!(error.hint().is_some_and(|hint| hint.contains("--memory")), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Limit);
    // What was taken is given back.
    assert_eq!(ask(&lake, "SELECT count(*) FROM events").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_rows_come_than_are_wanted() {
    let trail = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    let (lake, _) = lake_of(&[trail], &ImportOptions::default()).await;
    let sorted = "SELECT eventID FROM events ORDER BY eventTime DESC, eventID";
    let all = ask(&lake, sorted).await;
    for (sql, rows_max, expected) in [
        (sorted, 3, &all[..3]),
        (sorted, 5_000, &all[..]),
        (sorted, 0, &[]),
        (&format!("{sorted} LIMIT 2"), 5, &all[..2]),
    ] {
        let options = QueryOptions { rows_max: Some(rows_max), ..QueryOptions::default() };
        let rows = rows(lake.query_with(sql, &options).await.unwrap()).await;
        assert_eq!(rows, expected, "{sql} {rows_max}");
    }
}
