//! Trino's syntax, in the terms of sqlparser.

mod literals;
mod operators;
pub(super) mod refusal;
mod types;

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

/// Trino's SQL: types and typed literals, lambdas, `FILTER`, `UNNEST … WITH ORDINALITY`, grouping
/// expressions, `"` for names only. Operators that Trino does not have are refused with a hint.
#[derive(Debug, Default, Clone, Copy)]
pub struct TrinoDialect;

impl Dialect for TrinoDialect {
    /// The parser asks for the type of the dialect before it reads `UNNEST` and `CURRENT_USER`; the
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
    fn supports_boolean_literals(&self) -> bool {
        true
    }
    fn supports_comma_separated_trim(&self) -> bool {
        true
    }
    /// What fails as a special form of a reserved word must not be read as a name, or the error would
    /// point behind it.
    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        RESERVED.contains(&keyword)
    }
    fn is_column_alias(&self, keyword: &Keyword, _parser: &mut Parser) -> bool {
        !RESERVED.contains(keyword) && !ENDS_SELECT_LIST.contains(keyword)
    }
    fn is_table_alias(&self, keyword: &Keyword, parser: &mut Parser) -> bool {
        if RESERVED.contains(keyword) {
            return false;
        }
        let next = &parser.peek_nth_token_ref(1).token;
        match keyword {
            Keyword::LIMIT | Keyword::OFFSET | Keyword::FETCH => false,
            Keyword::TABLESAMPLE | Keyword::MATCH_RECOGNIZE | Keyword::LATERAL => false,
            Keyword::QUALIFY | Keyword::PIVOT | Keyword::UNPIVOT | Keyword::MINUS | Keyword::TOP => false,
            Keyword::ASOF | Keyword::ANTI | Keyword::SEMI | Keyword::GLOBAL => !starts_join(next),
            Keyword::WINDOW => !matches!(next, Token::Word(_)),
            _ => true,
        }
    }
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        match parser.peek_token_ref().token {
            Token::StringConcat => Some(Ok(operators::CONCATENATION)),
            _ if operators::is_at_local(parser) => Some(Ok(self.prec_value(Precedence::AtTz))),
            _ => None,
        }
    }
    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        literals::prefix(parser)
    }
    fn parse_infix(&self, parser: &mut Parser, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        operators::infix(parser, expr, precedence)
    }
}

fn starts_join(token: &Token) -> bool {
    matches!(token, Token::Word(word) if matches!(word.keyword, Keyword::JOIN | Keyword::LEFT | Keyword::INNER))
}

/// Whether a word is no name unless it is quoted.
pub(super) fn is_reserved(word: &Word) -> bool {
    word.quote_style.is_none() && RESERVED.contains(&word.keyword)
}

/// Words that follow a select list though Trino does not reserve them.
const ENDS_SELECT_LIST: [Keyword; 5] =
    [Keyword::LIMIT, Keyword::OFFSET, Keyword::FETCH, Keyword::WINDOW, Keyword::QUALIFY];

/// Trino's reserved words, as far as the parser knows them.
const RESERVED: [Keyword; 74] = [
    Keyword::ALTER,
    Keyword::AND,
    Keyword::AS,
    Keyword::BETWEEN,
    Keyword::BY,
    Keyword::CASE,
    Keyword::CAST,
    Keyword::CONSTRAINT,
    Keyword::CREATE,
    Keyword::CROSS,
    Keyword::CUBE,
    Keyword::CURRENT_CATALOG,
    Keyword::CURRENT_DATE,
    Keyword::CURRENT_PATH,
    Keyword::CURRENT_ROLE,
    Keyword::CURRENT_SCHEMA,
    Keyword::CURRENT_TIME,
    Keyword::CURRENT_TIMESTAMP,
    Keyword::CURRENT_USER,
    Keyword::DEALLOCATE,
    Keyword::DELETE,
    Keyword::DESCRIBE,
    Keyword::DISTINCT,
    Keyword::DROP,
    Keyword::ELSE,
    Keyword::END,
    Keyword::ESCAPE,
    Keyword::EXCEPT,
    Keyword::EXISTS,
    Keyword::EXTRACT,
    Keyword::FALSE,
    Keyword::FOR,
    Keyword::FROM,
    Keyword::FULL,
    Keyword::GROUP,
    Keyword::GROUPING,
    Keyword::HAVING,
    Keyword::IN,
    Keyword::INNER,
    Keyword::INSERT,
    Keyword::INTERSECT,
    Keyword::INTO,
    Keyword::IS,
    Keyword::JOIN,
    Keyword::JSON_TABLE,
    Keyword::LEFT,
    Keyword::LIKE,
    Keyword::LOCALTIME,
    Keyword::LOCALTIMESTAMP,
    Keyword::NATURAL,
    Keyword::NORMALIZE,
    Keyword::NOT,
    Keyword::NULL,
    Keyword::ON,
    Keyword::OR,
    Keyword::ORDER,
    Keyword::OUTER,
    Keyword::RECURSIVE,
    Keyword::RIGHT,
    Keyword::ROLLUP,
    Keyword::SELECT,
    Keyword::SKIP,
    Keyword::TABLE,
    Keyword::THEN,
    Keyword::TRIM,
    Keyword::TRUE,
    Keyword::UESCAPE,
    Keyword::UNION,
    Keyword::UNNEST,
    Keyword::USING,
    Keyword::VALUES,
    Keyword::WHEN,
    Keyword::WHERE,
    Keyword::WITH,
];
