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
        (r#"element_at(cast(json_parse('{"a":{"b":1}}') as map(varchar, json)), 'a')"#, r#"{"b":1}"#),
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
        ("cast(timestamp '2023-01-02 03:04:05' as varchar)", "2023-01-02 03:04:05"),
        ("cast(date '2023-01-02' as varchar)", "2023-01-02"),
        ("cast(1e10 as varchar)", "1.0E10"),
        ("cast(true as varchar)", "true"),
        ("cast('abc' as varchar(2))", "ab"),
        ("repeat('a', 2)", "[a, a]"),
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
        ("map_entries(MAP(ARRAY['a'], ARRAY[1]))", "[{field0=a, field1=1}]"),
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
        ("transform(ARRAY[1, 2], x -> ARRAY[x, x + 1])", "[[1, 2], [2, 3]]"),
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

#[tokio::test]
async fn text() {
    values(&[
        ("substr('abcdef', 2, 3)", "bcd"),
        ("substr('abcdef', -3)", "def"),
        ("substr('abcdef', 0)", ""),
        ("substr('abcdef', -9)", ""),
        ("substring('abcdef' FROM 2 FOR 2)", "bc"),
        ("split('a/b/c', '/')", "[a, b, c]"),
        ("split('a/b/c', '/', 2)", "[a, b/c]"),
        ("element_at(split('a/b/c', '/'), -1)", "c"),
        ("split_part('a/b', '/', 2)", "b"),
        ("split_part('a/b', '/', 3)", "NULL"),
        ("strpos('hello', 'l')", "3"),
        ("strpos('hello', 'x')", "0"),
        ("strpos('hello', 'l', 2)", "4"),
        ("position('l' IN 'hello')", "3"),
        ("replace('a-b-c', '-')", "abc"),
        ("replace('a-b', '-', '+')", "a+b"),
        ("length('héé')", "3"),
        ("concat('a', NULL)", "NULL"),
        ("concat('a', 'b', 'c')", "abc"),
        ("concat(ARRAY[1], ARRAY[2, 3])", "[1, 2, 3]"),
        ("'a' || NULL", "NULL"),
        ("reverse('abc')", "cba"),
        ("reverse(ARRAY[1, 2])", "[2, 1]"),
        ("greatest(1, NULL)", "NULL"),
        ("greatest(1, 3, 2)", "3"),
        ("least('b', 'a')", "a"),
        ("if(1 > 2, 'a', 'b')", "b"),
        ("if(1 > 2, 'a')", "NULL"),
        ("coalesce(NULL, 'x')", "x"),
        ("nullif(1, 1)", "NULL"),
        ("url_decode('a%2Fb+c')", "a/b c"),
        ("upper('a') || lower('B') || trim('  c ')", "Abc"),
    ])
    .await;
}

#[tokio::test]
async fn regular_expressions() {
    values(&[
        (r"regexp_like('1a 2b 14m', '\d+b')", "true"),
        (r"regexp_extract('1a 2b 14m', '\d+')", "1"),
        (r"regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2)", "a"),
        ("regexp_extract('a', 'b')", "NULL"),
        (r"regexp_extract_all('1a 2b 14m', '\d+')", "[1, 2, 14]"),
        (r"regexp_extract_all('1a 2b 14m', '(\d+)([a-z]+)', 2)", "[a, b, m]"),
        (r"regexp_replace('1a 2b 14m', '\d+[ab] ')", "14m"),
        (r"regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 ')", "3ca 3cb 14m"),
        (r"regexp_split('1a 2b', '\s*[a-z]+\s*')", "[1, 2, ]"),
        ("regexp_count('abcabc', 'b')", "2"),
    ])
    .await;
}

#[tokio::test]
async fn times() {
    values(&[
        ("date_trunc('hour', timestamp '2023-01-02 03:04:05')", "2023-01-02 03:00:00"),
        ("date_trunc('month', date '2023-01-22')", "2023-01-01"),
        ("date_add('day', -7, timestamp '2023-01-02 03:04:05')", "2022-12-26 03:04:05"),
        ("date_add('month', 1, date '2023-01-31')", "2023-02-28"),
        ("date_diff('day', timestamp '2023-01-01 12:00:00', timestamp '2023-01-03 11:00:00')", "1"),
        ("date_diff('millisecond', timestamp '2023-01-01 00:00:00', timestamp '2023-01-01 00:00:01.5')", "1500"),
        ("date(timestamp '2023-01-02 03:04:05')", "2023-01-02"),
        ("date('2023-01-02')", "2023-01-02"),
        ("day_of_week(date '2023-01-01')", "7"),
        ("day_of_week(timestamp '2023-01-02 03:04:05')", "1"),
        ("extract(DOW FROM date '2023-01-02')", "1"),
        ("extract(DAY_OF_WEEK FROM date '2023-01-02')", "1"),
        ("extract(hour FROM timestamp '2023-01-02 03:04:05')", "3"),
        ("hour(timestamp '2023-01-02 03:04:05') + minute(timestamp '2023-01-02 03:04:05')", "7"),
        ("week(date '2023-01-01')", "52"),
        ("year_of_week(date '2023-01-01')", "2022"),
        ("from_iso8601_timestamp('2023-01-02T03:04:05Z')", "2023-01-02 03:04:05.000 UTC"),
        ("from_iso8601_timestamp('2023-01-02T03:04:05.123+02:00')", "2023-01-02 03:04:05.123 +02:00"),
        ("from_iso8601_timestamp('2023-01-02')", "2023-01-02 00:00:00.000 UTC"),
        ("to_iso8601(timestamp '2023-01-02 03:04:05')", "2023-01-02T03:04:05"),
        ("to_iso8601(date '2023-01-02')", "2023-01-02"),
        ("date_format(timestamp '2023-01-02 15:04:05', '%Y/%m/%d %H:%i:%s')", "2023/01/02 15:04:05"),
        ("date_format(timestamp '2023-01-02 15:04:05.5', '%W %M %e %l:%i %p %f')", "Monday January 2 3:04 PM 500000"),
        ("date_parse('2023/01/02/15', '%Y/%m/%d/%H')", "2023-01-02 15:00:00.000"),
        ("date_parse('Jan 2 2023 3:04 PM', '%b %e %Y %l:%i %p')", "2023-01-02 15:04:00.000"),
        ("to_unixtime(timestamp '1970-01-01 00:01:00.5')", "60.5"),
        ("from_unixtime(60.5)", "1970-01-01 00:01:00.500 UTC"),
        ("timestamp '2023-01-02 03:04:05' + interval '1' day", "2023-01-03 03:04:05.000"),
        ("last_day_of_month(date '2023-02-03')", "2023-02-28"),
        ("current_timestamp > timestamp '2023-01-01 00:00:00'", "true"),
        ("date_diff('day', now(), date_add('day', 7, current_timestamp))", "7"),
        ("current_date >= date '2023-01-01'", "true"),
        ("timestamp '2023-01-02 03:04:05' AT TIME ZONE 'UTC'", "2023-01-02 03:04:05 UTC"),
    ])
    .await;
}

#[tokio::test]
async fn functions_known_by_another_name() {
    values(&[
        ("ceiling(1.2e0)", "2.0"),
        ("mod(5, 3) * 2", "4"),
        ("truncate(1.7e0)", "1.0"),
        ("sign(-3)", "-1"),
        ("codepoint('a')", "97"),
        ("levenshtein_distance('ab', 'ac')", "1"),
        ("bitwise_and(5, 3) + bitwise_or(5, 3) + bitwise_xor(5, 3)", "14"),
    ])
    .await;
}

#[tokio::test]
async fn aggregates() {
    for (aggregate, expected) in [
        ("count_if(errorCode IS NOT NULL)", "1"),
        ("count_if(eventName = 'x')", "0"),
        ("approx_distinct(eventSource)", "3"),
        ("max_by(eventName, eventTime)", "Decrypt"),
        ("min_by(eventName, eventTime)", "GetObject"),
        ("max_by(eventName, eventTime, 2)", "[Decrypt, AssumeRole]"),
        ("max(eventid, 2)", "[e4, e3]"),
        ("arbitrary(errorCode)", "AccessDenied"),
        ("array_agg(eventid ORDER BY eventid DESC)", "[e4, e3, e2, e1]"),
        ("cardinality(array_agg(DISTINCT eventSource))", "3"),
        ("map_agg(eventid, readOnly)", "{e1=true, e2=false, e3=true, e4=null}"),
        ("element_at(histogram(eventSource), 's3.amazonaws.com')", "2"),
        ("listagg(eventid, ', ') WITHIN GROUP (ORDER BY eventid DESC)", "e4, e3, e2, e1"),
        ("count(*) FILTER (WHERE readOnly)", "2"),
        ("approx_percentile(length(eventName), 0.5)", "9"),
        ("cardinality(approx_percentile(length(eventName), ARRAY[0.1, 0.9]))", "2"),
        ("bool_and(readOnly)", "false"),
        ("sum(if(readOnly, 1, 0))", "2"),
        ("count(DISTINCT userIdentity.arn)", "2"),
        ("avg(length(eventid))", "2.0"),
    ] {
        let sql = format!("SELECT {aggregate} FROM events");
        assert_eq!(rows(&sql).await, [expected], "{sql}");
    }
    let sql = "SELECT eventSource, max_by(eventName, eventTime) FROM events GROUP BY 1 ORDER BY 1";
    assert_eq!(
        rows(sql).await,
        ["kms.amazonaws.com|Decrypt", "s3.amazonaws.com|PutObject", "sts.amazonaws.com|AssumeRole"]
    );
}
