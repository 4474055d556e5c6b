//! The short form of selectors, for a command line; see [`AdvancedEventSelectors`] for its table.
//!
//! ```text
//! selectors := selector { "or" selector }
//! selector  := [ name ":" ] condition { "and" condition }
//! condition := field operator value { "|" [ operator ] value }
//! ```

use std::fmt;
use std::str::FromStr;

use crate::json::{Cursor, write_string};

use super::{
    AdvancedEventSelectors, EventSelector, FieldSelector, Operator, SelectorError, SelectorField, SelectorRule,
    UnknownField,
};

/// Longer symbols before those they begin with.
const SYMBOLS: [Operator; 6] = [
    Operator::NotStartsWith,
    Operator::NotEndsWith,
    Operator::NotEquals,
    Operator::StartsWith,
    Operator::EndsWith,
    Operator::Equals,
];

const OPERATOR_STARTS: [char; 4] = ['=', '!', '^', '$'];

const EXAMPLE: &str =
    "write, for example, eventCategory=Data and resources.type=AWS::S3::Object and eventName^=Put|Delete";

impl FromStr for AdvancedEventSelectors {
    type Err = SelectorError;

    /// Reads the short form, or AWS's JSON when the text begins with a bracket.
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        if text.trim_start().starts_with(['[', '{']) {
            return Self::from_json(text);
        }
        let mut reader = Reader { rest: text };
        let mut selectors = Vec::new();
        loop {
            selectors.push(reader.selector(selectors.len())?);
            if !reader.take_word("or") {
                break;
            }
        }
        reader.end().map_err(|error| error.in_selector(selectors.len() - 1, None))?;
        Ok(Self { selectors })
    }
}

impl FromStr for EventSelector {
    type Err = SelectorError;

    /// Reads one selector in the short form.
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let mut reader = Reader { rest: text };
        let selector = reader.selector(0)?;
        reader.end().map(|()| selector)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn selector(&mut self, at: usize) -> Result<EventSelector, SelectorError> {
        let name = self.name().map_err(|error| error.in_selector(at, None))?;
        let mut selector = EventSelector { name, fields: Vec::new() };
        loop {
            let condition = self.condition().and_then(|found| add(&mut selector.fields, found));
            condition.map_err(|error| error.in_selector(at, selector.name.as_deref()))?;
            if !self.take_word("and") {
                return Ok(selector);
            }
        }
    }

    /// A name is what stands before the first `:`, unless an operator comes earlier.
    fn name(&mut self) -> Result<Option<String>, SelectorError> {
        self.skip_blanks();
        if self.rest.starts_with('"') {
            let name = self.quoted()?;
            return if self.take(":") { Ok(Some(name)) } else { Err(self.unexpected("':' after a name")) };
        }
        match self.rest.find([':', '=', '!', '^', '$', '|', '"']) {
            Some(at) if self.rest[at..].starts_with(':') => {
                let name = self.rest[..at].trim_end().to_owned();
                self.rest = &self.rest[at + 1..];
                Ok(Some(name))
            }
            _ => Ok(None),
        }
    }

    fn condition(&mut self) -> Result<FieldSelector, SelectorError> {
        let field = self.field()?;
        let mut selector = FieldSelector::new(field);
        let here = |error: SelectorError| error.in_field(field);
        let mut operator = self.operator().ok_or_else(|| here(self.unexpected("an operator")))?;
        let selects = operator.selects();
        loop {
            selector.add(operator, [self.value().map_err(here)?]);
            if !self.take("|") {
                return Ok(selector);
            }
            operator = self.operator().unwrap_or(operator);
            if operator.selects() != selects {
                let found = format!("'|' joins a condition that selects and one that deselects ({operator})");
                let advice = format!("write the second as a condition of its own: and {field}{}…", operator.symbol());
                return Err(here(SelectorError::new(SelectorRule::Form, found, advice)));
            }
        }
    }

