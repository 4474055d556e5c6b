//! AWS's rules for selectors.

use std::collections::BTreeSet;

use crate::category::EventCategory;

use super::known::nearest;
use super::matrix::{Allowed, CATEGORY_NAMES, Values, allowed};
use super::{
    AdvancedEventSelectors, EventSelector, FieldSelector, Lists, NAME_CHARS_MAX, Operator, STORE_SELECTORS_MAX,
    SelectorError, SelectorField, SelectorRule, VALUE_CHARS_MAX, VALUES_MAX, arn,
};

/// What the selectors belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An event data store: all categories, and all fields for management events.
    EventDataStore,
    /// A trail: management, data and network activity events.
    Trail,
}

/// Which rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validation {
    /// What the selectors belong to.
    pub holder: Holder,
    /// Whether values must be on AWS's lists.
    pub lists: Lists,
    /// The most selectors.
    pub selectors_max: usize,
}

impl Validation {
    /// The rules for an event data store: up to [`STORE_SELECTORS_MAX`] selectors, known values only.
    pub fn event_data_store() -> Self {
        Self { holder: Holder::EventDataStore, lists: Lists::Known, selectors_max: STORE_SELECTORS_MAX }
    }

    /// The rules for a trail: only [`VALUES_MAX`] bounds how many selectors, known values only.
    pub fn trail() -> Self {
        Self { holder: Holder::Trail, lists: Lists::Known, selectors_max: VALUES_MAX }
    }

    /// The same rules with other lists.
    pub fn with_lists(self, lists: Lists) -> Self {
        Self { lists, ..self }
    }
}

fn error(rule: SelectorRule, found: impl Into<String>, advice: impl Into<String>) -> SelectorError {
    SelectorError::new(rule, found, advice)
}

impl AdvancedEventSelectors {
    /// Holds the selectors against AWS's rules; the first that is broken is the error.
    ///
    /// The rules are those of `CreateEventDataStore` and `PutEventSelectors` in the API reference, and of the User
    /// Guide's pages on each category. Ours alone, because nothing is lost by them: no value twice in one condition,
    /// and no two selectors that select the same.
    pub fn validate(&self, rules: &Validation) -> Result<(), SelectorError> {
        check_count(self.selectors.len(), rules.selectors_max)?;
        let mut categories = BTreeSet::new();
        for (at, selector) in self.selectors.iter().enumerate() {
            let category = check_selector(selector, rules);
            categories.insert(category.map_err(|error| error.in_selector(at, selector.name.as_deref()))?);
        }
        check_categories(&categories)?;
        self.check_values_count()?;
        self.check_repeated()
    }

    fn check_values_count(&self) -> Result<(), SelectorError> {
        let fields = self.selectors.iter().flat_map(|selector| &selector.fields);
        let values: usize = fields.flat_map(FieldSelector::conditions).map(|(_, values)| values.len()).sum();
        if values <= VALUES_MAX {
            return Ok(());
        }
        let found = format!("there are {values} values in all conditions");
        Err(error(
            SelectorRule::Count,
            found,
            format!("use at most {VALUES_MAX}; StartsWith or EndsWith may replace many"),
        ))
    }

    fn check_repeated(&self) -> Result<(), SelectorError> {
        for (at, selector) in self.selectors.iter().enumerate() {
            let before = self.selectors.iter().take(at).position(|before| before.fields == selector.fields);
            if let Some(before) = before {
                let found = format!("it selects the same as selector {}", before + 1);
                let error = error(SelectorRule::Repeated, found, "leave one of them out");
                return Err(error.in_selector(at, selector.name.as_deref()));
            }
        }
        Ok(())
    }
}

fn check_count(selectors: usize, max: usize) -> Result<(), SelectorError> {
    match selectors {
        0 => Err(error(SelectorRule::Count, "there is no selector", "give at least one")),
        found if found > max => {
            let found = format!("there are {found} selectors");
            Err(error(SelectorRule::Count, found, format!("use at most {max}; several values may share a condition")))
        }
        _ => Ok(()),
    }
}

