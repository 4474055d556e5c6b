//! Lambdas over the entries of maps: `map_filter`, `transform_keys`, `transform_values`, `map_zip_with`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{filter, take};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::LambdaParametersProgress;

use super::items::{conditions, evaluate, kept_offsets};
use super::{Arguments, Fields, HigherOrder, LambdaCall, parameter, value_field};
use crate::compare;
use crate::functions::map::{Entries, check_keys, map_array};
use crate::types::{common_field, describe, map_fields, map_type, widen};

pub(super) fn functions() -> Vec<HigherOrder> {
    vec![
        HigherOrder::new("map_filter", "vl", maps, entry, filtered, map_filter),
        HigherOrder::new("transform_keys", "vl", maps, entry, with_other_keys, transform_keys),
        HigherOrder::new("transform_values", "vl", maps, entry, with_other_values, transform_values),
        HigherOrder::new("map_zip_with", "vvl", maps, two_entries, zipped, map_zip_with),
    ]
}

fn maps(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let unknown = || Field::new("", DataType::Null, true);
    types
        .iter()
        .map(|of| match of {
            DataType::Map(_, _) => Ok(of.clone()),
            DataType::Null => Ok(map_type(unknown(), unknown())),
            other => plan_err!("{name} takes a map, not {}", describe(other)),
        })
        .collect()
}

/// The fields of key and value of the map in a place.
fn entry_fields<'a>(name: &str, fields: Fields<'a>, i: usize) -> Result<(&'a FieldRef, &'a FieldRef)> {
    let of = value_field(name, fields, i)?.data_type();
    match map_fields(of) {
        Some(entry) => Ok(entry),
        None => plan_err!("{name} takes a map, not {}", describe(of)),
    }
}

fn entry(name: &str, fields: Fields) -> Result<LambdaParametersProgress> {
    let (key, value) = entry_fields(name, fields, 0)?;
    Ok(LambdaParametersProgress::Complete(vec![vec![parameter(key), parameter(value)]]))
}

/// The key in the type both maps' keys widen to, and the value of either map.
fn two_entries(name: &str, fields: Fields) -> Result<LambdaParametersProgress> {
    let ((key, value), (other_key, other_value)) = (entry_fields(name, fields, 0)?, entry_fields(name, fields, 1)?);
    let parameters = vec![Arc::new(common_key(key, other_key)?), parameter(value), parameter(other_value)];
    Ok(LambdaParametersProgress::Complete(vec![parameters]))
}

fn common_key(key: &Field, other: &Field) -> Result<Field> {
    match common_field(key, other) {
        Some(common) => Ok(common),
        None => {
            plan_err!("map_zip_with takes maps with the same keys, not {} and {}", key.data_type(), other.data_type())
        }
    }
}

fn map_of<'a>(args: &'a Arguments, i: usize) -> Result<(&'a FieldRef, &'a FieldRef)> {
    let of = args.value(i)?.data_type();
    match map_fields(of) {
        Some(entry) => Ok(entry),
        None => plan_err!("{} takes a map, not {}", args.name, describe(of)),
    }
}

fn filtered(args: &Arguments) -> Result<Field> {
    match args.lambda(1)?.data_type() {
        DataType::Boolean | DataType::Null => Ok(args.value(0)?.as_ref().clone()),
        other => plan_err!("map_filter takes a lambda that gives a boolean, not {}", describe(other)),
    }
}

fn with_other_keys(args: &Arguments) -> Result<Field> {
    let (_, value) = map_of(args, 0)?;
    Ok(Field::new("", map_type(args.lambda(1)?, value.as_ref().clone()), true))
}

fn with_other_values(args: &Arguments) -> Result<Field> {
    let (key, _) = map_of(args, 0)?;
    Ok(Field::new("", map_type(key.as_ref().clone(), args.lambda(1)?), true))
}

fn zipped(args: &Arguments) -> Result<Field> {
    let ((key, _), (other, _)) = (map_of(args, 0)?, map_of(args, 1)?);
    Ok(Field::new("", map_type(common_key(key, other)?, args.lambda(2)?), true))
}

/// The lambda's value for each entry of a column of maps.
fn over_entries(call: &LambdaCall, entries: &Entries) -> Result<ArrayRef> {
    evaluate(call.lambda(1)?, &[&entries.keys, &entries.values], &entries.rows())
}

fn map_filter(call: &LambdaCall) -> Result<ArrayRef> {
    let entries = Entries::new(&call.value(0)?)?;
    let keep = conditions(&over_entries(call, &entries)?)?;
    let offsets = kept_offsets(&entries.offsets, &keep);
    let (keys, values) = (filter(&entries.keys, &keep)?, filter(&entries.values, &keep)?);
    map_array(call.returns(), keys, values, offsets, entries.nulls)
}

fn transform_keys(call: &LambdaCall) -> Result<ArrayRef> {
    let entries = Entries::new(&call.value(0)?)?;
    let keys = over_entries(call, &entries)?;
    check_keys(&keys, &entries.offsets)?;
    map_array(call.returns(), keys, entries.values, entries.offsets, entries.nulls)
}

fn transform_values(call: &LambdaCall) -> Result<ArrayRef> {
    let entries = Entries::new(&call.value(0)?)?;
    let values = over_entries(call, &entries)?;
    map_array(call.returns(), entries.keys, values, entries.offsets, entries.nulls)
}

/// For each key of either map, NULL being the value of a map without it.
fn map_zip_with(call: &LambdaCall) -> Result<ArrayRef> {
    let (left, right) = (call.value(0)?, call.value(1)?);
    let (left, right): (&MapArray, &MapArray) = (left.as_map(), right.as_map());
    let Some((key, _)) = map_fields(call.returns()) else { return plan_err!("map_zip_with gives a map") };
    let (left_keys, right_keys) = (widen(left.keys(), key.data_type())?, widen(right.keys(), key.data_type())?);
    let same = compare::order(&left_keys, &right_keys)?;
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let (mut sources, mut of, mut lengths) = (Vec::new(), Vec::new(), Vec::with_capacity(call.rows()));
    for row in 0..call.rows() {
        let before = sources.len();
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            let places = |map: &MapArray| map.value_offsets()[row] as usize..map.value_offsets()[row + 1] as usize;
            let mut rest: Vec<usize> = places(right).collect();
            for place in places(left) {
                let found = rest.iter().position(|other| same(place, *other).is_eq()).map(|at| rest.remove(at));
                sources.push((Some(place as u32), found.map(|place| place as u32)));
            }
            sources.extend(rest.into_iter().map(|place| (None, Some(place as u32))));
        }
        of.resize(of.len() + sources.len() - before, row as u32);
        lengths.push(sources.len() - before);
    }
    let (lefts, rights): (Vec<Option<u32>>, Vec<Option<u32>>) = sources.iter().copied().unzip();
    let picks: Vec<(usize, usize)> = sources
        .iter()
        .map(|source| match source {
            (Some(place), _) => (0, *place as usize),
            (None, place) => (1, place.unwrap_or_default() as usize),
        })
        .collect();
    let keys = arrow::compute::interleave(&[&left_keys, &right_keys], &picks)?;
    let left = take(left.values(), &UInt32Array::from(lefts), None)?;
    let right = take(right.values(), &UInt32Array::from(rights), None)?;
    let values = evaluate(call.lambda(2)?, &[&keys, &left, &right], &UInt32Array::from(of))?;
    map_array(call.returns(), keys, values, OffsetBuffer::from_lengths(lengths), nulls)
}
