//! One module for each verb.

use tokio::runtime::Runtime;
use traillake::Lake;

use crate::arguments::{Arguments, Command};
use crate::failure::{Failure, Outcome};
use crate::interrupt::interruptible;

mod compact;
mod import;
mod query;
pub(crate) mod samples;
mod shell;
mod store;

/// Does what was typed.
pub(crate) fn run(arguments: Arguments, runtime: &Runtime) -> Result<Outcome, Failure> {
    let location = arguments.lake;
    match arguments.command {
        Some(Command::Store(command)) => {
            interruptible(runtime, async move { store::run(&open(&location).await?, command).await })
        }
        Some(Command::Import(import)) => interruptible(runtime, import::run(location, import)),
        Some(Command::Query(query)) => interruptible(runtime, query::run(location, query)),
        Some(Command::Samples(samples)) => match samples::asked(samples)? {
            Some(run) => interruptible(runtime, samples::run(location, run)),
            None => Ok(Outcome::Done),
        },
        Some(Command::Shell) | None => shell::run(&location),
    }
}

async fn open(location: &str) -> Result<Lake, Failure> {
    Ok(Lake::open(location).await?)
}

/// A statement of a script with blanks before it, so that the places in its errors are those in the script.
fn at_its_place(script: &str, statement: &str) -> String {
    let before = (statement.as_ptr() as usize).saturating_sub(script.as_ptr() as usize);
    let before = script.get(..before).unwrap_or_default();
    let blanks = before.chars().map(|char| if char == '\n' { '\n' } else { ' ' });
    blanks.chain(statement.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::at_its_place;

    #[test]
    fn a_statement_keeps_its_line_and_column() {
        let script = "SELECT 'é';\n\n  SELECT 2";
        assert_eq!(at_its_place(script, &script[16..]), "           \n\n  SELECT 2");
        assert_eq!(at_its_place(script, &script[..11]), "SELECT 'é'");
    }
}
