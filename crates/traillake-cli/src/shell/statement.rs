//! The words of a statement as far as an editor cares: it is typed left to right and rarely whole.

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name, `$EDS_ID`.
    Word,
    Number,
    /// `'…'`
    Text,
    /// `"…"`
    Quoted,
    /// `-- …` or `/* … */`
    Comment,
    Space,
    /// Anything else, one character.
    Sign,
}

/// A piece of text and whether it is closed: a quote or a comment may still be open at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) closed: bool,
}

/// Cuts a statement into tokens; together they are the whole text.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while !rest.is_empty() {
        let (kind, length, closed) = first(rest);
        let (text, after) = rest.split_at(length);
        tokens.push(Token { kind, text, closed });
        rest = after;
    }
    tokens
}

fn first(text: &str) -> (Kind, usize, bool) {
    if text.starts_with("--") {
        return (Kind::Comment, text.find('\n').unwrap_or(text.len()), text.contains('\n'));
    }
    if let Some(inner) = text.strip_prefix("/*") {
        let end = inner.find("*/").map(|at| at + 4);
        return (Kind::Comment, end.unwrap_or(text.len()), end.is_some());
    }
    let run = |belongs: fn(char) -> bool| text.find(|letter| !belongs(letter)).unwrap_or(text.len());
    match text.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let (length, closed) = quoted(text, quote);
            (if quote == '"' { Kind::Quoted } else { Kind::Text }, length, closed)
        }
        Some(letter) if letter.is_whitespace() => (Kind::Space, run(char::is_whitespace), true),
        Some(letter) if letter.is_ascii_digit() => (Kind::Number, run(|c| c.is_ascii_alphanumeric() || c == '.'), true),
        Some(letter) if is_word(letter) => (Kind::Word, run(is_word), true),
        Some(letter) => (Kind::Sign, letter.len_utf8(), true),
        None => (Kind::Sign, 0, true),
    }
}

/// The length of a quoted text; a doubled quote stands for one.
fn quoted(text: &str, quote: char) -> (usize, bool) {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return (at + 1, true);
        }
    }
    (text.len(), false)
}

pub(super) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        let tokens = tokens(sql);
        assert_eq!(tokens.iter().map(|token| token.text).collect::<String>(), sql);
        tokens.iter().filter(|token| token.kind != Kind::Space).map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn every_kind_is_told() {
        assert_eq!(
            kinds("SELECT 1.5, 'it''s' AS \"a\"\"b\" -- c\nFROM $EDS_ID /* x */;"),
            [
                (Kind::Word, "SELECT"),
                (Kind::Number, "1.5"),
                (Kind::Sign, ","),
                (Kind::Text, "'it''s'"),
                (Kind::Word, "AS"),
                (Kind::Quoted, "\"a\"\"b\""),
                (Kind::Comment, "-- c"),
                (Kind::Word, "FROM"),
                (Kind::Word, "$EDS_ID"),
                (Kind::Comment, "/* x */"),
                (Kind::Sign, ";"),
            ]
        );
    }

    #[test]
    fn what_is_open_at_the_end_is_not_closed() {
        for sql in ["'ab", "'ab''", "\"ab", "/* ab", "-- ab", "'", "é '"] {
            assert!(!tokens(sql).last().unwrap().closed, "{sql}");
        }
        assert!(tokens("'ab'").last().unwrap().closed);
    }
}
