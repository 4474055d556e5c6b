//! Which categories of events may live in one store, and what else their schema decides.
//!
//! CloudTrail user guide, *Event data stores*: each category has its own schema. Management, data and network activity
//! events share one and live together in any mix; every other category lives alone.

use traillake_event::category::EventCategory;

use super::Attributes;
use crate::error::Error;

/// That events of these categories can live in one store.
pub(super) fn check(categories: &[EventCategory]) -> Result<(), Error> {
    let together = categories.iter().all(|category| category.is_cloudtrail_event());
    if categories.len() == 1 || (together && !categories.is_empty()) {
        return Ok(());
    }
    Err(Error::Categories { categories: listed(categories) })
}

/// Whether two lists name the same, in any order.
pub(super) fn are_same(one: &[EventCategory], other: &[EventCategory]) -> bool {
    one.iter().all(|category| other.contains(category)) && other.iter().all(|category| one.contains(category))
}

/// Whether ingestion into the store can be started and stopped.
pub(super) fn have_ingestion(categories: &[EventCategory]) -> bool {
    categories.iter().all(|category| category.is_cloudtrail_event() || *category == EventCategory::ConfigurationItem)
}

/// The categories as they are written down.
pub(super) fn listed(categories: &[EventCategory]) -> String {
    categories.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

impl Attributes {
    /// That the store can change to these categories: events that it has keep their schema.
    pub(super) fn check_same_schema(&self, after: &[EventCategory]) -> Result<(), Error> {
        let of_events = |categories: &[EventCategory]| categories.iter().all(|category| category.is_cloudtrail_event());
        if self.categories == after || (of_events(&self.categories) && of_events(after)) {
            return Ok(());
        }
        Err(Error::Category {
            store: self.name.clone(),
            categories: listed(&self.categories),
            operation: "changed to other categories",
            expected: "these share the schema of the old ones: create another store for others",
        })
    }

    /// What Regions and accounts a store of its categories may be for: events from integrations are of one Region and no
    /// organization (user guide, *Create an event data store for events outside of AWS*).
    pub(super) fn check_reach(&self) -> Result<(), Error> {
        if !self.categories.contains(&EventCategory::ActivityAuditLog) {
            return Ok(());
        }
        let refused = |attribute| Error::Attribute {
            attribute,
            value: "true".to_owned(),
            expected: "false for a store of ActivityAuditLog events",
        };
        match (self.multi_region, self.organization) {
            (true, _) => Err(refused("MultiRegionEnabled")),
            (_, true) => Err(refused("OrganizationEnabled")),
            _ => Ok(()),
        }
    }
}
