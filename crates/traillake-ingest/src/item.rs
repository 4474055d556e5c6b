//! What AWS Config, Audit Manager and integrations write, and the record that CloudTrail Lake makes of it.
//!
//! CloudTrail Lake puts such an item, as it is, into an envelope of its own: category, type, id, time, Region and account
//! beside the item under `eventData`. So is it done here, and `eventJson` gives that record back with the item's exact
//! bytes in it.
//!
//! | member | is |
//! | --- | --- |
//! | `eventID` | made of what identifies the item, so that the same item is one event wherever it is found |
//! | `eventTime` | when the item was captured or collected, or when the event occurred; none where that cannot be read |
//! | `awsRegion`, `recipientAccountId` | the item's own |
//! | `eventVersion` | 1.0 |
//!
//! When an item came in is not among them, as it is different each time: `lake.imports` tells.

use sha2::{Digest, Sha256};
use traillake_event::audit_event::{AuditEvent, Refusal, SentEvent};
use traillake_event::category::EventCategory;
use traillake_event::json::{self, Kind, Value, write_string};
use traillake_event::time::{self, Spelling};
use uuid::Uuid;

/// An item that has no envelope yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A configuration item: of a snapshot, a history, a notification or the API.
    Configuration,
    /// Evidence, as Audit Manager's API gives it.
    Evidence,
    /// An element of the `auditEvents` of a `PutAuditEvents` request.
    AuditEvent,
    /// The event that such an element holds as text.
    IntegrationEvent,
}

/// Why an item is no event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// What an envelope says of its item.
#[derive(Debug, Default)]
struct Envelope {
    /// What identifies the item, part by part.
    identity: Vec<String>,
    time_ms: Option<i64>,
    region: Option<String>,
    account: Option<String>,
}

impl Item {
    fn category(self) -> EventCategory {
        match self {
            Item::Configuration => EventCategory::ConfigurationItem,
            Item::Evidence => EventCategory::Evidence,
            Item::AuditEvent | Item::IntegrationEvent => EventCategory::ActivityAuditLog,
        }
    }

    fn event_type(self) -> &'static str {
        match self {
            Item::Configuration => "AwsConfigurationItem",
            Item::Evidence => "AwsAuditManagerEvidence",
            Item::AuditEvent | Item::IntegrationEvent => "ActivityLog",
        }
    }

    /// The record of an item, which is a JSON object.
    pub(crate) fn record(self, raw: &str) -> Result<String, Refused> {
        match self {
            Item::AuditEvent => {
                let sent = sent_event(raw)?;
                sent.check(None).map_err(Refused::from)?;
                Ok(self.write(&self.envelope(&sent.event_data), &sent.event_data))
            }
            Item::IntegrationEvent => {
                AuditEvent::read(raw, None).map_err(Refused::from)?;
                Ok(self.write(&self.envelope(raw), raw))
            }
            Item::Configuration | Item::Evidence => Ok(self.write(&self.envelope(raw), raw)),
        }
    }

    fn envelope(self, raw: &str) -> Envelope {
        let names: &[&str] = match self {
            Item::Configuration => &[
                "resourceType",
                "resourceId",
                "configurationItemCaptureTime",
                "configurationStateId",
                "configurationItemStatus",
            ],
            Item::Evidence => &["id", "evidenceId"],
            Item::AuditEvent | Item::IntegrationEvent => &["eventSource", "UID"],
        };
        let mut envelope = Envelope { identity: vec![String::new(); names.len()], ..Envelope::default() };
        json::for_each_member(raw, |key, value| {
            let text = || value.map_text().map(|text| text.into_owned());
            if let Some(part) = names.iter().position(|name| *name == key) {
                envelope.identity[part] = text().unwrap_or_default();
            }
            match key.as_ref() {
                "configurationItemCaptureTime" | "time" | "eventTime" => envelope.time_ms = instant(&value),
                "awsRegion" => envelope.region = text(),
                "accountId" | "awsAccountId" | "evidenceAwsAccountId" | "recipientAccountId" => {
                    envelope.account = text();
                }
                _ => {}
            }
        });
        envelope
    }

    fn write(self, envelope: &Envelope, raw: &str) -> String {
        let mut record = String::with_capacity(raw.len() + 300);
        record.push_str("{\"eventVersion\":\"1.0\"");
        let mut member = |name: &str, text: Option<&str>| {
            if let Some(text) = text {
                record.push(',');
                write_string(&mut record, name);
                record.push(':');
                write_string(&mut record, text);
            }
        };
        member("eventCategory", Some(self.category().as_str()));
        member("eventType", Some(self.event_type()));
        member("eventID", Some(&self.event_id(envelope, raw)));
        member("eventTime", envelope.time_ms.map(written).as_deref());
        member("awsRegion", envelope.region.as_deref());
        member("recipientAccountId", envelope.account.as_deref());
        record.push_str(",\"eventData\":");
        record.push_str(raw);
        record.push('}');
        record
    }

    /// A UUID of what identifies the item; of all its text where nothing does.
    fn event_id(self, envelope: &Envelope, raw: &str) -> String {
        let mut hash = Sha256::new_with_prefix(self.category().as_str());
        let known = envelope.identity.iter().any(|part| !part.is_empty());
        let account = [&envelope.account, &envelope.region].map(|part| part.clone().unwrap_or_default());
        for part in envelope.identity.iter().chain(&account) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        if !known {
            hash.update(json::without_blanks(raw).as_bytes());
        }
        let mut first = [0; 16];
        first.copy_from_slice(&hash.finalize()[..16]);
        uuid::Builder::from_custom_bytes(first)
            .into_uuid()
            .hyphenated()
            .encode_lower(&mut Uuid::encode_buffer())
            .to_owned()
    }
}

