//! What is at the other end of the standard streams, and how much of it there is.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use clap::ValueEnum;

/// The columns assumed where a terminal does not say.
const WIDTH_ASSUMED: usize = 80;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// In files and pipes too
    Always,
    /// Nowhere
    Never,
}

/// What the user wants; a program has one standard output and one standard error.
static COLOUR: OnceLock<Colour> = OnceLock::new();

/// Settles when colours are used. The first word counts.
pub(crate) fn use_colour(colour: Colour) {
    let _ = COLOUR.set(colour);
}

/// What results are shown on: decides widths, colours and the form of NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    /// The columns of a terminal; `None` for a file or a pipe, where nothing is ever cut.
    pub(crate) width: Option<usize>,
    /// Whether text may be coloured.
    pub(crate) colour: bool,
}

impl Screen {
    /// A file or a pipe: all of every value, no colour.
    pub(crate) const NONE: Screen = Screen { width: None, colour: false };

    /// Standard output as it is now; terminals change their size.
    pub(crate) fn of_stdout() -> Screen {
        match io::stdout().is_terminal() {
            false => Screen { width: None, colour: colour_wanted(false) },
            true => Screen { width: Some(width()), colour: colour_wanted(true) },
        }
    }

    /// What stands for NULL: nothing in a file, where it is told from the empty text by the format or not at all.
    pub(crate) fn null(self) -> &'static str {
        if self.is_terminal() { "NULL" } else { "" }
    }

    /// Whether a person reads along.
    pub(crate) fn is_terminal(self) -> bool {
        self.width.is_some()
    }
}

/// A way to stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Dim,
    Bold,
    Red,
    Yellow,
    Green,
    Cyan,
    Blue,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Dim => "2",
            Style::Bold => "1",
            Style::Red => "1;31",
            Style::Yellow => "33",
            Style::Green => "32",
            Style::Cyan => "36",
            Style::Blue => "34",
        }
    }

    /// The text in this style, when colours are on.
    pub(crate) fn paint(self, text: &str, colour: bool) -> String {
        match colour {
            true => format!("\x1b[{}m{text}\x1b[0m", self.code()),
            false => text.to_owned(),
        }
    }
}

/// Whether a person reads standard error.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether standard error may be coloured.
pub(crate) fn stderr_colour() -> bool {
    colour_wanted(io::stderr().is_terminal())
}

/// Writes a line to standard error. That nobody listens there is no reason to stop.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// As the user wants it; else on a terminal, but for NO_COLOR (no-color.org) and terminals that cannot.
fn colour_wanted(is_terminal: bool) -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    match COLOUR.get().copied().unwrap_or(Colour::Auto) {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_terminal && !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

fn width() -> usize {
    let told = crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
    told.filter(|columns| *columns > 0).unwrap_or(WIDTH_ASSUMED)
}
