//! The built program from the outside: standard output, standard error and status together.

mod formats;
mod help;
mod import;
mod query;
mod scratch;
mod shell;
mod store;
