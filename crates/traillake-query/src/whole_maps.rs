//! The step between the optimizer and the physical plan: a map that is wanted whole is made of its text alone.
//!
//! The view tells with a map which of its keys stand in columns of their own, for rules that turn the look-up of such a
//! key into its column. Once all rules have run, a map that is still there needs none of them, and the scan need not
//! read them: often thirty columns.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::optimize_projections::OptimizeProjections;
use datafusion::optimizer::{Optimizer, OptimizerContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};

use crate::functions::TrailMap;

/// Makes physical plans of optimized ones.
#[derive(Debug)]
pub(crate) struct WholeMaps;

#[async_trait]
impl QueryPlanner for WholeMaps {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let alone = plan.clone().transform_up_with_subqueries(of_text_alone)?;
        let plan = match alone.transformed {
            true => {
                let trim = Optimizer::with_rules(vec![Arc::new(OptimizeProjections::new())]);
                trim.optimize(alone.data, &OptimizerContext::new().with_max_passes(1), |_, _| {})?
            }
            false => alone.data,
        };
        DefaultPhysicalPlanner::default().create_physical_plan(&plan, session).await
    }
}

fn of_text_alone(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let names = NamePreserver::new(&plan);
    let alone = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr.transform_up(|expr| Ok(text_alone(expr)))?.update_data(|expr| name.restore(expr)))
    })?;
    if !alone.transformed {
        return Ok(alone);
    }
    alone.map_data(LogicalPlan::recompute_schema)
}

fn text_alone(expr: Expr) -> Transformed<Expr> {
    match expr {
        Expr::ScalarFunction(ScalarFunction { func, mut args }) if func.name() == TrailMap::NAME && args.len() > 1 => {
            args.truncate(1);
            Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
        }
        other => Transformed::no(other),
    }
}
