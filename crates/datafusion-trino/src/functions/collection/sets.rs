//! Arrays as sets: `array_distinct`, `array_union`, `array_intersect`, `array_except`. NULL is an item like
//! others here.

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::compute::concat;
use datafusion::common::Result;

use super::arguments::{common_lists, list, same};
use super::pick::{pick, pick_from, places};
use crate::compare::{self, Order};
use crate::functions::scalar::{Call, Function};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("array_distinct", list, same, distinct),
        Function::new("array_union", common_lists, same, union),
        Function::new("array_intersect", common_lists, same, intersect),
        Function::new("array_except", common_lists, same, except),
    ]
}

/// Every item once, where it first stands.
fn firsts(places: impl Iterator<Item = usize>, order: &Order) -> Vec<usize> {
    // The place in the sequence decides which of two equal items is first.
    let mut sorted: Vec<(usize, usize)> = places.enumerate().collect();
    sorted.sort_by(|a, b| order(a.1, b.1).then(a.0.cmp(&b.0)));
    sorted.dedup_by(|later, first| order(later.1, first.1).is_eq());
    sorted.sort_unstable_by_key(|(at, _)| *at);
    sorted.into_iter().map(|(_, place)| place).collect()
}

fn distinct(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let order = compare::order(list.values(), list.values())?;
    pick(call, |row| Ok(firsts(places(list, row), &order)))
}

/// The items of both arguments in one column, so that one order compares them all.
struct Both<'a> {
    left: &'a ListArray,
    right: &'a ListArray,
    values: ArrayRef,
    order: Order,
}

impl<'a> Both<'a> {
    fn new(call: &'a Call) -> Result<Both<'a>> {
        let (left, right) = (call.args[0].as_list::<i32>(), call.args[1].as_list::<i32>());
        let values = concat(&[left.values().as_ref(), right.values().as_ref()])?;
        let order = compare::order(&values, &values)?;
        Ok(Both { left, right, values, order })
    }

    fn places(&self, row: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let (own, other, shift) = (places(self.left, row), places(self.right, row), self.left.values().len());
        (own, other.start + shift..other.end + shift)
    }

    fn sorted(&self, places: std::ops::Range<usize>) -> Vec<usize> {
        let mut places: Vec<usize> = places.collect();
        places.sort_by(|a, b| (self.order)(*a, *b));
        places
    }

    fn has(&self, sorted: &[usize], place: usize) -> bool {
        sorted.binary_search_by(|other| (self.order)(*other, place)).is_ok()
    }
}

fn union(call: &Call) -> Result<ArrayRef> {
    let both = Both::new(call)?;
    pick_from(call, &both.values, |row| {
        let (left, right) = both.places(row);
        Ok(firsts(left.chain(right), &both.order))
    })
}

/// In the order of the longer array.
fn intersect(call: &Call) -> Result<ArrayRef> {
    let both = Both::new(call)?;
    pick_from(call, &both.values, |row| {
        let (left, right) = both.places(row);
        let (longer, shorter) = if left.len() < right.len() { (right, left) } else { (left, right) };
        let shorter = both.sorted(shorter);
        Ok(firsts(longer.filter(|place| both.has(&shorter, *place)), &both.order))
    })
}

fn except(call: &Call) -> Result<ArrayRef> {
    let both = Both::new(call)?;
    pick_from(call, &both.values, |row| {
        let (left, right) = both.places(row);
        if left.is_empty() || right.is_empty() {
            return Ok(left.collect());
        }
        let right = both.sorted(right);
        Ok(firsts(left.filter(|place| !both.has(&right, *place)), &both.order))
    })
}
