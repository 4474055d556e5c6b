//! Instances, functions, containers, scaling, balancing.

use super::{Call, Service, read, write};

const FUNCTION: &str = r#"[{"accountId":"<account>","type":"AWS::Lambda::Function",
    "ARN":"arn:aws:lambda:<region>:<account>:function:<function>"}]"#;

const EC2: &[Call] = &[
    read(
        "DescribeInstances",
        20,
        r#"{"instancesSet":{"items":[{"instanceId":"<instance>"},{"instanceId":"<instance#2>"}]},"filterSet":{}}"#,
    ),
    read(
        "DescribeSecurityGroups",
        12,
        r#"{"maxResults":<int:5:1000>,"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"<sg>"}]},
            "filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"<vpc>"}]}}]}}"#,
    ),
    read("DescribeVpcs", 6, r#"{"vpcSet":{},"filterSet":{}}"#),
    read("DescribeSubnets", 6, r#"{"subnetSet":{"items":[{"subnetId":"<subnet>"}]},"filterSet":{}}"#),
    read("DescribeRegions", 5, r#"{"regionSet":{},"allRegions":true}"#),
    read("DescribeVolumes", 5, r#"{"volumeSet":{},"filterSet":{"items":[{"name":"status",
        "valueSet":{"items":[{"value":"available"},{"value":"in-use"}]}}]},"maxResults":500}"#),
    read(
        "DescribeSnapshotAttribute",
        1,
        r#"{"snapshotId":"snap-0<hex:16>","attributeType":"CREATE_VOLUME_PERMISSION"}"#,
    ),
    write(
        "RunInstances",
        3,
        r#"{"instancesSet":{"items":[{"imageId":"<image>","minCount":1,"maxCount":<int:1:4>,"keyName":"<word>-key"}]},
            "instanceType":"<type>","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":
            <int:8:200>,"deleteOnTermination":true,"volumeType":"gp3","encrypted":true}}]},"monitoring":{"enabled":<bool>},
            "disableApiTermination":false,"disableApiStop":false,"ebsOptimized":true,"clientToken":"<uuid>",
            "networkInterfaceSet":{"items":[{"deviceIndex":0,"subnetId":"<subnet>","associatePublicIpAddress":<bool>,
            "groupSet":{"items":[{"groupId":"<sg>"}]}}]},"iamInstanceProfile":{"name":"<role>"},
            "tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"<word>-<hex:4>"},
            {"key":"purpose","value":"<text>"}]}]},
            "metadataOptions":{"httpTokens":"required","httpPutResponseHopLimit":2}}"#,
        r#"{"requestId":"<request>","reservationId":"r-0<hex:16>","ownerId":"<account>","groupSet":{},
            "instancesSet":{"items":[{"instanceId":"<instance>","imageId":"<image>","currentState":{"code":0,
            "name":"pending"},"privateDnsName":"ip-10-0-<int:0:255>-<int:1:254>.ec2.internal","amiLaunchIndex":0,
            "productCodes":{},"instanceType":"<type>","launchTime":<epochms>,"placement":{"availabilityZone":"<region>a",
            "tenancy":"default"},"monitoring":{"state":"disabled"},"subnetId":"<subnet>","vpcId":"<vpc>",
            "stateReason":{"code":"pending","message":"pending"},"architecture":"x86_64","rootDeviceType":"ebs",
            "blockDeviceMapping":{},"virtualizationType":"hvm","hypervisor":"xen","sourceDestCheck":true,
            "cpuOptions":{"coreCount":<int:1:8>,"threadsPerCore":2},"enclaveOptions":{"enabled":false}}]}}"#,
    )
    .on("arn:aws:ec2:<region>:<account>:instance/*"),
    write(
        "StopInstances",
        2,
        r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"force":false}"#,
        r#"{"requestId":"<request>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":64,
            "name":"stopping"},"previousState":{"code":16,"name":"running"}}]}}"#,
    )
    .on("arn:aws:ec2:<region>:<account>:instance/<instance>"),
    write(
        "TerminateInstances",
        2,
        r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}"#,
        r#"{"requestId":"<request>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":32,
            "name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#,
    )
    .on("arn:aws:ec2:<region>:<account>:instance/<instance>"),
    write(
        "CreateTags",
        4,
        r#"{"resourcesSet":{"items":[{"resourceId":"<instance>"}]},"tagSet":{"items":[{"key":"team","value":"<team>"},
            {"key":"note","value":"<text>"}]}}"#,
        r#"{"requestId":"<request>","_return":true}"#,
    ),
    write(
        "AuthorizeSecurityGroupIngress",
        1,
        r#"{"groupId":"<sg>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},
            "ipRanges":{"items":[{"cidrIp":"10.0.0.0/8","description":"<text>"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#,
        r#"{"requestId":"<request>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>",
            "groupId":"<sg>","securityGroupRuleId":"sgr-0<hex:16>","isEgress":false,"ipProtocol":"tcp","fromPort":443,
            "toPort":443,"cidrIpv4":"10.0.0.0/8"}]}}"#,
    )
    .on("arn:aws:ec2:<region>:<account>:security-group/<sg>"),
    write(
        "CreateNetworkInterface",
        2,
        r#"{"subnetId":"<subnet>","description":"AWS Lambda VPC ENI-<function>-<uuid>","groupSet":{"items":
            [{"groupId":"<sg>"}]},"privateIpAddressesSet":{},"clientToken":"<uuid#2>","ipv6AddressCount":0}"#,
        r#"{"requestId":"<request>","networkInterface":{"networkInterfaceId":"eni-0<hex:16>","subnetId":"<subnet>",
            "vpcId":"<vpc>","availabilityZone":"<region>b","ownerId":"<account>","requesterManaged":false,
            "status":"pending","macAddress":"02:<hex:2>:<hex:2#2>:<hex:2#3>:<hex:2#4>:<hex:2#5>","sourceDestCheck":true,
            "tagSet":{},"privateIpAddressesSet":{"item":[{"privateIpAddress":"10.0.<int:0:255>.<int:1:254>",
            "primary":true}]},"interfaceType":"interface"}}"#,
    ),
];

