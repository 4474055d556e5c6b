//! Vacuum: what nobody needs is deleted, and its space comes back.
//!
//! A version is **kept** while it was the newest one at some time within the last days, so that whoever began to read it
//! then can go on. What no kept version names is deleted:
//!
//! | what | when |
//! | --- | --- |
//! | data files, ledger parts, rejects | when no kept version names them, and they were written long enough ago not to be of an import or a compaction that goes on |
//! | files that were being written on a local disk when their process ended | when nobody has written to them for as long |
//! | listings | when there is a newer one |
//! | commits and checkpoints | when they are before the newest checkpoint that the oldest kept version can be read from |
//!
//! ```text
//! step                                            a crash here leaves
//! 1  list the files, then read the kept versions  nothing changed
//! 2  commit: from which version on files are      version n + 1; versions that can no longer be asked for, though
//!    kept, which checkpoint the log begins with,  some of their files are still there
//!    and what the hash of that checkpoint is
//! 3  read what was committed meanwhile, then      some of it is still there; the next vacuum deletes it
//!    delete files, then listings, then the log,
//!    oldest first
//! ```
//!
//! The order of step 1 makes it safe beside writers: a file that is named after the listing is younger than the listing,
//! or was there before and is found among the names read later. What remains is an import that takes longer than
//! [`VacuumOptions::unnamed_ms`] from its first data file to its commit.

use futures::stream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};

use crate::error::{Error, cause};
use crate::layout::{self, FileKind};
use crate::log::{Failure, Log, Proposal};
use crate::store::EventDataStore;

mod horizon;
mod kept;
mod unfinished;

pub(crate) use horizon::Horizon;
use horizon::LogBegins;
use kept::Kept;

/// The least that can be asked for: queries and small imports take minutes.
const MS_MIN: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How often the commit is tried against other writers.
const ATTEMPTS_MAX: u32 = 100;

/// How to vacuum.
#[derive(Clone, Copy, Debug)]
pub struct VacuumOptions {
    /// How long a version is kept after the next one was made, in milliseconds: an hour at least.
    pub keep_ms: i64,
    /// How old a file must be, by the time of the storage, to be deleted when no kept version names it, in milliseconds:
    /// an hour at least, and longer than any import or compaction takes.
    pub unnamed_ms: i64,
    /// Find out what there is to do, and do nothing.
    pub dry_run: bool,
}

impl Default for VacuumOptions {
    /// Seven days and one.
    fn default() -> Self {
        Self { keep_ms: 7 * DAY_MS, unnamed_ms: DAY_MS, dry_run: false }
    }
}

/// What a vacuum deleted; of a dry run, what it would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vacuum {
    /// The oldest version that can still be read.
    pub kept_from: u64,
    /// Files, of every kind.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Data files among them.
    pub data_files: u64,
    /// Ledger parts and rejects among them.
    pub ledger_files: u64,
    /// Commits and checkpoints among them.
    pub log_files: u64,
    /// Listings among them.
    pub listings: u64,
    /// Files among them that were never finished.
    pub unfinished_files: u64,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Of(FileKind),
    Log,
}

/// A file to be deleted.
#[derive(Clone, Debug)]
struct Doomed {
    path: Path,
    bytes: u64,
    kind: Kind,
}

impl Vacuum {
    fn count_unfinished(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
        self.unfinished_files += 1;
    }

    fn count(&mut self, doomed: &Doomed) {
        self.files += 1;
        self.bytes += doomed.bytes;
        let kind = match doomed.kind {
            Kind::Of(FileKind::Data) => &mut self.data_files,
            Kind::Of(FileKind::Ledger) => &mut self.ledger_files,
            Kind::Of(FileKind::Listing) => &mut self.listings,
            Kind::Log => &mut self.log_files,
        };
        *kind += 1;
    }
}

/// Vacuums a store.
pub(crate) async fn vacuum(store: &EventDataStore, options: VacuumOptions) -> Result<Vacuum, Error> {
    check(&options)?;
    let now_ms = store.lake().clock().now_ms();
    let there = list(store).await?;
    let mut kept = Kept::read(store, now_ms.saturating_sub(options.keep_ms)).await?;
    let unnamed_before = now_ms.saturating_sub(options.unnamed_ms);
    let mut files = unneeded(store, &there, &kept, unnamed_before);
    let log: Vec<Doomed> = kept.old_log().map(|file| doomed(&file.path, file.bytes, Kind::Log)).collect();
    let takes_versions = !log.is_empty() || files.iter().any(|file| file.kind != Kind::Of(FileKind::Listing));
    if takes_versions && !options.dry_run {
        announce(store, kept.horizon()).await?;
        kept.learn_newer(store).await?;
        files.retain(|file| !kept.names(&file.path));
    }
    let unfinished = unfinished::find(store, unnamed_before).await?;
    let mut done = Vacuum { kept_from: kept.from(), ..Vacuum::default() };
    unfinished.iter().for_each(|unfinished| done.count_unfinished(unfinished.bytes));
    if options.dry_run {
        files.iter().chain(&log).for_each(|doomed| done.count(doomed));
        return Ok(done);
    }
    delete(store, &files).await?;
    files.iter().for_each(|doomed| done.count(doomed));
    for doomed in &log {
        // One after another, so that the log never has a hole.
        delete(store, std::slice::from_ref(doomed)).await?;
        done.count(doomed);
    }
    for unfinished in unfinished {
        unfinished::delete(store, unfinished).await?;
    }
    tracing::info!(
        store = store.name(),
        files = done.files,
        bytes = done.bytes,
        kept_from = done.kept_from,
        "vacuumed"
    );
    Ok(done)
}

