//! Casts of arrays, maps and rows, which cast the values inside them as casts of scalars do.
//!
//! `CAST(x AS array(bigint))` is planned as a function of x and one lambda `v -> CAST(v AS bigint)` for each
//! scalar inside the target: so there is one meaning of a cast, wherever the value stands.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, StructArray, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::compute::{nullif, take};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::expr::{HigherOrderFunction, Lambda, LambdaVariable};
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ExprSchemable, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs,
    HigherOrderSignature, HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::lambda::{Fields as ArgumentFields, Items, evaluate, try_function};
use super::map::{Entries, check_keys, map_array};
use crate::types::{describe, describe_field, is_json, list_type, map_fields, without_length};

/// The parameter of every lambda.
const VALUE: &str = "v";

/// The cast as Trino does it; `None` when no nested value is cast to a nested type.
///
/// # Errors
/// Trino's, when there is no such cast.
pub(crate) fn cast(expr: &Expr, to: &FieldRef, schema: &DFSchema) -> Result<Option<Expr>> {
    let (_, from) = expr.to_field(schema)?;
    if matches!(expr, Expr::Literal(value, _) if value.data_type().is_null()) && to.data_type().is_nested() {
        let null = ScalarValue::try_new_null(without_length(to).data_type())?;
        return Ok(Some(Expr::Literal(null, None)));
    }
    if is_json(to) || !from.data_type().is_nested() {
        return Ok(None);
    }
    if from.data_type() == to.data_type() && without_length(to) == **to {
        return Ok(Some(expr.clone()));
    }
    if is_json(&from) || matches!(from.data_type(), DataType::Dictionary(_, _)) {
        return Ok(None);
    }
    let mut leaves = Vec::new();
    if collect(&from, to, &mut leaves).is_none() || !to.data_type().is_nested() {
        return plan_err!("Cannot cast {} to {}", describe_field(&from), describe_field(to));
    }
    let lambdas = leaves.iter().map(|(from, to)| {
        let variable = LambdaVariable::new(VALUE.to_owned(), Some(parameter(from)));
        let value = Expr::LambdaVariable(variable);
        let same = from.data_type() == to.data_type() && from.metadata() == to.metadata();
        let body =
            if same { value } else { Expr::Cast(Cast::new_from_field(Box::new(value), Arc::new(leaf_target(to)))) };
        Expr::Lambda(Lambda::new(vec![VALUE.to_owned()], body))
    });
    let args: Vec<Expr> = std::iter::once(expr.clone()).chain(lambdas).collect();
    let function = NestedCast::new(to, leaves.len());
    let function = Arc::new(HigherOrderUDF::new_from_impl(function));
    Ok(Some(Expr::HigherOrderFunction(HigherOrderFunction::new(function, args))))
}

/// As [`cast`], with NULL where it fails.
pub(crate) fn try_cast(expr: &Expr, to: &FieldRef, schema: &DFSchema) -> Result<Option<Expr>> {
    let Some(strict) = cast(expr, to, schema)? else { return Ok(None) };
    let body = Expr::Lambda(Lambda::new(vec![], strict));
    Ok(Some(Expr::HigherOrderFunction(HigherOrderFunction::new(try_function(), vec![body]))))
}

/// An array of texts from one of other scalars; `None` when it is one already.
pub(crate) fn to_texts(array: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let (_, from) = array.to_field(schema)?;
    let item = match from.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => item,
        _ => return Ok(None),
    };
    if matches!(item.data_type(), DataType::Utf8 | DataType::Utf8View | DataType::Null) && !is_json(item) {
        return Ok(None);
    }
    let texts = list_type(Field::new("item", DataType::Utf8, true));
    cast(array, &Arc::new(Field::new("", texts, true)), schema)
}

fn parameter(from: &Field) -> FieldRef {
    Arc::new(without_length(from).with_name(VALUE).with_nullable(true))
}

fn leaf_target(to: &Field) -> Field {
    to.clone().with_name("").with_nullable(true)
}

/// The pairs of values inside two types that are cast to each other, in order; `None` when the types do not
/// have the same shape.
fn collect(from: &Field, to: &Field, leaves: &mut Vec<(FieldRef, FieldRef)>) -> Option<()> {
    match (from.data_type(), to.data_type()) {
        (DataType::List(a), DataType::List(b)) => collect(a, b, leaves),
        (DataType::Map(_, _), DataType::Map(_, _)) => {
            let ((key, value), (to_key, to_value)) = (map_fields(from.data_type())?, map_fields(to.data_type())?);
            collect(key, to_key, leaves)?;
            collect(value, to_value, leaves)
        }
        (DataType::Struct(a), DataType::Struct(b)) if a.len() == b.len() => {
            a.iter().zip(b).try_for_each(|(a, b)| collect(a, b, leaves))
        }
        (a, b) => {
            // JSON takes and gives any value, unknown becomes anything.
            let open = is_json(from) || is_json(to) || a.is_null();
            let number_and_time =
                |a: &DataType, b: &DataType| (a.is_numeric() || a == &DataType::Boolean) && b.is_temporal();
            if !open && (a.is_nested() || b.is_nested() || number_and_time(a, b) || number_and_time(b, a)) {
                return None;
            }
            leaves.push((Arc::new(from.clone()), Arc::new(to.clone())));
            Some(())
        }
    }
}

/// A cast to one type, with a lambda for each scalar inside it.
#[derive(Debug)]
struct NestedCast {
    to: FieldRef,
    signature: HigherOrderSignature,
}

