//! `random()`, `random(n)` and `random(m, n)`.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::Result;

use super::demand;
use crate::functions::scalar::{Call, Function, Kind, fit, nullable};

pub(super) fn functions() -> Vec<Function> {
    vec![Function::new("random", bounds, of_bounds, random).alias("rand").volatile()]
}

fn bounds(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let wide = fit(name, types, &[&[], &[Kind::Integer], &[Kind::Integer, Kind::Integer]])?;
    match types {
        [DataType::Int8 | DataType::Int16 | DataType::Int32] => Ok(types.to_vec()),
        [first @ (DataType::Int8 | DataType::Int16 | DataType::Int32), second] if first == second => Ok(types.to_vec()),
        _ => Ok(wide),
    }
}

fn of_bounds(fields: &[FieldRef]) -> Result<FieldRef> {
    nullable(fields.first().map_or(DataType::Float64, |bound| bound.data_type().clone()))
}

/// Splitmix64: good enough for sampling, not for secrets.
struct Generator(u64);

impl Generator {
    /// Started from the keys the standard library draws for its hash maps.
    fn new() -> Generator {
        Generator(RandomState::new().build_hasher().finish())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn random(call: &Call) -> Result<ArrayRef> {
    let mut generator = Generator::new();
    if call.args.is_empty() {
        let values = (0..call.rows).map(|_| (generator.next() >> 11) as f64 / (1_u64 << 53) as f64);
        return Ok(Arc::new(Float64Array::from_iter_values(values)));
    }
    let wide = call.args.iter().map(|bound| Ok(cast(bound, &DataType::Int64)?)).collect::<Result<Vec<ArrayRef>>>()?;
    let bound = |i: usize, row: usize| wide[i].as_primitive::<Int64Type>().value(row);
    let rows = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let (start, stop) = match wide.len() {
            1 => {
                demand(bound(0, row) > 0, "bound must be positive")?;
                (0, bound(0, row))
            }
            _ => (bound(0, row), bound(1, row)),
        };
        demand(start < stop, "start value must be less than stop value")?;
        let width = stop.wrapping_sub(start) as u64;
        let offset = (u128::from(generator.next()) * u128::from(width)) >> 64;
        Ok(Some(start.wrapping_add(offset as i64)))
    });
    let values: Int64Array = rows.collect::<Result<_>>()?;
    Ok(cast(&values, call.returns.data_type())?)
}
