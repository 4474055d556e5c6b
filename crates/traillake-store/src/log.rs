//! The log of one event data store: which files and properties each version has.
//!
//! A small trait, so that the rest of the crate knows versions and files and only [`delta`] knows how Delta
//! writes them down.

use std::fmt::{self, Debug};
use std::sync::Arc;

use async_trait::async_trait;
use traillake_event::id::EventDataStoreId;

use crate::attributes::{AttributeChange, Properties};
use crate::data_file::DataFile;
use crate::error::{Cause, Error};

pub(crate) mod audit;
mod chain;
mod checkpoint;
pub(crate) mod delta;
mod listing;
pub(crate) mod lives;
mod opening;

/// What a version says about the table itself.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The columns, as Delta's JSON.
    pub(crate) schema: String,
    /// Ours and Delta's.
    pub(crate) properties: Properties,
    /// In milliseconds since 1970 UTC.
    pub(crate) created_at_ms: i64,
}

/// A version without its files: cheap to read.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) version: u64,
    pub(crate) table: Table,
}

/// A version with its files.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    pub(crate) head: Head,
    pub(crate) files: Arc<[DataFile]>,
}

impl Contents {
    /// Files are listed in one order, whichever way they were found: newest day first, no day last.
    pub(crate) fn new(head: Head, mut files: Vec<DataFile>) -> Self {
        files.sort_by(|a, b| b.calendar_day.cmp(&a.calendar_day).then_with(|| a.path.cmp(&b.path)));
        Self { head, files: files.into() }
    }
}

/// How the next version is to differ from the last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proposal {
    pub(crate) files: Vec<DataFile>,
    /// Files whose rows `files` have, all of them: the version has the same rows as the last.
    pub(crate) replaced: Vec<DataFile>,
    /// Files whose rows go, all those that `files` do not have: the version has fewer rows than the last.
    pub(crate) removed: Vec<DataFile>,
    /// The table as it is to be; `None` leaves it as it is.
    pub(crate) table: Option<Table>,
    /// Why the version is made, for [`Version::operation`].
    pub(crate) operation: &'static str,
    /// Which attributes change with it, for [`Version::changes`].
    pub(crate) changes: Vec<AttributeChange>,
}

/// A version in the history of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub version: u64,
    /// When it was committed, in milliseconds since 1970 UTC, by the clock of who did.
    pub committed_at_ms: i64,
    /// Why: `CREATE`, `IMPORT`, `COMPACT`, `EXPIRE`, `VACUUM`, one of the changes that [`EventDataStore`](crate::EventDataStore) makes
    /// (`UPDATE`, `DELETE` …), or what another writer of the table says.
    pub operation: String,
    /// Which attributes changed with it. None of them in what older builds and other writers of the table did.
    pub changes: Vec<AttributeChange>,
}

/// Why a log could not be used.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The storage or the Delta log said no.
    Cause(Cause),
    /// The version asked for does not exist.
    NoVersion(u64),
    /// The folder of the store holds no store (any more).
    NoTable,
    /// An entry is not what it should be.
    Corrupt { version: u64, what: String, found: String, expected: &'static str },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Cause(cause) => write!(f, "{cause}"),
            Failure::NoTable => f.write_str("there is no event data store"),
            Failure::NoVersion(version) => write!(f, "there is no version {version}"),
            Failure::Corrupt { what, found, expected, .. } => write!(f, "{what} is \"{found}\", expected {expected}"),
        }
    }
}

impl Failure {
    /// The failure of reading a version, the newest when `None`.
    pub(crate) fn into_error(self, id: EventDataStoreId, version: Option<u64>) -> Error {
        match self {
            Failure::Cause(source) => Error::ReadLog { id, version, source },
            Failure::NoVersion(version) => Error::NoVersion { id, version },
            Failure::NoTable => Error::Gone { store: id.to_string() },
            Failure::Corrupt { version, what, found, expected } => {
                Error::CorruptLog { id, version, what, found, expected }
            }
        }
    }

    /// The failure of making a version.
    pub(crate) fn into_commit_error(self, id: EventDataStoreId, version: u64) -> Error {
        match self {
            Failure::Cause(source) => Error::Commit { id, version, source },
            other => other.into_error(id, Some(version)),
        }
    }
}

/// The versions of one store.
#[async_trait]
pub(crate) trait Log: Debug + Send + Sync {
    /// Makes version 0. `false` when the store exists already.
    async fn create(&self, table: &Table) -> Result<bool, Failure>;

    /// The newest version without its files. `None` when the folder holds no table.
    async fn head(&self) -> Result<Option<Head>, Failure>;

    /// A version with its files, the newest when `None`. `Ok(None)` when the folder holds no table.
    async fn read(&self, version: Option<u64>) -> Result<Option<Contents>, Failure>;

    /// The versions whose commits are still there, oldest first. Reads every commit.
    async fn history(&self) -> Result<Vec<Version>, Failure>;

    /// Makes `version` out of the one before. `false` when another writer made it: nothing was changed then.
    /// When this returns `true` the version is durable.
    async fn commit(&self, version: u64, proposal: &Proposal) -> Result<bool, Failure>;

    /// Writes the whole state of a version into one file, so that readers need not replay the log from 0.
    async fn checkpoint(&self, contents: &Contents) -> Result<(), Failure>;

    /// Writes it down in the form that snapshots hold it in, so that readers need not parse it.
    async fn list(&self, contents: &Contents) -> Result<(), Failure>;
}
