//! Random selectors and records, against an evaluator that is slow and plain to see.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::super::*;

/// A record's text, or nothing, as selectors see a JSON value.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn found(record: &Value, field: &str, types: &[String]) -> Vec<String> {
    let objects = record["resources"].as_array().cloned().unwrap_or_default().into_iter().filter(Value::is_object);
    let one = |value: Option<&Value>| text(value).into_iter().collect();
    match field {
        "resources.type" => objects.filter_map(|object| text(object.get("type"))).collect(),
        "resources.ARN" => objects
            .filter(|object| types.is_empty() || text(object.get("type")).is_some_and(|found| types.contains(&found)))
            .filter_map(|object| text(object.get("ARN")).or_else(|| text(object.get("ARNPrefix"))))
            .collect(),
        "userIdentity.arn" => one(record["userIdentity"].get("arn")),
        "eventCategory" if record["eventCategory"].is_null() => {
            let management = text(record.get("managementEvent")) != Some("false".to_owned());
            match (record["insightDetails"].is_null(), record["eventType"].as_str()) {
                (false, _) | (_, Some("AwsCloudTrailInsight")) => vec!["Insight".to_owned()],
                (_, Some("AwsVpceEvent" | "AwsVpceEvents")) => vec!["NetworkActivity".to_owned()],
                _ if management => vec!["Management".to_owned()],
                _ => vec!["Data".to_owned()],
            }
        }
        name => one(record.get(name)),
    }
}

/// Reads the selectors' JSON and the record's, and follows the guide's words.
fn keeps(selectors: &Value, record: &Value) -> bool {
    let mut any = false;
    for selector in selectors.as_array().unwrap() {
        let fields = selector["FieldSelectors"].as_array().unwrap();
        let list = |field: &Value, operator: &str| -> Vec<String> {
            let values = field[operator].as_array().cloned().unwrap_or_default();
            values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
        };
        let types = fields.iter().find(|field| field["Field"] == "resources.type");
        let types = types.map(|field| list(field, "Equals")).unwrap_or_default();
        let mut all = true;
        for field in fields {
            let found = found(record, field["Field"].as_str().unwrap(), &types);
            let mut has_select = false;
            let (mut selected, mut deselected) = (false, false);
            for operator in ["Equals", "StartsWith", "EndsWith"] {
                let not = list(field, &format!("Not{operator}"));
                let wanted = list(field, operator);
                has_select |= !wanted.is_empty();
                for text in &found {
                    let matches = |value: &String| match operator {
                        "Equals" => text == value,
                        "StartsWith" => text.starts_with(value.as_str()),
                        _ => text.ends_with(value.as_str()),
                    };
                    selected |= wanted.iter().any(matches);
                    deselected |= not.iter().any(matches);
                }
            }
            all &= !deselected && (selected || !has_select);
        }
        any |= all;
    }
    any
}

const WORDS: [&str; 12] = [
    "a",
    "ab",
    "b",
    "true",
    "false",
    "Data",
    "Management",
    "Insight",
    "NetworkActivity",
    "17",
    "AwsVpceEvent",
    "{\"k\":1}",
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(&WORDS[..]).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(json!(17)),
        1 => Just(json!({"k": 1})),
    ]
}

fn record() -> impl Strategy<Value = Value> {
    let members = [
        "eventCategory",
        "eventSource",
        "eventName",
        "eventType",
        "readOnly",
        "managementEvent",
        "sessionCredentialFromConsole",
        "errorCode",
        "vpcEndpointId",
        "insightDetails",
        "requestParameters",
    ];
    let member = (select(members.to_vec()), value());
    let resource = prop::collection::btree_map(select(vec!["type", "ARN", "ARNPrefix"]), value(), 0..4);
    let resource = prop_oneof![9 => resource.prop_map(|members| json!(members)), 1 => value()];
    let resources = prop_oneof![9 => prop::collection::vec(resource, 0..4).prop_map(Value::from), 1 => value()];
    let identity = prop_oneof![4 => value().prop_map(|arn| json!({"type": "Root", "arn": arn})), 1 => value()];
    let inner = (proptest::option::of(resources), proptest::option::of(identity));
    (prop::collection::vec(member, 0..9), inner).prop_map(|(members, (resources, identity))| {
        let mut record: Map<String, Value> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        record.extend(resources.map(|value| ("resources".to_owned(), value)));
        record.extend(identity.map(|value| ("userIdentity".to_owned(), value)));
        Value::Object(record)
    })
}

fn selector() -> impl Strategy<Value = EventSelector> {
    let values = prop::collection::vec(select(&WORDS[..]), 1..3);
    let condition = (select(&Operator::ALL[..]), values);
    let fields =
        prop::collection::btree_map(select(&SelectorField::ALL[..]), prop::collection::vec(condition, 1..3), 1..4);
    fields.prop_map(|fields| {
        EventSelector::new(fields.into_iter().map(|(field, conditions)| {
            conditions.into_iter().fold(FieldSelector::new(field), |selector, (operator, values)| {
                // As AWS wants it, so that the slow evaluator may know the types from `Equals` alone.
                let operator = if field == SelectorField::ResourcesType { Operator::Equals } else { operator };
                selector.with(operator, values)
            })
        }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn selectors_agree_with_the_slow_evaluator(all in prop::collection::vec(selector(), 1..4), record in record()) {
        let all = AdvancedEventSelectors::new(all);
        let slow: Value = serde_json::from_str(&all.to_json()).unwrap();
        let text = record.to_string();
        let event = EventFields::read(&text).unwrap();
        let explanation = all.explain(&event);
        prop_assert_eq!(all.selects(&event), keeps(&slow, &record), "{}\n{}\n{}", all, text, explanation);
        prop_assert_eq!(explanation.keeps(), all.selects(&event));
    }
}
