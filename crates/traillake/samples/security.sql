-- console-sign-in-without-mfa: Console sign-ins without MFA
-- Every sign-in to the console, failed ones too, for which no MFA device was used.
-- tags: console sign-in mfa login cis
SELECT eventTime, recipientAccountId, userIdentity.type, userIdentity.userName, sourceIPAddress,
       element_at(responseElements, 'ConsoleLogin') AS outcome, errorMessage, eventID
FROM $EDS_ID
WHERE eventName = 'ConsoleLogin' AND element_at(additionalEventData, 'MFAUsed') = 'No'
ORDER BY eventTime;

-- console-sign-in-failures: Failed console sign-ins by address
-- Which addresses failed to sign in, for how many user names, and whether one of them got in afterwards.
-- tags: console sign-in login brute-force password
-- param failures = 2: addresses with fewer failures are left out
SELECT sourceIPAddress,
       count(*) FILTER (WHERE element_at(responseElements, 'ConsoleLogin') = 'Failure') AS failures,
       count(DISTINCT userIdentity.userName) AS userNames,
       count(*) FILTER (WHERE element_at(responseElements, 'ConsoleLogin') = 'Success') AS successes,
       min(eventTime) AS firstTime, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventName = 'ConsoleLogin'
GROUP BY sourceIPAddress
HAVING count(*) FILTER (WHERE element_at(responseElements, 'ConsoleLogin') = 'Failure') >= CAST(:failures AS bigint)
ORDER BY failures DESC, sourceIPAddress;

-- root-activity: What the root user did
-- Actions of root users by their own credentials; actions that services take for them are left out.
-- tags: root cis privileged
SELECT eventTime, recipientAccountId, eventSource, eventName, awsRegion, sourceIPAddress, userAgent, errorCode, eventID
FROM $EDS_ID
WHERE userIdentity.type = 'Root' AND userIdentity.invokedBy IS NULL AND eventType <> 'AwsServiceEvent'
ORDER BY eventTime, eventID;

-- access-denied-bursts: Credentials that are denied over and over
-- Access keys with many denied calls from one address within one hour: somebody tries what they may do.
-- tags: denied unauthorized discovery enumeration
-- param denials = 10: how many denied calls in an hour make a burst
SELECT userIdentity.accessKeyId, userIdentity.arn, sourceIPAddress, date_trunc('hour', eventTime) AS hour,
       count(*) AS denials, count(DISTINCT eventName) AS actions
FROM $EDS_ID
WHERE errorCode LIKE '%AccessDenied%' OR errorCode LIKE '%Unauthorized%' OR errorCode = 'AuthorizationError'
GROUP BY userIdentity.accessKeyId, userIdentity.arn, sourceIPAddress, date_trunc('hour', eventTime)
HAVING count(*) >= CAST(:denials AS bigint)
ORDER BY denials DESC, hour;

-- open-security-groups: Security groups opened to the world
-- Inbound rules for 0.0.0.0/0 or ::/0 that were added to security groups.
-- tags: ec2 network security-group public exposure cis
SELECT eventTime, recipientAccountId, awsRegion, userIdentity.arn, element_at(requestParameters, 'groupId') AS groupId,
       element_at(requestParameters, 'ipPermissions') AS permissions, eventID
FROM $EDS_ID
WHERE eventName = 'AuthorizeSecurityGroupIngress' AND errorCode IS NULL
  AND (element_at(requestParameters, 'ipPermissions') LIKE '%0.0.0.0/0%'
    OR element_at(requestParameters, 'ipPermissions') LIKE '%::/0%')
ORDER BY eventTime;

-- public-bucket-policies: Bucket policies that allow everybody
-- Policies put on S3 buckets with a statement that allows any principal.
-- tags: s3 bucket public exposure policy
SELECT eventTime, recipientAccountId, userIdentity.arn, element_at(requestParameters, 'bucketName') AS bucketName,
       json_extract(element_at(requestParameters, 'bucketPolicy'), '$.Statement') AS statements, eventID
FROM $EDS_ID
WHERE eventName = 'PutBucketPolicy' AND errorCode IS NULL
  AND any_match(
    TRY_CAST(json_extract(element_at(requestParameters, 'bucketPolicy'), '$.Statement') AS array(json)),
    statement -> json_extract_scalar(statement, '$.Effect') = 'Allow'
      AND '*' IN (json_extract_scalar(statement, '$.Principal'), json_extract_scalar(statement, '$.Principal.AWS')))
