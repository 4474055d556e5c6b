//! Every store in the shape of Athena's table for CloudTrail: typical queries of Athena users, answered and pruned.

use std::path::{Path, PathBuf};

use traillake::{ImportOptions, Lake, QueryOptions, QueryStatistics, Source};

use crate::ask::{ask, lake_of, value};

async fn sample() -> Lake {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs");
    lake_of(&[PathBuf::from(&trail)], &ImportOptions::default()).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_stands_in_the_schema_and_under_the_documented_name() {
    let lake = sample().await;
    let id = lake.event_data_store("events").await.unwrap().id().to_string();
    for table in [
        "athena.events",
        "ATHENA.Events",
        "athena.\"events\"",
        "athena.$EDS_ID",
        "cloudtrail_logs",
        "cloudtrail_logs_pp",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([format!("athena.\"{id}\""), format!("athena.{id}")])
    {
        let count = value(&lake, &format!("SELECT count(requestparameters) FROM {table} WHERE eventtime < 'a'")).await;
        let lake_count = value(&lake, "SELECT count(requestParameters) FROM events").await;
        assert_eq!(count, lake_count, "{table}");
    }
    let error = lake.query("SELECT 1 FROM athena.evnets").await.unwrap_err();
    assert!(error.to_string().contains("event data store \"evnets\" does not exist"), "{error}");

    // A store of the name is itself; with two stores the documented name wants one to be chosen.
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs/777788889999");
    lake.import("other", [Source::Directory(trail)]).await.unwrap();
    let count = "SELECT count(*) FROM cloudtrail_logs";
    assert!(lake.query(count).await.is_err());
    let options = QueryOptions { store: Some("events".into()), ..QueryOptions::default() };
    let mut chosen = lake.query_with(count, &options).await.unwrap();
    assert_eq!(crate::ask::texts(&chosen.collect().await.unwrap()[0])[0][0].as_deref(), Some("2000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_types_are_those_of_the_documented_table() {
    let lake = sample().await;
    let results = lake.query("SELECT * FROM athena.events").await.unwrap();
    let names: Vec<_> = results.schema().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names.len(), 35);
    assert_eq!(names[..4], ["eventversion", "useridentity", "eventtime", "eventsource"]);
    assert_eq!(names[28..], ["tlsdetails", "timestamp", "account", "region", "year", "month", "day"]);
    let text = |name: &str| results.schema().field_with_name(name).unwrap().data_type().to_string();
    for name in ["eventtime", "requestparameters", "responseelements", "additionaleventdata", "readonly", "timestamp"] {
        assert!(text(name).starts_with("Utf8"), "{name}: {}", text(name));
    }
    let resources = text("resources");
    assert!(
        resources.starts_with("List(") && resources.find("\"arn\"") < resources.find("\"accountid\""),
        "{resources}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn typical_queries_are_answered() {
    let lake = sample().await;
    let text = |value: &str| Some(value.to_owned());
    for (sql, expected) in [
        (
            "SELECT eventtime, readonly, json_extract_scalar(requestparameters, '$.bucketName') AS bucket \
             FROM athena.events WHERE useridentity.arn = 'arn:aws:iam::444455556666:user/bob' \
             AND eventname = 'PutBucketPolicy'",
            vec![vec![text("2026-03-03T16:06:06Z"), text("false"), text("example-billing-6666")]],
        ),
        (
            "SELECT useridentity.username, count(*) AS logins FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin' \
             AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No' \
             AND json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Success' \
             GROUP BY useridentity.username ORDER BY 1",
            vec![vec![text("dmitri"), text("1")], vec![None, text("1")]],
        ),
        (
            "SELECT from_iso8601_timestamp(eventtime) AS t, date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ') AS p \
             FROM athena.events WHERE eventid = '3e3ad9ce-4129-46f6-b1ea-f26f82c99a2f'",
            vec![vec![text("2026-03-03 16:05:00.000 UTC"), text("2026-03-03 16:05:00.000")]],
        ),
        (
            "SELECT count(*) FROM athena.events WHERE from_iso8601_timestamp(eventtime) \
             BETWEEN TIMESTAMP '2026-03-03 16:05:00 UTC' AND TIMESTAMP '2026-03-03 16:06:44 UTC' \
             AND useridentity.username = 'bob'",
            vec![vec![text("4")]],
        ),
        (
            "SELECT year, month, day, timestamp, region, account FROM athena.events \
             WHERE eventid = '0905104c-97bd-451e-9260-b2bae3bcbb27'",
            vec![vec![
                text("2026"),
                text("03"),
                text("03"),
                text("2026/03/03"),
                text("us-east-1"),
                text("444455556666"),
            ]],
        ),
        (
            "SELECT r.arn, count(*) AS calls FROM athena.events CROSS JOIN UNNEST(resources) AS r(arn, accountid, type) \
             WHERE r.arn LIKE 'arn:aws:s3:::example-billing-6666%' AND eventname LIKE 'Delete%PublicAccessBlock' \
             GROUP BY r.arn",
            vec![],
        ),
        (
            "SELECT useridentity.sessioncontext.attributes.mfaauthenticated AS mfa, \
             substr(useridentity.sessioncontext.attributes.creationdate, 1, 10) AS day, count(*) \
             FROM athena.events WHERE useridentity.sessioncontext.sessionissuer.username = 'orders-api-instance' \
             AND sourceipaddress = '203.0.113.140' GROUP BY 1, 2",
            vec![vec![text("false"), text("2026-03-03"), text("40")]],
        ),
    ] {
        assert_eq!(ask(&lake, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_shapes_agree() {
    let lake = sample().await;
    for (athena, own) in [
        ("eventtime >= '2026-03-02'", "eventTime >= timestamp '2026-03-02 00:00:00'"),
        ("eventtime > '2026-03-02T12:00:00Z'", "eventTime > timestamp '2026-03-02 12:00:00'"),
        ("eventtime < '2026-03-02T12:00:00Z'", "eventTime < timestamp '2026-03-02 12:00:00'"),
        ("eventtime <= '2026-03-03T16:05:00Z'", "eventTime <= timestamp '2026-03-03 16:05:00'"),
        ("eventtime = '2026-03-03T16:05:00Z'", "eventTime = timestamp '2026-03-03 16:05:00'"),
        ("eventtime = '2026-03-03 16:05:00'", "false"),
        ("eventtime <> '2026-03-03 16:05:00'", "true"),
        ("eventtime LIKE '2026-03-02T1%'", "hour(eventTime) BETWEEN 10 AND 19 AND day(eventTime) = 2"),
        ("eventtime NOT LIKE '2026-03-02%'", "day(eventTime) <> 2"),
        ("eventtime LIKE '%-02T%'", "day(eventTime) = 2"),
        (
            "eventtime BETWEEN '2026-03-01T10:00:00Z' AND '2026-03-01T12:00:00Z'",
            "eventTime BETWEEN timestamp '2026-03-01 10:00:00' AND timestamp '2026-03-01 12:00:00'",
        ),
        ("timestamp = '2026/03/02'", "date(eventTime) = date '2026-03-02'"),
        ("timestamp >= '2026/03/02' AND year = '2026'", "date(eventTime) >= date '2026-03-02'"),
        ("year = '2026' AND month = '03' AND day IN ('01', '03')", "day(eventTime) IN (1, 3)"),
        (
            "from_iso8601_timestamp(eventtime) > TIMESTAMP '2026-03-02 12:00:00 UTC'",
            "eventTime > timestamp '2026-03-02 12:00:00'",
        ),
        (
            "from_iso8601_timestamp(eventtime) >= TIMESTAMP '2026-03-03 16:05:00.5 UTC'",
            "eventTime >= timestamp '2026-03-03 16:05:01'",
        ),
        (
            "from_iso8601_timestamp(eventtime) <= TIMESTAMP '2026-03-03 16:05:00 UTC'",
            "eventTime <= timestamp '2026-03-03 16:05:00'",
        ),
        (
            "from_iso8601_timestamp(eventtime) = TIMESTAMP '2026-03-03 17:05:00 +01:00'",
            "eventTime = timestamp '2026-03-03 16:05:00'",
        ),
        ("readonly = 'true'", "readOnly"),
        ("readonly IS NULL", "readOnly IS NULL"),
        ("requestparameters IS NULL", "requestParameters IS NULL"),
        (
            "json_extract_scalar(requestparameters, '$.bucketName') LIKE 'example-%'",
            "element_at(requestParameters, 'bucketName') LIKE 'example-%'",
        ),
        (
            "json_extract_scalar(requestparameters, '$.bucketName') = 'example-refund-3333'",
            "element_at(requestParameters, 'bucketName') = 'example-refund-3333'",
        ),
        (
            "'example-refund-3333' = json_extract_scalar(requestparameters, '$.bucketName')",
            "element_at(requestParameters, 'bucketName') = 'example-refund-3333'",
        ),
        (
            "json_extract_scalar(requestparameters, '$.roleName') IN ('a', 'webhook-handler-role')",
            "element_at(requestParameters, 'roleName') IN ('a', 'webhook-handler-role')",
        ),
        ("useridentity.sessioncontext IS NULL", "userIdentity.sessionContext IS NULL"),
        (
            "useridentity.sessioncontext.webidfederationdata.attributes['ref'] = 'refs/heads/main'",
            "element_at(userIdentity.sessionContext.webIdFederationData.attributes, 'ref') = 'refs/heads/main'",
        ),
        (
            "account = '444455556666' AND region = 'us-east-1'",
            "recipientAccountId = '444455556666' AND awsRegion = 'us-east-1'",
        ),
    ] {
        let ids = |table: &str, condition: &str| format!("SELECT eventID FROM {table} WHERE {condition} ORDER BY 1");
        let theirs = ask(&lake, &ids("athena.events", athena)).await;
        assert_eq!(theirs, ask(&lake, &ids("events", own)).await, "{athena}");
        assert!(!theirs.is_empty() || own == "false", "{athena} finds nothing");
    }
}

async fn statistics_of(lake: &Lake, sql: &str) -> QueryStatistics {
    let mut results = lake.query(sql).await.unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
    results.collect().await.unwrap();
    results.statistics()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_opens_the_files_of_that_day_alone() {
    let lake = sample().await;
    for condition in [
        "eventtime >= '2026-03-02T00:00:00Z' AND eventtime < '2026-03-03T00:00:00Z'",
        "eventtime BETWEEN '2026-03-02T01:00:00Z' AND '2026-03-02T23:00:00Z'",
        "eventtime LIKE '2026-03-02%'",
        "timestamp = '2026/03/02'",
        "timestamp BETWEEN '2026/03/02' AND '2026/03/02'",
        "year = '2026' AND timestamp = '2026/03/02'",
        "from_iso8601_timestamp(eventtime) >= TIMESTAMP '2026-03-02 00:00:00 UTC' \
         AND TIMESTAMP '2026-03-03 00:00:00 UTC' > from_iso8601_timestamp(eventtime)",
        "from_iso8601_timestamp(eventtime) BETWEEN from_iso8601_timestamp('2026-03-02T00:00:00Z') \
         AND from_iso8601_timestamp('2026-03-02T23:59:59.5Z')",
    ] {
        let statistics = statistics_of(&lake, &format!("SELECT eventid FROM athena.events WHERE {condition}")).await;
        assert_eq!((statistics.files, statistics.files_pruned), (3, 2), "{condition}: {statistics:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_and_keys_reach_their_flat_columns() {
    let lake = sample().await;
    for (condition, predicate) in [
        ("useridentity.accesskeyid = 'AKIAW7TDYGFVJEXAMPLE'", "userIdentity_accessKeyId in (AKIAW7TDYGFVJEXAMPLE)"),
        ("account = '444455556666'", "recipientAccountId_min"),
        ("region = 'eu-central-1'", "awsRegion_min"),
        (
            "json_extract_scalar(requestparameters, '$.bucketName') = 'example-refund-3333'",
            "requestParameters_bucketName in (example-refund-3333)",
        ),
        ("json_extract_scalar(requestparameters, '$.roleName') LIKE 'webhook%'", "requestParameters_roleName_min"),
        ("json_extract_scalar(additionaleventdata, '$.MFAUsed') IN ('No', 'x')", "additionalEventData_MFAUsed_min"),
    ] {
        let results = lake.query(&format!("SELECT eventid FROM athena.events WHERE {condition}")).await.unwrap();
        let plan = results.plan();
        let scan = plan.lines().find(|line| line.contains("DataSourceExec")).unwrap();
        assert!(scan.contains("pruning_predicate=") && scan.contains(predicate), "{condition}\n{plan}");
    }
}
