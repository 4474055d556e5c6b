//! What a new store is to be, and what of a store is to change.

use traillake_event::category::EventCategory;
use traillake_event::schema::HotKeyPath;

use super::retention::BillingMode;
use super::tags::Tag;

/// What a new store is to be. The default is CloudTrail's: management events, 366 days, protected, taking imports.
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
            start_ingestion: true,
            tags: Vec::new(),
            kms_key_id: None,
            region: None,
            account: None,
            accounts: Vec::new(),
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
    /// Advanced event selectors as JSON text; `Some(None)` removes them.
    pub selectors: Option<Option<String>>,
    /// Keys of maps to give columns of their own. New data files have them at once, older ones when they are
    /// [compacted](crate::Compaction). Questions are answered alike meanwhile, only slower; other readers of the table
    /// see NULL in the column of a file that lacks it.
    pub hot_keys: Vec<HotKeyPath>,
}
