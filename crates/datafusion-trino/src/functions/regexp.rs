//! Functions over regular expressions.

mod lambda;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err};

use super::scalar::{Call, Function, Kind, fit, nullable};
use crate::pattern::{Pattern, Replacement};
use crate::types::list_type;

pub(crate) use lambda::{BY_LAMBDA, function as replace_by_lambda};

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;

pub(crate) fn functions() -> Vec<Function> {
    let text: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Utf8);
    let texts: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(list_type(Field::new("item", DataType::Utf8, true)));
    let bigint: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Int64);
    vec![
        Function::new("regexp_like", |n, t| fit(n, t, &[&[T, T]]), |_| nullable(DataType::Boolean), like),
        Function::new("regexp_extract", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), text, extract),
        Function::new("regexp_extract_all", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), texts, extract_all),
        Function::new("regexp_replace", |n, t| fit(n, t, &[&[T, T], &[T, T, T]]), text, replace),
        Function::new("regexp_count", |n, t| fit(n, t, &[&[T, T]]), bigint, count),
        Function::new(
            "regexp_position",
            |n, t| fit(n, t, &[&[T, T], &[T, T, N], &[T, T, N, N]]),
            |_| nullable(DataType::Int32),
            position,
        ),
        Function::new("regexp_split", |n, t| fit(n, t, &[&[T, T]]), texts, split),
    ]
}

/// Hands every row without NULL to `each` with its pattern, which is looked up when it changes.
fn with_pattern(call: &Call, mut each: impl FnMut(Option<(usize, &str, &Pattern)>) -> Result<()>) -> Result<()> {
    let (values, patterns) = (call.text(0), call.text(1));
    let mut compiled: Option<Arc<Pattern>> = None;
    for row in 0..call.rows {
        if call.any_null(row) {
            each(None)?;
            continue;
        }
        let pattern = match compiled.take().filter(|pattern| pattern.text() == patterns.value(row)) {
            Some(pattern) => pattern,
            None => Pattern::compile(patterns.value(row))?,
        };
        each(Some((row, values.value(row), &pattern)))?;
        compiled = Some(pattern);
    }
    Ok(())
}

fn like(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    with_pattern(call, |row| {
        result.push(row.map(|(_, value, pattern)| pattern.is_match(value)).transpose()?);
        Ok(())
    })?;
    Ok(Arc::new(BooleanArray::from(result)))
}

fn count(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    with_pattern(call, |row| {
        let places = row.map(|(_, value, pattern)| pattern.find_iter(value).collect::<Result<Vec<_>>>()).transpose()?;
        result.push(places.map(|places| places.len() as i64));
        Ok(())
    })?;
    Ok(Arc::new(Int64Array::from(result)))
}

/// The group asked for; zero is the whole match.
fn group(call: &Call, row: usize, pattern: &Pattern) -> Result<usize> {
    pattern.group(number(call, 2, row, 0))
}

fn number(call: &Call, argument: usize, row: usize, default: i64) -> i64 {
    call.args.get(argument).map_or(default, |numbers| numbers.as_primitive::<Int64Type>().value(row))
}

fn extract(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    with_pattern(call, |row| {
        let Some((row, value, pattern)) = row else {
            result.append_null();
            return Ok(());
        };
        let group = group(call, row, pattern)?;
        let place = if group == 0 {
            pattern.find_iter(value).next().transpose()?
        } else {
            pattern.captures_iter(value).next().transpose()?.and_then(|groups| groups.get(group).cloned().flatten())
        };
        result.append_option(place.map(|place| &value[place]));
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

fn extract_all(call: &Call) -> Result<ArrayRef> {
    let mut result = ListBuilder::new(StringBuilder::new());
    with_pattern(call, |row| {
        let Some((row, value, pattern)) = row else {
            result.append_null();
            return Ok(());
        };
        match group(call, row, pattern)? {
            0 => {
                for place in pattern.find_iter(value) {
                    result.values().append_value(&value[place?]);
                }
            }
            group => {
                for groups in pattern.captures_iter(value) {
                    let place = groups?.get(group).cloned().flatten();
                    result.values().append_option(place.map(|place| &value[place]));
                }
            }
        }
        result.append(true);
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

/// What stands between the matches; an empty match parts, too.
fn split(call: &Call) -> Result<ArrayRef> {
    let mut result = ListBuilder::new(StringBuilder::new());
    with_pattern(call, |row| {
        let Some((_, value, pattern)) = row else {
            result.append_null();
            return Ok(());
        };
        let mut end = 0;
        for place in pattern.find_iter(value) {
            let place = place?;
            result.values().append_value(&value[end..place.start]);
            end = place.end;
        }
        result.values().append_value(&value[end..]);
        result.append(true);
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}

/// Where the n-th match from a place starts, counted in letters from one; -1 when there is none.
fn position(call: &Call) -> Result<ArrayRef> {
    let mut result = Vec::with_capacity(call.rows);
    with_pattern(call, |row| {
        let Some((row, value, pattern)) = row else {
            result.push(None);
            return Ok(());
        };
        let (start, occurrence) = (number(call, 2, row, 1), number(call, 3, row, 1));
        if start < 1 {
            return exec_err!("start position cannot be smaller than 1");
        }
        if occurrence < 1 {
            return exec_err!("occurrence cannot be smaller than 1");
        }
        let (skipped, wanted) = (start as usize - 1, occurrence as usize - 1);
        let length = value.chars().count();
        let place = if skipped >= length.max(1) {
            None
        } else {
            let from = value.char_indices().nth(skipped).map_or(value.len(), |(at, _)| at);
            pattern.find_from(value, from).nth(wanted).transpose()?
        };
        let letters = |place: Range<usize>| value[..place.start].chars().count() as i32 + 1;
        result.push(Some(place.map_or(-1, letters)));
        Ok(())
    })?;
    Ok(Arc::new(arrow::array::Int32Array::from(result)))
}

/// All matches; the replacement is read once for a pattern.
fn replace(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    let mut known: Option<(String, String, Replacement)> = None;
    let mut text = String::new();
    with_pattern(call, |row| {
        let Some((row, value, pattern)) = row else {
            result.append_null();
            return Ok(());
        };
        let by = call.args.get(2).map_or("", |_| call.text(2).value(row));
        let replacement = match known.take().filter(|(text, of, _)| text == by && of == pattern.text()) {
            Some((_, _, replacement)) => replacement,
            None => Replacement::parse(by, pattern)?,
        };
        text.clear();
        let mut end = 0;
        for groups in pattern.captures_iter(value) {
            let groups = groups?;
            let place = groups.first().cloned().flatten().unwrap_or_default();
            text.push_str(&value[end..place.start]);
            replacement.write(value, &groups, &mut text);
            end = place.end;
        }
        text.push_str(&value[end..]);
        result.append_value(&text);
        known = Some((by.to_owned(), pattern.text().to_owned(), replacement));
        Ok(())
    })?;
    Ok(Arc::new(result.finish()))
}
