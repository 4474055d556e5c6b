//! Why selectors keep or drop an event.

use std::fmt;

use super::{AdvancedEventSelectors, Decision, EventFields, EventSelector, Operator, SelectorField};

/// What every selector says about one event, and why. [`Display`](fmt::Display) is for people:
///
/// ```text
/// kept by selector 2
/// selector 1 "S3 writes": drops the event
///   ✓ eventCategory "Data": Equals "Data"
///   ✗ eventName "GetObject": must match StartsWith "Put", "Delete"
/// selector 2: keeps the event
///   ✓ eventCategory "Data": Equals "Data"
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// What each selector says, in their order.
    pub selectors: Vec<SelectorExplanation<'a>>,
}

/// What one selector says about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorExplanation<'a> {
    /// Which selector, counted from 1.
    pub number: usize,
    /// Its name.
    pub name: Option<&'a str>,
    /// What each field says, in their order. All of them are asked, even after one has dropped the event.
    pub fields: Vec<FieldExplanation<'a>>,
}

/// What one field of a selector says about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldExplanation<'a> {
    /// The field.
    pub field: SelectorField,
    /// What the event has there: nothing, one text, or several for `resources.type` and `resources.ARN`.
    pub found: Vec<&'a str>,
    /// What decided.
    pub decision: Decision<'a>,
    /// The conditions that select.
    wanted: Vec<(Operator, &'a [String])>,
}

impl Explanation<'_> {
    /// Whether the event is kept; the same as [`AdvancedEventSelectors::selects`].
    pub fn keeps(&self) -> bool {
        self.kept_by().is_some()
    }

    /// The number of the first selector that keeps the event, counted from 1.
    pub fn kept_by(&self) -> Option<usize> {
        self.selectors.iter().find(|selector| selector.keeps()).map(|selector| selector.number)
    }
}

impl SelectorExplanation<'_> {
    /// Whether the selector keeps the event.
    pub fn keeps(&self) -> bool {
        self.fields.iter().all(|field| field.decision.keeps())
    }
}

impl AdvancedEventSelectors {
    /// What every selector and every field says about the event, and which condition decided.
    pub fn explain<'a>(&'a self, event: &'a EventFields<'_>) -> Explanation<'a> {
        let selectors = self.selectors.iter().enumerate();
        Explanation { selectors: selectors.map(|(at, selector)| selector.explain(at + 1, event)).collect() }
    }
}

impl EventSelector {
    fn explain<'a>(&'a self, number: usize, event: &'a EventFields<'_>) -> SelectorExplanation<'a> {
        let explain = |selector: &'a super::FieldSelector| {
            let values = self.values_in(event, selector.field());
            FieldExplanation {
                field: selector.field(),
                found: values.clone().collect(),
                decision: selector.decide(values),
                wanted: selector.conditions().filter(|(operator, _)| operator.selects()).collect(),
            }
        };
        SelectorExplanation { number, name: self.name.as_deref(), fields: self.fields.iter().map(explain).collect() }
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kept_by() {
            Some(number) => write!(f, "kept by selector {number}")?,
            None => f.write_str("dropped: no selector keeps the event")?,
        }
        self.selectors.iter().try_for_each(|selector| write!(f, "\n{selector}"))
    }
}

impl fmt::Display for SelectorExplanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "selector {}", self.number)?;
        if let Some(name) = self.name.filter(|name| !name.is_empty()) {
            write!(f, " \"{name}\"")?;
        }
        f.write_str(if self.keeps() { ": keeps the event" } else { ": drops the event" })?;
        self.fields.iter().try_for_each(|field| write!(f, "\n  {field}"))
    }
}

impl fmt::Display for FieldExplanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", if self.decision.keeps() { "✓" } else { "✗" }, self.field)?;
        if self.found.is_empty() {
            f.write_str("(absent)")?;
        }
        write_list(f, &self.found)?;
        f.write_str(": ")?;
        match self.decision {
            Decision::Deselected(operator, value) => write!(f, "{operator} \"{value}\" drops it"),
            Decision::Selected(operator, value) => write!(f, "{operator} \"{value}\""),
            Decision::NotDeselected => f.write_str("nothing here drops it"),
            Decision::NotSelected | Decision::Absent => self.write_wanted(f),
        }
    }
}

/// How many values of a condition are written before the rest is counted.
const VALUES_SHOWN: usize = 5;

impl FieldExplanation<'_> {
    fn write_wanted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "must match ";
        for (operator, values) in &self.wanted {
            write!(f, "{before}{operator} ")?;
            write_list(f, values)?;
            before = " or ";
        }
        Ok(())
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, texts: &[impl fmt::Display]) -> fmt::Result {
    let mut before = "";
    for text in texts.iter().take(VALUES_SHOWN) {
        write!(f, "{before}\"{text}\"")?;
        before = ", ";
    }
    match texts.len().saturating_sub(VALUES_SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
