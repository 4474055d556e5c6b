//! `array_sort` with a comparator.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::LambdaParametersProgress;

use super::items::{Items, evaluate};
use super::{Arguments, Fields, HigherOrder, LambdaCall, array_first, item_parameter};
use crate::types::describe;

pub(super) fn functions() -> Vec<HigherOrder> {
    // What `array_sort` with a lambda is rewritten to.
    vec![HigherOrder::new("trino_array_sort", "vl", array_first, two_items, sorted, sort)]
}

fn two_items(name: &str, fields: Fields) -> Result<LambdaParametersProgress> {
    let item = item_parameter(name, fields, 0)?;
    Ok(LambdaParametersProgress::Complete(vec![vec![Arc::clone(&item), item]]))
}

fn sorted(args: &Arguments) -> Result<Field> {
    let comparator = args.lambda(1)?;
    if !comparator.data_type().is_integer() && !comparator.data_type().is_null() {
        return plan_err!("array_sort takes a lambda that gives -1, 0 or 1, not {}", describe(comparator.data_type()));
    }
    Ok(args.value(0)?.as_ref().clone())
}

/// Merge sort, for all arrays at once: a round compares one pair of items of each array, so that the lambda
/// runs over columns and as often as the longest sort has steps.
fn sort(call: &LambdaCall) -> Result<ArrayRef> {
    let items = Items::new(&call.value(0)?)?;
    let mut sorts: Vec<Merge> = (0..items.len()).map(|row| Merge::new(items.places(row))).collect();
    loop {
        let waiting: Vec<usize> = (0..sorts.len()).filter(|row| sorts[*row].pair().is_some()).collect();
        if waiting.is_empty() {
            break;
        }
        let pairs = waiting.iter().filter_map(|row| sorts[*row].pair());
        let (left, right): (Vec<u32>, Vec<u32>) = pairs.unzip();
        let of = UInt32Array::from_iter_values(waiting.iter().map(|row| *row as u32));
        let left = take(&items.values, &UInt32Array::from(left), None)?;
        let right = take(&items.values, &UInt32Array::from(right), None)?;
        let found = comparisons(&evaluate(call.lambda(1)?, &[&left, &right], &of)?)?;
        for (row, found) in waiting.into_iter().zip(found) {
            sorts[row].answer(found);
        }
    }
    let places = sorts.into_iter().flat_map(|sort| sort.sorted);
    let values = take(&items.values, &UInt32Array::from_iter_values(places), None)?;
    items.with_values(values, call.returns())
}

/// The lambda's answers.
fn comparisons(values: &ArrayRef) -> Result<Vec<Ordering>> {
    let values = cast(values, &DataType::Int64)?;
    let values: &Int64Array = values.as_primitive::<Int64Type>();
    values
        .iter()
        .map(|value| match value {
            Some(-1) => Ok(Ordering::Less),
            Some(0) => Ok(Ordering::Equal),
            Some(1) => Ok(Ordering::Greater),
            _ => exec_err!("Lambda comparator must return either -1, 0, or 1"),
        })
        .collect()
}

/// A stable bottom-up merge sort that asks one comparison at a time.
struct Merge {
    sorted: Vec<u32>,
    merged: Vec<u32>,
    width: usize,
    /// Where the two runs being merged start, how far each is taken, and where they end.
    left: usize,
    right: usize,
    middle: usize,
    end: usize,
}

impl Merge {
    fn new(places: std::ops::Range<usize>) -> Merge {
        let sorted: Vec<u32> = places.map(|place| place as u32).collect();
        let mut merge =
            Merge { merged: Vec::with_capacity(sorted.len()), sorted, width: 1, left: 0, right: 0, middle: 0, end: 0 };
        merge.start_runs(0);
        merge
    }

    /// The next two items to compare; `None` when all is sorted.
    fn pair(&self) -> Option<(u32, u32)> {
        (self.width < self.sorted.len()).then(|| (self.sorted[self.left], self.sorted[self.right]))
    }

    fn answer(&mut self, found: Ordering) {
        if found == Ordering::Greater {
            self.merged.push(self.sorted[self.right]);
            self.right += 1;
        } else {
            self.merged.push(self.sorted[self.left]);
            self.left += 1;
        }
        if self.left == self.middle || self.right == self.end {
            self.merged.extend_from_slice(&self.sorted[self.left..self.middle]);
            self.merged.extend_from_slice(&self.sorted[self.right..self.end]);
            self.start_runs(self.end);
        }
    }

    /// Starts to merge the two runs from a place on, or the next round of wider runs.
    fn start_runs(&mut self, from: usize) {
        let length = self.sorted.len();
        if from + self.width < length {
            self.left = from;
            self.middle = from + self.width;
            self.right = self.middle;
            self.end = length.min(self.middle + self.width);
            return;
        }
        self.merged.extend_from_slice(&self.sorted[from..]);
        if self.width < length {
            self.sorted = std::mem::replace(&mut self.merged, Vec::with_capacity(length));
            self.width *= 2;
            self.start_runs(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_sorted_and_equal_items_keep_their_order() {
        for length in 0..20_u32 {
            let key = |place: u32| (place * 7) % 5;
            let mut merge = Merge::new(0..length as usize);
            while let Some((left, right)) = merge.pair() {
                merge.answer(key(left).cmp(&key(right)));
            }
            let mut expected: Vec<u32> = (0..length).collect();
            expected.sort_by_key(|place| key(*place));
            assert_eq!(merge.sorted, expected, "{length} items");
        }
    }
}
