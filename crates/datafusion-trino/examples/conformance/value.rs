//! Values without their types: what is compared is what a user sees, not how it is held.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, TimeUnit, TimestampNanosecondType};
use datafusion_trino::text::Formatter;
use serde_json::Value as Json;

/// A value in a form in which equal ones are equal whatever their types.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    /// Integers and decimals: the digits without needless zeros.
    Exact(String),
    Double(Double),
    Text(String),
    Bytes(Vec<u8>),
    /// A timestamp without zone, nanoseconds since 1970.
    Clock(i64),
    /// A timestamp with zone, nanoseconds since 1970 in UTC.
    Instant(i64),
    /// Lists and rows.
    Several(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// Any other type, in Trino's text.
    Other(String),
}

/// A double with an order; NaN equals itself, and an error of the last digit is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Double(f64);

impl Ord for Double {
    fn cmp(&self, other: &Self) -> Ordering {
        let close = (self.0 - other.0).abs() <= 1e-12 * self.0.abs().max(other.0.abs());
        if close || (self.0.is_nan() && other.0.is_nan()) { Ordering::Equal } else { self.0.total_cmp(&other.0) }
    }
}

impl PartialOrd for Double {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Double {}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => f.write_str("NULL"),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Exact(digits) => f.write_str(digits),
            Value::Double(Double(value)) => write!(f, "{value:?}e0"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Bytes(bytes) => write!(f, "{bytes:02x?}"),
            Value::Clock(at) => write!(f, "clock {at}"),
            Value::Instant(at) => write!(f, "instant {at}"),
            Value::Several(values) => f.debug_list().entries(values).finish(),
            Value::Map(entries) => f.debug_map().entries(entries.iter().map(|(k, v)| (k, v))).finish(),
            Value::Other(text) => write!(f, "‹{text}›"),
        }
    }
}

impl Value {
    /// The value of a row.
    pub(crate) fn of(field: &Field, array: &dyn Array, row: usize) -> Value {
        if array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) {
            return Value::Null;
        }
        match array.data_type() {
            DataType::Null => Value::Null,
            DataType::Boolean => Value::Boolean(array.as_boolean().value(row)),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => match cast(array, &DataType::Float64) {
                Ok(doubles) => Value::Double(Double(doubles.as_primitive::<Float64Type>().value(row))),
                Err(_) => Value::Null,
            },
            data_type if data_type.is_integer() || data_type.is_decimal() => {
                Value::Exact(plain_digits(&text(field, array, row)))
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Value::Text(text(field, array, row)),
            DataType::Binary => Value::Bytes(array.as_binary::<i32>().value(row).to_vec()),
            DataType::BinaryView => Value::Bytes(array.as_binary_view().value(row).to_vec()),
            DataType::Timestamp(_, zone) => timestamp(field, array, row, zone.is_some()),
            DataType::Dictionary(_, value) => match cast(array, value) {
                Ok(plain) => Value::of(field, &plain, row),
                Err(_) => Value::Other(text(field, array, row)),
            },
            DataType::List(item) => several(item, &array.as_list::<i32>().value(row)),
            DataType::LargeList(item) => several(item, &array.as_list::<i64>().value(row)),
            DataType::FixedSizeList(item, _) => several(item, &array.as_fixed_size_list().value(row)),
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns();
                Value::Several(
                    fields.iter().zip(columns).map(|(field, column)| Value::of(field, column, row)).collect(),
                )
            }
            DataType::Map(_, _) => map(array, row),
            _ => Value::Other(text(field, array, row)),
        }
    }
}

fn text(field: &Field, array: &dyn Array, row: usize) -> String {
    let mut text = String::new();
    Formatter::for_field(field, array).write(row, &mut text);
    text
}

fn timestamp(field: &Field, array: &dyn Array, row: usize, zone: bool) -> Value {
    let bare = cast(array, &DataType::Timestamp(TimeUnit::Nanosecond, zone.then(|| "UTC".into())));
    match bare {
        Ok(times) => {
            let at = times.as_primitive::<TimestampNanosecondType>();
            match (at.is_null(row), zone) {
                (true, _) => Value::Other(text(field, array, row)),
                (false, true) => Value::Instant(at.value(row)),
                (false, false) => Value::Clock(at.value(row)),
            }
        }
        Err(_) => Value::Other(text(field, array, row)),
    }
}

fn several(item: &Field, values: &dyn Array) -> Value {
    Value::Several((0..values.len()).map(|i| Value::of(item, values, i)).collect())
}

fn map(array: &dyn Array, row: usize) -> Value {
    let entries = array.as_map().value(row);
    let fields = entries.fields();
    let pair = |i| (Value::of(&fields[0], entries.column(0), i), Value::of(&fields[1], entries.column(1), i));
    let mut pairs: Vec<(Value, Value)> = (0..entries.len()).map(pair).collect();
    pairs.sort();
    Value::Map(pairs)
}

/// `0012.50` is `12.5`.
fn plain_digits(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let digits = digits.trim_start_matches('0');
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    match digits {
        "" => "0".to_owned(),
        fraction if fraction.starts_with('.') => format!("{sign}0{fraction}"),
        whole => format!("{sign}{whole}"),
    }
}

/// Whether a value is the one Trino's test states in JSON.
pub(crate) fn agrees(found: &Value, expected: &Json) -> bool {
    match expected {
        Json::Null => *found == Value::Null,
        Json::Bool(flag) => *found == Value::Boolean(*flag),
        Json::Number(number) => number_agrees(found, number),
        Json::String(text) => match found {
            Value::Text(found) | Value::Other(found) => found == text,
            _ => false,
        },
        Json::Array(items) => match found {
            Value::Several(values) => {
                values.len() == items.len() && values.iter().zip(items).all(|(value, item)| agrees(value, item))
            }
            _ => false,
        },
        Json::Object(marked) => marked.iter().next().is_some_and(|(mark, value)| marked_agrees(found, mark, value)),
    }
}

fn number_agrees(found: &Value, number: &serde_json::Number) -> bool {
    match found {
        Value::Exact(digits) => {
            *digits == plain_digits(&number.to_string())
                || (number.is_f64() && digits.parse() == Ok(number.as_f64().unwrap_or(f64::NAN)))
        }
        Value::Double(found) => number.as_f64().is_some_and(|number| *found == Double(number)),
        _ => false,
    }
}

/// What JSON has no form for: decimals, maps, bytes, doubles that are no numbers.
fn marked_agrees(found: &Value, mark: &str, expected: &Json) -> bool {
    match (mark, expected, found) {
        ("$decimal", Json::String(digits), Value::Exact(found)) => *found == plain_digits(digits),
        ("$hex", Json::String(hex), Value::Bytes(found)) => {
            *hex == found.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        }
        ("$double", Json::String(name), Value::Double(Double(found))) => match name.as_str() {
            "NaN" | "-NaN" => found.is_nan(),
            "Infinity" => *found == f64::INFINITY,
            "-Infinity" => *found == f64::NEG_INFINITY,
            _ => false,
        },
        ("$map", Json::Array(pairs), Value::Map(found)) => {
            pairs.len() == found.len()
                && pairs
                    .iter()
                    .all(|pair| found.iter().any(|(key, value)| agrees(key, &pair[0]) && agrees(value, &pair[1])))
        }
        _ => false,
    }
}
