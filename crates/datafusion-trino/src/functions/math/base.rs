//! `from_base`, `to_base` and `width_bucket`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};

use super::{demand, double_at};
use crate::functions::scalar::{Call, Function, Kind, fit, nullable};
use crate::text;
use crate::types::list_type;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new(
            "from_base",
            |name, types| fit(name, types, &[&[Kind::Text, Kind::Integer]]),
            |_| nullable(DataType::Int64),
            from_base,
        ),
        Function::new(
            "to_base",
            |name, types| fit(name, types, &[&[Kind::Integer, Kind::Integer]]),
            |_| nullable(DataType::Utf8),
            to_base,
        ),
        Function::new("width_bucket", bucket_types, |_| nullable(DataType::Int64), width_bucket),
    ]
}

fn radix(radix: i64) -> Result<u32> {
    demand((2..=36).contains(&radix), "Radix must be between 2 and 36")?;
    Ok(radix as u32)
}

fn integers(call: &Call, value: impl Fn(usize) -> Result<i64>) -> Result<ArrayRef> {
    let rows = (0..call.rows).map(|row| if call.any_null(row) { Ok(None) } else { value(row).map(Some) });
    Ok(Arc::new(rows.collect::<Result<Int64Array>>()?))
}

fn from_base(call: &Call) -> Result<ArrayRef> {
    let (texts, radixes) = (call.text(0), call.args[1].as_primitive::<Int64Type>());
    integers(call, |row| {
        let (text, radix) = (texts.value(row), radix(radixes.value(row))?);
        i64::from_str_radix(text, radix).map_err(|_| exec_datafusion_err!("Not a valid base-{radix} number: {text}"))
    })
}

fn to_base(call: &Call) -> Result<ArrayRef> {
    let (values, radixes) = (call.args[0].as_primitive::<Int64Type>(), call.args[1].as_primitive::<Int64Type>());
    let rows = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        Ok(Some(in_base(values.value(row), radix(radixes.value(row))?)))
    });
    Ok(Arc::new(rows.collect::<Result<StringArray>>()?))
}

fn in_base(value: i64, radix: u32) -> String {
    let mut rest = value.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((rest % u64::from(radix)) as u32, radix));
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

fn bucket_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_, DataType::List(bins)] if bins.data_type().is_numeric() || bins.data_type().is_null() => {
            let mut types = fit(name, &types[..1], &[&[Kind::Double]])?;
            types.push(list_type(Field::new("item", DataType::Float64, true)));
            Ok(types)
        }
        [_, DataType::List(_)] => plan_err!("the bins of width_bucket are numbers"),
        _ => fit(name, types, &[&[Kind::Double, Kind::Double, Kind::Double, Kind::Integer]]),
    }
}

fn width_bucket(call: &Call) -> Result<ArrayRef> {
    if call.args.len() == 2 {
        let bins = call.args[1].as_list::<i32>();
        return integers(call, |row| {
            let bins = cast(&bins.value(row), &DataType::Float64)?;
            bucket_of(double_at(call, 0, row), bins.as_primitive::<Float64Type>().values())
        });
    }
    let counts = call.args[3].as_primitive::<Int64Type>();
    integers(call, |row| {
        let (value, first, second) = (double_at(call, 0, row), double_at(call, 1, row), double_at(call, 2, row));
        equal_bucket(value, first, second, counts.value(row))
    })
}

/// The bucket among `count` of equal width; 0 before the first, `count + 1` behind the last.
fn equal_bucket(value: f64, first: f64, second: f64, count: i64) -> Result<i64> {
    demand(count > 0, "bucketCount must be greater than 0")?;
    demand(!value.is_nan(), "operand must not be NaN")?;
    demand(first.is_finite(), "first bound must be finite")?;
    demand(second.is_finite(), "second bound must be finite")?;
    demand(first != second, "bounds cannot equal each other")?;
    let (low, high) = (first.min(second), first.max(second));
    let bucket = if value < low {
        0
    } else if value >= high {
        match count.checked_add(1) {
            Some(bucket) => bucket,
            None => {
                let mut shown = String::new();
                text::double(value, &mut shown);
                return exec_err!("Bucket for value {shown} is out of range");
            }
        }
    } else {
        (count as f64 * (value - low) / (high - low) + 1.0) as i64
    };
    Ok(if first > second { count - bucket + 1 } else { bucket })
}

/// How many of the ascending bins are no greater.
fn bucket_of(value: f64, bins: &[f64]) -> Result<i64> {
    demand(!bins.is_empty(), "Bins cannot be an empty array")?;
    demand(!value.is_nan(), "Operand cannot be NaN")?;
    let (mut low, mut high) = (0, bins.len());
    while low < high {
        demand(bins[low] <= bins[high - 1], "Bin values are not sorted in ascending order")?;
        let middle = usize::midpoint(low, high);
        if !bins[middle].is_finite() {
            let mut shown = String::new();
            text::double(bins[middle], &mut shown);
            return exec_err!("Bin value must be finite, got {shown}");
        }
        if value < bins[middle] {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low as i64)
}
