//! What an import says while it runs, and when it is told to be quiet.

use std::fs;

use serde_json::Value;

use crate::scratch::{LOG, REJECTED, Scratch, sample_trail};

fn lines(stderr: &str) -> Vec<Value> {
    stderr.lines().map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")).unwrap()).collect()
}

fn phases(lines: &[Value]) -> Vec<&str> {
    let mut phases: Vec<_> = lines.iter().map(|line| line["phase"].as_str().unwrap()).collect();
    phases.dedup();
    phases
}

#[test]
fn nothing_is_shown_where_nobody_looks() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    for progress in ["auto", "none", "bar"] {
        let said = scratch.run(&["import", "trail", "log.json", "--progress", progress]);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{progress}");
    }
}

#[test]
fn progress_as_json_is_a_line_for_each_step() {
    let trail = sample_trail();
    let said =
        Scratch::new().run(&["import", "trail", trail.to_str().unwrap(), "--progress", "json", "--format", "json"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    let lines = lines(&said.stderr);

    let phases = phases(&lines);
    assert_eq!((phases[0], *phases.last().unwrap()), ("listed", "done"));
    assert!(
        phases[1..phases.len() - 1].iter().all(|phase| ["importing", "committed", "merging"].contains(phase)),
        "{phases:?}"
    );
    for total in ["objects_total", "bytes_total"] {
        assert!(lines.iter().all(|line| line[total] == lines[0][total] && line[total].as_u64() > Some(0)), "{total}");
    }
    for count in ["objects", "bytes", "records", "events", "seconds"] {
        let counts: Vec<_> = lines.iter().map(|line| line[count].as_f64().unwrap()).collect();
        assert!(counts.is_sorted(), "{count}: {counts:?}");
    }
    let committed: Vec<_> =
        lines.iter().filter(|line| line["phase"] == "committed").map(|line| &line["version"]).collect();
    assert_eq!(committed, report["versions"].as_array().unwrap().iter().collect::<Vec<_>>());

    let (first, last) = (&lines[0], lines.last().unwrap());
    assert_eq!((first["objects"].as_u64(), &first["version"]), (Some(0), &Value::Null));
    for count in ["objects", "bytes", "records", "rejects", "json_bytes"] {
        assert_eq!(last[count], report[count], "{count}");
    }
    assert_eq!((&last["bytes"], &last["version"]), (&last["bytes_total"], committed[committed.len() - 1]));
    assert!(last.get("error").is_none());
}

#[test]
fn a_pipe_has_no_total() {
    let said = Scratch::new().pipe(&["import", "trail", "-", "--progress", "json"], LOG);
    let lines = lines(&said.stderr);
    assert_eq!(said.status, 0);
    assert!(lines.iter().all(|line| line["bytes_total"].is_null() && line["eta_seconds"].is_null()));
    assert_eq!(lines.last().unwrap()["bytes"], LOG.len());
}

#[test]
fn an_import_that_fails_says_done_with_its_error_and_the_error() {
    let scratch = Scratch::with_trail();
    for (arguments, expected) in [
        (&["import", "trail", "nothing.json"][..], "source \"nothing.json\" does not exist"),
        (&["--lake", "log.json", "import", "trail", "log.json"], "it is a file"),
    ] {
        let said = scratch.run(&[arguments, &["--progress", "json"]].concat());
        let (progress, error) = said.stderr.split_once('\n').unwrap();
        let line: Value = serde_json::from_str(progress).unwrap();
        assert_eq!((said.status, &line["phase"]), (1, &"done".into()), "{}", said.stderr);
        assert!(line["error"].as_str().unwrap().contains(expected), "{line}");
        assert!(error.starts_with("error: ") && error.contains(expected), "{error}");
    }
}

#[test]
fn quiet_says_nothing_but_errors() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    scratch.write("bad.json", REJECTED);
    for (quiet, file, status) in [("-q", "log.json", 0), ("--quiet", "bad.json", 3)] {
        for format in ["text", "json"] {
            // The second time, both have been imported.
            let store = format!("{format}-{status}");
            let said = scratch.run(&["import", &store, file, quiet, "--format", format]);
            assert_eq!((said.status, said.stdout.as_str(), said.stderr.as_str()), (status, "", ""));
        }
    }
    let said = scratch.run(&["import", "trail", "nothing.json", "-q"]);
    assert_eq!((said.status, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.starts_with("error: source"), "{}", said.stderr);
    let said = scratch.run(&["import", "trail", "log.json", "-q", "--progress", "json"]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
}

#[test]
fn the_log_is_off_until_it_is_asked_for() {
    let scratch = Scratch::new();
    scratch.write("bad.json", REJECTED);
    let import = ["import", "trail", "bad.json"];
    assert_eq!(scratch.run(&[&import[..], &["--log", "off"]].concat()).stderr, "");

    let said = scratch.command(&[&import[..], &["--keep-duplicates"]].concat()).env("TRAILLAKE_LOG", "warn").output();
    assert_eq!(said.unwrap().stderr, b"");
    let said = scratch.run(&["import", "other", "bad.json", "--log", "warn"]);
    assert!(said.stderr.contains(" WARN ") && said.stderr.contains("rejected"), "{}", said.stderr);
    assert!(!said.stderr.contains(" INFO ") && !said.stderr.contains('\x1b'), "{}", said.stderr);
}

#[test]
fn a_log_as_json_is_an_object_for_each_event() {
    let scratch = Scratch::new();
    scratch.write("bad.json", REJECTED);
    let said = scratch.run(&["--log", "debug", "--log-format", "json", "import", "trail", "bad.json"]);
    let lines = lines(&said.stderr);
    let of = |message: &str| lines.iter().find(|line| line["fields"]["message"] == message).unwrap();
    assert!(lines.iter().all(|line| line["target"].as_str().unwrap().starts_with("traillake")));
    assert_eq!((&of("committed")["level"], &of("committed")["fields"]["version"]), (&"INFO".into(), &2.into()));
    assert_eq!(of("committed")["span"]["store"], "trail");
    assert_eq!(of("rejected")["level"], "WARN");
    assert_eq!(
        (&of("object decoded")["level"], &of("object decoded")["fields"]["records"]),
        (&"DEBUG".into(), &2.into())
    );
    assert_eq!(of("import finished")["fields"]["rejects"], 1);
}

#[test]
fn a_log_goes_to_a_file_and_is_appended_to() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    for times in [1, 2] {
        let said = scratch.run(&["import", "trail", "log.json", "--log-file", "import.log"]);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""));
        let log = fs::read_to_string(scratch.path("import.log")).unwrap();
        assert_eq!(log.matches("import finished").count(), times, "{log}");
    }
    let said = scratch.run(&["store", "list", "--log-file", "no/such/folder/log"]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.starts_with("error: cannot write the log no/such/folder/log\n"), "{}", said.stderr);
}

#[test]
fn what_is_no_level_is_refused() {
    let scratch = Scratch::new();
    let said = scratch.run(&["store", "list", "--log", "loud"]);
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.contains("\"loud\" is no level: write off, error, warn, info, debug or trace"),
        "{}",
        said.stderr
    );
}
