//! Arrays of numbers as vectors, and maps of numbers as sparse ones: `euclidean_distance`, `dot_product`,
//! `cosine_similarity`, `cosine_distance`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result, exec_err};

use super::arguments::{item_of, wrong};
use super::pick::places;
use crate::functions::scalar::{Call, Function, is_text, nullable};
use crate::types::{list_type, map_fields, map_type};

pub(super) fn functions() -> Vec<Function> {
    let double = |_: &[arrow::datatypes::FieldRef]| nullable(DataType::Float64);
    vec![
        Function::new("euclidean_distance", vectors, double, |call| over_vectors(call, euclidean)),
        Function::new("dot_product", vectors, double, |call| over_vectors(call, |a, b| Ok(Some(dot(a, b))))),
        Function::new("cosine_similarity", vectors_or_maps, double, |call| cosine(call, |similarity| similarity)),
        Function::new("cosine_distance", vectors_or_maps, double, |call| cosine(call, |similarity| 1.0 - similarity)),
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

fn vectors_or_maps(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_sparse = |of: &DataType| {
        map_fields(of).is_some_and(|(key, value)| is_text(key.data_type()) && value.data_type().is_numeric())
    };
    match types {
        [left, right] if is_sparse(left) && is_sparse(right) => {
            let (key, value) = (Field::new("", DataType::Utf8, false), Field::new("", DataType::Float64, true));
            Ok(vec![map_type(key, value); 2])
        }
        _ => vectors(name, types).or_else(|_| wrong(name, types, "two arrays of numbers, or two maps of numbers")),
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

fn similarity(a: Vector, b: Vector) -> Result<Option<f64>> {
    let (first, second) = (dot(a, a), dot(b, b));
    if first == 0.0 || second == 0.0 {
        return exec_err!("Vector magnitude cannot be zero");
    }
    Ok(Some(dot(a, b) / (first * second).sqrt()))
}

fn cosine(call: &Call, of: fn(f64) -> f64) -> Result<ArrayRef> {
    let similarities = match call.args[0].data_type() {
        DataType::Map(_, _) => sparse_similarities(call),
        _ => over_vectors(call, similarity)?,
    };
    Ok(Arc::new(similarities.as_primitive::<Float64Type>().unary::<_, Float64Type>(of)))
}

/// Keys are the dimensions; NULL when a map has a NULL.
fn sparse_similarities(call: &Call) -> ArrayRef {
    let maps = [call.args[0].as_map(), call.args[1].as_map()];
    let vector = |which: usize, row: usize| -> Option<Vec<(&str, f64)>> {
        let map = maps[which];
        let (keys, values) = (map.keys().as_string::<i32>(), map.values().as_primitive::<Float64Type>());
        let mut places = map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
        let known = places.clone().all(|place| values.is_valid(place));
        known.then(|| places.by_ref().map(|place| (keys.value(place), values.value(place))).collect())
    };
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return None;
        }
        let (a, b) = (vector(0, row)?, vector(1, row)?);
        let length = |v: &[(&str, f64)]| v.iter().map(|(_, n)| n * n).sum::<f64>().sqrt();
        let product: f64 =
            a.iter().filter_map(|(key, n)| b.iter().find(|(other, _)| other == key).map(|(_, m)| n * m)).sum();
        Some(product / (length(&a) * length(&b)))
    });
    Arc::new(found.collect::<Float64Array>())
}
