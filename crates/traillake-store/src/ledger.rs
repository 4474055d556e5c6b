//! The ledger: which objects were imported, and which of their records were rejected.
//!
//! Each import commit writes one **part**, a Parquet file of [`ImportedObject`]s, and beside it, when there are
//! any, the [`Reject`]s. The table property `traillake.ledger` names the newest part. A part names, in its
//! file metadata, the parts before it; when there are more than [`CHAIN_MAX`] of them, the new part takes up
//! all their objects instead. Rejects carry raw bytes and are never rewritten: a part names the reject files
//! of all commits before it.

use std::collections::{BTreeMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use uuid::Uuid;

use crate::error::{Cause, Error, cause};
use crate::layout;
use crate::snapshot::Snapshot;
use crate::store::EventDataStore;

mod rows;

use rows::Links;

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

/// The imports that led to one version.
#[derive(Clone, Debug)]
pub struct Ledger {
    store: EventDataStore,
    objects: Vec<ImportedObject>,
    known: HashSet<(String, [u8; 32])>,
    rejects: Vec<Uuid>,
}

impl Ledger {
    /// The imported objects, oldest commit first.
    pub fn objects(&self) -> &[ImportedObject] {
        &self.objects
    }

    /// Whether an object of this name with these bytes was imported.
    pub fn contains(&self, uri: &str, sha256: &[u8; 32]) -> bool {
        // A set of pairs can only be asked with a pair.
        self.known.contains(&(uri.to_owned(), *sha256))
    }

    /// Reads the rejects with their raw bytes, oldest commit first. One file for each commit that had any.
    pub async fn rejects(&self) -> Result<Vec<Reject>, Error> {
        let reads: Vec<_> = self.rejects.iter().map(|&part| read_rejects(&self.store, part)).collect();
        let rejects: Vec<Vec<Reject>> = stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await?;
        Ok(rejects.into_iter().flatten().collect())
    }

    /// The ledger whose newest part is `part`; empty when `None`.
    pub(crate) async fn read(store: &EventDataStore, part: Option<Uuid>) -> Result<Self, Error> {
        let mut ledger = Self { store: store.clone(), objects: Vec::new(), known: HashSet::new(), rejects: Vec::new() };
        let Some(part) = part else { return Ok(ledger) };
        let (links, newest) = read_part(store, part).await?;
        let reads: Vec<_> = links.parts.iter().map(|&part| read_part(store, part)).collect();
        let before: Vec<(Links, Vec<ImportedObject>)> =
            stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await?;
        ledger.objects = before.into_iter().flat_map(|(_, objects)| objects).chain(newest).collect();
        ledger.known = ledger.objects.iter().map(|object| (object.uri.clone(), object.sha256)).collect();
        ledger.rejects = links.rejects;
        Ok(ledger)
    }
}

/// Writes a part on top of a snapshot's ledger, durably. No version names it yet.
pub(crate) async fn write(snapshot: &Snapshot, objects: &[ImportedObject], rejects: &[Reject]) -> Result<Uuid, Error> {
    let store = snapshot.store();
    let part = Uuid::new_v4();
    let mut links = Links::default();
    let mut absorbed = Vec::new();
    if let Some(newest) = snapshot.ledger_part()? {
        links = read_part(store, newest).await?.0;
        links.parts.push(newest);
        if links.parts.len() > CHAIN_MAX {
            absorbed = Ledger::read(store, Some(newest)).await?.objects;
            links.parts.clear();
        }
    }
    if !rejects.is_empty() {
        links.rejects.push(part);
        let path = layout::ledger_rejects(store.id(), part);
        put(store, &path, rows::encode_rejects(rejects).map_err(cause)).await?;
    }
    absorbed.extend_from_slice(objects);
    let path = layout::ledger_part(store.id(), part);
    put(store, &path, rows::encode_objects(&absorbed, &links).map_err(cause)).await?;
    Ok(part)
}

/// Removes a part that no version names. Where that fails it stays as garbage that does no harm.
pub(crate) async fn discard(store: &EventDataStore, part: Uuid) {
    let storage = store.lake().storage();
    let _ = storage.delete(&layout::ledger_rejects(store.id(), part)).await;
    let _ = storage.delete(&layout::ledger_part(store.id(), part)).await;
}

async fn read_part(store: &EventDataStore, part: Uuid) -> Result<(Links, Vec<ImportedObject>), Error> {
    let path = layout::ledger_part(store.id(), part);
    let bytes = read(store, &path).await?;
    rows::decode_objects(bytes).map_err(|reason| Error::CorruptLedger { path, reason })
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

async fn put(store: &EventDataStore, path: &Path, encoded: Result<Vec<u8>, Cause>) -> Result<(), Error> {
    let failed = |source| Error::WriteLedger { path: path.clone(), source };
    let payload = PutPayload::from(encoded.map_err(failed)?);
    store.lake().storage().put(path, payload).await.map_err(|error| failed(cause(error)))?;
    Ok(())
}
