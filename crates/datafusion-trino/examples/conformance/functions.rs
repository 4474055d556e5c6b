//! What Trino's tests define for themselves: `apply(x, x -> …)` and `invoke(() -> …)`, lambdas called once.

use std::sync::Arc;

use datafusion::arrow::array::new_null_array;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

/// A lambda called on one value, or on none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Call {
    name: &'static str,
    signature: HigherOrderSignature,
}

/// `apply` and `invoke`.
pub(crate) fn functions() -> Vec<Arc<HigherOrderUDF>> {
    let (value, lambda) = (ValueOrLambda::Value(()), ValueOrLambda::Lambda(()));
    [("apply", vec![value, lambda.clone()]), ("invoke", vec![lambda])]
        .into_iter()
        .map(|(name, arguments)| {
            let signature = HigherOrderSignature::exact(arguments, Volatility::Immutable);
            Arc::new(HigherOrderUDF::new_from_impl(Call { name, signature }))
        })
        .collect()
}

impl HigherOrderUDFImpl for Call {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn lambda_parameters(
        &self,
        _step: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let parameter = match fields.first() {
            Some(ValueOrLambda::Value(value)) => Arc::new(value.as_ref().clone().with_nullable(true)),
            _ => Arc::new(Field::new("", DataType::Null, true)),
        };
        Ok(LambdaParametersProgress::Complete(vec![vec![parameter]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields.last() {
            Some(ValueOrLambda::Lambda(body)) => Ok(Arc::new(body.as_ref().clone().with_nullable(true))),
            _ => plan_err!("{} takes a lambda", self.name),
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let (values, lambda) = match args.args.as_slice() {
            [ValueOrLambda::Value(value), ValueOrLambda::Lambda(lambda)] => (value.to_array(args.number_rows)?, lambda),
            [ValueOrLambda::Lambda(lambda)] => (new_null_array(&DataType::Null, args.number_rows), lambda),
            _ => return exec_err!("{} takes a lambda", self.name),
        };
        lambda.evaluate(&[&|| Ok(Arc::clone(&values))], |captured| Ok(captured.to_vec()))
    }
}
