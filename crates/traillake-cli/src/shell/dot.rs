//! The dot-commands: one table, from which they are parsed, completed and explained.

use std::path::PathBuf;

use clap::ValueEnum;

use traillake::ParameterValue;

use crate::failure::Failure;
use crate::output::Format;
use crate::parameter;

/// What a dot-command asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dot {
    Help,
    Stores,
    Schema(Option<String>),
    Timing(bool),
    Format(Format),
    Use(String),
    /// Without a name all of them are listed; without a value it is forgotten.
    Param(Option<(String, Option<ParameterValue>)>),
    Read(PathBuf),
    Samples(Vec<String>),
    Quit,
}

/// What stands after a dot-command, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    Store,
    Sample,
    File,
    OneOf(&'static [&'static str]),
}

struct Entry {
    name: &'static str,
    /// Other spellings; psql's hands are not forgotten.
    also: &'static [&'static str],
    usage: &'static str,
    about: &'static str,
    argument: Argument,
    make: fn(&str) -> Option<Dot>,
}

const FORMATS: &[&str] = &["table", "csv", "tsv", "json", "jsonl", "markdown", "vertical", "chart"];

const TABLE: &[Entry] = &[
    Entry {
        name: ".help",
        also: &["\\?"],
        usage: "",
        about: "this list",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Help),
    },
    Entry {
        name: ".stores",
        also: &["\\l", ".tables"],
        usage: "",
        about: "the event data stores of the lake",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Stores),
    },
    Entry {
        name: ".schema",
        also: &["\\d"],
        usage: "[STORE]",
        about: "columns and their fields, with types",
        argument: Argument::Store,
        make: |text| Some(Dot::Schema((!text.is_empty()).then(|| unquoted(text)))),
    },
    Entry {
        name: ".use",
        also: &["\\c"],
        usage: "STORE",
        about: "choose what $EDS_ID stands for",
        argument: Argument::Store,
        make: |text| (!text.is_empty()).then(|| Dot::Use(unquoted(text))),
    },
    Entry {
        name: ".param",
        also: &["\\set"],
        usage: "[NAME [VALUE]]",
        about: "give :NAME a value, forget it, or list them",
        argument: Argument::None,
        make: param,
    },
    Entry {
        name: ".format",
        also: &[".mode"],
        usage: "FORMAT",
        about: "table, csv, tsv, json, jsonl, markdown, vertical or chart",
        argument: Argument::OneOf(FORMATS),
        make: |text| Format::from_str(text, true).ok().filter(|format| !format.is_binary()).map(Dot::Format),
    },
    Entry {
        name: ".timing",
        also: &["\\timing", ".timer"],
        usage: "on|off",
        about: "say the time and what was read below each result",
        argument: Argument::OneOf(&["on", "off"]),
        make: |text| match text.to_ascii_lowercase().as_str() {
            "on" => Some(Dot::Timing(true)),
            "off" => Some(Dot::Timing(false)),
            _ => None,
        },
    },
    Entry {
        name: ".read",
        also: &["\\i"],
        usage: "FILE",
        about: "run a file, up to its first failure",
        argument: Argument::File,
        make: |text| (!text.is_empty()).then(|| Dot::Read(unquoted(text).into())),
    },
    Entry {
        name: ".samples",
        also: &[],
        usage: "[WORD…]",
        about: "sample queries with these words; a name shows one, run NAME runs it",
        argument: Argument::Sample,
        make: |text| Some(Dot::Samples(text.split_whitespace().map(str::to_owned).collect())),
    },
    Entry {
        name: ".quit",
        also: &["\\q", ".exit"],
        usage: "",
        about: "leave; so does Ctrl-D",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Quit),
    },
];

fn param(text: &str) -> Option<Dot> {
    if text.is_empty() {
        return Some(Dot::Param(None));
    }
    let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let value = Some(value.trim()).filter(|value| !value.is_empty()).map(parameter::value);
    let name = name.trim_start_matches(':');
    parameter::is_name(name).then(|| Dot::Param(Some((name.to_owned(), value))))
}

/// Whether a text is a dot-command rather than a statement.
pub(crate) fn is_command(text: &str) -> bool {
    text.trim_start().starts_with(['.', '\\'])
}

/// Reads a dot-command; a semicolon at its end is forgiven.
pub(crate) fn parse(line: &str) -> Result<Dot, Failure> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let Some(entry) = find(name) else {
        return Err(Failure::UnknownDot { typed: name.to_owned(), near: nearest(name) });
    };
    (entry.make)(argument.trim()).ok_or_else(|| Failure::DotUsage { usage: usage(entry), about: entry.about })
}

/// The list that `.help` prints.
pub(crate) fn help() -> String {
    let margin = TABLE.iter().map(|entry| usage(entry).len()).max().unwrap_or(0);
    let line = |entry: &Entry| {
        let also = if entry.also.is_empty() { String::new() } else { format!("  ({})", entry.also.join(" ")) };
        format!("{:margin$}  {}{also}\n", usage(entry), entry.about)
    };
    let lines: String = TABLE.iter().map(line).collect();
    format!("{lines}\nStatements end with a semicolon. Tab completes; Ctrl-C stops a query; up and down recall.\n")
}

fn usage(entry: &Entry) -> String {
    format!("{} {}", entry.name, entry.usage).trim_end().to_owned()
}

/// The names that completion offers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|entry| entry.name)
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

fn nearest(name: &str) -> Option<&'static str> {
    let near = |known: &'static str| (strsim::jaro_winkler(name, known), known);
    let best = TABLE.iter().map(|entry| near(entry.name)).max_by(|a, b| a.0.total_cmp(&b.0));
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
            (".help", Dot::Help),
            ("\\?", Dot::Help),
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
            (".timing maybe", "usage: .timing on|off: say the time and what was read below each result"),
            (".use", "usage: .use STORE: choose what $EDS_ID stands for"),
            (".help me", "usage: .help: this list"),
            (".format parquet", "usage: .format FORMAT: table, csv, tsv, json, jsonl, markdown, vertical or chart"),
        ] {
            assert_eq!(parse(typed).unwrap_err().to_string(), usage, "{typed}");
        }
    }

    #[test]
    fn an_unknown_command_names_its_neighbour() {
        assert!(matches!(parse(".shcema"), Err(Failure::UnknownDot { near: Some(".schema"), .. })));
        assert!(matches!(parse(".zzz"), Err(Failure::UnknownDot { near: None, .. })));
    }

    #[test]
    fn help_lists_every_command() {
        assert!(help().lines().all(|line| line.chars().count() <= 100), "{}", help());
        for entry in TABLE {
            assert!(help().contains(entry.name) && help().contains(entry.about));
        }
        for format in FORMATS {
            assert!(Format::from_str(format, false).is_ok());
        }
    }
}
