//! Which fields, operators and values a category allows.
//!
//! From the User Guide: "Filtering data events by using advanced event selectors", "Logging management events" and
//! "Logging network activity events", and from the API reference, `AdvancedFieldSelector`.

use crate::category::EventCategory;

use super::{Holder, Operator, SelectorField};

/// What one field may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    pub(super) field: SelectorField,
    pub(super) required: bool,
    pub(super) operators: &'static [Operator],
    pub(super) values: Values,
}

/// Which values a field may have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values {
    /// Any text.
    Any,
    /// Any of these.
    Among(&'static [&'static str]),
    /// One of these, once.
    OneAmong(&'static [&'static str]),
    /// One value, on AWS's list of them.
    OneListed(&'static [&'static str]),
    /// Any text; full ARNs where the whole text is compared.
    Arns,
}

const fn any(field: SelectorField) -> Allowed {
    Allowed { field, required: false, operators: &Operator::ALL, values: Values::Any }
}

const CATEGORY: Allowed = Allowed {
    field: SelectorField::EventCategory,
    required: true,
    operators: &[Operator::Equals],
    values: Values::OneAmong(&CATEGORY_NAMES),
};

/// The spellings of [`EventCategory::ALL`].
pub(super) const CATEGORY_NAMES: [&str; 7] =
    ["Management", "Data", "NetworkActivity", "Insight", "ConfigurationItem", "Evidence", "ActivityAuditLog"];

const READ_ONLY: Allowed = Allowed {
    field: SelectorField::ReadOnly,
    required: false,
    operators: &[Operator::Equals],
    values: Values::OneAmong(&["true", "false"]),
};

const FROM_CONSOLE: Allowed = Allowed {
    field: SelectorField::SessionCredentialFromConsole,
    required: false,
    operators: &[Operator::Equals, Operator::NotEquals],
    values: Values::Among(&["true"]),
};

/// The services whose management events are so many that a trail may leave them out.
pub(super) const EXCLUDABLE_SOURCES: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

const MANAGEMENT_IN_STORE: [Allowed; 7] = [
    CATEGORY,
    any(SelectorField::EventSource),
    READ_ONLY,
    any(SelectorField::EventName),
    any(SelectorField::EventType),
    any(SelectorField::UserIdentityArn),
    FROM_CONSOLE,
];

const MANAGEMENT_IN_TRAIL: [Allowed; 3] = [
    CATEGORY,
    Allowed {
        field: SelectorField::EventSource,
        required: false,
        operators: &[Operator::NotEquals],
        values: Values::Among(&EXCLUDABLE_SOURCES),
    },
    READ_ONLY,
];

const DATA: [Allowed; 9] = [
    CATEGORY,
    Allowed {
        field: SelectorField::ResourcesType,
        required: true,
        operators: &[Operator::Equals],
        values: Values::OneListed(&super::RESOURCE_TYPES),
    },
    any(SelectorField::EventSource),
    READ_ONLY,
    any(SelectorField::EventName),
    any(SelectorField::EventType),
    Allowed { field: SelectorField::ResourcesArn, required: false, operators: &Operator::ALL, values: Values::Arns },
    any(SelectorField::UserIdentityArn),
    FROM_CONSOLE,
];

const NETWORK_ACTIVITY: [Allowed; 5] = [
    CATEGORY,
    Allowed {
        field: SelectorField::EventSource,
        required: true,
        operators: &[Operator::Equals],
        values: Values::OneListed(&super::NETWORK_ACTIVITY_SOURCES),
    },
    any(SelectorField::EventName),
    Allowed {
        field: SelectorField::ErrorCode,
        required: false,
        operators: &[Operator::Equals],
        values: Values::Among(&["VpceAccessDenied"]),
    },
    any(SelectorField::VpcEndpointId),
];

const CATEGORY_ALONE: [Allowed; 1] = [CATEGORY];

/// The fields a selector of this category may have.
pub(super) fn allowed(category: EventCategory, holder: Holder) -> &'static [Allowed] {
    match (category, holder) {
        (EventCategory::Management, Holder::EventDataStore) => &MANAGEMENT_IN_STORE,
        (EventCategory::Management, Holder::Trail) => &MANAGEMENT_IN_TRAIL,
        (EventCategory::Data, _) => &DATA,
        (EventCategory::NetworkActivity, _) => &NETWORK_ACTIVITY,
        _ => &CATEGORY_ALONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_spelt_as_elsewhere() {
        assert_eq!(CATEGORY_NAMES, EventCategory::ALL.map(EventCategory::as_str));
    }
}
