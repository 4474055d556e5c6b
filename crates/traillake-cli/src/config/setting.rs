//! The settings: one table, from which they are read, shown and explained.

use std::num::NonZeroUsize;

use clap::ValueEnum;

use crate::arguments::{query_memory, size_text};
use crate::output::Format;
use crate::terminal::Colour;

/// What can be settled once and for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) lake: String,
    pub(crate) format: Format,
    /// In bytes; half the machine's when `None`.
    pub(crate) memory: Option<u64>,
    /// One for each core when `None`.
    pub(crate) threads: Option<NonZeroUsize>,
    /// Whether a footer stands below each result of the shell.
    pub(crate) timing: bool,
    pub(crate) pager: Pager,
    /// How many rows of a result the shell shows; 0 is all.
    pub(crate) rows: u64,
    pub(crate) colour: Colour,
    pub(crate) statement_end: StatementEnd,
    /// How many statements the shell remembers.
    pub(crate) history_size: usize,
    /// The command of the editor; `$VISUAL`, `$EDITOR` or `vi` when `None`.
    pub(crate) editor: Option<String>,
    /// What stands for NULL where people read.
    pub(crate) null: String,
}

/// What shows a result that is longer than the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pager {
    /// `$PAGER`, else `less`, where there is one.
    Auto,
    Off,
    /// A command line.
    Command(String),
}

/// What ends a statement that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatementEnd {
    Semicolon,
    /// A semicolon, or a line with nothing in it.
    EmptyLine,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lake: "./lake".to_owned(),
            format: Format::Table,
            memory: None,
            threads: None,
            timing: true,
            pager: Pager::Auto,
            rows: 1_000,
            colour: Colour::Auto,
            statement_end: StatementEnd::Semicolon,
            history_size: 10_000,
            editor: None,
            null: "NULL".to_owned(),
        }
    }
}

/// How a file spells a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Switch,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Number => "a whole number",
            Kind::Switch => "true or false",
        }
    }

    /// A value of the environment as TOML has it.
    pub(super) fn toml(self, value: &str) -> String {
        match self {
            Kind::Text => toml::Value::from(value).to_string(),
            Kind::Number => value.to_owned(),
            Kind::Switch => (value == ON).to_string(),
        }
    }
}

const ON: &str = "on";
const OFF: &str = "off";

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The key in the file.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) variable: &'static str,
    pub(crate) about: &'static str,
    /// A value as a file has it.
    pub(super) example: &'static str,
    /// What holds where there is no value.
    pub(crate) unset: &'static str,
    /// The value as the environment spells it.
    pub(crate) get: fn(&Settings) -> Option<String>,
    /// Takes a value as the environment spells it, or says what is expected.
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// All settings, in the order they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "lake",
        kind: Kind::Text,
        variable: "TRAILLAKE_LAKE",
        about: "The lake: a directory or a URL; ~/ is the home directory",
        example: "\"~/lake\"",
        unset: "",
        get: |settings| Some(settings.lake.clone()),
        set: |settings, value| given(value).map(|value| settings.lake = at_home(value)),
    },
    Setting {
        name: "format",
        kind: Kind::Text,
        variable: "TRAILLAKE_FORMAT",
        about: "How results are written: table, csv, tsv, json, jsonl, markdown or vertical",
        example: "\"table\"",
        unset: "",
        get: |settings| settings.format.to_possible_value().map(|value| value.get_name().to_owned()),
        set: |settings, value| format(value).map(|format| settings.format = format),
    },
    Setting {
        name: "memory",
        kind: Kind::Text,
        variable: "TRAILLAKE_MEMORY",
        about: "Memory for sorts, groups and joins, as 2GB or 512MiB; without it half the machine's",
        example: "\"2GB\"",
        unset: "half the machine's",
        get: |settings| settings.memory.map(size_text),
        set: |settings, value| {
            let memory = query_memory(value).map_err(|_| "a size of at least 64MB, as 2GB or 512MiB".to_owned());
            memory.map(|bytes| settings.memory = Some(bytes))
        },
    },
    Setting {
        name: "threads",
        kind: Kind::Number,
        variable: "TRAILLAKE_THREADS",
        about: "Threads of one query; without it one for each core",
        example: "4",
        unset: "one for each core",
        get: |settings| settings.threads.map(|threads| threads.to_string()),
        set: |settings, value| {
            let threads = value.parse().map_err(|_| "a whole number from 1".to_owned());
            threads.map(|threads| settings.threads = Some(threads))
        },
    },
    Setting {
        name: "timing",
        kind: Kind::Switch,
        variable: "TRAILLAKE_TIMING",
        about: "Whether the shell says the time and what was read below each result",
        example: "true",
        unset: "",
        get: |settings| Some(if settings.timing { ON } else { OFF }.to_owned()),
        set: |settings, value| switch(value).map(|on| settings.timing = on),
    },
    Setting {
        name: "pager",
        kind: Kind::Text,
        variable: "TRAILLAKE_PAGER",
        about: "What shows long results in the shell: auto ($PAGER, else less), off, or a command",
        example: "\"less -S\"",
        unset: "",
        get: |settings| {
            Some(match &settings.pager {
                Pager::Auto => "auto".to_owned(),
                Pager::Off => OFF.to_owned(),
                Pager::Command(command) => command.clone(),
            })
        },
        set: |settings, value| {
            let pager = |value: &str| match value {
                "auto" => Pager::Auto,
                OFF => Pager::Off,
                command => Pager::Command(command.to_owned()),
            };
            given(value).map(|value| settings.pager = pager(value))
        },
    },
    Setting {
        name: "rows",
        kind: Kind::Number,
        variable: "TRAILLAKE_ROWS",
        about: "How many rows of a result the shell shows; 0 is all",
        example: "1000",
        unset: "",
        get: |settings| Some(settings.rows.to_string()),
        set: |settings, value| number(value).map(|rows| settings.rows = rows),
    },
    Setting {
        name: "colour",
        kind: Kind::Text,
        variable: "TRAILLAKE_COLOUR",
        about: "When to use colours: auto (on a terminal, unless NO_COLOR is set), always or never",
        example: "\"auto\"",
        unset: "",
        get: |settings| settings.colour.to_possible_value().map(|value| value.get_name().to_owned()),
        set: |settings, value| {
            let colour = Colour::from_str(value, true).map_err(|_| "auto, always or never".to_owned());
            colour.map(|colour| settings.colour = colour)
        },
    },
    Setting {
        name: "statement_end",
        kind: Kind::Text,
        variable: "TRAILLAKE_STATEMENT_END",
        about: "What ends a statement in the shell: semicolon, or empty-line for an empty line as well",
        example: "\"semicolon\"",
        unset: "",
        get: |settings| {
            Some(
                match settings.statement_end {
                    StatementEnd::Semicolon => "semicolon",
                    StatementEnd::EmptyLine => "empty-line",
                }
                .to_owned(),
            )
        },
        set: |settings, value| {
            settings.statement_end = match value {
                "semicolon" => StatementEnd::Semicolon,
                "empty-line" => StatementEnd::EmptyLine,
                _ => return Err("semicolon or empty-line".to_owned()),
            };
            Ok(())
        },
    },
    Setting {
        name: "history_size",
        kind: Kind::Number,
        variable: "TRAILLAKE_HISTORY_SIZE",
        about: "How many statements the shell remembers; 0 is none",
        example: "10000",
        unset: "",
        get: |settings| Some(settings.history_size.to_string()),
        set: |settings, value| number(value).map(|size| settings.history_size = size),
    },
    Setting {
        name: "editor",
        kind: Kind::Text,
        variable: "TRAILLAKE_EDITOR",
        about: "The editor for statements; without it $VISUAL, $EDITOR or vi",
        example: "\"nano\"",
        unset: "$VISUAL, $EDITOR or vi",
        get: |settings| settings.editor.clone(),
        set: |settings, value| given(value).map(|value| settings.editor = Some(value.to_owned())),
    },
    Setting {
        name: "null",
        kind: Kind::Text,
        variable: "TRAILLAKE_NULL",
        about: "What stands for NULL on a terminal",
        example: "\"NULL\"",
        unset: "",
        get: |settings| Some(settings.null.clone()),
        set: |settings, value| {
            settings.null = value.to_owned();
            Ok(())
        },
    },
];

