//! `approx_most_frequent` and `numeric_histogram`: summaries of a bounded size.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use arrow::row::OwnedRow;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::keys::{Keys, list, lists, plain_list};
use super::maps::build;
use super::{Aggregate, Call, argument, nullable, wrong};
use crate::types::map_type;

/// The greatest number of buckets and the greatest capacity.
const MOST: i64 = 1_000_000;

pub(super) fn functions() -> Vec<Aggregate> {
    vec![
        Aggregate::new("approx_most_frequent", frequent_types, frequent_returns, frequent_state, frequent),
        Aggregate::new("numeric_histogram", numeric_types, numeric_returns, numeric_state, numeric),
    ]
}

fn frequent_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [buckets, of, capacity] if buckets.is_integer() && capacity.is_integer() => {
            Ok(vec![DataType::Int64, of.clone(), DataType::Int64])
        }
        _ => wrong(name, types, "a number of buckets, a value and a capacity"),
    }
}

fn frequent_returns(args: &[FieldRef]) -> Result<FieldRef> {
    let key = argument(args, 1)?.as_ref().clone();
    nullable(map_type(key, Field::new("value", DataType::Int64, true)))
}

fn frequent_state(args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![plain_list(argument(args, 1)?.data_type()), plain_list(&DataType::Int64)])
}

fn frequent(call: &Call) -> Result<Box<dyn Accumulator>> {
    Ok(Box::new(MostFrequent {
        keys: Keys::try_new(call.data_type(1)?)?,
        returns: call.returns.data_type().clone(),
        buckets: call.count(0, MOST)?,
        capacity: call.count(2, MOST)?,
        counts: HashMap::new(),
        rarest: BTreeSet::new(),
    }))
}

/// Counts of the values seen most. When there are more values than the capacity, a new one takes the
/// place and the count of the rarest.
#[derive(Debug)]
struct MostFrequent {
    keys: Keys,
    returns: DataType,
    buckets: usize,
    capacity: usize,
    counts: HashMap<OwnedRow, i64>,
    rarest: BTreeSet<(i64, OwnedRow)>,
}

impl MostFrequent {
    fn add(&mut self, key: OwnedRow, more: i64) {
        let mut count = more;
        if let Some(known) = self.counts.get(&key) {
            self.rarest.remove(&(*known, key.clone()));
            count += known;
        } else if self.counts.len() == self.capacity
            && let Some((least, rare)) = self.rarest.pop_first()
        {
            self.counts.remove(&rare);
            count += least;
        }
        self.rarest.insert((count, key.clone()));
        self.counts.insert(key, count);
    }
}

impl Accumulator for MostFrequent {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = self.keys.rows(&values[1])?;
        for row in (0..values[1].len()).filter(|&row| values[1].is_valid(row)) {
            self.add(rows.row(row).owned(), 1);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.counts.is_empty() {
            return ScalarValue::try_from(&self.returns);
        }
        let most: Vec<&(i64, OwnedRow)> = self.rarest.iter().rev().take(self.buckets).collect();
        let counts: ArrayRef = Arc::new(Int64Array::from_iter_values(most.iter().map(|(count, _)| *count)));
        build(&self.returns, self.keys.values(most.iter().map(|(_, key)| key))?, counts)
    }

