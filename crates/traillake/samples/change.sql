-- latest-changes: The latest changes
-- The fifty latest successful calls that changed something.
-- tags: change audit overview
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName,
       coalesce(userIdentity.arn, userIdentity.invokedBy) AS changedBy, element_at(resources, 1).arn AS resource, eventID
FROM $EDS_ID
WHERE NOT readOnly AND managementEvent AND errorCode IS NULL
ORDER BY eventTime DESC, eventID
LIMIT 50;

-- changes-by-day: Changes by day and service
-- How much was changed on each day, by service.
-- tags: change trend audit
SELECT date(eventTime) AS day, eventSource, count(*) AS changes,
       count(DISTINCT coalesce(userIdentity.arn, userIdentity.invokedBy)) AS callers
FROM $EDS_ID
WHERE NOT readOnly AND managementEvent AND errorCode IS NULL
GROUP BY date(eventTime), eventSource
ORDER BY day, changes DESC, eventSource;

-- changes-by-caller: Changes by caller
-- Who changes most, and with which actions.
-- tags: change audit caller
SELECT coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, userIdentity.invokedBy) AS changedBy,
       count(*) AS changes, array_join(slice(array_sort(array_agg(DISTINCT eventName)), 1, 8), ', ') AS actions,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE NOT readOnly AND managementEvent AND errorCode IS NULL
GROUP BY coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, userIdentity.invokedBy)
ORDER BY changes DESC, changedBy;

-- console-changes: Changes made by hand in the console
-- Changes with credentials of a console session: nobody will find them in a template or pipeline.
-- tags: change console manual drift
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName, userIdentity.arn,
       element_at(resources, 1).arn AS resource, eventID
FROM $EDS_ID
WHERE sessionCredentialFromConsole = 'true' AND NOT readOnly AND errorCode IS NULL
ORDER BY eventTime;

-- created-outside-stacks: Resources created outside CloudFormation
-- Creating calls that neither CloudFormation nor a service made.
-- tags: change manual drift cloudformation inventory
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName, userIdentity.arn, userAgent, eventID
FROM $EDS_ID
WHERE regexp_like(eventName, '^(Create|Run|Allocate|Register)') AND NOT readOnly AND managementEvent
  AND errorCode IS NULL AND userIdentity.invokedBy IS NULL
  AND sourceIPAddress NOT LIKE '%.amazonaws.com'
ORDER BY eventTime;

-- resources-deleted: What was deleted
-- Successful deleting calls with the resource they name.
-- tags: change delete destruction audit
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName,
       coalesce(userIdentity.arn, userIdentity.invokedBy) AS deletedBy,
       coalesce(element_at(resources, 1).arn, element_at(requestParameters, 'bucketName'),
                element_at(requestParameters, 'name'), element_at(requestParameters, 'stackName'),
                element_at(requestParameters, 'instancesSet')) AS deleted, eventID
FROM $EDS_ID
WHERE regexp_like(eventName, '^(Delete|Terminate|Release|Deregister|Remove)') AND managementEvent AND errorCode IS NULL
ORDER BY eventTime;

-- bucket-changes: Changes of bucket settings
-- Policies, ACLs, encryption, life cycle, tags and public access of S3 buckets, oldest first for each bucket.
-- tags: s3 bucket change history
-- param bucket = %: the bucket, with % for any text
SELECT element_at(requestParameters, 'bucketName') AS bucketName, eventTime, eventName, userIdentity.arn, sourceIPAddress,
       errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 's3.amazonaws.com' AND managementEvent AND NOT readOnly
  AND element_at(requestParameters, 'bucketName') LIKE :bucket
ORDER BY bucketName, eventTime;

-- security-group-changes: Changes of security groups
-- Rules added and removed, groups made and deleted, with the rules of each call.
-- tags: ec2 network security-group change history cis
-- param group = %: the id of the group, with % for any text
SELECT coalesce(element_at(requestParameters, 'groupId'), element_at(responseElements, 'groupId')) AS groupId, eventTime,
       recipientAccountId, awsRegion, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'ipPermissions'),
                element_at(requestParameters, 'ModifySecurityGroupRulesRequest')) AS rules, errorCode, eventID
FROM $EDS_ID
WHERE eventName IN ('AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupIngress',
                    'RevokeSecurityGroupEgress', 'ModifySecurityGroupRules', 'CreateSecurityGroup', 'DeleteSecurityGroup')
  AND coalesce(element_at(requestParameters, 'groupId'), element_at(responseElements, 'groupId'), '') LIKE :group
ORDER BY groupId, eventTime;

-- network-changes: Changes of networks
-- VPCs, subnets, route tables, gateways, peering and network ACLs that were made, changed or deleted.
-- tags: ec2 vpc network route gateway change cis
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       element_at(requestParameters, 'vpcId') AS vpcId, requestParameters, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'ec2.amazonaws.com' AND NOT readOnly
  AND regexp_like(eventName, 'Vpc|Subnet|Route|Gateway|NetworkAcl|TransitGateway|NetworkInterface')
