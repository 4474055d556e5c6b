//! What editing a line knows: completion, highlighting, hints, and when a statement is whole.
//!
//! Nothing here waits for the lake: what its [`Catalog`] knows is looked up aside.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Changeset, Context, Helper};
use traillake::Statement;
use unicode_width::UnicodeWidthStr;

use crate::config::StatementEnd;
use crate::terminal::{self, Style};

mod catalog;
mod columns;
mod complete;
pub(crate) mod dot;
mod ending;
pub(crate) mod functions;
mod highlight;
mod hint;
mod keys;
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
    ends_at: StatementEnd,
    /// The columns of the prompt.
    margin: Arc<AtomicUsize>,
    /// Whether the last completion had one candidate.
    is_certain: AtomicBool,
    /// Whether the line is shown for the last time, as it was typed.
    is_final: AtomicBool,
}

impl Editing {
    pub(crate) fn new(catalog: Catalog, colour: bool, ends_at: StatementEnd) -> Self {
        let margin = Arc::default();
        let (is_certain, is_final) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { catalog, colour, ends_at, margin, is_certain, is_final }
    }

    /// Says which prompt the first line stands behind: further lines begin below its text.
    pub(crate) fn stand_behind(&self, prompt: &str) {
        self.margin.store(prompt.width(), Ordering::Relaxed);
    }
}

/// Whether a text can run: a dot-command, or statements up to a semicolon or `\g`.
pub(crate) fn is_complete(text: &str) -> bool {
    dot::is_command(text) || ending(text).is_some() || Statement::is_complete(text)
}

/// Whether a text that is being typed can run.
fn is_whole(text: &str, ends_at: StatementEnd) -> bool {
    let is_at_empty_line = || text.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty());
    is_complete(text) || ends_at == StatementEnd::EmptyLine && is_at_empty_line()
}

impl Helper for Editing {}

impl Hinter for Editing {
    type Hint = hint::Hint;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<hint::Hint> {
        let (before, after) = line.split_at(pos);
        complete::anticipate(before, after, &self.catalog);
        // Without colours a hint would look typed.
        if !self.colour || !after.is_empty() || dot::is_command(line) {
            return None;
        }
        let typed = match line.rsplit_once('\n') {
            Some((_, last)) => last.width(),
            None => self.margin.load(Ordering::Relaxed) + line.width(),
        };
        let (columns, _) = terminal::size();
        hint::hint(line, &self.catalog, context, (columns - 1).saturating_sub(typed))
    }
}

impl Completer for Editing {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (before, after) = line.split_at(pos);
        let (start, candidates) = if dot::takes_file(before) {
            FilenameCompleter::new().complete(line, pos, context)?
        } else {
            let found = complete::complete(before, after, &self.catalog, PATIENCE).within(terminal::size());
            let pair = |one: complete::Candidate| Pair { display: one.display, replacement: one.replacement };
            (found.start, found.candidates.into_iter().map(pair).collect())
        };
        self.is_certain.store(candidates.len() == 1, Ordering::Relaxed);
        Ok((start, candidates))
    }

    fn update(&self, line: &mut LineBuffer, start: usize, elected: &str, changes: &mut Changeset) {
        let is_certain = self.is_certain.load(Ordering::Relaxed);
        if let Some(replaced) = replaced(line, start..line.pos(), elected, is_certain) {
            line.replace(replaced, elected, changes);
        }
    }
}

/// The piece of a line that what is elected takes the place of.
///
/// What several candidates have in common is taken only where it begins with what is typed: otherwise it would take back
/// what tells them from others. A quote or parenthesis behind the cursor is not repeated.
fn replaced(line: &str, typed: Range<usize>, elected: &str, is_certain: bool) -> Option<Range<usize>> {
    if !is_certain && !matching::begins(elected, line.get(typed.clone())?) {
        return None;
    }
    let closing = elected.chars().last().filter(|last| matches!(last, '\'' | '"' | '('));
    let doubled = closing.filter(|closing| line.get(typed.end..).is_some_and(|after| after.starts_with(*closing)));
    Some(typed.start..typed.end + doubled.map_or(0, char::len_utf8))
}

impl Highlighter for Editing {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        let cursor = (!self.is_final.load(Ordering::Relaxed)).then_some(pos);
        match self.colour {
            true => Cow::Owned(highlight::highlight(line, cursor, |name| self.catalog.function(name).is_some())),
            false => Cow::Borrowed(line),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(Style::Dim.paint(hint, self.colour))
    }

    fn highlight_char(&self, line: &str, pos: usize, kind: CmdKind) -> bool {
        self.is_final.store(kind == CmdKind::ForcedRefresh, Ordering::Relaxed);
        self.colour
            && match kind {
                CmdKind::MoveCursor => highlight::is_at_bracket(line, pos),
                CmdKind::Other => true,
                CmdKind::ForcedRefresh => false,
            }
    }
}

impl Validator for Editing {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(context.input(), self.ends_at) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_ends_a_statement_where_it_is_to() {
        for (text, by_semicolon, by_empty_line) in [
            ("SELECT 1;", true, true),
            ("SELECT 1", false, false),
            ("SELECT 1\n  ", false, true),
            ("SELECT 1\nFROM t", false, false),
            (".help", true, true),
        ] {
            assert_eq!(is_whole(text, StatementEnd::Semicolon), by_semicolon, "{text}");
            assert_eq!(is_whole(text, StatementEnd::EmptyLine), by_empty_line, "{text}");
        }
    }

    fn updated(typed: &str, after: &str, elected: &str, is_certain: bool) -> String {
        let mut line = format!("= {typed}{after}");
        if let Some(range) = replaced(&line, 2..2 + typed.len(), elected, is_certain) {
            line.replace_range(range, elected);
        }
        line
    }

    #[test]
    fn what_is_taken_neither_repeats_a_quote_nor_takes_back_what_is_typed() {
        assert_eq!(updated("'put", "", "'PutObject'", true), "= 'PutObject'");
        assert_eq!(updated("'put", "' AND", "'PutObject'", true), "= 'PutObject' AND");
        assert_eq!(updated("coun", "(*)", "count(", true), "= count(*)");
        assert_eq!(updated("'buckpol", "", "'PutBucketPolicy'", true), "= 'PutBucketPolicy'");
        // Of several, what they have in common.
        assert_eq!(updated("'put", "", "'PutBucket", false), "= 'PutBucket");
        assert_eq!(updated("'po", "", "'Put", false), "= 'po");
    }
}
