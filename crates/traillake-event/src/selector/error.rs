//! What is wrong with selectors, where, and what to do.

use std::fmt;

use super::SelectorField;

/// The rule that selectors break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelectorRule {
    /// The text is neither JSON of the documented shape nor the short form.
    Form,
    /// There is no such field.
    UnknownField,
    /// A name or value is shorter or longer than allowed, or has a line break.
    Length,
    /// Too many or too few selectors, field selectors, values or data resources.
    Count,
    /// A field, operator, value or selector is given twice.
    Repeated,
    /// A field that the category needs is missing.
    MissingField,
    /// The field is not for this category or holder.
    FieldNotAllowed,
    /// The operator is not for this field.
    OperatorNotAllowed,
    /// The value is not for this field.
    ValueNotAllowed,
    /// The value is not on AWS's list; [`Lists::Any`](super::Lists::Any) allows it.
    ValueNotListed,
    /// `Equals` and `NotEquals` on `resources.ARN` take a full ARN of the selected resource type.
    NotAnArn,
    /// The categories cannot be in one event data store, or not in a trail.
    Categories,
}

/// Selectors that AWS would refuse, or a text that is none.
///
/// `Display` says all of it in one line, of the name the first 60 characters:
/// `selector 2 "S3 writes", resources.ARN: … : do this`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    /// The rule that is broken.
    pub rule: SelectorRule,
    /// Which selector, counted from 1; `None` where it is about all of them.
    pub selector: Option<usize>,
    /// That selector's name.
    pub name: Option<String>,
    /// The field, where it is about one.
    pub field: Option<SelectorField>,
    /// What was found, as a clause.
    pub found: String,
    /// What to do about it.
    pub advice: String,
}

// Results are passed up many levels.
const _: () = assert!(size_of::<SelectorError>() <= 104);

impl SelectorError {
    pub(super) fn new(rule: SelectorRule, found: impl Into<String>, advice: impl Into<String>) -> Self {
        let (found, advice) = (found.into(), advice.into());
        Self { rule, selector: None, name: None, field: None, found, advice }
    }

    /// In a selector, counted from 0 here. A place that is known already stays.
    pub(super) fn in_selector(mut self, index: usize, name: Option<&str>) -> Self {
        if self.selector.is_none() {
            self.selector = Some(index + 1);
            self.name = name.map(str::to_owned);
        }
        self
    }

    pub(super) fn in_field(mut self, field: SelectorField) -> Self {
        self.field.get_or_insert(field);
        self
    }

    /// The AWS exception that `CreateEventDataStore` and `PutEventSelectors` answer with.
    ///
    /// `InvalidEventSelectorsException` is what AWS says of counts, combinations and values that are not valid.
    /// `InvalidParameterException` stands for a text that has not the form of the service model, which AWS's clients
    /// refuse before they call.
    pub fn aws_name(&self) -> &'static str {
        match self.rule {
            SelectorRule::Form => "InvalidParameterException",
            _ => "InvalidEventSelectorsException",
        }
    }
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        if let Some(number) = self.selector {
            write!(f, "selector {number}")?;
            before = ", ";
        }
        if let Some(name) = self.name.as_deref().filter(|name| !name.is_empty()) {
            write!(f, " \"{name:.60}\"")?;
        }
        if let Some(field) = self.field {
            write!(f, "{before}{field}")?;
            before = ", ";
        }
        let colon = if before.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}: {}", self.found, self.advice)
    }
}

impl std::error::Error for SelectorError {}
