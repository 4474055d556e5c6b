//! A folder of its own, an empty environment, and the program in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

/// What a run said, fit to be compared: times, sizes and ids are not.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Said {
    pub(crate) fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { stdout: text(output.stdout), stderr: text(output.stderr), status: output.status.code().unwrap() }
    }

    /// All of it: standard output, a line, standard error, the status.
    pub(crate) fn transcript(&self) -> String {
        format!("{}---\n{}=> {}", self.stdout, self.stderr, self.status)
    }
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A lake with the store `trail` of [`LOG`].
    pub(crate) fn with_trail() -> Self {
        let scratch = Self::new();
        scratch.write("log.json", LOG);
        let said = scratch.run(&["import", "trail", "log.json"]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_traillake"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::new(self.command(arguments).output().unwrap())
    }

    /// With a text at standard input.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that fails early does not read to the end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Said::new(child.wait_with_output().unwrap())
    }

    pub(crate) fn query(&self, sql: &str) -> Said {
        self.run(&["query", "--format", "csv", sql])
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut files: Vec<_> = fs::read_dir(self.folder.path()).unwrap().map(|entry| name(entry.unwrap())).collect();
        files.sort();
        files
    }
}

/// Replaces what differs from run to run.
pub(crate) fn settled() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"\d+(\.\d+)? (µs|ms|s)\b", "[time]");
    settings.add_filter(r"[\d.]+ [kMG]?B read", "[size] read");
    settings.add_filter(r"file:///\S*/", "file:///[folder]/");
    settings.bind_to_scope()
}

/// The folder of the project's sample trail.
pub(crate) fn sample_trail() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail")
}

/// Three events: texts with quotes, commas and lines, nested values and NULLs.
pub(crate) const LOG: &str = r#"{"Records":[
{"eventVersion":"1.08","eventTime":"2024-05-01T10:00:00Z","eventID":"e1","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.1","userAgent":"say \"hi\", then\nleave","readOnly":false,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana"},"requestParameters":{"bucketName":"inbox","key":"a|b"}},
{"eventVersion":"1.08","eventTime":"2024-05-01T11:00:00Z","eventID":"e2","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.1","readOnly":true,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana"},"requestParameters":{"bucketName":"inbox"}},
{"eventVersion":"1.08","eventTime":"2024-05-02T12:00:00Z","eventID":"e3","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","errorCode":"AccessDenied","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}}
]}"#;

/// One event, and a record without an `eventName`.
pub(crate) const REJECTED: &str = r#"{"Records":[
{"eventTime":"2024-05-03T10:00:00Z","eventID":"e4","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"},
{"eventTime":"2024-05-03T10:00:00Z","eventID":"e5","eventSource":"s3.amazonaws.com"}
]}"#;
