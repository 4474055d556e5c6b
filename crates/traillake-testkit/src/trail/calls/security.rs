//! Identities, keys, secrets, and the services that watch.

use super::{Call, Service, read, write};

const ROLE: &str = r#"[{"accountId":"<account>","type":"AWS::IAM::Role","ARN":"arn:aws:iam::<account>:role/<role>"}]"#;
const KEY: &str = r#"[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"<keyarn>"}]"#;
const SECRET: &str = r#"[{"accountId":"<account>","type":"AWS::SecretsManager::Secret","ARN":"<secretarn>"}]"#;

const IAM: &[Call] = &[
    read("ListUsers", 5, r#"{"maxItems":1000}"#),
    read("ListRoles", 8, "null"),
    read("GetRole", 8, r#"{"roleName":"<role>"}"#).on("role <role>"),
    read("GetUser", 5, r#"{"userName":"<user>"}"#).on("user <user>"),
    read("ListAttachedRolePolicies", 5, r#"{"roleName":"<role>"}"#).on("role <role>"),
    read("GetAccountSummary", 2, "null"),
    write(
        "CreateRole",
        1,
        r#"{"roleName":"<word>-<hex:6>","path":"/","description":"<text>","maxSessionDuration":3600,
            "assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}"#,
        r#"{"role":{"path":"/","roleName":"<word>-<hex:6>","roleId":"<roleid>",
            "arn":"arn:aws:iam::<account>:role/<word>-<hex:6>","createDate":"<american>",
            "assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%7D"}}"#,
    ),
    write(
        "PutRolePolicy",
        1,
        r#"{"roleName":"<role>","policyName":"inline","policyDocument":"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::<bucket>/*\"}]\n}"}"#,
        "null",
    )
    .on("role <role>"),
    write("AttachRolePolicy", 1, r#"{"roleName":"<role>","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#, "null")
        .on("role <role>"),
    write("TagRole", 1, r#"{"roleName":"<role>","tags":[{"key":"owner","value":"<email>"},{"key":"note","value":"<text>"}]}"#, "null"),
    write("UpdateLoginProfile", 1, r#"{"userName":"<user>","passwordResetRequired":true}"#, "null").on("user <user>"),
];

const STS: &[Call] = &[
    read("GetCallerIdentity", 20, "null"),
    read(
        "AssumeRole",
        6,
        r#"{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<word>-<hex:8>","durationSeconds":3600}"#,
    )
    .answers(
        r#"{"credentials":{"accessKeyId":"<accesskey>","sessionToken":"<base64:64>","expiration":"<american>"},
            "assumedRoleUser":{"assumedRoleId":"<roleid>:<word>-<hex:8>",
            "arn":"arn:aws:sts::<account>:assumed-role/<role>/<word>-<hex:8>"}}"#,
    )
    .resources(ROLE)
    .on("arn:aws:iam::<account>:role/<role>"),
    read("GetSessionToken", 1, r#"{"durationSeconds":43200}"#).answers(
        r#"{"credentials":{"accessKeyId":"<accesskey>","sessionToken":"<base64:64>","expiration":"<american>"}}"#,
    ),
];

const KMS: &[Call] = &[
    read(
        "Decrypt",
        25,
        r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:lambda:FunctionArn":
            "arn:aws:lambda:<region>:<account>:function:<function>"}}"#,
    )
    .resources(KEY)
    .on("<keyarn>"),
    read(
        "GenerateDataKey",
        15,
        r#"{"keyId":"<keyarn>","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>"}}"#,
    )
    .resources(KEY)
    .on("<keyarn>"),
    read("Encrypt", 4, r#"{"keyId":"<keyarn>","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#).resources(KEY).on("<keyarn>"),
    read("DescribeKey", 6, r#"{"keyId":"<keyarn>"}"#).resources(KEY).on("<keyarn>"),
    read("ListAliases", 3, r#"{"limit":100}"#),
    write(
        "ScheduleKeyDeletion",
        1,
        r#"{"keyId":"<keyarn>","pendingWindowInDays":<int:7:30>}"#,
        r#"{"keyId":"<keyarn>","deletionDate":"<american>","keyState":"PendingDeletion","pendingWindowInDays":<int:7:30>}"#,
    )
    .resources(KEY)
    .on("<keyarn>"),
];

const SECRETS: &[Call] = &[
    read("GetSecretValue", 10, r#"{"secretId":"<secretarn>"}"#).on("<secretarn>"),
    read("DescribeSecret", 4, r#"{"secretId":"<secretarn>"}"#).on("<secretarn>"),
    read("ListSecrets", 2, r#"{"maxResults":100,"includePlannedDeletion":false,"filters":[]}"#),
    write(
        "PutSecretValue",
        1,
        r#"{"secretId":"<secretarn>","clientRequestToken":"<uuid>","versionStages":["AWSCURRENT"]}"#,
        r#"{"arn":"<secretarn>"}"#,
    )
    .resources(SECRET)
    .on("<secretarn>"),
];

const CLOUDTRAIL: &[Call] = &[
    read("LookupEvents", 6, r#"{"maxResults":50,"lookupAttributes":[{"attributeKey":"EventName","attributeValue":"ConsoleLogin"}]}"#),
    read("DescribeTrails", 5, r#"{"trailNameList":[],"includeShadowTrails":true}"#),
    read("GetTrailStatus", 4, r#"{"name":"<trailarn>"}"#),
    write(
        "StartQuery",
        1,
        r#"{"queryStatement":"SELECT eventName, count(*) FROM <uuid> WHERE errorCode <> '' GROUP BY 1\nORDER BY 2 DESC"}"#,
        r#"{"queryId":"<uuid#2>"}"#,
    )
    .resources(
        r#"[{"accountId":"<account>","type":"AWS::CloudTrail::EventDataStore","ARN":"arn:aws:cloudtrail:<region>:<account>:eventdatastore/<uuid>"}]"#,
    ),
    write(
        "PutEventSelectors",
        1,
        r#"{"trailName":"<trailarn>","advancedEventSelectors":[{"name":"S3 writes","fieldSelectors":[{"field":"eventCategory",
            "equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]},{"field":"readOnly","equals":["false"]}]}]}"#,
        r#"{"trailARN":"<trailarn>","advancedEventSelectors":[{"name":"S3 writes","fieldSelectors":[{"field":"eventCategory",
            "equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]},{"field":"readOnly","equals":["false"]}]}]}"#,
    ),
];

const GUARDDUTY: &[Call] = &[
    read("ListDetectors", 4, r#"{}"#),
    read(
        "ListFindings",
        4,
        r#"{"detectorId":"<hex:32>","findingCriteria":{"criterion":{"severity":{"gte":4}}},"maxResults":50}"#,
    ),
    write(
        "UpdateDetector",
        1,
        r#"{"detectorId":"<hex:32>","enable":true,"findingPublishingFrequency":"FIFTEEN_MINUTES"}"#,
        "null",
    ),
];

const ORGANIZATIONS: &[Call] = &[
    read("DescribeOrganization", 5, "null"),
    read("ListAccounts", 4, r#"{"maxResults":20}"#),
    read("ListPoliciesForTarget", 3, r#"{"targetId":"<account>","filter":"SERVICE_CONTROL_POLICY"}"#),
    write(
        "TagResource",
        1,
        r#"{"resourceId":"<account>","tags":[{"key":"cost-centre","value":"<int:100:999>"}]}"#,
        "null",
    ),
];

const CONFIG: &[Call] = &[
    read("DescribeConfigRules", 5, r#"{"configRuleNames":["<word>-rule"]}"#),
    read(
        "SelectResourceConfig",
        2,
        r#"{"expression":"SELECT resourceId WHERE resourceType = 'AWS::EC2::Instance'","limit":100}"#,
    ),
    write(
        "PutEvaluations",
        6,
        r#"{"resultToken":"<base64:120>","testMode":false,"evaluations":[{"complianceResourceType":"AWS::S3::Bucket",
            "complianceResourceId":"<bucket>","complianceType":"NON_COMPLIANT","annotation":"<text>",
            "orderingTimestamp":"<american>"}]}"#,
        r#"{"failedEvaluations":[]}"#,
    ),
];

/// What is called from single sign-on sessions only.
const SSO: &[Call] = &[
    read("ListAccounts", 4, "null"),
    read("ListAccountRoles", 3, r#"{"accountId":"<account>","maxResults":100}"#),
    read("GetRoleCredentials", 5, r#"{"accountId":"<account>","roleName":"<role>"}"#),
];

const DIRECTORY: &[Call] = &[
    read("DescribeDirectories", 3, r#"{"directoryIds":["d-<hex:10>"]}"#),
    read("DescribeTrusts", 1, r#"{"directoryId":"d-<hex:10>"}"#),
];

pub(super) const SERVICES: &[Service] = &[
    Service {
        source: "iam.amazonaws.com",
        api_version: "",
        global: true,
        weight: 10,
        calls: IAM,
        errors: &[
            ("NoSuchEntityException", "The role with name <role> cannot be found."),
            ("LimitExceededException", "Cannot exceed quota for PolicySize: 2048"),
        ],
    },
    Service {
        source: "sts.amazonaws.com",
        api_version: "",
        global: false,
        weight: 8,
        calls: STS,
        errors: &[(
            "ValidationException",
            "1 validation error detected: Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
        )],
    },
    Service {
        source: "kms.amazonaws.com",
        api_version: "",
        global: false,
        weight: 14,
        calls: KMS,
        errors: &[
            ("DisabledException", "<keyarn> is disabled."),
            (
                "ThrottlingException",
                "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
            ),
        ],
    },
    Service {
        source: "secretsmanager.amazonaws.com",
        api_version: "",
        global: false,
        weight: 5,
        calls: SECRETS,
        errors: &[("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")],
    },
    Service {
        source: "cloudtrail.amazonaws.com",
        api_version: "",
        global: false,
        weight: 3,
        calls: CLOUDTRAIL,
        errors: &[("TrailNotFoundException", "Unknown trail: <trailarn> for the user: <account>")],
    },
    Service {
        source: "guardduty.amazonaws.com",
        api_version: "",
        global: false,
        weight: 2,
        calls: GUARDDUTY,
        errors: &[(
            "BadRequestException",
            "The request is rejected because the input detectorId is not owned by the current account.",
        )],
    },
    Service {
        source: "organizations.amazonaws.com",
        api_version: "",
        global: true,
        weight: 2,
        calls: ORGANIZATIONS,
        errors: &[("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")],
    },
    Service {
        source: "config.amazonaws.com",
        api_version: "",
        global: false,
        weight: 3,
        calls: CONFIG,
        errors: &[("NoSuchConfigRuleException", "The ConfigRule '<word>-rule' provided in the request is invalid.")],
    },
    Service { source: "sso.amazonaws.com", api_version: "", global: false, weight: 0, calls: SSO, errors: &[] },
    Service { source: "ds.amazonaws.com", api_version: "", global: false, weight: 0, calls: DIRECTORY, errors: &[] },
];
