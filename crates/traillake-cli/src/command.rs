//! One module for each verb.

use tokio::runtime::Runtime;
use traillake::Lake;

use crate::arguments::{Arguments, Command, Limits};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::interrupt::interruptible;

mod compact;
mod config;
mod find;
mod import;
mod investigate;
mod lookup;
mod manual;
mod query;
mod receipt;
pub(crate) mod samples;
mod saved;
mod shell;
mod store;

/// Does what was typed.
pub(crate) fn run(arguments: Arguments, config: &Config, runtime: &Runtime) -> Result<Outcome, Failure> {
    let location = arguments.lake;
    match arguments.command {
        Some(Command::Store(command)) => {
            interruptible(runtime, async move { store::run(&open(&location).await?, command).await })
        }
        Some(Command::Import(import)) => interruptible(runtime, import::run(location, import)),
        Some(Command::Query(query)) => interruptible(runtime, query::run(location, query)),
        Some(Command::Find(find)) => interruptible(runtime, find::run(location, find)),
        Some(Command::Investigate(verb)) => interruptible(runtime, investigate::run(location, verb)),
        Some(Command::Lookup(lookup)) => interruptible(runtime, lookup::run(location, lookup)),
        Some(Command::Samples(samples)) => match samples::asked(samples)? {
            Some(run) => interruptible(runtime, samples::run(location, run)),
            None => Ok(Outcome::Done),
        },
        Some(Command::Receipt(command)) => interruptible(runtime, receipt::run(location, command)),
        Some(Command::Saved(saved)) => interruptible(runtime, saved::run(location, saved)),
        Some(Command::Shell(limits)) => shell::run(&location, &limits, &config.settings),
        Some(Command::Man(arguments)) => manual::man(&arguments),
        Some(Command::Completions(arguments)) => manual::completions(&arguments),
        Some(Command::Topic(words)) => manual::topic(&words),
        Some(Command::Config(arguments)) => config::run(arguments, config),
        None => shell::run(&location, &Limits::of(&config.settings), &config.settings),
    }
}

async fn open(location: &str) -> Result<Lake, Failure> {
    Ok(Lake::open(location).await?)
}

/// The lake for queries within limits.
async fn open_within(location: &str, limits: &Limits) -> Result<Lake, Failure> {
    Ok(Lake::open_with(location, &limits.options()).await?)
}

/// A statement of a script with blanks before it, so that the places in its errors are those in the script.
fn at_its_place(script: &str, statement: &str) -> String {
    let before = (statement.as_ptr() as usize).saturating_sub(script.as_ptr() as usize);
    let before = script.get(..before).unwrap_or_default();
    let blanks = before.chars().map(|char| if char == '\n' { '\n' } else { ' ' });
    blanks.chain(statement.chars()).collect()
}

/// A statement behind EXPLAIN, at its place; `None` for any other.
fn explained(statement: &str) -> Option<String> {
    const WORD: &str = "EXPLAIN";
    let start = statement.len() - statement.trim_start().len();
    let (word, rest) = statement[start..].split_at_checked(WORD.len())?;
    let is_explained = word.eq_ignore_ascii_case(WORD) && rest.starts_with(char::is_whitespace);
    is_explained.then(|| format!("{}{}{rest}", &statement[..start], " ".repeat(WORD.len())))
}

#[cfg(test)]
mod tests {
    use super::{at_its_place, explained};

    #[test]
    fn explain_is_a_word_before_a_statement() {
        assert_eq!(explained("\n Explain SELECT 1").as_deref(), Some("\n         SELECT 1"));
        for statement in ["SELECT 1", "EXPLAIN", "EXPLAINED SELECT 1", "", "\u{e9}xplain\u{e9} x"] {
            assert_eq!(explained(statement), None, "{statement}");
        }
    }

    #[test]
    fn a_statement_keeps_its_line_and_column() {
        let script = "SELECT 'é';\n\n  SELECT 2";
        assert_eq!(at_its_place(script, &script[16..]), "           \n\n  SELECT 2");
        assert_eq!(at_its_place(script, &script[..11]), "SELECT 'é'");
    }
}
