//! From text to the tokens the parser reads, every one with its place in the text as typed.

mod values;

use std::collections::HashMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Word};

use super::constants::{Fault, Piece, pieces};
use super::dialect::TrinoDialect;
use super::lex::lexemes;
use super::tables::bare_names;
use super::versions::{self, Versioned};
use super::{known_position, position};
use crate::error::Error;

/// The quotes of a table's name that is a parameter; no one can type them.
pub(super) const PARAMETER_QUOTE: char = '`';

/// The tokens of a statement: names in lower case, odd table names quoted, constants read.
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<TokenWithSpan>,
    /// The tables that are read in a version.
    pub(super) versioned: Vec<Versioned>,
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

/// Tokenizes a statement.
///
/// # Errors
/// [`Error::Syntax`] with the place: an open quote, a number that is none, a character no statement has.
pub(crate) fn tokenize(text: &str) -> Result<Tokens, Error> {
    let mut tokens = Vec::new();
    let mut done = 0;
    for piece in all_pieces(text)? {
        plain(text, done, piece.start, &mut tokens)?;
        let span = Span::new(location(text, piece.start), location(text, piece.end));
        tokens.push(TokenWithSpan::new(piece.token, span));
        done = piece.end;
    }
    plain(text, done, text.len(), &mut tokens)?;
    let spelling = lower_case(&mut tokens);
    let mut tokens = values::bracket_rows(tokens);
    let versioned = versions::take(&mut tokens)?;
    Ok(Tokens { tokens, versioned, spelling })
}

/// Bare table names, constants and parameters, in order.
fn all_pieces(text: &str) -> Result<Vec<Piece>, Error> {
    let lexemes = lexemes(text);
    let names = bare_names(text);
    let skip: Vec<_> = names.iter().map(|name| (name.start, name.end)).collect();
    let constants = pieces(text, &lexemes, &skip).map_err(|fault| in_place(fault, text))?;
    let mut all: Vec<Piece> = names
        .into_iter()
        .map(|name| {
            let value = text[name.start..name.end].to_owned();
            let quote = if value.starts_with([':', '?']) { PARAMETER_QUOTE } else { '"' };
            let word = Word { value, quote_style: Some(quote), keyword: Keyword::NoKeyword };
            Piece { start: name.start, end: name.end, token: Token::Word(word) }
        })
        .chain(constants)
        .collect();
    all.sort_by_key(|piece| piece.start);
    Ok(all)
}

fn in_place(fault: Fault, text: &str) -> Error {
    let error = Error::syntax(fault.message, known_position(location(text, fault.at)));
    match fault.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// Tokenizes a stretch and moves its tokens to where the stretch stands.
fn plain(text: &str, start: usize, end: usize, into: &mut Vec<TokenWithSpan>) -> Result<(), Error> {
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
        .map_err(|error| Error::syntax(error.message, Some(position(moved(error.location)))))?;
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

/// The keyword a token is; none when it is quoted or no word.
pub(super) fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}
