//! What the versions that are kept need.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::{Horizon, LogBegins};
use crate::attributes::{Attributes, LEDGER, Properties, Status};
use crate::content_hash::ContentHash;
use crate::error::{Error, cause};
use crate::ledger::{Ledger, Newest};
use crate::log::audit::{Entry, LogFile, LogFiles};
use crate::log::delta::DeltaLog;
use crate::log::lives::Lives;
use crate::log::{Contents, Failure};
use crate::store::EventDataStore;

/// How many commits or parts of the ledger are read at once.
const READ_AT_ONCE: usize = 8;

/// The versions that are kept, and the files they name.
pub(super) struct Kept {
    from: u64,
    newest: u64,
    named: HashSet<Path>,
    log: LogFiles,
    log_begins: Option<LogBegins>,
}

impl Kept {
    /// Reads the versions that were the newest at some time since `limit_ms`.
    ///
    /// A log that has damage or holes is refused: what it hides might be needed.
    pub(super) async fn read(store: &EventDataStore, limit_ms: i64) -> Result<Self, Error> {
        let failed = |failure: Failure| failure.into_error(store.id(), None);
        let log = store.lake().log(store.id()).map_err(failed)?;
        let there = log.log_files().await.map_err(failed)?;
        let Some(&newest) = there.commits.keys().next_back() else { return Err(failed(crate::store::no_table())) };
        let head = contents_of(&log, newest).await.map_err(failed)?;
        refuse_deleted(&head)?;
        let floor = floor(&there, Horizon::of(&head.head.table.properties));
        let (from, entries) = since(&log, &there, (floor, newest), limit_ms).await.map_err(failed)?;
        let oldest = contents_of(&log, from).await.map_err(failed)?;
        let mut lives = Lives::from(&oldest);
        entries.iter().for_each(|entry| lives.apply(entry));
        let mut kept = Self { from, newest, named: HashSet::new(), log: there, log_begins: None };
        kept.named.extend(lives.since(from).map(|named| named.path.clone()));
        let properties = lives.properties_since(from).iter().map(|(version, properties)| (*version, properties));
        kept.named.extend(ledger_files(store, properties).await?);
        kept.log_begins = kept.find_beginning(store, &log).await?;
        Ok(kept)
    }

    /// The oldest version that is kept.
    pub(super) fn from(&self) -> u64 {
        self.from
    }

    /// Whether a kept version needs the file.
    pub(super) fn names(&self, path: &Path) -> bool {
        self.named.contains(path)
    }

    pub(super) fn horizon(&self) -> Horizon {
        Horizon { kept_from: self.from, log_begins: self.log_begins }
    }

    /// The files of the log that the kept versions do not need, oldest first.
    pub(super) fn old_log(&self) -> impl Iterator<Item = &LogFile> {
        let begins = self.log_begins.map_or(0, |begins| begins.version);
        let files = self.log.commits.range(..begins).chain(self.log.checkpoints.range(..begins));
        let mut files: Vec<_> = files.collect();
        files.sort_by_key(|(version, _)| **version);
        files.into_iter().map(|(_, file)| file)
    }

    /// Reads what was committed since: it may name files that nobody did before.
    pub(super) async fn learn_newer(&mut self, store: &EventDataStore) -> Result<(), Error> {
        let failed = |failure: Failure| failure.into_error(store.id(), None);
        let log = store.lake().log(store.id()).map_err(failed)?;
        while let Some(entry) = log.entry(self.newest + 1).await.map_err(failed)? {
            let entry = undamaged(entry).map_err(failed)?;
            self.newest = entry.version;
            self.named.extend(entry.added.into_iter().map(|named| named.path));
            let properties = entry.properties.iter().map(|properties| (entry.version, properties));
            self.named.extend(ledger_files(store, properties).await?);
        }
        Ok(())
    }

