//! What a mistake in the syntax probably was.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::dialect::{is_reserved, refusal::found_words};
use super::known_position;
use super::tokens::Spelling;
use crate::error::{Error, Position};

/// Every bracket has its partner.
pub(super) fn check_brackets(tokens: &[TokenWithSpan]) -> Result<(), Error> {
    let mut open: Vec<&TokenWithSpan> = Vec::new();
    for token in tokens {
        let opening = match token.token {
            Token::LParen | Token::LBracket => {
                open.push(token);
                continue;
            }
            Token::RParen => Token::LParen,
            Token::RBracket => Token::LBracket,
            _ => continue,
        };
        match open.pop() {
            Some(partner) if partner.token == opening => {}
            Some(partner) => return Err(unclosed(partner)),
            None => {
                let message = format!("\"{}\" closes nothing that is open", token.token);
                return Err(Error::syntax(message, known_position(token.span.start)));
            }
        }
    }
    open.pop().map_or(Ok(()), |token| Err(unclosed(token)))
}

fn unclosed(token: &TokenWithSpan) -> Error {
    Error::syntax(format!("\"{}\" is not closed", token.token), known_position(token.span.start))
}

/// The tokens around the place of an error.
pub(super) struct Place<'a> {
    before: &'a [TokenWithSpan],
    found: Option<&'a TokenWithSpan>,
    after: Option<&'a TokenWithSpan>,
}

impl<'a> Place<'a> {
    /// An unknown position is the end.
    pub(super) fn of(tokens: &'a [TokenWithSpan], position: Option<Position>) -> Self {
        let at = position.and_then(|position| {
            tokens.iter().position(|t| (t.span.start.line, t.span.start.column) == (position.line, position.column))
        });
        let at = at.unwrap_or(tokens.len());
        Self { before: &tokens[..at], found: tokens.get(at), after: tokens.get(at + 1) }
    }

    /// The clauses that begin before the place in the same query, last first.
    fn clauses(&self) -> impl Iterator<Item = usize> {
        let mut depth = 0_i32;
        let outside = self.before.iter().rev().take_while(move |token| {
            match token.token {
                Token::RParen => depth += 1,
                Token::LParen => depth -= 1,
                _ => {}
            }
            depth >= 0
        });
        let mut depth = 0_i32;
        outside.filter_map(move |token| {
            match token.token {
                Token::RParen => depth += 1,
                Token::LParen => depth -= 1,
                _ => {}
            }
            if depth == 0 { clause(&token.token) } else { None }
        })
    }
}

/// The clauses in the order they are written.
const CLAUSES: [(Keyword, &str); 9] = [
    (Keyword::SELECT, "SELECT"),
    (Keyword::FROM, "FROM"),
    (Keyword::WHERE, "WHERE"),
    (Keyword::GROUP, "GROUP BY"),
    (Keyword::HAVING, "HAVING"),
    (Keyword::WINDOW, "WINDOW"),
    (Keyword::ORDER, "ORDER BY"),
    (Keyword::OFFSET, "OFFSET"),
    (Keyword::LIMIT, "LIMIT"),
];

fn clause(token: &Token) -> Option<usize> {
    let Token::Word(word) = token else { return None };
    let plain = word.quote_style.is_none();
    CLAUSES.iter().position(|(keyword, _)| plain && *keyword == word.keyword)
}

/// Adds a place where there is none, names what was found as it was typed, and says what was probably meant.
pub(super) fn explain(error: Error, place: &Place, spelling: &Spelling, end: Position) -> Error {
    let Error::Syntax { message, position, hint } = error else { return error };
    let position = Some(position.unwrap_or(end));
    let message = match place.found {
        Some(found) => as_typed(message, found, spelling),
        None => message,
    };
    let hint = hint.or_else(|| probable(place, spelling));
    Error::Syntax { message, position, hint }
}

/// The message with the token it found in the letter case of the text.
fn as_typed(message: String, found: &TokenWithSpan, spelling: &Spelling) -> String {
    let Token::Word(word) = &found.token else { return message };
    let typed = spelling.of(&word.value, found.span.start);
    let (lower, typed) = (found_words(&word.value), found_words(&typed));
    match message.strip_suffix(&lower) {
        Some(start) => format!("{start}{typed}"),
        None => message,
    }
}

