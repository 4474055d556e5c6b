//! The dot-commands: one table, from which they are parsed, completed and explained.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use traillake::ParameterValue;

use crate::arguments::Investigate;
use crate::config::Paging;
use crate::failure::Failure;
use crate::output::Format;

mod help;
mod table;

pub(crate) use help::help;
use table::TABLE;

/// What a dot-command asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dot {
    /// The list of commands, or those that have a word.
    Help(Option<String>),
    Stores,
    Tables,
    /// A store or a path of columns; the columns of all events without one.
    Schema(Option<String>),
    Functions(Vec<String>),
    Use(String),
    Samples(Vec<String>),
    /// The statement, or the last one.
    Explain(Option<String>),
    Estimate(Option<String>),
    Watch(Watched),
    Read(PathBuf),
    /// Opens an editor over a file, or the last statement.
    Edit(Option<PathBuf>),
    /// Shows the last result once more, in a format.
    Last(Option<Format>),
    /// Draws the last result.
    Chart,
    Format(Format),
    /// Turns rows by ninety degrees, and back.
    Expanded,
    Wide(bool),
    /// The rows that are shown at most; `None` for all.
    Rows(Option<u64>),
    Timing(bool),
    Pager(Paging),
    /// A file for all results from now on; back to the terminal without one.
    Output(Option<PathBuf>),
    /// A file for the next result.
    Once(PathBuf),
    /// Without a name all of them are listed; without a value it is forgotten.
    Param(Option<(String, Option<ParameterValue>)>),
    /// Keeps the statement, or the last one, under a name.
    Save(String, Option<String>),
    Saved(Vec<String>),
    Run(Vec<String>),
    Forget(String),
    /// The last statements, or those that have a text.
    History(Option<String>),
    Show,
    /// A command for the system's shell.
    Shell(String),
    /// A verb of an investigation and its arguments.
    Investigate(Vec<String>),
    Quit,
}

/// A statement that is asked again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) every: Duration,
    /// How often in all; until Ctrl-C without it.
    pub(crate) times: Option<u32>,
    /// The last statement when none is given.
    pub(crate) sql: Option<String>,
}

/// What stands after a dot-command, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    Store,
    Sample,
    /// A query that is kept in the lake.
    Saved,
    File,
    /// A statement.
    Sql,
    OneOf(&'static [&'static str]),
}

/// What commands are about, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Look,
    Ask,
    Investigate,
    Show,
    Keep,
    Session,
}

impl Section {
    const ALL: [Section; 6] =
        [Section::Look, Section::Ask, Section::Investigate, Section::Show, Section::Keep, Section::Session];

    fn title(self) -> &'static str {
        match self {
            Section::Look => "What is there",
            Section::Ask => "Asking",
            Section::Investigate => "Investigating (.who --help tells more)",
            Section::Show => "How results are shown",
            Section::Keep => "Keeping",
            Section::Session => "The session",
        }
    }
}

struct Entry {
    section: Section,
    name: &'static str,
    /// Other spellings; psql's hands are not forgotten.
    also: &'static [&'static str],
    usage: &'static str,
    about: &'static str,
    argument: Argument,
    make: fn(&str) -> Option<Dot>,
}

/// Whether a text is a dot-command rather than a statement.
pub(crate) fn is_command(text: &str) -> bool {
    text.trim_start().starts_with(['.', '\\'])
}

/// Reads a dot-command; a semicolon at its end is forgiven.
pub(crate) fn parse(line: &str) -> Result<Dot, Failure> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let verb = name
        .strip_prefix(['.', '\\'])
        .map(str::to_lowercase)
        .filter(|name| verbs().iter().any(|verb| verb.name == *name));
    let asked = |verb: String| shlex::split(argument).map(|words| Dot::Investigate([vec![verb], words].concat()));
    let Some(entry) = find(name) else {
        let unknown = || Failure::UnknownDot { typed: name.to_owned(), near: nearest(name) };
        return verb.ok_or_else(unknown).and_then(|verb| asked(verb).ok_or(Failure::OpenQuote));
    };
    // `.last` is a result, `.last VALUE` a verb.
    let made = (entry.make)(argument.trim()).or_else(|| verb.and_then(asked));
    made.ok_or_else(|| {
        let values = match entry.argument {
            Argument::OneOf(values) => values,
            _ => &[],
        };
        Failure::DotUsage { usage: usage(entry), about: entry.about, values }
    })
}

/// A verb as the list has it.
struct Verb {
    name: String,
    usage: String,
    about: String,
}

/// The verbs of an investigation, which the command line has too.
fn verbs() -> &'static [Verb] {
    static VERBS: LazyLock<Vec<Verb>> = LazyLock::new(|| {
        let verb = |(name, values, about): (String, String, String)| {
            let usage = format!(".{name} {values}").trim_end().to_owned();
            Verb { name, usage, about }
        };
        Investigate::verbs().into_iter().map(verb).collect()
    });
    &VERBS
}

fn usage(entry: &Entry) -> String {
    format!("{} {}", entry.name, entry.usage).trim_end().to_owned()
}

/// The names that completion offers.
pub(super) fn names() -> impl Iterator<Item = String> {
    let verbs = verbs().iter().map(|verb| format!(".{}", verb.name)).filter(|name| find(name).is_none());
    TABLE.iter().map(|entry| entry.name.to_owned()).chain(verbs)
}

