//! What a change changes, for the history of a store.

use super::{Attributes, categories};
use traillake_event::selector::AdvancedEventSelectors;

/// An attribute before and after a change, in CloudTrail's spelling of it; `None` where there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeChange {
    /// The attribute: `RetentionPeriod`, `TagsList` …
    pub attribute: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

impl Attributes {
    /// What is different from the attributes before; without any, everything that has a value. The dates of creation
    /// and change are left out: the version has its own.
    pub(crate) fn differences(&self, before: Option<&Self>) -> Vec<AttributeChange> {
        let before = before.map(Self::said);
        let changes = self.said().into_iter().enumerate().map(|(place, (attribute, after))| {
            let before = before.as_ref().and_then(|before| before.get(place)?.1.clone());
            AttributeChange { attribute: attribute.to_owned(), before, after }
        });
        changes.filter(|change| change.before != change.after).collect()
    }

    /// Every attribute as text, always in the same order.
    fn said(&self) -> Vec<(&'static str, Option<String>)> {
        let listed = |list: Vec<String>| (!list.is_empty()).then(|| list.join(","));
        vec![
            ("Name", Some(self.name.clone())),
            ("Status", Some(self.status.to_string())),
            ("EventCategories", Some(categories::listed(&self.categories))),
            ("AdvancedEventSelectors", self.selectors.as_ref().map(AdvancedEventSelectors::to_json)),
            ("RetentionPeriod", Some(self.retention.to_string())),
            ("BillingMode", Some(self.billing_mode.to_string())),
            ("TerminationProtectionEnabled", Some(self.termination_protection.to_string())),
            ("MultiRegionEnabled", Some(self.multi_region.to_string())),
            ("OrganizationEnabled", Some(self.organization.to_string())),
            ("Region", self.region.clone()),
            ("AccountId", self.account.clone()),
            ("Accounts", listed(self.accounts.clone())),
            ("KmsKeyId", self.kms_key_id.clone()),
            ("TagsList", self.tags.to_json()),
            ("MaxEventSize", Some(self.event_configuration.max_event_size.as_str().to_owned())),
            ("ContextKeySelectors", self.event_configuration.selectors_json()),
            ("HotKeys", listed(self.hot_keys.keys().iter().map(ToString::to_string).collect())),
            ("DeletionTimestamp", self.deletion_at_ms.map(|at| at.to_string())),
        ]
    }
}
