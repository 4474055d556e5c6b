//! `x BETWEEN SYMMETRIC a AND b`, where a may be greater than b, and `ASYMMETRIC`, which says nothing.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// The words before the bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    count: usize,
    negated: bool,
    symmetric: bool,
}

/// Whether these words come next; a column may be called `symmetric`, and AND would follow it.
pub(super) fn words(parser: &Parser) -> Option<Words> {
    let is = |n: usize, keyword: Keyword| match &parser.peek_nth_token_ref(n).token {
        Token::Word(word) => word.keyword == keyword,
        _ => false,
    };
    let negated = is(0, Keyword::NOT);
    let between = usize::from(negated);
    if !is(between, Keyword::BETWEEN) || is(between + 2, Keyword::AND) {
        return None;
    }
    let Token::Word(word) = &parser.peek_nth_token_ref(between + 1).token else { return None };
    let symmetric = match word.value.to_lowercase().as_str() {
        "symmetric" => true,
        "asymmetric" => false,
        _ => return None,
    };
    Some(Words { count: between + 2, negated, symmetric })
}

/// Reads the words and the bounds.
pub(super) fn parse(parser: &mut Parser, expr: &Expr, words: Words, precedence: u8) -> Result<Expr, ParserError> {
    for _ in 0..words.count {
        parser.next_token();
    }
    let low = parser.parse_subexpr(precedence)?;
    parser.expect_keyword_is(Keyword::AND)?;
    let high = parser.parse_subexpr(precedence)?;
    let between = |low: &Expr, high: &Expr| Expr::Between {
        expr: Box::new(expr.clone()),
        negated: false,
        low: Box::new(low.clone()),
        high: Box::new(high.clone()),
    };
    let mut whole = between(&low, &high);
    if words.symmetric {
        whole = Expr::BinaryOp { left: Box::new(whole), op: BinaryOperator::Or, right: Box::new(between(&high, &low)) };
    }
    let whole = Expr::Nested(Box::new(whole));
    Ok(if words.negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(whole) } } else { whole })
}
