//! Columns read from values in JSON.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, MapArray, StringArray, StringBuilder, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err};

use super::scalars;
use crate::functions::json::head;
use crate::functions::map::check_keys;
use crate::json::write::compact;
use crate::json::{self, Shape};
use crate::types::{describe_field, is_json, map_fields};

/// A column of values; JSON's null is NULL, but for JSON itself.
pub(super) fn column(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let values: Vec<Option<&str>> = values.iter().map(|value| value.filter(|v| is_json(to) || *v != "null")).collect();
    match to.data_type() {
        DataType::List(item) => list(&values, to, item),
        DataType::Map(_, _) => map(&values, to),
        DataType::Struct(_) => row(&values, to),
        DataType::Utf8 if is_json(to) => {
            let texts = values.iter().map(|value| value.map(compact));
            Ok(Arc::new(texts.collect::<StringArray>()))
        }
        _ => scalars::column(&values, to),
    }
}

pub(super) fn mismatch<T>(value: &str, to: &Field) -> Result<T> {
    exec_err!("Cannot cast '{}' to {}", head(value), describe_field(to))
}

/// Checks that a value has the shape a nested type wants.
fn expect(value: &str, wanted: Shape, to: &Field) -> Result<()> {
    if json::shape(value) == Some(wanted) { Ok(()) } else { mismatch(value, to) }
}

fn nulls(values: &[Option<&str>]) -> NullBuffer {
    values.iter().map(Option::is_some).collect()
}

fn list(values: &[Option<&str>], to: &FieldRef, item: &FieldRef) -> Result<ArrayRef> {
    let mut found = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        let before = found.len();
        if let Some(value) = value {
            expect(value, Shape::Array, to)?;
            found.extend(json::items(value).map(Some));
        }
        lengths.push(found.len() - before);
    }
    let found = column(&found, item)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, found, Some(nulls(values)))?))
}

fn map(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let (DataType::Map(entries, sorted), Some((key, item))) = (to.data_type(), map_fields(to.data_type())) else {
        return mismatch("object", to);
    };
    let mut keys = StringBuilder::new();
    let mut found = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for value in values {
        let before = found.len();
        if let Some(value) = value {
            expect(value, Shape::Object, to)?;
            let mut known = std::collections::HashSet::new();
            for (key, item) in json::entries(value) {
                if !known.insert(key.clone()) {
                    return exec_err!("Cannot cast to {}. Duplicate keys are not allowed", describe_field(to));
                }
                keys.append_value(key);
                found.push(Some(item));
            }
        }
        lengths.push(found.len() - before);
    }
    let keys = scalars::keys(&keys.finish(), key)?;
    let DataType::Struct(pair) = entries.data_type() else { return mismatch("object", to) };
    let pairs = StructArray::try_new(pair.clone(), vec![keys, column(&found, item)?], None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    // Two texts may be one key: `1` and `01`.
    check_keys(pairs.column(0), &offsets)?;
    let nulls = Some(nulls(values));
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?))
}

/// A row is an object by the names of its fields, without regard to case, or an array by position.
fn row(values: &[Option<&str>], to: &FieldRef) -> Result<ArrayRef> {
    let DataType::Struct(fields) = to.data_type() else { return mismatch("object", to) };
    let mut columns: Vec<Vec<Option<&str>>> = vec![vec![None; values.len()]; fields.len()];
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        if json::shape(value) == Some(Shape::Array) {
            if json::items(value).count() != fields.len() {
                return mismatch(value, to);
            }
            for (column, item) in columns.iter_mut().zip(json::items(value)) {
                column[row] = Some(item);
            }
            continue;
        }
        expect(value, Shape::Object, to)?;
        for (key, item) in json::entries(value) {
            let place = fields.iter().position(|f| f.name().eq_ignore_ascii_case(&key));
            if let Some(place) = place {
                if columns[place][row].is_some() {
                    return exec_err!("Cannot cast to {}. Duplicate field: {key}", describe_field(to));
                }
                columns[place][row] = Some(item);
            }
        }
    }
    let columns = columns.iter().zip(fields).map(|(items, field)| column(items, field)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, Some(nulls(values)))?))
}
