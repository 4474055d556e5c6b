use std::io::Read;
use std::process::Stdio;

use crate::scratch::{LOG, REJECTED, Scratch, settled};

#[test]
fn logs_are_queried_without_a_lake() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    for table in ["events", "$EDS_ID"] {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let said = scratch.run(&["query", "--from", "log.json", "--format", "csv", &sql]);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("n\n3\n", "", 0), "{table}");
    }
    assert_eq!(scratch.files(), ["log.json"]);
}

#[test]
fn several_sources_are_one_event_data_store() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    scratch.write("bad.json", REJECTED);
    let from = ["query", "--from", "log.json", "--from", "bad.json", "--format", "csv"];
    let said = scratch.run(&[&from[..], &["SELECT count(*) AS n FROM events"]].concat());
    assert_eq!((said.stdout.as_str(), said.status), ("n\n4\n", 3));
    assert!(said.stderr.starts_with("warning: 1 record could not be read; the first in file://"), "{}", said.stderr);
}

#[test]
fn unknown_names_come_with_their_neighbours() {
    let _settled = settled();
    let scratch = Scratch::with_trail();
    insta::assert_snapshot!(scratch.query("SELECT count(*) FROM trial").transcript(), @r#"
        ---
        error: event data store "trial" does not exist (line 1, column 22)
          1 | SELECT count(*) FROM trial
            |                      ^^^^^
          hint: did you mean "trail"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT evntName FROM trail").transcript(), @r#"
        ---
        error: column "evntName" does not exist (line 1, column 8)
          1 | SELECT evntName FROM trail
            |        ^^^^^^^^
          hint: did you mean "eventname" or "eventtime"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT cardinalty(resources) FROM trail").transcript(), @r#"
        ---
        error: function "cardinalty" does not exist (line 1, column 8)
          1 | SELECT cardinalty(resources) FROM trail
            |        ^^^^^^^^^^
          hint: did you mean "cardinality"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT * FROM lake.import").transcript(), @r#"
        ---
        error: table "lake.import" does not exist (line 1, column 15)
          1 | SELECT * FROM lake.import
            |               ^^^^
          hint: did you mean lake.imports?
        => 1
        "#);
}

#[test]
fn what_is_no_select_is_refused() {
    let said = Scratch::with_trail().query("DROP TABLE trail");
    assert_eq!(said.status, 1);
    assert!(
        said.stderr.starts_with("error: DROP is not a query") && said.stderr.contains("\n  hint: "),
        "{}",
        said.stderr
    );
}

#[test]
fn sql_comes_from_an_argument_a_file_or_standard_input() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT count(*) AS n FROM $EDS_ID;\n";
    scratch.write("count.sql", sql);
    assert_eq!(scratch.query(sql).stdout, "n\n3\n");
    assert_eq!(scratch.run(&["query", "--format", "csv", "--file", "count.sql"]).stdout, "n\n3\n");
    assert_eq!(scratch.pipe(&["query", "--format", "csv"], sql).stdout, "n\n3\n");
    let said = scratch.pipe(&["query"], "-- nothing\n");
    assert_eq!((said.stderr.as_str(), said.status), ("error: there is no statement to run\n", 1));
    let said = scratch.run(&["query", "--file", "none.sql"]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.starts_with("error: cannot read none.sql\n  because: No such file"), "{}", said.stderr);
}

#[test]
fn standard_input_cannot_be_both_log_and_query() {
    let said = Scratch::new().pipe(&["query", "--from", "-"], "SELECT 1");
    assert_eq!((said.stdout.as_str(), said.status), ("", 2));
}

#[test]
fn results_of_several_statements_follow_each_other() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT 1 AS a; -- one; two\nSELECT ';' AS b;";
    assert_eq!(scratch.query(sql).stdout, "a\n1\nb\n;\n");
    let said = scratch.run(&["query", sql]);
    assert!(said.stdout.contains("└───┘\n\n┌───┐\n"), "{}", said.stdout);
    let said = scratch.run(&["query", "--format", "parquet", sql]);
    assert_eq!((said.stdout.as_str(), said.status), ("", 2));
}

