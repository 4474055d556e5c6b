//! Whether readers are told what the commits say.

use std::collections::HashMap;

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::{Broken, Verification};
use crate::content_hash::ContentHash;
use crate::log::audit::Named;
use crate::log::delta::DeltaLog;
use crate::log::lives::Lives;
use crate::log::{Contents, Failure};
use crate::store::EventDataStore;
use crate::vacuum::Horizon;

/// Compares what checkpoints and a listing say of the newest version with the commits, and the checkpoint that the log
/// begins with against its hash.
pub(super) async fn verify(
    store: &EventDataStore,
    log: &DeltaLog,
    lives: &Lives,
    found: &mut Verification,
) -> Result<(), Failure> {
    let Some(head) = found.head else { return Ok(()) };
    match log.replayed(head.version).await {
        Ok(Some(contents)) => compare(&contents, lives, "checkpoint", found),
        Ok(None) => {}
        Err(failure) => {
            found.broken.push(Broken::VersionUnreadable { version: head.version, reason: failure.to_string() });
        }
    }
    if let Some(contents) = log.opened_by_listing().await.filter(|contents| contents.head.version == head.version) {
        compare(&contents, lives, "listing", found);
    }
    let horizon = lives.properties().map(Horizon::of).unwrap_or_default();
    found.oldest_version = horizon.kept_from.max(found.oldest_commit);
    let Some(begins) = horizon.log_begins else {
        found.is_cut_unproven = found.oldest_commit > 0;
        return Ok(());
    };
    // Taken by a vacuum since the log was listed.
    found
        .broken
        .retain(|broken| !matches!(broken, Broken::CommitsMissing { versions } if versions.end <= begins.version));
    if found.oldest_commit > begins.version {
        found.broken.push(Broken::CommitsMissing { versions: begins.version..found.oldest_commit });
    }
    let checkpoint = log.checkpoint_path(begins.version);
    let bytes = match store.lake().storage().get(&checkpoint).await {
        Ok(stored) => stored.bytes().await.ok(),
        Err(_) => None,
    };
    if bytes.map(|bytes| ContentHash::of(&bytes)) != Some(begins.sha256) {
        found.broken.push(Broken::CheckpointChanged { version: begins.version });
    }
    Ok(())
}

fn compare(contents: &Contents, lives: &Lives, by: &'static str, found: &mut Verification) {
    let version = contents.head.version;
    let mut differs = |what: String| found.broken.push(Broken::StateDiffers { version, by, what });
    if lives.properties().is_some_and(|properties| *properties != contents.head.table.properties) {
        differs("properties".to_owned());
    }
    let mut committed: HashMap<&Path, &Named> = lives.newest().map(|named| (&named.path, named)).collect();
    for file in contents.files.iter() {
        let same = committed.remove(&file.path);
        if same.is_none_or(|named| (named.bytes, named.sha256) != (file.bytes, file.sha256)) {
            differs(file.path.to_string());
        }
    }
    let mut left: Vec<String> = committed.into_keys().map(Path::to_string).collect();
    left.sort_unstable();
    left.into_iter().for_each(differs);
}