/// What stands after a dot-command.
pub(super) fn argument_of(name: &str) -> Argument {
    find(name).map_or(Argument::None, |entry| entry.argument)
}

/// Whether the cursor is where a file name belongs.
pub(super) fn takes_file(before: &str) -> bool {
    let name = before.trim_start().split_once(char::is_whitespace).map(|(name, _)| name);
    name.is_some_and(|name| argument_of(name) == Argument::File)
}

fn find(name: &str) -> Option<&'static Entry> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    TABLE.iter().find(|entry| same(entry.name) || entry.also.iter().any(|also| same(also)))
}

fn nearest(name: &str) -> Option<String> {
    let near = |known: String| (strsim::jaro_winkler(name, &known), known);
    let best = names().map(near).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.8).map(|(_, known)| known)
}

fn unquoted(text: &str) -> String {
    let inner = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_their_psql_spellings() {
        for (typed, expected) in [
            (".help", Dot::Help(None)),
            ("\\?", Dot::Help(None)),
            ("\\l", Dot::Stores),
            ("\\d", Dot::Schema(None)),
            ("\\d \"trail\"", Dot::Schema(Some("trail".into()))),
            ("\\q", Dot::Quit),
            (" .QUIT; ", Dot::Quit),
            (".timing OFF", Dot::Timing(false)),
            (".format jsonl", Dot::Format(Format::Jsonl)),
            (".samples s3 public", Dot::Samples(vec!["s3".into(), "public".into()])),
            (".read 'a b.sql'", Dot::Read("a b.sql".into())),
            (".param", Dot::Param(None)),
            (".param user", Dot::Param(Some(("user".into(), None)))),
            (".param :n 5", Dot::Param(Some(("n".into(), Some(ParameterValue::Untyped("5".into())))))),
            ("\\set n 'a b'", Dot::Param(Some(("n".into(), Some(ParameterValue::Text("a b".into())))))),
        ] {
            assert_eq!(parse(typed).unwrap(), expected, "{typed}");
        }
    }

    #[test]
    fn wrong_arguments_are_answered_with_the_usage() {
        for (typed, usage) in [
            (".timing maybe", "usage: .timing on|off: say the time and what was read"),
            (".use", "usage: .use STORE: choose what $EDS_ID stands for"),
            (".quit now", "usage: .quit: leave; so does Ctrl-D"),
            (".rows some", "usage: .rows N|all: show so many rows at most"),
            (".watch", "usage: .watch INTERVAL [TIMES] [SQL]: ask again and again, until Ctrl-C"),
            (".format parquet", "usage: .format FORMAT: table, csv, json, vertical, chart …"),
        ] {
            assert_eq!(parse(typed).unwrap_err().to_string(), usage, "{typed}");
        }
    }

    #[test]
    fn an_unknown_command_names_its_neighbour() {
        assert!(matches!(parse(".shcema"), Err(Failure::UnknownDot { near: Some(near), .. }) if near == ".schema"));
        assert!(matches!(parse(".zzz"), Err(Failure::UnknownDot { near: None, .. })));
    }

    #[test]
    fn the_rest_of_a_line_is_read_as_the_command_wants_it() {
        let watched = |seconds: f64, times, sql: Option<&str>| {
            Dot::Watch(Watched { every: Duration::from_secs_f64(seconds), times, sql: sql.map(str::to_owned) })
        };
        for (typed, expected) in [
            (".watch 5s", watched(5.0, None, None)),
            (".watch 2 3 select 1", watched(2.0, Some(3), Some("select 1"))),
            ("\\watch 500ms select 2", watched(0.5, None, Some("select 2"))),
            (".rows all", Dot::Rows(None)),
            (".rows 50", Dot::Rows(Some(50))),
            (".last", Dot::Last(None)),
            (".last csv", Dot::Last(Some(Format::Csv))),
            (".save nightly select 1", Dot::Save("nightly".into(), Some("select 1".into()))),
            (".save nightly", Dot::Save("nightly".into(), None)),
            (".pager less -S", Dot::Pager(Paging::Command("less -S".into()))),
            (".pager on", Dot::Pager(Paging::Auto)),
            (".output", Dot::Output(None)),
            ("\\o 'a b.csv'", Dot::Output(Some("a b.csv".into()))),
            (".explain select 1", Dot::Explain(Some("select 1".into()))),
            ("\\! ls -l", Dot::Shell("ls -l".into())),
            ("\\x", Dot::Expanded),
        ] {
            assert_eq!(parse(typed).unwrap(), expected, "{typed}");
        }
    }

    #[test]
    fn help_lists_every_command_and_finds_some() {
        let help = help(None, false).unwrap();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        for entry in TABLE {
            assert!(help.contains(entry.name) && help.contains(entry.about));
        }
        assert!(help.contains("  .who IDENTITY  ") && help.contains("  .around "), "{help}");
        for format in table::FORMATS {
            assert!(<Format as clap::ValueEnum>::from_str(format, false).is_ok());
        }
        let found = super::help(Some("history"), false).unwrap();
        assert!(found.contains(".history") && !found.contains(".quit"), "{found}");
        assert!(super::help(Some("xyzzy"), false).is_err());
    }

    #[test]
    fn no_spelling_stands_twice() {
        let mut all: Vec<_> = TABLE.iter().flat_map(|entry| entry.also.iter().chain([&entry.name])).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