ORDER BY eventTime;

-- public-bucket-acls: Bucket and object ACLs that allow everybody
-- ACLs that give access to all users or to all authenticated users, in the request or by a canned ACL.
-- tags: s3 bucket public exposure acl
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn,
       element_at(requestParameters, 'bucketName') AS bucketName,
       coalesce(element_at(requestParameters, 'x-amz-acl'), element_at(requestParameters, 'AccessControlPolicy')) AS acl,
       eventID
FROM $EDS_ID
WHERE eventName IN ('PutBucketAcl', 'PutObjectAcl', 'CreateBucket') AND errorCode IS NULL
  AND (element_at(requestParameters, 'x-amz-acl') LIKE '%public-%'
    OR element_at(requestParameters, 'AccessControlPolicy') LIKE '%/groups/global/%')
ORDER BY eventTime;

-- bucket-protection-removed: Protection taken away from buckets
-- Public access blocks, encryption, policies, versioning and logging of S3 buckets that were removed or weakened.
-- tags: s3 bucket public exposure encryption
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn,
       element_at(requestParameters, 'bucketName') AS bucketName, sourceIPAddress, eventID
FROM $EDS_ID
WHERE eventSource = 's3.amazonaws.com' AND errorCode IS NULL
  AND (eventName IN ('DeleteBucketPublicAccessBlock', 'DeleteAccountPublicAccessBlock', 'DeleteBucketEncryption',
                     'DeleteBucketPolicy', 'DeleteBucketOwnershipControls')
    OR eventName = 'PutBucketPublicAccessBlock'
       AND element_at(requestParameters, 'PublicAccessBlockConfiguration') LIKE '%false%'
    OR eventName = 'PutBucketVersioning'
       AND json_extract_scalar(element_at(requestParameters, 'VersioningConfiguration'), '$.Status') = 'Suspended')
ORDER BY eventTime;

-- logging-disabled: Logging and detection switched off
-- Trails, event data stores, flow logs, AWS Config, GuardDuty and Security Hub stopped, changed or deleted.
-- tags: cloudtrail guardduty config evasion defense cis
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName, userIdentity.arn, sourceIPAddress,
       coalesce(element_at(requestParameters, 'name'), element_at(requestParameters, 'trailName')) AS target,
       errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'cloudtrail.amazonaws.com'
      AND eventName IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeleteEventDataStore',
                        'StopEventDataStoreIngestion', 'UpdateEventDataStore')
   OR eventSource = 'config.amazonaws.com'
      AND eventName IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel')
   OR eventSource = 'guardduty.amazonaws.com'
      AND eventName IN ('DeleteDetector', 'UpdateDetector', 'DisassociateFromMasterAccount', 'CreateFilter')
   OR eventSource = 'securityhub.amazonaws.com' AND eventName IN ('DisableSecurityHub', 'BatchDisableStandards')
   OR eventSource = 'ec2.amazonaws.com' AND eventName = 'DeleteFlowLogs'
   OR eventSource = 'logs.amazonaws.com' AND eventName IN ('DeleteLogGroup', 'DeleteLogStream')
ORDER BY eventTime;

-- administrator-policies-granted: Administrator rights given away
-- Managed policies with full rights that were attached to a user, group or role.
-- tags: iam privilege-escalation policy administrator
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn AS grantedBy, sourceIPAddress,
       coalesce(element_at(requestParameters, 'userName'), element_at(requestParameters, 'roleName'),
                element_at(requestParameters, 'groupName')) AS grantedTo,
       element_at(requestParameters, 'policyArn') AS policyArn, eventID
FROM $EDS_ID
WHERE eventName IN ('AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy') AND errorCode IS NULL
  AND (element_at(requestParameters, 'policyArn') LIKE '%:policy/AdministratorAccess'
    OR element_at(requestParameters, 'policyArn') LIKE '%:policy/PowerUserAccess'
    OR element_at(requestParameters, 'policyArn') LIKE '%:policy/IAMFullAccess')
ORDER BY eventTime;

