//! Functions over JSON. They take text as well as JSON, as CloudTrail Lake's users write it.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, Int64Builder, StringBuilder};
use arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::scalar::{Call, Function, Kind, fit, nullable};
use crate::json::path::{Found, Path};
use crate::json::write::{Keys, canonical};
use crate::json::{self, Shape};
use crate::types::json_field;

pub(crate) fn functions() -> Vec<Function> {
    vec![
        Function::new("json_extract", path, json_result, extract),
        Function::new("json_extract_scalar", path, text_result, extract_scalar),
        Function::new("json_size", path, bigint_result, size),
        Function::new("json_parse", one, json_result, parse),
        Function::new("json_format", one, text_result, format),
        Function::new("json_array_length", one, bigint_result, array_length),
        Function::new("is_json_scalar", one, boolean_result, is_scalar),
        Function::new(
            "json_array_get",
            |name, types| {
                // A quoted index is common in published queries.
                fit(name, types, &[&[Kind::Text, Kind::Integer], &[Kind::Text, Kind::Text]])
                    .map(|_| vec![DataType::Utf8View, DataType::Int64])
            },
            json_result,
            array_get,
        ),
        Function::new(
            "json_array_contains",
            |name, types| {
                let forms: &[&[Kind]] =
                    &[&[Kind::Text, Kind::Text], &[Kind::Text, Kind::Integer], &[Kind::Text, Kind::Double]];
                if let [json, DataType::Boolean] = types {
                    return Ok(vec![
                        fit(name, std::slice::from_ref(json), &[&[Kind::Text]])?.swap_remove(0),
                        DataType::Boolean,
                    ]);
                }
                fit(name, types, forms)
            },
            boolean_result,
            array_contains,
        ),
    ]
}

fn path(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    fit(name, types, &[&[Kind::Text, Kind::Text]])
}

fn one(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    fit(name, types, &[&[Kind::Text]])
}

fn json_result(_: &[FieldRef]) -> Result<FieldRef> {
    Ok(Arc::new(json_field("")))
}

fn text_result(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Utf8)
}

fn bigint_result(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Int64)
}

fn boolean_result(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Boolean)
}

/// A path is mostly the same in every row: it is read again only when it changes.
#[derive(Default)]
struct Paths {
    last: Option<(String, Path)>,
}

impl Paths {
    fn read(&mut self, text: &str) -> Result<&Path> {
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            let Some(path) = Path::parse(text) else {
                return exec_err!("Invalid JSON path: '{text}'; a path looks like $.a[0][\"b\"]");
            };
            self.last = Some((text.to_owned(), path));
        }
        match &self.last {
            Some((_, path)) => Ok(path),
            None => exec_err!("Invalid JSON path: '{text}'"),
        }
    }
}

/// Follows the path of every row and hands over what it finds.
fn follow(call: &Call, mut each: impl FnMut(Option<Found>)) -> Result<()> {
    let (texts, paths) = (call.text(0), call.text(1));
    let mut cache = Paths::default();
    for row in 0..call.rows {
        if call.any_null(row) {
            each(None);
            continue;
        }
        let path = cache.read(paths.value(row))?;
        each(path.follow(texts.value(row)));
    }
    Ok(())
}

fn extract(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    let mut text = String::new();
    follow(call, |found| {
        text.clear();
        match found {
            None => return result.append_null(),
            Some(Found::One(value)) => canonical(value, Keys::Kept, &mut text),
            Some(Found::Many(values)) => {
                text.push('[');
                for (i, value) in values.into_iter().enumerate() {
                    if i > 0 {
                        text.push(',');
                    }
                    canonical(value, Keys::Kept, &mut text);
                }
                text.push(']');
            }
        }
        result.append_value(&text);
    })?;
    Ok(Arc::new(result.finish()))
}

fn extract_scalar(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    follow(call, |found| match found {
        Some(Found::One(value)) => result.append_option(json::scalar(value)),
        // PrestoDB gives the one match of a wildcard.
        Some(Found::Many(values)) if values.len() == 1 => {
            result.append_option(values.first().and_then(|value| json::scalar(value)));
        }
        _ => result.append_null(),
    })?;
    Ok(Arc::new(result.finish()))
}

