//! Names: that one is never had by two stores.
//!
//! No storage offers a lock on a name. So a name is taken in two commits. The first **claims** it: version 0 of a store
//! to be, which nobody sees yet, or a property of a store that is to be renamed. Then the claimer looks at the whole
//! lake, and only if nobody else has or claims the name the second commit **settles** it. Whoever sees a rival takes its
//! claim back and tries again after a random pause.
//!
//! Two cannot both settle. Each claims before it looks, so the later of the two looks comes after both claims and sees
//! the other one, or what became of it. A claim older than [`CLAIM_MS`] is taken for one whose claimer died, and the same
//! goes for the name of a store whose seven days are over: who wants the name **breaks** it first, by a commit of its own
//! in the log of the other. That commit and the one that would settle the claim (or restore the store) are for the same
//! version, which only one of them gets: clocks decide how long a name is waited for, never who has it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use traillake_event::id::EventDataStoreId;
use uuid::Uuid;

use super::Lake;
use crate::attributes::{GONE, NAME_CLAIM, Properties, RESTORABLE_MS};
use crate::error::Error;
use crate::log::{Log, Proposal};
use crate::store::Found;

/// How long a claim keeps others from the name, in milliseconds.
pub(crate) const CLAIM_MS: u64 = 5_000;
/// With growing pauses longer than a claim lasts: 6.3 seconds at the least.
pub(crate) const ATTEMPTS: u32 = 10;

/// The claim of a store that is to be renamed, in its properties until it has the name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameClaim {
    /// Tells claims apart.
    id: String,
    pub(crate) name: String,
    claimed_at_ms: i64,
}

impl NameClaim {
    pub(crate) fn new(name: &str, now_ms: i64) -> Self {
        Self { id: Uuid::new_v4().to_string(), name: name.to_owned(), claimed_at_ms: now_ms }
    }

    /// The claim in the properties of a table. One that cannot be read is none: nobody can settle it.
    pub(crate) fn read(properties: &Properties) -> Option<Self> {
        properties.get(NAME_CLAIM).and_then(|text| serde_json::from_str(text).ok())
    }

    pub(crate) fn write(&self, properties: &mut Properties) {
        if let Ok(text) = serde_json::to_string(self) {
            properties.insert(NAME_CLAIM.to_owned(), text);
        }
    }

    /// Whether it is the claim in the properties of a table.
    pub(crate) fn is_in(&self, properties: &Properties) -> bool {
        Self::read(properties).as_ref() == Some(self)
    }

    pub(crate) fn is_stale(&self, now_ms: i64) -> bool {
        is_stale(self.claimed_at_ms, now_ms)
    }
}

/// What a store is to a name, or to a place in the lake, that another one has claimed.
enum Hold {
    No,
    Yes,
    /// It was a rival, and a commit of this operation makes sure that it is none any more.
    Lapsed(&'static str),
}

/// Whether a store that has claimed a name can have it. `false` where another one has or wants it: trying again shows.
pub(crate) async fn is_free(lake: &Lake, name: &str, own: EventDataStoreId) -> Result<bool, Error> {
    is_free_of(lake, own, |found, now_ms| hold(found, name, now_ms), 0).await
}

/// Whether a store that is being made can have a place in a lake of so many places.
pub(super) async fn has_place(lake: &Lake, places: usize, own: EventDataStoreId) -> Result<bool, Error> {
    is_free_of(lake, own, hold_of_place, places.saturating_sub(1)).await
}

/// Whether at most so many others hold.
async fn is_free_of(
    lake: &Lake,
    own: EventDataStoreId,
    hold: impl Fn(&Found, i64) -> Hold,
    others_max: usize,
) -> Result<bool, Error> {
    let others = lake.look().await?.into_iter().filter(|found| found.store.id() != own);
    let mut rivals = 0;
    for found in others {
        rivals += match hold(&found, lake.clock().now_ms()) {
            Hold::No => 0,
            Hold::Yes => 1,
            Hold::Lapsed(operation) => usize::from(!break_hold(lake, &found, operation).await?),
        };
    }
    Ok(rivals <= others_max)
}

fn hold(found: &Found, name: &str, now_ms: i64) -> Hold {
    if found.store.name().eq_ignore_ascii_case(name) {
        return hold_of_place(found, now_ms);
    }
    match found.claim.as_ref().filter(|claim| claim.name.eq_ignore_ascii_case(name)) {
        Some(_) if found.is_withdrawn() => Hold::No,
        Some(claim) if claim.is_stale(now_ms) => Hold::Lapsed("WITHDRAW"),
        Some(_) => Hold::Yes,
        None => Hold::No,
    }
}

fn hold_of_place(found: &Found, now_ms: i64) -> Hold {
    let attributes = found.store.attributes();
    match found.provisional {
        _ if found.is_withdrawn() => Hold::No,
        true if is_stale(attributes.created_at_ms, now_ms) => Hold::Lapsed("WITHDRAW"),
        false if attributes.is_gone(now_ms) => Hold::Lapsed("EXPIRE"),
        _ => Hold::Yes,
    }
}

/// Makes sure, on top of the version that was looked at, that a store keeps no name it has lost. `false` when it has a
/// newer version: it may have been settled or restored.
async fn break_hold(lake: &Lake, found: &Found, operation: &'static str) -> Result<bool, Error> {
    let (id, version) = (found.store.id(), found.head.version + 1);
    let mut table = found.head.table.clone();
    if found.provisional || found.store.attributes().is_gone(lake.clock().now_ms()) {
        table.properties.insert(GONE.to_owned(), "true".to_owned());
    } else {
        table.properties.remove(NAME_CLAIM);
    }
    let proposal = Proposal { table: Some(table), operation, ..Proposal::default() };
    let log = lake.log(id).map_err(|failure| failure.into_error(id, None))?;
    let is_broken = log.commit(version, &proposal).await.map_err(|failure| failure.into_commit_error(id, version))?;
    tracing::warn!(%id, operation, is_broken, "a name is taken from a store that has no right to it any more");
    Ok(is_broken)
}

/// Whether a claim on a name is so old that the store it was to become can be purged.
pub(super) fn is_dead(claimed_at_ms: i64, now_ms: i64) -> bool {
    now_ms.saturating_sub(claimed_at_ms) > RESTORABLE_MS
}

fn is_stale(claimed_at_ms: i64, now_ms: i64) -> bool {
    u64::try_from(now_ms.saturating_sub(claimed_at_ms)).is_ok_and(|age| age > CLAIM_MS)
}

/// Random, and longer each time, up to two and a half seconds. Never less than half of that, so that all pauses
/// together outlast a claim whatever the dice say.
pub(crate) async fn pause(attempt: u32) {
    let half = 20_u128 << attempt.min(6);
    let millis = half + Uuid::new_v4().as_u128() % half;
    tokio::time::sleep(Duration::from_millis(u64::try_from(millis).unwrap_or(CLAIM_MS))).await;
}
