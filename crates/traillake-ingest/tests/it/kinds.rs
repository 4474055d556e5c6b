//! Stores of every type: what each takes from what lies beside its events.

use traillake_event::category::StoreType;
use traillake_event::json;
use traillake_ingest::{ImportReport, Options, SkipReason, Source, recognise, verify};

use crate::lake::{Scratch, datasets};
use crate::pipeline::Silent;

const EVENT: &str = r#"{"eventVersion":"1.08","eventName":"A","eventSource":"b.amazonaws.com","eventID":"1","eventTime":"2026-01-01T00:00:00Z"}"#;
const INSIGHT: &str = r#"{"eventVersion":"1.07","eventTime":"2026-01-01T00:00:00Z","awsRegion":"us-east-1","eventID":"i1","eventType":"AwsCloudTrailInsight","sharedEventID":"s","insightDetails":{"state":"Start","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":0.5},"insight":{"average":7},"insightDuration":3,"baselineDuration":10080}}},"eventCategory":"Insight"}"#;

/// An item of AWS Config, as snapshots have it.
fn item(id: &str) -> String {
    format!(
        r#"{{"configurationItemVersion":"1.3","configurationItemCaptureTime":"2026-01-02T03:04:05.125Z","configurationItemStatus":"OK","configurationStateId":7,"awsAccountId":"111122223333","awsRegion":"eu-west-1","resourceType":"AWS::EC2::SecurityGroup","resourceId":"{id}","ARN":"arn:aws:ec2:eu-west-1:111122223333:security-group/{id}","configuration":{{"groupName": "web"}},"tags":{{"team":"shop"}}}}"#
    )
}

