//! Versions of tables: `FROM t FOR VERSION AS OF 12`, `FROM t FOR TIMESTAMP AS OF TIMESTAMP '2026-01-02 03:04:05'`
//! (Trino, *SELECT*, "Time travel").
//!
//! The parser knows no such clause, so it is taken out of the tokens: the table gets a name that stands for it in this
//! version, and keeps its own as alias. What a version is, is for who has the tables.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Ident, Query, TableAlias, TableFactor, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::known_position;
use super::tokens::keyword;
use crate::error::Error;
use crate::time::reading;
use crate::time::zone::Zone;

/// Which version of a table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableVersion {
    /// That of a number.
    Number(u64),
    /// That of an instant, in milliseconds since 1970 UTC.
    Instant(i64),
    /// That of so many milliseconds before the query.
    Ago(i64),
}

/// A table in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versioned {
    /// What stands for it in the tree.
    pub(super) name: String,
    /// The last part of the table's own name.
    pub(super) table: String,
    pub(super) version: TableVersion,
}

/// Takes the clauses out of the tokens and gives the tables before them names of their own.
pub(super) fn take(tokens: &mut Vec<TokenWithSpan>) -> Result<Vec<Versioned>, Error> {
    let mut found: Vec<Versioned> = Vec::new();
    let mut at = 0;
    while let Some((table, clause)) = next_clause(tokens, at) {
        let end = clause.last;
        let (version, behind) = clause.read(tokens)?;
        let Token::Word(word) = &mut tokens[table].token else { break };
        let versioned = Versioned { name: named(&word.value, version), table: word.value.clone(), version };
        *word = Word { value: versioned.name.clone(), quote_style: Some('"'), keyword: Keyword::NoKeyword };
        if !found.contains(&versioned) {
            found.push(versioned);
        }
        debug_assert!(end < behind);
        tokens.drain(table + 1..behind);
        at = table + 1;
    }
    Ok(found)
}

fn named(table: &str, version: TableVersion) -> String {
    match version {
        TableVersion::Number(number) => format!("{table} for version as of {number}"),
        TableVersion::Instant(millis) => format!("{table} for timestamp as of {millis} ms"),
        TableVersion::Ago(millis) => format!("{table} for timestamp as of {millis} ms ago"),
    }
}

/// Lets the tables in versions answer to their own names.
pub(super) fn alias(query: &mut Query, versioned: &[Versioned]) {
    if !versioned.is_empty() {
        let _ = VisitMut::visit(query, &mut Aliases(versioned));
    }
}

struct Aliases<'a>(&'a [Versioned]);

impl VisitorMut for Aliases<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, .. } = factor else { return ControlFlow::Continue(()) };
        let last = name.0.last().and_then(|part| part.as_ident());
        let known = last.and_then(|last| Some((self.0.iter().find(|known| known.name == last.value)?, last.span)));
        if let (None, Some((known, span))) = (alias.as_ref(), known) {
            let name = Ident::with_quote_and_span('"', span, known.table.clone());
            *alias = Some(TableAlias { explicit: true, name, columns: Vec::new(), at: None });
        }
        ControlFlow::Continue(())
    }
}

/// `FOR VERSION AS OF` or `FOR TIMESTAMP AS OF`.
struct Clause {
    /// The place of FOR.
    first: usize,
    /// The place of OF.
    last: usize,
    is_version: bool,
}

