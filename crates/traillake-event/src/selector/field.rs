//! The fields of advanced event selectors.

use std::fmt;
use std::str::FromStr;

use super::known::nearest;

/// What of an event a field selector looks at (API reference, `AdvancedFieldSelector`, `Field`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SelectorField {
    /// `eventCategory`: which kind of event.
    EventCategory,
    /// `resources.type`: the type of any resource of the event.
    ResourcesType,
    /// `eventSource`: the service.
    EventSource,
    /// `eventName`: the API action.
    EventName,
    /// `readOnly`: `true` or `false`.
    ReadOnly,
    /// `eventType`: API call, service event, console sign-in …
    EventType,
    /// `resources.ARN`: the ARN of any resource of the selected type.
    ResourcesArn,
    /// `userIdentity.arn`: who did it.
    UserIdentityArn,
    /// `sessionCredentialFromConsole`: `true` for calls from a console session, else absent.
    SessionCredentialFromConsole,
    /// `errorCode`.
    ErrorCode,
    /// `vpcEndpointId`: the endpoint a call went through.
    VpcEndpointId,
}

impl SelectorField {
    /// Every field.
    pub const ALL: [SelectorField; 11] = [
        SelectorField::EventCategory,
        SelectorField::ResourcesType,
        SelectorField::EventSource,
        SelectorField::EventName,
        SelectorField::ReadOnly,
        SelectorField::EventType,
        SelectorField::ResourcesArn,
        SelectorField::UserIdentityArn,
        SelectorField::SessionCredentialFromConsole,
        SelectorField::ErrorCode,
        SelectorField::VpcEndpointId,
    ];

    /// The field's documented spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            SelectorField::EventCategory => "eventCategory",
            SelectorField::ResourcesType => "resources.type",
            SelectorField::EventSource => "eventSource",
            SelectorField::EventName => "eventName",
            SelectorField::ReadOnly => "readOnly",
            SelectorField::EventType => "eventType",
            SelectorField::ResourcesArn => "resources.ARN",
            SelectorField::UserIdentityArn => "userIdentity.arn",
            SelectorField::SessionCredentialFromConsole => "sessionCredentialFromConsole",
            SelectorField::ErrorCode => "errorCode",
            SelectorField::VpcEndpointId => "vpcEndpointId",
        }
    }
}

impl fmt::Display for SelectorField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no field of advanced event selectors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no field of advanced event selectors: {advice}", advice = self.advice())]
pub struct UnknownField {
    /// What was given.
    pub text: String,
}

impl UnknownField {
    /// What to do.
    pub fn advice(&self) -> String {
        let names = SelectorField::ALL.map(SelectorField::as_str);
        match nearest(&self.text, &names) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("it is one of {}", names.join(", ")),
        }
    }
}

impl FromStr for SelectorField {
    type Err = UnknownField;

    /// Reads the documented spelling in any letter case.
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        SelectorField::ALL
            .into_iter()
            .find(|field| field.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownField { text: text.to_owned() })
    }
}
