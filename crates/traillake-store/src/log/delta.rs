//! The log as a Delta table, protocol reader 1 and writer 2, through `deltalake-core`.
//!
//! Replay is the library's. The commit itself is one conditional put of the next version's
//! file: the library's retry loop would rebase an import onto versions it never looked at for duplicates.

use std::collections::HashMap;
use std::iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::NaiveDate;
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::transaction::{CommitData, TransactionError};
use deltalake_core::kernel::{Action, Add, LogicalFileView, Metadata, Protocol, Remove, Snapshot};
use deltalake_core::logstore::{CommitOrBytes, LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use futures::{StreamExt, TryStreamExt, future, stream};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde_json::json;
use traillake_event::id::EventDataStoreId;
use traillake_event::schema::{CALENDAR_DAY, Schema as EventSchema};
use url::Url;
use uuid::Uuid;

use super::chain;
use super::checkpoint::{self, LogFolder};
use super::{Contents, Failure, Head, Log, Proposal, Table, Version};
use crate::attributes::{AttributeChange, schema_of};
use crate::clock::Clock;
use crate::content_hash::ContentHash;
use crate::data_file::{DataFile, Statistics};
use crate::error::cause;
use crate::layout;
use crate::vacuum::Horizon;

/// The member of `commitInfo` that says why a version was made.
const OPERATION: &str = "traillakeOperation";
/// The member of `commitInfo` that says which attributes changed: an object of names and pairs, before and after.
const CHANGES: &str = "traillakeChanges";
/// The member of `commitInfo` that tells a writer its own commit.
pub(super) const COMMIT_ID: &str = "traillakeCommit";

/// The tag of an `add` action that holds the SHA-256 of the file's bytes.
pub(super) const SHA256: &str = "traillake.sha256";

/// How many commits are read at once.
const READ_AT_ONCE: usize = 8;

/// The table of one store.
#[derive(Debug)]
pub(crate) struct DeltaLog {
    pub(super) id: EventDataStoreId,
    pub(super) log_store: LogStoreRef,
    clock: Clock,
    /// The newest version there was at the last look.
    newest: Mutex<Option<Newest>>,
    /// The last commit made here, for the one that follows it.
    last: Mutex<Option<(u64, ContentHash)>>,
}

#[derive(Clone, Debug)]
struct Newest {
    head: Head,
    files: Files,
}

/// The data files of a version: most looks do not want them.
#[derive(Clone, Debug)]
enum Files {
    Unread(Arc<Snapshot>),
    Read(Arc<[DataFile]>),
}

impl DeltaLog {
    /// The table of a store in a lake's storage. Touches nothing.
    pub(crate) fn new(storage: &Arc<dyn ObjectStore>, clock: &Clock, id: EventDataStoreId) -> Result<Self, Failure> {
        // The library addresses files by URL path within the storage, and ours is rooted at the lake. For
        // `file` it would look at the real directory instead; no other scheme means anything to it.
        let location = Url::parse(&format!("lake:///{id}/")).map_err(failed)?;
        let table = Arc::new(PrefixStore::new(Arc::clone(storage), layout::store(id)));
        let log_store = default_logstore(table, Arc::clone(storage), &location, &StorageConfig::default());
        Ok(Self { id, log_store, clock: clock.clone(), newest: Mutex::default(), last: Mutex::default() })
    }

    pub(super) async fn load(&self, version: Option<u64>) -> Result<Option<Snapshot>, Failure> {
        match Snapshot::try_new(self.log_store.as_ref(), version).await {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The newest version: the one of the last look while the storage has no later one.
    async fn newest(&self) -> Result<Option<Newest>, Failure> {
        let kept = self.kept().clone();
        if let Some(newest) = kept
            && self.is_newest(newest.head.version).await
        {
            return Ok(Some(newest));
        }
        let newest = match self.listed().await {
            Some(Contents { head, files }) => Some(Newest { head, files: Files::Read(files) }),
            None => {
                let loaded = self.load(None).await?;
                let unread = loaded.map(|snapshot| {
                    let head = self.head_of(&snapshot)?;
                    Ok(Newest { head, files: Files::Unread(Arc::new(snapshot)) })
                });
                unread.transpose()?
            }
        };
        self.kept().clone_from(&newest);
        Ok(newest)
    }

    /// Versions follow each other without a gap, and old ones go first.
    async fn is_newest(&self, version: u64) -> bool {
        let storage = self.log_store.object_store(None);
        let commits = [version, version + 1].map(|version| {
            let path = self.log_store.log_path().clone().join(format!("{version:020}.json"));
            let storage = Arc::clone(&storage);
            async move { storage.head(&path).await }
        });
        let [this, next] = commits;
        matches!(future::join(this, next).await, (Ok(_), Err(object_store::Error::NotFound { .. })))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Newest>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_newest(&self, newest: Newest) -> Result<Contents, Failure> {
        let Newest { head, files } = newest;
        let contents = match files {
            Files::Read(files) => return Ok(Contents { head, files }),
            Files::Unread(snapshot) => self.contents(head, &snapshot).await?,
        };
        let mut kept = self.kept();
        if let Some(kept) = kept.as_mut().filter(|kept| kept.head.version == contents.head.version) {
            kept.files = Files::Read(Arc::clone(&contents.files));
        }
        Ok(contents)
    }

    pub(super) async fn contents(&self, head: Head, snapshot: &Snapshot) -> Result<Contents, Failure> {
        let schema = schema_of(&head.table.properties).map_err(|malformed| Failure::Corrupt {
            version: head.version,
            what: malformed.property.to_owned(),
            found: malformed.found,
            expected: malformed.expected,
        })?;
        let views = snapshot.file_views(self.log_store.as_ref(), None).map_err(failed);
        // One after another: a view holds the JSON of all files of its commit.
        let files = views.and_then(|view| future::ready(self.file(head.version, &schema, &view)));
        let files: Vec<DataFile> = files.try_collect().await?;
        Ok(Contents::new(head, files))
    }

    pub(super) fn head_of(&self, snapshot: &Snapshot) -> Result<Head, Failure> {
        let version = snapshot.version();
        let corrupt =
            |what: &str, found: String, expected| Failure::Corrupt { version, what: what.to_owned(), found, expected };
        let protocol = snapshot.protocol();
        if (protocol.min_reader_version(), protocol.min_writer_version()) != (1, 2) {
            let found = format!("({}, {})", protocol.min_reader_version(), protocol.min_writer_version());
            return Err(corrupt("protocol", found, "(1, 2), as no table feature is known here"));
        }
        let metadata = snapshot.metadata();
        if metadata.partition_columns() != [CALENDAR_DAY.to_owned()] {
            return Err(corrupt("partitionColumns", format!("{:?}", metadata.partition_columns()), CALENDAR_DAY));
        }
        // The library offers the schema parsed only; its JSON is what the next metaData action repeats.
        let schema = serde_json::to_string(snapshot.schema().as_ref()).map_err(failed)?;
        let properties = metadata.configuration().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let created_at_ms = metadata.created_time().unwrap_or_default();
        Ok(Head { version, table: Table { schema, properties, created_at_ms } })
    }

    async fn read_version(&self, version: u64) -> Result<Version, Failure> {
        let entry = self.log_store.read_commit_entry(version).await.map_err(failed)?;
        Ok(version_of(version, &entry.unwrap_or_default()))
    }

    /// Puts the file of a version. `false` when it stands there already, and not from this very call.
    async fn put(
        &self,
        version: u64,
        actions: Vec<Action>,
        operation: &str,
        changes: &[AttributeChange],
    ) -> Result<bool, Failure> {
        let commit = Uuid::new_v4();
        let before = self.before(version).await?;
        let mut info = HashMap::from([
            (COMMIT_ID.to_owned(), json!(commit.to_string())),
            (OPERATION.to_owned(), json!(operation)),
            ("clientVersion".to_owned(), json!(concat!("traillake.", env!("CARGO_PKG_VERSION")))),
        ]);
        if !changes.is_empty() {
            let change = |change: &AttributeChange| (change.attribute.clone(), json!([change.before, change.after]));
            info.insert(CHANGES.to_owned(), changes.iter().map(change).collect());
        }
        info.extend(chain::members(before));
        let mut dated = write().get_commit_info();
        dated.timestamp = Some(self.clock.now_ms());
        let actions = iter::once(Action::CommitInfo(dated)).chain(actions).collect();
        let bytes = CommitData::new(actions, write(), info, Vec::new()).get_bytes().map_err(failed)?;
        let bytes = chain::seal(&bytes);
        let sha256 = ContentHash::of(&bytes);
        let made = match self.log_store.write_commit_entry(version, CommitOrBytes::LogBytes(bytes), commit).await {
            Ok(()) => Ok(true),
            // A put whose answer was lost is sent again by the storage client and finds its own file.
            Err(TransactionError::VersionAlreadyExists(_)) => self.is_own(version, commit).await,
            Err(error) => Err(failed(error)),
        };
        if let Ok(true) = made {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, sha256));
        }
        made
    }

    /// The hash of the commit before a version: known when it was made here, read otherwise.
    async fn before(&self, version: u64) -> Result<Option<ContentHash>, Failure> {
        let Some(before) = version.checked_sub(1) else { return Ok(None) };
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.filter(|(version, _)| *version == before) {
            Some((_, hash)) => Ok(Some(hash)),
            None => self.commit_hash(before).await,
        }
    }

    async fn is_own(&self, version: u64, commit: Uuid) -> Result<bool, Failure> {
        let entry = self.log_store.read_commit_entry(version).await.map_err(failed)?;
        let own = format!("\"{COMMIT_ID}\":\"{commit}\"");
        Ok(entry.is_some_and(|bytes| String::from_utf8_lossy(&bytes).contains(&own)))
    }

    fn metadata(&self, table: &Table) -> Result<Action, Failure> {
        let metadata: Metadata = serde_json::from_value(json!({
            "id": self.id.to_string(),
            "name": table.properties.get(crate::attributes::NAME),
            "format": {"provider": "parquet", "options": {}},
            "schemaString": table.schema,
            "partitionColumns": [CALENDAR_DAY],
            "configuration": table.properties,
            "createdTime": table.created_at_ms,
        }))
        .map_err(failed)?;
        Ok(Action::Metadata(metadata))
    }

    fn path(&self, file: &DataFile) -> Result<String, Failure> {
        let path = layout::in_store(self.id, &file.path).ok_or_else(|| Failure::Corrupt {
            version: 0,
            what: "path of a data file".to_owned(),
            found: file.path.to_string(),
            expected: "a path in the folder of its store",
        })?;
        Ok(path.to_string())
    }

    /// `data_change`: whether the file brings rows the version before had not.
    fn add(&self, file: &DataFile, data_change: bool) -> Result<Action, Failure> {
        Ok(Action::Add(Add {
            path: self.path(file)?,
            partition_values: partition(file),
            size: i64::try_from(file.bytes).map_err(failed)?,
            modification_time: file.modified_at_ms,
            data_change,
            stats: Some(file.statistics().to_json()),
            tags: file.sha256.map(|hash| HashMap::from([(SHA256.to_owned(), Some(hash.to_string()))])),
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
            clustering_provider: None,
        }))
    }

    /// `data_change`: whether rows of it go. Append-only tables allow it of files whose rows others have.
    fn remove(&self, file: &DataFile, data_change: bool) -> Result<Action, Failure> {
        Ok(Action::Remove(Remove {
            path: self.path(file)?,
            data_change,
            deletion_timestamp: Some(self.clock.now_ms()),
            extended_file_metadata: Some(true),
            partition_values: Some(partition(file)),
            size: Some(i64::try_from(file.bytes).map_err(failed)?),
            tags: None,
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
        }))
    }

    fn file(&self, version: u64, schema: &Arc<EventSchema>, view: &LogicalFileView) -> Result<DataFile, Failure> {
        #[expect(deprecated, reason = "nothing else of the library gives the tags of a file")]
        let add = view.add_action();
        let path = Path::parse(&add.path).unwrap_or_else(|_| Path::from(add.path.as_str()));
        let corrupt = |member: &str, found: String, expected| Failure::Corrupt {
            version,
            what: format!("{member} of {path}"),
            found,
            expected,
        };
        let calendar_day = match add.partition_values.get(CALENDAR_DAY).cloned().flatten() {
            None => None,
            Some(day) => {
                let read = day.parse::<NaiveDate>();
                Some(read.map_err(|_| corrupt(CALENDAR_DAY, day.clone(), "a date"))?)
            }
        };
        let bytes = u64::try_from(add.size).map_err(|_| corrupt("size", add.size.to_string(), "a number of bytes"))?;
        let stats = add.stats.unwrap_or_default();
        let statistics = Statistics::from_json(schema, &stats)
            .ok_or_else(|| corrupt("stats", stats.chars().take(80).collect(), "statistics with numRecords"))?;
        Ok(DataFile {
            path: layout::in_lake(self.id, &path),
            bytes,
            rows: statistics.rows,
            calendar_day,
            columns: statistics.columns,
            modified_at_ms: add.modification_time,
            sha256: add.tags.as_ref().and_then(|tags| tags.get(SHA256)?.as_deref()?.parse().ok()),
        })
    }
}

#[async_trait]
impl Log for DeltaLog {
    async fn create(&self, table: &Table) -> Result<bool, Failure> {
        let actions = vec![Action::Protocol(protocol()?), self.metadata(table)?];
        self.put(0, actions, "CREATE", &[]).await
    }

    async fn head(&self) -> Result<Option<Head>, Failure> {
        Ok(self.newest().await?.map(|newest| newest.head))
    }

    async fn read(&self, version: Option<u64>) -> Result<Option<Contents>, Failure> {
        let Some(newest) = self.newest().await? else { return Ok(None) };
        match version {
            // The library's error for a version yet to come cannot be told from others.
            Some(version) if version > newest.head.version => Err(Failure::NoVersion(version)),
            Some(version) if version < Horizon::of(&newest.head.table.properties).kept_from => {
                Err(Failure::NoVersion(version))
            }
            Some(version) if version < newest.head.version => {
                let Some(snapshot) = self.load(Some(version)).await? else { return Ok(None) };
                let head = self.head_of(&snapshot)?;
                self.contents(head, &snapshot).await.map(Some)
            }
            _ => self.read_newest(newest).await.map(Some),
        }
    }

    async fn history(&self) -> Result<Vec<Version>, Failure> {
        let listed = self.log_store.object_store(None).list(Some(self.log_store.log_path()));
        let listed: Vec<ObjectMeta> = listed.try_collect().await.map_err(failed)?;
        let numbers = listed.iter().filter_map(|meta| meta.location.filename()?.strip_suffix(".json")?.parse().ok());
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        let reads: Vec<_> = numbers.into_iter().map(|version| self.read_version(version)).collect();
        stream::iter(reads).buffered(READ_AT_ONCE).try_collect().await
    }

    async fn commit(&self, version: u64, proposal: &Proposal) -> Result<bool, Failure> {
        let mut actions = proposal.table.iter().map(|table| self.metadata(table)).collect::<Result<Vec<_>, _>>()?;
        for file in &proposal.replaced {
            actions.push(self.remove(file, false)?);
        }
        for file in &proposal.removed {
            actions.push(self.remove(file, true)?);
        }
        for file in &proposal.files {
            actions.push(self.add(file, proposal.replaced.is_empty())?);
        }
        self.put(version, actions, proposal.operation, &proposal.changes).await
    }

    async fn checkpoint(&self, contents: &Contents) -> Result<(), Failure> {
        let table = [Ok(Action::Protocol(protocol()?)), self.metadata(&contents.head.table)];
        let files = contents.files.iter().map(|file| self.add(file, false));
        let folder = LogFolder { storage: self.log_store.object_store(None), path: self.log_store.log_path() };
        let now_ms = self.clock.now_ms();
        checkpoint::write(&folder, contents.head.version, now_ms, table.into_iter().chain(files)).await
    }

    async fn list(&self, contents: &Contents) -> Result<(), Failure> {
        self.write_listing(contents).await
    }
}

/// What a commit's `commitInfo` says of it.
fn version_of(version: u64, entry: &[u8]) -> Version {
    let actions = serde_json::Deserializer::from_slice(entry).into_iter::<serde_json::Value>();
    let infos = actions.flatten().filter_map(|mut action| Some(action.get_mut("commitInfo")?.take()));
    let info = infos.take(1).next().unwrap_or_default();
    let operation = info.get(OPERATION).or_else(|| info.get("operation")).and_then(serde_json::Value::as_str);
    let committed_at_ms = info.get("timestamp").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let changes = info.get(CHANGES).and_then(serde_json::Value::as_object);
    let changes = changes.into_iter().flatten().filter_map(|(attribute, change)| {
        let [before, after] = change.as_array()?.as_slice() else { return None };
        let [before, after] = [before, after].map(|value| value.as_str().map(str::to_owned));
        Some(AttributeChange { attribute: attribute.clone(), before, after })
    });
    let changes = changes.collect();
    Version { version, committed_at_ms, operation: operation.unwrap_or_default().to_owned(), changes }
}

fn partition(file: &DataFile) -> HashMap<String, Option<String>> {
    HashMap::from([(CALENDAR_DAY.to_owned(), file.calendar_day.map(|day| day.to_string()))])
}

fn write() -> DeltaOperation {
    DeltaOperation::Write { mode: SaveMode::Append, partition_by: Some(vec![CALENDAR_DAY.to_owned()]), predicate: None }
}

/// What a reader and a writer of the table must know: nothing special.
fn protocol() -> Result<Protocol, Failure> {
    serde_json::from_value(json!({"minReaderVersion": 1, "minWriterVersion": 2})).map_err(failed)
}

pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::Cause(cause(error))
}
