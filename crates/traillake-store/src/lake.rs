//! A lake: a directory of event data stores.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use traillake_event::id::EventDataStoreId;
use url::Url;

use crate::attributes::{Attributes, CreateOptions};
use crate::clock::Clock;
use crate::durable::DurableFileSystem;
use crate::error::{Error, cause};
use crate::integrity::{Verification, VerifyOptions};
use crate::log::Failure;
use crate::log::delta::DeltaLog;
use crate::store::{EventDataStore, Found};

mod create;
pub(crate) mod names;
pub(crate) mod purge;

pub use purge::Purged;

/// How many logs are read at once when a lake is listed.
const LISTED_AT_ONCE: usize = 8;
/// How many event data stores CloudTrail allows in a Region (user guide, *Quotas*).
const STORES_MAX: usize = 10;

/// A directory, or a prefix of an object storage, whose folders are event data stores.
///
/// Cheap to clone. Every method looks at the storage; the newest version of a store is kept, whole, until there is a
/// newer one, so that asking again costs two look-ups instead of a replay of the log.
#[derive(Clone, Debug)]
pub struct Lake {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    storage: Arc<dyn ObjectStore>,
    location: Url,
    terms: Terms,
    /// The logs that were looked at, each with the newest version it was seen to have.
    logs: Mutex<HashMap<EventDataStoreId, Arc<DeltaLog>>>,
}

/// What a lake goes by.
#[derive(Clone, Debug, Default)]
struct Terms {
    clock: Clock,
    has_quotas: bool,
    /// The lake's directory, where it is known to be one.
    directory: Option<PathBuf>,
}

/// The outcome of [`Lake::create`].
#[derive(Clone, Debug)]
pub enum Create {
    /// The new store.
    Done(EventDataStore),
    /// The store that has the name already; nothing was created.
    NameTaken(EventDataStore),
}

impl Lake {
    /// Opens a lake at a path or a `file://` URL.
    ///
    /// A directory that does not exist is an empty lake; the first write makes it. Reads nothing of the
    /// stores. Other URLs are [`Error::Scheme`], a path to a file is [`Error::Location`].
    pub async fn open(location: &str) -> Result<Lake, Error> {
        let refuse = |reason: &str| Error::Location { location: location.to_owned(), reason: reason.to_owned() };
        let path = match location.split_once("://") {
            Some(_) => local_path(location)?,
            None if location.is_empty() => return Err(refuse("the path is empty")),
            None => PathBuf::from(location),
        };
        let path = resolve(&path).await.map_err(|error| refuse(&error.to_string()))?;
        if tokio::fs::metadata(&path).await.is_ok_and(|metadata| !metadata.is_dir()) {
            return Err(refuse("it is a file, not a directory"));
        }
        let root = Url::from_directory_path(&path).map_err(|()| refuse("the path has no URL"))?;
        let storage = DurableFileSystem::new(&path).map_err(|error| refuse(&error.to_string()))?;
        Ok(Self::new(Arc::new(storage), root, Terms { directory: Some(path), ..Terms::default() }))
    }

    /// A lake in a storage whose root is the lake. `root` is only for people to read.
    ///
    /// The storage must put atomically, refuse a [`Create`](object_store::PutMode::Create) of what exists, and
    /// have stored durably what it has answered, and list in the order of paths: see [`DurableFileSystem`].
    pub fn with_storage(storage: Arc<dyn ObjectStore>, root: Url) -> Lake {
        Self::new(storage, root, Terms::default())
    }

    /// The lake, by another clock than the system's. Stores that were looked up before keep theirs.
    pub fn with_clock(&self, clock: Clock) -> Lake {
        self.with_terms(Terms { clock, ..self.inner.terms.clone() })
    }

    /// The lake, with CloudTrail's quotas or, as it is opened, without: ten event data stores, those pending deletion
    /// counted. One more is [`Error::StoresLimit`].
    pub fn with_quotas(&self, has_quotas: bool) -> Lake {
        self.with_terms(Terms { has_quotas, ..self.inner.terms.clone() })
    }

    fn with_terms(&self, terms: Terms) -> Lake {
        Self::new(Arc::clone(self.storage()), self.location().clone(), terms)
    }

    fn new(storage: Arc<dyn ObjectStore>, location: Url, terms: Terms) -> Self {
        Self { inner: Arc::new(Inner { storage, location, terms, logs: Mutex::default() }) }
    }

    /// Where the lake is.
    pub fn location(&self) -> &Url {
        &self.inner.location
    }

    /// What the lake takes for the time.
    pub fn clock(&self) -> &Clock {
        &self.inner.terms.clock
    }

    /// The lake's storage. Paths are relative to the lake.
    pub fn storage(&self) -> &Arc<dyn ObjectStore> {
        &self.inner.storage
    }

    /// Every store of the lake, those pending deletion too, sorted by name. A store that was deleted more than seven
    /// days ago is gone, whether or not its files are [purged](Self::purge).
    ///
    /// Lists the lake and reads the newest log entries of each store. Folders that hold no event data store
    /// are passed over.
    pub async fn event_data_stores(&self) -> Result<Vec<EventDataStore>, Error> {
        let found = self.look().await?.into_iter().filter(|found| found.is_there(self.clock().now_ms()));
        let mut stores: Vec<EventDataStore> = found.map(|found| found.store).collect();
        stores.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(stores)
    }

