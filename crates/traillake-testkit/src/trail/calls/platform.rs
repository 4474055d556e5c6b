//! Logs, metrics, parameters, stacks, names, models.

use super::{Call, Service, read, write};

const LOGS: &[Call] = &[
    write(
        "CreateLogStream",
        12,
        r#"{"logGroupName":"/aws/lambda/<function>","logStreamName":"<folder>/[$LATEST]<hex:32>"}"#,
        "null",
    )
    .on("arn:aws:logs:<region>:<account>:log-group:/aws/lambda/<function>:log-stream:*"),
    read("DescribeLogGroups", 6, r#"{"limit":50,"logGroupNamePrefix":"/aws/lambda/"}"#),
    read(
        "DescribeLogStreams",
        4,
        r#"{"logGroupName":"/aws/lambda/<function>","orderBy":"LastEventTime","descending":true}"#,
    ),
    write(
        "PutRetentionPolicy",
        1,
        r#"{"logGroupName":"/aws/lambda/<function>","retentionInDays":<int:1:365>}"#,
        "null",
    ),
    write(
        "StartQuery",
        2,
        r#"{"logGroupName":"/aws/lambda/<function>","startTime":<epochms>,"endTime":<epochms>,"queryString":"fields @timestamp, @message | filter @message like /ERROR \"\\d+\"/ | limit 20"}"#,
        r#"{"queryId":"<uuid>"}"#,
    ),
];

const MONITORING: &[Call] = &[
    read("DescribeAlarms", 6, r#"{"maxRecords":100,"alarmTypes":["MetricAlarm","CompositeAlarm"]}"#),
    read(
        "GetMetricData",
        8,
        r#"{"startTime":"<american>","endTime":"<american>","metricDataQueries":[{"id":"m1","returnData":true,
            "metricStat":{"metric":{"namespace":"AWS/EC2","metricName":"CPUUtilization","dimensions":[{"name":"InstanceId",
            "value":"<instance>"}]},"period":300,"stat":"Average"}}]}"#,
    )
    .data(),
    write(
        "PutMetricAlarm",
        1,
        r#"{"alarmName":"<word> high","threshold":0.<int:1:9>5,"comparisonOperator":"GreaterThanThreshold","period":60,
            "evaluationPeriods":3,"alarmActions":["<topicarn>"],"treatMissingData":"notBreaching","actionsEnabled":true}"#,
        "null",
    ),
];

