//! Names: headers, letter case, tables, and the messages about unknown ones.

use datafusion_trino::Statement;

use crate::session::{ask, rows, session, try_ask, try_plan};

async fn headers(sql: &str) -> Vec<String> {
    ask(sql).await.headers
}

#[tokio::test]
async fn headers_are_as_typed_with_leaf_names_and_positions() {
    for (sql, expected) in [
        ("SELECT eventName, EVENTNAME, \"eventName\" FROM events", "eventName,EVENTNAME,eventName"),
        ("SELECT userIdentity.ARN, userIdentity.sessionContext.sessionIssuer.arn FROM events", "ARN,arn"),
        ("SELECT e.eventName, count(*), max(eventTime) Last FROM events e GROUP BY 1", "eventName,_col1,Last"),
        ("SELECT 1, 'a' AS \"Two Words\", (eventName) FROM events", "_col0,Two Words,eventName"),
        ("SELECT element_at(resources, 1).Type FROM events", "Type"),
        ("SELECT c.*, 1 FROM config c", "eventdata,_col1"),
        ("SELECT 1, c.* FROM config c", "_col0,eventdata"),
        ("SELECT *, eventData, eventData.ARN FROM config", "eventdata,eventData,ARN"),
        ("SELECT eventName AS A FROM events UNION ALL SELECT eventSource FROM events", "A"),
        ("WITH x AS (SELECT userIdentity.arn, count(*) FROM events GROUP BY 1) SELECT Arn, _col1 FROM x", "Arn,_col1"),
    ] {
        assert_eq!(headers(sql).await.join(","), expected, "{sql}");
    }
}

#[tokio::test]
async fn names_of_inner_queries_are_leaf_names() {
    let sql = "SELECT arn FROM (SELECT userIdentity.arn FROM events) WHERE ARN LIKE '%alice' ORDER BY Arn";
    assert_eq!(rows(sql).await.len(), 2);
}

#[tokio::test]
async fn order_by_finds_outputs_in_any_case_and_by_ordinal() {
    for sql in [
        "SELECT eventName AS Name FROM events ORDER BY eventtime DESC",
        "SELECT eventName, eventTime AS T FROM events ORDER BY t DESC",
        "SELECT eventName, eventTime FROM events ORDER BY 2 DESC",
        "SELECT eventName, e.EventTime FROM events e ORDER BY E.eventtime DESC",
    ] {
        let names: Vec<String> = ask(sql).await.rows.into_iter().map(|r| r[0].clone()).collect();
        assert_eq!(names, ["Decrypt", "AssumeRole", "PutObject", "GetObject"], "{sql}");
    }
    let sql = "SELECT userIdentity.arn, count(*) AS eventCount FROM events GROUP BY userIdentity.arn
               ORDER BY EventCount DESC, ARN";
    assert_eq!(rows(sql).await[0], "arn:aws:iam::1:user/alice|2");
}

#[tokio::test]
async fn quoted_names_are_without_case_too() {
    assert_eq!(rows("SELECT \"eventName\" FROM \"Events\" WHERE \"EVENTID\" = 'e1'").await, ["GetObject"]);
    assert_eq!(rows("SELECT useridentity.\"userName\" FROM events WHERE eventid = 'e1'").await, ["alice"]);
}

#[tokio::test]
async fn a_bare_uuid_is_a_table() {
    let uuid = "0233062b-51c6-4d18-8dec-a8c90da840d9";
    let sql = format!("SELECT a.eventName FROM {uuid} AS a, {uuid} b WHERE a.eventid = b.eventid");
    let mut statement = Statement::parse(&sql).unwrap();
    assert_eq!(statement.tables(), [[uuid]]);
    statement.rename_tables(|name| (name == [uuid]).then(|| vec!["events".to_owned()]));
    let planned = statement.plan(&session().state()).await.unwrap();
    assert_eq!(planned.headers, ["eventName"]);
    for name in ["$EDS_ID", "<EDS_ID>", "\"arn:aws:cloudtrail:us-east-1:1:eventdatastore/a-b\""] {
        let statement = Statement::parse(&format!("SELECT 1 FROM {name}")).unwrap();
        let expected = name.trim_matches('"').to_lowercase();
        assert_eq!(statement.tables(), [[expected]]);
    }
}

