//! Records that no honest service writes.

use super::{are_rejects, are_rows, import, log, record, record_with};

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

#[tokio::test(flavor = "multi_thread")]
async fn nesting_within_the_limit_is_a_row() {
    let arrays = ["requestParameters", "unknown", "userAgent", "userIdentity"]
        .map(|member| record_with(3, &format!("\"{member}\":{}", nested("[", "]", 500))));
    let objects = record_with(4, &format!("\"responseElements\":{}", nested("{\"a\":", "}", 500)));
    are_rows(&[arrays.as_slice(), &[objects]].concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nesting_beyond_the_limit_costs_its_line_only() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let deep = record_with(3, &format!("\"requestParameters\":{}", nested(open, close, 10_000)));
        let lines = [record(1), deep, record(2)].join("\n");
        let outcome = import(&[("lines.jsonl", lines.into_bytes())]).await;
        assert_eq!(outcome.counts("lines.jsonl"), (2, 1, 0), "{open}");
        let reject = outcome.reject("lines.jsonl");
        assert!(reject.expected.contains("512 levels"), "{}", reject.expected);
        assert!(reject.json_path.contains("requestParameters"), "{}", reject.json_path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nesting_beyond_the_limit_costs_its_record_only() {
    let mut hostile = Vec::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        for member in ["requestParameters", "unknown"] {
            hostile.push(record_with(3, &format!("\"{member}\":{}", nested(open, close, 10_000))));
        }
    }
    are_rejects(&hostile, "512 levels").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn brackets_that_never_close_are_one_reject() {
    for (name, content) in [
        ("arrays.json", "[".repeat(1 << 20)),
        ("objects.json", "{\"a\":".repeat(1 << 18)),
        ("records.json", "{\"Records\":[".repeat(1 << 17)),
        ("wrappers.json", "{\"detail\":".repeat(1 << 17)),
    ] {
        let outcome = import(&[(name, content.into_bytes())]).await;
        assert_eq!(outcome.counts(name), (0, 1, 0));
        assert!(outcome.reject(name).raw.len() <= 1 << 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_keys_and_keys_that_differ_in_case_come_back() {
    let long =
        [vec!["\"awsRegion\":\"a\""; 50_000].join(","), format!("\"x\":[{}]", ["{\"k\":1,\"k\":2}"; 999].join(","))];
    let hostile: Vec<String> = [
        r#""eventName":"First","eventName":"Last""#,
        r#""eventname":"a","EventName":"b","EVENTNAME":"c","eventname":"d""#,
        r#""userIdentity":{"arn":"a","arn":"b","ARN":"c"},"userIdentity":{"type":"t"},"UserIdentity":null"#,
        r#""requestParameters":{"bucketName":"a","bucketName":"b","BucketName":"c"},"requestParameters":{}"#,
        r#""x":1,"x":2,"x":3,"X":4,"":5,"":6"#,
    ]
    .into_iter()
    .chain(long.iter().map(String::as_str))
    .zip(10..)
    .map(|(members, id)| record_with(id, members))
    .collect();
    are_rows(&hostile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_beyond_64_bits_come_back() {
    let long = "9".repeat(10_000);
    let mut hostile = Vec::new();
    for number in ["18446744073709551616", "-9223372036854775809", "1e999999999", "-0", "0.1E-400", "1e+5", &long] {
        for member in ["eventTime", "readOnly", "userAgent", "unknown", "userIdentity", "eventVersion", "eventID"] {
            hostile.push(format!("{{\"eventName\":\"A\",\"eventSource\":\"b\",\"{member}\":{number}}}"));
        }
        let keys = format!("\"requestParameters\":{{\"bucketName\":{number},\"n\":[{number}]}}");
        hostile.push(record_with(10, &keys));
    }
    are_rows(&hostile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_at_the_end_of_the_calendar_and_beyond_it_come_back() {
    let times = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "20161231T235960Z",
        "2026-02-30T00:00:00Z",
        "2026-03-01T12:00:00+99:99",
        "2026-03-01T12:00:00.999999999999999999999Z",
        "\\u0032026-03-01T12:00:00Z",
        "",
    ];
    let record = |time| format!("{{\"eventTime\":\"{time}\",\"eventName\":\"A\",\"eventSource\":\"b\"}}");
    are_rows(&times.map(record)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_a_million_keys_comes_back() {
    let keys = |count: usize| (0..count).map(|n| format!("\"{n:x}\":0")).collect::<Vec<_>>().join(",");
    for members in [format!("\"requestParameters\":{{{}}}", keys(1 << 20)), keys(1 << 16)] {
        let hostile = record_with(3, &members);
        let records = [record(1), hostile.clone(), record(2)];
        let outcome = import(&[("keys.json", log(records.iter().map(String::as_str)).into_bytes())]).await;
        assert_eq!(outcome.counts("keys.json"), (3, 0, 0));
        assert!(outcome.has_row(&hostile));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_where_a_record_should_is_a_reject_each() {
    let others = ["7", "null", "true", "\"x\"", "{}", "{\"eventName\":null,\"eventSource\":\"b\"}", "[7]"];
    let mut records = vec![record(1)];
    records.extend(others.map(str::to_owned));
    records.push(record(2));
    let outcome = import(&[("others.json", log(records.iter().map(String::as_str)).into_bytes())]).await;
    assert_eq!(outcome.counts("others.json"), (2, others.len() as u64, 0), "{}", outcome.report);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_array_where_a_record_should_stand_is_a_reject() {
    let records = [record(1), "[]".to_owned(), record(2)];
    let outcome = import(&[("empty.json", log(records.iter().map(String::as_str)).into_bytes())]).await;
    assert_eq!(outcome.counts("empty.json"), (2, 1, 0), "{}", outcome.report);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_container_that_breaks_off_count_once() {
    let bare = |name: &str| format!("{{\"eventName\":\"{name}\",\"eventSource\":\"b\"}}");
    let [a, b, c, d] = ["A", "B", "C", "D"].map(bare);
    let outcome = import(&[
        ("alone.json", format!("{{\"Records\":[\n{a}").into_bytes()),
        ("among_lines.jsonl", format!("{b}\n{{\"Records\":[\n{c},\n{d}\n").into_bytes()),
    ])
    .await;
    for record in [a, b, c, d] {
        let copies = outcome.rows.iter().filter(|row| **row == record).count();
        assert_eq!(copies, 1, "{record}\n{}", outcome.report);
    }
}
