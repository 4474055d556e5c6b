//! Comparisons and casts as Trino means them, and the looser ones CloudTrail Lake accepts.

mod number;
mod time;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Between, BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, TryCast, lit};
use datafusion::optimizer::AnalyzerRule;

use super::marks;
use crate::functions::cast::time::zone_of;
use crate::functions::cast::{cast_to, differs, from_json, to_json};
use crate::functions::interval::{is_interval, negation};
use crate::functions::scalar::{is_text, session_zone};
use crate::time::zone::Zone;
use crate::types::is_json;

/// - text and boolean, timestamps with and without zone, and dates and text compare;
/// - casts that Trino does otherwise become functions: of [`crate::functions::cast`].
#[derive(Debug)]
pub(crate) struct TrinoCoercion;

impl AnalyzerRule for TrinoCoercion {
    fn name(&self) -> &str {
        "trino_coercion"
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let zone = zone_of(session_zone(config))?;
        plan.transform_up_with_subqueries(|plan| rewrite_plan(plan, &zone)).map(|plan| plan.data)
    }
}

fn rewrite_plan(plan: LogicalPlan, zone: &Zone) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        let source = scan.source.schema();
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &source)?);
    }
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let expr = expr.transform_up(|expr| rewrite(expr, &schema, zone))?;
        Ok(expr.update_data(|expr| name.restore(expr)))
    })?;
    // A mark put on below changes the fields a plan is given, though not its expressions.
    let holds_fields = matches!(
        plan.data,
        LogicalPlan::Projection(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Window(_)
    );
    let plan = if plan.transformed || holds_fields { plan.map_data(|plan| plan.recompute_schema())? } else { plan };
    plan.transform_data(marks::keep_in_plan)
}

fn rewrite(expr: Expr, schema: &DFSchema, zone: &Zone) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(op) => {
            let (left, right, changed) = meet(*left, *right, schema, zone)?;
            let expr = Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)));
            Ok(Transformed::new_transformed(expr, changed))
        }
        Expr::BinaryExpr(binary) => Ok(time::arithmetic(binary, schema)),
        Expr::Negative(of) if of.get_type(schema).is_ok_and(|of| is_interval(&of)) => {
            Ok(Transformed::yes(negation().call(vec![*of])))
        }
        Expr::Negative(of) => Ok(match number::checked_negation(&of, schema)? {
            Some(checked) => Transformed::yes(checked),
            None => Transformed::no(Expr::Negative(of)),
        }),
        Expr::Case(case) => {
            let (case, changed) = number::meet_in_case(case, schema);
            let marked = marks::keep(Expr::Case(case), schema)?;
            Ok(Transformed::new_transformed(marked.data, marked.transformed || changed))
        }
        Expr::ScalarFunction(call) => {
            let (call, changed) = number::meet_in_call(call, schema);
            let marked = marks::keep(Expr::ScalarFunction(call), schema)?;
            Ok(Transformed::new_transformed(marked.data, marked.transformed || changed))
        }
        Expr::Between(between) => rewrite_between(between, schema, zone),
        Expr::InList(list) => rewrite_list(list, schema, zone),
        Expr::Cast(Cast { expr, field }) => match cast(&expr, &field, schema, zone, false)? {
            Some(new) => Ok(Transformed::yes(new)),
            None => Ok(Transformed::no(Expr::Cast(Cast { expr, field }))),
        },
        Expr::TryCast(TryCast { expr, field }) => match cast(&expr, &field, schema, zone, true)? {
            Some(new) => Ok(Transformed::yes(new)),
            None => Ok(Transformed::no(Expr::TryCast(TryCast { expr, field }))),
        },
        other => marks::keep(other, schema),
    }
}

