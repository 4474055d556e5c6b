//! Parts of arrays: `slice`, `trim_array`, `array_first`, `array_last`, `ngrams`, `combinations`.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use datafusion::common::{Result, exec_err};

use super::arguments::{item_type, list, list_and_integers, lists_of_same, same};
use super::pick::{integer, pick, pick_lists, places};
use crate::functions::scalar::{Call, Function};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("slice", |name, types| list_and_integers(name, types, 2), same, slice),
        Function::new("trim_array", |name, types| list_and_integers(name, types, 1), same, trim),
        Function::new("array_first", list, item_type, |call| end(call, |places| places.start)),
        Function::new("array_last", list, item_type, |call| end(call, |places| places.end - 1)),
        Function::new("ngrams", |name, types| list_and_integers(name, types, 1), lists_of_same, ngrams),
        Function::new("combinations", |name, types| list_and_integers(name, types, 1), lists_of_same, combinations),
    ]
}

/// From one, from the end for a negative start; nothing from outside.
fn slice(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    pick(call, |row| {
        let (start, length) = (integer(call, 1, row), integer(call, 2, row));
        if length < 0 {
            return exec_err!("length must be greater than or equal to 0");
        }
        if start == 0 {
            return exec_err!("SQL array indices start at 1");
        }
        let places = places(list, row);
        let count = places.len() as i64;
        let from = if start > 0 { start - 1 } else { count.saturating_add(start) };
        if !(0..count).contains(&from) {
            return Ok(vec![]);
        }
        let to = from.saturating_add(length).min(count);
        Ok((places.start + from as usize..places.start + to as usize).collect())
    })
}

/// Without the last n items.
fn trim(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    pick(call, |row| {
        let (size, places) = (integer(call, 1, row), places(list, row));
        if size < 0 {
            return exec_err!("size must not be negative: {size}");
        }
        if size > places.len() as i64 {
            return exec_err!("size must not exceed array cardinality {}: {size}", places.len());
        }
        Ok((places.start..places.end - size as usize).collect())
    })
}

/// One item of each array; NULL of an empty one.
fn end(call: &Call, place: impl Fn(std::ops::Range<usize>) -> usize) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    let found = (0..call.rows).map(|row| {
        let places = places(list, row);
        (list.is_valid(row) && !places.is_empty()).then(|| place(places) as u32)
    });
    Ok(take(list.values(), &found.collect::<UInt32Array>(), None)?)
}

/// All runs of n items; the whole array when it is shorter.
fn ngrams(call: &Call) -> Result<ArrayRef> {
    let list = call.args[0].as_list::<i32>();
    pick_lists(call, |row| {
        let (n, places) = (integer(call, 1, row), places(list, row));
        if n <= 0 {
            return exec_err!("N must be positive");
        }
        let n = usize::try_from(n).unwrap_or(usize::MAX).min(places.len());
        Ok((places.start..=places.end - n).map(|start| (start..start + n).collect()).collect())
    })
}

/// All ways to take n of the items, in the order of their places.
fn combinations(call: &Call) -> Result<ArrayRef> {
    const LONGEST: usize = 5;
    const MOST_ITEMS: usize = 100_000;
    let list = call.args[0].as_list::<i32>();
    pick_lists(call, |row| {
        let (n, places) = (integer(call, 1, row), places(list, row));
        if n < 0 {
            return exec_err!("combination size must not be negative: {n}");
        }
        if n > LONGEST as i64 {
            return exec_err!("combination size must not exceed {LONGEST}: {n}");
        }
        let n = n as usize;
        if n > places.len() {
            return Ok(vec![]);
        }
        let count = (1..=n).fold(1_u128, |count, i| count * (places.len() - n + i) as u128 / i as u128);
        if count * n as u128 > MOST_ITEMS as u128 {
            return exec_err!("combinations exceed max size");
        }
        Ok(choose(n, places.len())
            .into_iter()
            .map(|chosen| chosen.into_iter().map(|at| places.start + at).collect())
            .collect())
    })
}

/// The ways to choose n of the numbers below `length`, those of small numbers first.
fn choose(n: usize, length: usize) -> Vec<Vec<usize>> {
    let mut chosen: Vec<usize> = (0..n).collect();
    let mut all = vec![chosen.clone()];
    loop {
        let limit = |i: usize, chosen: &[usize]| chosen.get(i + 1).copied().unwrap_or(length);
        let Some(i) = (0..n).find(|&i| chosen[i] + 1 < limit(i, &chosen)) else { return all };
        chosen[i] += 1;
        for (at, small) in chosen.iter_mut().take(i).enumerate() {
            *small = at;
        }
        all.push(chosen.clone());
    }
}
