//! From the text of a query to its results.

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemTable, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::displayable;
use datafusion::prelude::SessionConfig;
use datafusion_trino::{Function, Mentions, Parameters, Statement, TableVersion};
use std::collections::HashMap;
use std::mem;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use traillake_event::category::StoreType;
use traillake_event::id::EventDataStoreId;
use traillake_store::{EventDataStore, Lake, Snapshot};

use crate::athena::athena_columns;
use crate::error::QueryError;
use crate::explanation::Explanation;
use crate::functions::{Occurrences, udf};
use crate::memory::SharedMemory;
use crate::placeholder::{self, Kind};
use crate::results::{Asked, Results};
use crate::row_groups::Looked;
use crate::second_try::{Planned, physical_plan};
use crate::system::SystemTable;
use crate::table::{EventTable, ScanReport};
use crate::view::{Columns, logical_columns};
use crate::whole_maps::WholeMaps;
use crate::{late_rule, leaf_rule, system, view};

/// The place holder that CloudTrail Lake's console writes for an event data store; `<…>` means the same.
const EDS_ID: &str = "$eds_id";
/// The schema of the lake's own tables.
const SYSTEM_SCHEMA: &str = "lake";
/// The schema of the event data stores in the shape of Athena's table.
const ATHENA_SCHEMA: &str = "athena";
/// What AWS's documentation calls that table: stands for `athena.$EDS_ID` unless a store has the name.
const ATHENA_TABLES: [&str; 2] = ["cloudtrail_logs", "cloudtrail_logs_pp"];
/// What metadata of data files may take of memory: that of some hundred files with all their columns.
const METADATA_BYTES_MAX: usize = 256 << 20;
/// The share of the memory that each sort sets aside to merge what it has spilled.
const MERGING_SHARE: usize = 64;
const CATALOG: &str = "traillake";
const SCHEMA: &str = "stores";

/// How much of the machine queries may use.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Memory for sorts, joins and groups, in bytes, beyond which they spill to disk; unbounded when `None`. What is
    /// cached of data files, and the batches on their way, come on top.
    pub memory_bytes: Option<usize>,
    /// Threads of one query; all cores when `None`.
    pub threads: Option<NonZeroUsize>,
}

/// What a query may lean on besides its text.
#[derive(Clone, Debug, Default)]
pub struct QueryOptions {
    /// The event data store that `$EDS_ID` stands for, by name, id or ARN.
    pub store: Option<String>,
    /// Values for `?` and `:name`; every parameter of the query needs one, and every value a parameter.
    pub parameters: Parameters,
    /// The version that an event data store is read in where the query says none; the newest of others.
    pub versions: HashMap<EventDataStoreId, u64>,
    /// How many rows are wanted at most, as a LIMIT around the query would have it; all of them when `None`.
    pub rows_max: Option<u64>,
}

/// Answers SQL over one lake. Metadata (256 MB of it), bloom filters and parts of value indexes (64 MB each) of data
/// files stay cached for the engine's life; every query sees the newest snapshot of each store, whole. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    lake: Lake,
    location: ObjectStoreUrl,
    looked: Arc<Looked>,
    state: SessionState,
}

impl Engine {
    /// An engine over a lake.
    pub fn new(lake: Lake, options: &EngineOptions) -> Result<Self, QueryError> {
        let location = ObjectStoreUrl::parse("traillake://lake").map_err(QueryError::Session)?;
        let mut runtime = RuntimeEnvBuilder::new().with_metadata_cache_limit(METADATA_BYTES_MAX);
        if let Some(bytes) = options.memory_bytes {
            let consumers_named = NonZeroUsize::MIN.saturating_add(4);
            runtime =
                runtime.with_memory_pool(Arc::new(TrackConsumersPool::new(SharedMemory::new(bytes), consumers_named)));
        }
        let runtime = runtime.build_arc().map_err(QueryError::Session)?;
        runtime.register_object_store(location.as_ref(), Arc::clone(lake.storage()));
        let mut config = SessionConfig::new().with_default_catalog_and_schema(CATALOG, SCHEMA);
        if let Some(bytes) = options.memory_bytes {
            let execution = &mut config.options_mut().execution;
            execution.sort_spill_reservation_bytes = execution.sort_spill_reservation_bytes.min(bytes / MERGING_SHARE);
        }
        if let Some(threads) = options.threads {
            config = config.with_target_partitions(threads.get());
        }
        // A view's expressions meet their filters in the first passes and their columns in the last.
        config.options_mut().optimizer.max_passes = 6;
        // The check compares nullability too, which cutting out common subexpressions changes for `IS NOT TRUE`.
        config.options_mut().execution.skip_physical_aggregate_schema_check = true;
        let builder = SessionStateBuilder::new()
            .with_config(datafusion_trino::session_config(config))
            .with_runtime_env(runtime)
            .with_default_features()
            .with_optimizer_rules(leaf_rule::optimizer_rules())
            .with_physical_optimizer_rules(late_rule::physical_rules())
            .with_query_planner(Arc::new(WholeMaps));
        let trino = datafusion_trino::Options { map_lookup: Some(Arc::new(view::map_key)) };
        let mut state = datafusion_trino::register_with(builder, trino).build();
        for function in [Occurrences::condition(), Occurrences::paths()] {
            state.register_udf(udf(function)).map_err(QueryError::Session)?;
        }
        Ok(Self { lake, location, looked: Arc::default(), state })
    }

