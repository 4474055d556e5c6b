//! What the lake holds, as far as completion wants to know it: stores with their columns, values of columns, keys of
//! maps.
//!
//! All of it is looked up aside, on the session's threads. The prompt waits for none of it, a key for a blink; what is
//! not there by then is there at the next. What fails is not there.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use traillake::schema::Schema;
use traillake::{Function, Lake, StoreType, system_tables};

use super::columns::{self, Column};
use super::scope::Tables;
use super::statement::is_word;
use super::words;

mod question;

pub(super) use question::{List, Of, Question, quoted};

/// The place holder for the event data store of `.use`, or the lake's only one.
pub(super) const EDS_ID: &str = "$EDS_ID";
/// The schema of the lake's own tables.
pub(super) const SYSTEM_SCHEMA: &str = "lake";
/// Where the stores stand in the shape of Athena's table.
pub(super) const ATHENA_SCHEMA: &str = "athena";

/// Lists that are kept; the one that was used least recently goes.
const LISTS_MAX: usize = 64;
/// Questions that are looked up at once.
const QUESTIONS_AT_ONCE: usize = 2;
/// What takes longer is not worth the waiting.
const LOOK_UP_MAX: Duration = Duration::from_secs(10);
/// The stores whose common columns are looked up without being asked for.
const STORES_LOOKED_UP: usize = 3;

/// What completion knows of the lake. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Catalog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    arrived: Condvar,
    turns: Semaphore,
    functions: Vec<Function>,
}

#[derive(Debug, Default)]
struct State {
    /// Whom to ask, and where it runs.
    source: Option<(Lake, Handle)>,
    stores: Arc<[Store]>,
    /// What `.use` has chosen.
    chosen: Option<String>,
    lists: HashMap<Question, Entry>,
    /// Counts the uses of lists.
    uses: u64,
    /// What is running.
    tasks: Vec<AbortHandle>,
}

/// A list and which version of its store it is of.
#[derive(Debug, Default)]
struct Entry {
    list: Option<Arc<List>>,
    version: u64,
    is_pending: bool,
    used: u64,
}

/// An event data store.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) name: String,
    /// Other names FROM takes.
    pub(super) also: Vec<String>,
    pub(super) schema: Arc<Schema>,
    pub(super) version: u64,
}

impl Catalog {
    /// A catalog that knows the functions and nothing else yet.
    pub(crate) fn new(lake: &Lake) -> Self {
        Self::of(lake.functions())
    }

    fn of(functions: Vec<Function>) -> Self {
        let turns = Semaphore::new(QUESTIONS_AT_ONCE);
        Self(Arc::new(Inner { state: Mutex::default(), arrived: Condvar::new(), turns, functions }))
    }

    /// Looks up the stores and the values of their common columns aside. To be called before each prompt.
    pub(crate) fn refresh(&self, lake: &Lake, runtime: &Handle) {
        self.rest();
        let (catalog, asked) = (self.clone(), lake.clone());
        let task = runtime.spawn(async move {
            if let Ok(stores) = read_stores(&asked).await {
                catalog.lock().stores = stores.into();
                for question in catalog.common() {
                    catalog.answer(&asked, question).await;
                }
            }
        });
        let mut state = self.lock();
        state.source = Some((lake.clone(), runtime.clone()));
        state.tasks.push(task.abort_handle());
    }

    /// Stops looking up: a statement is to have the machine.
    pub(crate) fn rest(&self) {
        let tasks = std::mem::take(&mut self.lock().tasks);
        tasks.iter().for_each(AbortHandle::abort);
    }

    /// Says what `$EDS_ID` stands for.
    pub(crate) fn choose(&self, store: Option<&str>) {
        self.lock().chosen = store.map(str::to_owned);
    }

    /// The event data stores.
    pub(super) fn stores(&self) -> Arc<[Store]> {
        Arc::clone(&self.lock().stores)
    }

    /// The functions, by name.
    pub(super) fn functions(&self) -> &[Function] {
        &self.0.functions
    }

    /// The function of this name, in any letter case.
    pub(super) fn function(&self, name: &str) -> Option<&Function> {
        let name = name.to_lowercase();
        let at = self.0.functions.binary_search_by(|function| function.name.cmp(&name)).ok()?;
        self.0.functions.get(at)
    }

    /// The tables of events that an investigation is probably about: the store that `$EDS_ID` stands for, or some.
    pub(super) fn usual_tables(&self) -> Vec<String> {
        let state = self.lock();
        let events = state.stores.iter().filter(|store| store.schema.store_type() == StoreType::Events);
        match state.usual() {
            Some(store) => vec![as_table(&store.name)],
            None => events.take(STORES_LOOKED_UP).map(|store| as_table(&store.name)).collect(),
        }
    }

