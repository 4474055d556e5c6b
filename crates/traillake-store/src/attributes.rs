//! What an event data store is: its attributes, kept as table properties `traillake.*`.
//!
//! Names, limits and defaults are CloudTrail Lake's (API reference, `CreateEventDataStore` and
//! `UpdateEventDataStore`). A store has no other catalogue than the properties of its own table.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use traillake_event::category::{EventCategory, StoreType};
use traillake_event::schema::{HotKeyPath, HotKeys, Schema};

use crate::error::Error;

mod properties;

pub(crate) use properties::{LEDGER, NAME, PROVISIONAL, schema_of};

/// How long a deleted store can be restored, in milliseconds: seven days.
pub(crate) const RESTORABLE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The properties of a table.
pub(crate) type Properties = BTreeMap<String, String>;

/// What is known about an event data store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// 3 to 128 letters, digits, `.`, `_` or `-`; unique in the lake without regard to case.
    pub name: String,
    /// The categories of events it keeps.
    pub categories: Vec<EventCategory>,
    /// For how many days after its time an event is kept.
    pub retention_days: u32,
    /// Decides the bounds of the retention period.
    pub billing_mode: BillingMode,
    /// Whether deletion is refused.
    pub termination_protection: bool,
    /// Whether it keeps events of every Region.
    pub multi_region: bool,
    /// Whether it keeps events of every account of an organization.
    pub organization: bool,
    /// Where it is in its life.
    pub status: Status,
    /// Advanced event selectors as JSON text, as given; `None` keeps every event of the categories.
    pub selectors: Option<String>,
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

/// CloudTrail's pricing option. No money changes hands here; it bounds the retention period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BillingMode {
    /// 7 to 3653 days, 366 if not said.
    #[default]
    ExtendableRetention,
    /// 7 to 2557 days, 2557 if not said.
    FixedRetention,
}

impl BillingMode {
    /// CloudTrail's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            BillingMode::ExtendableRetention => "EXTENDABLE_RETENTION_PRICING",
            BillingMode::FixedRetention => "FIXED_RETENTION_PRICING",
        }
    }

    /// The mode in CloudTrail's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [BillingMode::ExtendableRetention, BillingMode::FixedRetention].into_iter().find(|mode| mode.as_str() == text)
    }

    /// The retention period of a store that names none, in days.
    pub fn default_retention_days(self) -> u32 {
        match self {
            BillingMode::ExtendableRetention => 366,
            BillingMode::FixedRetention => 2557,
        }
    }

    fn retention_days_max(self) -> u32 {
        match self {
            BillingMode::ExtendableRetention => 3653,
            BillingMode::FixedRetention => 2557,
        }
    }
}

impl fmt::Display for BillingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The life of an event data store. CloudTrail's transitional states (`CREATED`, `STARTING_INGESTION`,
/// `STOPPING_INGESTION`) do not occur: here a change is one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Takes imports and queries.
    Enabled,
    /// Takes queries only.
    StoppedIngestion,
    /// Takes neither, and can be restored.
    PendingDeletion,
}

impl Status {
    /// CloudTrail's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Enabled => "ENABLED",
            Status::StoppedIngestion => "STOPPED_INGESTION",
            Status::PendingDeletion => "PENDING_DELETION",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Status::Enabled, Status::StoppedIngestion, Status::PendingDeletion]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a new store is to be. The default is CloudTrail's: management events, 366 days, protected.
#[derive(Clone, Debug)]
pub struct CreateOptions {
    /// The categories of events it keeps.
    pub categories: Vec<EventCategory>,
    /// In days; `None` for the default of the billing mode.
    pub retention_days: Option<u32>,
    /// Bounds the retention period.
    pub billing_mode: BillingMode,
    /// Whether deletion is refused.
    pub termination_protection: bool,
    /// Whether it keeps events of every Region.
    pub multi_region: bool,
    /// Whether it keeps events of every account of an organization.
    pub organization: bool,
    /// Advanced event selectors as JSON text.
    pub selectors: Option<String>,
    /// Keys of maps that get columns of their own, beside those every store has.
    pub hot_keys: Vec<HotKeyPath>,
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self {
            categories: vec![EventCategory::Management],
            retention_days: None,
            billing_mode: BillingMode::default(),
            termination_protection: true,
            multi_region: true,
            organization: false,
            selectors: None,
            hot_keys: Vec::new(),
        }
    }
}

/// Attributes to change; `None` leaves one as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The name.
    pub name: Option<String>,
    /// In days.
    pub retention_days: Option<u32>,
    /// Only fixed to extendable is allowed, as in CloudTrail.
    pub billing_mode: Option<BillingMode>,
    /// Whether deletion is refused.
    pub termination_protection: Option<bool>,
    /// Whether it keeps events of every Region.
    pub multi_region: Option<bool>,
    /// Whether it keeps events of every account of an organization.
    pub organization: Option<bool>,
    /// The categories of events it keeps.
    pub categories: Option<Vec<EventCategory>>,
    /// Advanced event selectors as JSON text; `Some(None)` removes them.
    pub selectors: Option<Option<String>>,
    /// Start (`true`) or stop (`false`) taking imports.
    pub ingestion: Option<bool>,
    /// Keys of maps to give columns of their own. New data files have them at once, older ones when they are
    /// [compacted](crate::Compaction). Questions are answered alike meanwhile, only slower; other readers of the table
    /// see NULL in the column of a file that lacks it.
    pub hot_keys: Vec<HotKeyPath>,
}

