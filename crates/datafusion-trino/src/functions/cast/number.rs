//! Casts between numbers, booleans and text: rounded half up, out of range is an error.
//!
//! Source: Trino's pages on conversion functions and on data types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, DecimalType, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::functions::decimal::{self, Rescale, unscaled};
use crate::functions::scalar::is_text;
use crate::text;
use crate::types::{describe, is_json};

/// Whether a cast to a number or a boolean is not the one DataFusion does.
pub(super) fn differs(from: &Field, to: &Field) -> bool {
    let (from_type, to_type) = (from.data_type(), to.data_type());
    if from_type == to_type || from_type.is_null() || is_json(from) || is_json(to) {
        return false;
    }
    let decimal = |of: &DataType| matches!(of, DataType::Decimal128(_, _));
    let known = from_type.is_integer()
        || matches!(from_type, DataType::Boolean | DataType::Float32 | DataType::Float64)
        || decimal(from_type)
        || is_text(from_type);
    match to_type {
        _ if !known => false,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => match from_type {
            DataType::Boolean => false,
            from if from.is_integer() => from.primitive_width() >= to_type.primitive_width(),
            _ => true,
        },
        DataType::Float32 | DataType::Float64 | DataType::Boolean => decimal(from_type) || is_text(from_type),
        to => decimal(to),
    }
}

pub(super) fn convert(values: &ArrayRef, to: &Field) -> Result<ArrayRef> {
    match to.data_type() {
        DataType::Int8 => integers::<Int8Type>(values),
        DataType::Int16 => integers::<Int16Type>(values),
        DataType::Int32 => integers::<Int32Type>(values),
        DataType::Int64 => integers::<Int64Type>(values),
        DataType::Float64 => doubles(values),
        DataType::Float32 => reals(values),
        DataType::Decimal128(precision, scale) => decimals(values, *precision, *scale),
        DataType::Boolean => booleans(values),
        other => exec_err!("cannot cast {} to {}", describe(values.data_type()), describe(other)),
    }
}

fn texts(values: &ArrayRef) -> Result<StringViewArray> {
    Ok(cast(values, &DataType::Utf8View)?.as_string_view().clone())
}

/// A column read from texts.
fn read<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    value: impl Fn(&str) -> Result<T::Native>,
) -> Result<PrimitiveArray<T>> {
    texts(values)?.iter().map(|text| text.map(&value).transpose()).collect()
}

fn integers<T>(values: &ArrayRef) -> Result<ArrayRef>
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128> + std::str::FromStr,
{
    let name = describe(&T::DATA_TYPE);
    let result: PrimitiveArray<T> = match values.data_type() {
        DataType::Decimal128(_, scale) => values.as_primitive::<Decimal128Type>().try_unary(|value| {
            let whole = decimal::rescale(value, Rescale::between(*scale, 0));
            whole.and_then(|whole| T::Native::try_from(whole).ok()).ok_or_else(|| {
                let shown = Decimal128Type::format_decimal(value, 38, *scale);
                exec_datafusion_err!("Cannot cast '{shown}' to {}", name.to_uppercase())
            })
        })?,
        of if of.is_floating() => {
            let doubles = cast(values, &DataType::Float64)?;
            doubles.as_primitive::<Float64Type>().try_unary(|value| {
                if value.is_nan() {
                    return exec_err!("Cannot cast double NaN to {name}");
                }
                // Beyond two to the power of 120 nothing fits, and the conversion must not saturate.
                let whole = (value.abs() < 1e36).then(|| value.round() as i128);
                whole.and_then(|whole| T::Native::try_from(whole).ok()).ok_or_else(|| {
                    let mut shown = String::new();
                    text::double(value, &mut shown);
                    exec_datafusion_err!("Out of range for {name}: {shown}")
                })
            })?
        }
        of if of.is_integer() => {
            let wide = cast(values, &DataType::Decimal128(38, 0))?;
            wide.as_primitive::<Decimal128Type>().try_unary(|value| {
                T::Native::try_from(value).map_err(|_| exec_datafusion_err!("Out of range for {name}: {value}"))
            })?
        }
        _ => {
            let name = if name == "integer" { "INT".to_owned() } else { name.to_uppercase() };
            read::<T>(values, |text| {
                text.trim().parse().map_err(|_| exec_datafusion_err!("Cannot cast '{text}' to {name}"))
            })?
        }
    };
    Ok(Arc::new(result))
}

