//! The newest and the oldest events are found in the newest and oldest files, and maps are made of these alone.

use std::path::{Path, PathBuf};

use traillake::{ImportOptions, Lake};

use crate::ask::{ask, lake_of};

/// Events of some days in files of their own, and some without a time.
async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    let folder = tempfile::tempdir().unwrap();
    let timeless = folder.path().join("timeless.json");
    let record = |id| {
        format!(r#"{{"eventName":"A","eventSource":"b","eventID":"{id}","requestParameters":{{"bucketName":"x"}}}}"#)
    };
    std::fs::write(&timeless, format!("[{},{}]", record(1), record(2))).unwrap();
    lake_of(&[PathBuf::from(&trail), timeless], &ImportOptions::default()).await.0
}

/// A question without its limit, the limit, whether the log says how old or new an event may be, and whether something
/// is made of the rows that stay alone.
const QUESTIONS: [(&str, &str, bool, bool); 11] = [
    (
        "SELECT eventTime, eventID, requestParameters FROM events ORDER BY eventTime DESC, eventID",
        "LIMIT 5",
        true,
        true,
    ),
    (
        "SELECT eventID, resources, requestParameters FROM events ORDER BY eventTime, eventID DESC",
        "LIMIT 7",
        true,
        true,
    ),
    ("SELECT eventID, userIdentity FROM events ORDER BY eventTime DESC, eventID", "OFFSET 3 LIMIT 4", true, true),
    (
        "SELECT t.id FROM (SELECT eventID AS id, eventTime AS at FROM events) t ORDER BY t.at DESC, t.id",
        "LIMIT 9",
        true,
        false,
    ),
    ("SELECT * FROM events ORDER BY eventTime DESC, eventID", "LIMIT 2", true, true),
    (
        "SELECT eventID, element_at(requestParameters, 'bucketName') AS bucket, requestParameters FROM events \
         ORDER BY 2 DESC, 1",
        "LIMIT 3",
        false,
        true,
    ),
    // The order itself reads what is made.
    ("SELECT eventID, resources FROM events ORDER BY cardinality(resources), eventID", "LIMIT 6", false, false),
    // Not all events are asked for, or those without a time first, or as many as there are.
    (
        "SELECT eventID FROM events WHERE eventName LIKE 'Get%' ORDER BY eventTime DESC, eventID",
        "LIMIT 5",
        false,
        false,
    ),
    ("SELECT eventID FROM events ORDER BY eventTime DESC NULLS FIRST, eventID", "LIMIT 5", false, false),
    ("SELECT eventID FROM events ORDER BY eventTime DESC, eventID", "LIMIT 1000000", false, false),
    ("SELECT eventID FROM events ORDER BY eventName, eventTime DESC, eventID", "LIMIT 5", false, false),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_first_rows_of_an_order_are_those_of_all_rows() {
    let lake = sample().await;
    for (question, limit, is_bounded, is_late) in QUESTIONS {
        let limited = format!("{question} {limit}");
        let plan = lake.query(&limited).await.unwrap_or_else(|error| panic!("{limited}\n{error:?}")).plan();
        assert_eq!(plan.contains("LateProjectionExec"), is_late, "{limited}\n{plan}");
        let has_bound = ["eventTime@", "eventtime@"].iter().any(|column| {
            let mut behind = plan.split(column).skip(1);
            behind
                .any(|behind| [" >= ", " <= "].iter().any(|than| behind.split_at(behind.len().min(6)).0.contains(than)))
        });
        assert_eq!(has_bound, is_bounded, "{limited}\n{plan}");
        let number = |word: &str| {
            let words: Vec<&str> = limit.split(' ').collect();
            let place = words.iter().position(|is| *is == word)?;
            words[place + 1].parse::<usize>().ok()
        };
        let all = ask(&lake, question).await.into_iter();
        let expected: Vec<_> = all.skip(number("OFFSET").unwrap_or(0)).take(number("LIMIT").unwrap()).collect();
        assert!(!expected.is_empty(), "{limited}");
        assert_eq!(ask(&lake, &limited).await, expected, "{limited}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_a_time_come_last() {
    let lake = sample().await;
    let all: usize = ask(&lake, "SELECT count(*) FROM events").await[0][0].as_ref().unwrap().parse().unwrap();
    let sql = |limit| format!("SELECT eventTime, eventID FROM events ORDER BY eventTime DESC, eventID LIMIT {limit}");
    let nulls = |rows: &[Vec<Option<String>>]| rows.iter().filter(|row| row[0].is_none()).count();
    for (limit, timeless) in [(all - 2, 0), (all - 1, 1), (all, 2), (all + 9, 2)] {
        let rows = ask(&lake, &sql(limit)).await;
        assert_eq!((rows.len(), nulls(&rows)), (limit.min(all), timeless), "{limit}");
    }
}
