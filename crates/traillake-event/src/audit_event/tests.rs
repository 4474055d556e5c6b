use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ACCOUNT: &str = "111122223333";

/// An event with every field.
fn event() -> Value {
    json!({
        "version": "1",
        "userIdentity": {"type": "CustomUser", "principalId": "p-1", "details": {"team": "a"}},
        "userAgent": "agent/1",
        "eventSource": "custom.example.com",
        "eventName": "SignIn",
        "eventTime": "2023-11-18T15:19:55",
        "UID": "u-1",
        "requestParameters": {"a": 1},
        "responseElements": {"b": [2]},
        "errorCode": "Denied",
        "errorMessage": "no",
        "sourceIPAddress": "203.0.113.7",
        "recipientAccountId": ACCOUNT,
        "additionalEventData": {"c": "d"},
    })
}

/// The event with another value at a path, or without it.
fn with(path: &str, value: Option<Value>) -> String {
    let mut event = event();
    let (parent, name) = match path.strip_prefix("userIdentity.") {
        Some(name) => (&mut event["userIdentity"], name),
        None => (&mut event, path),
    };
    let members = parent.as_object_mut().unwrap();
    match value {
        Some(value) => _ = members.insert(name.to_owned(), value),
        None => _ = members.remove(name),
    }
    event.to_string()
}

#[track_caller]
fn check(event_data: &str, code: RefusalCode, field: &str, says: &str) {
    let shown: String = event_data.chars().take(60).collect();
    let refusal = match AuditEvent::read(event_data, Some(ACCOUNT)) {
        Err(refusal) => refusal,
        Ok(_) => panic!("{field}: accepted: {shown}"),
    };
    assert_eq!((refusal.code, refusal.field), (code, Some(field)), "{refusal}: {shown}");
    assert!(refusal.to_string().contains(says), "{refusal}");
    assert!(refusal.to_string().len() < 1024);
}

#[test]
fn every_field_is_read() {
    let text = event().to_string();
    let read = AuditEvent::read(&text, Some(ACCOUNT)).unwrap();
    assert_eq!(read.user_identity.details, Some("{\"team\":\"a\"}"));
    assert_eq!((read.version.as_ref(), read.uid.as_ref(), read.event_name.as_ref()), ("1", "u-1", "SignIn"));
    assert_eq!((read.event_time.as_ref(), read.event_time_millis), ("2023-11-18T15:19:55", 1_700_320_795_000));
    assert_eq!((read.request_parameters, read.response_elements), (Some("{\"a\":1}"), Some("{\"b\":[2]}")));
    assert_eq!(read.additional_event_data, Some("{\"c\":\"d\"}"));
    assert_eq!(read.source_ip_address.as_deref(), Some("203.0.113.7"));
}

#[test]
fn what_is_optional_may_be_missing_or_null() {
    for path in [
        "userIdentity.details",
        "userAgent",
        "requestParameters",
        "responseElements",
        "errorCode",
        "errorMessage",
        "sourceIPAddress",
        "additionalEventData",
    ] {
        for value in [None, Some(Value::Null)] {
            assert!(AuditEvent::read(&with(path, value), None).is_ok(), "{path}");
        }
    }
}

#[test]
fn what_is_needed_must_be_there() {
    for path in [
        "version",
        "userIdentity.type",
        "userIdentity.principalId",
        "eventSource",
        "eventName",
        "eventTime",
        "UID",
        "recipientAccountId",
    ] {
        check(&with(path, None), RefusalCode::FieldNotFound, path, "the field is missing");
        check(&with(path, Some(Value::Null)), RefusalCode::FieldNotFound, path, "the field is missing");
        check(&with(path, Some(json!(""))), RefusalCode::FieldNotFound, path, "the field is empty");
        check(&with(path, Some(json!(17))), RefusalCode::InvalidData, path, "expected type string, found number");
    }
    check(&with("userIdentity", None), RefusalCode::FieldNotFound, "userIdentity", "missing");
}

