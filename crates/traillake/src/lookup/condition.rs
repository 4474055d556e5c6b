//! An attribute and its value, as a condition in SQL.
//!
//! Each becomes a comparison that ends at flat columns and at the index of values, so that data files which cannot have
//! the value are not read.

use std::fmt;
use std::str::FromStr;

use arrow::datatypes::{DataType, Field, FieldRef};
use traillake_event::category::StoreType;
use traillake_event::schema::Schema;

use super::error::LookupError;
use super::{instant, resource};

/// The attributes of LookupEvents, and the fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's names")]
pub enum AttributeKey {
    EventId,
    EventName,
    ReadOnly,
    Username,
    ResourceType,
    ResourceName,
    EventSource,
    AccessKeyId,
    /// A field of the record by its path: `userIdentity.arn`, `requestParameters.bucketName`.
    Field(String),
}

const NAMES: [(&str, AttributeKey); 8] = [
    ("EventId", AttributeKey::EventId),
    ("EventName", AttributeKey::EventName),
    ("ReadOnly", AttributeKey::ReadOnly),
    ("Username", AttributeKey::Username),
    ("ResourceType", AttributeKey::ResourceType),
    ("ResourceName", AttributeKey::ResourceName),
    ("EventSource", AttributeKey::EventSource),
    ("AccessKeyId", AttributeKey::AccessKeyId),
];

/// An attribute that must have a value. Reads `NAME=VALUE`, and `AttributeKey=NAME,AttributeValue=VALUE` as the AWS CLI
/// has it. Letter case counts in values and in the keys of maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Which.
    pub key: AttributeKey,
    /// The value, whole.
    pub value: String,
}

impl fmt::Display for AttributeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, key)| key == self).map(|(name, _)| *name);
        f.write_str(match self {
            AttributeKey::Field(path) => path,
            _ => name.unwrap_or_default(),
        })
    }
}

impl From<&str> for AttributeKey {
    fn from(name: &str) -> Self {
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map_or_else(|| AttributeKey::Field(name.to_owned()), |(_, key)| key.clone())
    }
}

impl FromStr for Attribute {
    type Err = LookupError;

    fn from_str(text: &str) -> Result<Self, LookupError> {
        let pair = match text.strip_prefix("AttributeKey=") {
            Some(rest) => rest.split_once(",AttributeValue="),
            None => match text.strip_prefix("AttributeValue=") {
                Some(rest) => rest.rsplit_once(",AttributeKey=").map(|(value, name)| (name, value)),
                None => text.split_once('='),
            },
        };
        match pair.map(|(name, value)| (name.trim(), value)) {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                Ok(Attribute { key: name.into(), value: value.to_owned() })
            }
            _ => Err(LookupError::Attribute { found: text.to_owned() }),
        }
    }
}

/// A text in SQL.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What must hold for an attribute to have its value.
pub(super) fn condition(attribute: &Attribute, store_type: StoreType) -> Result<String, LookupError> {
    let Attribute { key, value } = attribute;
    let is_insights = store_type == StoreType::Insights;
    let field = match key {
        AttributeKey::EventId => "eventID",
        AttributeKey::EventName if is_insights => "insightEventName",
        AttributeKey::EventSource if is_insights => "insightEventSource",
        AttributeKey::EventName => "eventName",
        AttributeKey::EventSource => "eventSource",
        AttributeKey::Field(path) => path,
        other if is_insights => {
            let name = NAMES.iter().find(|(_, key)| key == other).map_or("", |(name, _)| name);
            return Err(LookupError::Insights { name });
        }
        AttributeKey::ReadOnly => "ReadOnly",
        AttributeKey::AccessKeyId => "userIdentity.accessKeyId",
        AttributeKey::Username => return Ok(username(value)),
        AttributeKey::ResourceType => return Ok(resource::type_condition(value)),
        AttributeKey::ResourceName => return Ok(resource::name_condition(value)),
    };
    of_field(field, value, store_type)
}

/// The user of a name: [`super::USERNAME`] turned round, so that each side is a column's own comparison.
fn username(value: &str) -> String {
    let name = quoted(value);
    let mut ways = vec![format!("(userIdentity.userName = {name} AND coalesce(userIdentity.type, '') <> 'Root')")];
    if value == "root" {
        ways.push("userIdentity.type = 'Root'".to_owned());
    }
    // The name of a session has no slash in it.
    if !value.contains('/') {
        let (pattern, escape) = match value.contains(['%', '_', '\\']) {
            true => {
                let escaped = value.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                (quoted(&format!("%/{escaped}")), " ESCAPE '\\'")
            }
            false => (quoted(&format!("%/{value}")), ""),
        };
        ways.push(format!(
            "(userIdentity.userName IS NULL AND userIdentity.type IN ('AssumedRole', 'FederatedUser') \
             AND userIdentity.arn LIKE {pattern}{escape})"
        ));
    }
    format!("({})", ways.join("\n    OR "))
}

