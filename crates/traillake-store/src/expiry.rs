//! Expiry: events older than the retention period leave the store.
//!
//! An event is kept while its `eventTime` lies within the retention period before now, by the lake's clock, to the
//! millisecond. Files all of whose events are older are dropped. A file in which only some are, of the day in which the
//! period begins, is written anew without them: the rows that stay are the same byte for byte, in the same order, with
//! value index and counts of their own. Events without a readable time stay.
//!
//! ```text
//! step                                         a crash here leaves
//! 1  write the rows that stay into new files,  version n, and files that no version lists: garbage
//!    each synced
//! 2  commit: the table takes back that it is   version n or n + 1, with the same rows
//!    append-only
//! 3  commit: the old files go, the new ones    version n + 1, which the next expiry goes on from, or
//!    come, and the table is append-only again  version n + 2
//! ```
//!
//! Two commits, because other writers of the table ask the version before whether a commit may take rows away.
//!
//! An import that commits in between hinders nothing: what is to go is chosen anew on top of it. A compaction of the
//! same files does; the slower of the two finds its files gone, drops what it has written and starts over, so that no
//! row is lost and none comes back. Readers of the versions before are not disturbed: the old files stay where they are
//! until a [vacuum](crate::Vacuum).

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use object_store::path::Path;

use crate::compaction::{self, Newer};
use crate::data_file::DataFile;
use crate::error::Error;
use crate::snapshot::Snapshot;
use crate::store::EventDataStore;

mod age;
mod removal;

use age::Age;
use removal::{Removal, Removed};

/// How often work may be dropped, because others were faster, before it is given up.
const ATTEMPTS_MAX: u32 = 20;

/// How to expire.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryOptions {
    /// Whether files are written anew in which only some events are too old. Otherwise these events wait until all of
    /// their file are, a day at most.
    pub rewrites: bool,
    /// What it may take of memory, in bytes: see [`CompactionOptions`](crate::CompactionOptions::memory_bytes).
    pub memory_bytes: u64,
    /// How many columns are written at once.
    pub threads: usize,
    /// Find out what there is to do, and do nothing.
    pub dry_run: bool,
}

impl Default for ExpiryOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { rewrites: true, memory_bytes: compaction::MEMORY_BYTES, threads, dry_run: false }
    }
}

/// What an expiry did. Of a dry run: what it would do, without what new files would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expiry {
    /// Events before this go, in milliseconds since 1970 UTC; `None` where events are kept for ever.
    pub oldest_kept_ms: Option<i64>,
    /// Days of which files were dropped, oldest first.
    pub days: Vec<NaiveDate>,
    /// Files that were dropped, all their events being too old.
    pub files_dropped: u64,
    /// Files that were written anew without the events that were too old.
    pub files_rewritten: u64,
    /// Files that stand in for them.
    pub files_written: u64,
    /// Files with events that may be too old, which stay until all are: another writer made them, in another order, with
    /// columns that this build does not know, or with events that have no time.
    pub files_left: u64,
    /// Events that went.
    pub rows_dropped: u64,
    /// The size of the files dropped and of those written anew.
    pub bytes_before: u64,
    /// The size of those that stand in for them.
    pub bytes_after: u64,
    /// How often work was dropped because a compaction or another expiry was faster.
    pub superseded: u64,
}

impl Snapshot {
    /// Whether it has files all of whose events are older than the store keeps at `now_ms` (milliseconds since 1970 UTC):
    /// whether an expiry that rewrites nothing would drop any. Looks at what the snapshot holds in memory.
    pub fn has_expired(&self, now_ms: i64) -> bool {
        let oldest_ms = self.store().attributes().oldest_kept_ms(now_ms);
        oldest_ms.is_some_and(|oldest_ms| self.data_files().iter().any(|file| Age::of(file, oldest_ms) == Age::Older))
    }

    fn of_age(&self, age: Age, oldest_ms: i64) -> Vec<DataFile> {
        self.data_files().iter().filter(|file| Age::of(file, oldest_ms) == age).cloned().collect()
    }
}

/// What an expiry keeps in mind from round to round.
struct Work {
    options: ExpiryOptions,
    now_ms: i64,
    done: Expiry,
    days: BTreeSet<NaiveDate>,
    /// Files that stay though they may have events that are too old.
    left: HashSet<Path>,
}

