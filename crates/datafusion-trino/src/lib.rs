//! Trino's SQL on DataFusion.
//!
//! DataFusion reads a dialect near PostgreSQL's. A query written for Trino (Athena, CloudTrail Lake,
//! Presto) parses there more often than not, and then quietly means something else: `element_at` gives a
//! list, `ORDER BY … DESC` puts NULLs first, `substr(x, -3)` starts at the beginning, headers come out in
//! lower case. This crate gives a DataFusion session Trino's meaning.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use datafusion::execution::SessionStateBuilder;
//! use datafusion::prelude::{SessionConfig, SessionContext};
//! use datafusion_trino::{Statement, register, session_config, text};
//!
//! let config = session_config(SessionConfig::new());
//! let builder = SessionStateBuilder::new().with_config(config).with_default_features();
//! let session = SessionContext::new_with_state(register(builder).build());
//!
//! let statement = Statement::parse("SELECT element_at(ARRAY['a', 'b'], -1) AS Last")?;
//! let planned = statement.plan(&session.state()).await?;
//! let batches = session.execute_logical_plan(planned.plan).await?.collect().await?;
//! assert_eq!(planned.headers, ["Last"]);
//! assert_eq!(text::format(batches[0].column(0), 0).as_deref(), Some("b"));
//! # Ok(())
//! # }
//! ```
//!
//! The way of a query: [`Statement::parse`] quotes what no tokenizer takes for a table name, lowers the
//! case of all names, parses with [`TrinoDialect`] and names every output as Trino does;
//! [`Statement::bind`] puts constants where parameters stand. [`Statement::plan`] rewrites what only Trino
//! writes and hands the result to DataFusion's planner, in which [`register`] has put planners, types,
//! functions and analyzer rules. The plan is an ordinary one; the headers travel beside it, for Trino's may
//! repeat. [`text`] prints values.
//!
//! Tables are expected to have lower-case names for columns and for the fields of rows.
//!
//! Kept on purpose from DataFusion, where Trino would refuse: aliases may be used in GROUP BY and HAVING,
//! text compares with numbers. Integer literals are of type bigint, but for arithmetic, where those that fit
//! are of type integer as in Trino.

mod compare;
mod error;
mod functions;
mod json;
mod listing;
mod message;
mod pattern;
mod planner;
mod rules;
mod statement;
pub mod text;
mod time;
mod types;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionConfig;

pub use error::{Error, Excerpt, Position, Report};
pub use listing::{Function, FunctionKind, functions};
pub use statement::dialect::TrinoDialect;
pub use statement::{Mentions, Parameter, ParameterValue, Parameters, Planned, Statement, TableVersion};

/// Finds the value of a map under a literal key without building the map: takes the map expression and
/// the key, gives the expression to use instead of the lookup.
pub type MapLookup = Arc<dyn Fn(&Expr, &str) -> Option<Expr> + Send + Sync>;

/// What [`register_with`] can be told.
#[derive(Clone, Default)]
pub struct Options {
    /// Called when `element_at(m, 'k')` is simplified; what it returns replaces the call. It must have the
    /// type and the value of the call, NULL for a missing key included.
    ///
    /// Where this is set, `m['k']` with a literal key is `element_at(m, 'k')`: NULL for a missing key, where
    /// it is an error otherwise. Maps whose keys are columns of their own are sparse, and a filter on such a
    /// column is worth more than the error.
    pub map_lookup: Option<MapLookup>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("map_lookup", &self.map_lookup.is_some()).finish()
    }
}

/// The settings under which plans mean what Trino means: NULLs last in both directions, names in lower
/// case, places of names kept for messages, `1.5` a decimal.
pub fn session_config(mut config: SessionConfig) -> SessionConfig {
    let parser = &mut config.options_mut().sql_parser;
    parser.default_null_ordering = "nulls_last".to_owned();
    parser.enable_ident_normalization = true;
    parser.collect_spans = true;
    parser.parse_float_as_decimal = true;
    parser.map_string_types_to_utf8view = false;
    config
}

/// Puts Trino's functions (over the built-in ones of the same name), types, expression and relation
/// planners and analyzer rules into a session. Default features are added when the builder has none.
pub fn register(builder: SessionStateBuilder) -> SessionStateBuilder {
    register_with(builder, Options::default())
}

/// As [`register`], with options.
pub fn register_with(builder: SessionStateBuilder, options: Options) -> SessionStateBuilder {
    let mut builder = builder;
    if builder.scalar_functions().is_none() {
        builder = builder.with_default_features();
    }
    let sparse_maps = options.map_lookup.is_some();
    let element_at = functions::element_at::element_at(options.map_lookup);
    let planner = planner::TrinoExpressions::new(&element_at, sparse_maps);
    let scalars = builder.scalar_functions().get_or_insert_default();
    scalars.push(element_at);
    scalars.push(statement::untyped_function());
    scalars.extend(functions::scalar_functions());
    builder.higher_order_functions().get_or_insert_default().extend(functions::lambda_functions());
    builder.aggregate_functions().get_or_insert_default().extend(functions::aggregate_functions());
    let planners = builder.expr_planners().get_or_insert_default();
    planners.insert(0, Arc::new(planner));
    let relations = builder.relation_planners().get_or_insert_default();
    relations.insert(0, Arc::new(rules::TrinoRelations));
    let analyzer = builder.analyzer().get_or_insert_default();
    analyzer.rules.splice(0..0, rules::analyzer_rules());
    builder.physical_optimizers().get_or_insert_default().rules.insert(0, Arc::new(rules::LambdaPlaces));
    builder.with_type_planner(Arc::new(types::TrinoTypes))
}