#[test]
fn the_store_that_eds_id_stands_for_is_chosen() {
    let scratch = Scratch::with_trail();
    scratch.write("bad.json", REJECTED);
    assert_eq!(scratch.run(&["import", "other", "bad.json"]).status, 3);
    let said = scratch.query("SELECT count(*) AS n FROM $EDS_ID");
    assert_eq!(said.status, 1);
    assert!(said.stderr.contains("hint: choose with --store"), "{}", said.stderr);
    let sql = "SELECT count(*) AS n FROM $EDS_ID";
    assert_eq!(scratch.run(&["query", "--store", "other", "--format", "csv", sql]).stdout, "n\n1\n");
}

#[test]
fn a_repeated_query_prints_once_and_ends_with_its_times() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT count(*) AS n FROM trail";
    for times in ["0", "3"] {
        let said = scratch.run(&["query", "--format", "csv", "--repeat", times, sql]);
        assert_eq!((said.stdout.as_str(), said.status), ("n\n3\n", 0));
        let last: serde_json::Value = serde_json::from_str(said.stderr.lines().last().unwrap()).unwrap();
        assert!(last["first"].as_f64() > Some(0.0));
        assert_eq!(last["warm"].as_array().unwrap().len().to_string(), times);
    }
}

#[test]
fn a_failed_query_leaves_the_file_as_it_was() {
    let scratch = Scratch::with_trail();
    scratch.write("out.csv", "old");
    let said = scratch.run(&["query", "SELECT 1 AS a; SELECT nothing FROM trail", "--output", "out.csv"]);
    assert_eq!(said.status, 1);
    assert_eq!(std::fs::read_to_string(scratch.path("out.csv")).unwrap(), "old");
    let said = scratch.run(&["query", "SELECT 1 AS a", "--output", "out.csv"]);
    assert_eq!((said.transcript().as_str()), "---\n=> 0");
    assert_eq!(std::fs::read_to_string(scratch.path("out.csv")).unwrap(), "a\n1\n");
    assert_eq!(scratch.files(), ["lake", "log.json", "out.csv"]);
}

