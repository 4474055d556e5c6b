use std::sync::Arc;

use arrow::array::{
    ArrayRef, ListBuilder, MapBuilder, StringBuilder, StringViewArray, StringViewBuilder, StructArray, StructBuilder,
};
use arrow::datatypes::{DataType, Field as ArrowField};
use traillake::StoreType;

use super::*;

/// Two events with an identity and parameters, and one without.
fn events() -> Vec<RecordBatch> {
    let texts = |texts: [Option<&str>; 3]| -> ArrayRef { Arc::new(texts.into_iter().collect::<StringViewArray>()) };
    let fields = vec![ArrowField::new("arn", DataType::Utf8View, true)].into();
    let arns = vec![texts([Some("arn:aws:iam::1:user/a\u{1b}[2Jb"), None, Some("not there")])];
    let identity = StructArray::new(fields, arns, Some(vec![true, true, false].into()));
    let mut parameters = MapBuilder::new(None, StringViewBuilder::new(), StringViewBuilder::new());
    for (keys, is_there) in [(vec!["bucketName", "acl"], true), (vec!["bucketName"], true), (vec![], false)] {
        for key in keys {
            parameters.keys().append_value(key);
            parameters.values().append_value(format!("{key} value"));
        }
        parameters.append(is_there).unwrap();
    }
    let resource =
        StructBuilder::new(vec![ArrowField::new("arn", DataType::Utf8, true)], vec![Box::new(StringBuilder::new())]);
    let mut resources = ListBuilder::new(resource);
    for arns in [vec![], vec!["arn:1", "arn:2"], vec!["arn:1"]] {
        for arn in arns {
            resources.values().field_builder::<StringBuilder>(0).unwrap().append_value(arn);
            resources.values().append(true);
        }
        resources.append(true);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("eventname", texts([Some("GetObject"), Some("PutObject"), Some("PutObject")])),
        ("useridentity", Arc::new(identity)),
        ("requestparameters", Arc::new(parameters.finish())),
        ("resources", Arc::new(resources.finish())),
    ];
    vec![
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap(),
    ]
}

fn tree_of(path: Option<&str>, columns: Option<usize>) -> String {
    tree(Schema::events(), path, &events(), columns).unwrap()
}

fn line(tree: &str, name: &str) -> String {
    let line = tree.lines().find(|line| line.trim_start_matches(['│', '├', '└', '─', ' ']).starts_with(name));
    line.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn columns_and_fields_have_types_meanings_and_examples() {
    let tree = tree_of(None, None);
    assert_eq!(line(&tree, "eventName"), "eventName varchar GetObject action that was requested");
    // What would steer the terminal is written out.
    assert_eq!(line(&tree, "arn"), "├─ arn varchar arn:aws:iam::1:user/a\\u{1b}[2Jb ARN of the caller");
    assert_eq!(
        line(&tree, "requestParameters"),
        "requestParameters map {bucketName=bucketName value, acl=acl value} parameters of the request"
    );
    assert_eq!(line(&tree, "errorCode"), "errorCode varchar error of the service, if any");
    let names: Vec<_> = tree.lines().filter_map(|line| line.split("  ").next()).map(str::trim_end).collect();
    let at = names.iter().position(|name| *name == "userIdentity").unwrap();
    assert_eq!(names[at + 1], "├─ type");
}

#[test]
fn a_tree_keeps_within_its_columns() {
    for columns in [60, 80, 100, 140, 200] {
        let tree = tree_of(None, Some(columns));
        assert!(tree.lines().all(|line| line.width() <= columns), "{columns}:\n{tree}");
        assert!(tree.contains("GetObject"), "{columns}:\n{tree}");
    }
    assert!(!tree_of(None, Some(80)).contains("action that was requested"));
    assert!(tree_of(None, Some(140)).contains("action that was requested"));
    // Without events there is room for meanings.
    let empty = tree(Schema::events(), None, &[], Some(80)).unwrap();
    assert!(empty.contains("action that was"), "{empty}");
}

#[test]
fn below_a_path_stand_fields_keys_or_values() {
    insta::assert_snapshot!(tree_of(Some("requestparameters"), Some(80)), @"
    requestParameters  map(varchar, varchar)
    parameters of the request

    keys in the newest 3 events:
    bucketName  2  bucketName value
    acl         1  acl value
    ");
    insta::assert_snapshot!(tree_of(Some("EVENTNAME"), Some(80)), @"
    eventName  varchar
    action that was requested

    values in the newest 3 events:
    2  PutObject
    1  GetObject
    ");
    insta::assert_snapshot!(tree_of(Some("userIdentity.sessionContext.attributes"), Some(80)), @"
    userIdentity.sessionContext.attributes  row(creationdate timestamp(3), mfaauthenticated varchar)
    creation and MFA of the session

    creationDate      timestamp(3)  when the credentials were issued
    mfaAuthenticated  varchar       'true' when authenticated with MFA
    ");
    insta::assert_snapshot!(tree_of(Some("responseElements"), Some(80)), @"
    responseElements  map(varchar, varchar)
    response of actions that change something

    none of the newest 3 events has it
    ");
    assert!(tree_of(Some("userIdentity.arn"), None).ends_with("1  arn:aws:iam::1:user/a\\u{1b}[2Jb\n"));
}

#[test]
fn an_unknown_name_is_told_with_its_neighbour() {
    let unknown = |path| tree(Schema::events(), Some(path), &[], None).unwrap_err();
    let near = UnknownField { name: "usrName".to_owned(), near: Some("userName") };
    assert_eq!(unknown("userIdentity.usrName"), near);
    assert_eq!(unknown("eventName.x"), UnknownField { name: "x".to_owned(), near: None });
}

#[test]
fn every_kind_of_table_has_a_tree() {
    for store_type in StoreType::ALL {
        let tree = tree(Schema::of(store_type), None, &[], Some(100)).unwrap();
        assert!(tree.contains("└─ "), "{tree}");
    }
    assert!(of_system(SystemTable::Imports).starts_with("event_data_store  varchar\n"));
}
