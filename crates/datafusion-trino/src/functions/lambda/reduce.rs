//! `reduce`: a state carried through the items of an array.

use arrow::array::{ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::{cast, interleave, nullif, take};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{LambdaParametersProgress, ValueOrLambda};

use super::items::{Items, evaluate};
use super::{Fields, HigherOrder, LambdaCall, array_first, item_parameter, parameter, value_field};
use crate::types::{common_type, describe, widen};

pub(super) fn functions() -> Vec<HigherOrder> {
    vec![HigherOrder::new("reduce", "vvll", array_first, states, |args| args.lambda(3), reduce)]
}

/// The state has the type the first lambda gives, which depends on that of the first state.
fn states(name: &str, fields: Fields) -> Result<LambdaParametersProgress> {
    let (item, initial) = (item_parameter(name, fields, 0)?, value_field(name, fields, 1)?);
    let Some(ValueOrLambda::Lambda(step)) = fields.get(2) else {
        return plan_err!("reduce takes an array, a value and two lambdas");
    };
    Ok(match step {
        None => LambdaParametersProgress::Partial(vec![Some(vec![parameter(initial), item]), None]),
        Some(state) => {
            if common_type(initial.data_type(), state.data_type()).as_ref() != Some(state.data_type()) {
                return plan_err!(
                    "reduce starts with {}, but its lambda gives {}; cast one of them",
                    describe(initial.data_type()),
                    describe(state.data_type())
                );
            }
            LambdaParametersProgress::Complete(vec![vec![parameter(state), item], vec![parameter(state)]])
        }
    })
}

/// All first items, then all second ones, and so on: as many calls as the longest array is long.
fn reduce(call: &LambdaCall) -> Result<ArrayRef> {
    let items = Items::new(&call.value(0)?)?;
    let (state_type, step) = (call.lambda_type(2)?, call.lambda(2)?);
    let mut states = widen(&call.value(1)?, state_type)?;
    let rows = call.rows();
    let longest = (0..rows).map(|row| items.places(row).len()).max().unwrap_or(0);
    for at in 0..longest {
        let active: Vec<u32> = (0..rows).filter(|&row| items.places(row).len() > at).map(|row| row as u32).collect();
        let places = active.iter().map(|&row| (items.places(row as usize).start + at) as u32);
        let item = take(&items.values, &UInt32Array::from_iter_values(places), None)?;
        let active = UInt32Array::from(active);
        let before = take(&states, &active, None)?;
        let after = cast(&evaluate(step, &[&before, &item], &active)?, state_type)?;
        // Rows that have run out of items keep their state.
        let mut sources: Vec<(usize, usize)> = (0..rows).map(|row| (0, row)).collect();
        for (i, row) in active.values().iter().enumerate() {
            sources[*row as usize] = (1, i);
        }
        states = interleave(&[&states, &after], &sources)?;
    }
    let all = UInt32Array::from_iter_values(0..rows as u32);
    let result = evaluate(call.lambda(3)?, &[&states], &all)?;
    let Some(nulls) = &items.nulls else { return Ok(result) };
    Ok(nullif(&result, &BooleanArray::new(!nulls.inner(), None))?)
}
