//! Structs that can be NULL.

use arrow::array::{Array, AsArray, BooleanArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::Arc;

/// `trail_object(objects, row)`: `row` where bit *n* of `objects` is set, NULL elsewhere.
///
/// It tells a record without `tlsDetails` from one whose `tlsDetails` is empty. The number of the bit is part of
/// the function, not of its arguments, so that the optimizer's rule can read it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TrailObject {
    signature: Signature,
    bit: u32,
    name: String,
}

impl TrailObject {
    pub(crate) fn new(bit: u32) -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable), bit, name: format!("trail_object_{bit}") }
    }

    /// The mask of its bit.
    pub(crate) fn mask(&self) -> i32 {
        1 << self.bit
    }
}

impl ScalarUDFImpl for TrailObject {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [_, object] => Ok(object.clone()),
            _ => exec_err!("{} wants two arguments", self.name),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<arrow::datatypes::FieldRef> {
        match args.arg_fields {
            [_, object] => Ok(Arc::new(object.as_ref().clone().with_name(&self.name).with_nullable(true))),
            _ => exec_err!("{} wants two arguments", self.name),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [objects, object] = args.args.as_slice() else { return exec_err!("{} wants two arguments", self.name) };
        let (objects, object) = (objects.to_array(args.number_rows)?, object.to_array(args.number_rows)?);
        let present: BooleanArray = objects
            .as_primitive::<Int32Type>()
            .iter()
            .map(|bits| Some(bits.is_some_and(|bits| bits & self.mask() != 0)))
            .collect();
        let (fields, columns, nulls) = object.as_struct().clone().into_parts();
        let nulls = NullBuffer::union(nulls.as_ref(), Some(&NullBuffer::new(present.values().clone())));
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, objects.len())?)))
    }
}
