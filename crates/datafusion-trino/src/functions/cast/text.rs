//! Casts to varchar and `varchar(n)`: text is cut to the length, everything else must fit.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::{DataType, Field};
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
    let formatter = Formatter::for_field(from, values);
    let mut texts = StringBuilder::with_capacity(values.len(), values.len() * 16);
    let mut text = String::new();
    for row in 0..values.len() {
        text.clear();
        if !formatter.write(row, &mut text) {
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
