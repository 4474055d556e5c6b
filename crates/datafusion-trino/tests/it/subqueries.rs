//! Subqueries and lateral joins: what they depend on, and what NULL means in them.

use crate::session::{rows, try_ask, values};

#[tokio::test]
async fn comparisons_with_subqueries_know_null() {
    values(&[
        ("1 IN (SELECT 1)", "true"),
        ("1 IN (VALUES 2, NULL)", "NULL"),
        ("1 NOT IN (VALUES 2, NULL)", "NULL"),
        ("NULL IN (SELECT 1 WHERE false)", "false"),
        ("NULL NOT IN (VALUES 1)", "NULL"),
        ("ROW(1, 2) IN (SELECT 1, 2)", "true"),
        ("ROW(1, 'a') IN (VALUES (2, 'b'), (1, 'a'))", "true"),
        ("2 > ALL (VALUES 0, 1)", "true"),
        ("2 > ALL (VALUES 0, NULL)", "NULL"),
        ("2 > ALL (VALUES 3, NULL)", "false"),
        ("2 > ALL (SELECT 1 WHERE false)", "true"),
        ("NULL > ALL (SELECT 1 WHERE false)", "true"),
        ("2 < ANY (VALUES 1, 3)", "true"),
        ("2 >= SOME (VALUES 3, NULL)", "NULL"),
        ("2 = ANY (VALUES 1, 2)", "true"),
        ("2 = ALL (VALUES 2, 2)", "true"),
        ("2 <> ALL (VALUES 1, NULL)", "NULL"),
        ("2 <> ANY (VALUES 2, 2)", "false"),
        ("EXISTS (SELECT 1 WHERE false)", "false"),
        ("NOT EXISTS (SELECT NULL)", "false"),
        ("(SELECT 1 WHERE false)", "NULL"),
    ])
    .await;
    let error = try_ask("SELECT (VALUES 1, 2)").await.unwrap_err().to_string();
    assert!(error.contains("more than one row") || error.contains("multiple rows"), "{error}");
}

#[tokio::test]
async fn correlated_subqueries() {
    let t = "(VALUES (1, 10), (2, NULL), (3, 30)) AS t(k, v)";
    let u = "(VALUES (1, 1), (1, 2), (3, 5), (NULL, 7)) AS u(k, x)";
    for (select, expected) in [
        (format!("(SELECT count(*) FROM {u} WHERE u.k = t.k)"), "2/0/1"),
        (format!("(SELECT sum(x) FROM {u} WHERE u.k < t.k)"), "NULL/3/3"),
        (format!("(SELECT max(x) + t.k FROM {u} WHERE u.k <= t.k)"), "3/4/8"),
        (format!("(SELECT x FROM {u} WHERE u.k = t.k ORDER BY x DESC LIMIT 1)"), "2/NULL/5"),
        (format!("(SELECT count(DISTINCT x) FROM {u} WHERE u.k <> t.k)"), "1/3/2"),
        (format!("EXISTS (SELECT 1 FROM {u} WHERE u.k = t.k)"), "true/false/true"),
        (format!("NOT EXISTS (SELECT 1 FROM {u} WHERE u.x > t.v)"), "true/true/true"),
        (format!("t.k IN (SELECT x FROM {u} WHERE u.k = t.k)"), "true/false/false"),
        (format!("t.v IN (SELECT x FROM {u} WHERE u.k = t.k)"), "false/false/false"),
        (format!("t.k > ALL (SELECT x FROM {u} WHERE u.k = t.k)"), "false/true/false"),
        (format!("(SELECT array_agg(x ORDER BY x) FROM {u} WHERE u.k = t.k)"), "[1, 2]/NULL/[5]"),
        ("(SELECT t.v)".to_owned(), "10/NULL/30"),
        ("(SELECT a FROM (VALUES t.v) AS s(a))".to_owned(), "10/NULL/30"),
        (format!("(SELECT (SELECT max(x) FROM {u} WHERE u.k = t.k))"), "2/NULL/5"),
    ] {
        let sql = format!("SELECT {select} FROM {t} ORDER BY t.k");
        assert_eq!(rows(&sql).await.join("/"), expected, "{sql}");
    }
    for (condition, expected) in [
        (format!("EXISTS (SELECT 1 FROM {u} WHERE u.k = t.k GROUP BY u.k HAVING count(*) > 1)"), "1"),
        (format!("t.k NOT IN (SELECT x FROM {u} WHERE u.k = t.k)"), "2/3"),
        (format!("(SELECT count(*) FROM {u} WHERE u.k = t.k) = 0"), "2"),
        (format!("t.k = 2 OR EXISTS (SELECT 1 FROM {u} WHERE u.x = 2 AND u.k = t.k)"), "1/2"),
        (format!("t.k >= ALL (SELECT k FROM {u} WHERE k IS NOT NULL)"), "3"),
    ] {
        let sql = format!("SELECT t.k FROM {t} WHERE {condition} ORDER BY 1");
        assert_eq!(rows(&sql).await.join("/"), expected, "{sql}");
    }
    let sql = format!("SELECT (SELECT x FROM {u} WHERE u.k = t.k) FROM {t}");
    let error = try_ask(&sql).await.unwrap_err().to_string();
    assert!(error.contains("more than one row"), "{error}");
}

