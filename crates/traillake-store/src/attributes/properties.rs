//! Attributes as table properties, and back.

use std::sync::Arc;
use traillake_event::selector::AdvancedEventSelectors;

use traillake_event::category::{EventCategory, StoreType};
use traillake_event::schema::{HotKeys, Schema};

use super::categories::listed;
use super::{Attributes, BillingMode, EventConfiguration, MaxEventSize, Properties, Retention, Status, Tags};

/// The property that names the newest part of the ledger.
pub(crate) const LEDGER: &str = "traillake.ledger";

/// The property of a store that is being created.
pub(crate) const PROVISIONAL: &str = "traillake.provisional";
/// The property of a store that is no more, whatever the clock says.
pub(crate) const GONE: &str = "traillake.gone";
/// The property of a store that is being given another name.
pub(crate) const NAME_CLAIM: &str = "traillake.nameClaim";
/// The property that holds the name.
pub(crate) const NAME: &str = "traillake.name";
const CATEGORIES: &str = "traillake.categories";
const RETENTION: &str = "traillake.retention";
/// Where stores have their retention period that were made before it was kept to.
const RETENTION_NOT_KEPT_TO: &str = "traillake.retentionDays";
const BILLING_MODE: &str = "traillake.billingMode";
const TERMINATION_PROTECTION: &str = "traillake.terminationProtection";
const MULTI_REGION: &str = "traillake.multiRegion";
const ORGANIZATION: &str = "traillake.organization";
const STATUS: &str = "traillake.status";
const REGION: &str = "traillake.region";
const ACCOUNT: &str = "traillake.account";
const ACCOUNTS: &str = "traillake.accounts";
const TAGS: &str = "traillake.tags";
const KMS_KEY_ID: &str = "traillake.kmsKeyId";
const MAX_EVENT_SIZE: &str = "traillake.maxEventSize";
const CONTEXT_KEY_SELECTORS: &str = "traillake.contextKeySelectors";
const SELECTORS: &str = "traillake.selectors";
const HOT_KEYS: &str = "traillake.hotKeys";
const CREATED_AT: &str = "traillake.createdAt";
const UPDATED_AT: &str = "traillake.updatedAt";
const DELETION_AT: &str = "traillake.deletionAt";

/// A property that is not what we write.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) property: &'static str,
    pub(crate) found: String,
    pub(crate) expected: &'static str,
}

impl Attributes {
    /// Writes the attributes over those in `properties`.
    pub(crate) fn write(&self, properties: &mut Properties) {
        let configuration = &self.event_configuration;
        let size = configuration.max_event_size;
        let mut set = |key: &str, value: Option<String>| match value {
            Some(value) => {
                properties.insert(key.to_owned(), value);
            }
            None => {
                properties.remove(key);
            }
        };
        set(NAME, Some(self.name.clone()));
        set(CATEGORIES, Some(listed(&self.categories)));
        set(RETENTION, Some(self.retention.to_string()));
        set(RETENTION_NOT_KEPT_TO, None);
        set(BILLING_MODE, Some(self.billing_mode.to_string()));
        set(TERMINATION_PROTECTION, Some(self.termination_protection.to_string()));
        set(MULTI_REGION, Some(self.multi_region.to_string()));
        set(ORGANIZATION, Some(self.organization.to_string()));
        set(STATUS, Some(self.status.to_string()));
        set(REGION, self.region.clone());
        set(ACCOUNT, self.account.clone());
        set(ACCOUNTS, Some(self.accounts.join(",")).filter(|accounts| !accounts.is_empty()));
        set(TAGS, self.tags.to_json());
        set(KMS_KEY_ID, self.kms_key_id.clone());
        set(
            MAX_EVENT_SIZE,
            Some(size).filter(|size| *size != MaxEventSize::default()).map(|size| size.as_str().to_owned()),
        );
        set(CONTEXT_KEY_SELECTORS, configuration.selectors_json());
        set(SELECTORS, self.selectors.as_ref().map(AdvancedEventSelectors::to_json));
        set(HOT_KEYS, written(&self.hot_keys));
        set(CREATED_AT, Some(self.created_at_ms.to_string()));
        set(UPDATED_AT, Some(self.updated_at_ms.to_string()));
        set(DELETION_AT, self.deletion_at_ms.map(|at| at.to_string()));
    }

