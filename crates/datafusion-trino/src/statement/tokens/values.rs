//! `VALUES 1, 2`: rows without brackets.
//!
//! The parser wants brackets around every row. A row of one column gets them here, and `ROW(…)`, which
//! is a row of that many columns, loses its word.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace};

use super::keyword;

/// Puts brackets around the rows of every VALUES that have none.
pub(super) fn bracket_rows(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut result = Vec::with_capacity(tokens.len());
    copy(&tokens, &mut result);
    result
}

fn copy(tokens: &[TokenWithSpan], into: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    let mut previous: Option<usize> = None;
    while at < tokens.len() {
        if starts_rows(tokens, previous, at) {
            let end = at + 1 + list_end(&tokens[at + 1..]);
            let span = tokens[at].span;
            let whole = previous.is_some_and(|previous| is_operand(&tokens[..previous], &tokens[previous]));
            if whole {
                into.extend(SELECT_ALL.map(|token| TokenWithSpan { token: token(), span }));
            }
            into.push(tokens[at].clone());
            copy_rows(&tokens[at + 1..end], into);
            if whole {
                into.push(TokenWithSpan { token: Token::RParen, span });
            }
            at = end;
            // What stands behind the rows never starts some.
            previous = Some(end - 1);
            continue;
        }
        into.push(tokens[at].clone());
        if is_significant(&tokens[at]) {
            previous = Some(at);
        }
        at += 1;
    }
}

/// `SELECT * FROM (`, which the parser knows in brackets of an expression; it does not know VALUES there.
const SELECT_ALL: [fn() -> Token; 7] = [
    || Token::make_keyword("SELECT"),
    blank,
    || Token::Mul,
    blank,
    || Token::make_keyword("FROM"),
    blank,
    || Token::LParen,
];

fn blank() -> Token {
    Token::Whitespace(Whitespace::Space)
}

/// Whether a bracket opens a subquery within an expression.
fn is_operand(before: &[TokenWithSpan], bracket: &TokenWithSpan) -> bool {
    let Some(last) = before.iter().rfind(|token| is_significant(token)) else { return false };
    bracket.token == Token::LParen
        && match &last.token {
            Token::Comma => false,
            token => !matches!(
                keyword(token),
                Keyword::FROM | Keyword::JOIN | Keyword::LATERAL | Keyword::IN | Keyword::AS | Keyword::EXISTS
            ),
        }
}

fn is_significant(token: &TokenWithSpan) -> bool {
    !matches!(token.token, Token::Whitespace(_))
}

/// Whether VALUES at `at` is the keyword and not the name of a column.
fn starts_rows(tokens: &[TokenWithSpan], previous: Option<usize>, at: usize) -> bool {
    if keyword(&tokens[at].token) != Keyword::VALUES {
        return false;
    }
    let before = match previous.map(|previous| &tokens[previous].token) {
        None | Some(Token::LParen | Token::RParen) => true,
        Some(token) => {
            matches!(
                keyword(token),
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::ALL | Keyword::DISTINCT
            )
        }
    };
    let next = tokens[at + 1..].iter().find(|token| is_significant(token));
    let after = !matches!(
        next.map(|next| &next.token),
        None | Some(Token::Comma | Token::RParen | Token::Period | Token::Eq | Token::EOF)
    );
    before && after
}

/// Follows the depth of brackets of all kinds.
fn nest(depth: &mut usize, token: &Token) {
    match token {
        Token::LParen | Token::LBracket => *depth += 1,
        Token::RParen | Token::RBracket => *depth = depth.saturating_sub(1),
        _ => {}
    }
}

/// Where the rows end: at a closing bracket of a query around them, or at what may follow a query.
fn list_end(tokens: &[TokenWithSpan]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        let closes = matches!(token.token, Token::RParen | Token::RBracket | Token::SemiColon | Token::EOF);
        let follows = matches!(
            keyword(&token.token),
            Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::ORDER
                | Keyword::LIMIT
                | Keyword::OFFSET
                | Keyword::FETCH
        );
        if depth == 0 && (closes || follows) {
            return at;
        }
        nest(&mut depth, &token.token);
    }
    tokens.len()
}

fn copy_rows(tokens: &[TokenWithSpan], into: &mut Vec<TokenWithSpan>) {
    let mut depth = 0;
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if depth == 0 && token.token == Token::Comma {
            copy_row(&tokens[start..at], into);
            into.push(token.clone());
            start = at + 1;
        }
        nest(&mut depth, &token.token);
    }
    copy_row(&tokens[start..], into);
}

fn copy_row(tokens: &[TokenWithSpan], into: &mut Vec<TokenWithSpan>) {
    let significant: Vec<usize> = (0..tokens.len()).filter(|&at| is_significant(&tokens[at])).collect();
    let (Some(&first), Some(&last)) = (significant.first(), significant.last()) else {
        return into.extend_from_slice(tokens);
    };
    if is_bracketed(&tokens[first..=last]) {
        return copy(tokens, into);
    }
    let is_row = keyword(&tokens[first].token) == Keyword::ROW;
    if is_row && is_bracketed(&tokens[first + 1..=last]) {
        return copy(&tokens[first + 1..], into);
    }
    let bracket = |token: Token, of: &TokenWithSpan| TokenWithSpan { token, span: of.span };
    into.extend_from_slice(&tokens[..first]);
    into.push(bracket(Token::LParen, &tokens[first]));
    copy(&tokens[first..=last], into);
    into.push(bracket(Token::RParen, &tokens[last]));
    into.extend_from_slice(&tokens[last + 1..]);
}

/// Whether one pair of brackets holds all of it.
fn is_bracketed(tokens: &[TokenWithSpan]) -> bool {
    let mut tokens = tokens.iter().skip_while(|token| !is_significant(token)).peekable();
    if tokens.peek().is_none_or(|first| first.token != Token::LParen) {
        return false;
    }
    let mut depth = 0;
    while let Some(token) = tokens.next() {
        nest(&mut depth, &token.token);
        if depth == 0 {
            return tokens.next().is_none();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::dialect::TrinoDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    #[test]
    fn rows_get_brackets_once() {
        for (typed, expected) in [
            ("VALUES 1, 2", "VALUES (1), (2)"),
            ("VALUES (1, 'a'), (2, 'b')", "VALUES (1, 'a'), (2, 'b')"),
            ("VALUES (1) + 1, ROW(1, 2)", "VALUES ((1) + 1), (1, 2)"),
            ("SELECT * FROM (VALUES f(1, 2), ARRAY[1, 2]) t", "SELECT * FROM (VALUES (f(1, 2)), (ARRAY[1, 2])) t"),
            ("VALUES 1 UNION ALL VALUES 2 ORDER BY 1", "VALUES (1) UNION ALL VALUES (2) ORDER BY 1"),
            ("SELECT 1 IN (VALUES (SELECT 1 FROM (VALUES 1)))", "SELECT 1 IN (VALUES (SELECT 1 FROM (VALUES (1))))"),
            ("SELECT 1 > ALL (VALUES 2)", "SELECT 1 > ALL (SELECT * FROM (VALUES (2)))"),
            ("SELECT values, f(values) FROM t", "SELECT values, f(values) FROM t"),
        ] {
            let tokens = Tokenizer::new(&TrinoDialect, typed).tokenize_with_location().unwrap();
            let text: String = bracket_rows(tokens).iter().map(|token| token.token.to_string()).collect();
            // A bracket is put right at the row.
            assert_eq!(text.replace("VALUES(", "VALUES (").replace(",(", ", ("), expected, "{typed}");
        }
    }
}