#[test]
fn texts_are_bounded_in_characters() {
    for (path, max) in [
        ("version", 256),
        ("userIdentity.type", 128),
        ("userIdentity.principalId", 1024),
        ("userAgent", 1024),
        ("eventSource", 1024),
        ("eventName", 1024),
        ("UID", 1024),
        ("errorCode", 256),
        ("errorMessage", 256),
    ] {
        assert!(AuditEvent::read(&with(path, Some(json!("é".repeat(max)))), None).is_ok(), "{path}");
        let long = with(path, Some(json!("é".repeat(max + 1))));
        check(&long, RefusalCode::FieldTooLong, path, &format!("send at most {max}"));
    }
}

#[test]
fn objects_are_bounded_in_bytes_of_json_text() {
    for (path, max) in [("requestParameters", 102_400), ("responseElements", 102_400), ("additionalEventData", 28_672)]
    {
        // The rest of the object is `{"k":""}`.
        let of = |bytes: usize| with(path, Some(json!({"k": "x".repeat(bytes - 8)})));
        assert!(AuditEvent::read(&of(max), None).is_ok(), "{path}");
        check(&of(max + 1), RefusalCode::FieldTooLong, path, &format!("send at most {max}"));
        check(&with(path, Some(json!("text"))), RefusalCode::InvalidData, path, "expected type object, found string");
    }
    check(&with("userIdentity.details", Some(json!([1]))), RefusalCode::InvalidData, "userIdentity.details", "array");
    check(&with("userIdentity", Some(json!("me"))), RefusalCode::InvalidData, "userIdentity", "found string");
}

#[test]
fn values_of_another_form_are_refused() {
    for time in ["yesterday", "2023-11-18", "2023-11-18 15:19:55", "2023-02-30T00:00:00Z", "2023-11-18T15:19:55+01:00"]
    {
        check(&with("eventTime", Some(json!(time))), RefusalCode::InvalidData, "eventTime", "yyyy-MM-DDTHH:mm:ss");
    }
    for address in ["", "localhost", "203.0.113.256", "203.0.113.7:80"] {
        let other = with("sourceIPAddress", Some(json!(address)));
        check(&other, RefusalCode::InvalidData, "sourceIPAddress", "neither an IPv4 nor an IPv6 address");
    }
    for text in ["", "nothing", "{", "{} {}"] {
        check(text, RefusalCode::InvalidData, "eventData", "it is no JSON at byte");
    }
    check("[]", RefusalCode::InvalidData, "eventData", "expected type object, found array");
}

#[test]
fn other_forms_of_time_and_address_are_taken() {
    assert!(AuditEvent::read(&with("eventTime", Some(json!("2023-11-18T15:19:55Z"))), None).is_ok());
    assert!(AuditEvent::read(&with("sourceIPAddress", Some(json!("2001:db8::1"))), None).is_ok());
}

#[test]
fn the_recipient_is_the_account_of_the_channel() {
    let other = with("recipientAccountId", Some(json!("444455556666")));
    check(&other, RefusalCode::InvalidRecipient, "recipientAccountId", "not the account that owns the channel");
    assert!(AuditEvent::read(&other, None).is_ok());
    let short = with("recipientAccountId", Some(json!("1234")));
    check(&short, RefusalCode::InvalidRecipient, "recipientAccountId", "12 digits");
}

#[test]
fn a_checksum_is_that_of_the_text() {
    let text = event().to_string();
    let sent = |checksum: &str| SentEvent {
        id: Cow::Borrowed("1"),
        event_data: Cow::Borrowed(&text),
        checksum: Some(Cow::Owned(checksum.to_owned())),
    };
    let right = {
        use base64::Engine;
        use sha2::Digest;
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text.as_bytes()))
    };
    assert!(sent(&right).check(Some(ACCOUNT)).is_ok());
    // The digest of the empty text, as `openssl dgst -binary -sha256 </dev/null | base64` prints it.
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for wrong in [empty, "", "AAAA", "no base64", right.trim_end_matches('=')] {
        let refusal = sent(wrong).check(Some(ACCOUNT)).unwrap_err();
        assert_eq!((refusal.code, refusal.field), (RefusalCode::InvalidChecksum, Some("eventDataChecksum")), "{wrong}");
    }
    let nothing = SentEvent { id: "1".into(), event_data: "".into(), checksum: Some(empty.into()) };
    assert_eq!(nothing.check(None).unwrap_err().code, RefusalCode::InvalidData);
}

