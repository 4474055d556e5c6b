//! The JSON of selectors, as AWS documents it.
//!
//! Members are read in any letter case of their names, because records of `PutEventSelectors` spell them in camel
//! case; they are written in AWS's. A member that is null counts as missing.

use std::borrow::Cow;

use crate::json::{Cursor, Kind, Value, write_string};

use super::known::nearest;
use super::{
    AdvancedEventSelectors, EventSelector, FieldSelector, Operator, SelectorError, SelectorRule, UnknownField,
};

const SHAPE: &str = "write [{\"Name\": …, \"FieldSelectors\": [{\"Field\": …, \"Equals\": [\"…\"]}]}]";

impl AdvancedEventSelectors {
    /// Reads AWS's JSON: a list of selectors, alone or as member `AdvancedEventSelectors` of an object whose other
    /// members are passed over, as `aws cloudtrail get-event-data-store` prints it.
    pub fn from_json(text: &str) -> Result<Self, SelectorError> {
        let list = list(text, "AdvancedEventSelectors", SHAPE)?;
        let selectors = elements(list, "AdvancedEventSelectors")?.into_iter().enumerate();
        selectors
            .map(|(at, selector)| read_selector(at, selector))
            .collect::<Result<_, _>>()
            .map(|all| Self { selectors: all })
    }

    /// Writes AWS's JSON: the list of selectors without blanks, members in AWS's order, a missing name left out.
    pub fn to_json(&self) -> String {
        let mut out = String::from("[");
        for (at, selector) in self.selectors.iter().enumerate() {
            out.push_str(if at > 0 { ",{" } else { "{" });
            if let Some(name) = &selector.name {
                out.push_str("\"Name\":");
                write_string(&mut out, name);
                out.push(',');
            }
            out.push_str("\"FieldSelectors\":[");
            for (at, field) in selector.fields.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_field(&mut out, field);
            }
            out.push_str("]}");
        }
        out.push(']');
        out
    }
}

fn write_field(out: &mut String, field: &FieldSelector) {
    out.push_str("{\"Field\":");
    write_string(out, field.field().as_str());
    for (operator, values) in field.conditions() {
        out.push(',');
        write_string(out, operator.as_str());
        out.push_str(":[");
        for (at, value) in values.iter().enumerate() {
            out.push_str(if at > 0 { "," } else { "" });
            write_string(out, value);
        }
        out.push(']');
    }
    out.push('}');
}

fn read_selector(at: usize, value: Value<'_>) -> Result<EventSelector, SelectorError> {
    let unnamed = |error: SelectorError| error.in_selector(at, None);
    let members = members(value, "a selector", &["Name", "FieldSelectors"]).map_err(unnamed)?;
    let name = members.get("Name").map(|name| text(name, "Name")).transpose().map_err(unnamed)?;
    let here = |error: SelectorError| error.in_selector(at, name.as_deref());
    let fields = members.needed("FieldSelectors").and_then(|list| elements(list, "FieldSelectors")).map_err(here)?;
    let fields = fields.into_iter().map(read_field).collect::<Result<_, _>>().map_err(here)?;
    Ok(EventSelector { name, fields })
}

fn read_field(value: Value<'_>) -> Result<FieldSelector, SelectorError> {
    let mut names = vec!["Field"];
    names.extend(Operator::ALL.map(Operator::as_str));
    let members = members(value, "a field selector", &names)?;
    let field = text(members.needed("Field")?, "Field")?;
    let field = field.parse().map_err(|unknown: UnknownField| {
        let found = format!("\"{}\" is no field of advanced event selectors", unknown.text);
        SelectorError::new(SelectorRule::UnknownField, found, unknown.advice())
    })?;
    let mut selector = FieldSelector::new(field);
    for operator in Operator::ALL {
        let Some(list) = members.get(operator.as_str()) else { continue };
        let values = texts(list, operator.as_str()).map_err(|error| error.in_field(field))?;
        if values.is_empty() {
            let error =
                SelectorError::new(SelectorRule::Count, format!("{operator} is an empty list"), "give it a value");
            return Err(error.in_field(field));
        }
        selector.add(operator, values);
    }
    Ok(selector)
}

