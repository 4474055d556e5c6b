//! Comparisons and casts of arrays, maps and rows as Trino means them.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Case, InList, ScalarFunction};
use datafusion::logical_expr::{
    Between, BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, ScalarUDF, TryCast, lit, not,
};
use datafusion::optimizer::AnalyzerRule;

use super::rewrite_expressions;
use crate::functions::comparison::comparisons;
use crate::functions::nested_cast;

/// Comparisons of arrays, maps and rows become three-valued ones; casts between them cast their parts.
/// Comparisons of scalars are left alone.
#[derive(Debug)]
pub(crate) struct NestedValues;

impl AnalyzerRule for NestedValues {
    fn name(&self) -> &str {
        "trino_nested_values"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(rewrite_plan).map(|plan| plan.data)
    }
}

fn rewrite_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    rewrite_expressions(plan, |expr, schema| expr.transform_up(|expr| rewrite(expr, schema)))
}

fn rewrite(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let nested = |expr: &Expr| expr.get_type(schema).is_ok_and(|of| of.is_nested());
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if nested(&left) || nested(&right) => {
            Ok(compare(*left, op, *right))
        }
        Expr::InList(list) if nested(&list.expr) || list.list.iter().any(nested) => Ok(Transformed::yes(in_list(list))),
        Expr::Between(between) if nested(&between.expr) => Ok(Transformed::yes(rewrite_between(between))),
        Expr::Case(case) if case.expr.as_deref().is_some_and(nested) => Ok(Transformed::yes(searched(case))),
        Expr::ScalarFunction(call) if call.name() == "nullif" && call.args.iter().any(nested) => Ok(nullif(call)),
        Expr::ScalarFunction(call) if call.name() == "array_join" => join_texts(call, schema),
        Expr::Cast(Cast { expr, field }) if nested(&expr) || field.data_type().is_nested() => {
            let cast = nested_cast::cast(&expr, &field, schema)?;
            Ok(cast.map_or_else(|| Transformed::no(Expr::Cast(Cast { expr, field })), Transformed::yes))
        }
        Expr::TryCast(TryCast { expr, field }) if nested(&expr) || field.data_type().is_nested() => {
            let cast = nested_cast::try_cast(&expr, &field, schema)?;
            Ok(cast.map_or_else(|| Transformed::no(Expr::TryCast(TryCast { expr, field })), Transformed::yes))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn call(function: &Arc<ScalarUDF>, left: Expr, right: Expr) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), vec![left, right]))
}

fn equal(left: Expr, right: Expr) -> Expr {
    call(&comparisons().equal, left, right)
}

fn compare(left: Expr, op: Operator, right: Expr) -> Transformed<Expr> {
    let with = comparisons();
    Transformed::yes(match op {
        Operator::Eq => equal(left, right),
        Operator::NotEq => not(equal(left, right)),
        Operator::Lt => call(&with.less, left, right),
        Operator::LtEq => call(&with.less_or_equal, left, right),
        Operator::Gt => call(&with.less, right, left),
        Operator::GtEq => call(&with.less_or_equal, right, left),
        Operator::IsNotDistinctFrom => call(&with.identical, left, right),
        Operator::IsDistinctFrom => not(call(&with.identical, left, right)),
        _ => return Transformed::no(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))),
    })
}

/// `x IN (a, b)` is `x = a OR x = b`.
fn in_list(list: InList) -> Expr {
    let InList { expr, list, negated } = list;
    let any = list.into_iter().map(|item| equal(expr.as_ref().clone(), item)).reduce(Expr::or);
    let any = any.unwrap_or_else(|| lit(false));
    if negated { not(any) } else { any }
}

fn rewrite_between(between: Between) -> Expr {
    let Between { expr, negated, low, high } = between;
    let with = comparisons();
    let inside = call(&with.less_or_equal, *low, expr.as_ref().clone()).and(call(&with.less_or_equal, *expr, *high));
    if negated { not(inside) } else { inside }
}

/// `CASE x WHEN a …` is `CASE WHEN x = a …`.
fn searched(case: Case) -> Expr {
    let Case { expr, when_then_expr, else_expr } = case;
    let Some(operand) = expr else { return Expr::Case(Case { expr, when_then_expr, else_expr }) };
    let branches = when_then_expr.into_iter().map(|(when, then)| (Box::new(equal((*operand).clone(), *when)), then));
    Expr::Case(Case { expr: None, when_then_expr: branches.collect(), else_expr })
}

/// `nullif(a, b)` is `CASE WHEN a = b THEN NULL ELSE a END`.
fn nullif(call: ScalarFunction) -> Transformed<Expr> {
    let [left, right] = call.args.as_slice() else { return Transformed::no(Expr::ScalarFunction(call)) };
    let same = Box::new(equal(left.clone(), right.clone()));
    let branch = (same, Box::new(lit(ScalarValue::Null)));
    let otherwise = Some(Box::new(left.clone()));
    Transformed::yes(Expr::Case(Case { expr: None, when_then_expr: vec![branch], else_expr: otherwise }))
}

/// `array_join` casts the items to varchar.
fn join_texts(call: ScalarFunction, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let ScalarFunction { func, mut args } = call;
    let joined = match args.first() {
        Some(array) => nested_cast::to_texts(array, schema)?,
        None => None,
    };
    let changed = joined.is_some();
    if let Some(texts) = joined {
        args[0] = texts;
    }
    Ok(Transformed::new_transformed(Expr::ScalarFunction(ScalarFunction { func, args }), changed))
}
