//! `find`: where values occur, as a query.

use traillake::StoreType;

use super::{import, query};
use crate::arguments::{Find, Query, Written};
use crate::failure::{Failure, Outcome};

/// Searches what was asked for.
pub(super) async fn run(location: String, find: Find) -> Result<Outcome, Failure> {
    if find.values.iter().any(String::is_empty) {
        return Err(Failure::Usage { what: "an empty value occurs everywhere", hint: "give the value to be found" });
    }
    let stores = match (&find.store, find.from.is_empty()) {
        (_, false) => {
            let store_type =
                traillake::recognise(&import::sources(&find.from)?).await.map_err(traillake::Error::from)?;
            vec![(query::TEMPORARY_STORE.to_owned(), store_type)]
        }
        (Some(store), true) => {
            let store = super::open(&location).await?.event_data_store(store).await?;
            vec![(store.name().to_owned(), store.attributes().store_type())]
        }
        (None, true) => stores(&location).await?,
    };
    let sql = Some(sql(&stores, &find));
    let Find { from, limits, written: Written { format, output, no_header, receipt }, .. } = find;
    query::run(location, Query { sql, format, output, from, no_header, receipt, limits, ..Query::default() }).await
}

/// The names of the stores that can be asked, and what they keep.
async fn stores(location: &str) -> Result<Vec<(String, StoreType)>, Failure> {
    let stores = super::open(location).await?.event_data_stores().await?;
    let active = stores.iter().filter(|store| store.attributes().check_takes_queries().is_ok());
    let names: Vec<_> = active.map(|store| (store.name().to_owned(), store.attributes().store_type())).collect();
    match names.is_empty() {
        true => Err(Failure::Usage {
            what: "the lake has no event data store to search",
            hint: "import log files with `traillake import NAME SOURCE`, or name them with --from",
        }),
        false => Ok(names),
    }
}

/// What an event is about, and whose doing it is: where it comes from, what it is called, who did it.
fn about(store_type: StoreType) -> [&'static str; 3] {
    match store_type {
        StoreType::Events => ["eventSource", "eventName", "userIdentity.arn"],
        StoreType::Insights => ["insightEventSource", "insightEventName", "CAST(NULL AS varchar)"],
        StoreType::ConfigurationItems => ["eventData.resourceType", "eventData.resourceId", "CAST(NULL AS varchar)"],
        StoreType::Evidence => ["eventData.eventSource", "eventData.eventName", "eventData.iamId"],
        StoreType::Activity => ["eventData.eventSource", "eventData.eventName", "eventData.userIdentity.principalId"],
    }
}

fn sql(stores: &[(String, StoreType)], find: &Find) -> String {
    let values: Vec<String> = find.values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
    let values = values.join(", ");
    let of_store = |(store, store_type): &(String, StoreType)| {
        let [source, name, caller] = about(*store_type);
        let column =
            if stores.len() > 1 { format!("'{}' AS store, ", store.replace('\'', "''")) } else { String::new() };
        format!(
            "SELECT {column}eventTime, eventID, {source} AS eventSource, {name} AS eventName, {caller} AS caller, \
             array_join(occurrences(eventJson, {values}), ' ') AS places \
             FROM \"{}\" WHERE occurs(eventJson, {values})",
            store.replace('"', "\"\"")
        )
    };
    let selects: Vec<String> = stores.iter().map(of_store).collect();
    let limit = find.limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    format!("{} ORDER BY eventTime, eventID{limit}", selects.join(" UNION ALL "))
}
