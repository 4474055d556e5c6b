//! The type in which values of two types meet.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, new_null_array};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use datafusion::common::{Result, exec_err};

use super::{anonymous_field, list_type, map_fields, map_type, precision, with_precision};

/// The type both of two types widen to, as Trino widens them; `None` when their values never meet.
///
/// Numbers widen to the wider one (an integer as a decimal of its digits), dates to timestamps, `unknown`
/// to anything; arrays, maps and rows by their parts, rows by position. Rows keep a field's name when
/// both have it.
pub(crate) fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::*;
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (Dictionary(_, value), other) | (other, Dictionary(_, value)) => common_type(value, other),
        (List(x) | LargeList(x) | FixedSizeList(x, _), List(y) | LargeList(y) | FixedSizeList(y, _)) => {
            Some(list_type(common_field(x, y)?))
        }
        (Map(_, _), Map(_, _)) => {
            let ((key, value), (other_key, other_value)) = (map_fields(a)?, map_fields(b)?);
            Some(map_type(common_field(key, other_key)?, common_field(value, other_value)?))
        }
        (Struct(x), Struct(y)) if x.len() == y.len() => {
            let fields: Option<Vec<Field>> =
                x.iter().zip(y).enumerate().map(|(i, (x, y))| common_row_field(i, x, y)).collect();
            Some(Struct(Fields::from(fields?)))
        }
        (Date32, Timestamp(unit, zone)) | (Timestamp(unit, zone), Date32) => Some(Timestamp(*unit, zone.clone())),
        (Timestamp(x, zone), Timestamp(y, other)) => {
            Some(Timestamp(finer(*x, *y), zone.as_ref().or(other.as_ref()).cloned()))
        }
        _ if is_text(a) && is_text(b) => Some(if a == &Utf8 || b == &Utf8 { Utf8 } else { Utf8View }),
        _ if is_bytes(a) && is_bytes(b) => Some(Binary),
        _ => common_number(a, b),
    }
}

/// [`common_type`] of fields; what marks a field (JSON, ipaddress) must be on both.
pub(crate) fn common_field(a: &Field, b: &Field) -> Option<Field> {
    if b.data_type().is_null() {
        return Some(a.clone().with_nullable(true));
    }
    if a.data_type().is_null() {
        return Some(b.clone().with_nullable(true));
    }
    let common = common_type(a.data_type(), b.data_type())?;
    match (precision(a), precision(b)) {
        (None, None) => {
            let marked = a.metadata() == b.metadata();
            marked.then(|| a.clone().with_data_type(common).with_nullable(true))
        }
        (p, q) => {
            let field = a.clone().with_data_type(common).with_nullable(true);
            Some(with_precision(field, p.max(q).unwrap_or_default()))
        }
    }
}

fn common_row_field(place: usize, a: &Field, b: &Field) -> Option<Field> {
    let common = common_field(a, b)?;
    Some(if a.name() == b.name() { common.with_name(a.name()) } else { anonymous_field(place, &common) })
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_))
}

fn finer(a: TimeUnit, b: TimeUnit) -> TimeUnit {
    let rank = |unit| match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// How many digits an integer type needs.
fn digits(data_type: &DataType) -> Option<u8> {
    Some(match data_type {
        DataType::Int8 => 3,
        DataType::Int16 | DataType::UInt8 => 5,
        DataType::Int32 | DataType::UInt16 => 10,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => 19,
        _ => return None,
    })
}

fn decimal_parts(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal128(precision, scale) => Some((*precision, *scale)),
        other => digits(other).map(|digits| (digits, 0)),
    }
}

