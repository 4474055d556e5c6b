//! Opening a store by a listing of its files, and what was committed since.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde_json::Value;
use traillake_event::schema::{CALENDAR_DAY, Schema};

use super::delta::{DeltaLog, SHA256, failed};
use super::listing::{self, Listing};
use super::{Contents, Failure, Head};
use crate::attributes::schema_of;
use crate::data_file::{DataFile, Statistics};
use crate::layout;

/// What tells commits apart: each has its own id in its first line.
const COMMIT_BYTES: u64 = 1024;
/// Commits behind a listing that are read; more take as long as the library's replay.
const SINCE_MAX: u64 = 64;
/// How many of them at once.
const READ_AT_ONCE: usize = 8;

impl DeltaLog {
    /// The newest version by a listing. `None` where there is none, or one that does not fit: the log is replayed then.
    pub(super) async fn listed(&self) -> Option<Contents> {
        let lake = self.log_store.root_object_store(None);
        let there: Vec<ObjectMeta> = lake.list(Some(&layout::listings(self.id))).try_collect().await.ok()?;
        let listed = there.iter().filter_map(|object| layout::listed_version(&object.location)).max()?;
        let commits = self.commits_from(listed).await.ok()?;
        let newest =
            commits.keys().copied().max().filter(|newest| *newest >= listed && newest - listed <= SINCE_MAX)?;
        let bytes = lake.get(&layout::listing(self.id, listed)).await.ok()?.bytes().await.ok()?;
        let in_lake = |path: &str| Path::parse(format!("{}/{path}", layout::store(self.id))).ok();
        let listing = listing::decode(&bytes, in_lake).filter(|listing| listing.contents.head.version == listed);
        // A version that was made anew, after a log was set back, has another commit.
        let listing = match (listing, commits.get(&listed)) {
            (Some(listing), Some(bytes)) => {
                let begins = self.commit_begins(listed, *bytes).await.ok()?;
                Some(listing).filter(|listing| listing.commit == begins)
            }
            (listing, _) => listing,
        };
        let Some(listing) = listing else {
            tracing::debug!(id = %self.id, listed, "a listing does not fit the log, which is replayed");
            return None;
        };
        let since = (listed + 1..=newest).map(|version| self.commit_bytes(version));
        let since: Vec<Bytes> = stream::iter(since).buffered(READ_AT_ONCE).try_collect().await.ok()?;
        self.after(listing, &since)
    }

    /// The sizes of the commits that there are, from a version on.
    async fn commits_from(&self, version: u64) -> Result<HashMap<u64, u64>, Failure> {
        let storage = self.log_store.object_store(None);
        let (folder, before) =
            (self.log_store.log_path(), self.log_store.log_path().clone().join(format!("{version:020}")));
        let there: Vec<ObjectMeta> =
            storage.list_with_offset(Some(folder), &before).try_collect().await.map_err(failed)?;
        let version = |object: &ObjectMeta| object.location.filename()?.strip_suffix(".json")?.parse().ok();
        Ok(there.iter().filter_map(|object| Some((version(object)?, object.size))).collect())
    }

    /// How the commit of a version begins, which has so many bytes.
    async fn commit_begins(&self, version: u64, bytes: u64) -> Result<Bytes, Failure> {
        let path = self.log_store.log_path().clone().join(format!("{version:020}.json"));
        let storage = self.log_store.object_store(None);
        storage.get_range(&path, 0..bytes.min(COMMIT_BYTES)).await.map_err(failed)
    }

    async fn commit_bytes(&self, version: u64) -> Result<Bytes, Failure> {
        let entry = self.log_store.read_commit_entry(version).await.map_err(failed)?;
        entry.ok_or(Failure::NoVersion(version))
    }

