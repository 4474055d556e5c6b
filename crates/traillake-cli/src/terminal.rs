//! What is at the other end of the standard streams, and how much of it there is.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use clap::ValueEnum;

/// The size assumed where a terminal does not say.
const WIDTH_ASSUMED: usize = 80;
const HEIGHT_ASSUMED: usize = 24;

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

/// What stands for NULL where people read.
static NULL: OnceLock<String> = OnceLock::new();

/// Settles what stands for NULL. The first word counts.
pub(crate) fn use_null(text: &str) {
    let _ = NULL.set(text.to_owned());
}

/// What results are shown on: decides widths, colours and the form of NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    /// The columns of a terminal; `None` for a file or a pipe, where nothing is ever cut.
    pub(crate) width: Option<usize>,
    /// The lines of a terminal.
    pub(crate) height: Option<usize>,
    /// Whether rows may be wider than the terminal.
    pub(crate) wide: bool,
    /// Whether text may be coloured.
    pub(crate) colour: bool,
}

impl Screen {
    /// A file or a pipe: all of every value, no colour.
    pub(crate) const NONE: Screen = Screen { width: None, height: None, wide: false, colour: false };

    /// Standard output as it is now; terminals change their size.
    pub(crate) fn of_stdout() -> Screen {
        match io::stdout().is_terminal() {
            false => Screen { colour: colour_wanted(false), ..Screen::NONE },
            true => {
                let (columns, lines) = size();
                Screen { width: Some(columns), height: Some(lines), wide: false, colour: colour_wanted(true) }
            }
        }
    }

    /// What stands for NULL: nothing in a file, where it is told from the empty text by the format or not at all.
    pub(crate) fn null(self) -> &'static str {
        if self.is_terminal() { NULL.get().map_or("NULL", String::as_str) } else { "" }
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
    /// Of errors.
    Red,
    Yellow,
    Green,
    Cyan,
    Blue,
    Magenta,
    /// Of values that say what went wrong.
    PlainRed,
    /// Background and text change places.
    Reverse,
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
            Style::Magenta => "35",
            Style::PlainRed => "31",
            Style::Reverse => "7",
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

/// Takes everything off the screen.
pub(crate) fn clear() {
    let _ = crossterm::execute!(
        io::stdout(),
        crossterm::terminal::Clear(crossterm::terminal::ClearType::All),
        crossterm::cursor::MoveTo(0, 0)
    );
}

/// Columns and lines.
pub(crate) fn size() -> (usize, usize) {
    let (columns, lines) = crossterm::terminal::size().unwrap_or_default();
    let told = |told: u16, assumed| if told > 0 { usize::from(told) } else { assumed };
    (told(columns, WIDTH_ASSUMED), told(lines, HEIGHT_ASSUMED))
}
