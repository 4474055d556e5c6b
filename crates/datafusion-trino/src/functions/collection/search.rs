//! Items looked for in arrays: `contains`, `array_position`, `array_remove`, `contains_sequence`,
//! `arrays_overlap`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, ListArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::arguments::{common_lists, list_and_item, same};
use super::pick::{pick, places};
use crate::compare::{self, Equality};
use crate::functions::ip;
use crate::functions::scalar::{Call, Function, is_text, nullable};

pub(super) fn functions() -> Vec<Function> {
    let boolean = |_: &[arrow::datatypes::FieldRef]| nullable(DataType::Boolean);
    vec![
        Function::new("contains", list_or_network, boolean, contains),
        Function::new("array_position", list_and_item, |_| nullable(DataType::Int64), position),
        Function::new("array_remove", list_and_item, same, remove),
        Function::new("contains_sequence", common_lists, boolean, contains_sequence),
        Function::new("arrays_overlap", common_lists, boolean, overlap),
    ]
}

fn list_or_network(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of, value] if is_text(of) && is_text(value) && !of.is_null() => {
            Ok(vec![DataType::Utf8View, DataType::Utf8View])
        }
        [of, address @ DataType::FixedSizeBinary(16)] if is_text(of) => Ok(vec![DataType::Utf8View, address.clone()]),
        _ => list_and_item(name, types),
    }
}

/// Compares items of the first argument with the value of the second in a row.
struct Search<'a> {
    name: &'a str,
    list: &'a ListArray,
    equal: Equality,
}

impl<'a> Search<'a> {
    fn new(name: &'a str, call: &'a Call) -> Result<Search<'a>> {
        let list = call.args[0].as_list::<i32>();
        Ok(Search { name, list, equal: compare::equality(list.values(), &call.args[1])? })
    }

    fn is_null(&self, place: usize) -> bool {
        self.list.values().is_null(place) || self.list.values().data_type().is_null()
    }

    /// An item that is not NULL is the value, or is not; NULLs inside of either leave it open.
    fn is(&self, place: usize, row: usize) -> Result<bool> {
        match (self.equal)(place, row) {
            Some(found) => Ok(found),
            None => exec_err!("{} does not support arrays with elements that are null or contain null", self.name),
        }
    }
}

fn contains(call: &Call) -> Result<ArrayRef> {
    if call.args[0].data_type() == &DataType::Utf8View {
        return ip::contains(call);
    }
    let search = Search::new("contains", call)?;
    let found = (0..call.rows).map(|row| {
        if is_null(call, row) {
            return Ok(None);
        }
        let mut unknown = false;
        for place in places(search.list, row) {
            if search.is_null(place) {
                unknown = true;
            } else if search.is(place, row)? {
                return Ok(Some(true));
            }
        }
        Ok((!unknown).then_some(false))
    });
    Ok(Arc::new(found.collect::<Result<BooleanArray>>()?))
}

/// Whether an argument is NULL, by its type or in this row.
fn is_null(call: &Call, row: usize) -> bool {
    call.any_null(row) || call.args.iter().any(|arg| arg.data_type().is_null())
}

/// From one; zero when the value is not there.
fn position(call: &Call) -> Result<ArrayRef> {
    let search = Search::new("array_position", call)?;
    let found = (0..call.rows).map(|row| {
        if is_null(call, row) {
            return Ok(None);
        }
        for (at, place) in places(search.list, row).enumerate() {
            if !search.is_null(place) && search.is(place, row)? {
                return Ok(Some(at as i64 + 1));
            }
        }
        Ok(Some(0))
    });
    Ok(Arc::new(found.collect::<Result<Int64Array>>()?))
}

fn remove(call: &Call) -> Result<ArrayRef> {
    let search = Search::new("array_remove", call)?;
    pick(call, |row| {
        let mut kept = Vec::new();
        for place in places(search.list, row) {
            if search.is_null(place) || !search.is(place, row)? {
                kept.push(place);
            }
        }
        Ok(kept)
    })
}

/// Whether the second array stands in the first, item after item; NULL is the same as NULL.
fn contains_sequence(call: &Call) -> Result<ArrayRef> {
    let (list, sequence) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
    let order = compare::order(list.values(), sequence.values())?;
    let found = (0..call.rows).map(|row| {
        (!call.any_null(row)).then(|| {
            let (within, wanted) = (places(list, row), places(sequence, row));
            let last = (within.len() + 1).saturating_sub(wanted.len());
            (within.start..within.start + last)
                .any(|start| wanted.clone().enumerate().all(|(at, place)| order(start + at, place).is_eq()))
        })
    });
    Ok(Arc::new(found.collect::<BooleanArray>()))
}

/// Whether the arrays have an item in common; unknown when only a NULL could be it.
fn overlap(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
    let across = compare::order(left.values(), right.values())?;
    let order = compare::order(right.values(), right.values())?;
    let is_null = |values: &ArrayRef, place: usize| values.is_null(place) || values.data_type().is_null();
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return None;
        }
        let (lefts, rights) = (places(left, row), places(right, row));
        let unknown = lefts.clone().any(|place| is_null(left.values(), place))
            || rights.clone().any(|place| is_null(right.values(), place));
        let either_empty = lefts.is_empty() || rights.is_empty();
        let mut sorted: Vec<usize> = rights.filter(|place| !is_null(right.values(), *place)).collect();
        sorted.sort_by(|a, b| order(*a, *b));
        let mut known = lefts.filter(|place| !is_null(left.values(), *place));
        let common = known.any(|place| sorted.binary_search_by(|other| across(place, *other).reverse()).is_ok());
        if common { Some(true) } else { (!unknown || either_empty).then_some(false) }
    });
    Ok(Arc::new(found.collect::<BooleanArray>()))
}
