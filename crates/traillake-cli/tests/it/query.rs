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
        error: event data store "trial" does not exist
          hint: did you mean "trail"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT evntName FROM trail").transcript(), @r#"
        ---
        error: column "evntName" does not exist (line 1, column 8)
          hint: did you mean "eventname" or "eventtime"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT cardinalty(resources) FROM trail").transcript(), @r#"
        ---
        error: function "cardinalty" does not exist (line 1, column 8)
          hint: did you mean "cardinality"?
        => 1
        "#);
    insta::assert_snapshot!(scratch.query("SELECT * FROM lake.import").transcript(), @r#"
        ---
        error: table "lake.import" does not exist
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
