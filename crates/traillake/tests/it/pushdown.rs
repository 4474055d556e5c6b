//! A question about a struct leaf or a map key reads flat columns only, and only what can match.

use std::path::{Path, PathBuf};

use traillake::{ImportOptions, Lake, QueryOptions, QueryStatistics};
use traillake_testkit::trail::Trail;

use crate::ask::{ask, lake_of, rows};

async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake_of(&[PathBuf::from(&trail)], &ImportOptions::default()).await.0
}

/// The columns that the scan of a query reads or filters on, its predicate included.
async fn scan_of(lake: &Lake, sql: &str) -> String {
    let results = lake.query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
    let plan = results.plan();
    let scans: Vec<_> =
        plan.lines().filter(|line| line.contains("DataSourceExec") || line.contains("CountExec")).collect();
    assert!(!scans.is_empty(), "{sql} scans nothing:\n{plan}");
    assert!(!plan.contains("trail_"), "{sql} keeps a whole struct or map:\n{plan}");
    scans.join("\n")
}

async fn statistics_of(lake: &Lake, sql: &str) -> QueryStatistics {
    let mut results = lake.query(sql).await.unwrap();
    results.collect().await.unwrap();
    results.statistics()
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_and_keys_reach_their_flat_columns() {
    let lake = sample().await;
    for (sql, column) in [
        ("SELECT eventName FROM events WHERE userIdentity.arn LIKE '%user/deploy-ci'", "userIdentity_arn"),
        (
            "SELECT eventName FROM events WHERE userIdentity.sessionContext.sessionIssuer.arn LIKE 'arn:%'",
            "userIdentity_sessionContext_sessionIssuer_arn",
        ),
        (
            "SELECT eventName FROM events WHERE element_at(requestParameters, 'bucketName') = 'example-refund-3333'",
            "requestParameters_bucketName",
        ),
        (
            "SELECT eventName FROM events WHERE requestParameters['bucketName'] IN ('example-refund-3333', 'y')",
            "requestParameters_bucketName",
        ),
        ("SELECT userIdentity.type, count(*) FROM events GROUP BY 1", "userIdentity_type"),
        (
            "SELECT eventTime, userIdentity.userName FROM events ORDER BY eventTime DESC LIMIT 5",
            "userIdentity_userName",
        ),
        ("SELECT eventName FROM events WHERE tlsDetails IS NOT NULL", "objects"),
        (
            "WITH calls AS (SELECT userIdentity AS who, eventName FROM events) SELECT who.arn FROM calls WHERE who.type = 'Root'",
            "userIdentity_arn",
        ),
        (
            "SELECT a.eventID FROM events a JOIN events b ON a.userIdentity.accessKeyId = b.userIdentity.accessKeyId \
             WHERE b.eventName = 'GetObject'",
            "userIdentity_accessKeyId",
        ),
        (
            "SELECT userIdentity.arn, row_number() OVER (PARTITION BY userIdentity.arn ORDER BY eventTime) FROM events",
            "userIdentity_arn",
        ),
        (
            "SELECT userIdentity.arn FROM events UNION ALL SELECT userIdentity.principalId FROM events",
            "userIdentity_principalId",
        ),
        (
            "SELECT eventName FROM events WHERE userIdentity.inScopeOf.credentialsIssuedTo LIKE '%x'",
            "userIdentity_inScopeOf_credentialsIssuedTo",
        ),
    ] {
        let scan = scan_of(&lake, sql).await;
        assert!(scan.contains(column), "{sql}\ndoes not read {column}:\n{scan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_a_leaf_prunes_with_bounds_and_bloom_filters() {
    let lake = sample().await;
    let scan =
        scan_of(&lake, "SELECT eventName FROM events WHERE userIdentity.accessKeyId = 'AKIAW7TDYGFVJEXAMPLE'").await;
    assert!(scan.contains("pruning_predicate=") && scan.contains("userIdentity_accessKeyId_min"), "{scan}");
    assert!(scan.contains("required_guarantees=[userIdentity_accessKeyId in (AKIAW7TDYGFVJEXAMPLE)]"), "{scan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_a_hot_key_reads_a_quarter_of_what_the_whole_object_costs() {
    // Large enough that the columns, not the smallest possible read, decide what is read. Counting reads the
    // filter's column alone; any other column's pages would hide the difference.
    let folder = tempfile::tempdir().unwrap();
    Trail::new(11).events(12_000).days(2).incidents(true).build().write_to(folder.path()).unwrap();
    let (lake, _) = lake_of(&[folder.path().join("AWSLogs")], &ImportOptions::default()).await;
    let count =
        |condition: &str| format!("SELECT count(*) FROM events WHERE element_at(requestParameters, {condition}");
    let hot = statistics_of(&lake, &count("'bucketName') = 'example-refund-3333'")).await;
    let cold = statistics_of(&lake, &count("'key') || '' = 'no such object'")).await;
    println!("hot key: {} bytes, other key: {} bytes", hot.bytes_scanned, cold.bytes_scanned);
    assert!(hot.bytes_scanned > 0 && hot.bytes_scanned * 4 < cold.bytes_scanned, "{hot:?}\n{cold:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_opens_the_files_of_that_day_alone() {
    let lake = sample().await;
    let day = "eventTime >= '2026-03-02 00:00:00' AND eventTime < '2026-03-03'";
    let statistics = statistics_of(&lake, &format!("SELECT eventID FROM events WHERE {day}")).await;
    assert_eq!((statistics.files, statistics.files_pruned), (3, 2), "{statistics:?}");
}

/// Every way to say "on 2 March 2026".
const ONE_DAY: &[&str] = &[
    "eventTime BETWEEN '2026-03-02' AND '2026-03-02 23:59:59'",
    "eventTime BETWEEN timestamp '2026-03-02 00:00:00' AND timestamp '2026-03-02 23:59:59.999'",
    "eventTime > '2026-03-01 23:59:59.999' AND eventTime <= '2026-03-02 23:59:59'",
    "'2026-03-02' <= eventTime AND '2026-03-03' > eventTime",
    "date(eventTime) = date '2026-03-02'",
    "date(eventTime) = '2026-03-02'",
    "date(eventTime) BETWEEN date '2026-03-02' AND date '2026-03-02'",
    "date(eventTime) IN (date '2026-03-02')",
    "CAST(eventTime AS date) = date '2026-03-02'",
    "CAST(eventTime AS date) > date '2026-03-01' AND CAST(eventTime AS date) < date '2026-03-03'",
    "CAST(eventTime AS date) = CAST('2026-03-02' AS date)",
    "date_trunc('day', eventTime) = timestamp '2026-03-02 00:00:00'",
    "date_trunc('day', eventTime) = '2026-03-02'",
    "date_trunc('hour', eventTime) >= timestamp '2026-03-02 00:00:00' AND date_trunc('hour', eventTime) < timestamp '2026-03-03 00:00:00'",
    "eventTime >= from_iso8601_timestamp('2026-03-02T00:00:00Z') AND eventTime < from_iso8601_timestamp('2026-03-03T00:00:00Z')",
    "eventTime >= from_iso8601_timestamp('2026-03-02T02:00:00+02:00') AND eventTime < from_iso8601_date('2026-03-03')",
    "eventTime >= date_parse('2026/03/02', '%Y/%m/%d') AND eventTime < date_add('day', 1, date '2026-03-02')",
    "eventTime >= timestamp '2026-03-03 00:00:00' - interval '1' day AND eventTime < timestamp '2026-03-03 00:00:00'",
    "eventTime >= timestamp '2026-03-02 00:00:00 UTC' AND eventTime < timestamp '2026-03-03 00:00:00 UTC'",
    "eventTime >= CAST('2026-03-02' AS timestamp) AND eventTime < TRY_CAST('2026-03-03' AS timestamp)",
    "eventTime >= from_unixtime(1772409600) AND eventTime < from_unixtime(1772496000)",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_name_a_day_opens_the_files_of_that_day_alone() {
    let lake = sample().await;
    let day = "SELECT count(*) FROM events WHERE CAST(eventTime AS varchar) LIKE '2026-03-02%'";
    let expected = rows(lake.query(day).await.unwrap()).await;
    let mut wrong = Vec::new();
    for condition in ONE_DAY {
        let sql = format!("SELECT count(*) FROM events WHERE {condition}");
        let mut results = match lake.query(&sql).await {
            Ok(results) => results,
            Err(error) => {
                wrong.push(format!("{condition}: {error}"));
                continue;
            }
        };
        let plan = results.plan();
        let batches = results.collect().await.unwrap();
        let (answer, statistics) = (crate::ask::texts(&batches[0]), results.statistics());
        if answer != expected {
            wrong.push(format!("{condition}: {answer:?} instead of {expected:?}"));
        }
        if (statistics.files, statistics.files_pruned) != (3, 2) {
            wrong
                .push(format!("{condition}: {} of {} files pruned\n{plan}", statistics.files_pruned, statistics.files));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_that_move_with_the_clock_prune_as_well() {
    let lake = sample().await;
    // The sample is of the past, whenever this runs.
    for condition in [
        "eventTime > now() - interval '1' day",
        "eventTime > current_timestamp - interval '2' hour",
        "eventTime >= date_add('day', -1, now())",
        "eventTime >= date_add('hour', -3, current_timestamp)",
        "date(eventTime) >= current_date",
        "eventTime >= date_trunc('day', now())",
        "eventTime > localtimestamp - interval '1' day",
        "eventTime > CAST(current_date AS timestamp)",
    ] {
        let statistics = statistics_of(&lake, &format!("SELECT eventID FROM events WHERE {condition}")).await;
        assert_eq!((statistics.files, statistics.files_pruned), (3, 3), "{condition}: {statistics:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_on_leaves_and_keys_become_bounds_and_guarantees() {
    let lake = sample().await;
    let mut wrong = Vec::new();
    for (condition, predicate) in [
        (
            "element_at(requestParameters, 'bucketName') = 'example-refund-3333'",
            "requestParameters_bucketName in (example-refund-3333)",
        ),
        (
            "requestParameters['roleName'] = 'webhook-handler-role'",
            "requestParameters_roleName in (webhook-handler-role)",
        ),
        ("element_at(requestParameters, 'userName') IN ('bob', 'carla')", "requestParameters_userName in ("),
        (
            "element_at(requestParameters, 'roleArn') LIKE 'arn:aws:iam::111122223333:%'",
            "requestParameters_roleArn_min",
        ),
        ("element_at(requestParameters, 'groupId') IS NOT NULL", "requestParameters_groupId_null_count"),
        ("element_at(additionalEventData, 'MFAUsed') = 'No'", "additionalEventData_MFAUsed_min"),
        ("json_extract_scalar(element_at(requestParameters, 'keyId'), '$') LIKE 'x%'", "requestParameters_keyId"),
        ("json_extract_scalar(element_at(requestParameters, 'name'), '$.a') LIKE 'x%'", "requestParameters_name"),
        (
            "userIdentity.sessionContext.sessionIssuer.userName = 'orders-api-instance'",
            "userIdentity_sessionContext_sessionIssuer_userName in (orders-api-instance)",
        ),
        ("userIdentity.arn LIKE 'arn:aws:iam::4444%'", "userIdentity_arn_min"),
        (
            "userIdentity.accessKeyId IN ('AKIAW7TDYGFVJEXAMPLE', 'ASIAU7K7WWUSTEXAMPLE')",
            "userIdentity_accessKeyId in (",
        ),
        (
            "userIdentity.sessionContext.attributes.creationDate >= '2026-03-02'",
            "userIdentity_sessionContext_attributes_creationDate_max",
        ),
        ("userIdentity.arn BETWEEN 'arn:aws:iam::4' AND 'arn:aws:iam::5'", "userIdentity_arn_max"),
        ("eventID = '3e3ad9ce-4129-46f6-b1ea-f26f82c99a2f'", "eventID in (3e3ad9ce-4129-46f6-b1ea-f26f82c99a2f)"),
        (
            "sourceIPAddress = '203.0.113.66' AND date(eventTime) = date '2026-03-02'",
            "sourceIPAddress in (203.0.113.66)",
        ),
        ("(errorCode = 'AccessDenied' OR errorCode LIKE 'Client.%')", "errorCode_min"),
        ("readOnly = false", "readOnly"),
        ("tlsDetails.tlsVersion <> 'TLSv1.3'", "tlsDetails_tlsVersion_min"),
        ("coalesce(errorCode, '') = '' AND eventName = 'StopLogging'", "eventName in (StopLogging)"),
    ] {
        let sql = format!("SELECT requestID FROM events WHERE {condition}");
        let plan = match lake.query(&sql).await {
            Ok(results) => results.plan(),
            Err(error) => format!("{error}"),
        };
        let scan = plan.lines().find(|line| line.contains("DataSourceExec")).unwrap_or_default();
        if !scan.contains(predicate) || plan.contains("trail_") {
            wrong.push(format!("{condition}\n{plan}"));
        }
    }
    assert!(wrong.is_empty(), "{} do not reach the scan\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_all_events_reads_no_file() {
    let lake = sample().await;
    let mut results = lake.query("SELECT count(*) FROM events").await.unwrap();
    let plan = results.plan();
    results.collect().await.unwrap();
    assert_eq!(results.statistics().bytes_scanned, 0, "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_no_filters_agree() {
    let lake = sample().await;
    // `|| ''` hides the column from every kind of pruning.
    for (pruned, plain) in [
        ("userIdentity.type = 'Root'", "userIdentity.type || '' = 'Root'"),
        (
            "element_at(requestParameters, 'bucketName') LIKE 'example-%'",
            "element_at(requestParameters, 'bucketName') || '' LIKE 'example-%'",
        ),
        ("eventTime >= '2026-03-02 12:00:00'", "CAST(eventTime AS varchar) >= '2026-03-02 12:00:00'"),
        ("errorCode IS NULL", "coalesce(errorCode, '-') = '-'"),
    ] {
        let ids = |condition: &str| format!("SELECT eventID FROM events WHERE {condition} ORDER BY 1");
        let pruned_rows = rows(lake.query(&ids(pruned)).await.unwrap()).await;
        let plain_rows = rows(lake.query(&ids(plain)).await.unwrap()).await;
        assert!(!pruned_rows.is_empty(), "{pruned}");
        assert_eq!(pruned_rows, plain_rows, "{pruned}");
    }
}

/// Questions for which the engine's rules give two columns one name, and others with the same answer.
const NAMED_TWICE: [(&str, &str); 4] = [
    (
        "SELECT count(a.userIdentity.arn) FROM events a LEFT JOIN events b \
         ON a.userIdentity.arn = b.userIdentity.arn AND b.errorCode = 'AccessDenied' WHERE b.eventID IS NULL",
        "SELECT count(userIdentity.arn) FROM events WHERE userIdentity.arn NOT IN \
         (SELECT userIdentity.arn FROM events WHERE errorCode = 'AccessDenied' AND userIdentity.arn IS NOT NULL)",
    ),
    (
        "SELECT a.userIdentity.arn, count(*) FROM events a LEFT JOIN events b ON a.userIdentity.arn = b.userIdentity.arn \
         AND a.eventID = b.eventID WHERE b.errorCode IS NULL GROUP BY 1 ORDER BY 1",
        "SELECT userIdentity.arn, sum(if(errorCode IS NULL OR userIdentity.arn IS NULL, 1, 0)) FROM events \
         WHERE errorCode IS NULL OR userIdentity.arn IS NULL GROUP BY 1 ORDER BY 1",
    ),
    (
        "SELECT count(element_at(a.requestParameters, 'bucketName')) FROM events a LEFT JOIN events b \
         ON element_at(a.requestParameters, 'bucketName') = element_at(b.requestParameters, 'bucketName') \
         AND b.eventName = 'PutObject' WHERE b.eventID IS NULL",
        "SELECT count(*) FROM events WHERE element_at(requestParameters, 'bucketName') NOT IN \
         (SELECT element_at(requestParameters, 'bucketName') FROM events WHERE eventName = 'PutObject' \
         AND element_at(requestParameters, 'bucketName') IS NOT NULL)",
    ),
    (
        "SELECT userIdentity.type, count_if(CASE WHEN userIdentity.type IN ('Root', 'Root') THEN readOnly END) \
         FROM events GROUP BY 1 ORDER BY 1",
        "SELECT userIdentity.type, count_if(userIdentity.type = 'Root' AND readOnly) FROM events GROUP BY 1 ORDER BY 1",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_would_have_one_name_are_told_apart() {
    let lake = sample().await;
    for (question, other) in NAMED_TWICE {
        assert_eq!(ask(&lake, question).await, ask(&lake, other).await, "{question}");
        lake.explain(question, &QueryOptions::default()).await.unwrap();
    }
}