/// The list that is the document, or a member of it.
pub(super) fn list<'a>(text: &'a str, member: &'static str, shape: &str) -> Result<Value<'a>, SelectorError> {
    let form = |found: String| SelectorError::new(SelectorRule::Form, found, shape);
    let mut cursor = Cursor::new(text);
    let broken = |error: crate::json::JsonError| form(format!("no JSON at byte {}: {error}", error.offset));
    let document = cursor.value().map_err(broken)?;
    if !cursor.at_end() {
        return Err(broken(cursor.error("the end of the JSON text")));
    }
    if document.kind != Kind::Object {
        return Ok(document);
    }
    let mut found = None;
    crate::json::for_each_member(document.raw, |key, value| {
        if key.eq_ignore_ascii_case(member) && value.kind != Kind::Null {
            found = Some(value);
        }
    });
    found.ok_or_else(|| form(format!("the object has no member \"{member}\"")))
}

/// The members of an object that are not null.
pub(super) struct Members<'a> {
    what: &'static str,
    found: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.found.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    fn needed(&self, name: &str) -> Result<Value<'a>, SelectorError> {
        let missing =
            || SelectorError::new(SelectorRule::Form, format!("{} has no \"{name}\"", self.what), "add that member");
        self.get(name).ok_or_else(missing)
    }
}

/// The members of an object, each of which must have one of these names, once.
pub(super) fn members<'a>(value: Value<'a>, what: &'static str, names: &[&str]) -> Result<Members<'a>, SelectorError> {
    expect(value, Kind::Object, what)?;
    let mut members = Members { what, found: Vec::new() };
    let mut wrong = None;
    crate::json::for_each_member(value.raw, |key, value| {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(&key)) {
            wrong.get_or_insert_with(|| unknown_member(what, &key, names));
        } else if members.get(&key).is_some() {
            let found = format!("{what} has \"{key}\" twice");
            wrong.get_or_insert_with(|| {
                SelectorError::new(SelectorRule::Repeated, found, "put all values into one list")
            });
        } else if value.kind != Kind::Null {
            members.found.push((key, value));
        }
    });
    wrong.map_or(Ok(members), Err)
}

fn unknown_member(what: &str, key: &str, names: &[&str]) -> SelectorError {
    let advice = match nearest(key, names) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("it has only {}", names.join(", ")),
    };
    SelectorError::new(SelectorRule::Form, format!("{what} has no member \"{key}\""), advice)
}

pub(super) fn elements<'a>(value: Value<'a>, what: &'static str) -> Result<Vec<Value<'a>>, SelectorError> {
    expect(value, Kind::Array, what)?;
    let mut found = Vec::new();
    let mut cursor = Cursor::new(value.raw);
    let Ok(mut elements) = cursor.elements() else { return Ok(found) };
    while let (Ok(true), Ok(element)) = (elements.next(&mut cursor), cursor.value()) {
        found.push(element);
    }
    Ok(found)
}

pub(super) fn text(value: Value<'_>, what: &'static str) -> Result<String, SelectorError> {
    expect(value, Kind::String, what)?;
    Ok(value.as_text().unwrap_or_default().into_owned())
}

pub(super) fn texts(value: Value<'_>, what: &'static str) -> Result<Vec<String>, SelectorError> {
    elements(value, what)?.into_iter().map(|element| text(element, what)).collect()
}

pub(super) fn expect(value: Value<'_>, kind: Kind, what: &str) -> Result<(), SelectorError> {
    if value.kind == kind {
        return Ok(());
    }
    let shown: String = value.raw.chars().take(40).collect();
    let found = format!("{what} is {} {shown}", value.kind.as_str());
    Err(SelectorError::new(SelectorRule::Form, found, format!("it must be of type {}", kind.as_str())))
}
