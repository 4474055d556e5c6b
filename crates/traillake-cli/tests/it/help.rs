use crate::scratch::Scratch;

/// Every command, as it is typed.
pub(crate) const COMMANDS: &[&[&str]] = &[
    &[],
    &["store"],
    &["store", "create"],
    &["store", "list"],
    &["store", "show"],
    &["store", "history"],
    &["store", "update"],
    &["store", "tag"],
    &["store", "untag"],
    &["store", "start"],
    &["store", "stop"],
    &["store", "explain-selectors"],
    &["store", "verify"],
    &["store", "expire"],
    &["store", "vacuum"],
    &["store", "ddl"],
    &["store", "purge"],
    &["store", "compact"],
    &["store", "delete"],
    &["store", "restore"],
    &["import"],
    &["query"],
    &["find"],
    &["who"],
    &["key"],
    &["ip"],
    &["session"],
    &["resource"],
    &["around"],
    &["event"],
    &["first"],
    &["last"],
    &["errors"],
    &["denied"],
    &["timeline"],
    &["changes"],
    &["logins"],
    &["coverage"],
    &["lookup"],
    &["samples"],
    &["samples", "run"],
    &["saved"],
    &["saved", "run"],
    &["saved", "keep"],
    &["saved", "forget"],
    &["receipt"],
    &["receipt", "verify"],
    &["shell"],
    &["man"],
    &["completions"],
    &["config"],
    &["config", "path"],
    &["config", "example"],
];

#[test]
fn every_command_has_an_example() {
    let scratch = Scratch::new();
    for command in COMMANDS {
        let said = scratch.run(&[command, &["--help"][..]].concat());
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{command:?}");
        assert!(said.stdout.contains("Example"), "{command:?}: {}", said.stdout);
        assert!(said.stdout.contains(&["traillake", &command.join(" ")].join(" ").trim_end().to_owned()));
    }
}

#[test]
fn the_commands_of_the_help_are_the_ones_above() {
    let scratch = Scratch::new();
    for parent in [&[][..], &["store"], &["samples"], &["saved"], &["config"], &["receipt"]] {
        let said = scratch.run(&[parent, &["-h"]].concat());
        let listed = said.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
        // What is indented deeper goes on with the line before.
        let listed = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
        for line in listed {
            let name = line.split_whitespace().next().unwrap();
            assert!(name == "help" || COMMANDS.contains(&[parent, &[name]].concat().as_slice()), "{name}");
        }
    }
}

#[test]
fn a_wrong_command_line_has_status_2() {
    let scratch = Scratch::new();
    for wrong in [&["frobnicate"][..], &["import", "trail"], &["query", "--format", "xml", "SELECT 1"]] {
        let said = scratch.run(wrong);
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{wrong:?}");
        assert!(said.stderr.starts_with("error: "), "{}", said.stderr);
    }
}
