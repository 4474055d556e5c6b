//! Expressions that begin in a way of Trino's own: casts, typed literals, intervals, lambdas without
//! parameters.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, DateTimeField, ExactNumberInfo, Expr, Interval, LambdaFunction, LambdaSyntax,
    OneOrManyWithParens, TypedString, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

use super::refusal::{expected, refuse};
use super::{is_reserved, types};

/// Reads an expression that the parser would not, or not as Trino does; `None` for all others.
pub(super) fn prefix(parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
    let [first, second, third] = parser.peek_tokens_ref::<3>();
    match (&first.token, &second.token, &third.token) {
        (Token::Word(word), Token::LParen, _) if word.quote_style.is_none() => match word.keyword {
            Keyword::CAST => Some(cast(parser, CastKind::Cast)),
            Keyword::TRY_CAST => Some(cast(parser, CastKind::TryCast)),
            _ => None,
        },
        (Token::Word(word), value, after) if is(word, Keyword::INTERVAL) && starts_interval(value, after) => {
            Some(interval(parser))
        }
        (Token::Word(word), Token::Word(precision), Token::SingleQuotedString(_))
            if is(word, Keyword::DOUBLE) && is(precision, Keyword::PRECISION) =>
        {
            parser.advance_token();
            parser.advance_token();
            Some(text(parser).map(|value| typed(DataType::Double(ExactNumberInfo::None), value)))
        }
        (Token::Word(word), Token::SingleQuotedString(_), _) if !is_reserved(word) => {
            let (word, at) = (word.clone(), first.span.start);
            Some(types::of_literal(&word, at).and_then(|data_type| {
                parser.advance_token();
                Ok(typed(data_type, text(parser)?))
            }))
        }
        (Token::Word(word), next, _) if cannot_start(word, next) => Some(expected(parser, "an expression")),
        (Token::LParen, Token::RParen, Token::Arrow) => {
            parser.advance_token();
            parser.advance_token();
            parser.advance_token();
            Some(parser.parse_expr().map(|body| {
                Expr::Lambda(LambdaFunction {
                    params: OneOrManyWithParens::Many(vec![]),
                    body: Box::new(body),
                    syntax: LambdaSyntax::Arrow,
                })
            }))
        }
        _ => None,
    }
}

fn is(word: &Word, keyword: Keyword) -> bool {
    word.quote_style.is_none() && word.keyword == keyword
}

/// Whether a reserved word stands where only a name could.
fn cannot_start(word: &Word, next: &Token) -> bool {
    let starts = match word.keyword {
        Keyword::CASE | Keyword::NOT | Keyword::NULL | Keyword::TRUE | Keyword::FALSE | Keyword::EXISTS => true,
        Keyword::CURRENT_DATE | Keyword::CURRENT_TIME | Keyword::CURRENT_TIMESTAMP => true,
        Keyword::CURRENT_CATALOG | Keyword::CURRENT_PATH | Keyword::CURRENT_ROLE => true,
        Keyword::CURRENT_SCHEMA | Keyword::CURRENT_USER | Keyword::LOCALTIME | Keyword::LOCALTIMESTAMP => true,
        Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::TABLE => true,
        Keyword::CUBE | Keyword::EXTRACT | Keyword::GROUPING | Keyword::LEFT | Keyword::NORMALIZE => called(next),
        Keyword::RIGHT | Keyword::ROLLUP | Keyword::TRIM | Keyword::UNNEST | Keyword::INSERT => called(next),
        _ => false,
    };
    is_reserved(word) && !starts
}

fn called(next: &Token) -> bool {
    *next == Token::LParen
}

fn typed(data_type: DataType, value: ValueWithSpan) -> Expr {
    Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
}

fn text(parser: &mut Parser) -> Result<ValueWithSpan, ParserError> {
    match &parser.peek_token_ref().token {
        Token::SingleQuotedString(_) => parser.parse_value(),
        _ => expected(parser, "a text in single quotes"),
    }
}

