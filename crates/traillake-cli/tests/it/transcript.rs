//! Documents whose console blocks are run: what stands below a command is what the command says.
//!
//! ````text
//! ```console
//! $ traillake query "SELECT 1 AS one"          a command; it ends where its quotes are closed
//! ┌─────┐                                      what it writes: standard output, then standard error
//! …
//! ```
//! ````
//!
//! All blocks of a document are one session in one folder with the sample trail as `testdata/trail`, run by `sh`. A
//! line `…` stands for any lines. What differs from run to run, times and sizes and folders, is compared as [`settled`]
//! makes it. `=> 3` below the output is an exit status other than 0.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::scratch::{Scratch, sample_trail};

/// A command of a document and what is said to come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) output: Vec<String>,
    /// The line of the document, from one.
    pub(crate) line: usize,
}

/// The commands of the console blocks of a Markdown text, in order.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut open) = (false, false);
    for (i, line) in text.lines().enumerate() {
        match (inside, line) {
            (false, "```console") => (inside, open) = (true, false),
            (true, "```") => inside = false,
            (false, _) => {}
            (true, line) if open => {
                let step = steps.last_mut().unwrap();
                step.command.push('\n');
                step.command.push_str(line);
                open = is_open(&step.command);
            }
            (true, line) => match line.strip_prefix("$ ") {
                Some(command) => {
                    open = is_open(command);
                    steps.push(Step { command: command.to_owned(), output: Vec::new(), line: i + 1 });
                }
                // A block that begins with output is a mistake of the document.
                None => steps.last_mut().unwrap().output.push(line.to_owned()),
            },
        }
    }
    steps
}

/// Whether a shell would wait for more: a quote is open, a back slash ends the line, or a here-document has no end yet.
fn is_open(command: &str) -> bool {
    if let Some((_, rest)) = command.split_once("<<'EOF'") {
        return !rest.lines().any(|line| line == "EOF");
    }
    let (mut quote, mut escaped) = (None, false);
    for letter in command.chars() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    escaped || quote.is_some()
}

/// Runs the console blocks of a document and compares.
pub(crate) fn check(document: &Path) {
    let text = fs::read_to_string(document).unwrap();
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{} has no console block", document.display());
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("testdata")).unwrap();
    std::os::unix::fs::symlink(sample_trail().canonicalize().unwrap(), scratch.path("testdata/trail")).unwrap();
    let mut wrong = Vec::new();
    for step in &steps {
        let said = run(&scratch, &step.command);
        if !matches(&step.output, &said) {
            let [expected, said] = [&step.output, &said].map(|lines| lines.join("\n"));
            wrong.push(format!(
                "line {}: $ {}\n--- the document has\n{expected}\n--- the program says\n{said}\n",
                step.line, step.command
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", document.display(), wrong.join("\n"));
}

/// What a command writes: standard output, standard error, the status when it is not 0.
pub(crate) fn run(scratch: &Scratch, command: &str) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_traillake"));
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.parent().unwrap().display());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(scratch.path("")).stdin(Stdio::null());
    shell.env_clear().env("HOME", scratch.path("")).env("PATH", path);
    let output = shell.output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let mut lines: Vec<String> = stdout.lines().chain(stderr.lines()).map(str::to_owned).collect();
    match output.status.code() {
        Some(0) => {}
        status => lines.push(format!("=> {}", status.unwrap())),
    }
    lines
}

/// Whether the lines are those of the document, where `…` stands for any lines.
pub(crate) fn matches(expected: &[String], said: &[String]) -> bool {
    match expected.split_first() {
        None => said.is_empty(),
        Some((line, rest)) if line == "…" => (0..=said.len()).any(|from| matches(rest, &said[from..])),
        Some((line, rest)) => {
            said.split_first().is_some_and(|(first, others)| settled(line) == settled(first) && matches(rest, others))
        }
    }
}

/// A line without what differs from run to run or from machine to machine: times, sizes and rates, how many events were
/// read, folders, ids and heads that are made anew. Blanks count as one, since the width of what is left out is anything.
fn settled(line: &str) -> String {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    for word in &words {
        let bare = word.trim_end_matches([',', ';', '.', ')']);
        if matches!(bare, "µs" | "ms" | "s" | "B" | "kB" | "MB" | "GB")
            && kept.last().is_some_and(|last| is_number(last))
        {
            kept.pop();
            kept.push("[n]".to_owned());
        } else if bare == "scanned" && kept.last().is_some_and(|last| last == "events") {
            kept.truncate(kept.len() - 2);
            kept.push("[n] events scanned".to_owned());
        } else if bare.starts_with("file:///") {
            kept.push("[url]".to_owned());
        } else if is_id(bare) {
            kept.push("[id]".to_owned());
        } else if is_head(bare) {
            kept.push("[head]".to_owned());
        } else if bare.strip_suffix('s').is_some_and(is_number) {
            kept.push("[n]".to_owned());
        } else if bare == "events/s" {
            kept.pop();
            kept.push("[rate]".to_owned());
        } else {
            kept.push(word.clone());
        }
    }
    kept.join(" ")
}

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches('(');
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ','))
}

/// The head of a chain of commits: `2:` and a hash.
fn is_head(word: &str) -> bool {
    let hash = word.split_once(':').filter(|(number, _)| is_number(number)).map(|(_, hash)| hash);
    hash.is_some_and(|hash| hash.len() == 64 && hash.chars().all(|letter| letter.is_ascii_hexdigit()))
}

/// An id of a store or of an event: no document can say more than that there is one.
fn is_id(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && word.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

#[test]
fn blocks_are_taken_apart() {
    let text = "# A\n```console\n$ traillake query \"SELECT 1\n  AS one\"\none\n$ true\n```\n```sh\n$ no\n```\n";
    let step = |command: &str, output: &[&str], line| Step {
        command: command.to_owned(),
        output: output.iter().map(|line| (*line).to_owned()).collect(),
        line,
    };
    assert_eq!(steps(text), [step("traillake query \"SELECT 1\n  AS one\"", &["one"], 3), step("true", &[], 6)]);
}

#[test]
fn a_document_that_says_something_else_does_not_match() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let said = lines("a\nb\n5 rows · 25 kB read · 257 ms");
    for same in ["a\nb\n5 rows · 1.2 MB read · 3 s", "…\n5 rows · 25 kB read · 257 ms", "a\n…"] {
        assert!(matches(&lines(same), &said), "{same}");
    }
    for other in ["a\nc\n5 rows · 25 kB read · 257 ms", "a\nb", "a\nb\n6 rows · 25 kB read · 257 ms", "…\nb"] {
        assert!(!matches(&lines(other), &said), "{other}");
    }
}
