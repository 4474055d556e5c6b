//! Scalars read from JSON, each type from the shapes Trino reads it from.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray, StringBuilder,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;

use super::read::mismatch;
use crate::functions::cast::text::scientific;
use crate::json::number::Number;
use crate::json::write::quote;
use crate::json::{self, Shape};

/// A column of scalars; objects and arrays are refused.
pub(super) fn column(values: &[Option<&str>], to: &Field) -> Result<ArrayRef> {
    match to.data_type() {
        DataType::Utf8 => Ok(Arc::new(each(values, to, varchar)?.into_iter().collect::<StringArray>())),
        DataType::Boolean => Ok(Arc::new(each(values, to, boolean)?.into_iter().collect::<BooleanArray>())),
        integer if integer.is_integer() => {
            let (least, most) = range(integer);
            let read = |value: &str, shape| bigint(value, shape).filter(|n| (least..=most).contains(n));
            strictly(&each(values, to, read)?.into_iter().collect::<Int64Array>(), to)
        }
        floating if floating.is_floating() => {
            strictly(&each(values, to, double)?.into_iter().collect::<Float64Array>(), to)
        }
        DataType::Decimal128(precision, scale) => {
            let read = |value: &str, shape| exact(value, shape)?.to_decimal(*precision, *scale);
            let array: Decimal128Array = each(values, to, read)?.into_iter().collect();
            Ok(Arc::new(array.with_precision_and_scale(*precision, *scale)?))
        }
        // Trino has no cast from JSON to times; their texts are taken.
        _ => {
            let texts = each(values, to, |value, shape| match shape {
                Shape::Text => json::unquote(value).map(|text| text.into_owned()),
                _ => None,
            })?;
            strictly(&texts.into_iter().collect::<StringArray>(), to)
        }
    }
}

/// The keys of objects as values of a type.
pub(super) fn keys(keys: &StringArray, to: &Field) -> Result<ArrayRef> {
    if to.data_type() == &DataType::Utf8 {
        return Ok(Arc::new(keys.clone()));
    }
    let mut quoted = StringBuilder::new();
    let mut text = String::new();
    for key in keys.iter().flatten() {
        text.clear();
        quote(key, &mut text);
        quoted.append_value(&text);
    }
    let quoted = quoted.finish();
    column(&quoted.iter().collect::<Vec<_>>(), to)
}

/// What `read` makes of every value; `None` from it is an error.
fn each<'a, T>(
    values: &[Option<&'a str>],
    to: &Field,
    read: impl Fn(&'a str, Shape) -> Option<T>,
) -> Result<Vec<Option<T>>> {
    let one = |value: &Option<&'a str>| {
        let Some(value) = value else { return Ok(None) };
        match json::shape(value).and_then(|shape| read(value, shape)) {
            Some(read) => Ok(Some(read)),
            None => mismatch(value, to),
        }
    };
    values.iter().map(one).collect()
}

fn strictly(array: &dyn Array, to: &Field) -> Result<ArrayRef> {
    let strict = CastOptions { safe: false, ..Default::default() };
    Ok(cast_with_options(array, to.data_type(), &strict)?)
}

fn range(integer: &DataType) -> (i64, i64) {
    match integer {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    }
}

fn is_float(number: &str) -> bool {
    number.contains(['.', 'e', 'E'])
}

fn varchar(value: &str, shape: Shape) -> Option<String> {
    match shape {
        Shape::Text => json::unquote(value).map(|text| text.into_owned()),
        Shape::Number if is_float(value) => {
            let double: f64 = value.parse().ok()?;
            let mut text = String::new();
            scientific(double, double, &mut text);
            Some(text)
        }
        Shape::Number | Shape::Boolean => Some(value.to_owned()),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}

/// Fractions round half up, away from zero.
fn bigint(value: &str, shape: Shape) -> Option<i64> {
    match shape {
        Shape::Text => json::unquote(value)?.trim().parse().ok(),
        Shape::Number if is_float(value) => {
            let rounded = value.parse::<f64>().ok()?.round();
            // 2^63 is the first double that is no bigint.
            (-(2_f64.powi(63))..2_f64.powi(63)).contains(&rounded).then_some(rounded as i64)
        }
        Shape::Number => value.parse().ok(),
        Shape::Boolean => Some(i64::from(value == "true")),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}

fn double(value: &str, shape: Shape) -> Option<f64> {
    match shape {
        Shape::Text => {
            let text = json::unquote(value)?;
            match text.trim() {
                "NaN" => Some(f64::NAN),
                "Infinity" | "+Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                word if word.contains(['n', 'N', 'i', 'I']) => None,
                number => number.parse().ok(),
            }
        }
        Shape::Number => value.parse().ok(),
        Shape::Boolean => Some(f64::from(value == "true")),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}

fn exact(value: &str, shape: Shape) -> Option<Number> {
    match shape {
        Shape::Text => Number::parse(&json::unquote(value)?),
        Shape::Number => Number::parse(value),
        Shape::Boolean => Number::parse(if value == "true" { "1" } else { "0" }),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}

fn boolean(value: &str, shape: Shape) -> Option<bool> {
    match shape {
        Shape::Text => match json::unquote(value)?.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Some(true),
            "false" | "f" | "0" => Some(false),
            _ => None,
        },
        Shape::Number if is_float(value) => value.parse::<f64>().ok().map(|number| number != 0.0),
        Shape::Number => value.parse::<i64>().ok().map(|number| number != 0),
        Shape::Boolean => Some(value == "true"),
        Shape::Object | Shape::Array | Shape::Null => None,
    }
}