fn size(call: &Call) -> Result<ArrayRef> {
    let mut result = Int64Builder::new();
    follow(call, |found| {
        result.append_option(found.map(|found| match found {
            Found::Many(values) => values.len() as i64,
            Found::One(value) => match json::shape(value) {
                Some(Shape::Array) => json::items(value).count() as i64,
                Some(Shape::Object) => json::entries(value).count() as i64,
                _ => 0,
            },
        }));
    })?;
    Ok(Arc::new(result.finish()))
}

fn parse(call: &Call) -> Result<ArrayRef> {
    let mut result = StringBuilder::new();
    for text in call.text(0) {
        match text {
            None => result.append_null(),
            Some(text) => {
                let value = json::whole(text)
                    .ok_or_else(|| exec_datafusion_err!("Cannot convert value to JSON: '{}'", head(text)))?;
                let mut parsed = String::with_capacity(value.len());
                canonical(value, Keys::Sorted, &mut parsed);
                result.append_value(parsed);
            }
        }
    }
    Ok(Arc::new(result.finish()))
}

/// Enough of a text to recognise it by.
pub(crate) fn head(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(end, _)| &text[..end])
}

fn format(call: &Call) -> Result<ArrayRef> {
    Ok(arrow::compute::cast(&call.args[0], &DataType::Utf8)?)
}

/// The array of every row, NULL for anything else.
fn arrays(call: &Call) -> impl Iterator<Item = Option<&str>> {
    call.text(0).iter().map(|text| text.and_then(json::first).filter(|value| value.starts_with('[')))
}

fn array_length(call: &Call) -> Result<ArrayRef> {
    let mut result = Int64Builder::new();
    for array in arrays(call) {
        result.append_option(array.map(|array| json::items(array).count() as i64));
    }
    Ok(Arc::new(result.finish()))
}

fn is_scalar(call: &Call) -> Result<ArrayRef> {
    let mut result = BooleanBuilder::new();
    for text in call.text(0) {
        let shape = match text {
            None => None,
            Some(text) => match json::whole(text).and_then(json::shape) {
                None => return exec_err!("Invalid JSON value: {}", head(text)),
                shape => shape,
            },
        };
        result.append_option(shape.map(|s| !matches!(s, Shape::Object | Shape::Array)));
    }
    Ok(Arc::new(result.finish()))
}

fn array_get(call: &Call) -> Result<ArrayRef> {
    let indices = call.args[1].as_primitive::<Int64Type>();
    let mut result = StringBuilder::new();
    for (row, array) in arrays(call).enumerate() {
        let item = array.filter(|_| indices.is_valid(row)).and_then(|array| {
            let index = indices.value(row);
            let place = if index < 0 {
                usize::try_from(json::items(array).count() as i64 + index)
            } else {
                usize::try_from(index)
            };
            json::items(array).nth(place.ok()?)
        });
        // As documented: a string comes out without quotes.
        result.append_option(item.and_then(|item| match json::shape(item)? {
            Shape::Null => None,
            Shape::Text => json::unquote(item),
            _ => {
                let mut text = String::with_capacity(item.len());
                canonical(item, Keys::Kept, &mut text);
                Some(Cow::Owned(text))
            }
        }));
    }
    Ok(Arc::new(result.finish()))
}

fn array_contains(call: &Call) -> Result<ArrayRef> {
    let wanted = &call.args[1];
    let mut result = BooleanBuilder::new();
    for (row, array) in arrays(call).enumerate() {
        let found = array.filter(|_| wanted.is_valid(row)).map(|array| {
            json::items(array).any(|item| match wanted.data_type() {
                DataType::Utf8View => {
                    let text = wanted.as_string_view().value(row);
                    item.starts_with('"') && json::unquote(item).is_some_and(|item| item == text)
                }
                DataType::Boolean => item == if wanted.as_boolean().value(row) { "true" } else { "false" },
                DataType::Int64 => {
                    item.parse::<i64>().is_ok_and(|n| n == wanted.as_primitive::<Int64Type>().value(row))
                }
                // A number without a fraction is no double.
                _ => {
                    let number = wanted.as_primitive::<Float64Type>().value(row);
                    item.contains(['.', 'e', 'E']) && number.is_finite() && item.parse().is_ok_and(|n: f64| n == number)
                }
            })
        });
        result.append_option(found);
    }
    Ok(Arc::new(result.finish()))
}
