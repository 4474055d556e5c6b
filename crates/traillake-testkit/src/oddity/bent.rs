//! Records that are not quite as documented, each in an ordinary delivered file.

use super::{Nature, Oddity, delivered, record};

pub(super) fn all() -> Vec<Oddity> {
    [types(), absences(), times(), texts(), layout()].concat()
}

/// Values of another JSON type than the column's.
fn types() -> Vec<Oddity> {
    vec![
        swapped("number_for_text", "`eventVersion` is a number", r#""eventVersion":"1.11""#, r#""eventVersion":1.11"#),
        swapped(
            "array_for_text",
            "`userAgent` is an array",
            r#""userAgent":"odd/1.0""#,
            r#""userAgent":["odd/1.0","even"]"#,
        ),
        swapped(
            "object_for_text",
            "`errorMessage` is an object",
            r#""readOnly":true"#,
            r#""errorMessage":{"text":"no"},"readOnly":true"#,
        ),
        swapped("text_for_boolean", "`readOnly` is the text `true`", r#""readOnly":true"#, r#""readOnly":"true""#),
        swapped("number_for_boolean", "`managementEvent` is 1", r#""managementEvent":true"#, r#""managementEvent":1"#),
        swapped(
            "text_for_map",
            "`requestParameters` is a text",
            r#"{"bucketName":"example-odd","acl":""}"#,
            r#""example-odd""#,
        ),
        swapped(
            "array_for_map",
            "`requestParameters` is an array",
            r#"{"bucketName":"example-odd","acl":""}"#,
            r#"[1,{"a":2}]"#,
        ),
        swapped(
            "text_for_array",
            "`resources` is a text",
            r#"[{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-odd"}]"#,
            r#""arn:aws:s3:::example-odd""#,
        ),
        swapped(
            "object_for_array",
            "`resources` is the one resource itself",
            r#"[{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-odd"}]"#,
            r#"{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-odd"}"#,
        ),
        swapped("text_for_identity", "`userIdentity` is a text", &identity(&record(1)), r#""alice""#),
        swapped(
            "number_for_account",
            "`accountId` is a number",
            r#""accountId":"111122223333","accessKeyId""#,
            r#""accountId":111122223333,"accessKeyId""#,
        ),
        swapped(
            "values_of_every_type",
            "a map holds numbers of all sizes, booleans, null, empty and nested values",
            r#""acl":"""#,
            r#""acl":"","n":0,"big":123456789012345678901234567890,"small":-1.50e-7,"yes":true,"no":false,"none":null,"o":{},"a":[],"text":"null","deep":{"a":[{"b":null}]}"#,
        ),
    ]
}

/// Members that are missing, null, twice there, or unknown.
fn absences() -> Vec<Oddity> {
    vec![
        swapped("no_event_time", "there is no `eventTime`", r#""eventTime":"2026-03-01T12:00:01Z","#, ""),
        swapped("null_event_time", "`eventTime` is null", r#""2026-03-01T12:00:01Z""#, "null"),
        swapped("no_event_id", "there is no `eventID`", r#""eventID":"0dd00000-0000-4000-8000-000000000001","#, ""),
        swapped("event_id_is_no_uuid", "`eventID` is `1`", "0dd00000-0000-4000-8000-000000000001", "1"),
        swapped("null_identity", "`userIdentity` is null", &identity(&record(1)), "null"),
        swapped("empty_identity", "`userIdentity` is an empty object", &identity(&record(1)), "{}"),
        swapped(
            "member_twice",
            "`eventName` is there twice, with two values",
            r#""awsRegion""#,
            r#""eventName":"PutBucketAcl","awsRegion""#,
        ),
        swapped("map_key_twice", "a key of a map is there twice", r#""acl":"""#, r#""acl":"","acl":"private""#),
        swapped(
            "keys_that_differ_in_case",
            "two keys of a map differ in case only",
            r#""acl":"""#,
            r#""acl":"","ACL":{"Owner":"me"}"#,
        ),
        swapped("member_in_lower_case", "members are spelt in lower case", r#""eventName""#, r#""eventname""#),
        swapped(
            "unknown_members",
            "there are members no version has",
            r#""readOnly":true"#,
            r#""readOnly":true,"p_source":"x","newField":{"a":[1,2]}"#,
        ),
        swapped(
            "unknown_members_of_identity",
            "`userIdentity` and its session have members no version has",
            r#""userName":"alice""#,
            r#""userName":"alice","credentialId":"c-1","sessionContext":{"attributes":{"creationDate":"2026-03-01T11:00:00Z","mfaAuthenticated":"false","level":2},"assumedRoot":"true"}"#,
        ),
        bent(
            "two_members",
            "a record of two members",
            r#"{"eventName":"GetBucketAcl","eventSource":"s3.amazonaws.com"}"#.to_owned(),
        ),
        bent("empty_record", "a record without members", "{}".to_owned()),
    ]
}

/// Times in forms that occur besides `2026-03-01T12:00:01Z`.
fn times() -> Vec<Oddity> {
    let time = |name, about, form: &str| swapped(name, about, "2026-03-01T12:00:01Z", form);
    vec![
        time("time_with_space", "`eventTime` as CloudTrail Lake prints it", "2026-03-01 12:00:01.000"),
        time("time_with_space_and_no_fraction", "`eventTime` with a space", "2026-03-01 12:00:01"),
        time("time_with_fraction", "`eventTime` with nanoseconds", "2026-03-01T12:00:01.123456789Z"),
        time("time_with_offset", "`eventTime` with an offset from UTC", "2026-03-01T13:00:01+01:00"),
        time("time_in_basic_form", "`eventTime` in ISO 8601's basic form", "20260301T120001Z"),
        time("time_redacted", "`eventTime` is no time", "redacted"),
        time("time_of_no_day", "`eventTime` is of 30 February", "2026-02-30T12:00:01Z"),
        time("time_empty", "`eventTime` is empty", ""),
        swapped("time_as_seconds", "`eventTime` is a number of seconds", r#""2026-03-01T12:00:01Z""#, "1772366401"),
        swapped(
            "creation_date_in_basic_form",
            "`creationDate` as records of version 1.02 have it",
            r#""userName":"alice""#,
            r#""userName":"alice","sessionContext":{"attributes":{"creationDate":"20260301T110000Z","mfaAuthenticated":"false"}}"#,
        ),
    ]
}

/// Strings that are spelt in uncommon ways.
fn texts() -> Vec<Oddity> {
    let agent = |name, about, text: &str| swapped(name, about, "odd/1.0", text);
    vec![
        agent("escaped_letters", "letters and solidus are escaped without need", r"caf\u00e9 \/ na\u00EFve \u0041"),
        agent("escaped_surrogates", "a character beyond the basic plane is a pair of escapes", r"\ud83d\ude00"),
        agent("escaped_nul", "a string holds U+0000", r"nul\u0000l"),
        agent("raw_newline_in_string", "a string holds a raw line end and tab: no strict JSON", "one\ntwo\tthree"),
        agent("other_scripts", "a string holds unescaped characters of two, three and four bytes", "Ümläut 請求書 😀"),
        swapped(
            "escaped_member_name",
            "the name of a member is spelt with an escape",
            r#""userAgent""#,
            r#""user\u0041gent""#,
        ),
        agent("long_text", "a string of 100,000 characters", &"x".repeat(100_000)),
    ]
}

/// Layout between the tokens.
fn layout() -> Vec<Oddity> {
    let pretty = record(1).replace("\",\"", "\",\n      \"").replace("\":", "\" : ");
    let spread = format!("{{\n  \"Records\" : [\n    {pretty},\r\n\t{}\n  ]\n}}\n", record(2));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
    vec![
        Oddity::new("pretty_printed", Nature::Bent, "the document is spread over lines", spread, &[pretty, record(2)]),
        swapped(
            "eleven_levels_deep",
            "a record nests objects eleven deep",
            r#"{"bucketName":"example-odd","acl":""}"#,
            &deep,
        ),
        Oddity::new(
            "one_bent_among_good_ones",
            Nature::Bent,
            "the second of three records has no `eventTime`",
            delivered(&[record(1), swap(2, r#""eventTime":"2026-03-01T12:00:02Z","#, ""), record(3)]),
            &[record(1), swap(2, r#""eventTime":"2026-03-01T12:00:02Z","#, ""), record(3)],
        ),
        Oddity::new(
            "same_id_other_content",
            Nature::Bent,
            "two records share an `eventID` and differ otherwise",
            delivered(&[record(1), swap(1, "192.0.2.7", "192.0.2.8")]),
            &[record(1), swap(1, "192.0.2.7", "192.0.2.8")],
        ),
        Oddity::new(
            "same_record_twice",
            Nature::Bent,
            "one file holds a record twice, byte for byte",
            delivered(&[record(1), record(1)]),
            &[record(1), record(1)],
        ),
    ]
}

/// A file with one record, in which `from` stands for `to`.
fn swapped(name: &'static str, about: &'static str, from: &str, to: &str) -> Oddity {
    bent(name, about, swap(1, from, to))
}

fn bent(name: &'static str, about: &'static str, text: String) -> Oddity {
    Oddity::new(name, Nature::Bent, about, delivered(std::slice::from_ref(&text)), &[text])
}

fn swap(n: u32, from: &str, to: &str) -> String {
    let plain = record(n);
    assert!(plain.matches(from).count() == 1, "{from} is to stand once in the ordinary record");
    plain.replace(from, to)
}

/// The `userIdentity` object as it stands in a record.
fn identity(record: &str) -> String {
    let start = record.find(r#"{"type""#).unwrap_or_default();
    let end = record[start..].find('}').unwrap_or_default();
    record[start..=start + end].to_owned()
}
