//! Regular expressions. The syntax is Rust's, near to Java's but without look-around and
//! back-references.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use regex::Regex;

use super::scalar::{Call, Function, Kind, fit, nullable};
use crate::types::list_type;

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;

pub(crate) fn functions() -> Vec<Function> {
    let text: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Utf8);
    let texts: fn(&[FieldRef]) -> Result<FieldRef> =
        |_| nullable(list_type(arrow::datatypes::Field::new("item", DataType::Utf8, true)));
    vec![
        Function::new("regexp_like", |n, t| fit(n, t, &[&[T, T]]), |_| nullable(DataType::Boolean), like),
        Function::new("regexp_extract", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), text, extract),
        Function::new("regexp_extract_all", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), texts, extract_all),
        Function::new("regexp_replace", |n, t| fit(n, t, &[&[T, T], &[T, T, T]]), text, replace),
        Function::new("regexp_count", |n, t| fit(n, t, &[&[T, T]]), |_| nullable(DataType::Int64), count),
        Function::new("regexp_split", |n, t| fit(n, t, &[&[T, T]]), texts, split),
    ]
}

/// Hands every row without NULL to `each` with its pattern, which is compiled when it changes.
fn with_pattern(call: &Call, mut each: impl FnMut(Option<(usize, &str, &Regex)>) -> Result<()>) -> Result<()> {
    let (values, patterns) = (call.text(0), call.text(1));
    let mut compiled: Option<(String, Regex)> = None;
    for row in 0..call.rows {
        if call.any_null(row) {
            each(None)?;
            continue;
        }
        let pattern = patterns.value(row);
        let regex = match compiled.take() {
            Some((text, regex)) if text == pattern => regex,
            _ => Regex::new(pattern).map_err(|error| {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
                exec_datafusion_err!("Invalid regular expression '{pattern}': {reason}")
            })?,
        };
        each(Some((row, values.value(row), &regex)))?;
        compiled = Some((pattern.to_owned(), regex));
    }
    Ok(())
}

fn like(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    with_pattern(call, |row| {
        result.push(row.map(|(_, value, regex)| regex.is_match(value)));
        Ok(())
    })?;
    Ok(Arc::new(BooleanArray::from(result)))
}

fn count(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    with_pattern(call, |row| {
        result.push(row.map(|(_, value, regex)| regex.find_iter(value).count() as i64));
        Ok(())
    })?;
    Ok(Arc::new(Int64Array::from(result)))
}

/// The group asked for; zero is the whole match.
fn group(call: &Call, row: usize, regex: &Regex) -> Result<usize> {
    let group = call.args.get(2).map_or(0, |groups| groups.as_primitive::<Int64Type>().value(row));
    match usize::try_from(group) {
        Ok(group) if group < regex.captures_len() => Ok(group),
        _ => exec_err!("Pattern has {} groups. Cannot access group {group}", regex.captures_len() - 1),
    }
}

fn extract(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    with_pattern(call, |row| {
        let Some((row, value, regex)) = row else {
            result.append_null();
            return Ok(());
        };
        let group = group(call, row, regex)?;
        let found = regex.captures(value).and_then(|captures| captures.get(group));
        result.append_option(found.map(|found| found.as_str()));
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

fn extract_all(call: &Call) -> Result<ArrayRef> {
    let mut result = ListBuilder::new(StringBuilder::new());
    with_pattern(call, |row| {
        let Some((row, value, regex)) = row else {
            result.append_null();
            return Ok(());
        };
        let group = group(call, row, regex)?;
        for captures in regex.captures_iter(value) {
            result.values().append_option(captures.get(group).map(|found| found.as_str()));
        }
        result.append(true);
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

fn split(call: &Call) -> Result<ArrayRef> {
    let mut result = ListBuilder::new(StringBuilder::new());
    with_pattern(call, |row| {
        match row {
            None => result.append_null(),
            Some((_, value, regex)) => {
                for part in regex.split(value) {
                    result.values().append_value(part);
                }
                result.append(true);
            }
        }
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

/// All matches; `$1` and `${name}` in the replacement stand for groups, a backslash takes the next
/// letter as it is.
fn replace(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    with_pattern(call, |row| {
        match row {
            None => result.append_null(),
            Some((row, value, regex)) => {
                let by = call.args.get(2).map_or("", |_| call.text(2).value(row));
                result.append_value(regex.replace_all(value, template(by)));
            }
        }
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

/// Java's replacement as Rust's: group numbers end at the first letter that is no digit.
fn template(java: &str) -> String {
    let mut rust = String::with_capacity(java.len());
    let mut chars = java.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('$') => rust.push_str("$$"),
                Some(other) => rust.push(other),
                None => {}
            },
            '$' if chars.peek().is_some_and(char::is_ascii_digit) => {
                rust.push_str("${");
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    rust.push(digit);
                }
                rust.push('}');
            }
            other => rust.push(other),
        }
    }
    rust
}
