//! `lpad` and `rpad`, of text and of varbinary.

use arrow::array::{ArrayRef, BinaryArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use crate::functions::scalar::Call;

/// On which side the padding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Cut or padded to a length.
pub(super) fn pad(call: &Call, side: Side) -> Result<ArrayRef> {
    if call.args[0].data_type() == &DataType::Binary {
        return call.rows::<_, BinaryArray>(|row| {
            let (bytes, padding) = (call.bytes(0).value(row), call.bytes(2).value(row));
            let length = target(call, row)?;
            if padding.is_empty() {
                return exec_err!("Padding bytes must not be empty");
            }
            Ok(Some(padded(bytes.iter().copied(), bytes.len(), padding.iter().copied(), length, side)))
        });
    }
    call.rows::<_, StringArray>(|row| {
        let (text, padding) = (call.text(0).value(row), call.text(2).value(row));
        let length = target(call, row)?;
        if padding.is_empty() {
            return exec_err!("Padding string must not be empty");
        }
        let letters: Vec<char> = padded(text.chars(), text.chars().count(), padding.chars(), length, side);
        Ok(Some(letters.into_iter().collect::<String>()))
    })
}

fn target(call: &Call, row: usize) -> Result<usize> {
    match i32::try_from(call.integer(1, row)) {
        Ok(length) if length >= 0 => Ok(length as usize),
        _ => exec_err!("Target length must be in the range [0..2147483647]"),
    }
}

fn padded<T>(
    value: impl Iterator<Item = T>,
    count: usize,
    padding: impl Iterator<Item = T> + Clone,
    length: usize,
    side: Side,
) -> Vec<T> {
    let missing = length.saturating_sub(count);
    let padding = padding.cycle().take(missing);
    let value = value.take(length);
    match side {
        Side::Left => padding.chain(value).collect(),
        Side::Right => value.chain(padding).collect(),
    }
}
