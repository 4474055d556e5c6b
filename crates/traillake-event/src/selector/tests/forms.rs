//! JSON and the short form.

use proptest::prelude::*;

use super::super::*;
use super::selectors;

const JSON: &str = r#"[{"Name":"S3 writes","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"eventName","StartsWith":["Put","Delete"],"EndsWith":["Acl"],"NotEquals":["PutObjectAcl"]},{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::logs/"]}]},{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;
const SHORT: &str = "S3 writes: eventCategory=Data and resources.type=AWS::S3::Object and eventName^=Put|Delete|$=Acl \
    and eventName!=PutObjectAcl and resources.ARN!^=arn:aws:s3:::logs/ or eventCategory=Management";

#[test]
fn json_and_short_form_are_the_same_selectors() {
    let from_json = AdvancedEventSelectors::from_json(JSON).unwrap();
    assert_eq!(from_json.to_json(), JSON);
    assert_eq!(from_json.to_string(), SHORT);
    assert_eq!(selectors(SHORT), from_json);
    assert_eq!(selectors(JSON), from_json);
}

#[test]
fn json_is_read_as_the_command_line_and_records_write_it() {
    let expected = selectors("x: eventCategory=Data");
    for text in [
        r#"{"AdvancedEventSelectors":[{"Name":"x","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}]}"#,
        r#"{"TrailARN":"arn","EventSelectors":null,"AdvancedEventSelectors":
            [ {"FieldSelectors":[{"Equals":["Data"],"Field":"eventCategory","NotEquals":null}], "Name":"x"} ]}"#,
        r#"{"advancedEventSelectors":[{"name":"x","fieldSelectors":[{"field":"eventCategory","equals":["Data"]}]}]}"#,
    ] {
        assert_eq!(AdvancedEventSelectors::from_json(text).unwrap(), expected, "{text}");
    }
}

/// A text that is no selector at all is no parameter; a selector with something wrong in it is one.
fn aws_name(rule: SelectorRule) -> &'static str {
    match rule {
        SelectorRule::Form => "InvalidParameterException",
        _ => "InvalidEventSelectorsException",
    }
}

