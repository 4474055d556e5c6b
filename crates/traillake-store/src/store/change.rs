//! The changes of an event data store: each one commit, in its history with what it changed.

use super::{EventDataStore, rename};
use crate::attributes::{Attributes, Changes, EventConfiguration, Tag};
use crate::error::Error;
use crate::lake::purge::{self, Purged};

impl EventDataStore {
    /// Changes attributes, in a commit of its own. The limits are those of CloudTrail's `UpdateEventDataStore`; a name
    /// that another store has is [`Error::NameTaken`].
    ///
    /// A name is never had by two stores, also when two are given it in the same moment: another name takes two commits
    /// and a look at the logs of all stores.
    pub async fn update(&self, changes: Changes) -> Result<EventDataStore, Error> {
        match &changes.name {
            Some(name) => rename::rename(self, name, &changes).await,
            None => self.change("UPDATE", |attributes, now_ms| attributes.changed(&changes, now_ms)).await,
        }
    }

    /// Lets the store take imports again, as CloudTrail's `StartEventDataStoreIngestion`: [`Error::Status`] unless it
    /// was stopped, [`Error::Category`] for stores whose ingestion is not started and stopped (Insight, Evidence,
    /// ActivityAuditLog).
    pub async fn start_ingestion(&self) -> Result<EventDataStore, Error> {
        self.change("START_INGESTION", Attributes::started).await
    }

    /// Makes the store refuse imports, as CloudTrail's `StopEventDataStoreIngestion`: [`Error::Status`] unless it is
    /// enabled, [`Error::Category`] as for [`start_ingestion`](Self::start_ingestion). It takes queries as before.
    pub async fn stop_ingestion(&self) -> Result<EventDataStore, Error> {
        self.change("STOP_INGESTION", Attributes::stopped).await
    }

    /// Adds tags, as CloudTrail's `AddTags`: a key that is there gets its new value. More than 50 are
    /// [`Error::TagsLimit`], a key or value out of its bounds is [`Error::Tag`]; then none is added.
    pub async fn add_tags(&self, tags: &[Tag]) -> Result<EventDataStore, Error> {
        self.change("ADD_TAGS", |attributes, now_ms| attributes.tagged(tags, now_ms)).await
    }

    /// Removes the tags of some keys, as CloudTrail's `RemoveTags`. Keys that are not there are passed over.
    pub async fn remove_tags(&self, keys: &[&str]) -> Result<EventDataStore, Error> {
        self.change("REMOVE_TAGS", |attributes, now_ms| attributes.untagged(keys, now_ms)).await
    }

    /// Records how large events may be and what is added to them, as CloudTrail's `PutEventConfiguration`, instead of
    /// what was recorded before.
    pub async fn put_event_configuration(&self, configuration: EventConfiguration) -> Result<EventDataStore, Error> {
        let configured = |attributes: &Attributes, now_ms| attributes.configured(&configuration, now_ms);
        self.change("PUT_EVENT_CONFIGURATION", configured).await
    }

    /// Marks the store for deletion in seven days. [`Error::TerminationProtected`] while termination protection is on,
    /// [`Error::Inactive`] when it is marked already.
    pub async fn delete(&self) -> Result<EventDataStore, Error> {
        self.change("DELETE", Attributes::deleted).await
    }

    /// Takes a deletion back: the store is enabled, also if its ingestion was stopped before, as in CloudTrail.
    ///
    /// [`Error::Gone`] once the seven days are over, [`Error::Status`] for a store that is not deleted,
    /// [`Error::StoresLimit`] in a lake [with quotas](crate::Lake::with_quotas) that has too many.
    pub async fn restore(&self) -> Result<EventDataStore, Error> {
        self.lake().check_stores(0).await?;
        self.change("RESTORE", Attributes::restored).await
    }

    /// Removes the files of the store once it is gone: [`Error::Status`] before. What is stopped half-way leaves the
    /// store gone, and is finished by the next call or by [`Lake::purge`](crate::Lake::purge).
    pub async fn purge(&self) -> Result<Purged, Error> {
        purge::purge_store(self.lake(), self.id()).await
    }

    async fn change(
        &self,
        operation: &'static str,
        change: impl Fn(&Attributes, i64) -> Result<Attributes, Error>,
    ) -> Result<EventDataStore, Error> {
        let changed = self.rewrite(operation, |before, _| change(before, self.now_ms()).map(Some)).await?;
        Ok(changed.unwrap_or_else(|| self.clone()))
    }
}
