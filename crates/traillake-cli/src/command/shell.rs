//! `shell`: a session of statements and dot-commands, typed or piped in.

use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::PathBuf;

use traillake::{Lake, ParameterValue, Parameters, Statement};

use crate::arguments::Limits;
use crate::config::{self, Paging};
use crate::failure::{Failure, Outcome};
use crate::interrupt::{Workers, interruptible_within};
use crate::output::{Destination, Kept, Pager};
use crate::shell::dot;
use crate::shell::{Ending, ending, is_complete};
use crate::terminal::Screen;

mod answer;
mod converse;
mod investigate;
mod keep;
mod obey;
mod output_file;
mod schema;
mod settings;

use output_file::OutputFile;
use settings::Settings;

/// How deep `.read` may go; a file that reads itself ends here.
const READ_LEVELS_MAX: u32 = 16;

pub(super) fn run(location: &str, limits: &Limits, config: &config::Settings) -> Result<Outcome, Failure> {
    let workers = Workers::start()?;
    let (owned, options) = (location.to_owned(), limits.options());
    let open = async move { Ok(Lake::open_with(&owned, &options).await?) };
    let lake = interruptible_within(settings::GRACE, workers.runtime()?, open)?;
    let mut session = Session {
        workers,
        lake,
        store: None,
        parameters: BTreeMap::new(),
        settings: Settings::of(config),
        output: None,
        last: None,
        statements: Vec::new(),
        recalled: Vec::new(),
        editor: config.editor.clone(),
        level: 0,
    };
    match io::stdin().is_terminal() {
        true => session.converse(config)?,
        false => {
            session.script(io::stdin().lock(), Failure::ReadStdin)?;
        }
    }
    session.set_output(None)?;
    Ok(Outcome::Done)
}

/// How the session goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Go,
    /// With a text to be typed on.
    Edit(String),
    Leave,
}

struct Session {
    workers: Workers,
    lake: Lake,
    /// What `$EDS_ID` stands for.
    store: Option<String>,
    /// What `:name` stands for.
    parameters: BTreeMap<String, ParameterValue>,
    settings: Settings,
    /// Where results go instead of the terminal.
    output: Option<OutputFile>,
    /// The last result.
    last: Option<Kept>,
    /// What ran, oldest first, and before that the history of former sessions.
    statements: Vec<String>,
    /// SQL that ran without being typed, for the history.
    recalled: Vec<String>,
    /// What changes texts, when it was settled.
    editor: Option<String>,
    /// How many `.read`s are running inside each other.
    level: u32,
}

impl Session {
    /// Runs lines as they come; the first failure ends it. A last statement needs no semicolon.
    fn script(&mut self, lines: impl BufRead, failed: impl Fn(io::Error) -> Failure) -> Result<Next, Failure> {
        let mut text = String::new();
        for (i, line) in lines.lines().enumerate() {
            text.push_str(&line.map_err(&failed)?);
            if is_complete(&text) {
                // Empty lines for those that are done, so that errors name the lines of the script.
                let next = self.run(&std::mem::replace(&mut text, "\n".repeat(i + 1)))?;
                if next != Next::Go {
                    return Ok(next);
                }
            } else {
                text.push('\n');
            }
        }
        self.run(&text)
    }

    fn run(&mut self, text: &str) -> Result<Next, Failure> {
        if dot::is_command(text) {
            return self.obey(dot::parse(text)?);
        }
        let (text, ending) = ending(text).unwrap_or((text, Ending::Plain));
        for statement in Statement::split(text) {
            self.remember(statement);
            self.answer(&super::at_its_place(text, statement), text, ending == Ending::Vertical)?;
        }
        Ok(Next::Go)
    }

    /// A statement that can be asked for again.
    fn remember(&mut self, statement: &str) {
        let statement = statement.trim();
        if self.statements.last().is_none_or(|last| last != statement) {
            self.statements.push(statement.to_owned());
        }
    }

    /// The statement that is given, or the last one that ran.
    fn statement(&self, given: Option<String>) -> Result<String, Failure> {
        let given = given.map(|text| text.trim_end().trim_end_matches(';').to_owned());
        given.or_else(|| self.statements.last().cloned()).ok_or(Failure::NoStatement)
    }

    fn read(&mut self, path: PathBuf) -> Result<Next, Failure> {
        if self.level == READ_LEVELS_MAX {
            return Err(Failure::ReadTooDeep { levels: READ_LEVELS_MAX });
        }
        let failed = |source| Failure::ReadScript { path: path.clone(), source };
        let file = File::open(&path).map_err(failed)?;
        self.level += 1;
        let next = self.script(BufReader::new(file), failed);
        self.level -= 1;
        next
    }

    /// The values a statement has use for.
    fn parameters_of(&self, statement: &str) -> Parameters {
        let all = self.parameters.iter();
        let all = all.fold(Parameters::new(), |all, (name, value)| all.with_named(name, value.clone()));
        // What does not parse is reported by the query.
        Statement::parse(statement).map_or_else(|_| Parameters::new(), |parsed| all.used_by(&parsed))
    }

    /// Does something to its end, or to Ctrl-C. What was stopped keeps the threads it ran on.
    fn wait<T: Send + 'static>(
        &mut self,
        task: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = interruptible_within(settings::GRACE, self.workers.runtime()?, task);
        if matches!(done, Err(Failure::Interrupted)) {
            self.workers.renew()?;
        }
        done
    }

    /// The name of the store that is meant.
    fn find(&mut self, name: String) -> Result<String, Failure> {
        let lake = self.lake.clone();
        self.wait(async move { Ok(lake.event_data_store(&name).await?.name().to_owned()) })
    }

    /// Prints a text, through the pager when it is longer than the screen.
    fn print(&self, text: &str) -> Result<(), Failure> {
        let pager = self.pager();
        let mut to = pager.clone().map_or_else(Destination::stdout, Destination::paged);
        let put = to.put(&mut text.as_bytes().to_vec());
        let closed = pager.map_or(Ok(()), |pager| pager.close()).map_err(Failure::Write);
        match put.and(closed) {
            // Whoever left the pager has seen enough.
            Err(failure) if failure.is_closed_pipe() && io::stdout().is_terminal() => Ok(()),
            put => put,
        }
    }

    /// The pager of a terminal, when one is wanted.
    fn pager(&self) -> Option<Pager> {
        let lines = Screen::of_stdout().height?;
        match &self.settings.pager {
            Paging::Off => None,
            Paging::Auto => Some(Pager::new(None, lines)),
            Paging::Command(command) => Some(Pager::new(Some(command), lines)),
        }
    }
}
