//! `regexp_replace(text, pattern, groups -> replacement)`.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder, UInt32Array};
use arrow::compute::{cast, take_arrays};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use crate::functions::scalar::is_text;
use crate::pattern::Pattern;
use crate::types::{describe, list_type};

/// The name under which `regexp_replace` with a lambda is planned: one name is one kind of function.
pub(crate) const BY_LAMBDA: &str = "trino_regexp_replace";

/// `regexp_replace` with a lambda in place of a replacement.
pub(crate) fn function() -> Arc<HigherOrderUDF> {
    let arguments = vec![ValueOrLambda::Value(()), ValueOrLambda::Value(()), ValueOrLambda::Lambda(())];
    let signature = HigherOrderSignature::exact(arguments, Volatility::Immutable);
    Arc::new(HigherOrderUDF::new_from_impl(ReplaceByLambda { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ReplaceByLambda {
    signature: HigherOrderSignature,
}

impl HigherOrderUDFImpl for ReplaceByLambda {
    fn name(&self) -> &str {
        BY_LAMBDA
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types.iter().find(|given| !is_text(given)) {
            Some(other) => plan_err!("regexp_replace takes varchar, not {}", describe(other)),
            None => Ok(vec![DataType::Utf8View; types.len()]),
        }
    }

    /// The lambda gets the groups of the match, the first at 1.
    fn lambda_parameters(
        &self,
        _step: usize,
        _fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let groups = list_type(Field::new("item", DataType::Utf8, true));
        Ok(LambdaParametersProgress::Complete(vec![vec![Arc::new(Field::new("", groups, true))]]))
    }

    fn return_field_from_args(&self, _args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new("", DataType::Utf8, true)))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [ValueOrLambda::Value(values), ValueOrLambda::Value(patterns), ValueOrLambda::Lambda(lambda)] =
            args.args.as_slice()
        else {
            return exec_err!("regexp_replace takes two texts and a lambda");
        };
        let (values, patterns) = (values.to_array(args.number_rows)?, patterns.to_array(args.number_rows)?);
        let matches = Matches::find(&values, &patterns)?;
        let by = matches.evaluate(lambda)?;
        Ok(ColumnarValue::Array(matches.replace(&values, &by)))
    }
}

/// The matches of all rows, one behind the other.
struct Matches {
    places: Vec<Range<usize>>,
    /// The row of each match.
    rows: Vec<u32>,
    groups: ArrayRef,
    /// Rows whose text or pattern is NULL.
    nulls: Vec<bool>,
}

impl Matches {
    fn find(values: &ArrayRef, patterns: &ArrayRef) -> Result<Matches> {
        let nulls: Vec<bool> = (0..values.len()).map(|row| values.is_null(row) || patterns.is_null(row)).collect();
        let mut groups = ListBuilder::new(StringBuilder::new());
        let (mut places, mut rows) = (Vec::new(), Vec::new());
        for (row, null) in nulls.iter().enumerate() {
            if *null {
                continue;
            }
            let value = values.as_string_view().value(row);
            let pattern = Pattern::compile(patterns.as_string_view().value(row))?;
            for found in pattern.captures_iter(value) {
                let mut found = found?.into_iter();
                places.push(found.next().flatten().unwrap_or_default());
                rows.push(row as u32);
                for group in found {
                    groups.values().append_option(group.map(|place| &value[place]));
                }
                groups.append(true);
            }
        }
        Ok(Matches { places, rows, groups: Arc::new(groups.finish()), nulls })
    }

    /// The text every match is replaced by.
    fn evaluate(&self, lambda: &LambdaArgument) -> Result<ArrayRef> {
        if self.places.is_empty() {
            return Ok(Arc::new(StringBuilder::new().finish()));
        }
        let groups = || Ok(Arc::clone(&self.groups));
        let rows = UInt32Array::from(self.rows.clone());
        let by = lambda
            .evaluate(&[&groups], |captured| Ok(take_arrays(captured, &rows, None)?))?
            .into_array(self.places.len())?;
        Ok(cast(&by, &DataType::Utf8)?)
    }

    /// NULL for one match makes the whole text NULL.
    fn replace(&self, values: &ArrayRef, by: &ArrayRef) -> ArrayRef {
        let (values, by) = (values.as_string_view(), by.as_string::<i32>());
        let mut result = StringBuilder::new();
        let mut matches = self.rows.iter().enumerate().peekable();
        for (row, null) in self.nulls.iter().enumerate() {
            let mut text = Some(String::new());
            let mut end = 0;
            while let Some((i, _)) = matches.next_if(|(_, of)| **of as usize == row) {
                let place = &self.places[i];
                if by.is_null(i) {
                    text = None;
                } else if let Some(text) = &mut text {
                    text.push_str(&values.value(row)[end..place.start]);
                    text.push_str(by.value(i));
                }
                end = place.end;
            }
            match text.filter(|_| !null) {
                Some(mut text) => {
                    text.push_str(&values.value(row)[end..]);
                    result.append_value(text);
                }
                None => result.append_null(),
            }
        }
        Arc::new(result.finish())
    }
}
