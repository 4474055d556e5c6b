//! Functions of the bits of integers. Source: Trino's page on bitwise functions.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};

use crate::functions::scalar::{Call, Function, Kind, fit, nullable};

pub(super) fn functions() -> Vec<Function> {
    let two = |name: &str, types: &[DataType]| fit(name, types, &[&[Kind::Integer, Kind::Integer]]);
    vec![
        Function::new("bitwise_and", two, bigint, |call| of_two(call, |left, right| Ok(left & right))),
        Function::new("bitwise_or", two, bigint, |call| of_two(call, |left, right| Ok(left | right))),
        Function::new("bitwise_xor", two, bigint, |call| of_two(call, |left, right| Ok(left ^ right))),
        Function::new(
            "bitwise_not",
            |name, types| fit(name, types, &[&[Kind::Integer]]),
            bigint,
            |call| {
                let values = call.args[0].as_primitive::<Int64Type>().unary::<_, Int64Type>(|value| !value);
                Ok(Arc::new(values))
            },
        ),
        Function::new("bit_count", two, bigint, |call| of_two(call, bit_count)),
        Function::new("bitwise_left_shift", shift_types, of_first, |call| shift(call, left_shift)),
        Function::new("bitwise_right_shift", shift_types, of_first, |call| shift(call, right_shift)),
        Function::new("bitwise_right_shift_arithmetic", shift_types, of_first, |call| {
            shift(call, |value, by, _| value >> by.clamp(0, 63))
        }),
    ]
}

fn bigint(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Int64)
}

fn of_first(fields: &[FieldRef]) -> Result<FieldRef> {
    match fields {
        [of, _] => nullable(of.data_type().clone()),
        _ => plan_err!("a shift takes a value and how far"),
    }
}

fn shift_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let wide = fit(name, types, &[&[Kind::Integer, Kind::Integer]])?;
    match types {
        [of @ (DataType::Int8 | DataType::Int16 | DataType::Int32), _] => Ok(vec![of.clone(), DataType::Int64]),
        _ => Ok(wide),
    }
}

fn of_two(call: &Call, value: impl Fn(i64, i64) -> Result<i64>) -> Result<ArrayRef> {
    let (left, right) = (call.args[0].as_primitive::<Int64Type>(), call.args[1].as_primitive::<Int64Type>());
    let rows = left.iter().zip(right).map(|pair| match pair {
        (Some(left), Some(right)) => value(left, right).map(Some),
        _ => Ok(None),
    });
    Ok(Arc::new(rows.collect::<Result<Int64Array>>()?))
}

fn bit_count(value: i64, bits: i64) -> Result<i64> {
    if !(2..=64).contains(&bits) {
        return exec_err!("Bits specified in bit_count must be between 2 and 64, got {bits}");
    }
    let unused = 64 - bits;
    if (value << unused) >> unused != value {
        return exec_err!(
            "Number must be representable with the bits specified. {value} cannot be represented with {bits} bits"
        );
    }
    Ok(i64::from((value << unused).count_ones()))
}

/// Shifts values in the width of their type.
fn shift(call: &Call, value: impl Fn(i64, i64, u32) -> i64) -> Result<ArrayRef> {
    let of = call.args[0].data_type();
    let width = 8 * of.primitive_width().unwrap_or(8) as u32;
    let wide = cast(&call.args[0], &DataType::Int64)?;
    let (values, by) = (wide.as_primitive::<Int64Type>(), call.args[1].as_primitive::<Int64Type>());
    let shifted: Int64Array = values.iter().zip(by).map(|(of, by)| Some(value(of?, by?, width))).collect();
    // The lowest bits of the type, with their sign.
    let unused = 64 - width;
    let shifted = shifted.unary::<_, Int64Type>(|value| (value << unused) >> unused);
    Ok(cast(&shifted, of)?)
}

fn left_shift(value: i64, by: i64, _width: u32) -> i64 {
    if by >= 64 { 0 } else { value.wrapping_shl(by as u32) }
}

/// Zeros come in from the left of the type's bits.
fn right_shift(value: i64, by: i64, width: u32) -> i64 {
    match by {
        64.. => 0,
        0 => value,
        _ => ((value as u64) & (u64::MAX >> (64 - width))).wrapping_shr(by as u32) as i64,
    }
}
