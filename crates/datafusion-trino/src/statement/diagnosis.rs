//! What a mistake in the syntax probably was.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::dialect::{is_reserved, refusal::found_words};
use super::known_position;
use super::tokens::Spelling;
use crate::error::{Error, Position};

/// Forms of other systems that the parser reads, and Trino does not.
pub(super) fn check_habits(tokens: &[TokenWithSpan]) -> Result<(), Error> {
    for pair in tokens.windows(3) {
        let [first, second, third] = pair else { continue };
        let keyword = |token: &TokenWithSpan| match &token.token {
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        };
        if keyword(first) == Keyword::SELECT
            && keyword(second) == Keyword::TOP
            && matches!(third.token, Token::Number(..) | Token::LParen)
        {
            let count = if third.token == Token::LParen { "10".to_owned() } else { third.token.to_string() };
            let error = Error::syntax("TOP is not Trino's SQL", known_position(second.span.start));
            return Err(error.with_hint(format!("put LIMIT {count} at the end of the query")));
        }
        if keyword(first) == Keyword::LATERAL && keyword(second) == Keyword::VIEW {
            let error = Error::syntax("LATERAL VIEW is not Trino's SQL", known_position(first.span.start));
            return Err(error.with_hint("write CROSS JOIN UNNEST(array) AS t(x)"));
        }
    }
    Ok(())
}

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
    // Words of this crate say what they mean; the parser's need an interpretation.
    let is_parsers = message.starts_with("expected ") || message.starts_with("the statement ends before ");
    let hint = hint.or_else(|| if is_parsers { probable(&message, place, spelling) } else { None });
    Error::Syntax { message, position, hint }
}

/// The message with the token it found in the letter case of the text.
fn as_typed(message: String, found: &TokenWithSpan, spelling: &Spelling) -> String {
    let Token::Word(word) = &found.token else { return message };
    let typed = spelling.of(&word.value, found.span.start);
    let (lower, typed) = (found_words(&word.value), found_words(&typed));
    message.replacen(&lower, &typed, 1)
}

fn probable(message: &str, place: &Place, spelling: &Spelling) -> Option<String> {
    let last = place.before.last();
    let Some(found) = place.found else {
        return last.and_then(|token| misspelt(token, spelling));
    };
    let behind_by = last.is_some_and(|token| matches!(&token.token, Token::Word(word) if word.keyword == Keyword::BY));
    if behind_by && let Some(hint) = reserved(place, found, spelling) {
        return Some(hint);
    }
    surplus_comma(last, found)
        .or_else(|| missing_by(place, found))
        .or_else(|| unit(place, found))
        .or_else(|| two_limits(place, found))
        .or_else(|| clause_order(place, found))
        .or_else(|| misspelt(found, spelling))
        .or_else(|| last.and_then(|token| misspelt(token, spelling)))
        .or_else(|| reserved(place, found, spelling))
        .or_else(|| {
            let list_goes_on = !message.starts_with("expected ") || message.starts_with("expected a closing");
            if list_goes_on { missing_comma(place, found, spelling) } else { None }
        })
}

/// `GROUP x`, `ORDER x`, `PARTITION x`.
fn missing_by(place: &Place, found: &TokenWithSpan) -> Option<String> {
    let Token::Word(word) = &found.token else { return None };
    let is_by = |token: &TokenWithSpan| matches!(&token.token, Token::Word(word) if word.keyword == Keyword::BY);
    let needs_by = matches!(word.keyword, Keyword::GROUP | Keyword::ORDER | Keyword::PARTITION);
    let is_name = place.before.last().is_some_and(is_by);
    (needs_by && !is_name && place.after.is_some_and(|after| !is_by(after)))
        .then(|| format!("write {} BY", word.value.to_uppercase()))
}

/// `now() - 7 days`
fn unit(place: &Place, found: &TokenWithSpan) -> Option<String> {
    let (Token::Word(word), Token::Number(number, _)) = (&found.token, &place.before.last()?.token) else {
        return None;
    };
    let unit = word.value.trim_end_matches('s');
    let is_unit = matches!(unit, "year" | "month" | "day" | "hour" | "minute" | "second");
    is_unit.then(|| format!("write INTERVAL '{number}' {}", unit.to_uppercase()))
}

/// `LIMIT 5, 10`
fn two_limits(place: &Place, found: &TokenWithSpan) -> Option<String> {
    let limit = CLAUSES.len() - 1;
    let is_second = found.token == Token::Comma && place.clauses().next() == Some(limit);
    let number = |token: Option<&TokenWithSpan>| match token.map(|token| &token.token) {
        Some(Token::Number(number, _)) => number.clone(),
        _ => "n".to_owned(),
    };
    is_second.then(|| format!("write OFFSET {} LIMIT {}", number(place.before.last()), number(place.after)))
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
    let begins_clause = clause(&found.token).is_some();
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