fn check(options: &VacuumOptions) -> Result<(), Error> {
    for (attribute, value) in [("keep_ms", options.keep_ms), ("unnamed_ms", options.unnamed_ms)] {
        if value < MS_MIN {
            return Err(Error::Attribute {
                attribute,
                value: value.to_string(),
                expected: "3600000 (an hour) or more",
            });
        }
    }
    Ok(())
}

/// The files of a store that a vacuum may delete, but for the log.
async fn list(store: &EventDataStore) -> Result<Vec<(FileKind, ObjectMeta)>, Error> {
    let failed = |error| Error::Vacuum { id: store.id(), path: None, source: cause(error) };
    let listed = store.lake().storage().list(Some(&layout::store(store.id())));
    let known = listed.try_filter_map(|object| {
        let kind = layout::kind_of(store.id(), &object.location);
        std::future::ready(Ok(kind.map(|kind| (kind, object))))
    });
    known.try_collect().await.map_err(failed)
}

/// Those that no kept version needs, data files and ledger first.
fn unneeded(
    store: &EventDataStore,
    there: &[(FileKind, ObjectMeta)],
    kept: &Kept,
    unnamed_before_ms: i64,
) -> Vec<Doomed> {
    let listed = there.iter().filter_map(|(_, object)| layout::listed_version(&object.location));
    let newest_listing = listed.max().map(|version| layout::listing(store.id(), version));
    let is_unneeded = |(kind, object): &&(FileKind, ObjectMeta)| match kind {
        FileKind::Listing => Some(&object.location) != newest_listing.as_ref(),
        FileKind::Data | FileKind::Ledger => {
            !kept.names(&object.location) && object.last_modified.timestamp_millis() <= unnamed_before_ms
        }
    };
    let unneeded = there.iter().filter(is_unneeded);
    let mut doomed: Vec<Doomed> =
        unneeded.map(|(kind, object)| doomed(&object.location, object.size, Kind::Of(*kind))).collect();
    doomed.sort_by_key(|doomed| doomed.kind == Kind::Of(FileKind::Listing));
    doomed
}

fn doomed(path: &Path, bytes: u64, kind: Kind) -> Doomed {
    Doomed { path: path.clone(), bytes, kind }
}

/// Says in a version of its own from which version on files are kept, unless one says so already.
async fn announce(store: &EventDataStore, horizon: Horizon) -> Result<(), Error> {
    let failed = |failure: Failure| failure.into_error(store.id(), None);
    let log = store.lake().log(store.id()).map_err(failed)?;
    let _turn = store.turn().await;
    for _ in 0..ATTEMPTS_MAX {
        let Some(head) = log.head().await.map_err(failed)? else { return Err(failed(crate::store::no_table())) };
        let mut table = head.table;
        let before = Horizon::of(&table.properties);
        let after = before.further(horizon);
        if after == before {
            return Ok(());
        }
        after.write(&mut table.properties);
        let version = head.version + 1;
        let proposal = Proposal { table: Some(table), operation: "VACUUM", ..Proposal::default() };
        let committed = log.commit(version, &proposal).await;
        if committed.map_err(|failure| failure.into_commit_error(store.id(), version))? {
            return Ok(());
        }
    }
    Err(Error::Contention { store: store.name().to_owned(), attempts: ATTEMPTS_MAX })
}

/// Deletes files, in any order.
async fn delete(store: &EventDataStore, doomed: &[Doomed]) -> Result<(), Error> {
    let paths: Vec<_> = doomed.iter().map(|doomed| Ok(doomed.path.clone())).collect();
    let mut deleted = store.lake().storage().delete_stream(stream::iter(paths).boxed());
    while let Some(outcome) = deleted.next().await {
        match outcome {
            // Another vacuum was faster.
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                let path = <&[Doomed; 1]>::try_from(doomed).ok().map(|[doomed]| doomed.path.clone());
                return Err(Error::Vacuum { id: store.id(), path, source: cause(error) });
            }
        }
    }
    Ok(())
}
