use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use crate::help::COMMANDS;
use crate::scratch::{Said, Scratch, sample_trail};

/// The examples that cannot run on the sample trail, and why. Anything else runs, and ends with status 0.
const LEFT_OUT: &[(&str, &str)] = &[
    ("traillake import trail 'logs/2024-*.json.gz' --format json", "there are no such files"),
    ("traillake import config AWSLogs/111122223333/Config/", "the sample trail has none of AWS Config's items"),
    ("traillake store explain-selectors writes record.json", "the selectors of a store are another example"),
    (
        "traillake query \"SELECT eventJson FROM trail LIMIT 1\" --format csv --no-header | traillake store explain-selectors writes -",
        "the selectors of a store are another example",
    ),
    (
        "traillake store verify trail --known 57:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "the head of a store that is another one each time",
    ),
    ("traillake --lake /srv/lake receipt verify --again hunt.receipt.json", "the lake is another one"),
    ("traillake store show nothing", "shows what a failure says"),
];

/// What an example must find done before it.
const BEFORE: &[(&str, &str)] = &[
    ("traillake saved run", "traillake saved keep by-region 'SELECT :region'; traillake saved keep denied 'SELECT 1'"),
    (
        "traillake receipt verify",
        "traillake query --receipt hunt.receipt.json --output hunt.csv 'SELECT 1'; cp hunt.csv copy-of-hunt.csv",
    ),
    ("traillake saved forget", "traillake saved keep old 'SELECT 1'"),
    ("traillake store create trail", "rm -r lake"),
    ("traillake store untag", "traillake store tag trail team=security"),
    ("traillake store start", "traillake store stop trail"),
    ("traillake store delete", "traillake store update trail --termination-protection off"),
    (
        "traillake store restore",
        "traillake store update trail --termination-protection off && traillake store delete trail",
    ),
];

/// A lake with the sample trail in the store `trail`, and the files that examples name.
fn prepared() -> Scratch {
    let scratch = Scratch::new();
    let logs = sample_trail().canonicalize().unwrap().join("AWSLogs");
    std::os::unix::fs::symlink(logs, scratch.path("AWSLogs")).unwrap();
    let mut object = fs::read_dir(scratch.path("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02")).unwrap();
    fs::copy(object.next().unwrap().unwrap().path(), scratch.path("trail.json.gz")).unwrap();
    scratch.write("hunt.sql", "SELECT count(*) FROM $EDS_ID;\n");
    scratch.write("report.sql", "SELECT count(*) FROM trail;\n");
    let said = scratch.run(&["import", "trail", "AWSLogs", "--quiet"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    scratch
}

/// Runs an example in a copy of the prepared folder.
fn run(prepared: &Scratch, example: &str) -> Output {
    let scratch = Scratch::new();
    let copied = Command::new("cp").arg("-a").arg(prepared.path(".")).arg(scratch.path("")).status().unwrap();
    assert!(copied.success());
    let before = BEFORE.iter().find(|(start, _)| example.starts_with(start)).map(|(_, before)| *before);
    let typed = before.map_or_else(|| example.to_owned(), |before| format!("({before}) >/dev/null 2>&1; {example}"));
    let program = Path::new(env!("CARGO_BIN_EXE_traillake"));
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.parent().unwrap().display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &typed]).current_dir(scratch.path("")).stdin(Stdio::null());
    shell.env_clear().env("HOME", scratch.path("")).env("PATH", path);
    shell.output().unwrap()
}

/// The lines below `Example:` or `Examples:` of a help text.
fn of_help(text: &str) -> Vec<String> {
    let below = text.lines().skip_while(|line| !matches!(*line, "Example:" | "Examples:")).skip(1);
    below.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
}

/// The commands of the console blocks of the topics, with the topic of each.
fn of_topics() -> Vec<(String, String)> {
    let help = Path::new(env!("CARGO_MANIFEST_DIR")).join("help");
    let mut files: Vec<PathBuf> = fs::read_dir(help).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut examples = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let steps = crate::transcript::steps(&fs::read_to_string(&file).unwrap());
        examples.extend(steps.into_iter().map(|step| (name.clone(), step.command)));
    }
    examples
}

