//! Why an event is not taken.

use std::fmt;

/// The error codes of `PutAuditEvents` for single events, as far as an event's content decides (API reference,
/// `ResultErrorEntry`). The service has more for what is around it: `InvalidEventSource`, `AccountNotSubscribed`,
/// `Throttling`, `InternalFailure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// A field is longer than allowed.
    FieldTooLong,
    /// A needed field is missing, null or empty.
    FieldNotFound,
    /// The checksum is not that of the event.
    InvalidChecksum,
    /// The event is no JSON object, or a field has a value of another form.
    InvalidData,
    /// The event is for another account.
    InvalidRecipient,
}

impl RefusalCode {
    /// The code's documented spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            RefusalCode::FieldTooLong => "FieldTooLong",
            RefusalCode::FieldNotFound => "FieldNotFound",
            RefusalCode::InvalidChecksum => "InvalidChecksum",
            RefusalCode::InvalidData => "InvalidData",
            RefusalCode::InvalidRecipient => "InvalidRecipient",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event that is not taken. `Display` is the `errorMessage`: field and message, below 1024 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The `errorCode`.
    pub code: RefusalCode,
    /// The field, where it is about one: `userIdentity.type`, `eventDataChecksum` …
    pub field: Option<&'static str>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Refusal {
    pub(super) fn of(code: RefusalCode, field: &'static str, message: impl Into<String>) -> Self {
        Self { code, field: Some(field), message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
