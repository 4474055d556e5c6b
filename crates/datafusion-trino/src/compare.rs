//! Comparison of values as Trino does it: of arrays, maps and rows by their parts, with three-valued
//! results, and NaN equal to nothing.
//!
//! | question | NULL inside | map | NaN |
//! | --- | --- | --- | --- |
//! | [`equality`] (`=`) | unknown unless another part differs | entries in any order | equals nothing |
//! | [`relation`] (`<`) | unknown when it decides | has no order | less and greater than nothing |
//! | [`order`] (sorting, `IS NOT DISTINCT FROM`, keys) | last, equal to itself | by its sorted entries | last, equal to itself |
//!
//! The types of the two arrays are the same (see `types::widen`). A comparison is built once for two
//! arrays and asked for places in them.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use arrow::buffer::NullBuffer;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::{Result, exec_err};

mod equality;
mod relation;

pub(crate) use equality::{Equality, equality};
pub(crate) use relation::relation;

/// A total order of the values of two arrays by their places: NULL and then NaN last.
pub(crate) type Order = Box<dyn Fn(usize, usize) -> Ordering + Send + Sync>;
/// Whether a value is NULL or has a NULL inside.
pub(crate) type Indeterminate = Box<dyn Fn(usize) -> bool + Send + Sync>;

/// The places of a row's entries among all of a list or a map.
fn entries(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    offsets[row] as usize..offsets[row + 1] as usize
}

/// The total order of the values of two arrays of one type.
pub(crate) fn order(left: &ArrayRef, right: &ArrayRef) -> Result<Order> {
    let compare = order_of_values(left, right)?;
    let (left, right) = (nulls(left), nulls(right));
    if left.is_none() && right.is_none() {
        return Ok(compare);
    }
    Ok(Box::new(move |i, j| match (is_null(&left, i), is_null(&right, j)) {
        (false, false) => compare(i, j),
        (left, right) => left.cmp(&right),
    }))
}

fn order_of_values(left: &ArrayRef, right: &ArrayRef) -> Result<Order> {
    match (left.data_type(), right.data_type()) {
        (DataType::Null, DataType::Null) => Ok(Box::new(|_, _| Ordering::Equal)),
        (DataType::Float32, DataType::Float32) => {
            let (left, right) =
                (left.as_primitive::<Float32Type>().clone(), right.as_primitive::<Float32Type>().clone());
            Ok(Box::new(move |i, j| order_of_doubles(left.value(i).into(), right.value(j).into())))
        }
        (DataType::Float64, DataType::Float64) => {
            let (left, right) =
                (left.as_primitive::<Float64Type>().clone(), right.as_primitive::<Float64Type>().clone());
            Ok(Box::new(move |i, j| order_of_doubles(left.value(i), right.value(j))))
        }
        (DataType::List(_), DataType::List(_)) => {
            let (left, right) = (left.as_list::<i32>(), right.as_list::<i32>());
            let items = order(left.values(), right.values())?;
            let (left, right) = (left.offsets().clone(), right.offsets().clone());
            Ok(Box::new(move |i, j| order_of_entries(&items, entries(&left, i), entries(&right, j))))
        }
        (DataType::Map(_, _), DataType::Map(_, _)) => order_of_maps(left, right),
        (DataType::Struct(_), DataType::Struct(_)) => {
            let (left, right) = (left.as_struct(), right.as_struct());
            let fields = left.columns().iter().zip(right.columns()).map(|(l, r)| order(l, r));
            let fields = fields.collect::<Result<Vec<Order>>>()?;
            Ok(Box::new(move |i, j| {
                fields.iter().map(|field| field(i, j)).find(|found| found.is_ne()).unwrap_or(Ordering::Equal)
            }))
        }
        (a, b) if a == b => Ok(make_comparator(left, right, SortOptions::default())?),
        (a, b) => exec_err!("values of {a} and {b} do not compare"),
    }
}

/// NaN is the greatest, and -0 is 0.
fn order_of_doubles(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn order_of_entries(items: &Order, left: std::ops::Range<usize>, right: std::ops::Range<usize>) -> Ordering {
    let lengths = left.len().cmp(&right.len());
    left.zip(right).map(|(i, j)| items(i, j)).find(|found| found.is_ne()).unwrap_or(lengths)
}

fn order_of_maps(left: &ArrayRef, right: &ArrayRef) -> Result<Order> {
    let (left, right) = (left.as_map(), right.as_map());
    let keys = order(left.keys(), right.keys())?;
    let values = order(left.values(), right.values())?;
    let (left_keys, right_keys) = (order(left.keys(), left.keys())?, order(right.keys(), right.keys())?);
    let (left, right) = (left.offsets().clone(), right.offsets().clone());
    let sorted = |range: std::ops::Range<usize>, keys: &Order| {
        let mut places: Vec<usize> = range.collect();
        places.sort_by(|a, b| keys(*a, *b));
        places
    };
    Ok(Box::new(move |i, j| {
        let (left, right) = (sorted(entries(&left, i), &left_keys), sorted(entries(&right, j), &right_keys));
        let lengths = left.len().cmp(&right.len());
        let pairs = left.iter().zip(&right).map(|(l, r)| keys(*l, *r).then_with(|| values(*l, *r)));
        pairs.into_iter().find(|found| found.is_ne()).unwrap_or(lengths)
    }))
}

/// Tells of each value of an array whether it is NULL or has a NULL inside.
pub(crate) fn indeterminate(array: &ArrayRef) -> Result<Indeterminate> {
    let own = nulls(array);
    let inside: Option<Indeterminate> = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (items, offsets) = (indeterminate(list.values())?, list.offsets().clone());
            Some(Box::new(move |row| entries(&offsets, row).any(&items)))
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            let (values, offsets) = (indeterminate(map.values())?, map.offsets().clone());
            Some(Box::new(move |row| entries(&offsets, row).any(&values)))
        }
        DataType::Struct(_) => {
            let fields = array.as_struct().columns().iter().map(indeterminate).collect::<Result<Vec<_>>>()?;
            Some(Box::new(move |row| fields.iter().any(|field| field(row))))
        }
        _ => None,
    };
    Ok(Box::new(move |row| is_null(&own, row) || inside.as_ref().is_some_and(|inside| inside(row))))
}

fn nulls(array: &ArrayRef) -> Option<NullBuffer> {
    array.logical_nulls().filter(|nulls| nulls.null_count() > 0)
}

fn is_null(nulls: &Option<NullBuffer>, row: usize) -> bool {
    nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
}

#[cfg(test)]
mod tests;
