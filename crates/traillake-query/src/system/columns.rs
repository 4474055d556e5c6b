//! `lake.columns`: the schema table, readable in SQL.

use arrow::array::RecordBatch;
use traillake_event::category::StoreType;
use traillake_event::schema::{Column, Field, Schema, Shape};

use super::{booleans, numbers, table, text};
use crate::error::QueryError;

struct Row {
    categories: String,
    path: String,
    depth: u64,
    lake_type: String,
    json: String,
    physical: String,
    bloom: bool,
    since: &'static str,
    about: &'static str,
}

pub(super) fn read() -> Result<RecordBatch, QueryError> {
    let mut rows = Vec::new();
    for store_type in StoreType::ALL {
        let schema = Schema::of(store_type);
        descend(schema, schema.fields(), &[], &[], &mut rows);
    }
    table([
        ("name", text(rows.iter().map(|row| &row.path))),
        ("depth", numbers(rows.iter().map(|row| row.depth))),
        ("type", text(rows.iter().map(|row| &row.lake_type))),
        ("json_path", text(rows.iter().map(|row| &row.json))),
        ("stored_as", text(rows.iter().map(|row| &row.physical))),
        ("bloom_filter", booleans(rows.iter().map(|row| row.bloom))),
        ("since_version", text(rows.iter().map(|row| row.since))),
        ("about", text(rows.iter().map(|row| row.about))),
        ("categories", text(rows.iter().map(|row| &row.categories))),
    ])
}

fn descend(schema: &Schema, fields: &[Field], names: &[&str], json: &[&'static str], rows: &mut Vec<Row>) {
    for field in fields {
        let (names, json) = ([names, &[field.name]].concat(), field.path(json));
        let stored = stored(schema, field, &json);
        let categories = schema.store_type().categories().iter().map(|category| category.as_str());
        rows.push(Row {
            categories: categories.collect::<Vec<_>>().join(", "),
            path: names.join("."),
            depth: names.len() as u64,
            lake_type: field.lake_type(fields),
            json: json.join("."),
            bloom: stored.iter().any(|column| column.bloom),
            physical: stored.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", "),
            since: field.since,
            about: field.about,
        });
        if let Shape::Struct(fields) = field.shape {
            descend(schema, fields, &names, &json, rows);
        }
    }
}

fn stored<'a>(schema: &'a Schema, field: &Field, json: &[&'static str]) -> Vec<&'a Column> {
    match field.shape {
        Shape::Struct(_) | Shape::Derived => Vec::new(),
        Shape::Map(_) => {
            let keys = schema.hot_keys_of(json).map(|(_, place)| &schema.columns()[place]);
            schema.columns().iter().filter(|column| column.path == json).chain(keys).collect()
        }
        _ => schema.columns().iter().filter(|column| column.path == json).collect(),
    }
}
