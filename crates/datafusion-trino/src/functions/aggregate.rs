//! Aggregates DataFusion has with another type of result.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::functions_aggregate::approx_percentile_cont::{
    ApproxPercentileAccumulator, approx_percentile_cont_udaf,
};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Signature, Volatility};

use crate::types::describe;

pub(crate) fn functions() -> Vec<Arc<AggregateUDF>> {
    let signature = Signature::user_defined(Volatility::Immutable);
    vec![Arc::new(AggregateUDF::new_from_impl(ApproxPercentile { signature }))]
}

/// Centroids of the digest: exact for groups of about this many values.
const CENTROIDS: usize = 1000;

/// `approx_percentile(x, share)`: of the type of x, as Trino has it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ApproxPercentile {
    signature: Signature,
}

impl AggregateUDFImpl for ApproxPercentile {
    fn name(&self) -> &str {
        "approx_percentile"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [of, share] if of.is_numeric() && share.is_numeric() => Ok(vec![of.clone(), DataType::Float64]),
            _ => {
                let given: Vec<String> = types.iter().map(describe).collect();
                plan_err!(
                    "approx_percentile({}) does not exist; it takes a number and a share between 0 and 1",
                    given.join(", ")
                )
            }
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(of) => Ok(of.clone()),
            None => plan_err!("approx_percentile takes a number and a share between 0 and 1"),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        approx_percentile_cont_udaf().inner().state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let empty = RecordBatch::new_empty(Arc::new(args.schema.clone()));
        let share = match args.exprs.get(1).map(|share| share.evaluate(&empty)).transpose()? {
            Some(ColumnarValue::Scalar(ScalarValue::Float64(Some(share)))) => share,
            _ => return plan_err!("the percentage of approx_percentile must be a constant"),
        };
        if !(0.0..=1.0).contains(&share) {
            return plan_err!("the percentage of approx_percentile is between 0 and 1, not {share}");
        }
        let digest = ApproxPercentileAccumulator::new_with_max_size(share, DataType::Float64, CENTROIDS);
        Ok(Box::new(Percentile { digest, to: args.return_field.data_type().clone() }))
    }
}

#[derive(Debug)]
struct Percentile {
    digest: ApproxPercentileAccumulator,
    to: DataType,
}

impl Accumulator for Percentile {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match values.first() {
            Some(values) => self.digest.update_batch(&[cast(values, &DataType::Float64)?]),
            None => Ok(()),
        }
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let found = self.digest.evaluate()?;
        let found = match found {
            ScalarValue::Float64(Some(value)) if self.to.is_integer() => ScalarValue::Float64(Some(value.round())),
            other => other,
        };
        found.cast_to(&self.to)
    }

    fn size(&self) -> usize {
        self.digest.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.digest.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.digest.merge_batch(states)
    }
}

/// `min` (true) or `max`.
pub(crate) fn extreme(least: bool) -> Arc<AggregateUDF> {
    use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
    if least { min_udaf() } else { max_udaf() }
}
