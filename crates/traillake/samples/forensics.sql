-- access-key-timeline: Everything an access key did
-- The calls of one access key, oldest first.
-- tags: timeline access-key credential incident
-- param access_key = AKIA%: the access key, with % for any text
SELECT eventTime, userIdentity.accessKeyId, userIdentity.arn, sourceIPAddress, awsRegion, eventSource, eventName, errorCode,
       coalesce(element_at(requestParameters, 'bucketName'), element_at(resources, 1).arn) AS target, eventID
FROM $EDS_ID
WHERE userIdentity.accessKeyId LIKE :access_key
ORDER BY eventTime, eventID;

-- address-timeline: Everything that came from an address
-- The calls from one address, oldest first.
-- tags: timeline address ip incident
-- param address = 203.0.113.%: the address, with % for any text
SELECT eventTime, sourceIPAddress, recipientAccountId, userIdentity.arn, userIdentity.accessKeyId, awsRegion, eventSource,
       eventName, errorCode, eventID
FROM $EDS_ID
WHERE sourceIPAddress LIKE :address
ORDER BY eventTime, eventID;

-- network-timeline: Everything that came from a network
-- The calls from the addresses of one network, by address and caller.
-- tags: timeline address ip cidr network incident
-- param network = 203.0.113.0/24: the network in CIDR notation
SELECT sourceIPAddress, coalesce(userIdentity.arn, userIdentity.userName) AS caller, count(*) AS calls,
       count(DISTINCT eventName) AS actions, count(errorCode) AS failed, min(eventTime) AS firstTime,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE contains(CAST(:network AS varchar), TRY_CAST(sourceIPAddress AS ipaddress))
GROUP BY sourceIPAddress, coalesce(userIdentity.arn, userIdentity.userName)
ORDER BY firstTime, caller;

-- principal-timeline: Everything a principal did
-- The calls of a user or of the sessions of a role, oldest first.
-- tags: timeline principal user role incident
-- param principal = arn:aws:iam::%:user/%: the ARN of the user or role, with % for any text
SELECT eventTime, userIdentity.arn, userIdentity.accessKeyId, sourceIPAddress, awsRegion, eventSource, eventName, errorCode,
       eventID
FROM $EDS_ID
WHERE userIdentity.arn LIKE :principal OR userIdentity.sessionContext.sessionIssuer.arn LIKE :principal
ORDER BY eventTime, eventID;

-- event-by-id: One event, whole
-- The event of an id as it was delivered, with the checksum of its text.
-- tags: event evidence json
-- param event_id = %: the eventID, with % for any text
SELECT eventTime, eventID, eventName, eventJson, eventJsonChecksum
FROM $EDS_ID
WHERE eventID LIKE :event_id
ORDER BY eventTime, eventID
LIMIT 10;

-- session-chains: Who opened which session, and what it did
-- Sessions whose key was issued by AssumeRole, with the caller who opened them and the calls they made.
-- tags: sts session role chain lateral-movement
WITH opened AS (
  SELECT coalesce(userIdentity.arn, userIdentity.userName, userIdentity.invokedBy, userIdentity.principalId) AS openedBy,
         element_at(requestParameters, 'roleArn') AS roleArn, sourceIPAddress AS openedFrom, eventTime AS openedAt,
         json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId') AS accessKeyId
  FROM $EDS_ID
  WHERE eventSource = 'sts.amazonaws.com' AND eventName LIKE 'AssumeRole%' AND errorCode IS NULL
)
SELECT opened.openedBy, opened.roleArn, opened.accessKeyId, opened.openedAt, opened.openedFrom, count(*) AS calls,
       count(DISTINCT used.eventName) AS actions, count(DISTINCT used.sourceIPAddress) AS addresses,
       count(used.errorCode) AS failed, max(used.eventTime) AS lastTime
FROM opened
JOIN $EDS_ID used ON used.userIdentity.accessKeyId = opened.accessKeyId
GROUP BY opened.openedBy, opened.roleArn, opened.accessKeyId, opened.openedAt, opened.openedFrom
ORDER BY calls DESC, opened.accessKeyId;