/// Management, data and network activity events share a store; each other category has one of its own.
fn check_categories(categories: &BTreeSet<EventCategory>) -> Result<(), SelectorError> {
    let alone = categories.iter().find(|category| !category.is_cloudtrail_event());
    match alone {
        Some(alone) if categories.len() > 1 => {
            let others: Vec<_> =
                categories.iter().filter(|other| *other != alone).map(|other| other.as_str()).collect();
            let found = format!("{alone} events are selected together with {} events", others.join(", "));
            let advice = format!("put {alone} events into an event data store of their own");
            Err(error(SelectorRule::Categories, found, advice))
        }
        _ => Ok(()),
    }
}

/// All rules of one selector; its category.
fn check_selector(selector: &EventSelector, rules: &Validation) -> Result<EventCategory, SelectorError> {
    if let Some(name) = &selector.name {
        check_text("the name", name, 0, NAME_CHARS_MAX)?;
    }
    if selector.fields.is_empty() {
        return Err(error(SelectorRule::Count, "it has no field selector", "give at least eventCategory"));
    }
    let mut seen = BTreeSet::new();
    for field in &selector.fields {
        let here = |error: SelectorError| error.in_field(field.field());
        if !seen.insert(field.field()) {
            let advice = "put all conditions of a field into one field selector";
            return Err(here(error(SelectorRule::Repeated, "the field is given twice", advice)));
        }
        check_values(field).map_err(here)?;
    }
    let category = category_of(selector).map_err(|error| error.in_field(SelectorField::EventCategory))?;
    if rules.holder == Holder::Trail && !category.is_cloudtrail_event() {
        let advice = "a trail takes Management, Data and NetworkActivity; put others into an event data store";
        let found = error(SelectorRule::Categories, format!("a trail has no {category} events"), advice);
        return Err(found.in_field(SelectorField::EventCategory));
    }
    check_fields(selector, category, rules)?;
    Ok(category)
}

/// What holds for the values of any field.
fn check_values(field: &FieldSelector) -> Result<(), SelectorError> {
    let mut conditions = field.conditions().peekable();
    if conditions.peek().is_none() {
        return Err(error(SelectorRule::Count, "there is no condition", "give an operator with at least one value"));
    }
    for (operator, values) in conditions {
        let mut seen = BTreeSet::new();
        for value in values {
            check_text("a value", value, 1, VALUE_CHARS_MAX)?;
            if !seen.insert(value) {
                let found = format!("{operator} has \"{value}\" twice");
                return Err(error(SelectorRule::Repeated, found, "leave one of them out"));
            }
        }
    }
    Ok(())
}

/// AWS's patterns are `.*` for names and `.+` for values: no line breaks.
fn check_text(what: &str, text: &str, min: usize, max: usize) -> Result<(), SelectorError> {
    let chars = text.chars().count();
    if chars < min || chars > max {
        let advice = format!("use {min} to {max}");
        return Err(error(SelectorRule::Length, format!("{what} has {chars} characters"), advice));
    }
    if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(error(SelectorRule::Length, format!("{what} has a line break"), "write it in one line"));
    }
    Ok(())
}

fn category_of(selector: &EventSelector) -> Result<EventCategory, SelectorError> {
    let Some(field) = selector.field(SelectorField::EventCategory) else {
        let advice = format!("add eventCategory Equals one of {}", CATEGORY_NAMES.join(", "));
        return Err(error(SelectorRule::MissingField, "the field is missing", advice));
    };
    check_operators(field, &[Operator::Equals])?;
    check_one(field)?;
    let name = field.values(Operator::Equals).first().map_or("", String::as_str);
    EventCategory::ALL.into_iter().find(|category| category.as_str() == name).ok_or_else(|| {
        error(SelectorRule::ValueNotAllowed, format!("\"{name}\" is no event category"), one_of(name, &CATEGORY_NAMES))
    })
}