-- inline-policies-with-wildcards: Inline policies that allow everything
-- Policies written into users, groups and roles whose statements allow all actions.
-- tags: iam privilege-escalation policy wildcard
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn AS writtenBy,
       coalesce(element_at(requestParameters, 'userName'), element_at(requestParameters, 'roleName'),
                element_at(requestParameters, 'groupName')) AS target,
       element_at(requestParameters, 'policyDocument') AS policyDocument, eventID
FROM $EDS_ID
WHERE eventName IN ('PutUserPolicy', 'PutRolePolicy', 'PutGroupPolicy', 'CreatePolicy', 'CreatePolicyVersion')
  AND errorCode IS NULL
  AND regexp_like(element_at(requestParameters, 'policyDocument'), '"Action"\s*:\s*(\[\s*)?"\*"')
ORDER BY eventTime;

-- users-and-keys-created: New users, access keys and passwords
-- What lets somebody come back later: users, access keys, console passwords, and who made them.
-- tags: iam persistence user access-key
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn AS madeBy, sourceIPAddress,
       element_at(requestParameters, 'userName') AS userName,
       json_extract_scalar(element_at(responseElements, 'accessKey'), '$.accessKeyId') AS accessKeyId, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'iam.amazonaws.com'
  AND eventName IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'UpdateAccessKey')
ORDER BY eventTime;

-- access-keys-used-at-once: Access keys used minutes after they were made
-- A key that is used right after it was made, often from elsewhere, was made to be used by somebody else.
-- tags: iam persistence access-key privilege-escalation
-- param minutes = 10: how soon after its creation a key is used
SELECT made.userIdentity.arn AS madeBy, element_at(made.requestParameters, 'userName') AS userName,
       used.userIdentity.accessKeyId, made.eventTime AS madeAt, used.eventTime AS usedAt, used.eventName,
       used.sourceIPAddress, used.eventID
FROM $EDS_ID made
JOIN $EDS_ID used
  ON used.userIdentity.accessKeyId = json_extract_scalar(element_at(made.responseElements, 'accessKey'), '$.accessKeyId')
WHERE made.eventName = 'CreateAccessKey'
  AND date_diff('second', made.eventTime, used.eventTime) BETWEEN 0 AND 60 * CAST(:minutes AS bigint)
ORDER BY used.eventTime;

-- access-keys-at-several-addresses: Access keys used from several addresses
-- Long-lived keys of users that turn up at more than one address: one of them may be in other hands.
-- tags: access-key leak credential theft address
SELECT userIdentity.accessKeyId, max(userIdentity.arn) AS owner, count(DISTINCT sourceIPAddress) AS addresses,
       array_join(array_sort(array_agg(DISTINCT sourceIPAddress)), ', ') AS usedFrom, count(*) AS calls,
       min(eventTime) AS firstTime, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE userIdentity.accessKeyId LIKE 'AKIA%' AND userIdentity.invokedBy IS NULL
GROUP BY userIdentity.accessKeyId
HAVING count(DISTINCT sourceIPAddress) > 1
ORDER BY addresses DESC, userIdentity.accessKeyId;

-- instance-credentials-outside: Credentials of instances used from outside
-- Sessions of EC2 instances whose credentials were used from a public address: they may have been taken away.
-- tags: ec2 instance role credential theft ssrf
SELECT userIdentity.principalId, userIdentity.sessionContext.sessionIssuer.userName AS role, sourceIPAddress,
       count(*) AS calls, count(errorCode) AS failed, min(eventTime) AS firstTime, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE userIdentity.type = 'AssumedRole' AND regexp_like(userIdentity.principalId, ':i-[0-9a-f]+$')
  AND regexp_like(sourceIPAddress, '^[0-9.]+$|:')
  AND NOT regexp_like(sourceIPAddress, '^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|f[cd])')
GROUP BY userIdentity.principalId, userIdentity.sessionContext.sessionIssuer.userName, sourceIPAddress
ORDER BY calls DESC, userIdentity.principalId;

-- mfa-devices-changed: MFA devices removed or replaced
-- Who deactivated, deleted or enrolled an MFA device, and for whom.
-- tags: iam mfa persistence cis
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn AS changedBy,
       element_at(requestParameters, 'userName') AS userName, element_at(requestParameters, 'serialNumber') AS device,
       sourceIPAddress, errorCode, eventID
FROM $EDS_ID
WHERE eventName IN ('DeactivateMFADevice', 'DeleteVirtualMFADevice', 'EnableMFADevice', 'CreateVirtualMFADevice',
                    'ResyncMFADevice')
