//! Buckets, tables, queues, topics, databases.

use super::{Call, Service, read, write};

const BUCKET: &str = r#"[{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#;
const OBJECT: &str = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<key>"},
    {"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#;
const PREFIX: &str = r#"[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::<bucket>/<prefix>"},
    {"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#;
const TABLE: &str = r#"[{"accountId":"<account>","type":"AWS::DynamoDB::Table",
    "ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}]"#;
const TOPIC: &str = r#"[{"accountId":"<account>","type":"AWS::SNS::Topic","ARN":"<topicarn>"}]"#;
const QUEUE: &str = r#"[{"accountId":"<account>","type":"AWS::SQS::Queue",
    "ARN":"arn:aws:sqs:<region>:<account>:<queue>"}]"#;

/// What S3 says of the transfer; the numbers are numbers.
const DOWN: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,
    "AuthenticationMethod":"AuthHeader","x-amz-id-2":"<base64:28>","bytesTransferredOut":<int:120:9000000>}"#;
const UP: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256",
    "bytesTransferredIn":<int:120:9000000>,"SSEApplied":"SSE_S3","AuthenticationMethod":"AuthHeader",
    "x-amz-id-2":"<base64:28>","bytesTransferredOut":0}"#;

const S3: &[Call] = &[
    read("GetObject", 40, r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<key>"}"#)
        .data()
        .resources(OBJECT)
        .additional(DOWN)
        .on("arn:aws:s3:::<bucket>/<key>"),
    write(
        "PutObject",
        25,
        r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<key>",
            "x-amz-server-side-encryption":"AES256","x-amz-tagging":"team=<team>&owner=<word>"}"#,
        r#"{"x-amz-server-side-encryption":"AES256"}"#,
    )
    .data()
    .resources(OBJECT)
    .additional(UP)
    .on("arn:aws:s3:::<bucket>/<key>"),
    write(
        "DeleteObject",
        5,
        r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<key>"}"#,
        "null",
    )
    .data()
    .resources(OBJECT)
    .additional(DOWN)
    .on("arn:aws:s3:::<bucket>/<key>"),
    read(
        "ListObjects",
        8,
        r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","prefix":"<prefix>","list-type":"2",
            "max-keys":"1000","encoding-type":"url","delimiter":"/"}"#,
    )
    .data()
    .resources(PREFIX)
    .additional(DOWN)
    .on("arn:aws:s3:::<bucket>"),
    read("HeadObject", 6, r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<key>"}"#)
        .data()
        .resources(OBJECT)
        .additional(DOWN),
    read("ListBuckets", 6, r#"{"Host":"s3.<region>.amazonaws.com"}"#).additional(DOWN),
    read("GetBucketAcl", 7, r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","acl":""}"#)
        .resources(BUCKET)
        .additional(DOWN)
        .on("arn:aws:s3:::<bucket>"),
    read(
        "GetBucketLocation",
        6,
        r#"{"bucketName":"<bucket>","location":"","Host":"s3.<region>.amazonaws.com"}"#,
    )
    .resources(BUCKET)
    .additional(DOWN)
    .on("arn:aws:s3:::<bucket>"),
    read("GetBucketPolicy", 3, r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#)
        .resources(BUCKET)
        .additional(DOWN)
        .on("arn:aws:s3:::<bucket>"),
    write(
        "CreateBucket",
        1,
        r#"{"CreateBucketConfiguration":{"LocationConstraint":"<region>","xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"},
            "bucketName":"<bucket>","Host":"s3.<region>.amazonaws.com"}"#,
        "null",
    )
    .resources(BUCKET)
    .additional(UP),
    write(
        "PutBucketPolicy",
        1,
        r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"TLS only","Effect":"Deny","Principal":"*",
            "Action":"s3:*","Resource":["arn:aws:s3:::<bucket>","arn:aws:s3:::<bucket>/*"],
            "Condition":{"Bool":{"aws:SecureTransport":"false"}}}]},
            "bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#,
        "null",
    )
    .resources(BUCKET)
    .additional(UP)
    .on("arn:aws:s3:::<bucket>"),
    // Two keys of one name but for the case: S3 writes both.
    write(
        "PutBucketTagging",
        1,
        r#"{"tagging":"","bucketName":"<bucket>","Tagging":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/",
            "TagSet":{"Tag":[{"Key":"team","Value":"<team>"},{"Key":"purpose","Value":"<text>"}]}},
            "Host":"<bucket>.s3.<region>.amazonaws.com"}"#,
        "null",
    )
    .resources(BUCKET)
    .additional(UP)
    .on("arn:aws:s3:::<bucket>"),
    write(
        "PutBucketLifecycle",
        1,
        r#"{"bucketName":"<bucket>","LifecycleConfiguration":{"Rule":[{"ID":"expire","Status":"Enabled",
            "Filter":{"Prefix":"tmp/"},"Expiration":{"Days":<int:1:365>}}]},"lifecycle":""}"#,
        "null",
    )
    .resources(BUCKET)
    .additional(UP),
];

