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
        error: event data store "trail" exists already
          hint: `traillake store list` shows the stores of this lake
        => 1
        $ update trail --name audit
        ---
        updated event data store "audit"
        => 0
        $ delete audit
        ---
        error: event data store "audit" is protected from deletion
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
