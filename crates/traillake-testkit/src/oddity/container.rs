//! Where records are found besides delivered files, and files that look alike and hold none.

use super::{Nature, Oddity, delivered, quoted, record};
use crate::trail::gzip;

/// Containers with records in them.
pub(super) fn all() -> Vec<Oddity> {
    [json(), events(), messages(), compressed()].concat()
}

/// JSON files that are not CloudTrail's records.
pub(super) fn foreign() -> Vec<Oddity> {
    let foreign = |name, about, text: &str| Oddity::new(name, Nature::Foreign, about, text, &[]);
    vec![
        foreign(
            "digest",
            "a digest of CloudTrail's log validation",
            r#"{"awsAccountId":"111122223333","digestStartTime":"2026-03-01T11:00:00Z","digestEndTime":"2026-03-01T12:00:00Z","digestS3Bucket":"example-trail","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/111122223333_CloudTrail-Digest_us-east-1_management_us-east-1_20260301T120000Z.json.gz","digestPublicKeyFingerprint":"31e8b5433410dfb61a9dc45cc65b22ff","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}"#,
        ),
        foreign(
            "config_snapshot",
            "a configuration snapshot of AWS Config",
            r#"{"fileVersion":"1.0","configSnapshotId":"0dd00000-0000-4000-8000-00000000c0f1","configurationItems":[{"configurationItemVersion":"1.3","configurationItemCaptureTime":"2026-03-01T12:00:00.000Z","configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket","resourceId":"example-odd","awsRegion":"us-east-1","awsAccountId":"111122223333","ARN":"arn:aws:s3:::example-odd","tags":{},"relatedEvents":[],"relationships":[],"configuration":{}}]}"#,
        ),
        foreign(
            "s3_notification",
            "an event notification of S3: it has Records, an eventName and an eventSource, but is no CloudTrail record",
            r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-03-01T12:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AIDAODDODDODDEXAMPLE1"},"requestParameters":{"sourceIPAddress":"192.0.2.7"},"responseElements":{"x-amz-request-id":"ODD"},"s3":{"s3SchemaVersion":"1.0","configurationId":"all","bucket":{"name":"example-trail","arn":"arn:aws:s3:::example-trail"},"object":{"key":"AWSLogs/a.json.gz","size":1024}}}]}"#,
        ),
        foreign(
            "s3_test_event",
            "what S3 sends when notifications are set up",
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-03-01T12:00:00.000Z","Bucket":"example-trail","RequestId":"ODD","HostId":"odd"}"#,
        ),
        foreign(
            "delivery_notification",
            "CloudTrail's SNS message about a delivery",
            r#"{"s3Bucket":"example-trail","s3ObjectKey":["AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/a.json.gz"]}"#,
        ),
        foreign(
            "logs_control_message",
            "what CloudWatch Logs sends to see whether a subscriber is there",
            r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1772366400000,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#,
        ),
        foreign(
            "other_event",
            "an event of the event bus that CloudTrail did not send",
            r#"{"version":"0","id":"0dd00000-0000-4000-8000-0000000000eb","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"111122223333","time":"2026-03-01T12:00:00Z","region":"us-east-1","resources":[],"detail":{"instance-id":"i-0dd","state":"running"}}"#,
        ),
        foreign("other_object", "somebody's settings", r#"{"name":"odd","version":1,"Records":"none"}"#),
        foreign("no_records", "a delivered file without records", r#"{"Records":[]}"#),
        foreign("empty_array", "an array without records", "[]"),
        foreign("empty_object", "an object without members", "{}"),
    ]
}

/// Plain JSON, in other arrangements.
fn json() -> Vec<Oddity> {
    let three = [record(1), record(2), record(3)];
    let of = |name, about, text: String| Oddity::new(name, Nature::Container, about, text, &three);
    vec![
        of("records", "`{\"Records\":[…]}`: the ordinary delivered file", delivered(&three)),
        of(
            "records_among_others",
            "other members stand before and after `Records`",
            format!("{{\"version\":\"1\",\"meta\":{{\"Records\":[0]}},\"Records\":[{}],\"count\":3}}", three.join(",")),
        ),
        of("array", "a bare array of records", format!("[{}]", three.join(", "))),
        Oddity::new("bare", Nature::Container, "one record by itself", record(1), &[record(1)]),
        of("json_lines", "a record on each line", three.join("\n") + "\n").named("odd.jsonl"),
        of("json_lines_with_gaps", "lines end in CR LF, some are empty, the last has no end", three.join("\r\n\r\n")),
        of(
            "records_on_lines",
            "a delivered document on each line",
            format!("{}\n{}\n", delivered(&three[..2]), delivered(&three[2..])),
        ),
        of("byte_order_mark", "the file begins with U+FEFF", format!("\u{feff}{}", delivered(&three))),
        of(
            "space_around",
            "there is white space before and after the document",
            format!("\n \t{}\r\n\n", delivered(&three)),
        ),
        of("csv", "CloudTrail Lake's query results, with an `eventJson` column", csv(&three)).named("result_1.csv"),
    ]
}

/// Records as events of other services.
fn events() -> Vec<Oddity> {
    let two = [record(1), record(2)];
    let bus = |record: &str| {
        format!(
            r#"{{"version":"0","id":"0dd00000-0000-4000-8000-0000000000eb","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"111122223333","time":"2026-03-01T12:00:01Z","region":"us-east-1","resources":[],"detail":{record}}}"#
        )
    };
    let log_event = |(n, record): (usize, &String)| {
        format!(r#"{{"id":"3881{n:052}","timestamp":1772366400000,"message":{}}}"#, quoted(record))
    };
    let logs: Vec<_> = two.iter().enumerate().map(log_event).collect();
    let looked_up: Vec<_> = two
        .iter()
        .map(|record| {
            format!(
                r#"{{"EventId":"0dd00000-0000-4000-8000-000000000001","EventName":"GetBucketAcl","ReadOnly":"true","AccessKeyId":"AKIAODDODDODDEXAMPLE","EventTime":1772366401.0,"EventSource":"s3.amazonaws.com","Username":"alice","Resources":[{{"ResourceType":"AWS::S3::Bucket","ResourceName":"example-odd"}}],"CloudTrailEvent":{}}}"#,
                quoted(record)
            )
        })
        .collect();
    let of = |name, about, text: String, records: &[String]| Oddity::new(name, Nature::Container, about, text, records);
    vec![
        of("event_bus", "an event of EventBridge, the record in `detail`", bus(&two[0]), &two[..1]),
        of(
            "event_bus_lines",
            "an event of EventBridge on each line",
            format!("{}\n{}\n", bus(&two[0]), bus(&two[1])),
            &two,
        ),
        of(
            "log_events",
            "a subscription's payload of CloudWatch Logs, the records as text in `logEvents[].message`",
            format!(
                r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"trail","logStream":"111122223333_CloudTrail_us-east-1","subscriptionFilters":["all"],"logEvents":[{}]}}"#,
                logs.join(",")
            ),
            &two,
        ),
        of(
            "lookup_events",
            "the answer of `aws cloudtrail lookup-events`, the records as text in `Events[].CloudTrailEvent`",
            format!(
                "{{\n    \"Events\": [\n        {}\n    ],\n    \"NextToken\": \"odd\"\n}}\n",
                looked_up.join(",\n        ")
            ),
            &two,
        ),
    ]
}

/// Records as text in messages.
fn messages() -> Vec<Oddity> {
    let two = [record(1), record(2)];
    let notification = |message: &str| {
        format!(
            r#"{{"Type":"Notification","MessageId":"0dd00000-0000-4000-8000-000000000525","TopicArn":"arn:aws:sns:us-east-1:111122223333:trail","Message":{},"Timestamp":"2026-03-01T12:00:02.000Z","SignatureVersion":"1","Signature":"b2Rk","UnsubscribeURL":"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"}}"#,
            quoted(message)
        )
    };
    let queued = |body: &str| {
        format!(
            r#"{{"messageId":"0dd00000-0000-4000-8000-000000000595","receiptHandle":"odd","body":{},"attributes":{{"SentTimestamp":"1772366402000"}},"messageAttributes":{{}},"md5OfBody":"0","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:111122223333:trail","awsRegion":"us-east-1"}}"#,
            quoted(body)
        )
    };
    vec![
        Oddity::new(
            "sns",
            Nature::Container,
            "an SNS notification, the record as text in `Message`",
            notification(&two[0]),
            &two[..1],
        ),
        Oddity::new(
            "sqs",
            Nature::Container,
            "messages of SQS as a function receives them, the records as text in `Records[].body`",
            format!("{{\"Records\":[{},{}]}}", queued(&two[0]), queued(&two[1])),
            &two,
        ),
        Oddity::new(
            "sns_in_sqs",
            Nature::Container,
            "an SNS notification in a message of SQS: text in text",
            format!("{{\"Records\":[{}]}}", queued(&notification(&two[0]))),
            &two[..1],
        ),
    ]
}

/// Compressed files.
fn compressed() -> Vec<Oddity> {
    let (one, two) = ([record(1)], [record(2)]);
    let whole = delivered(&[record(1), record(2)]);
    let halves = whole.split_at(whole.len() / 2);
    let of = |name, about, bytes: Vec<u8>| Oddity::new(name, Nature::Container, about, bytes, &[record(1), record(2)]);
    vec![
        of("gzip", "gzip, as delivered", gzip(&whole)).named("odd.json.gz"),
        of("gzip_of_two_members", "two gzip members, one document", [gzip(halves.0), gzip(halves.1)].concat())
            .named("odd.json.gz"),
        of(
            "gzip_of_two_documents",
            "two gzip members, a document in each",
            [gzip(&delivered(&one)), gzip(&format!("\n{}", delivered(&two)))].concat(),
        )
        .named("odd.json.gz"),
        of("gzip_without_its_name", "gzip in a file named .json", gzip(&whole)),
        of("plain_in_the_name_of_gzip", "plain JSON in a file named .gz", whole.clone().into_bytes())
            .named("odd.json.gz"),
    ]
}

fn csv(records: &[String]) -> String {
    let mut text = String::from("\"eventTime\",\"eventName\",\"eventJson\"\n");
    for record in records {
        let json = record.replace('"', "\"\"");
        text.push_str(&format!("\"2026-03-01 12:00:01.000\",\"GetBucketAcl\",\"{json}\"\n"));
    }
    text
}
