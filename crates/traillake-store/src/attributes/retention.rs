//! For how long events are kept, which may be for ever, and the pricing option that bounds it (user guide, *Managing CloudTrail Lake costs*).

use std::fmt;
use std::str::FromStr;

use super::Attributes;
use crate::error::Error;

const UNLIMITED: &str = "unlimited";
/// The shortest retention period of either mode.
const RETENTION_DAYS_MIN: u32 = 7;

/// For how long after its time an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// So many days: within the bounds of the [`BillingMode`].
    Days(u32),
    /// For ever, which CloudTrail does not offer: what was archived for years does not go on the day it is imported.
    Unlimited,
}

impl Retention {
    /// The number of days; `None` without a limit.
    pub fn days(self) -> Option<u32> {
        match self {
            Retention::Days(days) => Some(days),
            Retention::Unlimited => None,
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Retention::Days(days) => days.fmt(f),
            Retention::Unlimited => f.write_str(UNLIMITED),
        }
    }
}

/// The text is no retention period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no retention period: give a number of days, or {UNLIMITED}")]
pub struct NoRetention(String);

impl FromStr for Retention {
    type Err = NoRetention;

    /// Reads a number of days, or `unlimited`. Whether a store may have it is another question.
    fn from_str(text: &str) -> Result<Self, NoRetention> {
        if text.eq_ignore_ascii_case(UNLIMITED) {
            return Ok(Retention::Unlimited);
        }
        text.parse().map(Retention::Days).map_err(|_| NoRetention(text.to_owned()))
    }
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

    /// The retention period of a store that names none.
    pub fn default_retention(self) -> Retention {
        Retention::Days(match self {
            BillingMode::ExtendableRetention => 366,
            BillingMode::FixedRetention => 2557,
        })
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
        let allowed = RETENTION_DAYS_MIN..=self.billing_mode.retention_days_max();
        if self.retention.days().is_none_or(|days| allowed.contains(&days)) {
            return Ok(());
        }
        let expected = match self.billing_mode {
            BillingMode::ExtendableRetention => "7 to 3653 days, or unlimited",
            BillingMode::FixedRetention => "7 to 2557 days, or unlimited",
        };
        Err(Error::Attribute { attribute: "RetentionPeriod", value: self.retention.to_string(), expected })
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
