//! Spark SQL.

use arrow::datatypes::Fields;
use traillake_event::schema::Number;

use super::dialect::{Dialect, lines, quoted};

/// What makes a table known, and what to call it behind FROM.
pub(super) fn table(location: &str, flat: &str) -> (String, String) {
    let relation = quoted(flat, '`');
    let location = location.replace('\\', "\\\\").replace('\'', "\\'");
    let create = format!(
        "-- Times are instants, shown in the time zone of the session: SET spark.sql.session.timeZone = 'UTC'.\n\
         CREATE TABLE IF NOT EXISTS {relation} USING DELTA LOCATION '{location}';\n"
    );
    (create, relation)
}

/// Its dialect. JSON values are JSON texts.
pub(super) struct Spark;

impl Dialect for Spark {
    fn quote(&self, name: &str) -> String {
        quoted(name, '`')
    }

    // In the session's time zone some local times stand for two instants, so it stays an instant.
    fn time(&self, column: &str) -> String {
        column.to_owned()
    }

    fn number(&self, text: &str, number: Number) -> String {
        let name = match number {
            Number::Double => "DOUBLE",
            Number::Integer => "INT",
        };
        format!("try_cast({text} AS {name})")
    }

    fn has_bit(&self, column: &str, bit: u32) -> String {
        format!("({column} & {}) <> 0", 1_u32 << bit)
    }

    fn row(&self, fields: &Fields, values: &[String]) -> String {
        let named = fields.iter().zip(values).map(|(field, value)| format!("'{}', {value}", field.name()));
        format!("named_struct({}\n)", lines(named))
    }

    fn json(&self, column: &str) -> String {
        column.to_owned()
    }

    fn map(&self, json: &str) -> String {
        format!("from_json({json}, 'map<string,string>')")
    }

    fn is_object(&self, json: &str) -> String {
        format!("{json} LIKE '{{%'")
    }

    fn member(&self, json: &str, key: &str) -> String {
        format!("get_json_object({json}, '$.{key}')")
    }

    fn member_text(&self, json: &str, key: &str) -> String {
        self.member(json, key)
    }

    fn each(&self, json: &str, element: &str, body: &str) -> String {
        format!("transform(from_json({json}, 'array<string>'), {element} -> {body})")
    }
}
