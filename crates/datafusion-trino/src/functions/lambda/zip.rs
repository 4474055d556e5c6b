//! `zip_with`: a lambda over the items of two arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::LambdaParametersProgress;

use super::items::evaluate;
use super::{Arguments, Fields, HigherOrder, LambdaCall, as_array, item_parameter};
use crate::types::list_type;

pub(super) fn functions() -> Vec<HigherOrder> {
    vec![HigherOrder::new("zip_with", "vvl", two_arrays, items, zipped, zip_with)]
}

fn two_arrays(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    types.iter().map(|of| as_array(name, of)).collect()
}

fn items(name: &str, fields: Fields) -> Result<LambdaParametersProgress> {
    let parameters = vec![item_parameter(name, fields, 0)?, item_parameter(name, fields, 1)?];
    Ok(LambdaParametersProgress::Complete(vec![parameters]))
}

fn zipped(args: &Arguments) -> Result<Field> {
    Ok(Field::new("", list_type(args.lambda(2)?), true))
}

/// The shorter array is filled up with NULLs.
fn zip_with(call: &LambdaCall) -> Result<ArrayRef> {
    let DataType::List(item) = call.returns() else { return exec_err!("expected an array, got {}", call.returns()) };
    let arrays = [call.value(0)?, call.value(1)?];
    let lists = [arrays[0].as_list::<i32>(), arrays[1].as_list::<i32>()];
    let nulls = NullBuffer::union(lists[0].nulls(), lists[1].nulls());
    let length = |row: usize| match &nulls {
        Some(nulls) if nulls.is_null(row) => 0,
        _ => lists[0].value_length(row).max(lists[1].value_length(row)) as usize,
    };
    let lengths: Vec<usize> = (0..call.rows()).map(length).collect();
    let of: UInt32Array =
        lengths.iter().enumerate().flat_map(|(row, length)| std::iter::repeat_n(row as u32, *length)).collect();
    let items = lists.map(|list| {
        let place = |row: usize, at: usize| {
            (at < list.value_length(row) as usize).then(|| list.value_offsets()[row] as u32 + at as u32)
        };
        let places = lengths.iter().enumerate().flat_map(|(row, length)| (0..*length).map(move |at| place(row, at)));
        take(list.values(), &places.collect::<UInt32Array>(), None)
    });
    let [left, right] = items;
    let values = evaluate(call.lambda(2)?, &[&left?, &right?], &of)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls)?))
}
