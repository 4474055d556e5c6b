use std::fs;

use crate::scratch::{Said, Scratch, sample_trail};

/// Where the file is when nothing else is said.
const FILE: &str = ".config/traillake/config.toml";

fn with_config(text: &str) -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path(".config/traillake")).unwrap();
    scratch.write(FILE, text);
    scratch
}

fn run_with(scratch: &Scratch, variables: &[(&str, &str)], arguments: &[&str]) -> Said {
    Said::new(scratch.command(arguments).envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn every_setting_is_shown_with_its_origin() {
    let scratch = with_config("# mine\nrows = 50\nlake = \"~/lakes/one\"\nnull = \"␀\"\n");
    let said =
        run_with(&scratch, &[("TRAILLAKE_ROWS", "20"), ("TRAILLAKE_MEMORY", "2gb")], &["config", "--colour", "never"]);
    assert_eq!((said.stderr.as_str(), said.status), ("", 0));
    let home = scratch.path("").to_str().unwrap().trim_end_matches('/').to_owned();
    let shown = said.stdout.replace(&home, "~");
    // As many blanks as the longest value needs; how many depends on the folder.
    let words =
        |line: &str| line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" | ");
    insta::assert_snapshot!(shown.lines().map(words).collect::<Vec<_>>().join("\n"), @r"
    lake | ~/lakes/one | ~/.config/traillake/config.toml:3
    format | table | default
    memory | 2GB | TRAILLAKE_MEMORY
    threads | one for each core | default
    timing | on | default
    pager | auto | default
    rows | 20 | TRAILLAKE_ROWS
    colour | never | --colour
    statement_end | semicolon | default
    history_size | 10000 | default
    editor | $VISUAL, $EDITOR or vi | default
    null | ␀ | ~/.config/traillake/config.toml:4
    ");
}

#[test]
fn a_flag_is_stronger_than_the_environment_and_that_than_the_file() {
    let scratch = with_config("lake = \"from-file\"\n");
    let lake = |variables: &[(&str, &str)], flags: &[&str]| {
        let said = run_with(&scratch, variables, &[flags, &["config"]].concat());
        said.stdout.lines().next().unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let file = format!("{}:1", scratch.path(FILE).display());
    assert_eq!(lake(&[], &[]), ["lake", "from-file", &file]);
    let variable = [("TRAILLAKE_LAKE", "from-variable")];
    assert_eq!(lake(&variable, &[]), ["lake", "from-variable", "TRAILLAKE_LAKE"]);
    assert_eq!(lake(&variable, &["--lake", "from-flag"]), ["lake", "from-flag", "--lake"]);
    assert_eq!(lake(&[("TRAILLAKE_CONFIG", "")], &[]), ["lake", "./lake", "default"]);
}

#[test]
fn what_is_settled_counts_for_commands_and_flags_are_stronger() {
    let scratch = with_config("format = \"csv\"\nlake = \"elsewhere\"\n");
    let trail = sample_trail();
    assert_eq!(scratch.run(&["import", "trail", trail.to_str().unwrap(), "--quiet"]).status, 0);
    assert_eq!(scratch.files(), [".config", "elsewhere"]);
    let sql = "SELECT count(*) AS n FROM trail";
    assert_eq!(scratch.run(&["query", sql]).stdout, "n\n2000\n");
    assert_eq!(scratch.run(&["query", "--format", "jsonl", sql]).stdout, "{\"n\":2000}\n");
    assert_eq!(scratch.run(&["query", "--output", "n.json", sql]).status, 0);
    assert_eq!(fs::read_to_string(scratch.path("n.json")).unwrap(), "[\n{\"n\":2000}\n]\n");
    assert!(scratch.run(&["query", "--help"]).stdout.contains("[default: elsewhere]"));
}

#[test]
fn a_wrong_file_is_told_with_line_column_and_neighbour() {
    let scratch = with_config("lake = \"x\"\npagr = \"less\"\n");
    let said = scratch.run(&["store", "list"]);
    let path = scratch.path(FILE);
    let told = format!(
        "error: there is no setting \"pagr\" ({}, line 2, column 1)\n  2 | pagr = \"less\"\n    | ^^^^\n  hint: did you mean \"pager\"?\n",
        path.display()
    );
    assert_eq!((said.stderr, said.status), (told, 1));
    // What helps to repair it works.
    assert_eq!(scratch.run(&["config", "path"]).stdout, format!("{}\n", path.display()));
    assert_eq!(scratch.run(&["config", "example"]).status, 0);
    assert_eq!(scratch.run(&["--help"]).status, 0);
}

#[test]
fn the_file_that_is_named_must_be_there() {
    let scratch = Scratch::new();
    assert_eq!(scratch.run(&["config"]).status, 0);
    let said = run_with(&scratch, &[("TRAILLAKE_CONFIG", "none.toml")], &["config"]);
    assert!(
        said.stderr.starts_with("error: cannot read the configuration file none.toml\n  because: No such"),
        "{}",
        said.stderr
    );
    let said = run_with(&scratch, &[("TRAILLAKE_ROWS", "many")], &["config"]);
    assert_eq!(
        said.stderr,
        "error: the environment variable TRAILLAKE_ROWS is \"many\": expected a whole number from 0\n"
    );
}

#[test]
fn colours_are_there_when_they_are_wanted() {
    let scratch = Scratch::new();
    let plain = scratch.run(&["store", "show", "nothing"]);
    assert!(plain.stderr.starts_with("error: "), "{}", plain.stderr);
    let painted = scratch.run(&["store", "show", "nothing", "--colour", "always"]);
    assert!(painted.stderr.starts_with("\u{1b}[1;31merror:"), "{}", painted.stderr);
}

#[test]
fn the_example_is_a_file_that_changes_nothing() {
    let scratch = Scratch::new();
    let example = scratch.run(&["config", "example"]).stdout;
    scratch.write("example.toml", &example);
    let before = scratch.run(&["config"]).stdout;
    assert_eq!(run_with(&scratch, &[("TRAILLAKE_CONFIG", "example.toml")], &["config"]).stdout, before);
    let awake: String = example
        .lines()
        .map(|line| match line.split_once(" = ") {
            Some((name, value)) if !name.trim_start_matches("# ").contains(' ') => {
                format!("{} = {value}\n", name.trim_start_matches("# "))
            }
            _ => "\n".to_owned(),
        })
        .collect();
    scratch.write("awake.toml", &awake);
    let all = run_with(&scratch, &[("TRAILLAKE_CONFIG", "awake.toml")], &["config"]);
    assert_eq!(
        (all.status, all.stdout.matches("awake.toml:").count()),
        (0, before.lines().count()),
        "{}{awake}",
        all.stderr
    );
}