fn check_fields(selector: &EventSelector, category: EventCategory, rules: &Validation) -> Result<(), SelectorError> {
    let allowed = allowed(category, rules.holder);
    for field in &selector.fields {
        let here = |error: SelectorError| error.in_field(field.field());
        let Some(allowed) = allowed.iter().find(|allowed| allowed.field == field.field()) else {
            return Err(here(not_allowed(field.field(), category, rules.holder, allowed)));
        };
        check_operators(field, allowed.operators).map_err(here)?;
        check_allowed_values(field, allowed, selector, rules).map_err(here)?;
    }
    let missing = allowed.iter().find(|allowed| allowed.required && selector.field(allowed.field).is_none());
    missing.map_or(Ok(()), |allowed| {
        let advice = format!("{category} events want {} with Equals and one value", allowed.field);
        Err(error(SelectorRule::MissingField, "the field is missing", advice).in_field(allowed.field))
    })
}

fn not_allowed(field: SelectorField, category: EventCategory, holder: Holder, allowed: &[Allowed]) -> SelectorError {
    let of = match holder {
        Holder::EventDataStore => "an event data store",
        Holder::Trail => "a trail",
    };
    let names: Vec<_> = allowed.iter().map(|allowed| allowed.field.as_str()).collect();
    let found = format!("{category} events of {of} have no field {field}");
    error(SelectorRule::FieldNotAllowed, found, format!("use {}", names.join(", ")))
}

fn check_operators(field: &FieldSelector, allowed: &[Operator]) -> Result<(), SelectorError> {
    let other = field.conditions().find(|(operator, _)| !allowed.contains(operator));
    other.map_or(Ok(()), |(operator, _)| {
        let names: Vec<_> = allowed.iter().map(|operator| operator.as_str()).collect();
        let found = format!("{operator} is not for this field here");
        Err(error(SelectorRule::OperatorNotAllowed, found, format!("use {}", names.join(" or "))))
    })
}

fn check_one(field: &FieldSelector) -> Result<(), SelectorError> {
    let values: usize = field.conditions().map(|(_, values)| values.len()).sum();
    if values == 1 {
        return Ok(());
    }
    let found = format!("there are {values} values");
    Err(error(SelectorRule::Count, found, "use exactly one, and a selector for each other"))
}

fn check_allowed_values(
    field: &FieldSelector,
    allowed: &Allowed,
    selector: &EventSelector,
    rules: &Validation,
) -> Result<(), SelectorError> {
    match allowed.values {
        Values::Any => Ok(()),
        Values::Among(known) => check_among(field, known, SelectorRule::ValueNotAllowed),
        Values::OneAmong(known) => {
            check_one(field)?;
            check_among(field, known, SelectorRule::ValueNotAllowed)
        }
        Values::OneListed(known) => {
            check_one(field)?;
            match rules.lists {
                Lists::Known => check_among(field, known, SelectorRule::ValueNotListed),
                Lists::Any => Ok(()),
            }
        }
        Values::Arns => check_arns(field, selector),
    }
}

fn check_among(field: &FieldSelector, known: &[&str], rule: SelectorRule) -> Result<(), SelectorError> {
    let mut values = field.conditions().flat_map(|(_, values)| values);
    let other = values.find(|value| !known.contains(&value.as_str()));
    other.map_or(Ok(()), |value| {
        let found = match rule {
            SelectorRule::ValueNotListed => format!("\"{value}\" is not on AWS's list of {}", field.field()),
            _ => format!("\"{value}\" is not for this field here"),
        };
        Err(error(rule, found, one_of(value, known)))
    })
}

/// The full ARN of the selected type, where the whole ARN is compared.
fn check_arns(field: &FieldSelector, selector: &EventSelector) -> Result<(), SelectorError> {
    let types = selector.field(SelectorField::ResourcesType);
    let resource_type = types.and_then(|types| types.values(Operator::Equals).first()).map_or("", String::as_str);
    for operator in [Operator::Equals, Operator::NotEquals] {
        for value in field.values(operator) {
            if let Some(advice) = arn::fault(value, resource_type) {
                let found = format!("{operator} \"{value}\" is no full ARN of {resource_type}");
                return Err(error(SelectorRule::NotAnArn, found, advice));
            }
        }
    }
    Ok(())
}

/// The nearest of the known values, else all of them when they are few.
pub(super) fn one_of(value: &str, known: &[&str]) -> String {
    match nearest(value, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if known.len() <= 10 => format!("use {}", known.join(" or ")),
        None => format!("use one of the {} that AWS lists, or allow any", known.len()),
    }
}
