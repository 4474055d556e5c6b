use super::*;

const NOW_MS: i64 = 1_700_000_000_000;

fn store() -> Attributes {
    Attributes::new("trail", CreateOptions::default(), NOW_MS).unwrap()
}

#[test]
fn defaults_are_cloudtrails() {
    let store = store();
    assert_eq!((store.retention, store.termination_protection), (Retention::Days(366), true));
    assert_eq!((store.multi_region, store.organization), (true, false));
    let options = CreateOptions { billing_mode: BillingMode::FixedRetention, ..CreateOptions::default() };
    assert_eq!(Attributes::new("trail", options, NOW_MS).unwrap().retention, Retention::Days(2557));
}

#[test]
fn bad_names_are_refused() {
    for name in ["", "ab", "a b c", "tröll", "a/b/c", "x\"y", &"n".repeat(129)] {
        let error = Attributes::new(name, CreateOptions::default(), NOW_MS).unwrap_err();
        assert!(error.to_string().contains("3 to 128"), "{error}");
    }
    for name in ["abc", "My.trail_2-x", &"n".repeat(128)] {
        assert!(Attributes::new(name, CreateOptions::default(), NOW_MS).is_ok(), "{name}");
    }
}

#[test]
fn retention_is_bounded_by_the_billing_mode() {
    for (billing_mode, days, allowed) in [
        (BillingMode::ExtendableRetention, 6, false),
        (BillingMode::ExtendableRetention, 3653, true),
        (BillingMode::ExtendableRetention, 3654, false),
        (BillingMode::FixedRetention, 2557, true),
        (BillingMode::FixedRetention, 2558, false),
    ] {
        let options =
            CreateOptions { billing_mode, retention: Some(Retention::Days(days)), ..CreateOptions::default() };
        assert_eq!(Attributes::new("trail", options, NOW_MS).is_ok(), allowed, "{billing_mode} {days}");
    }
}

#[test]
fn categories_of_two_schemas_do_not_mix() {
    use EventCategory::{Data, Insight, Management};
    for (categories, allowed) in
        [(vec![Management, Data], true), (vec![Insight], true), (vec![Management, Insight], false), (vec![], false)]
    {
        let options = CreateOptions { categories: categories.clone(), ..CreateOptions::default() };
        assert_eq!(Attributes::new("trail", options, NOW_MS).is_ok(), allowed, "{categories:?}");
    }
}

#[test]
fn properties_give_the_attributes_back() {
    let mut before = store();
    before.selectors = Some("eventCategory=Management and readOnly=true".parse().unwrap());
    before.tags = Tags::new(&[Tag::new("a,\"b\"", "1"), Tag { key: "bare".to_owned(), value: None }]).unwrap();
    before.kms_key_id = Some("alias/key".to_owned());
    before.region = Some("eu-central-1".to_owned());
    before.account = Some("111122223333".to_owned());
    before.accounts = vec!["444455556666".to_owned(), "777788889999".to_owned()];
    let selectors = r#"[{"Type":"TagContext","Equals":["team"]}]"#;
    before.event_configuration = EventConfiguration {
        max_event_size: MaxEventSize::Large,
        context_key_selectors: EventConfiguration::parse_context_key_selectors(selectors).unwrap(),
    };
    before.deletion_at_ms = Some(17);
    let mut properties = Properties::from([("delta.appendOnly".to_owned(), "true".to_owned())]);
    before.write(&mut properties);
    assert_eq!(Attributes::read(&properties).unwrap(), Some(before.clone()));
    let plain = store();
    plain.write(&mut properties);
    assert_eq!(Attributes::read(&properties).unwrap(), Some(plain));
    assert!(!properties.contains_key("traillake.tags"), "what has no value is no property");
    assert_eq!(properties.get("delta.appendOnly").map(String::as_str), Some("true"));
}

#[test]
fn a_table_of_others_is_no_store_and_a_damaged_one_is_said_so() {
    assert!(Attributes::read(&Properties::new()).unwrap().is_none());
    let mut properties = Properties::new();
    store().write(&mut properties);
    for (property, value) in [
        ("traillake.status", "ASLEEP"),
        ("traillake.status", "STARTING_INGESTION"),
        ("traillake.tags", "team=blue"),
        ("traillake.maxEventSize", "Huge"),
        ("traillake.contextKeySelectors", "{}"),
    ] {
        let mut damaged = properties.clone();
        damaged.insert(property.to_owned(), value.to_owned());
        let malformed = Attributes::read(&damaged).unwrap_err();
        assert_eq!((malformed.property, malformed.found.as_str()), (property, value));
    }
}

#[test]
fn deletion_needs_protection_off_and_can_be_taken_back() {
    let store = store();
    assert!(matches!(store.deleted(NOW_MS), Err(Error::TerminationProtected { .. })));
    let open = store.changed(&Changes { termination_protection: Some(false), ..Changes::default() }, NOW_MS).unwrap();
    let deleted = open.deleted(NOW_MS).unwrap();
    assert_eq!(deleted.deletion_at_ms, Some(deleted.updated_at_ms + RESTORABLE_MS));
    assert!(deleted.changed(&Changes::default(), NOW_MS).is_err());
    assert_eq!(deleted.restored(NOW_MS).unwrap().status, Status::Enabled);
    assert!(matches!(open.restored(NOW_MS), Err(Error::Status { .. })));
}

#[test]
fn extendable_pricing_cannot_become_fixed() {
    let changes = Changes { billing_mode: Some(BillingMode::FixedRetention), ..Changes::default() };
    assert!(store().changed(&changes, NOW_MS).is_err());
}
