//! Trino's text form of values, the one its clients and CloudTrail Lake's API return.
//!
//! | type | text |
//! | --- | --- |
//! | timestamp(p) | `2023-01-02 03:04:05.000`, with p digits behind the second; ` UTC` behind when it has a zone |
//! | date, time | `2023-01-02`, `03:04:05.000` |
//! | double | `1.0`, `1.5E10`, `NaN`, `Infinity`, as Java prints them |
//! | row, map, array | `{a=1, b=x}`, `{k=v}`, `[a, null]` |
//! | varbinary | `68 65 6c` |
//! | ipaddress, uuid | `10.0.0.1`, `2001:db8::1`; `12151fd2-7586-11e9-8f9e-2a86e4085a59` |
//! | interval | `2 03:04:05.000` or `1-2` (years and months) |

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Field, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::time::precision::power;
use crate::time::zone::Zone;
use crate::types::{digits, is_ip, is_uuid, map_fields, precision};

mod calendar;

/// The text of one value; `None` for NULL. For many values of a column use [`Formatter`].
pub fn format(array: &dyn Array, row: usize) -> Option<String> {
    let mut text = String::new();
    Formatter::new(array).write(row, &mut text).then_some(text)
}

/// The texts of a whole column; NULL stays NULL. What only a field tells is not known: use [`format_column`] where
/// there is one.
pub fn format_array(array: &dyn Array) -> StringArray {
    format_column(&Field::new("", array.data_type().clone(), true), array)
}

/// The texts of a whole column with this field; NULL stays NULL.
pub fn format_column(field: &Field, array: &dyn Array) -> StringArray {
    let formatter = Formatter::for_field(field, array);
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * 16);
    let mut text = String::new();
    for row in 0..array.len() {
        text.clear();
        texts.append_option(formatter.write(row, &mut text).then_some(&text));
    }
    texts.finish()
}

/// Writes the values of one column as text; the type is looked at once.
pub struct Formatter {
    nulls: Option<arrow::buffer::NullBuffer>,
    write: Write,
}

/// Writes the non-null value of a row.
type Write = Box<dyn Fn(usize, &mut String) + Send + Sync>;

impl std::fmt::Debug for Formatter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Formatter").finish_non_exhaustive()
    }
}

impl Formatter {
    /// A formatter of the values of `array`, which it shares. What only a field tells (ipaddress, uuid,
    /// the digits of a timestamp) is known for nested values, not for the array itself: use
    /// [`Formatter::for_field`] for the columns of a result.
    pub fn new(array: &dyn Array) -> Formatter {
        Formatter::for_field(&Field::new("", array.data_type().clone(), true), array)
    }

    /// A formatter of the values of a column with this field.
    pub fn for_field(field: &Field, array: &dyn Array) -> Formatter {
        Formatter { nulls: array.logical_nulls(), write: writer(field, array) }
    }

    /// Appends the text of a row; false, and nothing appended, when it is NULL.
    pub fn write(&self, row: usize, to: &mut String) -> bool {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return false;
        }
        (self.write)(row, to);
        true
    }

    /// Appends the text of a row inside another value, where NULL reads `null`.
    fn write_nested(&self, row: usize, to: &mut String) {
        if !self.write(row, to) {
            to.push_str("null");
        }
    }
}

/// A writer that hands each value of a primitive array to `show`.
fn primitive<T: ArrowPrimitiveType>(
    array: &dyn Array,
    show: impl Fn(T::Native, &mut String) + Send + Sync + 'static,
) -> Write {
    let array = array.as_primitive::<T>().clone();
    Box::new(move |row, to| show(array.value(row), to))
}

fn display(value: impl std::fmt::Display, to: &mut String) {
    use std::fmt::Write;
    // Writing into a String cannot fail.
    let _ = write!(to, "{value}");
}