const LAMBDA: &[Call] = &[
    write(
        "Invoke",
        20,
        r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>","sourceAccount":"<account>",
            "qualifier":"live"}"#,
        "null",
    )
    .data()
    .resources(FUNCTION)
    .additional(r#"{"functionVersion":"arn:aws:lambda:<region>:<account>:function:<function>:<int:1:60>"}"#)
    .on("arn:aws:lambda:<region>:<account>:function:<function>"),
    read("ListFunctions20150331", 6, r#"{"maxItems":50}"#),
    read("GetFunction20150331v2", 6, r#"{"functionName":"<function>"}"#).resources(FUNCTION),
    write(
        "UpdateFunctionCode20150331v2",
        3,
        r#"{"functionName":"<function>","s3Bucket":"<bucket>","s3Key":"builds/<function>/<hex:40>.zip","publish":true,
            "dryRun":false}"#,
        r#"{"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>",
            "runtime":"python3.13","role":"arn:aws:iam::<account>:role/<role>","handler":"app.handler","codeSize":
            <int:900:9000000>,"description":"<text>","timeout":30,"memorySize":512,"lastModified":"<iso>","version":"$LATEST",
            "environment":{},"tracingConfig":{"mode":"PassThrough"},"state":"Active","packageType":"Zip",
            "architectures":["arm64"],"ephemeralStorage":{"size":512}}"#,
    )
    .on("arn:aws:lambda:<region>:<account>:function:<function>"),
    write(
        "AddPermission20150331v2",
        1,
        r#"{"functionName":"<function>","statementId":"<word>","action":"lambda:InvokeFunction",
            "principal":"events.amazonaws.com","sourceArn":"arn:aws:events:<region>:<account>:rule/<word>"}"#,
        r#"{"statement":"{\"Sid\":\"<word>\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"events.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":\"arn:aws:lambda:<region>:<account>:function:<function>\"}"}"#,
    ),
];

const EKS: &[Call] = &[
    read("DescribeCluster", 8, r#"{"name":"<cluster>"}"#).on("arn:aws:eks:<region>:<account>:cluster/<cluster>"),
    read("ListClusters", 4, r#"{"maxResults":100}"#),
    read("ListNodegroups", 3, r#"{"name":"<cluster>","maxResults":<int:1:100>}"#),
    write(
        "UpdateNodegroupConfig",
        1,
        r#"{"name":"<cluster>","nodegroupName":"<word>-nodes","scalingConfig":{"minSize":1,"maxSize":<int:4:20>,
            "desiredSize":<int:1:4>},"clientRequestToken":"<uuid>"}"#,
        r#"{"update":{"id":"<uuid#2>","status":"InProgress","type":"ConfigUpdate","params":[{"type":"MinSize","value":"1"},
            {"type":"MaxSize","value":"<int:4:20>"}],"createdAt":"<iso>","errors":[]}}"#,
    ),
];

