//! `try`: NULL where an expression fails.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, NullArray};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::{HigherOrderUDF, LambdaParametersProgress};

use super::{HigherOrder, LambdaCall};
use crate::functions::attempt as rows_that_fail;

pub(super) fn functions() -> Vec<HigherOrder> {
    vec![attempt()]
}

/// The function of [`functions`] as one that plans can call.
pub(crate) fn try_function() -> Arc<HigherOrderUDF> {
    static TRY: LazyLock<Arc<HigherOrderUDF>> = LazyLock::new(|| Arc::new(HigherOrderUDF::new_from_impl(attempt())));
    Arc::clone(&TRY)
}

/// `try(() -> e)`, which `try(e)` is rewritten to.
fn attempt() -> HigherOrder {
    HigherOrder::new(
        "try",
        "l",
        |_, types| Ok(types.to_vec()),
        |_, _| {
            let nothing = Arc::new(Field::new("", DataType::Null, true));
            Ok(LambdaParametersProgress::Complete(vec![vec![nothing]]))
        },
        |args| args.lambda(0),
        evaluate,
    )
}

/// The value of the body, NULL for rows where it fails.
fn evaluate(call: &LambdaCall) -> Result<ArrayRef> {
    let body = call.lambda(0)?;
    let run = |start: usize, rows: usize| -> Result<ArrayRef> {
        let nothing = || Ok(Arc::new(NullArray::new(rows)) as ArrayRef);
        let slice = |captured: &[ArrayRef]| Ok(captured.iter().map(|c| c.slice(start, rows)).collect());
        body.evaluate(&[&nothing], slice)?.into_array(rows)
    };
    rows_that_fail::attempt(call.rows(), call.returns(), &run)
}
