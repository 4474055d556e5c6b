//! A version of an event data store, whole and for ever.

use std::sync::Arc;

use crate::attributes::LEDGER;
use crate::data_file::DataFile;
use crate::error::Error;
use crate::event_key::{EventKey, EventKeysWanted, read_event_keys};
use crate::integrity::ChainHead;
use crate::ledger::{Ledger, Newest};
use crate::log::{Contents, Failure, Head, Log, Table};
use crate::records::{RecordsWanted, StoredRecord, read_records};
use crate::store::{EventDataStore, attributes_of, no_table};
use crate::transaction::{CHECKPOINT_INTERVAL, Transaction};

/// The log of fewer is replayed as fast.
const LISTED_FILES_MIN: usize = 64;

/// One version of a store: its data files, attributes and ledger. It never changes, whatever is committed
/// after it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Snapshot {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: EventDataStore,
    version: u64,
    table: Table,
    files: Arc<[DataFile]>,
}

impl Snapshot {
    /// The version: 0 when the store was created, one more with each commit.
    pub fn version(&self) -> u64 {
        self.inner.version
    }

    /// Its data files: newest day first, files without a day last.
    pub fn data_files(&self) -> &[DataFile] {
        &self.inner.files
    }

    /// How many events it has.
    pub fn rows(&self) -> u64 {
        self.data_files().iter().map(|file| file.rows).sum()
    }

    /// The size of its data files.
    pub fn bytes(&self) -> u64 {
        self.data_files().iter().map(|file| file.bytes).sum()
    }

    /// The store, with the attributes it has in this version.
    pub fn store(&self) -> &EventDataStore {
        &self.inner.store
    }

    /// The version and the SHA-256 of its commit, which proves it and all versions before. `None` where a vacuum has
    /// cut that commit off the log. Reads one small file.
    pub async fn chain_head(&self) -> Result<Option<ChainHead>, Error> {
        let failed = |failure: Failure| failure.into_error(self.store().id(), Some(self.version()));
        let log = self.store().lake().log(self.store().id()).map_err(failed)?;
        let entry = log.entry(self.version()).await.map_err(failed)?;
        Ok(entry.map(|entry| ChainHead { version: entry.version, sha256: entry.sha256 }))
    }

    /// The imports that led to this version. Reads the footer of one small file.
    pub async fn ledger(&self) -> Result<Ledger, Error> {
        Ledger::read(self.store(), self.ledger_part()?).await
    }

    /// The identities of the events of one day that are wanted, in no order.
    ///
    /// Reads two columns of the day's files, on all threads. Memory: 16 bytes for each identity that is wanted, and
    /// some megabytes for each of the 8 files read at once, whatever the day has. Must run inside a Tokio runtime.
    pub async fn read_event_keys(&self, wanted: &EventKeysWanted) -> Result<Vec<EventKey>, Error> {
        read_event_keys(self, wanted).await
    }

    /// The events of one day that are wanted, with the exact text of their records, in no order.
    ///
    /// Reads two columns of the day's files, and of the rest only the pages of events that are wanted. Memory: a few
    /// pages of each column, whatever the day has.
    pub async fn read_records(
        &self,
        wanted: &RecordsWanted,
        found: &mut (dyn FnMut(StoredRecord<'_>) + Send),
    ) -> Result<(), Error> {
        read_records(self, wanted, found).await
    }

    /// Starts a change on top of this version. Touches nothing.
    pub fn begin(&self) -> Transaction {
        Transaction::new(self.clone())
    }

    /// Writes the checkpoint that was deferred while versions were committed on top of version `since`, if one was due.
    /// Where that fails nothing is lost: it is only a shortcut for readers.
    pub async fn checkpoint_since(&self, since: u64) {
        if self.is_checkpoint_due(since)
            && let Ok(log) = self.store().lake().log(self.store().id())
        {
            let head = Head { version: self.version(), table: self.table().clone() };
            let _ = log.checkpoint(&Contents { head, files: Arc::clone(&self.inner.files) }).await;
        }
    }

    /// Writes down the files of this version, where they are many, for who opens the store next: what replaying the log
    /// takes grows with them. Where that fails nothing is lost.
    pub async fn list_files(&self) {
        if self.data_files().len() >= LISTED_FILES_MIN
            && let Ok(log) = self.store().lake().log(self.store().id())
        {
            let head = Head { version: self.version(), table: self.table().clone() };
            if let Err(failure) = log.list(&Contents { head, files: Arc::clone(&self.inner.files) }).await {
                tracing::debug!(?failure, "the files of the store could not be listed");
            }
        }
    }

    /// Whether versions behind `since` are to have a checkpoint.
    pub fn is_checkpoint_due(&self, since: u64) -> bool {
        self.version() / CHECKPOINT_INTERVAL > since / CHECKPOINT_INTERVAL
    }

    pub(crate) async fn read(store: &EventDataStore, version: Option<u64>) -> Result<Self, Error> {
        let failed = |failure: Failure| failure.into_error(store.id(), version);
        let log = store.lake().log(store.id()).map_err(failed)?;
        let Some(contents) = log.read(version).await.map_err(failed)? else { return Err(failed(no_table())) };
        Self::new(store, contents)
    }

    pub(crate) fn new(store: &EventDataStore, contents: Contents) -> Result<Self, Error> {
        let Contents { head, files } = contents;
        let Some(attributes) = attributes_of(store.id(), head.version, &head.table)? else {
            return Err(no_table().into_error(store.id(), Some(head.version)));
        };
        let store = EventDataStore::new(store.lake(), store.id(), attributes);
        tracing::debug!(store = store.name(), version = head.version, data_files = files.len(), "snapshot");
        Ok(Self { inner: Arc::new(Inner { store, version: head.version, table: head.table, files }) })
    }

    pub(crate) fn table(&self) -> &Table {
        &self.inner.table
    }

    /// The newest part of the ledger.
    pub(crate) fn ledger_part(&self) -> Result<Option<Newest>, Error> {
        Newest::of(&self.table().properties).map_err(|found| Error::CorruptLog {
            id: self.store().id(),
            version: self.version(),
            what: LEDGER.to_owned(),
            found,
            expected: "the id of a ledger part",
        })
    }
}
