use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use proptest::prelude::*;
use traillake_event::schema::Schema;
use traillake_event::template::{Leaves, Template};

use super::*;

/// One row of a batch, as a reader sees it.
struct Row<'a>(&'a Rows, usize);

impl<'a> Row<'a> {
    fn column(&self, name: &str) -> &'a dyn Array {
        self.0.batch.column_by_name(name).unwrap().as_ref()
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let column = self.column(name);
        match column.as_dictionary_opt::<Int16Type>() {
            Some(dictionary) => dictionary.key(self.1).map(|key| dictionary.values().as_string::<i32>().value(key)),
            None => column.is_valid(self.1).then(|| column.as_string::<i32>().value(self.1)),
        }
    }

    fn event_json(&self) -> String {
        let Some(template) = self.get("eventTemplate") else { return self.get("eventRaw").unwrap().to_owned() };
        let mut out = String::new();
        assert!(Template::parse(template, Schema::events()).unwrap().assemble(self, &mut out));
        out
    }
}

impl Leaves for Row<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        self.get(&Schema::events().columns()[column].name)
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        let column = self.0.batch.column(column).as_boolean();
        column.is_valid(self.1).then(|| column.value(self.1))
    }

    fn millis(&self, column: usize) -> Option<i64> {
        let column = self.0.batch.column(column).as_primitive::<TimestampMicrosecondType>();
        column.is_valid(self.1).then(|| column.value(self.1) / 1_000)
    }

    fn unmapped(&self) -> &str {
        self.get("unmapped").unwrap_or_default()
    }
}

fn decode(document: &[u8]) -> (Tally, Gathered) {
    let mut found = Gathered::default();
    let mut decoder = Decoder::new();
    let tally = decoder.decode_document(document, &mut found);
    decoder.flush(&mut found);
    (tally, found)
}

