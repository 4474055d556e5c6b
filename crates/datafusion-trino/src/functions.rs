//! Trino's functions, registered over DataFusion's where the names are the same.

pub(crate) mod aggregate;
pub(crate) mod arithmetic;
mod attempt;
mod binary;
pub(crate) mod cast;
pub(crate) mod collection;
pub(crate) mod comparison;
mod conditional;
mod decimal;
pub(crate) mod element_at;
mod format;
pub(crate) mod interval;
mod ip;
mod json;
pub(crate) mod lambda;
pub(crate) mod like;
mod map;
pub(crate) mod mark;
mod math;
pub(crate) mod nested_cast;
pub(crate) mod regexp;
pub(crate) mod row;
pub(crate) mod scalar;
pub(crate) mod single_row;
mod string;
mod sum;
pub(crate) mod time;
mod url;
mod uuid;
pub(crate) mod zone;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF};

/// All functions that take lambdas.
pub(crate) fn lambda_functions() -> Vec<Arc<HigherOrderUDF>> {
    let mut functions = lambda::functions();
    functions.push(regexp::replace_by_lambda());
    functions
}

/// All aggregates.
pub(crate) fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    [aggregate::functions(), sum::functions()].into_iter().flatten().collect()
}

/// All scalar functions but `element_at`, which has options.
pub(crate) fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    [
        json::functions(),
        mark::functions(),
        collection::functions(),
        map::functions(),
        row::functions(),
        string::functions(),
        regexp::functions(),
        binary::functions(),
        format::functions(),
        ip::functions(),
        like::functions(),
        url::functions(),
        time::functions(),
        zone::functions(),
        conditional::functions(),
        math::functions(),
    ]
    .into_iter()
    .flatten()
    .map(scalar::Function::udf)
    .chain(time::clocks())
    .chain([uuid::function()])
    .collect()
}
