//! What editing a line knows: completion, highlighting, and when a statement is whole.
//!
//! Nothing here waits for the lake: what its [`Catalog`] knows is looked up aside.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Changeset, Context, Helper};
use traillake::Statement;

mod catalog;
mod columns;
mod complete;
pub(crate) mod dot;
mod ending;
mod highlight;
mod matching;
mod place;
pub(crate) mod schema;
mod scope;
mod statement;
mod words;

pub(crate) use catalog::Catalog;
pub(crate) use ending::{Ending, ending};

/// How long a key may wait for values of the data.
const PATIENCE: Duration = Duration::from_millis(25);

/// Helps the line editor.
pub(crate) struct Editing {
    catalog: Catalog,
    colour: bool,
    /// Whether the last completion had one candidate.
    is_certain: AtomicBool,
}

impl Editing {
    pub(crate) fn new(catalog: Catalog, colour: bool) -> Self {
        Self { catalog, colour, is_certain: AtomicBool::new(false) }
    }
}

/// Whether a text can run: a dot-command, or statements up to a semicolon or `\g`.
pub(crate) fn is_complete(text: &str) -> bool {
    dot::is_command(text) || ending(text).is_some() || Statement::is_complete(text)
}

impl Helper for Editing {}

impl Hinter for Editing {
    type Hint = String;
}

impl Completer for Editing {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (before, after) = line.split_at(pos);
        let (start, candidates) = if dot::takes_file(before) {
            FilenameCompleter::new().complete(line, pos, context)?
        } else {
            let found = complete::complete(before, after, &self.catalog, PATIENCE);
            let pair = |one: complete::Candidate| Pair { display: one.display, replacement: one.replacement };
            (found.start, found.candidates.into_iter().map(pair).collect())
        };
        self.is_certain.store(candidates.len() == 1, Ordering::Relaxed);
        Ok((start, candidates))
    }

    /// Of several candidates takes what they have in common only where it begins with what is typed: otherwise it would
    /// take back what tells them from others. What stands behind the cursor already is not repeated.
    fn update(&self, line: &mut LineBuffer, start: usize, elected: &str, changes: &mut Changeset) {
        let end = line.pos();
        let typed = line.get(start..end).unwrap_or_default();
        if !self.is_certain.load(Ordering::Relaxed) && !matching::begins(elected, typed) {
            return;
        }
        let closing = elected.chars().last().filter(|last| matches!(last, '\'' | '"' | '('));
        let doubled = closing.filter(|closing| line.get(end..).is_some_and(|after| after.starts_with(*closing)));
        line.replace(start..end + doubled.map_or(0, char::len_utf8), elected, changes);
    }
}

impl Highlighter for Editing {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        match self.colour {
            true => Cow::Owned(highlight::highlight(line)),
            false => Cow::Borrowed(line),
        }
    }

    fn highlight_char(&self, _line: &str, _pos: usize, kind: CmdKind) -> bool {
        self.colour && kind != CmdKind::MoveCursor
    }
}

impl Validator for Editing {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}