const DYNAMODB: &[Call] = &[
    read("GetItem", 20, r#"{"tableName":"<table>","key":{"pk":"<uuid>"},"consistentRead":<bool>}"#)
        .data()
        .resources(TABLE)
        .on("arn:aws:dynamodb:<region>:<account>:table/<table>"),
    write("PutItem", 12, r#"{"tableName":"<table>","key":{"pk":"<uuid>","sk":"v<int:1:9>"}}"#, "null")
        .data()
        .resources(TABLE)
        .on("arn:aws:dynamodb:<region>:<account>:table/<table>"),
    read(
        "Query",
        10,
        r##"{"tableName":"<table>","keyConditionExpression":"#pk = :pk AND begins_with(sk, :s)","limit":<int:1:100>,
            "expressionAttributeNames":{"#pk":"pk"},"scanIndexForward":false}"##,
    )
    .data()
    .resources(TABLE),
    read("DescribeTable", 8, r#"{"tableName":"<table>"}"#).resources(TABLE),
    read("ListTables", 3, r#"{"limit":100,"exclusiveStartTableName":null}"#),
    write(
        "CreateTable",
        1,
        r#"{"tableName":"<table>","keySchema":[{"attributeName":"pk","keyType":"HASH"},
            {"attributeName":"sk","keyType":"RANGE"}],"billingMode":"PAY_PER_REQUEST",
            "attributeDefinitions":[{"attributeName":"pk","attributeType":"S"},{"attributeName":"sk","attributeType":"S"}]}"#,
        r#"{"tableDescription":{"tableName":"<table>","tableStatus":"CREATING","itemCount":0,"tableSizeBytes":0,
            "tableArn":"arn:aws:dynamodb:<region>:<account>:table/<table>","tableId":"<uuid>",
            "creationDateTime":"<american>","provisionedThroughput":{"readCapacityUnits":0,"writeCapacityUnits":0,
            "numberOfDecreasesToday":0},"deletionProtectionEnabled":false}}"#,
    )
    .resources(TABLE),
    write(
        "UpdateTimeToLive",
        1,
        r#"{"tableName":"<table>","timeToLiveSpecification":{"enabled":true,"attributeName":"expires"}}"#,
        r#"{"timeToLiveSpecification":{"enabled":true,"attributeName":"expires"}}"#,
    )
    .resources(TABLE),
];

const RDS: &[Call] = &[
    read("DescribeDBInstances", 10, r#"{"dBInstanceIdentifier":"<db>"}"#),
    read("DescribeDBClusters", 5, r#"{"maxRecords":100,"includeShared":false}"#),
    write(
        "CreateDBSnapshot",
        2,
        r#"{"dBSnapshotIdentifier":"<db>-<hex:6>","dBInstanceIdentifier":"<db>"}"#,
        r#"{"dBSnapshotIdentifier":"<db>-<hex:6>","dBInstanceIdentifier":"<db>","engine":"postgres",
            "engineVersion":"16.4","status":"creating","allocatedStorage":<int:20:500>,"port":5432,"encrypted":true,
            "percentProgress":0,"availabilityZone":"<region>a","storageType":"gp3","masterUsername":"master",
            "dBSnapshotArn":"arn:aws:rds:<region>:<account>:snapshot:<db>-<hex:6>","tagList":[]}"#,
    )
    .on("arn:aws:rds:<region>:<account>:db:<db>"),
    write(
        "ModifyDBInstance",
        1,
        r#"{"dBInstanceIdentifier":"<db>","backupRetentionPeriod":<int:1:35>,"applyImmediately":true,
            "masterUserPassword":"****","publiclyAccessible":false}"#,
        r#"{"dBInstanceIdentifier":"<db>","dBInstanceStatus":"available","multiAZ":<bool>,
            "endpoint":{"address":"<db>.<hex:12>.<region>.rds.amazonaws.com","port":5432},
            "pendingModifiedValues":{"masterUserPassword":"****"},"vpcSecurityGroups":[{"status":"active",
            "vpcSecurityGroupId":"<sg>"}]}"#,
    )
    .on("arn:aws:rds:<region>:<account>:db:<db>"),
];

