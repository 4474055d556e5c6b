//! Constants and parameters that the tokenizer does not read, or not as Trino does: `1_000`, `0x1F`,
//! `X'6B 65'`, `U&'\00e9' UESCAPE '\'`, `?`, `:name`, `$Name$`.

mod number;
mod text;

use datafusion::sql::sqlparser::tokenizer::Token;

use super::lex::{Kind, Lexeme, is_word, run};

/// A stretch of text that is one token; byte offsets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) token: Token,
}

/// Something that no statement may hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// Byte offset of where it stands.
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into(), hint: None }
    }

    fn with_hint(self, hint: impl Into<String>) -> Fault {
        Fault { hint: Some(hint.into()), ..self }
    }
}

/// The constants and parameters of a text, in order, among lexemes that cover it.
///
/// `skip` are stretches that are read already.
pub(crate) fn pieces(text: &str, lexemes: &[Lexeme], skip: &[(usize, usize)]) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut previous: Option<&Lexeme> = None;
    for (i, lexeme) in lexemes.iter().enumerate() {
        if lexeme.start < done || skip.iter().any(|(start, end)| (*start..*end).contains(&lexeme.start)) {
            continue;
        }
        if let Some(piece) = piece(text, &lexemes[i..], previous)? {
            done = piece.end;
            pieces.push(piece);
        }
        if lexeme.is_significant() {
            previous = Some(lexeme);
        }
    }
    Ok(pieces)
}

/// The piece that begins at the first of `rest`; `previous` is the last lexeme before it that is neither
/// blank nor comment.
fn piece(text: &str, rest: &[Lexeme], previous: Option<&Lexeme>) -> Result<Option<Piece>, Fault> {
    let Some(lexeme) = rest.first() else { return Ok(None) };
    let (start, from) = (lexeme.start, &text[lexeme.start..]);
    let touching = previous.filter(|before| before.end == start);
    let piece = |end, token| Ok(Some(Piece { start, end, token }));
    let number = || {
        let read = number::read(from).map(|(length, token)| Piece { start, end: start + length, token });
        read.map(Some).map_err(|message| Fault::new(start, message))
    };
    match lexeme.kind {
        Kind::Text if !lexeme.closed => {
            Err(Fault::new(start, "the text is not closed").with_hint("a quote inside a text is doubled: 'it''s'"))
        }
        Kind::QuotedName if !lexeme.closed => Err(Fault::new(start, "the name in double quotes is not closed")),
        Kind::Comment if !lexeme.closed => Err(Fault::new(start, "the comment is not closed by */")),
        Kind::Word if from.starts_with(|c: char| c.is_ascii_digit()) => number(),
        Kind::Mark('.') if from[1..].starts_with(|c: char| c.is_ascii_digit()) && !touching.is_some_and(ends_value) => {
            number()
        }
        Kind::Word if lexeme.end == start + 1 => match rest {
            [_, quoted, ..] if quoted.kind == Kind::Text && from.starts_with(['x', 'X']) => {
                let digits = text::hexadecimal(inside(text, quoted)).map_err(|message| Fault::new(start, message))?;
                piece(quoted.end, Token::HexStringLiteral(digits))
            }
            [_, and, quoted, after @ ..]
                if and.kind == Kind::Mark('&') && quoted.kind == Kind::Text && from.starts_with(['u', 'U']) =>
            {
                let read = text::unicode(text, quoted, after);
                let (end, decoded) = read.map_err(|(at, message)| Fault::new(at, message))?;
                piece(end, Token::SingleQuotedString(decoded))
            }
            _ => Ok(None),
        },
        Kind::Mark('?') => piece(start + 1, Token::Placeholder("?".to_owned())),
        Kind::Mark(':') if !touching.is_some_and(ends_value) && !previous.is_some_and(ends_constant) => {
            match named(&from[1..]) {
                0 => Ok(None),
                length => piece(start + 1 + length, Token::Placeholder(from[..=length].to_owned())),
            }
        }
        Kind::Mark('$') => match named(&from[1..]) {
            0 => Ok(None),
            length => {
                let closing = usize::from(from[1 + length..].starts_with('$'));
                let length = 1 + length + closing;
                piece(start + length, Token::Placeholder(from[..length].to_owned()))
            }
        },
        Kind::Mark(mark) => odd_mark(text, mark, start).map_or(Ok(None), Err),
        _ => Ok(None),
    }
}

