//! JSON written from the values of a column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StringBuilder, StructArray};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;

use crate::json::write::{number, quote};
use crate::text::Formatter;
use crate::types::{is_anonymous, is_json, map_fields};

/// A column as JSON; NULL stays NULL, and is null inside of arrays, maps and rows.
pub(super) fn write(array: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    let writer = Writer::new(array, field);
    let mut texts = StringBuilder::new();
    let mut text = String::new();
    for row in 0..array.len() {
        text.clear();
        texts.append_option((!writer.is_null(row)).then(|| {
            writer.write(row, &mut text);
            text.as_str()
        }));
    }
    Ok(Arc::new(texts.finish()))
}

/// Writes the values of a column as JSON.
enum Writer {
    /// Booleans, integers and JSON stand as they are.
    Plain(ArrayRef, Formatter),
    /// NaN and the infinities have no form as numbers.
    Floating(ArrayRef, Formatter),
    Decimal(ArrayRef, Formatter),
    Quoted(ArrayRef, Formatter),
    List(ListArray, Box<Writer>),
    Map(MapArray, Formatter, Box<Writer>),
    Row(StructArray, Vec<(String, Writer)>),
}

impl Writer {
    fn new(array: &ArrayRef, field: &Field) -> Writer {
        match array.data_type() {
            DataType::List(item) => {
                let list = array.as_list::<i32>().clone();
                let items = Writer::new(list.values(), item);
                Writer::List(list, Box::new(items))
            }
            DataType::Map(_, _) => {
                let map = array.as_map().clone();
                let unknown = Field::new("", DataType::Null, true);
                let value = map_fields(array.data_type()).map_or(&unknown, |(_, value)| value.as_ref());
                let (keys, values) = (Formatter::new(map.keys()), Writer::new(map.values(), value));
                Writer::Map(map, keys, Box::new(values))
            }
            DataType::Struct(fields) => {
                let row = array.as_struct().clone();
                let columns = fields
                    .iter()
                    .zip(row.columns())
                    .enumerate()
                    .map(|(i, (field, column))| {
                        let name = if is_anonymous(i, field) { String::new() } else { field.name().clone() };
                        (name, Writer::new(column, field))
                    })
                    .collect();
                Writer::Row(row, columns)
            }
            other => {
                let (array, formatter) = (Arc::clone(array), Formatter::for_field(field, array));
                match other {
                    _ if is_json(field) => Writer::Plain(array, formatter),
                    DataType::Boolean => Writer::Plain(array, formatter),
                    other if other.is_integer() => Writer::Plain(array, formatter),
                    other if other.is_floating() => Writer::Floating(array, formatter),
                    other if other.is_decimal() => Writer::Decimal(array, formatter),
                    _ => Writer::Quoted(array, formatter),
                }
            }
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Writer::Plain(array, _)
            | Writer::Floating(array, _)
            | Writer::Decimal(array, _)
            | Writer::Quoted(array, _) => array.is_null(row) || array.data_type().is_null(),
            Writer::List(array, _) => array.is_null(row),
            Writer::Map(array, _, _) => array.is_null(row),
            Writer::Row(array, _) => array.is_null(row),
        }
    }

    fn write(&self, row: usize, to: &mut String) {
        if self.is_null(row) {
            to.push_str("null");
            return;
        }
        match self {
            Writer::Plain(_, formatter) => {
                formatter.write(row, to);
            }
            Writer::Floating(_, formatter) => {
                let mut text = String::new();
                formatter.write(row, &mut text);
                if text.ends_with(['N', 'y']) { quote(&text, to) } else { to.push_str(&text) }
            }
            Writer::Decimal(_, formatter) => {
                let mut text = String::new();
                formatter.write(row, &mut text);
                number(&text, to);
            }
            Writer::Quoted(_, formatter) => {
                let mut text = String::new();
                formatter.write(row, &mut text);
                quote(&text, to);
            }
            Writer::List(list, items) => {
                let offsets = list.value_offsets();
                to.push('[');
                for (i, item) in (offsets[row] as usize..offsets[row + 1] as usize).enumerate() {
                    if i > 0 {
                        to.push(',');
                    }
                    items.write(item, to);
                }
                to.push(']');
            }
            Writer::Map(map, keys, values) => {
                let offsets = map.value_offsets();
                let mut entries: Vec<(String, usize)> = (offsets[row] as usize..offsets[row + 1] as usize)
                    .map(|entry| {
                        let mut key = String::new();
                        keys.write(entry, &mut key);
                        (key, entry)
                    })
                    .collect();
                entries.sort();
                object(entries.iter().map(|(key, entry)| (key.as_str(), &**values, *entry)), to);
            }
            Writer::Row(_, columns) => {
                object(columns.iter().map(|(name, column)| (name.as_str(), column, row)), to);
            }
        }
    }
}

fn object<'a>(entries: impl Iterator<Item = (&'a str, &'a Writer, usize)>, to: &mut String) {
    to.push('{');
    for (i, (key, writer, row)) in entries.enumerate() {
        if i > 0 {
            to.push(',');
        }
        quote(key, to);
        to.push(':');
        writer.write(row, to);
    }
    to.push('}');
}
