//! Functions over arrays and maps.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DynComparator, Int64Array, ListArray, StringBuilder, UInt32Array,
    make_comparator,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;

use super::scalar::{Call, Function, is_text, nullable};
use crate::text::Formatter;
use crate::types::{describe, list_type, map_fields};

pub(crate) fn functions() -> Vec<Function> {
    vec![
        Function::new("cardinality", list_or_map, |_| nullable(DataType::Int64), cardinality),
        Function::new("map_keys", map, |args| part(args, 0), |call| map_part(call, 0)),
        Function::new("map_values", map, |args| part(args, 1), |call| map_part(call, 1)),
        Function::new("map_entries", map, entries_type, map_entries),
        Function::new("contains", list_and_item, |_| nullable(DataType::Boolean), contains),
        Function::new("array_position", list_and_item, |_| nullable(DataType::Int64), position),
        Function::new("array_remove", list_and_item, same, remove),
        Function::new("array_max", list, item_type, |call| extreme(call, Ordering::Greater)),
        Function::new("array_min", list, item_type, |call| extreme(call, Ordering::Less)),
        Function::new("array_sort", list, same, sort),
        Function::new("array_distinct", list, same, distinct),
        Function::new("array_join", join_types, |_| nullable(DataType::Utf8), join),
        Function::new("slice", slice_types, same, slice),
        Function::new("sequence", sequence_types, |_| nullable(bigints()), sequence),
    ]
}

/// `map_keys` and `map_values`.
pub(crate) fn map_parts() -> (Arc<ScalarUDF>, Arc<ScalarUDF>) {
    static PARTS: LazyLock<(Arc<ScalarUDF>, Arc<ScalarUDF>)> = LazyLock::new(|| {
        let keys = Function::new("map_keys", map, |args| part(args, 0), |call| map_part(call, 0));
        let values = Function::new("map_values", map, |args| part(args, 1), |call| map_part(call, 1));
        (keys.udf(), values.udf())
    });
    PARTS.clone()
}

/// `[1, 2, …]` as long as the longest of its arguments, for WITH ORDINALITY.
pub(crate) fn ordinality() -> Arc<ScalarUDF> {
    static ORDINALITY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let lists = |_: &str, types: &[DataType]| Ok(types.iter().map(as_list).collect());
        Function::new(
            "trino_ordinality",
            lists,
            |_| nullable(bigints()),
            |call| {
                let longest = (0..call.rows).map(|row| {
                    let length = |arg: &ArrayRef| {
                        if arg.is_null(row) { 0 } else { arg.as_list::<i32>().value_length(row) as usize }
                    };
                    call.args.iter().map(length).max().unwrap_or(0)
                });
                let lengths: Vec<usize> = longest.collect();
                let values = lengths.iter().flat_map(|length| 1..=*length as i64);
                let values = Arc::new(Int64Array::from_iter_values(values));
                let offsets = OffsetBuffer::from_lengths(lengths);
                Ok(Arc::new(ListArray::try_new(bigint_item(), offsets, values, None)?))
            },
        )
        .udf()
    });
    Arc::clone(&ORDINALITY)
}

fn bigint_item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Int64, true))
}

fn bigints() -> DataType {
    DataType::List(bigint_item())
}

/// Other kinds of lists become plain ones.
fn as_list(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => DataType::List(Arc::clone(item)),
        DataType::Null => list_type(Field::new("item", DataType::Null, true)),
        other => other.clone(),
    }
}

fn item_of(data_type: &DataType) -> Option<&FieldRef> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

fn wrong<T>(name: &str, types: &[DataType], takes: &str) -> Result<T> {
    let given: Vec<String> = types.iter().map(describe).collect();
    plan_err!("{name}({}) does not exist; {name} takes {takes}", given.join(", "))
}

fn list(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of] if item_of(of).is_some() || of.is_null() => Ok(vec![as_list(of)]),
        _ => wrong(name, types, "an array"),
    }
}

fn map(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of @ DataType::Map(_, _)] => Ok(vec![of.clone()]),
        _ => wrong(name, types, "a map"),
    }
}

fn list_or_map(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    map(name, types).or_else(|_| list(name, types)).or_else(|_| wrong(name, types, "an array or a map"))
}

/// The items and the value beside them get one type to compare in.
fn list_and_item(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [of, value] = types else { return wrong(name, types, "an array and a value") };
    if name == "contains" && is_text(of) && is_text(value) && !of.is_null() {
        return Ok(vec![DataType::Utf8View, DataType::Utf8View]);
    }
    let DataType::List(item) = as_list(of) else {
        return wrong(name, types, "an array and a value");
    };
    let common = if value.is_null() {
        Some(item.data_type().clone())
    } else if item.data_type() == value {
        Some(value.clone())
    } else {
        comparison_coercion(item.data_type(), value)
    };
    let Some(common) = common else { return wrong(name, types, "an array and a value like its items") };
    let item = item.as_ref().clone().with_data_type(common.clone());
    Ok(vec![DataType::List(Arc::new(item)), common])
}

