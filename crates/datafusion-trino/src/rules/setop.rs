//! INTERSECT ALL and EXCEPT ALL as multisets.
//!
//! The planner makes semi and anti joins of them, which know no counts. The rows of both sides are
//! numbered among their equals, so that the first of one side meets the first of the other.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, NullEquality, Result};
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::logical_plan::{Distinct, Join};
use datafusion::logical_expr::{Expr, ExprFunctionExt, JoinType, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::AnalyzerRule;

/// Counts rows in INTERSECT ALL and EXCEPT ALL.
#[derive(Debug)]
pub(crate) struct Multisets;

impl AnalyzerRule for Multisets {
    fn name(&self) -> &str {
        "trino_multisets"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let plan = plan.transform_up_with_subqueries(|plan| match &plan {
            LogicalPlan::Join(join) if is_multiset(join) => Ok(Transformed::yes(numbered(join)?)),
            _ => Ok(Transformed::no(plan)),
        })?;
        Ok(plan.data)
    }
}

/// Only set operations compare NULLs as equal before the optimizer runs; without ALL the left side is
/// made distinct first, and a distinct side has no equals to count.
fn is_multiset(join: &Join) -> bool {
    join.null_equality == NullEquality::NullEqualsNull
        && matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && !matches!(join.left.as_ref(), LogicalPlan::Distinct(Distinct::All(_)))
}

fn numbered(join: &Join) -> Result<LogicalPlan> {
    let (left, right): (Vec<&Expr>, Vec<&Expr>) = join.on.iter().map(|(left, right)| (left, right)).unzip();
    let left = with_numbers(&join.left, left, "equal:left")?;
    let right = with_numbers(&join.right, right, "equal:right")?;
    let mut on = join.on.clone();
    let column = |name: &str| Expr::Column(Column::new_unqualified(name));
    on.push((column("equal:left"), column("equal:right")));
    let columns = join.schema.columns().into_iter().map(Expr::Column);
    let new = Join::try_new(
        Arc::new(left),
        Arc::new(right),
        on,
        join.filter.clone(),
        join.join_type,
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )?;
    LogicalPlanBuilder::from(LogicalPlan::Join(new)).project(columns)?.build()
}

fn with_numbers(plan: &LogicalPlan, keys: Vec<&Expr>, name: &str) -> Result<LogicalPlan> {
    let keys = keys.into_iter().cloned().collect();
    let number = row_number().partition_by(keys).build()?.alias(name);
    LogicalPlanBuilder::from(plan.clone()).window([number])?.build()
}
