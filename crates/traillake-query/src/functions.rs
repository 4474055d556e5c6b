//! The functions of the logical view: they give the flat columns their documented shapes.
//!
//! Users never write them, but for [`Occurrences`]. Each is immutable, and the optimizer takes each apart again where a query wants
//! only a leaf or a key ([`crate::view`]).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF};

mod event_json;
mod map;
mod nested;
mod object;
mod occurrences;
mod same;
mod sought;
mod time_text;

pub(crate) use event_json::{EventJson, EventJsonChecksum};
pub(crate) use map::{TrailMap, TrailMapValue};
pub(crate) use nested::TrailNested;
pub(crate) use object::TrailObject;
pub(crate) use occurrences::Occurrences;
pub(crate) use same::TrailSame;
pub(crate) use sought::TrailSought;
pub(crate) use time_text::TimeText;

/// How the names of all of them begin that read JSON text.
pub(crate) const PREFIX: &str = "trail_";

/// The function as an expression builder wants it.
pub(crate) fn udf(function: impl datafusion::logical_expr::ScalarUDFImpl + 'static) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(function))
}

/// An argument as an array of `Utf8View`, whichever text type it has.
fn text_argument(value: &ColumnarValue, rows: usize) -> Result<StringViewArray> {
    let array = value.to_array(rows)?;
    let array: ArrayRef =
        if array.data_type() == &DataType::Utf8View { array } else { cast(&array, &DataType::Utf8View)? };
    Ok(array.as_string_view().clone())
}

/// The text of a row, or `None` for NULL.
fn text_at(array: &StringViewArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}
