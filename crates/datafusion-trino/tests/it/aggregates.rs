//! Aggregate functions: over nothing, over NULLs, one row, many groups, with DISTINCT, FILTER, ORDER BY,
//! in windows, and merged from several partitions.

use crate::session::{rows, session_of, values};

/// Every expression over the rows of a VALUES list.
async fn over(rows: &str, expected: &[(&str, &str)]) {
    let queries: Vec<(String, &str)> =
        expected.iter().map(|(e, v)| (format!("(SELECT {e} FROM (VALUES {rows}) AS t(k, v))"), *v)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(e, v)| (e.as_str(), *v)).collect();
    values(&queries).await;
}

/// All aggregates of one argument, and what they give for no row and for NULLs only.
const ALONE: &[(&str, &str)] = &[
    ("approx_distinct(v)", "0"),
    ("approx_percentile(v, 0.5)", "NULL"),
    ("approx_percentile(v, ARRAY[0.1, 0.9])", "NULL"),
    ("approx_most_frequent(2, v, 10)", "NULL"),
    ("numeric_histogram(2, v)", "NULL"),
    ("arbitrary(v)", "NULL"),
    ("any_value(v)", "NULL"),
    ("max(v, 2)", "NULL"),
    ("min(v, 2)", "NULL"),
    ("max_by(k, v)", "NULL"),
    ("min_by(k, v, 2)", "NULL"),
    ("histogram(v)", "NULL"),
    ("map_agg(v, k)", "NULL"),
    ("multimap_agg(v, k)", "NULL"),
    ("geometric_mean(v)", "NULL"),
    ("skewness(v)", "NULL"),
    ("kurtosis(v)", "NULL"),
    ("variance(v)", "NULL"),
    ("count_if(v > 0)", "0"),
    ("bool_and(v > 0)", "NULL"),
    ("every(v > 0)", "NULL"),
    ("bitwise_and_agg(v)", "NULL"),
    ("listagg(CAST(v AS varchar), ',') WITHIN GROUP (ORDER BY v)", "NULL"),
];

#[tokio::test]
async fn nothing_and_nulls() {
    let none: Vec<(String, &str)> =
        ALONE.iter().map(|(e, v)| (format!("(SELECT {e} FROM (VALUES (1, 1)) AS t(k, v) WHERE k > 1)"), *v)).collect();
    values(&none.iter().map(|(e, v)| (e.as_str(), *v)).collect::<Vec<_>>()).await;
    over("(1, CAST(NULL AS integer)), (2, NULL)", ALONE).await;
    values(&[("(SELECT checksum(k) FROM (VALUES 1) AS t(k) WHERE k > 1) IS NULL", "true")]).await;
}

