//! `map`, `map_from_entries`, `multimap_from_entries`, `array_histogram`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};

use super::{check_keys, map_array};
use crate::compare::{self, Order};
use crate::functions::collection::{as_list, item_of, list, places, wrong};
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::{list_type, map_fields, map_type};

pub(super) fn functions() -> Vec<Function> {
    vec![
        // What `map` is rewritten to; the planner reads DataFusion's own form of it.
        Function::new("trino_map", no_or_two_lists, of_lists_type, of_lists),
        Function::new("map_from_entries", entries, of_entries_type, of_entries),
        Function::new("multimap_from_entries", entries, multimap_type, multimap),
        Function::new("array_histogram", list, histogram_type, histogram),
    ]
}

fn no_or_two_lists(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let types: Vec<DataType> = types.iter().map(as_list).collect();
    match types.as_slice() {
        [] | [DataType::List(_), DataType::List(_)] => Ok(types),
        _ => wrong(name.trim_start_matches("trino_"), &types, "an array of keys and an array of values"),
    }
}

fn item(args: &[FieldRef], i: usize) -> Field {
    match args.get(i).and_then(|field| item_of(field.data_type())) {
        Some(item) => item.as_ref().clone(),
        None => Field::new("", DataType::Null, true),
    }
}

fn of_lists_type(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(map_type(item(args, 0), item(args, 1)))
}

/// Repeated keys are an error.
fn of_lists(call: &Call) -> Result<ArrayRef> {
    let [keys, values] = call.args.as_slice() else { return empty(call) };
    let (keys, values) = (keys.as_list::<i32>(), values.as_list::<i32>());
    let (mut key_places, mut value_places) = (Vec::new(), Vec::new());
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        valid.push(!call.any_null(row));
        if call.any_null(row) {
            lengths.push(0);
            continue;
        }
        let (own, others) = (places(keys, row), places(values, row));
        if own.len() != others.len() {
            return exec_err!("Key and value arrays must be the same length");
        }
        lengths.push(own.len());
        key_places.extend(own.map(|place| place as u32));
        value_places.extend(others.map(|place| place as u32));
    }
    let keys = take(keys.values(), &UInt32Array::from(key_places), None)?;
    let values = take(values.values(), &UInt32Array::from(value_places), None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    check_keys(&keys, &offsets)?;
    map_array(call.returns.data_type(), keys, values, offsets, Some(valid.into()))
}

/// `map()`.
fn empty(call: &Call) -> Result<ArrayRef> {
    let to = call.returns.data_type();
    let nothing = |of: &FieldRef| arrow::array::new_empty_array(of.data_type());
    let Some((key, value)) = map_fields(to) else { return exec_err!("expected a map, got {to}") };
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(0, call.rows));
    map_array(to, nothing(key), nothing(value), offsets, None)
}

