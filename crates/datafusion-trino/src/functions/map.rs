//! Maps made of arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, MapArray, StructArray, UInt32Array, make_comparator};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};

use super::scalar::{Call, Function, nullable};
use crate::types::map_type;

pub(crate) fn functions() -> Vec<Function> {
    vec![
        Function::new("map", two_lists, of_lists_type, |call| of_lists(call, true)),
        Function::new("trino_map_of", two_lists, of_lists_type, |call| of_lists(call, false)),
        Function::new("trino_histogram", one_list, histogram_type, histogram),
    ]
}

fn two_lists(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_), DataType::List(_)] => Ok(types.to_vec()),
        _ => plan_err!("{name} takes an array of keys and an array of values"),
    }
}

fn one_list(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::List(_)] => Ok(types.to_vec()),
        _ => plan_err!("{name} takes an array"),
    }
}

fn item(args: &[FieldRef], i: usize) -> Result<Field> {
    match args.get(i).map(|field| field.data_type()) {
        Some(DataType::List(item)) => Ok(item.as_ref().clone()),
        _ => plan_err!("an array is missing"),
    }
}

fn of_lists_type(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(map_type(item(args, 0)?, item(args, 1)?))
}

fn histogram_type(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(map_type(item(args, 0)?, Field::new("value", DataType::Int64, true)))
}

/// The places of a row's different items, each with how often it is there, in order of appearance.
fn groups(items: &ArrayRef, places: std::ops::Range<usize>) -> Result<Vec<(u32, i64)>> {
    let compare = make_comparator(items, items, SortOptions::default())?;
    let mut sorted: Vec<usize> = places.collect();
    sorted.sort_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    let mut groups: Vec<(u32, i64)> = Vec::new();
    for place in sorted {
        match groups.last_mut() {
            Some((first, count)) if compare(*first as usize, place).is_eq() => *count += 1,
            _ => groups.push((place as u32, 1)),
        }
    }
    groups.sort_unstable();
    Ok(groups)
}

/// A map of the call's type.
fn build(call: &Call, keys: ArrayRef, values: ArrayRef, lengths: Vec<usize>, valid: Vec<bool>) -> Result<ArrayRef> {
    let DataType::Map(entries, sorted) = call.returns.data_type() else {
        return exec_err!("expected a map, got {}", call.returns.data_type());
    };
    let DataType::Struct(pair) = entries.data_type() else {
        return exec_err!("expected a map, got {}", call.returns.data_type());
    };
    let pairs = StructArray::try_new(pair.clone(), vec![keys, values], None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?))
}

/// Repeated keys are an error, or the first one counts.
fn of_lists(call: &Call, strict: bool) -> Result<ArrayRef> {
    let (keys, values) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
    let (mut key_places, mut value_places) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        valid.push(!call.any_null(row));
        if call.any_null(row) {
            lengths.push(0);
            continue;
        }
        let start = keys.value_offsets()[row] as usize;
        let end = keys.value_offsets()[row + 1] as usize;
        let shift = values.value_offsets()[row] as usize;
        if values.value_length(row) != keys.value_length(row) {
            return exec_err!("Key and value arrays must be the same length");
        }
        if (start..end).any(|place| keys.values().is_null(place)) {
            return exec_err!("map key cannot be null");
        }
        let groups = groups(keys.values(), start..end)?;
        if strict && groups.len() < end - start {
            return exec_err!("Duplicate map keys are not allowed");
        }
        lengths.push(groups.len());
        key_places.extend(groups.iter().map(|(place, _)| *place));
        value_places.extend(groups.iter().map(|(place, _)| *place - start as u32 + shift as u32));
    }
    let keys = take(keys.values(), &UInt32Array::from(key_places), None)?;
    let values = take(values.values(), &UInt32Array::from(value_places), None)?;
    build(call, keys, values, lengths, valid)
}

/// How often each item is in the array.
fn histogram(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let (mut places, mut counts) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        valid.push(list.is_valid(row));
        if list.is_null(row) {
            lengths.push(0);
            continue;
        }
        let offsets = list.value_offsets();
        let groups = groups(list.values(), offsets[row] as usize..offsets[row + 1] as usize)?;
        lengths.push(groups.len());
        places.extend(groups.iter().map(|(place, _)| *place));
        counts.extend(groups.iter().map(|(_, count)| *count));
    }
    let keys = take(list.values(), &UInt32Array::from(places), None)?;
    build(call, keys, Arc::new(Int64Array::from(counts)), lengths, valid)
}
