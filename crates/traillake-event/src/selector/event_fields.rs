//! What selectors look at, of one event.

use std::borrow::Cow;

use crate::category::EventCategory;
use crate::json::{Cursor, JsonError, Kind, Value};

/// What selectors look at, borrowed from a record.
///
/// Every value is text: a string's content, or the JSON text of a value of another type (`true`, `17`, `{…}`).
/// `None` stands for a member that is missing or null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFields<'a> {
    /// `eventCategory` as the record has it; [`category`](Self::category) is what selectors compare.
    pub event_category: Option<Cow<'a, str>>,
    /// `eventSource`
    pub event_source: Option<Cow<'a, str>>,
    /// `eventName`
    pub event_name: Option<Cow<'a, str>>,
    /// `eventType`
    pub event_type: Option<Cow<'a, str>>,
    /// `readOnly`: `true`, `false` or nothing at all.
    pub read_only: Option<Cow<'a, str>>,
    /// `managementEvent`
    pub management_event: Option<Cow<'a, str>>,
    /// `userIdentity.arn`
    pub user_identity_arn: Option<Cow<'a, str>>,
    /// `sessionCredentialFromConsole`: `true` or nothing at all.
    pub session_credential_from_console: Option<Cow<'a, str>>,
    /// `errorCode`
    pub error_code: Option<Cow<'a, str>>,
    /// `vpcEndpointId`
    pub vpc_endpoint_id: Option<Cow<'a, str>>,
    /// Whether the record has `insightDetails`.
    pub has_insight_details: bool,
    /// The elements of `resources` that are objects.
    pub resources: Vec<EventResource<'a>>,
}

/// One element of an event's `resources`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventResource<'a> {
    /// `type`
    pub resource_type: Option<Cow<'a, str>>,
    /// `ARN`; where there is none, `ARNPrefix`, which calls on many resources at once have (`ListObjects`).
    pub arn: Option<Cow<'a, str>>,
}

impl<'a> EventFields<'a> {
    /// Reads the fields of a record.
    ///
    /// Nothing but broken JSON, or a text that is no object, is an error: a value of an unexpected type is its JSON
    /// text, and `userIdentity` or `resources` of another shape have nothing inside. Of a member that is there twice
    /// the last counts. Cost: one pass over the text; memory for `resources` and for strings with escapes only.
    pub fn read(record: &'a str) -> Result<Self, JsonError> {
        let mut cursor = Cursor::new(record);
        let mut event = Self::default();
        let mut members = cursor.members()?;
        while let Some(key) = members.next(&mut cursor)? {
            event.read_member(&key.as_text().unwrap_or_default(), &mut cursor)?;
        }
        if cursor.at_end() { Ok(event) } else { Err(cursor.error("the end of the record")) }
    }

    fn read_member(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Result<(), JsonError> {
        match key {
            "userIdentity" => self.user_identity_arn = read_arn(cursor)?,
            "resources" => self.resources = read_resources(cursor)?,
            _ => self.set(key, cursor.value()?),
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: Value<'a>) {
        match key {
            "eventCategory" => self.event_category = value.map_text(),
            "eventSource" => self.event_source = value.map_text(),
            "eventName" => self.event_name = value.map_text(),
            "eventType" => self.event_type = value.map_text(),
            "readOnly" => self.read_only = value.map_text(),
            "managementEvent" => self.management_event = value.map_text(),
            "sessionCredentialFromConsole" => self.session_credential_from_console = value.map_text(),
            "errorCode" => self.error_code = value.map_text(),
            "vpcEndpointId" => self.vpc_endpoint_id = value.map_text(),
            "insightDetails" => self.has_insight_details = value.kind != Kind::Null,
            _ => {}
        }
    }

    /// The event's category, as selectors compare it.
    ///
    /// Records before version 1.07 have no `eventCategory`. They are `Insight` when they have `insightDetails` or the
    /// event type of Insights, `NetworkActivity` when they have the event type of VPC endpoints, `Data` when
    /// `managementEvent` (since version 1.06) is false, and `Management` else.
    pub fn category(&self) -> &str {
        if let Some(category) = &self.event_category {
            return category;
        }
        let category = match self.event_type.as_deref() {
            _ if self.has_insight_details => EventCategory::Insight,
            Some("AwsCloudTrailInsight") => EventCategory::Insight,
            Some("AwsVpceEvent" | "AwsVpceEvents") => EventCategory::NetworkActivity,
            _ if self.management_event.as_deref() == Some("false") => EventCategory::Data,
            _ => EventCategory::Management,
        };
        category.as_str()
    }
}

/// `arn` of the object that comes next.
fn read_arn<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Cow<'a, str>>, JsonError> {
    let mut arn = None;
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(arn);
    }
    let mut members = cursor.members()?;
    while let Some(key) = members.next(cursor)? {
        let value = cursor.value()?;
        if key.as_text().as_deref() == Some("arn") {
            arn = value.map_text();
        }
    }
    Ok(arn)
}

/// The objects in the array that comes next.
fn read_resources<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<EventResource<'a>>, JsonError> {
    let mut found = Vec::new();
    if cursor.kind()? != Kind::Array {
        cursor.value()?;
        return Ok(found);
    }
    let mut elements = cursor.elements()?;
    while elements.next(cursor)? {
        match cursor.kind()? {
            Kind::Object => found.push(read_resource(cursor)?),
            _ => _ = cursor.value()?,
        }
    }
    Ok(found)
}

fn read_resource<'a>(cursor: &mut Cursor<'a>) -> Result<EventResource<'a>, JsonError> {
    let mut found = EventResource::default();
    let mut prefix = None;
    let mut members = cursor.members()?;
    while let Some(key) = members.next(cursor)? {
        let value = cursor.value()?;
        match key.as_text().as_deref() {
            Some("type") => found.resource_type = value.map_text(),
            Some("ARN") => found.arn = value.map_text(),
            Some("ARNPrefix") => prefix = value.map_text(),
            _ => {}
        }
    }
    found.arn = found.arn.or(prefix);
    Ok(found)
}