fn probable(place: &Place, spelling: &Spelling) -> Option<String> {
    let last = place.before.last();
    let Some(found) = place.found else {
        return last.and_then(|token| misspelt(token, spelling));
    };
    surplus_comma(last, found)
        .or_else(|| clause_order(place, found))
        .or_else(|| misspelt(found, spelling))
        .or_else(|| last.and_then(|token| misspelt(token, spelling)))
        .or_else(|| reserved(place, found, spelling))
        .or_else(|| missing_comma(place, found, spelling))
}

fn surplus_comma(last: Option<&TokenWithSpan>, found: &TokenWithSpan) -> Option<String> {
    let ends = matches!(found.token, Token::RParen | Token::RBracket) || clause(&found.token).is_some();
    (last?.token == Token::Comma && ends).then(|| "there is a comma too many before it".to_owned())
}

fn clause_order(place: &Place, found: &TokenWithSpan) -> Option<String> {
    if let Token::Word(word) = &found.token
        && matches!(word.keyword, Keyword::JOIN | Keyword::LEFT | Keyword::INNER | Keyword::CROSS)
        && place.clauses().next() == Some(2)
    {
        return Some("joins belong to FROM and stand before WHERE".to_owned());
    }
    let found = clause(&found.token)?;
    let (_, name) = CLAUSES[found];
    let later: Vec<usize> = place.clauses().take_while(|clause| *clause != 0).collect();
    if later.contains(&found) && found == 2 {
        return Some("there is one WHERE: join its conditions with AND or OR".to_owned());
    }
    if later.contains(&found) {
        return Some(format!("there is one {name} in a query"));
    }
    let first_behind = later.into_iter().filter(|clause| *clause > found).min()?;
    Some(format!("{name} stands before {}", CLAUSES[first_behind].1))
}

/// A word that is nearly the keyword of a clause.
fn misspelt(token: &TokenWithSpan, spelling: &Spelling) -> Option<String> {
    let Token::Word(word) = &token.token else { return None };
    if word.quote_style.is_some() || is_reserved(word) || word.value.len() < 4 {
        return None;
    }
    let keywords = ["select", "from", "where", "group", "having", "order", "limit", "join", "union"];
    let near = |keyword: &&&str| strsim::damerau_levenshtein(&word.value, keyword) == 1;
    let keyword = keywords.iter().find(near)?.to_uppercase();
    let typed = spelling.of(&word.value, token.span.start);
    Some(format!("is \"{typed}\" meant to be {keyword}?"))
}

fn reserved(place: &Place, found: &TokenWithSpan, spelling: &Spelling) -> Option<String> {
    let Token::Word(word) = &found.token else { return None };
    let begins_clause = clause(&found.token).is_some_and(|clause| clause != 5);
    let alone = place.after.is_none_or(|after| {
        !matches!(after.token, Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::LParen)
    });
    (is_reserved(word) && (alone || !begins_clause)).then(|| {
        let typed = spelling.of(&word.value, found.span.start);
        format!("{} is a reserved word: as a name it is written \"{typed}\"", typed.to_uppercase())
    })
}

fn missing_comma(place: &Place, found: &TokenWithSpan, spelling: &Spelling) -> Option<String> {
    let begins = match &found.token {
        Token::Word(word) => !is_reserved(word),
        Token::SingleQuotedString(_) | Token::Number(..) => true,
        _ => false,
    };
    let ended = match &place.before.last()?.token {
        Token::Word(word) => !is_reserved(word),
        Token::SingleQuotedString(_) | Token::Number(..) | Token::RParen | Token::RBracket => true,
        _ => false,
    };
    let typed = match &found.token {
        Token::Word(word) => spelling.of(&word.value, found.span.start),
        token => token.to_string(),
    };
    (begins && ended).then(|| format!("is a comma or an operator missing before {}?", found_words(&typed)))
}
