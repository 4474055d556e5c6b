//! The fields of an event from outside AWS, and their rules.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::json::{Cursor, Kind, Value};
use crate::time::{self, Spelling};

use super::{Refusal, RefusalCode};

/// The most bytes of the JSON text of `requestParameters` and of `responseElements`: 100 kB.
const PARAMETERS_BYTES_MAX: usize = 100 << 10;

/// The most bytes of the JSON text of `additionalEventData`: 28 kB.
const ADDITIONAL_BYTES_MAX: usize = 28 << 10;

/// An event that is taken. Texts are the contents of strings; what is semi-structured is the exact JSON text of an
/// object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent<'a> {
    /// `version`, up to 256 characters.
    pub version: Cow<'a, str>,
    /// `userIdentity`
    pub user_identity: AuditIdentity<'a>,
    /// `userAgent`, up to 1024 characters.
    pub user_agent: Option<Cow<'a, str>>,
    /// `eventSource`, up to 1024 characters.
    pub event_source: Cow<'a, str>,
    /// `eventName`, up to 1024 characters.
    pub event_name: Cow<'a, str>,
    /// `eventTime`, as it was sent.
    pub event_time: Cow<'a, str>,
    /// The same in milliseconds since 1970-01-01 UTC.
    pub event_time_millis: i64,
    /// `UID`, up to 1024 characters.
    pub uid: Cow<'a, str>,
    /// `requestParameters`, up to 100 kB of JSON text.
    pub request_parameters: Option<&'a str>,
    /// `responseElements`, up to 100 kB of JSON text.
    pub response_elements: Option<&'a str>,
    /// `errorCode`, up to 256 characters.
    pub error_code: Option<Cow<'a, str>>,
    /// `errorMessage`, up to 256 characters.
    pub error_message: Option<Cow<'a, str>>,
    /// `sourceIPAddress`, an IPv4 or IPv6 address.
    pub source_ip_address: Option<Cow<'a, str>>,
    /// `recipientAccountId`, 12 digits.
    pub recipient_account_id: Cow<'a, str>,
    /// `additionalEventData`, up to 28 kB of JSON text.
    pub additional_event_data: Option<&'a str>,
}

/// Who did it, as the source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditIdentity<'a> {
    /// `userIdentity.type`, up to 128 characters.
    pub identity_type: Cow<'a, str>,
    /// `userIdentity.principalId`, up to 1024 characters.
    pub principal_id: Cow<'a, str>,
    /// `userIdentity.details`, a JSON object.
    pub details: Option<&'a str>,
}

impl<'a> AuditEvent<'a> {
    /// Reads and checks `eventData`, field by field in the order of the documentation.
    ///
    /// A field that is null is missing, and of a field that is there twice the last counts. Needed texts are not
    /// empty.
    pub fn read(event_data: &'a str, account: Option<&str>) -> Result<Self, Refusal> {
        let fields = Fields::of_event(event_data)?;
        let version = fields.needed_text("version", 256)?;
        let user_identity = user_identity(&fields)?;
        let user_agent = fields.text("userAgent", 1024)?;
        let event_source = fields.needed_text("eventSource", 1024)?;
        let event_name = fields.needed_text("eventName", 1024)?;
        let (event_time, event_time_millis) = event_time(&fields)?;
        Ok(Self {
            version,
            user_identity,
            user_agent,
            event_source,
            event_name,
            event_time,
            event_time_millis,
            uid: fields.needed_text("UID", 1024)?,
            request_parameters: fields.object("requestParameters", PARAMETERS_BYTES_MAX)?,
            response_elements: fields.object("responseElements", PARAMETERS_BYTES_MAX)?,
            error_code: fields.text("errorCode", 256)?,
            error_message: fields.text("errorMessage", 256)?,
            source_ip_address: source_ip_address(&fields)?,
            recipient_account_id: recipient_account_id(&fields, account)?,
            additional_event_data: fields.object("additionalEventData", ADDITIONAL_BYTES_MAX)?,
        })
    }
}

fn user_identity<'a>(fields: &Fields<'a>) -> Result<AuditIdentity<'a>, Refusal> {
    let identity = fields.get("userIdentity").ok_or_else(|| missing("userIdentity"))?;
    expect(identity, Kind::Object, "userIdentity")?;
    let fields = Fields::read(identity.raw);
    Ok(AuditIdentity {
        identity_type: fields.needed_text("userIdentity.type", 128)?,
        principal_id: fields.needed_text("userIdentity.principalId", 1024)?,
        details: fields.object("userIdentity.details", usize::MAX)?,
    })
}

