//! What each file must do.

/// What a file must do.
pub(super) enum Outcome {
    /// It runs, with these headers.
    Runs(&'static [&'static str]),
    /// As it is, it compares times with [`DATE`], which is refused; with dates in its places it runs, with these headers.
    RunsWithDates(&'static [&'static str]),
    /// It is broken; the error says these words.
    Fails(&'static [&'static str]),
    /// It reads configuration items, from a table of this name.
    WantsConfigurationItems(&'static str),
}

use Outcome::{Fails, Runs, RunsWithDates, WantsConfigurationItems};

/// What some files have in the place of a date.
pub(super) const DATE: &str = "${date_filter}";

/// All documented columns under the names of the catalogue.
const ALL: &[&str] = &[
    "eventversion", "useridentity", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress",
    "useragent", "errorcode", "errormessage", "requestparameters", "responseelements", "additionaleventdata",
    "requestid", "eventid", "readonly", "resources", "eventtype", "apiversion", "managementevent",
    "recipientaccountid", "sharedeventid", "annotation", "vpcendpointid", "vpcendpointaccountid",
    "serviceeventdetails", "addendum", "edgedevicedetails", "insightdetails", "eventcategory", "tlsdetails",
    "sessioncredentialfromconsole", "eventjson", "eventjsonchecksum", "eventcontext",
];

const ENDPOINT_COUNTS: &[&str] = &[
    "VPCAccessDenied", "arn", "accountid", "eventName", "errorMessage", "vpcEndpointId", "vpcEndpointAccountId",
    "sourceIPAddress",
];