fn given(value: &str) -> Result<&str, String> {
    Some(value).filter(|value| !value.trim().is_empty()).ok_or_else(|| "something other than blanks".to_owned())
}

fn number<N: std::str::FromStr>(value: &str) -> Result<N, String> {
    value.parse().map_err(|_| "a whole number from 0".to_owned())
}

fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        ON | "true" | "1" => Ok(true),
        OFF | "false" | "0" => Ok(false),
        _ => Err("on or off".to_owned()),
    }
}

/// A format that goes to a terminal as well as to a file.
fn format(value: &str) -> Result<Format, String> {
    let textual = |format: &Format| !format.is_binary();
    Format::from_str(value, true).ok().filter(textual).ok_or_else(|| {
        let known = Format::value_variants().iter().filter(|format| textual(format));
        let names: Vec<_> = known.filter_map(ValueEnum::to_possible_value).collect();
        names.iter().map(|name| name.get_name()).collect::<Vec<_>>().join(", ")
    })
}

/// The path with `~/` written out: a file and a variable are read by no shell that would do it.
fn at_home(path: &str) -> String {
    let home = path.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    home.map_or_else(|| path.to_owned(), |home| home.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_setting_gives_it_takes() {
        let mut names = std::collections::HashSet::new();
        for setting in SETTINGS {
            assert!(names.insert(setting.name), "{} stands twice", setting.name);
            assert_eq!(setting.variable, format!("TRAILLAKE_{}", setting.name.to_uppercase()));
            assert!(!setting.about.ends_with('.') && setting.about.len() <= 100, "{}", setting.name);
            let mut settings = Settings::default();
            match (setting.get)(&settings) {
                Some(default) => (setting.set)(&mut settings, &default).unwrap(),
                None => assert!(!setting.unset.is_empty(), "{}", setting.name),
            }
            assert_eq!(settings, Settings::default(), "{}", setting.name);
        }
    }

    #[test]
    fn switches_have_several_spellings_and_columnar_files_are_no_default() {
        assert_eq!((switch("ON"), switch("0")), (Ok(true), Ok(false)));
        assert!(switch("").is_err());
        assert_eq!(format("CSV"), Ok(Format::Csv));
        assert!(format("parquet").is_err());
    }

    #[test]
    fn only_a_path_below_the_home_directory_changes() {
        for same in ["./lake", "s3://security/lake", "~other/lake", "a~/b"] {
            assert_eq!(at_home(same), same);
        }
        assert!(at_home("~/lake").ends_with("/lake") && !at_home("~/lake").starts_with('~'));
    }
}
