//! For how long events are kept, and the pricing option that bounds it (user guide, *Managing CloudTrail Lake costs*).

use std::fmt;

use super::Attributes;
use crate::error::Error;

/// The shortest retention period of either mode.
const RETENTION_DAYS_MIN: u32 = 7;

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

impl Attributes {
    pub(super) fn check_retention(&self) -> Result<(), Error> {
        if (RETENTION_DAYS_MIN..=self.billing_mode.retention_days_max()).contains(&self.retention_days) {
            return Ok(());
        }
        let expected = match self.billing_mode {
            BillingMode::ExtendableRetention => "7 to 3653 days",
            BillingMode::FixedRetention => "7 to 2557 days",
        };
        Err(Error::Attribute { attribute: "RetentionPeriod", value: self.retention_days.to_string(), expected })
    }

    /// That the store can change to this mode: fixed may become extendable, never the other way.
    pub(super) fn check_billing_mode(&self, after: BillingMode) -> Result<(), Error> {
        if self.billing_mode == BillingMode::ExtendableRetention && after != self.billing_mode {
            return Err(Error::Attribute {
                attribute: "BillingMode",
                value: after.to_string(),
                expected: "left at EXTENDABLE_RETENTION_PRICING, which cannot be changed back",
            });
        }
        Ok(())
    }
}
