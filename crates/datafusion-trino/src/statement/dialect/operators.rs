//! Operators that Trino reads in its own way, and those it does not have.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::super::rewrite::call;
use super::refusal::refuse;
use crate::functions::zone::AT_LOCAL;

/// How tightly `||` binds: less than `+`, more than comparisons.
pub(super) const CONCATENATION: u8 = 25;

/// Reads what follows an expression; `None` for what the parser reads as Trino does.
pub(super) fn infix(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
    let [first, second] = parser.peek_tokens_ref::<2>();
    if let (Token::Colon, Token::Word(_), Expr::Identifier(_) | Expr::CompoundIdentifier(_)) =
        (&first.token, &second.token, left)
    {
        let hint = "a field of a row is row.field; a value of a map, element_at(map, 'key')";
        return Some(Err(refuse("\":\" is not an operator", Some(hint), first.span.start)));
    }
    if let Some((message, hint)) = foreign(&first.token, &second.token) {
        return Some(Err(refuse(message, Some(hint), first.span.start)));
    }
    if is_at_local(parser) {
        parser.advance_token();
        parser.advance_token();
        return Some(Ok(call(AT_LOCAL, vec![left.clone()])));
    }
    is_distinct(parser, left, precedence).or_else(|| between_symmetric(parser, left, precedence))
}

/// `AT LOCAL`, which binds as `AT TIME ZONE` does.
pub(super) fn is_at_local(parser: &Parser) -> bool {
    let is = |token: &TokenWithSpan, keyword: Keyword| matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && word.keyword == keyword);
    let [first, second] = parser.peek_tokens_ref::<2>();
    is(first, Keyword::AT) && is(second, Keyword::LOCAL)
}

/// The parser's own reading of `a IS DISTINCT FROM b AND c` takes `b AND c` for the right side.
fn is_distinct(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
    let is = parser.parse_keywords(&[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]);
    if !is && !parser.parse_keywords(&[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]) {
        return None;
    }
    let left = Box::new(left.clone());
    Some(parser.parse_subexpr(precedence).map(Box::new).map(|right| match is {
        true => Expr::IsDistinctFrom(left, right),
        false => Expr::IsNotDistinctFrom(left, right),
    }))
}

/// `x BETWEEN SYMMETRIC a AND b` holds with the bounds either way round.
fn between_symmetric(parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
    let word = |token: &TokenWithSpan, name: &str| matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && word.value == name);
    let [first, second, third] = parser.peek_tokens_ref::<3>();
    let negated = word(first, "not");
    let (between, mode) = if negated { (second, third) } else { (first, second) };
    let symmetric = word(mode, "symmetric");
    if !word(between, "between") || !(symmetric || word(mode, "asymmetric")) {
        return None;
    }
    for _ in 0..(2 + usize::from(negated)) {
        parser.advance_token();
    }
    Some(bounds(parser, precedence).map(|(low, high)| {
        let between = |low: &Expr, high: &Expr| Expr::Between {
            expr: Box::new(left.clone()),
            negated,
            low: Box::new(low.clone()),
            high: Box::new(high.clone()),
        };
        if !symmetric {
            return between(&low, &high);
        }
        let op = if negated { BinaryOperator::And } else { BinaryOperator::Or };
        let (left, right) = (Box::new(between(&low, &high)), Box::new(between(&high, &low)));
        Expr::Nested(Box::new(Expr::BinaryOp { left, op, right }))
    }))
}

fn bounds(parser: &mut Parser, precedence: u8) -> Result<(Expr, Expr), ParserError> {
    let low = parser.parse_subexpr(precedence)?;
    parser.expect_keyword(Keyword::AND)?;
    Ok((low, parser.parse_subexpr(precedence)?))
}

/// An operator of another system: what to say, and what to write.
fn foreign(first: &Token, second: &Token) -> Option<(&'static str, &'static str)> {
    let second = match second {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    };
    Some(match first {
        Token::DoubleColon => ("\"::\" is not an operator here", "write CAST(expression AS type)"),
        Token::DoubleEq => ("\"==\" is not an operator", "write = to compare"),
        Token::Assignment => ("\":=\" is not an operator", "write = to compare"),
        Token::Spaceship => ("\"<=>\" is not an operator", "write a IS NOT DISTINCT FROM b"),
        Token::Overlap => ("\"&&\" is not an operator", "write AND"),
        Token::Arrow => (
            "\"->\" stands between the parameters of a lambda and its result",
            "a value of a JSON text is json_extract(text, '$.path'); of a map, element_at(map, 'key')",
        ),
        Token::LongArrow => (
            "\"->>\" is not an operator",
            "a value of a JSON text is json_extract_scalar(text, '$.path'); of a map, element_at(map, 'key')",
        ),
        Token::Tilde | Token::TildeAsterisk => ("\"~\" is not an operator", "write regexp_like(text, 'pattern')"),
        Token::ExclamationMarkTilde | Token::ExclamationMarkTildeAsterisk => {
            ("\"!~\" is not an operator", "write NOT regexp_like(text, 'pattern')")
        }
        Token::Ampersand => ("\"&\" is not an operator", "write bitwise_and(a, b)"),
        Token::Pipe => ("\"|\" is not an operator", "write a || b to join texts, bitwise_or(a, b) for bits"),
        Token::Caret => ("\"^\" is not an operator", "write power(a, b), or bitwise_xor(a, b) for bits"),
        Token::ShiftLeft => ("\"<<\" is not an operator", "write bitwise_left_shift(value, shift)"),
        Token::ShiftRight => ("\">>\" is not an operator", "write bitwise_right_shift(value, shift)"),
        Token::DuckIntDiv => ("\"//\" is not an operator", "a / b of integers is an integer; a comment begins with --"),
        Token::Sharp => ("\"#\" is not an operator", "a comment begins with --"),
        Token::ExclamationMark => ("\"!\" is not an operator", "write <> for \"is not\", NOT before a condition"),
        Token::Word(word) if word.quote_style.is_none() => {
            let keyword = if word.keyword == Keyword::NOT { second } else { word.keyword };
            match keyword {
                Keyword::ILIKE => ("ILIKE is not an operator here", "write lower(text) LIKE 'pattern in lower case'"),
                Keyword::RLIKE | Keyword::REGEXP => ("a regular expression is no operator here", REGEXP),
                Keyword::SIMILAR => ("SIMILAR TO is not an operator here", REGEXP),
                Keyword::DIV => ("DIV is not an operator", "a / b of integers is an integer"),
                Keyword::XOR => ("XOR is not an operator", "write a <> b for two conditions"),
                Keyword::COLLATE => ("COLLATE is not supported", "compare lower(a) with lower(b)"),
                _ => return None,
            }
        }
        _ => return None,
    })
}

const REGEXP: &str = "write regexp_like(text, 'pattern')";
