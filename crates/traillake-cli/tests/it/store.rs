use crate::scratch::{Scratch, settled};

#[test]
fn a_store_lives_from_create_to_restore() {
    let _settled = settled();
    let scratch = Scratch::new();
    let steps: &[&[&str]] = &[
        &["create", "trail", "--category", "Management,Data", "--retention", "90"],
        &["create", "trail"],
        &["update", "trail", "--name", "audit"],
        &["delete", "audit"],
        &["update", "audit", "--termination-protection", "off"],
        &["delete", "AUDIT"],
        &["restore", "audit"],
        &["update", "audit"],
        &["show", "adit"],
    ];
    let said: Vec<_> = steps
        .iter()
        .map(|step| format!("$ {}\n{}\n", step.join(" "), scratch.run(&[&["store"], *step].concat()).transcript()))
        .collect();
    insta::assert_snapshot!(said.concat(), @r#"
        $ create trail --category Management,Data --retention 90
        [id]
        ---
        created event data store "trail"
        => 0
        $ create trail
        ---
        error: event data store "trail" exists already (EventDataStoreAlreadyExistsException)
          hint: `traillake store list` shows the stores of this lake
        => 1
        $ update trail --name audit
        ---
        updated event data store "audit"
        => 0
        $ delete audit
        ---
        error: event data store "audit" cannot be deleted while termination protection is on; switch it off first (EventDataStoreTerminationProtectedException)
          hint: `traillake store update audit --termination-protection off` lifts it
        => 1
        $ update audit --termination-protection off
        ---
        updated event data store "audit"
        => 0
        $ delete AUDIT
        ---
        deleted event data store "audit"; for seven days, `traillake store restore audit` takes it back
        => 0
        $ restore audit
        ---
        restored event data store "audit"
        => 0
        $ update audit
        ---
        error: nothing to change
          hint: `traillake store update --help` lists what can be changed
        => 2
        $ show adit
        ---
        error: event data store "adit" does not exist
          hint: did you mean "audit"?
        => 1
        "#);
}

#[test]
fn a_store_to_be_deleted_takes_no_import_and_keeps_its_name() {
    let _settled = settled();
    let scratch = Scratch::new();
    scratch.run(&["store", "create", "trail"]);
    scratch.run(&["store", "update", "trail", "--termination-protection", "off"]);
    scratch.run(&["store", "delete", "trail"]);
    scratch.write("log.json", &log_of(1));
    let refused: [&[&str]; 3] = [
        &["import", "trail", "log.json"],
        &["import", "trail", "log.json", "--dry-run"],
        &["store", "create", "trail"],
    ];
    for arguments in refused {
        let said = scratch.run(arguments);
        assert_eq!(said.status, 1);
        assert_eq!(said.stdout, "");
        assert!(said.stderr.contains("PENDING_DELETION") && said.stderr.contains("store restore"), "{}", said.stderr);
    }
}

#[test]
fn stores_are_listed_in_any_format() {
    let scratch = Scratch::with_trail();
    let said = scratch.run(&["store", "list", "--format", "json"]);
    let stores: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&stores[0]["name"], &stores[0]["events"], &stores[1]), (&"trail".into(), &3.into(), &().into()));
    let said = scratch.run(&["store", "show", "TRAIL"]);
    assert!(said.stdout.contains("\nevents                  3\n"), "{}", said.stdout);
}

#[test]
fn an_empty_lake_lists_nothing_and_is_not_created() {
    let scratch = Scratch::new();
    assert_eq!(scratch.run(&["store", "list", "--format", "json"]).transcript(), "[]\n---\n=> 0");
    assert!(scratch.files().is_empty());
}

#[test]
fn attributes_out_of_bounds_are_refused() {
    let scratch = Scratch::new();
    let said = scratch.run(&["store", "create", "trail", "--retention", "3"]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.contains("\"3\"") && said.stderr.contains("7 to 3653 days"), "{}", said.stderr);
    assert_eq!(scratch.run(&["store", "create", "trail", "--category", "Managment"]).status, 2);
}

