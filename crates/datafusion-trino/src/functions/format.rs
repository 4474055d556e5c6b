//! `format(format, value, …)` with the codes of java.util.Formatter.

mod numbers;
mod spec;
mod time;

use std::fmt;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, plan_err};

use super::scalar::{Call, Function, is_text, nullable};
use crate::json::number::Number;
use crate::text::Formatter;
use crate::types::{describe_field, is_ip, is_uuid};
use spec::{Part, Spec, parse};
use time::{Temporal, Temporals};

pub(crate) fn functions() -> Vec<Function> {
    vec![Function::new("format", types, result, format)]
}

fn types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [format, rest @ ..] if is_text(format) => {
            Ok(std::iter::once(DataType::Utf8View).chain(rest.iter().cloned()).collect())
        }
        [other, ..] => {
            let other = crate::types::describe(other);
            plan_err!("Type of first argument to format() must be VARCHAR (actual: {other})")
        }
        [] => plan_err!("format takes a format and values"),
    }
}

fn result(args: &[FieldRef]) -> Result<FieldRef> {
    for field in args {
        if field.data_type().is_nested() {
            return plan_err!("Type not supported for formatting: {}", describe_field(field));
        }
    }
    nullable(DataType::Utf8)
}

/// Why a format cannot be followed, in the words of Java's exceptions.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused(String);

impl Refused {
    pub(super) fn new(reason: impl Into<String>) -> Refused {
        Refused(reason.into())
    }

    fn explain(&self, format: &str) -> DataFusionError {
        exec_datafusion_err!("Invalid format string: {format} ({})", self.0)
    }
}

/// One value to format.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Decimal(Number),
    Time(Temporal),
    Text(String),
}

impl Value {
    /// The name of Java's class, for messages.
    fn class(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "java.lang.Boolean",
            Value::Long(_) => "java.lang.Long",
            Value::Double(_) => "java.lang.Double",
            Value::Decimal(_) => "java.math.BigDecimal",
            Value::Time(_) => "java.time.temporal.Temporal",
            Value::Text(_) => "java.lang.String",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        match self {
            Value::Null => text.push_str("null"),
            Value::Boolean(value) => return write!(f, "{value}"),
            Value::Long(value) => return write!(f, "{value}"),
            Value::Double(value) => crate::text::double(*value, &mut text),
            Value::Decimal(value) => value.write(&mut text),
            Value::Time(value) => return write!(f, "{value}"),
            Value::Text(value) => return f.write_str(value),
        }
        f.write_str(&text)
    }
}

/// The values of one argument.
enum Column {
    Nothing,
    Booleans(ArrayRef),
    Longs(ArrayRef),
    Doubles(ArrayRef),
    Decimals(Formatter),
    Times(Temporals),
    Texts(Formatter),
}

impl Column {
    fn new(array: &ArrayRef, field: &Field) -> Result<Column> {
        let texts = || Formatter::for_field(field, array);
        Ok(match array.data_type() {
            DataType::Null => Column::Nothing,
            DataType::Boolean => Column::Booleans(ArrayRef::clone(array)),
            integer if integer.is_integer() => Column::Longs(cast(array, &DataType::Int64)?),
            floating if floating.is_floating() => Column::Doubles(cast(array, &DataType::Float64)?),
            decimal if decimal.is_decimal() => Column::Decimals(texts()),
            _ if is_ip(field) || is_uuid(field) => Column::Texts(texts()),
            _ => match Temporals::new(array)? {
                Some(times) => Column::Times(times),
                None => Column::Texts(texts()),
            },
        })
    }

    fn value(&self, row: usize) -> Value {
        let text = |formatter: &Formatter| {
            let mut text = String::new();
            formatter.write(row, &mut text).then_some(text)
        };
        match self {
            Column::Nothing => Value::Null,
            Column::Booleans(array) if array.is_valid(row) => Value::Boolean(array.as_boolean().value(row)),
            Column::Longs(array) if array.is_valid(row) => Value::Long(array.as_primitive::<Int64Type>().value(row)),
            Column::Doubles(array) if array.is_valid(row) => {
                Value::Double(array.as_primitive::<Float64Type>().value(row))
            }
            Column::Booleans(_) | Column::Longs(_) | Column::Doubles(_) => Value::Null,
            Column::Decimals(formatter) => {
                text(formatter).and_then(|text| Number::parse(&text)).map_or(Value::Null, Value::Decimal)
            }
            Column::Times(times) => times.value(row).map_or(Value::Null, Value::Time),
            Column::Texts(formatter) => text(formatter).map_or(Value::Null, Value::Text),
        }
    }
}

fn format(call: &Call) -> Result<ArrayRef> {
    let columns: Vec<Column> = call
        .args
        .iter()
        .zip(&call.fields)
        .skip(1)
        .map(|(array, field)| Column::new(array, field))
        .collect::<Result<_>>()?;
    let formats = call.text(0);
    let mut known: Option<(&str, Vec<Part>)> = None;
    let mut texts = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        if formats.is_null(row) {
            texts.push(None);
            continue;
        }
        let format = formats.value(row);
        let parts = match known.take().filter(|(text, _)| *text == format) {
            Some((_, parts)) => parts,
            None => parse(format).map_err(|refused| refused.explain(format))?,
        };
        texts.push(Some(follow(&parts, &columns, row).map_err(|refused| refused.explain(format))?));
        known = Some((format, parts));
    }
    Ok(std::sync::Arc::new(StringArray::from(texts)))
}

fn follow(parts: &[Part], columns: &[Column], row: usize) -> Result<String, Refused> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Value(place, spec) => {
                let Some(column) = columns.get(*place) else {
                    return Err(Refused::new(format!("MissingFormatArgument: Format specifier '{}'", spec.text)));
                };
                let formatted = spec.padded(&show(spec, &column.value(row))?);
                if spec.upper { text.push_str(&formatted.to_uppercase()) } else { text.push_str(&formatted) }
            }
        }
    }
    Ok(text)
}

/// The value by its conversion, not yet padded with blanks.
fn show(spec: &Spec, value: &Value) -> Result<String, Refused> {
    let mismatch = || Refused::new(format!("IllegalFormatConversion: {} != {}", spec.code, value.class()));
    match (spec.code, value) {
        ('b', Value::Null) => Ok(spec.cut("false")),
        ('b', Value::Boolean(flag)) => Ok(spec.cut(if *flag { "true" } else { "false" })),
        ('b', _) => Ok(spec.cut("true")),
        ('s', value) => Ok(spec.cut(&value.to_string())),
        (_, Value::Null) => Ok("null".to_owned()),
        ('d', Value::Long(number)) => Ok(numbers::decimal(spec, *number)),
        ('x', Value::Long(number)) => Ok(numbers::bits(spec, "0x", format!("{number:x}"))),
        ('o', Value::Long(number)) => Ok(numbers::bits(spec, "0", format!("{number:o}"))),
        ('e' | 'f' | 'g', Value::Double(number)) => Ok(numbers::double(spec, *number)),
        ('e' | 'f' | 'g', Value::Decimal(number)) => Ok(numbers::exact(spec, number)),
        ('t', Value::Time(time)) => time::show(spec.time, time)
            .ok_or_else(|| Refused::new(format!("IllegalFormatConversion: {} != {}", spec.time, value.class()))),
        _ => Err(mismatch()),
    }
}
