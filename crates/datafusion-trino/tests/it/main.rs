//! The crate from the outside: SQL text in, headers and result texts out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop at the first surprise, as tests do")]

mod aggregates;
mod bytes;
mod collections;
mod functions;
mod json;
mod lake;
mod mistakes;
mod names;
mod numbers;
mod parameters;
mod patch_items;
mod queries;
mod regexp;
mod relations;
mod semantics;
mod session;
mod shape;
mod strings;
mod subqueries;
mod syntax;
mod time_functions;
mod times;
mod unnest;
