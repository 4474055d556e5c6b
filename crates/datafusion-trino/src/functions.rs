//! Trino's functions, registered over DataFusion's where the names are the same.

pub(crate) mod element_at;
mod scalar;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

/// All scalar functions but `element_at`, which has options.
pub(crate) fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    vec![]
}
