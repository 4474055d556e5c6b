//! The items of a column of arrays, and lambdas over them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, filter, take, take_arrays};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::LambdaArgument;

/// A lambda's values for `rows` values of each of its parameters; `of` is the row of the batch each of them
/// belongs to, and so of what the lambda captures.
pub(crate) fn evaluate(lambda: &LambdaArgument, parameters: &[&ArrayRef], of: &UInt32Array) -> Result<ArrayRef> {
    let given: Vec<Box<dyn Fn() -> Result<ArrayRef>>> = parameters
        .iter()
        .map(|values| {
            let values = Arc::clone(values);
            Box::new(move || Ok(Arc::clone(&values))) as Box<dyn Fn() -> Result<ArrayRef>>
        })
        .collect();
    let given: Vec<&dyn Fn() -> Result<ArrayRef>> = given.iter().map(AsRef::as_ref).collect();
    lambda.evaluate(&given, |captured| Ok(take_arrays(captured, of, None)?))?.into_array(of.len())
}

/// The items of a column of arrays in one column, without those behind a NULL array.
pub(crate) struct Items {
    pub(crate) values: ArrayRef,
    pub(crate) offsets: OffsetBuffer<i32>,
    pub(crate) nulls: Option<NullBuffer>,
    /// The row each item belongs to.
    pub(crate) rows: UInt32Array,
}

impl Items {
    pub(crate) fn new(list: &ArrayRef) -> Result<Items> {
        let list = list.as_list::<i32>();
        let offsets = list.value_offsets();
        let mut places = Vec::new();
        let mut rows = Vec::new();
        let mut lengths = Vec::with_capacity(list.len());
        for row in 0..list.len() {
            let range = if list.is_valid(row) { offsets[row]..offsets[row + 1] } else { 0..0 };
            lengths.push(range.len());
            rows.resize(rows.len() + range.len(), row as u32);
            places.extend(range.map(|place| place as u32));
        }
        let dense = places.len() == list.values().len();
        let values =
            if dense { Arc::clone(list.values()) } else { take(list.values(), &UInt32Array::from(places), None)? };
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(Items { values, offsets, nulls: list.nulls().cloned(), rows: UInt32Array::from(rows) })
    }

    /// How many arrays there are.
    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    pub(super) fn places(&self, row: usize) -> std::ops::Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    /// The lambda's value for every item.
    pub(crate) fn evaluate(&self, lambda: &LambdaArgument) -> Result<ArrayRef> {
        evaluate(lambda, &[&self.values], &self.rows)
    }

    /// What the lambda says of every item.
    pub(super) fn conditions(&self, lambda: &LambdaArgument) -> Result<BooleanArray> {
        conditions(&self.evaluate(lambda)?)
    }

    /// Arrays of the same lengths with other values.
    pub(super) fn with_values(&self, values: ArrayRef, to: &DataType) -> Result<ArrayRef> {
        let DataType::List(item) = to else { return exec_err!("expected an array, got {to}") };
        let list = ListArray::try_new(Arc::clone(item), self.offsets.clone(), values, self.nulls.clone())?;
        Ok(Arc::new(list))
    }

    /// The arrays without the items the condition is not true of.
    pub(super) fn filter(&self, keep: &BooleanArray, to: &DataType) -> Result<ArrayRef> {
        let DataType::List(item) = to else { return exec_err!("expected an array, got {to}") };
        let offsets = kept_offsets(&self.offsets, keep);
        let list = ListArray::try_new(Arc::clone(item), offsets, filter(&self.values, keep)?, self.nulls.clone())?;
        Ok(Arc::new(list))
    }
}

/// The values of a lambda that is a condition.
pub(super) fn conditions(values: &ArrayRef) -> Result<BooleanArray> {
    Ok(cast(values, &DataType::Boolean)?.as_boolean().clone())
}

/// The offsets when only what a condition is true of is kept.
pub(super) fn kept_offsets(offsets: &OffsetBuffer<i32>, keep: &BooleanArray) -> OffsetBuffer<i32> {
    let kept = |place: &usize| keep.is_valid(*place) && keep.value(*place);
    let lengths = offsets.windows(2).map(|w| (w[0] as usize..w[1] as usize).filter(kept).count());
    OffsetBuffer::from_lengths(lengths.collect::<Vec<_>>())
}
