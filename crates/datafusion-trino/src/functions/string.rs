//! Functions over text, and those over varbinary of the same names.

mod distance;
mod letters;
mod pad;
mod position;
mod split;
mod trim;
mod words;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};

use super::collection;
use super::scalar::{Call, Coerce, Function, Kind, Returns, fit, is_text, nullable};
use crate::types::list_type;
use pad::Side;
use trim::Ends;

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;
const B: Kind = Kind::Binary;

pub(crate) fn functions() -> Vec<Function> {
    let boolean: Returns = |_| nullable(DataType::Boolean);
    let integer: Returns = |_| nullable(DataType::Int32);
    let one: Coerce = |n, t| fit(n, t, &[&[T]]);
    let one_or_two: Coerce = |n, t| fit(n, t, &[&[T], &[T, T]]);
    let two: Coerce = |n, t| fit(n, t, &[&[T, T]]);
    let three: Coerce = |n, t| fit(n, t, &[&[T, T, T]]);
    let padded: Coerce = |n, t| fit(n, t, &[&[T, N, T], &[B, N, B]]);
    let part: Coerce = |n, t| fit(n, t, &[&[T, N], &[T, N, N], &[B, N], &[B, N, N]]);
    vec![
        Function::new("chr", |n, t| fit(n, t, &[&[N]]), text, letters::chr),
        Function::new("codepoint", one, integer, letters::codepoint),
        Function::new("concat", concat_types, concat_result, concatenate),
        Function::new("concat_ws", words::concat_ws_types, text, words::concat_ws),
        Function::new("hamming_distance", two, bigint, distance::hamming),
        Function::new("length", |n, t| fit(n, t, &[&[T], &[B]]), bigint, length),
        Function::new("levenshtein_distance", two, bigint, distance::levenshtein),
        Function::new("lower", one, text, letters::lower),
        Function::new("lpad", padded, same_kind, |call| pad::pad(call, Side::Left)),
        Function::new("ltrim", one_or_two, text, |call| trim::trim(call, Ends::Start)),
        Function::new("luhn_check", one, boolean, letters::luhn_check),
        Function::new("normalize", one_or_two, text, words::normalize),
        Function::new("overlay", |n, t| fit(n, t, &[&[T, T, N], &[T, T, N, N]]), text, position::overlay),
        Function::new("replace", |n, t| fit(n, t, &[&[T, T], &[T, T, T]]), text, replace),
        Function::new("reverse", reverse_types, first, reverse),
        Function::new("rpad", padded, same_kind, |call| pad::pad(call, Side::Right)),
        Function::new("rtrim", one_or_two, text, |call| trim::trim(call, Ends::End)),
        Function::new("soundex", one, text, letters::soundex),
        Function::new("split", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), texts, split::split),
        Function::new("split_part", |n, t| fit(n, t, &[&[T, T, N]]), text, split::split_part),
        Function::new("split_to_map", three, split::map_result, split::split_to_map),
        Function::new("split_to_multimap", three, split::multimap_result, split::split_to_multimap),
        Function::new("strpos", |n, t| fit(n, t, &[&[T, T], &[T, T, N]]), bigint, position::strpos).alias("position"),
        Function::new("substr", part, same_kind, position::substr).alias("substring"),
        Function::new("trim", one_or_two, text, |call| trim::trim(call, Ends::Both)).alias("btrim"),
        Function::new("upper", one, text, letters::upper),
        Function::new("word_stem", one_or_two, text, words::word_stem),
    ]
}

/// Text or varbinary, as the first argument is.
fn same_kind(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first().map(|field| field.data_type()) {
        Some(DataType::Binary) => nullable(DataType::Binary),
        _ => nullable(DataType::Utf8),
    }
}

fn length(call: &Call) -> Result<ArrayRef> {
    if call.args[0].data_type() == &DataType::Binary {
        return call.rows::<_, Int64Array>(|row| Ok(Some(call.bytes(0).value(row).len() as i64)));
    }
    letters::length(call)
}

fn replace(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let by = if call.args.len() > 2 { call.text(2).value(row) } else { "" };
        Ok(Some(call.text(0).value(row).replace(call.text(1).value(row), by)))
    })
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

fn concat_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.iter().any(|t| collection::item_of(t).is_some()) {
        return collection::concat_arrays_types(name, types);
    }
    if types.len() < 2 {
        return plan_err!("There must be two or more concatenation arguments");
    }
    fit(name, types, &[&vec![T; types.len()], &vec![B; types.len()]])
}

fn concat_result(args: &[FieldRef]) -> Result<FieldRef> {
    if args.iter().any(|field| collection::item_of(field.data_type()).is_some()) {
        return collection::concat_arrays_type(args);
    }
    same_kind(args)
}

/// NULL when any argument is.
fn concatenate(call: &Call) -> Result<ArrayRef> {
    if collection::item_of(call.returns.data_type()).is_some() {
        return collection::concat_arrays(call);
    }
    if call.args[0].data_type() == &DataType::Binary {
        return call.rows::<_, BinaryArray>(|row| {
            Ok(Some((0..call.args.len()).flat_map(|i| call.bytes(i).value(row)).copied().collect::<Vec<u8>>()))
        });
    }
    call.rows::<_, StringArray>(|row| {
        Ok(Some((0..call.args.len()).map(|i| call.text(i).value(row)).collect::<String>()))
    })
}

fn reverse_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_)] => Ok(types.to_vec()),
        // Text keeps its own type, as the result has the type of the argument.
        [of] if is_text(of) => Ok(vec![DataType::Utf8]),
        _ => fit(name, types, &[&[B]]),
    }
}

fn reverse(call: &Call) -> Result<ArrayRef> {
    if call.args[0].data_type() == &DataType::Binary {
        return call.rows::<_, BinaryArray>(|row| {
            Ok(Some(call.bytes(0).value(row).iter().rev().copied().collect::<Vec<u8>>()))
        });
    }
    if let Some(texts) = call.args[0].as_string_opt::<i32>() {
        let reversed = texts.iter().map(|t| t.map(|t| t.chars().rev().collect::<String>()));
        return Ok(Arc::new(reversed.collect::<StringArray>()));
    }
    collection::reverse(call)
}
