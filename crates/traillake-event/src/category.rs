//! Event categories, as the `eventCategory` selector field names them.

use std::fmt;
use std::str::FromStr;

/// The category of an event, in the spelling of advanced event selectors
/// (CloudTrail API reference, `AdvancedFieldSelector`, field `eventCategory`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventCategory {
    /// Control-plane calls.
    Management,
    /// Data-plane calls.
    Data,
    /// Calls through a VPC endpoint.
    NetworkActivity,
    /// Unusual activity found by CloudTrail Insights.
    Insight,
    /// AWS Config configuration items.
    ConfigurationItem,
    /// AWS Audit Manager evidence.
    Evidence,
    /// Events of integrations outside AWS.
    ActivityAuditLog,
}

impl EventCategory {
    /// Every category, in the order of the documentation.
    pub const ALL: [EventCategory; 7] = [
        EventCategory::Management,
        EventCategory::Data,
        EventCategory::NetworkActivity,
        EventCategory::Insight,
        EventCategory::ConfigurationItem,
        EventCategory::Evidence,
        EventCategory::ActivityAuditLog,
    ];

    /// The category's documented spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            EventCategory::Management => "Management",
            EventCategory::Data => "Data",
            EventCategory::NetworkActivity => "NetworkActivity",
            EventCategory::Insight => "Insight",
            EventCategory::ConfigurationItem => "ConfigurationItem",
            EventCategory::Evidence => "Evidence",
            EventCategory::ActivityAuditLog => "ActivityAuditLog",
        }
    }

    /// The type of the event data stores that keep it.
    pub fn store_type(self) -> StoreType {
        match self {
            EventCategory::Management | EventCategory::Data | EventCategory::NetworkActivity => StoreType::Events,
            EventCategory::Insight => StoreType::Insights,
            EventCategory::ConfigurationItem => StoreType::ConfigurationItems,
            EventCategory::Evidence => StoreType::Evidence,
            EventCategory::ActivityAuditLog => StoreType::Activity,
        }
    }

    /// Whether the category's events share the CloudTrail events schema.
    pub fn is_cloudtrail_event(self) -> bool {
        self.store_type() == StoreType::Events
    }
}

/// The type of an event data store: categories of one type have one schema and may share a store (CloudTrail user guide,
/// *Working with event data stores*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StoreType {
    /// CloudTrail events: management, data and network activity events, in any mix.
    #[default]
    Events,
    /// Insights events.
    Insights,
    /// AWS Config configuration items.
    ConfigurationItems,
    /// Audit Manager evidence.
    Evidence,
    /// Events of integrations.
    Activity,
}

impl StoreType {
    /// Every type, in the order of the documentation.
    pub const ALL: [StoreType; 5] = [
        StoreType::Events,
        StoreType::Insights,
        StoreType::ConfigurationItems,
        StoreType::Evidence,
        StoreType::Activity,
    ];

    /// The categories of events that a store of the type may keep.
    pub fn categories(self) -> &'static [EventCategory] {
        match self {
            StoreType::Events => &[EventCategory::Management, EventCategory::Data, EventCategory::NetworkActivity],
            StoreType::Insights => &[EventCategory::Insight],
            StoreType::ConfigurationItems => &[EventCategory::ConfigurationItem],
            StoreType::Evidence => &[EventCategory::Evidence],
            StoreType::Activity => &[EventCategory::ActivityAuditLog],
        }
    }

    /// What its events are called, in the plural.
    pub fn events_name(self) -> &'static str {
        match self {
            StoreType::Events => "CloudTrail events",
            StoreType::Insights => "Insights events",
            StoreType::ConfigurationItems => "configuration items",
            StoreType::Evidence => "Audit Manager evidence",
            StoreType::Activity => "events from integrations",
        }
    }
}

impl fmt::Display for EventCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no event category.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event category \"{text}\" does not exist: it is one of {names}", names = names())]
pub struct UnknownCategory {
    /// What was given.
    pub text: String,
}

fn names() -> String {
    EventCategory::ALL.map(EventCategory::as_str).join(", ")
}

impl FromStr for EventCategory {
    type Err = UnknownCategory;

    fn from_str(text: &str) -> Result<Self, UnknownCategory> {
        EventCategory::ALL
            .into_iter()
            .find(|category| category.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownCategory { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_reads_back_from_its_own_text() {
        for category in EventCategory::ALL {
            assert_eq!(category.to_string().parse(), Ok(category));
        }
    }

    #[test]
    fn an_unknown_category_names_the_known_ones() {
        let error = "Managment".parse::<EventCategory>().unwrap_err().to_string();
        assert!(error.contains("\"Managment\"") && error.contains("NetworkActivity"), "{error}");
    }
}