    /// The lake that is queried.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The functions a query may call, by name.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = datafusion_trino::functions(&self.state);
        functions.extend(Occurrences::LISTED);
        functions.sort_by_key(|function| function.name);
        functions
    }

    /// Starts a query: one SELECT in CloudTrail Lake's dialect.
    ///
    /// `FROM` takes a store's name in any letter case, its id (bare or quoted), its ARN (quoted), `$EDS_ID` (or
    /// `<…>`, as documents write it), or one of the lake's own tables ([`system_tables`](crate::system_tables)).
    /// Behind `athena.` each store has the shape of Athena's table for CloudTrail; `cloudtrail_logs`, the name AWS
    /// gives that table, is `athena.$EDS_ID` unless a store has the name.
    pub async fn query(&self, sql: &str, options: &QueryOptions) -> Result<Results, QueryError> {
        let started = Instant::now();
        let prepared = self.prepare(sql, options, ScanReport::default()).await?;
        let Prepared { state, plan, headers, report, read } = prepared;
        let plan = Planned::new(state, plan, Arc::clone(&report)).await.map_err(plan_error)?;
        let (running, stream) = plan.run().map_err(QueryError::running)?;
        let Read { snapshots, system_tables } = read;
        let asked = Asked { sql: sql.to_owned(), options: options.clone(), snapshots, system_tables };
        Ok(Results::new(asked, &headers, stream, running, report, started))
    }

    /// What a query would read, and its plan; it does not run. Reads the footers of the data files it would open, and
    /// what it takes to know which these are.
    pub async fn explain(&self, sql: &str, options: &QueryOptions) -> Result<Explanation, QueryError> {
        let report = ScanReport { explanations: Some(Mutex::default()), ..ScanReport::default() };
        let prepared = self.prepare(sql, options, report).await?;
        let plan = physical_plan(&prepared.state, &prepared.plan).await.map_err(plan_error)?;
        let scans = prepared
            .report
            .explanations
            .as_ref()
            .map(|scans| mem::take(&mut *scans.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(Explanation { scans: scans.unwrap_or_default(), plan: displayable(plan.as_ref()).indent(false).to_string() })
    }

    async fn prepare(&self, sql: &str, options: &QueryOptions, report: ScanReport) -> Result<Prepared, QueryError> {
        let mut statement = Statement::parse(sql)?;
        statement.bind(&options.parameters)?;
        let report = Arc::new(report);
        match self.plan(&statement, statement.mentions(), options, &report).await {
            // What is alike among all columns can be said only when they are there.
            Err(QueryError::Statement(_)) => self.plan(&statement, &Mentions::everything(), options, &report).await,
            planned => planned,
        }
    }

    /// Plans a statement over tables that have the columns it mentions.
    async fn plan(
        &self,
        statement: &Statement,
        mentions: &Mentions,
        options: &QueryOptions,
        report: &Arc<ScanReport>,
    ) -> Result<Prepared, QueryError> {
        let events = View { columns: logical_columns, is_athena: false, version: None, mentions, report };
        let athena = View { columns: athena_columns, is_athena: true, ..events };
        let catalog = Catalog::new();
        let mut read = Read::default();
        for name in statement.tables() {
            match name.as_slice() {
                [schema, table] if schema.eq_ignore_ascii_case(SYSTEM_SCHEMA) => {
                    let Some(known) = system::find(table) else {
                        let position = statement.position_of_table(&name);
                        return Err(QueryError::UnknownSystemTable { name: table.clone(), position });
                    };
                    let batch = known.read(&self.lake).await?;
                    let memory = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(plan_error)?;
                    catalog.add(&catalog.system, table, Arc::new(memory))?;
                    read.system_table(known);
                }
                [schema, store] if schema.eq_ignore_ascii_case(ATHENA_SCHEMA) => {
                    let (of, version) = versioned(statement, &name, store);
                    let shaped = self.shaped(&of, options, View { version, ..athena }).await;
                    let shaped = shaped.map_err(|error| error.at(statement.position_of_table(&name)))?;
                    catalog.add(&catalog.athena, store, shaped.table)?;
                    read.snapshot(shaped.snapshot);
                }
                [table] => {
                    let (of, version) = versioned(statement, &name, table);
                    let shaped = match self.is_athena_table(&of).await? {
                        true => self.shaped(EDS_ID, options, View { version, ..athena }).await,
                        false => self.shaped(&of, options, View { version, ..events }).await,
                    };
                    let shaped = shaped.map_err(|error| error.at(statement.position_of_table(&name)))?;
                    catalog.add(&catalog.stores, table, shaped.table)?;
                    read.snapshot(shaped.snapshot);
                }
                // Longer names cannot be ours: planning says that the table does not exist.
                _ => {}
            }
        }
        let mut state = self.state.clone();
        state.register_catalog_list(catalog.list);
        // One instant for the whole query is what `now()` is.
        state.mark_start_execution();
        let planned = statement.plan(&state).await?;
        let plan = match options.rows_max {
            Some(rows) => limited(planned.plan, rows)?,
            None => planned.plan,
        };
        Ok(Prepared { state, plan, headers: planned.headers, report: Arc::clone(report), read })
    }

    /// Whether a bare name is one of AWS's names for Athena's table, and no store's.
    async fn is_athena_table(&self, name: &str) -> Result<bool, QueryError> {
        Ok(ATHENA_TABLES.iter().any(|known| known.eq_ignore_ascii_case(name)) && self.lake.find(name).await?.is_none())
    }

    /// The store of a name, in a shape.
    async fn shaped(&self, name: &str, options: &QueryOptions, view: View<'_>) -> Result<Shaped, QueryError> {
        let store = self.resolve(name, options).await?;
        let pinned = options.versions.get(&store.id()).copied().map(TableVersion::Number);
        self.view(&store, View { version: view.version.or(pinned), ..view }).await
    }

    async fn resolve(&self, name: &str, options: &QueryOptions) -> Result<EventDataStore, QueryError> {
        let place_holder = placeholder::kind(name);
        if place_holder != Some(Kind::Marked)
            && let Some(store) = self.lake.find(name).await?
        {
            return Ok(store);
        }
        let name = match (place_holder, &options.store) {
            (None, _) => name,
            (Some(_), Some(chosen)) => chosen,
            (Some(_), None) => return self.only_store(name).await,
        };
        match self.lake.find(name).await? {
            Some(store) => Ok(store),
            None => {
                let known = self.store_names().await?;
                Err(QueryError::UnknownStore { name: name.to_owned(), known, position: None })
            }
        }
    }

    async fn only_store(&self, name: &str) -> Result<EventDataStore, QueryError> {
        let mut stores = self.lake.event_data_stores().await?;
        stores.retain(|store| store.attributes().check_takes_queries().is_ok());
        if stores.len() > 1 {
            // Beside a trail, stores of other types are no second choice.
            stores.retain(|store| store.attributes().store_type() == StoreType::Events);
        }
        match (stores.pop(), stores.is_empty()) {
            (Some(store), true) => Ok(store),
            _ => {
                let known = self.store_names().await?;
                Err(QueryError::NoStoreChosen { name: name.to_uppercase(), known, position: None })
            }
        }
    }

    async fn store_names(&self) -> Result<Vec<String>, QueryError> {
        Ok(self.lake.event_data_stores().await?.iter().map(|store| store.name().to_owned()).collect())
    }

    /// A shape over the newest snapshot of a store.
    async fn view(&self, store: &EventDataStore, view: View<'_>) -> Result<Shaped, QueryError> {
        if store.attributes().check_takes_queries().is_err() {
            return Err(QueryError::InactiveStore { name: store.name().to_owned(), position: None });
        }
        let store_type = store.attributes().store_type();
        if view.is_athena && store_type != StoreType::Events {
            let (name, keeps) = (store.name().to_owned(), store_type.events_name());
            return Err(QueryError::NoAthenaTable { name, keeps, position: None });
        }
        let snapshot = match view.version {
            None => store.snapshot().await?,
            Some(TableVersion::Number(version)) => store.snapshot_at(version).await?,
            Some(TableVersion::Instant(at_ms)) => store.snapshot_then(at_ms).await?,
            Some(TableVersion::Ago(ms)) => store.snapshot_then(self.lake.clock().now_ms().saturating_sub(ms)).await?,
        };
        let schema = Arc::clone(snapshot.store().schema());
        let table =
            EventTable::new(snapshot.clone(), self.location.clone(), Arc::clone(&self.looked), Arc::clone(view.report));
        let columns = (view.columns)(&schema, view.mentions);
        let over = view::over(&schema, &store.id().to_string(), provider_as_source(Arc::new(table)), columns);
        Ok(Shaped { snapshot, table: Arc::new(ViewTable::new(over.map_err(plan_error)?, None)) })
    }
}

/// The name of the store that a table of a statement is, and the version it is read in.
fn versioned(statement: &Statement, name: &[String], table: &str) -> (String, Option<TableVersion>) {
    match statement.table_version(name) {
        Some((name, version)) => (name.last().cloned().unwrap_or_default(), Some(version)),
        None => (table.to_owned(), None),
    }
}

/// A view over the flat columns of a store.
#[derive(Clone, Copy)]
struct View<'a> {
    columns: Columns,
    is_athena: bool,
    version: Option<TableVersion>,
    mentions: &'a Mentions,
    report: &'a Arc<ScanReport>,
}

