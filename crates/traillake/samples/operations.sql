-- top-services: Services by number of calls
-- Which services are called most, how often calls change something, and how often they fail.
-- tags: overview usage service
SELECT eventSource, count(*) AS calls, count(*) FILTER (WHERE NOT readOnly) AS changes, count(errorCode) AS failed
FROM $EDS_ID
GROUP BY eventSource
ORDER BY calls DESC, eventSource;

-- top-actions: Actions by number of calls
-- The twenty actions called most.
-- tags: overview usage action
SELECT eventSource, eventName, count(*) AS calls, count(DISTINCT userIdentity.arn) AS callers
FROM $EDS_ID
GROUP BY eventSource, eventName
ORDER BY calls DESC, eventSource, eventName
LIMIT 20;

-- top-errors: Errors by number of calls
-- The errors met most, with the services that gave them and the latest message.
-- tags: error troubleshooting overview
SELECT errorCode, count(*) AS calls, count(DISTINCT eventSource) AS services, count(DISTINCT userIdentity.arn) AS callers,
       max_by(errorMessage, eventTime) AS latestMessage, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE errorCode IS NOT NULL
GROUP BY errorCode
ORDER BY calls DESC, errorCode;

-- error-rate-by-service: Share of failing calls by service
-- Services with their calls, failures and failures in per cent.
-- tags: error rate troubleshooting service
-- param calls = 10: services with fewer calls are left out
SELECT eventSource, count(*) AS calls, count(errorCode) AS failed, 100 * count(errorCode) / count(*) AS percentFailed
FROM $EDS_ID
GROUP BY eventSource
HAVING count(*) >= CAST(:calls AS bigint)
ORDER BY percentFailed DESC, calls DESC, eventSource;

-- error-rate-by-caller: Callers whose calls fail
-- Callers with their failing calls in per cent and the error each meets most.
-- tags: error rate troubleshooting caller
WITH errors AS (
  SELECT userIdentity.arn AS caller, errorCode, count(*) AS calls FROM $EDS_ID GROUP BY userIdentity.arn, errorCode
)
SELECT caller, sum(calls) AS calls, coalesce(sum(calls) FILTER (WHERE errorCode IS NOT NULL), 0) AS failed,
       100 * coalesce(sum(calls) FILTER (WHERE errorCode IS NOT NULL), 0) / sum(calls) AS percentFailed,
       max_by(errorCode, calls) FILTER (WHERE errorCode IS NOT NULL) AS commonestError
FROM errors
WHERE caller IS NOT NULL
GROUP BY caller
HAVING sum(calls) FILTER (WHERE errorCode IS NOT NULL) > 0
ORDER BY failed DESC, caller;

-- throttling: Throttled calls
-- Calls refused because there were too many, by service, action and caller.
-- tags: throttling limit rate error troubleshooting
SELECT eventSource, eventName, errorCode, userIdentity.arn, count(*) AS throttled, min(eventTime) AS firstTime,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE regexp_like(errorCode, 'Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|ThroughputExceeded')
GROUP BY eventSource, eventName, errorCode, userIdentity.arn
ORDER BY throttled DESC, eventSource, eventName, userIdentity.arn;

-- quotas-reached: Service quotas reached
-- Calls that failed because a quota of the account was used up.
-- tags: limit quota capacity error troubleshooting
SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName, errorCode, errorMessage, userIdentity.arn, eventID
FROM $EDS_ID
WHERE regexp_like(errorCode, '(Limit|Quota)Exceeded|InsufficientInstanceCapacity|LimitExceededException')
  AND NOT errorCode LIKE '%RequestLimitExceeded%'
ORDER BY eventTime;

-- calls-by-hour: Calls by hour
-- How many calls, changes and failures there were in each hour.
-- tags: trend time overview
SELECT date_trunc('hour', eventTime) AS hour, count(*) AS calls, count(*) FILTER (WHERE NOT readOnly) AS changes,
       count(errorCode) AS failed
FROM $EDS_ID
GROUP BY date_trunc('hour', eventTime)
ORDER BY hour;

-- calls-by-weekday: Calls by day of the week
-- Calls and changes on each day of the week, Monday first.
-- tags: trend time overview
SELECT day_of_week(eventTime) AS weekday, date_format(max(eventTime), '%W') AS name, count(*) AS calls,
       count(*) FILTER (WHERE NOT readOnly) AS changes
FROM $EDS_ID
GROUP BY day_of_week(eventTime)
ORDER BY weekday;

-- regions-in-use: Regions by account
-- Which accounts work in which Regions, with the number of services and calls.
-- tags: region account overview
SELECT recipientAccountId, awsRegion, count(DISTINCT eventSource) AS services, count(*) AS calls, max(eventTime) AS lastTime
FROM $EDS_ID
GROUP BY recipientAccountId, awsRegion
ORDER BY recipientAccountId, calls DESC, awsRegion;

