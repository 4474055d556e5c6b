//! Events for the windows, accounts, keys and names that AWS's samples ask for, and some beside them.

use serde_json::{Map, Value, json};

const ALICE: &str = "AROAEXAMPLE:alice@example.com";
const ROLE: &str = "arn:aws:iam::555555555555:role/alice";

/// The events as a log file.
pub(super) fn log() -> String {
    json!({ "Records": all() }).to_string()
}

pub(super) fn count() -> u64 {
    all().len() as u64
}

fn all() -> Vec<Value> {
    [identities(), access_key(), role(), compute(), buckets(), config(), databases(), others(), context()].concat()
}

/// An event of account 111122223333 with a numbered id; `more` adds and replaces members.
fn event(id: u32, time: &str, source: &str, name: &str, more: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.10", "eventTime": time, "eventSource": format!("{source}.amazonaws.com"), "eventName": name,
        "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.15", "readOnly": false,
        "eventID": format!("00000000-0000-4000-8000-{id:012}"), "eventType": "AwsApiCall", "managementEvent": true,
        "recipientAccountId": "111122223333", "eventCategory": "Management",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "accountId": "111122223333",
                          "principalId": "AIDAANAEXAMPLE", "userName": "ana" },
    });
    let members: Option<&mut Map<String, Value>> = record.as_object_mut();
    members.unwrap().extend(more.as_object().unwrap().clone());
    record
}

/// An identity of the Identity Center user, or of anybody with a principal.
fn principal(id: &str) -> Value {
    json!({ "type": "AssumedRole", "principalId": id, "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/sso/alice@example.com" })
}

/// What the Identity Center user alice@example.com does in the first week of 2023.
fn identities() -> Vec<Value> {
    let alice = || principal(ALICE);
    vec![
        event(
            1,
            "2023-01-02T10:00:00Z",
            "sso",
            "Federate",
            json!({
            "userIdentity": { "type": "Unknown", "userName": "alice@example.com", "accountId": "111122223333" },
            "serviceEventDetails": { "account_id": "444455556666", "role_name": "Auditor" } }),
        ),
        event(
            2,
            "2023-01-02T10:05:00Z",
            "iam",
            "CreateUser",
            json!({
            "userIdentity": alice(), "requestParameters": { "userName": "new" },
            "responseElements": { "user": { "userName": "new", "path": "/" } } }),
        ),
        event(
            3,
            "2023-01-02T10:06:00Z",
            "iam",
            "CreateRole",
            json!({
            "userIdentity": alice(), "errorCode": "AccessDenied", "errorMessage": "not authorized" }),
        ),
        event(4, "2023-01-02T10:07:00Z", "iam", "CreateAccessKey", json!({ "userIdentity": alice() })),
        event(
            5,
            "2023-01-02T10:08:00Z",
            "iam",
            "PutRolePolicy",
            json!({
            "userIdentity": alice(), "requestParameters": { "roleName": "ops", "policyDocument": "{\"Version\":\"2012-10-17\"}" } }),
        ),
        event(
            6,
            "2023-01-03T10:00:00Z",
            "ec2",
            "DescribeInstances",
            json!({
            "userIdentity": alice(), "readOnly": true, "errorCode": "Client.UnauthorizedOperation" }),
        ),
        // After the window.
        event(7, "2023-01-08T10:00:00Z", "iam", "CreateUser", json!({ "userIdentity": alice() })),
    ]
}

