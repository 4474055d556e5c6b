//! The crate from the outside: SQL text in, headers and result texts out.

mod session;

mod functions;
mod lake;
mod names;
mod queries;
mod semantics;
mod unnest;
