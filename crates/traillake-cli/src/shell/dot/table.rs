//! What there is to type.

use std::time::Duration;

use clap::ValueEnum;

use super::{Argument, Dot, Entry, Section, Watched, unquoted};
use crate::config::Paging;
use crate::output::Format;
use crate::parameter;

pub(super) const FORMATS: &[&str] =
    &["table", "csv", "tsv", "json", "jsonl", "markdown", "vertical", "chart", "html", "svg"];
const SWITCH: &[&str] = &["on", "off"];

pub(super) const TABLE: &[Entry] = &[
    Entry {
        section: Section::Look,
        name: ".stores",
        also: &["\\l"],
        usage: "",
        about: "the event data stores of the lake",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Stores),
    },
    Entry {
        section: Section::Look,
        name: ".tables",
        also: &["\\dt"],
        usage: "",
        about: "everything that FROM takes",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Tables),
    },
    Entry {
        section: Section::Look,
        name: ".schema",
        also: &["\\d"],
        usage: "[STORE] [PATH]",
        about: "columns and their fields, with types",
        argument: Argument::Store,
        make: |text| Some(Dot::Schema(given(text).map(|text| unquoted(&text)))),
    },
    Entry {
        section: Section::Look,
        name: ".functions",
        also: &["\\df"],
        usage: "[WORD…]",
        about: "functions with these words",
        argument: Argument::None,
        make: |text| Some(Dot::Functions(words(text))),
    },
    Entry {
        section: Section::Look,
        name: ".samples",
        also: &[],
        usage: "[WORD…|NAME|run NAME]",
        about: "sample queries, one, or run one",
        argument: Argument::Sample,
        make: |text| Some(Dot::Samples(words(text))),
    },
    Entry {
        section: Section::Ask,
        name: ".use",
        also: &["\\c"],
        usage: "STORE",
        about: "choose what $EDS_ID stands for",
        argument: Argument::Store,
        make: |text| given(text).map(|text| Dot::Use(unquoted(&text))),
    },
    Entry {
        section: Section::Ask,
        name: ".param",
        also: &["\\set"],
        usage: "[NAME [VALUE]]",
        about: "give :NAME a value, forget it, list all",
        argument: Argument::None,
        make: param,
    },
    Entry {
        section: Section::Ask,
        name: ".explain",
        also: &[],
        usage: "[SQL]",
        about: "what it, or the last, would read",
        argument: Argument::Sql,
        make: |text| Some(Dot::Explain(given(text))),
    },
    Entry {
        section: Section::Ask,
        name: ".estimate",
        also: &[],
        usage: "[SQL]",
        about: "the events and bytes it would scan",
        argument: Argument::Sql,
        make: |text| Some(Dot::Estimate(given(text))),
    },
    Entry {
        section: Section::Ask,
        name: ".watch",
        also: &["\\watch"],
        usage: "INTERVAL [TIMES] [SQL]",
        about: "ask again and again, until Ctrl-C",
        argument: Argument::Sql,
        make: watch,
    },
    Entry {
        section: Section::Ask,
        name: ".edit",
        also: &["\\e"],
        usage: "[FILE]",
        about: "change the last, or a file, in $EDITOR",
        argument: Argument::File,
        make: |text| Some(Dot::Edit(given(text).map(|text| unquoted(&text).into()))),
    },
    Entry {
        section: Section::Ask,
        name: ".read",
        also: &["\\i"],
        usage: "FILE",
        about: "run a file, up to its first failure",
        argument: Argument::File,
        make: |text| given(text).map(|text| Dot::Read(unquoted(&text).into())),
    },
    Entry {
        section: Section::Show,
        name: ".last",
        also: &[],
        usage: "[FORMAT]",
        about: "the last result, without asking again",
        argument: Argument::OneOf(FORMATS),
        make: |text| match text {
            "" => Some(Dot::Last(None)),
            text => format(text).map(|format| Dot::Last(Some(format))),
        },
    },
    Entry {
        section: Section::Show,
        name: ".chart",
        also: &["\\chart"],
        usage: "",
        about: "the last result as a chart",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Chart),
    },
    Entry {
        section: Section::Show,
        name: ".format",
        also: &[".mode"],
        usage: "FORMAT",
        about: "table, csv, json, vertical, chart …",
        argument: Argument::OneOf(FORMATS),
        make: |text| format(text).map(Dot::Format),
    },
    Entry {
        section: Section::Show,
        name: ".expanded",
        also: &["\\x"],
        usage: "",
        about: "a line for each value, and back to tables",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Expanded),
    },
    Entry {
        section: Section::Show,
        name: ".wide",
        also: &[],
        usage: "on|off",
        about: "tables wider than the screen, nothing cut",
        argument: Argument::OneOf(SWITCH),
        make: |text| switch(text).map(Dot::Wide),
    },
    Entry {
        section: Section::Show,
        name: ".rows",
        also: &[".limit", ".maxrows"],
        usage: "N|all",
        about: "show so many rows at most",
        argument: Argument::OneOf(&["all"]),
        make: |text| match text.replace(['_', ','], "").to_ascii_lowercase().as_str() {
            "all" | "0" => Some(Dot::Rows(None)),
            text => text.parse().ok().map(|rows| Dot::Rows(Some(rows))),
        },
    },
    Entry {
        section: Section::Show,
        name: ".timing",
        also: &["\\timing", ".timer"],
        usage: "on|off",
        about: "say the time and what was read",
        argument: Argument::OneOf(SWITCH),
        make: |text| switch(text).map(Dot::Timing),
    },
    Entry {
        section: Section::Show,
        name: ".pager",
        also: &["\\pset"],
        usage: "on|off|COMMAND",
        about: "for what is longer than the screen",
        argument: Argument::OneOf(SWITCH),
        make: |text| {
            given(text).map(|text| {
                Dot::Pager(match switch(&text) {
                    Some(true) => Paging::Auto,
                    Some(false) => Paging::Off,
                    None => Paging::Command(text),
                })
            })
        },
    },
    Entry {
        section: Section::Keep,
        name: ".output",
        also: &["\\o"],
        usage: "[FILE]",
        about: "results go to a file, or back",
        argument: Argument::File,
        make: |text| Some(Dot::Output(given(text).map(|text| unquoted(&text).into()))),
    },
    Entry {
        section: Section::Keep,
        name: ".once",
        also: &[],
        usage: "FILE",
        about: "the next result goes to a file",
        argument: Argument::File,
        make: |text| given(text).map(|text| Dot::Once(unquoted(&text).into())),
    },
    Entry {
        section: Section::Keep,
        name: ".save",
        also: &[],
        usage: "NAME [SQL]",
        about: "keep it, or the last, in the lake",
        argument: Argument::None,
        make: save,
    },
    Entry {
        section: Section::Keep,
        name: ".saved",
        also: &[],
        usage: "[WORD…]",
        about: "the queries that are kept, or one",
        argument: Argument::Saved,
        make: |text| Some(Dot::Saved(words(text))),
    },
    Entry {
        section: Section::Keep,
        name: ".run",
        also: &[],
        usage: "NAME [NAME=VALUE…]",
        about: "run a query that is kept, or a sample",
        argument: Argument::Saved,
        make: |text| given(text).and_then(|text| shlex::split(&text)).map(Dot::Run),
    },
    Entry {
        section: Section::Keep,
        name: ".forget",
        also: &[],
        usage: "NAME",
        about: "take a kept query away",
        argument: Argument::Saved,
        make: |text| given(text).map(Dot::Forget),
    },
    Entry {
        section: Section::Session,
        name: ".history",
        also: &["\\s"],
        usage: "[TEXT]",
        about: "the last statements, or those with a text",
        argument: Argument::None,
        make: |text| Some(Dot::History(given(text))),
    },
    Entry {
        section: Section::Session,
        name: ".show",
        also: &[],
        usage: "",
        about: "how the session is set",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Show),
    },
    Entry {
        section: Section::Session,
        name: ".shell",
        also: &["\\!", ".system"],
        usage: "COMMAND",
        about: "run a command of the system",
        argument: Argument::File,
        make: |text| given(text).map(Dot::Shell),
    },
    Entry {
        section: Section::Session,
        name: ".help",
        also: &["\\?"],
        usage: "[WORD]",
        about: "this list, or the commands with a word",
        argument: Argument::None,
        make: |text| Some(Dot::Help(given(text))),
    },
    Entry {
        section: Section::Session,
        name: ".quit",
        also: &["\\q", ".exit"],
        usage: "",
        about: "leave; so does Ctrl-D",
        argument: Argument::None,
        make: |text| text.is_empty().then_some(Dot::Quit),
    },
];

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// A format that a terminal can show.
fn format(text: &str) -> Option<Format> {
    Format::from_str(text, true).ok().filter(|format| !format.is_binary())
}

/// The first word, and what stands behind it.
fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn param(text: &str) -> Option<Dot> {
    if text.is_empty() {
        return Some(Dot::Param(None));
    }
    let (name, value) = first_word(text);
    let value = given(value).map(|value| parameter::value(&value));
    let name = name.trim_start_matches(':');
    parameter::is_name(name).then(|| Dot::Param(Some((name.to_owned(), value))))
}

fn save(text: &str) -> Option<Dot> {
    let (name, sql) = first_word(text);
    given(name).map(|name| Dot::Save(name, given(sql)))
}

fn watch(text: &str) -> Option<Dot> {
    let (interval, rest) = first_word(text);
    let every = interval_of(interval)?;
    let (times, after) = first_word(rest);
    let (times, sql) = match times.parse() {
        Ok(times) => (Some(times), after),
        Err(_) => (None, rest),
    };
    Some(Dot::Watch(Watched { every, times, sql: given(sql) }))
}

/// `5`, `5s`, `500ms`, `2m`.
fn interval_of(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let seconds = match &text[number.len()..] {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok().filter(|every| !every.is_zero())
}
