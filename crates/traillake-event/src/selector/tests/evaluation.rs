//! Which events are kept, and what is said about it.

use super::super::*;
use super::selectors;

#[track_caller]
fn check(short: &str, record: &str, kept: bool) {
    let (selectors, event) = (selectors(short), EventFields::read(record).unwrap());
    assert_eq!(selectors.selects(&event), kept, "{short}\n{record}\n{}", selectors.explain(&event));
    assert_eq!(selectors.explain(&event).keeps(), kept);
}

#[test]
fn operators_compare_text() {
    let record = r#"{"eventName":"PutObject"}"#;
    for (condition, kept) in [
        ("=PutObject", true),
        ("=putobject", false),
        ("=Put*", false),
        ("=Get|PutObject", true),
        ("^=Put", true),
        ("^=Object", false),
        ("$=Object", true),
        ("$=Put", false),
        ("=x|^=Put|$=y", true),
        ("!=PutObject", false),
        ("!=x|PutObject", false),
        ("!=x|y", true),
        ("!^=Put", false),
        ("!^=Get", true),
        ("!$=Object", false),
        ("!$=Acl", true),
        ("^=Put and eventName!=PutObject", false),
        ("^=Put and eventName!=PutObjectAcl", true),
        ("^=Get and eventName!=x", false),
    ] {
        check(&format!("eventName{condition}"), record, kept);
    }
}

#[test]
fn an_absent_field_passes_only_what_deselects() {
    for field in SelectorField::ALL.into_iter().filter(|field| *field != SelectorField::EventCategory) {
        for record in ["{}", r#"{"eventName":null,"readOnly":null,"userIdentity":null,"resources":null}"#] {
            check(&format!("{field}=x"), record, false);
            check(&format!("{field}^=x"), record, false);
            check(&format!("{field}$=x"), record, false);
            check(&format!("{field}!=x"), record, true);
            check(&format!("{field}!^=x"), record, true);
            check(&format!("{field}!$=x"), record, true);
        }
    }
}