const SSM: &[Call] = &[
    read("GetParameter", 12, r#"{"name":"<parameter>","withDecryption":true}"#)
        .resources(r#"[{"accountId":"<account>","ARN":"arn:aws:ssm:<region>:<account>:parameter<parameter>"}]"#)
        .on("arn:aws:ssm:<region>:<account>:parameter<parameter>"),
    read("GetParametersByPath", 4, r#"{"path":"/","recursive":true,"withDecryption":false,"maxResults":10}"#),
    read("DescribeInstanceInformation", 5, r#"{"maxResults":50,"filters":[]}"#),
    write(
        "PutParameter",
        1,
        r#"{"name":"<parameter>","type":"SecureString","keyId":"alias/aws/ssm","overwrite":true,"description":"<text>",
            "value":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
        r#"{"version":<int:1:40>,"tier":"Standard"}"#,
    ),
    write(
        "StartSession",
        1,
        r#"{"target":"<instance>","documentName":"SSM-SessionManagerRunShell"}"#,
        r#"{"sessionId":"<word>-<hex:17>","tokenValue":"Value hidden due to security reasons.",
            "streamUrl":"wss://ssmmessages.<region>.amazonaws.com/v1/data-channel/<word>-<hex:17>?role=publish_subscribe"}"#,
    )
    .on("arn:aws:ec2:<region>:<account>:instance/<instance>"),
    write("UpdateInstanceInformation", 10, r#"{"instanceId":"<instance>","agentVersion":"3.3.<int:100:999>.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.<int:0:255>.<int:1:254>","computerName":"ip-10-0-0-1.ec2.internal","agentName":"amazon-ssm-agent","availabilityZone":"<region>a"}"#, "null"),
];

const CLOUDFORMATION: &[Call] = &[
    read("DescribeStacks", 10, r#"{"stackName":"<stack>"}"#)
        .on("arn:aws:cloudformation:<region>:<account>:stack/<stack>/*"),
    read("DescribeStackEvents", 4, r#"{"stackName":"<stack>"}"#),
    write(
        "CreateChangeSet",
        2,
        r#"{"stackName":"<stack>","changeSetName":"deploy-<hex:8>","capabilities":["CAPABILITY_IAM",
            "CAPABILITY_NAMED_IAM"],"parameters":[{"parameterKey":"Stage","usePreviousValue":false},
            {"parameterKey":"Image","parameterValue":"<repo>:main-<hex:7>"}],"tags":[],"description":"<text>"}"#,
        r#"{"id":"arn:aws:cloudformation:<region>:<account>:changeSet/deploy-<hex:8>/<uuid>",
            "stackId":"arn:aws:cloudformation:<region>:<account>:stack/<stack>/<uuid#2>"}"#,
    ),
    write("DeleteStack", 1, r#"{"stackName":"<stack>","clientRequestToken":"<uuid>"}"#, "null")
        .on("arn:aws:cloudformation:<region>:<account>:stack/<stack>/*"),
];

const ROUTE53: &[Call] = &[
    read("ListHostedZones", 4, r#"{"maxItems":"100"}"#),
    read("ListResourceRecordSets", 4, r#"{"hostedZoneId":"<zone>","maxItems":"300"}"#),
    write(
        "ChangeResourceRecordSets",
        2,
        r#"{"hostedZoneId":"<zone>","changeBatch":{"comment":"<text>","changes":[{"action":"UPSERT","resourceRecordSet":
            {"name":"\\052.<word>.example.com.","type":"A","tTL":300,"resourceRecords":[{"value":"203.0.113.<int:1:254>"}]}}]}}"#,
        r#"{"changeInfo":{"id":"/change/C0<hex:18>","status":"PENDING","submittedAt":"<american>","comment":"<text>"}}"#,
    )
    .on("arn:aws:route53:::hostedzone/<zone>"),
];

const BEDROCK: &[Call] = &[
    read("InvokeModel", 8, r#"{"modelId":"<model>","contentType":"application/json","accept":"application/json"}"#)
        .additional(r#"{"inferenceRegion":"<region>","inputTokens":<int:20:8000>,"outputTokens":<int:1:4000>}"#)
        .on("arn:aws:bedrock:<region>::foundation-model/<model>"),
    read("Converse", 4, r#"{"modelId":"<model>"}"#).additional(r#"{"inferenceRegion":"<region>"}"#),
    read("ListFoundationModels", 2, "null"),
    write("PutUseCaseForModelAccess", 1, r#"{"formData":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, r#"{}"#),
];

const EVENTS: &[Call] = &[
    read("ListRules", 4, r#"{"namePrefix":"<word>","eventBusName":"default","limit":50}"#),
    write(
        "PutRule",
        1,
        r#"{"name":"<word>-rule","state":"ENABLED","scheduleExpression":"rate(<int:2:30> minutes)",
            "eventPattern":"{\"source\":[\"aws.signin\"],\"detail\":{\"eventName\":[\"ConsoleLogin\"]}}"}"#,
        r#"{"ruleArn":"arn:aws:events:<region>:<account>:rule/<word>-rule"}"#,
    ),
];

const SUPPORT: &[Call] = &[
    read("DescribeTrustedAdvisorChecks", 3, r#"{"language":"en"}"#),
    read(
        "DescribeCases",
        2,
        r#"{"includeResolvedCases":false,"includeCommunications":null,"caseIdList":[],"displayId":null}"#,
    ),
];

const HEALTH: &[Call] = &[read(
    "DescribeEventAggregates",
    4,
    r#"{"aggregateField":"eventTypeCategory","filter":{"eventStatusCodes":["open","upcoming"],"startTimes":[{"from":"<american>"}]}}"#,
)];

pub(super) const SERVICES: &[Service] = &[
    Service {
        source: "logs.amazonaws.com",
        api_version: "20140328",
        global: false,
        weight: 8,
        calls: LOGS,
        errors: &[
            ("ResourceAlreadyExistsException", "The specified log stream already exists"),
            ("ResourceNotFoundException", "The specified log group does not exist."),
        ],
    },
    Service {
        source: "monitoring.amazonaws.com",
        api_version: "2010-08-01",
        global: false,
        weight: 4,
        calls: MONITORING,
        errors: &[("ThrottlingException", "Rate exceeded")],
    },
    Service {
        source: "ssm.amazonaws.com",
        api_version: "",
        global: false,
        weight: 7,
        calls: SSM,
        errors: &[("ParameterNotFound", ""), ("ThrottlingException", "Rate exceeded")],
    },
    Service {
        source: "cloudformation.amazonaws.com",
        api_version: "",
        global: false,
        weight: 4,
        calls: CLOUDFORMATION,
        errors: &[("ValidationException", "Stack with id <stack> does not exist")],
    },
    Service {
        source: "route53.amazonaws.com",
        api_version: "2013-04-01",
        global: true,
        weight: 2,
        calls: ROUTE53,
        errors: &[("NoSuchHostedZoneException", "No hosted zone found with ID: <zone>")],
    },
    Service {
        source: "bedrock.amazonaws.com",
        api_version: "",
        global: false,
        weight: 4,
        calls: BEDROCK,
        errors: &[("ThrottlingException", "Too many tokens, please wait before trying again.")],
    },
    Service {
        source: "events.amazonaws.com",
        api_version: "",
        global: false,
        weight: 2,
        calls: EVENTS,
        errors: &[("ResourceNotFoundException", "Rule <word>-rule does not exist on EventBus default.")],
    },
    Service { source: "support.amazonaws.com", api_version: "", global: true, weight: 1, calls: SUPPORT, errors: &[] },
    Service { source: "health.amazonaws.com", api_version: "", global: true, weight: 1, calls: HEALTH, errors: &[] },
];