/// The places of equal items, groups and places in order of appearance.
fn groups(places: impl Iterator<Item = usize>, order: &Order) -> Vec<Vec<usize>> {
    let mut sorted: Vec<usize> = places.collect();
    sorted.sort_by(|a, b| order(*a, *b).then(a.cmp(b)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in sorted {
        match groups.last_mut() {
            Some(group) if order(group[0], place).is_eq() => group.push(place),
            _ => groups.push(vec![place]),
        }
    }
    groups.sort_unstable_by_key(|group| group[0]);
    groups
}

/// An array of rows of two.
fn entries(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let fitted = list(name, types).or_else(|_| wrong(name, types, "an array of rows of a key and a value"))?;
    match fitted.first().and_then(item_of).map(|item| item.data_type()) {
        Some(DataType::Struct(pair)) if pair.len() == 2 => Ok(fitted),
        Some(DataType::Null) => Ok(fitted),
        _ => wrong(name, types, "an array of rows of a key and a value"),
    }
}

fn entry_fields(args: &[FieldRef]) -> Result<(Field, Field)> {
    let unknown = || Field::new("", DataType::Null, true);
    match args.first().and_then(|first| item_of(first.data_type())).map(|item| item.data_type()) {
        Some(DataType::Struct(pair)) if pair.len() == 2 => Ok((pair[0].as_ref().clone(), pair[1].as_ref().clone())),
        Some(DataType::Null) => Ok((unknown(), unknown())),
        _ => plan_err!("an array of rows of a key and a value is missing"),
    }
}

fn of_entries_type(args: &[FieldRef]) -> Result<FieldRef> {
    let (key, value) = entry_fields(args)?;
    nullable(map_type(key, value))
}

fn multimap_type(args: &[FieldRef]) -> Result<FieldRef> {
    let (key, value) = entry_fields(args)?;
    nullable(map_type(key, Field::new("value", list_type(value), true)))
}

/// The entries of all rows, and their columns of keys and values. None of them may be NULL.
fn checked_entries(entries: &ListArray) -> Result<(ArrayRef, ArrayRef)> {
    let rows = entries.values();
    let valid = |row: &usize| entries.is_valid(*row);
    if (0..entries.len()).filter(valid).any(|row| places(entries, row).any(|place| rows.is_null(place)))
        || (rows.data_type().is_null() && !rows.is_empty())
    {
        return exec_err!("map entry cannot be null");
    }
    Ok(match rows.data_type() {
        DataType::Null => (Arc::clone(rows), Arc::clone(rows)),
        _ => (Arc::clone(rows.as_struct().column(0)), Arc::clone(rows.as_struct().column(1))),
    })
}

fn of_entries(call: &Call) -> Result<ArrayRef> {
    let entries = call.args[0].as_list::<i32>();
    let (keys, values) = checked_entries(entries)?;
    let kept = |row: usize| if entries.is_valid(row) { places(entries, row) } else { 0..0 };
    let picked = UInt32Array::from_iter_values((0..call.rows).flat_map(kept).map(|place| place as u32));
    let offsets = OffsetBuffer::from_lengths((0..call.rows).map(|row| kept(row).len()));
    let (keys, values) = (take(&keys, &picked, None)?, take(&values, &picked, None)?);
    check_keys(&keys, &offsets)?;
    map_array(call.returns.data_type(), keys, values, offsets, entries.nulls().cloned())
}

/// All values of a key in an array.
fn multimap(call: &Call) -> Result<ArrayRef> {
    let entries = call.args[0].as_list::<i32>();
    let (keys, values) = checked_entries(entries)?;
    let order = compare::order(&keys, &keys)?;
    let (mut key_places, mut value_places, mut value_lengths) = (Vec::new(), Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let own = if entries.is_valid(row) { places(entries, row) } else { 0..0 };
        let groups = groups(own, &order);
        lengths.push(groups.len());
        for group in groups {
            key_places.push(group[0] as u32);
            value_lengths.push(group.len());
            value_places.extend(group.into_iter().map(|place| place as u32));
        }
    }
    let keys = take(&keys, &UInt32Array::from(key_places), None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    check_keys(&keys, &offsets)?;
    let to = call.returns.data_type();
    let Some(DataType::List(item)) = map_fields(to).map(|(_, value)| value.data_type()) else {
        return exec_err!("expected a map of arrays, got {to}");
    };
    let values = take(&values, &UInt32Array::from(value_places), None)?;
    let values = ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(value_lengths), values, None)?;
    map_array(to, keys, Arc::new(values), offsets, entries.nulls().cloned())
}

fn histogram_type(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(map_type(item(args, 0), Field::new("value", DataType::Int64, true)))
}

/// How often each item is in the array; NULLs are not counted.
fn histogram(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let items = list.values();
    let order = compare::order(items, items)?;
    let (mut key_places, mut counts) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let own = if list.is_valid(row) { places(list, row) } else { 0..0 };
        let known = own.filter(|place| items.is_valid(*place) && !items.data_type().is_null());
        let groups = groups(known, &order);
        lengths.push(groups.len());
        key_places.extend(groups.iter().map(|group| group[0] as u32));
        counts.extend(groups.iter().map(|group| group.len() as i64));
    }
    let keys = take(items, &UInt32Array::from(key_places), None)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    map_array(call.returns.data_type(), keys, Arc::new(Int64Array::from(counts)), offsets, list.nulls().cloned())
}
