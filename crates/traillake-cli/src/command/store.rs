//! `store`: the verbs on event data stores.

use traillake::{Changes, CreateOptions, EventDataStore, Lake, QueryOptions};

use crate::arguments::{StoreAttributes, StoreCommand, StoreCreate, StoreUpdate, Switch};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Destination, Format, Look};
use crate::terminal::{self, Screen};

const LIST: &str = "SELECT name, status, categories, retention_days, events, data_files, bytes, id \
                    FROM lake.event_data_stores ORDER BY name";

pub(super) async fn run(lake: &Lake, command: StoreCommand) -> Result<Outcome, Failure> {
    match command {
        StoreCommand::Create(create) => self::create(lake, create).await?,
        StoreCommand::List(list) => print(lake, LIST, list.format).await?,
        StoreCommand::Show(show) => {
            let store = lake.event_data_store(&show.store.name).await?;
            let sql = format!("SELECT * FROM lake.event_data_stores WHERE id = '{}'", store.id());
            print(lake, &sql, show.format).await?;
        }
        StoreCommand::Update(update) => self::update(lake, update).await?,
        StoreCommand::Compact(compact) => super::compact::run(lake, compact).await?,
        StoreCommand::Delete(store) => delete(&lake.event_data_store(&store.name).await?).await?,
        StoreCommand::Restore(store) => {
            let store = lake.event_data_store(&store.name).await?.restore().await.map_err(traillake::Error::from)?;
            terminal::say(&format!("restored event data store \"{}\"", store.name()));
        }
    }
    Ok(Outcome::Done)
}

/// Prints a query over the lake's own tables.
pub(super) async fn print(lake: &Lake, sql: &str, format: Format) -> Result<(), Failure> {
    let look = Look { screen: Screen::of_stdout(), header: true };
    let results = lake.query_with(sql, &QueryOptions::default()).await?;
    output::write(results, format, look, &mut Destination::stdout()).await?;
    Ok(())
}

/// The stores of a lake as a table.
pub(super) async fn list(lake: &Lake, format: Format) -> Result<(), Failure> {
    print(lake, LIST, format).await
}

/// The id is the answer; the rest is said aside.
async fn create(lake: &Lake, create: StoreCreate) -> Result<(), Failure> {
    let StoreAttributes { categories, retention, termination_protection, hot_keys } = create.attributes;
    let default = CreateOptions::default();
    let options = CreateOptions {
        categories: categories.unwrap_or(default.categories),
        retention_days: retention,
        termination_protection: termination_protection.map_or(default.termination_protection, Switch::is_on),
        hot_keys,
        ..CreateOptions::default()
    };
    let store = lake.create_event_data_store(&create.name, options).await?;
    terminal::say(&format!("created event data store \"{}\"", store.name()));
    Destination::stdout().put(&mut format!("{}\n", store.id()).into_bytes())
}

async fn update(lake: &Lake, update: StoreUpdate) -> Result<(), Failure> {
    let StoreAttributes { categories, retention, termination_protection, hot_keys } = update.attributes;
    let changes = Changes {
        name: update.rename,
        retention_days: retention,
        termination_protection: termination_protection.map(Switch::is_on),
        categories,
        ingestion: update.ingestion.map(Switch::is_on),
        hot_keys,
        ..Changes::default()
    };
    if is_empty(&changes) {
        return Err(Failure::Usage {
            what: "nothing to change",
            hint: "`traillake store update --help` lists what can be changed",
        });
    }
    let named = changes.hot_keys.clone();
    let before = lake.event_data_store(&update.store).await?;
    let store = before.update(changes).await.map_err(traillake::Error::from)?;
    terminal::say(&format!("updated event data store \"{}\"", store.name()));
    let (known, keys) = (before.attributes().hot_keys.keys(), store.attributes().hot_keys.keys());
    for key in named.iter().filter(|key| known.contains(key) || !keys.contains(key)) {
        terminal::say(&format!("{key} has a column of its own already"));
    }
    if keys.len() > known.len() {
        terminal::say(&format!(
            "new data files have the columns of its hot keys; `traillake store compact {} --hot-keys` gives them to all",
            store.name()
        ));
    }
    Ok(())
}

fn is_empty(changes: &Changes) -> bool {
    changes.name.is_none()
        && changes.retention_days.is_none()
        && changes.termination_protection.is_none()
        && changes.categories.is_none()
        && changes.ingestion.is_none()
        && changes.hot_keys.is_empty()
}

async fn delete(store: &EventDataStore) -> Result<(), Failure> {
    if store.attributes().termination_protection {
        return Err(Failure::Protected { store: store.name().to_owned() });
    }
    let deleted = store.delete().await.map_err(traillake::Error::from)?;
    terminal::say(&format!(
        "deleted event data store \"{name}\"; for seven days, `traillake store restore {name}` takes it back",
        name = deleted.name()
    ));
    Ok(())
}