    /// The version that commits behind a listing have made.
    fn after(&self, listing: Listing, commits: &[Bytes]) -> Option<Contents> {
        let Listing { contents: Contents { mut head, files }, schema, .. } = listing;
        if commits.is_empty() {
            return Some(Contents { head, files });
        }
        let mut files: HashMap<Path, DataFile> = files.iter().map(|file| (file.path.clone(), file.clone())).collect();
        for commit in commits {
            head.version += 1;
            for action in serde_json::Deserializer::from_slice(commit).into_iter::<Value>() {
                let action = action.ok()?;
                let [(kind, action)] = action.as_object()?.iter().collect::<Vec<_>>().try_into().ok()?;
                match kind.as_str() {
                    "add" => {
                        let file = self.added(action, &schema)?;
                        files.insert(file.path.clone(), file);
                    }
                    "remove" => _ = files.remove(&self.data_file_path(action)?),
                    "metaData" => change(&mut head, action)?,
                    "commitInfo" | "txn" => {}
                    // What changes how the table is to be read is for the library.
                    _ => return None,
                }
            }
        }
        // Files know columns by the schema they were listed with.
        let same = schema_of(&head.table.properties).ok()?.columns().len() == schema.columns().len();
        same.then(|| Contents::new(head, files.into_values().collect()))
    }

    fn data_file_path(&self, action: &Value) -> Option<Path> {
        let path = Path::from_url_path(action.get("path")?.as_str()?).ok()?;
        Some(layout::in_lake(self.id, &path))
    }

    fn added(&self, action: &Value, schema: &Arc<Schema>) -> Option<DataFile> {
        if action.get("deletionVector").is_some_and(|vector| !vector.is_null()) {
            return None;
        }
        let day = action.get("partitionValues")?.get(CALENDAR_DAY)?;
        let calendar_day = match day.as_str() {
            Some(day) => Some(day.parse::<NaiveDate>().ok()?),
            None => None,
        };
        let statistics = Statistics::from_json(schema, action.get("stats")?.as_str()?)?;
        Some(DataFile {
            path: self.data_file_path(action)?,
            bytes: action.get("size")?.as_u64()?,
            rows: statistics.rows,
            calendar_day,
            columns: statistics.columns,
            modified_at_ms: action.get("modificationTime")?.as_i64()?,
            sha256: action.get("tags").and_then(|tags| tags.get(SHA256)?.as_str()?.parse().ok()),
        })
    }

    /// Writes a listing, and deletes those that nobody wants any more: who is about to read one replays the log.
    pub(super) async fn write_listing(&self, contents: &Contents) -> Result<(), Failure> {
        let version = contents.head.version;
        let lake = self.log_store.root_object_store(None);
        let there: Vec<ObjectMeta> = lake.list(Some(&layout::listings(self.id))).try_collect().await.map_err(failed)?;
        let mut listed: Vec<u64> = there.iter().filter_map(|object| layout::listed_version(&object.location)).collect();
        if listed.contains(&version) {
            return Ok(());
        }
        let mut commit = self.commit_bytes(version).await?;
        commit.truncate(COMMIT_BYTES as usize);
        let in_store = |path: &Path| layout::in_store(self.id, path);
        let Some(listing) = listing::encode(contents, &commit, in_store) else { return Ok(()) };
        lake.put(&layout::listing(self.id, version), listing.into()).await.map_err(failed)?;
        listed.retain(|listed| *listed < version);
        listed.sort_unstable();
        listed.pop();
        for listed in listed {
            lake.delete(&layout::listing(self.id, listed)).await.map_err(failed)?;
        }
        Ok(())
    }
}

fn change(head: &mut Head, metadata: &Value) -> Option<()> {
    if metadata.get("partitionColumns")? != &serde_json::json!([CALENDAR_DAY]) {
        return None;
    }
    head.table.schema = metadata.get("schemaString")?.as_str()?.to_owned();
    let properties = metadata.get("configuration")?.as_object()?.iter();
    let property = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    head.table.properties = properties.map(property).collect::<Option<_>>()?;
    head.table.created_at_ms = metadata.get("createdTime").and_then(Value::as_i64).unwrap_or_default();
    Some(())
}
