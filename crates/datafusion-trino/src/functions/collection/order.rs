//! The order of items: `array_sort`, `array_max`, `array_min`, `reverse`, `shuffle`.

use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};

use super::arguments::{item_of, item_type, list, same};
use super::pick::{pick, places};
use crate::compare;
use crate::functions::comparison::has_map;
use crate::functions::scalar::{Call, Function};
use crate::types::describe;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("array_sort", orderable, same, sort),
        Function::new("array_max", orderable, item_type, |call| extreme(call, Ordering::Greater)),
        Function::new("array_min", orderable, item_type, |call| extreme(call, Ordering::Less)),
        Function::new("shuffle", list, same, shuffle).volatile(),
    ]
}

fn orderable(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let fitted = list(name, types)?;
    match fitted.first().and_then(item_of) {
        Some(item) if has_map(item.data_type()) => {
            plan_err!("{name} takes an array whose items have an order, not {}", describe(&fitted[0]))
        }
        _ => Ok(fitted),
    }
}

/// NULLs last.
fn sort(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let order = compare::order(list.values(), list.values())?;
    pick(call, |row| {
        let mut places: Vec<usize> = places(list, row).collect();
        places.sort_by(|a, b| order(*a, *b));
        Ok(places)
    })
}

/// The greatest or the least item; NULL when one is NULL.
fn extreme(call: &Call, wanted: Ordering) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let items = list.values();
    let order = compare::order(items, items)?;
    let picked = (0..call.rows).map(|row| {
        if list.is_null(row) || places(list, row).any(|place| items.is_null(place)) {
            return None;
        }
        places(list, row)
            .reduce(|best, place| if order(place, best) == wanted { place } else { best })
            .map(|place| place as u32)
    });
    Ok(take(items, &picked.collect::<UInt32Array>(), None)?)
}

/// `reverse` of an array.
pub(crate) fn reverse(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    pick(call, |row| Ok(places(list, row).rev().collect()))
}

fn shuffle(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let random = RandomState::new();
    pick(call, |row| {
        let mut shuffled: Vec<usize> = places(list, row).collect();
        for last in (1..shuffled.len()).rev() {
            let drawn = random.hash_one((row, last)) % (last as u64 + 1);
            shuffled.swap(last, drawn as usize);
        }
        Ok(shuffled)
    })
}