impl NestedCast {
    fn new(to: &Field, leaves: usize) -> NestedCast {
        let lambdas = std::iter::repeat_n(ValueOrLambda::Lambda(()), leaves);
        let arguments = std::iter::once(ValueOrLambda::Value(())).chain(lambdas).collect();
        let signature = HigherOrderSignature::exact(arguments, Volatility::Immutable);
        NestedCast { to: Arc::new(without_length(to).with_nullable(true)), signature }
    }
}

impl PartialEq for NestedCast {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to
    }
}

impl Eq for NestedCast {}

impl Hash for NestedCast {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to.hash(state);
    }
}

impl HigherOrderUDFImpl for NestedCast {
    fn name(&self) -> &str {
        "trino_nested_cast"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn coerce_value_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn lambda_parameters(&self, _step: usize, fields: ArgumentFields) -> Result<LambdaParametersProgress> {
        let Some(ValueOrLambda::Value(from)) = fields.first() else { return plan_err!("a cast takes a value") };
        let mut leaves = Vec::new();
        if collect(from, &self.to, &mut leaves).is_none() {
            return plan_err!("Cannot cast {} to {}", describe(from.data_type()), describe_field(&self.to));
        }
        let parameters = leaves.iter().map(|(from, _)| vec![parameter(from)]).collect();
        Ok(LambdaParametersProgress::Complete(parameters))
    }

    fn return_field_from_args(&self, _args: HigherOrderReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::clone(&self.to))
    }

    /// Values behind a NULL are cleared here, for all kinds of nested values.
    fn clear_null_values(&self) -> bool {
        false
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let (value, from) = match (args.args.first(), args.arg_fields.first()) {
            (Some(ValueOrLambda::Value(value)), Some(ValueOrLambda::Value(from))) => {
                (value.to_array(args.number_rows)?, from)
            }
            _ => return exec_err!("a cast takes a value"),
        };
        let mut rebuild = Rebuild { args: &args, next: 1 };
        let rows = (0..args.number_rows as u32).collect();
        Ok(ColumnarValue::Array(rebuild.cast(&value, from, &self.to, &rows)?))
    }
}

/// Takes a value apart, hands its scalars to the lambdas in order, and builds the new one.
struct Rebuild<'a> {
    args: &'a HigherOrderFunctionArgs,
    next: usize,
}

impl Rebuild<'_> {
    /// `rows` are the rows of the batch the values belong to.
    fn cast(&mut self, array: &ArrayRef, from: &Field, to: &Field, rows: &UInt32Array) -> Result<ArrayRef> {
        match (array.data_type(), to.data_type()) {
            (DataType::List(item), DataType::List(to_item)) => {
                let items = Items::new(array)?;
                let of = take(rows, &items.rows, None)?;
                let values = self.cast(&items.values, item, to_item, of.as_primitive())?;
                let list = ListArray::try_new(Arc::clone(to_item), items.offsets, values, items.nulls)?;
                Ok(Arc::new(list))
            }
            (DataType::Map(_, _), DataType::Map(_, _)) => self.cast_map(array, to.data_type(), rows),
            (DataType::Struct(fields), DataType::Struct(to_fields)) => {
                self.cast_row(array.as_struct(), fields, to_fields, rows)
            }
            _ => self.cast_leaf(array, from, to, rows),
        }
    }

    fn cast_map(&mut self, array: &ArrayRef, to: &DataType, rows: &UInt32Array) -> Result<ArrayRef> {
        let (Some((key, value)), Some((to_key, to_value))) = (map_fields(array.data_type()), map_fields(to)) else {
            return exec_err!("expected a map, got {}", array.data_type());
        };
        let entries = Entries::new(array)?;
        let of = take(rows, &entries.rows(), None)?;
        let keys = self.cast(&entries.keys, key, to_key, of.as_primitive())?;
        let values = self.cast(&entries.values, value, to_value, of.as_primitive())?;
        check_keys(&keys, &entries.offsets)?;
        map_array(to, keys, values, entries.offsets, entries.nulls)
    }

    /// Fields go by position. Those of a NULL row are NULL.
    fn cast_row(&mut self, row: &StructArray, fields: &Fields, to: &Fields, rows: &UInt32Array) -> Result<ArrayRef> {
        let mut columns = Vec::with_capacity(to.len());
        for ((column, field), to) in row.columns().iter().zip(fields).zip(to) {
            let column = match row.nulls() {
                Some(nulls) if nulls.null_count() > 0 => masked(column, nulls)?,
                _ => Arc::clone(column),
            };
            columns.push(self.cast(&column, field, to, rows)?);
        }
        Ok(Arc::new(StructArray::try_new_with_length(to.clone(), columns, row.nulls().cloned(), row.len())?))
    }

    fn cast_leaf(&mut self, array: &ArrayRef, from: &Field, to: &Field, rows: &UInt32Array) -> Result<ArrayRef> {
        let Some(ValueOrLambda::Lambda(lambda)) = self.args.args.get(self.next) else {
            return exec_err!("no cast from {} to {}", describe_field(from), describe_field(to));
        };
        self.next += 1;
        let values = evaluate(lambda, &[array], rows)?;
        if values.data_type() == to.data_type() {
            return Ok(values);
        }
        crate::types::widen(&values, to.data_type())
    }
}

fn masked(column: &ArrayRef, valid: &NullBuffer) -> Result<ArrayRef> {
    if column.data_type().is_null() {
        return Ok(Arc::clone(column));
    }
    Ok(nullif(column, &BooleanArray::new(!valid.inner(), None))?)
}