/// What the access key of AWS's documentation does in the first week of 2023.
fn access_key() -> Vec<Value> {
    let user = || {
        json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci", "accountId": "111122223333",
                          "principalId": "AIDACIEXAMPLE", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "ci" })
    };
    let object = |key: &str| {
        json!({ "userIdentity": user(), "eventCategory": "Data", "managementEvent": false,
                                     "requestParameters": { "bucketName": "inbox", "key": key } })
    };
    vec![
        event(
            11,
            "2023-01-04T08:00:00Z",
            "sts",
            "AssumeRole",
            json!({
            "userIdentity": user(), "requestParameters": { "roleSessionName": "s", "roleArn": ROLE },
            "responseElements": { "credentials": { "accessKeyId": "ASIAEXAMPLE" }, "packedPolicySize": 5 } }),
        ),
        event(12, "2023-01-04T08:01:00Z", "s3", "GetObject", object("a.txt")),
        event(13, "2023-01-04T08:02:00Z", "s3", "GetObject", object("b.txt")),
        event(
            14,
            "2023-01-04T08:03:00Z",
            "s3",
            "DeleteObject",
            json!({
            "userIdentity": user(), "eventCategory": "Data", "errorCode": "AccessDenied",
            "requestParameters": { "bucketName": "inbox", "key": "a.txt" } }),
        ),
        event(15, "2023-01-07T00:00:00Z", "s3", "GetObject", object("too late")),
    ]
}

/// Sessions of the role of AWS's documentation, and one that assumes itself.
fn role() -> Vec<Value> {
    let session = || {
        json!({ "type": "AssumedRole", "principalId": "AROAALICE:session", "accountId": "555555555555",
                             "arn": "arn:aws:sts::555555555555:assumed-role/alice/session",
                             "sessionContext": { "sessionIssuer": { "type": "Role", "arn": ROLE, "userName": "alice" },
                                                 "attributes": { "creationDate": "2023-01-05T09:00:00Z", "mfaAuthenticated": "false" } } })
    };
    vec![
        event(21, "2023-01-05T09:00:00Z", "sqs", "SendMessage", json!({ "userIdentity": session() })),
        event(22, "2023-01-05T09:01:00Z", "sqs", "SendMessage", json!({ "userIdentity": session() })),
        event(
            23,
            "2023-01-05T09:02:00Z",
            "sts",
            "AssumeRole",
            json!({
            "userIdentity": session(), "resources": [{ "ARN": ROLE, "accountId": "555555555555", "type": "AWS::IAM::Role" }] }),
        ),
    ]
}

/// Instances, snapshots, tags and security groups.
fn compute() -> Vec<Value> {
    let permissions =
        |range: &str| json!({ "items": [{ "ipProtocol": "tcp", "ipRanges": { "items": [{ "cidrIp": range }] } }] });
    vec![
        event(
            31,
            "2023-01-02T12:00:00Z",
            "ec2",
            "RunInstances",
            json!({
            "responseElements": { "instancesSet": { "items": [{ "instanceId": "i-b188560f", "imageId": "ami-1" }] } } }),
        ),
        event(
            32,
            "2023-07-07T01:00:00Z",
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({
            "requestParameters": { "groupId": "sg-1", "ipPermissions": permissions("0.0.0.0/0") } }),
        ),
        event(
            33,
            "2023-07-07T02:00:00Z",
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({
            "requestParameters": { "groupId": "sg-2", "ipPermissions": permissions("10.0.0.0/8") } }),
        ),
        event(
            34,
            "2023-07-08T12:00:00Z",
            "ec2",
            "ModifySecurityGroupRules",
            json!({
            "requestParameters": { "ModifySecurityGroupRulesRequest": { "GroupId": "sg-1", "SecurityGroupRule": { "CidrIpv4": "0.0.0.0/0" } } } }),
        ),
        event(
            35,
            "2022-06-01T12:00:00Z",
            "ec2",
            "CreateTags",
            json!({
            "requestParameters": { "resourcesSet": { "items": [{ "resourceId": "i-2" }] }, "tagSet": { "items": [{ "key": "team", "value": "red" }] } } }),
        ),
        event(
            36,
            "2022-06-02T12:00:00Z",
            "ec2",
            "CreateSnapshots",
            json!({
            "requestParameters": { "volumeId": "vol-1", "CreateSnapshotsRequest": { "InstanceSpecification": { "InstanceId": "i-3" } } },
            "responseElements": { "snapshotId": "snap-1", "encrypted": true } }),
        ),
    ]
}

