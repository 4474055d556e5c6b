//! The lake as a program sees it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use object_store::ObjectStore;
use tempfile::TempDir;
use traillake_event::id::EventDataStoreId;
use traillake_ingest::{ImportReport, Observer, Options as ImportOptions, Progress, Source, VerifyReport};
use traillake_query::{Engine, EngineOptions, Explanation, Function, QueryOptions, Results};
use traillake_store::{
    Create, CreateOptions, Error as StoreError, EventDataStore, Purged, Retention, Status, Verification, VerifyOptions,
};
use url::Url;

use crate::error::Error;

/// How much of the machine a lake may use.
#[derive(Clone, Debug, Default)]
pub struct LakeOptions {
    /// Memory of queries in bytes, beyond which sorts and groups spill to disk; unbounded when `None`.
    pub memory_bytes: Option<usize>,
    /// Threads of one query; all cores when `None`.
    pub threads: Option<NonZeroUsize>,
}

/// A lake of event data stores. Cheap to clone; clones share what has been cached.
#[derive(Clone, Debug)]
pub struct Lake {
    stores: traillake_store::Lake,
    engine: Engine,
    // Keeps a temporary lake's directory until the last clone is gone.
    _directory: Option<Arc<TempDir>>,
}

impl Lake {
    /// Opens the lake at a path or `file://` URL. Nothing is created: a directory that does not exist is an empty
    /// lake until something is imported.
    pub async fn open(location: &str) -> Result<Self, Error> {
        Self::open_with(location, &LakeOptions::default()).await
    }

    /// As [`open`](Self::open), within limits.
    pub async fn open_with(location: &str, options: &LakeOptions) -> Result<Self, Error> {
        Self::over(traillake_store::Lake::open(location).await?, options, None)
    }

    /// A lake in a new directory of the system's temporary folder, removed with the last clone.
    pub async fn temporary(options: &LakeOptions) -> Result<Self, Error> {
        let directory = temporary_directory()?;
        let location = directory.path().to_string_lossy().into_owned();
        Self::over(traillake_store::Lake::open(&location).await?, options, Some(Arc::new(directory)))
    }

    /// The lake over storage a program has opened itself.
    pub fn over_storage(stores: traillake_store::Lake, options: &LakeOptions) -> Result<Self, Error> {
        Self::over(stores, options, None)
    }

    fn over(
        stores: traillake_store::Lake,
        options: &LakeOptions,
        directory: Option<Arc<TempDir>>,
    ) -> Result<Self, Error> {
        let engine = EngineOptions { memory_bytes: options.memory_bytes, threads: options.threads };
        Ok(Self { engine: Engine::new(stores.clone(), &engine)?, stores, _directory: directory })
    }

    /// Where the lake is.
    pub fn location(&self) -> &Url {
        self.stores.location()
    }

    pub(crate) fn storage(&self) -> &Arc<dyn ObjectStore> {
        self.stores.storage()
    }

    /// The event data stores, by name.
    pub async fn event_data_stores(&self) -> Result<Vec<EventDataStore>, Error> {
        Ok(self.stores.event_data_stores().await?)
    }

    /// The event data store of a name (in any letter case), id or ARN.
    pub async fn event_data_store(&self, name: &str) -> Result<EventDataStore, Error> {
        match self.stores.find(name).await? {
            Some(store) => Ok(store),
            None => {
                let known = self.event_data_stores().await?;
                let known = known.iter().map(|store| store.name().to_owned()).collect();
                Err(traillake_query::QueryError::UnknownStore { name: name.to_owned(), known, position: None }.into())
            }
        }
    }

    /// Creates an event data store. A name that is taken is an error.
    pub async fn create_event_data_store(&self, name: &str, options: CreateOptions) -> Result<EventDataStore, Error> {
        match self.stores.create(name, options).await? {
            Create::Done(store) => Ok(store),
            Create::NameTaken(store) if store.attributes().status == Status::PendingDeletion => {
                Err(traillake_store::Error::Inactive { store: store.name().to_owned(), operation: "created again" }
                    .into())
            }
            Create::NameTaken(store) => Err(Error::NameTaken { name: store.name().to_owned() }),
        }
    }

    /// Removes the files of the event data stores whose seven days after deletion are over.
    pub async fn purge(&self) -> Result<Purged, Error> {
        Ok(self.stores.purge().await?)
    }

    /// Proves that an event data store, by name, id or ARN, is what was committed, or says what was touched: see
    /// [`EventDataStore::verify`]. An id finds also a store that is too broken to be opened.
    pub async fn verify_store(&self, name: &str, options: VerifyOptions) -> Result<Verification, Error> {
        match name.parse::<EventDataStoreId>() {
            Ok(id) => Ok(self.stores.verify(id, options, &mut |_| ()).await?),
            Err(_) => match self.stores.find(name).await {
                // Perhaps it is the one that is asked for; it keeps others from being found in any case.
                Err(StoreError::ReadLog { id, .. } | StoreError::CorruptLog { id, .. }) => {
                    Ok(self.stores.verify(id, options, &mut |_| ()).await?)
                }
                _ => Ok(self.event_data_store(name).await?.verify(options, &mut |_| ()).await?),
            },
        }
    }

