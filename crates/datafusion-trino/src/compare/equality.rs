//! `=` in three values.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::Result;

use super::{entries, is_null, nulls, order};

/// Whether the values in two places are equal; `None` when it is unknown.
pub(crate) type Equality = Box<dyn Fn(usize, usize) -> Option<bool> + Send + Sync>;

/// The equality of the values of two arrays of one type.
pub(crate) fn equality(left: &ArrayRef, right: &ArrayRef) -> Result<Equality> {
    let equal = equality_of_values(left, right)?;
    let (left, right) = (nulls(left), nulls(right));
    Ok(Box::new(move |i, j| if is_null(&left, i) || is_null(&right, j) { None } else { equal(i, j) }))
}

/// All parts must be equal: one that is not decides, then one that is unknown.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

fn equality_of_values(left: &ArrayRef, right: &ArrayRef) -> Result<Equality> {
    match (left.data_type(), right.data_type()) {
        (DataType::Float32, DataType::Float32) => {
            let (left, right) =
                (left.as_primitive::<Float32Type>().clone(), right.as_primitive::<Float32Type>().clone());
            Ok(Box::new(move |i, j| Some(left.value(i) == right.value(j))))
        }
        (DataType::Float64, DataType::Float64) => {
            let (left, right) =
                (left.as_primitive::<Float64Type>().clone(), right.as_primitive::<Float64Type>().clone());
            Ok(Box::new(move |i, j| Some(left.value(i) == right.value(j))))
        }
        (DataType::List(_), DataType::List(_)) => {
            let (left, right) = (left.as_list::<i32>(), right.as_list::<i32>());
            let items = equality(left.values(), right.values())?;
            let (left, right) = (left.offsets().clone(), right.offsets().clone());
            Ok(Box::new(move |i, j| {
                let (left, right) = (entries(&left, i), entries(&right, j));
                if left.len() != right.len() {
                    return Some(false);
                }
                all(left.zip(right).map(|(l, r)| items(l, r)))
            }))
        }
        (DataType::Map(_, _), DataType::Map(_, _)) => equality_of_maps(left, right),
        (DataType::Struct(_), DataType::Struct(_)) => {
            let (left, right) = (left.as_struct(), right.as_struct());
            let fields = left.columns().iter().zip(right.columns()).map(|(l, r)| equality(l, r));
            let fields = fields.collect::<Result<Vec<Equality>>>()?;
            Ok(Box::new(move |i, j| all(fields.iter().map(|field| field(i, j)))))
        }
        _ => {
            let order = order(left, right)?;
            Ok(Box::new(move |i, j| Some(order(i, j).is_eq())))
        }
    }
}

fn equality_of_maps(left: &ArrayRef, right: &ArrayRef) -> Result<Equality> {
    let (left, right) = (left.as_map(), right.as_map());
    let keys = order(left.keys(), right.keys())?;
    let values = equality(left.values(), right.values())?;
    let (left, right) = (left.offsets().clone(), right.offsets().clone());
    Ok(Box::new(move |i, j| {
        let (left, right) = (entries(&left, i), entries(&right, j));
        if left.len() != right.len() {
            return Some(false);
        }
        all(left.map(|l| match right.clone().find(|r| keys(l, *r).is_eq()) {
            Some(r) => values(l, r),
            None => Some(false),
        }))
    }))
}
