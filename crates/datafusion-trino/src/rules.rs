//! Analyzer rules: what needs the types of expressions before DataFusion coerces them its own way.

mod coercion;
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