/// `CAST(expression AS type)`
fn cast(parser: &mut Parser, kind: CastKind) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let expr = Box::new(parser.parse_expr()?);
    if let Token::Comma = parser.peek_token_ref().token {
        let at = parser.peek_token_ref().span.start;
        return Err(refuse("a cast takes AS and a type", Some("write CAST(expression AS type)"), at));
    }
    parser.expect_keyword(Keyword::AS)?;
    let data_type = types::data_type(parser)?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Cast { kind, expr, data_type, array: false, format: None })
}

/// Whether INTERVAL is a literal here and not a name.
fn starts_interval(value: &Token, after: &Token) -> bool {
    match value {
        Token::SingleQuotedString(_) | Token::Number(..) => true,
        Token::Plus | Token::Minus => matches!(after, Token::SingleQuotedString(_) | Token::Number(..)),
        _ => false,
    }
}

/// `INTERVAL [sign] 'text' unit [TO unit]`
fn interval(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.advance_token();
    let negative = parser.consume_token(&Token::Minus);
    if !negative {
        let _ = parser.consume_token(&Token::Plus);
    }
    let found = parser.peek_token_ref();
    if let Token::Number(digits, _) = &found.token {
        let hint = format!("write INTERVAL '{digits}' DAY");
        return Err(refuse("the number of an interval stands in quotes", Some(&hint), found.span.start));
    }
    let mut value = text(parser)?;
    if negative && let Value::SingleQuotedString(text) = &mut value.value {
        *text = match text.strip_prefix('-') {
            Some(positive) => positive.to_owned(),
            None => format!("-{text}"),
        };
    }
    if !matches!(parser.peek_token_ref().token, Token::Word(_)) {
        let message = format!("an interval needs a unit behind {}: INTERVAL '7' DAY", value.value);
        return Err(refuse(&message, None, value.span.start));
    }
    let leading_field = Some(unit(parser)?);
    let leading_precision = precision(parser)?;
    let last_field = match parser.parse_keyword(Keyword::TO) {
        true => Some(unit(parser)?),
        false => None,
    };
    let fractional_seconds_precision = match last_field {
        Some(_) => precision(parser)?,
        None => None,
    };
    Ok(Expr::Interval(Interval {
        value: Box::new(Expr::Value(value)),
        leading_field,
        leading_precision,
        last_field,
        fractional_seconds_precision,
    }))
}

fn unit(parser: &mut Parser) -> Result<DateTimeField, ParserError> {
    let found = parser.peek_token_ref();
    let at = found.span.start;
    let word = match &found.token {
        Token::Word(word) => word.value.clone(),
        _ => String::new(),
    };
    let field = match word.as_str() {
        "year" => DateTimeField::Year,
        "month" => DateTimeField::Month,
        "day" => DateTimeField::Day,
        "hour" => DateTimeField::Hour,
        "minute" => DateTimeField::Minute,
        "second" => DateTimeField::Second,
        other => {
            let hint = match other.strip_suffix('s') {
                Some(one @ ("year" | "month" | "day" | "hour" | "minute" | "second")) => {
                    format!("write {}", one.to_uppercase())
                }
                _ if other.trim_end_matches('s') == "week" => "a week is INTERVAL '7' DAY".to_owned(),
                _ => "write the number in quotes and the unit behind it: INTERVAL '7' DAY".to_owned(),
            };
            let message = "an interval needs YEAR, MONTH, DAY, HOUR, MINUTE or SECOND behind its number";
            return Err(refuse(message, Some(&hint), at));
        }
    };
    parser.advance_token();
    Ok(field)
}

fn precision(parser: &mut Parser) -> Result<Option<u64>, ParserError> {
    if !parser.consume_token(&Token::LParen) {
        return Ok(None);
    }
    let precision = parser.parse_literal_uint()?;
    if parser.consume_token(&Token::Comma) {
        parser.parse_literal_uint()?;
    }
    parser.expect_token(&Token::RParen)?;
    Ok(Some(precision))
}