    /// Reads the attributes of a table; `None` when the table is no event data store at all.
    pub(crate) fn read(properties: &Properties) -> Result<Option<Self>, Malformed> {
        let Some(name) = properties.get(NAME) else { return Ok(None) };
        let text = |key: &'static str| properties.get(key).map(String::as_str);
        let read = |key, expected| Required { property: key, found: text(key).unwrap_or_default(), expected };
        let categories = categories(properties)?;
        let hot_keys = hot_keys(properties, store_type(&categories))?;
        Ok(Some(Self {
            name: name.clone(),
            categories,
            retention: match properties.contains_key(RETENTION_NOT_KEPT_TO) {
                // Nobody has seen an event go yet.
                true => Retention::Unlimited,
                false => read(RETENTION, "a number of days, or unlimited").parse(|text| text.parse().ok())?,
            },
            billing_mode: read(BILLING_MODE, "a billing mode").parse(BillingMode::parse)?,
            termination_protection: read(TERMINATION_PROTECTION, "true or false").parse(|text| text.parse().ok())?,
            multi_region: read(MULTI_REGION, "true or false").parse(|text| text.parse().ok())?,
            organization: read(ORGANIZATION, "true or false").parse(|text| text.parse().ok())?,
            status: read(STATUS, "a status").parse(|text| Status::parse(text).filter(|status| status.is_settled()))?,
            region: text(REGION).map(str::to_owned),
            account: text(ACCOUNT).map(str::to_owned),
            accounts: text(ACCOUNTS).map_or_else(Vec::new, |text| text.split(',').map(str::to_owned).collect()),
            tags: match text(TAGS) {
                None => Tags::default(),
                Some(_) => read(TAGS, "a JSON object of tags").parse(Tags::from_json)?,
            },
            kms_key_id: text(KMS_KEY_ID).map(str::to_owned),
            event_configuration: EventConfiguration {
                max_event_size: match text(MAX_EVENT_SIZE) {
                    None => MaxEventSize::default(),
                    Some(_) => read(MAX_EVENT_SIZE, "Standard or Large").parse(MaxEventSize::parse)?,
                },
                context_key_selectors: match text(CONTEXT_KEY_SELECTORS) {
                    None => Vec::new(),
                    Some(_) => read(CONTEXT_KEY_SELECTORS, "context key selectors")
                        .parse(|text| serde_json::from_str(text).ok())?,
                },
            },
            // Before they were held against any rule, they were any text, and did nothing.
            selectors: text(SELECTORS).and_then(|text| AdvancedEventSelectors::from_json(text).ok()),
            hot_keys,
            created_at_ms: read(CREATED_AT, "milliseconds").parse(|text| text.parse().ok())?,
            updated_at_ms: read(UPDATED_AT, "milliseconds").parse(|text| text.parse().ok())?,
            deletion_at_ms: match text(DELETION_AT) {
                None => None,
                Some(_) => Some(read(DELETION_AT, "milliseconds").parse(|text| text.parse().ok())?),
            },
        }))
    }
}

/// The columns of a table's data files.
pub(crate) fn schema_of(properties: &Properties) -> Result<Arc<Schema>, Malformed> {
    let store_type = store_type(&categories(properties)?);
    Ok(Schema::with_hot_keys(store_type, &hot_keys(properties, store_type)?))
}

/// The type of a store that keeps these categories.
pub(super) fn store_type(categories: &[EventCategory]) -> StoreType {
    categories.first().map(|category| category.store_type()).unwrap_or_default()
}

fn categories(properties: &Properties) -> Result<Vec<EventCategory>, Malformed> {
    let found = properties.get(CATEGORIES).map(String::as_str).unwrap_or_default();
    Required { property: CATEGORIES, found, expected: "event categories" }
        .parse(|text| text.split(',').map(|name| name.parse::<EventCategory>().ok()).collect())
}

/// The hot keys of a table: a JSON array of their paths, as a key may hold any separator.
fn hot_keys(properties: &Properties, store_type: StoreType) -> Result<HotKeys, Malformed> {
    let Some(text) = properties.get(HOT_KEYS) else { return Ok(HotKeys::default()) };
    let read = || {
        let mut keys = HotKeys::default();
        for path in serde_json::from_str::<Vec<String>>(text).ok()? {
            keys.add(path.parse().ok()?, store_type).ok()?;
        }
        Some(keys)
    };
    read().ok_or_else(|| Malformed { property: HOT_KEYS, found: text.clone(), expected: "paths of hot keys" })
}

fn written(hot_keys: &HotKeys) -> Option<String> {
    let paths: Vec<String> = hot_keys.keys().iter().map(ToString::to_string).collect();
    (!paths.is_empty()).then(|| serde_json::Value::from(paths).to_string())
}

struct Required<'a> {
    property: &'static str,
    found: &'a str,
    expected: &'static str,
}

impl<'a> Required<'a> {
    fn parse<T>(self, parse: impl FnOnce(&'a str) -> Option<T>) -> Result<T, Malformed> {
        let Self { property, found, expected } = self;
        parse(found).ok_or_else(|| Malformed { property, found: found.to_owned(), expected })
    }
}
