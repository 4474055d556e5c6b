//! The conditions of one field.

use std::fmt;

use super::SelectorField;

/// How a value of a condition is compared with what the event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// Selects the same text.
    Equals,
    /// Selects text with this beginning.
    StartsWith,
    /// Selects text with this end.
    EndsWith,
    /// Deselects the same text.
    NotEquals,
    /// Deselects text with this beginning.
    NotStartsWith,
    /// Deselects text with this end.
    NotEndsWith,
}

impl Operator {
    /// Every operator, in AWS's order: those that select, then those that deselect.
    pub const ALL: [Operator; 6] = [
        Operator::Equals,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::NotEquals,
        Operator::NotStartsWith,
        Operator::NotEndsWith,
    ];

    pub(super) const SELECT: [Operator; 3] = [Operator::Equals, Operator::StartsWith, Operator::EndsWith];
    pub(super) const DESELECT: [Operator; 3] = [Operator::NotEquals, Operator::NotStartsWith, Operator::NotEndsWith];

    /// The operator's name in AWS's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Equals => "Equals",
            Operator::StartsWith => "StartsWith",
            Operator::EndsWith => "EndsWith",
            Operator::NotEquals => "NotEquals",
            Operator::NotStartsWith => "NotStartsWith",
            Operator::NotEndsWith => "NotEndsWith",
        }
    }

    /// The operator in the short form.
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Equals => "=",
            Operator::StartsWith => "^=",
            Operator::EndsWith => "$=",
            Operator::NotEquals => "!=",
            Operator::NotStartsWith => "!^=",
            Operator::NotEndsWith => "!$=",
        }
    }

    /// Whether what matches is kept (`Equals` …) rather than dropped (`NotEquals` …).
    pub fn selects(self) -> bool {
        Operator::SELECT.contains(&self)
    }

    /// Whether a value of a condition hits what an event has, be it to select or to deselect.
    pub fn hits(self, found: &str, value: &str) -> bool {
        match self {
            Operator::Equals | Operator::NotEquals => found == value,
            Operator::StartsWith | Operator::NotStartsWith => found.starts_with(value),
            Operator::EndsWith | Operator::NotEndsWith => found.ends_with(value),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one field of an event must be: for each operator, any number of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSelector {
    field: SelectorField,
    /// In the order of [`Operator::ALL`].
    values: [Vec<String>; 6],
}

impl FieldSelector {
    /// A field without conditions, which any event passes.
    pub fn new(field: SelectorField) -> Self {
        Self { field, values: Default::default() }
    }

    /// A field that must have this value.
    pub fn equals(field: SelectorField, value: impl Into<String>) -> Self {
        Self::new(field).with(Operator::Equals, [value])
    }

    /// The same with more values for an operator.
    pub fn with<T: Into<String>>(mut self, operator: Operator, values: impl IntoIterator<Item = T>) -> Self {
        self.add(operator, values.into_iter().map(Into::into));
        self
    }

    pub(super) fn add(&mut self, operator: Operator, values: impl IntoIterator<Item = String>) {
        self.values[operator as usize].extend(values);
    }

    /// The field looked at.
    pub fn field(&self) -> SelectorField {
        self.field
    }

    /// The values of one operator, in the order given.
    pub fn values(&self, operator: Operator) -> &[String] {
        &self.values[operator as usize]
    }

    /// The operators that have values, in the order of [`Operator::ALL`].
    pub fn conditions(&self) -> impl Iterator<Item = (Operator, &[String])> {
        let all = Operator::ALL.into_iter().zip(&self.values);
        all.filter(|(_, values)| !values.is_empty()).map(|(operator, values)| (operator, values.as_slice()))
    }
}
