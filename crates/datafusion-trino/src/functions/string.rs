//! Functions over text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListBuilder, StringArray, StringBuilder, make_comparator};
use arrow::compute::{SortOptions, cast, concat, take};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;

use super::collection;
use super::scalar::{Call, Function, Kind, fit, is_text, nullable};
use crate::types::{describe, list_type};

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;

pub(crate) fn functions() -> Vec<Function> {
    vec![
        Function::new("substr", |n, t| fit(n, t, &[&[T, N], &[T, N, N]]), text, substr).alias("substring"),
        Function::new("split", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), texts, split),
        Function::new("split_part", |n, t| fit(n, t, &[&[T, T, N]]), text, split_part),
        Function::new("strpos", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), bigint, strpos).alias("position"),
        Function::new("replace", |n, t| fit(n, t, &[&[T, T], &[T, T, T]]), text, replace),
        Function::new("length", |n, t| fit(n, t, &[&[T]]), bigint, length),
        Function::new("concat", concat_types, concat_result, concatenate),
        Function::new("reverse", reverse_types, first, reverse),
        Function::new("greatest", common, first, |call| extreme(call, true)),
        Function::new("least", common, first, |call| extreme(call, false)),
        Function::new("url_decode", |n, t| fit(n, t, &[&[T]]), text, url_decode),
    ]
}

fn text(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Utf8)
}

fn bigint(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Int64)
}

fn texts(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(list_type(arrow::datatypes::Field::new("item", DataType::Utf8, true)))
}

fn first(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first() {
        Some(field) => nullable(field.data_type().clone()),
        None => plan_err!("an argument is missing"),
    }
}

/// The texts `f` makes of the rows without NULL.
fn map_rows<S: AsRef<str>>(call: &Call, f: impl Fn(usize) -> Option<S>) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    for row in 0..call.rows {
        result.append_option(if call.any_null(row) { None } else { f(row) });
    }
    Ok(Arc::new(result.finish()))
}

fn number(call: &Call, argument: usize, row: usize) -> i64 {
    call.args[argument].as_primitive::<Int64Type>().value(row)
}

/// From one; a negative start counts from the end; a start of zero or outside gives the empty text.
fn substr(call: &Call) -> Result<ArrayRef> {
    map_rows(call, |row| {
        let value = call.text(0).value(row);
        let start = number(call, 1, row);
        let length = if call.args.len() > 2 { number(call, 2, row) } else { i64::MAX };
        Some(part(value, start, length))
    })
}

fn part(value: &str, start: i64, length: i64) -> &str {
    let Ok(length) = usize::try_from(length) else { return "" };
    let skipped = if start < 0 {
        usize::try_from(value.chars().count() as i64 + start).ok()
    } else {
        usize::try_from(start - 1).ok()
    };
    let Some(skipped) = skipped else { return "" };
    let begin = value.char_indices().nth(skipped).map_or(value.len(), |(at, _)| at);
    let rest = &value[begin..];
    &rest[..rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at)]
}

fn split(call: &Call) -> Result<ArrayRef> {
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
        let limit = if call.args.len() > 2 { number(call, 2, row) } else { i64::MAX };
        let Some(limit) = usize::try_from(limit).ok().filter(|limit| *limit > 0) else {
            return exec_err!("Limit must be positive");
        };
        for part in value.splitn(limit, delimiter) {
            result.values().append_value(part);
        }
        result.append(true);
    }
    Ok(Arc::new(result.finish()))
}

fn split_part(call: &Call) -> Result<ArrayRef> {
    if (0..call.rows).any(|row| !call.any_null(row) && number(call, 2, row) < 1) {
        return exec_err!("Index must be greater than zero");
    }
    map_rows(call, |row| {
        let (value, delimiter) = (call.text(0).value(row), call.text(1).value(row));
        let place = usize::try_from(number(call, 2, row) - 1).ok()?;
        if delimiter.is_empty() {
            return value.char_indices().nth(place).map(|(at, c)| &value[at..at + c.len_utf8()]);
        }
        value.split(delimiter).nth(place)
    })
}

/// The place of the n-th occurrence, from the end for a negative n; 0 when there is none.
fn strpos(call: &Call) -> Result<ArrayRef> {
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return None;
        }
        let (value, wanted) = (call.text(0).value(row), call.text(1).value(row));
        let n = if call.args.len() > 2 { number(call, 2, row) } else { 1 };
        let at = match usize::try_from(n.unsigned_abs()) {
            Ok(0) | Err(_) => None,
            Ok(n_th) if n > 0 => occurrences(value, wanted).nth(n_th - 1),
            Ok(n_th) => value.rmatch_indices(wanted).nth(n_th - 1).map(|(at, _)| at),
        };
        Some(at.map_or(0, |at| value[..at].chars().count() as i64 + 1))
    });
    Ok(Arc::new(found.collect::<Int64Array>()))
}

