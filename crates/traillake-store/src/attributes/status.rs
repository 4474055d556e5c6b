//! The life of an event data store: which step is allowed from where.
//!
//! ```text
//! create ──► ENABLED ──stop──► STOPPED_INGESTION ──start──► ENABLED
//!               └───────┬───────────┘
//!                     delete (termination protection off)
//!                       ▼
//!               PENDING_DELETION ── seven days ──► gone
//!                       └─restore─► ENABLED
//! ```
//!
//! The rules are CloudTrail's (user guide, *Manage event data store lifecycles*; API reference,
//! `DeleteEventDataStore`, `RestoreEventDataStore`, `StartEventDataStoreIngestion`, `StopEventDataStoreIngestion`).

use std::fmt;

use super::{Attributes, categories};
use crate::error::Error;

/// How long a deleted store can be restored, in milliseconds: seven days.
pub(crate) const RESTORABLE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The life of an event data store, in CloudTrail's words.
///
/// `CREATED`, `STARTING_INGESTION` and `STOPPING_INGESTION` are on the way from one state to the next. Here a change is
/// one commit, so no store is ever found in them: they are words for who speaks CloudTrail's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// About to be [`Enabled`](Self::Enabled) for the first time. No store is found so.
    Created,
    /// Takes imports and queries.
    Enabled,
    /// About to be [`Enabled`](Self::Enabled) again. No store is found so.
    StartingIngestion,
    /// About to be [`StoppedIngestion`](Self::StoppedIngestion). No store is found so.
    StoppingIngestion,
    /// Takes queries only. Its events age as before.
    StoppedIngestion,
    /// Takes neither, and can be restored for seven days.
    PendingDeletion,
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Status; 6] = [
        Status::Created,
        Status::Enabled,
        Status::StoppingIngestion,
        Status::StoppedIngestion,
        Status::StartingIngestion,
        Status::PendingDeletion,
    ];

    /// CloudTrail's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Created => "CREATED",
            Status::Enabled => "ENABLED",
            Status::StartingIngestion => "STARTING_INGESTION",
            Status::StoppingIngestion => "STOPPING_INGESTION",
            Status::StoppedIngestion => "STOPPED_INGESTION",
            Status::PendingDeletion => "PENDING_DELETION",
        }
    }

    /// The status in CloudTrail's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether a store can be found in it.
    pub fn is_settled(self) -> bool {
        matches!(self, Status::Enabled | Status::StoppedIngestion | Status::PendingDeletion)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Attributes {
    /// Whether the store takes imports: [`Error::Status`] when ingestion was stopped, [`Error::Inactive`] when the store
    /// is to be deleted.
    pub fn check_takes_imports(&self) -> Result<(), Error> {
        match self.status {
            Status::Enabled => Ok(()),
            Status::StoppedIngestion => Err(self.refuse("imported into; start its ingestion first")),
            _ => Err(self.refuse("imported into")),
        }
    }

    /// Whether the store takes queries: [`Error::Inactive`] when it is to be deleted.
    pub fn check_takes_queries(&self) -> Result<(), Error> {
        match self.status {
            Status::PendingDeletion => Err(self.refuse("queried")),
            _ => Ok(()),
        }
    }

    /// Whether the seven days in which a deletion can be taken back are over.
    pub(crate) fn is_gone(&self, now_ms: i64) -> bool {
        self.status == Status::PendingDeletion && self.deletion_at_ms.is_some_and(|at| at <= now_ms)
    }

    /// The attributes with ingestion started.
    pub(crate) fn started(&self, now_ms: i64) -> Result<Self, Error> {
        self.check_not_gone(now_ms)?;
        self.check_ingestion_can_change("made to start ingestion")?;
        self.moved(
            &[Status::StoppedIngestion],
            Status::Enabled,
            "started; only one that is STOPPED_INGESTION can be",
            now_ms,
        )
    }

    /// The attributes with ingestion stopped.
    pub(crate) fn stopped(&self, now_ms: i64) -> Result<Self, Error> {
        self.check_not_gone(now_ms)?;
        self.check_ingestion_can_change("made to stop ingestion")?;
        self.moved(&[Status::Enabled], Status::StoppedIngestion, "stopped; only one that is ENABLED can be", now_ms)
    }

    /// The attributes after deletion: restorable for seven days.
    pub(crate) fn deleted(&self, now_ms: i64) -> Result<Self, Error> {
        self.check_active("deleted again", now_ms)?;
        let deleted =
            self.moved(&[Status::Enabled, Status::StoppedIngestion], Status::PendingDeletion, "deleted", now_ms)?;
        if self.termination_protection {
            return Err(Error::TerminationProtected { store: self.name.clone() });
        }
        Ok(Self { deletion_at_ms: Some(now_ms.saturating_add(RESTORABLE_MS)), ..deleted })
    }

    /// The attributes after a deletion is taken back. As in CloudTrail the store is enabled then, whether or not its
    /// ingestion was stopped when it was deleted.
    pub(crate) fn restored(&self, now_ms: i64) -> Result<Self, Error> {
        self.check_not_gone(now_ms)?;
        let restored = self.moved(
            &[Status::PendingDeletion],
            Status::Enabled,
            "restored; only one that is PENDING_DELETION can be",
            now_ms,
        )?;
        Ok(Self { deletion_at_ms: None, ..restored })
    }

    /// That the store is not to be deleted.
    pub(crate) fn check_active(&self, operation: &'static str, now_ms: i64) -> Result<(), Error> {
        self.check_not_gone(now_ms)?;
        match self.status {
            Status::PendingDeletion => Err(self.refuse(operation)),
            _ => Ok(()),
        }
    }

    /// That the seven days in which a deletion can be taken back are not over.
    pub(crate) fn check_not_gone(&self, now_ms: i64) -> Result<(), Error> {
        match self.is_gone(now_ms) {
            true => Err(Error::Gone { store: self.name.clone() }),
            false => Ok(()),
        }
    }

    fn check_ingestion_can_change(&self, operation: &'static str) -> Result<(), Error> {
        if categories::have_ingestion(&self.categories) {
            return Ok(());
        }
        let categories = categories::listed(&self.categories);
        Err(Error::Category {
            store: self.name.clone(),
            categories,
            operation,
            expected: "it keeps Management, Data, NetworkActivity or ConfigurationItem events",
        })
    }

    fn moved(&self, from: &[Status], to: Status, operation: &'static str, now_ms: i64) -> Result<Self, Error> {
        if !from.contains(&self.status) {
            return Err(self.wrong_status(operation));
        }
        Ok(Self { status: to, updated_at_ms: now_ms, ..self.clone() })
    }

    /// That the status does not allow what was asked for.
    pub(crate) fn refuse(&self, operation: &'static str) -> Error {
        match self.status {
            Status::PendingDeletion => Error::Inactive { store: self.name.clone(), operation },
            _ => self.wrong_status(operation),
        }
    }

    fn wrong_status(&self, operation: &'static str) -> Error {
        Error::Status { store: self.name.clone(), status: self.status.as_str(), operation }
    }
}