-- role-users: Who assumed a role
-- The callers that assumed a role, from where, and when first and last.
-- tags: sts role session incident
-- param role = %: the ARN of the role, with % for any text
SELECT element_at(requestParameters, 'roleArn') AS roleArn,
       coalesce(userIdentity.arn, userIdentity.userName, userIdentity.invokedBy, userIdentity.principalId) AS caller,
       sourceIPAddress, count(*) AS sessions, count(errorCode) AS failed, min(eventTime) AS firstTime,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventName LIKE 'AssumeRole%' AND element_at(requestParameters, 'roleArn') LIKE :role
GROUP BY element_at(requestParameters, 'roleArn'),
         coalesce(userIdentity.arn, userIdentity.userName, userIdentity.invokedBy, userIdentity.principalId), sourceIPAddress
ORDER BY sessions DESC, roleArn, caller, sourceIPAddress;

-- bucket-readers: Who read from a bucket
-- Callers that fetched objects of a bucket: how many objects and bytes, from where, and when.
-- tags: s3 bucket object exfiltration data incident
-- param bucket = %: the bucket, with % for any text
SELECT element_at(requestParameters, 'bucketName') AS bucketName, userIdentity.arn, sourceIPAddress, count(*) AS reads,
       count(DISTINCT element_at(requestParameters, 'key')) AS objects,
       sum(TRY_CAST(element_at(additionalEventData, 'bytesTransferredOut') AS double)) AS bytes, min(eventTime) AS firstTime,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventSource = 's3.amazonaws.com' AND eventName = 'GetObject' AND errorCode IS NULL
  AND element_at(requestParameters, 'bucketName') LIKE :bucket
GROUP BY element_at(requestParameters, 'bucketName'), userIdentity.arn, sourceIPAddress
ORDER BY reads DESC, bucketName, userIdentity.arn, sourceIPAddress;

-- objects-deleted: Objects that were deleted
-- Objects of S3 buckets that were deleted, with who did it.
-- tags: s3 bucket object destruction ransomware incident
SELECT eventTime, element_at(requestParameters, 'bucketName') AS bucketName, element_at(requestParameters, 'key') AS key,
       userIdentity.arn, sourceIPAddress, eventID
FROM $EDS_ID
WHERE eventSource = 's3.amazonaws.com' AND eventName IN ('DeleteObject', 'DeleteObjects') AND errorCode IS NULL
ORDER BY eventTime, eventID;

-- destructive-actions: Destructive actions
-- Deletions, terminations and stops of any service, failed ones too, by caller and hour.
-- tags: destruction ransomware delete incident
SELECT date_trunc('hour', eventTime) AS hour, coalesce(userIdentity.arn, userIdentity.invokedBy) AS caller, sourceIPAddress,
       count(*) AS calls, array_join(array_sort(array_agg(DISTINCT eventName)), ', ') AS actions, count(errorCode) AS failed
FROM $EDS_ID
WHERE regexp_like(eventName, '^(Delete|Terminate|Stop|Disable|Schedule[A-Za-z]*Deletion|Purge|Detach)') AND NOT readOnly
GROUP BY date_trunc('hour', eventTime), coalesce(userIdentity.arn, userIdentity.invokedBy), sourceIPAddress
ORDER BY calls DESC, hour, caller;

-- first-seen-actions: Actions a caller had never used
-- Action and caller pairs that first appear on the last day of the store.
-- tags: anomaly baseline new behaviour
WITH pairs AS (
  SELECT coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn) AS caller, eventSource, eventName,
         min(eventTime) AS firstTime, count(*) AS calls
  FROM $EDS_ID
  WHERE userIdentity.arn IS NOT NULL
  GROUP BY coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn), eventSource, eventName
)
SELECT caller, eventSource, eventName, firstTime, calls
FROM pairs
WHERE firstTime >= (SELECT date_trunc('day', max(eventTime)) FROM $EDS_ID)
ORDER BY firstTime, caller, eventName;

-- first-seen-addresses: Addresses seen for the first time
-- Addresses that first appear on the last day of the store, with what came from them.
-- tags: anomaly baseline new address ip
SELECT sourceIPAddress, count(*) AS calls, count(DISTINCT userIdentity.arn) AS callers, count(DISTINCT eventName) AS actions,
       count(errorCode) AS failed, min(eventTime) AS firstTime
FROM $EDS_ID
WHERE regexp_like(sourceIPAddress, '^[0-9.]+$|:')
GROUP BY sourceIPAddress
HAVING min(eventTime) >= (SELECT date_trunc('day', max(eventTime)) FROM $EDS_ID)
ORDER BY calls DESC, sourceIPAddress;

