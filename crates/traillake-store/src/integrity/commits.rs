//! Whether the commits that are there are those that were made.

use futures::{StreamExt, TryStreamExt, stream};

use super::{Broken, ChainHead, Verification};
use crate::log::Failure;
use crate::log::audit::{Entry, LogFiles};
use crate::log::delta::DeltaLog;
use crate::log::lives::Lives;

/// How many commits are read at once.
const READ_AT_ONCE: usize = 8;

/// Reads the log from the oldest commit on. The files of its versions, as far as they are known.
pub(super) async fn verify(
    log: &DeltaLog,
    known: Option<ChainHead>,
    found: &mut Verification,
    progressed: &mut (dyn FnMut(&Verification) + Send),
) -> Result<Lives, Failure> {
    // What tells of versions is looked at before the versions are: then these are there, too.
    let told = told_of(log).await?;
    let there = log.log_files().await?;
    let oldest = there.commits.keys().next().copied().unwrap_or_default();
    found.oldest_commit = oldest;
    let (begins_behind, mut lives) = begin(log, &there, oldest, found).await?;
    let reads: Vec<_> = there.commits.keys().map(|version| log.entry(*version)).collect();
    let mut entries = stream::iter(reads).buffered(READ_AT_ONCE);
    let mut before: Option<ChainHead> = None;
    // A commit that went away since the listing leaves a gap.
    while let Some(entry) = entries.try_next().await? {
        let Some(entry) = entry else { continue };
        link(&entry, before, found);
        check_known(&entry, known, found);
        if begins_behind.is_none_or(|version| entry.version > version) {
            lives.apply(&entry);
        }
        before = Some(ChainHead { version: entry.version, sha256: entry.sha256 });
        found.head = before;
        progressed(found);
    }
    let newest = before.map_or(0, |head| head.version);
    if let Some(known) = known {
        found.is_known_cut_off = known.version.saturating_add(1) < oldest;
        if known.version > newest {
            found.broken.push(Broken::SetBack { newest, version: known.version });
        }
    }
    let told = told.into_iter().chain(there.checkpoints.keys().copied()).max();
    set_back(log, told, newest, found).await?;
    Ok(lives)
}

/// What the commits are applied to: nothing when they begin with version 0, or else the version of a checkpoint.
async fn begin(
    log: &DeltaLog,
    there: &LogFiles,
    oldest: u64,
    found: &mut Verification,
) -> Result<(Option<u64>, Lives), Failure> {
    if oldest == 0 {
        return Ok((None, Lives::default()));
    }
    let Some(&checkpoint) = there.checkpoints.range(oldest - 1..).map(|(version, _)| version).next() else {
        found.broken.push(Broken::CommitsMissing { versions: 0..oldest });
        return Ok((None, Lives::default()));
    };
    match log.replayed(checkpoint).await {
        Ok(Some(contents)) => Ok((Some(checkpoint), Lives::from(&contents))),
        Ok(None) => Ok((Some(checkpoint), Lives::default())),
        Err(failure) => {
            found.broken.push(Broken::VersionUnreadable { version: checkpoint, reason: failure.to_string() });
            Ok((Some(checkpoint), Lives::default()))
        }
    }
}

/// Whether a commit is whole, and follows the one before it.
fn link(entry: &Entry, before: Option<ChainHead>, found: &mut Verification) {
    let version = entry.version;
    found.commits += 1;
    match entry.links.is_whole {
        Some(true) => {}
        Some(false) => found.broken.push(Broken::CommitAltered { version }),
        // Behind one that has a hash none of ours lacks it.
        None if entry.is_ours && found.has_hashes() => found.broken.push(Broken::CommitAltered { version }),
        None if entry.is_ours => found.commits_without_hash += 1,
        None => found.foreign_commits.push(version),
    }
    if let Some(reason) = &entry.damage {
        found.broken.push(Broken::CommitUnreadable { version, reason: reason.clone() });
    }
    let Some(before) = before else { return };
    if before.version + 1 < version {
        found.broken.push(Broken::CommitsMissing { versions: before.version + 1..version });
        return;
    }
    let is_linked = match entry.links.before {
        Some(expected) => expected == before.sha256,
        None => entry.links.is_whole.is_none(),
    };
    if !is_linked {
        found.broken.push(Broken::ChainBroken { version, expected: entry.links.before, found: before.sha256 });
    }
}

/// Whether a commit is the one that is known, or was made after it.
fn check_known(entry: &Entry, known: Option<ChainHead>, found: &mut Verification) {
    let Some(known) = known else { return };
    let hash = match entry.version {
        version if version == known.version => Some(entry.sha256),
        // The known commit was cut off, and this is the oldest one.
        version if version == found.oldest_commit && version == known.version.saturating_add(1) => entry.links.before,
        _ => None,
    };
    if let Some(hash) = hash.filter(|hash| *hash != known.sha256) {
        found.broken.push(Broken::Replaced { version: known.version, expected: known.sha256, found: hash });
    }
}

/// The newest version that a listing or the pointer to a checkpoint tells of.
async fn told_of(log: &DeltaLog) -> Result<Option<u64>, Failure> {
    let listed = log.newest_listing().await?;
    Ok(log.hinted_checkpoint().await.max(listed))
}

/// Checkpoints and listings are only ever written of a version that is.
async fn set_back(log: &DeltaLog, told: Option<u64>, newest: u64, found: &mut Verification) -> Result<(), Failure> {
    if let Some(version) = told.filter(|told| *told > newest)
        && log.entry(version).await?.is_none()
    {
        found.broken.push(Broken::SetBack { newest, version });
    }
    Ok(())
}
