//! What the columns of the view need an engine to say in its own words.
//!
//! An expression is SQL text that can stand as an argument; none of them needs brackets around it.

use arrow::datatypes::Fields;
use traillake_event::schema::Number;

/// How an engine writes expressions.
///
/// A *JSON value* is whatever the engine takes for one: [`json`](Self::json) makes it from a column of JSON text.
pub(super) trait Dialect {
    /// A name as an identifier.
    fn quote(&self, name: &str) -> String;

    /// A time column, as a timestamp.
    fn time(&self, column: &str) -> String;

    /// A text as a number; NULL where it is none.
    fn number(&self, text: &str, number: Number) -> String;

    /// Whether a bit is set in an integer column. NULL of NULL.
    fn has_bit(&self, column: &str, bit: u32) -> String;

    /// A struct with these fields, of these values.
    fn row(&self, fields: &Fields, values: &[String]) -> String;

    /// A column of JSON text as a JSON value; NULL where the engine cannot read it.
    fn json(&self, column: &str) -> String;

    /// The first level of a JSON value as a map of text to text; NULL where it is no object.
    fn map(&self, json: &str) -> String;

    /// The first level of a column of JSON text, as [`map`](Self::map).
    fn column_map(&self, column: &str) -> String {
        self.map(&self.json(column))
    }

    /// Whether a JSON value is an object. NULL, or no, of NULL.
    fn is_object(&self, json: &str) -> String;

    /// A member of a JSON object as a JSON value.
    fn member(&self, json: &str, key: &str) -> String;

    /// A member of a JSON object as text: the content of a string, JSON text of all else, NULL of JSON null.
    fn member_text(&self, json: &str, key: &str) -> String;

    /// A JSON array with `body` for each element, which calls it `element`; NULL where it is no array.
    fn each(&self, json: &str, element: &str, body: &str) -> String;
}

/// A text in quotes, which are doubled within.
pub(super) fn quoted(text: &str, quote: char) -> String {
    format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))
}

/// One line for each value, further in than the line before, with commas between.
pub(super) fn lines(values: impl IntoIterator<Item = String>) -> String {
    let indented = values.into_iter().map(|value| format!("\n  {}", value.replace('\n', "\n  ")));
    indented.collect::<Vec<_>>().join(",")
}

/// Text as a comment, whatever line breaks are in it.
pub(super) fn comment(text: &str) -> String {
    text.split(['\n', '\r']).map(|line| format!("-- {line}\n")).collect()
}
