//! `abs`, `ceil`, `floor`, `round`, `sign` and `truncate`: of every type of number, each in its own way.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, PrimitiveArray};
use arrow::compute::{cast, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};

use super::super::decimal::{self, DIGITS, Rescale, fits, rescale};
use super::one_number;
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::describe;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("abs", one_number, same, |call| {
            by_type(call, abs_integer, f64::abs, |value, _| Some(value.abs()))
        }),
        Function::new("ceil", one_number, whole, |call| by_type(call, |value, _| Ok(value), f64::ceil, ceil))
            .alias("ceiling"),
        Function::new("floor", one_number, whole, |call| {
            by_type(call, |value, _| Ok(value), f64::floor, |value, scale| ceil(-value, scale).map(|value| -value))
        }),
        Function::new("sign", one_number, sign_type, |call| {
            let of_double = |value: f64| if value == 0.0 || value.is_nan() { value } else { value.signum() };
            by_type(call, |value, _| Ok(value.signum()), of_double, |value, _| Some(value.signum()))
        }),
        Function::new("round", number_and_digits, rounded, round),
        Function::new("truncate", number_and_digits, truncated, truncate),
    ]
}

fn same(fields: &[FieldRef]) -> Result<FieldRef> {
    match fields {
        [of, ..] => nullable(of.data_type().clone()),
        [] => plan_err!("a number is missing"),
    }
}

/// Decimals without the digits behind the point, with one more before it where there were any.
fn whole(fields: &[FieldRef]) -> Result<FieldRef> {
    match fields {
        [of] => match of.data_type() {
            DataType::Decimal128(precision, scale) => {
                let digits = *precision as i8 - scale + (*scale).min(1);
                nullable(DataType::Decimal128((digits.max(1) as u8).min(DIGITS), 0))
            }
            _ => same(fields),
        },
        _ => same(fields),
    }
}

fn sign_type(fields: &[FieldRef]) -> Result<FieldRef> {
    match fields {
        [of] if of.data_type().is_decimal() => nullable(DataType::Decimal128(1, 0)),
        _ => same(fields),
    }
}

fn rounded(fields: &[FieldRef]) -> Result<FieldRef> {
    match fields {
        [of, _] => match of.data_type() {
            DataType::Decimal128(precision, scale) => {
                nullable(DataType::Decimal128((precision + 1).min(DIGITS), *scale))
            }
            _ => same(fields),
        },
        _ => whole(fields),
    }
}

fn truncated(fields: &[FieldRef]) -> Result<FieldRef> {
    match fields {
        [of] => match of.data_type() {
            DataType::Decimal128(precision, scale) => {
                nullable(DataType::Decimal128((*precision as i8 - scale).max(1) as u8, 0))
            }
            _ => same(fields),
        },
        _ => same(fields),
    }
}

fn number_and_digits(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of, digits] if digits.is_integer() || digits.is_null() => {
            let mut types = one_number(name, std::slice::from_ref(of))?;
            types.push(DataType::Int64);
            Ok(types)
        }
        [_, digits] => plan_err!("the digits of {name} are an integer, not {}", describe(digits)),
        _ => one_number(name, types),
    }
}

/// A function with a form for integers, one for doubles and one for decimals of a scale.
fn by_type(
    call: &Call,
    integer: impl Fn(i64, &DataType) -> Result<i64>,
    double: impl Fn(f64) -> f64,
    decimal: impl Fn(i128, u32) -> Option<i128>,
) -> Result<ArrayRef> {
    let values = &call.args[0];
    match values.data_type() {
        DataType::Decimal128(_, scale) => {
            let scale = u32::from(scale.unsigned_abs());
            decimals(call, |value| decimal(value, scale))
        }
        of if of.is_floating() => doubles(call, double),
        of => integers(call, |value| integer(value, of)),
    }
}

fn integers(call: &Call, value: impl Fn(i64) -> Result<i64>) -> Result<ArrayRef> {
    let of = call.args[0].data_type();
    let wide = cast(&call.args[0], &DataType::Int64)?;
    let values: Int64Array = wide.as_primitive::<Int64Type>().try_unary(value)?;
    let strict = arrow::compute::CastOptions { safe: false, ..Default::default() };
    cast_with_options(&values, of, &strict).map_err(|_| {
        let limits = values.iter().flatten().find(|value| cast_one(*value, of).is_none()).unwrap_or_default();
        exec_datafusion_err!("Out of range for {}: {limits}", describe(of))
    })
}

