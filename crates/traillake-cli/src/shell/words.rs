//! The keywords of the dialect, and where they stand.

use super::place::Clause;

/// Keywords of the dialect, in capitals, sorted.
#[rustfmt::skip]
pub(super) const KEYWORDS: &[&str] = &[
    "ALL", "AND", "ANY", "ARRAY", "AS", "ASC", "AT", "BETWEEN", "BY", "CASE", "CAST", "CROSS", "CUBE", "CURRENT",
    "CURRENT_DATE", "CURRENT_TIMESTAMP", "DESC", "DISTINCT", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "EXPLAIN",
    "EXTRACT", "FALSE", "FETCH", "FILTER", "FIRST", "FOLLOWING", "FOR", "FROM", "FULL", "GROUP", "GROUPING", "HAVING",
    "IN", "INNER", "INTERSECT", "INTERVAL", "IS", "JOIN", "LAST", "LATERAL", "LEFT", "LIKE", "LIMIT", "MAP", "NATURAL",
    "NOT", "NULL", "NULLS", "OFFSET", "ON", "OR", "ORDER", "ORDINALITY", "OUTER", "OVER", "PARTITION", "PRECEDING",
    "RANGE", "RECURSIVE", "RIGHT", "ROLLUP", "ROW", "ROWS", "SELECT", "SETS", "THEN", "TIMESTAMP", "TRUE", "TRY_CAST",
    "UNBOUNDED", "UNION", "UNNEST", "USING", "VALUES", "WHEN", "WHERE", "WINDOW", "WITH", "WITHIN",
];

/// Keywords that are names, too.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "ARRAY", "AT", "CURRENT", "FIRST", "FOLLOWING", "LAST", "MAP", "ORDINALITY", "PARTITION", "PRECEDING", "RANGE",
    "ROW", "ROWS", "SETS", "TIMESTAMP", "TRY_CAST",
];

/// What a statement begins with.
pub(super) const BEGINNINGS: &[&str] = &["SELECT", "WITH", "EXPLAIN"];

/// Keywords that an expression begins with.
#[rustfmt::skip]
pub(super) const OPERANDS: &[&str] = &[
    "ALL", "ARRAY", "CASE", "DISTINCT", "ELSE", "END", "EXISTS", "FALSE",
    "GROUPING SETS", "INTERVAL", "NOT", "NULL", "ROLLUP", "ROW", "SELECT", "TIMESTAMP", "TRUE", "UNNEST", "WHEN",
];

/// Units of time, as functions take them.
pub(super) const UNITS: &[&str] =
    &["day", "hour", "minute", "second", "week", "month", "quarter", "year", "millisecond"];

/// What goes on behind a keyword that cannot stand alone.
const FOLLOWERS: &[(&str, &[&str])] = &[
    ("CROSS", &["JOIN"]),
    ("FULL", &["JOIN", "OUTER JOIN"]),
    ("GROUP", &["BY"]),
    ("INNER", &["JOIN"]),
    ("IS", &["NULL", "NOT NULL", "DISTINCT FROM", "NOT DISTINCT FROM"]),
    ("LEFT", &["JOIN", "OUTER JOIN"]),
    ("NULLS", &["FIRST", "LAST"]),
    ("ORDER", &["BY"]),
    ("OUTER", &["JOIN"]),
    ("PARTITION", &["BY"]),
    ("RIGHT", &["JOIN", "OUTER JOIN"]),
];

const CONDITIONS: &[&str] = &[
    "AND",
    "OR",
    "IN (",
    "NOT IN (",
    "LIKE",
    "NOT LIKE",
    "IS NULL",
    "IS NOT NULL",
    "BETWEEN",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "HAVING",
    "UNION",
    "UNION ALL",
    "INTERSECT",
    "EXCEPT",
];

/// What goes on behind an operand of a clause.
pub(super) fn continuations(clause: Clause) -> &'static [&'static str] {
    match clause {
        Clause::Beginning => BEGINNINGS,
        Clause::Select => &["FROM", "AS", "AND", "OR", "IS NULL", "IS NOT NULL", "OVER (", "FILTER (WHERE"],
        Clause::From => &[
            "WHERE",
            "JOIN",
            "LEFT JOIN",
            "CROSS JOIN",
            "CROSS JOIN UNNEST(",
            "INNER JOIN",
            "RIGHT JOIN",
            "FULL JOIN",
            "ON",
            "USING (",
            "AS",
            "GROUP BY",
            "ORDER BY",
            "LIMIT",
            "UNION",
            "UNION ALL",
            "INTERSECT",
            "EXCEPT",
            "FOR VERSION AS OF",
            "FOR TIMESTAMP AS OF",
        ],
        Clause::On => &[
            "AND",
            "OR",
            "WHERE",
            "JOIN",
            "LEFT JOIN",
            "CROSS JOIN",
            "GROUP BY",
            "ORDER BY",
            "LIMIT",
            "IN (",
            "LIKE",
            "IS NULL",
            "IS NOT NULL",
            "BETWEEN",
        ],
        Clause::Where | Clause::Having => CONDITIONS,
        Clause::GroupBy => &["HAVING", "ORDER BY", "LIMIT", "UNION", "UNION ALL", "INTERSECT", "EXCEPT"],
        Clause::OrderBy => &["DESC", "ASC", "NULLS FIRST", "NULLS LAST", "LIMIT", "OFFSET"],
        Clause::Inside => &[
            "AND",
            "OR",
            "IN (",
            "NOT IN (",
            "LIKE",
            "NOT LIKE",
            "IS NULL",
            "IS NOT NULL",
            "BETWEEN",
            "AS",
            "FROM",
            "ORDER BY",
            "PARTITION BY",
            "WHEN",
            "THEN",
            "ELSE",
            "END",
            "WHERE",
        ],
        Clause::Other => &["AS", "SELECT", "OFFSET", "LIMIT", "AND", "OR", "FROM"],
    }
}

/// What goes on behind a keyword, where only that does.
pub(super) fn followers(word: &str) -> Option<&'static [&'static str]> {
    FOLLOWERS.iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(word)).map(|(_, followers)| *followers)
}

/// Whether a word is a keyword, in any letter case.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

/// Whether a word is a keyword and no name.
pub(super) fn is_reserved(word: &str) -> bool {
    is_keyword(word) && NAMES.binary_search(&word.to_ascii_uppercase().as_str()).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(KEYWORDS.is_sorted() && NAMES.is_sorted());
    }

    #[test]
    fn what_is_offered_are_keywords() {
        let clauses = [
            Clause::Beginning,
            Clause::Select,
            Clause::From,
            Clause::On,
            Clause::Where,
            Clause::GroupBy,
            Clause::Having,
            Clause::OrderBy,
            Clause::Inside,
            Clause::Other,
        ];
        let followers = FOLLOWERS.iter().flat_map(|(_, followers)| followers.iter());
        let all = clauses.into_iter().flat_map(continuations).chain(followers).chain(OPERANDS).chain(NAMES);
        let words = all.flat_map(|words| words.split([' ', '(']));
        for word in words.filter(|word| !word.is_empty() && !matches!(*word, "VERSION" | "OF")) {
            assert!(is_keyword(word), "{word}");
        }
    }
}