/// What stands between the quotes; an open end has been refused before.
fn inside<'a>(text: &'a str, quoted: &Lexeme) -> &'a str {
    text.get(quoted.start + 1..quoted.end - 1).unwrap_or_default()
}

/// Bytes of a name at the start of the text.
fn named(text: &str) -> usize {
    match text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        true => run(text, is_word),
        false => 0,
    }
}

/// Whether a value, a name or a keyword ends here.
fn ends_value(lexeme: &Lexeme) -> bool {
    lexeme.kind == Kind::Word || ends_constant(lexeme)
}

/// Whether what ends here is a value and no keyword.
fn ends_constant(lexeme: &Lexeme) -> bool {
    matches!(lexeme.kind, Kind::QuotedName | Kind::Text | Kind::Mark(')' | ']' | ':'))
}

/// Marks that come with habits from elsewhere, or from a word processor.
fn odd_mark(text: &str, mark: char, at: usize) -> Option<Fault> {
    Some(match mark {
        '`' => {
            let name = text[at + 1..].split('`').next().unwrap_or_default();
            let fault = Fault::new(at, "a backtick does not quote names");
            fault.with_hint(format!("names stand in double quotes, when they need any: \"{name}\""))
        }
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => {
            Fault::new(at, format!("{mark} is a typographic quote")).with_hint("text stands in straight quotes: 'text'")
        }
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}' => {
            let fault = Fault::new(at, format!("{mark} is a typographic quote"));
            fault.with_hint("names stand in straight double quotes, text in straight single quotes")
        }
        '\u{2013}' | '\u{2014}' | '\u{2212}' => {
            Fault::new(at, format!("{mark} is a typographic dash")).with_hint("the minus sign is -")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::lex::lexemes;
    use super::*;

    fn tokens(text: &str) -> String {
        match pieces(text, &lexemes(text), &[]) {
            Ok(pieces) => pieces.iter().map(|p| format!("{}@{}", p.token, p.start)).collect::<Vec<_>>().join(" "),
            Err(fault) => format!("{}: {}", fault.at, fault.message),
        }
    }

    #[test]
    fn constants_are_read_as_trino_reads_them() {
        for (text, expected) in [
            ("1_000 + 0x1F", "1000@0 31@8"),
            ("0b101, 0o17, 0XFF_FF", "5@0 15@7 65535@13"),
            ("1. .5 1.5e-3 1E5", "1.@0 .5@3 1.5e-3@6 1E5@13"),
            ("t.a1, a[1].b", "1@8"),
            ("X'6B 65' x''", "X'6B65'@0 X''@9"),
            (r"U&'\00e9' u&'!0041' uescape '!'", "'é'@0 'A'@10"),
            (r"U&'a\\b''c\+01F600'", r"'a\b'c😀'@0"),
            ("x > ? and y = :since or z = $StartTime$", "?@4 :since@14 $StartTime$@28"),
            ("json_object('a':b) x::bigint", ""),
            ("'1 ? :a' -- 5\n\"2\" /* 3 */", ""),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (text, expected) in [
            ("1 + 2a", "4: a name that begins with a digit stands in double quotes: \"2a\""),
            ("1__0", "0: a number has one underscore between digits at most"),
            ("0x", "0: 0x needs digits behind it"),
            ("0b12", "0: \"0b12\" is not a binary number"),
            ("0xFFFFFFFFFFFFFFFF", "0: 0xFFFFFFFFFFFFFFFF is larger than bigint can hold"),
            ("x = X'6'", "4: a binary text has two hexadecimal digits for each byte"),
            ("X'zz'", "0: \"z\" is not a hexadecimal digit"),
            (r"U&'\00'", "3: an escape is followed by four hexadecimal digits, or by + and six"),
            (r"U&'\d800'", r"3: \d800 is half of a character"),
            (
                "U&'a' UESCAPE 'xy'",
                "14: UESCAPE takes one character that is no hexadecimal digit, quote, plus or blank",
            ),
            ("a = 'b", "4: the text is not closed"),
            ("a /* b", "2: the comment is not closed by */"),
            ("`a`", "0: a backtick does not quote names"),
            ("a = ‘b’", "4: ‘ is a typographic quote"),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }
}
