//! What a row must hold, as a filter of a scan.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use traillake_store::Sought;

/// `trail_sought()`: true. A scan that finds it among its filters leaves out what cannot hold the values it carries.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TrailSought {
    sought: Sought,
    signature: Signature,
}

impl TrailSought {
    pub(crate) fn new(sought: Sought) -> Self {
        // Otherwise the optimizer would compute it.
        Self { sought, signature: Signature::nullary(Volatility::Volatile) }
    }

    /// What a filter carries, when it is one of these.
    pub(crate) fn of(filter: &Expr) -> Option<&Sought> {
        let Expr::ScalarFunction(call) = filter else { return None };
        call.func.inner().downcast_ref::<Self>().map(|function| &function.sought)
    }
}

impl ScalarUDFImpl for TrailSought {
    fn name(&self) -> &str {
        "trail_sought"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))))
    }
}
