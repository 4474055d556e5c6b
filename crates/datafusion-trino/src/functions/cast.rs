//! Casts DataFusion does otherwise than Trino, in a module for each family of types.
//!
//! [`cast_to`] is the function the analyzer puts in the place of a cast of a scalar that [`differs`].

mod json;
mod number;
mod sixteen;
mod text;
pub(crate) mod time;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::attempt::attempt;
use crate::types::without_length;

pub(crate) use json::{from_json, to_json};
pub(crate) use sixteen::{to_ip, to_uuid};

/// Whether a cast of a scalar gives another value, or fails on other values, than DataFusion's.
pub(crate) fn differs(from: &Field, to: &Field) -> bool {
    number::differs(from, to) || text::differs(from, to)
}

/// `cast(x as T)`; a lenient one, `try_cast`, gives NULL where the other fails.
pub(crate) fn cast_to(to: &Field, lenient: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    let to = Arc::new(to.clone().with_nullable(true));
    let returns = Arc::new(without_length(&to));
    Arc::new(ScalarUDF::new_from_impl(CastTo { to, returns, lenient, signature }))
}

#[derive(Debug)]
struct CastTo {
    to: FieldRef,
    returns: FieldRef,
    lenient: bool,
    signature: Signature,
}

impl PartialEq for CastTo {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to && self.lenient == other.lenient
    }
}

impl Eq for CastTo {}

impl Hash for CastTo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to.hash(state);
        self.lenient.hash(state);
    }
}

impl ScalarUDFImpl for CastTo {
    fn name(&self) -> &str {
        if self.lenient { "trino_try_cast" } else { "trino_cast" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.returns.data_type().clone())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.returns))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ([arg], [from]) = (args.args.as_slice(), args.arg_fields.as_slice()) else {
            return exec_err!("a cast takes one value");
        };
        let scalar = matches!(arg, ColumnarValue::Scalar(_));
        let rows = if scalar { 1 } else { args.number_rows };
        let values = arg.to_array(rows)?;
        let result = if self.lenient {
            let run = |start, rows| convert(&values.slice(start, rows), from, &self.to);
            attempt(rows, self.returns.data_type(), &run)?
        } else {
            convert(&values, from, &self.to)?
        };
        Ok(if scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)
        } else {
            ColumnarValue::Array(result)
        })
    }
}

/// The values as the other type, NULL for NULL.
fn convert(values: &ArrayRef, from: &Field, to: &Field) -> Result<ArrayRef> {
    if number::differs(from, to) { number::convert(values, to) } else { text::convert(values, from, to) }
}
