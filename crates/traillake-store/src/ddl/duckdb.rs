//! DuckDB.

use arrow::datatypes::Fields;
use traillake_event::schema::Number;

use super::dialect::{Dialect, lines, quoted};

/// What makes a table known, and what to call it behind FROM.
pub(super) fn table(location: &str) -> (String, String) {
    let relation = format!("delta_scan({})", quoted(location, '\''));
    ("INSTALL delta;\nLOAD delta;\n".to_owned(), relation)
}

/// Its dialect. JSON values are of its type JSON.
pub(super) struct DuckDb;

impl Dialect for DuckDb {
    fn quote(&self, name: &str) -> String {
        quoted(name, '"')
    }

    fn time(&self, column: &str) -> String {
        format!("({column} AT TIME ZONE 'UTC')")
    }

    fn number(&self, text: &str, number: Number) -> String {
        match number {
            Number::Double => format!("TRY_CAST({text} AS DOUBLE)"),
            // A cast rounds where others refuse.
            Number::Integer => {
                format!("CASE WHEN regexp_full_match({text}, '-?[0-9]+') THEN TRY_CAST({text} AS INTEGER) END")
            }
        }
    }

    fn has_bit(&self, column: &str, bit: u32) -> String {
        format!("({column} & {}) <> 0", 1_u32 << bit)
    }

    fn row(&self, fields: &Fields, values: &[String]) -> String {
        let named = fields.iter().zip(values).map(|(field, value)| format!("'{}': {value}", field.name()));
        format!("{{{}\n}}", lines(named))
    }

    fn json(&self, column: &str) -> String {
        format!("TRY_CAST({column} AS JSON)")
    }

    fn map(&self, json: &str) -> String {
        format!(r#"TRY(from_json({json}, '"MAP(VARCHAR,VARCHAR)"'))"#)
    }

    // Read once, where the cast of `json` would read it twice.
    fn column_map(&self, column: &str) -> String {
        self.map(column)
    }

    fn is_object(&self, json: &str) -> String {
        format!("json_type({json}) = 'OBJECT'")
    }

    fn member(&self, json: &str, key: &str) -> String {
        format!("({json} -> '$.{key}')")
    }

    fn member_text(&self, json: &str, key: &str) -> String {
        format!("({json} ->> '$.{key}')")
    }

    fn each(&self, json: &str, element: &str, body: &str) -> String {
        // Comprehensions read the same in all versions, which spell lambdas differently.
        format!("[{body} FOR {element} IN TRY(from_json({json}, '[\"JSON\"]'))]")
    }
}
