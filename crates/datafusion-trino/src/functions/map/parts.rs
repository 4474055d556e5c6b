//! `map_keys`, `map_values`, `map_entries` and `map_concat`.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StructArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::map_array;
use crate::compare;
use crate::functions::collection::{list_array, wrong};
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::{anonymous_field, common_field, list_type, map_fields, map_type, widen};

pub(super) fn functions() -> Vec<Function> {
    vec![
        keys(),
        values(),
        Function::new("map_entries", map, entries_type, map_entries),
        Function::new("map_concat", maps, concat_type, map_concat),
    ]
}

fn keys() -> Function {
    Function::new("map_keys", map, |args| part(args, 0), |call| map_part(call, 0))
}

fn values() -> Function {
    Function::new("map_values", map, |args| part(args, 1), |call| map_part(call, 1))
}

/// `map_keys` and `map_values`.
pub(crate) fn map_parts() -> (Arc<ScalarUDF>, Arc<ScalarUDF>) {
    static PARTS: LazyLock<(Arc<ScalarUDF>, Arc<ScalarUDF>)> = LazyLock::new(|| (keys().udf(), values().udf()));
    PARTS.clone()
}

/// A map whose keys and values are unknown: that of NULL.
fn unknown_map() -> DataType {
    let unknown = || Field::new("", DataType::Null, true);
    map_type(unknown(), unknown())
}

fn map(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of @ DataType::Map(_, _)] => Ok(vec![of.clone()]),
        [DataType::Null] => Ok(vec![unknown_map()]),
        _ => wrong(name, types, "a map"),
    }
}

fn maps(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return plan_err!("There must be two or more concatenation arguments to {name}");
    }
    let fits = |of: &DataType| matches!(of, DataType::Map(_, _) | DataType::Null);
    if types.iter().all(fits) { Ok(types.to_vec()) } else { wrong(name, types, "maps") }
}

fn fields(args: &[FieldRef]) -> Result<(&FieldRef, &FieldRef)> {
    match args.first().and_then(|first| map_fields(first.data_type())) {
        Some(fields) => Ok(fields),
        None => plan_err!("a map is missing"),
    }
}

/// A list of the keys (0) or the values (1).
fn part(args: &[FieldRef], which: usize) -> Result<FieldRef> {
    let (key, value) = fields(args)?;
    nullable(list_type(if which == 0 { key.as_ref().clone() } else { value.as_ref().clone() }))
}

fn map_part(call: &Call, which: usize) -> Result<ArrayRef> {
    let map = call.args[0].as_map();
    let values = if which == 0 { map.keys() } else { map.values() };
    list_array(call, map.offsets().clone(), Arc::clone(values), map.nulls())
}

/// An array of rows without names.
fn entries_type(args: &[FieldRef]) -> Result<FieldRef> {
    let (key, value) = fields(args)?;
    let row = Fields::from(vec![anonymous_field(0, key), anonymous_field(1, value)]);
    nullable(list_type(Field::new("item", DataType::Struct(row), true)))
}

fn map_entries(call: &Call) -> Result<ArrayRef> {
    let map = call.args[0].as_map();
    let row = match call.returns.data_type() {
        DataType::List(item) => item.data_type(),
        other => other,
    };
    let DataType::Struct(row) = row else { return plan_err!("map_entries gives rows") };
    let columns = vec![Arc::clone(map.keys()), Arc::clone(map.values())];
    let entries = StructArray::try_new_with_length(row.clone(), columns, None, map.entries().len())?;
    list_array(call, map.offsets().clone(), Arc::new(entries), map.nulls())
}

fn concat_type(args: &[FieldRef]) -> Result<FieldRef> {
    let common = args
        .iter()
        .map(|arg| arg.as_ref().clone())
        .try_fold(Field::new("", DataType::Null, true), |a, b| common_field(&a, &b));
    match common {
        Some(field) if field.data_type().is_null() => nullable(unknown_map()),
        Some(field) => Ok(Arc::new(field.with_nullable(true))),
        None => plan_err!("map_concat takes maps of one type"),
    }
}

/// The entry of the last map that has a key counts.
fn map_concat(call: &Call) -> Result<ArrayRef> {
    let to = call.returns.data_type();
    let maps = call.args.iter().map(|arg| widen(arg, to)).collect::<Result<Vec<_>>>()?;
    let parts = |values: bool| {
        let parts = maps.iter().map(|map| if values { map.as_map().values() } else { map.as_map().keys() });
        let parts: Vec<&dyn Array> = parts.map(AsRef::as_ref).collect();
        concat(&parts)
    };
    let (keys, values) = (parts(false)?, parts(true)?);
    let starts: Vec<usize> = maps
        .iter()
        .scan(0, |next, map| {
            let start = *next;
            *next += map.as_map().keys().len();
            Some(start)
        })
        .collect();
    let order = compare::order(&keys, &keys)?;
    let (mut picked, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..call.rows {
        let before = picked.len();
        valid.push(maps.iter().all(|map| map.is_valid(row)));
        if valid[row] {
            let places = maps.iter().zip(&starts).flat_map(|(map, start)| {
                let offsets = map.as_map().value_offsets();
                start + offsets[row] as usize..start + offsets[row + 1] as usize
            });
            picked.extend(last_of_each(places.collect(), &order).into_iter().map(|place| place as u32));
        }
        lengths.push(picked.len() - before);
    }
    let picked = UInt32Array::from(picked);
    let (keys, values) = (take(&keys, &picked, None)?, take(&values, &picked, None)?);
    map_array(to, keys, values, OffsetBuffer::from_lengths(lengths), Some(valid.into()))
}

/// Of the places with the same key the last one.
fn last_of_each(mut places: Vec<usize>, order: &compare::Order) -> Vec<usize> {
    places.sort_by(|a, b| order(*a, *b).then(b.cmp(a)));
    places.dedup_by(|later, first| order(*later, *first).is_eq());
    places.sort_unstable();
    places
}
