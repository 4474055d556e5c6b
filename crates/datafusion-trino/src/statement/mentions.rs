//! The names a statement mentions: what it cannot read needs no planning.

use std::collections::HashMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::tokens::keyword;

/// The names in a statement, whatever they are names of. A column that is not among them is not read.
///
/// Made from the tokens, so that no form of the tree can be forgotten: it may say too much, never too little.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    /// For each name in lower case whether it stands somewhere without a `.` behind it; `None` when the statement asks
    /// for columns without naming them.
    names: Option<HashMap<String, bool>>,
}

impl Mentions {
    /// Of a statement that may read everything.
    pub fn everything() -> Self {
        Self::default()
    }

    pub(super) fn of(tokens: &[TokenWithSpan]) -> Self {
        let tokens: Vec<&Token> = tokens
            .iter()
            .map(|token| &token.token)
            .filter(|token| !matches!(token, Token::Whitespace(_) | Token::EOF))
            .collect();
        if (0..tokens.len()).any(|place| reads_unnamed(&tokens, place)) {
            return Self::everything();
        }
        let mut names = HashMap::new();
        for (place, token) in tokens.iter().enumerate() {
            if let Token::Word(word) = token {
                let alone = !matches!(tokens.get(place + 1), Some(Token::Period));
                *names.entry(word.value.clone()).or_insert(false) |= alone;
            }
        }
        Self { names: Some(names) }
    }

    /// Whether a column, or a field of a row, of this lower-case name may be read.
    pub fn contains(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains_key(name))
    }

    /// Whether a row of this lower-case name may be read as a whole, and not only fields of it that are named.
    pub fn contains_whole(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.get(name).copied().unwrap_or(false))
    }
}

/// Whether the token at a place asks for columns it does not name: `*`, `TABLE t`. `NATURAL JOIN` is refused.
fn reads_unnamed(tokens: &[&Token], place: usize) -> bool {
    match tokens[place] {
        Token::Mul => {
            let before = place.checked_sub(1).map(|place| tokens[place]);
            !(is_counted(tokens, place) || before.is_some_and(ends_operand))
        }
        token => keyword(token) == Keyword::TABLE,
    }
}

/// The `*` of `count(*)`.
fn is_counted(tokens: &[&Token], place: usize) -> bool {
    let before = |back: usize| place.checked_sub(back).map(|place| tokens[place]);
    matches!(before(1), Some(Token::LParen))
        && matches!(tokens.get(place + 1), Some(Token::RParen))
        && matches!(before(2), Some(Token::Word(word)) if word.value == "count")
}

/// Whether a `*` behind this token multiplies. A name that is also a keyword does not count: it may be `DISTINCT`.
fn ends_operand(token: &Token) -> bool {
    match token {
        Token::RParen | Token::RBracket | Token::Number(..) => true,
        Token::Word(_) => keyword(token) == Keyword::NoKeyword,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Statement;

    #[test]
    fn names_that_stand_alone_are_whole() {
        let sql = "select UserIdentity.sessionContext . sessionIssuer.arn, eventName from t where tlsDetails is null";
        let mentions = Statement::parse(sql).unwrap().mentions().clone();
        for (name, contained, whole) in [
            ("useridentity", true, false),
            ("sessioncontext", true, false),
            ("arn", true, true),
            ("eventname", true, true),
            ("tlsdetails", true, true),
            ("eventid", false, false),
        ] {
            assert_eq!((mentions.contains(name), mentions.contains_whole(name)), (contained, whole), "{name}");
        }
    }

    #[test]
    fn what_reads_columns_without_their_names_reads_everything() {
        for (sql, everything) in [
            ("select * from t", true),
            ("select distinct * from t", true),
            ("select a, x.* from t x", true),
            ("select 1 from (select * from t)", true),
            ("select count(*) from t", false),
            ("select COUNT ( * ), a * 2, (a) * b, 2*a from t", false),
            ("select '*' -- * \n from t", false),
        ] {
            assert_eq!(Statement::parse(sql).unwrap().mentions().contains("eventid"), everything, "{sql}");
        }
    }
}
