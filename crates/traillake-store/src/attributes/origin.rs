//! Where a store is at home, and whose events it is for.
//!
//! CloudTrail knows the Region and the account of a store; a lake on a disk knows them only when it is told. Told, they
//! give the store its ARN, and records from elsewhere can be left out (user guide, *Event data stores*: "Multi-Region",
//! "organization"). Untold, every record is accepted.

use std::fmt;

use traillake_event::category::EventCategory;
use traillake_event::id::EventDataStoreId;

use super::Attributes;
use crate::error::Error;

/// Stands in the ARN of a store that was not told its Region.
const REGION_UNTOLD: &str = "us-east-1";
/// Stands in the ARN of a store that was not told its account.
const ACCOUNT_UNTOLD: &str = "000000000000";

/// Why a store does not keep a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The store keeps events of its home Region only.
    Region {
        /// The home Region.
        home: String,
    },
    /// The store keeps events of some accounts only.
    Account {
        /// The accounts, the store's own first.
        accounts: Vec<String>,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Region { home } => write!(f, "the store is for events of Region {home} only"),
            Refusal::Account { accounts } => {
                write!(f, "the store is no organization store and for account {} only", accounts.join(", "))
            }
        }
    }
}

impl Attributes {
    /// Whether the store keeps a record with this `awsRegion` and this `recipientAccountId`.
    ///
    /// A store that is not multi-Region keeps those of its home Region; events of global services say `us-east-1`, and
    /// are kept there only. A store that is not an organization's keeps those of its own account and of the accounts it
    /// was given. What the store was not told, or the record does not say, refuses nothing.
    pub fn accepts(&self, region: Option<&str>, account: Option<&str>) -> Result<(), Refusal> {
        if let (false, Some(home), Some(region)) = (self.multi_region, &self.region, region)
            && home != region
        {
            return Err(Refusal::Region { home: home.clone() });
        }
        let Some(account) = account.filter(|_| !self.organization) else { return Ok(()) };
        let mut kept = self.account.iter().chain(&self.accounts).peekable();
        if kept.peek().is_none() || kept.any(|kept| kept == account) {
            return Ok(());
        }
        Err(Refusal::Account { accounts: self.account.iter().chain(&self.accounts).cloned().collect() })
    }

    /// The ARN of the store, with Region `us-east-1` and account `000000000000` where it was not told them.
    pub(crate) fn arn(&self, id: EventDataStoreId) -> String {
        let untold = |told: &Option<String>, untold: &str| told.clone().unwrap_or_else(|| untold.to_owned());
        id.arn(&untold(&self.region, REGION_UNTOLD), &untold(&self.account, ACCOUNT_UNTOLD))
    }

    /// That Region and accounts are in form, and fit the store.
    pub(super) fn check_origin(&self) -> Result<(), Error> {
        self.region.as_deref().map_or(Ok(()), check_region)?;
        self.account.iter().chain(&self.accounts).try_for_each(|account| check_account(account))?;
        match self.organization && !self.accounts.is_empty() {
            true => Err(Error::Attribute {
                attribute: "Accounts",
                value: self.accounts.join(","),
                expected: "left out for an organization store, which keeps the events of every account",
            }),
            false => Ok(()),
        }
    }

    /// That a store of one Region has one. Events from integrations have no Region.
    pub(super) fn check_has_region(&self) -> Result<(), Error> {
        let is_needed = !self.multi_region && !self.categories.contains(&EventCategory::ActivityAuditLog);
        match is_needed && self.region.is_none() {
            true => Err(Error::Attribute {
                attribute: "MultiRegionEnabled",
                value: "false".to_owned(),
                expected: "true for a store without a home Region: give it a Region, as eu-central-1",
            }),
            false => Ok(()),
        }
    }
}

/// What can be given once: later it can only be said again.
pub(super) fn given_once(
    attribute: &'static str,
    before: &Option<String>,
    given: &Option<String>,
) -> Result<Option<String>, Error> {
    match (before, given) {
        (Some(before), Some(given)) if before != given => Err(Error::Attribute {
            attribute,
            value: given.clone(),
            expected: "left as it is: once given, it can be neither changed nor removed",
        }),
        (before, given) => Ok(given.clone().or_else(|| before.clone())),
    }
}

/// Region names have at least three parts: letters, then a number.
fn check_region(region: &str) -> Result<(), Error> {
    let parts: Vec<&str> = region.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.split_last() {
        Some((number, words)) if is_number(number) && words.len() >= 2 && words.iter().all(is_word) => Ok(()),
        _ => Err(Error::Attribute {
            attribute: "Region",
            value: region.to_owned(),
            expected: "the name of a Region, as eu-central-1",
        }),
    }
}

fn check_account(account: &str) -> Result<(), Error> {
    if (12..=16).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Error::Attribute { attribute: "AccountId", value: account.to_owned(), expected: "12 to 16 digits" })
}
