//! The ledger: which objects were imported, and which of their records were rejected.
//!
//! Each import commit writes one **part**, a Parquet file of [`ImportedObject`]s, and beside it, when there are
//! any, the [`Reject`]s. The table property `traillake.ledger` names the newest part, `traillake.ledgerSha256` has its
//! hash. A part names, in its file metadata, the parts before it, with their hashes. Rejects carry raw bytes and are never rewritten: a part names the reject
//! files of all commits before it.
//!
//! So that parts stay few, a new part **takes up** the newest parts before it, one after another, as long as the next
//! one has fewer than twice the objects gathered so far. What follows for a ledger of *n* objects:
//!
//! - Each part has at least twice the objects of the one after it, so there are at most log₂ *n* + 1; where that is
//!   more than 17, the newest are taken up besides, which have together less than a 30 000th of all objects.
//! - Objects that are written again are then in a part half as large again, at least: each is written at most
//!   log₁.₅ *n* times, 35 times for a million. Of 2 000 commits of one size, each object is written 6 times.
//! - Parts are taken up a few thousand rows at a time: memory is that of a row group, whatever *n* is.

use std::collections::BTreeMap;

use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use uuid::Uuid;

use crate::attributes::{LEDGER, Properties};
use crate::content_hash::ContentHash;
use crate::error::{Cause, Error, cause};
use crate::layout;
use crate::snapshot::Snapshot;
use crate::store::EventDataStore;

mod known;
mod part;
mod rows;

pub use known::KnownObjects;
use part::Part;
use rows::Links;

/// The property that holds the hash of the newest part.
const SHA256: &str = "traillake.ledgerSha256";

/// How many times the objects of a part the part before it has at least.
const TIER_GROWTH: u64 = 2;
/// How many parts before it a part names at most.
const CHAIN_MAX: usize = 16;
/// How many parts are read at once.
const READ_AT_ONCE: usize = 8;

/// An object brought in by an import: its entry says where every record of it went.
/// `records = events + duplicates + rejects + the sum of skipped`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedObject {
    /// The import that brought it.
    pub import_id: Uuid,
    /// Where it came from.
    pub uri: String,
    /// Its size as stored there (compressed, if it was).
    pub bytes: u64,
    /// The SHA-256 of those bytes.
    pub sha256: [u8; 32],
    /// When, in milliseconds since 1970 UTC.
    pub imported_at_ms: i64,
    /// How many records it holds.
    pub records: u64,
    /// How many became rows.
    pub events: u64,
    /// How many were rows already.
    pub duplicates: u64,
    /// How many could not be read.
    pub rejects: u64,
    /// How many were left out on purpose, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// A record, or what should have been one, that could not become a row. Its bytes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The import that met it.
    pub import_id: Uuid,
    /// The object it was in.
    pub uri: String,
    /// Its place among the object's records, from 0; `None` when the object broke off or is none of records.
    pub index: Option<u64>,
    /// Its first byte in the decompressed object.
    pub offset: u64,
    /// What in it is wrong.
    pub json_path: String,
    /// What should stand there.
    pub expected: String,
    /// What does.
    pub found: String,
    /// Its exact bytes.
    pub raw: Vec<u8>,
}

/// The imports that led to one version: what is read of them is read when it is asked for.
#[derive(Clone, Debug)]
pub struct Ledger {
    store: EventDataStore,
    /// Oldest first.
    parts: Vec<Uuid>,
    /// Those with rejects, oldest first.
    rejects: Vec<Uuid>,
    /// The hashes of both, by file name, where they are known.
    hashes: BTreeMap<String, ContentHash>,
}

/// The newest part, as the table names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) part: Uuid,
    pub(crate) sha256: Option<ContentHash>,
}

impl Newest {
    /// The part that properties of a table name; `Err` holds a name that is none.
    pub(crate) fn of(properties: &Properties) -> Result<Option<Self>, String> {
        let Some(part) = properties.get(LEDGER) else { return Ok(None) };
        let part = part.parse().map_err(|_| part.clone())?;
        Ok(Some(Self { part, sha256: properties.get(SHA256).and_then(|hash| hash.parse().ok()) }))
    }