ORDER BY eventTime;

-- cross-account-role-assumptions: Roles assumed from other accounts
-- Which accounts take on roles of ours, how often, and since when.
-- tags: sts role cross-account third-party
SELECT userIdentity.accountId AS callerAccount, recipientAccountId AS roleAccount,
       element_at(requestParameters, 'roleArn') AS roleArn, count(*) AS calls, count(errorCode) AS failed,
       min(eventTime) AS firstTime, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventSource = 'sts.amazonaws.com' AND eventName = 'AssumeRole'
  AND userIdentity.accountId IS NOT NULL AND userIdentity.accountId <> recipientAccountId
GROUP BY userIdentity.accountId, recipientAccountId, element_at(requestParameters, 'roleArn')
ORDER BY calls DESC, callerAccount, roleArn;

-- secrets-read: Who read secrets and parameters
-- Readers of Secrets Manager secrets and Parameter Store parameters, and how many different ones each read.
-- tags: secretsmanager ssm secret credential
SELECT userIdentity.arn, eventSource, count(*) AS reads,
       count(DISTINCT coalesce(element_at(requestParameters, 'secretId'), element_at(requestParameters, 'name'))) AS secrets,
       count(errorCode) AS failed, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventName IN ('GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath')
GROUP BY userIdentity.arn, eventSource
ORDER BY reads DESC, userIdentity.arn;

-- keys-scheduled-for-deletion: Encryption keys disabled or scheduled for deletion
-- Data under a deleted key is lost: who disabled a KMS key or scheduled its deletion.
-- tags: kms key ransomware destruction cis
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'keyId'), element_at(resources, 1).arn) AS keyId,
       element_at(requestParameters, 'pendingWindowInDays') AS days, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'kms.amazonaws.com'
  AND eventName IN ('ScheduleKeyDeletion', 'DisableKey', 'DeleteImportedKeyMaterial', 'DisableKeyRotation')
ORDER BY eventTime;

-- discovery-sweeps: Callers that look around
-- Credentials that list and describe many different things within one hour.
-- tags: discovery reconnaissance enumeration
-- param actions = 15: how many different reading actions in an hour make a sweep
SELECT userIdentity.arn, userIdentity.accessKeyId, sourceIPAddress, date_trunc('hour', eventTime) AS hour,
       count(DISTINCT eventName) AS actions, count(DISTINCT eventSource) AS services, count(*) AS calls,
       count(errorCode) AS failed
FROM $EDS_ID
WHERE regexp_like(eventName, '^(List|Describe|Get)') AND userIdentity.invokedBy IS NULL
GROUP BY userIdentity.arn, userIdentity.accessKeyId, sourceIPAddress, date_trunc('hour', eventTime)
HAVING count(DISTINCT eventName) >= CAST(:actions AS bigint)
ORDER BY actions DESC, hour;

-- shared-snapshots-and-images: Snapshots and images shared with others
-- Snapshots, images and database snapshots that were opened to all or to other accounts.
-- tags: ec2 rds snapshot image exfiltration public exposure
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'snapshotId'), element_at(requestParameters, 'imageId'),
                element_at(requestParameters, 'dBSnapshotIdentifier')) AS shared,
       coalesce(element_at(requestParameters, 'createVolumePermission'),
                element_at(requestParameters, 'launchPermission'),
                element_at(requestParameters, 'valuesToAdd')) AS sharedWith,
       errorCode, eventID
FROM $EDS_ID
WHERE eventName IN ('ModifySnapshotAttribute', 'ModifyImageAttribute', 'ModifyDBSnapshotAttribute',
                    'ModifyDBClusterSnapshotAttribute')
ORDER BY eventTime;

-- endpoint-policy-denials: Calls denied by VPC endpoint policies
-- Network activity that a VPC endpoint's policy refused, by endpoint, caller and action.
-- tags: vpc endpoint network-activity denied exfiltration
SELECT vpcEndpointId, vpcEndpointAccountId, userIdentity.accountId, userIdentity.arn, eventSource, eventName,
       count(*) AS denials, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventCategory = 'NetworkActivity' AND errorCode = 'VpceAccessDenied'
GROUP BY vpcEndpointId, vpcEndpointAccountId, userIdentity.accountId, userIdentity.arn, eventSource, eventName
ORDER BY denials DESC, lastTime;
