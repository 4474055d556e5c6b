//! Events from outside AWS, as `PutAuditEvents` takes them.
//!
//! A call carries up to [`CALL_EVENTS_MAX`] events. [`read_call`] reads it and refuses it whole where the call itself
//! breaks a limit; then each event stands alone: [`SentEvent::check`] accepts or refuses it with the error code that
//! the service has for it. Partial success is normal.
//!
//! ```
//! use traillake_event::audit_event::{RefusalCode, read_call};
//!
//! let call = r#"{"auditEvents": [{"id": "1", "eventData": "{\"version\": \"1\"}"}]}"#;
//! for sent in read_call(call)? {
//!     let refusal = sent.check(None).unwrap_err();
//!     assert_eq!(refusal.code, RefusalCode::FieldNotFound);
//!     assert_eq!(refusal.to_string(), "userIdentity: the field is missing");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Rules: CloudTrail Data Service API reference, `PutAuditEvents`; User Guide, "CloudTrail Lake integrations event
//! schema". Members that they do not know are passed over.

use std::borrow::Cow;

mod call;
mod checksum;
mod event;
mod refusal;

pub use call::{CallError, read_call};
pub use event::{AuditEvent, AuditIdentity};
pub use refusal::{Refusal, RefusalCode};

/// The most events of one call; it has at least one.
pub const CALL_EVENTS_MAX: usize = 100;

/// The most bytes of one call: 1 MB.
pub const CALL_BYTES_MAX: usize = 1 << 20;

/// The most characters of an event's id. It is made of ASCII letters, digits, `-` and `_`.
pub const ID_CHARS_MAX: usize = 128;

/// One event of a call, not yet looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentEvent<'a> {
    /// The event's id at its source, unique in the call.
    pub id: Cow<'a, str>,
    /// The event, as JSON text.
    pub event_data: Cow<'a, str>,
    /// The Base64 text of the SHA-256 of [`event_data`](Self::event_data).
    pub checksum: Option<Cow<'a, str>>,
}

impl SentEvent<'_> {
    /// Holds the event against the rules; the first that is broken is the refusal.
    ///
    /// With `account`, the account that owns the channel, the event must be for that account.
    pub fn check(&self, account: Option<&str>) -> Result<AuditEvent<'_>, Refusal> {
        if let Some(checksum) = &self.checksum {
            checksum::check(&self.event_data, checksum)?;
        }
        AuditEvent::read(&self.event_data, account)
    }
}

#[cfg(test)]
mod tests;
