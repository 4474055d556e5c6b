//! From tokens to the tree of one query, and what to say when there is none.

use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::diagnosis::{self, Place};
use super::dialect::{TrinoDialect, refusal};
use super::tokens::Tokens;
use super::{known_position, position, tokens};
use crate::error::Error;

/// Reads one query; `text` is what the tokens come from.
///
/// # Errors
/// [`Error::NotASelect`] and [`Error::Syntax`] with place and hint.
pub(super) fn query(tokens: &Tokens, text: &str) -> Result<Box<Query>, Error> {
    let significant: Vec<TokenWithSpan> =
        tokens.tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).cloned().collect();
    let Some(first) = significant.first() else { return Err(Error::Empty) };
    if !starts_query(&first.token) {
        let found = tokens.spelling.of(&first.token.to_string(), first.span.start).to_uppercase();
        return Err(Error::NotASelect { found, position: known_position(first.span.start) });
    }
    diagnosis::check_brackets(&significant)?;
    diagnosis::check_habits(&significant)?;
    read(significant.clone()).map_err(|outer| {
        let error = innermost(&significant).unwrap_or(outer);
        let end = tokens::location(text, text.trim_end().len());
        let place = Place::of(&significant, error.position());
        diagnosis::explain(error, &place, &tokens.spelling, position(end))
    })
}

fn read(tokens: Vec<TokenWithSpan>) -> Result<Box<Query>, Error> {
    let mut parser = Parser::new(&TrinoDialect).with_tokens_with_locations(tokens);
    let query = parser.parse_query().map_err(refusal::read)?;
    let next = parser.peek_token_ref();
    match &next.token {
        Token::EOF => Ok(query),
        token => {
            let message = format!("the statement ends before {}", refusal::token_words(token));
            Err(Error::syntax(message, known_position(next.span.start)))
        }
    }
}

/// The error of the first query in parentheses that is wrong in itself. The parser tries a parenthesis in
/// FROM in several ways and reports the last of them, wherever the mistake is.
fn innermost(tokens: &[TokenWithSpan]) -> Option<Error> {
    let mut open = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::LParen => open.push(i),
            Token::RParen => {
                let from = open.pop()? + 1;
                if tokens.get(from).is_some_and(|first| is_query(&first.token))
                    && let Err(error) = read(tokens[from..i].to_vec())
                {
                    let end = known_position(token.span.start);
                    return Some(match error {
                        Error::Syntax { message, position: None, hint } => {
                            Error::Syntax { message, position: end, hint }
                        }
                        other => other,
                    });
                }
            }
            _ => {}
        }
    }
    None
}

fn is_query(token: &Token) -> bool {
    matches!(token, Token::Word(word) if matches!(word.value.as_str(), "select" | "with" | "values"))
}

fn starts_query(token: &Token) -> bool {
    match token {
        Token::LParen => true,
        Token::Word(word) if word.quote_style.is_none() => {
            matches!(word.value.as_str(), "select" | "with" | "values" | "table")
        }
        _ => false,
    }
}