ORDER BY eventTime;

-- iam-changes: Changes of identities
-- Users, groups, roles and their memberships that were made, changed or deleted.
-- tags: iam change user role group audit
SELECT eventTime, recipientAccountId, eventName, userIdentity.arn AS changedBy,
       coalesce(element_at(requestParameters, 'userName'), element_at(requestParameters, 'roleName'),
                element_at(requestParameters, 'groupName')) AS identity, sourceIPAddress, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'iam.amazonaws.com' AND NOT readOnly
ORDER BY eventTime;

-- instances-launched: Instances launched
-- Launched EC2 instances, one row for each, with type, image and who launched it.
-- tags: ec2 instance change inventory cost
SELECT eventTime, recipientAccountId, awsRegion, userIdentity.arn AS launchedBy,
       json_extract_scalar(instance, '$.instanceId') AS instanceId,
       json_extract_scalar(instance, '$.instanceType') AS instanceType,
       json_extract_scalar(instance, '$.imageId') AS imageId, eventID
FROM $EDS_ID
CROSS JOIN UNNEST(
  CAST(json_extract(element_at(responseElements, 'instancesSet'), '$.items') AS array(json))) AS t(instance)
WHERE eventName = 'RunInstances' AND errorCode IS NULL
ORDER BY eventTime, instanceId;

-- instances-stopped: Instances stopped and terminated
-- Who stopped or terminated which EC2 instances.
-- tags: ec2 instance change destruction
SELECT eventTime, recipientAccountId, awsRegion, eventName, coalesce(userIdentity.arn, userIdentity.invokedBy) AS stoppedBy,
       json_extract_scalar(instance, '$.instanceId') AS instanceId, errorCode, eventID
FROM $EDS_ID
CROSS JOIN UNNEST(
  CAST(json_extract(element_at(requestParameters, 'instancesSet'), '$.items') AS array(json))) AS t(instance)
WHERE eventName IN ('StopInstances', 'TerminateInstances')
ORDER BY eventTime, instanceId;

-- tag-changes: Changes of tags
-- Tags set and removed on EC2 resources, buckets, roles and users.
-- tags: tag change inventory cost
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'resourcesSet'), element_at(requestParameters, 'bucketName'),
                element_at(requestParameters, 'roleName'), element_at(requestParameters, 'userName')) AS target,
       coalesce(element_at(requestParameters, 'tagSet'), element_at(requestParameters, 'Tagging'),
                element_at(requestParameters, 'tags')) AS tags, errorCode, eventID
FROM $EDS_ID
WHERE regexp_like(eventName, '^(Create|Delete)Tags$|^(Tag|Untag)|Tagging$') AND NOT readOnly
ORDER BY eventTime;

-- function-updates: Changes of Lambda functions
-- Code, settings and permissions of Lambda functions that were changed.
-- tags: lambda function change deployment
SELECT eventTime, recipientAccountId, awsRegion, eventName, userIdentity.arn,
       element_at(requestParameters, 'functionName') AS functionName, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'lambda.amazonaws.com' AND NOT readOnly AND managementEvent
ORDER BY eventTime;

-- database-changes: Changes of databases
-- RDS instances, clusters and snapshots that were made, changed, restarted or deleted.
-- tags: rds database change history
SELECT eventTime, recipientAccountId, awsRegion, eventName, coalesce(userIdentity.arn, userIdentity.invokedBy) AS changedBy,
       coalesce(element_at(requestParameters, 'dBInstanceIdentifier'), element_at(requestParameters, 'dBClusterIdentifier'),
                element_at(requestParameters, 'dBSnapshotIdentifier')) AS target, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'rds.amazonaws.com' AND NOT readOnly
ORDER BY eventTime;

-- stack-operations: Operations on CloudFormation stacks
-- Stacks that were created, updated and deleted, and how each call ended.
-- tags: cloudformation stack change deployment
SELECT eventTime, recipientAccountId, awsRegion, eventName, coalesce(userIdentity.arn, userIdentity.invokedBy) AS calledBy,
       element_at(requestParameters, 'stackName') AS stackName, errorCode, eventID
FROM $EDS_ID
WHERE eventSource = 'cloudformation.amazonaws.com' AND NOT readOnly
ORDER BY eventTime;

-- resource-history: The history of a resource
-- Every change of the resources whose ARN is like the one given, oldest first.
-- tags: change history resource arn timeline
-- param resource = arn:aws:kms:%: the ARN of the resource, with % for any text
SELECT r.arn AS resource, eventTime, eventSource, eventName, coalesce(userIdentity.arn, userIdentity.invokedBy) AS changedBy,
       sourceIPAddress, errorCode, eventID
FROM $EDS_ID
CROSS JOIN UNNEST(resources) AS r(accountId, type, arn, arnPrefix)
WHERE NOT readOnly AND r.arn LIKE :resource
ORDER BY eventTime, eventID;
