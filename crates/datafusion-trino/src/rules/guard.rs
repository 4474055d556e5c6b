//! Keeps expressions that may fail from rows that Trino does not evaluate them for.
//!
//! `cardinality(a) > 1 AND a[2] = 'x'` is false in Trino where the array is short. DataFusion evaluates both
//! sides of AND for all rows of a batch, and may move what is selected below the filter. A side that may fail
//! becomes a lambda that runs only where the other side leaves the result open.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr::{HigherOrderFunction, Lambda};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, lit};
use datafusion::optimizer::AnalyzerRule;

use crate::functions::lambda::Guard;
use crate::functions::scalar::is_text;

/// Guards the right sides of AND and OR, and what is selected behind a filter, where they may fail.
///
/// Runs behind the rules that turn casts into functions.
#[derive(Debug)]
pub(crate) struct GuardedEvaluation;

impl AnalyzerRule for GuardedEvaluation {
    fn name(&self) -> &str {
        "trino_guarded_evaluation"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(rewrite_plan).map(|plan| plan.data)
    }
}

fn rewrite_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if !matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_)) {
        return Ok(Transformed::no(plan));
    }
    let plan = match plan {
        LogicalPlan::Filter(mut filter) => {
            // The condition may be moved below what it is about, next to the one of a filter down there.
            filter.input = Arc::new(guard_below(Arc::unwrap_or_clone(filter.input))?.data);
            LogicalPlan::Filter(filter)
        }
        other => other,
    };
    let filter = movable_filter(&plan);
    guard_expressions(plan, filter.as_ref())
}

/// Guards what the projection a condition is about selects behind a filter of its own.
fn guard_below(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match plan {
        LogicalPlan::SubqueryAlias(_) => plan.map_children(guard_below),
        LogicalPlan::Projection(_) => match filter_of(&plan) {
            Some(filter) => guard_expressions(plan, Some(&filter)),
            None => plan.map_children(guard_below),
        },
        other => Ok(Transformed::no(other)),
    }
}

fn guard_expressions(plan: LogicalPlan, filter: Option<&Expr>) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let expr = guard_parts(expr, &schema)?;
        let expr = expr.transform_data(|expr| Ok(guard_selected(expr, filter, &schema)))?;
        Ok(expr.update_data(|expr| name.restore(expr)))
    })?;
    if plan.transformed { plan.map_data(|plan| plan.recompute_schema()) } else { Ok(plan) }
}

/// Guards the parts of every AND and OR that may fail, and the results of conditions in CASE.
///
/// The parts that cannot fail stay where they are, for they may prune; the first of the others waits for
/// them, and each further one for the one before it.
fn guard_parts(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let (op, guard) = match &expr {
        Expr::BinaryExpr(BinaryExpr { op: Operator::And, .. }) => (Operator::And, Guard::NotFalse),
        Expr::BinaryExpr(BinaryExpr { op: Operator::Or, .. }) => (Operator::Or, Guard::NotTrue),
        _ => {
            let expr = expr.map_children(|child| guard_parts(child, schema))?;
            return expr.transform_data(|expr| Ok(guard_results(expr, schema)));
        }
    };
    let mut parts = Vec::new();
    let mut changed = false;
    for part in split(expr, op) {
        let part = guard_parts(part, schema)?;
        changed |= part.transformed;
        parts.push(part.data);
    }
    let (failing, safe): (Vec<Expr>, Vec<Expr>) = parts.iter().cloned().partition(|part| may_fail(part, schema));
    if failing.is_empty() || parts.len() == 1 {
        return Ok(Transformed::new_transformed(joined(parts, op), changed));
    }
    let waiting = failing.into_iter().rev().reduce(|later, earlier| {
        let later = guarded_by(&earlier, guard, later);
        joined(vec![earlier, later], op)
    });
    let Some(waiting) = waiting else { return Ok(Transformed::new_transformed(joined(safe, op), changed)) };
    if safe.is_empty() {
        return Ok(Transformed::yes(waiting));
    }
    let safe = joined(safe, op);
    let waiting = guarded_by(&safe, guard, waiting);
    Ok(Transformed::yes(joined(vec![safe, waiting], op)))
}

/// The parts of a chain of one operator, in order.
fn split(expr: Expr, op: Operator) -> Vec<Expr> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: own, right }) if own == op => {
            let mut parts = split(*left, op);
            parts.extend(split(*right, op));
            parts
        }
        other => vec![other],
    }
}

fn joined(parts: Vec<Expr>, op: Operator) -> Expr {
    let all =
        parts.into_iter().reduce(|left, right| Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))));
    all.unwrap_or_else(|| lit(op == Operator::And))
}