/// Buckets: public access, encryption and ACLs.
fn buckets() -> Vec<Value> {
    vec![
        event(
            41,
            "2023-07-07T05:00:00Z",
            "s3",
            "PutBucketPublicAccessBlock",
            json!({ "requestParameters": {
            "bucketName": "demo-20230707",
            "PublicAccessBlockConfiguration": { "RestrictPublicBuckets": false, "BlockPublicPolicy": true } } }),
        ),
        event(
            42,
            "2023-07-08T05:00:00Z",
            "s3",
            "PutBucketPublicAccessBlock",
            json!({ "requestParameters": {
            "bucketName": "demo-20230707", "PublicAccessBlockConfiguration": { "RestrictPublicBuckets": true } } }),
        ),
        event(
            43,
            "2023-05-01T05:00:00Z",
            "s3",
            "PutObject",
            json!({
            "eventCategory": "Data",
            "requestParameters": { "bucketName": "vault", "key": "k", "x-amz-server-side-encryption": "aws:kms" },
            "responseElements": { "x-amz-server-side-encryption": "aws:kms" }, "additionalEventData": { "aclRequired": "Yes" } }),
        ),
        event(
            44,
            "2023-05-02T05:00:00Z",
            "s3",
            "PutObject",
            json!({
            "eventCategory": "Data", "requestParameters": { "bucketName": "vault", "key": "l" },
            "responseElements": { "x-amz-server-side-encryption": "AES256" }, "additionalEventData": { "aclRequired": "Yes" } }),
        ),
    ]
}

/// Evaluations of Config rules.
fn config() -> Vec<Value> {
    let rule = |result: &str, resource: &str| {
        json!({
        "additionalEventData": { "configRuleName": "tagged", "configRuleArn": "arn:aws:config:us-east-1:111122223333:config-rule/r" },
        "requestParameters": { "evaluations": [{ "complianceType": result, "complianceResourceType": "AWS::S3::Bucket", "complianceResourceId": resource }] } })
    };
    vec![
        event(51, "2023-11-16T10:00:00Z", "config", "PutEvaluations", rule("NON_COMPLIANT", "inbox")),
        event(52, "2023-11-16T11:00:00Z", "config", "PutEvaluations", rule("NOT_APPLICABLE", "vault")),
        event(53, "2022-11-02T10:00:00Z", "config", "PutEvaluations", rule("COMPLIANT", "inbox")),
        event(54, "2022-11-02T11:00:00Z", "config", "PutEvaluations", rule("COMPLIANT", "vault")),
    ]
}

fn databases() -> Vec<Value> {
    let by = || {
        json!({ "type": "AssumedRole", "principalId": "AROADBA:s", "accountId": "111122223333",
                        "sessionContext": { "sessionIssuer": { "type": "Role", "userName": "dba" } } })
    };
    vec![
        event(
            61,
            "2021-05-01T00:00:00Z",
            "rds",
            "CreateDBInstance",
            json!({ "requestParameters": {
            "dBInstanceIdentifier": "pg1", "engine": "aurora-postgresql", "engineVersion": "15.4", "availabilityZone": "us-east-1a",
            "enablePerformanceInsights": true } }),
        ),
        event(
            62,
            "2022-05-01T00:00:00Z",
            "rds",
            "CreateDBInstance",
            json!({ "requestParameters": {
            "dBInstanceIdentifier": "my1", "engine": "aurora-mysql", "dBInstanceClass": "db.r6g.large" } }),
        ),
        event(
            63,
            "2023-02-01T00:00:00Z",
            "rds",
            "RebootDBInstance",
            json!({
            "userIdentity": by(), "requestParameters": { "dBInstanceIdentifier": "pg1" } }),
        ),
        event(
            64,
            "2023-02-02T00:00:00Z",
            "rds",
            "RebootDBInstance",
            json!({
            "userIdentity": by(), "requestParameters": { "dBInstanceIdentifier": "my1" } }),
        ),
        event(
            65,
            "2023-02-03T00:00:00Z",
            "rds",
            "FailoverDBCluster",
            json!({
            "userIdentity": by(), "requestParameters": { "dBClusterIdentifier": "c1" } }),
        ),
        event(
            66,
            "2023-02-04T00:00:00Z",
            "rds",
            "DeleteDBCluster",
            json!({
            "userIdentity": by(), "requestParameters": { "dBClusterIdentifier": "c1", "skipFinalSnapshot": true } }),
        ),
        event(
            67,
            "2023-02-05T00:00:00Z",
            "rds",
            "DeleteDBCluster",
            json!({
            "userIdentity": by(), "requestParameters": { "dBClusterIdentifier": "c2", "skipFinalSnapshot": false } }),
        ),
    ]
}

