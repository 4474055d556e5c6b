-- activity-outside-regions: Activity outside the agreed Regions
-- Calls in Regions that are not on the list; global services are recorded in us-east-1.
-- tags: region residency sovereignty
-- param regions = us-east-1,eu-central-1: the agreed Regions, with commas between them
SELECT awsRegion, recipientAccountId, eventSource, count(*) AS calls, count(*) FILTER (WHERE NOT readOnly) AS changes,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE NOT contains(split(:regions, ','), awsRegion)
GROUP BY awsRegion, recipientAccountId, eventSource
ORDER BY changes DESC, calls DESC, awsRegion, eventSource;

-- outdated-tls: Calls with outdated TLS
-- Callers that still use TLS 1.0 or 1.1, by service and user agent.
-- tags: tls encryption network
SELECT tlsDetails.tlsVersion, eventSource, recipientAccountId, userIdentity.arn, userAgent, count(*) AS calls,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE tlsDetails.tlsVersion IN ('TLSv1', 'TLSv1.0', 'TLSv1.1')
GROUP BY tlsDetails.tlsVersion, eventSource, recipientAccountId, userIdentity.arn, userAgent
ORDER BY calls DESC, eventSource;

-- tls-versions: TLS versions in use
-- How many calls use which TLS version and cipher suite.
-- tags: tls encryption cipher network
SELECT tlsDetails.tlsVersion, tlsDetails.cipherSuite, count(*) AS calls, count(DISTINCT eventSource) AS services
FROM $EDS_ID
WHERE tlsDetails.tlsVersion IS NOT NULL
GROUP BY tlsDetails.tlsVersion, tlsDetails.cipherSuite
ORDER BY calls DESC, cipherSuite;

-- mfa-share-of-sign-ins: Share of console sign-ins with MFA
-- For each account, how many successful console sign-ins used MFA, in per cent.
-- tags: console sign-in mfa login cis
SELECT recipientAccountId, userIdentity.type, count(*) AS signIns,
       count(*) FILTER (WHERE element_at(additionalEventData, 'MFAUsed') = 'Yes') AS withMfa,
       100 * count(*) FILTER (WHERE element_at(additionalEventData, 'MFAUsed') = 'Yes') / count(*) AS percentWithMfa
FROM $EDS_ID
WHERE eventName = 'ConsoleLogin' AND element_at(responseElements, 'ConsoleLogin') = 'Success'
GROUP BY recipientAccountId, userIdentity.type
ORDER BY percentWithMfa, recipientAccountId, userIdentity.type;

-- object-encryption: How uploaded objects are encrypted
-- Uploads to each bucket by the encryption S3 answered with; none is shown as NULL.
-- tags: s3 bucket encryption kms
SELECT element_at(requestParameters, 'bucketName') AS bucketName,
       element_at(responseElements, 'x-amz-server-side-encryption') AS encryption, count(*) AS uploads,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventName IN ('PutObject', 'CopyObject', 'CreateMultipartUpload') AND errorCode IS NULL
GROUP BY element_at(requestParameters, 'bucketName'), element_at(responseElements, 'x-amz-server-side-encryption')
ORDER BY bucketName, uploads DESC;

-- unencrypted-storage-created: Volumes, snapshots and databases made without encryption
-- New storage whose request or answer says that it is not encrypted.
-- tags: ec2 rds ebs volume snapshot encryption
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       coalesce(element_at(responseElements, 'volumeId'), element_at(responseElements, 'snapshotId'),
                element_at(requestParameters, 'dBInstanceIdentifier'),
                element_at(requestParameters, 'dBClusterIdentifier')) AS storage, eventID
FROM $EDS_ID
WHERE errorCode IS NULL
  AND (eventName IN ('CreateVolume', 'CreateSnapshot', 'CopySnapshot')
       AND element_at(responseElements, 'encrypted') = 'false'
    OR eventName IN ('CreateDBInstance', 'CreateDBCluster')
       AND coalesce(element_at(responseElements, 'storageEncrypted'), 'false') = 'false')
ORDER BY eventTime;

-- public-databases: Databases reachable from the internet
-- Database instances that were created or changed to be publicly accessible.
-- tags: rds database public exposure
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       element_at(requestParameters, 'dBInstanceIdentifier') AS dBInstanceIdentifier,
       element_at(requestParameters, 'engine') AS engine, eventID
FROM $EDS_ID
WHERE eventSource = 'rds.amazonaws.com' AND eventName IN ('CreateDBInstance', 'ModifyDBInstance') AND errorCode IS NULL
  AND element_at(requestParameters, 'publiclyAccessible') = 'true'
ORDER BY eventTime;

