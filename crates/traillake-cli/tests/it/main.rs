//! The built program from the outside: standard output, standard error and status together.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "and says what it saw")]

mod chart;
mod config;
#[cfg(unix)]
mod conversation;
mod find;
mod formats;
mod help;
mod hostile;
mod import;
mod investigate;
mod kill;
mod lookup;
mod manual;
#[cfg(target_os = "linux")]
mod memory;
mod progress;
mod query;
mod receipt;
mod samples;
mod saved;
mod scratch;
mod shell;
mod store;
mod stories;
mod swarm;
#[cfg(unix)]
mod terminal;
mod transcript;
mod tutorial;
mod upkeep;
mod verify;
