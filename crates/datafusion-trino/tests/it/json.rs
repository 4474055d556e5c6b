//! JSON as a type of its own: paths, equality, casts.

use crate::session::{fails, rows, values};

#[tokio::test]
async fn trap_29_paths_take_names_quotes_places_and_wildcards() {
    values(&[
        (r#"json_extract_scalar('{"a":{"b c":[1,"x"]}}', '$.a["b c"][1]')"#, "x"),
        (r#"json_extract_scalar('{"s3:x-y_1":"v"}', '$.s3:x-y_1')"#, "v"),
        (r#"json_extract_scalar('{"a":[5,6]}', '$.a.1')"#, "6"),
        (r#"json_extract_scalar('{"a\"b":7}', '$["a\"b"]')"#, "7"),
        (r#"json_extract('{"items":[{"x":1},{"x":2}]}', '$.items[*].x')"#, "[1,2]"),
        (r#"json_extract('{"a":{"b" : [1, 2]}}', '$.a')"#, r#"{"b":[1,2]}"#),
        (r#"json_extract('{"a":1}', '$.b')"#, "NULL"),
        (r#"json_extract('{"a":[1]}', '$.a[1]')"#, "NULL"),
        (r#"json_extract('{"a":1}', '$.a.b')"#, "NULL"),
        ("json_extract('not json', '$.a')", "NULL"),
        (r#"json_extract_scalar('{"a":"x","b":{"cut off', '$.a')"#, "x"),
        (r#"json_extract_scalar('{"a":null}', '$.a')"#, "NULL"),
        (r#"json_extract_scalar('{"a":[1]}', '$.a')"#, "NULL"),
        ("json_size(NULL, '%')", "NULL"),
    ])
    .await;
    for path in ["", "a", "$..a", "$.", "$[", "$.a b", "$[a"] {
        fails(&[(&format!(r#"json_extract('{{"a":1}}', '{path}')"#), "Invalid JSON path")]).await;
    }
}

#[tokio::test]
async fn parsing_gives_one_form() {
    values(&[
        (r#"json_parse(' { "b" : 1 , "a" : [ true , null ] } ')"#, r#"{"a":[true,null],"b":1}"#),
        (r#"json_format(JSON '{"a":1.50, "b":1e3, "c":"\u0041\/"}')"#, r#"{"a":1.50,"b":1E+3,"c":"A/"}"#),
        (r#"JSON '{"a":1,"b":2}' = JSON '{"b" : 2, "a" : 1}'"#, "true"),
        ("JSON '[1,2]' <> JSON '[2,1]'", "true"),
        ("JSON '1' IN (JSON '2', JSON '1')", "true"),
        ("JSON 'null' IS NULL", "false"),
    ])
    .await;
    fails(&[
        ("json_parse('{a:1}')", "Cannot convert value to JSON"),
        ("json_parse('[1,]')", "Cannot convert value to JSON"),
        ("json_parse('1 2')", "Cannot convert value to JSON"),
        ("JSON ''", "Cannot convert value to JSON"),
    ])
    .await;
}

#[tokio::test]
async fn arrays_are_asked_by_type() {
    values(&[
        ("json_array_contains('[1, 2]', 2)", "true"),
        ("json_array_contains('[2.0]', 2)", "false"),
        ("json_array_contains('[2]', 2e0)", "false"),
        ("json_array_contains('[1.5]', 1.5e0)", "true"),
        (r#"json_array_contains('["2"]', '2')"#, "true"),
        ("json_array_contains('[true]', true)", "true"),
        ("json_array_contains('{}', 1)", "NULL"),
        (r#"json_array_get('["a", [3, {"b" : 9}], null]', 1)"#, r#"[3,{"b":9}]"#),
        (r#"json_array_get('["a", "b"]', -1)"#, "b"),
        ("json_array_get('[null]', 0)", "NULL"),
        ("json_array_length('[1, 2, 3]')", "3"),
        ("json_array_length('{}')", "NULL"),
        (r#"json_size('{"x": {"a": 1, "b": 2}}', '$.x')"#, "2"),
        ("is_json_scalar('1')", "true"),
        ("is_json_scalar('[1]')", "false"),
    ])
    .await;
    fails(&[("is_json_scalar('1 2')", "Invalid JSON value")]).await;
}

#[tokio::test]
async fn casts_read_what_the_type_allows() {
    values(&[
        ("cast(JSON '\"x\"' AS varchar)", "x"),
        ("cast(JSON '12' AS varchar)", "12"),
        ("cast(JSON '128.5' AS varchar)", "1.285E2"),
        ("cast(JSON 'true' AS varchar)", "true"),
        ("cast(JSON 'null' AS varchar)", "NULL"),
        ("cast(JSON '128.5' AS bigint)", "129"),
        ("cast(JSON '\"128\"' AS bigint)", "128"),
        ("cast(JSON 'true' AS bigint)", "1"),
        ("cast(JSON '1e2' AS double)", "100.0"),
        ("cast(JSON '\"1.5\"' AS double)", "1.5"),
        ("cast(JSON '1.005' AS decimal(5,2))", "1.01"),
        ("cast(JSON '123456789012345678901234567890.12' AS decimal(38,2))", "123456789012345678901234567890.12"),
        ("cast(JSON '\"True\"' AS boolean)", "true"),
        ("cast(JSON '0' AS boolean)", "false"),
        ("cast(JSON '[1, null, 3]' AS array(bigint))", "[1, null, 3]"),
        (r#"cast(JSON '{"a":1,"b":null}' AS map(varchar, bigint))"#, "{a=1, b=null}"),
        (r#"cast(JSON '{"1":2}' AS map(bigint, bigint))"#, "{1=2}"),
        (r#"cast(JSON '{"y":"a","x":1}' AS row(x bigint, y varchar))"#, "{x=1, y=a}"),
        (r#"cast(JSON '[1,"a"]' AS row(x bigint, y varchar))"#, "{x=1, y=a}"),
        (r#"cast(JSON '{"a":{"b":1}}' AS map(varchar, json))"#, r#"{a={"b":1}}"#),
        ("try_cast(JSON '{}' AS varchar)", "NULL"),
        ("try_cast(JSON '\"x\"' AS bigint)", "NULL"),
    ])
    .await;
    fails(&[
        ("cast(JSON '{\"x\":1}' AS varchar)", "Cannot cast '{\"x\":1}' to varchar"),
        ("cast(JSON '12345678901234567890' AS bigint)", "to bigint"),
        ("cast(JSON '300' AS tinyint)", "to tinyint"),
        ("cast(JSON '\"1.5\"' AS bigint)", "to bigint"),
        ("cast(JSON '\"yes\"' AS boolean)", "to boolean"),
        ("cast(JSON '1000' AS decimal(5,2))", "to decimal(5,2)"),
        ("cast(JSON '{}' AS array(bigint))", "to array(bigint)"),
        (r#"cast(JSON '{"a":1,"A":2}' AS row(a bigint))"#, "Duplicate field"),
    ])
    .await;
}

#[tokio::test]
async fn casts_write_every_type() {
    values(&[
        ("cast('a\"b' AS json)", r#""a\"b""#),
        ("cast(1.5 AS json)", "1.5"),
        ("cast(1e10 AS json)", "1.0E10"),
        ("cast(true AS json)", "true"),
        ("cast(CAST(NULL AS bigint) AS json)", "NULL"),
        ("cast(date '2024-01-02' AS json)", "\"2024-01-02\""),
        ("cast(ARRAY[1, NULL] AS json)", "[1,null]"),
        ("cast(MAP(ARRAY['b', 'a'], ARRAY[1, 2]) AS json)", r#"{"a":2,"b":1}"#),
        ("cast(cast(ROW(1, 'x') AS row(a bigint, b varchar)) AS json)", r#"{"a":1,"b":"x"}"#),
        ("cast(ARRAY[JSON '{\"a\":1}'] AS json)", r#"[{"a":1}]"#),
    ])
    .await;
    fails(&[("cast(X'01' AS json)", "Cannot cast varbinary to json")]).await;
}

#[tokio::test]
async fn json_stays_json_on_its_way() {
    values(&[
        (r#"cast(if(true, JSON '"x"', JSON '"y"') AS varchar)"#, "x"),
        (r#"cast(coalesce(JSON '"x"', JSON '"y"') AS varchar)"#, "x"),
        (r#"cast(nullif(JSON '"x"', JSON '"y"') AS varchar)"#, "x"),
        (r#"cast(CASE WHEN 1 > 2 THEN NULL ELSE JSON '"z"' END AS varchar)"#, "z"),
    ])
    .await;
    let sql = r#"SELECT cast(j AS varchar), count(*) FROM (VALUES (JSON '"a"'), (JSON '"b"'), (JSON ' "a"')) t(j)
        GROUP BY j ORDER BY 1"#;
    assert_eq!(rows(sql).await, ["a|2", "b|1"]);
    for (sql, expected) in [
        (r#"SELECT cast(j AS varchar) FROM UNNEST(cast(JSON '["a", "b"]' AS array(json))) t(j)"#, "a,b"),
        (r#"SELECT cast(max_by(j, n) AS varchar) FROM (VALUES (JSON '"a"', 1), (JSON '"b"', 2)) t(j, n)"#, "b"),
        (
            r#"SELECT cast(lag(j) OVER (ORDER BY n) AS varchar) FROM (VALUES (JSON '"a"', 1), (JSON '2', 2)) t(j, n)"#,
            "NULL,a",
        ),
        (r#"SELECT cast(j AS varchar) FROM (SELECT JSON '"a"' AS j UNION SELECT JSON '"a"')"#, "a"),
        (r#"SELECT cast(try(json_parse('"a"')) AS varchar)"#, "a"),
        (r#"SELECT cast(transform(ARRAY['"a"'], x -> json_parse(x))[1] AS varchar)"#, "a"),
        (r#"SELECT cast((SELECT JSON '"a"') AS varchar)"#, "a"),
        (r#"SELECT cast(j AS varchar) FROM (VALUES (JSON '"a"')) t(j) WHERE j IN (SELECT JSON '"a"')"#, "a"),
    ] {
        assert_eq!(rows(sql).await.join(","), expected, "{sql}");
    }
    let sql = "SELECT count(*) FROM (SELECT DISTINCT j FROM (VALUES (JSON '[1]'), (JSON '[ 1 ]')) t(j))";
    assert_eq!(rows(sql).await, ["1"]);
}
