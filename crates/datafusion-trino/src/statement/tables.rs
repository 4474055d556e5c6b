//! Table names no tokenizer accepts: bare UUIDs, hyphenated names, `$EDS_ID`, `<EDS ID>`, bare ARNs.
//!
//! They are looked for only where a table name is expected, so that `a-b` stays a subtraction.

use super::lex::{Kind, Lexeme, is_word, lexemes, run};

/// A stretch of text that is one part of a table name; byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BareName {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What is known about one level of parentheses.
#[derive(Default, Clone, Copy)]
struct Level {
    /// A SELECT stands in it: FROM starts a list of tables and is no part of `extract(… from …)`.
    query: bool,
    /// Inside a list of tables: a comma starts another.
    tables: bool,
}

/// The names in table position that must be quoted before the text can be tokenized, in order.
pub(crate) fn bare_names(text: &str) -> Vec<BareName> {
    let lexemes = lexemes(text);
    let mut names = Vec::new();
    let mut levels = vec![Level::default()];
    let mut expected = false;
    let mut previous = "";
    let mut resume = 0;
    for lexeme in lexemes.iter().filter(|l| l.is_significant()) {
        if lexeme.start < resume {
            continue;
        }
        if std::mem::take(&mut expected) {
            let found = names_at(text, lexeme.start);
            resume = found.last().map_or(resume, |name: &BareName| name.end);
            let any = !found.is_empty();
            names.extend(found);
            if any {
                continue;
            }
        }
        let word = &text[lexeme.start..lexeme.end];
        expected = step(&mut levels, lexeme, word, previous);
        previous = word;
    }
    names
}

/// Follows one lexeme; true when a table name is expected after it.
fn step(levels: &mut Vec<Level>, lexeme: &Lexeme, word: &str, previous: &str) -> bool {
    let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
    let Some(level) = levels.last_mut() else { return false };
    match lexeme.kind {
        Kind::Mark('(') => {
            let within = level.tables && ["from", "join", ",", "("].iter().any(|w| previous.eq_ignore_ascii_case(w));
            levels.push(Level { query: false, tables: within });
            within
        }
        Kind::Mark(')') => {
            if levels.len() > 1 {
                levels.pop();
            }
            false
        }
        Kind::Mark(',') => level.tables,
        Kind::Word if is("select") => {
            *level = Level { query: true, tables: false };
            false
        }
        Kind::Word if is("from") => {
            level.tables = level.query && !previous.eq_ignore_ascii_case("distinct");
            level.tables
        }
        Kind::Word if is("join") => {
            level.tables = true;
            true
        }
        Kind::Word if ENDS_TABLES.iter().any(|k| is(k)) => {
            level.tables = false;
            false
        }
        _ => false,
    }
}

const ENDS_TABLES: [&str; 12] = [
    "values",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "fetch",
    "union",
    "except",
    "intersect",
    "window",
];

/// The parts of the dotted name at `start` that need quotes; empty when it is an ordinary name.
fn names_at(text: &str, start: usize) -> Vec<BareName> {
    let mut names = Vec::new();
    let mut at = start;
    loop {
        let rest = &text[at..];
        let is_quoted = rest.starts_with('"');
        let length = if is_quoted { quoted(rest) } else { part(rest) };
        if length == 0 {
            return names;
        }
        let name = &rest[..length];
        let odd = name.contains(|c| !is_word(c)) || name.starts_with(|c: char| c.is_ascii_digit());
        if odd && !is_quoted {
            names.push(BareName { start: at, end: at + length });
        }
        at += length;
        if !text[at..].starts_with('.') {
            return names;
        }
        at += 1;
    }
}

/// Bytes of a name in double quotes at the start of the text; zero when it is not closed.
fn quoted(text: &str) -> usize {
    text[1..].find('"').map_or(0, |end| end + 2)
}

/// Bytes of one part of a bare name, a placeholder or a parameter at the start of the text.
fn part(text: &str) -> usize {
    if text.starts_with('<') {
        let end = text.find(['>', '\n', ';', '\'', '"']);
        return end.filter(|&end| text[end..].starts_with('>') && end > 1).map_or(0, |end| end + 1);
    }
    if text.starts_with('?') {
        return 1;
    }
    if let Some(name) = text.strip_prefix("${") {
        let length = run(name, is_word);
        return if length > 0 && name[length..].starts_with('}') { length + 3 } else { 0 };
    }
    if let Some(name) = text.strip_prefix(['$', ':']) {
        let length = run(name, is_word);
        let closed = text.starts_with('$') && name[length..].starts_with('$');
        return if length == 0 { 0 } else { length + 1 + usize::from(closed) };
    }
    let arn = text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("arn:"));
    let belongs = |c| is_word(c) || c == '-' || (arn && matches!(c, ':' | '/'));
    let length = run(text, belongs);
    // Two hyphens start a comment; one at the end belongs to whatever follows.
    let length = text[..length].find("--").unwrap_or(length);
    text[..length].trim_end_matches('-').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        bare_names(text).iter().map(|n| &text[n.start..n.end]).collect()
    }

    #[test]
    fn names_are_found_only_where_a_table_stands() {
        let uuid = "0233062b-51c6-4d18-8dec-a8c90da840d9";
        for (text, expected) in [
            (format!("select a-b from {uuid} where a-b > 1"), vec![uuid]),
            (format!("select 1 from {uuid}, {uuid} x join {uuid} on a-b = c-d"), vec![uuid; 3]),
            ("select 1 from $EDS_ID".into(), vec!["$EDS_ID"]),
            ("select 1 FROM <EDS ID> where a < b and c > d".into(), vec!["<EDS ID>"]),
            ("select 1 from t -- from a-b\n where x = 'from a-b'".into(), vec![]),
            ("select extract(day from a-b), x is distinct from a-b from t".into(), vec![]),
            ("select 1 from my-store--comment".into(), vec!["my-store"]),
            ("select 1 from lake.my-store m".into(), vec!["my-store"]),
            ("select 1 from (select 2 from a-b) union select 3 from (c-d join e on 1=1)".into(), vec!["a-b", "c-d"]),
            (
                "select 1 from arn:aws:cloudtrail:us-east-1:1:eventdatastore/a-b e".into(),
                vec!["arn:aws:cloudtrail:us-east-1:1:eventdatastore/a-b"],
            ),
            ("select 1 from t group by a-b, c-d".into(), vec![]),
            ("select 1 from \"lake\".my-store, ${EDS_ID}, $Id$ x".into(), vec!["my-store", "${EDS_ID}", "$Id$"]),
            ("select :a from :store s join ? on s.x = ?".into(), vec![":store", "?"]),
            ("select x from (values (1), (2)) as t(x), a-b".into(), vec!["a-b"]),
        ] {
            assert_eq!(found(&text), expected, "{text}");
        }
    }
}
