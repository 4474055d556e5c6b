//! JSON: an array of objects, or an object on each line.
//!
//! Numbers and booleans are JSON's own, NULL is `null`; rows, maps and arrays are objects and arrays; a value of type
//! JSON is itself. Everything else is its text. `NaN` and the infinities, which JSON lacks, are strings.

use arrow::array::{Array, AsArray, OffsetSizeTrait, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, SchemaRef};
use traillake::text::Formatter;

use super::{Writer, unique_names};
use crate::failure::Failure;

pub(super) struct Json {
    /// The members of a row up to the colon: `{"a":`, `,"b":`.
    members: Vec<Vec<u8>>,
    array: bool,
    empty: bool,
}

impl Json {
    pub(super) fn array(schema: &SchemaRef) -> Self {
        Self { members: members(&unique_names(schema)), array: true, empty: true }
    }

    pub(super) fn lines(schema: &SchemaRef) -> Self {
        Self { array: false, ..Self::array(schema) }
    }
}

impl Writer for Json {
    fn begin(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        if self.array {
            to.push(b'[');
        }
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let fields = batch.schema_ref().fields().iter();
        let columns: Vec<_> = fields.zip(batch.columns()).map(|(field, column)| Values::new(field, column)).collect();
        for row in 0..batch.num_rows() {
            if self.array {
                to.extend_from_slice(if self.empty { b"\n" } else { b",\n" });
            }
            self.empty = false;
            write_object(&self.members, &columns, row, to);
            if !self.array {
                to.push(b'\n');
            }
        }
        Ok(())
    }

    fn end(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        if self.array {
            to.extend_from_slice(if self.empty { b"]\n" } else { b"\n]\n" });
        }
        Ok(())
    }
}

/// Writes the non-null value of a row.
type Write = Box<dyn Fn(usize, &mut Vec<u8>)>;

/// Writes the values of a column as JSON; the type is looked at once.
pub(super) struct Values {
    nulls: Option<NullBuffer>,
    write: Write,
}

impl Values {
    pub(super) fn new(field: &Field, array: &dyn Array) -> Self {
        Self { nulls: array.logical_nulls(), write: write_values(field, array) }
    }

    pub(super) fn write(&self, row: usize, to: &mut Vec<u8>) {
        match self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            true => to.extend_from_slice(b"null"),
            false => (self.write)(row, to),
        }
    }
}

/// The extension type of Arrow that marks text as JSON.
const JSON: &str = "arrow.json";

/// Whether the texts of a column are JSON.
pub(super) fn is_json(field: &Field) -> bool {
    field.extension_type_name() == Some(JSON)
}

