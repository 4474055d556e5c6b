//! The commits that take files away.

use std::collections::HashSet;

use object_store::path::Path;

use super::age::Age;
use crate::compaction::Newer;
use crate::data_file::DataFile;
use crate::error::Error;
use crate::log::{Contents, Failure, Head, Log, Proposal, Table};
use crate::schema;
use crate::snapshot::Snapshot;

/// How often a commit is tried against importers before the work is given up.
const ATTEMPTS_MAX: u32 = 100;
/// The property that keeps other writers of the table from taking rows away.
const APPEND_ONLY: &str = "delta.appendOnly";
const OPERATION: &str = "EXPIRE";

/// What is to go.
pub(super) struct Removal {
    /// Events before this, in milliseconds since 1970 UTC.
    pub(super) oldest_ms: i64,
    /// Files that go with all their rows.
    pub(super) dropped: Vec<DataFile>,
    /// Files of which some rows go.
    pub(super) rewritten: Vec<DataFile>,
    /// How many rows of those stay.
    pub(super) rows_kept: u64,
    /// The rows that stay, until they are written.
    pub(super) newer: Option<Newer>,
}

impl Removal {
    pub(super) fn all(&self) -> impl Iterator<Item = &DataFile> {
        self.dropped.iter().chain(&self.rewritten)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

pub(super) enum Removed {
    Done(Snapshot),
    /// There is nothing to do any more, or something else: the newest version.
    Superseded(Snapshot),
}

/// Takes files away, on top of whatever version is newest; `files` have the rows that stay. What is dropped is chosen
/// anew from that version.
pub(super) async fn commit(
    mut snapshot: Snapshot,
    removal: &mut Removal,
    files: &[DataFile],
    now_ms: i64,
) -> Result<Removed, Error> {
    let _turn = snapshot.store().turn().await;
    for _ in 0..ATTEMPTS_MAX {
        super::check_active(&snapshot)?;
        let rewritten: HashSet<&Path> = removal.rewritten.iter().map(|file| &file.path).collect();
        let live = snapshot.data_files().iter().filter(|file| rewritten.contains(&file.path)).count();
        // Who keeps events longer now keeps those that were to go.
        let oldest_ms = snapshot.store().attributes().oldest_kept_ms(now_ms);
        if live < rewritten.len() || oldest_ms.is_none_or(|oldest_ms| oldest_ms < removal.oldest_ms) {
            return Ok(Removed::Superseded(snapshot));
        }
        let mut dropped = snapshot.of_age(Age::Older, removal.oldest_ms);
        dropped.retain(|file| !rewritten.contains(&file.path));
        removal.dropped = dropped;
        if removal.is_empty() {
            return Ok(Removed::Superseded(snapshot));
        }
        if is_append_only(snapshot.table()) {
            let Some(opened) = propose(&snapshot, append_only(&snapshot, false), Proposal::default()).await? else {
                snapshot = snapshot.store().snapshot().await?;
                continue;
            };
            snapshot = opened;
        }
        let proposal =
            Proposal { files: files.to_vec(), removed: removal.all().cloned().collect(), ..Proposal::default() };
        match propose(&snapshot, append_only(&snapshot, true), proposal).await? {
            Some(next) => return Ok(Removed::Done(next)),
            None => snapshot = snapshot.store().snapshot().await?,
        }
    }
    Err(contention(&snapshot))
}

/// Makes the table append-only again where an expiry stopped half-way.
pub(super) async fn close(mut snapshot: Snapshot) -> Result<Snapshot, Error> {
    if is_append_only(snapshot.table()) {
        return Ok(snapshot);
    }
    let _turn = snapshot.store().turn().await;
    for _ in 0..ATTEMPTS_MAX {
        if is_append_only(snapshot.table()) {
            return Ok(snapshot);
        }
        if let Some(closed) = propose(&snapshot, append_only(&snapshot, true), Proposal::default()).await? {
            return Ok(closed);
        }
        snapshot = snapshot.store().snapshot().await?;
    }
    Err(contention(&snapshot))
}

/// Makes the next version, with this table. `None` when another writer did.
async fn propose(snapshot: &Snapshot, table: Table, proposal: Proposal) -> Result<Option<Snapshot>, Error> {
    let store = snapshot.store();
    let log = store.lake().log(store.id()).map_err(|failure: Failure| failure.into_error(store.id(), None))?;
    let version = snapshot.version() + 1;
    let proposal = Proposal { table: Some(table.clone()), operation: OPERATION, ..proposal };
    let committed = log.commit(version, &proposal).await;
    if !committed.map_err(|failure| failure.into_commit_error(store.id(), version))? {
        return Ok(None);
    }
    let removed: HashSet<&Path> = proposal.removed.iter().map(|file| &file.path).collect();
    let kept = snapshot.data_files().iter().filter(|file| !removed.contains(&file.path)).cloned();
    let files = kept.chain(proposal.files.iter().cloned()).collect();
    Snapshot::new(store, Contents::new(Head { version, table }, files)).map(Some)
}

fn is_append_only(table: &Table) -> bool {
    table.properties.get(APPEND_ONLY).is_some_and(|value| value == "true")
}

/// The table of a version, append-only or not, with the columns that this build knows besides.
fn append_only(snapshot: &Snapshot, is_append_only: bool) -> Table {
    let mut table = snapshot.table().clone();
    table.schema = schema::widened(&table.schema, snapshot.store().schema()).unwrap_or(table.schema);
    table.properties.insert(APPEND_ONLY.to_owned(), is_append_only.to_string());
    table
}

fn contention(snapshot: &Snapshot) -> Error {
    Error::Contention { store: snapshot.store().name().to_owned(), attempts: ATTEMPTS_MAX }
}
