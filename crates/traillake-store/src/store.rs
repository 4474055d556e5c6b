//! An event data store: its attributes and its versions.

use std::sync::Arc;

use traillake_event::id::EventDataStoreId;
use traillake_event::schema::Schema;

use crate::attributes::{Attributes, GONE, PROVISIONAL, Properties};
use crate::compaction::{Compaction, CompactionOptions, compact};
use crate::error::Error;
use crate::expiry::{Expiry, ExpiryOptions, expire};
use crate::integrity::{Verification, VerifyOptions, verify};
use crate::lake::Lake;
use crate::lake::names::NameClaim;
use crate::lake::purge;
use crate::log::{Failure, Head, Log, Proposal, Table, Version};
use crate::schema;
use crate::snapshot::Snapshot;
use crate::turn::{self, Turn};
use crate::vacuum::{Vacuum, VacuumOptions, vacuum};

mod change;
mod rename;

/// How often a change of attributes is tried against other writers.
const UPDATE_ATTEMPTS: u32 = 20;

/// An event data store as it was when it was looked up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventDataStore {
    inner: Arc<Inner>,
}

/// A store in a lake's folder.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) store: EventDataStore,
    /// Its newest version.
    pub(crate) head: Head,
    /// Whether it is being created and may yet go away.
    pub(crate) provisional: bool,
    /// The name it is to have.
    pub(crate) claim: Option<NameClaim>,
}

impl Found {
    /// Whether a commit says that it is no more: not even a clock set back brings it back.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.head.table.properties.contains_key(GONE)
    }

    /// Whether it was deleted for good.
    pub(crate) fn is_gone(&self, now_ms: i64) -> bool {
        self.is_withdrawn() || self.store.attributes().is_gone(now_ms)
    }

    /// Whether it is a store that people see.
    pub(crate) fn is_there(&self, now_ms: i64) -> bool {
        !self.provisional && !self.is_gone(now_ms)
    }
}

#[derive(Debug)]
struct Inner {
    lake: Lake,
    id: EventDataStoreId,
    attributes: Attributes,
    schema: Arc<Schema>,
}

impl EventDataStore {
    /// The id, which never changes and names the store's folder.
    pub fn id(&self) -> EventDataStoreId {
        self.inner.id
    }

    /// The ARN, with Region `us-east-1` and account `000000000000` where the store was not told them.
    pub fn arn(&self) -> String {
        self.attributes().arn(self.id())
    }

    /// The name, which [`update`](Self::update) may change.
    pub fn name(&self) -> &str {
        &self.inner.attributes.name
    }