fn same(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first() {
        Some(first) => Ok(Arc::new(first.as_ref().clone().with_nullable(true))),
        None => plan_err!("an argument is missing"),
    }
}

fn item_type(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first().and_then(|first| item_of(first.data_type())) {
        Some(item) => Ok(Arc::new(item.as_ref().clone().with_nullable(true))),
        None => plan_err!("an array is missing"),
    }
}

/// A list of the keys (0) or the values (1).
fn part(args: &[FieldRef], which: usize) -> Result<FieldRef> {
    match args.first().and_then(|first| map_fields(first.data_type())) {
        Some((key, value)) => {
            let field = if which == 0 { key } else { value };
            nullable(list_type(field.as_ref().clone()))
        }
        None => plan_err!("a map is missing"),
    }
}

fn entries_type(args: &[FieldRef]) -> Result<FieldRef> {
    match args.first().map(|first| first.data_type()) {
        Some(DataType::Map(entries, _)) => nullable(list_type(entries.as_ref().clone())),
        _ => plan_err!("a map is missing"),
    }
}

fn cardinality(call: &Call) -> Result<ArrayRef> {
    let of = &call.args[0];
    let length = |row: usize| match of.data_type() {
        DataType::Map(_, _) => of.as_map().value_length(row),
        _ => of.as_list::<i32>().value_length(row),
    };
    let lengths = (0..call.rows).map(|row| of.is_valid(row).then(|| i64::from(length(row))));
    Ok(Arc::new(lengths.collect::<Int64Array>()))
}

fn map_part(call: &Call, which: usize) -> Result<ArrayRef> {
    let map = call.args[0].as_map();
    let values = if which == 0 { map.keys() } else { map.values() };
    list_like(call, map.offsets().clone(), Arc::clone(values), map.nulls())
}

fn map_entries(call: &Call) -> Result<ArrayRef> {
    let map = call.args[0].as_map();
    let entries: ArrayRef = Arc::new(map.entries().clone());
    list_like(call, map.offsets().clone(), entries, map.nulls())
}

/// An array of the call's type.
fn list_like(
    call: &Call,
    offsets: OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<&arrow::buffer::NullBuffer>,
) -> Result<ArrayRef> {
    let Some(item) = item_of(call.returns.data_type()) else {
        return exec_err!("expected an array, got {}", call.returns.data_type());
    };
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls.cloned())?))
}

/// The places of a row's items among all items.
fn places(list: &ListArray, row: usize) -> std::ops::Range<usize> {
    let offsets = list.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}

/// Compares items with the values of the second argument by their places.
fn comparator(call: &Call) -> Result<DynComparator> {
    let list = call.args[0].as_list::<i32>();
    Ok(make_comparator(list.values(), &call.args[1], SortOptions::default())?)
}

fn contains(call: &Call) -> Result<ArrayRef> {
    if call.args[0].data_type() == &DataType::Utf8View {
        return super::ip::contains(call);
    }
    let list = call.args[0].as_list::<i32>();
    let items = list.values();
    let compare = comparator(call)?;
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return None;
        }
        let mut unknown = false;
        for place in places(list, row) {
            if items.is_null(place) {
                unknown = true;
            } else if compare(place, row).is_eq() {
                return Some(true);
            }
        }
        (!unknown).then_some(false)
    });
    Ok(Arc::new(found.collect::<BooleanArray>()))
}

fn position(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let compare = comparator(call)?;
    let found = (0..call.rows).map(|row| {
        let is_it = |place: &usize| list.values().is_valid(*place) && compare(*place, row).is_eq();
        let at = || places(list, row).position(|place| is_it(&place));
        (!call.any_null(row)).then(|| at().map_or(0, |at| at as i64 + 1))
    });
    Ok(Arc::new(found.collect::<Int64Array>()))
}

/// A list with, for every row, the items at the places `pick` names.
fn pick(call: &Call, mut pick: impl FnMut(usize) -> Option<Vec<usize>>) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let mut picked: Vec<u32> = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows);
    let mut valid = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let places = pick(row);
        valid.push(places.is_some());
        let places = places.unwrap_or_default();
        lengths.push(places.len());
        picked.extend(places.into_iter().map(|place| place as u32));
    }
    let values = take(list.values(), &UInt32Array::from(picked), None)?;
    let nulls = arrow::buffer::NullBuffer::from(valid);
    list_like(call, OffsetBuffer::from_lengths(lengths), values, Some(&nulls))
}

fn remove(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let compare = comparator(call)?;
    pick(call, |row| {
        let keep = |place: &usize| list.values().is_null(*place) || compare(*place, row).is_ne();
        (!call.any_null(row)).then(|| places(list, row).filter(keep).collect())
    })
}

