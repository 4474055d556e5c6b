//! FROM, grouping, set operations, limits and windows as Trino has them.

use crate::session::{ask, rows, try_ask};

async fn refused(sql: &str, expected: &str) {
    let error = try_ask(sql).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{sql}\n{error}");
}

#[tokio::test]
async fn values_take_rows_of_any_form() {
    for (sql, expected) in [
        ("VALUES 1, 2", vec!["1", "2"]),
        ("VALUES (1, 'a'), ROW(2, 'b')", vec!["1|a", "2|b"]),
        ("SELECT x FROM (VALUES 1, NULL, 2.5) AS t(x)", vec!["1.0", "NULL", "2.5"]),
        ("SELECT (VALUES 7), 3 > ALL (VALUES 1, 2), 3 IN (VALUES 3)", vec!["7|true|true"]),
        ("VALUES 1, 1 UNION VALUES 1 UNION ALL VALUES 1", vec!["1", "1"]),
        ("WITH t(a) AS (VALUES ARRAY[1, 2]) SELECT a[2] FROM t", vec!["2"]),
    ] {
        assert_eq!(rows(sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn table_is_select_all() {
    assert_eq!(ask("TABLE events").await, ask("SELECT * FROM events").await);
    assert_eq!(rows("WITH t(a) AS (VALUES 1, 2) TABLE t").await, ["1", "2"]);
}

#[tokio::test]
async fn using_puts_the_joined_columns_first() {
    let (t, u) = ("(VALUES (1, 'a', 2), (9, 'z', 9)) AS t(k, v, l)", "(VALUES ('b', 2, 1), ('c', 3, 3)) AS u(w, l, k)");
    let join = |kind: &str, columns: &str| format!("SELECT * FROM {t} {kind} {u} USING ({columns}) ORDER BY 1, 2");
    let answer = ask(&join("JOIN", "k, l")).await;
    assert_eq!(answer.headers, ["k", "l", "v", "w"]);
    assert_eq!(answer.rows, [["1", "2", "a", "b"]]);
    for (kind, expected) in [
        ("LEFT JOIN", vec!["1|a|2|b|2", "9|z|9|NULL|NULL"]),
        ("RIGHT JOIN", vec!["1|a|2|b|2", "3|NULL|NULL|c|3"]),
        ("FULL JOIN", vec!["1|a|2|b|2", "3|NULL|NULL|c|3", "9|z|9|NULL|NULL"]),
    ] {
        assert_eq!(rows(&join(kind, "k")).await, expected, "{kind}");
    }
    let three = "SELECT k, t.v, u.w, x FROM (VALUES (1, 'a')) t(k, v) JOIN (VALUES (1, 'b')) u(k, w) USING (k)
                 JOIN (VALUES (1, 'c')) s(k, x) USING (k) CROSS JOIN UNNEST(ARRAY[t.v]) AS n(y)";
    assert_eq!(rows(three).await, ["1|a|b|c"]);
    let events = "SELECT count(*) FROM events a JOIN events b USING (eventid) WHERE eventid <> 'e1' AND a.awsregion = b.awsregion";
    assert_eq!(rows(events).await, ["2"]);
    refused("SELECT t.k FROM (VALUES 1) t(k) JOIN (VALUES 1) u(k) USING (k)", "k").await;
    refused("SELECT 1 FROM (VALUES 1) t(k) JOIN (VALUES 1) u(l) USING (k)", "missing on the right side").await;
    refused("SELECT 1 FROM events NATURAL JOIN config", "NATURAL JOIN is not supported").await;
}

#[tokio::test]
async fn samples_are_samples() {
    let count = |method: &str, p: &str| {
        format!(
            "SELECT count(*) FROM (SELECT x FROM UNNEST(sequence(1, 10000)) AS u(x)) AS t TABLESAMPLE {method} ({p})"
        )
    };
    assert_eq!(rows(&count("BERNOULLI", "0")).await, ["0"]);
    assert_eq!(rows(&count("SYSTEM", "100")).await, ["10000"]);
    for method in ["BERNOULLI", "SYSTEM"] {
        let kept: i64 = rows(&count(method, "30")).await[0].parse().unwrap();
        assert!((2_700..3_300).contains(&kept), "{method} kept {kept}");
    }
    assert_eq!(
        rows("SELECT count(e.eventid) FROM events AS e TABLESAMPLE BERNOULLI (100) WHERE e.readonly").await,
        ["2"]
    );
    refused("SELECT 1 FROM events TABLESAMPLE BERNOULLI (101)", "between 0 and 100").await;
    refused("SELECT 1 FROM events TABLESAMPLE SYSTEM (-1)", "between 0 and 100").await;
}

#[tokio::test]
async fn limits() {
    let from = "FROM (VALUES 3, 1, 2, 2, 3) AS t(x) ORDER BY x";
    for (limit, expected) in [
        ("FETCH FIRST ROW ONLY", vec!["1"]),
        ("FETCH NEXT 2 ROWS WITH TIES", vec!["1", "2", "2"]),
        ("OFFSET 1 ROW FETCH FIRST 1 ROW WITH TIES", vec!["2", "2"]),
        ("OFFSET 3 LIMIT ALL", vec!["3", "3"]),
        ("OFFSET 4 ROWS", vec!["3"]),
        ("LIMIT 0", vec![]),
    ] {
        assert_eq!(rows(&format!("SELECT x {from} {limit}")).await, expected, "{limit}");
    }
    assert_eq!(
        rows("SELECT x + 1 AS y FROM (VALUES 1, 2, 2) AS t(x) ORDER BY -x FETCH FIRST 1 ROW WITH TIES").await,
        ["3", "3"]
    );
    refused("SELECT x FROM (VALUES 1) AS t(x) FETCH FIRST 1 ROW WITH TIES", "needs an ORDER BY").await;
}

#[tokio::test]
async fn nulls_come_last_in_both_directions() {
    assert_eq!(rows("SELECT x FROM (VALUES 1, NULL, 2) AS t(x) ORDER BY x DESC").await, ["2", "1", "NULL"]);
    assert_eq!(rows("SELECT x FROM (VALUES 1, NULL, 2) AS t(x) ORDER BY x").await, ["1", "2", "NULL"]);
    assert_eq!(rows("SELECT x FROM (VALUES 1, NULL, 2) AS t(x) ORDER BY x NULLS FIRST").await, ["NULL", "1", "2"]);
}

#[tokio::test]
async fn set_operations_count_rows_with_all() {
    for (sql, expected) in [
        ("VALUES 1, 1, 2, 2, 3 EXCEPT ALL VALUES 1, 2, 2", vec!["1", "3"]),
        ("VALUES 1, 1, 2, NULL, NULL INTERSECT ALL VALUES 1, 1, 1, NULL", vec!["1", "1", "NULL"]),
        ("VALUES 1, 1, 2 INTERSECT VALUES 1", vec!["1"]),
        ("VALUES 1, NULL EXCEPT VALUES NULL", vec!["1"]),
        ("VALUES 1 UNION ALL VALUES 2 INTERSECT VALUES 3", vec!["1"]),
        ("SELECT 0 WHERE false EXCEPT ALL SELECT 1", vec![]),
    ] {
        let mut found = rows(sql).await;
        found.sort();
        assert_eq!(found, expected, "{sql}");
    }
    assert_eq!(ask("SELECT 1 AS Aa UNION SELECT 1").await.headers, ["Aa"]);
}

#[tokio::test]
async fn grouping_sets() {
    let t = "(VALUES (1, 1, 1), (1, 2, 2), (1, 2, 2)) AS t(a, b, c)";
    for (group, expected) in [
        ("ROLLUP (a, (b, c))", vec!["1|1|1|1", "1|2|2|2", "1|NULL|NULL|3", "NULL|NULL|NULL|3"]),
        (
            "CUBE (a, (b, c))",
            vec!["1|1|1|1", "1|2|2|2", "1|NULL|NULL|3", "NULL|1|1|1", "NULL|2|2|2", "NULL|NULL|NULL|3"],
        ),
        (
            "GROUPING SETS ((a, b), (c), ())",
            vec!["1|1|NULL|1", "1|2|NULL|2", "NULL|NULL|1|1", "NULL|NULL|2|2", "NULL|NULL|NULL|3"],
        ),
    ] {
        let sql = format!("SELECT a, b, c, count(*) FROM {t} GROUP BY {group} ORDER BY 1, 2, 3");
        assert_eq!(rows(&sql).await, expected, "{group}");
    }
    let sql = format!(
        "SELECT b + 1 AS Next, grouping(b), count(DISTINCT c) FROM {t} GROUP BY GROUPING SETS ((b), ()) ORDER BY 1"
    );
    let answer = ask(&sql).await;
    assert_eq!(answer.headers, ["Next", "_col1", "_col2"]);
    assert_eq!(rows(&sql).await, ["2|0|1", "3|0|1", "NULL|1|2"]);
    assert_eq!(rows(&format!("SELECT a * 2, sum(b) FROM {t} GROUP BY 1 HAVING sum(b) > 4")).await, ["2|5"]);
    assert_eq!(rows(&format!("SELECT DISTINCT a + B FROM {t} ORDER BY a + b DESC")).await, ["3", "2"]);
}

#[tokio::test]
async fn groups_of_a_joined_distinct_are_kept_apart() {
    let sql = "SELECT d.a, u.b, count(DISTINCT u.c) FROM (SELECT DISTINCT a FROM (VALUES 1, 1, 2) AS t(a)) AS d
               JOIN (VALUES (1, 'x', 1), (1, 'y', 2), (1, 'y', 3), (2, 'x', 4)) AS u(k, b, c) ON d.a = u.k
               GROUP BY d.a, u.b ORDER BY 1, 2";
    assert_eq!(rows(sql).await, ["1|x|1", "1|y|2", "2|x|1"]);
}

#[tokio::test]
async fn window_frames() {
    let t = "(VALUES 1, 2, 2, 4) AS t(x)";
    for (over, expected) in [
        ("array_agg(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)", "[1]/[1, 2, 2]/[1, 2, 2]/[4]"),
        ("array_agg(x) OVER (ORDER BY x RANGE BETWEEN 1.5 PRECEDING AND 0.5 FOLLOWING)", "[1]/[1, 2, 2]/[1, 2, 2]/[4]"),
        (
            "array_agg(x) OVER (ORDER BY x GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING)",
            "[1, 2, 2]/[2, 2, 4]/[2, 2, 4]/[4]",
        ),
        ("sum(x) OVER (ORDER BY x ROWS 1 PRECEDING)", "1/3/4/6"),
        ("lag(x, 1, -1) OVER (ORDER BY x)", "-1/1/2/2"),
        ("lead(x) OVER (ORDER BY x)", "2/2/4/NULL"),
        (
            "first_value(nullif(x, 1)) IGNORE NULLS OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
            "2/2/2/2",
        ),
        ("nth_value(x, 2) OVER w", "NULL/2/2/2"),
        ("ntile(2) OVER w", "1/1/2/2"),
        ("count(*) FILTER (WHERE x > 1) OVER w", "0/2/2/3"),
    ] {
        let sql = format!("SELECT {over} FROM {t} WINDOW w AS (ORDER BY x) ORDER BY x");
        assert_eq!(rows(&sql).await.join("/"), expected, "{over}");
    }
    refused("SELECT lag(x, NULL) OVER (ORDER BY x) FROM (VALUES 1) AS t(x)", "must not be NULL").await;
}

#[tokio::test]
async fn recursion_and_row_patterns() {
    let sql = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 2 FROM t WHERE n < 6) SELECT n FROM t ORDER BY 1";
    assert_eq!(rows(sql).await, ["1", "3", "5", "7"]);
    refused(
        "SELECT * FROM events MATCH_RECOGNIZE (ORDER BY eventtime MEASURES A.eventid AS id PATTERN (A) DEFINE A AS true)",
        "MATCH_RECOGNIZE is not supported (line 1, column 15)",
    )
    .await;
}
