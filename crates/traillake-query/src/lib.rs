//! CloudTrail Lake's SQL over event data stores.
//!
//! ```text
//!  text ──▶ statement ──▶ names ──▶ view ──▶ plan ──▶ scan ──▶ batches, with statistics
//!           datafusion-   engine    view     leaf_    table    results
//!           trino                            rule
//! ```
//!
//! The front door is [`Engine`]: it parses a query with [`datafusion_trino`], finds the event data stores it
//! names, and registers the newest snapshot of each as the documented shape of CloudTrail events. That shape is a
//! *view*: expressions over flat physical columns, taken apart by the optimizer so that a filter on
//! `userIdentity.arn` or `element_at(requestParameters, 'bucketName')` prunes files, row groups and pages.
//!
//! [`Results`] is a stream of Arrow batches under CloudTrail Lake's headers; [`Results::statistics`] says what
//! was read. Each store is there a second time in the shape of Athena's table for CloudTrail, in the schema
//! `athena`. The lake's own tables (imports, rejects, data files …) stand in the schema `lake`
//! ([`system_tables`]).
//!
//! This crate does not know how records become rows, nor how rows are printed.

mod athena;
mod cache;
mod counts;
mod engine;
mod error;
mod explanation;
mod first_rows;
mod functions;
mod hot_keys;
mod json_key_rule;
mod late_rule;
mod leaf_rule;
mod memory;
mod newest_rule;
mod picked;
mod placeholder;
mod results;
mod row_groups;
mod second_try;
mod sought;
mod sought_rule;
mod statistics;
mod system;
mod table;
mod text_times;
mod view;
mod whole_maps;
mod window_rule;

pub use datafusion_trino::{Excerpt, Function, FunctionKind, ParameterValue, Parameters, Position, Statement, text};
pub use engine::{Engine, EngineOptions, QueryOptions};
pub use error::QueryError;
pub use explanation::{Explanation, ScanExplanation};
pub use results::{Asked, Results};
pub use statistics::QueryStatistics;
pub use system::{SystemTable, system_tables};
