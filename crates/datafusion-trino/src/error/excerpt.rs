//! The line of a statement that a message is about, with carets under the place.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Error, Position};

/// Columns of a line that are shown; a longer one is cut around the place.
const COLUMNS: usize = 100;
/// Columns before the place that a cut line keeps.
const BEFORE: usize = 60;

/// A line of a text and a stretch of it. `Display` is two lines without a line end:
///
/// ```text
///   2 | FROM evnts
///     |      ^^^^^
/// ```
///
/// Tabs are shown as blanks, and wide characters count as two columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    number: u64,
    line: String,
    /// Columns before the stretch.
    margin: usize,
    /// Columns of the stretch, at least one.
    width: usize,
}

impl Excerpt {
    /// The line of `text` at a position, with the word that begins there marked; `None` when the text does
    /// not have such a line.
    pub fn new(text: &str, position: Position) -> Option<Excerpt> {
        let index = usize::try_from(position.line).ok()?.checked_sub(1)?;
        let line = text.split('\n').nth(index)?.trim_end_matches('\r');
        let column = usize::try_from(position.column).ok()?.checked_sub(1)?;
        let at = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let end = at + stretch(&line[at..]);
        let (before, marked, after) = (visible(&line[..at]), visible(&line[at..end]), visible(&line[end..]));
        let (cut, before) = last_columns(&before);
        let lead = if cut { "…" } else { "" };
        let margin = before.width() + lead.width();
        let width = marked.width().max(1);
        let room = COLUMNS.saturating_sub(margin + width).max(10);
        let (after, tail) = first_columns(&after, room);
        let line = format!("{lead}{before}{marked}{after}{tail}");
        Some(Excerpt { number: position.line, line, margin, width })
    }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.number.to_string();
        let digits = number.len();
        writeln!(f, "  {number} | {}", self.line)?;
        write!(f, "  {:digits$} | {:margin$}{}", "", "", "^".repeat(self.width), margin = self.margin)
    }
}

/// An error with the line it is about and its hint, as it may be shown to whoever typed the statement.
///
/// Made by [`Error::report`]; `Display` has no line end after its last line.
#[derive(Debug)]
pub struct Report<'a> {
    pub(super) error: &'a Error,
    pub(super) excerpt: Option<Excerpt>,
}

impl std::fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.error)?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        if let Some(hint) = self.error.hint() {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Bytes of the word, quoted text or sign at the start of a text.
fn stretch(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if first == '\'' || first == '"' {
        return text[1..].find(first).map_or(text.len(), |at| at + 2);
    }
    if is_word(first) || first == '<' && text[1..].starts_with(char::is_alphabetic) {
        return text.find(|c| !is_word(c)).unwrap_or(text.len()).max(first.len_utf8());
    }
    let sign = |c: char| "=<>!:|&~-+*/".contains(c);
    if sign(first) { text.find(|c| !sign(c)).unwrap_or(text.len()) } else { first.len_utf8() }
}

fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => "    ".to_owned(),
            c if c.is_control() => "\u{fffd}".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

/// What fits of the end of a text, and whether anything is left out.
fn last_columns(text: &str) -> (bool, &str) {
    if text.width() <= BEFORE {
        return (false, text);
    }
    let mut columns = 0;
    let fits = text.char_indices().rev().take_while(|(_, c)| {
        columns += c.width().unwrap_or(0);
        columns <= BEFORE
    });
    let from = fits.last().map_or(text.len(), |(at, _)| at);
    (true, &text[from..])
}

/// What fits of the start of a text, and a sign for what is left out.
fn first_columns(text: &str, room: usize) -> (&str, &'static str) {
    if text.width() <= room {
        return (text, "");
    }
    let mut columns = 0;
    let end = text.char_indices().find(|(_, c)| {
        columns += c.width().unwrap_or(0);
        columns >= room
    });
    (&text[..end.map_or(text.len(), |(at, _)| at)], "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, line: u64, column: u64) -> String {
        Excerpt::new(text, Position { line, column }).unwrap().to_string()
    }

    #[test]
    fn carets_stand_under_the_word() {
        for (text, line, column, expected) in [
            ("SELECT 1\nFROM evnts", 2, 6, "  2 | FROM evnts\n    |      ^^^^^"),
            ("SELECT '日本', x", 1, 14, "  1 | SELECT '日本', x\n    |                ^"),
            ("SELECT\tfoo", 1, 8, "  1 | SELECT    foo\n    |           ^^^"),
            ("a\r\nb 'c d' e\r\nf", 2, 3, "  2 | b 'c d' e\n    |   ^^^^^"),
            ("x == y", 1, 3, "  1 | x == y\n    |   ^^"),
            ("SELECT (", 1, 9, "  1 | SELECT (\n    |         ^"),
            ("é\u{1b}[x", 1, 2, "  1 | é\u{fffd}[x\n    |  ^"),
        ] {
            assert_eq!(shown(text, line, column), expected, "{text}");
        }
        assert_eq!(Excerpt::new("a", Position { line: 2, column: 1 }), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{} here {}", "a".repeat(200), "b".repeat(200));
        let shown = shown(&text, 1, 202);
        let (line, carets) = shown.split_once('\n').unwrap();
        assert!(line.width() <= COLUMNS + 10, "{line}");
        let at = carets.find('^').unwrap();
        assert!(line.starts_with("  1 | …a") && line.ends_with("b…"), "{line}");
        assert_eq!(line.chars().skip(at).take(4).collect::<String>(), "here");
    }
}
