//! `greatest`, `least`, `typeof`, and numbers with units: `format_number`, `parse_data_size`.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray, make_comparator};
use arrow::compute::{SortOptions, interleave};
use arrow::datatypes::{DataType, Decimal128Type, FieldRef, Float64Type, Int64Type, i256};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;

use super::arithmetic::common;
use super::decimal::{DIGITS, fits, unscaled};
use super::scalar::{Call, Function, Kind, fit, is_text, nullable};
use crate::types::{describe, describe_field};

pub(crate) fn functions() -> Vec<Function> {
    let of_first = |fields: &[FieldRef]| match fields.first() {
        Some(first) => Ok(Arc::new(first.as_ref().clone().with_nullable(true))),
        None => plan_err!("a value is missing"),
    };
    vec![
        Function::new("greatest", comparable, of_first, |call| extreme(call, Ordering::Greater)),
        Function::new("least", comparable, of_first, |call| extreme(call, Ordering::Less)),
        Function::new(
            "typeof",
            one_of_any,
            |_| nullable(DataType::Utf8),
            |call| {
                let name = call.fields.first().map_or_else(String::new, |field| describe_field(field));
                Ok(Arc::new(StringArray::from(vec![name; call.rows])))
            },
        ),
        Function::new(
            "format_number",
            |name, types| fit(name, types, &[&[Kind::Integer], &[Kind::Double]]),
            |_| nullable(DataType::Utf8),
            format_number,
        ),
        Function::new(
            "parse_data_size",
            |name, types| fit(name, types, &[&[Kind::Text]]),
            |_| nullable(DataType::Decimal128(DIGITS, 0)),
            parse_data_size,
        )
        .alias("parse_presto_data_size"),
    ]
}

fn one_of_any(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of] => Ok(vec![of.clone()]),
        _ => plan_err!("{name} takes one value, not {}", types.len()),
    }
}

/// All arguments become of the type they meet in.
fn comparable(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let refuse = || {
        let given: Vec<String> = types.iter().map(describe).collect();
        plan_err!("{name}({}) does not exist; its arguments are of one type that has an order", given.join(", "))
    };
    let Some((first, rest)) = types.split_first() else { return refuse() };
    let numbers = rest.iter().try_fold(first.clone(), |met, of| common(&met, of));
    let met = match numbers {
        Some(met) => Some(met),
        None if types.iter().all(is_text) => Some(DataType::Utf8),
        None => type_union_resolution(types),
    };
    match met {
        Some(DataType::Map(_, _)) | None => refuse(),
        Some(met) => Ok(vec![met; types.len()]),
    }
}

/// The greatest or least of each row; NULL when one is NULL.
fn extreme(call: &Call, wanted: Ordering) -> Result<ArrayRef> {
    // NULL inside an array or row never wins.
    let options = SortOptions { descending: false, nulls_first: wanted == Ordering::Greater };
    let columns = call.args.len();
    let mut best: Vec<usize> = vec![0; call.rows];
    // Compares the best so far, whichever column it stands in, with the next column.
    let mut comparators = Vec::with_capacity(columns * columns);
    for left in &call.args {
        for right in &call.args {
            comparators.push(make_comparator(left, right, options)?);
        }
    }
    for next in 1..columns {
        for (row, best) in best.iter_mut().enumerate() {
            if comparators[next * columns + *best](row, row) == wanted {
                *best = next;
            }
        }
    }
    let arrays: Vec<&dyn Array> = call.args.iter().map(AsRef::as_ref).collect();
    let nulls = arrow::array::new_null_array(call.args[0].data_type(), 1);
    let arrays: Vec<&dyn Array> = arrays.into_iter().chain([nulls.as_ref()]).collect();
    let places: Vec<(usize, usize)> = best
        .iter()
        .enumerate()
        .map(|(row, best)| if call.any_null(row) { (columns, 0) } else { (*best, row) })
        .collect();
    Ok(interleave(&arrays, &places)?)
}

/// Three digits and a unit: `12.4K`, `1.24B`.
fn format_number(call: &Call) -> Result<ArrayRef> {
    let texts: StringArray = match call.args[0].data_type() {
        DataType::Float64 => call.args[0]
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.map(|value| short(value as i64)))
            .collect(),
        _ => call.args[0].as_primitive::<Int64Type>().iter().map(|value| value.map(short)).collect(),
    };
    Ok(Arc::new(texts))
}

fn short(count: i64) -> String {
    let mut value = count as f64;
    let mut unit = "";
    for next in ["K", "M", "B", "T", "Q"] {
        if value.abs() < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    let digits: i8 = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    // All digits of the double that matter, so that halves round away from zero and nothing else does.
    let rounded = unscaled(&format!("{value:.40}"), digits).ok().flatten().unwrap_or_default();
    let size = 10_i128.pow(digits.unsigned_abs().into());
    let mut text =
        format!("{}.{:0width$}", (rounded / size).abs(), (rounded % size).abs(), width = digits.unsigned_abs().into());
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len().max(text.find('.').unwrap_or_default()));
    format!("{}{text}{unit}", if rounded < 0 { "-" } else { "" })
}

/// The units of a data size, each 1024 of the one before.
const UNITS: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];

fn parse_data_size(call: &Call) -> Result<ArrayRef> {
    let sizes = call.text(0).iter().map(|text| text.map(data_size).transpose());
    let sizes: PrimitiveArray<Decimal128Type> = sizes.collect::<Result<_>>()?;
    Ok(Arc::new(sizes.with_precision_and_scale(DIGITS, 0)?))
}

fn data_size(text: &str) -> Result<i128> {
    let invalid = || exec_datafusion_err!("Invalid data size: '{text}'");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let power = UNITS.iter().position(|known| *known == unit).ok_or_else(invalid)?;
    let scale = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let scale = i8::try_from(scale).map_err(|_| invalid())?;
    let value = unscaled(number, scale).map_err(|_| invalid())?.ok_or_else(invalid)?;
    let unit = i256::from_i128(1_i128 << (10 * power as u32));
    let below = i256::from_i128(10).wrapping_pow(u32::from(scale.unsigned_abs()));
    let bytes = i256::from_i128(value).wrapping_mul(unit).checked_div(below).ok_or_else(invalid)?;
    match bytes.to_i128().filter(|bytes| fits(*bytes, DIGITS)) {
        Some(bytes) => Ok(bytes),
        None => exec_err!("Value out of range: '{text}' ('{bytes}B')"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shortened_to_three_digits() {
        for (count, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1K"),
            (12_345, "12.3K"),
            (1_005, "1K"),
            (-1_500, "-1.5K"),
            (999_999, "1000K"),
        ] {
            assert_eq!(short(count), expected);
        }
    }

    #[test]
    fn data_sizes_are_bytes() {
        assert_eq!(data_size("1.5kB").unwrap(), 1536);
        assert_eq!(data_size("2YB").unwrap(), 2 << 80);
        for text in ["", "1", "1KB", "-1B", "1.2.3B", "99999999999999YB"] {
            assert!(data_size(text).is_err(), "{text}");
        }
    }
}
