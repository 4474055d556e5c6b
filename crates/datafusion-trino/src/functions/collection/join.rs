//! `array_join`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::arguments::{as_list, item_of, wrong};
use super::pick::places;
use crate::functions::scalar::{Call, Function, is_text, nullable};
use crate::text::Formatter;

pub(super) fn functions() -> Vec<Function> {
    vec![Function::new("array_join", lists_and_texts, |_| nullable(DataType::Utf8), join)]
}

fn lists_and_texts(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of, rest @ ..]
            if (1..=2).contains(&rest.len())
                && (item_of(of).is_some() || of.is_null())
                && rest.iter().all(is_text)
                && !item_of(of).is_some_and(|item| item.data_type().is_nested()) =>
        {
            let mut fitted = vec![as_list(of)];
            fitted.resize(types.len(), DataType::Utf8View);
            Ok(fitted)
        }
        _ => wrong(name, types, "an array of values that cast to varchar, a delimiter and a text for NULLs"),
    }
}

/// The items, which the analyzer has cast to varchar; NULLs are left out unless there is a text for them.
fn join(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let items = match item_of(call.args[0].data_type()) {
        Some(item) => Formatter::for_field(item, list.values()),
        None => Formatter::new(list.values()),
    };
    let mut joined = StringBuilder::new();
    let mut text = String::new();
    for row in 0..call.rows {
        if call.any_null(row) {
            joined.append_null();
            continue;
        }
        text.clear();
        let mut first = true;
        for place in places(list, row) {
            let is_null = list.values().is_null(place) || list.values().data_type().is_null();
            if is_null && call.args.len() < 3 {
                continue;
            }
            if !std::mem::take(&mut first) {
                text.push_str(call.text(1).value(row));
            }
            if is_null {
                text.push_str(call.text(2).value(row));
            } else {
                items.write(place, &mut text);
            }
        }
        joined.append_value(&text);
    }
    Ok(Arc::new(joined.finish()))
}
