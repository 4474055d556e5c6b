//! Giving a store another name: one commit claims it, another settles it. How that keeps a name from being had by two is
//! told in [`names`].

use super::EventDataStore;
use crate::attributes::{Attributes, Changes, NAME_CLAIM, Properties};
use crate::error::Error;
use crate::lake::names::{self, ATTEMPTS, NameClaim};

/// Changes attributes, the name among them.
pub(super) async fn rename(store: &EventDataStore, name: &str, changes: &Changes) -> Result<EventDataStore, Error> {
    for attempt in 0..ATTEMPTS {
        let changed = |before: &Attributes| before.changed(changes, store.now_ms());
        // The name that it has, perhaps in other case, is its own already.
        let own = |before: &Attributes, _: &mut Properties| match before.name.eq_ignore_ascii_case(name) {
            true => changed(before).map(Some),
            false => Ok(None),
        };
        if let Some(done) = store.rewrite("UPDATE", own).await? {
            return Ok(done);
        }
        if let Some(other) = store.lake().find(name).await?.filter(|other| other.id() != store.id()) {
            return Err(Error::NameTaken { name: name.to_owned(), id: other.id() });
        }
        if let Some(done) = claim_and_settle(store, name, changed).await? {
            return Ok(done);
        }
        tracing::warn!(store = store.name(), name, attempt, "another writer wants the name");
        names::pause(attempt).await;
    }
    Err(Error::Contention { store: store.name().to_owned(), attempts: ATTEMPTS })
}

/// `None` where another one has or wants the name.
async fn claim_and_settle(
    store: &EventDataStore,
    name: &str,
    changed: impl Fn(&Attributes) -> Result<Attributes, Error>,
) -> Result<Option<EventDataStore>, Error> {
    let claim = NameClaim::new(name, store.now_ms());
    let lay = |before: &Attributes, properties: &mut Properties| {
        changed(before)?;
        if NameClaim::read(properties).is_some_and(|other| !other.is_stale(store.now_ms())) {
            return Ok(None);
        }
        claim.write(properties);
        Ok(Some(before.clone()))
    };
    if store.rewrite("CLAIM_NAME", lay).await?.is_none() {
        return Ok(None);
    }
    let is_free = names::is_free(store.lake(), name, store.id()).await;
    let settle = |before: &Attributes, properties: &mut Properties| match claim.is_in(properties) {
        true => {
            properties.remove(NAME_CLAIM);
            changed(before).map(Some)
        }
        false => Ok(None),
    };
    let settled = match is_free {
        Ok(true) => store.rewrite("UPDATE", settle).await,
        Ok(false) => Ok(None),
        Err(error) => Err(error),
    };
    if !matches!(settled, Ok(Some(_))) {
        withdraw(store, &claim).await;
    }
    settled
}

/// Takes a claim back. Where that fails it lapses by itself.
async fn withdraw(store: &EventDataStore, claim: &NameClaim) {
    let withdrawn = |before: &Attributes, properties: &mut Properties| {
        let is_there = claim.is_in(properties);
        properties.remove(NAME_CLAIM);
        Ok(is_there.then(|| before.clone()))
    };
    let _ = store.rewrite("WITHDRAW_NAME", withdrawn).await;
}
