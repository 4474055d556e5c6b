//! `shell`: a session of statements and dot-commands, typed or piped in.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};
use traillake::{Lake, ParameterValue, Parameters, QueryOptions, Statement};

use super::{samples, store};
use crate::arguments::Limits;
use crate::failure::{Failure, Outcome};
use crate::interrupt::{Workers, interruptible};
use crate::output::{self, Count, Destination, Explained, Format, Look};
use crate::parameter;
use crate::shell::dot::{self, Dot};
use crate::shell::{Catalog, Editing, EndsAt, is_complete};
use crate::terminal::{self, Screen, Style};

mod schema;

const PROMPT: &str = "traillake> ";
const HISTORY_MAX: usize = 10_000;
/// How deep `.read` may go; a file that reads itself ends here.
const READ_LEVELS_MAX: u32 = 16;

pub(super) fn run(location: &str, limits: &Limits) -> Result<Outcome, Failure> {
    let workers = Workers::start()?;
    let (owned, options) = (location.to_owned(), limits.options());
    let open = async move { Ok(Lake::open_with(&owned, &options).await?) };
    let lake = interruptible(workers.runtime()?, open)?;
    let mut session = Session {
        workers,
        lake,
        store: None,
        parameters: BTreeMap::new(),
        format: Format::Table,
        timing: true,
        level: 0,
    };
    match io::stdin().is_terminal() {
        true => session.converse()?,
        false => {
            session.script(io::stdin().lock(), Failure::ReadStdin)?;
        }
    }
    Ok(Outcome::Done)
}

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Go,
    Leave,
}

struct Session {
    workers: Workers,
    lake: Lake,
    /// What `$EDS_ID` stands for.
    store: Option<String>,
    /// What `:name` stands for.
    parameters: BTreeMap<String, ParameterValue>,
    format: Format,
    /// Whether a footer stands below each result.
    timing: bool,
    /// How many `.read`s are running inside each other.
    level: u32,
}

