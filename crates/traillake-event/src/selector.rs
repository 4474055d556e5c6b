//! Event selectors: which events an event data store or a trail keeps.
//!
//! [`AdvancedEventSelectors`] is the front door. A set of selectors is read from AWS's JSON or from one line of text,
//! held against AWS's rules, and asked about one event after another:
//!
//! ```
//! use traillake_event::selector::{AdvancedEventSelectors, EventFields, Validation};
//!
//! let selectors: AdvancedEventSelectors =
//!     "S3 writes: eventCategory=Data and resources.type=AWS::S3::Object and eventName^=Put|Delete".parse()?;
//! selectors.validate(&Validation::event_data_store())?;
//!
//! let record = r#"{"eventCategory":"Data","eventName":"PutObject","resources":[{"type":"AWS::S3::Object"}]}"#;
//! let event = EventFields::read(record)?;
//! assert!(selectors.selects(&event));
//! println!("{}", selectors.explain(&event));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What selects (CloudTrail API reference, `AdvancedEventSelector` and `AdvancedFieldSelector`; User Guide, "Filtering
//! data events by using advanced event selectors"):
//!
//! - An event is kept when any selector keeps it; a selector keeps it when all its fields do.
//! - `Equals`, `StartsWith` and `EndsWith` select: where a field has any of them, one value of them must match.
//! - `NotEquals`, `NotStartsWith` and `NotEndsWith` deselect: no value of them may match.
//! - A field that the event does not have matches nothing: it passes what deselects and fails what selects. This
//!   holds for `readOnly`, too: an event without it is kept neither by `true` nor by `false`.
//! - Text is compared byte for byte: there are no wildcards and letter case counts.
//! - `resources.type` looks at every element of `resources`, `resources.ARN` at every element whose type the
//!   selector's `resources.type` accepts.
//!
//! Trails have [`BasicEventSelectors`], too; they translate into advanced ones.

use std::collections::BTreeSet;

use crate::category::EventCategory;

mod arn;
mod basic;
mod document;
mod error;
mod evaluate;
mod event_fields;
mod explain;
mod field;
mod field_selector;
mod known;
mod matrix;
mod short;
mod validate;

pub use basic::{BasicEventSelector, BasicEventSelectors, DataResource, ReadWriteType};
pub use error::{SelectorError, SelectorRule};
pub use evaluate::Decision;
pub use event_fields::{EventFields, EventResource};
pub use explain::{Explanation, FieldExplanation, SelectorExplanation};
pub use field::{SelectorField, UnknownField};
pub use field_selector::{FieldSelector, Operator};
pub use known::{Lists, NETWORK_ACTIVITY_SOURCES, RESOURCE_TYPES};
pub use validate::{Holder, Validation};

/// The most selectors an event data store has (API reference, `CreateEventDataStore`).
pub const STORE_SELECTORS_MAX: usize = 5;

/// The most values over all conditions of all selectors (User Guide, "Quotas in AWS CloudTrail").
pub const VALUES_MAX: usize = 500;

/// The most characters of a selector's name.
pub const NAME_CHARS_MAX: usize = 1000;

/// The most characters of a value; it has at least one.
pub const VALUE_CHARS_MAX: usize = 2048;

/// The selectors of one event data store or trail: an event is kept when any of them keeps it.
///
/// Three forms are read: AWS's JSON, a list of selectors ([`from_json`](Self::from_json)); the same list inside
/// `{"AdvancedEventSelectors": …}`, as the AWS command line prints it; and the short form ([`FromStr`], which takes
/// JSON as well). [`Display`](std::fmt::Display) writes the short form, [`to_json`](Self::to_json) AWS's.
///
/// The short form, here on two lines:
///
/// ```text
/// Writes: eventCategory=Data and resources.type=AWS::S3::Object and eventName^=Put|Delete|$=Acl
///     and resources.ARN!^=arn:aws:s3:::logs/ or eventCategory=Management
/// ```
///
/// | text | is |
/// | --- | --- |
/// | `=` `!=` | `Equals`, `NotEquals` |
/// | `^=` `!^=` | `StartsWith`, `NotStartsWith` |
/// | `$=` `!$=` | `EndsWith`, `NotEndsWith` |
/// | `\|` | another value of the same field: one of those that select must match, none of those that deselect may. It can bring an operator of its own, of the same kind: `^=Put\|$=Acl` |
/// | `and` | another condition, which must hold, too |
/// | `or` | another selector |
/// | `Name:` | a selector's name, before its first condition |
/// | `"…"` | a value or name with blanks, `\|`, quotes or an operator at its start, written as a JSON string |
///
/// What is read is not yet valid: [`validate`](Self::validate) holds it against AWS's rules.
///
/// [`FromStr`]: std::str::FromStr
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvancedEventSelectors {
    /// The selectors, in the order they were given.
    pub selectors: Vec<EventSelector>,
}

/// One advanced event selector: it keeps an event when all its fields do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSelector {
    /// What it is called, up to [`NAME_CHARS_MAX`] characters.
    pub name: Option<String>,
    /// The conditions, each field once. Without any, every event is kept; AWS wants at least one.
    pub fields: Vec<FieldSelector>,
}

impl EventSelector {
    /// A selector without a name.
    pub fn new(fields: impl IntoIterator<Item = FieldSelector>) -> Self {
        Self { name: None, fields: fields.into_iter().collect() }
    }

    /// The same selector with a name.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The selector's conditions on a field. Of a field given twice, which AWS refuses, the first.
    pub fn field(&self, field: SelectorField) -> Option<&FieldSelector> {
        self.fields.iter().find(|selector| selector.field() == field)
    }

    /// The categories that the selector names with `Equals`.
    fn categories(&self) -> impl Iterator<Item = EventCategory> {
        let named = self.field(SelectorField::EventCategory).map(|field| field.values(Operator::Equals));
        named
            .into_iter()
            .flatten()
            .filter_map(|name| EventCategory::ALL.into_iter().find(|known| known.as_str() == name))
    }
}

impl AdvancedEventSelectors {
    /// Selectors in the order given.
    pub fn new(selectors: impl IntoIterator<Item = EventSelector>) -> Self {
        Self { selectors: selectors.into_iter().collect() }
    }

    /// Everything of the given categories: one selector for each.
    ///
    /// AWS has no such selector for data and network activity events, which it wants narrowed to one `resources.type`
    /// or `eventSource`: those are refused by [`validate`](Self::validate).
    pub fn for_categories(categories: &[EventCategory]) -> Self {
        let category =
            |category: &EventCategory| FieldSelector::equals(SelectorField::EventCategory, category.as_str());
        Self::new(categories.iter().map(|one| EventSelector::new([category(one)]).named(format!("All {one} events"))))
    }

    /// The categories that the selectors name, each once.
    pub fn categories(&self) -> Vec<EventCategory> {
        let categories: BTreeSet<_> = self.selectors.iter().flat_map(EventSelector::categories).collect();
        categories.into_iter().collect()
    }
}

impl Default for AdvancedEventSelectors {
    /// What an event data store gets that is created without selectors: all management events.
    fn default() -> Self {
        let management = FieldSelector::equals(SelectorField::EventCategory, EventCategory::Management.as_str());
        Self::new([EventSelector::new([management]).named("Default management events")])
    }
}

#[cfg(test)]
mod tests;