fn snapshot(items: &[String]) -> String {
    format!(r#"{{"fileVersion":"1.0","configSnapshotId":"s","configurationItems":[{}]}}"#, items.join(","))
}

fn text_of(json: &str) -> String {
    let mut text = String::new();
    json::write_string(&mut text, json);
    text
}

fn audit_event(uid: &str) -> String {
    let data = format!(
        r#"{{"version":"1","userIdentity":{{"type":"User","principalId":"ann"}},"eventSource":"shop.example","eventName":"Refund","eventTime":"2026-01-02T03:04:05Z","UID":"{uid}","recipientAccountId":"111122223333"}}"#
    );
    format!(r#"{{"id":"{uid}","eventData":{}}}"#, text_of(&data))
}

async fn imported(scratch: &Scratch) -> ImportReport {
    let report = scratch.import(&scratch.logs()).await;
    let sources = [Source::parse(&scratch.logs()).unwrap()];
    let verified = verify(&scratch.store, &sources, &Options::default(), &Silent).await.unwrap();
    assert!(verified.is_clean(), "{verified}");
    assert_eq!(verified.records, report.records);
    report
}

fn skipped(report: &ImportReport) -> Vec<(SkipReason, u64)> {
    report.skipped.iter().map(|(reason, count)| (*reason, *count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_items_come_in_every_form_aws_config_gives_them() {
    let scratch = Scratch::of(StoreType::ConfigurationItems).await;
    scratch.write("snapshot.json", snapshot(&[item("sg-1"), item("sg-2")]));
    scratch.write("history.json", snapshot(&[item("sg-2"), item("sg-3")]));
    let change = format!(
        r#"{{"configurationItemDiff":null,"configurationItem":{},"messageType":"ConfigurationItemChangeNotification"}}"#,
        item("sg-4")
    );
    scratch.write("topic.json", format!(r#"{{"Type":"Notification","Message":{}}}"#, text_of(&change)));
    scratch.write("bus.json", format!(r#"{{"source":"aws.config","detail":{change}}}"#).replace("sg-4", "sg-5"));
    scratch.write("rule.json", format!(r#"{{"invokingEvent":{}}}"#, text_of(&change.replace("sg-4", "sg-6"))));
    scratch.write("lines.json", [item("sg-7"), item("sg-8")].join("\n"));
    scratch.write("api.json", format!(r#"{{"baseConfigurationItems":[{}]}}"#, item("sg-9")));
    scratch.write("oversized.json", r#"{"messageType":"OversizedConfigurationItemChangeNotification","configurationItemSummary":{"resourceType":"AWS::EC2::VPC"}}"#);
    scratch.write("trail.json", format!(r#"{{"Records":[{EVENT}]}}"#));
    let report = imported(&scratch).await;
    assert_eq!((report.events, report.duplicates, report.rejects), (9, 1, 0), "{report}");
    assert_eq!(skipped(&report), [(SkipReason::UnknownJson, 1), (SkipReason::Event, 1)]);

    let events = scratch.event_json().await;
    let first = events.iter().find(|event| event.contains("security-group/sg-1")).unwrap();
    assert!(first.ends_with(&format!(",\"eventData\":{}}}", item("sg-1"))), "{first}");
    let schema = scratch.store.schema();
    for row in scratch.physical_rows().await {
        let value = |name: &str| row[schema.index_of(name).unwrap()].as_str();
        assert_eq!(value("eventTime"), "2026-01-02T03:04:05.125Z");
        assert_eq!((value("awsRegion"), value("recipientAccountId")), ("eu-west-1", "111122223333"));
        assert_eq!((value("eventData_accountId"), value("eventData_configurationItemStateId")), ("111122223333", "7"));
        assert_eq!(value("eventRaw"), "NULL", "a template gives every item back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_meant_to_be_an_item_is_a_reject() {
    let scratch = Scratch::of(StoreType::ConfigurationItems).await;
    let no_type = item("sg-1").replace("\"resourceType\"", "\"kind\"");
    let broken = item("sg-2").replace("\"OK\"", "OK");
    scratch.write("a.json", snapshot(&[no_type, "7".to_owned(), broken, item("sg-3")]));
    let report = imported(&scratch).await;
    assert_eq!((report.events, report.rejects), (1, 3), "{report}");
    let snapshot = scratch.store.snapshot().await.unwrap();
    let rejects = snapshot.ledger().await.unwrap().rejects().await.unwrap();
    let said: Vec<String> = rejects.iter().map(|reject| format!("{}: {}", reject.json_path, reject.expected)).collect();
    assert_eq!(said[0], "configurationItems[0]: a configuration item with text \"resourceType\"");
    assert_eq!(said[1], "configurationItems[1]: a record");
}

#[tokio::test(flavor = "multi_thread")]
async fn insights_are_read_nested_and_flat() {
    let scratch = Scratch::of(StoreType::Insights).await;
    let flat = r#"{"eventVersion":"1.08","eventCategory":"Insight","eventID":"i2","eventTime":"2026-01-01T00:00:00Z","insightState":"Start","insightEventSource":"ec2.amazonaws.com","insightContext":{"baselineAverage":0.5,"insightAverage":7}}"#;
    scratch.write("a.json", format!(r#"{{"Records":[{INSIGHT},{flat},{EVENT}]}}"#));
    let report = imported(&scratch).await;
    assert_eq!((report.events, report.rejects), (2, 0), "{report}");
    assert_eq!(skipped(&report), [(SkipReason::Event, 1)]);
    let schema = scratch.store.schema();
    for row in scratch.physical_rows().await {
        let value = |name: &str| row[schema.index_of(name).unwrap()].as_str();
        assert_eq!(
            (value("insightDetails_state"), value("insightDetails_eventSource")),
            ("Start", "ec2.amazonaws.com")
        );
        assert_eq!(value("insightDetails_insightContext_statistics_insight_average"), "7");
    }
    let mut events = scratch.event_json().await;
    events.sort();
    let mut expected = vec![INSIGHT.to_owned(), flat.to_owned()];
    expected.sort();
    assert_eq!(events, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_read_from_the_lake_and_from_the_api() {
    let scratch = Scratch::of(StoreType::Evidence).await;
    let evidence = r#"{"id":"e1","dataSource":"AWS CloudTrail","evidenceAwsAccountId":"111122223333","time":"2026-01-01T00:00:00Z","evidenceByType":"User activity","attributes":{"a":"b"},"evidenceFolderId":"f1"}"#;
    let of_lake = r#"{"eventVersion":"1.0","eventCategory":"Evidence","eventType":"AwsAuditManagerEvidence","eventID":"x","eventTime":"2026-01-01T00:00:00Z","eventData":{"evidenceId":"e2","controlName":"c"}}"#;
    scratch.write("a.json", format!(r#"{{"evidence":[{evidence}]}}"#));
    scratch.write("b.json", of_lake);
    let report = imported(&scratch).await;
    assert_eq!((report.events, report.rejects), (2, 0), "{report}");
    let events = scratch.event_json().await;
    assert!(events.contains(&of_lake.to_owned()));
    assert!(events.iter().any(|event| event.ends_with(&format!(",\"eventData\":{evidence}}}"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_integrations_are_what_put_audit_events_takes() {
    let scratch = Scratch::of(StoreType::Activity).await;
    let document = format!(r#"{{"auditEvents":[{},{},{}]}}"#, audit_event("u1"), audit_event("u2"), audit_event("u1"));
    scratch.write("a.json", document);
    scratch.write("b.json", format!(r#"{{"auditEvents":[{{"id":"b","eventData":"no JSON"}},{}]}}"#, audit_event("u3")));
    let report = imported(&scratch).await;
    assert_eq!((report.events, report.duplicates, report.rejects), (3, 1, 1), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_take_their_own_and_say_what_else_there_was() {
    for store_type in StoreType::ALL {
        let scratch = Scratch::of(store_type).await;
        scratch.write("trail.json", format!(r#"{{"Records":[{EVENT}]}}"#));
        scratch.write("insight.json", format!(r#"{{"Records":[{INSIGHT}]}}"#));
        scratch.write("config.json", snapshot(&[item("sg-1")]));
        scratch.write("evidence.json", r#"{"evidenceFolderId":"f1","id":"e","evidenceByType":"Manual"}"#);
        scratch.write("put.json", format!(r#"{{"auditEvents":[{}]}}"#, audit_event("u1")));
        let report = imported(&scratch).await;
        assert_eq!((report.records, report.events, report.rejects), (5, 1, 0), "{store_type:?} {report}");
        assert_eq!(skipped(&report).len(), 4, "{store_type:?} {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sources_hold_is_recognised_by_content() {
    let of = async |name: &str, content: String| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        recognise(&[Source::Directory(folder.path().to_owned())]).await.unwrap()
    };
    assert_eq!(of("a", format!(r#"{{"Records":[{EVENT}]}}"#)).await, StoreType::Events);
    assert_eq!(of("a", format!(r#"{{"Records":[{INSIGHT}]}}"#)).await, StoreType::Insights);
    assert_eq!(of("a", snapshot(&vec![item("sg-1"); 5_000])).await, StoreType::ConfigurationItems);
    assert_eq!(of("a", format!(r#"{{"auditEvents":[{}]}}"#, audit_event("u"))).await, StoreType::Activity);
    assert_eq!(of("a", "{\"evidenceFolderId\":\"f\"}".to_owned()).await, StoreType::Evidence);
    // Where there are CloudTrail events, the rest lies beside them.
    assert_eq!(of("a", [item("sg-1"), EVENT.to_owned()].join("\n")).await, StoreType::Events);
    for nothing in ["", "notes", "{}"] {
        assert_eq!(of("a", nothing.to_owned()).await, StoreType::Events);
    }
    assert!(recognise(&[Source::Glob("/nothing/is/here/*".to_owned())]).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_any_size_is_read_in_parts() {
    let scratch = Scratch::of(StoreType::ConfigurationItems).await;
    let items: Vec<String> = (0..60_000).map(|number| item(&format!("sg-{number}"))).collect();
    scratch.write("snapshot.json", snapshot(&items));
    let report = imported(&scratch).await;
    assert_eq!((report.objects, report.events, report.rejects), (1, 60_000, 0), "{report}");
    assert_eq!(scratch.rows().await, 60_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_the_data_sets_are_read_whole() {
    let Some(root) = datasets() else { return };
    let scratch = Scratch::of(StoreType::ConfigurationItems).await;
    for (file, items) in [("aws-config-rdk/config_items.jsonl.gz", 80), ("cloud-custodian/config_items.jsonl.gz", 26)] {
        let report = scratch.import(root.join(file).to_str().unwrap()).await;
        assert_eq!(
            (report.records, report.events + report.duplicates, report.rejects),
            (items, items, 0),
            "{file} {report}"
        );
    }
    let insights = Scratch::of(StoreType::Insights).await;
    let report = insights.import(root.join("aws-cloudtrail-user-guide/insights.jsonl.gz").to_str().unwrap()).await;
    assert_eq!((report.events, report.rejects), (5, 0), "{report}");
}