/// A snapshot as a table.
struct Shaped {
    snapshot: Snapshot,
    table: Arc<dyn TableProvider>,
}

/// What a query reads, each once.
#[derive(Default)]
struct Read {
    snapshots: Vec<Snapshot>,
    system_tables: Vec<SystemTable>,
}

impl Read {
    fn snapshot(&mut self, snapshot: Snapshot) {
        let same =
            |known: &Snapshot| known.store().id() == snapshot.store().id() && known.version() == snapshot.version();
        if !self.snapshots.iter().any(same) {
            self.snapshots.push(snapshot);
        }
    }

    fn system_table(&mut self, table: SystemTable) {
        if !self.system_tables.contains(&table) {
            self.system_tables.push(table);
        }
    }
}

/// A plan that gives so many rows and no more.
fn limited(plan: LogicalPlan, rows: u64) -> Result<LogicalPlan, QueryError> {
    let rows = usize::try_from(rows).ok();
    LogicalPlanBuilder::from(plan).limit(0, rows).and_then(LogicalPlanBuilder::build).map_err(plan_error)
}

fn plan_error(error: datafusion::error::DataFusionError) -> QueryError {
    QueryError::Statement(error.into())
}

struct Prepared {
    state: SessionState,
    plan: LogicalPlan,
    headers: Vec<String>,
    report: Arc<ScanReport>,
    read: Read,
}

