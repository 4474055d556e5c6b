//! The event schema as Delta writes it down.

use serde_json::json;
use traillake_event::schema::{CALENDAR_DAY, Kind, Schema, Statistics};

use crate::attributes::Properties;
use crate::transaction::CHECKPOINT_INTERVAL;

/// The physical columns of a store and the partition column, as a Delta schema in JSON.
pub(crate) fn delta_json(schema: &Schema) -> String {
    let columns = schema.columns().iter().map(|column| field(&column.name, delta_type(column.kind)));
    let fields: Vec<_> = columns.chain([field(CALENDAR_DAY, "date")]).collect();
    json!({"type": "struct", "fields": fields}).to_string()
}

/// The schema of a table with the columns it does not have yet: a build that knows more columns than the one
/// that made the store adds them with its next commit. `None` when the table has them all.
pub(crate) fn widened(table: &str, schema: &Schema) -> Option<String> {
    let mut written: serde_json::Value = serde_json::from_str(table).ok()?;
    let fields = written.get_mut("fields")?.as_array_mut()?;
    let known = |fields: &[serde_json::Value], name: &str| fields.iter().any(|field| field["name"] == name);
    let columns = schema.columns().iter();
    let missing: Vec<_> = columns.filter(|column| !known(fields, &column.name)).collect();
    if missing.is_empty() {
        return None;
    }
    fields.extend(missing.iter().map(|column| field(&column.name, delta_type(column.kind))));
    Some(written.to_string())
}

/// Delta's own properties of a table.
pub(crate) fn table_properties(schema: &Schema) -> Properties {
    let property = |key: &str, value: String| (key.to_owned(), value);
    Properties::from([
        // Events are never changed; retention lifts this for the commit that drops whole days.
        property("delta.appendOnly", "true".to_owned()),
        property("delta.checkpointInterval", CHECKPOINT_INTERVAL.to_string()),
        bounded_columns(schema),
    ])
}

/// The property that says which columns have bounds, for other writers of the table: those of raw JSON would prune
/// nothing.
pub(crate) fn bounded_columns(schema: &Schema) -> (String, String) {
    let bounded = schema.columns().iter().filter(|column| column.statistics == Statistics::Bounds);
    let bounded: Vec<&str> = bounded.map(|column| column.name.as_str()).collect();
    ("delta.dataSkippingStatsColumns".to_owned(), bounded.join(","))
}

fn field(name: &str, delta_type: &str) -> serde_json::Value {
    json!({"name": name, "type": delta_type, "nullable": true, "metadata": {}})
}

fn delta_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json | Kind::HotKey | Kind::Template | Kind::Raw | Kind::Unmapped => "string",
        Kind::Boolean => "boolean",
        Kind::Time => "timestamp",
        Kind::Objects => "integer",
        Kind::Digest => "long",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn column_names_are_told_apart_without_regard_to_case() {
        // Delta, Hive and most readers of the table fold the case of column names.
        let mut seen = HashSet::from([CALENDAR_DAY.to_owned()]);
        for column in Schema::events().columns() {
            assert!(seen.insert(column.name.to_lowercase()), "{}", column.name);
            assert!(!column.name.contains([' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '=']), "{}", column.name);
        }
    }

    #[test]
    fn a_narrower_table_gains_the_columns_it_lacks() {
        let events = Schema::events();
        assert_eq!(widened(&delta_json(events), events), None);
        let narrow = r#"{"type":"struct","fields":[{"name":"eventID","type":"string","nullable":true,"metadata":{}}]}"#;
        let wide: serde_json::Value = serde_json::from_str(&widened(narrow, events).unwrap()).unwrap();
        let fields = wide["fields"].as_array().unwrap();
        assert_eq!(fields.len(), Schema::events().columns().len());
        assert_eq!(fields[0]["name"], "eventID");
    }
}
