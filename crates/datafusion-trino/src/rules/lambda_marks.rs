//! What the fields of lambdas' bodies are marked as (JSON, ipaddress, the digits of a timestamp).
//!
//! DataFusion forgets the marks of a body when it asks a function for its type. Here every function with
//! lambdas is told them, and the parameters of lambdas are resolved again.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::HigherOrderFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, HigherOrderUDF, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::rewrite_expressions;
use crate::functions::lambda::{HigherOrder, Marks};
use crate::types::without_length;

/// Tells functions with lambdas the marks of the bodies.
#[derive(Debug)]
pub(crate) struct LambdaMarks;

impl AnalyzerRule for LambdaMarks {
    fn name(&self) -> &str {
        "trino_lambda_marks"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(rewrite_plan).map(|plan| plan.data)
    }
}

fn rewrite_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    rewrite_expressions(plan, mark)
}

/// Marks from the inside out; a lambda over marked items may give marked values in turn.
fn mark(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let mut marked = Transformed::no(expr);
    loop {
        let round = marked.data.transform_up(|expr| mark_function(expr, schema))?;
        let again = round.transformed;
        marked = Transformed::new_transformed(round.data, marked.transformed || again);
        if !again {
            return Ok(marked);
        }
        marked = marked.transform_data(|expr| expr.resolve_lambda_variables(schema))?;
    }
}

fn mark_function(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::HigherOrderFunction(HigherOrderFunction { func, args }) = expr else { return Ok(Transformed::no(expr)) };
    let known: &dyn Any = func.inner().as_ref();
    let marked = match known.downcast_ref::<HigherOrder>() {
        Some(known) => known.marked(&marks(&args, schema)?).map(HigherOrderUDF::new_from_impl),
        None => None,
    };
    let changed = marked.is_some();
    let func = marked.map_or(func, Arc::new);
    Ok(Transformed::new_transformed(Expr::HigherOrderFunction(HigherOrderFunction { func, args }), changed))
}

/// The marks of every argument that is a lambda.
fn marks(args: &[Expr], schema: &DFSchema) -> Result<Vec<Marks>> {
    args.iter()
        .map(|arg| match arg {
            Expr::Lambda(lambda) => {
                let body = without_length(&lambda.body.to_field(schema)?.1);
                Ok(body.metadata().clone().into_iter().collect())
            }
            _ => Ok(Marks::new()),
        })
        .collect()
}
