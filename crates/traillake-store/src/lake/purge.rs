//! Removing what a store that is gone has left behind.
//!
//! ```text
//! step                                                  a crash here leaves
//! 1  commit that the store is gone: from here on it     the store as it was, gone or not by the clock
//!    cannot be restored, whatever the clock says
//! 2  delete data files, ledger, listings                a log that says: gone
//! 3  put the mark `_purged`                             a log that says: gone
//! 4  delete the log, the oldest version first           a log that says: gone, or that cannot be read, and the mark
//! 5  delete the mark                                    the mark alone, or nothing
//! ```
//!
//! That holds for a power failure, too, where the storage has made a deletion durable when it answers it: lost
//! deletions of old commits behind kept ones of the newest would bring the store back.
//! Every crash leaves a store that no look finds and that the next purge finishes: a log that can still be read ends
//! with the version that says gone, which goes last, and one that cannot be read is passed over because of the mark.
//! Step 1 and a restoration are for the same version, which only one of them gets. (A restoration that is on its way to
//! the storage from before the seven days are over until step 4 is over puts a commit where nothing is any more: it
//! answers as if it had been in time, and the next look finds nothing.)

use std::path::Path as FilePath;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use traillake_event::id::EventDataStoreId;

use super::Lake;
use super::names::is_dead;
use crate::attributes::GONE;
use crate::durable::is_temporary;
use crate::error::{Error, cause};
use crate::layout;
use crate::log::{Log, Proposal};
use crate::store::{EventDataStore, Found};

/// How often a purge is tried against other writers of the store.
const ATTEMPTS: u32 = 5;

/// What a purge has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// How many stores.
    pub stores: u64,
    /// How many files.
    pub files: u64,
    /// How many bytes they had.
    pub bytes: u64,
}

/// What became of a folder.
enum Outcome {
    Removed(Purged),
    /// A store that is not gone.
    Kept(Box<Found>),
}

/// Purges every store that is gone.
pub(super) async fn purge(lake: &Lake) -> Result<Purged, Error> {
    let mut all = Purged::default();
    for id in lake.folders().await? {
        if let Outcome::Removed(Purged { stores, files, bytes }) = purge_folder(lake, id).await? {
            all = Purged { stores: all.stores + stores, files: all.files + files, bytes: all.bytes + bytes };
        }
    }
    Ok(all)
}

/// Purges a store that is gone.
pub(crate) async fn purge_store(lake: &Lake, id: EventDataStoreId) -> Result<Purged, Error> {
    match purge_folder(lake, id).await? {
        Outcome::Removed(purged) => Ok(purged),
        Outcome::Kept(found) => {
            let attributes = found.store.attributes();
            let (store, status) = (attributes.name.clone(), attributes.status.as_str());
            Err(Error::Status { store, status, operation: "purged; only one that was deleted seven days ago can be" })
        }
    }
}

async fn purge_folder(lake: &Lake, id: EventDataStoreId) -> Result<Outcome, Error> {
    for _ in 0..ATTEMPTS {
        let Some(found) = EventDataStore::look(lake, id).await? else {
            return match is_marked(lake, id).await {
                true => remove(lake, id).await.map(Outcome::Removed),
                false => Ok(Outcome::Removed(Purged::default())),
            };
        };
        if !is_over(lake, &found) {
            return Ok(Outcome::Kept(Box::new(found)));
        }
        if found.is_withdrawn() || end(lake, &found).await? {
            tracing::info!(store = found.store.name(), %id, "event data store purged");
            return remove(lake, id).await.map(Outcome::Removed);
        }
    }
    Err(Error::Contention { store: id.to_string(), attempts: ATTEMPTS })
}

/// Whether what is left in a folder whose log cannot be read is no store: because it is being purged, or because it is
/// a commit that came after all else was removed.
pub(crate) async fn is_remains(lake: &Lake, id: EventDataStoreId) -> bool {
    if is_marked(lake, id).await {
        return true;
    }
    let listed = lake.storage().list(Some(&layout::store(id))).try_collect::<Vec<_>>().await;
    let is_late_commit = |file: &ObjectMeta| {
        file.location.prefix_matches(&layout::log(id))
            && file.location.extension() == Some("json")
            && file.location != layout::first_commit(id)
    };
    listed.is_ok_and(|files| !files.is_empty() && files.iter().all(is_late_commit))
}

