//! What an event data store is: its attributes, kept as table properties `traillake.*`.
//!
//! Names, limits and defaults are CloudTrail Lake's (API reference, `CreateEventDataStore` and
//! `UpdateEventDataStore`). A store has no other catalogue than the properties of its own table.
//!
//! | module | answers |
//! | --- | --- |
//! | `status` | which step of its life is allowed from where? |
//! | `categories`, `selectors`, `retention`, `origin` | which events is it for, and for how long? |
//! | `tags`, `event_configuration` | what else is recorded with it? |
//! | `options` | what is a new one to be, what is to change? |
//! | `difference` | what did a change change? |
//! | `properties` | how is all that written down? |

use std::collections::BTreeMap;
use std::sync::Arc;

use traillake_event::category::{EventCategory, StoreType};
use traillake_event::schema::{HotKeyPath, HotKeys, Schema};
use traillake_event::selector::AdvancedEventSelectors;

use crate::error::Error;

mod categories;
mod difference;
mod event_configuration;
mod options;
mod origin;
mod properties;
mod retention;
mod selectors;
mod status;
mod tags;

pub use difference::AttributeChange;
pub use event_configuration::{ContextKeySelector, ContextKeyType, EventConfiguration, MaxEventSize};
pub use options::{Changes, CreateOptions};
pub use origin::Refusal;
pub(crate) use properties::{GONE, LEDGER, NAME, NAME_CLAIM, PROVISIONAL, schema_of};
pub use retention::{BillingMode, NoRetention, Retention};
pub(crate) use status::RESTORABLE_MS;
pub use status::Status;
pub use tags::{Tag, Tags};

/// The properties of a table.
pub(crate) type Properties = BTreeMap<String, String>;

/// What is known about an event data store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// 3 to 128 letters, digits, `.`, `_` or `-`; unique in the lake without regard to case.
    pub name: String,
    /// The categories of events it keeps.
    pub categories: Vec<EventCategory>,
    /// For how long after its time an event is kept.
    pub retention: Retention,
    /// Decides the bounds of the retention period.
    pub billing_mode: BillingMode,
    /// Whether deletion is refused.
    pub termination_protection: bool,
    /// Whether it keeps events of every Region.
    pub multi_region: bool,
    /// Whether it keeps events of every account of an organization.
    pub organization: bool,
    /// Its home Region, if that was told.
    pub region: Option<String>,
    /// The account it belongs to, if that was told.
    pub account: Option<String>,
    /// More accounts whose events it keeps.
    pub accounts: Vec<String>,
    /// Where it is in its life.
    pub status: Status,
    /// Tags of the user's own.
    pub tags: Tags,
    /// The KMS key it was given. Only recorded, for whoever stores the lake: nothing is encrypted with it.
    pub kms_key_id: Option<String>,
    /// How large its events may be and what is added to them. Only recorded.
    pub event_configuration: EventConfiguration,
    /// Which events it selects of its categories; `None` for all.
    pub selectors: Option<AdvancedEventSelectors>,
    /// The keys of maps that have columns of their own in this store, beside those every store has.
    pub hot_keys: HotKeys,
    /// When it was created, in milliseconds since 1970 UTC.
    pub created_at_ms: i64,
    /// When an attribute changed last, in milliseconds since 1970 UTC.
    pub updated_at_ms: i64,
    /// Until when it can be restored, in milliseconds since 1970 UTC; `Some` exactly while its status is
    /// [`Status::PendingDeletion`].
    pub deletion_at_ms: Option<i64>,
}

/// A column that the data files of a store are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionKey {
    /// The column.
    pub name: &'static str,
    /// Its type.
    pub data_type: &'static str,
}