/// The files by name.
#[rustfmt::skip]
pub(super) const FILES: &[(&str, Outcome)] = &[
    ("ConfigItemCountQuery.sql", Fails(&["default.awsconfig", "does not exist"])),
    ("ConfigTableCreation.sql", Fails(&["CREATE is not a query", "line 9, column 1"])),
    ("EstimateAmountOfConfigurationItems.sql", Runs(&["recipientAccountId", "awsRegion", "eventSource", "TotalPossibleCI"])),
    ("MostEvaluatedConfigRule.sql", Runs(&["TotalEvents", "datestamp", "awsRegion", "recipientAccountId", "configRuleName", "configRuleArn"])),
    ("SelfAssumeRole.sql", Runs(&["eventid", "eventtime", "RoleARN", "RoleIdColonRoleSessionName"])),
    ("activity-performed-by-IP-address.sql", Runs(&["accountid"])),
    ("aurora-databases-with-performance-insights.sql", Runs(&["DBInstance", "Engine", "DBEngineVersion"])),
    ("aurora-mysql-databases-with-instance-class-information.sql", Runs(&["DBInstance", "InstanceClass", "Engine", "DateTime"])),
    ("aurora-postgresql-databases-with availability-zone-information.sql", Runs(&["DBInstance", "Engine", "DBEngineVersion", "AvailabilityZone"])),
    ("aws-support-access.sql", Runs(&[
        "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "userIdtype", "ressourceAccountID",
        "ressourceARN", "eventType", "eventCategory", "managementEvent", "recipientAccountId", "requestParameters", "responseElements",
    ])),
    ("cloudtrail-configuration-changes.sql", Runs(&["eventName", "_col1", "principalid", "eventTime"])),
    ("console-login-with-no-mfa.sql", Runs(ALL)),
    ("cross-account-access.sql", Runs(&["principalid", "eventName", "eventSource", "accountId", "recipientAccountId", "requestParameters", "eventTime"])),
    ("data-by-week-day.sql", Runs(&["weekday", "eventCount"])),
    ("database-failover-information.sql", Runs(&["AWSRegion", "DBCluster", "UserName", "FailoverTime"])),
    ("database-reboot-information.sql", Runs(&["DBInstance", "UserName", "RebootTime"])),
    ("db-cluster-point-in-time-restore.sql", Runs(&["Source", "Target", "UserName", "RestoreTime"])),
    ("dynamodb-scan-operations.sql", Runs(ALL)),
    ("ec2-api-run-instances.sql", Runs(&["recipientAccountId", "awsRegion", "eventID", "instances"])),
    ("ec2-events.sql", Runs(ALL)),
    ("ec2-public-security-group.sql", Runs(&["eventName", "user", "sourceIPAddress", "eventTime", "eventSource", "securityGroup", "securityGroupRule"])),
    ("ec2-security-historical-changes.sql", Runs(&["securityGroup", "eventName", "eventTime", "securityGroupRule", "user", "sourceIPAddress", "eventSource"])),
    ("event-response-element-by-event-id.sql", Runs(&["responseElements"])),
    ("find-snapshots-not-encrypted.sql", Runs(&["principalid", "awsRegion", "volume", "Instance", "snapshotID"])),
    ("iam-access-key-activity.sql", Runs(&["eventSource", "eventName", "sourceIPAddress", "eventTime", "errorCode"])),
    ("iam-access-key-success-activity.sql", Runs(&["NumberEvents", "eventSource", "eventName"])),
    ("iam-idc-authenticate-api.sql", Fails(&["from"])),
    ("iam-idc-federate-api-by-idc-user.sql", Runs(&["AccountID", "SSORole", "eventID", "eventTime"])),
    ("iam-idc-user-count-and-group-activity.sql", Runs(&["eventSource", "eventName", "apiCount"])),
    ("iam-idc-user-create-iam-role.sql", Runs(&["recipientAccountId", "awsRegion", "eventID", "eventTime", "errorCode", "errorMessage"])),
    ("iam-idc-user-create-iam-user-acces-keys.sql", Runs(&["recipientAccountId", "awsRegion", "eventID", "eventTime", "errorCode", "errorMessage"])),
    ("iam-idc-user-create-iam-user.sql", Runs(&["recipientAccountId", "awsRegion", "eventID", "eventTime", "userInfo"])),
    ("iam-idc-user-denied-activity.sql", Runs(&["recipientAccountId", "awsRegion", "eventSource", "eventName", "readOnly", "errorCode", "errorMessage", "eventTime", "eventID"])),
    ("iam-idc-user-modify-iam-policy.sql", Runs(&["recipientAccountId", "eventID", "eventTime", "roleName", "policyDocument"])),
    ("iam-idc-user-mutable-actions.sql", Runs(&["eventSource", "eventName", "eventTime", "eventID", "errorCode"])),
    ("iam-principal-by-launched-ec2-instance-id.sql", Runs(&["principalid", "eventName", "eventTime", "recipientAccountId", "awsRegion"])),
    ("iam-role-activity.sql", Runs(&["eventSource", "eventName", "eventTime", "eventID", "errorCode"])),
    ("iam-role-assumed-by-iam-access-key.sql", Runs(&["requestParameters", "responseElements"])),
    ("list-all-S3-PutObjects-Encryption-status.sql", Runs(&["recipientAccountId", "eventTime", "S3BUCKET", "S3OBJECT", "ReqENCRYPTION", "RespENCRYPTION"])),
    ("list-all-errors-for-s3-events.sql", Fails(&["example", "line 10, column 39"])),
    ("list-all-events-in-a-flatten-table-format.sql", RunsWithDates(&[
        "eventVersion", "principalID", "arn", "accountID", "accessKeyID", "username", "creationDate", "mfaAuthenticated", "type",
        "principalID", "arn", "accountID", "username", "federatedProvider", "attributes", "sourceIdentity", "ec2RoleDelivery",
        "ec2IssuedInVPC", "invokedBy", "identityProvider", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIpAddress",
        "userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID",
        "eventID", "readOnly", "resources", "eventType", "apiVersion", "managementEvent", "recipientAccountID", "sharedEventID",
        "annotation", "vpcEndPointID", "serviceEventDetails", "addendum", "edgeDeviceDetails", "insightDetails", "eventCategory",
        "tlsVersion", "cipherSuite", "clientProvidedHostHeader", "sessionCredentialFromConsole", "eventJson", "eventJsonChecksum",
    ])),
    ("list-all-events-not-in-authorized-region.sql", Fails(&["line 1"])),
    ("list-all-manually-created-resources.sql", Runs(&["user", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "requestParameters", "resources", "requestID", "eventID"])),
    ("list-attempted-s3-requests..sql", Fails(&["by", "line 17, column 71"])),
    ("list-events-with-errors.sql", Runs(&[
        "arn", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode", "errorMessage",
        "requestParameters", "readOnly", "resources", "recipientAccountId", "tlsDetails",
    ])),
    ("list-publicly-accessible-rds-instances.sql", Fails(&["select", "line 13, column 15"])),
    ("list-write-events-from-management-console.sql", Runs(&[
        "arn", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "requestParameters", "readOnly",
        "recipientAccountId", "sessionCredentialFromConsole",
    ])),
    ("logs-by-region.sql", Runs(&["awsRegion", "eventSource", "apiCount"])),
    ("network-activity-events-vpce-access-denied-s3.sql", Fails(&["GROUP BY"])),
    ("network-activity-events-vpce-access-denied-secrets-manager.sql", RunsWithDates(&[
        "eventTime", "username", "accountid", "eventType", "eventCategory", "eventName", "errorCode", "errorMessage", "vpcEndpointId",
        "vpcEndpointAccountId", "sourceIPAddress",
    ])),
    ("network-activity-events-vpce-access-denied.sql", RunsWithDates(ENDPOINT_COUNTS)),
    ("network-activity-events.sql", RunsWithDates(ENDPOINT_COUNTS)),
    ("rds-db-deleted-with-no-snapshot.sql", Runs(&["DBCluster", "UserName", "DeletedTime"])),
    ("resourceCompliance.sql", Runs(&["eventTime", "awsRegion", "recipientAccountId", "configRuleName", "Compliance", "ResourceType", "ResourceName"])),
    ("s3-actions-by-iam-access-key.sql", Runs(&["BucketName", "ObjectName", "eventName"])),
    ("s3-buckets-public-access-block-historical-changes.sql", Runs(&[
        "bucketName", "restrictPublicBuckets", "blockPublicPolicy", "publicAccessBlockConfiguration", "eventName", "eventTime",
        "requestParameters", "user", "responseElements",
    ])),
    ("s3-buckets-using-acls.sql", Runs(&["Bucket", "Region", "AccountID"])),
    ("ssm-patch-compliance-all-ec2-instances-time-range.sql", WantsConfigurationItems("config_event_data_store_id")),
    ("ssm-patch-compliance-all-ec2-instances.sql", WantsConfigurationItems("config_event_data_store_id")),
    ("ssm-patch-compliance-distinct-ec2-instance-latest.sql", WantsConfigurationItems("config_event_data_store_id")),
    ("ssm-patch-compliance-selected-ec2-instance-time-range.sql", WantsConfigurationItems("config_event_data_store_id")),
    ("ssm-patch-compliance-selected-ec2-instance.sql", WantsConfigurationItems("config_event_data_store_id")),
    ("tag-history-by-resource.sql", Runs(&["awsRegion", "eventSource", "resourceId", "eventTime", "eventName", "key", "value", "identityarn"])),
    ("tls-unsupported-version.sql", RunsWithDates(&["eventSource", "tlsVersion", "sourceIPAddress", "recipientAccountId", "numOutdatedTlsCalls"])),
    ("tls-version.sql", Runs(&["eventName", "awsRegion", "sourceIPAddress", "recipientAccountId", "tlsversion"])),
    ("top-actions-by-iam-role.sql", Runs(&["NumberEvents", "eventSource", "eventName"])),
    ("top-errors.sql", Fails(&["by", "line 17, column 37"])),
    ("top-iam-actions-by-principal.sql", Runs(&["apiCount", "eventName", "recipientAccountId", "principalid"])),
    ("top-s3-actions.sql", Fails(&["by", "line 18, column 23"])),
    ("top-s3-objects.sql", Runs(&["bucketName", "key", "requestCount"])),
    ("user-added-to-admin-group.sql", Runs(&["principalid", "eventName", "eventTime", "username", "groupname"])),
    ("users-by-account.sql", Runs(&["principalid", "accountId", "eventCount"])),
];
