//! Numbers: one test for each trap between DataFusion's arithmetic and casts, and Trino's.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use datafusion_trino::Statement;

use crate::session::{rows, value, values};

#[tokio::test]
async fn integers_overflow_with_an_error() {
    values(&[
        ("9223372036854775807 + 1", "error: bigint addition overflow: 9223372036854775807 + 1"),
        ("-9223372036854775807 - 2", "error: bigint subtraction overflow: -9223372036854775807 - 2"),
        ("3037000500 * 3037000500", "error: bigint multiplication overflow: 3037000500 * 3037000500"),
        ("2147483647 + 1", "error: integer addition overflow: 2147483647 + 1"),
        ("BIGINT '2147483647' + 1", "2147483648"),
        ("TINYINT '127' * TINYINT '2'", "error: tinyint multiplication overflow: 127 * 2"),
        (
            "-CAST('-9223372036854775808' AS bigint)",
            "error: bigint negation overflow: the smallest bigint has no opposite",
        ),
        ("abs(TINYINT '-128')", "error: Value -128 is out of range for abs(tinyint)"),
    ])
    .await;
}

#[tokio::test]
async fn division_of_integers_truncates_and_fails_by_zero() {
    values(&[
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("1 / 0", "error: Division by zero"),
        ("1 % 0", "error: Division by zero"),
        ("1.0 / 0", "error: Division by zero"),
        ("1e0 / 0", "Infinity"),
        ("0e0 / 0", "NaN"),
        ("NULL / 0", "NULL"),
        ("1 + NULL", "NULL"),
    ])
    .await;
}

#[tokio::test]
async fn sums_overflow_with_an_error() {
    let big = "SELECT 9223372036854775807 AS n, 1 AS g UNION ALL SELECT 1, 1";
    for sql in [format!("SELECT sum(n) FROM ({big})"), format!("SELECT g, sum(n) FROM ({big}) GROUP BY g")] {
        let error = crate::session::try_ask(&sql).await.err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("bigint addition overflow: the sum is 9223372036854775808"), "{sql}");
    }
    let sql = "SELECT sum(n), sum(DISTINCT n), avg(n), sum(n * 1.5), avg(n * 1.5), sum(n * 1e0)
               FROM (VALUES (1), (2), (2), (NULL)) AS t(n)";
    assert_eq!(rows(sql).await, ["5|3|1.6666666666666667|7.5|2.5|5.0"]);
    let sql = "SELECT n, sum(n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES (1), (2), (4)) AS t(n)";
    assert_eq!(rows(sql).await, ["1|1", "2|3", "4|6"]);
    let sql = "SELECT sum(n) FROM (VALUES (1)) AS t(n) WHERE n > 1";
    assert_eq!(rows(sql).await, ["NULL"]);
}

#[tokio::test]
async fn a_number_with_a_point_is_a_decimal() {
    values(&[
        ("1.50", "1.50"),
        ("typeof(1.50)", "decimal(3,2)"),
        ("typeof(0.05)", "decimal(2,2)"),
        ("typeof(1.5e0)", "double"),
        ("1e3", "1000.0"),
        ("typeof(DECIMAL '0012.30')", "decimal(4,2)"),
        ("0.1 + 0.2 = 0.3", "true"),
        ("0.1e0 + 0.2e0 = 0.3e0", "false"),
        ("typeof(1.5 + 2e0)", "double"),
        ("1.5 > 1e0", "true"),
        ("coalesce(NULL, 1.5, 2e0)", "1.5"),
        ("typeof(CASE WHEN true THEN 1.5 ELSE 2e0 END)", "double"),
        ("typeof(ARRAY[1.5, 2e0])", "array(double)"),
    ])
    .await;
}

#[tokio::test]
async fn decimals_have_trinos_precision_and_scale() {
    values(&[
        ("typeof(1.5 + 1.25)", "decimal(4,2)"),
        ("typeof(1.5 * 2)", "decimal(12,1)"),
        ("1.0 / 3", "0.3"),
        ("1.00 / 3.0", "0.33"),
        ("2.0 / 3.000", "0.667"),
        ("-2.00 / 3.0", "-0.67"),
        ("5.5 % 2", "1.5"),
        ("DECIMAL '99999999999999999999999999999999999999' + 1", "error: Decimal overflow"),
        ("DECIMAL '99999999999999999999999999999999999999' * 10.0", "error: Decimal overflow"),
        ("1.0 = 1", "true"),
        ("1.10 = 1.1", "true"),
        ("12.5 BETWEEN 12 AND 13", "true"),
        ("1.5 IN (1, 1.50)", "true"),
    ])
    .await;
}

