//! Keeps the parameters of lambdas apart from columns while physical plans change.
//!
//! A parameter is planned as a place behind the columns of the input. Rules that move a projection or a filter
//! to a wider input change the places of columns only, and a parameter would then be read from a column. Here
//! parameters get places no input reaches, before any rule runs.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::LambdaVariable;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

/// More columns than an input has.
const BEHIND_ALL: usize = 1 << 24;

/// Moves the parameters of lambdas in projections and filters behind all columns.
#[derive(Debug)]
pub(crate) struct LambdaPlaces;

impl PhysicalOptimizerRule for LambdaPlaces {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(plan.transform_up(move_parameters)?.data)
    }

    fn name(&self) -> &str {
        "trino_lambda_places"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn move_parameters(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let mut changed = false;
        let mut exprs = Vec::with_capacity(projection.expr().len());
        for ProjectionExpr { expr, alias } in projection.expr() {
            let moved = behind_all(expr)?;
            changed |= moved.transformed;
            exprs.push(ProjectionExpr { expr: moved.data, alias: alias.clone() });
        }
        if changed {
            let moved = ProjectionExec::try_new(exprs, Arc::clone(projection.input()))?;
            return Ok(Transformed::yes(Arc::new(moved)));
        }
    } else if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let moved = behind_all(filter.predicate())?;
        if moved.transformed {
            let filter = FilterExecBuilder::from(filter).with_predicate(moved.data).build()?;
            return Ok(Transformed::yes(Arc::new(filter)));
        }
    }
    Ok(Transformed::no(plan))
}

fn behind_all(expr: &Arc<dyn PhysicalExpr>) -> Result<Transformed<Arc<dyn PhysicalExpr>>> {
    Arc::clone(expr).transform_up(|expr| match expr.downcast_ref::<LambdaVariable>() {
        Some(parameter) if parameter.index() < BEHIND_ALL => {
            let moved = LambdaVariable::new(parameter.index() + BEHIND_ALL, Arc::clone(parameter.field()));
            Ok(Transformed::yes(Arc::new(moved) as Arc<dyn PhysicalExpr>))
        }
        _ => Ok(Transformed::no(expr)),
    })
}