#[test]
fn a_closed_pipe_is_success() {
    let scratch = Scratch::with_trail();
    // Enough rows for a writer that must notice.
    let sql = "SELECT a.eventJson FROM trail a, trail b, trail c, trail d, trail e, trail f, trail g, trail h";
    let mut command = scratch.command(&["query", "--format", "csv", sql]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((String::from_utf8(output.stderr).unwrap().as_str(), output.status.code()), ("", Some(0)));
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_a_query_with_status_130() {
    let scratch = Scratch::with_trail();
    // 3¹⁶ combinations: longer than anybody waits.
    let tables: Vec<_> = (0..16).map(|i| format!("trail t{i}")).collect();
    let sql = format!("SELECT count(t0.eventName || t15.eventName) FROM {}", tables.join(", "));
    let mut command = scratch.command(&["query", &sql, "--output", "out.csv"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "interrupted\n");
    assert_eq!(scratch.files(), ["lake", "log.json"]);
}

#[test]
fn parameters_are_values_and_never_sql() {
    let scratch = Scratch::with_trail();
    let run = |parameters: &[&str], sql: &str| {
        let mut arguments = vec!["query", "--format", "csv"];
        arguments.extend(parameters.iter().flat_map(|parameter| ["--param", parameter]));
        arguments.push(sql);
        scratch.run(&arguments)
    };
    for (parameters, sql, rows) in [
        (&["name=PutObject"][..], "SELECT eventID AS i FROM trail WHERE eventName = :name", "i\ne1\n"),
        (
            &["2024-05-02", "2"][..],
            "SELECT eventID AS i FROM trail WHERE eventTime < ? ORDER BY 1 LIMIT ?",
            "i\ne1\ne2\n",
        ),
        (
            &["2024-05-02", "2024-05-03"][..],
            "SELECT eventID AS i FROM trail WHERE eventTime > '?' AND eventTime < '?'",
            "i\ne3\n",
        ),
        (&["starttime=2024-05-02"][..], "SELECT eventID AS i FROM $EDS_ID WHERE eventTime > '$StartTime$'", "i\ne3\n"),
        (&["x=' OR true --"][..], "SELECT count(*) AS n FROM trail WHERE eventName = :x", "n\n0\n"),
        (&["n=1"][..], "SELECT count(*) AS n FROM trail WHERE cardinality(map_keys(requestParameters)) > :n", "n\n1\n"),
        (&["n='1'"][..], "SELECT :n || '0' AS n", "n\n10\n"),
        (&["flag=true"][..], "SELECT eventID AS i FROM trail WHERE readOnly = :flag", "i\ne2\n"),
        (&["x=null"][..], "SELECT coalesce(:x, 'none') AS x", "x\nnone\n"),
        (&["store=TRAIL"][..], "SELECT count(*) AS n FROM :store", "n\n3\n"),
        (&["n=5"][..], "SELECT 1 AS a; SELECT 1 + :n AS b", "a\n1\nb\n6\n"),
    ] {
        let said = run(parameters, sql);
        assert_eq!((said.stdout.as_str(), said.status), (rows, 0), "{sql}\n{}", said.stderr);
    }
    for (parameters, sql, message) in [
        (
            &[][..],
            "SELECT 1 FROM trail\nWHERE eventName = :name",
            "error: parameter :name has no value (line 2, column 19)\n  2 | WHERE eventName = :name\n    |                   ^\n  hint: give it one: --param name=VALUE, in the shell .param name VALUE\n",
        ),
        (
            &["nam=x"][..],
            "SELECT :name",
            "error: parameter :name has no value (line 1, column 8)\n  1 | SELECT :name\n    |        ^\n  hint: give it one: --param name=VALUE, in the shell .param name VALUE\n",
        ),
        (
            &["name=x", "other=y"][..],
            "SELECT :name",
            "error: the statement has no parameter \"other\"\n  hint: it has name\n",
        ),
        (&["name=x"][..], "SELECT 1; SELECT 2", "error: no statement has a parameter \"name\"\n"),
        (
            &["1"][..],
            "SELECT ?, ?",
            "error: the statement has 2 parameters ? and 1 value was given (line 1, column 11)\n  1 | SELECT ?, ?\n    |           ^\n",
        ),
        (&["1", "2"][..], "SELECT ?", "error: the statement has 1 parameter ? and 2 values were given\n"),
    ] {
        let said = run(parameters, sql);
        assert_eq!((said.stderr.as_str(), said.status), (message, 1), "{sql}");
    }
}

#[test]
fn errors_point_into_the_script() {
    let scratch = Scratch::with_trail();
    insta::assert_snapshot!(scratch.query("SELECT 1 AS a;\n\tSELECT eventName,\n\t\tevntName FROM trail").transcript(), @r#"
        a
        1
        ---
        error: column "evntName" does not exist (line 3, column 3)
          3 |         evntName FROM trail
            |         ^^^^^^^^
          hint: did you mean "eventname" or "eventtime"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT '日本', evntName FROM trail").transcript(), @r#"
        ---
        error: column "evntName" does not exist (line 1, column 14)
          1 | SELECT '日本', evntName FROM trail
            |                ^^^^^^^^
          hint: did you mean "eventname" or "eventtime"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT 1 AS a; SELECT 2 FROM trial; SELECT 3").transcript(), @r#"
        a
        1
        ---
        error: event data store "trial" does not exist (line 1, column 30)
          1 | SELECT 1 AS a; SELECT 2 FROM trial; SELECT 3
            |                              ^^^^^
          hint: did you mean "trail"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT (1 FROM trail").transcript(), @r#"
        ---
        error: "(" is not closed (line 1, column 8)
          1 | SELECT (1 FROM trail
            |        ^
        => 1
        "#);
    let script = ".timing off\n.format csv\nselect 1 as a;\nselect eventName,\n  from trail;\n";
    insta::assert_snapshot!(scratch.pipe(&[], script).transcript(), @r#"
        a
        1
        ---
        error: expected an expression, found "from" (line 5, column 3)
          5 |   from trail;
            |   ^^^^
          hint: there is a comma too many before it
        => 1
        "#);
}
