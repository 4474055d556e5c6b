//! Trino, and Athena, whose engine it is.

use arrow::datatypes::{DataType, Fields};
use traillake_event::schema::{Number, trino_type};

use super::dialect::{Dialect, comment, lines, quoted};

/// What makes a table known to Trino, and what to call it behind FROM.
pub(super) fn table(location: &str, flat: &str) -> (String, String) {
    let call = format!(
        "Once, in a catalog of the connector delta_lake that has delta.register-table-procedure.enabled=true:\n\
         CALL system.register_table(schema_name => '<schema>', table_name => {}, table_location => {});",
        quoted(flat, '\''),
        quoted(location, '\'')
    );
    (comment(&call), quoted(flat, '"'))
}

/// What makes a table known to Athena, and what to call it behind FROM.
pub(super) fn athena_table(location: &str, flat: &str) -> (String, String) {
    let create = format!(
        "-- Athena runs one statement at a time. It reads the columns of the table from the Delta log.\n\
         CREATE EXTERNAL TABLE IF NOT EXISTS {}\nLOCATION {}\nTBLPROPERTIES ('table_type' = 'DELTA');\n",
        // Tables are made in Hive's dialect.
        quoted(flat, '`'),
        quoted(location, '\'')
    );
    (create, quoted(flat, '"'))
}

/// Their dialect. JSON values are of type JSON.
pub(super) struct Trino;

impl Dialect for Trino {
    fn quote(&self, name: &str) -> String {
        quoted(name, '"')
    }

    fn time(&self, column: &str) -> String {
        format!("CAST({column} AT TIME ZONE 'UTC' AS timestamp(3))")
    }

    fn number(&self, text: &str, number: Number) -> String {
        format!("TRY_CAST({text} AS {})", type_name(&number.data_type()))
    }

    fn has_bit(&self, column: &str, bit: u32) -> String {
        format!("bitwise_and({column}, {}) <> 0", 1_u32 << bit)
    }

    // Only a cast names the fields of a row.
    fn row(&self, fields: &Fields, values: &[String]) -> String {
        format!("CAST(ROW({}\n) AS {})", lines(values.iter().cloned()), type_name(&DataType::Struct(fields.clone())))
    }

    fn json(&self, column: &str) -> String {
        format!("TRY(json_parse({column}))")
    }

    fn map(&self, json: &str) -> String {
        format!("transform_values(TRY(CAST({json} AS map(varchar, json))), (k, v) -> {})", text("v", "v", "$"))
    }

    fn is_object(&self, json: &str) -> String {
        format!("json_format({json}) LIKE '{{%'")
    }

    fn member(&self, json: &str, key: &str) -> String {
        format!("json_extract({json}, '$.{key}')")
    }

    fn member_text(&self, json: &str, key: &str) -> String {
        text(json, &self.member(json, key), &format!("$.{key}"))
    }

    fn each(&self, json: &str, element: &str, body: &str) -> String {
        format!("transform(TRY(CAST({json} AS array(json))), {element} -> {body})")
    }
}

/// The text of the value at a path of a JSON value: a scalar's, or else JSON.
fn text(json: &str, value: &str, path: &str) -> String {
    format!("coalesce(json_extract_scalar({json}, '{path}'), nullif(json_format({value}), 'null'))")
}

/// A type, whose fields are named as the columns of a view are.
fn type_name(data_type: &DataType) -> String {
    trino_type(data_type, |name| quoted(name, '"'))
}
