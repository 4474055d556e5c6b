//! `store`: the verbs on event data stores.

use traillake::ddl::{Engine, Source, create_view};
use traillake::selector::Lists;
use traillake::{Changes, CreateOptions, EventDataStore, ExpiryOptions, Lake, QueryOptions};

use crate::arguments::{StoreAttributes, StoreCommand, StoreCreate, StoreDdl, StoreUpdate, Switch};
use crate::failure::{Failure, Outcome, warn};
use crate::output::{self, Count, Destination, Format, Look};
use crate::terminal::{self, Screen};

mod life;
mod selectors;
mod upkeep;

/// The stores of a lake as a table.
pub(super) const LIST: &str = "SELECT name, status, categories, retention_days, events, data_files, bytes, id \
                    FROM lake.event_data_stores ORDER BY name";

pub(super) async fn run(lake: &Lake, command: StoreCommand) -> Result<Outcome, Failure> {
    match command {
        StoreCommand::Create(create) => self::create(lake, *create).await?,
        StoreCommand::List(list) => print(lake, LIST, list.format).await?,
        StoreCommand::Show(show) => {
            let store = lake.event_data_store(&show.store.name).await?;
            let sql = format!("SELECT * FROM lake.event_data_stores WHERE id = '{}'", store.id());
            print(lake, &sql, show.format).await?;
        }
        StoreCommand::History(history) => {
            let store = lake.event_data_store(&history.store.name).await?;
            let sql = format!(
                "SELECT version, committed_at, operation, attribute, before, after FROM lake.history \
                 WHERE id = '{}' ORDER BY version, attribute",
                store.id()
            );
            print(lake, &sql, history.format).await?;
        }
        StoreCommand::Update(update) => self::update(lake, *update).await?,
        StoreCommand::Tag(tag) => life::tag(lake, tag).await?,
        StoreCommand::Untag(untag) => life::untag(lake, untag).await?,
        StoreCommand::Start(store) => life::start(lake, &store.name).await?,
        StoreCommand::Stop(store) => life::stop(lake, &store.name).await?,
        StoreCommand::ExplainSelectors(explain) => selectors::explain(lake, explain).await?,
        StoreCommand::Verify(verify) => upkeep::verify(lake, verify).await?,
        StoreCommand::Compact(compact) => super::compact::run(lake, compact).await?,
        StoreCommand::Expire(expire) => upkeep::expire(lake, expire).await?,
        StoreCommand::Vacuum(vacuum) => upkeep::vacuum(lake, vacuum).await?,
        StoreCommand::Ddl(ddl) => self::ddl(lake, ddl).await?,
        StoreCommand::Delete(store) => life::delete(lake, &store.name).await?,
        StoreCommand::Restore(store) => life::restore(lake, &store.name).await?,
        StoreCommand::Purge => life::purge(lake).await?,
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

fn lists(attributes: &StoreAttributes) -> Lists {
    if attributes.unknown_types { Lists::Any } else { Lists::Known }
}

/// Says what a shorter retention period will cost.
async fn tell_too_old(store: &EventDataStore, before: &EventDataStore) -> Result<(), Failure> {
    if store.attributes().retention == before.attributes().retention {
        return Ok(());
    }
    let would = ExpiryOptions { dry_run: true, ..ExpiryOptions::default() };
    let expiry = store.expire(would, &mut |_| ()).await.map_err(traillake::Error::from)?;
    if expiry.rows_dropped > 0 {
        warn(&format!(
            "{} older than that: the next import takes away whole days, `traillake store expire {}` all",
            Count(expiry.rows_dropped, "event"),
            store.name()
        ));
    }
    Ok(())
}

async fn ddl(lake: &Lake, ddl: StoreDdl) -> Result<(), Failure> {
    let store = lake.event_data_store(&ddl.store.name).await?;
    let folder = match lake.location().to_file_path() {
        Ok(path) if lake.location().scheme() == "file" => path.join(store.id().to_string()).display().to_string(),
        _ => format!("{}/{}", lake.location().as_str().trim_end_matches('/'), store.id()),
    };
    let location = ddl.location.unwrap_or(folder);
    let view = ddl.view.unwrap_or_else(|| match ddl.engine {
        // Its names are of letters, digits and this.
        Engine::Athena => store.name().replace(['-', '.'], "_"),
        _ => store.name().to_owned(),
    });
    let mut sql = create_view(store.schema(), ddl.engine, Source::Location(&location), &view).into_bytes();
    Destination::stdout().put(&mut sql)
}

/// The id is the answer; the rest is said aside.
async fn create(lake: &Lake, create: StoreCreate) -> Result<(), Failure> {
    let StoreCreate { name, attributes, tags, ingestion } = create;
    let categories = attributes.categories.clone();
    let default = match categories.as_deref() {
        // Its rules are those of the type.
        Some([category, ..]) => CreateOptions::of(category.store_type()),
        _ => CreateOptions::default(),
    };
    let is_on = |typed: Option<Switch>, default: bool| typed.map_or(default, Switch::is_on);
    let options = CreateOptions {
        categories: categories.clone().unwrap_or_else(|| default.categories.clone()),
        retention: attributes.retention,
        billing_mode: attributes.billing_mode.unwrap_or_default(),
        termination_protection: is_on(attributes.termination_protection, default.termination_protection),
        multi_region: is_on(attributes.multi_region, default.multi_region),
        organization: is_on(attributes.organization, default.organization),
        start_ingestion: is_on(ingestion, default.start_ingestion),
        tags,
        selector_lists: lists(&attributes),
        selectors: attributes.selectors,
        kms_key_id: attributes.kms_key_id,
        region: attributes.region,
        account: attributes.account,
        accounts: attributes.accounts.unwrap_or_default(),
        hot_keys: attributes.hot_keys,
    };
    if let (Some(categories), Some(selectors)) = (categories, &options.selectors)
        && selectors.categories().iter().any(|category| !categories.contains(category))
    {
        return Err(Failure::Usage {
            what: "--category and --selectors name other categories",
            hint: "the selectors say which categories the store has: leave --category away",
        });
    }
    let store = lake.create_event_data_store(&name, options).await?;
    terminal::say(&format!("created event data store \"{}\"", store.name()));
    Destination::stdout().put(&mut format!("{}\n", store.id()).into_bytes())
}

async fn update(lake: &Lake, update: StoreUpdate) -> Result<(), Failure> {
    let StoreUpdate { store, rename, attributes, no_selectors } = update;
    let is_on = |typed: Option<Switch>| typed.map(Switch::is_on);
    let changes = Changes {
        name: rename,
        retention: attributes.retention,
        billing_mode: attributes.billing_mode,
        termination_protection: is_on(attributes.termination_protection),
        multi_region: is_on(attributes.multi_region),
        organization: is_on(attributes.organization),
        selector_lists: lists(&attributes),
        categories: attributes.categories,
        selectors: if no_selectors { Some(None) } else { attributes.selectors.map(Some) },
        kms_key_id: attributes.kms_key_id,
        region: attributes.region,
        account: attributes.account,
        accounts: attributes.accounts,
        hot_keys: attributes.hot_keys,
    };
    if changes == (Changes { selector_lists: changes.selector_lists, ..Changes::default() }) {
        return Err(Failure::Usage {
            what: "nothing to change",
            hint: "`traillake store update --help` lists what can be changed",
        });
    }
    let named = changes.hot_keys.clone();
    let before = lake.event_data_store(&store).await?;
    let store = before.update(changes).await.map_err(traillake::Error::from)?;
    terminal::say(&format!("updated event data store \"{}\"", store.name()));
    tell_too_old(&store, &before).await?;
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
