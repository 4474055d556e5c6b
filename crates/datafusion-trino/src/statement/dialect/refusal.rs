//! Errors of the parser that carry a hint and a place.
//!
//! The parser's own error is a text; what is put into it here is taken out again by [`read`].

use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token};

use crate::error::{Error, Position};

/// Between a message and its hint: no text that is typed holds it.
const HINT: char = '\u{1}';

pub(super) fn refuse(message: &str, hint: Option<&str>, at: Location) -> ParserError {
    let hint = hint.map_or_else(String::new, |hint| format!("{HINT}{hint}"));
    ParserError::ParserError(format!("{message}{hint} at Line: {}, Column: {}", at.line, at.column))
}

/// The next token is not what must stand there.
pub(super) fn expected<T>(parser: &Parser, what: &str) -> Result<T, ParserError> {
    let found = parser.peek_token_ref();
    Err(refuse(&format!("Expected: {what}, found: {}", found.token), None, found.span.start))
}

/// Takes the place and the hint out of the parser's text.
pub(in crate::statement) fn read(error: ParserError) -> Error {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        ParserError::RecursionLimitExceeded => {
            return Error::syntax("the statement is nested too deeply", None);
        }
    };
    let (text, position) = split_position(&text);
    match text.split_once(HINT) {
        Some((message, hint)) => Error::syntax(message, position).with_hint(hint),
        None => Error::syntax(in_plain_words(text), position),
    }
}

fn split_position(text: &str) -> (&str, Option<Position>) {
    let found = text.rfind(" at Line: ").and_then(|at| {
        let place = &text[at + " at Line: ".len()..];
        let (line, column) = place.split_once(", Column: ")?;
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        Some((&text[..at], (line > 0).then_some(Position { line, column })))
    });
    found.unwrap_or((text, None))
}

/// `Expected: an expression, found: EOF` as a sentence.
fn in_plain_words(text: &str) -> String {
    let Some((what, found)) = text.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) else {
        return text.to_owned();
    };
    let what = match what {
        ")" => "a closing parenthesis".to_owned(),
        "(" => "an opening parenthesis".to_owned(),
        "," => "a comma".to_owned(),
        "identifier" => "a name".to_owned(),
        "end of statement" => "the end of the statement".to_owned(),
        other => other.to_owned(),
    };
    format!("expected {what}, found {}", found_words(found))
}

/// A token as it is named in messages.
pub(in crate::statement) fn found_words(found: &str) -> String {
    match found {
        "EOF" => "the end of the statement".to_owned(),
        text if text.starts_with(['\'', '"']) => text.to_owned(),
        text => format!("\"{text}\""),
    }
}

/// A token as it stands in messages.
pub(in crate::statement) fn token_words(token: &Token) -> String {
    found_words(&token.to_string())
}