#[tokio::test]
async fn few_rows() {
    over(
        "(1, 10), (2, 30), (3, 20), (4, NULL), (5, 20)",
        &[
            ("approx_distinct(v)", "3"),
            ("approx_distinct(v, 0.01)", "3"),
            ("approx_percentile(v, 0.5)", "20"),
            ("approx_percentile(v, 1, 0.5)", "20"),
            ("approx_percentile(v, k, 0.4)", "20"),
            ("approx_percentile(v, ARRAY[0.0, 0.75, 1.0])", "[10, 20, 30]"),
            ("approx_percentile(CAST(v AS double) / 4, 1.0)", "7.5"),
            ("arbitrary(v)", "10"),
            ("max_by(k, v)", "2"),
            ("min_by(k, v)", "1"),
            ("max_by(v, k)", "20"),
            ("max_by(k, v, 2)", "[2, 3]"),
            ("min_by(k, v, 9)", "[1, 3, 5, 2]"),
            ("max(v, 2)", "[30, 20]"),
            ("min(v, 3)", "[10, 20, 20]"),
            ("min_by(MAP(ARRAY['k'], ARRAY[k]), v)['k']", "1"),
            ("max_by(k, ARRAY[coalesce(v, 0), k])", "2"),
            ("histogram(v)", "{10=1, 20=2, 30=1}"),
            ("map_agg(v, k)", "{10=1, 20=3, 30=2}"),
            ("multimap_agg(v, k)", "{10=[1], 20=[3, 5], 30=[2]}"),
            ("multimap_agg(v, k ORDER BY k DESC)", "{10=[1], 20=[5, 3], 30=[2]}"),
            ("map_union(MAP(ARRAY[k], ARRAY[v]))", "{1=10, 2=30, 3=20, 4=null, 5=20}"),
            ("approx_most_frequent(1, v, 10)", "{20=2}"),
            ("numeric_histogram(10, v)", "{10.0=1.0, 20.0=2.0, 30.0=1.0}"),
            ("round(geometric_mean(v), 4)", "18.6121"),
            ("count_if(v > 10)", "3"),
            ("count_if(v > 10) FILTER (WHERE k < 3)", "1"),
            ("bool_and(v > 10)", "false"),
            ("bool_or(v > 20)", "true"),
            ("bitwise_or_agg(k)", "7"),
            ("bitwise_xor_agg(k)", "1"),
            ("array_agg(v)", "[10, 30, 20, null, 20]"),
            ("array_agg(v ORDER BY v DESC)", "[30, 20, 20, 10, null]"),
            ("array_agg(DISTINCT v ORDER BY v)", "[10, 20, 30, null]"),
            ("array_agg(k ORDER BY v, k DESC) FILTER (WHERE v < 30)", "[1, 5, 3]"),
            ("map_agg(v, k) FILTER (WHERE v > 10)", "{20=3, 30=2}"),
            ("listagg(CAST(k AS varchar), '-') WITHIN GROUP (ORDER BY v DESC, k)", "2-3-5-1-4"),
            ("listagg(DISTINCT CAST(v AS varchar), ',') WITHIN GROUP (ORDER BY CAST(v AS varchar))", "10,20,30"),
            ("max(v > 10)", "true"),
            ("max(ARRAY[k, v])", "[5, 20]"),
            ("variance(v)", "66.66666666666667"),
        ],
    )
    .await;
    values(&[
        ("(SELECT round(skewness(x), 6) FROM (VALUES 1, 1, 2, 9) AS t(x))", "1.104868"),
        ("(SELECT round(kurtosis(x), 6) FROM (VALUES 1, 1, 2, 9) AS t(x))", "3.680409"),
        ("(SELECT skewness(x) FROM (VALUES 1, 2) AS t(x))", "NULL"),
        ("to_hex((SELECT checksum(x) FROM (VALUES 1, 2) AS t(x))) = to_hex((SELECT checksum(x) FROM (VALUES 2, 1) AS t(x)))", "true"),
    ])
    .await;
}

#[tokio::test]
async fn types_that_do_not_fit_are_refused() {
    for (sql, expected) in [
        ("max_by(k, MAP(ARRAY[1], ARRAY[v]))", "max_by takes a value, what to order by"),
        ("approx_percentile(v, 1.5)", "must be between 0 and 1"),
        ("approx_percentile(v, 0.1 * k)", "must be a constant"),
        ("max(v, 0)", "must be between 1 and 10000, not 0"),
        ("approx_distinct(v, 0.9)", "must be a constant between 0.0040625 and 0.26"),
        ("listagg(v, ',') WITHIN GROUP (ORDER BY v)", "does not exist"),
        ("listagg('x', ',')", "listagg needs WITHIN GROUP"),
        ("count(DISTINCT k, v)", "count takes one argument"),
        ("geometric_mean('x')", "geometric_mean(varchar) does not exist; geometric_mean takes a number"),
    ] {
        let sql = format!("SELECT {sql} FROM (VALUES (1, 2)) AS t(k, v)");
        let error = crate::session::try_ask(&sql).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{sql}\n{error}");
    }
}

