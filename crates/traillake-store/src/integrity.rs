//! Integrity: whether a store is still what was committed, byte for byte.
//!
//! Every data file and every file of the ledger has its SHA-256 in the commit that adds it, or in the ledger part that
//! names it, whose hash the commit has:
//!
//! ```text
//! commit file ── traillakeChain ──────────────▶ the commit file before
//!     ├── add.tags["traillake.sha256"] ───────▶ a data file
//!     └── traillake.ledgerSha256 ─────────────▶ the newest ledger part ──▶ the parts and rejects it names
//! ```
//!
//! Other readers of the table pass all of this over. How commits prove each other, and how to check that by hand, is
//! told in `log/chain.rs`. Where a [vacuum](crate::Vacuum) cut off old commits, a later commit has the hash of the
//! checkpoint that stands in for them.
//!
//! What a [`Verification`] finds is a value for each broken thing; an error is only that the storage could not be asked.
//! It proves that a store is as it was when the newest commit was made, not that nobody made it anew: keep the
//! [head](Verification::head) elsewhere, and hand it in [the next time](VerifyOptions::known).

use std::fmt;
use std::str::FromStr;

use crate::content_hash::ContentHash;
use crate::error::Error;
use crate::log::Failure;
use crate::store::EventDataStore;

mod broken;
mod commits;
mod files;
mod state;

pub use broken::Broken;

/// Which versions' files are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Those of the newest version.
    #[default]
    Newest,
    /// Those of every version that can still be read.
    AllVersions,
}

/// How files are looked at. The log is always read whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Whether they are there, and as large as the log says: one request for each.
    Sizes,
    /// Their bytes: all are read, at the speed of the storage or of SHA-256.
    #[default]
    Bytes,
}

/// How to verify.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions {
    /// Which versions' files are looked at.
    pub reach: Reach,
    /// How they are looked at.
    pub depth: Depth,
    /// What an earlier verification had as its head, kept elsewhere: the log must still have it.
    pub known: Option<ChainHead>,
    /// How many files are read at once. Each takes eight megabytes.
    pub threads: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { reach: Reach::default(), depth: Depth::default(), known: None, threads }
    }
}

/// A version, and the SHA-256 of its commit file, which proves all versions before. Written `57:9f86d081…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// The version.
    pub version: u64,
    /// Of the bytes of its commit file.
    pub sha256: ContentHash,
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.version, self.sha256)
    }
}

/// That a text is not a version and a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head is a version, a colon and 64 hexadecimal digits")]
pub struct NoChainHead;

impl FromStr for ChainHead {
    type Err = NoChainHead;

    fn from_str(text: &str) -> Result<Self, NoChainHead> {
        let (version, sha256) = text.split_once(':').ok_or(NoChainHead)?;
        let version = version.parse().map_err(|_| NoChainHead)?;
        Ok(Self { version, sha256: sha256.parse().map_err(|_| NoChainHead)? })
    }
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The newest version: what to keep elsewhere. `None` while there is no commit to be read.
    pub head: Option<ChainHead>,
    /// The oldest version whose commit is still there. Where it is not 0, the log was cut off.
    pub oldest_commit: u64,
    /// Whether the log was cut off by another program, which leaves no proof of what was before.
    pub is_cut_unproven: bool,
    /// Whether the commit of [`VerifyOptions::known`] is among those cut off, so that nothing is known of it.
    pub is_known_cut_off: bool,
    /// The oldest version whose files are all to be there.
    pub oldest_version: u64,
    /// Commits that were read.
    pub commits: u64,
    /// Those of this program that have no hash: they were made before there were any.
    pub commits_without_hash: u64,
    /// The versions that other writers of the table made. The commits after them prove them, too.
    pub foreign_commits: Vec<u64>,
    /// Data files that were looked at.
    pub data_files: u64,
    /// Files of the ledger that were looked at.
    pub ledger_files: u64,
    /// Files among both of which only the presence and the size are known: they were written before hashes were, or by
    /// another program.
    pub files_without_hash: u64,
    /// What was read of files.
    pub bytes: u64,
    /// Files that no version names: of imports that failed or are not done yet, or replaced ones that a vacuum would
    /// remove. They do no harm.
    pub garbage_files: u64,
    /// Their size.
    pub garbage_bytes: u64,
    /// What is broken. Empty when all is well.
    pub broken: Vec<Broken>,
}

impl Verification {
    /// Whether a commit with a hash is among those that were read.
    fn has_hashes(&self) -> bool {
        self.commits > self.commits_without_hash + self.foreign_commits.len() as u64 + 1
    }

    /// Whether nothing is broken.
    pub fn is_whole(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Verifies a store. `progressed` is told what was found so far after each commit and each file.
pub(crate) async fn verify(
    store: &EventDataStore,
    options: VerifyOptions,
    progressed: &mut (dyn FnMut(&Verification) + Send),
) -> Result<Verification, Error> {
    let failed = |failure: Failure| failure.into_error(store.id(), None);
    let log = store.lake().log(store.id()).map_err(failed)?;
    let mut found = Verification::default();
    let lives = commits::verify(&log, options.known, &mut found, progressed).await.map_err(failed)?;
    state::verify(store, &log, &lives, &mut found).await.map_err(failed)?;
    files::verify(store, options, &lives, &mut found, progressed).await?;
    Ok(found)
}
