//! Decimals among doubles and text: what meets a double becomes one.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Case, ScalarFunction};
use datafusion::logical_expr::{Cast, Expr, ExprSchemable};

use crate::functions::arithmetic::negate;
use crate::functions::scalar::is_text;

/// Functions whose arguments all become of one type.
const OF_ONE_TYPE: [&str; 2] = ["coalesce", "make_array"];

/// The decimal of two sides of a comparison as a double, when the other side is a double or text; DataFusion
/// would make decimals of both. Tells whether it changed them.
pub(super) fn meet(left: Expr, right: Expr, types: (&DataType, &DataType)) -> (Expr, Expr, bool) {
    let inexact = |of: &DataType| of.is_floating() || (is_text(of) && !of.is_null());
    match types {
        (left_type, right_type) if left_type.is_decimal() && inexact(right_type) => (as_double(left), right, true),
        (left_type, right_type) if inexact(left_type) && right_type.is_decimal() => (left, as_double(right), true),
        _ => (left, right, false),
    }
}

fn as_double(expr: Expr) -> Expr {
    Expr::Cast(Cast::new(Box::new(expr), DataType::Float64))
}

/// `-x` of an integer as a function that fails where there is no result.
pub(super) fn checked_negation(
    of: &Expr,
    schema: &DFSchema,
) -> Result<Option<Expr>, datafusion::error::DataFusionError> {
    let is_integer = of.get_type(schema)?.is_signed_integer();
    Ok(is_integer.then(|| Expr::ScalarFunction(ScalarFunction::new_udf(negate(), vec![of.clone()]))))
}

/// The branches of a CASE in one type, when there are decimals and doubles among them.
pub(super) fn meet_in_case(mut case: Case, schema: &DFSchema) -> (Case, bool) {
    let branches = case.when_then_expr.iter().map(|(_, then)| then.as_ref());
    let mixed = are_mixed(branches.chain(case.else_expr.as_deref()), schema);
    if mixed {
        for (_, then) in &mut case.when_then_expr {
            make_double(then, schema);
        }
        if let Some(otherwise) = &mut case.else_expr {
            make_double(otherwise, schema);
        }
    }
    (case, mixed)
}

/// The arguments of `coalesce` and of an array in one type, when there are decimals and doubles among them.
pub(super) fn meet_in_call(mut call: ScalarFunction, schema: &DFSchema) -> (ScalarFunction, bool) {
    let mixed = OF_ONE_TYPE.contains(&call.name()) && are_mixed(call.args.iter(), schema);
    if mixed {
        for arg in &mut call.args {
            make_double(arg, schema);
        }
    }
    (call, mixed)
}

fn are_mixed<'a>(exprs: impl Iterator<Item = &'a Expr>, schema: &DFSchema) -> bool {
    let (mut decimal, mut double) = (false, false);
    for of in exprs.filter_map(|expr| expr.get_type(schema).ok()) {
        decimal |= of.is_decimal();
        double |= of.is_floating();
    }
    decimal && double
}

fn make_double(expr: &mut Expr, schema: &DFSchema) {
    if expr.get_type(schema).is_ok_and(|of| of.is_decimal()) {
        *expr = as_double(std::mem::take(expr));
    }
}