/// A double as Java reads it: `NaN` and `Infinity` in this case only, a letter of the type behind.
fn double(text: &str) -> Option<f64> {
    let text = text.trim();
    match text {
        "NaN" | "+NaN" | "-NaN" => return Some(f64::NAN),
        "Infinity" | "+Infinity" => return Some(f64::INFINITY),
        "-Infinity" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let plain = digits.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { digits.parse().ok() } else { None }
}

fn doubles(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(Arc::new(match values.data_type() {
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            values.as_primitive::<Decimal128Type>().unary::<_, Float64Type>(|value| decimal::to_double(value, scale))
        }
        _ => read::<Float64Type>(values, |text| {
            double(text).ok_or_else(|| exec_datafusion_err!("Cannot cast '{text}' to DOUBLE"))
        })?,
    }))
}

fn reals(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(Arc::new(match values.data_type() {
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            values
                .as_primitive::<Decimal128Type>()
                .unary::<_, Float32Type>(|value| decimal::to_double(value, scale) as f32)
        }
        _ => read::<Float32Type>(values, |text| {
            // Read as a real at once: by way of a double it would be rounded twice.
            let read = double(text).map(|wide| text.trim().parse().unwrap_or(wide as f32));
            read.ok_or_else(|| exec_datafusion_err!("Cannot cast '{text}' to REAL"))
        })?,
    }))
}

fn booleans(values: &ArrayRef) -> Result<ArrayRef> {
    let flags: BooleanArray = match values.data_type() {
        DataType::Decimal128(_, _) => {
            values.as_primitive::<Decimal128Type>().iter().map(|value| value.map(|value| value != 0)).collect()
        }
        _ => texts(values)?.iter().map(|text| text.map(boolean).transpose()).collect::<Result<_>>()?,
    };
    Ok(Arc::new(flags))
}

fn boolean(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Ok(true),
        "false" | "f" | "0" => Ok(false),
        _ => exec_err!("Cannot cast '{text}' to BOOLEAN"),
    }
}

fn decimals(values: &ArrayRef, precision: u8, scale: i8) -> Result<ArrayRef> {
    let of = values.data_type();
    let fits = |value: Option<i128>| value.filter(|value| decimal::fits(*value, precision));
    let result: PrimitiveArray<Decimal128Type> = match of {
        DataType::Decimal128(from_precision, from_scale) => {
            values.as_primitive::<Decimal128Type>().try_unary(|value| {
                fits(decimal::rescale(value, Rescale::between(*from_scale, scale))).ok_or_else(|| {
                    let shown = Decimal128Type::format_decimal(value, *from_precision, *from_scale);
                    exec_datafusion_err!("Cannot cast {} '{shown}' to DECIMAL({precision}, {scale})", shout(of))
                })
            })?
        }
        DataType::Boolean => {
            let numbers = cast(values, &DataType::Int64)?;
            numbers.as_primitive::<Int64Type>().try_unary(|value| {
                fits(decimal::rescale(i128::from(value), Rescale::between(0, scale))).ok_or_else(|| {
                    exec_datafusion_err!("Cannot cast BOOLEAN '{}' to DECIMAL({precision}, {scale})", value == 1)
                })
            })?
        }
        of if of.is_integer() => {
            let wide = cast(values, &DataType::Decimal128(38, 0))?;
            wide.as_primitive::<Decimal128Type>().try_unary(|value| {
                fits(decimal::rescale(value, Rescale::between(0, scale))).ok_or_else(|| {
                    exec_datafusion_err!("Cannot cast {} '{value}' to DECIMAL({precision}, {scale})", shout(of))
                })
            })?
        }
        of if of.is_floating() => {
            let shown = text::format_array(values);
            // The shortest text that reads as the number decides how it rounds.
            read::<Decimal128Type>(&(Arc::new(shown) as ArrayRef), |text| {
                fits(unscaled(text, scale).ok().flatten()).ok_or_else(|| {
                    exec_datafusion_err!("Cannot cast {} '{text}' to DECIMAL({precision}, {scale})", shout(of))
                })
            })?
        }
        _ => read::<Decimal128Type>(values, |text| {
            let failed = |why| {
                exec_datafusion_err!("Cannot cast VARCHAR '{text}' to DECIMAL({precision}, {scale}). Value {why}.")
            };
            let value = unscaled(text, scale).map_err(|_| failed("is not a number"))?;
            fits(value).ok_or_else(|| failed("too large"))
        })?,
    };
    Ok(Arc::new(result.with_precision_and_scale(precision, scale)?))
}

fn shout(of: &DataType) -> String {
    describe(of).to_uppercase()
}
