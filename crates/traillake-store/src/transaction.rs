//! A change of an event data store, and how it becomes a version.
//!
//! ```text
//! step                                      durable after it                          a crash here leaves
//! 1  write each data file, sync file        the rows, in files no version lists       version n, garbage
//!    and directory (before the commit)
//! 2  write the ledger part, sync            what was imported, in a part that no      version n, garbage
//!    file and directory                     version names
//! 3  write the commit file to a temporary   –                                         version n, garbage
//!    name, sync it
//! 4  link it as version n + 1; refused      –                                         version n or n + 1
//!    when the name is taken: a conflict
//! 5  sync the directory of the log          version n + 1                             version n + 1
//! 6  on every 20th version, or at the end    a shortcut for readers                    version n + 1
//!    of an import, a checkpoint
//! ```
//!
//! Step 4 is the one moment at which everything becomes visible. The commit file names the data files *and*
//! (in its `metaData` action) the ledger part, so rows never come without their ledger entry, nor entries
//! without their rows. It has the SHA-256 of each of these files, and of the commit file before (see `integrity`). The
//! version is decided by that one name: a commit made on version *n* can only become *n + 1*. Another writer in between
//! is a [`Commit::Conflict`], always, because whoever imports must look for duplicates among the rows that came first.

use crate::data_file::DataFile;
use crate::error::Error;
use crate::ledger::{self, ImportedObject, Newest, Reject};
use crate::log::{Contents, Failure, Head, Log, Proposal};
use crate::schema;
use crate::snapshot::Snapshot;

/// A checkpoint is written whenever this divides the version.
pub(crate) const CHECKPOINT_INTERVAL: u64 = 20;

/// A change on top of a [`Snapshot`]. Dropping it changes nothing.
#[derive(Debug)]
pub struct Transaction {
    snapshot: Snapshot,
    files: Vec<DataFile>,
    objects: Vec<ImportedObject>,
    rejects: Vec<Reject>,
    defers_checkpoint: bool,
}

/// The outcome of [`Transaction::commit`].
#[derive(Clone, Debug)]
pub enum Commit {
    /// The new version, durable.
    Done(Snapshot),
    /// Another writer made this version first; nothing was changed. The data files are still there: look at
    /// the newest snapshot, drop what became a duplicate, and try again with a new transaction.
    Conflict {
        /// The version that is taken.
        version: u64,
    },
}

impl Transaction {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { snapshot, files: Vec::new(), objects: Vec::new(), rejects: Vec::new(), defers_checkpoint: false }
    }

    /// The version this change is made on.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Adds a data file, as [`write_data_file`](crate::write_data_file) gave it.
    pub fn add(&mut self, file: DataFile) {
        self.files.push(file);
    }

    /// Records imported objects and rejects in the ledger.
    pub fn record(&mut self, objects: Vec<ImportedObject>, rejects: Vec<Reject>) {
        self.objects.extend(objects);
        self.rejects.extend(rejects);
    }

    /// Leaves the checkpoint that may be due with this version to [`Snapshot::checkpoint_since`], for a caller that
    /// commits many versions: a checkpoint writes down every data file there is.
    pub fn defer_checkpoint(&mut self) {
        self.defers_checkpoint = true;
    }

    /// Makes the next version. The module's documentation says step by step what is durable when.
    ///
    /// Losing to another writer is [`Commit::Conflict`], not an error. After [`Error::Commit`] the version may
    /// or may not exist: the storage failed in the act; a new snapshot shows which. A store that does not take
    /// imports is [`Error::Status`], one that is to be deleted [`Error::Inactive`], one that was is [`Error::Gone`]. A
    /// transaction without parts commits an empty version.
    pub async fn commit(self) -> Result<Commit, Error> {
        let store = self.snapshot.store().clone();
        store.attributes().check_not_gone(store.lake().clock().now_ms())?;
        store.attributes().check_takes_imports()?;
        let version = self.snapshot.version() + 1;
        let log = store.lake().log(store.id()).map_err(|failure: Failure| failure.into_error(store.id(), None))?;

        let part = self.write_ledger().await?;
        let mut head = Head { version, table: self.snapshot.table().clone() };
        let widened = schema::widened(&head.table.schema, store.schema());
        let changes_table = part.is_some() || widened.is_some();
        head.table.schema = widened.unwrap_or(head.table.schema);
        if let Some(part) = part {
            part.write(&mut head.table.properties);
        }

        let proposal = Proposal {
            files: self.files,
            table: changes_table.then(|| head.table.clone()),
            operation: "IMPORT",
            ..Proposal::default()
        };
        let done = log.commit(version, &proposal).await;
        if !done.map_err(|failure| failure.into_commit_error(store.id(), version))? {
            if let Some(part) = part {
                ledger::discard(&store, part.part).await;
            }
            return Ok(Commit::Conflict { version });
        }
        let mut files = self.snapshot.data_files().to_vec();
        files.extend(proposal.files);
        let contents = Contents::new(head, files);
        if version.is_multiple_of(CHECKPOINT_INTERVAL) && !self.defers_checkpoint {
            // Only a shortcut for readers: the version stands without it, and the next multiple tries again.
            let _ = log.checkpoint(&contents).await;
        }
        Snapshot::new(&store, contents).map(Commit::Done)
    }

    async fn write_ledger(&self) -> Result<Option<Newest>, Error> {
        if self.objects.is_empty() && self.rejects.is_empty() {
            return Ok(None);
        }
        ledger::write(&self.snapshot, &self.objects, &self.rejects).await.map(Some)
    }
}