/// Expires events of a store. `progressed` is told the totals after each commit.
pub(crate) async fn expire(
    store: &EventDataStore,
    options: ExpiryOptions,
    progressed: &mut (dyn FnMut(&Expiry) + Send),
) -> Result<Expiry, Error> {
    let mut snapshot = store.snapshot().await?;
    check_active(&snapshot)?;
    let since = snapshot.version();
    let now_ms = store.lake().clock().now_ms();
    let (done, days, left) = (Expiry::default(), BTreeSet::new(), HashSet::new());
    let mut work = Work { options, now_ms, done, days, left };
    while let Some(removal) = work.next(&snapshot).await? {
        if options.dry_run {
            work.left.extend(removal.all().map(|file| file.path.clone()));
            work.count(&removal, &[]);
            continue;
        }
        snapshot = work.step(snapshot, removal).await?;
        work.done.days = work.days.iter().copied().collect();
        progressed(&work.done);
    }
    if !options.dry_run {
        snapshot = removal::close(snapshot).await?;
        snapshot.checkpoint_since(since).await;
    }
    work.done.days = work.days.into_iter().collect();
    Ok(work.done)
}

impl Work {
    /// What goes next: every file that is too old, and some of those that are partly.
    async fn next(&mut self, snapshot: &Snapshot) -> Result<Option<Removal>, Error> {
        self.done.oldest_kept_ms = snapshot.store().attributes().oldest_kept_ms(self.now_ms);
        let Some(oldest_ms) = self.done.oldest_kept_ms else { return Ok(None) };
        let mut dropped = snapshot.of_age(Age::Older, oldest_ms);
        dropped.retain(|file| !self.left.contains(&file.path));
        let mut removal = Removal { oldest_ms, dropped, rewritten: Vec::new(), rows_kept: 0, newer: None };
        if self.options.rewrites {
            let mut between = snapshot.of_age(Age::Between, oldest_ms);
            between.retain(|file| !self.left.contains(&file.path));
            between.truncate(compaction::files_at_once(self.options.memory_bytes));
            let newer = Newer::open(snapshot, &between, oldest_ms).await?;
            self.left.extend(newer.whole().iter().cloned());
            for path in newer.unfit() {
                tracing::warn!(%path, "data file of another writer, left until all of its events are too old");
                self.done.files_left += u64::from(self.left.insert(path.clone()));
            }
            (removal.rewritten, removal.rows_kept) = (newer.files(), newer.rows_kept());
            removal.newer = Some(newer);
            if removal.is_empty() && !between.is_empty() {
                // All of these stay: go on to the next ones.
                return Box::pin(self.next(snapshot)).await;
            }
        }
        Ok(Some(removal).filter(|removal| !removal.is_empty()))
    }

    /// One round, from the files to the version.
    async fn step(&mut self, snapshot: Snapshot, mut removal: Removal) -> Result<Snapshot, Error> {
        let files = match removal.newer.take() {
            Some(newer) => newer.write(&snapshot, self.options.memory_bytes, self.options.threads).await?,
            None => Vec::new(),
        };
        match removal::commit(snapshot, &mut removal, &files, self.now_ms).await {
            Ok(Removed::Done(next)) => {
                tracing::info!(version = next.version(), files = removal.all().count(), "expired");
                self.count(&removal, &files);
                Ok(next)
            }
            Ok(Removed::Superseded(newest)) => {
                tracing::warn!(version = newest.version(), "another writer was faster, the work is dropped");
                compaction::discard(newest.store(), &files).await;
                self.done.superseded += 1;
                match self.done.superseded < u64::from(ATTEMPTS_MAX) {
                    true => Ok(newest),
                    false => Err(Error::Contention { store: newest.store().name().to_owned(), attempts: ATTEMPTS_MAX }),
                }
            }
            // Whether the version exists after all is not known: it may name the files.
            Err(error) => Err(error),
        }
    }

    fn count(&mut self, removal: &Removal, files: &[DataFile]) {
        let done = &mut self.done;
        done.files_dropped += removal.dropped.len() as u64;
        done.files_rewritten += removal.rewritten.len() as u64;
        done.files_written += files.len() as u64;
        done.rows_dropped += removal.all().map(|file| file.rows).sum::<u64>() - removal.rows_kept;
        done.bytes_before += removal.all().map(|file| file.bytes).sum::<u64>();
        done.bytes_after += files.iter().map(|file| file.bytes).sum::<u64>();
        self.days.extend(removal.dropped.iter().filter_map(|file| file.calendar_day));
    }
}

/// That the store is not to be deleted.
fn check_active(snapshot: &Snapshot) -> Result<(), Error> {
    let store = snapshot.store();
    store.attributes().check_active("expired", store.lake().clock().now_ms())
}
