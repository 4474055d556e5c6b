//! Analyzer rules: what needs the types of expressions before DataFusion coerces them its own way.

mod coercion;
mod guard;
mod marks;
mod nested;
mod unnest;

use std::sync::Arc;

use datafusion::optimizer::AnalyzerRule;

use crate::statement::UntypedConstants;

pub(crate) use unnest::TrinoRelations;

/// The rules in the order they must run, all before DataFusion's own.
pub(crate) fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    vec![
        Arc::new(unnest::LateralUnnest),
        Arc::new(UntypedConstants),
        Arc::new(marks::LambdaMarks),
        Arc::new(nested::NestedValues),
        Arc::new(coercion::TrinoCoercion),
        Arc::new(guard::GuardedEvaluation),
    ]
}