/// An element of `auditEvents`.
fn sent_event(raw: &str) -> Result<SentEvent<'_>, Refused> {
    let missing = || Refused { expected: "text \"eventData\"".to_owned(), found: "no such member".to_owned() };
    Ok(SentEvent {
        id: json::member_text(raw, "id").unwrap_or_default(),
        event_data: json::member_text(raw, "eventData").ok_or_else(missing)?,
        checksum: json::member_text(raw, "eventDataChecksum"),
    })
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let found = format!("{} ({refusal})", refusal.code);
        Self { expected: "an event that PutAuditEvents takes".to_owned(), found }
    }
}

/// A time as AWS's services write them: ISO 8601 text, or seconds since 1970 as a number.
fn instant(value: &Value<'_>) -> Option<i64> {
    match value.kind {
        Kind::String => {
            let text = value.as_text()?;
            // Integrations leave the zone out: theirs is UTC.
            time::parse(&text).or_else(|| time::parse(&format!("{text}Z"))).map(|(millis, _)| millis)
        }
        Kind::Number => {
            let number: f64 = value.raw.parse().ok()?;
            let millis = if number.abs() < SECONDS_MAX { number * 1_000.0 } else { number };
            (millis.abs() < MILLIS_MAX).then_some(millis.round() as i64)
        }
        _ => None,
    }
}

/// A larger number is of milliseconds: as seconds it would lie beyond the year 5000.
const SECONDS_MAX: f64 = 1e11;
/// The end of the year 9999.
const MILLIS_MAX: f64 = 253_402_300_800_000.0;

fn written(millis: i64) -> String {
    let spelling = if millis % 1_000 == 0 { Spelling::Extended } else { Spelling::Millis };
    let mut text = String::new();
    time::write(&mut text, millis, spelling);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = r#"{"resourceType":"AWS::IAM::Role","resourceId":"AROA","configurationItemCaptureTime":"2026-01-01T00:00:00.250Z","awsAccountId":"1","awsRegion":"us-east-1","configuration":{"a" : 1}}"#;

    #[test]
    fn an_item_stands_in_its_record_as_it_is() {
        let record = Item::Configuration.record(ROLE).unwrap();
        let (front, item) = record.split_once(",\"eventData\":").unwrap();
        assert_eq!(item, format!("{ROLE}}}"));
        assert!(front.starts_with(r#"{"eventVersion":"1.0","eventCategory":"ConfigurationItem","eventType":"AwsConfigurationItem","eventID":""#));
        assert!(
            front.ends_with(
                r#"","eventTime":"2026-01-01T00:00:00.250Z","awsRegion":"us-east-1","recipientAccountId":"1""#
            ),
            "{front}"
        );
    }

    #[test]
    fn the_id_is_that_of_the_state_of_the_resource() {
        let id =
            |raw: &str| json::member_text(&Item::Configuration.record(raw).unwrap(), "eventID").unwrap().into_owned();
        let other_order = r#"{"awsRegion":"us-east-1","awsAccountId":"1","resourceId":"AROA","resourceType":"AWS::IAM::Role","configurationItemCaptureTime":"2026-01-01T00:00:00.250Z"}"#;
        assert_eq!(id(ROLE), id(other_order));
        assert_ne!(id(ROLE), id(&ROLE.replace("AROA", "AROB")));
        assert_ne!(id(ROLE), id(&ROLE.replace("00.250Z", "01.250Z")));
        assert_ne!(id("{}"), id(r#"{"a":1}"#));
        assert_eq!(id(r#"{"a":1}"#), id(r#"{ "a": 1 }"#));
    }

    #[test]
    fn times_are_read_in_every_form_there_is() {
        for (text, expected) in [
            (r#""2017-11-09T12:35:43.639000-05:00""#, Some(1_510_248_943_639)),
            (r#""2022-02-21T18:36:34""#, Some(1_645_468_594_000)),
            ("1587582797.718", Some(1_587_582_797_718)),
            ("1587582797718", Some(1_587_582_797_718)),
            (r#""datetime.datetime(2020, 4, 22)""#, None),
            ("{}", None),
            ("1e300", None),
        ] {
            let raw = format!(r#"{{"time":{text}}}"#);
            let mut found = None;
            json::for_each_member(&raw, |_, value| found = instant(&value));
            assert_eq!(found, expected, "{text}");
        }
    }
}
