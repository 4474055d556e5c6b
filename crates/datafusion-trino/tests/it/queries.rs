//! Queries as users write them run over a table of the documented shape.

use crate::session::{ask, try_ask};

/// The questions the benchmark asks, with their placeholders filled.
const QUESTIONS: &[&str] = &[
    r#"SELECT count(*) AS n FROM events"#,
    r#"SELECT eventSource, count(*) AS n FROM events GROUP BY eventSource ORDER BY n DESC, eventSource"#,
    r#"SELECT eventName, errorCode, count(*) AS n FROM events WHERE errorCode IS NOT NULL GROUP BY eventName, errorCode ORDER BY n DESC, eventName, errorCode LIMIT 20"#,
    r#"SELECT eventTime, eventID, userIdentity.arn, sourceIPAddress, requestParameters
       FROM events WHERE eventTime >= '2023-01-01 00:00:00' AND eventTime < '2023-01-03 00:00:00' AND eventName = 'GetObject' ORDER BY eventTime, eventID"#,
    r#"SELECT eventTime, eventSource, eventName, awsRegion, userIdentity.type AS ut, userIdentity.arn, sourceIPAddress, userAgent, errorCode, requestParameters, responseElements, recipientAccountId
       FROM events WHERE eventID = 'e1'"#,
    r#"SELECT eventTime, eventID, eventSource, eventName, awsRegion, sourceIPAddress, errorCode
       FROM events WHERE userIdentity.accessKeyId = 'AKIA' ORDER BY eventTime, eventID"#,
    r#"SELECT eventTime, eventID, eventSource, eventName, userIdentity.arn, sourceIPAddress, requestParameters
       FROM events ORDER BY eventTime DESC, eventID LIMIT 50"#,
    r#"SELECT eventTime, eventID, eventName, userIdentity.arn, sourceIPAddress
       FROM events WHERE eventSource = 's3.amazonaws.com' AND readOnly = false AND element_at(requestParameters, 'bucketName') = 'b'
       AND (eventName LIKE 'Delete%' OR eventName LIKE 'Put%') AND eventName NOT IN ('PutObject', 'DeleteObject') ORDER BY eventTime, eventID"#,
    r#"SELECT eventTime, eventID, userIdentity.arn, sourceIPAddress
       FROM events WHERE eventName = 'ConsoleLogin' AND element_at(responseElements, 'ConsoleLogin') = 'Success' AND element_at(additionalEventData, 'MFAUsed') = 'No' ORDER BY eventTime, eventID"#,
    r#"SELECT eventTime, eventID, eventName, awsRegion, sourceIPAddress, userAgent FROM events WHERE userIdentity.type = 'Root' ORDER BY eventTime, eventID"#,
    r#"WITH grants AS (SELECT eventID, coalesce(userIdentity.arn, userIdentity.invokedBy) AS caller, json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') AS k
         FROM events WHERE eventSource = 'sts.amazonaws.com' AND eventName = 'AssumeRole' AND errorCode IS NULL),
       uses AS (SELECT userIdentity.accessKeyId AS k, userIdentity.sessionContext.sessionIssuer.arn AS role, eventSource FROM events WHERE userIdentity.type = 'AssumedRole')
       SELECT g.caller, u.role, count(*) AS n FROM grants g JOIN uses u ON g.k = u.k GROUP BY g.caller, u.role ORDER BY n DESC, caller, role LIMIT 50"#,
    r#"SELECT date_trunc('hour', eventTime) AS h, recipientAccountId, count(*) AS n FROM events WHERE errorCode IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"#,
    r#"SELECT userIdentity.arn, count(DISTINCT sourceIPAddress) AS n FROM events WHERE userIdentity.arn IS NOT NULL GROUP BY userIdentity.arn ORDER BY n DESC, 1 LIMIT 50"#,
    r#"SELECT userAgent, count(*) AS n FROM events WHERE userAgent LIKE '%aws%' GROUP BY userAgent ORDER BY n DESC, userAgent"#,
    r#"SELECT eventTime, eventID, eventName, userIdentity.arn FROM events
       WHERE any_match(map_values(requestParameters), v -> v LIKE '%role%') ORDER BY eventTime, eventID"#,
    r#"SELECT r.arn, r.type AS t, count(*) AS n FROM events CROSS JOIN UNNEST(resources) AS r GROUP BY r.arn, r.type ORDER BY n DESC, 1 LIMIT 50"#,
    r#"SELECT arn, eventName, eventTime FROM (SELECT userIdentity.arn AS arn, eventName, eventTime,
         row_number() OVER (PARTITION BY userIdentity.arn, eventName ORDER BY eventTime, eventID) AS rn FROM events WHERE userIdentity.arn IS NOT NULL)
       WHERE rn = 1 AND eventTime >= '2023-01-02 00:00:00' ORDER BY arn, eventName LIMIT 1000"#,
    r#"SELECT approx_percentile(n, 0.5) AS p50, approx_percentile(n, 0.95) AS p95, approx_percentile(n, 0.99) AS p99, max(n) AS top
       FROM (SELECT date_trunc('minute', eventTime) AS m, count(*) AS n FROM events GROUP BY 1)"#,
    r#"SELECT eventTime, eventID, userIdentity.arn, element_at(requestParameters, 'groupId') AS sg
       FROM events WHERE eventName = 'AuthorizeSecurityGroupIngress' AND errorCode IS NULL AND element_at(requestParameters, 'ipPermissions') LIKE '%"cidrIp":"0.0.0.0/0"%' ORDER BY eventTime, eventID"#,
    r#"SELECT element_at(c.eventData.tags, 'team') AS team, element_at(c.eventData.tags, 'classification') AS class, count(*) AS n, count(e.errorCode) AS errors
       FROM events e JOIN config c ON e.userIdentity.sessionContext.sessionIssuer.arn = c.eventData.arn WHERE c.eventData.resourceType = 'AWS::IAM::Role'
       GROUP BY 1, 2 ORDER BY n DESC, team, class"#,
];

#[tokio::test]
async fn the_questions_of_the_benchmark_run() {
    let mut failed = Vec::new();
    for sql in QUESTIONS {
        if let Err(error) = try_ask(sql).await {
            failed.push(format!("{sql}\n  {error}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn roles_assumed_are_followed_by_their_keys() {
    let answer = ask(QUESTIONS[10]).await;
    assert_eq!(answer.headers, ["caller", "role", "n"]);
    assert_eq!(answer.rows, [["arn:aws:sts::1:assumed-role/Ops/x", "arn:aws:iam::1:role/Ops", "1"]]);
}