const SNS: &[Call] = &[
    write(
        "Publish",
        8,
        r#"{"topicArn":"<topicarn>","subject":"HIDDEN_DUE_TO_SECURITY_REASONS","message":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        r#"{"messageId":"<uuid>"}"#,
    )
    .data()
    .resources(TOPIC)
    .on("<topicarn>"),
    read("ListTopics", 4, "null"),
    read("GetTopicAttributes", 5, r#"{"topicArn":"<topicarn>"}"#).resources(TOPIC).on("<topicarn>"),
    write(
        "Subscribe",
        1,
        r#"{"topicArn":"<topicarn>","protocol":"email","endpoint":"<email>","returnSubscriptionArn":<bool>}"#,
        r#"{"subscriptionArn":"pending confirmation"}"#,
    )
    .on("<topicarn>"),
    write(
        "CreateTopic",
        1,
        r#"{"name":"<word>-alerts","attributes":{"DisplayName":"<text>"},"tags":[{"key":"team","value":"<team>"}]}"#,
        r#"{"topicArn":"arn:aws:sns:<region>:<account>:<word>-alerts"}"#,
    ),
];

const SQS: &[Call] = &[
    write(
        "SendMessage",
        10,
        r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","delaySeconds":0,
            "messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        r#"{"mD5OfMessageBody":"<hex:32>","messageId":"<uuid>"}"#,
    )
    .data()
    .resources(QUEUE)
    .on("arn:aws:sqs:<region>:<account>:<queue>"),
    write(
        "ReceiveMessage",
        10,
        r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","maxNumberOfMessages":10,
            "waitTimeSeconds":20}"#,
        "null",
    )
    .data()
    .resources(QUEUE),
    read("ListQueues", 3, r#"{"queueNamePrefix":"<word>","maxResults":1000}"#),
    read(
        "GetQueueAttributes",
        4,
        r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","attributeNames":["All"]}"#,
    ),
    write(
        "CreateQueue",
        1,
        r#"{"queueName":"<queue>","attributes":{"VisibilityTimeout":"30","KmsMasterKeyId":"alias/aws/sqs"}}"#,
        r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>"}"#,
    ),
];

pub(super) const SERVICES: &[Service] = &[
    Service {
        source: "s3.amazonaws.com",
        api_version: "",
        global: false,
        weight: 26,
        calls: S3,
        errors: &[
            ("NoSuchKey", "The specified key does not exist."),
            ("NoSuchBucketPolicy", "The bucket policy does not exist"),
            ("SlowDown", "Please reduce your request rate."),
        ],
    },
    Service {
        source: "dynamodb.amazonaws.com",
        api_version: "2012-08-10",
        global: false,
        weight: 10,
        calls: DYNAMODB,
        errors: &[
            (
                "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded.",
            ),
            ("ResourceNotFoundException", "Requested resource not found: Table: <table> not found"),
        ],
    },
    Service {
        source: "rds.amazonaws.com",
        api_version: "2014-10-31",
        global: false,
        weight: 4,
        calls: RDS,
        errors: &[("DBInstanceNotFound", "DBInstance <db> not found.")],
    },
    Service {
        source: "sns.amazonaws.com",
        api_version: "2010-03-31",
        global: false,
        weight: 4,
        calls: SNS,
        errors: &[("NotFound", "Topic does not exist")],
    },
    Service {
        source: "sqs.amazonaws.com",
        api_version: "2012-11-05",
        global: false,
        weight: 4,
        calls: SQS,
        errors: &[("QueueDoesNotExist", "The specified queue does not exist.")],
    },
];
