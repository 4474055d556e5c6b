use super::*;

mod agreement;
mod basic;
mod evaluation;
mod forms;
mod rules;

fn selectors(short: &str) -> AdvancedEventSelectors {
    short.parse().unwrap_or_else(|error| panic!("{short}: {error}"))
}

#[test]
fn the_default_is_all_management_events() {
    let default = AdvancedEventSelectors::default();
    assert_eq!(default.to_string(), "Default management events: eventCategory=Management");
    assert_eq!(default.validate(&Validation::event_data_store()), Ok(()));
    assert_eq!(default.validate(&Validation::trail()), Ok(()));
}

#[test]
fn categories_are_those_named() {
    let all = AdvancedEventSelectors::for_categories(&EventCategory::ALL);
    assert_eq!(all.categories(), EventCategory::ALL);
    let both = selectors("eventCategory=Data or eventCategory=Management or eventCategory=Data or eventCategory=x");
    assert_eq!(both.categories(), [EventCategory::Management, EventCategory::Data]);
}

#[test]
fn whole_categories_select_their_events() {
    let data = AdvancedEventSelectors::for_categories(&[EventCategory::Data]);
    let event = |record| EventFields::read(record).unwrap();
    assert!(data.selects(&event(r#"{"eventCategory":"Data"}"#)));
    assert!(!data.selects(&event(r#"{"eventCategory":"Management"}"#)));
    assert_eq!(data.validate(&Validation::event_data_store()).unwrap_err().rule, SelectorRule::MissingField);
}

#[test]
fn lists_are_in_order_and_hold_each_value_once() {
    assert!(RESOURCE_TYPES.is_sorted_by(|one, next| one < next));
    assert!(NETWORK_ACTIVITY_SOURCES.is_sorted_by(|one, next| one < next));
    assert!(RESOURCE_TYPES.iter().all(|name| name.starts_with("AWS::") && name.split("::").count() == 3));
    assert!(NETWORK_ACTIVITY_SOURCES.iter().all(|name| name.ends_with(".amazonaws.com")));
}
