//! Making a store: version 0 claims its name, version 1 settles it. How that keeps a name from being had by two is told
//! in [`names`].

use std::time::{Duration, Instant};

use object_store::ObjectStoreExt;
use traillake_event::id::EventDataStoreId;

use super::names::{self, ATTEMPTS, CLAIM_MS};
use super::{Create, Lake};
use crate::attributes::{Attributes, CreateOptions, GONE, PROVISIONAL};
use crate::error::Error;
use crate::layout;
use crate::log::{Failure, Log, Proposal, Table};
use crate::schema;
use crate::store::EventDataStore;

pub(super) async fn create(lake: &Lake, name: &str, options: CreateOptions) -> Result<Create, Error> {
    let attributes = Attributes::new(name, options, lake.clock().now_ms())?;
    for attempt in 0..ATTEMPTS {
        if let Some(store) = lake.find(name).await? {
            return Ok(Create::NameTaken(store));
        }
        lake.check_stores(1).await?;
        let now_ms = lake.clock().now_ms();
        let attributes = Attributes { created_at_ms: now_ms, updated_at_ms: now_ms, ..attributes.clone() };
        let claim = Claim::make(lake, attributes).await?;
        match claim.is_alone().await {
            // After an error the store may be there all the same: its claim is left alone.
            Ok(true) if claim.settle().await? => {
                tracing::info!(store = name, id = %claim.store.id(), "event data store created");
                return Ok(Create::Done(claim.store));
            }
            Ok(true) => tracing::warn!(store = name, attempt, "the claim was taken for a dead one's"),
            Ok(false) => {
                tracing::warn!(store = name, attempt, "another writer wants the name");
                claim.withdraw().await;
            }
            Err(error) => {
                claim.withdraw().await;
                return Err(error);
            }
        }
        names::pause(attempt).await;
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

    /// Whether no other store has or wants the name, or the last place of the lake.
    async fn is_alone(&self) -> Result<bool, Error> {
        let id = self.store.id();
        if let Some(places) = self.lake.places()
            && !names::has_place(self.lake, places, id).await?
        {
            return Ok(false);
        }
        names::is_free(self.lake, self.store.name(), id).await
    }

    /// Makes the claim a store. `false` where it was broken meanwhile.
    async fn settle(&self) -> Result<bool, Error> {
        let mut table = self.table.clone();
        table.properties.remove(PROVISIONAL);
        let changes = self.store.attributes().differences(None);
        let proposal = Proposal { table: Some(table), operation: "CREATE", changes, ..Proposal::default() };
        let log = self.lake.log(self.store.id()).map_err(|failure| self.failed(failure))?;
        log.commit(1, &proposal).await.map_err(|failure| self.failed(failure))
    }

    /// Takes the claim back. Where that fails it lapses by itself.
    async fn withdraw(&self) {
        if self.since.elapsed() < Duration::from_millis(CLAIM_MS / 2) {
            let _ = self.lake.storage().delete(&layout::first_commit(self.store.id())).await;
            return;
        }
        // Others may be breaking it: without version 0 their version 1 would be no table.
        let mut table = self.table.clone();
        table.properties.insert(GONE.to_owned(), "true".to_owned());
        let proposal = Proposal { table: Some(table), operation: "WITHDRAW", ..Proposal::default() };
        if let Ok(log) = self.lake.log(self.store.id()) {
            let _ = log.commit(1, &proposal).await;
        }
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