-- callers-at-several-addresses: Users at several addresses within one hour
-- Users that called from more than one address within an hour: they travel fast, or are more than one.
-- tags: anomaly travel address credential theft
SELECT userIdentity.arn, date_trunc('hour', eventTime) AS hour, count(DISTINCT sourceIPAddress) AS addresses,
       array_join(array_sort(array_agg(DISTINCT sourceIPAddress)), ', ') AS usedFrom, count(*) AS calls
FROM $EDS_ID
WHERE userIdentity.type IN ('IAMUser', 'Root') AND regexp_like(sourceIPAddress, '^[0-9.]+$|:')
GROUP BY userIdentity.arn, date_trunc('hour', eventTime)
HAVING count(DISTINCT sourceIPAddress) > 1
ORDER BY addresses DESC, hour, userIdentity.arn;

-- addresses-with-several-callers: Addresses that several callers share
-- Addresses from which several users called: an office, a proxy, or somebody with several people's keys.
-- tags: address ip lateral-movement credential theft
SELECT sourceIPAddress, count(DISTINCT userIdentity.arn) AS callers, count(DISTINCT recipientAccountId) AS accounts,
       array_join(slice(array_sort(array_agg(DISTINCT userIdentity.arn)), 1, 5), ', ') AS firstCallers, count(*) AS calls
FROM $EDS_ID
WHERE userIdentity.type IN ('IAMUser', 'Root') AND regexp_like(sourceIPAddress, '^[0-9.]+$|:')
GROUP BY sourceIPAddress
HAVING count(DISTINCT userIdentity.arn) > 1
ORDER BY callers DESC, sourceIPAddress;

-- shared-events: One action, recorded in several accounts
-- Actions that two accounts recorded under one sharedEventID, with both accounts.
-- tags: cross-account shared event
SELECT sharedEventID, min(eventTime) AS eventTime, max(eventSource) AS eventSource, max(eventName) AS eventName,
       array_join(array_sort(array_agg(DISTINCT recipientAccountId)), ', ') AS accounts, count(*) AS events
FROM $EDS_ID
WHERE sharedEventID IS NOT NULL
GROUP BY sharedEventID
HAVING count(DISTINCT recipientAccountId) > 1
ORDER BY eventTime, sharedEventID;

-- after-console-sign-in: What followed a console sign-in
-- The changes a user made within the hour after signing in to the console.
-- tags: console sign-in login timeline incident
SELECT login.eventTime AS signedInAt, login.userIdentity.arn, login.sourceIPAddress AS signedInFrom, call.eventTime,
       call.eventSource, call.eventName, call.sourceIPAddress, call.errorCode, call.eventID
FROM $EDS_ID login
JOIN $EDS_ID call ON call.userIdentity.arn = login.userIdentity.arn
WHERE login.eventName = 'ConsoleLogin' AND element_at(login.responseElements, 'ConsoleLogin') = 'Success'
  AND call.eventTime > login.eventTime AND call.eventTime <= login.eventTime + interval '1' hour
  AND NOT call.readOnly AND call.eventName <> 'ConsoleLogin'
ORDER BY login.eventTime, call.eventTime;

-- activity-at-night: Changes by people at night
-- Changes that users and root made between two hours of the day, UTC.
-- tags: anomaly night time user
-- param from_hour = 0: the first hour of the night, 0 to 23
-- param to_hour = 5: the first hour of the day, 0 to 23
SELECT eventTime, recipientAccountId, userIdentity.arn, sourceIPAddress, eventSource, eventName, errorCode, eventID
FROM $EDS_ID
WHERE userIdentity.type IN ('IAMUser', 'Root') AND NOT readOnly AND managementEvent
  AND hour(eventTime) >= CAST(:from_hour AS bigint) AND hour(eventTime) < CAST(:to_hour AS bigint)
ORDER BY eventTime, eventID;

-- rare-user-agents: Rare tools
-- Programs that only a single caller used, named by the first word of their user agent.
-- tags: anomaly user-agent tool
SELECT split_part(userAgent, ' ', 1) AS tool, max(userIdentity.arn) AS caller, count(*) AS calls,
       count(errorCode) AS failed, min(eventTime) AS firstTime, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE userAgent IS NOT NULL AND userIdentity.arn IS NOT NULL
GROUP BY split_part(userAgent, ' ', 1)
HAVING count(DISTINCT userIdentity.arn) = 1
ORDER BY calls DESC, tool;
