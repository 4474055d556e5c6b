//! Functions that take lambdas. Lambdas see the columns of the query as well as their parameters.
//!
//! Source: Trino's pages "Lambda expressions", "Array functions and operators" and "Map functions and
//! operators".

mod array;
mod attempt;
mod guard;
mod items;
mod map;
mod reduce;
mod sort;
mod zip;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature, HigherOrderUDF,
    HigherOrderUDFImpl, LambdaArgument, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use crate::types::{describe, list_type, without_length};

pub(crate) use attempt::try_function;
pub(crate) use guard::Guard;
pub(crate) use items::{Items, evaluate};

/// The fields of the arguments while lambdas are planned: a lambda has one once its body is known.
pub(crate) type Fields<'a> = &'a [ValueOrLambda<FieldRef, Option<FieldRef>>];
/// Decides what the values among the arguments are cast to.
pub(crate) type Coerce = fn(&str, &[DataType]) -> Result<Vec<DataType>>;
/// Decides the parameters of every lambda.
pub(crate) type Parameters = fn(&str, Fields) -> Result<LambdaParametersProgress>;
/// Decides the type of the result.
pub(crate) type Returns = fn(&Arguments) -> Result<Field>;
/// Evaluates a call over whole columns.
pub(crate) type Evaluate = fn(&LambdaCall) -> Result<ArrayRef>;

/// What a field is marked as: its metadata.
pub(crate) type Marks = BTreeMap<String, String>;

/// All functions with lambdas.
pub(crate) fn functions() -> Vec<Arc<HigherOrderUDF>> {
    [
        array::functions(),
        zip::functions(),
        map::functions(),
        reduce::functions(),
        sort::functions(),
        attempt::functions(),
    ]
    .into_iter()
    .flatten()
    .map(|function| Arc::new(HigherOrderUDF::new_from_impl(function)))
    .collect()
}

/// A function with lambdas made of four plain functions. Two of the same name and the same marks are the same.
#[derive(Debug, Clone)]
pub(crate) struct HigherOrder {
    name: &'static str,
    signature: HigherOrderSignature,
    coerce: Coerce,
    parameters: Parameters,
    returns: Returns,
    evaluate: Evaluate,
    /// The marks of the values of the lambdas, by the place of the argument; the engine does not tell them.
    marks: Vec<Marks>,
}

impl HigherOrder {
    /// The function for lambdas with these marks; `None` when it is that already.
    pub(crate) fn marked(&self, marks: &[Marks]) -> Option<HigherOrder> {
        let none = marks.iter().all(Marks::is_empty) && self.marks.is_empty();
        (!none && self.marks != marks).then(|| HigherOrder { marks: marks.to_vec(), ..self.clone() })
    }

    /// `shape` has a `v` for each value and an `l` for each lambda among the arguments.
    pub(crate) fn new(
        name: &'static str,
        shape: &str,
        coerce: Coerce,
        parameters: Parameters,
        returns: Returns,
        evaluate: Evaluate,
    ) -> HigherOrder {
        let arguments = shape.chars().map(|c| match c {
            'l' => ValueOrLambda::Lambda(()),
            _ => ValueOrLambda::Value(()),
        });
        let signature = HigherOrderSignature::exact(arguments.collect(), Volatility::Immutable);
        HigherOrder { name, signature, coerce, parameters, returns, evaluate, marks: vec![] }
    }
}

impl HigherOrder {
    /// The field of a lambda's value with the marks it is known to have, and no others.
    fn mark(&self, place: usize, body: &Field) -> Field {
        let marks = self.marks.get(place).cloned().unwrap_or_default();
        body.clone().with_metadata(marks.into_iter().collect())
    }
}

impl PartialEq for HigherOrder {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.marks == other.marks
    }
}

impl Eq for HigherOrder {}

impl Hash for HigherOrder {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.marks.hash(state);
    }
}

