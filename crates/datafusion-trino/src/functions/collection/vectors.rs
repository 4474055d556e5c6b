//! Arrays of numbers as vectors: `euclidean_distance`, `dot_product`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result, exec_err};

use super::arguments::{item_of, wrong};
use super::pick::places;
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::list_type;

pub(super) fn functions() -> Vec<Function> {
    let double = |_: &[arrow::datatypes::FieldRef]| nullable(DataType::Float64);
    vec![
        Function::new("euclidean_distance", vectors, double, |call| over_vectors(call, euclidean)),
        Function::new("dot_product", vectors, double, |call| over_vectors(call, |a, b| Ok(Some(dot(a, b))))),
    ]
}

fn vectors(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_vector = |of: &DataType| match item_of(of) {
        Some(item) => item.data_type().is_numeric() || item.data_type().is_null(),
        None => of.is_null(),
    };
    match types {
        [left, right] if is_vector(left) && is_vector(right) => {
            Ok(vec![list_type(Field::new("item", DataType::Float64, true)); 2])
        }
        _ => wrong(name, types, "two arrays of numbers"),
    }
}

type Vector<'a> = &'a [f64];

/// What is asked of two vectors of the same length.
fn over_vectors(call: &Call, ask: fn(Vector, Vector) -> Result<Option<f64>>) -> Result<ArrayRef> {
    let (left, right) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
    let numbers = [left, right].map(|list| list.values().as_primitive::<Float64Type>());
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let (own, other) = (places(left, row), places(right, row));
        if own.len() != other.len() {
            return exec_err!("The arguments must have the same length");
        }
        let unknown =
            own.clone().any(|place| numbers[0].is_null(place)) || other.clone().any(|place| numbers[1].is_null(place));
        if unknown {
            return Ok(None);
        }
        ask(&numbers[0].values()[own], &numbers[1].values()[other])
    });
    Ok(Arc::new(found.collect::<Result<Float64Array>>()?))
}

fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn euclidean(a: Vector, b: Vector) -> Result<Option<f64>> {
    Ok(Some(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()))
}