    fn size(&self) -> usize {
        let counts = self.counts.keys().map(|key| 2 * (key.as_ref().len() + size_of::<i64>()));
        size_of_val(self) + self.keys.size() + counts.sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let counts: ArrayRef = Arc::new(Int64Array::from_iter_values(self.rarest.iter().map(|(count, _)| *count)));
        let keys = self.keys.list(self.rarest.iter().map(|(_, key)| key))?;
        Ok(vec![keys, list(counts, &plain_list(&DataType::Int64))?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (keys, counts) in lists(states, 0).iter().zip(lists(states, 1).iter()) {
            let (Some(keys), Some(counts)) = (keys, counts) else { continue };
            let (rows, counts) = (self.keys.rows(keys)?, counts.as_primitive::<Int64Type>());
            for row in (0..rows.num_rows()).rev() {
                self.add(rows.row(row).owned(), counts.value(row));
            }
        }
        Ok(())
    }
}

fn numeric_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [buckets, of] if buckets.is_integer() && of.is_numeric() => Ok(vec![DataType::Int64, DataType::Float64]),
        [buckets, of, weight] if buckets.is_integer() && of.is_numeric() && weight.is_numeric() => {
            Ok(vec![DataType::Int64, DataType::Float64, DataType::Float64])
        }
        _ => wrong(name, types, "a number of buckets, a number and perhaps its weight"),
    }
}

fn numeric_returns(_args: &[FieldRef]) -> Result<FieldRef> {
    let field = |name: &str| Field::new(name, DataType::Float64, true);
    nullable(map_type(field("key"), field("value")))
}

fn numeric_state(_args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![plain_list(&DataType::Float64); 2])
}

fn numeric(call: &Call) -> Result<Box<dyn Accumulator>> {
    let returns = call.returns.data_type().clone();
    Ok(Box::new(NumericHistogram { returns, buckets: call.count(0, MOST)?.max(2), means: vec![] }))
}

/// Means with weights, in order; the nearest neighbours become one when there are too many.
#[derive(Debug)]
struct NumericHistogram {
    returns: DataType,
    buckets: usize,
    means: Vec<(f64, f64)>,
}

impl NumericHistogram {
    fn add(&mut self, value: f64, weight: f64) {
        match self.means.binary_search_by(|(mean, _)| mean.total_cmp(&value)) {
            Ok(at) => self.means[at].1 += weight,
            Err(at) => self.means.insert(at, (value, weight)),
        }
        if self.means.len() > self.buckets {
            self.merge_nearest();
        }
    }

    fn merge_nearest(&mut self) {
        let gap = |at: &usize| self.means[at + 1].0 - self.means[*at].0;
        let nearest = (0..self.means.len() - 1).min_by(|a, b| gap(a).total_cmp(&gap(b)));
        if let Some(at) = nearest {
            let (mean, weight) = self.means.remove(at + 1);
            let kept = &mut self.means[at];
            kept.0 = (kept.0 * kept.1 + mean * weight) / (kept.1 + weight);
            kept.1 += weight;
        }
    }

    fn columns(&self) -> (ArrayRef, ArrayRef) {
        let (means, weights): (Vec<f64>, Vec<f64>) = self.means.iter().copied().unzip();
        (Arc::new(Float64Array::from(means)), Arc::new(Float64Array::from(weights)))
    }
}

impl Accumulator for NumericHistogram {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let numbers = values[1].as_primitive::<Float64Type>();
        let weights = values.get(2).map(|weights| weights.as_primitive::<Float64Type>());
        for row in (0..numbers.len()).filter(|&row| numbers.is_valid(row)) {
            self.add(numbers.value(row), weights.map_or(1.0, |weights| weights.value(row)));
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.means.is_empty() {
            return ScalarValue::try_from(&self.returns);
        }
        let (means, weights) = self.columns();
        build(&self.returns, means, weights)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.means.capacity() * size_of::<(f64, f64)>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let (means, weights) = self.columns();
        let numbers = plain_list(&DataType::Float64);
        Ok(vec![list(means, &numbers)?, list(weights, &numbers)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (means, weights) in lists(states, 0).iter().zip(lists(states, 1).iter()) {
            let (Some(means), Some(weights)) = (means, weights) else { continue };
            let (means, weights) = (means.as_primitive::<Float64Type>(), weights.as_primitive::<Float64Type>());
            for (mean, weight) in means.values().iter().zip(weights.values()) {
                self.add(*mean, *weight);
            }
        }
        Ok(())
    }
}
