use crate::decoder::{Decoder, Gathered, Tally};
use crate::skip::SkipReason;

const RECORD: &str = r#"{"eventVersion":"1.08","eventName":"GetObject","eventSource":"s3.amazonaws.com"}"#;

fn decode(document: impl AsRef<[u8]>) -> (Tally, Gathered) {
    let mut found = Gathered::default();
    let mut decoder = Decoder::new();
    let tally = decoder.decode_document(document.as_ref(), &mut found);
    decoder.flush(&mut found);
    let rows: usize = found.rows.iter().map(|rows| rows.batch.num_rows()).sum();
    assert_eq!(rows as u64, tally.events);
    assert_eq!(found.rejected.len() as u64, tally.rejects);
    assert_eq!(tally.records, tally.events + tally.rejects + tally.skipped.values().sum::<u64>());
    (tally, found)
}

fn text_of(json: &str) -> String {
    let mut out = String::new();
    traillake_event::json::write_string(&mut out, json);
    out
}

#[test]
fn every_container_gives_its_records() {
    let text = text_of(RECORD);
    for (document, events) in [
        (RECORD.to_owned(), 1),
        (format!("\u{feff}{RECORD}"), 1),
        (format!("{{\"Records\":[{RECORD},\n {RECORD}]}}"), 2),
        (format!("{{\"x\":{{\"y\":[1]}},\"Records\":[{RECORD}],\"z\":null}}"), 1),
        (format!("[{RECORD},{RECORD}]"), 2),
        (format!("[[{RECORD}],{{\"Records\":[{RECORD}]}}]"), 2),
        (format!("{RECORD}\n{RECORD}\r\n\n{RECORD}"), 3),
        (format!("{RECORD}\u{feff}{RECORD}"), 2),
        (format!("{{\"Records\":[{RECORD}]}}\n{{\"Records\":[{RECORD}]}}"), 2),
        (format!("{{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{RECORD}}}"), 1),
        (format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{{\"id\":\"1\",\"message\":{text}}}]}}"), 1),
        (format!("{{\"Events\":[{{\"EventName\":\"GetObject\",\"CloudTrailEvent\":{text}}}]}}"), 1),
        (format!("{{\"EventId\":\"1\",\"CloudTrailEvent\":{text}}}"), 1),
        (format!("{{\"Type\":\"Notification\",\"Message\":{text}}}"), 1),
        (format!("{{\"Records\":[{{\"messageId\":\"1\",\"eventSource\":\"aws:sqs\",\"body\":{text}}}]}}"), 1),
        (format!("{{\"Records\":[{{\"EventSource\":\"aws:sns\",\"Sns\":{{\"Message\":{text}}}}}]}}"), 1),
        (format!("{{\"event\":{{\"kind\":\"x\"}},\"aws\":{{\"cloudtrail\":{RECORD}}}}}"), 1),
        (format!("{{\"aws.cloudtrail\":{RECORD}}}"), 1),
        (format!("{{\"data\":{{\"Records\":[{RECORD}]}},\"log\":\"x\"}}"), 1),
        (format!("{{\"message\":{},\"n\":1}}", text_of(&format!("{{\"Records\":[{RECORD}]}}"))), 1),
        (format!("{{\"QueryResultRows\":[[{{\"eventName\":\"x\"}},{{\"eventJson\":{text}}}]]}}"), 1),
        (format!("{{\"eventjson\":{text}}}"), 1),
        (
            format!(
                "eventID,EVENTJSON\n1,\"{}\"\n2,\"{}\"\n",
                RECORD.replace('"', "\"\""),
                RECORD.replace('"', "\"\"")
            ),
            2,
        ),
        (format!("\"eventJson\"\r\n\"{}\"\r\n", RECORD.replace('"', "\"\"")), 1),
        (text.clone(), 1),
        (format!("[{text}]"), 1),
    ] {
        let (tally, found) = decode(&document);
        assert_eq!((tally.events, tally.rejects, tally.skipped.len()), (events, 0, 0), "{document}\n{found:?}");
    }
}

#[test]
fn foreign_documents_are_skipped_by_reason() {
    for (document, reason, count) in [
        ("", SkipReason::EmptyFile, 1),
        ("\u{feff} \n", SkipReason::EmptyFile, 1),
        ("\u{89}PNG", SkipReason::NotJson, 1),
        ("[2023-01-01] started", SkipReason::NotJson, 1),
        ("{{ template }}", SkipReason::NotJson, 1),
        ("\"quoted\" text", SkipReason::NotJson, 1),
        ("a,b\n1,2\n", SkipReason::NotJson, 1),
        ("{\"a\":1}", SkipReason::UnknownJson, 1),
        ("[1,2,3]", SkipReason::NotJson, 1),
        ("[\"a\",\"b\"]", SkipReason::UnknownJson, 1),
        ("{\"message\":\"{not json\"}", SkipReason::UnknownJson, 1),
        ("{\"awsAccountId\":\"1\",\"digestS3Object\":\"x\",\"logFiles\":[]}", SkipReason::Digest, 1),
        ("[{\"configurationItemStatus\":\"OK\"},{\"configurationItemStatus\":\"OK\"}]", SkipReason::Config, 2),
        ("{\"detail\":{\"configurationItem\":{},\"messageType\":\"x\"}}", SkipReason::Config, 1),
        ("{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"x\",\"configurationItems\":[]}", SkipReason::Config, 1),
        (
            "{\"Records\":[{\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{}}]}",
            SkipReason::S3Notification,
            1,
        ),
        ("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\"}", SkipReason::S3Notification, 1),
        ("{\"s3Bucket\":\"b\",\"s3ObjectKey\":[\"k\"]}", SkipReason::DeliveryNotification, 1),
        (
            "{\"Records\":[{\"eventSource\":\"aws:kinesis\",\"eventName\":\"aws:kinesis:record\"}]}",
            SkipReason::ServiceNotification,
            1,
        ),
        (
            "{\"Records\":[{\"eventVersion\":\"1.07\",\"eventTime\":\"x\",\"insightDetails\":{\"eventName\":\"x\"}}]}",
            SkipReason::Insight,
            1,
        ),
        ("{\"eventCategory\":\"Aggregated\",\"eventSource\":\"x\",\"awsRegion\":\"y\"}", SkipReason::Aggregated, 1),
        ("{\"auditEvents\":[{\"eventData\":\"{}\"}]}", SkipReason::AuditEvent, 1),
        (
            "{\"version\":\"1\",\"UID\":\"1\",\"eventName\":\"a\",\"eventSource\":\"b\",\"eventTime\":\"c\"}",
            SkipReason::AuditEvent,
            1,
        ),
        ("{\"QueryStatus\":\"FINISHED\",\"QueryResultRows\":[[{\"eventName\":\"x\"}]]}", SkipReason::QueryResults, 1),
        ("{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{\"message\":\"CWL\"}]}", SkipReason::ControlMessage, 1),
        ("{\"acsRegion\":\"cn\",\"eventName\":\"a\",\"eventSource\":\"b\"}", SkipReason::ActionTrail, 1),
    ] {
        let (tally, found) = decode(document);
        assert_eq!((tally.events, tally.rejects), (0, 0), "{document}\n{found:?}");
        assert_eq!(tally.skipped.into_iter().collect::<Vec<_>>(), [(reason, count)], "{document}");
    }
}

#[test]
fn empty_records_array_is_no_rows() {
    for document in ["{\"Records\":[]}", "[]", "{\"logEvents\":[]}"] {
        assert_eq!(decode(document).0, Tally::default(), "{document}");
    }
}

#[test]
fn rejects_say_what_is_wrong_and_where() {
    for (document, events, path, offset, expected, found) in [
        (
            "{\"Records\":[{\"a\":1}]}",
            0,
            "Records[0]",
            12,
            "a record with text \"eventName\"",
            "no member \"eventName\"",
        ),
        (
            "{\"Records\":[{\"eventName\":\"a\"}]}",
            0,
            "Records[0]",
            12,
            "a record with text \"eventSource\"",
            "no member \"eventSource\"",
        ),
        (
            "{\"Records\":[{\"eventName\":5,\"eventSource\":\"x\"}]}",
            0,
            "Records[0]",
            12,
            "a record with text \"eventName\"",
            "number in \"eventName\"",
        ),
        ("{\"Records\":[7]}", 0, "Records[0]", 12, "a record", "number"),
        ("{\"Records\":[\"x\"]}", 0, "Records[0]", 12, "a record", "text that is no JSON"),
        (
            "{\"eventVersion\":\"1\",\"eventTime\":\"x\",\"userIdentity\":{}}",
            0,
            "",
            0,
            "a record with text \"eventName\"",
            "no member \"eventName\"",
        ),
        (
            "{\"Records\":[{\"eventName\":\"a\",\"userIdentity\":{\"arn\":",
            0,
            "Records[0].userIdentity.arn",
            12,
            "a JSON value",
            "end of text",
        ),
        (
            "{\"Records\":[{\"eventName\":\"a\",\"eventSource\":\"b\"},",
            1,
            "Records[1]",
            48,
            "a JSON value",
            "end of text",
        ),
        ("{\"Records\":[{\"eventName\":\"a\",\"eventSource\":\"b\"}", 1, "Records", 47, "',' or ']'", "end of text"),
        ("{\"Records\":[{\"eventName\":\"a\",\"eventSource\":\"b\"}]", 1, "", 0, "',' or '}'", "end of text"),
        ("[{\"eventName\":\"a\",\"eventSource\":\"b\"}}},{}]", 1, "", 36, "',' or ']'", "'}'"),
        ("{\"eventName\":\"a\",\"eventSource\":\"b\"} x", 1, "[1]", 36, "a JSON value", "'x'"),
        ("{", 0, "", 0, "a member's key", "end of text"),
    ] {
        let (tally, gathered) = decode(document);
        let rejected = &gathered.rejected[0];
        assert_eq!((tally.events, tally.rejects), (events, 1), "{document}\n{gathered:?}");
        assert_eq!(
            (rejected.json_path.as_str(), rejected.offset, rejected.expected.as_str(), rejected.found.as_str()),
            (path, offset, expected, found),
            "{document}"
        );
    }
}

#[test]
fn a_broken_line_is_one_reject_and_the_others_stay() {
    let broken = r#"{"eventName":"x","eventSource":"#;
    for (document, events, rejects) in [
        (format!("{RECORD}\n{broken}\n{RECORD}\n{RECORD}"), 3, 1),
        (format!("{broken}\n{RECORD}"), 1, 1),
        (format!("{RECORD}\n{broken}\n{broken}\n{RECORD}"), 2, 2),
        (format!("{RECORD}\n{broken}"), 1, 1),
        (format!("{{\n\"Records\": [\n{RECORD},\n{{\"eventName\":}},\n{RECORD}\n]}}"), 2, 1),
        // What stands on a line of its own is whole whatever it stood in.
        (format!("{RECORD}\n[\n{RECORD}\n{RECORD}\n{RECORD}"), 4, 1),
        (format!("{{\"Records\":[\n{RECORD}\n{RECORD}"), 2, 1),
    ] {
        let (tally, found) = decode(&document);
        assert_eq!((tally.events, tally.rejects), (events, rejects), "{document}\n{found:?}");
    }
    let (_, found) = decode(format!("{RECORD}\n{broken}\n{RECORD}"));
    assert_eq!(found.rejected[0].raw, format!("{broken}\n").as_bytes());
    assert_eq!(found.rejected[0].index, Some(1));
}

#[test]
fn a_broken_element_costs_itself_only() {
    let record = |member: &str| format!("{}{member}}}", &RECORD[..RECORD.len() - 1]);
    let broken = [
        ",\"x\":NaN",
        ",\"x\":01",
        ",\"x\":+1",
        ",\"x\":tru",
        ",\"x\":'a'",
        ",\"x\":\"\\q\"",
        ",\"x\":\"\\u12G4\"",
        ",\"x\":\"a\"b\"",
        ",\"x\":1,",
        ",\"x\":[1,{\"y\":2]",
        "}",
        ",\"x\":{\"y\":1",
    ];
    for broken in broken.map(record) {
        for document in [
            format!("{{\"Records\":[{RECORD},{broken},{RECORD},{RECORD}]}}"),
            format!("[{broken} , {RECORD},{RECORD},{RECORD}]"),
            format!("{{\"Records\":[{RECORD},\n{RECORD},\n{broken},\n{RECORD}\n]}}"),
        ] {
            let (tally, found) = decode(&document);
            let of_brace = u64::from(broken.ends_with("}}") && broken.len() == RECORD.len() + 1);
            // With a brace too many the record before it is whole.
            assert_eq!((tally.events, tally.rejects), (3 + of_brace, 1), "{document}\n{found:?}");
            assert!(!tally.breaks_off);
            let raw = String::from_utf8(found.rejected[0].raw.clone()).unwrap();
            assert!(broken.ends_with(&raw), "{raw}");
        }
    }
    let (tally, found) = decode(format!("{{\"Records\":[{RECORD}{RECORD},{RECORD}]}}"));
    assert_eq!((tally.events, tally.rejects, found.rejected[0].raw.as_slice()), (3, 1, b"".as_slice()));
}

#[test]
fn what_is_cut_off_is_not_gone_on_with() {
    let inner = format!("{{\"eventName\":\"A\",\"eventSource\":\"b\",\"x\":[1,{RECORD},{RECORD},");
    let (tally, found) = decode(format!("{{\"Records\":[{RECORD},{inner}"));
    assert_eq!((tally.events, tally.rejects), (1, 1));
    assert_eq!(found.rejected[0].raw, inner.as_bytes());
}

#[test]
fn archives_are_told() {
    let mut tar = vec![b'x'; 600];
    tar[257..262].copy_from_slice(b"ustar");
    for (bytes, archive) in [(&b"PK\x03\x04..."[..], "ZIP"), (b"BZh91AY&SY", "bzip2"), (&tar, "tar")] {
        let (tally, found) = decode(bytes);
        assert_eq!(tally.rejects, 1);
        assert!(found.rejected[0].found.contains(archive) && found.rejected[0].found.ends_with("unpack it first"));
    }
}

#[test]
fn queues_and_odd_roots_are_seen_through() {
    let body = text_of(&format!("{{\"Records\":[{RECORD}]}}"));
    for document in [
        format!("{{\"Messages\":[{{\"MessageId\":\"1\",\"Body\":{body}}}]}}"),
        format!("{{\"MessageId\":\"1\",\"Body\":{body}}}"),
        format!("{{\"records\":[{RECORD}]}}"),
        format!("{{\"Records\":{RECORD}}}"),
    ] {
        assert_eq!(decode(&document).0.events, 1, "{document}");
    }
}

#[test]
fn a_front_that_is_no_record_costs_itself_only() {
    for front in
        ["e of a cut line\"}", "# a comment", "null", "\"x\"", "17", ",", "{", "}", "[", "{\"Records\":[", "{\"a\":"]
    {
        let (tally, found) = decode(format!("{front}\n{RECORD}\n{RECORD}\nbroken\n{RECORD}"));
        assert_eq!((tally.events, tally.rejects), (3, 2), "{front}: {found:?}");
        assert!(tally.skipped.is_empty(), "{front}: {tally:?}");
    }
    let (_, found) = decode(format!("\u{feff}tail\"}}\n{RECORD}"));
    assert_eq!((found.rejected[0].offset, found.rejected[0].raw.as_slice()), (3, b"tail\"}\n".as_slice()));
    // Speaking of events is not enough.
    let (tally, _) = decode(format!("a log\n  {RECORD}\n\"eventName\" is missing\n"));
    assert_eq!((tally.events, tally.skipped[&SkipReason::NotJson]), (0, 1));
}

#[test]
fn bytes_that_are_no_utf_8_cost_their_record_only() {
    let mut document = format!("[{RECORD},").into_bytes();
    document.extend_from_slice(b"{\"eventName\":\"\xff\xfe\",\"eventSource\":\"b\"},");
    document.extend_from_slice(format!("{RECORD}]").as_bytes());
    let (tally, found) = decode(&document);
    assert_eq!((tally.events, tally.rejects), (2, 1));
    assert_eq!(found.rejected[0].expected, "UTF-8 text");
    assert!(found.rejected[0].raw.windows(2).any(|pair| pair == b"\xff\xfe"));
}

#[test]
fn utf_16_is_told() {
    let (tally, found) = decode(b"\xff\xfe{\0}\0");
    assert_eq!(tally.rejects, 1);
    assert!(found.rejected[0].found.contains("UTF-16"));
}

#[test]
fn a_broken_string_inside_a_container_costs_that_string_only() {
    let (good, bad) = (text_of(RECORD), text_of(&RECORD[..40]));
    let document = format!("{{\"logEvents\":[{{\"message\":{bad}}},{{\"message\":{good}}}]}}");
    let (tally, found) = decode(&document);
    assert_eq!((tally.events, tally.rejects), (1, 1));
    assert_eq!(found.rejected[0].offset, document.find(&bad).unwrap() as u64);
    assert!(found.rejected[0].json_path.starts_with("logEvents[0].message"), "{}", found.rejected[0].json_path);
}

#[test]
fn nesting_of_containers_has_a_limit() {
    let mut document = RECORD.to_owned();
    for _ in 0..100 {
        document = format!("{{\"data\":{document}}}");
    }
    assert_eq!(decode(&document).0.skipped.into_iter().collect::<Vec<_>>(), [(SkipReason::UnknownJson, 1)]);
    assert_eq!(decode("[".repeat(100_000)).0.rejects, 1);
}