#[tokio::test]
async fn casts_to_integers_round_half_up_or_fail() {
    values(&[
        ("CAST(2.5 AS bigint)", "3"),
        ("CAST(-2.5e0 AS integer)", "-3"),
        ("CAST(1.49 AS tinyint)", "1"),
        ("CAST(300 AS tinyint)", "error: Out of range for tinyint: 300"),
        ("CAST(3e9 AS integer)", "error: Out of range for integer: 3.0E9"),
        ("CAST(nan() AS bigint)", "error: Cannot cast double NaN to bigint"),
        ("CAST(128.5 AS tinyint)", "error: Cannot cast '128.5' to TINYINT"),
        ("CAST(' 12 ' AS bigint)", "12"),
        ("CAST('12.5' AS bigint)", "error: Cannot cast '12.5' to BIGINT"),
        ("CAST('' AS integer)", "error: Cannot cast '' to INT"),
        ("CAST(ARRAY[1.5, 2.4] AS array(bigint))", "[2, 2]"),
        ("CAST(MAP(ARRAY['a'], ARRAY[1.5]) AS map(varchar, integer))", "{a=2}"),
    ])
    .await;
}

#[tokio::test]
async fn casts_to_decimals_round_half_up_or_fail() {
    values(&[
        ("CAST(1.255 AS decimal(3,2))", "1.26"),
        ("CAST(12.5 AS decimal(2,1))", "error: Cannot cast DECIMAL(3,1) '12.5' to DECIMAL(2, 1)"),
        ("CAST(123 AS decimal(2,0))", "error: Cannot cast BIGINT '123' to DECIMAL(2, 0)"),
        ("CAST(0.1e0 AS decimal(20,18))", "0.100000000000000000"),
        ("CAST('1.005' AS decimal(5,2))", "1.01"),
        ("CAST('x' AS decimal(5,2))", "error: Cannot cast VARCHAR 'x' to DECIMAL(5, 2). Value is not a number."),
        ("CAST('1000' AS decimal(5,2))", "error: Cannot cast VARCHAR '1000' to DECIMAL(5, 2). Value too large."),
        ("CAST(true AS decimal(3,1))", "1.0"),
        ("CAST(DECIMAL '1.5' AS double)", "1.5"),
    ])
    .await;
}

#[tokio::test]
async fn casts_to_text_and_from_it_read_as_in_trino() {
    values(&[
        ("CAST(37.7e0 AS varchar)", "3.77E1"),
        ("CAST(0e0 AS varchar)", "0E0"),
        ("CAST(-1e-7 AS varchar)", "-1.0E-7"),
        ("CAST(1.50 AS varchar)", "1.50"),
        ("CAST('1e3' AS double)", "1000.0"),
        ("CAST('Infinity' AS double)", "Infinity"),
        ("CAST('inf' AS double)", "error: Cannot cast 'inf' to DOUBLE"),
        ("CAST('T' AS boolean)", "true"),
        ("CAST('yes' AS boolean)", "error: Cannot cast 'yes' to BOOLEAN"),
        ("CAST('abcdef' AS varchar(3))", "abc"),
        ("CAST(ARRAY['abcdef'] AS array(varchar(3)))", "[abc]"),
        ("CAST(12345 AS varchar(3))", "error: Value 12345 cannot be represented as varchar(3)"),
        ("CAST(false AS varchar(3))", "error: Value false cannot be represented as varchar(3)"),
    ])
    .await;
}