/// The greatest or the least item; NULL when one is NULL.
fn extreme(call: &Call, wanted: Ordering) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let items = list.values();
    let compare = make_comparator(items, items, SortOptions::default())?;
    let picked = (0..call.rows).map(|row| {
        if list.is_null(row) || places(list, row).any(|place| items.is_null(place)) {
            return None;
        }
        places(list, row)
            .reduce(|best, place| if compare(place, best) == wanted { place } else { best })
            .map(|place| place as u32)
    });
    Ok(take(items, &picked.collect::<UInt32Array>(), None)?)
}

fn sort(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let options = SortOptions { descending: false, nulls_first: false };
    let compare = make_comparator(list.values(), list.values(), options)?;
    pick(call, |row| {
        list.is_valid(row).then(|| {
            let mut places: Vec<usize> = places(list, row).collect();
            places.sort_by(|a, b| compare(*a, *b));
            places
        })
    })
}

/// Every item once, where it first stands.
fn distinct(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let compare = make_comparator(list.values(), list.values(), SortOptions::default())?;
    pick(call, |row| {
        list.is_valid(row).then(|| {
            let mut sorted: Vec<usize> = places(list, row).collect();
            sorted.sort_by(|a, b| compare(*a, *b).then(a.cmp(b)));
            sorted.dedup_by(|later, first| compare(*later, *first).is_eq());
            sorted.sort_unstable();
            sorted
        })
    })
}

fn join_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of, rest @ ..] if (1..=2).contains(&rest.len()) && item_of(of).is_some() && rest.iter().all(is_text) => {
            let mut fitted = vec![as_list(of)];
            fitted.extend(rest.iter().map(|_| DataType::Utf8View));
            Ok(fitted)
        }
        _ => wrong(name, types, "an array, a delimiter and a text for NULLs"),
    }
}

fn join(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let formatter = Formatter::new(list.values());
    let mut result = StringBuilder::new();
    for row in 0..call.rows {
        if call.any_null(row) {
            result.append_null();
            continue;
        }
        let delimiter = call.text(1).value(row);
        let mut text = String::new();
        let mut first = true;
        for place in places(list, row) {
            let before = text.len();
            if !first {
                text.push_str(delimiter);
            }
            if formatter.write(place, &mut text) {
                first = false;
            } else if call.args.len() > 2 {
                text.push_str(call.text(2).value(row));
                first = false;
            } else {
                text.truncate(before);
            }
        }
        result.append_value(text);
    }
    Ok(Arc::new(result.finish()))
}

fn slice_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of, start, length] if item_of(of).is_some() && start.is_integer() && length.is_integer() => {
            Ok(vec![as_list(of), DataType::Int64, DataType::Int64])
        }
        _ => wrong(name, types, "an array, a start and a length"),
    }
}

/// From one, or from the end for a negative start.
fn slice(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let starts = call.args[1].as_primitive::<Int64Type>();
    let lengths = call.args[2].as_primitive::<Int64Type>();
    let bad = |row: usize| !call.any_null(row) && (starts.value(row) == 0 || lengths.value(row) < 0);
    if (0..call.rows).any(bad) {
        return exec_err!("slice starts at 1 or, from the end, at -1, and its length is not negative");
    }
    pick(call, |row| {
        (!call.any_null(row)).then(|| {
            let places = places(list, row);
            let count = places.len() as i64;
            let start = starts.value(row);
            let from = if start > 0 { start - 1 } else { count + start };
            if !(0..count).contains(&from) {
                return vec![];
            }
            let to = from.saturating_add(lengths.value(row)).min(count);
            (places.start + from as usize..places.start + to as usize).collect()
        })
    })
}

fn sequence_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if (2..=3).contains(&types.len()) && types.iter().all(DataType::is_integer) {
        return Ok(vec![DataType::Int64; types.len()]);
    }
    wrong(name, types, "two or three integers")
}

fn sequence(call: &Call) -> Result<ArrayRef> {
    const MOST: i64 = 10_000;
    let argument = |i: usize, row: usize| call.args[i].as_primitive::<Int64Type>().value(row);
    let mut values = Vec::new();
    let mut lengths = Vec::new();
    let mut valid = Vec::new();
    for row in 0..call.rows {
        let before = values.len();
        valid.push(!call.any_null(row));
        if !call.any_null(row) {
            let (start, stop) = (argument(0, row), argument(1, row));
            let natural = if start <= stop { 1 } else { -1 };
            let step = if call.args.len() > 2 { argument(2, row) } else { natural };
            if step == 0 || (start != stop && step.signum() != natural) {
                return exec_err!("sequence stop is not reachable from start by this step");
            }
            if ((stop - start) / step) >= MOST {
                return exec_err!("sequence has more than {MOST} items");
            }
            values.extend((0..=(stop - start) / step).map(|n| start + n * step));
        }
        lengths.push(values.len() - before);
    }
    let nulls = arrow::buffer::NullBuffer::from(valid);
    let values = Arc::new(Int64Array::from(values));
    list_like(call, OffsetBuffer::from_lengths(lengths), values, Some(&nulls))
}
