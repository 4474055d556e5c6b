//! Numbers in texts for people: `12.4K` and `2.2kB`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, StringArray};
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::common::{Result, exec_datafusion_err};

use crate::functions::scalar::{Call, nullable};

/// `format_number(n)`: three digits and K, M, B, T or Q for the thousands.
pub(super) fn format_number(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let number = match call.args[0].as_primitive_opt::<Float64Type>() {
            Some(doubles) => doubles.value(row) as i64,
            None => call.integer(0, row),
        };
        Ok(Some(short(number)))
    })
}

fn short(number: i64) -> String {
    let mut value = number as f64;
    let mut unit = "";
    for next in ["K", "M", "B", "T", "Q"] {
        if value.abs() < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    let places = if value < 10.0 {
        100.0
    } else if value < 100.0 {
        10.0
    } else {
        1.0
    };
    format!("{}{unit}", (value * places).round() / places)
}

pub(super) fn data_size_result(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Decimal128(38, 0))
}

/// `parse_data_size('2.2kB')` in bytes, parts of a byte cut off.
pub(super) fn parse_data_size(call: &Call) -> Result<ArrayRef> {
    let sizes = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let text = call.text(0).value(row);
        let (value, exponent) = size(text).ok_or_else(|| exec_datafusion_err!("Invalid data size: '{text}'"))?;
        let bytes = bytes(value, exponent).filter(|bytes| *bytes < 10_i128.pow(38));
        bytes.map(Some).ok_or_else(|| exec_datafusion_err!("Value out of range: '{text}'"))
    });
    let sizes = sizes.collect::<Result<Decimal128Array>>()?;
    Ok(Arc::new(sizes.with_precision_and_scale(38, 0)?))
}

/// The number in front and the power of 1024 of the unit.
fn size(text: &str) -> Option<(&str, u32)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let digits = number.replacen('.', "", 1);
    if digits.is_empty() || digits.contains('.') {
        return None;
    }
    let exponent = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"].iter().position(|known| *known == unit)?;
    Some((number, exponent as u32))
}

fn bytes(number: &str, exponent: u32) -> Option<i128> {
    let factor = 1024_i128.checked_pow(exponent)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let whole = whole.checked_mul(factor)?;
    // Digit by digit, as a long fraction and a large unit do not fit together.
    let mut part = 0_i128;
    for digit in fraction.bytes().rev() {
        part = (part + i128::from(digit - b'0') * factor) / 10;
    }
    whole.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_234, "1.23K"), (12_399, "12.4K"), (123_456, "123K"), (-1_500_000, "-1.5M")]
        {
            assert_eq!(short(number), expected);
        }
    }

    #[test]
    fn sizes_are_bytes() {
        for (text, expected) in
            [("2.2kB", Some(2252)), ("1.9B", Some(1)), (".5kB", Some(512)), ("1KB", None), ("1", None)]
        {
            assert_eq!(size(text).and_then(|(number, exponent)| bytes(number, exponent)), expected, "{text}");
        }
    }
}