    /// The list that answers a question, waiting a little when it is not there yet. One of an older version serves while
    /// the next is looked up.
    pub(super) fn list(&self, question: &Question, patience: Duration) -> Option<Arc<List>> {
        let until = Instant::now() + patience;
        let mut state = self.want(question);
        loop {
            let entry = state.lists.get(question)?;
            let left = until.saturating_duration_since(Instant::now());
            if entry.list.is_some() || !entry.is_pending || left.is_zero() {
                return entry.list.clone();
            }
            state = self.0.arrived.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Has a list looked up, unless it is there or on its way.
    fn want(&self, question: &Question) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if state.begin(question)
            && let Some((lake, runtime)) = state.source.clone()
        {
            let (catalog, asked) = (self.clone(), question.clone());
            let pending = Pending { catalog: catalog.clone(), question: asked.clone() };
            let task = runtime.spawn(async move {
                let turn = catalog.0.turns.acquire().await;
                let list = tokio::time::timeout(LOOK_UP_MAX, asked.answer(&lake)).await;
                drop(turn);
                pending.arrived(list.ok().flatten().unwrap_or_default());
            });
            state.tasks.retain(|task| !task.is_finished());
            state.tasks.push(task.abort_handle());
        }
        state
    }

    /// Looks a list up where it is called, unless it is there or on its way.
    async fn answer(&self, lake: &Lake, question: Question) {
        if !self.lock().begin(&question) {
            return;
        }
        let pending = Pending { catalog: self.clone(), question: question.clone() };
        let list = tokio::time::timeout(LOOK_UP_MAX, question.answer(lake)).await;
        pending.arrived(list.ok().flatten().unwrap_or_default());
    }

    /// What is asked for most, of the first stores.
    fn common(&self) -> Vec<Question> {
        let state = self.lock();
        let usual = state.usual().map(|store| store.name.clone());
        let mut stores: Vec<&Store> = state.stores.iter().collect();
        stores.sort_by_key(|store| Some(&store.name) != usual.as_ref());
        let questions = stores.iter().take(STORES_LOOKED_UP).flat_map(|store| question::common(store));
        questions.collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes that a list is on its way; `false` when there is nothing to do.
    fn begin(&mut self, question: &Question) -> bool {
        let Some(version) = self.version_of(&question.table) else { return false };
        self.uses += 1;
        let used = self.uses;
        if !self.lists.contains_key(question) && self.lists.len() >= LISTS_MAX {
            let oldest = self.lists.iter().filter(|(_, entry)| !entry.is_pending).min_by_key(|(_, entry)| entry.used);
            if let Some(oldest) = oldest.map(|(question, _)| question.clone()) {
                self.lists.remove(&oldest);
            }
        }
        let entry = self.lists.entry(question.clone()).or_default();
        entry.used = used;
        let is_there = entry.list.is_some() && entry.version == version;
        if is_there || entry.is_pending {
            return false;
        }
        (entry.is_pending, entry.version) = (true, version);
        true
    }

    fn version_of(&self, table: &str) -> Option<u64> {
        let name = table.strip_prefix(ATHENA_SCHEMA).and_then(|rest| rest.strip_prefix('.')).unwrap_or(table);
        self.stores.iter().find(|store| as_table(&store.name) == name).map(|store| store.version)
    }

    /// The store that `$EDS_ID` stands for.
    fn usual(&self) -> Option<&Store> {
        if let Some(chosen) = &self.chosen {
            return self.find(chosen);
        }
        let mut events = self.stores.iter().filter(|store| store.schema.store_type() == StoreType::Events);
        match (self.stores.as_ref(), events.next(), events.next()) {
            ([only], ..) | (_, Some(only), None) => Some(only),
            _ => None,
        }
    }

    fn find(&self, name: &str) -> Option<&Store> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        self.stores.iter().find(|store| is(&store.name) || store.also.iter().any(|also| is(also)))
    }
}

impl Tables for Catalog {
    fn columns(&self, name: &[String]) -> Option<Vec<Column>> {
        let state = self.lock();
        let store = |name: &str| match name.starts_with('$') || name.starts_with('<') {
            true => state.usual(),
            false => state.find(name),
        };
        let of = |columns: Vec<Column>, table: &str| columns.into_iter().map(|column| column.of(table)).collect();
        match name {
            [name] => {
                let store = store(name)?;
                Some(of(columns::of_store(&store.schema), &as_table(&store.name)))
            }
            [schema, name] if schema.eq_ignore_ascii_case(ATHENA_SCHEMA) => {
                let store = store(name).filter(|store| store.schema.store_type() == StoreType::Events)?;
                Some(of(columns::of_athena(), &format!("{ATHENA_SCHEMA}.{}", as_table(&store.name))))
            }
            [schema, name] if schema.eq_ignore_ascii_case(SYSTEM_SCHEMA) => {
                let table = system_tables().iter().find(|table| table.name().eq_ignore_ascii_case(name))?;
                Some(columns::of_system(*table))
            }
            _ => None,
        }
    }

    fn usual(&self) -> Vec<Column> {
        let state = self.lock();
        match state.usual() {
            Some(store) => {
                let table = as_table(&store.name);
                columns::of_store(&store.schema).into_iter().map(|column| column.of(&table)).collect()
            }
            None => columns::of_store(Schema::events()),
        }
    }
}

/// A list on its way. Should it never arrive, the next key asks again.
struct Pending {
    catalog: Catalog,
    question: Question,
}

impl Pending {
    fn arrived(self, list: List) {
        if let Some(entry) = self.catalog.lock().lists.get_mut(&self.question) {
            entry.list = Some(Arc::new(list));
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(entry) = self.catalog.lock().lists.get_mut(&self.question) {
            entry.is_pending = false;
        }
        self.catalog.0.arrived.notify_all();
    }
}

async fn read_stores(lake: &Lake) -> Result<Vec<Store>, traillake::Error> {
    let mut stores = Vec::new();
    for store in lake.event_data_stores().await? {
        if store.attributes().check_takes_queries().is_err() {
            continue;
        }
        stores.push(Store {
            name: store.name().to_owned(),
            also: vec![store.id().to_string(), store.arn()],
            schema: Arc::clone(store.schema()),
            version: store.snapshot().await.map_or(0, |snapshot| snapshot.version()),
        });
    }
    Ok(stores)
}

/// A store's name as it is written in FROM.
pub(super) fn as_table(store: &str) -> String {
    let plain = store.chars().all(|letter| is_word(letter) || letter == '-') && store.starts_with(char::is_alphabetic);
    if plain && !words::is_keyword(store) { store.to_owned() } else { format!("\"{}\"", store.replace('"', "\"\"")) }
}

#[cfg(test)]
pub(super) mod tests;
