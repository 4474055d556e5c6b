//! Where the variables of lambdas stand in the batches their bodies are evaluated over.
//!
//! A body sees the columns of the input first and the parameters behind them. Rules that merge projections
//! change how many columns there are and move those, but not the parameters, which would then be looked for
//! among the columns.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{LambdaExpr, LambdaVariable};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

/// Puts the parameters of lambdas behind the columns of the input. Runs behind the rules that move columns.
#[derive(Debug)]
pub(crate) struct LambdaPlaces;

impl PhysicalOptimizerRule for LambdaPlaces {
    fn name(&self) -> &str {
        "trino_lambda_places"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(placed).map(|plan| plan.data)
    }
}

fn placed(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let columns = projection.input().schema().fields().len();
        let mut changed = false;
        let mut exprs = Vec::with_capacity(projection.expr().len());
        for ProjectionExpr { expr, alias } in projection.expr() {
            let expr = place(expr, columns, &HashMap::new())?;
            changed |= expr.transformed;
            exprs.push(ProjectionExpr { expr: expr.data, alias: alias.clone() });
        }
        if changed {
            return Ok(Transformed::yes(Arc::new(ProjectionExec::try_new(exprs, Arc::clone(projection.input()))?)));
        }
    } else if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let columns = filter.input().schema().fields().len();
        let predicate = place(filter.predicate(), columns, &HashMap::new())?;
        if predicate.transformed {
            let filter = FilterExecBuilder::from(filter).with_predicate(predicate.data).build()?;
            return Ok(Transformed::yes(Arc::new(filter)));
        }
    }
    Ok(Transformed::no(plan))
}

/// The expression with the variables of its lambdas behind so many columns; `scope` has the places of the
/// parameters around it.
fn place(
    expr: &Arc<dyn PhysicalExpr>,
    columns: usize,
    scope: &HashMap<&str, usize>,
) -> Result<Transformed<Arc<dyn PhysicalExpr>>> {
    if let Some(variable) = expr.downcast_ref::<LambdaVariable>() {
        return Ok(match scope.get(variable.name()) {
            Some(at) if *at != variable.index() => {
                Transformed::yes(Arc::new(LambdaVariable::new(*at, Arc::clone(variable.field()))))
            }
            _ => Transformed::no(Arc::clone(expr)),
        });
    }
    if let Some(lambda) = expr.downcast_ref::<LambdaExpr>() {
        let own = lambda.params().iter().enumerate().map(|(i, name)| (name.as_str(), columns + i));
        let scope = scope.iter().map(|(name, at)| (*name, *at)).chain(own).collect();
        let body = place(lambda.body(), columns + lambda.params().len(), &scope)?;
        return Ok(match body.transformed {
            true => Transformed::yes(Arc::new(LambdaExpr::try_new(lambda.params().to_vec(), body.data)?)),
            false => Transformed::no(Arc::clone(expr)),
        });
    }
    let mut changed = false;
    let mut children = Vec::new();
    for child in expr.children() {
        let child = place(child, columns, scope)?;
        changed |= child.transformed;
        children.push(child.data);
    }
    Ok(match changed {
        true => Transformed::yes(Arc::clone(expr).with_new_children(children)?),
        false => Transformed::no(Arc::clone(expr)),
    })
}