/// One address in several accounts, one event by its id, groups of administrators, outdated TLS, sign-ins.
fn others() -> Vec<Value> {
    let from = |account: &str| {
        json!({ "sourceIPAddress": "192.0.2.76", "recipientAccountId": account,
        "userIdentity": { "type": "IAMUser", "accountId": account, "principalId": "AIDAX" } })
    };
    vec![
        event(71, "2023-01-03T00:00:01Z", "ec2", "DescribeRegions", from("444455556666")),
        event(72, "2023-01-03T00:00:02Z", "ec2", "DescribeRegions", from("555555555555")),
        event(73, "2023-01-03T00:00:03Z", "ec2", "DescribeRegions", from("444455556666")),
        event(
            74,
            "2023-03-01T00:00:00Z",
            "sns",
            "CreateTopic",
            json!({
            "eventID": "3270e016-59a1-4448-8dd1-d27a4796502d", "responseElements": { "topicArn": "arn:aws:sns:us-east-1:111122223333:t" } }),
        ),
        event(
            75,
            "2022-05-05T00:00:00Z",
            "iam",
            "AddUserToGroup",
            json!({
            "requestParameters": { "userName": "eve", "groupName": "site-admins" } }),
        ),
        event(
            76,
            "2022-05-06T00:00:00Z",
            "iam",
            "AddUserToGroup",
            json!({
            "requestParameters": { "userName": "eve", "groupName": "readers" } }),
        ),
        event(
            77,
            "2022-05-07T00:00:00Z",
            "s3",
            "ListBuckets",
            json!({
            "userIdentity": { "type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDAOTHER" } }),
        ),
        event(
            78,
            "2023-06-25T00:00:00Z",
            "s3",
            "ListBuckets",
            json!({
            "tlsDetails": { "tlsVersion": "TLSv1.1", "cipherSuite": "AES128-SHA" } }),
        ),
        event(
            79,
            "2023-06-25T00:00:00Z",
            "s3",
            "ListBuckets",
            json!({
            "tlsDetails": { "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256" } }),
        ),
        event(
            80,
            "2023-08-01T00:00:00Z",
            "signin",
            "ConsoleLogin",
            json!({
            "additionalEventData": { "MFAUsed": "No" }, "responseElements": { "ConsoleLogin": "Success" } }),
        ),
        event(
            81,
            "2023-06-25T00:00:00Z",
            "secretsmanager",
            "GetSecretValue",
            json!({
            "eventCategory": "NetworkActivity", "eventType": "AwsVpceEvent", "errorCode": "VpceAccessDenied",
            "errorMessage": "denied by endpoint policy", "vpcEndpointId": "vpce-1", "vpcEndpointAccountId": "111122223333" }),
        ),
        event(82, "2023-10-05T00:00:00Z", "ecs", "CreateService", json!({ "sessionCredentialFromConsole": "true" })),
    ]
}

/// Events of an enriched store, with tags of resources and principals.
fn context() -> Vec<Value> {
    let tagged = |team: &str, operator: &str| {
        json!({ "eventContext": {
        "requestContext": { "aws:ViaAWSService": "false" },
        "tagContext": { "resourceTags": [{ "arn": "arn:aws:s3:::inbox", "tags": { "team": team, "tier": "1" } }],
                        "principalTags": { "operator": operator } } } })
    };
    vec![
        event(91, "2024-05-16T02:00:00Z", "s3", "PutBucketTagging", tagged("red", "ann")),
        event(92, "2024-05-16T03:00:00Z", "s3", "PutBucketTagging", tagged("blue", "bea")),
    ]
}