/// Whether nobody can want the store back, or will make one of what was to be one.
fn is_over(lake: &Lake, found: &Found) -> bool {
    let now_ms = lake.clock().now_ms();
    match found.provisional {
        // Until then its maker may be about to settle it.
        true => is_dead(found.store.attributes().created_at_ms, now_ms),
        false => found.is_gone(now_ms),
    }
}

/// Commits that the store is gone. `false` where it has another version than the one looked at.
async fn end(lake: &Lake, found: &Found) -> Result<bool, Error> {
    let (id, version) = (found.store.id(), found.head.version + 1);
    let mut table = found.head.table.clone();
    table.properties.insert(GONE.to_owned(), "true".to_owned());
    let proposal = Proposal { table: Some(table), operation: "PURGE", ..Proposal::default() };
    let log = lake.log(id).map_err(|failure| failure.into_error(id, None))?;
    log.commit(version, &proposal).await.map_err(|failure| failure.into_commit_error(id, version))
}

async fn is_marked(lake: &Lake, id: EventDataStoreId) -> bool {
    lake.storage().head(&layout::purge_mark(id)).await.is_ok()
}

/// Removes the files of a store whose log says that it is gone, or is half removed itself.
async fn remove(lake: &Lake, id: EventDataStoreId) -> Result<Purged, Error> {
    let failed = |error: object_store::Error| Error::Purge { id, source: cause(error) };
    let (storage, mark, log) = (lake.storage(), layout::purge_mark(id), layout::log(id));
    let listed: Vec<ObjectMeta> = storage.list(Some(&layout::store(id))).try_collect().await.map_err(failed)?;
    let listed: Vec<ObjectMeta> = listed.into_iter().filter(|file| file.location != mark).collect();
    let purged = Purged { stores: 1, files: listed.len() as u64, bytes: listed.iter().map(|file| file.size).sum() };
    let paths = listed.into_iter().map(|file| file.location);
    let (mut commits, others): (Vec<Path>, Vec<Path>) = paths.partition(|path| path.prefix_matches(&log));
    delete(storage.as_ref(), others).await.map_err(failed)?;
    storage.put(&mark, Vec::new().into()).await.map_err(failed)?;
    // The newest last, and one by one: who knows an older version must not take it for the newest.
    commits.sort_unstable_by_key(|path| (path.filename() != Some("_last_checkpoint"), path.clone()));
    for commit in commits {
        delete(storage.as_ref(), vec![commit]).await.map_err(failed)?;
    }
    // While the mark is there somebody comes back for what no listing shows.
    sweep(lake, id).await;
    delete(storage.as_ref(), vec![mark]).await.map_err(failed)?;
    lake.forget(id);
    sweep(lake, id).await;
    Ok(purged)
}

/// Removes from a local disk what no storage lists.
async fn sweep(lake: &Lake, id: EventDataStoreId) {
    if let Some(directory) = lake.directory() {
        let folder = directory.join(id.to_string());
        let _ = tokio::task::spawn_blocking(move || remove_unlisted(&folder)).await;
    }
}

/// Deletes files; one that another purge was faster with is no error.
async fn delete(storage: &dyn ObjectStore, paths: Vec<Path>) -> object_store::Result<()> {
    let mut deleted = storage.delete_stream(stream::iter(paths.into_iter().map(Ok)).boxed());
    while let Some(outcome) = deleted.next().await {
        match outcome {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes files that were never finished, and directories, which object storages do not have. One that is not empty
/// stays.
fn remove_unlisted(folder: &FilePath) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_unlisted(&entry.path());
        } else if entry.file_name().to_str().is_some_and(is_temporary) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let _ = std::fs::remove_dir(folder);
}