/// The condition on a field of the record.
fn of_field(path: &str, value: &str, store_type: StoreType) -> Result<String, LookupError> {
    let schema = Schema::of(store_type).logical();
    let mut steps = path.split('.');
    let first = steps.next().unwrap_or_default();
    let Some(field) = find(schema.fields(), first) else {
        return Err(unknown(path, schema.fields().iter().map(|field| field.name().clone())));
    };
    let rest: Vec<&str> = steps.collect();
    below(Walk { path, value, expression: field.name().clone() }, field, &rest)
}

/// On the way to a field.
struct Walk<'a> {
    path: &'a str,
    value: &'a str,
    /// What has been reached, in SQL.
    expression: String,
}

fn below(walk: Walk<'_>, field: &Field, rest: &[&str]) -> Result<String, LookupError> {
    match (field.data_type(), rest) {
        (DataType::Struct(fields), [step, rest @ ..]) => match find(fields, step) {
            Some(field) => {
                let expression = format!("{}.{}", walk.expression, field.name());
                below(Walk { expression, ..walk }, field, rest)
            }
            None => {
                let parent = walk.path.rsplit_once(&format!(".{step}")).map_or(walk.path, |(parent, _)| parent);
                Err(unknown(walk.path, fields.iter().map(|field| format!("{parent}.{}", field.name()))))
            }
        },
        (DataType::Map(_, _), [key, rest @ ..]) => Ok(of_key(&walk, key, rest)),
        (DataType::List(item) | DataType::LargeList(item), rest) => {
            let inner = Walk { expression: "r".to_owned(), ..walk };
            Ok(format!("any_match({}, r -> {})", walk.expression, below(inner, item, rest)?))
        }
        (DataType::Struct(fields), []) => {
            let example = fields.first().map_or("", |field| field.name());
            let example = format!("{}.{example}", walk.path);
            Err(LookupError::Parts { name: walk.path.to_owned(), parts: "fields", example })
        }
        (DataType::Map(_, _), []) => {
            let example = format!("{}.KEY", walk.path);
            Err(LookupError::Parts { name: walk.path.to_owned(), parts: "keys", example })
        }
        (leaf, []) => literal(leaf, &walk).map(|literal| format!("{} = {literal}", walk.expression)),
        (leaf, _) => {
            let parent = walk.expression;
            Err(LookupError::Below { name: walk.path.to_owned(), parent, kind: kind(leaf) })
        }
    }
}

/// The condition on a key of a map, and on what is below it in JSON.
fn of_key(walk: &Walk<'_>, key: &str, rest: &[&str]) -> String {
    let value = format!("element_at({}, {})", walk.expression, quoted(key));
    if rest.is_empty() {
        return format!("{value} = {}", quoted(walk.value));
    }
    let steps: String = rest.iter().map(|step| format!("[\"{}\"]", step.replace('"', "\\\""))).collect();
    format!("json_extract_scalar({value}, {}) = {}", quoted(&format!("${steps}")), quoted(walk.value))
}

/// The value as a literal of the field's type.
fn literal(data_type: &DataType, walk: &Walk<'_>) -> Result<String, LookupError> {
    let wrong =
        || LookupError::Value { name: walk.path.to_owned(), kind: kind(data_type), found: walk.value.to_owned() };
    match data_type {
        DataType::Boolean => match walk.value.to_ascii_lowercase().as_str() {
            value @ ("true" | "false") => Ok(value.to_owned()),
            _ => Err(wrong()),
        },
        DataType::Timestamp(_, _) => instant::instant(walk.value).map(instant::literal).map_err(|_| wrong()),
        number if number.is_numeric() => {
            let is_number = walk.value.parse::<f64>().is_ok_and(f64::is_finite);
            is_number.then(|| walk.value.to_owned()).ok_or_else(wrong)
        }
        _ => Ok(quoted(walk.value)),
    }
}

fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "true or false",
        DataType::Timestamp(_, _) => "a time",
        number if number.is_numeric() => "a number",
        _ => "a text",
    }
}

fn find<'a>(fields: impl IntoIterator<Item = &'a FieldRef>, name: &str) -> Option<&'a Field> {
    fields.into_iter().find(|field| field.name().eq_ignore_ascii_case(name)).map(AsRef::as_ref)
}

fn unknown(path: &str, known: impl Iterator<Item = String>) -> LookupError {
    let attributes = NAMES.iter().map(|(name, _)| (*name).to_owned());
    let name = path.to_lowercase();
    let likely = known.chain(attributes).map(|known| (strsim::jaro_winkler(&name, &known.to_lowercase()), known));
    let best = likely.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8);
    let near = best.map(|(_, known)| known);
    LookupError::Unknown { name: path.to_owned(), near }
}
