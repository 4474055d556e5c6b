//! The optimizer rule that takes the view's structs apart.
//!
//! DataFusion resolves `get_field(named_struct(…), 'arn')` by itself, but not through
//! [`TrailObject`], which gives a struct its NULL. This rule looks through it. In conditions it
//! also turns instants shown as text into bounds of the instants ([`text_times`]).

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, binary_expr};
use datafusion::optimizer::{ApplyOrder, Optimizer, OptimizerConfig, OptimizerRule};
use datafusion::prelude::lit;
use std::sync::Arc;

use crate::counts::Counts;
use crate::functions::{TrailObject, TrailSame};
use crate::json_key_rule::JsonKeys;
use crate::newest_rule::Newest;
use crate::sought_rule::SoughtValues;
use crate::text_times;
use crate::window_rule::WindowLeaves;

/// Resolves leaves and NULL checks of the view's structs to flat columns.
#[derive(Debug)]
struct ViewLeaves;

/// DataFusion's own rules with ours among them. This one stands behind the rule that pushes filters through the
/// view, before common subexpressions are cut out, and once more at the end for what merged projections brought up.
pub(crate) fn optimizer_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> = vec![Arc::new(WindowLeaves)];
    for rule in Optimizer::new().rules {
        let pushes_filters = rule.name() == "push_down_filter";
        rules.push(rule);
        if pushes_filters {
            rules.push(Arc::new(ViewLeaves));
            rules.push(Arc::new(JsonKeys));
        }
    }
    rules.push(Arc::new(ViewLeaves));
    rules.push(Arc::new(Newest));
    rules.push(Arc::new(Counts));
    rules.push(Arc::new(SoughtValues));
    rules
}

impl OptimizerRule for ViewLeaves {
    fn name(&self) -> &str {
        "traillake_view_leaves"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let names = NamePreserver::new(&plan);
        let filters = matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::TableScan(_));
        let plan = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            Ok(expr.transform_up(|expr| Ok(resolve(expr, filters)))?.update_data(|expr| name.restore(expr)))
        })?;
        plan.map_data(|plan| plan.recompute_schema())
    }
}

/// `filters`: whether the expression is a condition, and not a column of a projection.
fn resolve(expr: Expr, filters: bool) -> Transformed<Expr> {
    let resolved = match &expr {
        Expr::ScalarFunction(call) if call.func.name() == "get_field" => field_of_object(call),
        Expr::ScalarFunction(call) if filters && call.func.name() == TrailSame::NAME => call.args.first().cloned(),
        Expr::IsNull(inner) => present(inner).map(|bits| bits.eq(lit(0_i32))),
        Expr::IsNotNull(inner) => present(inner).map(|bits| bits.not_eq(lit(0_i32))),
        Expr::Like(_) | Expr::BinaryExpr(_) if filters => text_times::bounds(&expr),
        _ => None,
    };
    resolved.map_or_else(|| Transformed::no(expr), Transformed::yes)
}

/// `objects & mask` of a struct of the view: not 0 where the record has the object.
fn present(expr: &Expr) -> Option<Expr> {
    let (object, args) = as_object(expr)?;
    let [objects, _] = args else { return None };
    Some(binary_expr(objects.clone(), Operator::BitwiseAnd, lit(object.mask())))
}

fn as_object(expr: &Expr) -> Option<(&TrailObject, &[Expr])> {
    let Expr::ScalarFunction(call) = expr else { return None };
    Some((call.func.inner().downcast_ref::<TrailObject>()?, &call.args))
}

/// `get_field(trail_object(…), 'a', 'b', …)`, followed as far down as the view's constructors go.
fn field_of_object(call: &ScalarFunction) -> Option<Expr> {
    let (base, mut path) = call.args.split_first()?;
    let mut value = inner_row(base)?;
    while let [name, rest @ ..] = path {
        let Some(field) = field_of_row(value, name) else { break };
        path = rest;
        value = inner_row(field).filter(|_| !path.is_empty()).unwrap_or(field);
    }
    if path.is_empty() {
        return Some(value.clone());
    }
    let args = std::iter::once(value).chain(path).cloned().collect();
    Some(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&call.func), args)))
}

fn inner_row(expr: &Expr) -> Option<&Expr> {
    as_object(expr)?.1.get(1)
}

/// The argument of `named_struct` for a field.
fn field_of_row<'a>(row: &'a Expr, name: &Expr) -> Option<&'a Expr> {
    let (Expr::ScalarFunction(call), Expr::Literal(name, _)) = (row, name) else { return None };
    if call.func.name() != "named_struct" {
        return None;
    }
    let name = name.try_as_str().flatten()?;
    call.args.chunks_exact(2).find_map(|pair| match pair {
        [Expr::Literal(known, _), value] if known.try_as_str().flatten() == Some(name) => Some(value),
        _ => None,
    })
}