#[tokio::test]
async fn unknown_names_are_told_with_place_and_hint() {
    for (sql, message, hint) in [
        (
            "SELECT evntName FROM events",
            "column \"evntName\" does not exist (line 1, column 8)",
            "did you mean \"eventname\"",
        ),
        ("SELECT 1\nFROM evnts", "table \"evnts\" does not exist (line 2, column 6)", "did you mean \"events\"?"),
        (
            "SELECT userIdentity.acountId FROM events",
            "column \"acountId\" does not exist (line 1, column 21)",
            "did you mean \"accountid\"?",
        ),
        (
            "SELECT json_extrat(eventName, '$') FROM events",
            "function \"json_extrat\" does not exist (line 1, column 8)",
            "did you mean \"json_extract\"",
        ),
        (
            "SELECT x.eventName FROM events e",
            "column \"x.eventName\" does not exist (line 1, column 8)",
            "did you mean \"e.eventname\"?",
        ),
    ] {
        let error = try_plan(sql).await.unwrap_err();
        assert_eq!(error.to_string(), message, "{sql}");
        let found = error.hint().unwrap_or_default();
        assert!(found.starts_with(hint), "{sql}\n{found}");
    }
}

#[tokio::test]
async fn anything_but_a_select_is_refused() {
    for sql in ["INSERT INTO events VALUES (1)", "drop table events", "EXPLAIN SELECT 1", "SET x = 1"] {
        let error = try_ask(sql).await.unwrap_err().to_string();
        assert!(error.contains("only SELECT runs here"), "{error}");
    }
}

#[tokio::test]
async fn a_wildcard_over_a_query_keeps_the_case_of_its_names() {
    for (sql, expected) in [
        ("SELECT * FROM (SELECT eventName, count(*) FROM events GROUP BY 1)", "eventName,_col1"),
        ("WITH X AS (SELECT userIdentity.userName AS Who FROM events) SELECT x.*, 1 AS One FROM x", "Who,One"),
        ("WITH x AS (SELECT eventName FROM events), y AS (SELECT * FROM x) SELECT * FROM y", "eventName"),
        ("SELECT * FROM (SELECT eventName, 1 FROM events) AS t(A, B)", "A,B"),
        (
            "SELECT * FROM (SELECT eventID AS A FROM events) a JOIN (SELECT eventID AS B FROM events) b ON a.a = b.b",
            "A,B",
        ),
        ("SELECT b.*, a.* FROM (SELECT eventID AS A FROM events) a JOIN config b ON true", "eventdata,A"),
        ("SELECT * FROM config", "eventdata"),
    ] {
        assert_eq!(headers(sql).await.join(","), expected, "{sql}");
    }
}

#[tokio::test]
async fn the_same_name_of_two_tables_may_stand_twice() {
    let join = "FROM events a JOIN events b ON a.eventid = b.eventid ORDER BY a.eventname LIMIT 1";
    for select in ["SELECT a.eventName, b.eventName", "SELECT DISTINCT a.eventName, b.eventName"] {
        let answer = ask(&format!("{select} {join}")).await;
        assert_eq!(answer.headers, ["eventName", "eventName"]);
        assert_eq!(answer.rows, [["AssumeRole", "AssumeRole"]]);
    }
}

#[tokio::test]
async fn errors_of_types_come_from_planning() {
    for (sql, message) in [
        ("SELECT element_at(eventName, 1) FROM events", "element_at(varchar, bigint) does not exist"),
        ("SELECT date_trunc('hour', 1)", "date_trunc(varchar, bigint) does not exist"),
        ("SELECT cardinality('x')", "cardinality(varchar) does not exist"),
        (
            "SELECT date_trunc('fortnight', eventTime) FROM events WHERE json_size(1, 2) = 1",
            "json_size(bigint, bigint)",
        ),
        ("SELECT eventName, count(*) FROM events", "\"eventName\" must be in GROUP BY"),
    ] {
        let error = try_plan(sql).await.unwrap_err().to_string();
        assert!(error.contains(message), "{sql}\n{error}");
        assert!(!error.contains("Error during planning") && !error.contains("caused by"), "{error}");
    }
}

#[tokio::test]
async fn a_cast_stands_beside_what_it_casts() {
    for (sql, expected) in [
        ("SELECT count(CAST(eventTime AS date)), count(eventTime) FROM events", &["4|4"][..]),
        ("SELECT max(CAST(x AS varchar)), max(x), max(CAST(x AS double)) FROM (VALUES 9, 10) AS t(x)", &["9|10|10.0"]),
        ("SELECT sum(CAST(x AS double)) OVER (), sum(x) OVER () FROM (VALUES 1) AS t(x)", &["1.0|1"]),
    ] {
        assert_eq!(rows(sql).await, expected, "{sql}");
    }
}