impl Attributes {
    /// The attributes of a new store.
    pub(crate) fn new(name: &str, options: CreateOptions, now_ms: i64) -> Result<Self, Error> {
        let mut attributes = Self {
            name: name.to_owned(),
            categories: options.categories,
            retention_days: options.retention_days.unwrap_or(options.billing_mode.default_retention_days()),
            billing_mode: options.billing_mode,
            termination_protection: options.termination_protection,
            multi_region: options.multi_region,
            organization: options.organization,
            status: Status::Enabled,
            selectors: options.selectors,
            hot_keys: HotKeys::default(),
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            deletion_at_ms: None,
        };
        add_hot_keys(&mut attributes, &options.hot_keys)?;
        attributes.check()?;
        Ok(attributes)
    }

    /// The attributes after `changes`.
    pub(crate) fn changed(&self, changes: &Changes, now_ms: i64) -> Result<Self, Error> {
        let mut after = self.clone();
        if self.status == Status::PendingDeletion {
            return Err(self.refuse("updated"));
        }
        if let Some(mode) = changes.billing_mode {
            if self.billing_mode == BillingMode::ExtendableRetention && mode != self.billing_mode {
                return Err(Error::Attribute {
                    attribute: "BillingMode",
                    value: mode.to_string(),
                    expected: "left at EXTENDABLE_RETENTION_PRICING, which cannot be changed back",
                });
            }
            after.billing_mode = mode;
        }
        if let Some(ingestion) = changes.ingestion {
            after.status = if ingestion { Status::Enabled } else { Status::StoppedIngestion };
        }
        let Changes { name, retention_days, termination_protection, multi_region, organization, .. } = changes;
        after.name = name.clone().unwrap_or(after.name);
        after.retention_days = retention_days.unwrap_or(after.retention_days);
        after.termination_protection = termination_protection.unwrap_or(after.termination_protection);
        after.multi_region = multi_region.unwrap_or(after.multi_region);
        after.organization = organization.unwrap_or(after.organization);
        after.categories = changes.categories.clone().unwrap_or(after.categories);
        after.selectors = changes.selectors.clone().unwrap_or(after.selectors);
        add_hot_keys(&mut after, &changes.hot_keys)?;
        after.updated_at_ms = now_ms;
        after.check()?;
        Ok(after)
    }

    /// The attributes after deletion: restorable for seven days.
    pub(crate) fn deleted(&self, now_ms: i64) -> Result<Self, Error> {
        if self.status == Status::PendingDeletion {
            return Err(self.refuse("deleted again"));
        }
        if self.termination_protection {
            return Err(Error::TerminationProtected { store: self.name.clone() });
        }
        Ok(Self {
            status: Status::PendingDeletion,
            updated_at_ms: now_ms,
            deletion_at_ms: Some(now_ms + RESTORABLE_MS),
            ..self.clone()
        })
    }

    /// The attributes after a deletion is taken back.
    pub(crate) fn restored(&self, now_ms: i64) -> Result<Self, Error> {
        if self.status != Status::PendingDeletion {
            return Err(self.refuse("restored"));
        }
        Ok(Self { status: Status::Enabled, updated_at_ms: now_ms, deletion_at_ms: None, ..self.clone() })
    }

    /// Which schema its events have.
    pub fn store_type(&self) -> StoreType {
        properties::store_type(&self.categories)
    }

    /// The columns of its data files.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        Schema::with_hot_keys(self.store_type(), &self.hot_keys)
    }

    /// Whether the store takes imports: [`Error::Status`] when ingestion was stopped or the store is to be deleted.
    pub fn check_takes_imports(&self) -> Result<(), Error> {
        match self.status {
            Status::Enabled => Ok(()),
            Status::StoppedIngestion | Status::PendingDeletion => Err(self.refuse("imported into")),
        }
    }

    /// That the status does not allow what was asked for.
    pub(crate) fn refuse(&self, operation: &'static str) -> Error {
        Error::Status { store: self.name.clone(), status: self.status.as_str(), operation }
    }

    fn check(&self) -> Result<(), Error> {
        check_name(&self.name)?;
        check_retention(self.retention_days, self.billing_mode)?;
        check_categories(&self.categories)
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

fn check_retention(days: u32, mode: BillingMode) -> Result<(), Error> {
    if (7..=mode.retention_days_max()).contains(&days) {
        return Ok(());
    }
    let expected = match mode {
        BillingMode::ExtendableRetention => "7 to 3653 days",
        BillingMode::FixedRetention => "7 to 2557 days",
    };
    Err(Error::Attribute { attribute: "RetentionPeriod", value: days.to_string(), expected })
}

/// Events of one schema live in one store: the three kinds of CloudTrail events with each other, every other
/// category alone (CloudTrail user guide, *event data stores*).
fn check_categories(categories: &[EventCategory]) -> Result<(), Error> {
    let store_type = categories.first().map(|category| category.store_type());
    if store_type.is_some() && categories.iter().all(|category| Some(category.store_type()) == store_type) {
        return Ok(());
    }
    Err(Error::Attribute {
        attribute: "eventCategory",
        value: categories.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        expected: "Management, Data and NetworkActivity in any mix, or one other category alone",
    })
}

#[cfg(test)]
mod tests;
