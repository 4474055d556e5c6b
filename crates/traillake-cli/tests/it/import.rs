use crate::scratch::{LOG, REJECTED, Scratch, sample_trail};

#[test]
fn a_report_goes_to_standard_output() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    let said = scratch.run(&["import", "trail", "log.json"]);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    assert!(said.stdout.contains("\n  events                       3\n"), "{}", said.stdout);
}

#[test]
fn a_report_as_json_adds_up() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    let said = scratch.run(&["import", "trail", "log.json", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&report["records"], &report["events"], &report["rejects"]), (&3.into(), &3.into(), &0.into()));
}

#[test]
fn an_object_is_imported_once() {
    let scratch = Scratch::with_trail();
    let said = scratch.run(&["import", "trail", "log.json", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&report["objects_already_imported"], &report["events"]), (&1.into(), &0.into()));
    assert_eq!(scratch.query("SELECT count(*) FROM trail").stdout, "_col0\n3\n");
}

#[test]
fn an_event_delivered_twice_is_kept_once_or_as_often_as_asked() {
    for (options, events) in [(&[][..], "3"), (&["--keep-duplicates"], "6")] {
        let scratch = Scratch::with_trail();
        scratch.write("again.json", &format!("{LOG}\n"));
        let said = scratch.run(&[&["import", "trail", "again.json"], options].concat());
        assert_eq!(said.status, 0, "{}", said.stderr);
        assert_eq!(scratch.query("SELECT count(*) AS n FROM trail").stdout, format!("n\n{events}\n"));
    }
}

#[test]
fn rejected_input_has_status_3_and_the_rest_is_kept() {
    let scratch = Scratch::new();
    scratch.write("bad.json", REJECTED);
    let said = scratch.run(&["import", "trail", "bad.json"]);
    assert_eq!(said.status, 3, "{}", said.stderr);
    assert!(said.stdout.contains("\nreject: file://") && said.stdout.contains("eventName"), "{}", said.stdout);
    assert_eq!(scratch.query("SELECT eventID FROM trail").stdout, "eventID\ne4\n");
}

#[test]
fn standard_input_is_a_source() {
    let scratch = Scratch::new();
    assert_eq!(scratch.pipe(&["import", "trail", "-"], LOG).status, 0);
    assert_eq!(scratch.query("SELECT count(*) AS n FROM trail").stdout, "n\n3\n");
}

#[test]
fn a_source_that_does_not_exist_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let said = scratch.run(&["import", "trail", "nothing.json"]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.starts_with("error: source \"nothing.json\" does not exist"), "{}", said.stderr);
    assert!(scratch.files().is_empty());
}

#[test]
fn the_lake_is_where_the_environment_or_the_option_says() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    let import = ["import", "trail", "log.json"];
    assert_eq!(scratch.command(&import).env("TRAILLAKE_LAKE", "one").output().unwrap().status.code(), Some(0));
    assert_eq!(scratch.run(&[&["--lake", "two"], &import[..]].concat()).status, 0);
    assert_eq!(scratch.run(&[&import[..], &["--lake", "three"]].concat()).status, 0);
    assert_eq!(scratch.files(), ["log.json", "one", "three", "two"]);
}

#[test]
fn the_sample_trail_imports_without_rejects() {
    let trail = sample_trail();
    let said = Scratch::new().run(&["import", "trail", trail.to_str().unwrap(), "--format", "json"]);
    assert_eq!(said.status, 0, "{}{}", said.stdout, said.stderr);
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(report["events"].as_u64() > Some(1_000) && report["rejects"] == 0, "{report}");
}
