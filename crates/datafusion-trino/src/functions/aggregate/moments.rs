//! `geometric_mean`, `skewness`, `kurtosis`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::{Aggregate, nullable, wrong};

pub(super) fn functions() -> Vec<Aggregate> {
    let make = |name, accumulate| Aggregate::new(name, number, |_| nullable(DataType::Float64), state, accumulate);
    vec![
        make("geometric_mean", |_| Ok(Box::new(Moments { result: geometric_mean, logarithms: true, sums: [0.0; 5] }))),
        make("skewness", |_| Ok(Box::new(Moments { result: skewness, logarithms: false, sums: [0.0; 5] }))),
        make("kurtosis", |_| Ok(Box::new(Moments { result: kurtosis, logarithms: false, sums: [0.0; 5] }))),
    ]
}

fn number(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [of] if of.is_numeric() => Ok(vec![DataType::Float64]),
        _ => wrong(name, types, "a number"),
    }
}

fn state(_args: &[FieldRef]) -> Result<Vec<DataType>> {
    Ok(vec![DataType::Float64; 5])
}

/// Count, mean, and the sums of the second to fourth powers of the distances from the mean.
type Sums = [f64; 5];

/// Central moments, added up in one pass and merged.
#[derive(Debug)]
struct Moments {
    result: fn(&Sums) -> Option<f64>,
    /// Of the logarithms of the values.
    logarithms: bool,
    sums: Sums,
}

fn geometric_mean(&[n, mean, ..]: &Sums) -> Option<f64> {
    (n > 0.0).then(|| mean.exp())
}

fn skewness(&[n, _, m2, m3, _]: &Sums) -> Option<f64> {
    (n >= 3.0).then(|| n.sqrt() * m3 / m2.powf(1.5))
}

/// Of a sample, in excess of the normal distribution's.
fn kurtosis(&[n, _, m2, _, m4]: &Sums) -> Option<f64> {
    let scale = (n - 2.0) * (n - 3.0);
    (n >= 4.0).then(|| (n - 1.0) * n * (n + 1.0) / scale * m4 / (m2 * m2) - 3.0 * (n - 1.0) * (n - 1.0) / scale)
}

/// The moments of two sets together.
fn together(a: &Sums, b: &Sums) -> Sums {
    let (&[na, mean_a, a2, a3, a4], &[nb, mean_b, b2, b3, b4]) = (a, b);
    if na == 0.0 || nb == 0.0 {
        return if na == 0.0 { *b } else { *a };
    }
    let n = na + nb;
    let d = (mean_b - mean_a) / n;
    [
        n,
        mean_a + d * nb,
        a2 + b2 + d * d * na * nb * n,
        a3 + b3 + d.powi(3) * na * nb * (na - nb) * n + 3.0 * d * (na * b2 - nb * a2),
        a4 + b4
            + d.powi(4) * na * nb * (na * na - na * nb + nb * nb) * n
            + 6.0 * d * d * (na * na * b2 + nb * nb * a2)
            + 4.0 * d * (na * b3 - nb * a3),
    ]
}

impl Accumulator for Moments {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            let value = if self.logarithms { value.ln() } else { value };
            self.sums = together(&self.sums, &[1.0, value, 0.0, 0.0, 0.0]);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64((self.result)(&self.sums)))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self.sums.iter().map(|sum| ScalarValue::Float64(Some(*sum))).collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for row in 0..states[0].len() {
            let mut sums: Sums = [0.0; 5];
            for (sum, state) in sums.iter_mut().zip(states) {
                *sum = state.as_primitive::<Float64Type>().value(row);
            }
            self.sums = together(&self.sums, &sums);
        }
        Ok(())
    }
}
