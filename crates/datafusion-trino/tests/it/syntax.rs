//! What Trino's parser takes, and other parsers do not.

use datafusion_trino::Statement;

use crate::session::{rows, values};

fn refusal(sql: &str) -> String {
    let error = Statement::parse(sql).map(|_| ()).unwrap_err();
    format!("{error} | {}", error.hint().unwrap_or_default())
}

#[test]
fn types_in_casts() {
    for data_type in [
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "INTEGER",
        "bigint",
        "real",
        "double",
        "double precision",
        "decimal",
        "decimal(10)",
        "decimal(10, 2)",
        "varchar",
        "varchar(5)",
        "char",
        "char(5)",
        "varbinary",
        "json",
        "date",
        "time",
        "time(3)",
        "time with time zone",
        "timestamp",
        "timestamp(6)",
        "timestamp(3) with time zone",
        "timestamp without time zone",
        "interval day to second",
        "interval year to month",
        "uuid",
        "ipaddress",
        "unknown",
        "array(bigint)",
        "array<bigint>",
        "array<array<double>>",
        "bigint array",
        "bigint array array",
        "map(varchar, array(double))",
        "map<varchar, map<varchar, bigint>>",
        "row(bigint, varchar)",
        "row(a bigint, b map(varchar, array(double)))",
        "row(x row(y row(z double precision)), t timestamp(3) with time zone)",
        "row(double precision, interval day to second, bigint array)",
        "row(timestamp timestamp, date date, row row(array bigint), \"Two Words\" varchar(5))",
        "ARRAY(ROW(a bigint, b MAP(varchar, ARRAY(double))))",
    ] {
        for cast in ["CAST", "TRY_CAST"] {
            let sql = format!("SELECT {cast}(NULL AS {data_type}), 1");
            assert!(Statement::parse(&sql).is_ok(), "{sql}\n{}", refusal(&sql));
        }
    }
}

#[test]
fn types_that_are_none() {
    for (sql, message) in [
        ("SELECT CAST(1 AS string)", "type \"string\" does not exist (line 1, column 18) | Trino has varchar"),
        ("SELECT CAST(1 AS array(text))", "type \"text\" does not exist (line 1, column 24) | Trino has varchar"),
        (
            "SELECT CAST(1 AS struct<a bigint>)",
            "type \"struct\" does not exist (line 1, column 18) | Trino has row(name type, …)",
        ),
        ("SELECT CAST(1 AS array(bigint)", "\"(\" is not closed (line 1, column 12) | "),
        ("SELECT CAST(1 AS array<bigint)", "expected >, found \")\" (line 1, column 30) | "),
        ("SELECT CAST(1 AS varchar(x))", "expected literal int, found \"x\" (line 1, column 26) | "),
        ("SELECT CAST(1 AS 5)", "expected a type, found \"5\" (line 1, column 18) | "),
        ("SELECT FLOAT '1'", "type \"FLOAT\" does not exist (line 1, column 8) | Trino has real or double"),
        (
            "SELECT INTERVAL '1' FORTNIGHT",
            "an interval needs YEAR, MONTH, DAY, HOUR, MINUTE or SECOND behind its number (line 1, column 21) | write the number in quotes and the unit behind it: INTERVAL '7' DAY",
        ),
        (
            "SELECT INTERVAL '2' WEEK",
            "an interval needs YEAR, MONTH, DAY, HOUR, MINUTE or SECOND behind its number (line 1, column 21) | a week is INTERVAL '7' DAY",
        ),
    ] {
        assert_eq!(refusal(sql), message, "{sql}");
    }
}

#[tokio::test]
async fn constants() {
    values(&[
        ("1_000 + 0x1F + 0b101 + 0o17", "1051"),
        ("1. + .5", "1.5"),
        ("1e2", "100.0"),
        ("X'6B 65'", "6b 65"),
        ("U&'caf\\00e9'", "café"),
        ("U&'!0041!!' UESCAPE '!'", "A!"),
        ("BIGINT '1' + INTEGER '2'", "3"),
        ("DOUBLE '1.5'", "1.5"),
        ("DOUBLE PRECISION '1.5'", "1.5"),
        ("BOOLEAN 'true'", "true"),
        ("VARCHAR 'x' || 'y'", "xy"),
        ("JSON '[1]'", "[1]"),
        ("DATE '2024-01-02'", "2024-01-02"),
        ("'it''s'", "it's"),
        ("-- no\n1 /* '; */", "1"),
    ])
    .await;
}

#[tokio::test]
async fn operators_bind_as_trinos_do() {
    values(&[
        ("'a' || CAST(1 + 2 AS varchar) || 'b'", "a3b"),
        ("5 BETWEEN SYMMETRIC 9 AND 1", "true"),
        ("5 NOT BETWEEN SYMMETRIC 9 AND 1", "false"),
        ("5 BETWEEN ASYMMETRIC 9 AND 1", "false"),
        ("1 IS DISTINCT FROM 2 AND 1 IS NOT DISTINCT FROM 1", "true"),
        ("NOT 1 = 2", "true"),
        ("-INTERVAL '1' DAY = INTERVAL -'1' DAY", "true"),
        ("reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60"),
        ("trim(BOTH 'x' FROM 'xax')", "a"),
    ])
    .await;
}

/// Words that Trino does not reserve, though they begin or end something.
const WORDS: &str = "absent add admin after analyze any array asc at begin bernoulli both call cascade catalog column \
    columns comment commit committed count current data date day default define desc do double empty encoding error \
    excluding explain fetch filter final first following format function grant groups hour if ignore including initial \
    input invoker io isolation json keep key keys language last leading level limit local logical map \
    match matched materialized measures merge minute month next no none nullif nulls object of offset omit one only \
    option ordinality output over overflow overlay partition partitions past path pattern per period plan position \
    preceding precision privileges properties range read refresh rename repeat replace reset respect restrict return \
    returns revoke role roles rollback row rows running scalar schema schemas second security seek session \
    set sets show simple some start stats subset substring system tables text ties time timestamp to trailing \
    transaction truncate type unbounded unconditional unique unknown update use utf8 validate value verbose \
    version view while window within without work wrapper write year zone sort global anti semi start connect \
    sample settings cluster distribute end_time public identity";

#[tokio::test]
async fn words_that_are_not_reserved_are_names() {
    let mut refused = Vec::new();
    for word in WORDS.split_whitespace() {
        for sql in [
            format!("SELECT {word} FROM (SELECT 1 AS {word}) t WHERE t.{word} = 1 ORDER BY {word}"),
            format!("SELECT {word}.x, max({word}.x) AS {word} FROM (SELECT 1 AS x) AS {word} GROUP BY {word}.x"),
            format!("WITH {word} AS (SELECT 1 AS x) SELECT x FROM {word}"),
            format!("SELECT transform(ARRAY[1], {word} -> {word} + 1)"),
        ] {
            if let Err(error) = Statement::parse(&sql) {
                refused.push(format!("{sql}\n  {error}"));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert_eq!(rows("SELECT date, t.year, \"hour\" FROM (SELECT 1 AS date, 2 AS year, 3 AS hour) t").await, ["1|2|3"]);
}
