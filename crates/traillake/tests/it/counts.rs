//! Counts by columns of few values are those of the rows, and read no rows.

use std::path::{Path, PathBuf};

use traillake::{ImportOptions, Lake};

use crate::ask::{ask, lake_of};

/// What is grouped by, under which condition, and whether combinations of values answer that.
const QUESTIONS: [(&[&str], &str, bool); 25] = [
    (&["eventSource"], "true", true),
    (&["eventName", "errorCode"], "errorCode IS NOT NULL", true),
    (&["eventName", "errorCode"], "errorCode IS NULL OR eventName LIKE 'Get%'", true),
    (&["lower(awsRegion)"], "awsRegion <> 'us-east-1'", true),
    (&["userIdentity.type"], "userIdentity.type IN ('Root', 'AssumedRole')", true),
    (&["userIdentity.sessionContext.sessionIssuer.arn"], "eventSource = 's3.amazonaws.com'", true),
    (&["userAgent"], "userAgent LIKE '%aws%'", true),
    (&["date_trunc('hour', eventTime)"], "true", true),
    (&["date_trunc('day', eventTime)", "recipientAccountId"], "errorCode IS NOT NULL", true),
    (&["date_trunc('day', eventTime)", "date_trunc('minute', eventTime)"], "true", true),
    (&["eventName"], "eventName = 'no such name'", true),
    (&["eventName"], "eventTime > timestamp '2000-01-01 00:00:00'", true),
    (&["eventName"], "eventTime < timestamp '2000-01-01 00:00:00'", true),
    (
        &["eventName", "awsRegion", "errorCode"],
        "eventTime BETWEEN '2026-03-02 09:00:00' AND '2026-03-03 10:30:00'",
        true,
    ),
    (&["date_trunc('hour', eventTime)"], "eventTime >= '2026-03-02 09:30:00' AND eventName <> 'Decrypt'", true),
    // Conditions on several columns, each of which leaves few rows.
    (&["eventName", "errorCode", "awsRegion"], "errorCode LIKE 'Access%' AND awsRegion <> 'eu-west-1'", true),
    (&["date_trunc('hour', eventTime)", "errorCode"], "errorCode IS NOT NULL AND eventName LIKE 'D%'", true),
    (&["date_trunc('minute', eventTime)", "userIdentity.arn"], "userIdentity.type = 'Root'", true),
    // The time is read whole, or cut more finely than is counted.
    (&["date_trunc('second', eventTime)", "eventName"], "errorCode IS NOT NULL", false),
    (&["eventTime"], "true", false),
    (&["eventName"], "eventTime > timestamp '2000-01-01 00:00:00' OR errorCode IS NULL", false),
    (&["date_trunc('month', eventTime)"], "true", false),
    // More columns than are counted together, no text, another answer for each row.
    (&["eventName", "eventSource", "awsRegion", "errorCode"], "true", false),
    (&["readOnly"], "true", false),
    (&["eventName"], "random() < 2", false),
];

async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake_of(&[PathBuf::from(&trail)], &ImportOptions::default()).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn combinations_give_the_counts_of_the_rows() {
    let lake = sample().await;
    for (groups, condition, counted) in QUESTIONS {
        let places = (1..=groups.len()).map(|place| place.to_string()).collect::<Vec<_>>().join(", ");
        let (all, first) = (groups.join(", "), groups[0]);
        let sql = |counts: &str| {
            format!("SELECT {all}, {counts} FROM events WHERE {condition} GROUP BY {places} ORDER BY {places}")
        };
        let by_count = sql(&format!("count(*), count({first}), min({first})"));
        // Ids are no column of few values.
        let by_row = sql(&format!(
            "cardinality(array_agg(eventID)), \
             cardinality(filter(array_agg({first}), value -> value IS NOT NULL)), min({first})"
        ));
        let plan = lake.query(&by_count).await.unwrap().plan();
        assert_eq!(plan.contains("CountExec"), counted, "{by_count}\n{plan}");
        assert_eq!(ask(&lake, &by_count).await, ask(&lake, &by_row).await, "{by_count}");
    }
}

