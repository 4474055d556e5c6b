//! The guard of a scalar subquery that must not have more than one row.

use std::sync::{Arc, LazyLock};

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::{DataType, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// True for the number one; an error for the number of any further row.
pub(crate) fn single_row() -> Arc<ScalarUDF> {
    static SINGLE_ROW: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
        // Volatile, so that it is neither moved nor left out.
        let signature = Signature::exact(vec![DataType::UInt64], Volatility::Volatile);
        Arc::new(ScalarUDF::new_from_impl(SingleRow { signature }))
    });
    Arc::clone(&SINGLE_ROW)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SingleRow {
    signature: Signature,
}

impl ScalarUDFImpl for SingleRow {
    fn name(&self) -> &str {
        "trino_single_row"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [rows] = args.args.as_slice() else { return exec_err!("one argument was expected") };
        let rows = rows.to_array(args.number_rows)?;
        if rows.as_primitive::<UInt64Type>().iter().flatten().any(|row| row > 1) {
            return exec_err!("the scalar subquery has returned more than one row");
        }
        Ok(match rows.len() {
            1 => ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))),
            length => ColumnarValue::Array(Arc::new(BooleanArray::from(vec![true; length]))),
        })
    }
}
