//! `concat` of arrays (and `||`), and `flatten`.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::arguments::{as_list, item_of, item_type, list, wrong};
use super::pick::{list_array, pick_from, places};
use crate::functions::scalar::{Call, Function, nullable};
use crate::types::{common_field, common_type, list_type, widen};

pub(super) fn functions() -> Vec<Function> {
    vec![concat(), Function::new("flatten", lists, item_type, flatten)]
}

fn concat() -> Function {
    Function::new("trino_array_concat", concat_arrays_types, concat_arrays_type, concat_arrays)
}

/// `a || b` and `concat(a, b, …)` where one of them is an array.
pub(crate) fn array_concat() -> Arc<ScalarUDF> {
    static CONCAT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| concat().udf());
    Arc::clone(&CONCAT)
}

/// Arrays of one type, or two arguments of which one is an item of the other.
pub(crate) fn concat_arrays_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if common_list(types).is_some() || item_and_list(types).is_some() {
        return Ok(types.to_vec());
    }
    wrong("concat", types, "arrays of the same type, or an array and an item")
}

fn common_list(types: &[DataType]) -> Option<DataType> {
    let lists = types.iter().all(|of| item_of(of).is_some() || of.is_null());
    let common = types.iter().map(as_list).try_fold(DataType::Null, |a, b| common_type(&a, &b));
    common.filter(|_| lists)
}

/// Which of two arguments is the item, and the type of the result.
fn item_and_list(types: &[DataType]) -> Option<(usize, DataType)> {
    let [left, right] = types else { return None };
    let with = |list: &DataType, item: &DataType| {
        let of = item_of(list)?;
        let common = common_type(of.data_type(), item)?;
        Some(list_type(of.as_ref().clone().with_data_type(common)))
    };
    with(right, left).map(|found| (0, found)).or_else(|| with(left, right).map(|found| (1, found)))
}

pub(crate) fn concat_arrays_type(args: &[FieldRef]) -> Result<FieldRef> {
    let types: Vec<DataType> = args.iter().map(|arg| arg.data_type().clone()).collect();
    if common_list(&types).is_some() {
        let fields = args.iter().map(|arg| arg.as_ref().clone().with_data_type(as_list(arg.data_type())));
        let common = fields.map(Some).reduce(|a, b| common_field(&a?, &b?)).flatten();
        return match common {
            Some(common) => nullable(common.data_type().clone()),
            None => plan_err!("concat takes arrays of the same type"),
        };
    }
    match item_and_list(&types) {
        Some((_, found)) => nullable(found),
        None => plan_err!("concat takes arrays of the same type"),
    }
}

/// All items of the arrays of a row; NULL when one of the arguments is.
pub(crate) fn concat_arrays(call: &Call) -> Result<ArrayRef> {
    let types: Vec<DataType> = call.args.iter().map(|arg| arg.data_type().clone()).collect();
    let item = if common_list(&types).is_some() { None } else { item_and_list(&types).map(|(which, _)| which) };
    let to = call.returns.data_type();
    let Some(of) = item_of(to) else { return plan_err!("concat gives an array") };
    let parts = call.args.iter().enumerate().map(|(i, arg)| match item == Some(i) {
        true => widen(arg, of.data_type()),
        false => widen(arg, to),
    });
    let parts = parts.collect::<Result<Vec<_>>>()?;
    let values: Vec<&dyn Array> = parts
        .iter()
        .enumerate()
        .map(|(i, part)| if item == Some(i) { part.as_ref() } else { part.as_list::<i32>().values().as_ref() })
        .collect();
    let (mut sources, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..call.rows {
        let before = sources.len();
        let known = call.args.iter().all(|arg| !arg.data_type().is_null() && arg.is_valid(row));
        if known {
            for (i, part) in parts.iter().enumerate() {
                let range = if item == Some(i) { row..row + 1 } else { places(part.as_list(), row) };
                sources.extend(range.map(|place| (i, place)));
            }
        }
        valid.push(known);
        lengths.push(sources.len() - before);
    }
    let values = interleave(&values, &sources)?;
    list_array(call, OffsetBuffer::from_lengths(lengths), values, Some(&NullBuffer::from(valid)))
}

fn lists(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let fitted = list(name, types)?;
    match fitted.first().and_then(item_of).map(|inner| inner.data_type()) {
        Some(DataType::List(_)) => Ok(fitted),
        Some(inner @ (DataType::Null | DataType::LargeList(_) | DataType::FixedSizeList(_, _))) => {
            let inner = arrow::datatypes::Field::new("item", as_list(inner), true);
            Ok(vec![list_type(inner)])
        }
        _ => wrong(name, types, "an array of arrays"),
    }
}

/// The items of the arrays inside an array; a NULL among them has none.
fn flatten(call: &Call) -> Result<ArrayRef> {
    let outer = call.args[0].as_list::<i32>();
    let inner = outer.values().as_list::<i32>();
    pick_from(call, inner.values(), |row| {
        let known = places(outer, row).filter(|place| inner.is_valid(*place));
        Ok(known.flat_map(|place| places(inner, place)).collect())
    })
}
