//! What is shown dim behind the cursor: the signature of the function whose parenthesis is open, or the rest of the
//! statement that was typed before.

use rustyline::Context;
use rustyline::history::SearchDirection;

use super::catalog::Catalog;
use super::place::call;
use super::statement::{Kind, Token, tokens};
use crate::output::cut;

/// Shorter beginnings could be that of anything.
const REMEMBERED_BYTES_MIN: usize = 3;

/// In less room no hint can be read.
const COLUMNS_MIN: usize = 10;

/// A hint, and what the right arrow adds to the line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    shown: String,
    added: Option<String>,
}

impl rustyline::hint::Hint for Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.added.as_deref()
    }
}

/// The hint at the end of a line, in so many columns.
pub(super) fn hint(line: &str, catalog: &Catalog, context: &Context, columns: usize) -> Option<Hint> {
    let hint = signature(line, catalog).or_else(|| remembered(line, context))?;
    (columns > COLUMNS_MIN).then(|| Hint { shown: cut(&hint.shown, columns).into_owned(), ..hint })
}

/// The signature of the function whose parenthesis is open: of several that with as many arguments as are begun.
fn signature(line: &str, catalog: &Catalog) -> Option<Hint> {
    let tokens = tokens(line);
    let is_significant = |token: &Token| !matches!(token.kind, Kind::Space | Kind::Comment);
    let tokens: Vec<Token> = tokens.into_iter().filter(is_significant).collect();
    // What is typed inside a text is not to be pushed about.
    if tokens.last()?.kind == Kind::Text && !tokens.last()?.closed {
        return None;
    }
    let (name, arguments) = call(&tokens)?;
    let function = catalog.function(name)?;
    let begun = 1 + commas(arguments.iter().map(|token| token.text));
    let takes = |signature: &str| 1 + commas(signature.split_inclusive(['(', ')', ',']).filter_map(last_sign).skip(1));
    let fitting = function.signatures.iter().find(|signature| takes(signature) >= begun);
    let signature = fitting.or(function.signatures.last())?;
    Some(Hint { shown: format!("  {}", signature.replace("->", "→")), added: None })
}

fn last_sign(piece: &str) -> Option<&str> {
    piece.char_indices().last().map(|(at, _)| &piece[at..])
}

/// Commas outside of inner parentheses.
fn commas<'a>(signs: impl Iterator<Item = &'a str>) -> usize {
    let (mut depth, mut commas) = (0_usize, 0);
    for sign in signs {
        match sign {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas
}

/// The rest of the newest statement that begins with the line; of several lines the first is shown.
fn remembered(line: &str, context: &Context) -> Option<Hint> {
    if line.trim_start().len() < REMEMBERED_BYTES_MIN {
        return None;
    }
    let newest = context.history().len().checked_sub(1)?;
    let found = context.history().starts_with(line, newest, SearchDirection::Reverse).ok()??;
    let rest = found.entry.strip_prefix(line).filter(|rest| !rest.is_empty())?;
    let shown = match rest.split_once('\n') {
        Some((first, _)) => format!("{first} …"),
        None => rest.to_owned(),
    };
    Some(Hint { shown, added: Some(rest.to_owned()) })
}

#[cfg(test)]
mod tests {
    use rustyline::history::{DefaultHistory, History};

    use super::super::catalog::tests::known;
    use super::*;

    fn shown(line: &str) -> Option<String> {
        let mut history = DefaultHistory::new();
        for entry in ["SELECT 1 FROM trail;", "SELECT count(*)\n           FROM trail;"] {
            history.add(entry).unwrap();
        }
        hint(line, &known(), &Context::new(&history), 60).map(|hint| hint.shown)
    }

    #[test]
    fn an_open_function_tells_its_signature() {
        for (line, expected) in [
            ("SELECT date_trunc(", "date_trunc(unit, x) → [same as input]"),
            ("SELECT max(Date_Diff('day', a, ", "date_diff(unit, timestamp1, timestamp2) → bigint"),
            ("SELECT substr(lower(a), 1, ", "substr(string, start, length) → varchar"),
            ("SELECT substr(", "substr(string, start) → varchar"),
        ] {
            assert_eq!(shown(line).as_deref(), Some(format!("  {expected}").as_str()), "{line}");
        }
        for line in ["SELECT date_trunc('day', a)", "SELECT nothing(", "SELECT (", "SELECT date_trunc('d"] {
            assert_eq!(shown(line), None, "{line}");
        }
    }

    #[test]
    fn a_hint_keeps_to_its_line() {
        let history = DefaultHistory::new();
        let hint = |columns| hint("SELECT date_diff(", &known(), &Context::new(&history), columns);
        assert_eq!(hint(20).map(|hint| hint.shown).as_deref(), Some("  date_diff(unit, t…"));
        assert_eq!(hint(10), None);
    }

    #[test]
    fn what_was_typed_before_is_shown_again() {
        assert_eq!(shown("SELECT 1").as_deref(), Some(" FROM trail;"));
        assert_eq!(shown("SELECT c").as_deref(), Some("ount(*) …"));
        assert_eq!(shown("SE"), None);
        assert_eq!(shown("SELECT 1 FROM trail;"), None);
    }
}