-- busiest-callers: Callers by number of calls
-- The twenty callers with the most calls; all sessions of a role count as one.
-- tags: usage caller overview
SELECT coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, userIdentity.invokedBy,
                userIdentity.principalId) AS caller,
       count(*) AS calls, count(DISTINCT eventSource) AS services, count(DISTINCT sourceIPAddress) AS addresses,
       count(errorCode) AS failed
FROM $EDS_ID
GROUP BY coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn, userIdentity.invokedBy,
                  userIdentity.principalId)
ORDER BY calls DESC, caller
LIMIT 20;

-- user-agents: Tools by number of calls
-- The programs that call, named by the first word of their user agent.
-- tags: user-agent tool sdk overview
SELECT split_part(userAgent, ' ', 1) AS tool, count(*) AS calls, count(DISTINCT userIdentity.arn) AS callers,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE userAgent IS NOT NULL
GROUP BY split_part(userAgent, ' ', 1)
ORDER BY calls DESC, tool;

-- bucket-traffic: Requests and bytes by bucket
-- Data events of each S3 bucket: requests, failures, and the bytes that went in and out.
-- tags: s3 bucket data usage bytes cost
SELECT element_at(requestParameters, 'bucketName') AS bucketName, count(*) AS requests, count(errorCode) AS failed,
       sum(TRY_CAST(element_at(additionalEventData, 'bytesTransferredIn') AS double)) AS bytesIn,
       sum(TRY_CAST(element_at(additionalEventData, 'bytesTransferredOut') AS double)) AS bytesOut
FROM $EDS_ID
WHERE eventSource = 's3.amazonaws.com' AND eventCategory = 'Data'
GROUP BY element_at(requestParameters, 'bucketName')
ORDER BY requests DESC, bucketName;

-- lambda-invocations: Lambda invocations by function
-- Functions with their invocations, failures and callers.
-- tags: lambda data usage function
SELECT element_at(requestParameters, 'functionName') AS functionName, count(*) AS invocations,
       count(errorCode) AS failed, count(DISTINCT coalesce(userIdentity.arn, userIdentity.invokedBy)) AS callers,
       max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventSource = 'lambda.amazonaws.com' AND eventName LIKE 'Invoke%'
GROUP BY element_at(requestParameters, 'functionName')
ORDER BY invocations DESC, functionName;

-- table-requests: DynamoDB requests by table
-- Reads, writes and failures of each DynamoDB table.
-- tags: dynamodb data usage table
SELECT element_at(requestParameters, 'tableName') AS tableName, count(*) FILTER (WHERE readOnly) AS reads,
       count(*) FILTER (WHERE NOT readOnly) AS writes, count(errorCode) AS failed, max(eventTime) AS lastTime
FROM $EDS_ID
WHERE eventSource = 'dynamodb.amazonaws.com' AND element_at(requestParameters, 'tableName') IS NOT NULL
GROUP BY element_at(requestParameters, 'tableName')
ORDER BY reads + writes DESC, tableName;

-- key-usage: Use of encryption keys
-- Which KMS keys are used for what, and by how many callers.
-- tags: kms key encryption usage cost
SELECT r.arn AS keyArn, eventName, count(*) AS calls,
       count(DISTINCT coalesce(userIdentity.arn, userIdentity.invokedBy)) AS callers, count(errorCode) AS failed
FROM $EDS_ID
CROSS JOIN UNNEST(resources) AS r(accountId, type, arn, arnPrefix)
WHERE eventSource = 'kms.amazonaws.com'
GROUP BY r.arn, eventName
ORDER BY calls DESC, keyArn, eventName;

-- roles-assumed: Roles by number of sessions
-- Which roles are assumed most, and by how many callers.
-- tags: sts role session usage
SELECT element_at(requestParameters, 'roleArn') AS roleArn, count(*) AS sessions,
       count(DISTINCT coalesce(userIdentity.arn, userIdentity.invokedBy, userIdentity.principalId)) AS callers,
       count(errorCode) AS failed
FROM $EDS_ID
WHERE eventSource = 'sts.amazonaws.com' AND eventName LIKE 'AssumeRole%'
GROUP BY element_at(requestParameters, 'roleArn')
ORDER BY sessions DESC, roleArn;

-- failed-launches: Instances that did not start
-- Launches that EC2 refused, and why.
-- tags: ec2 instance capacity error troubleshooting
SELECT eventTime, recipientAccountId, awsRegion, userIdentity.arn, element_at(requestParameters, 'instanceType') AS instanceType,
       errorCode, errorMessage, eventID
FROM $EDS_ID
WHERE eventName IN ('RunInstances', 'CreateFleet', 'StartInstances') AND errorCode IS NOT NULL
ORDER BY eventTime;
