//! The forms of queries that AWS's user guide shows, in queries of our own.

use super::lake;
use crate::ask::ask;

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_the_user_guide_are_answered() {
    let lake = lake().await;
    let id = lake.event_data_store("events").await.unwrap().id().to_string();
    for (sql, expected) in [
        // The id as it is, twice, under other names.
        ("SELECT count(*) FROM {id} AS a LEFT JOIN {id} AS b ON a.eventID = b.sharedEventID", &["50"][..]),
        // Times as texts, with and without the time of day, and with a keyword.
        ("SELECT count(*) FROM {id} WHERE eventtime <= '2021-12-31'", &["1"]),
        (
            "SELECT eventName FROM {id} WHERE eventTime >= timestamp '2024-05-16 01:00:00' \
             AND eventTime < '2024-05-16 02:30:00'",
            &["PutBucketTagging"],
        ),
        ("SELECT count(*) FROM {id} WHERE eventTime > DATE_ADD('week', -1, CURRENT_TIMESTAMP)", &["0"]),
        (
            "SELECT date_trunc('hour', eventTime) AS h, count(*) FROM {id} WHERE date(eventTime) = date '2023-01-04' GROUP BY 1",
            &["2023-01-04 08:00:00.000|4"],
        ),
        // Tags of resources and principals: element_at, lambdas, UNNEST after a comma.
        (
            "SELECT userIdentity.arn FROM {id} WHERE element_at(eventContext.tagContext.principalTags, 'operator') = 'ann'",
            &["arn:aws:iam::111122223333:user/ana"],
        ),
        (
            "SELECT eventTime FROM {id} WHERE any_match(eventContext.tagContext.resourceTags, \
             rt -> element_at(rt.tags, 'team') = 'blue')",
            &["2024-05-16 03:00:00.000"],
        ),
        (
            "SELECT rt.tags, count(*) FROM {id}, unnest(eventContext.tagContext.resourceTags) AS rt \
             GROUP BY rt.tags ORDER BY element_at(rt.tags, 'team')",
            &["{team=blue, tier=1}|1", "{team=red, tier=1}|1"],
        ),
        (
            "SELECT key, count(*) FROM {id} CROSS JOIN UNNEST(eventContext.tagContext.resourceTags) AS rt(arn, tags) \
             CROSS JOIN UNNEST(tags) AS t(key, value) GROUP BY key ORDER BY key",
            &["team|2", "tier|2"],
        ),
        // What the page on speed recommends.
        (
            "SELECT eventSource, max_by(eventName, eventTime), approx_distinct(userIdentity.principalId), arbitrary(awsRegion) \
             FROM {id} WHERE eventSource = 'rds.amazonaws.com' GROUP BY eventSource",
            &["rds.amazonaws.com|DeleteDBCluster|2|us-east-1"],
        ),
        (
            "SELECT eventSource, n FROM (SELECT eventSource, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS r \
             FROM {id} WHERE eventTime < '2023-01-08' AND readOnly = true GROUP BY eventSource) WHERE r = 1",
            &["ec2.amazonaws.com|1"],
        ),
        (
            "SELECT eventName FROM {id} WHERE eventName = 'Federate' UNION ALL SELECT eventName FROM {id} WHERE eventName = 'CreateTopic' \
             EXCEPT SELECT 'x'",
            &["CreateTopic", "Federate"],
        ),
        // Booleans and what is text though it looks like one; a trailing semicolon.
        ("SELECT count(*) FROM {id} WHERE sessionCredentialFromConsole = true AND readOnly = 'false';", &["1"]),
        (
            "SELECT regexp_like(userAgent, '^aws-cli'), if(errorCode IS NULL, 'fine', errorCode) FROM {id} \
             WHERE eventID = '00000000-0000-4000-8000-000000000003'",
            &["true|AccessDenied"],
        ),
        (
            "SELECT eventName FROM {id} WHERE eventName LIKE 'Create%' GROUP BY eventName ORDER BY eventName NULLS FIRST LIMIT 1",
            &["CreateAccessKey"],
        ),
    ] {
        let rows = ask(&lake, &sql.replace("{id}", &id)).await;
        let text =
            |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("|");
        let mut found: Vec<_> = rows.into_iter().map(text).collect();
        if sql.contains("EXCEPT") {
            found.sort();
        }
        assert_eq!(found, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_documents_write_in_the_place_of_an_id_is_the_only_store() {
    let lake = lake().await;
    let expected = ask(&lake, "SELECT count(*) FROM events").await;
    for table in
        ["$EDS_ID", "$eds_id", "<EDS ID>", "<event_data_store_id>", "<event-data-store-ID>", "<Event data store Id>"]
    {
        assert_eq!(ask(&lake, &format!("SELECT count(*) FROM {table}")).await, expected, "{table}");
    }
}
