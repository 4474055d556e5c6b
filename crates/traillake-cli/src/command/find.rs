//! `find`: where values occur, as a query.

use traillake::Status;

use super::query;
use crate::arguments::{Find, Query, Written};
use crate::failure::{Failure, Outcome};

/// Searches what was asked for.
pub(super) async fn run(location: String, find: Find) -> Result<Outcome, Failure> {
    if find.values.iter().any(String::is_empty) {
        return Err(Failure::Usage { what: "an empty value occurs everywhere", hint: "give the value to be found" });
    }
    let stores = match (&find.store, find.from.is_empty()) {
        (_, false) => vec![query::TEMPORARY_STORE.to_owned()],
        (Some(store), true) => {
            vec![super::open(&location).await?.event_data_store(store).await?.name().to_owned()]
        }
        (None, true) => stores(&location).await?,
    };
    let sql = Some(sql(&stores, &find));
    let Find { from, limits, written: Written { format, output, no_header }, .. } = find;
    query::run(location, Query { sql, format, output, from, no_header, limits, ..Query::default() }).await
}

/// The names of the stores that can be asked.
async fn stores(location: &str) -> Result<Vec<String>, Failure> {
    let stores = super::open(location).await?.event_data_stores().await?;
    let active = stores.iter().filter(|store| store.attributes().status != Status::PendingDeletion);
    let names: Vec<String> = active.map(|store| store.name().to_owned()).collect();
    match names.is_empty() {
        true => Err(Failure::Usage {
            what: "the lake has no event data store to search",
            hint: "import log files with `traillake import NAME SOURCE`, or name them with --from",
        }),
        false => Ok(names),
    }
}

fn sql(stores: &[String], find: &Find) -> String {
    let values: Vec<String> = find.values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
    let values = values.join(", ");
    let of_store = |store: &String| {
        let column =
            if stores.len() > 1 { format!("'{}' AS store, ", store.replace('\'', "''")) } else { String::new() };
        format!(
            "SELECT {column}eventTime, eventID, eventSource, eventName, userIdentity.arn AS caller, \
             array_join(occurrences(eventJson, {values}), ' ') AS places \
             FROM \"{}\" WHERE occurs(eventJson, {values})",
            store.replace('"', "\"\"")
        )
    };
    let selects: Vec<String> = stores.iter().map(of_store).collect();
    let limit = find.limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    format!("{} ORDER BY eventTime, eventID{limit}", selects.join(" UNION ALL "))
}
