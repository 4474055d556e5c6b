//! What a new store is to be, and what of a store is to change.

use traillake_event::category::EventCategory;
use traillake_event::category::StoreType;
use traillake_event::schema::HotKeyPath;
use traillake_event::selector::{AdvancedEventSelectors, Lists};

use super::retention::{BillingMode, Retention};
use super::tags::Tag;

/// What a new store is to be. The default is CloudTrail's: management events, 366 days, protected, taking imports.
#[derive(Clone, Debug)]
pub struct CreateOptions {
    /// The categories of events it keeps; with selectors, those that these name.
    pub categories: Vec<EventCategory>,
    /// For how long events are kept; `None` for the default of the billing mode.
    pub retention: Option<Retention>,
    /// Bounds the retention period.
    pub billing_mode: BillingMode,
    /// Whether deletion is refused.
    pub termination_protection: bool,
    /// Whether it keeps events of every Region. `false` needs a [`region`](Self::region), but for integrations, whose
    /// stores must say `false`.
    pub multi_region: bool,
    /// Whether it keeps events of every account of an organization.
    pub organization: bool,
    /// Whether it takes imports at once; `false` makes it `STOPPED_INGESTION`, in categories whose ingestion can be
    /// started: Management, Data, NetworkActivity, ConfigurationItem.
    pub start_ingestion: bool,
    /// Tags, at most 50.
    pub tags: Vec<Tag>,
    /// A KMS key, in 1 to 350 of `[a-zA-Z0-9._/-:]`. Only recorded: nothing is encrypted with it.
    pub kms_key_id: Option<String>,
    /// The home Region.
    pub region: Option<String>,
    /// The account it belongs to, in 12 to 16 digits.
    pub account: Option<String>,
    /// More accounts whose events it keeps; of no use to an organization store.
    pub accounts: Vec<String>,
    /// Which events it selects, of which categories; `None` for all of `categories`.
    pub selectors: Option<AdvancedEventSelectors>,
    /// Whether the selectors may name resource types and sources that this build does not know.
    pub selector_lists: Lists,
    /// Keys of maps that get columns of their own, beside those every store has.
    pub hot_keys: Vec<HotKeyPath>,
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self {
            categories: vec![EventCategory::Management],
            retention: None,
            billing_mode: BillingMode::default(),
            termination_protection: true,
            multi_region: true,
            organization: false,
            start_ingestion: true,
            tags: Vec::new(),
            kms_key_id: None,
            region: None,
            account: None,
            accounts: Vec::new(),
            selectors: None,
            selector_lists: Lists::Known,
            hot_keys: Vec::new(),
        }
    }
}

impl CreateOptions {
    /// A store for all events of a type.
    pub fn of(store_type: StoreType) -> Self {
        // Events from integrations are of one Region.
        let multi_region = store_type != StoreType::Activity;
        Self { categories: store_type.categories().to_vec(), multi_region, ..Self::default() }
    }
}

/// Attributes to change; `None` leaves one as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The name.
    pub name: Option<String>,
    /// For how long events are kept.
    pub retention: Option<Retention>,
    /// Only fixed to extendable is allowed, as in CloudTrail.
    pub billing_mode: Option<BillingMode>,
    /// Whether deletion is refused.
    pub termination_protection: Option<bool>,
    /// Whether it keeps events of every Region; `false` needs a home Region.
    pub multi_region: Option<bool>,
    /// Whether it keeps events of every account of an organization.
    pub organization: Option<bool>,
    /// The categories of events it keeps: others of the same schema.
    pub categories: Option<Vec<EventCategory>>,
    /// A KMS key: can be given once. Only recorded: nothing is encrypted with it.
    pub kms_key_id: Option<String>,
    /// The home Region: can be given once.
    pub region: Option<String>,
    /// The account it belongs to: can be given once.
    pub account: Option<String>,
    /// More accounts whose events it keeps, instead of those before.
    pub accounts: Option<Vec<String>>,
    /// Which events it selects, of which categories; `Some(None)` for all of its categories.
    pub selectors: Option<Option<AdvancedEventSelectors>>,
    /// Whether the selectors may name resource types and sources that this build does not know.
    pub selector_lists: Lists,
    /// Keys of maps to give columns of their own. New data files have them at once, older ones when they are
    /// [compacted](crate::Compaction). Questions are answered alike meanwhile, only slower; other readers of the table
    /// see NULL in the column of a file that lacks it.
    pub hot_keys: Vec<HotKeyPath>,
}
