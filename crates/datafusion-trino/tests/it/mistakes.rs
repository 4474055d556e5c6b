//! Mistakes of analysts, and what they are told: statement, message, hint.

use crate::session::session;
use datafusion_trino::{Error, Statement};

/// The error of parsing, planning or running a statement.
async fn failure(sql: &str) -> Option<Error> {
    let session = session();
    let statement = match Statement::parse(sql) {
        Ok(statement) => statement,
        Err(error) => return Some(error),
    };
    let planned = match statement.plan(&session.state()).await {
        Ok(planned) => planned,
        Err(error) => return Some(error),
    };
    let frame = match session.execute_logical_plan(planned.plan).await {
        Ok(frame) => frame,
        Err(error) => return Some(error.into()),
    };
    frame.collect().await.err().map(Error::from)
}

/// Every statement fails in these words; all that differ are shown.
async fn told(expected: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (sql, message, hint) in expected {
        let error = failure(sql).await;
        let found = error.as_ref().map_or_else(|| "no error".to_owned(), Error::to_string);
        let advice = error.as_ref().and_then(Error::hint).unwrap_or_default();
        if (found.as_str(), advice.as_str()) != (*message, *hint) {
            wrong.push(format!("{sql}\n  {found}\n  hint: {advice}"));
        }
        for leaked in ["Utf8", "Int64", "Error during planning", "trino_", "caused by"] {
            assert!(!found.contains(leaked), "{sql}\n{found}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn names_and_fields() {
    told(&[
        ("SELECT evntName FROM events", r#"column "evntName" does not exist (line 1, column 8)"#, r#"did you mean "eventname" or "eventtime"?"#),
        ("SELECT 1 FROM evnts", r#"table "evnts" does not exist (line 1, column 15)"#, r#"did you mean "events"?"#),
        ("SELECT eventName", r#"column "eventName" does not exist (line 1, column 8)"#, "the query has no FROM"),
        ("SELECT NOW FROM events", r#"column "NOW" does not exist (line 1, column 8)"#, r#""NOW" is a function: write NOW()"#),
        ("SELECT userIdentity.usrName FROM events", r#"column "usrName" does not exist (line 1, column 21)"#, r#"did you mean "username" or "useragent"?"#),
        ("SELECT eventName FROM events ORDER BY userIdentity.foo", "Field foo not found in struct", ""),
        ("SELECT resources[1].foo FROM events", r#"column "foo" does not exist (line 1, column 21)"#, ""),
        ("SELECT r.foo FROM events CROSS JOIN UNNEST(resources) AS r", r#"column "foo" does not exist (line 1, column 10)"#, ""),
        ("SELECT any_match(resources, r -> r.foo = 'x') FROM events", r#"column "foo" does not exist (line 1, column 36)"#, ""),
        ("SELECT eventName AS n FROM events WHERE n = 'x'", r#"column "n" does not exist (line 1, column 41)"#, ""),
        ("SELECT * FROM events e WHERE events.eventName = 'x'", r#"column "events.eventName" does not exist (line 1, column 30)"#, r#"did you mean "e.eventname"?"#),
        ("SELECT eventName FROM events a JOIN events b ON a.eventid = b.eventid", r#"column "eventName" is ambiguous (line 1, column 8)"#, "write a.eventName or b.eventName"),
        (r#"SELECT eventName FROM events WHERE eventName = "GetObject""#, r#"column "GetObject" does not exist (line 1, column 48)"#, "text stands in single quotes: 'GetObject'"),
        ("SELECT requestParameters.bucketName FROM events", r#""requestParameters" is a map, which has keys and no field "bucketName" (line 1, column 26)"#, "write element_at(requestParameters, 'bucketName')"),
        ("SELECT resources.arn FROM events", r#""resources" is an array and has no field "arn": its type is array(row(arn varchar, accountid varchar, type varchar)) (line 1, column 18)"#, "write element_at(resources, 1).arn, or CROSS JOIN UNNEST(resources) AS t and arn"),
        ("SELECT eventName.foo FROM events", r#""eventName" is no row and has no field "foo": its type is varchar (line 1, column 18)"#, ""),
        ("WITH x AS (SELECT foo FROM events) SELECT foo FROM x", r#"column "foo" does not exist (line 1, column 19)"#, ""),
        ("SELECT count(eventName) FILTER (WHERE foo = 1) FROM events", r#"column "foo" does not exist (line 1, column 39)"#, ""),
        ("SELECT * FROM lake.events", r#"table "lake.events" does not exist (line 1, column 15)"#, r#"did you mean "events"?"#),
    ])
    .await;
}

#[tokio::test]
async fn functions_and_aggregates() {
    told(&[
        ("SELECT date_sub(eventTime, 7) FROM events", r#"function "date_sub" does not exist (line 1, column 8)"#, "write date_add('day', -n, time), or time - INTERVAL '7' DAY"),
        ("SELECT strftime('%Y', eventTime) FROM events", r#"function "strftime" does not exist (line 1, column 8)"#, "write date_format(time, '%Y-%m-%d')"),
        ("SELECT nvl(eventName, 1), st_point(1, 2) FROM events", r#"Trino's function "st_point" is not supported here (line 1, column 27)"#, ""),
        ("SELECT current_user", r#"Trino's function "current_user" is not supported here (line 1, column 8)"#, ""),
        ("SELECT IF(eventName = 'x', 1, 2, 3) FROM events", "IF does not exist with these arguments (line 1, column 8)", "there is if(condition, true_value) and if(condition, true_value, false_value)"),
        ("SELECT ntile(4) FROM events", "ntile is a window function: it needs OVER (…) (line 1, column 8)", "write ntile(…) OVER (PARTITION BY … ORDER BY …)"),
        ("SELECT eventName, count(*) FROM events", r#""eventName" must be in GROUP BY or inside of an aggregate (line 1, column 8)"#, "GROUP BY eventName, or write arbitrary(eventName) for any of its values"),
        ("SELECT eventName FROM events HAVING count(*) > 1", r#""eventName" must be in GROUP BY or inside of an aggregate (line 1, column 8)"#, "GROUP BY eventName, or write arbitrary(eventName) for any of its values"),
        ("SELECT eventName, count(*) FROM events WHERE count(*) > 1 GROUP BY eventName", "WHERE cannot hold an aggregate (line 1, column 46)", "a condition on an aggregate stands in HAVING, behind GROUP BY"),
        ("SELECT max(count(*)) FROM events GROUP BY eventName", "aggregates cannot be nested: count inside of max (line 1, column 8)", "compute the inner one in a subquery, and aggregate its result"),
        ("SELECT rank() OVER (ORDER BY eventTime) r FROM events WHERE rank() OVER (ORDER BY eventTime) = 1", "WHERE cannot hold a window function (line 1, column 61)", "compute it in a subquery, and filter outside of it"),
        ("SELECT element_at(eventName, 'x') FROM events", "element_at(varchar, varchar) does not exist; there is element_at(map(K, V), K) and element_at(array(T), bigint) (line 1, column 8)", ""),
        ("SELECT element_at(resources, 'arn') FROM events", "element_at(array(row(arn varchar, accountid varchar, type varchar)), varchar) does not exist; there is element_at(map(K, V), K) and element_at(array(T), bigint) (line 1, column 8)", ""),
        ("SELECT map_keys(eventName) FROM events", "map_keys(varchar) does not exist; map_keys takes a map (line 1, column 8)", ""),
    ])
    .await;
}

#[tokio::test]
async fn types_and_positions() {
    told(&[
        ("SELECT 1 FROM events WHERE requestParameters = 'x'", "Cannot apply operator: map(varchar, varchar) = varchar", ""),
        ("SELECT eventName FROM events WHERE userIdentity = 'x'", "Cannot apply operator: row(type varchar, principalid varchar, arn varchar, …) = varchar", ""),
        ("SELECT eventTime + 1 FROM events", "Cannot apply operator: timestamp(3) + bigint (line 1, column 8)", "a time is moved by an interval: time + INTERVAL '1' DAY"),
        ("SELECT eventTime - '2023-01-01' FROM events", "Cannot apply operator: timestamp(3) - varchar (line 1, column 8)", "a time is moved by an interval: time - INTERVAL '1' DAY; between two times it is date_diff('day', from, to)"),
        ("SELECT eventName + 'x' FROM events", "Cannot apply operator: varchar + varchar (line 1, column 8)", "texts are joined by ||"),
        ("SELECT eventName FROM events WHERE readOnly = 1", "Cannot apply operator: boolean = bigint", "a boolean compares with true and false"),
        ("SELECT 1 FROM events WHERE eventName", r#"a condition is a boolean, and "eventName" is varchar (line 1, column 28)"#, ""),
        ("SELECT 1 FROM events WHERE NOT eventName", "Cannot apply operator: NOT varchar (line 1, column 32)", ""),
        ("SELECT 1 FROM events WHERE eventTime > 'yesterday'", "'yesterday' is no timestamp: write it like '2023-01-02 03:04:05' or '2023-01-02'", ""),
        ("SELECT eventName FROM events UNION SELECT eventName, awsRegion FROM events", "the sides of UNION have 1 and 2 columns (line 1, column 1)", "both need the same number of columns; NULL stands for one that is missing"),
        ("SELECT * FROM events ORDER BY 99", "ORDER BY 99 is not a column of the result, which has 20", ""),
        ("SELECT eventName FROM events GROUP BY 3", "GROUP BY 3 is not a column of the result, which has 1", ""),
        ("SELECT eventName FROM events WHERE eventName IN (SELECT eventName, awsRegion FROM events)", "Cannot apply operator: varchar IN (a subquery of row(varchar, varchar))", ""),
        ("SELECT cast(eventTime as datetime) FROM events", r#"type "datetime" does not exist (line 1, column 26)"#, "Trino has timestamp"),
        ("SELECT cast(eventName, varchar) FROM events", "a cast takes AS and a type (line 1, column 22)", "write CAST(expression AS type)"),
        ("SELECT eventName FROM events LIMIT -1", "LIMIT and OFFSET take a number that is not negative, and not -1", ""),
    ])
    .await;
}

#[tokio::test]
async fn syntax_of_other_systems_and_slips() {
    told(&[
        ("SELECT (1 + 2 FROM events", r#""(" is not closed (line 1, column 8)"#, ""),
        ("SELECT 1 + 2) FROM events", r#"")" closes nothing that is open (line 1, column 13)"#, ""),
        (
            "SELECT 'abc FROM events",
            "the text is not closed (line 1, column 8)",
            "a quote inside a text is doubled: 'it''s'",
        ),
        (
            "SELECT eventName FROM events WHERE eventName == 'x'",
            r#""==" is not an operator (line 1, column 46)"#,
            "write = to compare",
        ),
        (
            "SELECT eventName eventSource awsRegion FROM events",
            r#"the statement ends before "awsRegion" (line 1, column 30)"#,
            r#"is a comma or an operator missing before "awsRegion"?"#,
        ),
        (
            "SELECT eventName FROM events LIMIT 10 ORDER BY 1",
            r#"the statement ends before "ORDER" (line 1, column 39)"#,
            "ORDER BY stands before LIMIT",
        ),
        (
            "SELECT TOP 10 eventName FROM events",
            "TOP is not Trino's SQL (line 1, column 8)",
            "put LIMIT 10 at the end of the query",
        ),
        (
            "SELECT eventName FROM events WHERE eventName ILIKE '%get%'",
            "ILIKE is not an operator here (line 1, column 46)",
            "write lower(text) LIKE 'pattern in lower case'",
        ),
        (
            "SELECT DATE_SUB(NOW(), INTERVAL 7 DAY)",
            "the number of an interval stands in quotes (line 1, column 33)",
            "write INTERVAL '7' DAY",
        ),
        (
            "SELECT `eventName` FROM events",
            "a backtick does not quote names (line 1, column 8)",
            r#"names stand in double quotes, when they need any: "eventName""#,
        ),
        (
            "SELECT eventName, FROM events",
            r#"expected an expression, found "FROM" (line 1, column 19)"#,
            "there is a comma too many before it",
        ),
        (
            "SELECT eventName, awsRegion, FROM (SELECT * FROM events)",
            r#"expected an expression, found "FROM" (line 1, column 45)"#,
            "",
        ),
        (
            "SELECT eventName AS order FROM events ORDER BY order",
            r#"expected an expression, found "order" (line 1, column 48)"#,
            r#"ORDER is a reserved word: as a name it is written "order""#,
        ),
        (
            "INSERT INTO events VALUES (1)",
            "INSERT is not a query: only SELECT runs here (line 1, column 1)",
            "tables are read-only here: write one SELECT, with a WITH clause if you like",
        ),
        (
            "UPDATE events SET eventName = 1",
            "UPDATE is not a query: only SELECT runs here (line 1, column 1)",
            "tables are read-only here: write one SELECT, with a WITH clause if you like",
        ),
        (
            "CREATE TABLE t (a int)",
            "CREATE is not a query: only SELECT runs here (line 1, column 1)",
            "tables are read-only here: write one SELECT, with a WITH clause if you like",
        ),
        (
            "EXPLAIN SELECT 1",
            "EXPLAIN is not a query: only SELECT runs here (line 1, column 1)",
            "leave EXPLAIN out to run the query",
        ),
        (
            "SHOW TABLES",
            "SHOW is not a query: only SELECT runs here (line 1, column 1)",
            "SELECT * FROM a table LIMIT 1 shows its columns",
        ),
        (
            "DESCRIBE events",
            "DESCRIBE is not a query: only SELECT runs here (line 1, column 1)",
            "SELECT * FROM a table LIMIT 1 shows its columns",
        ),
        (
            "SELECT 1; SELECT 2",
            "one statement was expected and 2 were found (line 1, column 11)",
            "separate them and run them one by one, or pass them as a script",
        ),
        ("SELCT 1", "SELCT is not a query: only SELECT runs here (line 1, column 1)", "did you mean SELECT?"),
        (
            "SELECT * FORM events",
            r#"the statement ends before "FORM" (line 1, column 10)"#,
            r#"is "FORM" meant to be FROM?"#,
        ),
        (
            "SELECT eventName FORM events",
            r#"the statement ends before "events" (line 1, column 23)"#,
            r#"is "FORM" meant to be FROM?"#,
        ),
        (
            "SELECT * FROM events WHRE eventName = 'x'",
            r#"the statement ends before "eventName" (line 1, column 27)"#,
            r#"is "WHRE" meant to be WHERE?"#,
        ),
        (
            "SELECT * FROM events WHERE eventName = 'x' AND",
            "expected an expression, found the end of the statement (line 1, column 47)",
            "",
        ),
        (
            "SELECT * FROM events GROUP eventName",
            r#"the statement ends before "GROUP" (line 1, column 22)"#,
            "write GROUP BY",
        ),
        ("SELECT count(*) FROM events WHERE eventName IN ('a', 'b'", r#""(" is not closed (line 1, column 48)"#, ""),
        (
            "SELECT userIdentity:userName FROM events",
            r#"":" is not an operator (line 1, column 20)"#,
            "a field of a row is row.field; a value of a map, element_at(map, 'key')",
        ),
        (
            "SELECT requestParameters->>'bucketName' FROM events",
            r#""->>" is not an operator (line 1, column 25)"#,
            "a value of a JSON text is json_extract_scalar(text, '$.path'); of a map, element_at(map, 'key')",
        ),
        (
            "SELECT eventTime::date FROM events",
            r#""::" is not an operator here (line 1, column 17)"#,
            "write CAST(expression AS type)",
        ),
        (
            "SELECT * FROM events WHERE eventName = 'x' WHERE awsRegion = 'y'",
            r#"the statement ends before "WHERE" (line 1, column 44)"#,
            "there is one WHERE: join its conditions with AND or OR",
        ),
        (
            "SELECT * FROM events WHERE awsRegion = 'y' JOIN config ON true",
            r#"the statement ends before "JOIN" (line 1, column 44)"#,
            "joins belong to FROM and stand before WHERE",
        ),
        (
            "SELECT * FROM events, LATERAL VIEW explode(resources)",
            "LATERAL VIEW is not Trino's SQL (line 1, column 23)",
            "write CROSS JOIN UNNEST(array) AS t(x)",
        ),
        (
            "SELECT eventName 'Event' FROM events",
            r#""eventName" is not a type that a literal can have (line 1, column 8)"#,
            "as an alias, the text stands in double quotes; as a literal, a type stands before it",
        ),
        (
            "SELECT eventName FROM events WHERE eventTime BETWEEN '2023-01-01' TO '2023-01-02'",
            r#"expected AND, found "TO" (line 1, column 67)"#,
            "",
        ),
        (
            "SELECT eventName FROM events LIMIT 5, 10",
            r#"the statement ends before "," (line 1, column 37)"#,
            "write OFFSET 5 LIMIT 10",
        ),
        (
            "SELECT eventName FROM events WHERE eventName != 'x' && awsRegion = 'y'",
            r#""&&" is not an operator (line 1, column 53)"#,
            "write AND",
        ),
        (
            "SELECT eventName FROM events WHERE eventTime > now() - 7 days",
            r#"the statement ends before "days" (line 1, column 58)"#,
            "write INTERVAL '7' DAY",
        ),
        (
            "SELECT eventName FROM events WHERE eventTime > now() - interval 7 day",
            "the number of an interval stands in quotes (line 1, column 65)",
            "write INTERVAL '7' DAY",
        ),
        (
            "SELECT eventName FROM events WHERE eventTime > now() - interval '7 days'",
            "an interval needs a unit behind '7 days': INTERVAL '7' DAY (line 1, column 65)",
            "",
        ),
        (
            "SELECT eventName FROM events WHERE eventTime > now() - interval '7' days",
            "an interval needs YEAR, MONTH, DAY, HOUR, MINUTE or SECOND behind its number (line 1, column 69)",
            "write DAY",
        ),
        (
            "SELECT DISTINCT ON (eventName) eventName FROM events",
            "DISTINCT ON is not Trino's SQL (line 1, column 21)",
            "write max_by(x, time) with GROUP BY, or row_number() OVER (PARTITION BY …) = 1 in an outer query",
        ),
        ("WITH x (SELECT 1) SELECT * FROM x", r#"expected a closing parenthesis, found "1" (line 1, column 16)"#, ""),
        (
            "SELECT “eventName” FROM events",
            "“ is a typographic quote (line 1, column 8)",
            "names stand in straight double quotes, text in straight single quotes",
        ),
        (
            "SELECT count(*) OVER (PARTITION eventName) FROM events",
            r#"expected ROWS, RANGE, GROUPS, found "PARTITION" (line 1, column 23)"#,
            "write PARTITION BY",
        ),
        ("SELECT :x FROM events", "parameter :x has no value (line 1, column 8)", "bind a value to it"),
        ("SELECT ? FROM events", "the statement has 1 parameter ? and no value was given (line 1, column 8)", ""),
        (
            "SELECT * FROM (SELECT eventName FROM events WHERE) x",
            "expected an expression, found the end of the statement (line 1, column 50)",
            "",
        ),
        (
            "SELECT a FROM (SELECT eventName a FROM events LIMIT 1 ORDER BY 1)",
            r#"the statement ends before "ORDER" (line 1, column 55)"#,
            "ORDER BY stands before LIMIT",
        ),
        (
            "SELECT * FROM events e JOIN config c",
            "a join needs ON or USING behind its table (line 1, column 29)",
            "CROSS JOIN pairs every row with every row",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_report_shows_the_line() {
    let sql = "-- the day\nSELECT 'é',\n\tevntName\nFROM events";
    let report = failure(sql).await.unwrap().report(sql).to_string();
    let expected = r#"column "evntName" does not exist (line 3, column 2)
  3 |     evntName
    |     ^^^^^^^^
  hint: did you mean "eventname" or "eventtime"?"#;
    assert_eq!(report, expected);
}
