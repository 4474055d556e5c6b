//! `approx_distinct`: a set of hashes while they are few, a HyperLogLog later.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::hash_utils::{HLL_RANDOM_STATE, create_hashes};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::Accumulator;

use super::{Aggregate, Call, nullable, wrong};

/// Trino's allowed errors, and the one without a second argument.
const ERRORS: std::ops::RangeInclusive<f64> = 0.0040625..=0.26;
const DEFAULT_ERROR: f64 = 0.023;
/// The set of hashes is exact up to this size.
const FEW: usize = 1_024;

pub(super) fn functions() -> Vec<Aggregate> {
    vec![Aggregate::new("approx_distinct", types, |_| nullable(DataType::Int64), state, accumulate)]
}

fn types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_] => Ok(types.to_vec()),
        [of, error] if error.is_numeric() => Ok(vec![of.clone(), DataType::Float64]),
        _ => wrong(name, types, "a value and the error that is allowed"),
    }
}

fn state(_args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![DataType::Binary, DataType::Binary])
}

fn accumulate(call: &Call) -> Result<Box<dyn Accumulator>> {
    let error = match (call.args.len(), call.constant(1)) {
        (1, _) => DEFAULT_ERROR,
        (_, Some(ScalarValue::Float64(Some(error)))) if ERRORS.contains(error) => *error,
        _ => {
            let (least, most) = (ERRORS.start(), ERRORS.end());
            return plan_err!("the error of approx_distinct must be a constant between {least} and {most}");
        }
    };
    let registers = (1.04 / error).powi(2).log2().ceil() as u32;
    Ok(Box::new(Sketch { bits: registers.clamp(4, 16), few: HashSet::new(), registers: vec![] }))
}

/// The number of different hashes seen.
#[derive(Debug)]
struct Sketch {
    /// There are two to the power of it registers.
    bits: u32,
    few: HashSet<u64>,
    /// Empty while the set is used.
    registers: Vec<u8>,
}

impl Sketch {
    fn add(&mut self, hash: u64) {
        if !self.registers.is_empty() {
            return self.register(hash);
        }
        self.few.insert(hash);
        if self.few.len() > FEW {
            self.registers = vec![0; 1 << self.bits];
            for hash in std::mem::take(&mut self.few) {
                self.register(hash);
            }
        }
    }

    /// The longest run of zeros behind the number of the register.
    fn register(&mut self, hash: u64) {
        let register = (hash >> (64 - self.bits)) as usize;
        let zeros = (hash << self.bits).leading_zeros().min(64 - self.bits) as u8 + 1;
        self.registers[register] = self.registers[register].max(zeros);
    }

    fn estimate(&self) -> i64 {
        if self.registers.is_empty() {
            return self.few.len() as i64;
        }
        let count = self.registers.len() as f64;
        let inverse: f64 = self.registers.iter().map(|&zeros| (-f64::from(zeros)).exp2()).sum();
        let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / inverse;
        let unused = self.registers.iter().filter(|&&zeros| zeros == 0).count();
        if raw <= 2.5 * count && unused > 0 {
            return (count * (count / unused as f64).ln()).round() as i64;
        }
        raw.round() as i64
    }
}

impl Accumulator for Sketch {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut hashes = vec![0; values[0].len()];
        create_hashes([&values[0]], &HLL_RANDOM_STATE, &mut hashes)?;
        let nulls = values[0].logical_nulls();
        for (row, hash) in hashes.into_iter().enumerate() {
            if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                self.add(hash);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(self.estimate())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.few.capacity() * size_of::<u64>() + self.registers.capacity()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let few: Vec<u8> = self.few.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        Ok(vec![ScalarValue::Binary(Some(few)), ScalarValue::Binary(Some(self.registers.clone()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [few, registers] = states else { return exec_err!("a partial state has two columns") };
        for bytes in few.as_binary::<i32>().iter().flatten() {
            for hash in bytes.as_chunks::<8>().0 {
                self.add(u64::from_le_bytes(*hash));
            }
        }
        for other in registers.as_binary::<i32>().iter().flatten().filter(|other| !other.is_empty()) {
            if self.registers.is_empty() {
                self.registers = vec![0; 1 << self.bits];
                for hash in std::mem::take(&mut self.few) {
                    self.register(hash);
                }
            }
            for (own, other) in self.registers.iter_mut().zip(other) {
                *own = (*own).max(*other);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_close() {
        let mut sketch = Sketch { bits: 11, few: HashSet::new(), registers: vec![] };
        let numbers: ArrayRef = std::sync::Arc::new(arrow::array::Int64Array::from_iter_values(0..200_000));
        sketch.update_batch(&[numbers]).unwrap();
        let found = sketch.estimate() as f64;
        assert!((found / 200_000.0 - 1.0).abs() < 0.07, "{found}");
    }
}
