//! Making a store, such that a name is never had by two.
//!
//! No storage offers a lock on a name. So a store is made in two versions: version 0 **claims** the name, and
//! nobody but other creators sees it; then the creator looks at the whole lake, and only if it is alone with
//! the name does version 1 **settle** the store. Whoever sees another claim takes its own back and tries again
//! after a random pause.
//!
//! Two creators cannot both settle: each claims before it looks, so the later of the two looks comes after
//! both claims and sees the other one. A claim whose creator died counts for [`CLAIM_MS`]; a creator that took
//! half as long does not settle but claims anew.

use std::time::{Duration, Instant};

use object_store::ObjectStoreExt;
use traillake_event::id::EventDataStoreId;
use uuid::Uuid;

use super::{Create, Lake};
use crate::attributes::{Attributes, CreateOptions, PROVISIONAL};
use crate::error::Error;
use crate::layout;
use crate::log::{Failure, Log, Proposal, Table};
use crate::schema;
use crate::store::{EventDataStore, Found};

/// How long a claim keeps others from the name, in milliseconds.
const CLAIM_MS: u64 = 5_000;
/// With growing pauses longer than a claim lasts: 6.3 seconds at the least.
const ATTEMPTS: u32 = 10;

pub(super) async fn create(lake: &Lake, name: &str, options: CreateOptions) -> Result<Create, Error> {
    let attributes = Attributes::new(name, options, lake.clock().now_ms())?;
    for attempt in 0..ATTEMPTS {
        if let Some(store) = lake.find(name).await? {
            return Ok(Create::NameTaken(store));
        }
        let now_ms = lake.clock().now_ms();
        let attributes = Attributes { created_at_ms: now_ms, updated_at_ms: now_ms, ..attributes.clone() };
        let claim = Claim::make(lake, attributes).await?;
        match claim.rivals().await {
            Ok(rivals) if rivals.is_empty() && claim.is_fresh() => {
                let store = claim.settle().await?;
                tracing::info!(store = store.name(), id = %store.id(), "event data store created");
                return Ok(Create::Done(store));
            }
            Ok(_) => {
                tracing::warn!(store = name, attempt, "another writer wants the name");
                claim.withdraw().await;
            }
            Err(error) => {
                claim.withdraw().await;
                return Err(error);
            }
        }
        tokio::time::sleep(pause(attempt)).await;
    }
    Err(Error::Contention { store: name.to_owned(), attempts: ATTEMPTS })
}

/// Version 0 of a store that may yet go away.
struct Claim<'a> {
    lake: &'a Lake,
    store: EventDataStore,
    table: Table,
    since: Instant,
}

impl<'a> Claim<'a> {
    async fn make(lake: &'a Lake, attributes: Attributes) -> Result<Self, Error> {
        let columns = attributes.schema();
        let mut properties = schema::table_properties(&columns);
        attributes.write(&mut properties);
        properties.insert(PROVISIONAL.to_owned(), "true".to_owned());
        let table = Table { schema: schema::delta_json(&columns), properties, created_at_ms: attributes.created_at_ms };
        let store = EventDataStore::new(lake, EventDataStoreId::random(), attributes);
        let claim = Self { lake, store, table, since: Instant::now() };
        match claim.lake.log(claim.store.id()) {
            // A random id that is taken is no id of ours: 122 random bits.
            Ok(log) => log.create(&claim.table).await.map_err(|failure| claim.failed(failure))?,
            Err(failure) => return Err(claim.failed(failure)),
        };
        Ok(claim)
    }

    /// The other stores of the name, settled or claimed.
    async fn rivals(&self) -> Result<Vec<Found>, Error> {
        let mut rivals = self.lake.look().await?;
        rivals.retain(|found| {
            found.store.id() != self.store.id()
                && found.store.name().eq_ignore_ascii_case(self.store.name())
                && !(found.provisional && is_stale(&found.store, self.lake.clock().now_ms()))
        });
        Ok(rivals)
    }

    fn is_fresh(&self) -> bool {
        self.since.elapsed() < Duration::from_millis(CLAIM_MS / 2)
    }

    async fn settle(self) -> Result<EventDataStore, Error> {
        let mut table = self.table.clone();
        table.properties.remove(PROVISIONAL);
        let proposal = Proposal { table: Some(table), operation: "CREATE", ..Proposal::default() };
        let log = self.lake.log(self.store.id()).map_err(|failure| self.failed(failure))?;
        let settled = log.commit(1, &proposal).await;
        settled.map_err(|failure| self.failed(failure))?;
        Ok(self.store)
    }

    /// Takes the claim back. Where that fails it lapses by itself.
    async fn withdraw(&self) {
        let _ = self.lake.storage().delete(&layout::first_commit(self.store.id())).await;
    }

    fn failed(&self, failure: Failure) -> Error {
        match failure {
            Failure::Cause(source) => {
                Error::Create { name: self.store.name().to_owned(), lake: self.lake.to_string(), source }
            }
            other => other.into_error(self.store.id(), None),
        }
    }
}

fn is_stale(store: &EventDataStore, now_ms: i64) -> bool {
    let age = now_ms - store.attributes().created_at_ms;
    u64::try_from(age).is_ok_and(|age| age > CLAIM_MS)
}

/// Random, and longer each time, up to two and a half seconds. Never less than half of that, so that all pauses
/// together outlast a claim whatever the dice say.
fn pause(attempt: u32) -> Duration {
    let half = 20_u128 << attempt.min(6);
    let millis = half + Uuid::new_v4().as_u128() % half;
    Duration::from_millis(u64::try_from(millis).unwrap_or(CLAIM_MS))
}