#[tokio::test]
async fn overflow_of_listagg() {
    let long = "array_join(repeat('xxxxxxxxxx', 9000), '')";
    for (clause, expected) in
        [("ON OVERFLOW TRUNCATE '~' WITHOUT COUNT", "~"), ("ON OVERFLOW TRUNCATE WITH COUNT", "...(4)")]
    {
        let sql = format!(
            "SELECT substr(x, -{}) FROM (SELECT listagg({long}, ',' {clause}) WITHIN GROUP (ORDER BY i) AS x
             FROM UNNEST(sequence(1, 15)) AS t(i))",
            expected.len()
        );
        assert_eq!(rows(&sql).await, [expected]);
    }
    let sql = format!("SELECT listagg({long}, ',') WITHIN GROUP (ORDER BY i) FROM UNNEST(sequence(1, 15)) AS t(i)");
    let error = crate::session::try_ask(&sql).await.unwrap_err().to_string();
    assert!(error.contains("longer than 1048576 bytes"), "{error}");
}

#[tokio::test]
async fn in_windows() {
    let sql = "SELECT k, max_by(k, v) OVER w, histogram(v) OVER w, approx_distinct(v) OVER w, arbitrary(v) OVER w,
                      array_agg(v ORDER BY v DESC) OVER w, array_agg(DISTINCT v) OVER w, count_if(v > 1) OVER w, max(v, 1) OVER w
               FROM (VALUES (1, 2), (2, 1), (3, 2), (4, 3)) AS t(k, v)
               WINDOW w AS (ORDER BY k ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY k";
    assert_eq!(
        rows(sql).await,
        [
            "1|1|{2=1}|1|2|[2]|[2]|1|[2]",
            "2|1|{1=1, 2=1}|2|2|[2, 1]|[2, 1]|1|[2]",
            "3|3|{1=1, 2=1}|2|1|[2, 1]|[1, 2]|1|[2]",
            "4|4|{2=1, 3=1}|2|2|[3, 2]|[2, 3]|2|[3]",
        ]
    );
}

/// The same over one partition and over many, where partial states are merged.
#[tokio::test]
async fn partial_states_merge() {
    let aggregates =
        "approx_distinct(v), approx_distinct(CAST(v AS varchar), 0.01), approx_percentile(v, ARRAY[0.1, 0.5]),
        approx_percentile(v, 2, 0.9), max_by(v, v), min_by(v, -v, 3), max(v, 3), min(CAST(v AS varchar), 2),
        histogram(v % 3), map_agg(v % 2, 'x'), cardinality(element_at(multimap_agg(v % 5, v), 3)),
        map_union(MAP(ARRAY[v % 2], ARRAY['y'])), round(geometric_mean(v + 1), 6), round(skewness(v * v), 6),
        round(kurtosis(v * v), 6), approx_most_frequent(2, v % 2, 8), numeric_histogram(4, v % 2), checksum(v),
        arbitrary(v % 1), sum(DISTINCT v % 7), histogram(DISTINCT v % 3), array_agg(v ORDER BY v DESC)[1],
        listagg(CAST(v AS varchar), ',') WITHIN GROUP (ORDER BY v), count_if(v > 5)";
    for (from, groups) in [("", "GROUP BY g ORDER BY g"), ("WHERE v < 0", ""), ("", "")] {
        let mut answers = Vec::new();
        for partitions in [1, 4] {
            let session = session_of(partitions);
            session
                .sql("CREATE TABLE n AS SELECT value AS v, value % 100 AS g FROM generate_series(0, 4999)")
                .await
                .unwrap();
            let sql = format!("SELECT {aggregates} FROM n {from} {groups}");
            answers.push(crate::session::ask_in(&session, &sql).await.rows);
        }
        assert_eq!(answers[0].len(), answers[1].len());
        for (alone, merged) in answers[0].iter().zip(&answers[1]) {
            assert_eq!(alone, merged, "{from} {groups}");
        }
    }
}