-- policy-changes: Changes of IAM policies
-- Everything that changes what somebody may do: policies made, changed, attached and detached.
-- tags: iam policy audit cis
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn AS changedBy,
       coalesce(element_at(requestParameters, 'policyArn'), element_at(requestParameters, 'policyName')) AS policy,
       coalesce(element_at(requestParameters, 'userName'), element_at(requestParameters, 'roleName'),
                element_at(requestParameters, 'groupName')) AS target, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'iam.amazonaws.com'
  AND regexp_like(eventName, '^(Attach|Detach|Put|Delete|Create|SetDefault)[A-Za-z]*Policy(Version)?$')
ORDER BY eventTime;

-- password-policy-changes: Changes of the password policy and account settings
-- Who changed or removed an account's password policy, alias or contacts.
-- tags: iam password account audit cis
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn, requestParameters, sourceIPAddress, errorCode, eventID
FROM $EDS_ID
WHERE eventName IN ('UpdateAccountPasswordPolicy', 'DeleteAccountPasswordPolicy', 'CreateAccountAlias',
                    'DeleteAccountAlias', 'PutAlternateContact', 'DeleteAlternateContact', 'PutContactInformation')
ORDER BY eventTime;

-- config-rule-evaluations: Results of Config rules
-- The evaluations that rules reported to AWS Config, by rule and result.
-- tags: config rule evaluation audit
SELECT element_at(additionalEventData, 'configRuleName') AS rule,
       json_extract_scalar(evaluation, '$.complianceType') AS result,
       json_extract_scalar(evaluation, '$.complianceResourceType') AS resourceType, count(*) AS evaluations,
       max(eventTime) AS lastTime
FROM $EDS_ID
CROSS JOIN UNNEST(CAST(json_parse(element_at(requestParameters, 'evaluations')) AS array(json))) AS t(evaluation)
WHERE eventName = 'PutEvaluations'
GROUP BY element_at(additionalEventData, 'configRuleName'), json_extract_scalar(evaluation, '$.complianceType'),
         json_extract_scalar(evaluation, '$.complianceResourceType')
ORDER BY evaluations DESC, rule, result, resourceType;

-- log-retention-changes: Changes of how long logs are kept
-- Retention and deletion of CloudWatch log groups, and life cycles of buckets.
-- tags: logs s3 retention audit
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'logGroupName'), element_at(requestParameters, 'bucketName')) AS target,
       element_at(requestParameters, 'retentionInDays') AS days, errorCode, eventID
FROM $EDS_ID
WHERE eventName IN ('PutRetentionPolicy', 'DeleteRetentionPolicy', 'DeleteLogGroup', 'PutBucketLifecycle',
                    'DeleteBucketLifecycle')
ORDER BY eventTime;

-- key-rotation: Rotation of encryption keys
-- KMS keys that were rotated, and rotation that was switched on or off.
-- tags: kms key rotation encryption cis
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'keyId'), element_at(resources, 1).arn) AS keyId, eventType, eventID
FROM $EDS_ID
WHERE eventSource = 'kms.amazonaws.com'
  AND eventName IN ('RotateKey', 'RotateKeyOnDemand', 'EnableKeyRotation', 'DisableKeyRotation')
ORDER BY eventTime;

-- long-lived-access-keys: Long-lived access keys in use
-- Keys of users rather than of sessions, with their owner, first and last use, and number of addresses.
-- tags: iam access-key credential audit cis
SELECT userIdentity.accessKeyId, max(userIdentity.arn) AS owner, count(*) AS calls,
       count(DISTINCT sourceIPAddress) AS addresses, min(eventTime) AS firstTime, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE userIdentity.accessKeyId LIKE 'AKIA%'
GROUP BY userIdentity.accessKeyId
ORDER BY calls DESC, userIdentity.accessKeyId;

-- identity-types: Who acts, by kind of identity
-- How many calls and changes come from users, roles, root, services and other accounts.
-- tags: identity audit overview
SELECT coalesce(userIdentity.type, 'none') AS identityType, count(*) AS calls,
       count(*) FILTER (WHERE NOT readOnly) AS changes, count(errorCode) AS failed,
       count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
GROUP BY userIdentity.type
ORDER BY calls DESC;

-- federated-sign-ins: Sessions by identity provider
-- Sessions opened with SAML or web identity, by provider and role.
-- tags: sts federation saml oidc sso
SELECT eventName, coalesce(userIdentity.identityProvider, element_at(requestParameters, 'principalArn')) AS provider,
       element_at(requestParameters, 'roleArn') AS roleArn, count(*) AS sessions,
       count(DISTINCT userIdentity.userName) AS users, count(errorCode) AS failed, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventName IN ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity')
GROUP BY eventName, coalesce(userIdentity.identityProvider, element_at(requestParameters, 'principalArn')),
         element_at(requestParameters, 'roleArn')
ORDER BY sessions DESC, provider, roleArn;