#[tokio::test]
async fn try_gives_null_for_what_fails_in_a_row() {
    values(&[
        ("try(1 / 0)", "NULL"),
        ("try(9223372036854775807 + 1)", "NULL"),
        ("try(CAST('x' AS bigint))", "NULL"),
        ("try(CAST('x' AS bigint) + 1)", "NULL"),
        ("try(from_base('z', 10))", "NULL"),
        ("coalesce(try(1 / 0), 0)", "0"),
        ("try(6 / 2)", "3"),
        ("try_cast('x' AS bigint)", "NULL"),
        ("try_cast('12' AS bigint)", "12"),
        ("try_cast(300 AS tinyint)", "NULL"),
        ("try_cast(ARRAY['1', 'x'] AS array(bigint))", "NULL"),
    ])
    .await;
    let sql = "SELECT n, try(12 / n) FROM (VALUES (0), (4), (5), (0), (3)) AS t(n)";
    assert_eq!(rows(sql).await, ["0|NULL", "4|3", "5|2", "0|NULL", "3|4"]);
    let sql = "SELECT g, try(sum(n) / count_if(n > 1)) FROM (VALUES (1, 1), (2, 2)) AS t(g, n) GROUP BY g ORDER BY g";
    assert_eq!(rows(sql).await, ["1|NULL", "2|2"]);
    assert!(value("try(nowhere)").await.starts_with("error: "), "an unknown column is no failure of a row");
}

#[tokio::test]
async fn greatest_and_least_are_null_with_a_null() {
    values(&[
        ("greatest(1, 3, 2)", "3"),
        ("least(1.5, 2, 0.5)", "0.5"),
        ("greatest(1, NULL)", "NULL"),
        ("least(NULL, 'a')", "NULL"),
        ("greatest('a', 'b')", "b"),
        ("greatest(DATE '2023-01-02', DATE '2023-01-03')", "2023-01-03"),
        ("least(ARRAY[1, NULL], ARRAY[1, 2])", "[1, 2]"),
        ("typeof(greatest(1.5, 2e0))", "double"),
    ])
    .await;
}

#[tokio::test]
async fn conditions_choose_without_evaluating_the_rest() {
    values(&[
        ("if(true, 1, 1 / 0)", "1"),
        ("CASE WHEN false THEN 1 / 0 ELSE 2 END", "2"),
        ("nullif(1, 1)", "NULL"),
        ("nullif(1, 1.5)", "1"),
        ("coalesce(NULL, NULL)", "NULL"),
        ("3 BETWEEN SYMMETRIC 4 AND 2", "true"),
        ("3 NOT BETWEEN SYMMETRIC 4 AND 2", "false"),
        ("3 BETWEEN ASYMMETRIC 4 AND 2", "false"),
    ])
    .await;
    let sql = "SELECT n IN (7, 8, 9, if(n < 0, 1)), n NOT IN (7, 8, 9, if(n > 0, 1)) FROM (VALUES (1)) AS t(n)";
    assert_eq!(rows(sql).await, ["NULL|false"]);
    let sql = "SELECT CASE WHEN n = 0 THEN -1 ELSE 2 / n END FROM (VALUES (0), (1), (2)) AS t(n)";
    assert_eq!(rows(sql).await, ["-1", "2", "1"]);
}

#[tokio::test]
async fn rounding_keeps_the_type_of_its_argument() {
    values(&[
        ("round(2.5)", "3"),
        ("round(-2.5e0)", "-3.0"),
        ("round(1234.567, 1)", "1234.600"),
        ("round(1254, -2)", "1300"),
        ("round(3.14159e0, 2)", "3.14"),
        ("truncate(-7.9)", "-7"),
        ("truncate(1299.99, -2)", "1200.00"),
        ("ceil(-1.5)", "-1"),
        ("ceiling(7)", "7"),
        ("floor(-1.5)", "-2"),
        ("floor(1.5e0)", "1.0"),
        ("sign(-2.5)", "-1"),
        ("sign(0e0)", "0.0"),
        ("abs(-2.5)", "2.5"),
        ("mod(-7, 3)", "-1"),
    ])
    .await;
}

