//! The document of a call.

use std::borrow::Cow;
use std::collections::HashSet;

use thiserror::Error;

use crate::json::{Cursor, JsonError, Kind, Value, for_each_member};

use super::{CALL_BYTES_MAX, CALL_EVENTS_MAX, ID_CHARS_MAX, SentEvent};

/// A call that is refused whole.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// The document is larger than [`CALL_BYTES_MAX`].
    #[error("the call has {bytes} bytes: send at most {CALL_BYTES_MAX}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The document is no JSON.
    #[error("the call is no JSON at byte {}: {}", .0.offset, .0)]
    NotJson(JsonError),
    /// The document has another shape.
    #[error("{place}: {found}")]
    Shape {
        /// Where: `auditEvents[3].eventData`.
        place: String,
        /// What is wrong there.
        found: String,
    },
    /// There is no event, or there are more than [`CALL_EVENTS_MAX`].
    #[error("the call has {events} events: send 1 to {CALL_EVENTS_MAX}")]
    Count {
        /// How many.
        events: usize,
    },
    /// An id is empty, longer than [`ID_CHARS_MAX`], or has other characters.
    #[error("auditEvents[{index}].id is no id: use 1 to {ID_CHARS_MAX} ASCII letters, digits, '-' and '_'")]
    Id {
        /// Which event, counted from 0.
        index: usize,
    },
    /// Two events of the call have one id.
    #[error("two events have the id \"{id}\": give each its own")]
    DuplicatedAuditEventId {
        /// The id.
        id: String,
    },
}

impl CallError {
    /// The error the service answers with: `DuplicatedAuditEventId`, or what all of AWS has for requests that break
    /// their own model.
    pub fn aws_name(&self) -> &'static str {
        match self {
            CallError::DuplicatedAuditEventId { .. } => "DuplicatedAuditEventId",
            _ => "ValidationException",
        }
    }
}

/// Reads the document of a call: `{"auditEvents": [{"id": …, "eventData": …, "eventDataChecksum": …}, …]}`.
///
/// The checksum may be left out. `eventData` is a string that holds JSON text, not an object. Nothing is looked into
/// yet; see [`SentEvent::check`].
pub fn read_call(document: &str) -> Result<Vec<SentEvent<'_>>, CallError> {
    if document.len() > CALL_BYTES_MAX {
        return Err(CallError::TooLarge { bytes: document.len() });
    }
    let events = audit_events(document)?;
    if events.is_empty() || events.len() > CALL_EVENTS_MAX {
        return Err(CallError::Count { events: events.len() });
    }
    let events = events.into_iter().enumerate().map(|(index, event)| sent_event(index, event));
    let events: Vec<_> = events.collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    match events.iter().find(|event| !seen.insert(&event.id)) {
        Some(twice) => Err(CallError::DuplicatedAuditEventId { id: twice.id.clone().into_owned() }),
        None => Ok(events),
    }
}

fn shape(place: impl Into<String>, found: impl Into<String>) -> CallError {
    CallError::Shape { place: place.into(), found: found.into() }
}

fn audit_events(document: &str) -> Result<Vec<Value<'_>>, CallError> {
    let mut cursor = Cursor::new(document);
    let call = cursor.value().map_err(CallError::NotJson)?;
    if !cursor.at_end() {
        return Err(CallError::NotJson(cursor.error("the end of the call")));
    }
    let mut list = None;
    for_each_member(call.raw, |key, value| {
        if key == "auditEvents" {
            list = Some(value);
        }
    });
    let list = list.ok_or_else(|| shape("the call", "expected an object with auditEvents"))?;
    let mut cursor = Cursor::new(list.raw);
    let found = || shape("auditEvents", format!("expected an array, found {}", list.kind.as_str()));
    let mut elements = cursor.elements().map_err(|_| found())?;
    let mut events = Vec::new();
    while elements.next(&mut cursor).map_err(CallError::NotJson)? {
        events.push(cursor.value().map_err(CallError::NotJson)?);
    }
    Ok(events)
}

fn sent_event<'a>(index: usize, event: Value<'a>) -> Result<SentEvent<'a>, CallError> {
    if event.kind != Kind::Object {
        return Err(shape(
            format!("auditEvents[{index}]"),
            format!("expected an object, found {}", event.kind.as_str()),
        ));
    }
    let (mut id, mut event_data, mut checksum) = (None, None, None);
    for_each_member(event.raw, |key, value| match key.as_ref() {
        "id" => id = Some(value),
        "eventData" => event_data = Some(value),
        "eventDataChecksum" => checksum = Some(value).filter(|value| value.kind != Kind::Null),
        _ => {}
    });
    let id = needed(index, "id", id)?;
    if !is_id(&id) {
        return Err(CallError::Id { index });
    }
    let event_data = needed(index, "eventData", event_data)?;
    let checksum = checksum.map(|value| text(index, "eventDataChecksum", value)).transpose()?;
    Ok(SentEvent { id, event_data, checksum })
}

fn needed<'a>(index: usize, name: &str, value: Option<Value<'a>>) -> Result<Cow<'a, str>, CallError> {
    match value {
        Some(value) => text(index, name, value),
        None => Err(shape(format!("auditEvents[{index}].{name}"), "the member is missing")),
    }
}

fn text<'a>(index: usize, name: &str, value: Value<'a>) -> Result<Cow<'a, str>, CallError> {
    let found = || format!("expected a string, found {}", value.kind.as_str());
    value.as_text().ok_or_else(|| shape(format!("auditEvents[{index}].{name}"), found()))
}

fn is_id(text: &str) -> bool {
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_of_id)
}