/// Decodes one record with these further members and hands its row to `check`.
fn with_record(members: &str, check: impl FnOnce(Row<'_>)) {
    let record = format!("{{\"eventName\":\"A\",\"eventSource\":\"b\",{members}}}");
    let (tally, found) = decode(record.as_bytes());
    assert_eq!(tally.events, 1, "{record}");
    let row = Row(&found.rows[0], 0);
    assert_eq!(row.event_json(), record);
    check(row);
}

#[test]
fn text_takes_any_json() {
    for (json, value) in [
        (r#""x""#, Some("x")),
        (r#""q\"\n""#, Some("q\"\n")),
        (r#""""#, Some("")),
        ("12.50", Some("12.50")),
        (r#"["a", 1]"#, Some(r#"["a", 1]"#)),
        ("true", Some("true")),
        ("null", None),
    ] {
        with_record(&format!("\"userAgent\":{json}"), |row| {
            assert_eq!(row.get("userAgent"), value, "{json}");
            assert!(row.get("eventTemplate").is_some(), "{json}");
        });
    }
}

#[test]
fn odd_escapes_keep_the_raw_text() {
    for json in [r#""a\/b""#, r#""\u0041""#, "\"a\tb\"", "\"\u{1}\"", r#""\ud800""#] {
        with_record(&format!("\"userAgent\":{json}"), |row| assert!(row.get("eventRaw").is_some(), "{json}"));
    }
}

#[test]
fn booleans_are_read_from_text_too() {
    for (json, value, unmapped) in [
        ("true", Some(true), None),
        ("\"false\"", Some(false), None),
        ("null", None, None),
        ("\"yes\"", None, Some("{\"readOnly\":\"yes\"}")),
        ("1", None, Some("{\"readOnly\":1}")),
    ] {
        with_record(&format!("\"readOnly\":{json}"), |row| {
            assert_eq!(row.boolean(Schema::events().index_of("readOnly").unwrap()), value, "{json}");
            assert_eq!(row.get("unmapped"), unmapped, "{json}");
            assert!(row.get("eventTemplate").is_some(), "{json}");
        });
    }
}

#[test]
fn times_are_read_and_unreadable_ones_kept() {
    for (json, millis, is_raw, unmapped) in [
        ("\"2023-07-19T21:11:57Z\"", Some(1_689_801_117_000), false, None),
        ("\"20131102T010628Z\"", Some(1_383_354_388_000), false, None),
        ("\"2023-07-19 21:11:57.123\"", Some(1_689_801_117_123), true, None),
        ("\"redacted\"", None, false, Some("{\"eventTime\":\"redacted\"}")),
        ("1689801117", None, false, Some("{\"eventTime\":1689801117}")),
        ("null", None, false, None),
    ] {
        with_record(&format!("\"eventTime\":{json}"), |row| {
            assert_eq!(row.millis(Schema::events().index_of("eventTime").unwrap()), millis, "{json}");
            assert_eq!(row.get("eventRaw").is_some(), is_raw, "{json}");
            assert_eq!(row.get("unmapped"), unmapped, "{json}");
            assert_eq!(row.0.days[0].is_some(), millis.is_some());
        });
    }
}

#[test]
fn maps_keep_their_text_and_show_hot_keys() {
    let map =
        r#"{ "bucketName":"a\"b", "roleArn":null, "name":{"x":[1]}, "keyId":1, "keyId":"last", "BucketName":"no" }"#;
    with_record(&format!("\"requestParameters\":{map}"), |row| {
        assert_eq!(row.get("requestParameters"), Some(map));
        assert_eq!(row.get("requestParameters_bucketName"), Some("a\"b"));
        assert_eq!(row.get("requestParameters_roleArn"), None);
        assert_eq!(row.get("requestParameters_name"), Some("{\"x\":[1]}"));
        assert_eq!(row.get("requestParameters_keyId"), Some("last"));
        assert!(row.get("eventTemplate").is_some());
    });
    with_record("\"requestParameters\":null,\"serviceEventDetails\":\"text\"", |row| {
        assert_eq!(row.get("requestParameters"), None);
        assert_eq!(row.get("serviceEventDetails"), Some("\"text\""));
    });
}

#[test]
fn structs_descend_and_tell_absent_from_empty() {
    let objects = |row: &Row<'_>| row.column("objects").as_primitive::<Int32Type>().value(row.1);
    let bit = |path: &[&str]| 1 << Schema::events().object_bit(path).unwrap();
    with_record(r#""userIdentity":{"type":"X","sessionContext":{"sessionIssuer":{}},"onBehalfOf":null}"#, |row| {
        assert_eq!(row.get("userIdentity_type"), Some("X"));
        let session = ["userIdentity", "sessionContext", "sessionIssuer"];
        assert_eq!(objects(&row), bit(&session[..1]) | bit(&session[..2]) | bit(&session));
    });
    with_record(r#""userIdentity":"root","tlsDetails":null"#, |row| {
        assert_eq!(objects(&row), 0);
        assert_eq!(row.get("unmapped"), Some(r#"{"userIdentity":"root"}"#));
    });
}

#[test]
fn unknown_members_survive_under_their_path() {
    with_record(r#""p_any": [1, 2],"tlsDetails":{"keyExchange":"x","tlsVersion":"1"},"eventname":"a""#, |row| {
        assert_eq!(row.get("unmapped"), Some(r#"{"p_any":[1, 2],"tlsDetails.keyExchange":"x","eventname":"a"}"#));
        assert_eq!(row.get("tlsDetails_tlsVersion"), Some("1"));
        assert!(row.get("eventTemplate").is_some());
    });
}

#[test]
fn of_repeated_members_the_last_counts() {
    with_record(r#""awsRegion":"a","awsRegion":"b","userIdentity":{"arn":"x"},"userIdentity":{"type":"t"}"#, |row| {
        assert_eq!(row.get("awsRegion"), Some("b"));
        assert_eq!(row.get("userIdentity_arn"), None);
        assert_eq!(row.get("userIdentity_type"), Some("t"));
        assert!(row.get("eventRaw").is_some());
    });
}

#[test]
fn the_digest_begins_the_hash_of_the_text() {
    with_record("\"x\":1", |row| {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(row.event_json());
        let digest = row.column("eventDigest").as_primitive::<Int64Type>().value(row.1);
        assert_eq!(digest.to_be_bytes(), hash[..8]);
    });
}

const SAMPLE: &str = r#"{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:é","sessionContext":{"attributes":{"creationDate":"2023-07-19T21:11:57Z"}}},"eventTime":"2023-07-19T21:11:57Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","readOnly":true,"requestParameters":{"bucketName":"b\"","n":[1,2]},"x":{"y":1}},{"eventName":"B","eventSource":"b","logEvents":"no","detail":{"eventName":"C","eventSource":"c"}}]}"#;

#[test]
fn a_document_cut_at_any_byte_keeps_what_came_before() {
    let whole = decode(SAMPLE.as_bytes());
    assert_eq!((whole.0.events, whole.0.rejects), (2, 0));
    let first_end = SAMPLE.find("},{").unwrap() + 1;
    for cut in 1..SAMPLE.len() {
        let (tally, found) = decode(&SAMPLE.as_bytes()[..cut]);
        let events = if cut < first_end { 0 } else { 1 };
        assert!(tally.events >= events, "{cut}: {tally:?}");
        assert_eq!(tally.rejects, 1, "{cut}: {tally:?}");
        for rows in &found.rows {
            for row in 0..rows.batch.num_rows() {
                assert!(SAMPLE.contains(&Row(rows, row).event_json()));
            }
        }
    }
}

/// What a decoder makes of a document, its text columns as plain text.
fn outcome(decoder: &mut Decoder, document: &[u8]) -> (Tally, Vec<Vec<ArrayRef>>, Vec<crate::reject::Rejected>) {
    let mut found = Gathered::default();
    let tally = decoder.decode_document(document, &mut found);
    decoder.flush(&mut found);
    let plain = |column: &ArrayRef| match column.data_type() {
        DataType::Dictionary(..) => arrow::compute::cast(column, &DataType::Utf8).unwrap(),
        _ => std::sync::Arc::clone(column),
    };
    let rows = found.rows.iter().map(|rows| rows.batch.columns().iter().map(plain).collect());
    (tally, rows.collect(), found.rejected)
}

proptest! {
    #[test]
    fn a_record_reads_alike_whether_its_shape_is_known_or_not(
        changes in proptest::collection::vec((0..SAMPLE.len(), 0..SAMPLE.len(), 0..12usize), 0..6),
        bytes in proptest::collection::vec((0..SAMPLE.len(), any::<u8>()), 0..3),
    ) {
        let mut knowing = Decoder::new();
        outcome(&mut knowing, SAMPLE.as_bytes());
        let mut document = SAMPLE.as_bytes().to_vec();
        for (to, from, length) in changes {
            let length = length.min(document.len() - to.max(from));
            document.copy_within(from..from + length, to);
        }
        for (at, byte) in bytes {
            document[at] = byte;
        }
        // The second time, every shape of the document is known too.
        for _ in 0..2 {
            prop_assert_eq!(outcome(&mut knowing, &document), outcome(&mut Decoder::new(), &document));
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        decode(&bytes);
    }

    #[test]
    fn any_change_of_a_document_is_answered(
        changes in proptest::collection::vec((0..SAMPLE.len(), any::<u8>()), 1..6),
    ) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let (tally, found) = decode(&bytes);
        let rows: usize = found.rows.iter().map(|rows| rows.batch.num_rows()).sum();
        prop_assert_eq!(tally.records, tally.events + tally.rejects + tally.skipped.values().sum::<u64>());
        prop_assert_eq!(rows as u64, tally.events);
        for rows in &found.rows {
            for row in 0..rows.batch.num_rows() {
                let json = Row(rows, row).event_json();
                let in_string = String::from_utf8_lossy(&bytes).contains(&json);
                prop_assert!(in_string || json.contains("\"C\"") , "{}", json);
            }
        }
    }

    #[test]
    fn any_members_come_back_exactly(values in proptest::collection::vec((".{0,6}", ".{0,12}"), 0..8)) {
        let mut record = String::from("{\"eventName\":\"a\",\"eventSource\":\"b\"");
        for (key, value) in &values {
            record.push(',');
            traillake_event::json::write_string(&mut record, key);
            record.push_str(" : ");
            traillake_event::json::write_string(&mut record, value);
        }
        record.push('}');
        let (tally, found) = decode(record.as_bytes());
        prop_assert_eq!(tally.events, 1);
        prop_assert_eq!(Row(&found.rows[0], 0).event_json(), record.as_str());
        let mut knowing = Decoder::new();
        let first = outcome(&mut knowing, record.as_bytes());
        prop_assert_eq!(outcome(&mut knowing, record.as_bytes()), first);
    }
}