/// A log of one event, in the hour of its number.
fn log_of(number: u32) -> String {
    format!(
        "{{\"Records\":[{{\"eventVersion\":\"1.08\",\"eventTime\":\"2023-07-19T{number:02}:00:00Z\",\
         \"eventSource\":\"guardduty.amazonaws.com\",\"eventName\":\"GetDetector\",\"eventID\":\"id-{number}\",\
         \"requestParameters\":{{\"detectorId\":\"d-{number}\"}}}}]}}"
    )
}

#[test]
fn small_files_are_merged_on_command_and_by_imports() {
    let scratch = Scratch::new();
    let import = |number: u32, more: &[&str]| {
        scratch.write("log.json", &log_of(number));
        let said = scratch.run(&[&["import", "trail", "log.json"], more].concat());
        assert_eq!(said.status, 0, "{}", said.stderr);
        said.stdout
    };
    (0..3).for_each(|number| assert!(!import(number, &[]).contains("merged")));
    let compact = |more: &[&str]| {
        let said = scratch.run(&[&["store", "compact", "trail"], more].concat()).transcript();
        without_sizes(&said)
    };
    insta::assert_snapshot!(compact(&["--dry-run"]), @r"
    ---
    would merge 3 data files ([size]) of 1 day, with 3 events; nothing was written
    => 0
    ");
    insta::assert_snapshot!(compact(&[]), @r"
    ---
    merged 3 data files ([size]) of 1 day into 1 ([size]), with 3 events
    => 0
    ");
    insta::assert_snapshot!(compact(&[]), @r"
    ---
    there is nothing to merge
    => 0
    ");
    (3..9).for_each(|number| assert!(!import(number, &[]).contains("merged")));
    assert!(!import(9, &["--no-compact"]).contains("merged"));
    assert!(import(10, &[]).contains("\n  merged                       9  into 1\n"));
    let answer = scratch.run(&["query", "SELECT count(*) AS events FROM trail", "--format", "csv"]);
    assert_eq!(answer.stdout, "events\n11\n");
}

#[test]
fn a_store_can_be_told_hot_keys() {
    let scratch = Scratch::new();
    scratch.write("log.json", &log_of(1));
    let create = ["store", "create", "trail", "--retention", "unlimited", "--hot-key", "requestParameters.detectorId"];
    assert_eq!(scratch.run(&create).status, 0);
    assert_eq!(scratch.run(&["import", "trail", "log.json"]).status, 0);
    let said = scratch.run(&["store", "update", "trail", "--hot-key", "responseelements.findingId"]);
    insta::assert_snapshot!(said.transcript(), @r#"
    ---
    updated event data store "trail"
    new data files have the columns of its hot keys; `traillake store compact trail --hot-keys` gives them to all
    => 0
    "#);
    let said = scratch.run(&["store", "update", "trail", "--hot-key", "requestParameters.bucketName"]);
    insta::assert_snapshot!(said.transcript(), @r#"
    ---
    updated event data store "trail"
    requestParameters.bucketName has a column of its own already
    => 0
    "#);
    let said = scratch.run(&["store", "show", "trail"]).stdout;
    assert!(said.contains("requestParameters.detectorId, responseElements.findingId\n"), "{said}");
    let said = scratch.run(&["store", "compact", "trail", "--hot-keys"]);
    assert!(said.stderr.starts_with("merged 1 data file ("), "{}", said.stderr);

    let said = scratch.run(&["store", "update", "trail", "--hot-key", "requestParameters.DetectorID"]);
    insta::assert_snapshot!(said.transcript(), @r#"
    ---
    error: a hot key is not allowed (InvalidParameterException)
      because: "requestParameters.DetectorID" differs from the column requestParameters_detectorId in letter case at most
    => 1
    "#);
    let said = scratch.run(&["store", "update", "trail", "--hot-key", "detectorId"]);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("\"detectorId\" is no key of a map"), "{}", said.stderr);
}

/// Sizes depend on how well files compress.
fn without_sizes(said: &str) -> String {
    let mut parts = said.split('(');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}([size]{}", &part[part.find(')').unwrap_or_default()..]))
}