fn writer(field: &Field, array: &dyn Array) -> Write {
    match array.data_type() {
        DataType::FixedSizeBinary(16) if is_ip(field) => sixteen(array, ip_address),
        DataType::FixedSizeBinary(16) if is_uuid(field) => sixteen(array, uuid),
        DataType::Null => Box::new(|_, _| {}),
        DataType::Boolean => {
            let array = array.as_boolean().clone();
            Box::new(move |row, to| to.push_str(if array.value(row) { "true" } else { "false" }))
        }
        DataType::Utf8 => {
            let array = array.as_string::<i32>().clone();
            Box::new(move |row, to| to.push_str(array.value(row)))
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>().clone();
            Box::new(move |row, to| to.push_str(array.value(row)))
        }
        DataType::Utf8View => {
            let array = array.as_string_view().clone();
            Box::new(move |row, to| to.push_str(array.value(row)))
        }
        DataType::Int8 => primitive::<Int8Type>(array, display),
        DataType::Int16 => primitive::<Int16Type>(array, display),
        DataType::Int32 => primitive::<Int32Type>(array, display),
        DataType::Int64 => primitive::<Int64Type>(array, display),
        DataType::UInt8 => primitive::<UInt8Type>(array, display),
        DataType::UInt16 => primitive::<UInt16Type>(array, display),
        DataType::UInt32 => primitive::<UInt32Type>(array, display),
        DataType::UInt64 => primitive::<UInt64Type>(array, display),
        DataType::Float16 => primitive::<Float16Type>(array, |v, to| real(v.to_f32(), to)),
        DataType::Float32 => primitive::<Float32Type>(array, real),
        DataType::Float64 => primitive::<Float64Type>(array, double),
        DataType::Decimal128(precision, scale) => {
            let (precision, scale) = (*precision, *scale);
            primitive::<Decimal128Type>(array, move |v, to| {
                use arrow::datatypes::DecimalType;
                to.push_str(&Decimal128Type::format_decimal(v, precision, scale));
            })
        }
        DataType::Decimal256(precision, scale) => {
            let (precision, scale) = (*precision, *scale);
            primitive::<Decimal256Type>(array, move |v, to| {
                use arrow::datatypes::DecimalType;
                to.push_str(&Decimal256Type::format_decimal(v, precision, scale));
            })
        }
        DataType::Timestamp(unit, zone) => timestamp(field, array, *unit, zone.as_deref()),
        DataType::Date32 => primitive::<Date32Type>(array, |v, to| {
            calendar::date(i64::from(v), to);
        }),
        DataType::Date64 => primitive::<Date64Type>(array, |v, to| {
            calendar::date(v.div_euclid(86_400_000), to);
        }),
        DataType::Time32(_) | DataType::Time64(_) => time(array),
        DataType::Duration(unit) => duration(array, *unit),
        DataType::Interval(unit) => interval(array, *unit),
        DataType::Dictionary(_, _) => dictionary(array),
        DataType::List(item) => list(item, array.as_list::<i32>().clone()),
        DataType::LargeList(item) => list(item, array.as_list::<i64>().clone()),
        DataType::FixedSizeList(item, _) => {
            let array = array.as_fixed_size_list().clone();
            let items = Formatter::for_field(item, array.values());
            let width = array.value_length() as usize;
            Box::new(move |row, to| write_items(&items, row * width..(row + 1) * width, to))
        }
        DataType::Struct(_) => row_writer(array),
        DataType::Map(_, _) => map(array),
        DataType::Binary => {
            let array = array.as_binary::<i32>().clone();
            Box::new(move |row, to| bytes(array.value(row), to))
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>().clone();
            Box::new(move |row, to| bytes(array.value(row), to))
        }
        DataType::BinaryView => {
            let array = array.as_binary_view().clone();
            Box::new(move |row, to| bytes(array.value(row), to))
        }
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary().clone();
            Box::new(move |row, to| bytes(array.value(row), to))
        }
        _ => by_arrow(array),
    }
}

