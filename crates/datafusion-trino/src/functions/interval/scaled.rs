//! Intervals times and divided by numbers.

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};

use super::{as_first, checked, each};
use crate::functions::scalar::{Call, Function};

/// `interval * number`.
pub(super) fn product() -> Function {
    Function::new("trino_interval_times", integers_or_doubles, as_first, |call| match call.args[1].data_type() {
        DataType::Int64 => {
            let numbers = call.args[1].as_primitive::<Int64Type>();
            each(call, |interval, kind, row| {
                let n = numbers.value(row);
                checked(interval.checked_mul(n), kind, || format!("multiplication overflow: {interval} * {n}"))
            })
        }
        _ => by_double(call, "multiply", |n| n.is_nan(), |interval, n| interval * n),
    })
}

/// `interval / number`.
pub(super) fn quotient() -> Function {
    let types = |_: &str, types: &[DataType]| Ok(vec![types[0].clone(), DataType::Float64]);
    Function::new("trino_interval_divided", types, as_first, |call| {
        by_double(call, "divide", |n| n.is_nan() || n == 0.0, |interval, n| interval / n)
    })
}

fn integers_or_doubles(_name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let number = if types[1].is_integer() { DataType::Int64 } else { DataType::Float64 };
    Ok(vec![types[0].clone(), number])
}

/// Drops the fraction of the result.
fn by_double(call: &Call, verb: &str, refused: fn(f64) -> bool, f: fn(f64, f64) -> f64) -> Result<ArrayRef> {
    let numbers = cast(&call.args[1], &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    each(call, |interval, kind, row| {
        let n = numbers.value(row);
        if refused(n) {
            return exec_err!("Cannot {verb} by double {n:?}");
        }
        checked(Some(f(interval as f64, n) as i64), kind, || format!("overflow: {interval} and {n}"))
    })
}
