//! Imports as users run them, over real stores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test stops at the first surprise and says what it saw"
)]

mod compaction;
mod cuts;
mod datasets;
mod exactness;
mod fuzz;
mod hostile;
mod kinds;
mod lake;
mod pipeline;
mod selection;
mod split;
/// What must hold for any bytes: the fuzzers call the same functions.
#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, clippy::expect_used, reason = "elsewhere this is a library of its own")]
mod targets;
mod verify;
