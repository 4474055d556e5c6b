//! The crate from the outside: SQL text in, headers and result texts out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop at the first surprise, as tests do")]

mod bytes;
mod aggregates;
mod functions;
mod json;
mod lake;
mod names;
mod numbers;
mod patch_items;
mod queries;
mod regexp;
mod relations;
mod semantics;
mod session;
mod shape;
mod strings;
mod time_functions;
mod subqueries;
mod times;
mod unnest;
