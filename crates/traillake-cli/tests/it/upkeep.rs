//! The verbs that keep a store in order, as they are typed.

use crate::scratch::{LOG, Scratch, settled};

/// What was said aside, with the status.
fn aside(scratch: &Scratch, arguments: &[&str]) -> String {
    let said = scratch.run(arguments);
    format!("{}=> {}", said.stderr, said.status)
}

#[test]
fn a_store_is_tagged_stopped_and_started_and_its_history_tells() {
    let scratch = Scratch::new();
    scratch.run(&["store", "create", "trail"]);
    assert_eq!(
        aside(&scratch, &["store", "tag", "trail", "team=sec", "cost=1"]),
        "event data store \"trail\" has 2 tags\n=> 0"
    );
    assert_eq!(aside(&scratch, &["store", "untag", "trail", "cost"]), "event data store \"trail\" has 1 tag\n=> 0");
    assert!(aside(&scratch, &["store", "stop", "trail"]).contains("takes no imports"));
    let again = aside(&scratch, &["store", "stop", "trail"]);
    assert!(again.contains("is STOPPED_INGESTION") && again.ends_with("=> 1"), "{again}");
    scratch.write("log.json", LOG);
    let refused = aside(&scratch, &["import", "trail", "log.json"]);
    assert!(refused.contains("traillake store start trail") && refused.ends_with("=> 1"), "{refused}");
    assert!(aside(&scratch, &["store", "start", "trail"]).ends_with("takes imports again\n=> 0"));
    let history = scratch
        .query("SELECT operation, attribute, before, after FROM lake.history WHERE version > 1 ORDER BY version");
    let expected = "operation,attribute,before,after\n\
        ADD_TAGS,TagsList,,\"{\"\"cost\"\":\"\"1\"\",\"\"team\"\":\"\"sec\"\"}\"\n\
        REMOVE_TAGS,TagsList,\"{\"\"cost\"\":\"\"1\"\",\"\"team\"\":\"\"sec\"\"}\",\"{\"\"team\"\":\"\"sec\"\"}\"\n\
        STOP_INGESTION,Status,ENABLED,STOPPED_INGESTION\n\
        START_INGESTION,Status,STOPPED_INGESTION,ENABLED\n";
    assert_eq!(history.stdout, expected, "{}", history.stderr);
    assert!(scratch.run(&["store", "history", "trail"]).stdout.contains("STOP_INGESTION"));
}