#[test]
fn every_example_of_the_manual_runs() {
    let prepared = prepared();
    let mut examples: BTreeMap<String, String> = BTreeMap::new();
    for command in COMMANDS {
        // On a screen so wide that no example goes on in the next line.
        let said = prepared.command(&[command, &["--help"][..]].concat()).env("COLUMNS", "1000").output().unwrap();
        let said = Said::new(said);
        let of_command = of_help(&said.stdout);
        assert!(!of_command.is_empty(), "{command:?} has no example that could be run");
        examples.extend(of_command.into_iter().map(|example| (example, format!("{} --help", command.join(" ")))));
    }
    examples.extend(of_topics().into_iter().map(|(topic, example)| (example, format!("help {topic}"))));
    for (left_out, _) in LEFT_OUT {
        assert!(examples.contains_key(*left_out), "no help has this example: {left_out}");
    }
    let examples = Mutex::new(examples.into_iter());
    let wrong = Mutex::new(Vec::new());
    let work = || {
        loop {
            // The lock is given back at once.
            let next = examples.lock().unwrap().next();
            let Some((example, place)) = next else { return };
            let output = run(&prepared, &example);
            let is_left_out = LEFT_OUT.iter().any(|(left_out, _)| *left_out == example);
            // The status of a pipe is that of its last command: an error speaks, too.
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            let is_well = output.status.success() && !stderr.contains("error: ");
            match (is_well, is_left_out) {
                (true, false) | (false, true) => {}
                (true, true) => wrong.lock().unwrap().push(format!("{place}: {example}\nis left out, and runs")),
                (false, false) => wrong.lock().unwrap().push(format!("{place}: {example}\n{} {stderr}", output.status)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn topics_are_listed_shown_and_found_by_their_neighbours() {
    let scratch = Scratch::new();
    let list = scratch.run(&["help", "topics"]);
    assert_eq!((list.stderr.as_str(), list.status), ("", 0));
    let names: Vec<&str> =
        list.stdout.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(names.len() >= 10, "{names:?}");
    let files: usize = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("help")).unwrap().count();
    assert_eq!(names.len(), files, "a file of the folder is no topic");
    for name in names {
        let shown = scratch.run(&["help", name]);
        assert_eq!((shown.stderr.as_str(), shown.status), ("", 0), "{name}");
        assert!(shown.stdout.starts_with(&format!("{name}: ")) && !shown.stdout.contains("```"), "{}", shown.stdout);
    }
    let near = scratch.run(&["help", "investigat"]);
    insta::assert_snapshot!(near.transcript(), @r#"
    ---
    error: there is no command and no topic "investigat"
      hint: did you mean `traillake help investigate`?
    => 2
    "#);
    assert!(scratch.run(&["help", "zzz"]).stderr.contains("`traillake help topics` lists the topics"));
    assert!(scratch.run(&["--lake", "x", "help", "exit", "status"]).stdout.starts_with("exit-status: "));
}

#[test]
fn help_of_commands_goes_on_working() {
    let scratch = Scratch::new();
    for (typed, command) in [
        (&["help", "query"][..], &["query", "--help"][..]),
        (&["help", "store", "create"], &["store", "create", "--help"]),
        (&["store", "help", "create"], &["store", "create", "--help"]),
        (&["help"], &["--help"]),
    ] {
        assert_eq!(scratch.run(typed).stdout, scratch.run(command).stdout, "{typed:?}");
    }
    assert_eq!(scratch.run(&["store", "help", "sql"]).status, 2);
}

#[test]
fn every_command_has_a_manual_page() {
    let scratch = Scratch::new();
    let said = scratch.run(&["man", "--output", "pages"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    for command in COMMANDS {
        let name = [&["traillake"], *command].concat().join("-");
        let page = fs::read_to_string(scratch.path(&format!("pages/{name}.1"))).unwrap();
        assert_eq!(scratch.run(&[&["man"], *command].concat()).stdout, page, "{name}");
        for part in [".TH", ".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLES\n.nf\n"] {
            assert!(page.contains(part), "{name} lacks {part}");
        }
        // A line of text that begins with a dot would be a command.
        let known = [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".PP", ".RS", ".RE", ".nf", ".fi", ".br", ".IP"];
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            assert!(known.iter().any(|known| line.starts_with(known)), "{name}: {line}");
        }
    }
    let topic = fs::read_to_string(scratch.path("pages/traillake-sql.7")).unwrap();
    assert_eq!(scratch.run(&["man", "sql"]).stdout, topic);
    assert_eq!(scratch.run(&["man", "stroe"]).status, 2);
}

#[test]
fn completions_are_there_for_every_shell_and_bash_reads_its_own() {
    let scratch = Scratch::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = scratch.run(&["completions", shell]);
        assert_eq!((said.stderr.as_str(), said.status), ("", 0), "{shell}");
        for command in COMMANDS.iter().filter_map(|command| command.last()) {
            assert!(said.stdout.contains(command), "{shell} does not know {command}");
        }
    }
    scratch.write("traillake.bash", &scratch.run(&["completions", "bash"]).stdout);
    let checked = Command::new("bash").arg("-n").arg(scratch.path("traillake.bash")).output().unwrap();
    assert!(checked.status.success() && checked.stderr.is_empty(), "{}", String::from_utf8_lossy(&checked.stderr));
}
