//! Values of any type as bytes that compare, hash and come back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use arrow::row::{OwnedRow, RowConverter, Rows, SortField};
use datafusion::common::{Result, ScalarValue, exec_err};

/// Converts the values of one type.
#[derive(Debug)]
pub(super) struct Keys {
    converter: RowConverter,
    data_type: DataType,
}

impl Keys {
    pub(super) fn try_new(data_type: &DataType) -> Result<Keys> {
        let converter = RowConverter::new(vec![SortField::new(data_type.clone())])?;
        Ok(Keys { converter, data_type: data_type.clone() })
    }

    pub(super) fn rows(&self, values: &ArrayRef) -> Result<Rows> {
        Ok(self.converter.convert_columns(&[Arc::clone(values)])?)
    }

    /// The values of rows, as a column.
    pub(super) fn values<'r>(&self, rows: impl Iterator<Item = &'r OwnedRow>) -> Result<ArrayRef> {
        let rows: Vec<_> = rows.map(OwnedRow::row).collect();
        if rows.is_empty() {
            return Ok(new_empty_array(&self.data_type));
        }
        Ok(self.converter.convert_rows(rows)?.remove(0))
    }

    pub(super) fn list<'r>(&self, rows: impl Iterator<Item = &'r OwnedRow>) -> Result<ScalarValue> {
        list(self.values(rows)?, &plain_list(&self.data_type))
    }

    pub(super) fn size(&self) -> usize {
        self.converter.size()
    }
}

/// The type of a list in a partial state.
pub(super) fn plain_list(item: &DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item.clone(), true)))
}

/// A column as one list of the given type.
pub(super) fn list(values: ArrayRef, data_type: &DataType) -> Result<ScalarValue> {
    let DataType::List(item) = data_type else { return exec_err!("{data_type} is no list") };
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    Ok(ScalarValue::List(Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, None)?)))
}

/// Scalars of one type as a column.
pub(super) fn column<'s>(values: impl Iterator<Item = &'s ScalarValue>, data_type: &DataType) -> Result<ArrayRef> {
    let mut values = values.cloned().peekable();
    if values.peek().is_none() {
        return Ok(new_empty_array(data_type));
    }
    ScalarValue::iter_to_array(values)
}

/// The lists of partial states, one after the other; absent ones left out.
pub(super) fn lists(states: &[ArrayRef], i: usize) -> Vec<Option<ArrayRef>> {
    let Some(lists) = states.get(i).and_then(|state| state.as_list_opt::<i32>()) else { return vec![] };
    (0..lists.len()).map(|row| lists.is_valid(row).then(|| lists.value(row))).collect()
}
