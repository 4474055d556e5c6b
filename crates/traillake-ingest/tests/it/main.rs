//! Imports as users run them, over real stores.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test stops at the first surprise and says what it saw"
)]

mod datasets;
mod exactness;
mod lake;
mod pipeline;
mod verify;
