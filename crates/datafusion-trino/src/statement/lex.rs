//! The coarse shape of a text: words, quoted names, strings, comments and the characters between.
//!
//! It is what has to be known *before* a tokenizer may run: where statements end, and which words
//! stand where a table name is expected.

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Blanks and line ends.
    Blank,
    /// `-- …` to the end of the line, or `/* … */`.
    Comment,
    /// `'…'` with doubled quotes inside.
    Text,
    /// `"…"` with doubled quotes inside.
    QuotedName,
    /// Letters, digits and underscores.
    Word,
    /// One other character.
    Mark(char),
}

/// A stretch of text; byte offsets into it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexeme {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// False for a string, quoted name or comment that the text ends in.
    pub(crate) closed: bool,
}

impl Lexeme {
    /// Neither blank nor comment.
    pub(crate) fn is_significant(&self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::Comment)
    }
}

/// Cuts a text into lexemes that cover it without gaps.
pub(crate) fn lexemes(text: &str) -> Vec<Lexeme> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(lexeme) = next(text, start) {
        start = lexeme.end;
        found.push(lexeme);
    }
    found
}

fn next(text: &str, start: usize) -> Option<Lexeme> {
    let rest = &text[start..];
    let first = rest.chars().next()?;
    let (kind, length, closed) = if first.is_whitespace() {
        (Kind::Blank, run(rest, char::is_whitespace), true)
    } else if rest.starts_with("--") {
        (Kind::Comment, rest.find('\n').unwrap_or(rest.len()), true)
    } else if let Some(comment) = rest.strip_prefix("/*") {
        match comment.find("*/") {
            Some(end) => (Kind::Comment, end + 4, true),
            None => (Kind::Comment, rest.len(), false),
        }
    } else if first == '\'' || first == '"' {
        let (length, closed) = quoted(rest, first);
        let kind = if first == '"' { Kind::QuotedName } else { Kind::Text };
        (kind, length, closed)
    } else if is_word(first) {
        (Kind::Word, run(rest, is_word), true)
    } else {
        (Kind::Mark(first), first.len_utf8(), true)
    };
    Some(Lexeme { kind, start, end: start + length, closed })
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Bytes of the leading run of characters that `belongs`.
pub(crate) fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Length of a quoted stretch with its quotes, and whether it is closed.
fn quoted(text: &str, quote: char) -> (usize, bool) {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote) {
        let end = from + at + 1;
        if !text[end..].starts_with(quote) {
            return (end, true);
        }
        from = end + 1;
    }
    (text.len(), false)
}

/// The statements of a script without their semicolons; blank ones left out.
pub(crate) fn split(script: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut start = 0;
    let mut substance = false;
    for lexeme in lexemes(script) {
        if lexeme.kind == Kind::Mark(';') {
            if substance {
                statements.push(script[start..lexeme.start].trim());
            }
            start = lexeme.end;
            substance = false;
        } else {
            substance |= lexeme.is_significant();
        }
    }
    if substance {
        statements.push(script[start..].trim());
    }
    statements
}

/// Whether a text typed at a prompt is whole: nothing but blanks, or ending in `;` outside quotes and
/// comments.
pub(crate) fn is_complete(text: &str) -> bool {
    let lexemes = lexemes(text);
    lexemes.iter().all(|l| l.closed)
        && lexemes.iter().rev().find(|l| l.is_significant()).is_none_or(|last| last.kind == Kind::Mark(';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_splits_outside_quotes_and_comments() {
        let script = "select ';' -- a;b\n; /* ; */ select \"x;y\" ;; -- end";
        assert_eq!(split(script), ["select ';' -- a;b", "/* ; */ select \"x;y\""]);
    }

    #[test]
    fn a_prompt_waits_for_the_semicolon() {
        assert!(is_complete(""));
        assert!(is_complete("select 1;  -- done"));
        assert!(!is_complete("select 1"));
        assert!(!is_complete("select 'a;"));
        assert!(!is_complete("select 1 /* ;"));
        assert!(!is_complete("select 'it''s;"));
    }
}