/// `2023-11-18T15:19:55`, with or without a `Z`: it is UTC in any case.
fn event_time<'a>(fields: &Fields<'a>) -> Result<(Cow<'a, str>, i64), Refusal> {
    const FIELD: &str = "eventTime";
    let text = fields.needed_text(FIELD, usize::MAX)?;
    let bare = text.strip_suffix('Z').unwrap_or(&text);
    match time::parse(&format!("{bare}Z")) {
        Some((millis, Spelling::Extended)) => Ok((text, millis)),
        _ => Err(Refusal::of(RefusalCode::InvalidData, FIELD, "write a time in UTC as yyyy-MM-DDTHH:mm:ss")),
    }
}

fn source_ip_address<'a>(fields: &Fields<'a>) -> Result<Option<Cow<'a, str>>, Refusal> {
    const FIELD: &str = "sourceIPAddress";
    let Some(text) = fields.text(FIELD, usize::MAX)? else { return Ok(None) };
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(Refusal::of(RefusalCode::InvalidData, FIELD, "it is neither an IPv4 nor an IPv6 address")),
    }
}

fn recipient_account_id<'a>(fields: &Fields<'a>, account: Option<&str>) -> Result<Cow<'a, str>, Refusal> {
    const FIELD: &str = "recipientAccountId";
    let invalid = |message: &str| Refusal::of(RefusalCode::InvalidRecipient, FIELD, message);
    let text = fields.needed_text(FIELD, usize::MAX)?;
    if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("an account id has 12 digits"));
    }
    match account {
        Some(account) if account != text => Err(invalid("it is not the account that owns the channel")),
        _ => Ok(text),
    }
}

fn missing(field: &'static str) -> Refusal {
    Refusal::of(RefusalCode::FieldNotFound, field, "the field is missing")
}

fn expect(value: Value<'_>, kind: Kind, field: &'static str) -> Result<(), Refusal> {
    if value.kind == kind {
        return Ok(());
    }
    let message = format!("expected type {}, found {}", kind.as_str(), value.kind.as_str());
    Err(Refusal::of(RefusalCode::InvalidData, field, message))
}

/// The members of an object that are not null.
struct Fields<'a> {
    found: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Fields<'a> {
    fn of_event(event_data: &'a str) -> Result<Self, Refusal> {
        const FIELD: &str = "eventData";
        let broken = |error: crate::json::JsonError| {
            let message = format!("it is no JSON at byte {}: {error}", error.offset);
            Refusal::of(RefusalCode::InvalidData, FIELD, message)
        };
        let mut cursor = Cursor::new(event_data);
        let event = cursor.value().map_err(broken)?;
        if !cursor.at_end() {
            return Err(broken(cursor.error("the end of the event")));
        }
        expect(event, Kind::Object, FIELD)?;
        Ok(Self::read(event_data))
    }

    /// The members of an object that a cursor has read before.
    fn read(object: &'a str) -> Self {
        let mut found = Vec::new();
        crate::json::for_each_member(object, |key, value| found.push((key, value)));
        Self { found }
    }

    /// The member that the last part of a path names.
    fn get(&self, path: &str) -> Option<Value<'a>> {
        let name = path.rsplit_once('.').map_or(path, |(_, name)| name);
        let last = self.found.iter().rfind(|(key, _)| key == name);
        last.map(|(_, value)| *value).filter(|value| value.kind != Kind::Null)
    }

    fn text(&self, field: &'static str, chars_max: usize) -> Result<Option<Cow<'a, str>>, Refusal> {
        let Some(value) = self.get(field) else { return Ok(None) };
        expect(value, Kind::String, field)?;
        let text = value.as_text().unwrap_or_default();
        let chars = text.chars().count();
        if chars > chars_max {
            let message = format!("it has {chars} characters: send at most {chars_max}");
            return Err(Refusal::of(RefusalCode::FieldTooLong, field, message));
        }
        Ok(Some(text))
    }

    fn needed_text(&self, field: &'static str, chars_max: usize) -> Result<Cow<'a, str>, Refusal> {
        match self.text(field, chars_max)? {
            None => Err(missing(field)),
            Some(text) if text.is_empty() => Err(Refusal::of(RefusalCode::FieldNotFound, field, "the field is empty")),
            Some(text) => Ok(text),
        }
    }

    fn object(&self, field: &'static str, bytes_max: usize) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.get(field) else { return Ok(None) };
        expect(value, Kind::Object, field)?;
        if value.raw.len() > bytes_max {
            let message = format!("it has {} bytes of JSON text: send at most {bytes_max}", value.raw.len());
            return Err(Refusal::of(RefusalCode::FieldTooLong, field, message));
        }
        Ok(Some(value.raw))
    }
}