#[test]
fn json_of_another_shape_is_refused() {
    let selector = |inner: &str| format!("[{{\"Name\":\"x\",\"FieldSelectors\":[{inner}]}}]");
    let field = |inner: &str| selector(&format!("{{\"Field\":\"eventName\",{inner}}}"));
    use SelectorRule::*;
    for (text, rule, says) in [
        ("", Form, "no JSON at byte 0"),
        ("[{}", Form, "no JSON at byte 3"),
        ("[] []", Form, "no JSON at byte 3"),
        ("17", Form, "AdvancedEventSelectors is number 17"),
        ("{\"EventSelectors\":[]}", Form, "no member \"AdvancedEventSelectors\""),
        ("[17]", Form, "selector 1: a selector is number 17"),
        ("[{}]", Form, "selector 1: a selector has no \"FieldSelectors\""),
        ("[{\"Name\":1,\"FieldSelectors\":[]}]", Form, "Name is number 1"),
        ("[{\"Nam\":\"x\",\"FieldSelectors\":[]}]", Form, "did you mean \"Name\"?"),
        ("[{\"Name\":\"x\",\"Name\":\"y\",\"FieldSelectors\":[]}]", Repeated, "twice"),
        ("[{\"FieldSelectors\":{}}]", Form, "FieldSelectors is object"),
        (&selector("[]"), Form, "selector 1 \"x\": a field selector is array"),
        (&selector("{\"Equals\":[\"a\"]}"), Form, "has no \"Field\""),
        (&selector("{\"Field\":\"eventNme\"}"), UnknownField, "did you mean \"eventName\"?"),
        (&selector("{\"Field\":\"qqqq\"}"), UnknownField, "it is one of eventCategory"),
        (&field("\"Equals\":[]"), Count, "selector 1 \"x\", eventName: Equals is an empty list"),
        (&field("\"Equals\":\"a\""), Form, "Equals is string"),
        (&field("\"Equals\":[true]"), Form, "Equals is boolean true: it must be of type string"),
        (&field("\"Equal\":[\"a\"]"), Form, "did you mean \"Equals\"?"),
        (&field("\"Equals\":[\"a\"],\"Equals\":[\"b\"]"), Repeated, "put all values into one list"),
    ] {
        let error = AdvancedEventSelectors::from_json(text).unwrap_err();
        assert_eq!((error.rule, error.aws_name()), (rule, aws_name(rule)), "{text}: {error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}

#[test]
fn the_short_form_is_read_loosely() {
    for (text, written) in [
        ("  EVENTCATEGORY = Data   AND eventName ^= Put | Delete ", "eventCategory=Data and eventName^=Put|Delete"),
        ("eventName=\"a b\"|\"$=x\"|\"q\\\"\"", "eventName=\"a b\"|\"$=x\"|\"q\\\"\""),
        ("eventName=\"plain\"", "eventName=plain"),
        ("eventName=a:b=c", "eventName=a:b=c"),
        ("\"a: b\": eventName=and OR or: eventName=or", "\"a: b\": eventName=and or or: eventName=or"),
        ("\"\": eventName=x", "\"\": eventName=x"),
        ("eventName!=a|!^=b", "eventName!=a and eventName!^=b"),
        ("eventName!=a and eventName=b and eventName!=c", "eventName=b and eventName!=a|c"),
        ("eventName=a|^=b|=c", "eventName=a|c|^=b"),
    ] {
        assert_eq!(selectors(text).to_string(), written, "{text}");
    }
}

#[test]
fn a_short_form_that_is_none_says_what_was_expected() {
    use SelectorRule::*;
    for (text, rule, says) in [
        ("", Form, "expected a field, found the end"),
        ("eventName", Form, "eventName: expected an operator, found the end"),
        ("eventName~x", Form, "expected an operator, found \"~x\""),
        ("eventName=", Form, "expected a value"),
        ("eventName==x", Form, "the value =x begins like an operator"),
        ("eventName=a|", Form, "expected a value"),
        ("eventName=\"a", Form, "the end of a string"),
        ("eventName=a b", Form, "expected 'and', 'or', '|' or the end, found \"b\""),
        ("eventName=a or", Form, "selector 2: expected a field"),
        ("eventNam=a", UnknownField, "did you mean \"eventName\"?"),
        ("n: eventName=a and b: eventName=c", UnknownField, "selector 1 \"n\": \"b\" is no field"),
        ("\"n\" eventName=a", Form, "expected ':' after a name"),
        ("eventName=a|!=b", Form, "and eventName!="),
        ("eventName=a and eventName^=b", Repeated, "join them with '|'"),
    ] {
        let error = text.parse::<AdvancedEventSelectors>().unwrap_err();
        assert_eq!((error.rule, error.aws_name()), (rule, aws_name(rule)), "{text}: {error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
    assert!("eventName=a or eventName=b".parse::<EventSelector>().is_err());
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z:*/.-]{1,12}",
        any::<String>(),
        Just(String::new()),
        Just("and".to_owned()),
        Just("$=x|\"y\"".to_owned())
    ]
}

fn any_selector() -> impl Strategy<Value = EventSelector> {
    let condition = (proptest::sample::select(&Operator::ALL[..]), prop::collection::vec(any_text(), 1..4));
    let field = prop::collection::vec(condition, 1..4);
    let fields = prop::collection::btree_map(proptest::sample::select(&SelectorField::ALL[..]), field, 1..5);
    (proptest::option::of(any_text()), fields).prop_map(|(name, fields)| {
        let fields = fields.into_iter().map(|(field, conditions)| {
            let add = |selector: FieldSelector, (operator, values): (_, Vec<String>)| selector.with(operator, values);
            conditions.into_iter().fold(FieldSelector::new(field), add)
        });
        EventSelector { name, fields: fields.collect() }
    })
}

proptest! {
    #[test]
    fn both_forms_read_back_what_they_write(all in prop::collection::vec(any_selector(), 1..4)) {
        let all = AdvancedEventSelectors::new(all);
        prop_assert_eq!(&AdvancedEventSelectors::from_json(&all.to_json()).unwrap(), &all);
        let short = all.to_string();
        prop_assert_eq!(&short.parse::<AdvancedEventSelectors>().unwrap(), &all, "{}", short);
        for selector in all.selectors {
            prop_assert_eq!(&selector.to_string().parse::<EventSelector>().unwrap(), &selector);
        }
    }

    #[test]
    fn no_text_stops_the_readers(text in any::<String>(), cut in 0usize..400) {
        let _ = text.parse::<AdvancedEventSelectors>();
        let _ = AdvancedEventSelectors::from_json(&text);
        let _ = SHORT.get(..cut).map(str::parse::<AdvancedEventSelectors>);
        let _ = JSON.get(..cut).map(AdvancedEventSelectors::from_json);
    }
}
