//! What stops an import. Bad input does not: it becomes rejects.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why an import could not be done.
#[derive(Debug, Error)]
pub enum Error {
    /// A source names neither a file nor a directory.
    #[error("source \"{0}\" does not exist: name a file, a directory, a glob pattern, or - for standard input")]
    SourceMissing(String),
    /// A source names storage that cannot be read.
    #[error(
        "source \"{location}\": {scheme}:// is not supported yet by this build; copy the files to a local directory"
    )]
    SourceUnsupported {
        /// The source as given.
        location: String,
        /// Its scheme.
        scheme: String,
    },
    /// A source is no well-formed pattern.
    #[error("source \"{pattern}\" is no glob pattern")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// No file matches a pattern.
    #[error("no file matches \"{0}\"")]
    NothingMatches(String),
    /// A directory could not be listed.
    #[error("list {}", path.display())]
    List {
        /// The directory or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The event data store could not be read or written.
    #[error(transparent)]
    Store(#[from] traillake_store::Error),
    /// Other imports committed before this one again and again.
    #[error(
        "import into event data store \"{store}\" lost to other imports {attempts} times in a row: try again when they are done"
    )]
    Contended {
        /// The store's name.
        store: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// A worker thread ended without an answer.
    #[error("a worker of the import stopped")]
    Worker(#[source] tokio::task::JoinError),
    /// The counts of the report contradict each other: a defect of TrailLake.
    #[error(
        "import report does not add up: {records} records, but {events} events, {duplicates} duplicates, \
         {rejects} rejects and {skipped} skipped; please report this"
    )]
    Unbalanced {
        /// Things found.
        records: u64,
        /// Rows added.
        events: u64,
        /// Rows dropped.
        duplicates: u64,
        /// Rejects.
        rejects: u64,
        /// Everything skipped.
        skipped: u64,
    },
    /// A verification would have passed over some of an object: a defect of TrailLake.
    #[error("bytes {start} to {end} of {uri} were not verified; please report this")]
    Untiled {
        /// The object.
        uri: String,
        /// Where they begin in its inflated content.
        start: u64,
        /// Where they end.
        end: u64,
    },
    /// The counts of a verification contradict each other: a defect of TrailLake.
    #[error(
        "verification does not add up: {records} records, but {compared} compared and {not_events} that are no events; \
         please report this"
    )]
    Unverified {
        /// Things found.
        records: u64,
        /// Records compared with the store.
        compared: u64,
        /// Rejects and everything skipped.
        not_events: u64,
    },
}