    /// The newest checkpoint that all kept versions can be read from, and that readers are not pointed away from. It is
    /// read, for it will stand in for all before it.
    async fn find_beginning(&self, store: &EventDataStore, log: &DeltaLog) -> Result<Option<LogBegins>, Error> {
        let failed = |failure: Failure| failure.into_error(store.id(), None);
        let last = log.hinted_checkpoint().await.unwrap_or(self.from).min(self.from);
        let mut before = self.log.checkpoints.range(..=last).rev();
        let Some((&version, file)) = before.find(|(version, _)| self.log.commits.contains_key(version)) else {
            return Ok(None);
        };
        contents_of(log, version).await.map_err(failed)?;
        let unread = |error| Error::Vacuum { id: store.id(), path: Some(file.path.clone()), source: cause(error) };
        let stored = store.lake().storage().get(&file.path).await.map_err(unread)?;
        let sha256 = ContentHash::of(&stored.bytes().await.map_err(unread)?);
        Ok(Some(LogBegins { version, sha256 }))
    }
}

/// The oldest version that can be read.
fn floor(there: &LogFiles, horizon: Horizon) -> u64 {
    let oldest = there.commits.keys().next().copied().unwrap_or_default();
    let loadable = match oldest.checked_sub(1) {
        None => 0,
        Some(before) => there.checkpoints.range(before..).next().map_or(oldest, |(version, _)| *version),
    };
    loadable.max(horizon.kept_from)
}

/// The oldest version that was the newest since `limit_ms`, and the commits after it, oldest first.
///
/// A version is as old as its commit says, or as the storage says, whichever is later.
async fn since(
    log: &DeltaLog,
    there: &LogFiles,
    (floor, newest): (u64, u64),
    limit_ms: i64,
) -> Result<(u64, Vec<Entry>), Failure> {
    let reads: Vec<_> = (floor..=newest).rev().map(|version| log.entry(version)).collect();
    let mut reads = stream::iter(reads).buffered(READ_AT_ONCE);
    let mut entries = Vec::new();
    for version in (floor..=newest).rev() {
        let entry = reads.try_next().await?.flatten();
        if version == floor {
            // It stands in a checkpoint, perhaps in nothing else.
            return Ok((floor, in_order(entries)));
        }
        let entry = undamaged(entry.ok_or_else(|| damage(version, "missing"))?)?;
        let stored_at_ms = there.commits.get(&version).map_or(i64::MAX, |file| file.modified_at_ms);
        if entry.committed_at_ms.unwrap_or(stored_at_ms).max(stored_at_ms) <= limit_ms {
            return Ok((version, in_order(entries)));
        }
        entries.push(entry);
    }
    Ok((floor, in_order(entries)))
}

fn in_order(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    entries
}

async fn contents_of(log: &DeltaLog, version: u64) -> Result<Contents, Failure> {
    log.replayed(version).await?.ok_or_else(crate::store::no_table)
}

fn undamaged(entry: Entry) -> Result<Entry, Failure> {
    match (&entry.damage, entry.links.is_whole) {
        (None, None | Some(true)) => Ok(entry),
        _ => Err(damage(entry.version, "changed since it was made")),
    }
}

fn damage(version: u64, found: &str) -> Failure {
    Failure::Corrupt { version, what: "the commit".to_owned(), found: found.to_owned(), expected: "as it was made" }
}

/// The files of the ledger that versions with these properties have.
async fn ledger_files(
    store: &EventDataStore,
    properties: impl Iterator<Item = (u64, &Properties)>,
) -> Result<HashSet<Path>, Error> {
    let mut newest: Vec<Newest> = Vec::new();
    for (version, properties) in properties {
        let part = Newest::of(properties).map_err(|found| Error::CorruptLog {
            id: store.id(),
            version,
            what: LEDGER.to_owned(),
            found,
            expected: "the id of a ledger part",
        })?;
        newest.extend(part);
    }
    newest.dedup();
    let reads: Vec<_> = newest.into_iter().map(|part| Ledger::read(store, Some(part))).collect();
    let ledgers: Vec<Ledger> = stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await?;
    Ok(ledgers.iter().flat_map(Ledger::files).map(|file| file.path).collect())
}

fn refuse_deleted(head: &Contents) -> Result<(), Error> {
    match Attributes::read(&head.head.table.properties) {
        Ok(Some(attributes)) if attributes.status == Status::PendingDeletion => Err(attributes.refuse("vacuumed")),
        _ => Ok(()),
    }
}
