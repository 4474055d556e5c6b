//! Analyzer rules: what needs the types of expressions before DataFusion coerces them its own way.

pub(crate) mod coercion;
mod guard;
mod lambda_marks;
mod lambda_places;
mod marks;
mod nested;
mod relation;
mod setop;
mod subquery;
mod unnest;
mod window;
mod zones;

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use crate::statement::UntypedConstants;

pub(crate) use lambda_places::LambdaPlaces;
pub(crate) use relation::{TrinoRelations, using};
pub(crate) use window::WITH_TIES;

/// The rules in the order they must run, all before DataFusion's own.
pub(crate) fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![
        Arc::new(unnest::LateralUnnest),
        Arc::new(window::TrinoWindows),
        Arc::new(setop::Multisets),
        Arc::new(subquery::DependentSubqueries),
        Arc::new(zones::ConstantZones),
        Arc::new(UntypedConstants),
        Arc::new(lambda_marks::LambdaMarks),
        Arc::new(nested::NestedValues),
        Arc::new(coercion::TrinoCoercion),
        Arc::new(guard::GuardedEvaluation),
    ]
}

/// The plan with its expressions rewritten under the columns they see (those of the table too, for the filters of
/// a scan); they keep their names.
fn rewrite_expressions(
    plan: LogicalPlan,
    mut rewrite: impl FnMut(Expr, &DFSchema) -> Result<Transformed<Expr>>,
) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        let source = scan.source.schema();
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &source)?);
    }
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(rewrite(expr, &schema)?.update_data(|expr| name.restore(expr)))
    })?;
    if plan.transformed { plan.map_data(|plan| plan.recompute_schema()) } else { Ok(plan) }
}
