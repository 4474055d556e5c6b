//! Casts to varchar and `varchar(n)`: text is cut to the length, everything else must fit.
//!
//! A double becomes its digits and an exponent, `3.77E1`, where a result shows `37.7`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type};
use datafusion::common::{Result, exec_err};

use crate::functions::scalar::is_text;
use crate::text::Formatter;
use crate::types::{is_ip, is_json, is_uuid, text_length};

/// Whether the text is not the one DataFusion gives.
pub(super) fn differs(from: &Field, to: &Field) -> bool {
    if !is_text(to.data_type()) || is_json(from) || is_json(to) || from.data_type().is_null() {
        return false;
    }
    text_length(to).is_some()
        || is_ip(from)
        || is_uuid(from)
        || matches!(
            from.data_type(),
            DataType::Timestamp(_, _)
                | DataType::Time32(_)
                | DataType::Time64(_)
                | DataType::Date32
                | DataType::Duration(_)
                | DataType::Interval(_)
                | DataType::Decimal128(_, _)
                | DataType::Float32
                | DataType::Float64
        )
}

pub(super) fn convert(values: &ArrayRef, from: &Field, to: &Field) -> Result<ArrayRef> {
    let (length, cut) = (text_length(to), is_text(values.data_type()));
    let write = writer(values, from);
    let mut texts = StringBuilder::with_capacity(values.len(), values.len() * 16);
    let mut text = String::new();
    for row in 0..values.len() {
        text.clear();
        if !write(row, &mut text) {
            texts.append_null();
            continue;
        }
        match length.and_then(|length| text.char_indices().nth(length)).map(|(end, _)| end) {
            None => texts.append_value(&text),
            Some(end) if cut => texts.append_value(&text[..end]),
            Some(_) => {
                return exec_err!("Value {text} cannot be represented as varchar({})", length.unwrap_or_default());
            }
        }
    }
    Ok(Arc::new(texts.finish()))
}

/// Writes the text of a row; false for NULL.
type Write<'a> = Box<dyn Fn(usize, &mut String) -> bool + 'a>;

fn writer<'a>(values: &'a ArrayRef, from: &Field) -> Write<'a> {
    match values.data_type() {
        DataType::Float64 => {
            let doubles = values.as_primitive::<Float64Type>();
            Box::new(|row, to| {
                let value = doubles.value(row);
                doubles.is_valid(row) && scientific(value, value, to)
            })
        }
        DataType::Float32 => {
            let reals = values.as_primitive::<Float32Type>();
            Box::new(|row, to| {
                let value = reals.value(row);
                reals.is_valid(row) && scientific(value, f64::from(value), to)
            })
        }
        _ => {
            let formatter = Formatter::for_field(from, values);
            Box::new(move |row, to| formatter.write(row, to))
        }
    }
}

/// One digit before the point, at least one behind it; always true.
pub(super) fn scientific(shortest: impl std::fmt::LowerExp, value: f64, to: &mut String) -> bool {
    if !value.is_finite() {
        crate::text::double(value, to);
        return true;
    }
    let text = format!("{shortest:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    to.push_str(digits);
    if value != 0.0 && !digits.contains('.') {
        to.push_str(".0");
    }
    to.push('E');
    to.push_str(exponent);
    true
}