const ECR: &[Call] = &[
    read("GetAuthorizationToken", 8, "null"),
    read(
        "BatchGetImage",
        8,
        r#"{"repositoryName":"<repo>","registryId":"<account>","imageIds":[{"imageTag":"main-<hex:7>"}],
            "acceptedMediaTypes":["application/vnd.oci.image.index.v1+json","application/vnd.docker.distribution.manifest.v2+json"]}"#,
    )
    .resources(r#"[{"accountId":"<account>","ARN":"arn:aws:ecr:<region>:<account>:repository/<repo>"}]"#),
    write(
        "PutImage",
        2,
        r#"{"repositoryName":"<repo>","registryId":"<account>","imageTag":"main-<hex:7>",
            "imageManifest":"{\n   \"schemaVersion\": 2,\n   \"config\": {\n      \"size\": <int:1000:9000>,\n      \"digest\": \"sha256:<hex:64>\"\n   }\n}"}"#,
        r#"{"image":{"repositoryName":"<repo>","registryId":"<account>","imageId":{"imageTag":"main-<hex:7>",
            "imageDigest":"sha256:<hex:64#2>"}}}"#,
    )
    .resources(r#"[{"accountId":"<account>","ARN":"arn:aws:ecr:<region>:<account>:repository/<repo>"}]"#),
];

const AUTOSCALING: &[Call] = &[
    read("DescribeAutoScalingGroups", 8, r#"{"autoScalingGroupNames":["<asg>"],"maxRecords":100}"#),
    read("DescribeScalingActivities", 3, r#"{"autoScalingGroupName":"<asg>"}"#),
    write(
        "SetDesiredCapacity",
        2,
        r#"{"autoScalingGroupName":"<asg>","desiredCapacity":<int:0:20>,"honorCooldown":false}"#,
        "null",
    )
    .on("arn:aws:autoscaling:<region>:<account>:autoScalingGroup:*:autoScalingGroupName/<asg>"),
];

const BALANCING: &[Call] = &[
    read("DescribeLoadBalancers", 8, r#"{"pageSize":100}"#),
    read(
        "DescribeTargetHealth",
        8,
        r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<word>/<hex:16>"}"#,
    ),
    write(
        "RegisterTargets",
        2,
        r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<word>/<hex:16>",
            "targets":[{"id":"<instance>","port":8080},{"id":"<instance#2>","port":8080}]}"#,
        r#"{}"#,
    ),
];

pub(super) const SERVICES: &[Service] = &[
    Service {
        source: "ec2.amazonaws.com",
        api_version: "",
        global: false,
        weight: 18,
        calls: EC2,
        errors: &[
            ("Client.RequestLimitExceeded", "Request limit exceeded."),
            ("Client.InvalidInstanceID.NotFound", "The instance ID '<instance>' does not exist"),
            ("Client.DryRunOperation", "Request would have succeeded, but DryRun flag is set."),
        ],
    },
    Service {
        source: "lambda.amazonaws.com",
        api_version: "",
        global: false,
        weight: 9,
        calls: LAMBDA,
        errors: &[
            ("ResourceNotFoundException", "Function not found: arn:aws:lambda:<region>:<account>:function:<function>"),
            ("TooManyRequestsException", "Rate exceeded"),
        ],
    },
    Service {
        source: "eks.amazonaws.com",
        api_version: "",
        global: false,
        weight: 3,
        calls: EKS,
        errors: &[("ResourceNotFoundException", "No cluster found for name: <cluster>.")],
    },
    Service {
        source: "ecr.amazonaws.com",
        api_version: "",
        global: false,
        weight: 4,
        calls: ECR,
        errors: &[(
            "ImageNotFoundException",
            "The image with imageId {imageDigest:'null', imageTag:'main-<hex:7>'} does not exist within the repository with name '<repo>' in the registry with id '<account>'",
        )],
    },
    Service {
        source: "autoscaling.amazonaws.com",
        api_version: "2011-01-01",
        global: false,
        weight: 3,
        calls: AUTOSCALING,
        errors: &[("Throttling", "Rate exceeded")],
    },
    Service {
        source: "elasticloadbalancing.amazonaws.com",
        api_version: "2015-12-01",
        global: false,
        weight: 3,
        calls: BALANCING,
        errors: &[("TargetGroupNotFoundException", "One or more target groups not found")],
    },
];