fn cast_one(value: i64, of: &DataType) -> Option<()> {
    match of {
        DataType::Int8 => i8::try_from(value).ok().map(|_| ()),
        DataType::Int16 => i16::try_from(value).ok().map(|_| ()),
        DataType::Int32 => i32::try_from(value).ok().map(|_| ()),
        _ => Some(()),
    }
}

fn doubles(call: &Call, value: impl Fn(f64) -> f64) -> Result<ArrayRef> {
    let wide = cast(&call.args[0], &DataType::Float64)?;
    let values = wide.as_primitive::<Float64Type>().unary::<_, Float64Type>(value);
    Ok(cast(&values, call.returns.data_type())?)
}

fn decimals(call: &Call, value: impl Fn(i128) -> Option<i128>) -> Result<ArrayRef> {
    let DataType::Decimal128(precision, scale) = call.returns.data_type() else {
        return exec_err!("{} is no decimal", describe(call.returns.data_type()));
    };
    let values: PrimitiveArray<Decimal128Type> = call.args[0].as_primitive::<Decimal128Type>().try_unary(|given| {
        value(given)
            .filter(|value| fits(*value, *precision))
            .ok_or_else(|| exec_datafusion_err!("Decimal overflow: {given} does not fit when rounded"))
    })?;
    Ok(Arc::new(values.with_precision_and_scale(*precision, *scale)?))
}

fn abs_integer(value: i64, of: &DataType) -> Result<i64> {
    let size = value.checked_abs().filter(|size| cast_one(*size, of).is_some());
    size.ok_or_else(|| exec_datafusion_err!("Value {value} is out of range for abs({})", describe(of)))
}

/// The least integer that is no smaller.
fn ceil(value: i128, scale: u32) -> Option<i128> {
    let whole = decimal::truncate(value, scale);
    let cut = decimal::power_of_ten(scale).is_some_and(|unit| value % unit != 0);
    Some(if cut && value > 0 { whole + 1 } else { whole })
}

/// The second argument of a row; without one, none are kept behind the point.
fn digits(call: &Call) -> Result<Option<&Int64Array>> {
    Ok(call.args.get(1).map(|digits| digits.as_primitive::<Int64Type>()))
}

/// The values with their digits, in a form of the function for each type.
fn by_digits(
    call: &Call,
    integer: impl Fn(i64, i64) -> Result<i64>,
    double: impl Fn(f64, i64) -> f64,
    decimal: impl Fn(i128, (u8, i8), i64) -> Option<i128>,
) -> Result<ArrayRef> {
    let values = &call.args[0];
    let Some(digits) = digits(call)? else {
        return match values.data_type() {
            DataType::Decimal128(_, scale) => {
                let scale = *scale;
                decimals(call, |value| {
                    // Rounded in its own scale, then without the zeros behind the point.
                    let value = decimal(value, (DIGITS, scale), 0)?;
                    rescale(value, Rescale::between(scale, 0))
                })
            }
            of if of.is_floating() => doubles(call, |value| double(value, 0)),
            _ => integers(call, |value| integer(value, 0)),
        };
    };
    let known = |row: usize| values.is_valid(row) && digits.is_valid(row);
    match values.data_type() {
        DataType::Decimal128(given_precision, given_scale) => {
            let DataType::Decimal128(precision, scale) = call.returns.data_type() else {
                return exec_err!("rounding a decimal gives a decimal");
            };
            let given = values.as_primitive::<Decimal128Type>();
            let rounded: PrimitiveArray<Decimal128Type> = rows(call, known, |row| {
                decimal(given.value(row), (*given_precision, *given_scale), digits.value(row))
                    .filter(|value| fits(*value, *precision))
                    .ok_or_else(|| exec_datafusion_err!("decimal overflow: {}", given.value(row)))
            })?;
            Ok(Arc::new(rounded.with_precision_and_scale(*precision, *scale)?))
        }
        of if of.is_floating() => {
            let wide = cast(values, &DataType::Float64)?;
            let given = wide.as_primitive::<Float64Type>();
            let rounded: PrimitiveArray<Float64Type> =
                rows(call, known, |row| Ok(double(given.value(row), digits.value(row))))?;
            Ok(cast(&rounded, of)?)
        }
        of => {
            let wide = cast(values, &DataType::Int64)?;
            let given = wide.as_primitive::<Int64Type>();
            let rounded: PrimitiveArray<Int64Type> = rows(call, known, |row| {
                let value = integer(given.value(row), digits.value(row))?;
                match cast_one(value, of) {
                    Some(()) => Ok(value),
                    None => exec_err!("Out of range for {}: {value}", describe(of)),
                }
            })?;
            Ok(cast(&rounded, of)?)
        }
    }
}

