//! One module for each verb.

use tokio::runtime::Runtime;
use traillake::Lake;

use crate::arguments::{Arguments, Command};
use crate::failure::{Failure, Outcome};
use crate::interrupt::interruptible;

mod import;
mod query;
mod shell;
mod store;

/// Does what was typed.
pub(crate) fn run(arguments: Arguments, runtime: &Runtime) -> Result<Outcome, Failure> {
    let location = arguments.lake;
    match arguments.command {
        Some(Command::Store(command)) => {
            interruptible(runtime, async move { store::run(&open(&location).await?, command).await })
        }
        Some(Command::Import(import)) => {
            interruptible(runtime, async move { import::run(&open(&location).await?, import).await })
        }
        Some(Command::Query(query)) => interruptible(runtime, query::run(location, query)),
        Some(Command::Shell) | None => shell::run(runtime, &location),
    }
}

async fn open(location: &str) -> Result<Lake, Failure> {
    Ok(Lake::open(location).await?)
}
