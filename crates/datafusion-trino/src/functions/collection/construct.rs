//! The array constructor, `repeat` and `zip`.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{interleave, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::arguments::{as_list, item_of, same, wrong};
use super::pick::{integer, list_array};
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::{anonymous_field, common_field, common_type, describe, list_type, widen};

pub(super) fn functions() -> Vec<Function> {
    vec![
        constructor(),
        Function::new("repeat", value_and_count, repeated_type, repeat),
        Function::new("zip", several_lists, zipped_type, zip),
    ]
}

fn constructor() -> Function {
    Function::new("make_array", items, array_type, construct)
}

/// `ARRAY[…]`.
pub(crate) fn make_array() -> Arc<ScalarUDF> {
    static MAKE_ARRAY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| constructor().udf());
    Arc::clone(&MAKE_ARRAY)
}

/// Items keep their types until the array is built, which widens them: rows by position.
fn items(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let mut common = DataType::Null;
    for of in types {
        match common_type(&common, of) {
            Some(wider) => common = wider,
            None => {
                return plan_err!(
                    "All ARRAY elements must be the same type: {} and {}",
                    describe(&common),
                    describe(of)
                );
            }
        }
    }
    Ok(types.to_vec())
}

fn array_type(args: &[FieldRef]) -> Result<FieldRef> {
    let nothing = Field::new("item", DataType::Null, true);
    match args.iter().try_fold(nothing, |common, arg| common_field(&common, arg)) {
        Some(item) => nullable(list_type(item)),
        None => plan_err!("All ARRAY elements must be the same type"),
    }
}

fn construct(call: &Call) -> Result<ArrayRef> {
    let Some(item) = item_of(call.returns.data_type()) else { return exec_err!("an array has items") };
    let columns = call.args.iter().map(|arg| widen(arg, item.data_type())).collect::<Result<Vec<_>>>()?;
    let sources: Vec<(usize, usize)> =
        (0..call.rows).flat_map(|row| (0..columns.len()).map(move |column| (column, row))).collect();
    let values = match columns.is_empty() {
        true => arrow::array::new_empty_array(item.data_type()),
        false => interleave(&columns.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>(), &sources)?,
    };
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(columns.len(), call.rows));
    list_array(call, offsets, values, None)
}

fn value_and_count(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [value, count] if count.is_integer() || count.is_null() => Ok(vec![value.clone(), DataType::Int64]),
        _ => wrong(name, types, "a value and how often to repeat it"),
    }
}

fn repeated_type(args: &[FieldRef]) -> Result<FieldRef> {
    nullable(list_type(same(args)?.as_ref().clone()))
}

fn repeat(call: &Call) -> Result<ArrayRef> {
    const MOST: i64 = 100_000;
    const MOST_BYTES: usize = 4 << 20;
    let counts = &call.args[1];
    let mut lengths = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let count = if counts.is_valid(row) { integer(call, 1, row) } else { 0 };
        if count > MOST {
            return exec_err!("count argument of repeat function must be less than or equal to {MOST}");
        }
        if count < 0 {
            return exec_err!("count argument of repeat function must be greater than or equal to 0");
        }
        lengths.push(count as usize);
    }
    let value = &call.args[0];
    let wide = !value.data_type().is_primitive() && value.data_type() != &DataType::Boolean;
    if wide {
        let bytes = |row: usize| value.slice(row, 1).to_data().get_slice_memory_size().unwrap_or(0);
        if (0..call.rows).any(|row| lengths[row] > 1 && bytes(row).saturating_mul(lengths[row]) > MOST_BYTES) {
            return exec_err!("result of repeat function must not take more than {MOST_BYTES} bytes");
        }
    }
    let picked = lengths.iter().enumerate().flat_map(|(row, length)| std::iter::repeat_n(row as u32, *length));
    let values = take(value, &UInt32Array::from_iter_values(picked), None)?;
    list_array(call, OffsetBuffer::from_lengths(lengths), values, counts.nulls())
}

fn several_lists(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let lists = types.iter().all(|of| item_of(of).is_some() || of.is_null());
    if lists && (2..=5).contains(&types.len()) {
        return Ok(types.iter().map(as_list).collect());
    }
    wrong(name, types, "two to five arrays")
}

fn zipped_type(args: &[FieldRef]) -> Result<FieldRef> {
    let fields = args.iter().enumerate().map(|(i, arg)| match item_of(arg.data_type()) {
        Some(item) => Ok(anonymous_field(i, item)),
        None => plan_err!("zip takes arrays"),
    });
    let fields = fields.collect::<Result<Vec<Field>>>()?;
    nullable(list_type(Field::new("item", DataType::Struct(Fields::from(fields)), true)))
}

/// Rows of the items in the same place; shorter arrays are filled up with NULLs.
fn zip(call: &Call) -> Result<ArrayRef> {
    let lists: Vec<&ListArray> = call.args.iter().map(|arg| arg.as_list::<i32>()).collect();
    let valid: Vec<bool> = (0..call.rows).map(|row| !call.any_null(row)).collect();
    let length = |row: usize| {
        let longest = lists.iter().map(|list| list.value_length(row) as usize).max().unwrap_or(0);
        if valid[row] { longest } else { 0 }
    };
    let lengths: Vec<usize> = (0..call.rows).map(length).collect();
    let columns = lists.iter().map(|list| {
        let place = |row: usize, at: usize| {
            (at < list.value_length(row) as usize).then(|| list.value_offsets()[row] as u32 + at as u32)
        };
        let places = lengths.iter().enumerate().flat_map(|(row, length)| (0..*length).map(move |at| place(row, at)));
        Ok(take(list.values(), &places.collect::<UInt32Array>(), None)?)
    });
    let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
    let Some(DataType::Struct(fields)) = item_of(call.returns.data_type()).map(|item| item.data_type()) else {
        return exec_err!("zip gives an array of rows");
    };
    let rows = StructArray::try_new_with_length(fields.clone(), columns, None, lengths.iter().sum())?;
    list_array(call, OffsetBuffer::from_lengths(lengths), Arc::new(rows), Some(&NullBuffer::from(valid)))
}