impl Session {
    /// Reads from a terminal. What fails is said, and the session goes on.
    fn converse(&mut self) -> Result<(), Failure> {
        let catalog = Catalog::new(&self.lake);
        let mut editor = editor(catalog.clone())?;
        let history = history_file();
        if let Some(path) = &history {
            // The first session has none yet.
            let _ = editor.load_history(path);
        }
        self.greet();
        let prompt = (PROMPT, Style::Bold.paint(PROMPT, Screen::of_stdout().colour));
        loop {
            catalog.choose(self.store.as_deref());
            catalog.refresh(&self.lake, self.workers.runtime()?.handle());
            let text = match editor.readline(&prompt) {
                Ok(text) => text,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) => return Err(Failure::ReadTerminal(error)),
            };
            if text.trim().is_empty() {
                continue;
            }
            remember(&mut editor, &text, history.as_deref());
            catalog.rest();
            match self.run(&text) {
                Ok(Next::Go) => {}
                Ok(Next::Leave) => return Ok(()),
                Err(failure) if failure.is_closed_pipe() => return Err(failure),
                Err(failure) => {
                    if matches!(failure, Failure::Interrupted) {
                        self.workers.renew()?;
                    }
                    failure.report();
                }
            }
        }
    }

    /// Runs lines as they come; the first failure ends it. A last statement needs no semicolon.
    fn script(&mut self, lines: impl BufRead, failed: impl Fn(io::Error) -> Failure) -> Result<Next, Failure> {
        let mut text = String::new();
        for (i, line) in lines.lines().enumerate() {
            text.push_str(&line.map_err(&failed)?);
            if is_complete(&text) {
                // Empty lines for those that are done, so that errors name the lines of the script.
                let next = self.run(&std::mem::replace(&mut text, "\n".repeat(i + 1)))?;
                if next == Next::Leave {
                    return Ok(Next::Leave);
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
        for statement in Statement::split(text) {
            self.answer(&super::at_its_place(text, statement), text)?;
        }
        Ok(Next::Go)
    }

    /// Answers a statement that stands at its place in a text.
    fn answer(&self, statement: &str, text: &str) -> Result<(), Failure> {
        let explained = super::explained(statement);
        let explain = explained.is_some();
        let statement = explained.unwrap_or_else(|| statement.to_owned());
        let (lake, format, timing) = (self.lake.clone(), self.format, self.timing);
        let text = text.to_owned();
        let options = QueryOptions { store: self.store.clone(), parameters: self.parameters_of(&statement) };
        interruptible(self.workers.runtime()?, async move {
            if explain {
                let explanation = lake.explain(&statement, &options).await;
                let explanation = explanation.map_err(|error| Failure::of_statement(error, &text))?;
                return print(&Explained(&explanation).to_string());
            }
            let look = Look { screen: Screen::of_stdout(), header: true };
            let results = lake.query_with(&statement, &options).await;
            let results = results.map_err(|error| Failure::of_statement(error, &text))?;
            let statistics = output::write(results, format, look, &mut Destination::stdout()).await?;
            if timing {
                terminal::say(&Style::Dim.paint(&output::footer(&statistics), terminal::stderr_colour()));
            }
            Ok(())
        })
    }

    /// The values a statement has use for.
    fn parameters_of(&self, statement: &str) -> Parameters {
        let all = self.parameters.iter();
        let all = all.fold(Parameters::new(), |all, (name, value)| all.with_named(name, value.clone()));
        // What does not parse is reported by the query.
        Statement::parse(statement).map_or_else(|_| Parameters::new(), |parsed| all.used_by(&parsed))
    }

    fn set(&mut self, change: Option<(String, Option<ParameterValue>)>) -> Result<(), Failure> {
        match change {
            Some((name, Some(value))) => drop(self.parameters.insert(name.to_lowercase(), value)),
            Some((name, None)) => drop(self.parameters.remove(&name.to_lowercase())),
            None => {
                let lines =
                    self.parameters.iter().map(|(name, value)| format!(":{name} {}\n", parameter::shown(value)));
                print(&output::visible_lines(&lines.collect::<String>()))?;
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: Dot) -> Result<Next, Failure> {
        match command {
            Dot::Help => print(&dot::help())?,
            Dot::Stores => {
                let (lake, format) = (self.lake.clone(), self.format);
                interruptible(self.workers.runtime()?, async move { store::list(&lake, format).await })?;
            }
            Dot::Schema(name) => {
                let (lake, chosen, asked) = (self.lake.clone(), self.store.clone(), name.unwrap_or_default());
                let columns = Screen::of_stdout().width;
                let tree = async move { schema::tree(&lake, chosen.as_deref(), &asked, columns).await };
                print(&interruptible(self.workers.runtime()?, tree)?)?;
            }
            Dot::Timing(on) => self.timing = on,
            Dot::Format(format) => self.format = format,
            Dot::Param(change) => self.set(change)?,
            Dot::Use(name) => self.store = Some(self.find(name)?),
            Dot::Read(path) => return self.read(path),
            Dot::Samples(words) => match samples::to_run(&words)? {
                Some(sql) => self.answer(&sql, &sql)?,
                None => print(&samples::answer(&words)?)?,
            },
            Dot::Quit => return Ok(Next::Leave),
        }
        Ok(Next::Go)
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

    /// The name of the store that is meant.
    fn find(&self, name: String) -> Result<String, Failure> {
        let lake = self.lake.clone();
        interruptible(self.workers.runtime()?, async move { Ok(lake.event_data_store(&name).await?.name().to_owned()) })
    }

    fn greet(&self) {
        let lake = self.lake.clone();
        let stores = self
            .workers
            .runtime()
            .and_then(|runtime| interruptible(runtime, async move { Ok(lake.event_data_stores().await?.len()) }));
        let stores = stores.map_or_else(|_| String::new(), |n| format!(" · {}", Count(n as u64, "event data store")));
        let version = env!("CARGO_PKG_VERSION");
        terminal::say(&format!("TrailLake {version} · {}{stores} · .help explains", self.lake.location()));
    }
}

fn print(text: &str) -> Result<(), Failure> {
    Destination::stdout().put(&mut text.as_bytes().to_vec())
}

fn editor(catalog: Catalog) -> Result<Editor<Editing, FileHistory>, Failure> {
    let colour = Screen::of_stdout().colour;
    let config = Config::builder()
        .max_history_size(HISTORY_MAX)
        .map_err(Failure::ReadTerminal)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor = Editor::with_config(config).map_err(Failure::ReadTerminal)?;
    let editing = Editing::new(catalog, colour, EndsAt::default());
    editing.stand_behind(PROMPT);
    editor.set_helper(Some(editing));
    Editing::bind(&mut editor);
    Ok(editor)
}

/// Keeps a text for the next session. A shell whose history cannot be written is a shell all the same.
fn remember(editor: &mut Editor<Editing, FileHistory>, text: &str, history: Option<&Path>) {
    let _ = editor.add_history_entry(text);
    if let Some(path) = history {
        let _ = path.parent().map(fs::create_dir_all);
        let _ = editor.append_history(path);
    }
}

/// `$XDG_STATE_HOME/traillake/history`, or `~/.local/state/traillake/history`.
fn history_file() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| env::home_dir().map(|home| home.join(".local/state")))?;
    Some(state.join("traillake/history"))
}
