//! The row constructor. Source: Trino's page "Data types" (ROW).

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{Call, Function, nullable};
use crate::types::anonymous_field;

pub(crate) fn functions() -> Vec<Function> {
    vec![constructor()]
}

fn constructor() -> Function {
    Function::new("row", |_, types| Ok(types.to_vec()), row_type, construct)
}

/// `ROW(a, b, …)` and `(a, b, …)`.
pub(crate) fn row() -> Arc<ScalarUDF> {
    static ROW: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| constructor().udf());
    Arc::clone(&ROW)
}

/// The fields have no names; a cast gives them some.
fn row_type(args: &[FieldRef]) -> Result<FieldRef> {
    if args.is_empty() {
        return plan_err!("ROW takes at least one value");
    }
    let fields: Vec<Field> = args.iter().enumerate().map(|(i, arg)| anonymous_field(i, arg)).collect();
    nullable(DataType::Struct(Fields::from(fields)))
}

fn construct(call: &Call) -> Result<ArrayRef> {
    let DataType::Struct(fields) = call.returns.data_type() else { return exec_err!("ROW gives a row") };
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), call.args.clone(), None, call.rows)?))
}
