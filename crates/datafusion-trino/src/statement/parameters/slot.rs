//! Where parameters stand in a tree.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Ident, ObjectName, ObjectNamePart, Query, TableFactor, Value, ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::super::tokens::PARAMETER_QUOTE;

/// The macros of CloudTrail Lake's dashboards, which stand in quotes as well.
const MACROS: [&str; 4] = ["starttime", "endtime", "period", "eventdatastoreid"];

/// One place of a parameter, ordered by where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    /// Line and column.
    pub(super) place: (u64, u64),
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `?`
    Mark,
    /// `'?'`: a dashboard's way, or a text.
    QuotedMark,
    /// `:name`, `$name$`, `'$StartTime$'`.
    Named {
        /// The name in lower case.
        key: String,
        /// As typed, with its marks.
        typed: String,
    },
}

impl Kind {
    /// The name in lower case.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Kind::Named { key, .. } => Some(key),
            Kind::Mark | Kind::QuotedMark => None,
        }
    }

    fn of(text: &str) -> Kind {
        match text.trim_start_matches([':', '$']).trim_end_matches('$') {
            "?" => Kind::Mark,
            name => Kind::Named { key: name.to_lowercase(), typed: text.to_owned() },
        }
    }
}

impl Slot {
    pub(super) fn at(&self) -> Location {
        Location::new(self.place.0, self.place.1)
    }
}

/// The places of a query's parameters, in the order of the text.
pub(super) fn slots(query: &Query) -> Vec<Slot> {
    let mut search = Slots::default();
    let _ = Visit::visit(query, &mut search);
    let mut found = search.found;
    found.sort();
    // A tree may hold one token twice.
    found.dedup();
    found
}

/// Where a value stands.
pub(super) fn place(value: &ValueWithSpan) -> (u64, u64) {
    (value.span.start.line, value.span.start.column)
}

pub(super) fn text(text: &str) -> Value {
    Value::SingleQuotedString(text.to_owned())
}

/// The name of a table that is a parameter, and where it stands.
pub(super) fn table_name(factor: &mut TableFactor) -> Option<(&mut ObjectName, (u64, u64))> {
    let TableFactor::Table { name, .. } = factor else { return None };
    let [part] = name.0.as_slice() else { return None };
    let ident = part.as_ident().filter(|ident| ident.quote_style == Some(PARAMETER_QUOTE))?;
    let at = ident.span.start;
    Some((name, (at.line, at.column)))
}

/// Gives the table the name in `text`, which is one name whatever it holds.
pub(super) fn rename(name: &mut ObjectName, text: &str) {
    let span = name.0.first().and_then(|part| part.as_ident()).map(|ident| ident.span);
    let span = span.unwrap_or_else(datafusion::sql::sqlparser::tokenizer::Span::empty);
    name.0 = vec![ObjectNamePart::Identifier(Ident::with_quote_and_span('"', span, text.to_lowercase()))];
}

#[derive(Default)]
struct Slots {
    found: Vec<Slot>,
}

impl Visitor for Slots {
    type Break = ();

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        let kind = match &value.value {
            Value::Placeholder(text) => Some(Kind::of(text)),
            Value::SingleQuotedString(text) if text == "?" => Some(Kind::QuotedMark),
            Value::SingleQuotedString(text) => is_macro(text).then(|| Kind::of(text)),
            _ => None,
        };
        // A constant that a parameter was given has no place.
        let typed = value.span.start.line > 0;
        self.found.extend(kind.filter(|_| typed).map(|kind| Slot { place: place(value), kind }));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, .. } = factor
            && let [part] = name.0.as_slice()
            && let Some(ident) = part.as_ident()
            && ident.quote_style == Some(PARAMETER_QUOTE)
        {
            let place = (ident.span.start.line, ident.span.start.column);
            self.found.push(Slot { place, kind: Kind::of(&ident.value) });
        }
        ControlFlow::Continue(())
    }
}

/// `$StartTime$` and its like.
fn is_macro(text: &str) -> bool {
    let name = text.strip_prefix('$').and_then(|rest| rest.strip_suffix('$'));
    name.is_some_and(|name| MACROS.contains(&name.to_lowercase().as_str()))
}
