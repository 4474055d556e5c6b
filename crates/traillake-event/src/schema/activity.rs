//! The schema of events from integrations, outside AWS.
//!
//! Columns, order and types are those of the CloudTrail user guide, *Supported schema for events from integrations*.
//! `errormssage` is how AWS publishes the field that events spell `errorMessage`; both names resolve.

use super::Shape::{Alias, Derived, Map, Struct, Time};
use super::Text::{Few, Free, Sought, Unique};
use super::{Field, field, text};

/// The documented columns.
pub(super) const FIELDS: &[Field] = &[
    text("eventversion", "eventVersion", Few, "1.0", "version of the record format"),
    text("eventcategory", "eventCategory", Few, "1.0", "always ActivityAuditLog"),
    text("eventtype", "eventType", Few, "1.0", "always ActivityLog"),
    text("eventid", "eventID", Unique, "1.0", "id of the event"),
    field("eventtime", "eventTime", Time, "1.0", "when the event occurred, UTC"),
    text("awsregion", "awsRegion", Few, "1.0", "Region the event was put in"),
    text("recipientaccountid", "recipientAccountId", Few, "1.0", "account that received the event"),
    field("addendum", "addendum", Struct(ADDENDUM), "1.0", "why the event was delayed or updated"),
    field("metadata", "metadata", Struct(METADATA), "1.0", "how the event came in"),
    field("eventdata", "eventData", Struct(EVENT), "1.0", "the event, as the integration sent it"),
    field("eventjson", "", Derived, "", "the event's JSON text, with the integration's exact text as eventData"),
    field("eventjsonchecksum", "", Derived, "", "hex SHA-256 of eventjson"),
];

const ADDENDUM: &[Field] = &[
    text("reason", "reason", Few, "1.0", "why"),
    text("updatedfields", "updatedFields", Few, "1.0", "fields that were updated"),
    text("originaluid", "originalUID", Sought, "1.0", "UID of the original event"),
    text("originaleventid", "originalEventID", Sought, "1.0", "id of the original event"),
];

const METADATA: &[Field] = &[
    text("ingestiontime", "ingestionTime", Free, "1.0", "when the event came in"),
    text("channelarn", "channelARN", Few, "1.0", "channel the event came through").or(&["channelArn"]),
];

const EVENT: &[Field] = &[
    text("version", "version", Few, "1.0", "version of the integration's event"),
    field("useridentity", "userIdentity", Struct(USER_IDENTITY), "1.0", "who acted"),
    text("useragent", "userAgent", Free, "1.0", "agent that acted"),
    text("eventsource", "eventSource", Few, "1.0", "partner or application"),
    text("eventname", "eventName", Sought, "1.0", "action"),
    text("eventtime", "eventTime", Free, "1.0", "when it happened, as the integration wrote it"),
    text("uid", "UID", Unique, "1.0", "id the integration gave"),
    field("requestparameters", "requestParameters", Map(&[]), "1.0", "parameters of the request"),
    field("responseelements", "responseElements", Map(&[]), "1.0", "response"),
    text("errorcode", "errorCode", Few, "1.0", "error, if any"),
    text("errormssage", "errorMessage", Free, "1.0", "description of the error"),
    field("errormessage", "errorMessage", Alias("errormssage"), "1.0", "the same, spelt as in events"),
    text("sourceipaddress", "sourceIPAddress", Sought, "1.0", "address the request came from"),
    text("recipientaccountid", "recipientAccountId", Few, "1.0", "account that owns the channel"),
    field("additionaleventdata", "additionalEventData", Map(&[]), "1.0", "further data"),
];

const USER_IDENTITY: &[Field] = &[
    text("type", "type", Few, "1.0", "kind of identity"),
    text("principalid", "principalId", Sought, "1.0", "id of who acted"),
    field("details", "details", Map(&[]), "1.0", "further details"),
];
