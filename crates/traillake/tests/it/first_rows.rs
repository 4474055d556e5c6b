//! The first row of each group is found without sorting all rows.

use std::path::{Path, PathBuf};

use traillake::{ImportOptions, Lake};

use crate::ask::{ask, lake_of};

async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake_of(&[PathBuf::from(&trail)], &ImportOptions::default()).await.0
}

/// A question, the same one asked without numbering rows, and whether rows are left out before they are sorted.
const QUESTIONS: [(&str, &str, bool); 7] = [
    (
        "SELECT arn, eventName, eventID FROM (SELECT userIdentity.arn AS arn, eventName, eventID, \
         row_number() OVER (PARTITION BY userIdentity.arn, eventName ORDER BY eventTime, eventID) AS n FROM events) \
         WHERE n = 1",
        "SELECT userIdentity.arn, eventName, min_by(eventID, ROW(eventTime, eventID)) FROM events GROUP BY 1, 2",
        true,
    ),
    (
        "SELECT sourceIPAddress, requestParameters FROM (SELECT *, \
         row_number() OVER (PARTITION BY sourceIPAddress ORDER BY eventTime DESC, eventID DESC) AS n FROM events \
         WHERE eventName <> 'Decrypt') WHERE n <= 1",
        "SELECT sourceIPAddress, max_by(requestParameters, ROW(eventTime, eventID)) FROM events \
         WHERE eventName <> 'Decrypt' GROUP BY 1",
        true,
    ),
    (
        "WITH numbered AS (SELECT awsRegion, eventID, eventTime, row_number() OVER (PARTITION BY awsRegion \
         ORDER BY eventTime, eventID) AS n FROM events) \
         SELECT awsRegion, eventID FROM numbered WHERE 2 > n AND eventTime > timestamp '2000-01-01 00:00:00'",
        "SELECT awsRegion, min_by(eventID, ROW(eventTime, eventID)) FROM events GROUP BY 1",
        true,
    ),
    // Two of each group.
    (
        "SELECT eventName, count(*) FROM (SELECT eventName, row_number() OVER (PARTITION BY eventName ORDER BY eventTime) \
         AS n FROM events) WHERE n <= 2 GROUP BY 1",
        "SELECT eventName, least(count(*), 2) FROM events GROUP BY 1",
        false,
    ),
    // The rows that are left out are counted.
    (
        "SELECT eventName, total FROM (SELECT eventName, count(*) OVER (PARTITION BY eventName) AS total, \
         row_number() OVER (PARTITION BY eventName ORDER BY eventTime) AS n FROM events) WHERE n = 1",
        "SELECT eventName, count(*) FROM events GROUP BY 1",
        false,
    ),
    // Another number than the first.
    (
        "SELECT eventName, 1 FROM (SELECT eventName, row_number() OVER (PARTITION BY eventName ORDER BY eventTime) AS n \
         FROM events) WHERE n = 2",
        "SELECT eventName, 1 FROM events GROUP BY 1 HAVING count(*) >= 2",
        false,
    ),
    // All that are first together.
    (
        "SELECT eventSource, count(*) FROM (SELECT eventSource, rank() OVER (PARTITION BY eventSource \
         ORDER BY date_trunc('day', eventTime)) AS n FROM events) WHERE n = 1 GROUP BY 1",
        "SELECT eventSource, count(*) FROM events e JOIN (SELECT eventSource AS s, min(date_trunc('day', eventTime)) AS d \
         FROM events GROUP BY 1) ON eventSource = s AND date_trunc('day', eventTime) = d GROUP BY 1",
        false,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn first_rows_are_those_of_all_rows_sorted() {
    let lake = sample().await;
    for (numbered, grouped, leaves_out) in QUESTIONS {
        let plan = lake.query(numbered).await.unwrap_or_else(|error| panic!("{numbered}\n{error:?}")).plan();
        assert_eq!(plan.contains("FirstRowsExec"), leaves_out, "{numbered}\n{plan}");
        let (mut numbered_rows, mut grouped_rows) = (ask(&lake, numbered).await, ask(&lake, grouped).await);
        numbered_rows.sort();
        grouped_rows.sort();
        assert!(!numbered_rows.is_empty(), "{numbered}");
        assert_eq!(numbered_rows, grouped_rows, "{numbered}");
    }
}
