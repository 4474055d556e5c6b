//! How large events may be and what is added to them (API reference, `PutEventConfiguration`; user guide, *Enrich
//! CloudTrail events*). Recorded with the store, for whoever delivers its events: nothing here cuts or enriches them.

use serde::{Deserialize, Serialize};
use traillake_event::category::EventCategory;

use super::{Attributes, categories};
use crate::error::Error;

/// How many selectors of context keys a store can have: one of each type.
const SELECTORS_MAX: usize = 2;
const KEYS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 128;

/// The condition keys that can be added to events (user guide, *Enrich CloudTrail events*).
const CONDITION_KEYS: [&str; 22] = [
    "aws:FederatedProvider",
    "aws:TokenIssueTime",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:SourceIdentity",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:userid",
    "aws:username",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:ViaAWSService",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:SourceAccount",
    "aws:SourceOrgID",
];

/// How large events may be and what is added to them. The default is CloudTrail's: standard size, nothing added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventConfiguration {
    /// How large an event may be.
    pub max_event_size: MaxEventSize,
    /// What is added to events: at most one selector of each type, none without [`MaxEventSize::Large`].
    pub context_key_selectors: Vec<ContextKeySelector>,
}

/// How large an event may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaxEventSize {
    /// 256 KB.
    #[default]
    Standard,
    /// 1 MB.
    Large,
}

/// Keys whose values are added to events, of one type: 1 to 50 keys of 1 to 128 characters.
///
/// As JSON, `{"Type": "TagContext", "Equals": ["team", …]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct ContextKeySelector {
    /// What the keys are keys of.
    #[serde(rename = "Type")]
    pub context: ContextKeyType,
    /// The keys.
    pub equals: Vec<String>,
}

/// What context keys are keys of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContextKeyType {
    /// Tags of resources and principals.
    TagContext,
    /// Global condition keys of the request, of those that CloudTrail supports.
    RequestContext,
}

impl MaxEventSize {
    /// CloudTrail's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            MaxEventSize::Standard => "Standard",
            MaxEventSize::Large => "Large",
        }
    }

    /// The size in CloudTrail's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [MaxEventSize::Standard, MaxEventSize::Large].into_iter().find(|size| size.as_str() == text)
    }

    /// In bytes.
    pub fn bytes(self) -> u64 {
        match self {
            MaxEventSize::Standard => 256 * 1024,
            MaxEventSize::Large => 1024 * 1024,
        }
    }
}

impl ContextKeyType {
    fn as_str(self) -> &'static str {
        match self {
            ContextKeyType::TagContext => "TagContext",
            ContextKeyType::RequestContext => "RequestContext",
        }
    }
}

impl EventConfiguration {
    /// Selectors of context keys, as the JSON text that `PutEventConfiguration` takes. Only their form is checked;
    /// limits are when they are [put](crate::EventDataStore::put_event_configuration).
    pub fn parse_context_key_selectors(json: &str) -> Result<Vec<ContextKeySelector>, Error> {
        serde_json::from_str(json).map_err(|_| Error::Attribute {
            attribute: "ContextKeySelectors",
            value: json.to_owned(),
            expected: "a JSON array of objects with a Type (TagContext or RequestContext) and an array Equals of keys",
        })
    }

    /// The selectors as JSON text; `None` when there are none.
    pub(super) fn selectors_json(&self) -> Option<String> {
        let none = self.context_key_selectors.is_empty();
        (!none).then(|| serde_json::to_string(&self.context_key_selectors).ok()).flatten()
    }

    fn check(&self) -> Result<(), Error> {
        let selectors = &self.context_key_selectors;
        if selectors.len() > SELECTORS_MAX {
            return Err(refused("ContextKeySelectors", selectors.len().to_string(), "at most 2 selectors"));
        }
        for (place, selector) in selectors.iter().enumerate() {
            if selectors[..place].iter().any(|before| before.context == selector.context) {
                return Err(refused("Type", selector.context.as_str().to_owned(), "of one selector only"));
            }
            selector.check()?;
        }
        match self.max_event_size {
            MaxEventSize::Standard if !selectors.is_empty() => Err(Error::Combination {
                attributes: "MaxEventSize Standard and ContextKeySelectors",
                expected: "context keys are added to Large events only",
            }),
            _ => Ok(()),
        }
    }
}

impl ContextKeySelector {
    fn check(&self) -> Result<(), Error> {
        if !(1..=KEYS_MAX).contains(&self.equals.len()) {
            return Err(refused("Equals", format!("{} keys", self.equals.len()), "1 to 50 keys"));
        }
        for key in &self.equals {
            if !(1..=KEY_CHARS_MAX).contains(&key.chars().count()) {
                return Err(refused("Equals", key.clone(), "keys of 1 to 128 characters"));
            }
            if self.context == ContextKeyType::RequestContext && !CONDITION_KEYS.contains(&key.as_str()) {
                let expected = "a global condition key that CloudTrail can add to events, as aws:SourceIdentity";
                return Err(refused("Equals", key.clone(), expected));
            }
        }
        Ok(())
    }
}

impl Attributes {
    /// The attributes with another event configuration.
    pub(crate) fn configured(&self, configuration: &EventConfiguration, now_ms: i64) -> Result<Self, Error> {
        self.check_active("configured", now_ms)?;
        let after = Self { event_configuration: configuration.clone(), updated_at_ms: now_ms, ..self.clone() };
        after.check_event_configuration()?;
        Ok(after)
    }

    /// That its categories can have the event configuration it has: only CloudTrail events have a size, and only
    /// management and data events a context.
    pub(super) fn check_event_configuration(&self) -> Result<(), Error> {
        let configuration = &self.event_configuration;
        configuration.check()?;
        let refused = |expected| Error::Category {
            store: self.name.clone(),
            categories: categories::listed(&self.categories),
            operation: "given this event configuration",
            expected,
        };
        let is_default = *configuration == EventConfiguration::default();
        if !is_default && !self.categories.iter().all(|category| category.is_cloudtrail_event()) {
            return Err(refused("it keeps Management, Data or NetworkActivity events"));
        }
        let has_context =
            |category: &EventCategory| matches!(category, EventCategory::Management | EventCategory::Data);
        if !configuration.context_key_selectors.is_empty() && !self.categories.iter().any(has_context) {
            return Err(refused("it keeps Management or Data events: others have no context"));
        }
        Ok(())
    }
}

fn refused(attribute: &'static str, value: String, expected: &'static str) -> Error {
    Error::Attribute { attribute, value, expected }
}