    /// Names the part in properties of a table.
    pub(crate) fn write(self, properties: &mut Properties) {
        properties.insert(LEDGER.to_owned(), self.part.to_string());
        match self.sha256 {
            Some(hash) => properties.insert(SHA256.to_owned(), hash.to_string()),
            None => properties.remove(SHA256),
        };
    }
}

/// A file of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerFile {
    /// Relative to the lake.
    pub(crate) path: Path,
    pub(crate) sha256: Option<ContentHash>,
}

impl Ledger {
    /// Reads the imported objects, oldest commit first.
    ///
    /// Cost: at most 17 files are read, in turn; some thousand objects are held at a time.
    pub fn objects(&self) -> BoxStream<'static, Result<ImportedObject, Error>> {
        let store = self.store.clone();
        let opened = stream::iter(self.parts.clone()).then(move |part| {
            let store = store.clone();
            async move { Part::open(&store, part).await }
        });
        let objects = opened.map_ok(Part::objects).try_flatten();
        objects.map_ok(|objects| stream::iter(objects.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// Reads which objects were imported, for who only wants to ask for some of them.
    ///
    /// Cost: two columns of at most 17 files; 16 bytes of memory for each object.
    pub async fn known_objects(&self) -> Result<KnownObjects, Error> {
        let mut known = KnownObjects::default();
        known.learn(self).await?;
        Ok(known)
    }

    /// Reads the rejects with their raw bytes, oldest commit first. One file for each commit that had any.
    pub async fn rejects(&self) -> Result<Vec<Reject>, Error> {
        let reads: Vec<_> = self.rejects.iter().map(|&part| read_rejects(&self.store, part)).collect();
        let rejects: Vec<Vec<Reject>> = stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await?;
        Ok(rejects.into_iter().flatten().collect())
    }

    /// The ledger whose newest part is `newest`; empty when `None`. Reads that part's footer.
    pub(crate) async fn read(store: &EventDataStore, newest: Option<Newest>) -> Result<Self, Error> {
        let links = match newest {
            Some(newest) => Part::open(store, newest.part).await?.links()?,
            None => Links::default(),
        };
        let Links { mut parts, rejects, mut hashes } = links;
        if let Some(Newest { part, sha256 }) = newest {
            parts.push(part);
            hashes.extend(sha256.map(|hash| (layout::ledger_part_name(part), hash)));
        }
        Ok(Self { store: store.clone(), parts, rejects, hashes })
    }

    /// Its files: parts, then rejects.
    pub(crate) fn files(&self) -> Vec<LedgerFile> {
        let parts = self.parts.iter().map(|part| layout::ledger_part_name(*part));
        let names = parts.chain(self.rejects.iter().map(|part| layout::ledger_rejects_name(*part)));
        let folder = layout::ledger(self.store.id());
        let file =
            |name: String| LedgerFile { sha256: self.hashes.get(&name).copied(), path: folder.clone().join(name) };
        names.map(file).collect()
    }

    /// Takes the newest parts off that a new part of so many objects takes up; oldest first.
    async fn take_up(&mut self, objects: u64) -> Result<Vec<Part>, Error> {
        let mut gathered = objects.max(1);
        let mut taken = Vec::new();
        while let Some(&newest) = self.parts.last() {
            let part = Part::open(&self.store, newest).await?;
            if !takes_up(gathered, part.rows(), self.parts.len()) {
                break;
            }
            gathered += part.rows();
            taken.push(part);
            self.parts.pop();
        }
        taken.reverse();
        Ok(taken)
    }
}

/// Whether a part that has gathered so many objects takes up the part before it, which has so many `rows` and is the
/// last of so many `named`.
fn takes_up(gathered: u64, rows: u64, named: usize) -> bool {
    rows < gathered.saturating_mul(TIER_GROWTH) || named > CHAIN_MAX
}

/// Writes a part on top of a snapshot's ledger, durably. No version names it yet.
pub(crate) async fn write(
    snapshot: &Snapshot,
    objects: &[ImportedObject],
    rejects: &[Reject],
) -> Result<Newest, Error> {
    let store = snapshot.store();
    let mut ledger = Ledger::read(store, snapshot.ledger_part()?).await?;
    let taken_up = ledger.take_up(objects.len() as u64).await?;
    let part = Uuid::new_v4();
    if !rejects.is_empty() {
        ledger.rejects.push(part);
        let path = layout::ledger_rejects(store.id(), part);
        let hash = put(store, &path, rows::encode_rejects(rejects).map_err(cause)).await?;
        ledger.hashes.insert(layout::ledger_rejects_name(part), hash);
    }
    let links = Links { parts: ledger.parts, rejects: ledger.rejects, hashes: ledger.hashes };
    let sha256 = part::write(store, part, &links, taken_up, objects).await?;
    Ok(Newest { part, sha256: Some(sha256) })
}

/// Removes a part that no version names. Where that fails it stays as garbage that does no harm.
pub(crate) async fn discard(store: &EventDataStore, part: Uuid) {
    let storage = store.lake().storage();
    let _ = storage.delete(&layout::ledger_rejects(store.id(), part)).await;
    let _ = storage.delete(&layout::ledger_part(store.id(), part)).await;
}

async fn read_rejects(store: &EventDataStore, part: Uuid) -> Result<Vec<Reject>, Error> {
    let path = layout::ledger_rejects(store.id(), part);
    let bytes = read(store, &path).await?;
    rows::decode_rejects(bytes).map_err(|reason| Error::CorruptLedger { path, reason })
}

async fn read(store: &EventDataStore, path: &Path) -> Result<bytes::Bytes, Error> {
    let failed = |error| Error::ReadLedger { path: path.clone(), source: cause(error) };
    let stored = store.lake().storage().get(path).await.map_err(failed)?;
    stored.bytes().await.map_err(failed)
}

async fn put(store: &EventDataStore, path: &Path, encoded: Result<Vec<u8>, Cause>) -> Result<ContentHash, Error> {
    let failed = |source| Error::WriteLedger { path: path.clone(), source };
    let payload = PutPayload::from(encoded.map_err(failed)?);
    let hash = ContentHash::of_payload(&payload);
    store.lake().storage().put(path, payload).await.map_err(|error| failed(cause(error)))?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits of these many objects: the most parts there were, and how often an object was written on average.
    fn grown(commits: impl IntoIterator<Item = u64>) -> (usize, f64) {
        let (mut parts, mut parts_most) = (Vec::new(), 0);
        let (mut objects, mut written) = (0, 0);
        for size in commits {
            let mut gathered: u64 = size.max(1);
            while parts.last().is_some_and(|&rows| takes_up(gathered, rows, parts.len())) {
                gathered += parts.pop().unwrap_or_default();
            }
            parts.push(gathered);
            parts_most = parts_most.max(parts.len());
            objects += size;
            written += gathered;
        }
        (parts_most, written as f64 / objects as f64)
    }

    #[test]
    fn parts_stay_few_and_no_object_is_written_often() {
        for (commits, parts_max, writes_max) in [
            (vec![1_000; 2_000], 12, 6.0),
            (vec![1; 1_000_000], 17, 30.0),
            ((0..100_000).map(|n| [1, 10, 1_000, 50_000][n % 4]).collect(), 17, 15.0),
            ((0..40).map(|n| (1 << 40) >> n).collect(), 17, 2.0),
            ((0..40).map(|n| 1 << n).collect(), 2, 4.0),
        ] {
            let (parts, writes) = grown(commits.iter().copied());
            assert!(parts <= parts_max && writes <= writes_max, "{:?}: {parts} parts, {writes} times", &commits[..4]);
        }
    }
}