#[test]
fn read_only_has_three_states() {
    for (record, reads, writes) in [
        (r#"{"readOnly":true}"#, true, false),
        (r#"{"readOnly":false}"#, false, true),
        (r#"{"readOnly":"true"}"#, true, false),
        (r#"{}"#, false, false),
    ] {
        check("readOnly=true", record, reads);
        check("readOnly=false", record, writes);
    }
}

#[test]
fn every_field_is_found_in_a_record() {
    let record = r#"{"eventCategory":"Data","eventSource":"s","eventName":"n","eventType":"t","readOnly":false,
        "userIdentity":{"type":"Root","arn":"a"},"sessionCredentialFromConsole":"true","errorCode":"e",
        "vpcEndpointId":"v","resources":[{"type":"T","ARN":"r"}]}"#;
    for (field, value) in [
        ("eventCategory", "Data"),
        ("resources.type", "T"),
        ("eventSource", "s"),
        ("eventName", "n"),
        ("readOnly", "false"),
        ("eventType", "t"),
        ("resources.ARN", "r"),
        ("userIdentity.arn", "a"),
        ("sessionCredentialFromConsole", "true"),
        ("errorCode", "e"),
        ("vpcEndpointId", "v"),
    ] {
        check(&format!("{field}={value}"), record, true);
        check(&format!("{field}!={value}"), record, false);
    }
}

#[test]
fn arns_are_those_of_the_selected_type() {
    let record = r#"{"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:b"},{"ARN":"arn:none"},
        {"type":"AWS::S3::Object","ARN":"arn:b/1"},"odd",{"type":"AWS::S3::Object","ARN":"arn:b/2"}]}"#;
    let object = "resources.type=AWS::S3::Object and resources.ARN";
    for (condition, kept) in [
        ("=arn:b/1", true),
        ("=arn:b/2", true),
        ("=arn:b", false),
        ("=arn:none", false),
        ("!=arn:b", true),
        ("!$=2", false),
    ] {
        check(&format!("{object}{condition}"), record, kept);
    }
    check("resources.ARN=arn:none", record, true);
    check("resources.type=AWS::S3::Bucket and resources.ARN^=arn:b/", record, false);
    check("resources.type=AWS::SNS::Topic and resources.ARN!=x", record, false);
}

#[test]
fn a_call_on_many_resources_is_found_by_their_prefix() {
    let record = r#"{"resources":[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::b/"}]}"#;
    check("resources.type=AWS::S3::Object and resources.ARN^=arn:aws:s3:::b/", record, true);
}

#[test]
fn records_without_a_category_have_a_derived_one() {
    for (record, category) in [
        (r#"{"eventCategory":"Data","managementEvent":true}"#, "Data"),
        (r#"{"eventCategory":"Aggregated"}"#, "Aggregated"),
        (r#"{"managementEvent":false}"#, "Data"),
        (r#"{"managementEvent":true}"#, "Management"),
        (r#"{"eventType":"AwsApiCall"}"#, "Management"),
        (r#"{"eventType":"AwsVpceEvent"}"#, "NetworkActivity"),
        (r#"{"eventType":"AwsVpceEvents","managementEvent":false}"#, "NetworkActivity"),
        (r#"{"insightDetails":{"state":"Start"}}"#, "Insight"),
        (r#"{"insightDetails":null}"#, "Management"),
        (r#"{"eventType":"AwsCloudTrailInsight"}"#, "Insight"),
    ] {
        assert_eq!(EventFields::read(record).unwrap().category(), category, "{record}");
        check(&format!("eventCategory={category}"), record, true);
    }
}

#[test]
fn odd_values_are_their_json_text() {
    check("eventName=17", r#"{"eventName":17}"#, true);
    check("eventName=1.50e3", r#"{"eventName":1.50e3}"#, true);
    check(r#"eventName="{\"a\": 1}""#, r#"{"eventName":{"a": 1}}"#, true);
    check("userIdentity.arn=x", r#"{"userIdentity":"x"}"#, false);
    check("resources.type=x", r#"{"resources":{"type":"x"}}"#, false);
    check("resources.type=[1]", r#"{"resources":[{"type":[1]}]}"#, true);
    check("eventName=b", r#"{"eventName":"a","eventName":"b"}"#, true);
    check("eventName=Aé", r#"{"\u0065ventName":"\u0041\u00e9"}"#, true);
}

#[test]
fn what_is_no_object_is_an_error() {
    for record in ["", "[]", "17", "{", "{\"a\":}", "{} {}"] {
        assert!(EventFields::read(record).is_err(), "{record}");
    }
}

#[test]
fn any_selector_keeps_an_event() {
    let two = "eventCategory=Data and eventName=a or eventCategory=Management";
    check(two, r#"{"eventCategory":"Data","eventName":"a"}"#, true);
    check(two, r#"{"eventCategory":"Data","eventName":"b"}"#, false);
    check(two, r#"{"eventCategory":"Management"}"#, true);
}

#[test]
fn an_explanation_says_what_decided() {
    let selectors = selectors(
        "Writes: eventCategory=Data and resources.type=AWS::S3::Object and eventName^=Put|Delete|$=Acl \
         and resources.ARN!^=arn:logs/ or eventCategory=Data and vpcEndpointId=v and errorCode!=x",
    );
    let record = r#"{"eventCategory":"Data","eventName":"GetObject",
        "resources":[{"type":"AWS::S3::Object","ARN":"arn:logs/1"},{"type":"AWS::S3::Bucket"}]}"#;
    let event = EventFields::read(record).unwrap();
    let explanation = selectors.explain(&event);
    assert_eq!(explanation.kept_by(), None);
    assert_eq!(
        explanation.to_string(),
        "dropped: no selector keeps the event\n\
         selector 1 \"Writes\": drops the event\n  \
           ✓ eventCategory \"Data\": Equals \"Data\"\n  \
           ✓ resources.type \"AWS::S3::Object\", \"AWS::S3::Bucket\": Equals \"AWS::S3::Object\"\n  \
           ✗ eventName \"GetObject\": must match StartsWith \"Put\", \"Delete\" or EndsWith \"Acl\"\n  \
           ✗ resources.ARN \"arn:logs/1\": NotStartsWith \"arn:logs/\" drops it\n\
         selector 2: drops the event\n  \
           ✓ eventCategory \"Data\": Equals \"Data\"\n  \
           ✗ vpcEndpointId (absent): must match Equals \"v\"\n  \
           ✓ errorCode (absent): nothing here drops it"
    );
    let decisions: Vec<_> = explanation.selectors[1].fields.iter().map(|field| field.decision).collect();
    let selected = Decision::Selected(Operator::Equals, "Data");
    assert_eq!(decisions, [selected, Decision::Absent, Decision::NotDeselected]);
}
