//! Regular expressions: all matches, Java's groups and empty matches.

use crate::session::{fails, rows, values};

#[tokio::test]
async fn trap_10_replacing_takes_all_matches_groups_names_and_lambdas() {
    values(&[
        (r"regexp_replace('1a 2b 14m', '\d+[ab] ')", "14m"),
        (r"regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 ')", "3ca 3cb 14m"),
        ("regexp_replace('abc', '(?<last>[bc])', '<${last}>')", "a<b><c>"),
        (r"regexp_replace('a.b', '\.', '\$')", "a$b"),
        ("regexp_replace('ab', '(a)', '$12')", "a2b"),
        ("regexp_replace('abc', '', '-')", "-a-b-c-"),
        (r"regexp_replace('new york', '(\w)(\w*)', x -> upper(x[1]) || lower(x[2]))", "New York"),
        ("regexp_replace('abc', '(x)?b', x -> x[1])", "NULL"),
        ("regexp_replace('abc', '(x)', x -> x[1])", "abc"),
    ])
    .await;
    fails(&[
        ("regexp_replace('a', '(a)', '$2')", "unknown group 2"),
        ("regexp_replace('a', 'a', '${n}')", "unknown group {n}"),
        (r"regexp_replace('a', 'a', '\')", "Illegal replacement sequence"),
    ])
    .await;
    let sql = r"SELECT regexp_replace(eventName, '([a-z])([A-Z])', g -> g[1] || eventid || g[2]) FROM events
        ORDER BY eventid LIMIT 2";
    assert_eq!(rows(sql).await, ["Gete1Object", "Pute2Object"]);
}

#[tokio::test]
async fn matches_groups_and_places() {
    values(&[
        (r"regexp_like('1a 2b 14m', '\d+b')", "true"),
        (r"regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2)", "a"),
        ("regexp_extract('a', 'b')", "NULL"),
        ("regexp_extract('ac', 'a(b)?c', 1)", "NULL"),
        (r"regexp_extract_all('1a 2b 14m', '(\d+)([a-z]+)', 2)", "[a, b, m]"),
        (r"cardinality(regexp_extract_all('né', ''))", "3"),
        (r"regexp_split('1a 2b', '\s*[a-z]+\s*')", "[1, 2, ]"),
        ("regexp_split('ab', '')", "[, a, b, ]"),
        ("regexp_count('abcabc', 'b')", "2"),
        (r"regexp_position('行a1b2', '\d')", "3"),
        (r"regexp_position('a1b2', '\d', 3)", "4"),
        (r"regexp_position('a1b2', '\d', 1, 2)", "4"),
        (r"regexp_position('a1b2', '\d', 1, 3)", "-1"),
    ])
    .await;
    fails(&[
        ("regexp_like('a', '(')", "Invalid regular expression '('"),
        ("regexp_extract('a', '(a)', 2)", "Pattern has 1 groups. Cannot access group 2"),
        ("regexp_position('a', 'a', 0)", "start position"),
        ("regexp_position('a', 'a', 1, 0)", "occurrence"),
    ])
    .await;
}

#[tokio::test]
async fn look_around_and_back_references_work() {
    values(&[
        (r"regexp_extract('hello', '(\w)\1')", "ll"),
        ("regexp_replace('abac', 'a(?!b)', 'X')", "abXc"),
        ("regexp_extract_all('price: 5€, 7€', '[0-9](?=€)')", "[5, 7]"),
        ("regexp_like('foobar', '(?<!x)bar')", "true"),
    ])
    .await;
}

#[tokio::test]
async fn patterns_may_come_from_columns() {
    let sql =
        "SELECT eventid FROM events WHERE regexp_like(eventName, substr(eventName, 1, 1) || '.*Object') ORDER BY 1";
    assert_eq!(rows(sql).await, ["e1", "e2"]);
}
