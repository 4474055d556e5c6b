//! Whether the files that versions name are there, with the bytes that were committed.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::{Broken, Depth, Reach, Verification, VerifyOptions};
use crate::content_hash::{ContentHash, Hashing};
use crate::error::{Error, cause};
use crate::layout;
use crate::ledger::{Ledger, LedgerFile, Newest};
use crate::log::audit::Named;
use crate::log::lives::Lives;
use crate::store::EventDataStore;

/// How much of a file is read at once.
const PIECE_BYTES: u64 = 8 << 20;
/// How many parts of the ledger are asked at once which others there are.
const PARTS_AT_ONCE: usize = 8;

/// A file to look at.
#[derive(Clone, Debug)]
struct Wanted {
    path: Path,
    /// What its size is to be, where that is known.
    bytes: Option<u64>,
    sha256: Option<ContentHash>,
}

impl From<&Named> for Wanted {
    fn from(named: &Named) -> Self {
        Self { path: named.path.clone(), bytes: Some(named.bytes), sha256: named.sha256 }
    }
}

impl From<LedgerFile> for Wanted {
    fn from(LedgerFile { path, sha256 }: LedgerFile) -> Self {
        Self { path, bytes: None, sha256 }
    }
}

/// Looks at the files of the versions wanted, then counts those that no version names.
pub(super) async fn verify(
    store: &EventDataStore,
    options: VerifyOptions,
    lives: &Lives,
    found: &mut Verification,
    progressed: &mut (dyn FnMut(&Verification) + Send),
) -> Result<(), Error> {
    let mut data: Vec<Wanted> = match options.reach {
        Reach::Newest => lives.newest().map(Wanted::from).collect(),
        Reach::AllVersions => lives.since(found.oldest_version).map(Wanted::from).collect(),
    };
    data.sort_by(|a, b| a.path.cmp(&b.path));
    let ledger = ledger(store, options.reach, lives, found).await;
    let data_files = data.len();
    let checks = data.into_iter().chain(ledger.wanted).map(|wanted| {
        let (storage, depth) = (Arc::clone(store.lake().storage()), options.depth);
        async move {
            let checking = tokio::spawn(async move { check(&storage, &wanted, depth).await });
            checking.await.map_err(|error| Error::VerifyFiles { id: store.id(), source: cause(error) })
        }
    });
    let checks: Vec<_> = checks.collect();
    let mut checks = stream::iter(checks).buffered(options.threads.max(1));
    for number in 0.. {
        let Some(Checked { bytes, has_hash, broken }) = checks.try_next().await? else { break };
        match number < data_files {
            true => found.data_files += 1,
            false => found.ledger_files += 1,
        }
        found.bytes += bytes;
        found.files_without_hash += u64::from(!has_hash);
        found.broken.extend(broken);
        progressed(found);
    }
    count_garbage(store, lives, &ledger.named, found).await
}

/// The files of the ledger.
#[derive(Default)]
struct LedgerFiles {
    /// Those to look at.
    wanted: Vec<Wanted>,
    /// Those that some version names.
    named: HashSet<Path>,
}

/// What the parts that versions name say of each other. A part that is broken hides those before it, unless a later one
/// names them, too.
async fn ledger(store: &EventDataStore, reach: Reach, lives: &Lives, found: &mut Verification) -> LedgerFiles {
    let mut newest: Vec<Newest> = Vec::new();
    for (version, properties) in lives.properties_since(found.oldest_version) {
        match Newest::of(properties) {
            Ok(Some(part)) if newest.last() != Some(&part) => newest.push(part),
            Ok(_) => {}
            Err(name) => found.broken.push(Broken::CommitUnreadable {
                version: *version,
                reason: format!("\"{name}\" is no name of a ledger part"),
            }),
        }
    }
    let reads: Vec<_> = newest.iter().map(|part| Ledger::read(store, Some(*part))).collect();
    let reads: Vec<_> = stream::iter(reads).buffered(PARTS_AT_ONCE).collect().await;
    let last = newest.len().saturating_sub(1);
    let (mut files, mut wanted) = (LedgerFiles::default(), BTreeMap::new());
    for (place, (part, read)) in newest.into_iter().zip(reads).enumerate() {
        // Its own hash stands in the commit: it is looked at even where its bytes say nothing.
        let own = LedgerFile { path: layout::ledger_part(store.id(), part.part), sha256: part.sha256 };
        let all = read.map_or_else(|_| vec![own], |ledger| ledger.files());
        files.named.extend(all.iter().map(|file| file.path.clone()));
        if place == last || reach == Reach::AllVersions {
            wanted.extend(all.into_iter().map(|file| (file.path.clone(), Wanted::from(file))));
        }
    }
    files.wanted = wanted.into_values().collect();
    files
}

struct Checked {
    bytes: u64,
    has_hash: bool,
    broken: Option<Broken>,
}

async fn check(storage: &Arc<dyn ObjectStore>, wanted: &Wanted, depth: Depth) -> Checked {
    let mut checked = Checked { bytes: 0, has_hash: wanted.sha256.is_some(), broken: None };
    let path = || wanted.path.clone();
    let found = match storage.head(&wanted.path).await {
        Ok(found) => found,
        Err(object_store::Error::NotFound { .. }) => {
            checked.broken = Some(Broken::MissingFile { path: path() });
            return checked;
        }
        Err(error) => {
            checked.broken = Some(Broken::UnreadableFile { path: path(), reason: error.to_string() });
            return checked;
        }
    };
    match (wanted.bytes, wanted.sha256, depth) {
        (Some(expected), ..) if expected != found.size => {
            checked.broken = Some(Broken::WrongSize { path: path(), expected, found: found.size });
        }
        (_, Some(expected), Depth::Bytes) => match hash(storage, &wanted.path, found.size).await {
            Ok(found_hash) => {
                checked.bytes = found.size;
                let changed = Broken::ChangedBytes { path: path(), expected, found: found_hash };
                checked.broken = Some(changed).filter(|_| found_hash != expected);
            }
            Err(error) => checked.broken = Some(Broken::UnreadableFile { path: path(), reason: error.to_string() }),
        },
        _ => {}
    }
    checked
}

/// Reads a file piece by piece.
async fn hash(storage: &Arc<dyn ObjectStore>, path: &Path, bytes: u64) -> object_store::Result<ContentHash> {
    let mut hashing = Hashing::default();
    let mut start = 0;
    while start < bytes {
        let end = bytes.min(start + PIECE_BYTES);
        hashing.add(&storage.get_range(path, start..end).await?);
        start = end;
    }
    Ok(hashing.finish())
}

/// Counts what the folders of data files and of the ledger have beside the files of versions.
async fn count_garbage(
    store: &EventDataStore,
    lives: &Lives,
    ledger: &HashSet<Path>,
    found: &mut Verification,
) -> Result<(), Error> {
    let failed = |error| Error::VerifyFiles { id: store.id(), source: cause(error) };
    let there: Vec<ObjectMeta> =
        store.lake().storage().list(Some(&layout::store(store.id()))).try_collect().await.map_err(failed)?;
    for object in there {
        let is_named = match layout::kind_of(store.id(), &object.location) {
            Some(layout::FileKind::Data) => lives.has(&object.location),
            Some(layout::FileKind::Ledger) => ledger.contains(&object.location),
            Some(layout::FileKind::Listing) | None => continue,
        };
        if !is_named {
            found.garbage_files += 1;
            found.garbage_bytes += object.size;
        }
    }
    Ok(())
}