/// Joins of `a` and `b`, and whether one side is read as combinations.
const JOINS: [(&str, bool); 6] = [
    ("a JOIN b ON a.k = b.k", true),
    ("b JOIN a ON a.k = b.k AND b.n <> a.n", true),
    ("(SELECT k, n, eventID FROM a WHERE n LIKE 'A%') a JOIN (SELECT * FROM b WHERE e IS NULL) b ON a.k = b.k", true),
    ("a LEFT JOIN b ON a.k = b.k", false),
    ("a JOIN b ON a.k = b.k AND a.eventID <> b.eventID", false),
    ("a JOIN b ON a.k = b.k AND random() + length(a.n) + length(b.n) > 0", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_side_of_a_join_counts_as_often_as_it_stands_there() {
    let lake = sample().await;
    let named = "SELECT userIdentity.accessKeyId AS k, eventName AS n, errorCode AS e, eventID FROM events";
    for (join, counted) in JOINS {
        let sql = |counts: &str| {
            format!("WITH a AS ({named}), b AS ({named}) SELECT b.n, {counts} FROM {join} GROUP BY b.n ORDER BY b.n")
        };
        let by_count = sql("count(*), count(b.e), count(a.eventID), min(b.e)");
        let by_row = sql("cardinality(array_agg(ROW(a.eventID, b.eventID))), \
             cardinality(filter(array_agg(ROW(b.e, b.eventID)[1]), value -> value IS NOT NULL)), \
             cardinality(filter(array_agg(ROW(a.eventID, b.eventID)[1]), value -> value IS NOT NULL)), min(b.e)");
        let plan = lake.query(&by_count).await.unwrap().plan();
        assert_eq!(plan.contains("CountExec"), counted, "{by_count}\n{plan}");
        let rows = ask(&lake, &by_count).await;
        assert!(rows.len() > 1, "{by_count}");
        assert_eq!(rows, ask(&lake, &by_row).await, "{by_count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_ways_to_count_all_rows_stand_beside_each_other() {
    let lake = sample().await;
    let sql = "SELECT eventSource, count(*), count('x'), count(2), count(NULL) FROM events GROUP BY 1";
    let rows = ask(&lake, sql).await;
    assert!(rows.len() > 1);
    for row in rows {
        assert_eq!((&row[1], &row[1]), (&row[2], &row[3]));
        assert_eq!(row[4].as_deref(), Some("0"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_count_as_none() {
    let lake = sample().await;
    let sql = "SELECT count(*), count(errorCode), max(awsRegion) FROM events WHERE eventName = 'no such name'";
    let plan = lake.query(sql).await.unwrap().plan();
    assert!(plan.contains("CountExec") || plan.contains("EmptyExec"), "{plan}");
    assert_eq!(ask(&lake, sql).await, [[Some("0".to_owned()), Some("0".to_owned()), None]]);
}

/// Counts by one column, or by a unit of time, with what the time is to be; and whether data files keep them.
const KEPT: [(&str, &str, bool); 9] = [
    ("eventSource", "true", true),
    ("errorCode", "true", true),
    ("userAgent", "userAgent LIKE '%aws%'", true),
    ("date_trunc('minute', eventTime)", "true", true),
    ("date_trunc('hour', eventTime)", "true", true),
    ("date_trunc('day', eventTime)", "true", true),
    ("awsRegion", "eventTime >= timestamp '2000-01-01 00:00:00'", true),
    // Of one day only a part.
    ("awsRegion", "eventTime < timestamp '2026-03-03 10:30:30'", false),
    ("date_trunc('minute', eventTime)", "eventTime >= timestamp '2026-03-03 10:30:30'", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_data_files_have_counted_is_not_read() {
    let lake = sample().await;
    let store = lake.event_data_store("events").await.unwrap();
    for compacted in [false, true] {
        for (group, condition, kept) in KEPT {
            let sql =
                |counts: &str| format!("SELECT {group}, {counts} FROM events WHERE {condition} GROUP BY 1 ORDER BY 1");
            let mut results = lake.query(&sql("count(*)")).await.unwrap();
            results.collect().await.unwrap();
            let read = results.statistics().events_scanned;
            assert_eq!(read == 0, kept, "{group}, {condition}, compacted: {compacted}: {read} events read");
            let by_row = ask(&lake, &sql("cardinality(array_agg(eventID))")).await;
            assert!(by_row.len() > 1, "{group}, {condition}");
            assert_eq!(ask(&lake, &sql("count(*)")).await, by_row, "{group}, {condition}, compacted: {compacted}");
        }
        store.compact(traillake::CompactionOptions::default(), &mut |_| ()).await.unwrap();
    }
}