    fn field(&mut self) -> Result<SelectorField, SelectorError> {
        self.skip_blanks();
        let length = self.rest.find(|char: char| !(char.is_alphanumeric() || matches!(char, '.' | '_' | '-')));
        let (name, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        if name.is_empty() {
            return Err(self.unexpected("a field"));
        }
        self.rest = rest;
        name.parse().map_err(|unknown: UnknownField| {
            let found = format!("\"{name}\" is no field of advanced event selectors");
            SelectorError::new(SelectorRule::UnknownField, found, unknown.advice())
        })
    }

    fn operator(&mut self) -> Option<Operator> {
        SYMBOLS.into_iter().find(|operator| self.take(operator.symbol()))
    }

    fn value(&mut self) -> Result<String, SelectorError> {
        self.skip_blanks();
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let length = self.rest.find(|char: char| char.is_whitespace() || char == '|').unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(length);
        if value.is_empty() {
            return Err(self.unexpected("a value"));
        }
        if value.starts_with(OPERATOR_STARTS) {
            let found = format!("the value {value} begins like an operator");
            return Err(SelectorError::new(SelectorRule::Form, found, "put it in double quotes if it is meant so"));
        }
        self.rest = rest;
        Ok(value.to_owned())
    }

    /// A JSON string.
    fn quoted(&mut self) -> Result<String, SelectorError> {
        let mut cursor = Cursor::new(self.rest);
        let value = cursor.value().map_err(|error| {
            SelectorError::new(SelectorRule::Form, error.to_string(), "write what is in quotes as a JSON string")
        })?;
        self.rest = &self.rest[cursor.offset()..];
        Ok(value.as_text().unwrap_or_default().into_owned())
    }

    fn take(&mut self, text: &str) -> bool {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes a word in any letter case that a blank or the end follows.
    fn take_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let Some((head, tail)) = self.rest.split_at_checked(word.len()) else { return false };
        let is_word = head.eq_ignore_ascii_case(word) && !tail.starts_with(|char: char| !char.is_whitespace());
        if is_word {
            self.rest = tail;
        }
        is_word
    }

    fn end(&mut self) -> Result<(), SelectorError> {
        self.skip_blanks();
        if self.rest.is_empty() { Ok(()) } else { Err(self.unexpected("'and', 'or', '|' or the end")) }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self, expected: &str) -> SelectorError {
        let shown: String = self.rest.chars().take(20).collect();
        let found = if shown.is_empty() { "the end".to_owned() } else { format!("\"{shown}\"") };
        SelectorError::new(SelectorRule::Form, format!("expected {expected}, found {found}"), EXAMPLE)
    }
}

/// Joins conditions on one field. Those that deselect add up; those that select are alternatives, which `and` is not.
fn add(fields: &mut Vec<FieldSelector>, found: FieldSelector) -> Result<(), SelectorError> {
    let Some(known) = fields.iter_mut().find(|known| known.field() == found.field()) else {
        fields.push(found);
        return Ok(());
    };
    let selects = |field: &FieldSelector| field.conditions().any(|(operator, _)| operator.selects());
    if selects(known) && selects(&found) {
        let (field, text) = (found.field(), "two conditions that select, joined by 'and'");
        let advice = "conditions of one field that select are alternatives: join them with '|', as in ^=Put|$=Acl";
        return Err(SelectorError::new(SelectorRule::Repeated, text, advice).in_field(field));
    }
    for (operator, values) in found.conditions() {
        known.add(operator, values.iter().cloned());
    }
    Ok(())
}

impl fmt::Display for AdvancedEventSelectors {
    /// Writes the short form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, selector) in self.selectors.iter().enumerate() {
            write!(f, "{}{selector}", if at > 0 { " or " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for EventSelector {
    /// Writes the short form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            let is_plain = !name.is_empty()
                && name.trim() == name
                && !name.contains([':', '=', '!', '^', '$', '|', '"', '[', '{'])
                && !name.contains(char::is_control);
            write_text(f, name, is_plain)?;
            f.write_str(": ")?;
        }
        for (at, field) in self.fields.iter().enumerate() {
            write!(f, "{}{field}", if at > 0 { " and " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for FieldSelector {
    /// Writes the short form: what selects joined by `|`, then each operator that deselects.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut selected = false;
        let mut first = true;
        for (operator, values) in self.conditions() {
            let head = match (operator.selects() && selected, first) {
                (true, _) => "|".to_owned(),
                (false, true) => self.field().to_string(),
                (false, false) => format!(" and {}", self.field()),
            };
            write!(f, "{head}{}", operator.symbol())?;
            for (at, value) in values.iter().enumerate() {
                f.write_str(if at > 0 { "|" } else { "" })?;
                write_text(f, value, is_plain_value(value))?;
            }
            (selected, first) = (operator.selects(), false);
        }
        Ok(())
    }
}

fn is_plain_value(value: &str) -> bool {
    let is_special = |char: char| char.is_whitespace() || char.is_control() || matches!(char, '|' | '"');
    !value.is_empty() && !value.contains(is_special) && !value.starts_with(OPERATOR_STARTS)
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str, is_plain: bool) -> fmt::Result {
    if is_plain {
        return f.write_str(text);
    }
    let mut quoted = String::new();
    write_string(&mut quoted, text);
    f.write_str(&quoted)
}