#[tokio::test]
async fn lateral_joins() {
    let t = "(VALUES 1, 2, 3) AS t(k)";
    let u = "(VALUES (1, 'a'), (1, 'b'), (2, 'c')) AS u(k, v)";
    for (from, expected) in [
        (format!("{t}, LATERAL (SELECT v FROM {u} WHERE u.k = t.k ORDER BY v DESC LIMIT 1) AS s(x)"), "1|b/2|c"),
        (format!("{t} LEFT JOIN LATERAL (SELECT v FROM {u} WHERE u.k = t.k) AS s(x) ON TRUE"), "1|a/1|b/2|c/3|NULL"),
        (format!("{t} LEFT JOIN LATERAL (SELECT v FROM {u} WHERE u.k = t.k) AS s(x) ON x > 'a'"), "1|b/2|c/3|NULL"),
        (format!("{t} CROSS JOIN LATERAL (SELECT count(*) FROM {u} WHERE u.k <= t.k) AS s(x)"), "1|2/2|3/3|3"),
        (
            format!("{t} CROSS JOIN LATERAL (SELECT max(v) FROM {u} WHERE u.k >= t.k GROUP BY u.k) AS s(x)"),
            "1|b/1|c/2|c",
        ),
        (format!("{t} CROSS JOIN LATERAL (SELECT DISTINCT k * 0 FROM {u}) AS s(x)"), "1|0/2|0/3|0"),
        (
            format!(
                "{t} CROSS JOIN LATERAL (SELECT v FROM {u} WHERE u.k = t.k UNION SELECT 'z' WHERE t.k = 3) AS s(x)"
            ),
            "1|a/1|b/2|c/3|z",
        ),
        (
            format!("{t} CROSS JOIN LATERAL (SELECT y FROM UNNEST(ARRAY[t.k, 9]) AS n(y) WHERE y > 2) AS s(x)"),
            "1|9/2|9/3|3/3|9",
        ),
    ] {
        let sql = format!("SELECT t.k, x FROM {from} ORDER BY 1, 2");
        assert_eq!(rows(&sql).await.join("/"), expected, "{sql}");
    }
}

#[tokio::test]
async fn subqueries_over_events() {
    let sql = "SELECT e.eventid FROM events e
               WHERE e.eventtime = (SELECT max(x.eventtime) FROM events x WHERE x.useridentity.arn = e.useridentity.arn)
               ORDER BY 1";
    assert_eq!(rows(sql).await, ["e2", "e3"]);
    let sql = "SELECT e.eventid, (SELECT count(*) FROM events x WHERE x.eventtime < e.eventtime) AS before
               FROM events e ORDER BY 1";
    assert_eq!(rows(sql).await, ["e1|0", "e2|1", "e3|2", "e4|3"]);
    let sql = "SELECT e.eventid FROM events e
               WHERE element_at(e.requestparameters, 'key') IN (SELECT x FROM UNNEST(map_values(e.requestparameters)) AS t(x))";
    assert_eq!(rows(sql).await, ["e1"]);
}
