use std::fs;

use serde_json::Value;

use crate::scratch::{Scratch, sample_trail, settled};

/// The sample trail as the store `trail`.
fn with_sample_trail() -> Scratch {
    let scratch = Scratch::new();
    let trail = sample_trail();
    assert_eq!(scratch.run(&["import", "trail", trail.to_str().unwrap(), "--quiet"]).status, 0);
    scratch
}

fn json(scratch: &Scratch, arguments: &[&str]) -> Value {
    let said = scratch.run(&[&["lookup"], arguments].concat());
    assert_eq!((said.stderr.as_str(), said.status), ("", 0), "{arguments:?}");
    serde_json::from_str(&said.stdout).unwrap()
}

fn names(events: &Value) -> Vec<&str> {
    events["Events"].as_array().unwrap().iter().map(|event| event["EventId"].as_str().unwrap()).collect()
}

#[test]
fn an_answer_has_the_form_of_the_aws_cli() {
    let said = Scratch::with_trail().run(&["lookup", "ResourceName=inbox", "EventName=PutObject"]);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let (head, rest) = said.stdout.split_once("\"CloudTrailEvent\": ").unwrap();
    insta::assert_snapshot!(head.trim_end(), @r#"
{
    "Events": [
        {
            "EventId": "e1",
            "EventName": "PutObject",
            "ReadOnly": "false",
            "EventTime": "2024-05-01T10:00:00+00:00",
            "EventSource": "s3.amazonaws.com",
            "Resources": [
                {
                    "ResourceType": "AWS::S3::Bucket",
                    "ResourceName": "inbox"
                }
            ],
"#);
    let (record, tail) = rest.split_once('\n').unwrap();
    let record: String = serde_json::from_str(record).unwrap();
    assert!(crate::scratch::LOG.contains(&record), "{record}");
    assert_eq!(tail, "        }\n    ]\n}\n");
}

#[test]
fn the_spelling_of_the_aws_cli_is_understood() {
    let scratch = with_sample_trail();
    let ours = json(&scratch, &["EventName=StopLogging"]);
    assert_eq!(ours["Events"][0]["Username"], "bob");
    let aws = ["--lookup-attributes", "AttributeKey=EventName,AttributeValue=StopLogging", "--output", "json"];
    assert_eq!(json(&scratch, &aws), ours);
    let bounds = ["--start-time", "2026-03-03T16:00:00Z", "--end-time", "2026-03-03 17:00:00", "--max-items", "3"];
    assert_eq!(names(&json(&scratch, &[&aws[..], &bounds].concat())), names(&ours));
    assert_eq!(names(&json(&scratch, &[&aws[..], &["--end-time", "2026-03-03"]].concat())), [""; 0]);
    assert_eq!(scratch.run(&["lookup", "EventName=None"]).stdout, "{\n    \"Events\": []\n}\n");
    assert_eq!(scratch.files(), ["lake"]);
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let scratch = with_sample_trail();
    let attributes = ["Username=deploy-ci", "--event-category", "management"];
    let all = json(&scratch, &[&attributes[..], &["--all"]].concat());
    let all = names(&all);
    let (mut paged, mut token): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let mut arguments = [&attributes[..], &["--max-results", "5"]].concat();
        arguments.extend(token.iter().flat_map(|token| ["--next-token", token.as_str()]));
        let page = json(&scratch, &arguments);
        assert!(names(&page).len() <= 5);
        paged.extend(names(&page).into_iter().map(str::to_owned));
        token = page["NextToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert!(all.len() > 10, "{}", all.len());
    assert_eq!(paged, all);
}

#[test]
fn events_of_one_time_and_id_are_told_apart_by_their_records() {
    let scratch = Scratch::new();
    let record = |agent: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2026-03-01T10:00:00Z","eventID":"same","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","userAgent":"{agent}"}}"#
        )
    };
    let records: Vec<String> = ["a", "b", "c", "d"].map(record).into();
    scratch.write("log.json", &format!("{{\"Records\":[{}]}}", records.join(",\n")));
    assert_eq!(scratch.run(&["import", "trail", "log.json", "--quiet"]).status, 0);
    let (mut found, mut token): (Vec<String>, Option<String>) = (Vec::new(), None);
    for _ in 0..records.len() {
        let mut arguments = vec!["--max-results", "1"];
        arguments.extend(token.iter().flat_map(|token| ["--next-token", token.as_str()]));
        let page = json(&scratch, &arguments);
        found.push(page["Events"][0]["CloudTrailEvent"].as_str().unwrap().to_owned());
        token = page["NextToken"].as_str().map(str::to_owned);
    }
    found.sort();
    assert_eq!((found, token), (records, None));
}

#[test]
fn a_token_of_another_lookup_is_refused() {
    let _settled = settled();
    let scratch = Scratch::with_trail();
    let page = json(&scratch, &["EventSource=s3.amazonaws.com", "--max-results", "1"]);
    let token = page["NextToken"].as_str().unwrap();
    let said = scratch.run(&["lookup", "EventSource=sts.amazonaws.com", "--next-token", token]);
    insta::assert_snapshot!(said.transcript(), @r#"
---
error: the next token belongs to another lookup (InvalidNextTokenException)
  hint: repeat the attributes, the times and the store of the page before; only the number may differ
=> 1
"#);
    let said = scratch.run(&["lookup", "EventSource=s3.amazonaws.com", "--next-token", &token[1..]]);
    insta::assert_snapshot!(said.transcript(), @r#"
---
error: this is no next token, or not all of it (InvalidNextTokenException)
  hint: give the whole NextToken of the page before
=> 1
"#);
}

#[test]
fn what_cannot_be_looked_up_is_said() {
    let scratch = Scratch::with_trail();
    let said = scratch.run(&["lookup", "Usernam=x"]);
    insta::assert_snapshot!(said.transcript(), @r#"
---
error: there is no attribute "Usernam" (InvalidLookupAttributesException)
  hint: did you mean Username?
=> 1
"#);
    let said = scratch.run(&["lookup", "just-a-word"]);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("\"just-a-word\" is no attribute with a value: write NAME=VALUE"), "{}", said.stderr);
    let said = scratch.run(&["lookup", "--event-category", "insight"]);
    assert!(said.stderr.starts_with("error: the lake has no event data store of such events"), "{}", said.stderr);
    let said = scratch.run(&["lookup", "--start-time", "2026-03-02", "--end-time", "2026-03-01"]);
    assert!(
        said.stderr.starts_with("error: the start time lies behind the end time (InvalidTimeRangeException)"),
        "{}",
        said.stderr
    );
}

#[test]
fn events_are_rows_lines_or_text_as_well() {
    let scratch = Scratch::with_trail();
    let run = |format: &str| scratch.run(&["lookup", "EventSource=s3.amazonaws.com", "--format", format]).stdout;
    insta::assert_snapshot!(run("csv"), @r#"
EventTime,EventName,Username,EventSource,AwsRegion,SourceIPAddress,ErrorCode,ResourceNames,EventId
2024-05-01 11:00:00.000,GetObject,,s3.amazonaws.com,eu-central-1,192.0.2.1,,inbox,e2
2024-05-01 10:00:00.000,PutObject,,s3.amazonaws.com,eu-central-1,192.0.2.1,,inbox,e1
"#);
    assert_eq!(run("jsonl").lines().count(), 2);
    let text = run("text");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(|line| line[0]).collect::<Vec<_>>(), ["EVENTS", "RESOURCES", "EVENTS", "RESOURCES"]);
    assert_eq!((lines[0].len(), lines[0][3], lines[1][1]), (9, "e2", "inbox"));
    assert_eq!(scratch.run(&["lookup", "ReadOnly=false", "--output", "out.jsonl"]).stdout, "");
    assert_eq!(fs::read_to_string(scratch.path("out.jsonl")).unwrap().lines().count(), 1);
    let said = scratch.run(&["lookup", "--max-results", "1", "--format", "table"]);
    assert!(
        said.stderr.ends_with("there may be more: --max-results N gives more events, --all gives all\n"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_sql_is_shown_and_runs() {
    let scratch = Scratch::with_trail();
    let said = scratch.run(&["lookup", "Username=it's", "--sql"]);
    insta::assert_snapshot!(said.stdout, @r#"
SELECT eventID AS EventId, eventName AS EventName, readOnly AS ReadOnly,
  userIdentity.accessKeyId AS AccessKeyId, eventTime AS EventTime, eventSource AS EventSource,
  CASE WHEN userIdentity.type = 'Root' THEN 'root'
    WHEN userIdentity.userName IS NOT NULL THEN userIdentity.userName
    WHEN userIdentity.type IN ('AssumedRole', 'FederatedUser') AND userIdentity.arn LIKE '%/%'
    THEN element_at(split(userIdentity.arn, '/'), -1) END AS Username,
  eventJson AS CloudTrailEvent
FROM "trail"
WHERE ((userIdentity.userName = 'it''s' AND coalesce(userIdentity.type, '') <> 'Root')
    OR (userIdentity.userName IS NULL AND userIdentity.type IN ('AssumedRole', 'FederatedUser') AND userIdentity.arn LIKE '%/it''s'))
ORDER BY eventTime DESC, eventID DESC
LIMIT 51;
"#);
    let sql = scratch.run(&["lookup", "EventName=GetObject", "--sql"]).stdout;
    let said = scratch.run(&["query", "--format", "jsonl", &sql]);
    assert!(said.stdout.starts_with("{\"EventId\":\"e2\","), "{}{}", said.stdout, said.stderr);
}

#[test]
fn log_files_are_looked_up_without_a_lake() {
    let trail = sample_trail();
    let events = json(&Scratch::new(), &["AccessKeyId=AKIA62G3F4VK4EXAMPLE", "--from", trail.to_str().unwrap()]);
    assert!(!names(&events).is_empty());
}
