//! A column under a second name.

use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// `trail_same(column)`: the column itself.
///
/// A view that has a physical column under two names would carry it along twice through the optimizer's projections,
/// where one name twice is an error. In filters the optimizer rule takes the function away again.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TrailSame {
    signature: Signature,
}

impl TrailSame {
    pub(crate) const NAME: &str = "trail_same";

    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TrailSame {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [column] => Ok(column.clone()),
            _ => exec_err!("{} wants one argument", Self::NAME),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.as_slice() {
            [column] => Ok(column.clone()),
            _ => exec_err!("{} wants one argument", Self::NAME),
        }
    }
}
