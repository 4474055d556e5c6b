//! Arrays made of the items of other arrays.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use datafusion::common::{Result, exec_err};

use super::arguments::item_of;
use crate::functions::scalar::Call;

/// An array of the call's type.
pub(crate) fn list_array(
    call: &Call,
    offsets: OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<&NullBuffer>,
) -> Result<ArrayRef> {
    let Some(item) = item_of(call.returns.data_type()) else {
        return exec_err!("expected an array, got {}", call.returns.data_type());
    };
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls.cloned())?))
}

/// The places of a row's items among all items.
pub(crate) fn places(list: &ListArray, row: usize) -> Range<usize> {
    let offsets = list.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}

/// An array with, for every row, the items of the first argument at the places `pick` names; a row with a
/// NULL argument is NULL.
pub(super) fn pick(call: &Call, pick: impl FnMut(usize) -> Result<Vec<usize>>) -> Result<ArrayRef> {
    pick_from(call, call.args[0].as_list::<i32>().values(), pick)
}

/// As [`pick`], with the items of another column.
pub(super) fn pick_from(
    call: &Call,
    values: &ArrayRef,
    mut pick: impl FnMut(usize) -> Result<Vec<usize>>,
) -> Result<ArrayRef> {
    let mut picked: Vec<u32> = Vec::new();
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let before = picked.len();
        valid.push(!call.any_null(row));
        if valid[row] {
            picked.extend(pick(row)?.into_iter().map(|place| place as u32));
        }
        lengths.push(picked.len() - before);
    }
    let values = take(values, &UInt32Array::from(picked), None)?;
    list_array(call, OffsetBuffer::from_lengths(lengths), values, Some(&NullBuffer::from(valid)))
}

/// As [`pick`], with several arrays for every row.
pub(super) fn pick_lists(call: &Call, mut pick: impl FnMut(usize) -> Result<Vec<Vec<usize>>>) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let (mut picked, mut inner) = (Vec::new(), Vec::new());
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let before = inner.len();
        valid.push(!call.any_null(row));
        if valid[row] {
            for places in pick(row)? {
                inner.push(places.len());
                picked.extend(places.into_iter().map(|place| place as u32));
            }
        }
        lengths.push(inner.len() - before);
    }
    let Some(item) = item_of(call.returns.data_type()).and_then(|inner| item_of(inner.data_type())) else {
        return exec_err!("expected an array of arrays, got {}", call.returns.data_type());
    };
    let values = take(list.values(), &UInt32Array::from(picked), None)?;
    let lists = ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(inner), values, None)?;
    list_array(call, OffsetBuffer::from_lengths(lengths), Arc::new(lists), Some(&NullBuffer::from(valid)))
}

/// An integer argument; the coercion has made it a bigint.
pub(super) fn integer(call: &Call, argument: usize, row: usize) -> i64 {
    call.args[argument].as_primitive::<arrow::datatypes::Int64Type>().value(row)
}
