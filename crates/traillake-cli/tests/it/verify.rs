//! `import --verify`, `--dry-run` and `--memory`.

use std::fs;

use crate::scratch::{LOG, REJECTED, Scratch, sample_trail};

#[test]
fn an_imported_folder_verifies() {
    let trail = sample_trail();
    let said = Scratch::new().run(&["import", "trail", trail.to_str().unwrap(), "--verify", "--format", "json"]);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let verify = &report["verify"];
    assert_eq!(verify["records"], report["records"]);
    assert_eq!(verify["matching"], 2_020, "{verify}");
    assert_eq!((&verify["missing"], &verify["differing"], &verify["not_events"]), (&0.into(), &0.into(), &1.into()));
    assert_eq!(verify["findings"], serde_json::json!([]));
}

/// Takes the data file of a day out of the store's log, as if it had never been committed.
fn lose_day(scratch: &Scratch, day: &str) {
    let mut lost = 0;
    for store in fs::read_dir(scratch.path("lake")).unwrap() {
        for entry in fs::read_dir(store.unwrap().path().join("_delta_log")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let is_lost = |line: &&str| line.contains("\"add\"") && line.contains(day);
            lost += text.lines().filter(is_lost).count();
            let kept: Vec<_> = text.lines().filter(|line| !is_lost(line)).collect();
            fs::write(path, kept.join("\n")).unwrap();
        }
    }
    assert_eq!(lost, 1);
}

#[test]
fn an_event_that_the_store_lost_is_found() {
    let scratch = Scratch::with_trail();
    lose_day(&scratch, "2024-05-02");
    let verify = ["import", "trail", "log.json", "--verify"];
    let said = scratch.run(&verify);
    assert_eq!(said.status, 1);
    assert_eq!(
        said.stderr,
        "error: the store does not hold what the sources hold: 1 record missing, 0 differing\n  \
         hint: the report names the first of them; did the sources change while they were imported?\n"
    );
    let (report, verified) = said.stdout.split_once("\n\n").unwrap();
    assert!(report.contains("already imported"), "{report}");
    assert!(verified.contains("\n  matching                     2  byte for byte\n"), "{verified}");
    let at = LOG.match_indices("{\"eventVersion\"").nth(2).unwrap().0;
    let finding = format!("log.json at byte {at}: record 2 (eventID e3): not in the store\n");
    assert!(verified.ends_with(&finding), "{verified}");

    let said = scratch.run(&[&verify[..], &["--quiet"]].concat());
    assert_eq!((said.status, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.starts_with("error: the store does not hold"), "{}", said.stderr);
}

#[test]
fn a_rejected_record_is_no_event_to_compare() {
    let scratch = Scratch::new();
    scratch.write("bad.json", REJECTED);
    let said = scratch.run(&["import", "trail", "bad.json", "--verify"]);
    assert_eq!(said.status, 3, "{}", said.stderr);
    assert!(said.stdout.contains("\n  no events                    1  rejects and skipped\n"), "{}", said.stdout);
}

#[test]
fn progress_of_a_verification_has_a_phase_of_its_own() {
    let trail = sample_trail();
    let arguments = ["import", "trail", trail.to_str().unwrap(), "--verify", "--progress", "json"];
    let said = Scratch::new().run(&arguments);
    let lines: Vec<serde_json::Value> = said.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let phases: Vec<_> = lines.iter().map(|line| line["phase"].as_str().unwrap()).collect();
    assert_eq!(phases.iter().filter(|phase| **phase == "listed").count(), 1);
    assert_eq!((said.status, *phases.last().unwrap()), (0, "done"));
    assert_eq!(lines.last().unwrap()["records"], 2_021);
}

#[test]
fn a_pipe_cannot_be_verified() {
    let scratch = Scratch::new();
    let said = scratch.pipe(&["import", "trail", "-", "--verify"], LOG);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.starts_with("error: --verify reads the sources twice"), "{}", said.stderr);
    assert!(scratch.files().is_empty());
}

#[test]
fn a_dry_run_is_explained_and_does_not_go_with_verify() {
    let scratch = Scratch::new();
    let said = scratch.run(&["import", "--help"]);
    assert!(said.stdout.contains("report what would be added, but write nothing"), "{}", said.stdout);
    assert_eq!(scratch.run(&["import", "trail", "log.json", "--dry-run", "--verify"]).status, 2);
}

#[test]
fn a_dry_run_writes_nothing() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    let said = scratch.run(&["import", "trail", "log.json", "--dry-run"]);
    assert_eq!((said.status, scratch.files()), (0, vec!["log.json".to_owned()]));
    assert!(said.stdout.starts_with("dry run: nothing was written\n"), "{}", said.stdout);
    assert!(said.stdout.contains("\n  events                       3  would be added\n"), "{}", said.stdout);

    let scratch = Scratch::with_trail();
    scratch.write("log.json", &LOG.replace("\"e3\"", "\"e9\""));
    let said = scratch.run(&["import", "trail", "log.json", "--dry-run"]);
    assert!(said.stdout.contains("\n  events                       1  would be added\n"), "{}", said.stdout);
    assert_eq!(scratch.query("SELECT count(*) AS n FROM trail").stdout, "n\n3\n");
}

#[test]
fn memory_is_a_size_within_bounds() {
    let scratch = Scratch::new();
    scratch.write("log.json", LOG);
    let import = |memory: &str| scratch.run(&["import", "trail", "log.json", "--memory", memory]);
    for (memory, expected) in [
        ("lots", "write a number and a unit, as 600MB, 1GiB or 512M"),
        ("600", "write a number and a unit, as 600MB, 1GiB or 512M"),
        ("1MB", "500MB are needed at least"),
    ] {
        let said = import(memory);
        assert_eq!(said.status, 2, "{memory}");
        let error = format!("error: invalid value '{memory}' for '--memory <SIZE>': {expected}\n");
        assert!(said.stderr.starts_with(&error), "{}", said.stderr);
    }
    assert_eq!(import("1GiB").status, 0);
}
