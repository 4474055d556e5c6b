//! Stores of every category, asked in SQL: the documented shapes, and joins between them.

use traillake::{Lake, LakeOptions, Source};

use crate::ask::{ask, value};

/// A change of a security group, what AWS Config saw of it before and after, an Insights pair around it, the copy of the
/// group's owner, and a correction of the event.
const TRAIL: &str = r#"{"Records":[
{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","awsRegion":"eu-west-1","eventID":"e1","sharedEventID":"s1","readOnly":false,"recipientAccountId":"111122223333","eventCategory":"Management","managementEvent":true,"userIdentity":{"arn":"arn:aws:iam::111122223333:user/ann"},"requestParameters":{"groupId":"sg-1"}},
{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","awsRegion":"eu-west-1","eventID":"e2","sharedEventID":"s1","recipientAccountId":"444455556666","eventCategory":"Management","resources":[{"ARN":"arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1","accountId":"111122223333"}]},
{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress","awsRegion":"eu-west-1","eventID":"e3","recipientAccountId":"111122223333","eventCategory":"Management","addendum":{"reason":"UPDATED_DATA","updatedFields":"userIdentity","originalEventID":"e1"}},
{"eventVersion":"1.11","eventTime":"2026-03-01T09:30:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"eu-west-1","eventID":"e4","readOnly":true,"recipientAccountId":"111122223333","eventCategory":"Management"}]}"#;

const CONFIG: &str = r#"{"fileVersion":"1.0","configSnapshotId":"c","configurationItems":[
{"configurationItemVersion":"1.3","configurationItemCaptureTime":"2026-03-01T08:00:00.000Z","configurationItemStatus":"OK","configurationStateId":1,"awsAccountId":"111122223333","awsRegion":"eu-west-1","resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-1","ARN":"arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1","relationships":[{"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1","name":"Is contained in Vpc"}],"configuration":{"ipPermissions":[]},"tags":{"team":"shop"}},
{"configurationItemVersion":"1.3","configurationItemCaptureTime":"2026-03-01T10:02:00.000Z","configurationItemStatus":"OK","configurationStateId":2,"awsAccountId":"111122223333","awsRegion":"eu-west-1","resourceType":"AWS::EC2::SecurityGroup","resourceId":"sg-1","ARN":"arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1","configuration":{"ipPermissions":[{"cidr":"0.0.0.0/0"}]},"tags":{"team":"shop"}}]}"#;

const INSIGHTS: &str = r#"{"Records":[
{"eventVersion":"1.07","eventTime":"2026-03-01T09:00:00Z","awsRegion":"eu-west-1","eventID":"i1","eventType":"AwsCloudTrailInsight","recipientAccountId":"111122223333","sharedEventID":"p","insightDetails":{"state":"Start","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":0.5},"insight":{"average":12},"baselineDuration":10080},"attributions":[{"attribute":"userAgent","insight":[{"value":"curl","average":11.5}],"baseline":[]}]}},"eventCategory":"Insight"},
{"eventVersion":"1.07","eventTime":"2026-03-01T09:45:00Z","awsRegion":"eu-west-1","eventID":"i2","eventType":"AwsCloudTrailInsight","recipientAccountId":"111122223333","sharedEventID":"p","insightDetails":{"state":"End","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":0.5},"insight":{"average":12},"insightDuration":45,"baselineDuration":10080}}},"eventCategory":"Insight"}]}"#;

const AUDIT: &str = r#"{"auditEvents":[{"id":"a","eventData":"{\"version\":\"1\",\"userIdentity\":{\"type\":\"User\",\"principalId\":\"ann\",\"details\":{\"team\":\"shop\"}},\"eventSource\":\"shop.example\",\"eventName\":\"Refund\",\"eventTime\":\"2026-03-01T10:05:00Z\",\"UID\":\"u1\",\"recipientAccountId\":\"111122223333\",\"errorMessage\":\"too much\"}"}]}"#;

const EVIDENCE: &str = r#"{"eventVersion":"1.0","eventCategory":"Evidence","eventType":"AwsAuditManagerEvidence","eventID":"v1","eventTime":"2026-03-01T11:00:00Z","eventData":{"attributes":{"x":"y"},"evidenceId":"ev1","time":"2026-03-01T11:00:00Z","controlName":"Open ports","resourceArn":"arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1"}}"#;