/// The next clause from a place on, and the place of the name before it.
fn next_clause(tokens: &[TokenWithSpan], from: usize) -> Option<(usize, Clause)> {
    let significant: Vec<usize> = (from..tokens.len()).filter(|&at| is_significant(&tokens[at])).collect();
    significant.windows(5).find_map(|places| {
        let &[table, first, what, r#as, last] = places else { return None };
        let is = |at: usize, text: &str| matches!(&tokens[at].token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text));
        let is_version = is(what, "version");
        let is_clause = is(first, "for") && (is_version || is(what, "timestamp")) && is(r#as, "as") && is(last, "of");
        let is_table = matches!(tokens[table].token, Token::Word(_));
        (is_clause && is_table).then_some((table, Clause { first, last, is_version }))
    })
}

impl Clause {
    /// What it says, and the place behind it.
    fn read(&self, tokens: &[TokenWithSpan]) -> Result<(TableVersion, usize), Error> {
        let mut rest = (self.last + 1..tokens.len()).filter(|&at| is_significant(&tokens[at])).peekable();
        let place = rest.peek().map_or(self.first, |&at| at);
        let read = match self.is_version {
            true => rest.next().and_then(|at| Some((number(&tokens[at].token)?, at + 1))),
            false => instant(tokens, &rest.collect::<Vec<_>>()),
        };
        read.ok_or_else(|| {
            let is_text = tokens[place..].iter().any(|token| matches!(token.token, Token::SingleQuotedString(_)));
            let (expected, hint) = match self.is_version {
                true => ("a version is a number", "as FOR VERSION AS OF 12"),
                false => (
                    if is_text { "there is no such instant" } else { "an instant is a constant" },
                    "as FOR TIMESTAMP AS OF TIMESTAMP '2026-01-02 03:04:05', or current_timestamp - INTERVAL '1' DAY",
                ),
            };
            Error::syntax(expected.to_owned(), known_position(tokens[place].span.start)).with_hint(hint.to_owned())
        })
    }
}

fn number(token: &Token) -> Option<TableVersion> {
    match token {
        Token::Number(text, _) => text.parse().ok().map(TableVersion::Number),
        _ => None,
    }
}

/// A constant instant, or one before now, from these places on.
fn instant(tokens: &[TokenWithSpan], places: &[usize]) -> Option<(TableVersion, usize)> {
    let token = |place: usize| places.get(place).map(|&at| &tokens[at].token);
    let behind = |place: usize| places.get(place).map_or(tokens.len(), |&at| at + 1);
    match (token(0)?, keyword(token(0)?)) {
        (_, Keyword::TIMESTAMP | Keyword::DATE) => Some((TableVersion::Instant(millis(text(token(1)?)?)?), behind(1))),
        (_, Keyword::CURRENT_TIMESTAMP) => Some(before_now(tokens, places, 1)),
        (Token::Word(word), _) if word.value == "now" => {
            let is_call = matches!((token(1)?, token(2)?), (Token::LParen, Token::RParen));
            is_call.then(|| before_now(tokens, places, 3))
        }
        _ => None,
    }
}

/// `- INTERVAL '1' DAY` behind now, or nothing.
fn before_now(tokens: &[TokenWithSpan], places: &[usize], next: usize) -> (TableVersion, usize) {
    let token = |place: usize| places.get(place).map(|&at| &tokens[at].token);
    let read = || {
        let is_interval = *token(next)? == Token::Minus && keyword(token(next + 1)?) == Keyword::INTERVAL;
        let count: i64 = text(token(next + 2)?)?.trim().parse().ok()?;
        let unit = match keyword(token(next + 3)?) {
            Keyword::SECOND => 1_000,
            Keyword::MINUTE => 60_000,
            Keyword::HOUR => 3_600_000,
            Keyword::DAY => 86_400_000,
            Keyword::WEEK => 604_800_000,
            _ => return None,
        };
        is_interval.then_some((TableVersion::Ago(count.checked_mul(unit)?), places.get(next + 3)? + 1))
    };
    let now = places.get(next - 1).map_or(tokens.len(), |&at| at + 1);
    read().unwrap_or((TableVersion::Ago(0), now))
}

fn text(token: &Token) -> Option<&str> {
    match token {
        Token::SingleQuotedString(text) => Some(text),
        _ => None,
    }
}

/// A date or timestamp in milliseconds since 1970 UTC; without a zone, UTC.
fn millis(text: &str) -> Option<i64> {
    let reading = reading::timestamp_or_iso(text)?;
    let seconds = match reading.zone {
        Some(zone) => Zone::parse(zone)?.instant(reading.seconds).seconds(),
        None => reading.seconds,
    };
    reading.count(seconds, 3)
}

fn is_significant(token: &TokenWithSpan) -> bool {
    !matches!(token.token, Token::Whitespace(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Statement;

    fn read(sql: &str) -> (Vec<Option<TableVersion>>, String) {
        let statement = Statement::parse(sql).unwrap();
        let tables = statement.tables();
        let versions = tables.iter().map(|table| statement.table_version(table).map(|(_, version)| version));
        (versions.collect(), statement.query.to_string())
    }

    #[test]
    fn tables_are_read_in_their_versions() {
        let (versions, query) = read("select t.a from T for version as of 12 join t as u on t.a = u.a");
        assert_eq!(versions, [Some(TableVersion::Number(12)), None]);
        assert!(query.contains("FROM \"t for version as of 12\" AS \"t\" JOIN t AS u"), "{query}");
        for (clause, expected) in [
            ("timestamp as of timestamp '2026-01-02 03:04:05'", TableVersion::Instant(1_767_323_045_000)),
            ("timestamp as of timestamp '2026-01-02 03:04:05.250 UTC'", TableVersion::Instant(1_767_323_045_250)),
            ("timestamp as of timestamp '2026-01-02 04:04:05 +01:00'", TableVersion::Instant(1_767_323_045_000)),
            ("timestamp as of date '2026-01-02'", TableVersion::Instant(1_767_312_000_000)),
            ("TIMESTAMP AS OF current_timestamp", TableVersion::Ago(0)),
            ("timestamp as of now() - interval '2' hour", TableVersion::Ago(7_200_000)),
            ("version as of 0", TableVersion::Number(0)),
        ] {
            for (behind, alias) in [("", "t"), (" x where x.a > 1", "x"), (" as x", "x")] {
                let (versions, query) = read(&format!("select count(*) from t for {clause}{behind}"));
                assert_eq!(versions, [Some(expected)], "{clause}{behind}");
                assert!(query.contains(&format!(" {alias}")) || query.contains(&format!("AS \"{alias}\"")), "{query}");
            }
        }
    }

    #[test]
    fn what_is_no_version_is_told() {
        for clause in [
            "version as of 'main'",
            "version as of x",
            "version as of -1",
            "timestamp as of x",
            "timestamp as of 12",
            "timestamp as of timestamp '2026-13-01'",
            "version as of",
        ] {
            let error = Statement::parse(&format!("select 1 from t for {clause}")).unwrap_err();
            assert!(error.hint().is_some_and(|hint| hint.starts_with("as FOR")), "{clause}: {error}");
            assert!(error.position().is_some(), "{clause}");
        }
        // Not every FOR is one.
        assert!(Statement::parse("select substring(a from 2 for 3) from t").is_ok());
    }
}