impl HigherOrderUDFImpl for HigherOrder {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        (self.coerce)(self.name, types)
    }

    fn lambda_parameters(&self, _step: usize, fields: Fields) -> Result<LambdaParametersProgress> {
        let fields = fields.iter().enumerate().map(|(i, field)| match field {
            ValueOrLambda::Lambda(Some(body)) => ValueOrLambda::Lambda(Some(Arc::new(self.mark(i, body)))),
            other => other.clone(),
        });
        (self.parameters)(self.name, &fields.collect::<Vec<_>>())
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        let fields = args.arg_fields.iter().enumerate().map(|(i, field)| match field {
            ValueOrLambda::Lambda(body) => ValueOrLambda::Lambda(Arc::new(self.mark(i, body))),
            other => other.clone(),
        });
        let fields: Vec<_> = fields.collect();
        let arguments = Arguments { name: self.name, fields: &fields };
        Ok(Arc::new((self.returns)(&arguments)?.with_nullable(true)))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let call = LambdaCall { name: self.name, args: &args };
        Ok(ColumnarValue::Array((self.evaluate)(&call)?))
    }
}

/// The fields of the arguments of one call; a lambda has that of its body.
pub(crate) struct Arguments<'a> {
    name: &'a str,
    fields: &'a [ValueOrLambda<FieldRef, FieldRef>],
}

impl Arguments<'_> {
    pub(crate) fn value(&self, i: usize) -> Result<&FieldRef> {
        match self.fields.get(i) {
            Some(ValueOrLambda::Value(field)) => Ok(field),
            _ => plan_err!("{} takes a value in place {}", self.name, i + 1),
        }
    }

    pub(crate) fn lambda(&self, i: usize) -> Result<Field> {
        match self.fields.get(i) {
            Some(ValueOrLambda::Lambda(field)) => Ok(field.as_ref().clone().with_nullable(true)),
            _ => plan_err!("{} takes a lambda in place {}", self.name, i + 1),
        }
    }
}

/// One call over a batch.
pub(crate) struct LambdaCall<'a> {
    name: &'a str,
    args: &'a HigherOrderFunctionArgs,
}

impl LambdaCall<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.args.number_rows
    }

    pub(crate) fn returns(&self) -> &DataType {
        self.args.return_type()
    }

    /// A value among the arguments, as a column.
    pub(crate) fn value(&self, i: usize) -> Result<ArrayRef> {
        match self.args.args.get(i) {
            Some(ValueOrLambda::Value(value)) => value.to_array(self.args.number_rows),
            _ => exec_err!("{} takes a value in place {}", self.name, i + 1),
        }
    }

    pub(crate) fn lambda(&self, i: usize) -> Result<&LambdaArgument> {
        match self.args.args.get(i) {
            Some(ValueOrLambda::Lambda(lambda)) => Ok(lambda),
            _ => exec_err!("{} takes a lambda in place {}", self.name, i + 1),
        }
    }

    /// The type of a lambda's value.
    pub(crate) fn lambda_type(&self, i: usize) -> Result<&DataType> {
        match self.args.arg_fields.get(i) {
            Some(ValueOrLambda::Lambda(field)) => Ok(field.data_type()),
            _ => exec_err!("{} takes a lambda in place {}", self.name, i + 1),
        }
    }
}

/// The value in a place while lambdas are planned.
fn value_field<'a>(name: &str, fields: Fields<'a>, i: usize) -> Result<&'a FieldRef> {
    match fields.get(i) {
        Some(ValueOrLambda::Value(field)) => Ok(field),
        _ => plan_err!("{name} takes a value in place {}", i + 1),
    }
}

/// A parameter of a lambda: the items of the array in a place.
fn item_parameter(name: &str, fields: Fields, i: usize) -> Result<FieldRef> {
    match value_field(name, fields, i)?.data_type() {
        DataType::List(item) => Ok(parameter(item)),
        other => plan_err!("{name} takes an array, not {}", describe(other)),
    }
}

/// A parameter of a lambda may always be NULL; the lengths of texts matter to casts alone.
fn parameter(field: &FieldRef) -> FieldRef {
    Arc::new(without_length(field).with_nullable(true))
}

/// An array, of any layout.
fn as_array(name: &str, of: &DataType) -> Result<DataType> {
    Ok(match of {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            DataType::List(Arc::clone(item))
        }
        DataType::Null => list_type(Field::new("item", DataType::Null, true)),
        other => return plan_err!("{name} takes an array, not {}", describe(other)),
    })
}

/// The first value is an array.
fn array_first(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let mut types = types.to_vec();
    if let Some(first) = types.first_mut() {
        *first = as_array(name, first)?;
    }
    Ok(types)
}