/// JSON with a line for each value, and all its letters as they were.
pub(super) fn indented(compact: &str) -> String {
    let mut text = String::with_capacity(compact.len() * 2);
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut letters = compact.chars().filter(|letter| !matches!(letter, '\n' | '\r')).peekable();
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    };
    while let Some(letter) = letters.next() {
        match letter {
            _ if in_string => {
                text.push(letter);
                in_string = is_escaped || letter != '"';
                is_escaped = letter == '\\' && !is_escaped;
            }
            '{' | '[' => {
                text.push(letter);
                match letters.peek() {
                    Some('}' | ']') => text.extend(letters.next()),
                    _ => {
                        depth += 1;
                        line(&mut text, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut text, depth);
                text.push(letter);
            }
            ',' => {
                text.push(letter);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            ' ' | '\t' => {}
            letter => {
                in_string = letter == '"';
                text.push(letter);
            }
        }
    }
    text
}

fn write_values(field: &Field, array: &dyn Array) -> Write {
    match array.data_type() {
        DataType::Struct(fields) => {
            let names: Vec<_> = fields.iter().map(|field| field.name().clone()).collect();
            let members = members(&names);
            let columns = fields.iter().zip(array.as_struct().columns());
            let columns: Vec<_> = columns.map(|(field, column)| Values::new(field, column)).collect();
            Box::new(move |row, to| write_object(&members, &columns, row, to))
        }
        DataType::Map(_, _) => {
            let map = array.as_map().clone();
            let (key, value) = map.entries_fields();
            let (keys, values) = (Formatter::for_field(key, map.keys()), Values::new(value, map.values()));
            Box::new(move |row, to| {
                let offsets = map.value_offsets();
                write_map(&keys, &values, offsets[row] as usize..offsets[row + 1] as usize, to);
            })
        }
        DataType::List(item) => write_list::<i32>(item, array),
        DataType::LargeList(item) => write_list::<i64>(item, array),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let (keys, values) = (dictionary.normalized_keys(), Values::new(field, dictionary.values()));
            Box::new(move |row, to| values.write(keys[row], to))
        }
        DataType::Boolean => write_text(field, array, false),
        data_type if data_type.is_numeric() => write_text(field, array, false),
        _ if is_json(field) => write_json(field, array),
        _ => write_text(field, array, true),
    }
}

/// Values whose text is JSON as it stands, or has to be quoted.
fn write_text(field: &Field, array: &dyn Array, quoted: bool) -> Write {
    let texts = Formatter::for_field(field, array);
    Box::new(move |row, to| {
        let mut text = String::new();
        texts.write(row, &mut text);
        // The only numbers whose text has a letter other than an exponent's E are those JSON lacks.
        match quoted || text.ends_with(['N', 'y']) {
            true => write_string(&text, to),
            false => to.extend_from_slice(text.as_bytes()),
        }
    })
}

/// Values of type JSON, each on one line: a line end can only stand between tokens.
fn write_json(field: &Field, array: &dyn Array) -> Write {
    let texts = Formatter::for_field(field, array);
    Box::new(move |row, to| {
        let mut text = String::new();
        texts.write(row, &mut text);
        to.extend(text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    })
}

fn write_list<O: OffsetSizeTrait>(item: &Field, array: &dyn Array) -> Write {
    let list = array.as_list::<O>().clone();
    let items = Values::new(item, list.values());
    Box::new(move |row, to| {
        let offsets = list.value_offsets();
        to.push(b'[');
        for item in offsets[row].as_usize()..offsets[row + 1].as_usize() {
            if item > offsets[row].as_usize() {
                to.push(b',');
            }
            items.write(item, to);
        }
        to.push(b']');
    })
}

fn write_map(keys: &Formatter, values: &Values, entries: std::ops::Range<usize>, to: &mut Vec<u8>) {
    let first = entries.start;
    to.push(b'{');
    for entry in entries {
        if entry > first {
            to.push(b',');
        }
        let mut key = String::new();
        keys.write(entry, &mut key);
        write_string(&key, to);
        to.push(b':');
        values.write(entry, to);
    }
    to.push(b'}');
}

fn members(names: &[String]) -> Vec<Vec<u8>> {
    let member = |(i, name): (usize, &String)| {
        let mut bytes = vec![if i == 0 { b'{' } else { b',' }];
        write_string(name, &mut bytes);
        bytes.push(b':');
        bytes
    };
    names.iter().enumerate().map(member).collect()
}

fn write_object(members: &[Vec<u8>], columns: &[Values], row: usize, to: &mut Vec<u8>) {
    if members.is_empty() {
        to.push(b'{');
    }
    for (member, column) in members.iter().zip(columns) {
        to.extend_from_slice(member);
        column.write(row, to);
    }
    to.push(b'}');
}

fn write_string(text: &str, to: &mut Vec<u8>) {
    // Writing a string into memory cannot fail.
    let _ = serde_json::to_writer(to, text);
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn indented_json_has_the_letters_it_had() {
        let compact = r#"{"a":[1,{"b":"x, {\"y\"}: \\"}],"c":{},"d":[ ],"e":12345678901234567890.10}"#;
        let expected = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {\\\"y\\\"}: \\\\\"\n    }\n  ],\n  \"c\": {},\n  \
                        \"d\": [\n  ],\n  \"e\": 12345678901234567890.10\n}";
        assert_eq!(indented(compact), expected.replace("[\n  ]", "[\n    \n  ]"));
        assert_eq!(indented("\"a:b\""), "\"a:b\"");
    }
}
