//! What a verification may find.

use std::fmt;
use std::ops::Range;

use object_store::path::Path;

use crate::content_hash::ContentHash;

/// A thing that is not what was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// A file is gone.
    MissingFile {
        /// Relative to the lake.
        path: Path,
    },
    /// A file has another size.
    WrongSize {
        /// Relative to the lake.
        path: Path,
        /// What the log says, in bytes.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// A file has other bytes.
    ChangedBytes {
        /// Relative to the lake.
        path: Path,
        /// The hash that was committed.
        expected: ContentHash,
        /// The hash it has.
        found: ContentHash,
    },
    /// A file cannot be read.
    UnreadableFile {
        /// Relative to the lake.
        path: Path,
        /// What the storage or Parquet said.
        reason: String,
    },
    /// A commit has other bytes than it was made of.
    CommitAltered {
        /// Its version.
        version: u64,
    },
    /// A commit holds what is no action of a Delta log.
    CommitUnreadable {
        /// Its version.
        version: u64,
        /// What is wrong.
        reason: String,
    },
    /// Commits are gone.
    CommitsMissing {
        /// Their versions.
        versions: Range<u64>,
    },
    /// A commit was made after another one than stands before it: one of the two was replaced.
    ChainBroken {
        /// The version of the later one.
        version: u64,
        /// The hash that it says the commit before had; `None` where it says none, though it has a hash itself.
        expected: Option<ContentHash>,
        /// The hash that the commit before has.
        found: ContentHash,
    },
    /// The log had versions that are gone.
    SetBack {
        /// The newest version that there is.
        newest: u64,
        /// A later one that was.
        version: u64,
    },
    /// The log has another commit than the one that is known.
    Replaced {
        /// Its version.
        version: u64,
        /// The hash that is known.
        expected: ContentHash,
        /// The hash that it has.
        found: ContentHash,
    },
    /// The checkpoint that stands in for commits cut off has other bytes, or is gone.
    CheckpointChanged {
        /// Its version.
        version: u64,
    },
    /// The newest version cannot be read.
    VersionUnreadable {
        /// The version.
        version: u64,
        /// What the storage or the Delta log said.
        reason: String,
    },
    /// Readers are told something else than the commits say, by a checkpoint or by a listing of files.
    StateDiffers {
        /// The version.
        version: u64,
        /// Who tells it: `checkpoint` or `listing`.
        by: &'static str,
        /// A data file, or `properties`.
        what: String,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::MissingFile { path } => write!(f, "file {path} is missing"),
            Broken::WrongSize { path, expected, found } => {
                write!(f, "file {path} has {found} bytes, not {expected} as was committed")
            }
            Broken::ChangedBytes { path, expected, found } => {
                write!(f, "file {path} was changed: its SHA-256 is {found}, not {expected} as was committed")
            }
            Broken::UnreadableFile { path, reason } => write!(f, "file {path} cannot be read: {reason}"),
            Broken::CommitAltered { version } => write!(f, "the commit of version {version} was changed"),
            Broken::CommitUnreadable { version, reason } => {
                write!(f, "the commit of version {version} cannot be read: {reason}")
            }
            Broken::CommitsMissing { versions } if versions.end - versions.start == 1 => {
                write!(f, "the commit of version {} is missing", versions.start)
            }
            Broken::CommitsMissing { versions } => {
                write!(
                    f,
                    "the commits of versions {} to {} are missing",
                    versions.start,
                    versions.end.saturating_sub(1)
                )
            }
            Broken::ChainBroken { version, expected: Some(expected), found } => write!(
                f,
                "the commit of version {version} was made after another one: the SHA-256 of the commit before is {found}, \
                 not {expected}"
            ),
            Broken::ChainBroken { version, expected: None, found } => write!(
                f,
                "the commit of version {version} does not say which one it was made after: the SHA-256 of the commit \
                 before is {found}"
            ),
            Broken::SetBack { newest, version } => {
                write!(f, "the log was set back to version {newest}: there was a version {version}")
            }
            Broken::Replaced { version, expected, found } => {
                write!(f, "the commit of version {version} was replaced: its SHA-256 is {found}, not {expected}")
            }
            Broken::CheckpointChanged { version } => {
                write!(f, "the checkpoint of version {version}, which the log begins with, was changed or is missing")
            }
            Broken::VersionUnreadable { version, reason } => write!(f, "version {version} cannot be read: {reason}"),
            Broken::StateDiffers { version, by, what } => {
                write!(f, "the {by} of version {version} says something else of {what} than the commits do")
            }
        }
    }
}