impl Attributes {
    /// What CloudTrail's `GetEventDataStore` calls `PartitionKeys`. The same for every store, for good.
    pub fn partition_keys(&self) -> &'static [PartitionKey] {
        &[PartitionKey { name: traillake_event::schema::CALENDAR_DAY, data_type: "date" }]
    }

    /// The attributes of a new store.
    pub(crate) fn new(name: &str, options: CreateOptions, now_ms: i64) -> Result<Self, Error> {
        let selected = options.selectors.as_ref().map(|of| Self::selected_categories(of, options.selector_lists));
        let mut attributes = Self {
            name: name.to_owned(),
            categories: selected.transpose()?.unwrap_or(options.categories),
            retention: options.retention.unwrap_or(options.billing_mode.default_retention()),
            billing_mode: options.billing_mode,
            termination_protection: options.termination_protection,
            multi_region: options.multi_region,
            organization: options.organization,
            region: options.region,
            account: options.account,
            accounts: options.accounts,
            status: if options.start_ingestion { Status::Enabled } else { Status::StoppedIngestion },
            tags: Tags::new(&options.tags)?,
            kms_key_id: options.kms_key_id,
            event_configuration: EventConfiguration::default(),
            selectors: options.selectors,
            hot_keys: HotKeys::default(),
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            deletion_at_ms: None,
        };
        add_hot_keys(&mut attributes, &options.hot_keys)?;
        check_name(&attributes.name)?;
        attributes.kms_key_id.as_deref().map_or(Ok(()), check_kms_key)?;
        attributes.check_retention()?;
        categories::check(&attributes.categories)?;
        attributes.check_reach()?;
        attributes.check_origin()?;
        attributes.check_has_region()?;
        attributes.check_starts()?;
        Ok(attributes)
    }

    /// The attributes after `changes`. Only what changes is checked: a store may be older than a rule.
    pub(crate) fn changed(&self, changes: &Changes, now_ms: i64) -> Result<Self, Error> {
        self.check_active("updated", now_ms)?;
        let mut after = self.clone();
        if let Some(name) = &changes.name {
            check_name(name)?;
            after.name.clone_from(name);
        }
        self.change_retention(changes, &mut after)?;
        self.change_reach(changes, &mut after)?;
        if let Some(kms_key_id) = &changes.kms_key_id {
            check_kms_key(kms_key_id)?;
        }
        after.kms_key_id = origin::given_once("KmsKeyId", &self.kms_key_id, &changes.kms_key_id)?;
        after.termination_protection = changes.termination_protection.unwrap_or(after.termination_protection);
        self.change_selection(changes, &mut after)?;
        add_hot_keys(&mut after, &changes.hot_keys)?;
        after.updated_at_ms = now_ms;
        Ok(after)
    }

    /// The attributes with more tags.
    pub(crate) fn tagged(&self, tags: &[Tag], now_ms: i64) -> Result<Self, Error> {
        self.check_active("tagged", now_ms)?;
        Ok(Self { tags: self.tags.with(&self.name, tags)?, updated_at_ms: now_ms, ..self.clone() })
    }

    /// The attributes without some tags.
    pub(crate) fn untagged(&self, keys: &[&str], now_ms: i64) -> Result<Self, Error> {
        self.check_active("untagged", now_ms)?;
        Ok(Self { tags: self.tags.without(keys)?, updated_at_ms: now_ms, ..self.clone() })
    }

    fn change_retention(&self, changes: &Changes, after: &mut Self) -> Result<(), Error> {
        if let Some(mode) = changes.billing_mode {
            self.check_billing_mode(mode)?;
            after.billing_mode = mode;
        }
        after.retention = changes.retention.unwrap_or(after.retention);
        after.check_retention()
    }

    /// Changes which events the store is for.
    fn change_reach(&self, changes: &Changes, after: &mut Self) -> Result<(), Error> {
        after.multi_region = changes.multi_region.unwrap_or(after.multi_region);
        after.organization = changes.organization.unwrap_or(after.organization);
        after.region = origin::given_once("Region", &self.region, &changes.region)?;
        after.account = origin::given_once("AccountId", &self.account, &changes.account)?;
        after.accounts = changes.accounts.clone().unwrap_or_else(|| self.accounts.clone());
        after.check_origin()?;
        if (after.multi_region, after.organization) != (self.multi_region, self.organization) {
            after.check_reach()?;
        }
        match self.multi_region && !after.multi_region {
            true => after.check_has_region(),
            false => Ok(()),
        }
    }

    /// That ingestion, where it is not to start, can be started later.
    fn check_starts(&self) -> Result<(), Error> {
        if self.status == Status::Enabled || categories::have_ingestion(&self.categories) {
            return Ok(());
        }
        Err(Error::Attribute {
            attribute: "StartIngestion",
            value: "false".to_owned(),
            expected: "true but for stores of Management, Data, NetworkActivity or ConfigurationItem events",
        })
    }

    /// Which schema its events have.
    pub fn store_type(&self) -> StoreType {
        properties::store_type(&self.categories)
    }

    /// The columns of its data files.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        Schema::with_hot_keys(self.store_type(), &self.hot_keys)
    }
}

fn add_hot_keys(attributes: &mut Attributes, added: &[HotKeyPath]) -> Result<(), Error> {
    let store_type = attributes.store_type();
    let known = &mut attributes.hot_keys;
    added
        .iter()
        .try_for_each(|key| known.add(key.clone(), store_type).map(|_| ()))
        .map_err(|source| Error::HotKey { source })
}

fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if (3..=128).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::Attribute {
        attribute: "Name",
        value: name.to_owned(),
        expected: "3 to 128 letters, digits, \".\", \"_\" or \"-\"",
    })
}

/// `EventDataStoreKmsKeyId` of the API reference: the name or ARN of an alias, the ARN or id of a key.
fn check_kms_key(key: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'-' | b':');
    if (1..=350).contains(&key.len()) && key.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::KmsKey { key: key.to_owned() })
}

#[cfg(test)]
mod tests;