/// A CASE of conditions is made AND and OR of them later, where every side is evaluated.
fn guard_results(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let is_condition = |expr: &Expr| expr.get_type(schema).is_ok_and(|of| of == DataType::Boolean);
    let Expr::Case(mut case) = expr else { return Transformed::no(expr) };
    if case.expr.is_some() {
        return Transformed::no(Expr::Case(case));
    }
    let mut changed = false;
    for (when, then) in &mut case.when_then_expr {
        if is_condition(then) && may_fail(then, schema) && !may_fail(when, schema) {
            **then = guarded_by(when, Guard::True, std::mem::take(&mut **then));
            changed = true;
        }
    }
    let whens = case.when_then_expr.iter().map(|(when, _)| &**when);
    let decided: Vec<Expr> = whens.filter(|when| !may_fail(when, schema)).cloned().collect();
    if let Some(otherwise) = &mut case.else_expr
        && is_condition(otherwise)
        && may_fail(otherwise, schema)
        && !decided.is_empty()
    {
        let decided = joined(decided, Operator::Or);
        **otherwise = guarded_by(&decided, Guard::NotTrue, std::mem::take(&mut **otherwise));
        changed = true;
    }
    Transformed::new_transformed(Expr::Case(case), changed)
}

fn guarded_by(condition: &Expr, guard: Guard, expr: Expr) -> Expr {
    let lambda = Expr::Lambda(Lambda::new(vec![], expr));
    Expr::HigherOrderFunction(HigherOrderFunction::new(guard.function(), vec![condition.clone(), lambda]))
}

/// The condition of the filter below a projection.
fn filter_of(plan: &LogicalPlan) -> Option<Expr> {
    let LogicalPlan::Projection(projection) = plan else { return None };
    let LogicalPlan::Filter(filter) = projection.input.as_ref() else { return None };
    (!is_closed_off(&filter.predicate)).then(|| filter.predicate.clone())
}

/// The condition of the filter below a projection that may be moved below it: one whose columns are all
/// selected as they are.
fn movable_filter(plan: &LogicalPlan) -> Option<Expr> {
    let LogicalPlan::Projection(projection) = plan else { return None };
    let selected: HashSet<&Column> = projection.expr.iter().filter_map(as_column).collect();
    filter_of(plan).filter(|filter| filter.column_refs().iter().all(|column| selected.contains(column)))
}

fn as_column(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Alias(alias) => as_column(&alias.expr),
        _ => None,
    }
}

fn guard_selected(expr: Expr, filter: Option<&Expr>, schema: &DFSchema) -> Transformed<Expr> {
    match (expr, filter) {
        (Expr::Alias(mut alias), Some(filter)) => {
            let inner = guard_selected(*alias.expr, Some(filter), schema);
            alias.expr = Box::new(inner.data);
            Transformed::new_transformed(Expr::Alias(alias), inner.transformed)
        }
        (expr, Some(filter)) if may_fail(&expr, schema) && !is_guarded(&expr) => {
            Transformed::yes(guarded_by(filter, Guard::True, expr))
        }
        (expr, _) => Transformed::no(expr),
    }
}

/// Whether a value in a row can make the expression fail. What holds a subquery is left alone: lambdas
/// cannot.
fn may_fail(expr: &Expr, schema: &DFSchema) -> bool {
    let fails = |expr: &Expr| {
        let Expr::ScalarFunction(call) = expr else { return false };
        match call.name() {
            "trino_subscript" => true,
            // By a constant it fails always or never, as doubles never do.
            "/" | "%" => {
                let inexact = |arg: &Expr| arg.get_type(schema).is_ok_and(|of| of.is_floating());
                !matches!(call.args.get(1), Some(Expr::Literal(_, _))) && !call.args.iter().any(inexact)
            }
            "trino_cast" | "trino_from_json" => {
                call.args.iter().any(|arg| arg.get_type(schema).is_ok_and(|of| is_text(&of)))
            }
            _ => false,
        }
    };
    let found = expr.exists(|expr| Ok(fails(expr) && !is_constant(expr))).unwrap_or(false);
    found && !is_closed_off(expr)
}

/// What is guarded as a whole needs no second guard.
fn is_guarded(expr: &Expr) -> bool {
    matches!(expr, Expr::HigherOrderFunction(call) if call.func == Guard::True.function())
}

fn is_constant(expr: &Expr) -> bool {
    !expr.exists(|expr| Ok(matches!(expr, Expr::Column(_) | Expr::LambdaVariable(_)))).unwrap_or(true)
}

fn is_closed_off(expr: &Expr) -> bool {
    let outside = |expr: &Expr| {
        matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(_, _)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::Unnest(_)
        )
    };
    expr.exists(|expr| Ok(outside(expr))).unwrap_or(true)
}