fn compares(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

fn rewrite_between(between: Between, schema: &DFSchema, zone: &Zone) -> Result<Transformed<Expr>> {
    let Between { expr, negated, low, high } = between;
    let (expr, low, first) = meet(*expr, *low, schema, zone)?;
    let (expr, high, second) = meet(expr, *high, schema, zone)?;
    let new = Between::new(Box::new(expr), negated, Box::new(low), Box::new(high));
    Ok(Transformed::new_transformed(Expr::Between(new), first || second))
}

fn rewrite_list(list: InList, schema: &DFSchema, zone: &Zone) -> Result<Transformed<Expr>> {
    let InList { expr, list, negated } = list;
    let mut of = *expr;
    let mut changed = false;
    let mut items = Vec::with_capacity(list.len());
    for item in list {
        let (left, right, met) = meet(of, item, schema, zone)?;
        of = left;
        items.push(right);
        changed |= met;
    }
    // DataFusion takes an item for a constant when it gives one for no rows, as a CASE of constants does.
    let has_case = |item: &Expr| item.exists(|part| Ok(matches!(part, Expr::Case(_)))).unwrap_or(false);
    if items.iter().any(has_case) {
        return Ok(Transformed::yes(one_by_one(of, items, negated)));
    }
    let new = InList::new(Box::new(of), items, negated);
    Ok(Transformed::new_transformed(Expr::InList(new), changed))
}

/// `x IN (a, b)` as `x = a OR x = b`.
fn one_by_one(of: Expr, items: Vec<Expr>, negated: bool) -> Expr {
    let equal = |item| Expr::BinaryExpr(BinaryExpr::new(Box::new(of.clone()), Operator::Eq, Box::new(item)));
    let any = items.into_iter().map(equal).reduce(Expr::or).unwrap_or_else(|| lit(false));
    if negated { Expr::Not(Box::new(any)) } else { any }
}

/// Makes the two sides of a comparison comparable, changing a constant so that a column stays bare and can be
/// pruned by.
fn meet(left: Expr, right: Expr, schema: &DFSchema, zone: &Zone) -> Result<(Expr, Expr, bool)> {
    let (Ok(left_type), Ok(right_type)) = (left.get_type(schema), right.get_type(schema)) else {
        return Ok((left, right, false));
    };
    if let Some((left, right)) = time::meet(&left, &right, (&left_type, &right_type), zone)? {
        return Ok((left, right, true));
    }
    let (left, right, changed) = number::meet(left, right, (&left_type, &right_type));
    if changed {
        return Ok((left, right, true));
    }
    Ok(match (&left_type, &right_type) {
        (DataType::Boolean, text) if is_text(text) && !text.is_null() => {
            let (right, left) = text_and_boolean(right, left);
            (left, right, true)
        }
        (text, DataType::Boolean) if is_text(text) && !text.is_null() => {
            let (left, right) = text_and_boolean(left, right);
            (left, right, true)
        }
        _ => (left, right, false),
    })
}

/// A text and a boolean that are compared, as CloudTrail Lake compares them.
pub(crate) fn text_and_boolean(text: Expr, boolean: Expr) -> (Expr, Expr) {
    if let Expr::Literal(value, _) = &text
        && let Some(Some(word)) = value.try_as_str()
    {
        let word = word.trim().to_ascii_lowercase();
        let value = match word.as_str() {
            "true" | "t" | "1" => Some(true),
            "false" | "f" | "0" => Some(false),
            _ => None,
        };
        return (lit(ScalarValue::Boolean(value)), boolean);
    }
    if let Expr::Literal(ScalarValue::Boolean(value), _) = &boolean {
        let word = value.map(|value| if value { "true" } else { "false" }.to_owned());
        return (text, lit(ScalarValue::Utf8(word)));
    }
    let text = Expr::TryCast(TryCast::new(Box::new(text), DataType::Boolean));
    (text, boolean)
}

/// The cast as Trino does it, when DataFusion does it otherwise.
fn cast(expr: &Expr, to: &Arc<Field>, schema: &DFSchema, zone: &Zone, lenient: bool) -> Result<Option<Expr>> {
    let (_, from) = expr.to_field(schema)?;
    let target = to.data_type();
    if let Some(new) = marks::cast(expr, &from, to, lenient)? {
        return Ok(Some(new));
    }
    let call =
        |function, expr: &Expr| Ok(Some(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![expr.clone()]))));
    if is_json(to) {
        return if is_json(&from) { Ok(Some(expr.clone())) } else { call(to_json(), expr) };
    }
    if is_json(&from) || (target.is_nested() && is_text(from.data_type())) {
        return call(from_json(to, lenient), expr);
    }
    time::refuse(&from, to)?;
    if let Some(new) = time::cast(expr, &from, to, lenient, zone) {
        return Ok(Some(new));
    }
    if differs(&from, to) {
        return call(cast_to(to, lenient), expr);
    }
    Ok(None)
}