fn occurrences<'a>(value: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    value.match_indices(wanted).map(|(at, _)| at)
}

fn replace(call: &Call) -> Result<ArrayRef> {
    map_rows(call, |row| {
        let by = if call.args.len() > 2 { call.text(2).value(row) } else { "" };
        Some(call.text(0).value(row).replace(call.text(1).value(row), by))
    })
}

fn length(call: &Call) -> Result<ArrayRef> {
    let lengths = call.text(0).iter().map(|text| text.map(|text| text.chars().count() as i64));
    Ok(Arc::new(lengths.collect::<Int64Array>()))
}

fn concat_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.is_empty() {
        return plan_err!("{name} takes two or more arguments");
    }
    if types.iter().any(|t| collection::item_of(t).is_some()) {
        return collection::concat_arrays_types(name, types);
    }
    fit(name, types, &[&vec![T; types.len()]])
}

fn concat_result(args: &[FieldRef]) -> Result<FieldRef> {
    if args.iter().any(|field| collection::item_of(field.data_type()).is_some()) {
        return collection::concat_arrays_type(args);
    }
    text(args)
}

/// NULL when any argument is.
fn concatenate(call: &Call) -> Result<ArrayRef> {
    if collection::item_of(call.returns.data_type()).is_some() {
        return collection::concat_arrays(call);
    }
    map_rows(call, |row| {
        let mut whole = String::new();
        for i in 0..call.args.len() {
            whole.push_str(call.text(i).value(row));
        }
        Some(whole)
    })
}

fn reverse_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_)] => Ok(types.to_vec()),
        // Text keeps its own type, as the result has the type of the argument.
        [of] if is_text(of) => Ok(vec![DataType::Utf8]),
        _ => fit(name, types, &[&[T]]),
    }
}

fn reverse(call: &Call) -> Result<ArrayRef> {
    if let Some(texts) = call.args[0].as_string_opt::<i32>() {
        let reversed = texts.iter().map(|t| t.map(|t| t.chars().rev().collect::<String>()));
        return Ok(Arc::new(reversed.collect::<StringArray>()));
    }
    collection::reverse(call)
}

/// The one type all arguments can be compared in.
fn common(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let mut rest = types.iter();
    let first = rest.next().cloned();
    let shared = rest.fold(first, |shared, next| {
        shared.and_then(|shared| if shared == *next { Some(shared) } else { comparison_coercion(&shared, next) })
    });
    match shared {
        Some(shared) => Ok(vec![shared; types.len()]),
        None => {
            let given: Vec<String> = types.iter().map(describe).collect();
            plan_err!("{name} takes arguments of one type, not {}", given.join(", "))
        }
    }
}

/// The greatest or least argument; NULL when any is.
fn extreme(call: &Call, greatest: bool) -> Result<ArrayRef> {
    let columns: Vec<&dyn Array> = call.args.iter().map(AsRef::as_ref).collect();
    let all = concat(&columns)?;
    let compare = make_comparator(&all, &all, SortOptions::default())?;
    let picked = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return None;
        }
        let places = (0..columns.len()).map(|i| i * call.rows + row);
        let best = places.reduce(|best, next| {
            let better = if greatest { compare(next, best).is_gt() } else { compare(next, best).is_lt() };
            if better { next } else { best }
        });
        best.map(|best| best as u64)
    });
    let found = take(&all, &picked.collect::<arrow::array::UInt64Array>(), None)?;
    Ok(cast(&found, call.returns.data_type())?)
}

/// `%41+b` is `A b`; broken escapes stay as they are.
fn url_decode(call: &Call) -> Result<ArrayRef> {
    map_rows(call, |row| {
        let mut bytes = call.text(0).value(row).as_bytes().iter();
        let mut decoded = Vec::new();
        while let Some(&byte) = bytes.next() {
            let rest = bytes.as_slice();
            let code = (byte == b'%')
                .then(|| std::str::from_utf8(rest.get(..2)?).ok())
                .flatten()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match code {
                Some(code) => {
                    decoded.push(code);
                    bytes.nth(1);
                }
                None => decoded.push(if byte == b'+' { b' ' } else { byte }),
            }
        }
        Some(String::from_utf8_lossy(&decoded).into_owned())
    })
}
