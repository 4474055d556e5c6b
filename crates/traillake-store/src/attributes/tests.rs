use super::*;

const NOW_MS: i64 = 1_700_000_000_000;

fn store() -> Attributes {
    Attributes::new("trail", CreateOptions::default(), NOW_MS).unwrap()
}

#[test]
fn defaults_are_cloudtrails() {
    let store = store();
    assert_eq!((store.retention_days, store.termination_protection), (366, true));
    assert_eq!((store.multi_region, store.organization), (true, false));
    let options = CreateOptions { billing_mode: BillingMode::FixedRetention, ..CreateOptions::default() };
    assert_eq!(Attributes::new("trail", options, NOW_MS).unwrap().retention_days, 2557);
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
        let options = CreateOptions { billing_mode, retention_days: Some(days), ..CreateOptions::default() };
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
    before.selectors = Some("[{\"Name\":\"x\"}]".to_owned());
    before.deletion_at_ms = Some(17);
    let mut properties = Properties::from([("delta.appendOnly".to_owned(), "true".to_owned())]);
    before.write(&mut properties);
    assert_eq!(Attributes::read(&properties).unwrap(), Some(before.clone()));
    before.deletion_at_ms = None;
    before.write(&mut properties);
    assert_eq!(Attributes::read(&properties).unwrap(), Some(before));
    assert_eq!(properties.get("delta.appendOnly").map(String::as_str), Some("true"));
}

#[test]
fn a_table_of_others_is_no_store_and_a_damaged_one_is_said_so() {
    assert!(Attributes::read(&Properties::new()).unwrap().is_none());
    let mut properties = Properties::new();
    store().write(&mut properties);
    properties.insert("traillake.status".to_owned(), "ASLEEP".to_owned());
    let malformed = Attributes::read(&properties).unwrap_err();
    assert_eq!((malformed.property, malformed.found.as_str()), ("traillake.status", "ASLEEP"));
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
