//! `approx_percentile`: of any type of number, with weights, for one share or several.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::Accumulator;

use super::digest::Digest;
use super::keys::{list, lists, plain_list};
use super::{Aggregate, Call, argument, list_of, nullable, wrong};

pub(super) fn functions() -> Vec<Aggregate> {
    vec![Aggregate::new("approx_percentile", types, returns, state, accumulate)]
}

/// A share, an array of shares, or neither.
fn share_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
            if item.data_type().is_numeric() =>
        {
            Some(plain_list(&DataType::Float64))
        }
        number if number.is_numeric() => Some(DataType::Float64),
        _ => None,
    }
}

fn types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let takes = "a number, perhaps a weight, and a share between 0 and 1 or an array of shares";
    let fitted = match types {
        [of, share] if of.is_numeric() => share_type(share).map(|share| vec![of.clone(), share]),
        [of, weight, share] if of.is_numeric() && weight.is_numeric() => {
            share_type(share).map(|share| vec![of.clone(), DataType::Float64, share])
        }
        // The fourth argument is an accuracy, which is always better here.
        [of, weight, share, accuracy] if of.is_numeric() && weight.is_numeric() && accuracy.is_numeric() => {
            share_type(share).map(|share| vec![of.clone(), DataType::Float64, share, DataType::Float64])
        }
        _ => None,
    };
    match fitted {
        Some(fitted) => Ok(fitted),
        None => wrong(name, types, takes),
    }
}

/// The place of the share among the arguments.
fn share_at(arguments: usize) -> usize {
    if arguments == 2 { 1 } else { 2 }
}

fn returns(args: &[FieldRef]) -> Result<FieldRef> {
    let of = argument(args, 0)?;
    match argument(args, share_at(args.len()))?.data_type() {
        DataType::List(_) => nullable(list_of(of)),
        _ => nullable(of.data_type().clone()),
    }
}

fn state(_args: &[FieldRef]) -> Result<Vec<DataType>> {
    let numbers = plain_list(&DataType::Float64);
    Ok(vec![numbers.clone(), numbers, DataType::Boolean])
}

fn accumulate(call: &Call) -> Result<Box<dyn Accumulator>> {
    let shares = match call.constant(share_at(call.args.len())) {
        Some(ScalarValue::Float64(Some(share))) => vec![*share],
        Some(ScalarValue::List(shares)) => shares.values().as_primitive::<Float64Type>().values().to_vec(),
        _ => return plan_err!("the percentage of approx_percentile must be a constant"),
    };
    if let Some(bad) = shares.iter().find(|share| !(0.0..=1.0).contains(*share)) {
        return plan_err!("the percentage of approx_percentile must be between 0 and 1, not {bad}");
    }
    let is_list = matches!(call.returns.data_type(), DataType::List(_));
    Ok(Box::new(Percentile {
        digest: Digest::default(),
        shares,
        of: call.data_type(0)?.clone(),
        returns: call.returns.data_type().clone(),
        is_list,
        weighted: call.args.len() > 2,
    }))
}

#[derive(Debug)]
struct Percentile {
    digest: Digest,
    shares: Vec<f64>,
    of: DataType,
    returns: DataType,
    is_list: bool,
    weighted: bool,
}

impl Accumulator for Percentile {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let numbers = cast(&values[0], &DataType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        let weights = if self.weighted { Some(values[1].as_primitive::<Float64Type>()) } else { None };
        for row in (0..numbers.len()).filter(|&row| numbers.is_valid(row)) {
            match weights {
                None => self.digest.add(numbers.value(row), 1.0),
                Some(weights) if weights.is_valid(row) => {
                    let weight = weights.value(row);
                    if weight <= 0.0 || weight.is_nan() {
                        return plan_err!("the weight of approx_percentile must be above 0, not {weight}");
                    }
                    self.digest.add(numbers.value(row), weight);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let found: Option<Vec<f64>> = self.shares.iter().map(|share| self.digest.quantile(*share)).collect();
        let Some(mut found) = found.filter(|_| !self.digest.centroids().is_empty()) else {
            return ScalarValue::try_from(&self.returns);
        };
        if self.of.is_integer() {
            found.iter_mut().for_each(|value| *value = value.round());
        }
        let values: ArrayRef = Arc::new(Float64Array::from(found));
        let values = cast(&values, &self.of)?;
        if self.is_list { list(values, &self.returns) } else { ScalarValue::try_from_array(&values, 0) }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.digest.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let (means, weights): (Vec<f64>, Vec<f64>) = self.digest.centroids().iter().copied().unzip();
        let numbers = |values: Vec<f64>| list(Arc::new(Float64Array::from(values)), &plain_list(&DataType::Float64));
        Ok(vec![numbers(means)?, numbers(weights)?, ScalarValue::Boolean(Some(self.digest.is_merged()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let merged: Option<&BooleanArray> = states.get(2).and_then(|state| state.as_boolean_opt());
        if merged.is_some_and(|merged| merged.true_count() > 0) {
            self.digest.set_merged();
        }
        for (means, weights) in lists(states, 0).iter().zip(lists(states, 1).iter()) {
            let (Some(means), Some(weights)) = (means, weights) else { continue };
            let (means, weights) = (means.as_primitive::<Float64Type>(), weights.as_primitive::<Float64Type>());
            for (mean, weight) in means.values().iter().zip(weights.values()) {
                self.digest.add(*mean, *weight);
            }
        }
        Ok(())
    }
}