/// A lake with a store of each type.
async fn lake() -> Lake {
    let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (store, content) in
        [("trail", TRAIL), ("config", CONFIG), ("insights", INSIGHTS), ("audit", AUDIT), ("evidence", EVIDENCE)]
    {
        let file = folder.path().join(store);
        std::fs::write(&file, content).unwrap();
        let report = lake.import(store, [Source::File(file)]).await.unwrap();
        assert_eq!((report.events, report.rejects), (report.records, 0), "{report}");
    }
    lake
}

fn line(row: &[Option<String>]) -> String {
    row.iter().map(|value| value.as_deref().unwrap_or("NULL")).collect::<Vec<_>>().join(" | ")
}

async fn lines(lake: &Lake, sql: &str) -> Vec<String> {
    ask(lake, sql).await.iter().map(|row| line(row)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_has_its_documented_columns() {
    let lake = lake().await;
    let sql = "SELECT categories, array_join(array_agg(name), ' ') FROM \
               (SELECT * FROM lake.columns WHERE depth = 1) GROUP BY categories ORDER BY 1";
    let common = "eventversion eventcategory eventtype eventid eventtime awsregion recipientaccountid";
    let expected = [
        format!("ActivityAuditLog | {common} addendum metadata eventdata eventjson eventjsonchecksum"),
        format!("ConfigurationItem | {common} addendum eventdata eventjson eventjsonchecksum"),
        format!("Evidence | {common} addendum eventdata eventjson eventjsonchecksum"),
        format!(
            "Insight | {common} sharedeventid addendum insightsource insightstate insighteventsource insighteventname \
             insighterrorcode insighttype insightcontext eventjson eventjsonchecksum"
        ),
    ];
    assert_eq!(lines(&lake, sql).await[..4], expected);
    let of = async |sql: &str| value(&lake, sql).await.unwrap();
    assert_eq!(
        of("SELECT typeof(eventdata) FROM config LIMIT 1").await,
        "row(configurationitemversion varchar, configurationitemcapturetime varchar, configurationitemstatus varchar, \
         configurationitemstateid varchar, accountid varchar, resourcetype varchar, resourceid varchar, resourcename \
         varchar, arn varchar, awsregion varchar, availabilityzone varchar, resourcecreationtime varchar, configuration \
         map(varchar, varchar), supplementaryconfiguration map(varchar, varchar), relatedevents varchar, relationships \
         array(row(name varchar, resourcetype varchar, resourceid varchar, resourcename varchar)), tags map(varchar, \
         varchar))"
    );
    assert_eq!(
        of("SELECT typeof(insightContext) FROM insights LIMIT 1").await,
        "row(baselineaverage double, insightaverage double, baselineduration integer, insightduration integer, \
         attributions array(row(attribute varchar, insightvalue varchar, insightaverage double, baselinevalue varchar, \
         baselineaverage double, insight array(row(value varchar, average double)), baseline array(row(value varchar, \
         average double)))))"
    );
    assert_eq!(of("SELECT typeof(eventData.time) FROM evidence").await, "timestamp(3)");
    // AWS's spelling and the right one.
    for name in ["errormssage", "errorMessage"] {
        assert_eq!(of(&format!("SELECT eventData.{name} FROM audit")).await, "too much");
    }
    assert_eq!(of("SELECT eventData.userIdentity.details['team'] FROM audit").await, "shop");
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_rows_of_every_type_come_out() {
    let lake = lake().await;
    for (store, columns) in [("config", 11), ("insights", 18), ("audit", 12), ("evidence", 11)] {
        let rows = ask(&lake, &format!("SELECT * FROM {store} ORDER BY eventTime")).await;
        assert_eq!(rows[0].len(), columns, "{store}");
        let checked = "SELECT count(*) FROM {} WHERE eventJsonChecksum = lower(to_hex(sha256(to_utf8(eventJson))))";
        assert_eq!(value(&lake, &checked.replace("{}", store)).await, Some(rows.len().to_string()), "{store}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_seen_with_the_state_it_led_to() {
    let lake = lake().await;
    let by_id = "SELECT e.userIdentity.arn, c.eventData.configurationItemStateId, \
                        element_at(c.eventData.configuration, 'ipPermissions') \
                 FROM trail e JOIN config c ON c.eventData.resourceId = element_at(e.requestParameters, 'groupId') \
                 WHERE e.eventName = 'AuthorizeSecurityGroupIngress' \
                   AND from_iso8601_timestamp(c.eventData.configurationItemCaptureTime) \
                       BETWEEN e.eventTime AND e.eventTime + INTERVAL '15' MINUTE";
    let expected = "arn:aws:iam::111122223333:user/ann | 2 | [{\"cidr\":\"0.0.0.0/0\"}]";
    assert_eq!(lines(&lake, by_id).await, [expected]);
    let by_arn = "SELECT e.recipientAccountId, max_by(c.eventData.configurationItemStateId, c.eventTime) \
                  FROM trail e CROSS JOIN UNNEST(e.resources) r JOIN config c ON c.eventData.arn = r.arn \
                  WHERE c.eventTime > e.eventTime GROUP BY 1";
    assert_eq!(lines(&lake, by_arn).await, ["444455556666 | 2"]);
    let related = "SELECT r.name, r.resourceId FROM config CROSS JOIN UNNEST(eventData.relationships) r";
    assert_eq!(lines(&lake, related).await, ["Is contained in Vpc | vpc-1"]);
    let evidence = "SELECT v.eventData.controlName, count(*) FROM evidence v \
                    JOIN config c ON v.eventData.resourceArn = c.eventData.arn GROUP BY 1";
    assert_eq!(lines(&lake, evidence).await, ["Open ports | 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insight_is_seen_with_its_calls() {
    let lake = lake().await;
    let sql = "SELECT e.eventID, s.insightContext.insightAverage / s.insightContext.baselineAverage, \
                      f.insightContext.insightDuration, s.insightContext.attributions[1].insight[1].value \
               FROM insights s JOIN insights f ON s.sharedEventID = f.sharedEventID \
               JOIN trail e ON e.eventSource = s.insightEventSource AND e.eventName = s.insightEventName \
               WHERE s.insightState = 'Start' AND f.insightState = 'End' \
                 AND e.eventTime BETWEEN s.eventTime AND f.eventTime";
    assert_eq!(lines(&lake, sql).await, ["e4 | 24.0 | 45 | curl"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_and_corrections_meet_their_originals() {
    let lake = lake().await;
    let copies = "SELECT a.eventID, b.eventID FROM trail a JOIN trail b ON a.sharedEventID = b.sharedEventID \
                  WHERE a.recipientAccountId < b.recipientAccountId";
    assert_eq!(lines(&lake, copies).await, ["e1 | e2"]);
    let corrections = "SELECT o.eventID, element_at(c.addendum, 'updatedFields') FROM trail c \
                       JOIN trail o ON element_at(c.addendum, 'originalEventID') = o.eventID";
    assert_eq!(lines(&lake, corrections).await, ["e1 | userIdentity"]);
    let outside = "SELECT a.eventData.eventName FROM audit a JOIN trail e \
                   ON split_part(e.userIdentity.arn, '/', 2) = a.eventData.userIdentity.principalId";
    assert_eq!(lines(&lake, outside).await, ["Refund"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn needles_are_found_and_counts_are_right_in_every_type() {
    let lake = lake().await;
    for (sql, expected) in [
        ("SELECT count(*) FROM config WHERE eventData.resourceId = 'sg-1'", "2"),
        ("SELECT count(*) FROM config WHERE element_at(eventData.tags, 'team') = 'shop'", "2"),
        ("SELECT count(*) FROM config WHERE occurs(eventJson, '0.0.0.0/0')", "1"),
        ("SELECT count(*) FROM config WHERE any_match(eventData.relationships, r -> r.resourceId = 'vpc-1')", "1"),
        ("SELECT count(*) FROM config WHERE eventTime > '2026-03-01 09:00:00'", "1"),
        ("SELECT count(*) FROM insights WHERE insightContext.insightAverage > 10", "2"),
        ("SELECT count(*) FROM insights WHERE insightState = 'End'", "1"),
        ("SELECT count(DISTINCT eventData.resourceType) FROM config", "1"),
        ("SELECT count(*) FROM audit WHERE eventData.userIdentity.principalId = 'ann'", "1"),
        ("SELECT count(*) FROM evidence WHERE eventData.controlName LIKE 'Open%'", "1"),
        ("SELECT count(*) FROM audit WHERE metadata IS NULL", "1"),
    ] {
        assert_eq!(value(&lake, sql).await.as_deref(), Some(expected), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_cloudtrail_events_have_the_shape_of_athena() {
    let lake = lake().await;
    let error = lake.query("SELECT * FROM athena.config").await.unwrap_err();
    assert!(error.to_string().contains("\"config\" has no Athena table"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("configuration items")), "{error:?}");
}
