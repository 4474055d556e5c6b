//! The CloudTrail events schema: management, data and network activity events.
//!
//! Columns, order and types are those of the CloudTrail user guide, *CloudTrail Lake event record fields*;
//! `eventcontext`, which AWS queries but does not list, stands at the end.

use super::Nested as N;
use super::Shape::{Alias, Boolean, Derived, Map, Nested, Struct, Time};
use super::Text::{Few, Free, Sought, Unique};
use super::{Field, HotKey, field, hot, text};

/// The documented columns.
pub const FIELDS: &[Field] = &[
    text("eventversion", "eventVersion", Few, "1.0", "version of the record format"),
    field("useridentity", "userIdentity", Struct(USER_IDENTITY), "1.0", "who made the request"),
    field("eventtime", "eventTime", Time, "1.0", "when the request completed, UTC"),
    text("eventsource", "eventSource", Few, "1.0", "service that was called"),
    text("eventname", "eventName", Sought, "1.0", "action that was requested"),
    text("awsregion", "awsRegion", Few, "1.0", "Region of the request"),
    text("sourceipaddress", "sourceIPAddress", Sought, "1.0", "address or service the request came from"),
    text("useragent", "userAgent", Free, "1.0", "agent that made the request"),
    text("errorcode", "errorCode", Few, "1.0", "error of the service, if any"),
    text("errormessage", "errorMessage", Free, "1.0", "description of the error"),
    field("requestparameters", "requestParameters", Map(REQUEST_KEYS), "1.0", "parameters of the request"),
    field(
        "responseelements",
        "responseElements",
        Map(RESPONSE_KEYS),
        "1.0",
        "response of actions that change something",
    ),
    field("additionaleventdata", "additionalEventData", Map(ADDITIONAL_KEYS), "1.0", "further data of the event"),
    text("requestid", "requestID", Unique, "1.01", "id of the request"),
    text("eventid", "eventID", Unique, "1.01", "id of the event"),
    field("readonly", "readOnly", Boolean, "1.01", "whether the action only reads"),
    field("resources", "resources", Nested(N::Array(&RESOURCE)), "1.01", "resources the event accessed"),
    text("eventtype", "eventType", Few, "1.02", "kind of event"),
    text("apiversion", "apiVersion", Few, "1.01", "version of the API"),
    field("managementevent", "managementEvent", Boolean, "1.06", "whether this is a management event"),
    text("recipientaccountid", "recipientAccountId", Few, "1.02", "account that received the event"),
    text("sharedeventid", "sharedEventID", Unique, "1.03", "id shared by the events of one action"),
    text("annotation", "annotation", Free, "", "note on the delivery of the event"),
    text("vpcendpointid", "vpcEndpointId", Sought, "1.04", "VPC endpoint of the request"),
    text("vpcendpointaccountid", "vpcEndpointAccountId", Few, "1.09", "owner of the VPC endpoint"),
    field("serviceeventdetails", "serviceEventDetails", Map(&[]), "1.05", "details of a service event"),
    field("addendum", "addendum", Map(&[]), "1.08", "why the event was delayed or updated"),
    field("edgedevicedetails", "edgeDeviceDetails", Map(&[]), "1.08", "edge devices the request targeted"),
    field("insightdetails", "insightDetails", Map(&[]), "1.07", "details of an Insights event"),
    text("eventcategory", "eventCategory", Few, "1.07", "category of the event"),
    field("tlsdetails", "tlsDetails", Struct(TLS_DETAILS), "1.08", "TLS version, cipher suite and host name"),
    text(
        "sessioncredentialfromconsole",
        "sessionCredentialFromConsole",
        Few,
        "1.08",
        "'true' when from a console session",
    ),
    field("eventjson", "", Derived, "", "the record's exact JSON text"),
    field("eventjsonchecksum", "", Derived, "", "hex SHA-256 of eventjson"),
    field("eventcontext", "eventContext", Nested(EVENT_CONTEXT), "1.11", "condition keys and tags of enriched stores"),
];

const USER_IDENTITY: &[Field] = &[
    text("type", "type", Few, "1.0", "kind of identity"),
    text("principalid", "principalId", Sought, "1.0", "unique id of the caller"),
    text("arn", "arn", Sought, "1.0", "ARN of the caller"),
    text("accountid", "accountId", Few, "1.0", "account of the caller"),
    text("accesskeyid", "accessKeyId", Sought, "1.0", "access key that signed the request"),
    text("username", "userName", Sought, "1.0", "friendly name of the caller"),
    field("sessioncontext", "sessionContext", Struct(SESSION_CONTEXT), "1.0", "session of temporary credentials"),
    field("onbehalfof", "onBehalfOf", Struct(ON_BEHALF_OF), "", "Identity Center user the call was made for"),
    field("inscopeof", "inScopeOf", Struct(IN_SCOPE_OF), "1.11", "scope of a service's request"),
    text("invokedby", "invokedBy", Few, "1.0", "service that made the request"),
    text("identityprovider", "identityProvider", Few, "1.0", "external identity provider"),
];

