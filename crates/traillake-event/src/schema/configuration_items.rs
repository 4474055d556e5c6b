//! The schema of AWS Config configuration items.
//!
//! Columns, order and types are those of the CloudTrail user guide, *Supported schema for AWS Config configuration items*.
//! Snapshots, histories, notifications and the API spell some members of an item differently; all spellings are read.
//! `relationships` is a list in items, and here.

use super::Nested as N;
use super::Shape::{Derived, Map, Nested, Struct, Time};
use super::Text::{Few, Free, Sought, Unique};
use super::{Field, field, text};

/// The documented columns.
pub(super) const FIELDS: &[Field] = &[
    text("eventversion", "eventVersion", Few, "1.0", "version of the record format"),
    text("eventcategory", "eventCategory", Few, "1.0", "always ConfigurationItem"),
    text("eventtype", "eventType", Few, "1.0", "always AwsConfigurationItem"),
    text("eventid", "eventID", Unique, "1.0", "id of the event"),
    field("eventtime", "eventTime", Time, "1.0", "when the configuration was recorded, UTC"),
    text("awsregion", "awsRegion", Few, "1.0", "Region of the resource"),
    text("recipientaccountid", "recipientAccountId", Few, "1.0", "account of the resource"),
    field("addendum", "addendum", Map(&[]), "1.0", "why the event was delayed or updated"),
    field("eventdata", "eventData", Struct(ITEM), "1.0", "the configuration item"),
    field("eventjson", "", Derived, "", "the event's JSON text, with the item's exact text as eventData"),
    field("eventjsonchecksum", "", Derived, "", "hex SHA-256 of eventjson"),
];

const ITEM: &[Field] = &[
    text("configurationitemversion", "configurationItemVersion", Few, "1.0", "version of the item's format")
        .or(&["version"]),
    text("configurationitemcapturetime", "configurationItemCaptureTime", Free, "1.0", "when it was recorded"),
    text(
        "configurationitemstatus",
        "configurationItemStatus",
        Few,
        "1.0",
        "OK, ResourceDiscovered, ResourceDeleted, …",
    ),
    text("configurationitemstateid", "configurationItemStateId", Free, "1.0", "orders the states of a resource")
        .or(&["configurationStateId"]),
    text("accountid", "accountId", Few, "1.0", "account of the resource").or(&["awsAccountId"]),
    text("resourcetype", "resourceType", Sought, "1.0", "type of the resource, as AWS::EC2::Instance"),
    text("resourceid", "resourceId", Sought, "1.0", "id of the resource"),
    text("resourcename", "resourceName", Sought, "1.0", "name of the resource, if it has one"),
    text("arn", "arn", Sought, "1.0", "ARN of the resource").or(&["ARN"]),
    text("awsregion", "awsRegion", Few, "1.0", "Region of the resource"),
    text("availabilityzone", "availabilityZone", Few, "1.0", "Availability Zone of the resource"),
    text("resourcecreationtime", "resourceCreationTime", Free, "1.0", "when the resource was created"),
    field("configuration", "configuration", Map(&[]), "1.0", "how the resource is configured"),
    field("supplementaryconfiguration", "supplementaryConfiguration", Map(&[]), "1.0", "further configuration"),
    text("relatedevents", "relatedEvents", Free, "1.0", "CloudTrail events that led to the state"),
    field("relationships", "relationships", Nested(N::Array(&RELATIONSHIP)), "1.0", "resources it is related to"),
    field("tags", "tags", Map(&[]), "1.0", "tags of the resource"),
];

const RELATIONSHIP: N = N::Struct(&[
    ("name", &["name", "relationshipName"], N::Text),
    ("resourcetype", &["resourceType"], N::Text),
    ("resourceid", &["resourceId"], N::Text),
    ("resourcename", &["resourceName"], N::Text),
]);
