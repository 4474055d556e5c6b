//! Trino's syntax, in the terms of sqlparser.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{DataType, Expr, Ident, ObjectName, TypedString};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::rewrite::call;
use crate::functions::zone::AT_LOCAL;

/// Trino's SQL: lambdas, `FILTER`, `UNNEST … WITH ORDINALITY`, grouping expressions, `"` for names only.
#[derive(Debug, Default, Clone, Copy)]
pub struct TrinoDialect;

impl Dialect for TrinoDialect {
    /// The parser asks for the type of the dialect before it reads `UNNEST` and `MAP(K, V)`; the
    /// generic one has both.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }
    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || matches!(ch, '_' | '@' | '$')
    }
    fn supports_unicode_string_literal(&self) -> bool {
        true
    }
    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }
    fn supports_group_by_expr(&self) -> bool {
        true
    }
    fn supports_lambda_functions(&self) -> bool {
        true
    }
    fn supports_match_recognize(&self) -> bool {
        true
    }
    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }
    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }
    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }
    fn allow_extract_custom(&self) -> bool {
        true
    }
    /// `ROW(a T)` in a cast is handed to the parser as `STRUCT<a T>`.
    fn supports_struct_literal(&self) -> bool {
        true
    }
    fn supports_boolean_literals(&self) -> bool {
        true
    }
    /// `AT LOCAL` binds as `AT TIME ZONE` does.
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let word = |n: usize| match &parser.peek_nth_token_ref(n).token {
            Token::Word(word) => Some(word.keyword),
            _ => None,
        };
        (word(0) == Some(Keyword::AT) && word(1) == Some(Keyword::LOCAL)).then(|| Ok(self.prec_value(Precedence::AtTz)))
    }
    /// `IPADDRESS '10.0.0.1'` is a literal of a type the parser does not know.
    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let Token::Word(word) = parser.peek_token_ref().token.clone() else { return None };
        let is_text = matches!(parser.peek_nth_token_ref(1).token, Token::SingleQuotedString(_));
        if !is_text || word.quote_style.is_some() || !word.value.eq_ignore_ascii_case("ipaddress") {
            return None;
        }
        parser.next_token();
        let data_type = DataType::Custom(ObjectName::from(vec![Ident::new("ipaddress")]), vec![]);
        let value = parser.parse_value();
        Some(value.map(|value| Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })))
    }
    /// The parser's own reading of `a IS DISTINCT FROM b AND c` takes `b AND c` for the right side.
    fn parse_infix(&self, parser: &mut Parser, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        if parser.parse_keywords(&[Keyword::AT, Keyword::LOCAL]) {
            return Some(Ok(call(AT_LOCAL, vec![expr.clone()])));
        }
        let is = parser.parse_keywords(&[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]);
        if !is && !parser.parse_keywords(&[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]) {
            return None;
        }
        let left = Box::new(expr.clone());
        Some(parser.parse_subexpr(precedence).map(Box::new).map(|right| match is {
            true => Expr::IsDistinctFrom(left, right),
            false => Expr::IsNotDistinctFrom(left, right),
        }))
    }
}