const SESSION_CONTEXT: &[Field] = &[
    field("attributes", "attributes", Struct(SESSION_ATTRIBUTES), "1.0", "creation and MFA of the session"),
    field("sessionissuer", "sessionIssuer", Struct(SESSION_ISSUER), "1.0", "who issued the session"),
    field("webidfederationdata", "webIdFederationData", Struct(WEB_ID_FEDERATION), "1.0", "web identity federation"),
    text("sourceidentity", "sourceIdentity", Sought, "", "source identity of the session"),
    text("ec2roledelivery", "ec2RoleDelivery", Few, "", "version of the instance metadata service"),
    text("ec2issuedinvpc", "ec2IssuedInVpc", Few, "", "VPC the credentials were issued in"),
];

const SESSION_ATTRIBUTES: &[Field] = &[
    field("creationdate", "creationDate", Time, "1.0", "when the credentials were issued"),
    text("mfaauthenticated", "mfaAuthenticated", Few, "1.0", "'true' when authenticated with MFA"),
];

const SESSION_ISSUER: &[Field] = &[
    text("type", "type", Few, "1.0", "kind of issuer"),
    text("principalid", "principalId", Few, "1.0", "unique id of the issuer"),
    text("arn", "arn", Sought, "1.0", "ARN of the issuer"),
    text("accountid", "accountId", Few, "1.0", "account of the issuer"),
    text("username", "userName", Sought, "1.0", "friendly name of the issuer"),
];

const WEB_ID_FEDERATION: &[Field] = &[
    text("federatedprovider", "federatedProvider", Few, "1.0", "principal name of the provider"),
    field("attributes", "attributes", Map(&[]), "1.0", "attributes the provider gave"),
];

const ON_BEHALF_OF: &[Field] = &[
    text("userid", "userId", Sought, "", "id of the Identity Center user"),
    text("identitystorearn", "identityStoreArn", Few, "", "ARN of the identity store"),
];

// `credentiaisissuedto` is how AWS publishes the field that records spell `credentialsIssuedTo`.
const IN_SCOPE_OF: &[Field] = &[
    text("sourcearn", "sourceArn", Sought, "1.11", "ARN of the calling resource"),
    text("sourceaccount", "sourceAccount", Few, "1.11", "account of the calling resource"),
    text("issuertype", "issuerType", Few, "1.11", "kind of resource"),
    text("credentiaisissuedto", "credentialsIssuedTo", Sought, "1.11", "resource the credentials were issued to"),
    field(
        "credentialsissuedto",
        "credentialsIssuedTo",
        Alias("credentiaisissuedto"),
        "1.11",
        "the same, spelt as in records",
    ),
];

const TLS_DETAILS: &[Field] = &[
    text("tlsversion", "tlsVersion", Few, "1.08", "TLS version"),
    text("ciphersuite", "cipherSuite", Few, "1.08", "cipher suite"),
    text("clientprovidedhostheader", "clientProvidedHostHeader", Few, "1.08", "host name the client asked for"),
];

const RESOURCE: N = N::Struct(&[
    ("accountid", &["accountId"], N::Text),
    ("type", &["type"], N::Text),
    // Hand-made records spell it `arn`; CloudTrail spells it `ARN`.
    ("arn", &["ARN", "arn"], N::Text),
    ("arnprefix", &["ARNPrefix"], N::Text),
]);

const EVENT_CONTEXT: N = N::Struct(&[
    ("requestcontext", &["requestContext"], N::Map),
    (
        "tagcontext",
        &["tagContext"],
        N::Struct(&[
            ("resourcetags", &["resourceTags"], N::Array(&RESOURCE_TAG)),
            ("principaltags", &["principalTags"], N::Map),
        ]),
    ),
]);

const RESOURCE_TAG: N = N::Struct(&[("arn", &["arn"], N::Text), ("tags", &["tags"], N::Map)]);

// The keys that name what a call acts on, over the services with the most events.
const REQUEST_KEYS: &[HotKey] = &[
    hot("bucketName", Sought),
    hot("roleArn", Sought),
    hot("roleSessionName", Sought),
    hot("roleName", Sought),
    hot("userName", Sought),
    hot("groupName", Sought),
    hot("policyArn", Sought),
    hot("policyName", Sought),
    hot("instanceId", Sought),
    hot("groupId", Sought),
    hot("vpcId", Sought),
    hot("snapshotId", Sought),
    hot("functionName", Sought),
    hot("keyId", Sought),
    hot("secretId", Sought),
    hot("tableName", Sought),
    hot("dBInstanceIdentifier", Sought),
    hot("logGroupName", Sought),
    hot("repositoryName", Sought),
    hot("clusterName", Sought),
    hot("queueUrl", Sought),
    hot("topicArn", Sought),
    hot("stackName", Sought),
    hot("accessKeyId", Sought),
    hot("serialNumber", Sought),
    hot("name", Sought),
];

const RESPONSE_KEYS: &[HotKey] = &[hot("ConsoleLogin", Few), hot("SwitchRole", Few)];

const ADDITIONAL_KEYS: &[HotKey] =
    &[hot("MFAUsed", Few), hot("LoginTo", Few), hot("MobileVersion", Few), hot("SignatureVersion", Few)];
