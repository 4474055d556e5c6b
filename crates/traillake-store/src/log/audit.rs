//! The log as it lies in storage, commit by commit: for who checks it, and for who cuts off what is old.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde_json::Value;

use super::chain::{self, Links};
use super::delta::{COMMIT_ID, DeltaLog, SHA256, failed};
use super::{Contents, Failure};
use crate::attributes::Properties;
use crate::content_hash::ContentHash;
use crate::layout;

/// A file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFile {
    /// Relative to the lake.
    pub(crate) path: Path,
    pub(crate) bytes: u64,
    /// By the clock of the storage.
    pub(crate) modified_at_ms: i64,
}

/// The files of a log, by their versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogFiles {
    pub(crate) commits: BTreeMap<u64, LogFile>,
    /// Those in one file of Parquet, as ours are.
    pub(crate) checkpoints: BTreeMap<u64, LogFile>,
}

/// A data file as a commit names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Relative to the lake.
    pub(crate) path: Path,
    pub(crate) bytes: u64,
    pub(crate) sha256: Option<ContentHash>,
}

/// A commit as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) version: u64,
    /// Of the bytes of its file.
    pub(crate) sha256: ContentHash,
    /// Whether this program made it, or another writer of the table.
    pub(crate) is_ours: bool,
    pub(crate) links: Links,
    /// What it says of its time.
    pub(crate) committed_at_ms: Option<i64>,
    pub(crate) added: Vec<Named>,
    pub(crate) removed: Vec<Path>,
    /// Those of the table, when it changes them.
    pub(crate) properties: Option<Properties>,
    /// What in it cannot be read.
    pub(crate) damage: Option<String>,
}

impl DeltaLog {
    /// Lists the log.
    pub(crate) async fn log_files(&self) -> Result<LogFiles, Failure> {
        let listed = self.log_store.object_store(None).list(Some(self.log_store.log_path()));
        let listed: Vec<ObjectMeta> = listed.try_collect().await.map_err(failed)?;
        let mut files = LogFiles::default();
        for object in listed {
            let Some(name) = object.location.filename().map(str::to_owned) else { continue };
            let file = LogFile {
                path: layout::in_lake(self.id, &object.location),
                bytes: object.size,
                modified_at_ms: object.last_modified.timestamp_millis(),
            };
            let version = |suffix| name.strip_suffix(suffix)?.parse::<u64>().ok();
            if let Some(version) = version(".checkpoint.parquet") {
                files.checkpoints.insert(version, file);
            } else if let Some(version) = version(".json") {
                files.commits.insert(version, file);
            }
        }
        Ok(files)
    }

    /// Reads a commit. `None` where there is none.
    pub(crate) async fn entry(&self, version: u64) -> Result<Option<Entry>, Failure> {
        let bytes = self.log_store.read_commit_entry(version).await.map_err(failed)?;
        Ok(bytes.map(|bytes| self.parse_entry(version, &bytes)))
    }

    /// A version as every reader of the table finds it, who knows nothing of listings. `None` where there is no table.
    pub(crate) async fn replayed(&self, version: u64) -> Result<Option<Contents>, Failure> {
        let Some(snapshot) = self.load(Some(version)).await? else { return Ok(None) };
        let head = self.head_of(&snapshot)?;
        self.contents(head, &snapshot).await.map(Some)
    }

    /// A version as whoever opens the store finds it, when a listing of its files shortens that.
    pub(crate) async fn opened_by_listing(&self) -> Option<Contents> {
        self.listed().await
    }

    /// The version of the checkpoint that readers are pointed to.
    pub(crate) async fn hinted_checkpoint(&self) -> Option<u64> {
        let path = self.log_store.log_path().clone().join("_last_checkpoint");
        let hint = self.log_store.object_store(None).get(&path).await.ok()?.bytes().await.ok()?;
        serde_json::from_slice::<Value>(&hint).ok()?.get("version")?.as_u64()
    }

    /// The version of the newest listing of files.
    pub(crate) async fn newest_listing(&self) -> Result<Option<u64>, Failure> {
        let lake = self.log_store.root_object_store(None);
        let listed: Vec<ObjectMeta> =
            lake.list(Some(&layout::listings(self.id))).try_collect().await.map_err(failed)?;
        Ok(listed.iter().filter_map(|object| layout::listed_version(&object.location)).max())
    }

    /// Where the checkpoint of a version is, relative to the lake.
    pub(crate) fn checkpoint_path(&self, version: u64) -> Path {
        let folder = layout::in_lake(self.id, self.log_store.log_path());
        folder.join(format!("{version:020}.checkpoint.parquet"))
    }

    /// The hash of a commit file; `None` where there is none.
    pub(super) async fn commit_hash(&self, version: u64) -> Result<Option<ContentHash>, Failure> {
        let bytes: Option<Bytes> = self.log_store.read_commit_entry(version).await.map_err(failed)?;
        Ok(bytes.map(|bytes| ContentHash::of(&bytes)))
    }

    fn parse_entry(&self, version: u64, bytes: &Bytes) -> Entry {
        let mut entry = Entry {
            version,
            sha256: ContentHash::of(bytes),
            is_ours: false,
            links: Links { before: None, is_whole: None },
            committed_at_ms: None,
            added: Vec::new(),
            removed: Vec::new(),
            properties: None,
            damage: None,
        };
        for action in serde_json::Deserializer::from_slice(bytes).into_iter::<HashMap<String, Value>>() {
            let read = action.map_err(|error| error.to_string());
            let taken = read.and_then(|action| {
                action.iter().try_for_each(|(kind, action)| {
                    self.take(&mut entry, bytes, (kind, action))
                        .ok_or_else(|| format!("an action \"{kind}\" lacks a member"))
                })
            });
            if let Err(damage) = taken {
                entry.damage.get_or_insert(damage);
            }
        }
        if bytes.trim_ascii().is_empty() {
            entry.damage = Some("it is empty".to_owned());
        }
        entry
    }

    fn take(&self, entry: &mut Entry, bytes: &[u8], (kind, action): (&str, &Value)) -> Option<()> {
        let path = || {
            let path = Path::from_url_path(action.get("path")?.as_str()?).ok()?;
            Some(layout::in_lake(self.id, &path))
        };
        match kind {
            "commitInfo" => {
                entry.is_ours = action.get(COMMIT_ID).is_some();
                entry.links = chain::links(bytes, action);
                entry.committed_at_ms = action.get("timestamp").and_then(Value::as_i64);
            }
            "add" => {
                let sha256 = action.get("tags").and_then(|tags| tags.get(SHA256)?.as_str()?.parse().ok());
                entry.added.push(Named { path: path()?, bytes: action.get("size")?.as_u64()?, sha256 });
            }
            "remove" => entry.removed.push(path()?),
            "metaData" => {
                let properties = action.get("configuration")?.as_object()?.iter();
                let property = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
                entry.properties = Some(properties.map(property).collect::<Option<_>>()?);
            }
            _ => {}
        }
        Some(())
    }
}
