//! Comparisons of arrays, maps and rows. Those of scalars stay DataFusion's own expressions.
//!
//! Source: Trino's page "Comparison functions and operators".

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{Call, Function, nullable};
use crate::compare;
use crate::types::{common_type, describe, map_fields, widen};

/// The comparisons as functions of two arguments.
#[derive(Debug)]
pub(crate) struct Comparisons {
    /// `=`, three-valued.
    pub(crate) equal: Arc<ScalarUDF>,
    /// `<`, three-valued.
    pub(crate) less: Arc<ScalarUDF>,
    /// `<=`, three-valued.
    pub(crate) less_or_equal: Arc<ScalarUDF>,
    /// `IS NOT DISTINCT FROM`.
    pub(crate) identical: Arc<ScalarUDF>,
}

pub(crate) fn comparisons() -> &'static Comparisons {
    static COMPARISONS: LazyLock<Comparisons> = LazyLock::new(|| Comparisons {
        equal: Function::new("trino_equal", |_, types| comparable("=", types), boolean, equal).udf(),
        less: Function::new("trino_less", |_, types| orderable("<", types), boolean, |c| less(c, false)).udf(),
        less_or_equal: Function::new(
            "trino_less_or_equal",
            |_, types| orderable("<=", types),
            boolean,
            |call| less(call, true),
        )
        .udf(),
        identical: Function::new("trino_identical", |_, types| comparable("=", types), boolean, identical).udf(),
    });
    &COMPARISONS
}

fn boolean(_: &[FieldRef]) -> Result<FieldRef> {
    nullable(DataType::Boolean)
}

fn comparable(operator: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [left, right] if common_type(left, right).is_some() => Ok(types.to_vec()),
        [left, right] => {
            plan_err!("Cannot apply operator: {} {operator} {}", describe(left), describe(right))
        }
        _ => plan_err!("a comparison takes two values"),
    }
}

fn orderable(operator: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if let [left, right] = types
        && (has_map(left) || has_map(right))
    {
        return plan_err!(
            "Cannot apply operator: {} {operator} {}; maps have no order",
            describe(left),
            describe(right)
        );
    }
    comparable(operator, types)
}

/// Whether a type is a map or has one inside.
pub(crate) fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(_, _) => map_fields(data_type).is_some(),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            has_map(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().any(|field| has_map(field.data_type())),
        _ => false,
    }
}

/// Both sides in the type they meet in.
fn sides(call: &Call) -> Result<(ArrayRef, ArrayRef)> {
    let (left, right) = (&call.args[0], &call.args[1]);
    match common_type(left.data_type(), right.data_type()) {
        Some(common) => Ok((widen(left, &common)?, widen(right, &common)?)),
        None => plan_err!("{} and {} do not compare", describe(left.data_type()), describe(right.data_type())),
    }
}

fn equal(call: &Call) -> Result<ArrayRef> {
    let (left, right) = sides(call)?;
    let equal = compare::equality(&left, &right)?;
    Ok(Arc::new((0..call.rows).map(|row| equal(row, row)).collect::<BooleanArray>()))
}

fn less(call: &Call, or_equal: bool) -> Result<ArrayRef> {
    let (left, right) = sides(call)?;
    let relation = compare::relation(&left, &right)?;
    let found = (0..call.rows).map(|row| relation(row, row).is_less(or_equal));
    Ok(Arc::new(found.collect::<BooleanArray>()))
}

fn identical(call: &Call) -> Result<ArrayRef> {
    let (left, right) = sides(call)?;
    let order = compare::order(&left, &right)?;
    Ok(Arc::new((0..call.rows).map(|row| Some(order(row, row).is_eq())).collect::<BooleanArray>()))
}