    /// Imports log files into an event data store, which is created when it does not exist.
    ///
    /// Objects that were imported before add nothing; an event that two objects deliver becomes one row. The
    /// report says what became of every record.
    pub async fn import(&self, store: &str, sources: impl IntoIterator<Item = Source>) -> Result<ImportReport, Error> {
        let sources: Vec<Source> = sources.into_iter().collect();
        self.import_with(store, &sources, &ImportOptions::default(), &Unobserved).await
    }

    /// As [`import`](Self::import), with options, telling an observer how it goes.
    pub async fn import_with(
        &self,
        store: &str,
        sources: &[Source],
        options: &ImportOptions,
        observer: &dyn Observer,
    ) -> Result<ImportReport, Error> {
        let store = match self.stores.find(store).await? {
            Some(store) => store,
            None if options.dry_run => return self.import_nowhere(store, sources, options, observer).await,
            None => match Self::create_for(&self.stores, store, sources).await? {
                Create::Done(store) | Create::NameTaken(store) => store,
            },
        };
        Ok(traillake_ingest::import(&store, sources, options, observer).await?)
    }

    /// Reads the sources of an import once more and compares each record with what the store gives back for it, byte
    /// for byte. The report says which are missing; that some are is no error.
    ///
    /// `memory_bytes` and `workers` of the options count here too.
    pub async fn verify(
        &self,
        store: &str,
        sources: &[Source],
        options: &ImportOptions,
        observer: &dyn Observer,
    ) -> Result<VerifyReport, Error> {
        let store = self.event_data_store(store).await?;
        Ok(traillake_ingest::verify(&store, sources, options, observer).await?)
    }

    /// The dry run of a first import: into a store that is made for it and goes away with it.
    async fn import_nowhere(
        &self,
        store: &str,
        sources: &[Source],
        options: &ImportOptions,
        observer: &dyn Observer,
    ) -> Result<ImportReport, Error> {
        let directory = temporary_directory()?;
        let location = directory.path().to_string_lossy().into_owned();
        let lake = traillake_store::Lake::open(&location).await?;
        // Under the lake's own location: what lies in the lake is no source.
        let lake = traillake_store::Lake::with_storage(Arc::clone(lake.storage()), self.location().clone());
        let (Create::Done(store) | Create::NameTaken(store)) = Self::create_for(&lake, store, sources).await?;
        Ok(traillake_ingest::import(&store, sources, options, observer).await?)
    }

    /// Makes the store of a first import, for the events that the sources hold; not for sources that do not exist.
    async fn create_for(lake: &traillake_store::Lake, store: &str, sources: &[Source]) -> Result<Create, Error> {
        let store_type = traillake_ingest::recognise(sources).await?;
        // Nobody has said how long events are to be kept: an archive of many years is imported whole.
        let options = CreateOptions { retention: Some(Retention::Unlimited), ..CreateOptions::of(store_type) };
        Ok(lake.create(store, options).await?)
    }

    /// Starts a query: one SELECT in CloudTrail Lake's dialect. `FROM` takes a store's name, id or ARN, `$EDS_ID`
    /// when the lake has one store, or a table of the schema `lake`.
    pub async fn query(&self, sql: &str) -> Result<Results, Error> {
        self.query_with(sql, &QueryOptions::default()).await
    }

    /// As [`query`](Self::query), with options: a store for place holders, values for parameters.
    ///
    /// ```no_run
    /// # async fn example(lake: &traillake::Lake) -> Result<(), traillake::Error> {
    /// use traillake::{Parameters, QueryOptions};
    ///
    /// let parameters = Parameters::new().with_named("user", "o'neill").with(10);
    /// let options = QueryOptions { parameters, ..QueryOptions::default() };
    /// let sql = "SELECT eventTime FROM trail WHERE userIdentity.userName = :user LIMIT ?";
    /// let mut rows = lake.query_with(sql, &options).await?;
    /// # let _ = rows.collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn query_with(&self, sql: &str, options: &QueryOptions) -> Result<Results, Error> {
        tracing::debug!(sql, "query");
        Ok(self.engine.query(sql, options).await?)
    }

    /// The functions a query may call, by name.
    pub fn functions(&self) -> Vec<Function> {
        self.engine.functions()
    }

    /// What a query would read: files, row groups, events and bytes left after each step of pruning, and its plan. The
    /// query does not run; the footers of the data files it would open are read.
    pub async fn explain(&self, sql: &str, options: &QueryOptions) -> Result<Explanation, Error> {
        Ok(self.engine.explain(sql, options).await?)
    }
}

fn temporary_directory() -> Result<TempDir, Error> {
    tempfile::Builder::new().prefix("traillake-").tempdir().map_err(Error::TemporaryDirectory)
}

/// Looks away.
struct Unobserved;

impl Observer for Unobserved {
    fn listed(&self, _objects: u64, _bytes: u64) {}
    fn progressed(&self, _progress: Progress) {}
    fn committed(&self, _version: u64) {}
}
