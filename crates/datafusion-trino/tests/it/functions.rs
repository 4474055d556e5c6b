//! Functions against the values Trino documents for them.

use crate::session::{rows, values};

#[tokio::test]
async fn json_paths_and_arrays() {
    values(&[
        (r#"json_extract_scalar('{"a":{"b":[1,"x"]}}', '$.a.b[1]')"#, "x"),
        (r#"json_extract_scalar('{"a":{"b":1}}', '$.a')"#, "NULL"),
        (r#"json_extract('{"a": {"b": [1, 2]}}', '$.a')"#, r#"{"b":[1,2]}"#),
        (r#"json_extract('{"items":[{"x":1},{"x":2}]}', '$.items[*].x')"#, "[1,2]"),
        (r#"json_extract('{"s3:x-y":"v"}', '$["s3:x-y"]')"#, "\"v\""),
        (r#"json_extract('{"s3:x-y":"v"}', '$.s3:x-y')"#, "\"v\""),
        ("json_extract('not json', '$.a')", "NULL"),
        ("json_extract_scalar(NULL, '$.a')", "NULL"),
        (r#"json_parse('{"b": 1, "a": [true, null]}')"#, r#"{"a":[true,null],"b":1}"#),
        (r#"json_format(json_parse('{"a":1}'))"#, r#"{"a":1}"#),
        (r#"json_array_get('["a", [3, 9], "c"]', 1)"#, "[3,9]"),
        (r#"json_array_get('["a", [3, 9], "c"]', -1)"#, "c"),
        (r#"json_array_get('["a"]', 5)"#, "NULL"),
        ("json_array_length('[1, 2, 3]')", "3"),
        ("json_array_length('{}')", "NULL"),
        ("json_array_contains('[1, 2, 3]', 2)", "true"),
        (r#"json_array_contains('["a"]', 'b')"#, "false"),
        (r#"json_size('{"x": {"a": 1, "b": 2}}', '$.x')"#, "2"),
        ("json_size('[1, 2]', '$')", "2"),
        ("json_size('1', '$')", "0"),
        ("is_json_scalar('1')", "true"),
    ])
    .await;
}

#[tokio::test]
async fn json_casts() {
    values(&[
        (r#"cast(json_extract('{"a":"x"}', '$.a') as varchar)"#, "x"),
        (r#"cast(json_parse('{"a":"1","b":[2]}') as map(varchar, json))"#, r#"{a="1", b=[2]}"#),
        (r#"cast(json_parse('{"a":"1"}') as map(varchar, varchar))['a']"#, "1"),
        (
            r#"element_at(cast(json_parse('{"a":{"b":1}}') as map(varchar, json)), 'a')"#,
            r#"{"b":1}"#,
        ),
        ("cast(json_parse('[1, null, 3]') as array(bigint))", "[1, null, 3]"),
        (r#"cast(json_parse('{"x":1,"y":"a"}') as row(x bigint, y varchar)).y"#, "a"),
        (r#"cast(json_parse('[{"x":1}]') as array(row(x bigint)))[1].x"#, "1"),
        ("cast(json_parse('1.6') as bigint)", "2"),
        ("cast(json_parse('true') as boolean)", "true"),
        ("try_cast(json_parse('\"x\"') as bigint)", "NULL"),
        ("try_cast(json_parse('{}') as varchar)", "NULL"),
        ("cast(ARRAY[1, 2] as json)", "[1,2]"),
        ("cast('a\"b' as json)", r#""a\"b""#),
        ("cast(MAP(ARRAY['k'], ARRAY[1.5]) as json)", r#"{"k":1.5}"#),
    ])
    .await;
}

#[tokio::test]
async fn casts_to_text_and_numbers() {
    values(&[
        ("cast(timestamp '2023-01-02 03:04:05' as varchar)", "2023-01-02 03:04:05.000"),
        ("cast(date '2023-01-02' as varchar)", "2023-01-02"),
        ("cast(1e10 as varchar)", "1.0E10"),
        ("cast(true as varchar)", "true"),
        ("cast(12 as varchar)", "12"),
        ("cast(1.5e0 as bigint)", "2"),
        ("cast('17' as integer)", "17"),
        ("try_cast('x' as bigint)", "NULL"),
        ("cast('2023-01-02' as date)", "2023-01-02"),
        ("cast('2023-01-02 03:04:05' as timestamp)", "2023-01-02 03:04:05.000"),
    ])
    .await;
}

#[tokio::test]
async fn arrays_and_maps() {
    values(&[
        ("cardinality(ARRAY[ARRAY[1, 2], ARRAY[3]])", "2"),
        ("cardinality(MAP(ARRAY['a', 'b'], ARRAY[1, 2]))", "2"),
        ("contains(ARRAY[1, 2], 2)", "true"),
        ("contains(ARRAY[1, NULL], 2)", "NULL"),
        ("contains(ARRAY['a'], 'b')", "false"),
        ("contains('10.0.0.0/8', '10.1.2.3')", "true"),
        ("contains('10.0.0.0/8', '11.1.2.3')", "false"),
        ("contains('2001:db8::/32', '2001:db8:1::1')", "true"),
        ("map_keys(MAP(ARRAY['a', 'b'], ARRAY[1, 2]))", "[a, b]"),
        ("map_values(MAP(ARRAY['a', 'b'], ARRAY[1, 2]))", "[1, 2]"),
        ("map_entries(MAP(ARRAY['a'], ARRAY[1]))", "[{key=a, value=1}]"),
        ("array_position(ARRAY['a', 'b'], 'b')", "2"),
        ("array_position(ARRAY['a', 'b'], 'x')", "0"),
        ("array_remove(ARRAY[1, 2, 1], 1)", "[2]"),
        ("array_max(ARRAY[1, 3, 2])", "3"),
        ("array_max(ARRAY[1, NULL])", "NULL"),
        ("array_min(ARRAY['b', 'a'])", "a"),
        ("array_sort(ARRAY[3, NULL, 1])", "[1, 3, null]"),
        ("array_distinct(ARRAY[2, 1, 2, NULL, NULL])", "[2, 1, null]"),
        ("array_join(ARRAY['a', NULL, 'b'], ', ')", "a, b"),
        ("array_join(ARRAY['a', NULL, 'b'], ', ', '-')", "a, -, b"),
        ("slice(ARRAY[1, 2, 3, 4], 2, 2)", "[2, 3]"),
        ("slice(ARRAY[1, 2, 3, 4], -2, 5)", "[3, 4]"),
        ("sequence(1, 3)", "[1, 2, 3]"),
        ("sequence(3, 1)", "[3, 2, 1]"),
    ])
    .await;
}

#[tokio::test]
async fn lambdas() {
    values(&[
        ("filter(ARRAY[5, -6, NULL, 7], x -> x > 0)", "[5, 7]"),
        ("transform(ARRAY[5, 6], x -> x + 1)", "[6, 7]"),
        ("transform(ARRAY['x', 'abc'], x -> x || '0')", "[x0, abc0]"),
        ("any_match(ARRAY[1, NULL], x -> x > 0)", "true"),
        ("any_match(ARRAY[0, NULL], x -> x > 0)", "NULL"),
        ("all_match(ARRAY[1, NULL], x -> x > 0)", "NULL"),
        ("all_match(ARRAY[], x -> x)", "true"),
        ("none_match(ARRAY[1, 2], x -> x > 2)", "true"),
        ("reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)", "75"),
        ("reduce(ARRAY[], 0, (s, x) -> s + x, s -> s)", "0"),
        ("reduce(ARRAY[1.5e0, 2e0], 0, (s, x) -> s + x, s -> s > 3)", "true"),
        ("transform(filter(ARRAY[1, 2, 3], x -> x > 1), x -> transform(ARRAY[10], y -> x * y))", "[[20], [30]]"),
        ("try(cast('x' as bigint))", "NULL"),
        ("try(1 + 1)", "2"),
    ])
    .await;
}

#[tokio::test]
async fn lambdas_see_columns() {
    let sql = "SELECT eventid FROM events WHERE any_match(resources, r -> r.arn LIKE '%:' || element_at(requestParameters, 'bucketName'))";
    assert_eq!(rows(sql).await, ["e1"]);
    let sql = "SELECT eventid FROM events WHERE any_match(map_values(requestParameters), v -> v LIKE '%role%')";
    assert_eq!(rows(sql).await, ["e3"]);
    let sql = "SELECT transform(resources, r -> eventid || r.type) FROM events WHERE eventid <= 'e2' ORDER BY eventid";
    assert_eq!(rows(sql).await, ["[e1AWS::S3::Bucket, e1AWS::S3::Object]", "[]"]);
}