/// What Trino has no type for: Arrow's own text.
fn by_arrow(array: &dyn Array) -> Write {
    let texts = arrow::compute::cast(array, &DataType::Utf8).ok();
    match texts {
        Some(texts) => {
            let texts = texts.as_string::<i32>().clone();
            Box::new(move |row, to| to.push_str(texts.value(row)))
        }
        None => Box::new(|_, to| to.push('?')),
    }
}

fn timestamp(field: &Field, array: &dyn Array, unit: TimeUnit, zone: Option<&str>) -> Write {
    let held = digits(unit);
    let digits = calendar::Digits { held, shown: precision(field).unwrap_or(held) };
    let zone = zone.map(|name| Zone::parse(name).unwrap_or_else(Zone::utc));
    let show = move |count: i64, to: &mut String| {
        let (seconds, fraction) = digits.split(count);
        match &zone {
            None => digits.write(seconds, fraction, to),
            Some(zone) => {
                digits.write(seconds.saturating_add(zone.offset_at(seconds)), fraction, to);
                to.push(' ');
                to.push_str(zone.name());
            }
        }
    };
    match unit {
        TimeUnit::Second => primitive::<TimestampSecondType>(array, show),
        TimeUnit::Millisecond => primitive::<TimestampMillisecondType>(array, show),
        TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(array, show),
        TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(array, show),
    }
}

fn time(array: &dyn Array) -> Write {
    let (DataType::Time32(unit) | DataType::Time64(unit)) = array.data_type() else { return by_arrow(array) };
    let held = digits(*unit);
    let digits = calendar::Digits { held, shown: held };
    let show = move |count: i64, to: &mut String| {
        let (seconds, fraction) = digits.split(count);
        calendar::time(seconds, fraction, digits.shown, to);
    };
    match arrow::compute::cast(array, &DataType::Int64) {
        Ok(counts) => primitive::<Int64Type>(&counts, show),
        Err(_) => by_arrow(array),
    }
}

fn duration(array: &dyn Array, unit: TimeUnit) -> Write {
    let show = move |count: i64, to: &mut String| {
        calendar::duration(i128::from(count) * 1000 / i128::from(power(digits(unit))), to);
    };
    match unit {
        TimeUnit::Second => primitive::<DurationSecondType>(array, show),
        TimeUnit::Millisecond => primitive::<DurationMillisecondType>(array, show),
        TimeUnit::Microsecond => primitive::<DurationMicrosecondType>(array, show),
        TimeUnit::Nanosecond => primitive::<DurationNanosecondType>(array, show),
    }
}

fn interval(array: &dyn Array, unit: IntervalUnit) -> Write {
    const DAY: i128 = 86_400_000;
    match unit {
        IntervalUnit::YearMonth => primitive::<IntervalYearMonthType>(array, calendar::months),
        IntervalUnit::DayTime => primitive::<IntervalDayTimeType>(array, |v, to| {
            calendar::duration(i128::from(v.days) * DAY + i128::from(v.milliseconds), to);
        }),
        IntervalUnit::MonthDayNano => primitive::<IntervalMonthDayNanoType>(array, |v, to| {
            let rest = i128::from(v.days) * DAY + i128::from(v.nanoseconds) / 1_000_000;
            if v.months != 0 {
                calendar::months(v.months, to);
                if rest != 0 {
                    to.push(' ');
                }
            }
            if v.months == 0 || rest != 0 {
                calendar::duration(rest, to);
            }
        }),
    }
}

fn dictionary(array: &dyn Array) -> Write {
    let array = array.as_any_dictionary();
    let keys = array.normalized_keys();
    let values = Formatter::new(array.values());
    Box::new(move |row, to| values.write_nested(keys[row], to))
}

fn list<O: arrow::array::OffsetSizeTrait>(item: &Field, array: arrow::array::GenericListArray<O>) -> Write {
    let items = Formatter::for_field(item, array.values());
    Box::new(move |row, to| {
        let offsets = array.value_offsets();
        write_items(&items, offsets[row].as_usize()..offsets[row + 1].as_usize(), to);
    })
}

