//! The documented shape, as a reader is to see it.

use arrow::datatypes::DataType;
use serde_json::{Map, Value, json};
use traillake_event::schema::{CALENDAR_DAY, Field, Nested, Schema, Shape};

/// The names of the columns of the table.
pub(super) fn flat_columns(schema: &Schema) -> Vec<(String, String)> {
    let columns = schema.columns().iter().map(|column| column.name.as_str());
    columns.chain([CALENDAR_DAY]).map(|name| (name.to_owned(), String::new())).collect()
}

/// The names of the columns of the view, with their types as DuckDB calls them.
pub(super) fn view_columns(schema: &Schema) -> Vec<(String, String)> {
    let fields = schema.fields();
    let column = |field: &Field| (field.name.to_owned(), type_name(&field.data_type(fields)));
    let columns = fields.iter().filter(|field| !matches!(field.shape, Shape::Derived)).map(column);
    columns.chain([(CALENDAR_DAY.to_owned(), "DATE".to_owned())]).collect()
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Int32 => "INTEGER".to_owned(),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::Map(..) => "MAP(VARCHAR, VARCHAR)".to_owned(),
        DataType::List(element) => format!("{}[]", type_name(element.data_type())),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
            format!("STRUCT({})", fields.collect::<Vec<_>>().join(", "))
        }
        _ => "VARCHAR".to_owned(),
    }
}

/// A row of the documented shape with all its fields, from one that tells only those that are not NULL.
pub(super) fn documented(schema: &Schema, told: &Value) -> Map<String, Value> {
    let Value::Object(mut row) = fields(schema.fields(), told) else { panic!("a row is an object: {told}") };
    for field in schema.fields().iter().filter(|field| matches!(field.shape, Shape::Derived)) {
        row.remove(field.name);
    }
    row
}

fn fields(fields: &[Field], told: &Value) -> Value {
    let Value::Object(told) = told else { return Value::Null };
    for name in told.keys() {
        assert!(fields.iter().any(|field| field.name == name), "{name} is no field");
    }
    let field = |field: &Field| (field.name.to_owned(), value(field, told));
    Value::Object(fields.iter().map(field).collect())
}

fn value(field: &Field, told: &Map<String, Value>) -> Value {
    let own = told.get(field.name).unwrap_or(&Value::Null);
    match field.shape {
        Shape::Struct(inner) => fields(inner, own),
        Shape::Nested(ref shape) => nested(shape, own),
        Shape::Alias(name) => told.get(name).cloned().unwrap_or_default(),
        _ => own.clone(),
    }
}

fn nested(shape: &Nested, told: &Value) -> Value {
    match (shape, told) {
        (_, Value::Null) => Value::Null,
        (Nested::Array(element), Value::Array(elements)) => elements.iter().map(|told| nested(element, told)).collect(),
        (Nested::Struct(fields), Value::Object(members)) => {
            for name in members.keys() {
                assert!(fields.iter().any(|(field, ..)| field == name), "{name} is no field");
            }
            let member = |(name, _, shape): &(&'static str, _, Nested)| {
                ((*name).to_owned(), nested(shape, members.get(*name).unwrap_or(&Value::Null)))
            };
            Value::Object(fields.iter().map(member).collect())
        }
        _ => json!(told),
    }
}
