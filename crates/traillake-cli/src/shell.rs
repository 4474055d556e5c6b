//! What editing a line knows: completion, highlighting, and when a statement is whole.
//!
//! Nothing here touches the lake; the session (`command::shell`) keeps the names of its stores up to date.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use traillake::Statement;

mod complete;
pub(crate) mod dot;
mod ending;
mod highlight;
pub(crate) mod schema;
mod statement;
mod words;

pub(crate) use ending::{Ending, ending};

/// The names of the event data stores, shared with whoever looks them up.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoreNames(Arc<RwLock<Vec<String>>>);

impl StoreNames {
    pub(crate) fn set(&self, names: Vec<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = names;
    }

    fn get(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Helps the line editor.
pub(crate) struct Editing {
    stores: StoreNames,
    colour: bool,
}

impl Editing {
    pub(crate) fn new(stores: StoreNames, colour: bool) -> Self {
        Self { stores, colour }
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
        if dot::takes_file(&line[..pos]) {
            return FilenameCompleter::new().complete(line, pos, context);
        }
        let found = complete::complete(&line[..pos], &self.stores.get());
        let pair = |text: String| Pair { display: text.clone(), replacement: text };
        Ok((found.start, found.candidates.into_iter().map(pair).collect()))
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
