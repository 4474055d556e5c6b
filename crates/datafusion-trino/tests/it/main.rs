//! The crate from the outside: SQL text in, headers and result texts out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop at the first surprise, as tests do")]

mod session;

mod collections;
mod functions;
mod lake;
mod names;
mod queries;
mod semantics;
mod shape;
mod times;
mod unnest;