fn rows<T: arrow::datatypes::ArrowPrimitiveType>(
    call: &Call,
    known: impl Fn(usize) -> bool,
    value: impl Fn(usize) -> Result<T::Native>,
) -> Result<PrimitiveArray<T>> {
    (0..call.rows).map(|row| if known(row) { value(row).map(Some) } else { Ok(None) }).collect()
}

fn round(call: &Call) -> Result<ArrayRef> {
    by_digits(call, round_integer, round_double, |value, (precision, scale), digits| {
        let digits = digits.min(i64::from(scale));
        if i64::from(precision) - i64::from(scale) + digits < 0 {
            return Some(0);
        }
        let dropped = u32::try_from(i64::from(scale) - digits).ok()?;
        rescale(rescale(value, Rescale::Down(dropped))?, Rescale::Up(dropped))
    })
}

fn truncate(call: &Call) -> Result<ArrayRef> {
    let integer = |value: i64, digits: i64| {
        let unit = u32::try_from(-digits).ok().map(|digits| 10_i64.checked_pow(digits));
        Ok(match unit {
            None => value,
            Some(None) => 0,
            Some(Some(unit)) => value / unit * unit,
        })
    };
    by_digits(call, integer, truncate_double, |value, (precision, scale), digits| {
        let digits = digits.min(i64::from(scale));
        if i64::from(precision) - i64::from(scale) + digits <= 0 {
            return Some(0);
        }
        let dropped = u32::try_from(i64::from(scale) - digits).ok()?;
        rescale(decimal::truncate(value, dropped), Rescale::Up(dropped))
    })
}

fn round_integer(value: i64, digits: i64) -> Result<i64> {
    if digits >= 0 {
        return Ok(value);
    }
    let overflow = || exec_datafusion_err!("numerical overflow: {value}");
    let unit = u32::try_from(digits.unsigned_abs()).ok().and_then(|digits| 10_i64.checked_pow(digits));
    let unit = i128::from(unit.ok_or_else(overflow)?);
    let value = i128::from(value);
    let (quotient, rest) = (value / unit, value % unit);
    let quotient = if 2 * rest.abs() >= unit { quotient + value.signum() } else { quotient };
    i64::try_from(quotient * unit).map_err(|_| overflow())
}

/// Ten to the power of `digits`; zero or infinite far away.
fn factor(digits: i64) -> f64 {
    10_f64.powi(digits.clamp(-400, 400) as i32)
}

/// Half away from zero at the digit; a value too large for that has no such digit.
fn round_double(value: f64, digits: i64) -> f64 {
    if !value.is_finite() {
        return value;
    }
    let factor = factor(digits);
    if factor == 0.0 {
        return 0.0_f64.copysign(value);
    }
    let wide = value.abs() * factor;
    if wide.is_infinite() {
        return value;
    }
    (wide.round() / factor).copysign(value)
}

fn truncate_double(value: f64, digits: i64) -> f64 {
    let factor = factor(digits);
    let wide = value * factor;
    if factor == 0.0 {
        return 0.0_f64.copysign(value);
    }
    if wide.is_finite() { wide.trunc() / factor } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_round_half_away_from_zero() {
        for (value, digits, expected) in [
            (2.5, 0, 3.0),
            (-2.5, 0, -3.0),
            (0.49999999999999994, 0, 0.0),
            (1234.567, -2, 1200.0),
            (2.34567, 3, 2.346),
            (1.0, -400, 0.0),
            (1e300, 20, 1e300),
        ] {
            assert_eq!(round_double(value, digits), expected, "{value} {digits}");
        }
    }

    #[test]
    fn integers_round_at_negative_digits_only() {
        assert_eq!(round_integer(-1550, -2).unwrap(), -1600);
        assert_eq!(round_integer(17, 3).unwrap(), 17);
        assert!(round_integer(i64::MAX, -1).is_err());
        assert!(round_integer(1, -19).is_err());
    }
}