fn write_items(items: &Formatter, range: std::ops::Range<usize>, to: &mut String) {
    to.push('[');
    for (i, item) in range.enumerate() {
        if i > 0 {
            to.push_str(", ");
        }
        items.write_nested(item, to);
    }
    to.push(']');
}

fn row_writer(array: &dyn Array) -> Write {
    let array = array.as_struct();
    let fields: Vec<(String, Formatter)> = array
        .fields()
        .iter()
        .zip(array.columns())
        .map(|(field, column): (_, &ArrayRef)| (field.name().clone(), Formatter::for_field(field, column)))
        .collect();
    Box::new(move |row, to| {
        to.push('{');
        for (i, (name, field)) in fields.iter().enumerate() {
            if i > 0 {
                to.push_str(", ");
            }
            to.push_str(name);
            to.push('=');
            field.write_nested(row, to);
        }
        to.push('}');
    })
}

fn map(array: &dyn Array) -> Write {
    let array = array.as_map().clone();
    let (keys, values) = match map_fields(array.data_type()) {
        Some((key, value)) => (Formatter::for_field(key, array.keys()), Formatter::for_field(value, array.values())),
        None => (Formatter::new(array.keys()), Formatter::new(array.values())),
    };
    Box::new(move |row, to| {
        let offsets = array.value_offsets();
        to.push('{');
        for (i, entry) in (offsets[row] as usize..offsets[row + 1] as usize).enumerate() {
            if i > 0 {
                to.push_str(", ");
            }
            keys.write_nested(entry, to);
            to.push('=');
            values.write_nested(entry, to);
        }
        to.push('}');
    })
}

/// A writer of values of sixteen bytes.
fn sixteen(array: &dyn Array, show: impl Fn([u8; 16], &mut String) + Send + Sync + 'static) -> Write {
    let array = array.as_fixed_size_binary().clone();
    Box::new(move |row, to| {
        if let Ok(bytes) = array.value(row).try_into() {
            show(bytes, to);
        }
    })
}

/// An IPv4 address in dots, an IPv6 address as RFC 5952 shortens it.
fn ip_address(bytes: [u8; 16], to: &mut String) {
    let address = std::net::Ipv6Addr::from(bytes);
    match address.to_ipv4_mapped() {
        Some(address) => display(address, to),
        None => display(address, to),
    }
}

fn uuid(bytes: [u8; 16], to: &mut String) {
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            to.push('-');
        }
        display(format_args!("{byte:02x}"), to);
    }
}

fn bytes(value: &[u8], to: &mut String) {
    for (i, byte) in value.iter().enumerate() {
        if i > 0 {
            to.push(' ');
        }
        display(format_args!("{byte:02x}"), to);
    }
}

/// A double as Java prints it: plain from 10⁻³ up to 10⁷, else with an exponent; always a fraction.
pub(crate) fn double(value: f64, to: &mut String) {
    floating(value, value.abs(), value.is_nan(), value.is_infinite(), value < 0.0, to);
}

fn real(value: f32, to: &mut String) {
    let size = f64::from(value.abs());
    floating(value, size, value.is_nan(), value.is_infinite(), value < 0.0, to);
}

fn floating(
    value: impl std::fmt::Display + std::fmt::LowerExp,
    size: f64,
    nan: bool,
    infinite: bool,
    negative: bool,
    to: &mut String,
) {
    if nan {
        to.push_str("NaN");
    } else if infinite {
        to.push_str(if negative { "-Infinity" } else { "Infinity" });
    } else if size == 0.0 || (1e-3..1e7).contains(&size) {
        let start = to.len();
        display(value, to);
        if !to[start..].contains('.') {
            to.push_str(".0");
        }
    } else {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        to.push_str(digits);
        if !digits.contains('.') {
            to.push_str(".0");
        }
        to.push('E');
        to.push_str(exponent);
    }
}

#[cfg(test)]
mod tests;