fn common_number(a: &DataType, b: &DataType) -> Option<DataType> {
    if !a.is_numeric() || !b.is_numeric() {
        return None;
    }
    if let (Some(x), Some(y)) = (digits(a), digits(b)) {
        return Some(match x.max(y) {
            3 => DataType::Int8,
            5 => DataType::Int16,
            10 => DataType::Int32,
            _ => DataType::Int64,
        });
    }
    if let (Some((p, s)), Some((q, t))) = (decimal_parts(a), decimal_parts(b)) {
        let scale = s.max(t);
        let whole = (p as i8 - s).max(q as i8 - t);
        let precision = u8::try_from(whole.saturating_add(scale)).ok()?.min(38);
        return Some(DataType::Decimal128(precision, scale));
    }
    let double = a == &DataType::Float64 || b == &DataType::Float64;
    Some(if double { DataType::Float64 } else { DataType::Float32 })
}

/// An array of a type its own widens to (see [`common_type`]): rows by position, the rest as Arrow casts.
pub(crate) fn widen(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), to) {
        (DataType::Null, _) => Ok(new_null_array(to, array.len())),
        (DataType::List(_), DataType::List(item)) => {
            let list = array.as_list::<i32>();
            let values = widen(list.values(), item.data_type())?;
            let widened = ListArray::try_new(Arc::clone(item), list.offsets().clone(), values, list.nulls().cloned())?;
            Ok(Arc::new(widened))
        }
        (DataType::LargeList(item) | DataType::FixedSizeList(item, _), DataType::List(_)) => {
            widen(&cast(array, &DataType::List(Arc::clone(item)))?, to)
        }
        (DataType::Map(_, _), DataType::Map(entries, sorted)) => {
            let map = array.as_map();
            let pairs: ArrayRef = Arc::new(map.entries().clone());
            let pairs = widen(&pairs, entries.data_type())?.as_struct().clone();
            let offsets = map.offsets().clone();
            let widened = MapArray::try_new(Arc::clone(entries), offsets, pairs, map.nulls().cloned(), *sorted)?;
            Ok(Arc::new(widened))
        }
        (DataType::Struct(from), DataType::Struct(fields)) if from.len() == fields.len() => {
            widen_row(array.as_struct(), fields)
        }
        (from, to) if from.is_nested() || to.is_nested() => exec_err!("cannot widen {from} to {to}"),
        _ => Ok(cast_with_options(array, to, &CastOptions { safe: false, ..Default::default() })?),
    }
}

fn widen_row(row: &StructArray, fields: &Fields) -> Result<ArrayRef> {
    let columns = row
        .columns()
        .iter()
        .zip(fields)
        .map(|(column, field): (&ArrayRef, &FieldRef)| widen(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let widened = StructArray::try_new_with_length(fields.clone(), columns, row.nulls().cloned(), row.len())?;
    Ok(Arc::new(widened))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_widen_by_their_parts() {
        use DataType::*;
        let list = |item| list_type(Field::new("item", item, true));
        let row = |names: [&str; 2], types: [DataType; 2]| {
            let fields = names.iter().zip(types).map(|(name, of)| Field::new(*name, of, true));
            Struct(Fields::from(fields.collect::<Vec<_>>()))
        };
        for (a, b, expected) in [
            (Int8, Int64, Some(Int64)),
            (Int32, Decimal128(4, 2), Some(Decimal128(12, 2))),
            (Decimal128(3, 1), Decimal128(2, 2), Some(Decimal128(4, 2))),
            (Decimal128(3, 1), Float64, Some(Float64)),
            (Int64, Float32, Some(Float32)),
            (Date32, Timestamp(TimeUnit::Millisecond, None), Some(Timestamp(TimeUnit::Millisecond, None))),
            (Int64, Utf8, None),
            (list(Null), list(Int64), Some(list(Int64))),
            (list(Int64), list(Utf8), None),
            (row(["a", "b"], [Int32, Null]), row(["a", "c"], [Int64, Utf8]), Some(row(["a", "field1"], [Int64, Utf8]))),
        ] {
            assert_eq!(common_type(&a, &b), expected, "{a} and {b}");
            assert_eq!(common_type(&b, &a), expected, "{b} and {a}");
        }
    }
}
