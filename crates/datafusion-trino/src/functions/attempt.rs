//! What becomes of rows that fail where failing gives NULL: `try` and `try_cast`.

use arrow::array::{Array, ArrayRef, new_empty_array, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;
use datafusion::common::Result;

/// The values of all rows, NULL for those whose evaluation fails.
///
/// `run` evaluates as many rows from a start. All rows are tried at once, and halved while they fail, so
/// that a few failures among many rows cost little.
pub(crate) fn attempt(rows: usize, of: &DataType, run: &dyn Fn(usize, usize) -> Result<ArrayRef>) -> Result<ArrayRef> {
    let mut parts: Vec<ArrayRef> = Vec::new();
    let mut open = vec![(0, rows)];
    while let Some((start, rows)) = open.pop() {
        match run(start, rows) {
            Ok(values) => parts.push(values),
            Err(_) if rows <= 1 => parts.push(new_null_array(of, rows)),
            Err(_) => {
                let half = rows / 2;
                open.push((start + half, rows - half));
                open.push((start, half));
            }
        }
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    match parts.as_slice() {
        [] => Ok(new_empty_array(of)),
        [one] => Ok(one.slice(0, one.len())),
        many => Ok(concat(many)?),
    }
}
