//! Trino's functions, registered over DataFusion's where the names are the same.

mod aggregate;
mod attempt;
pub(crate) mod cast;
pub(crate) mod collection;
pub(crate) mod comparison;
mod decimal;
pub(crate) mod element_at;
pub(crate) mod interval;
mod ip;
mod json;
pub(crate) mod lambda;
mod map;
pub(crate) mod nested_cast;
mod regexp;
pub(crate) mod row;
pub(crate) mod scalar;
mod string;
mod time;
pub(crate) mod zone;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

pub(crate) use aggregate::functions as aggregate_functions;
pub(crate) use lambda::functions as lambda_functions;

/// All scalar functions but `element_at`, which has options.
pub(crate) fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    [
        json::functions(),
        collection::functions(),
        map::functions(),
        row::functions(),
        string::functions(),
        regexp::functions(),
        time::functions(),
        zone::functions(),
    ]
    .into_iter()
    .flatten()
    .map(scalar::Function::udf)
    .collect()
}
