//! The crate from the outside: SQL text in, headers and result texts out.

mod session;

mod names;
mod semantics;
