//! Texts taken apart at delimiters.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, MapBuilder, MapFieldNames, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::functions::scalar::{Call, nullable};
use crate::types::{list_type, map_type};

/// `split(text, delimiter [, limit])`.
pub(super) fn split(call: &Call) -> Result<ArrayRef> {
    let mut result = ListBuilder::new(StringBuilder::new());
    for row in 0..call.rows {
        if call.any_null(row) {
            result.append_null();
            continue;
        }
        let (value, delimiter) = (call.text(0).value(row), call.text(1).value(row));
        if delimiter.is_empty() {
            return exec_err!("The delimiter may not be the empty string");
        }
        let limit = call.integer_or(2, row, i32::MAX.into());
        let limit = match usize::try_from(limit) {
            Ok(limit @ 1..=0x7fff_ffff) => limit,
            Ok(1..) => return exec_err!("Limit is too large"),
            _ => return exec_err!("Limit must be positive"),
        };
        for part in value.splitn(limit, delimiter) {
            result.values().append_value(part);
        }
        result.append(true);
    }
    Ok(Arc::new(result.finish()))
}

/// `split_part(text, delimiter, n)`: NULL past the end; an empty delimiter parts every letter.
pub(super) fn split_part(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let (value, delimiter, n) = (call.text(0).value(row), call.text(1).value(row), call.integer(2, row));
        let Ok(place) = usize::try_from(n - 1) else {
            return exec_err!("Index must be greater than zero");
        };
        if delimiter.is_empty() {
            return Ok(value.char_indices().nth(place).map(|(at, c)| &value[at..at + c.len_utf8()]));
        }
        Ok(value.split(delimiter).nth(place))
    })
}

pub(super) fn map_result(_: &[FieldRef]) -> Result<FieldRef> {
    let text = || Field::new("", DataType::Utf8, true);
    nullable(map_type(text(), text()))
}

pub(super) fn multimap_result(_: &[FieldRef]) -> Result<FieldRef> {
    let text = || Field::new("", DataType::Utf8, true);
    nullable(map_type(text(), Field::new("", list_type(text()), true)))
}

fn names() -> MapFieldNames {
    MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() }
}

/// `split_to_map(text, between entries, between key and value)`.
pub(super) fn split_to_map(call: &Call) -> Result<ArrayRef> {
    let mut result = MapBuilder::new(Some(names()), StringBuilder::new(), StringBuilder::new());
    for row in 0..call.rows {
        let mut keys = std::collections::HashSet::new();
        for entry in entries(call, row)? {
            let (key, value) = entry?;
            if !keys.insert(key) {
                return exec_err!("Duplicate keys ({key}) are not allowed");
            }
            result.keys().append_value(key);
            result.values().append_value(value);
        }
        result.append(!call.any_null(row))?;
    }
    Ok(Arc::new(result.finish()))
}

/// `split_to_multimap`: equal keys have several values.
pub(super) fn split_to_multimap(call: &Call) -> Result<ArrayRef> {
    let lists = ListBuilder::new(StringBuilder::new());
    let mut result = MapBuilder::new(Some(names()), StringBuilder::new(), lists);
    for row in 0..call.rows {
        let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
        for entry in entries(call, row)? {
            let (key, value) = entry?;
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => found.push((key, vec![value])),
            }
        }
        for (key, values) in found {
            result.keys().append_value(key);
            values.iter().for_each(|value| result.values().values().append_value(value));
            result.values().append(true);
        }
        result.append(!call.any_null(row))?;
    }
    Ok(Arc::new(result.finish()))
}

/// The entries of a row, none for one with NULL; a delimiter behind the last entry is no entry.
fn entries<'a>(call: &'a Call, row: usize) -> Result<impl Iterator<Item = Result<(&'a str, &'a str)>> + 'a> {
    let (mut text, between, within) = if call.any_null(row) {
        ("", ",", "=")
    } else {
        (call.text(0).value(row), call.text(1).value(row), call.text(2).value(row))
    };
    if between.is_empty() {
        return exec_err!("entryDelimiter is empty");
    }
    if within.is_empty() {
        return exec_err!("keyValueDelimiter is empty");
    }
    if between == within {
        return exec_err!("entryDelimiter and keyValueDelimiter must not be the same");
    }
    Ok(std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let (entry, rest) = text.split_once(between).unwrap_or((text, ""));
        text = rest;
        let pair = entry.split_once(within).filter(|(_, value)| !value.contains(within));
        Some(pair.ok_or_else(|| {
            exec_datafusion_err!("Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        }))
    }))
}