    /// The store of this name, id or ARN. Names are compared exactly first, then without regard to case.
    ///
    /// An id or ARN reads one log, a name those of all stores.
    pub async fn find(&self, name_id_or_arn: &str) -> Result<Option<EventDataStore>, Error> {
        if let Ok(id) = name_id_or_arn.parse::<EventDataStoreId>()
            && let Some(store) = EventDataStore::open(self, id).await?
        {
            return Ok(Some(store));
        }
        let stores = self.event_data_stores().await?;
        let exact = stores.iter().find(|store| store.name() == name_id_or_arn);
        let found = exact.or_else(|| stores.iter().find(|store| store.name().eq_ignore_ascii_case(name_id_or_arn)));
        Ok(found.cloned())
    }

    /// Makes a store. Names are 3 to 128 characters of `[a-zA-Z0-9._-]`, unique without regard to case.
    ///
    /// A name is never had by two stores, also when two processes create it in the same moment. Two commits
    /// and two looks at the logs of all stores. A store that is pending deletion keeps its name until it is gone.
    /// Attributes out of their bounds are [`Error::Attribute`] and its like: each says what it would have to be.
    pub async fn create(&self, name: &str, options: CreateOptions) -> Result<Create, Error> {
        create::create(self, name, options).await
    }

    /// Removes the files of the stores that are gone: deleted, and not restored within seven days.
    ///
    /// Each becomes impossible to restore by a commit first. What is stopped half-way leaves the store gone, and is
    /// finished by the next call. Reads one log for each store, and lists the folders of those that are gone.
    pub async fn purge(&self) -> Result<Purged, Error> {
        purge::purge(self).await
    }

    /// How many stores the lake may have; `None` where any number.
    fn places(&self) -> Option<usize> {
        self.inner.terms.has_quotas.then_some(STORES_MAX)
    }

    /// That a lake with quotas has not too many stores, with so many more.
    pub(crate) async fn check_stores(&self, more: usize) -> Result<(), Error> {
        let Some(quota) = self.places() else { return Ok(()) };
        let stores = self.event_data_stores().await?.len();
        match stores + more <= quota {
            true => Ok(()),
            false => Err(Error::StoresLimit { lake: self.to_string(), stores, quota }),
        }
    }

    /// As [`EventDataStore::verify`], of a store that may be too broken to be opened.
    pub async fn verify(
        &self,
        id: EventDataStoreId,
        options: VerifyOptions,
        progressed: &mut (dyn FnMut(&Verification) + Send),
    ) -> Result<Verification, Error> {
        let name = id.to_string();
        let attributes = Attributes::new(&name, CreateOptions::default(), self.clock().now_ms())?;
        EventDataStore::new(self, id, attributes).verify(options, progressed).await
    }

    /// The log of a store, whether it exists or not.
    /// The directory it is, where it is known to be one.
    pub(crate) fn directory(&self) -> Option<&FilePath> {
        self.inner.terms.directory.as_deref()
    }

    pub(crate) fn log(&self, id: EventDataStoreId) -> Result<Arc<DeltaLog>, Failure> {
        let mut logs = self.inner.logs.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match logs.entry(id) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(unknown) => {
                Arc::clone(unknown.insert(Arc::new(DeltaLog::new(self.storage(), self.clock(), id)?)))
            }
        })
    }

    /// Forgets the log of a store that is no more.
    fn forget(&self, id: EventDataStoreId) {
        self.inner.logs.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// The folders that may hold stores.
    async fn folders(&self) -> Result<Vec<EventDataStoreId>, Error> {
        let listed = self.storage().list_with_delimiter(None).await;
        let listed = listed.map_err(|error| Error::ListStores { lake: self.to_string(), source: cause(error) })?;
        Ok(listed.common_prefixes.iter().filter_map(|prefix| prefix.filename()?.parse().ok()).collect())
    }

    /// Every store of the lake, those being created and those that are gone too, in no order.
    async fn look(&self) -> Result<Vec<Found>, Error> {
        let folders = self.folders().await?;
        let looks: Vec<_> = folders.into_iter().map(|id| EventDataStore::look(self, id)).collect();
        let found: Vec<Option<Found>> = stream::iter(looks).buffer_unordered(LISTED_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}

impl std::fmt::Display for Lake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.location().to_file_path() {
            Ok(path) if self.location().scheme() == "file" => path.display().fmt(f),
            _ => self.location().fmt(f),
        }
    }
}

fn local_path(location: &str) -> Result<PathBuf, Error> {
    let refuse = |reason: String| Error::Location { location: location.to_owned(), reason };
    let url = Url::parse(location).map_err(|error| refuse(error.to_string()))?;
    if url.scheme() != "file" {
        return Err(Error::Scheme { location: location.to_owned(), scheme: url.scheme().to_owned() });
    }
    url.to_file_path().map_err(|()| refuse("the URL names no local path; write file:///path/to/lake".to_owned()))
}

/// The path with its existing part resolved, so that `..` and links mean what they do to the shell.
async fn resolve(path: &FilePath) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        match tokio::fs::canonicalize(existing).await {
            Ok(resolved) => return Ok(missing.iter().rev().fold(resolved, |path, name| path.join(name))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else { return Err(error) };
                missing.push(name.to_owned());
                existing = parent;
            }
            Err(error) => return Err(error),
        }
    }
}
