//! Arrays, maps, rows and lambdas: one test for each trap, and one for each family of functions.

use crate::session::{rows, value, values};

/// Every expression fails with a message that has the text in it.
async fn failures(expected: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (expression, message) in expected {
        let found = value(expression).await;
        if !found.starts_with("error: ") || !found.contains(message) {
            wrong.push(format!("{expression}\n  expected an error with {message}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn contains_repeat_and_reverse_take_arrays() {
    values(&[
        ("contains(ARRAY['ab', 'c'], 'b')", "false"),
        ("contains(ARRAY['ab', 'c'], 'c')", "true"),
        ("contains(ARRAY[ARRAY[1], ARRAY[2]], ARRAY[2])", "true"),
        ("contains(ARRAY[1.5e0], 1)", "false"),
        ("repeat('ab', 2)", "[ab, ab]"),
        ("repeat(CAST(NULL AS bigint), 2)", "[null, null]"),
        ("repeat(ARRAY[1], 0)", "[]"),
        ("reverse(ARRAY['ab', NULL])", "[null, ab]"),
        ("reverse('ab')", "ba"),
    ])
    .await;
    failures(&[
        ("contains(ARRAY[ARRAY[NULL]], ARRAY[1])", "contains does not support arrays"),
        ("repeat(1, -1)", "greater than or equal to 0"),
        ("repeat(1, 100001)", "less than or equal to 100000"),
    ])
    .await;
}

#[tokio::test]
async fn a_subscript_of_nothing_is_an_error() {
    values(&[
        ("ARRAY['a', 'b'][2]", "b"),
        ("ARRAY['a', NULL][2]", "NULL"),
        ("CAST(NULL AS array(bigint))[5]", "NULL"),
        ("MAP(ARRAY['k'], ARRAY[1])['k']", "1"),
        ("MAP(ARRAY['k'], ARRAY[NULL])['k']", "NULL"),
        ("MAP(ARRAY[ROW(1, 'a')], ARRAY['x'])[ROW(1, 'a')]", "x"),
        ("ROW(1, 'a')[2]", "a"),
    ])
    .await;
    failures(&[
        ("ARRAY[1][0]", "SQL array indices start at 1"),
        ("ARRAY[1][-1]", "Array subscript is negative: -1"),
        ("ARRAY[1][2]", "Array subscript must be less than or equal to array length: 2 > 1"),
        ("ARRAY[][1]", "1 > 0"),
        ("MAP(ARRAY['k'], ARRAY[1])['x']", "Key not present in map: x"),
        ("MAP(ARRAY[1], ARRAY[1])[2]", "Key not present in map: 2"),
        ("ROW(1, 'a')[3]", "Invalid subscript index: 3"),
        ("ARRAY[1][1.5e0]", "for subscript of array"),
    ])
    .await;
}

#[tokio::test]
async fn element_at_is_null_where_nothing_is() {
    values(&[
        ("element_at(ARRAY[1, 2], 3)", "NULL"),
        ("element_at(ARRAY[1, 2], -3)", "NULL"),
        ("element_at(ARRAY[1, 2], -2)", "1"),
        ("element_at(MAP(ARRAY[1], ARRAY['a']), 2)", "NULL"),
        ("element_at(MAP(ARRAY[ARRAY[1]], ARRAY['a']), ARRAY[1])", "a"),
    ])
    .await;
    failures(&[("element_at(ARRAY[1], 0)", "SQL array indices start at 1")]).await;
}

#[tokio::test]
async fn what_a_condition_keeps_out_does_not_fail() {
    let condition = "cardinality(resources) > 1 AND resources[2].type = 'AWS::S3::Object'";
    assert_eq!(rows(&format!("SELECT eventid FROM events WHERE {condition}")).await, ["e1"]);
    let alternative = "cardinality(resources) < 2 OR resources[2].type = 'AWS::S3::Object'";
    assert_eq!(rows(&format!("SELECT count(*) FROM events WHERE {alternative}")).await, ["4"]);
    let selected = "SELECT resources[1].type, resources FROM events WHERE cardinality(resources) = 1";
    assert_eq!(rows(selected).await.len(), 1);
    let nested = "SELECT first FROM (SELECT resources[2].type AS first FROM events WHERE cardinality(resources) > 1)
                  WHERE first LIKE 'AWS%'";
    assert_eq!(rows(nested).await, ["AWS::S3::Object"]);
    let cast = "SELECT eventid FROM events WHERE regexp_like(recipientAccountId, '^x') AND CAST(eventid AS bigint) > 1";
    assert!(rows(cast).await.is_empty());
    values(&[("filter(ARRAY[ARRAY[1], ARRAY[1, 2]], x -> cardinality(x) > 1 AND x[2] = 2)", "[[1, 2]]")]).await;
}

#[tokio::test]
async fn null_inside_makes_equality_unknown() {
    values(&[
        ("ARRAY[1, NULL] = ARRAY[1, NULL]", "NULL"),
        ("ARRAY[1, NULL] = ARRAY[2, NULL]", "false"),
        ("ARRAY[1, NULL] <> ARRAY[2, NULL]", "true"),
        ("ARRAY[1, NULL] = ARRAY[1]", "false"),
        ("ROW(1, NULL) = ROW(1, 2)", "NULL"),
        ("ROW(2, NULL) = ROW(1, 2)", "false"),
        ("ROW(1, NULL) < ROW(2, 0)", "true"),
        ("ROW(1, NULL) <= ROW(1, 0)", "NULL"),
        ("ARRAY[1, 2] < ARRAY[1, 2, 0]", "true"),
        ("ARRAY[1, NULL] IS NOT DISTINCT FROM ARRAY[1, NULL]", "true"),
        ("ARRAY[1] IS DISTINCT FROM NULL", "true"),
        ("ARRAY[1, 2] BETWEEN ARRAY[1] AND ARRAY[2]", "true"),
        ("ARRAY[1] IN (ARRAY[2], ARRAY[NULL])", "NULL"),
        ("(1, 'a') IN ((2, 'b'), (1, 'a'))", "true"),
        ("(1, 'a') NOT IN ((2, 'b'))", "true"),
        ("nullif(ARRAY[1, 2], ARRAY[1, 2])", "NULL"),
        ("nullif(ARRAY[1, NULL], ARRAY[1, NULL])", "[1, null]"),
        ("CASE ARRAY[1] WHEN ARRAY[2] THEN 'two' WHEN ARRAY[1] THEN 'one' END", "one"),
        ("ARRAY[CAST('NaN' AS double)] = ARRAY[CAST('NaN' AS double)]", "false"),
        ("ARRAY[1] = ARRAY[1e0]", "true"),
    ])
    .await;
    failures(&[
        ("ARRAY[1] = ARRAY['a']", "Cannot apply operator: array("),
        ("MAP(ARRAY[1], ARRAY[1]) < MAP(ARRAY[1], ARRAY[1])", "maps have no order"),
    ])
    .await;
}

#[tokio::test]
async fn the_order_of_a_maps_entries_does_not_count() {
    values(&[
        ("MAP(ARRAY['a', 'b'], ARRAY[1, 2]) = MAP(ARRAY['b', 'a'], ARRAY[2, 1])", "true"),
        ("MAP(ARRAY['a', 'b'], ARRAY[1, 2]) = MAP(ARRAY['b', 'a'], ARRAY[1, 2])", "false"),
        ("MAP(ARRAY['a'], ARRAY[NULL]) = MAP(ARRAY['a'], ARRAY[1])", "NULL"),
        ("MAP(ARRAY['a'], ARRAY[NULL]) = MAP(ARRAY['b'], ARRAY[NULL])", "false"),
        ("MAP(ARRAY['a'], ARRAY[NULL]) IS NOT DISTINCT FROM MAP(ARRAY['a'], ARRAY[NULL])", "true"),
        ("array_distinct(ARRAY[MAP(ARRAY[1, 2], ARRAY[3, 4]), MAP(ARRAY[2, 1], ARRAY[4, 3])])", "[{1=3, 2=4}]"),
    ])
    .await;
}

#[tokio::test]
async fn array_functions_see_nulls_and_all_matches() {
    values(&[
        ("array_remove(ARRAY[1, NULL, 1, 2], 1)", "[null, 2]"),
        ("array_sort(ARRAY[3, NULL, 1])", "[1, 3, null]"),
        ("array_max(ARRAY[1, NULL])", "NULL"),
        ("array_min(ARRAY[])", "NULL"),
        ("array_max(ARRAY[ROW(1, 'a'), ROW(1, 'b')])", "{field0=1, field1=b}"),
        ("array_position(ARRAY['a', NULL], 'x')", "0"),
        ("array_position(ARRAY['a'], NULL)", "NULL"),
        ("cardinality(ARRAY[ARRAY[1, 2], NULL])", "2"),
    ])
    .await;
    failures(&[("array_sort(ARRAY[MAP(ARRAY[1], ARRAY[1])])", "items have an order")]).await;
}

#[tokio::test]
async fn constructors_widen_what_they_hold() {
    values(&[
        ("ARRAY[]", "[]"),
        ("ARRAY[1, 2e0, NULL]", "[1.0, 2.0, null]"),
        ("ARRAY[ROW(1, NULL), ROW(NULL, 'b')]", "[{field0=1, field1=null}, {field0=null, field1=b}]"),
        ("ARRAY[ARRAY[], ARRAY[1]]", "[[], [1]]"),
        ("ARRAY[1] || ARRAY[2e0]", "[1.0, 2.0]"),
        ("0 || ARRAY[1] || 2", "[0, 1, 2]"),
        ("ARRAY[ARRAY[1]] || ARRAY[2, 3]", "[[1], [2, 3]]"),
        ("ARRAY[1] || NULL", "NULL"),
        ("concat(ARRAY['a'], ARRAY[], ARRAY[NULL])", "[a, null]"),
        ("MAP()", "{}"),
        ("MAP(ARRAY[1, 2], ARRAY['x', NULL])", "{1=x, 2=null}"),
        ("MAP(NULL, ARRAY[1])", "NULL"),
        ("(1, 'a')", "{field0=1, field1=a}"),
        ("CAST(ROW(1, 'a') AS ROW(x bigint, y varchar)).y", "a"),
    ])
    .await;
    failures(&[
        ("ARRAY[1, 'a']", "All ARRAY elements must be the same type"),
        ("ARRAY[1] || ARRAY['a']", "concat takes arrays of the same type"),
        ("MAP(ARRAY['a', 'a'], ARRAY[1, 2])", "Duplicate map keys (a) are not allowed"),
        ("MAP(ARRAY[NULL], ARRAY[1])", "map key cannot be null"),
        ("MAP(ARRAY[ARRAY[NULL]], ARRAY[1])", "map key cannot be indeterminate: [null]"),
        ("MAP(ARRAY[1], ARRAY[1, 2])", "Key and value arrays must be the same length"),
    ])
    .await;
}

#[tokio::test]
async fn casts_reach_the_values_inside() {
    values(&[
        ("CAST(ARRAY[1.6e0, NULL] AS array(bigint))", "[2, null]"),
        ("CAST(ARRAY['1', '2'] AS array(double))", "[1.0, 2.0]"),
        ("CAST(ARRAY[date '2023-01-02'] AS array(varchar))", "[2023-01-02]"),
        ("CAST(ARRAY[timestamp '2023-01-02 03:04:05.678'] AS array(timestamp(1)))", "[2023-01-02 03:04:05.7]"),
        ("CAST(MAP(ARRAY['1'], ARRAY[ARRAY[2]]) AS map(bigint, array(varchar)))", "{1=[2]}"),
        ("CAST(ROW('1', ROW(2)) AS ROW(a bigint, b ROW(c varchar)))", "{a=1, b={c=2}}"),
        ("CAST(NULL AS ROW(a bigint)).a", "NULL"),
        ("CAST(ARRAY[json_parse('[1]'), json_parse('[2, 3]')] AS array(array(bigint)))", "[[1], [2, 3]]"),
        ("CAST(ARRAY[MAP(ARRAY['a'], ARRAY[1])] AS array(json))", r#"[{"a":1}]"#),
        ("CAST(ROW(1, NULL) AS json)", r#"{"":1,"":null}"#),
        ("CAST(CAST(ROW(1, 'x') AS ROW(a bigint, b varchar)) AS json)", r#"{"a":1,"b":"x"}"#),
        ("TRY_CAST(ARRAY['1', 'x'] AS array(bigint))", "NULL"),
    ])
    .await;
    failures(&[
        ("CAST(ARRAY['x'] AS array(bigint))", "x"),
        ("CAST(ARRAY[1] AS varchar)", "Cannot cast array("),
        ("CAST(ROW(1, 2) AS ROW(a bigint))", "Cannot cast row("),
        ("CAST(MAP(ARRAY['1', '01'], ARRAY[1, 2]) AS map(bigint, bigint))", "Duplicate map keys (1)"),
        (r#"CAST(json_parse('{"1": 1, "01": 2}') AS map(bigint, bigint))"#, "Duplicate map keys (1)"),
    ])
    .await;
}

#[tokio::test]
async fn arrays_as_sets() {
    values(&[
        ("array_distinct(ARRAY[2, NULL, 2, NULL, 1])", "[2, null, 1]"),
        ("array_union(ARRAY[1, NULL], ARRAY[NULL, 2])", "[1, null, 2]"),
        ("array_intersect(ARRAY[3, 1, NULL, 1], ARRAY[1, NULL])", "[1, null]"),
        ("array_except(ARRAY[3, 1, 3], ARRAY[1])", "[3]"),
        ("arrays_overlap(ARRAY[1, NULL], ARRAY[1])", "true"),
        ("arrays_overlap(ARRAY[1, NULL], ARRAY[2])", "NULL"),
        ("arrays_overlap(ARRAY[], ARRAY[NULL])", "false"),
        ("contains_sequence(ARRAY[1, 2, NULL, 3], ARRAY[2, NULL])", "true"),
        ("contains_sequence(ARRAY[1, 2], ARRAY[2, 1])", "false"),
        ("array_histogram(ARRAY['a', 'b', 'a', NULL])", "{a=2, b=1}"),
    ])
    .await;
}

#[tokio::test]
async fn parts_of_arrays() {
    values(&[
        ("array_first(ARRAY[NULL, 1])", "NULL"),
        ("array_last(ARRAY[1, 2])", "2"),
        ("array_first(ARRAY[4, 6], x -> x % 3 = 0)", "6"),
        ("slice(ARRAY[1, 2, 3], -2, 9)", "[2, 3]"),
        ("trim_array(ARRAY[1, 2, 3], 2)", "[1]"),
        ("flatten(ARRAY[ARRAY[1], NULL, ARRAY[2, 3]])", "[1, 2, 3]"),
        ("ngrams(ARRAY[1, 2, 3], 2)", "[[1, 2], [2, 3]]"),
        ("ngrams(ARRAY[1], 5)", "[[1]]"),
        ("combinations(ARRAY[1, 2, 3], 2)", "[[1, 2], [1, 3], [2, 3]]"),
        ("combinations(ARRAY[1], 2)", "[]"),
        ("zip(ARRAY[1, 2], ARRAY['a'])", "[{field0=1, field1=a}, {field0=2, field1=null}]"),
        ("cardinality(shuffle(ARRAY[1, 2, 3]))", "3"),
        ("array_join(ARRAY[1, NULL, 3], '-', '?')", "1-?-3"),
        ("array_join(ARRAY[date '2023-01-02'], ',')", "2023-01-02"),
    ])
    .await;
    failures(&[
        ("slice(ARRAY[1], 0, 1)", "SQL array indices start at 1"),
        ("slice(ARRAY[1], 1, -1)", "length must be greater than or equal to 0"),
        ("trim_array(ARRAY[1], 2)", "size must not exceed array cardinality 1: 2"),
        ("ngrams(ARRAY[1], 0)", "N must be positive"),
        ("combinations(sequence(1, 100), 5)", "combinations exceed max size"),
        ("array_join(ARRAY[ARRAY[1]], ',')", "values that cast to varchar"),
    ])
    .await;
}

#[tokio::test]
async fn sequences() {
    values(&[
        ("sequence(1, 7, 3)", "[1, 4, 7]"),
        ("sequence(3, 1)", "[3, 2, 1]"),
        ("sequence(date '2023-01-30', date '2023-02-01')", "[2023-01-30, 2023-01-31, 2023-02-01]"),
        ("sequence(date '2023-01-31', date '2023-04-01', interval '1' month)", "[2023-01-31, 2023-02-28, 2023-03-31]"),
        (
            "sequence(timestamp '2023-01-01 00:00:00.000', timestamp '2023-01-01 02:00:00.000', interval '1' hour)",
            "[2023-01-01 00:00:00.000, 2023-01-01 01:00:00.000, 2023-01-01 02:00:00.000]",
        ),
    ])
    .await;
    failures(&[
        ("sequence(1, 2, -1)", "sequence stop value should be"),
        ("sequence(1, 2, 0)", "step must not be zero"),
        ("sequence(1, 10001)", "must not have more than 10000 entries"),
        ("sequence(date '2023-01-01', date '2023-01-02', interval '1' hour)", "must be a day interval"),
    ])
    .await;
}

#[tokio::test]
async fn vectors() {
    values(&[
        ("euclidean_distance(ARRAY[0, 0], ARRAY[3, 4])", "5.0"),
        ("dot_product(ARRAY[1, 2], ARRAY[3, 4])", "11.0"),
        ("cosine_similarity(ARRAY[1, 0], ARRAY[2, 0])", "1.0"),
        ("cosine_distance(ARRAY[1, NULL], ARRAY[1, 2])", "NULL"),
        ("cosine_similarity(MAP(ARRAY['a', 'b'], ARRAY[3, 4]), MAP(ARRAY['a'], ARRAY[1]))", "0.6"),
    ])
    .await;
    failures(&[
        ("dot_product(ARRAY[1], ARRAY[1, 2])", "must have the same length"),
        ("cosine_similarity(ARRAY[0], ARRAY[1])", "magnitude cannot be zero"),
    ])
    .await;
}

#[tokio::test]
async fn maps_of_entries() {
    values(&[
        ("map_from_entries(ARRAY[(1, 'x'), (2, 'y')])", "{1=x, 2=y}"),
        ("multimap_from_entries(ARRAY[(1, 'x'), (2, 'y'), (1, 'z')])", "{1=[x, z], 2=[y]}"),
        ("map_entries(MAP(ARRAY[1], ARRAY['x']))", "[{field0=1, field1=x}]"),
        ("map_concat(MAP(ARRAY[1, 2], ARRAY['a', 'b']), MAP(ARRAY[2], ARRAY['c']), MAP())", "{1=a, 2=c}"),
        ("map_keys(NULL)", "NULL"),
    ])
    .await;
    failures(&[
        ("map_from_entries(ARRAY[('a', 1), ('a', 2)])", "Duplicate map keys (a) are not allowed"),
        ("map_from_entries(ARRAY[(1, 2), NULL])", "map entry cannot be null"),
        ("map_concat(MAP())", "two or more"),
    ])
    .await;
}

#[tokio::test]
async fn lambdas_over_maps_and_two_arrays() {
    values(&[
        ("map_filter(MAP(ARRAY['a', 'b'], ARRAY[1, NULL]), (k, v) -> v IS NOT NULL)", "{a=1}"),
        ("transform_keys(MAP(ARRAY[1, 2], ARRAY['a', 'b']), (k, v) -> v || '!')", "{a!=a, b!=b}"),
        ("transform_values(MAP(ARRAY[1, 2], ARRAY[10, 20]), (k, v) -> k + v)", "{1=11, 2=22}"),
        (
            "map_zip_with(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), MAP(ARRAY['b', 'c'], ARRAY[3, 4]), (k, v, w) -> coalesce(v, 0) + coalesce(w, 0))",
            "{a=1, b=5, c=4}",
        ),
        ("zip_with(ARRAY[1, 2], ARRAY['a'], (x, y) -> (y, x))", "[{field0=a, field1=1}, {field0=null, field1=2}]"),
        ("array_sort(ARRAY[3, 1, 2], (x, y) -> if(x < y, 1, if(x = y, 0, -1)))", "[3, 2, 1]"),
        ("reduce(ARRAY['a', 'b'], '', (s, x) -> s || x, s -> upper(s))", "AB"),
        ("transform(ARRAY['1', 'x'], x -> try(CAST(x AS bigint)))", "[1, null]"),
    ])
    .await;
    failures(&[
        ("transform_keys(MAP(ARRAY[1, 2], ARRAY[1, 1]), (k, v) -> v)", "Duplicate map keys (1) are not allowed"),
        ("transform_keys(MAP(ARRAY[1], ARRAY[NULL]), (k, v) -> v)", "map key cannot be null"),
        ("array_sort(ARRAY[2, 1], (x, y) -> x * 5)", "Lambda comparator must return either -1, 0, or 1"),
        ("filter(ARRAY[1], x -> x)", "gives a boolean"),
    ])
    .await;
}

#[tokio::test]
async fn lambdas_capture_columns_at_any_depth() {
    let sql = "SELECT transform(resources, r -> transform(ARRAY[1], x -> eventid || r.type || CAST(x AS varchar)))
               FROM events WHERE eventid = 'e3'";
    assert_eq!(rows(sql).await, ["[[e3AWS::S3::Bucket1]]"]);
    let sql = "SELECT map_filter(requestParameters, (k, v) -> v = 'b' OR k = eventid) FROM events WHERE eventid = 'e1'";
    assert_eq!(rows(sql).await, ["{bucketName=b}"]);
}

#[tokio::test]
async fn lambdas_find_their_parameters_behind_any_input() {
    let sql = "SELECT substr(name, 2), transform(filter(found, x -> x LIKE '%3%'), x -> x || '!') FROM
               (SELECT eventid, useridentity, userIdentity.userName AS name, map_values(requestParameters) AS found FROM events)
               WHERE userIdentity.type = 'IAMUser' ORDER BY eventid";
    assert_eq!(rows(sql).await, ["lice|[]", "lice|[]"]);
    let sql =
        "SELECT transform(resources, r -> r.type) FROM events WHERE eventName = 'AssumeRole' AND awsRegion <> 'x'";
    assert_eq!(rows(sql).await, ["[AWS::S3::Bucket]"]);
}

#[tokio::test]
async fn what_a_lambda_gives_stays_json() {
    values(&[
        (r#"CAST(transform(ARRAY['"a"'], x -> json_parse(x)) AS array(varchar))"#, "[a]"),
        (r#"CAST(transform(transform(ARRAY['{"k":[7]}'], x -> json_parse(x)), j -> json_extract(j, '$.k')) AS array(array(bigint)))"#, "[[7]]"),
        (r#"transform(CAST(json_parse('["a", "b"]') AS array(json)), j -> CAST(j AS varchar))"#, "[a, b]"),
    ])
    .await;
}
