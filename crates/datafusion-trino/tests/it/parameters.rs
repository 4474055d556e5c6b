//! Parameters: values that are bound, and never text of the statement.

use datafusion_trino::{Error, ParameterValue, Parameters, Statement, text};

use crate::session::session;

async fn ask(sql: &str, parameters: &Parameters) -> Result<String, Error> {
    let session = session();
    let mut statement = Statement::parse(sql)?;
    statement.bind(parameters)?;
    let planned = statement.plan(&session.state()).await?;
    let batches = session.execute_logical_plan(planned.plan).await?.collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let values =
                batch.columns().iter().map(|column| text::format(column, row).unwrap_or_else(|| "NULL".into()));
            rows.push(values.collect::<Vec<_>>().join("|"));
        }
    }
    Ok(rows.join(" "))
}

fn untyped(text: &str) -> ParameterValue {
    ParameterValue::Untyped(text.to_owned())
}

#[tokio::test]
async fn values_stand_where_constants_may() {
    let none = Parameters::new;
    for (sql, parameters, expected) in [
        ("SELECT eventid FROM events WHERE eventname = :name", none().with_named("NAME", "Decrypt"), "e4"),
        ("SELECT ?, ?, ?, ?", none().with(1).with(0.5).with("it's").with(true), "1|0.5|it's|true"),
        ("SELECT ? - ?", none().with(-3).with(-4), "1"),
        ("SELECT coalesce(:x, 'none'), :x IS NULL", none().with_named("x", None::<i64>), "none|true"),
        (
            "SELECT eventid FROM events WHERE eventtime > ? ORDER BY 1",
            none().with(ParameterValue::Timestamp(1_672_718_399_000)),
            "e3 e4",
        ),
        (
            "SELECT eventid FROM events WHERE eventtime > :since ORDER BY 1",
            none().with_named("since", "2023-01-03"),
            "e3 e4",
        ),
        ("SELECT eventid FROM events WHERE eventname LIKE :p", none().with_named("p", "%Role"), "e3"),
        ("SELECT count(*) FROM events WHERE eventname = :x", none().with_named("x", "' OR 1 = 1 --"), "0"),
        (
            "SELECT eventid FROM :table ORDER BY 1 LIMIT :n",
            none().with_named("table", "Events").with_named("n", 1),
            "e1",
        ),
        (
            "SELECT element_at(requestparameters, :key) FROM events WHERE eventid = 'e1'",
            none().with_named("key", "key"),
            "k",
        ),
        ("SELECT $Period$ + 1", none().with_named("period", 60), "61"),
    ] {
        assert_eq!(ask(sql, &parameters).await.unwrap(), expected, "{sql}");
    }
}

#[tokio::test]
async fn a_value_without_a_type_is_a_number_where_numbers_are() {
    for (sql, value, expected) in [
        ("SELECT count(*) FROM events WHERE cardinality(resources) > :v", "1", "1"),
        ("SELECT count(*) FROM events WHERE cardinality(resources) IN (:v, 2)", "1", "2"),
        ("SELECT count(*) FROM events WHERE cardinality(resources) BETWEEN :v AND 2", "1.5", "1"),
        ("SELECT count(*) FROM events WHERE recipientaccountid = :v", "1", "4"),
        ("SELECT count(*) FROM events WHERE recipientaccountid = :v", "01", "0"),
        ("SELECT count(*) FROM events WHERE readonly = :v", "true", "2"),
        ("SELECT count(*) FROM events WHERE eventtime >= :v", "2023-01-03 04:00:00", "2"),
        ("SELECT 10 / :v", "4", "2"),
        ("SELECT :v || 'x'", "007", "007x"),
        ("SELECT eventid FROM events ORDER BY 1 OFFSET :v LIMIT 1", "2", "e3"),
        ("SELECT eventid FROM events ORDER BY 1 FETCH FIRST :v ROWS ONLY", "1", "e1"),
        ("SELECT CAST(:v AS bigint) + 1", "41", "42"),
    ] {
        let parameters = Parameters::new().with_named("v", untyped(value));
        assert_eq!(ask(sql, &parameters).await.unwrap(), expected, "{sql}");
    }
}

#[tokio::test]
async fn a_dashboards_mark_stands_in_quotes() {
    let sql = "SELECT eventid FROM events WHERE eventtime > '?' AND eventtime < '?' AND eventname <> ? ORDER BY 1";
    let values = || Parameters::new().with("2023-01-02").with("2023-01-04");
    assert_eq!(ask(sql, &values().with("GetObject")).await.unwrap(), "e2 e3");
    assert_eq!(ask("SELECT '?'", &Parameters::new()).await.unwrap(), "?");
    assert_eq!(ask("SELECT '?' || ?", &Parameters::new().with("x")).await.unwrap(), "?x");
    let sql = "SELECT eventid FROM events WHERE eventtime > TIMESTAMP '$StartTime$' AND eventtime < '$EndTime$'";
    let named = Parameters::new().with_named("StartTime", "2023-01-03 00:00:00").with_named("EndTime", "2023-01-04");
    assert_eq!(ask(sql, &named).await.unwrap(), "e3");
}

#[test]
fn parameters_are_listed_with_their_places() {
    let statement = Statement::parse("SELECT :User, ?\nFROM :t WHERE x = :user LIMIT ?").unwrap();
    let listed: Vec<String> = statement
        .parameters()
        .iter()
        .map(|p| {
            let places: Vec<String> = p.positions.iter().map(|at| format!("{}:{}", at.line, at.column)).collect();
            format!("{} {}", p.name.as_deref().unwrap_or("?"), places.join(" "))
        })
        .collect();
    assert_eq!(listed, [":User 1:8 2:19", "? 1:15", ":t 2:6", "? 2:31"]);
}

#[tokio::test]
async fn what_does_not_match_is_told() {
    let none = Parameters::new;
    for (sql, parameters, message, hint) in [
        ("SELECT 1,\n :since", none(), "parameter :since has no value (line 2, column 2)", "bind a value to it"),
        (
            "SELECT ?, ?",
            none().with(1),
            "the statement has 2 parameters ? and 1 value was given (line 1, column 11)",
            "",
        ),
        ("SELECT ?", none().with(1).with(2), "the statement has 1 parameter ? and 2 values were given", ""),
        ("SELECT 1", none().with(1), "the statement has no parameter ? and 1 value was given", ""),
        (
            "SELECT :since",
            none().with_named("since", 1).with_named("sinec", 2),
            "the statement has no parameter \"sinec\"",
            "did you mean \"since\"?",
        ),
        (
            "SELECT * FROM :t",
            none().with_named("t", 1),
            "a parameter in the place of a table is a text: its name (line 1, column 15)",
            "",
        ),
        (
            "SELECT * FROM :t",
            none().with_named("t", "events; DROP TABLE events"),
            "table \"events; drop table events\" does not exist (line 1, column 15)",
            "did you mean \"events\"?",
        ),
    ] {
        let error = ask(sql, &parameters).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().unwrap_or_default().as_str()), (message, hint), "{sql}");
    }
    let error = Statement::parse("SELECT ?").unwrap().plan(&session().state()).await.unwrap_err();
    assert_eq!(error.to_string(), "the statement has 1 parameter ? and no value was given (line 1, column 8)");
}