/// The tables of one query.
struct Catalog {
    list: Arc<dyn CatalogProviderList>,
    stores: Arc<dyn SchemaProvider>,
    athena: Arc<dyn SchemaProvider>,
    system: Arc<dyn SchemaProvider>,
}

impl Catalog {
    fn new() -> Self {
        let schema = || -> Arc<dyn SchemaProvider> { Arc::new(MemorySchemaProvider::new()) };
        let (stores, athena, system) = (schema(), schema(), schema());
        let catalog = MemoryCatalogProvider::new();
        // Registering a schema in memory cannot fail.
        let _ = catalog.register_schema(SCHEMA, Arc::clone(&stores));
        let _ = catalog.register_schema(ATHENA_SCHEMA, Arc::clone(&athena));
        let _ = catalog.register_schema(SYSTEM_SCHEMA, Arc::clone(&system));
        let list: Arc<dyn CatalogProviderList> = Arc::new(MemoryCatalogProviderList::new());
        list.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        Self { list, stores, athena, system }
    }

    /// Adds a table under its lower-case name, once however often the query names it.
    fn add(
        &self,
        schema: &Arc<dyn SchemaProvider>,
        name: &str,
        table: Arc<dyn TableProvider>,
    ) -> Result<(), QueryError> {
        let name = name.to_lowercase();
        if !schema.table_exist(&name) {
            schema.register_table(name, table).map_err(plan_error)?;
        }
        Ok(())
    }
}