    /// The attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.inner.attributes
    }

    /// The columns of its data files: those of every store, and those of its hot keys.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.inner.schema
    }

    /// The lake it is in.
    pub fn lake(&self) -> &Lake {
        &self.inner.lake
    }

    /// Waits for this writer's turn among all that make versions of the store, in whatever process: half a minute at
    /// most. Whoever holds it makes versions without losing to others, but for those that do not ask. Compactions,
    /// expiries, vacuums and changes of attributes ask by themselves: they must not be begun by who holds a turn.
    ///
    /// Costs two system calls where nobody else writes. Lakes that are no local directories have no turns: everyone has
    /// it at once.
    pub async fn turn(&self) -> Turn {
        turn::wait(self).await
    }

    /// The newest version. Lists the log from the last checkpoint on and reads it.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        Snapshot::read(self, None).await
    }

    /// A version as it was, [`Error::NoVersion`] where it never was, or where a vacuum took its files.
    pub async fn snapshot_at(&self, version: u64) -> Result<Snapshot, Error> {
        Snapshot::read(self, Some(version)).await
    }

    /// The version that was the newest at an instant, in milliseconds since 1970 UTC, by the clocks of who committed;
    /// [`Error::NoVersionThen`] where the store was not there yet, or that part of its log was vacuumed. Reads every
    /// commit.
    pub async fn snapshot_then(&self, at_ms: i64) -> Result<Snapshot, Error> {
        let history = self.history().await?;
        let version = history.iter().rev().find(|version| version.committed_at_ms <= at_ms);
        match version {
            Some(version) => self.snapshot_at(version.version).await,
            None => Err(Error::NoVersionThen { store: self.name().to_owned(), at_ms }),
        }
    }

    /// The versions whose commits are still there, oldest first. Reads every commit.
    pub async fn history(&self) -> Result<Vec<Version>, Error> {
        let failed = |failure: Failure| failure.into_error(self.id(), None);
        self.lake().log(self.id()).map_err(failed)?.history().await.map_err(failed)
    }

    /// Merges small data files of a day into few, in commits of their own; `progressed` is told the totals after each.
    ///
    /// Readers are not disturbed, and imports may go on meanwhile. What is stopped half-way leaves whole merges
    /// behind. Refused while the store is to be deleted. Memory: [`CompactionOptions::memory_bytes`]. The replaced
    /// files stay where they are until a vacuum, for readers of the versions before.
    pub async fn compact(
        &self,
        options: CompactionOptions,
        progressed: &mut (dyn FnMut(&Compaction) + Send),
    ) -> Result<Compaction, Error> {
        let done = compact(self, options, progressed).await?;
        if done.files_after > 0
            && let Ok(snapshot) = self.snapshot().await
        {
            snapshot.list_files().await;
        }
        Ok(done)
    }

    /// Takes events away that are older than the [retention period](Attributes::oldest_kept_ms), in commits of its own;
    /// `progressed` is told the totals after each.
    ///
    /// Readers are not disturbed, and imports and compactions may go on meanwhile. Refused while the store is to be
    /// deleted. Cost: nothing is read but files of the one day in which the period begins, which are written anew. The
    /// files that went stay on disk until a vacuum, for readers of the versions before.
    pub async fn expire(
        &self,
        options: ExpiryOptions,
        progressed: &mut (dyn FnMut(&Expiry) + Send),
    ) -> Result<Expiry, Error> {
        expire(self, options, progressed).await
    }

    /// Deletes what no version of the last days needs: data files that were compacted away or expired, old commits, and
    /// what failed imports left. Versions before these can no longer be read.
    ///
    /// Readers of the versions kept are not disturbed, and imports, compactions and expiries may go on meanwhile, here or
    /// elsewhere, if none takes longer than [`VacuumOptions::unnamed_ms`]. Refused while the store is to be deleted. Lists
    /// the store, and reads the commits of the versions kept and a footer for each import among them.
    pub async fn vacuum(&self, options: VacuumOptions) -> Result<Vacuum, Error> {
        vacuum(self, options).await
    }

    /// Checks the store against what was committed: every commit that is still there, and the files of the newest version
    /// or of all. What is broken is a value; `progressed` is told what was found so far.
    ///
    /// Reads the whole log and, unless only sizes are asked for, every file. Imports and compactions may go on meanwhile;
    /// a vacuum may take files away from under it. Must run inside a Tokio runtime.
    pub async fn verify(
        &self,
        options: VerifyOptions,
        progressed: &mut (dyn FnMut(&Verification) + Send),
    ) -> Result<Verification, Error> {
        verify(self, options, progressed).await
    }

    fn now_ms(&self) -> i64 {
        self.lake().clock().now_ms()
    }

    pub(crate) fn new(lake: &Lake, id: EventDataStoreId, attributes: Attributes) -> Self {
        let schema = attributes.schema();
        Self { inner: Arc::new(Inner { lake: lake.clone(), id, attributes, schema }) }
    }

    /// The store in the folder of an id; `None` when there is none.
    pub(crate) async fn open(lake: &Lake, id: EventDataStoreId) -> Result<Option<Self>, Error> {
        let found = Self::look(lake, id).await?.filter(|found| found.is_there(lake.clock().now_ms()));
        Ok(found.map(|found| found.store))
    }

    /// As [`open`](Self::open), but finds a store that is being created or that is gone, too.
    pub(crate) async fn look(lake: &Lake, id: EventDataStoreId) -> Result<Option<Found>, Error> {
        let failed = |failure: Failure| failure.into_error(id, None);
        let log = lake.log(id).map_err(failed)?;
        let head = match log.head().await {
            // A claim on a name may be taken back between listing its log and reading it.
            Err(_) => log.head().await,
            head => head,
        };
        let head = match head {
            Err(_) if purge::is_remains(lake, id).await => return Ok(None),
            head => head.map_err(failed)?,
        };
        let Some(head) = head else { return Ok(None) };
        let provisional = head.table.properties.contains_key(PROVISIONAL);
        let claim = NameClaim::read(&head.table.properties);
        let attributes = attributes_of(id, head.version, &head.table)?;
        Ok(attributes.map(|attributes| Found { store: Self::new(lake, id, attributes), head, provisional, claim }))
    }

    /// Commits changed attributes on top of whatever is newest, so that an import going on is no hindrance. `None`
    /// where `change` gives none: nothing is committed then. It may change properties that are no attributes, too.
    async fn rewrite(
        &self,
        operation: &'static str,
        change: impl Fn(&Attributes, &mut Properties) -> Result<Option<Attributes>, Error>,
    ) -> Result<Option<EventDataStore>, Error> {
        let failed = |failure: Failure| failure.into_error(self.id(), None);
        let log = self.lake().log(self.id()).map_err(failed)?;
        let _turn = self.turn().await;
        for _ in 0..UPDATE_ATTEMPTS {
            let Some(head) = log.head().await.map_err(failed)? else { return Err(failed(no_table())) };
            let Some(before) = attributes_of(self.id(), head.version, &head.table)? else {
                return Err(failed(no_table()));
            };
            let mut table = head.table;
            if table.properties.contains_key(GONE) {
                return Err(Error::Gone { store: before.name });
            }
            let Some(after) = change(&before, &mut table.properties)? else { return Ok(None) };
            let changes = after.differences(Some(&before));
            after.write(&mut table.properties);
            let changed = Self::new(self.lake(), self.id(), after);
            if let Some(widened) = schema::widened(&table.schema, changed.schema()) {
                table.schema = widened;
                table.properties.extend([schema::bounded_columns(changed.schema())]);
            }
            let version = head.version + 1;
            let proposal = Proposal { table: Some(table), operation, changes, ..Proposal::default() };
            let done = log.commit(version, &proposal).await;
            if done.map_err(|failure| failure.into_commit_error(self.id(), version))? {
                tracing::info!(store = changed.name(), id = %self.id(), version, operation, "event data store changed");
                return Ok(Some(changed));
            }
            tracing::warn!(store = before.name, version, operation, "another writer was faster");
        }
        Err(Error::Contention { store: self.name().to_owned(), attempts: UPDATE_ATTEMPTS })
    }
}

/// The attributes a version of a table has; `None` when the table is no event data store.
pub(crate) fn attributes_of(id: EventDataStoreId, version: u64, table: &Table) -> Result<Option<Attributes>, Error> {
    Attributes::read(&table.properties).map_err(|malformed| Error::CorruptLog {
        id,
        version,
        what: malformed.property.to_owned(),
        found: malformed.found,
        expected: malformed.expected,
    })
}

/// That the folder of a store holds no store (any more).
pub(crate) fn no_table() -> Failure {
    Failure::NoTable
}
