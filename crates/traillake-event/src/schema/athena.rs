//! The columns of AWS's Athena table for CloudTrail, and where they live physically.
//!
//! Columns, order and types are those of the Athena user guide, *Create a table for CloudTrail logs in Athena*: text
//! almost everywhere, JSON objects as their text, times as ISO 8601 text. Behind them stand the partition columns of
//! both forms of the table: `timestamp` of partition projection, and `account`, `region`, `year`, `month`, `day` of
//! manual partitions.

use super::Nested as N;
use super::Nested;
use crate::time::Form;

/// A column of the table, or a field of a struct.
#[derive(Debug)]
pub struct Field {
    /// The name in the table, lower case.
    pub name: &'static str,
    /// The JSON members that lead to the value; joined by `_` they name the physical column.
    pub path: &'static [&'static str],
    /// Its type.
    pub shape: Shape,
}

/// The type of a column and how it is made.
#[derive(Debug)]
pub enum Shape {
    /// `varchar`: the column as it is; of an object, its JSON text.
    Text,
    /// `varchar`: as the column before it of the same path.
    Same,
    /// `varchar`: `true` or `false`.
    Boolean,
    /// `varchar`: an instant in one of its forms.
    Time(Form),
    /// `row(…)`.
    Struct(&'static [Field]),
    /// `map(varchar, varchar)` of an object.
    Map,
    /// An array or a struct read from JSON text.
    Nested(Nested),
}

const fn field(name: &'static str, path: &'static [&'static str], shape: Shape) -> Field {
    Field { name, path, shape }
}

const fn text(name: &'static str, path: &'static [&'static str]) -> Field {
    field(name, path, Shape::Text)
}

/// The columns of the table.
pub const FIELDS: &[Field] = &[
    text("eventversion", &["eventVersion"]),
    field("useridentity", &["userIdentity"], Shape::Struct(USER_IDENTITY)),
    field("eventtime", &["eventTime"], Shape::Time(Form::Instant)),
    text("eventsource", &["eventSource"]),
    text("eventname", &["eventName"]),
    text("awsregion", &["awsRegion"]),
    text("sourceipaddress", &["sourceIPAddress"]),
    text("useragent", &["userAgent"]),
    text("errorcode", &["errorCode"]),
    text("errormessage", &["errorMessage"]),
    text("requestparameters", &["requestParameters"]),
    text("responseelements", &["responseElements"]),
    text("additionaleventdata", &["additionalEventData"]),
    text("requestid", &["requestID"]),
    text("eventid", &["eventID"]),
    field("readonly", &["readOnly"], Shape::Boolean),
    field("resources", &["resources"], Shape::Nested(N::Array(&RESOURCE))),
    text("eventtype", &["eventType"]),
    text("apiversion", &["apiVersion"]),
    text("recipientaccountid", &["recipientAccountId"]),
    text("serviceeventdetails", &["serviceEventDetails"]),
    text("sharedeventid", &["sharedEventID"]),
    text("vpcendpointid", &["vpcEndpointId"]),
    text("vpcendpointaccountid", &["vpcEndpointAccountId"]),
    text("eventcategory", &["eventCategory"]),
    field("addendum", &["addendum"], Shape::Nested(ADDENDUM)),
    text("sessioncredentialfromconsole", &["sessionCredentialFromConsole"]),
    text("edgedevicedetails", &["edgeDeviceDetails"]),
    field("tlsdetails", &["tlsDetails"], Shape::Struct(TLS_DETAILS)),
    // The partition columns.
    field("timestamp", &["eventTime"], Shape::Time(Form::Date)),
    field("account", &["recipientAccountId"], Shape::Same),
    field("region", &["awsRegion"], Shape::Same),
    field("year", &["eventTime"], Shape::Time(Form::Year)),
    field("month", &["eventTime"], Shape::Time(Form::Month)),
    field("day", &["eventTime"], Shape::Time(Form::Day)),
];

const USER_IDENTITY: &[Field] = &[
    text("type", &["userIdentity", "type"]),
    text("principalid", &["userIdentity", "principalId"]),
    text("arn", &["userIdentity", "arn"]),
    text("accountid", &["userIdentity", "accountId"]),
    text("invokedby", &["userIdentity", "invokedBy"]),
    text("accesskeyid", &["userIdentity", "accessKeyId"]),
    text("username", &["userIdentity", "userName"]),
    field("onbehalfof", &["userIdentity", "onBehalfOf"], Shape::Struct(ON_BEHALF_OF)),
    field("sessioncontext", &["userIdentity", "sessionContext"], Shape::Struct(SESSION_CONTEXT)),
];

const ON_BEHALF_OF: &[Field] = &[
    text("userid", &["userIdentity", "onBehalfOf", "userId"]),
    text("identitystorearn", &["userIdentity", "onBehalfOf", "identityStoreArn"]),
];

const SESSION_CONTEXT: &[Field] = &[
    field("attributes", &["userIdentity", "sessionContext", "attributes"], Shape::Struct(SESSION_ATTRIBUTES)),
    field("sessionissuer", &["userIdentity", "sessionContext", "sessionIssuer"], Shape::Struct(SESSION_ISSUER)),
    text("ec2roledelivery", &["userIdentity", "sessionContext", "ec2RoleDelivery"]),
    field(
        "webidfederationdata",
        &["userIdentity", "sessionContext", "webIdFederationData"],
        Shape::Struct(WEB_ID_FEDERATION),
    ),
];

const SESSION_ATTRIBUTES: &[Field] = &[
    text("mfaauthenticated", &["userIdentity", "sessionContext", "attributes", "mfaAuthenticated"]),
    field(
        "creationdate",
        &["userIdentity", "sessionContext", "attributes", "creationDate"],
        Shape::Time(Form::Instant),
    ),
];

const SESSION_ISSUER: &[Field] = &[
    text("type", &["userIdentity", "sessionContext", "sessionIssuer", "type"]),
    text("principalid", &["userIdentity", "sessionContext", "sessionIssuer", "principalId"]),
    text("arn", &["userIdentity", "sessionContext", "sessionIssuer", "arn"]),
    text("accountid", &["userIdentity", "sessionContext", "sessionIssuer", "accountId"]),
    text("username", &["userIdentity", "sessionContext", "sessionIssuer", "userName"]),
];

const WEB_ID_FEDERATION: &[Field] = &[
    text("federatedprovider", &["userIdentity", "sessionContext", "webIdFederationData", "federatedProvider"]),
    field("attributes", &["userIdentity", "sessionContext", "webIdFederationData", "attributes"], Shape::Map),
];

const TLS_DETAILS: &[Field] = &[
    text("tlsversion", &["tlsDetails", "tlsVersion"]),
    text("ciphersuite", &["tlsDetails", "cipherSuite"]),
    text("clientprovidedhostheader", &["tlsDetails", "clientProvidedHostHeader"]),
];

const RESOURCE: N = N::Struct(&[
    ("arn", &["ARN", "arn"], N::Text),
    ("accountid", &["accountId"], N::Text),
    ("type", &["type"], N::Text),
]);

const ADDENDUM: N = N::Struct(&[
    ("reason", &["reason"], N::Text),
    ("updatedfields", &["updatedFields"], N::Text),
    ("originalrequestid", &["originalRequestID", "originalRequestId"], N::Text),
    ("originaleventid", &["originalEventID", "originalEventId"], N::Text),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn every_leaf(fields: &'static [Field], check: &mut dyn FnMut(&Field)) {
        for field in fields {
            match field.shape {
                Shape::Struct(fields) => every_leaf(fields, check),
                _ => check(field),
            }
        }
    }

    #[test]
    fn every_leaf_has_a_physical_column_and_every_struct_a_bit() {
        let schema = Schema::events();
        let mut leaves = 0;
        every_leaf(FIELDS, &mut |field| {
            assert!(schema.column(&field.path.join("_")).is_some(), "{}", field.name);
            leaves += 1;
        });
        assert_eq!((FIELDS.len(), leaves), (35, 55));
        let structs = FIELDS.iter().chain(USER_IDENTITY).chain(SESSION_CONTEXT);
        for field in structs.filter(|field| matches!(field.shape, Shape::Struct(_))) {
            assert!(schema.object_bit(field.path).is_some(), "{}", field.name);
        }
    }

    #[test]
    fn columns_are_named_for_their_members() {
        every_leaf(&FIELDS[..29], &mut |field| {
            assert_eq!(field.path.last().map(|member| member.to_lowercase()).as_deref(), Some(field.name));
        });
    }
}