#[test]
fn selectors_are_explained_and_refused_with_their_place() {
    let scratch = Scratch::new();
    let selectors = "eventCategory=Management and readOnly=false";
    let created = scratch.run(&["store", "create", "writes", "--selectors", selectors]);
    assert_eq!(created.status, 0, "{}", created.stderr);
    let record =
        r#"{"eventCategory":"Management","eventName":"GetUser","eventSource":"iam.amazonaws.com","readOnly":true}"#;
    scratch.write("record.json", record);
    let said = scratch.run(&["store", "explain-selectors", "writes", "record.json"]);
    assert!(said.stdout.starts_with("dropped: ") && said.stdout.contains("readOnly"), "{}", said.stdout);
    let said = scratch.pipe(&["store", "explain-selectors", "writes", "-"], &record.replace("true", "false"));
    assert!(said.stdout.starts_with("kept"), "{}", said.stdout);
    // As a CSV result has it.
    let said =
        scratch.pipe(&["store", "explain-selectors", "writes", "-"], &format!("\"{}\"\n", record.replace('"', "\"\"")));
    assert!(said.stdout.starts_with("dropped: "), "{}{}", said.stdout, said.stderr);
    let said = scratch.pipe(&["store", "explain-selectors", "writes", "-"], "no record");
    assert_eq!((said.status, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("cannot read the record"), "{}", said.stderr);

    let wrong = aside(&scratch, &["store", "update", "writes", "--selectors", "eventCategory=Data"]);
    assert!(wrong.contains("resources.type") && wrong.ends_with("=> 1"), "{wrong}");
    let json = r#"[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]"#;
    scratch.write("selectors.json", json);
    assert!(aside(&scratch, &["store", "update", "writes", "--selectors", "@selectors.json"]).ends_with("=> 0"));
    let basic = r#"[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]"#;
    assert!(aside(&scratch, &["store", "update", "writes", "--selectors", basic]).ends_with("=> 0"));
    let shown = scratch.query("SELECT selectors FROM lake.event_data_stores").stdout;
    assert!(shown.contains("readOnly=false"), "{shown}");
    assert!(aside(&scratch, &["store", "update", "writes", "--no-selectors"]).ends_with("=> 0"));
}

#[test]
fn what_is_too_old_expires_and_what_is_replaced_is_vacuumed_in_time() {
    let scratch = Scratch::with_trail();
    let for_ever = aside(&scratch, &["store", "expire", "trail"]);
    assert!(for_ever.contains("keeps events for ever"), "{for_ever}");
    scratch.run(&["store", "update", "trail", "--retention", "30"]);
    let would = aside(&scratch, &["store", "expire", "trail", "--dry-run"]);
    assert!(would.contains("would take away 3 events") && would.ends_with("=> 0"), "{would}");
    let took = aside(&scratch, &["store", "expire", "trail"]);
    assert!(took.contains("took away 3 events") && took.contains("store vacuum trail"), "{took}");
    assert_eq!(scratch.query("SELECT count(*) FROM trail").stdout, "_col0\n0\n");
    assert_eq!(scratch.query("SELECT count(*) FROM trail FOR VERSION AS OF 2").stdout, "_col0\n3\n");
    assert_eq!(aside(&scratch, &["store", "vacuum", "trail"]), "there is nothing to delete\n=> 0");
    let hasty = aside(&scratch, &["store", "vacuum", "trail", "--keep", "0"]);
    assert!(hasty.contains("an hour") && hasty.ends_with("=> 2"), "{hasty}");

    let again = scratch.run(&["import", "trail", "log.json", "--again"]);
    assert!(again.stdout.contains("3  older than the retention period"), "{}", again.stdout);
    assert!(again.stderr.contains("--retention unlimited"), "{}", again.stderr);
}

#[test]
fn a_touched_store_is_found_out() {
    let _settled = settled();
    let scratch = Scratch::with_trail();
    let said = scratch.run(&["store", "verify", "trail"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let head = said.stdout.trim().to_owned();
    assert!(said.stderr.starts_with("whole: "), "{}", said.stderr);
    let known = scratch.run(&["store", "verify", "trail", "--known", &head]);
    assert_eq!((known.status, known.stdout.trim()), (0, head.as_str()), "{}", known.stderr);
    let other = head.replace(|char: char| char.is_ascii_hexdigit() && char.is_alphabetic(), "0");
    assert_eq!(scratch.run(&["store", "verify", "trail", "--known", &other]).status, 1);

    let paths = scratch.query("SELECT path FROM lake.data_files ORDER BY calendarday LIMIT 1").stdout;
    let path = scratch.path("lake").join(paths.lines().nth(1).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let said = scratch.run(&["store", "verify", "trail"]);
    assert_eq!((said.status, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("broken: ") && said.stderr.contains(".parquet"), "{}", said.stderr);
    assert_eq!(scratch.run(&["store", "verify", "trail", "--sizes"]).status, 0);
}

#[test]
fn a_log_that_was_touched_is_found_out() {
    let scratch = Scratch::with_trail();
    let id = scratch.query("SELECT id FROM lake.event_data_stores").stdout.lines().nth(1).unwrap().to_owned();
    let log = scratch.path("lake").join(&id).join("_delta_log");
    let commit = |version: u64| log.join(format!("{version:020}.json"));
    let newest = std::fs::read_to_string(commit(2)).unwrap();
    let verify = |more: &[&str]| scratch.run(&[&["store", "verify", "trail"], more].concat());

    std::fs::write(commit(2), "").unwrap();
    let said = verify(&[]);
    assert!(said.status == 1 && said.stderr.contains("broken: "), "{}", said.stderr);
    std::fs::write(commit(2), &newest[..newest.len() / 2]).unwrap();
    let said = verify(&[]);
    assert!(said.status == 1 && said.stderr.contains("broken: "), "{}", said.stderr);
    std::fs::write(commit(2), newest.replace("traillakeSha256", "x")).unwrap();
    let said = verify(&[]);
    assert!(said.status == 1 && said.stderr.contains("broken: "), "{}", said.stderr);
    std::fs::write(commit(2), &newest).unwrap();
    std::fs::write(commit(3), "{\"commitInfo\":{\"timestamp\":1,\"operation\":\"WRITE\"}}\n").unwrap();
    let said = verify(&[]);
    assert!(said.status == 1 && said.stderr.contains("--accept-foreign"), "{}", said.stderr);
    assert_eq!(verify(&["--accept-foreign"]).status, 0);
}

#[test]
fn values_are_found_in_stores_of_every_type() {
    let scratch = Scratch::with_trail();
    let item = r#"{"configurationItemCaptureTime":"2024-05-01T10:00:00Z","resourceType":"AWS::S3::Bucket","resourceId":"inbox","configuration":{}}"#;
    scratch.write("config.json", &format!("{{\"configurationItems\":[{item}]}}"));
    assert_eq!(scratch.run(&["import", "config", "config.json"]).status, 0);
    let said = scratch.run(&["find", "inbox", "--format", "csv"]);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}{}", said.stdout, said.stderr);
    assert!(lines[1..].iter().any(|line| line.starts_with("config,") && line.contains("AWS::S3::Bucket,inbox")));
    let said = scratch.run(&["find", "inbox", "--from", "config.json", "--format", "csv"]);
    assert_eq!(said.stdout.lines().count(), 2, "{}", said.stderr);
    // What is another's is not passed over in silence.
    let said = scratch.run(&["import", "trail", "config.json"]);
    assert!(said.status == 0 && said.stderr.contains("--category ConfigurationItem"), "{}", said.stderr);
}

#[test]
fn an_import_can_be_of_a_window() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    let said = scratch.run(&["import", "trail", "log.json", "--from", "2024-05-01T11:00:00", "--to", "2024-05-02"]);
    assert!(said.stdout.contains("2  outside the window"), "{}", said.stdout);
    assert_eq!(scratch.query("SELECT eventID FROM trail").stdout, "eventID\ne2\n");
    let wrong = aside(&scratch, &["import", "trail", "log.json", "--from", "2024-05-02", "--to", "2024-05-01"]);
    assert!(wrong.ends_with("=> 2"), "{wrong}");
    assert!(aside(&scratch, &["import", "trail", "log.json", "--from", "yesterday"]).ends_with("=> 2"));
}
