//! Maps: their constructors, their parts, and functions over them without lambdas.
//!
//! Source: Trino's page "Map functions and operators".

mod constructors;
mod parts;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::scalar::Function;
use crate::compare;
use crate::text::Formatter;

pub(crate) use parts::map_parts;

pub(crate) fn functions() -> Vec<Function> {
    [constructors::functions(), parts::functions()].into_iter().flatten().collect()
}

/// The entries of a column of maps in two columns, without those behind a NULL map.
pub(crate) struct Entries {
    pub(crate) keys: ArrayRef,
    pub(crate) values: ArrayRef,
    pub(crate) offsets: OffsetBuffer<i32>,
    pub(crate) nulls: Option<NullBuffer>,
}

impl Entries {
    pub(crate) fn new(map: &ArrayRef) -> Result<Entries> {
        let map = map.as_map();
        let range = |row: usize| match map.is_valid(row) {
            true => map.value_offsets()[row] as u32..map.value_offsets()[row + 1] as u32,
            false => 0..0,
        };
        let places = UInt32Array::from_iter_values((0..map.len()).flat_map(range));
        let offsets = OffsetBuffer::from_lengths((0..map.len()).map(|row| range(row).len()));
        let (keys, values) = (take(map.keys(), &places, None)?, take(map.values(), &places, None)?);
        Ok(Entries { keys, values, offsets, nulls: map.nulls().cloned() })
    }

    /// The row each entry belongs to.
    pub(crate) fn rows(&self) -> UInt32Array {
        let lengths = self.offsets.windows(2).map(|w| (w[1] - w[0]) as usize).enumerate();
        UInt32Array::from_iter_values(lengths.flat_map(|(row, length)| std::iter::repeat_n(row as u32, length)))
    }
}

/// Maps of a type from their keys and values.
pub(crate) fn map_array(
    to: &DataType,
    keys: ArrayRef,
    values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let DataType::Map(entries, sorted) = to else { return exec_err!("expected a map, got {to}") };
    let DataType::Struct(pair) = entries.data_type() else { return exec_err!("expected a map, got {to}") };
    let length = keys.len();
    let pairs = StructArray::try_new_with_length(pair.clone(), vec![keys, values], None, length)?;
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, pairs, nulls, *sorted)?))
}

/// Keys must not be NULL, nor have a NULL inside, and no two of a map may be the same.
///
/// # Errors
/// Trino's, with the key.
pub(crate) fn check_keys(keys: &ArrayRef, offsets: &OffsetBuffer<i32>) -> Result<()> {
    let indeterminate = compare::indeterminate(keys)?;
    let order = compare::order(keys, keys)?;
    for w in offsets.windows(2) {
        let mut places: Vec<usize> = (w[0] as usize..w[1] as usize).collect();
        for place in &places {
            if keys.is_null(*place) || keys.data_type().is_null() {
                return exec_err!("map key cannot be null");
            }
            if indeterminate(*place) {
                return exec_err!("map key cannot be indeterminate: {}", text(keys, *place));
            }
        }
        places.sort_by(|a, b| order(*a, *b));
        if let Some(pair) = places.windows(2).find(|pair| order(pair[0], pair[1]).is_eq()) {
            return exec_err!("Duplicate map keys ({}) are not allowed", text(keys, pair[0]));
        }
    }
    Ok(())
}

fn text(keys: &ArrayRef, place: usize) -> String {
    let mut text = String::new();
    Formatter::new(keys).write(place, &mut text);
    text
}
