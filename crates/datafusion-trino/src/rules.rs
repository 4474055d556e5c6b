//! Analyzer rules: what needs the types of expressions before DataFusion coerces them its own way.

mod coercion;
mod relation;
mod setop;
mod subquery;
mod unnest;
mod window;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;

pub(crate) use relation::{TrinoRelations, using};
pub(crate) use window::WITH_TIES;

/// The rules in the order they must run, all before DataFusion's own.
pub(crate) fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![
        Arc::new(unnest::LateralUnnest),
        Arc::new(window::TrinoWindows),
        Arc::new(setop::Multisets),
        Arc::new(subquery::DependentSubqueries),
        Arc::new(coercion::TrinoCoercion),
    ]
}
