//! `cosine_similarity` and `cosine_distance` of arrays and of maps.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result, plan_err};

use super::{demand, double};
use crate::functions::scalar::{Call, Function};
use crate::types::{describe, list_type, map_fields, map_type};

use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("cosine_similarity", vectors, double, |call| similarity(call, |cosine| cosine)),
        Function::new("cosine_distance", vectors, double, |call| similarity(call, |cosine| 1.0 - cosine)),
    ]
}

fn vectors(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_vector = |of: &DataType| match of {
        DataType::List(item) => item.data_type().is_numeric() || item.data_type().is_null(),
        DataType::Map(_, _) => {
            map_fields(of).is_some_and(|(_, value)| value.data_type().is_numeric() || value.data_type().is_null())
        }
        of => of.is_null(),
    };
    match types {
        [left, right] if is_vector(left) && is_vector(right) => {
            if matches!((left, right), (DataType::Map(_, _), _) | (_, DataType::Map(_, _))) {
                let text = Field::new("key", DataType::Utf8, false);
                let map = map_type(text, Field::new("value", DataType::Float64, true));
                return Ok(vec![map.clone(), map]);
            }
            let list = list_type(Field::new("item", DataType::Float64, true));
            Ok(vec![list.clone(), list])
        }
        _ => {
            let given: Vec<String> = types.iter().map(describe).collect();
            plan_err!(
                "{name}({}) does not exist; there is {name}(array(double), array(double)) and \
                 {name}(map(varchar, double), map(varchar, double))",
                given.join(", ")
            )
        }
    }
}

fn similarity(call: &Call, result: fn(f64) -> f64) -> Result<ArrayRef> {
    let rows = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let cosine = match call.args[0].data_type() {
            DataType::Map(_, _) => of_maps(call, row)?,
            _ => of_arrays(call, row)?,
        };
        Ok(cosine.map(result))
    });
    Ok(Arc::new(rows.collect::<Result<Float64Array>>()?))
}

/// The values of a vector; `None` when one is NULL.
fn known(values: &ArrayRef) -> Result<Option<Vec<f64>>> {
    let values = cast(values, &DataType::Float64)?;
    Ok((values.null_count() == 0).then(|| values.as_primitive::<Float64Type>().values().to_vec()))
}

fn square(vector: &[f64]) -> f64 {
    vector.iter().map(|value| value * value).sum()
}

fn of_arrays(call: &Call, row: usize) -> Result<Option<f64>> {
    let vector = |i: usize| known(&call.args[i].as_list::<i32>().value(row));
    let (Some(left), Some(right)) = (vector(0)?, vector(1)?) else { return Ok(None) };
    demand(left.len() == right.len(), "The arguments must have the same length")?;
    let product: f64 = left.iter().zip(&right).map(|(left, right)| left * right).sum();
    let size = (square(&left) * square(&right)).sqrt();
    demand(size != 0.0, "Vector magnitude cannot be zero")?;
    Ok(Some(product / size))
}

fn of_maps(call: &Call, row: usize) -> Result<Option<f64>> {
    let (left, right) = (call.args[0].as_map().value(row), call.args[1].as_map().value(row));
    let (Some(left_values), Some(right_values)) = (known(left.column(1))?, known(right.column(1))?) else {
        return Ok(None);
    };
    let (left_keys, right_keys) = (cast(left.column(0), &DataType::Utf8)?, cast(right.column(0), &DataType::Utf8)?);
    let at: HashMap<&str, f64> =
        right_keys.as_string::<i32>().iter().flatten().zip(right_values.iter().copied()).collect();
    let keys = left_keys.as_string::<i32>().iter().flatten();
    let product: f64 = keys.zip(&left_values).filter_map(|(key, value)| Some(value * at.get(key)?)).sum();
    Ok(Some(product / (square(&left_values).sqrt() * square(&right_values).sqrt())))
}
