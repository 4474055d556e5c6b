//! Constants that name a time zone.
//!
//! The zone of a timestamp is part of its type. `from_iso8601_timestamp('2023-01-02T03:04:05+02:00')` is in
//! the zone its text names, of a column in the session's. That is settled here, once, from the query as it
//! was written: a later rule may put a constant where a column was, and must not change the type by it.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use crate::functions::time::zone_in_constants;

/// Casts calls with constants that name a zone to that zone.
#[derive(Debug)]
pub(crate) struct ConstantZones;

impl AnalyzerRule for ConstantZones {
    fn name(&self) -> &str {
        "trino_constant_zones"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(rewrite_plan).map(|plan| plan.data)
    }
}

fn rewrite_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    // The types of VALUES are fixed already.
    if matches!(plan, LogicalPlan::Values(_)) {
        return Ok(Transformed::no(plan));
    }
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr.transform_up(rewrite)?.update_data(|expr| name.restore(expr)))
    })?;
    if plan.transformed { plan.map_data(|plan| plan.recompute_schema()) } else { Ok(plan) }
}

fn rewrite(expr: Expr) -> Result<Transformed<Expr>> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = &expr else { return Ok(Transformed::no(expr)) };
    let constants: Vec<Option<&ScalarValue>> = args.iter().map(Expr::as_literal).collect();
    let Some((unit, zone)) = zone_in_constants(func.name(), &constants) else { return Ok(Transformed::no(expr)) };
    let zoned = DataType::Timestamp(unit, Some(zone.arrow_name()));
    Ok(Transformed::yes(Expr::Cast(Cast::new(Box::new(expr), zoned))))
}
