//! Arrays: their constructor and functions over them without lambdas.
//!
//! Source: Trino's pages "Array functions and operators" and "Mathematical functions" (vectors).

mod arguments;
mod combine;
mod construct;
mod join;
mod order;
mod pick;
mod search;
mod sequence;
mod sets;
mod slices;
mod vectors;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{Call, Function, nullable};
use crate::types::map_fields;

pub(crate) use super::map::map_parts;
pub(crate) use arguments::{as_list, item_of, list, wrong};
pub(crate) use combine::{array_concat, concat_arrays, concat_arrays_type, concat_arrays_types};
pub(crate) use construct::make_array;
pub(crate) use order::reverse;
pub(crate) use pick::{list_array, places};

pub(crate) fn functions() -> Vec<Function> {
    let cardinality = Function::new("cardinality", list_or_map, |_| nullable(DataType::Int64), cardinality);
    [
        vec![cardinality],
        combine::functions(),
        construct::functions(),
        join::functions(),
        order::functions(),
        search::functions(),
        sequence::functions(),
        sets::functions(),
        slices::functions(),
        vectors::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn list_or_map(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of] if map_fields(of).is_some() => Ok(types.to_vec()),
        _ => list(name, types).or_else(|_| wrong(name, types, "an array or a map")),
    }
}

/// How many items or entries there are; those inside of items do not count.
fn cardinality(call: &Call) -> Result<ArrayRef> {
    let of = &call.args[0];
    let length = |row: usize| match of.data_type() {
        DataType::Map(_, _) => of.as_map().value_length(row),
        _ => of.as_list::<i32>().value_length(row),
    };
    let lengths = (0..call.rows).map(|row| of.is_valid(row).then(|| i64::from(length(row))));
    Ok(Arc::new(lengths.collect::<Int64Array>()))
}

/// `[1, 2, …]` as long as the longest of its arguments, for WITH ORDINALITY.
pub(crate) fn ordinality() -> Arc<ScalarUDF> {
    static ORDINALITY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        let lists = |_: &str, types: &[DataType]| Ok(types.iter().map(as_list).collect());
        Function::new("trino_ordinality", lists, |_| nullable(DataType::List(bigint_item())), count_items).udf()
    });
    Arc::clone(&ORDINALITY)
}

fn bigint_item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Int64, true))
}

fn count_items(call: &Call) -> Result<ArrayRef> {
    let longest = (0..call.rows).map(|row| {
        let length =
            |arg: &ArrayRef| if arg.is_null(row) { 0 } else { arg.as_list::<i32>().value_length(row) as usize };
        call.args.iter().map(length).max().unwrap_or(0)
    });
    let lengths: Vec<usize> = longest.collect();
    let values = lengths.iter().flat_map(|length| 1..=*length as i64);
    let values = Arc::new(Int64Array::from_iter_values(values));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(bigint_item(), offsets, values, None)?))
}
