//! Expressions evaluated only in the rows that reach them.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, BooleanArray, NullArray, UInt32Array, new_null_array};
use arrow::compute::{take, take_arrays};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::{HigherOrderUDF, LambdaParametersProgress};

use super::items::conditions;
use super::{HigherOrder, LambdaCall};

/// Which rows reach an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Those the condition is not false of: the right side of AND.
    NotFalse,
    /// Those the condition is not true of: the right side of OR.
    NotTrue,
    /// Those the condition is true of: what is selected behind a filter.
    True,
}

impl Guard {
    fn admits(self, condition: Option<bool>) -> bool {
        match self {
            Guard::NotFalse => condition != Some(false),
            Guard::NotTrue => condition != Some(true),
            Guard::True => condition == Some(true),
        }
    }

    /// The function of a condition and a lambda without parameters: its value where the condition admits it,
    /// NULL elsewhere.
    pub(crate) fn function(self) -> Arc<HigherOrderUDF> {
        type Functions = [Arc<HigherOrderUDF>; 3];
        static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
            [
                guarded("trino_unless_false", |call| evaluate(call, Guard::NotFalse)),
                guarded("trino_unless_true", |call| evaluate(call, Guard::NotTrue)),
                guarded("trino_if_true", |call| evaluate(call, Guard::True)),
            ]
        });
        Arc::clone(match self {
            Guard::NotFalse => &FUNCTIONS[0],
            Guard::NotTrue => &FUNCTIONS[1],
            Guard::True => &FUNCTIONS[2],
        })
    }
}

fn guarded(name: &'static str, evaluate: super::Evaluate) -> Arc<HigherOrderUDF> {
    Arc::new(HigherOrderUDF::new_from_impl(HigherOrder::new(
        name,
        "vl",
        |_, types| Ok(types.to_vec()),
        |_, _| {
            let nothing = Arc::new(Field::new("", DataType::Null, true));
            Ok(LambdaParametersProgress::Complete(vec![vec![nothing]]))
        },
        |args| args.lambda(1),
        evaluate,
    )))
}

fn evaluate(call: &LambdaCall, guard: Guard) -> Result<ArrayRef> {
    let conditions = conditions(&call.value(0)?)?;
    let rows = call.rows();
    let admitted: Vec<u32> = (0..rows as u32).filter(|row| guard.admits(value(&conditions, *row as usize))).collect();
    if admitted.is_empty() {
        return Ok(new_null_array(call.returns(), rows));
    }
    let all = admitted.len() == rows;
    let nothing = || Ok(Arc::new(NullArray::new(admitted.len())) as ArrayRef);
    let of = UInt32Array::from(admitted.clone());
    let spread =
        |captured: &[ArrayRef]| if all { Ok(captured.to_vec()) } else { Ok(take_arrays(captured, &of, None)?) };
    let values = call.lambda(1)?.evaluate(&[&nothing], spread)?.into_array(admitted.len())?;
    if all {
        return Ok(values);
    }
    let mut places: Vec<Option<u32>> = vec![None; rows];
    for (place, row) in admitted.iter().enumerate() {
        places[*row as usize] = Some(place as u32);
    }
    Ok(take(&values, &UInt32Array::from(places), None)?)
}

fn value(conditions: &BooleanArray, row: usize) -> Option<bool> {
    conditions.is_valid(row).then(|| conditions.value(row))
}
