//! From text to the tokens the parser reads, every one with its place in the text as typed.

mod values;

use std::collections::HashMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, TokenizerError, Word};

use super::dialect::TrinoDialect;
use super::tables::bare_names;

/// The tokens of a statement: names in lower case, odd table names quoted, types of casts spelled as
/// the parser wants them.
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<TokenWithSpan>,
    pub(crate) spelling: Spelling,
}

/// How names were typed, found by where they stand.
#[derive(Debug, Default, Clone)]
pub(crate) struct Spelling(HashMap<(u64, u64), String>);

impl Spelling {
    /// The name at a place as typed, or the lower-case name when the place is unknown.
    pub(crate) fn of(&self, name: &str, at: Location) -> String {
        self.0
            .get(&(at.line, at.column))
            .filter(|typed| typed.to_lowercase() == name)
            .map_or_else(|| name.to_owned(), Clone::clone)
    }
}

pub(crate) fn tokenize(text: &str) -> Result<Tokens, TokenizerError> {
    let mut tokens = Vec::new();
    let mut done = 0;
    for name in bare_names(text) {
        plain(text, done, name.start, &mut tokens)?;
        let span = Span::new(location(text, name.start), location(text, name.end));
        let word =
            Word { value: text[name.start..name.end].to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword };
        tokens.push(TokenWithSpan::new(Token::Word(word), span));
        done = name.end;
    }
    plain(text, done, text.len(), &mut tokens)?;
    let spelling = lower_case(&mut tokens);
    spell_types(&mut tokens);
    let tokens = values::bracket_rows(tokens);
    Ok(Tokens { tokens, spelling })
}

/// Tokenizes a stretch and moves its tokens to where the stretch stands.
fn plain(text: &str, start: usize, end: usize, into: &mut Vec<TokenWithSpan>) -> Result<(), TokenizerError> {
    if start == end {
        return Ok(());
    }
    let origin = location(text, start);
    let moved = |at: Location| {
        let column = if at.line == 1 { at.column + origin.column - 1 } else { at.column };
        Location::new(at.line + origin.line - 1, column)
    };
    let mut tokenizer = Tokenizer::new(&TrinoDialect, &text[start..end]);
    let tokens = tokenizer
        .tokenize_with_location()
        .map_err(|error| TokenizerError { location: moved(error.location), message: error.message })?;
    into.extend(tokens.into_iter().map(|token| TokenWithSpan {
        span: Span::new(moved(token.span.start), moved(token.span.end)),
        token: token.token,
    }));
    Ok(())
}

/// Where a byte of the text stands.
pub(crate) fn location(text: &str, at: usize) -> Location {
    let before = &text[..at];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u64 + 1;
    Location::new(line, column)
}

/// Trino compares all names, quoted or not, without regard to case.
fn lower_case(tokens: &mut [TokenWithSpan]) -> Spelling {
    let mut spelling = Spelling::default();
    for token in tokens {
        if let Token::Word(word) = &mut token.token {
            let lower = word.value.to_lowercase();
            if lower != word.value {
                let at = token.span.start;
                let typed = std::mem::replace(&mut word.value, lower);
                spelling.0.insert((at.line, at.column), typed);
            }
        }
    }
    spelling
}

/// What a parenthesis belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Paren {
    Other,
    /// `cast(`, and whether its AS has passed.
    Cast {
        typed: bool,
    },
    /// `array(` or `row(` in a type: becomes angle brackets.
    Angle,
}

/// `ARRAY(T)` and `ROW(a T)` inside casts become `ARRAY<T>` and `STRUCT<a T>`, which the parser reads.
fn spell_types(tokens: &mut [TokenWithSpan]) {
    let mut open: Vec<Paren> = Vec::new();
    let mut previous: Option<usize> = None;
    for i in 0..tokens.len() {
        let in_type = open
            .iter()
            .rev()
            .find_map(|paren| match paren {
                Paren::Cast { typed } => Some(*typed),
                Paren::Other | Paren::Angle => None,
            })
            .unwrap_or(false);
        match &tokens[i].token {
            Token::Whitespace(_) => continue,
            Token::LParen => {
                let word = previous.map(|p| keyword(&tokens[p].token));
                let paren = match word {
                    Some(Keyword::CAST | Keyword::TRY_CAST) => Paren::Cast { typed: false },
                    Some(Keyword::ARRAY | Keyword::ROW) if in_type => Paren::Angle,
                    _ => Paren::Other,
                };
                if paren == Paren::Angle {
                    tokens[i].token = Token::Lt;
                    if word == Some(Keyword::ROW)
                        && let Some(p) = previous
                    {
                        tokens[p].token = Token::make_keyword("STRUCT");
                    }
                }
                open.push(paren);
            }
            Token::RParen => {
                if open.pop() == Some(Paren::Angle) {
                    tokens[i].token = Token::Gt;
                }
            }
            token => {
                if keyword(token) == Keyword::AS
                    && let Some(Paren::Cast { typed }) = open.last_mut()
                {
                    *typed = true;
                }
            }
        }
        previous = Some(i);
    }
}

fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}