#[tokio::test]
async fn mathematical_functions_take_any_number() {
    values(&[
        ("sqrt(2.25)", "1.5"),
        ("sqrt(-1)", "NaN"),
        ("power(2, 10)", "1024.0"),
        ("log(2, 8)", "3.0"),
        ("cbrt(27)", "3.0"),
        ("is_nan(0e0 / 0)", "true"),
        ("is_finite(1.5)", "true"),
        ("is_infinite(infinity())", "true"),
        ("from_base('ff', 16)", "255"),
        ("to_base(-255, 16)", "-ff"),
        ("width_bucket(5.3, 0, 10, 4)", "3"),
        ("width_bucket(2, ARRAY[1, 2, 3])", "2"),
        ("round(normal_cdf(0, 1, 1.96), 4)", "0.975"),
        ("cosine_similarity(ARRAY[1, 0], ARRAY[1, 0])", "1.0"),
        ("cosine_distance(MAP(ARRAY['a'], ARRAY[1e0]), MAP(ARRAY['b'], ARRAY[2e0]))", "1.0"),
        ("random(5) BETWEEN 0 AND 4", "true"),
        ("bit_count(-1, 8)", "8"),
        ("bitwise_right_shift(TINYINT '-8', 1)", "124"),
        ("bitwise_right_shift_arithmetic(-8, 1)", "-4"),
        ("bitwise_left_shift(1, 40)", "1099511627776"),
        ("format_number(123456)", "123K"),
        ("parse_data_size('2.5kB')", "2560"),
        ("from_unixtime(60.5) = from_unixtime(60.5e0)", "true"),
        ("approx_percentile(1, 0.5)", "1"),
    ])
    .await;
}

/// What the filter of an optimized query over `t(n bigint, d double)` says.
async fn filter(condition: &str) -> String {
    let session = crate::session::session();
    let columns: [(&str, ArrayRef); 2] =
        [("n", Arc::new(Int64Array::from(vec![1]))), ("d", Arc::new(Float64Array::from(vec![1.0])))];
    session.register_batch("t", RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    let statement = Statement::parse(&format!("SELECT 1 FROM t WHERE {condition}")).unwrap();
    let planned = statement.plan(&session.state()).await.unwrap();
    let plan = session.state().optimize(&planned.plan).unwrap().display_indent().to_string();
    plan.lines().find_map(|line| line.trim().strip_prefix("Filter: ")).unwrap_or(&plan).to_owned()
}

#[tokio::test]
async fn comparisons_with_constant_arithmetic_stay_plain() {
    for (condition, expected) in [
        ("n > 1 + 2", "t.n > Int64(3)"),
        ("n * 2 > 1", "*(t.n, Int64(2)) > Int64(1)"),
        ("d < 1.5", "t.d < Float64(1.5)"),
        ("n = -(2 - 5)", "t.n = Int64(3)"),
        ("n IN (1, 1 + 1)", "t.n = Int64(1) OR t.n = Int64(2)"),
        ("d BETWEEN 0.5 AND 10 / 4.0", "t.d >= Float64(0.5) AND t.d <= Float64(2.5)"),
    ] {
        assert_eq!(filter(condition).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn a_condition_that_may_fail_is_asked_only_where_it_matters() {
    for (condition, expected) in [
        ("n <> 0 AND 2 / n = 2", "1"),
        ("n = 0 OR 2 / n = 1", "0, 2"),
        ("CASE WHEN n = 0 THEN false ELSE 2 / n = 2 END", "1"),
        ("if(n = 0, NULL, 2 / n = 1)", "2"),
        ("t <> 'x' AND CAST(t AS bigint) > 7", "1, 2"),
        ("n > 0 AND (t = '8' OR 2 / n = 1) AND 4 % n = 0", "1, 2"),
        ("cardinality(a) > 1 AND a[2] = 6", "2"),
        ("NOT (n = 0 OR 2 / n = 1)", "1"),
    ] {
        let sql = format!(
            "SELECT array_join(array_agg(n ORDER BY n), ', ') FROM
             (VALUES (0, 'x', ARRAY[0]), (1, '8', ARRAY[1]), (2, '9', ARRAY[5, 6])) AS v(n, t, a) WHERE {condition}"
        );
        assert_eq!(rows(&sql).await, [expected], "{condition}");
    }
    let sql = "SELECT n <> 0 AND 2 / n = 2, n = 0 OR 2 / n = 2 FROM (VALUES (0), (1)) AS v(n) ORDER BY n";
    assert_eq!(rows(sql).await, ["false|true", "true|true"]);
}