#[test]
fn a_call_gives_its_events() {
    let text = event().to_string();
    let call = json!({"auditEvents": [
        {"id": "a-1_B", "eventData": text},
        {"id": "2", "eventData": "{}", "eventDataChecksum": "x", "more": 1},
        {"id": "3", "eventData": "{}", "eventDataChecksum": null},
    ]});
    let call = call.to_string();
    let sent = read_call(&call).unwrap();
    let ids: Vec<_> = sent.iter().map(|event| event.id.as_ref()).collect();
    assert_eq!(ids, ["a-1_B", "2", "3"]);
    let codes: Vec<_> =
        sent.iter().map(|event| event.check(Some(ACCOUNT)).map_err(|refusal| refusal.code).err()).collect();
    assert_eq!(codes, [None, Some(RefusalCode::InvalidChecksum), Some(RefusalCode::FieldNotFound)]);
}

#[test]
fn a_call_that_breaks_its_limits_is_refused_whole() {
    let of = |ids: &[String]| {
        let events: Vec<_> = ids.iter().map(|id| json!({"id": id, "eventData": "{}"})).collect();
        json!({ "auditEvents": events }).to_string()
    };
    let numbered = |count: usize| of(&(0..count).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(read_call(&numbered(100)).map(|events| events.len()), Ok(100));
    assert!(read_call(&of(&["x".repeat(128)])).is_ok());
    let padded = |bytes: usize| format!("{}{}", numbered(1), " ".repeat(bytes - numbered(1).len()));
    assert!(read_call(&padded(CALL_BYTES_MAX)).is_ok());

    for (call, aws_name, says) in [
        (numbered(0), "ValidationException", "the call has 0 events: send 1 to 100"),
        (numbered(101), "ValidationException", "the call has 101 events"),
        (padded(CALL_BYTES_MAX + 1), "ValidationException", "send at most 1048576"),
        (of(&["a".into(), "b".into(), "a".into()]), "DuplicatedAuditEventId", "two events have the id \"a\""),
        (of(&[String::new()]), "ValidationException", "auditEvents[0].id is no id"),
        (of(&["a".into(), "a b".into()]), "ValidationException", "auditEvents[1].id is no id"),
        (of(&["x".repeat(129)]), "ValidationException", "use 1 to 128"),
        ("".into(), "ValidationException", "no JSON at byte 0"),
        ("{\"auditEvents\":[]} x".into(), "ValidationException", "no JSON at byte 19"),
        ("[]".into(), "ValidationException", "expected an object with auditEvents"),
        ("{\"auditEvents\":{}}".into(), "ValidationException", "expected an array, found object"),
        ("{\"auditEvents\":[1]}".into(), "ValidationException", "auditEvents[0]: expected an object, found number"),
        ("{\"auditEvents\":[{}]}".into(), "ValidationException", "auditEvents[0].id: the member is missing"),
        ("{\"auditEvents\":[{\"id\":\"1\"}]}".into(), "ValidationException", "auditEvents[0].eventData: the member"),
        (
            "{\"auditEvents\":[{\"id\":\"1\",\"eventData\":{}}]}".into(),
            "ValidationException",
            "auditEvents[0].eventData: expected a string, found object",
        ),
    ] {
        let error = read_call(&call).unwrap_err();
        assert_eq!(error.aws_name(), aws_name, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

proptest! {
    #[test]
    fn no_text_stops_the_readers(text in any::<String>(), cut in 0usize..500) {
        let whole = event().to_string();
        let _ = AuditEvent::read(&text, None);
        let _ = whole.get(..cut).map(|cut| AuditEvent::read(cut, None).is_ok());
        let _ = read_call(&text);
    }
}
