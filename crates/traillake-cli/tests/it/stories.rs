//! The transcripts of `docs/investigations.md` are what the program prints.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::scratch::Scratch;

/// With this variable the transcripts are written anew instead.
const REWRITE: &str = "TRAILLAKE_REWRITE_STORIES";

/// More commands than this are no good answer to an alarm.
const COMMANDS_MAX: usize = 6;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a command prints, standard output and standard error as they come.
fn printed(scratch: &Scratch, line: &str) -> String {
    let words = shlex::split(line).unwrap();
    let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let (mut reader, writer) = io::pipe().unwrap();
    let mut command: Command = scratch.command(&arguments);
    command.current_dir(root()).env("TRAILLAKE_LAKE", scratch.path("lake"));
    command.stdout(Stdio::from(writer.try_clone().unwrap())).stderr(Stdio::from(writer));
    let mut child = command.spawn().unwrap();
    // The pipe ends when nobody can write to it any more.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{line}\n{text}");
    text
}

/// The document with each transcript as the program prints it now.
fn retold(scratch: &Scratch, document: &str) -> String {
    let mut told = String::new();
    let mut in_transcript = false;
    for line in document.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            in_transcript = true;
            told.push_str(&format!("{line}\n{}", printed(scratch, command)));
        } else if line == "```" || !in_transcript {
            in_transcript = false;
            told.push_str(&format!("{line}\n"));
        }
    }
    told
}

/// Without what differs from run to run, which stands in the line behind a result.
fn settled(text: &str) -> String {
    let is_footer = |line: &str| line.contains(" scanned · ") || line.ends_with(" ms") || line.ends_with(" s");
    let of_line = |line: &str| match is_footer(line) {
        true => line
            .split(" · ")
            .filter(|part| part.contains("row") || part.contains("scanned"))
            .collect::<Vec<_>>()
            .join(" · "),
        false => line.to_owned(),
    };
    text.lines().map(of_line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_stories_are_what_the_program_prints() {
    let path = root().join("docs/investigations.md");
    let document = fs::read_to_string(&path).unwrap();
    let told = retold(&Scratch::new(), &document);
    if std::env::var_os(REWRITE).is_some() {
        return fs::write(&path, told).unwrap();
    }
    for (line, (is, should)) in settled(&document).lines().zip(settled(&told).lines()).enumerate() {
        assert_eq!(is, should, "line {} of docs/investigations.md; {REWRITE}=1 writes the transcripts anew", line + 1);
    }
    assert_eq!(settled(&document), settled(&told));
}

#[test]
fn every_story_is_short_and_finds_the_planted_incident() {
    let document = fs::read_to_string(root().join("docs/investigations.md")).unwrap();
    let stories: Vec<&str> = document.split("\n## ").skip(1).collect();
    // What each must have found, from `testdata/trail/truth.json`.
    let found: [&[&str]; 5] = [
        &["deploy-ci", "AKIAW7TDYGFVJEXAMPLE", "example-refund-3333", "GetObject"],
        &["PutBucketPolicy", "user/bob", "DeleteBucketPublicAccessBlock", "\"Principal\": \"*\""],
        &["StopLogging", "DeleteTrail", "user/bob", "198.51.100.141"],
        &["user/backup", "AdministratorAccess", "AKIA62G3F4VK4EXAMPLE", "203.0.113.99", "ListSecrets"],
        &["ASIAU7K7WWUSTEXAMPLE", "i-0c7d0d953324416b6", "203.0.113.140", "40 events, 40 failed"],
    ];
    assert_eq!(stories.len(), found.len());
    for (story, found) in stories.into_iter().zip(found) {
        let title = story.lines().next().unwrap();
        let commands = story.lines().filter(|line| line.starts_with("$ traillake ")).count();
        assert!((1..=COMMANDS_MAX).contains(&commands), "{title}: {commands} commands");
        for text in found {
            assert!(story.contains(text), "{title} does not find {text}");
        }
    }
}
