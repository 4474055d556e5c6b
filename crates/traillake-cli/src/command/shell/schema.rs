//! `.schema`: what columns there are, and what stands in them.

use traillake::schema::Schema;
use traillake::{EventDataStore, Lake, StoreType, SystemTable, system_tables};

use crate::failure::Failure;
use crate::shell::schema;

/// What `.schema` prints: of a store or a table of the lake's own, of what stands below a path such as
/// `userIdentity.sessionContext`, or of a path of a store. A path alone is one of the chosen store, or of the lake's
/// only one.
pub(super) async fn tree(
    lake: &Lake,
    chosen: Option<&str>,
    asked: &str,
    columns: Option<usize>,
) -> Result<String, Failure> {
    if let Some(table) = system_table(asked) {
        return Ok(schema::of_system(table));
    }
    let stores = lake.event_data_stores().await?;
    let (first, rest) = asked.split_once(char::is_whitespace).unwrap_or((asked, ""));
    let (store, path) = match (find(&stores, asked), find(&stores, first)) {
        (Some(store), _) => (Some(store), ""),
        (None, Some(store)) => (Some(store), rest.trim()),
        (None, None) => (chosen.and_then(|name| find(&stores, name)).or_else(|| only(&stores)), asked),
    };
    let schema = store.map_or_else(|| Schema::events(), EventDataStore::schema);
    let events = match store {
        // Without examples the tree is a tree all the same.
        Some(store) => match lake.query(&schema::examples_query(store.name())).await {
            Ok(mut events) => events.collect().await.unwrap_or_default(),
            Err(_) => Vec::new(),
        },
        None => Vec::new(),
    };
    match schema::tree(schema, (!path.is_empty()).then_some(path), &events, columns) {
        Ok(tree) => Ok(tree),
        Err(unknown) => {
            // What is like no column, or more like a store, was probably to be one.
            let near = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &asked.to_lowercase());
            let of_stores = stores.iter().map(|store| near(store.name())).fold(0.0, f64::max);
            if unknown.name == asked && of_stores >= unknown.near.map_or(0.0, near) {
                lake.event_data_store(asked).await?;
            }
            Err(Failure::UnknownField { name: unknown.name, near: unknown.near })
        }
    }
}

/// The store of a name, id or ARN.
fn find<'s>(stores: &'s [EventDataStore], name: &str) -> Option<&'s EventDataStore> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    stores.iter().find(|store| is(store.name()) || is(&store.id().to_string()) || is(&store.arn()))
}

fn system_table(name: &str) -> Option<SystemTable> {
    let name = name.strip_prefix("lake.")?;
    system_tables().iter().copied().find(|table| table.name().eq_ignore_ascii_case(name))
}

/// The only store, or the only one with events.
fn only(stores: &[EventDataStore]) -> Option<&EventDataStore> {
    let mut events = stores.iter().filter(|store| store.attributes().store_type() == StoreType::Events);
    match (stores, events.next(), events.next()) {
        ([only], ..) | (_, Some(only), None) => Some(only),
        _ => None,
    }
}
