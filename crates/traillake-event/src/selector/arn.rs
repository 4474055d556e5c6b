//! Whether a text is the full ARN of a resource of some type.

/// The beginning of an ARN of a resource type: its service and, where every resource begins so, its resource part.
struct Pattern {
    resource_type: &'static str,
    services: &'static [&'static str],
    resource: &'static str,
}

const fn pattern(resource_type: &'static str, services: &'static [&'static str], resource: &'static str) -> Pattern {
    Pattern { resource_type, services, resource }
}

/// The ARNs of the types that are selected most (User Guide, "Filtering data events by `resources.ARN`"). A type that
/// is not here may have any ARN.
const PATTERNS: [Pattern; 34] = [
    pattern("AWS::AppConfig::Configuration", &["appconfig"], "application/"),
    pattern("AWS::B2BI::Transformer", &["b2bi"], "transformer/"),
    pattern("AWS::Bedrock::AgentAlias", &["bedrock"], "agent-alias/"),
    pattern("AWS::Bedrock::KnowledgeBase", &["bedrock"], "knowledge-base/"),
    pattern("AWS::Cassandra::Table", &["cassandra"], "/keyspace/"),
    pattern("AWS::CloudFront::KeyValueStore", &["cloudfront"], "key-value-store/"),
    pattern("AWS::CloudTrail::Channel", &["cloudtrail"], "channel/"),
    pattern("AWS::CodeWhisperer::Customization", &["codewhisperer"], "customization/"),
    pattern("AWS::Cognito::IdentityPool", &["cognito-identity"], "identitypool/"),
    pattern("AWS::DynamoDB::Stream", &["dynamodb"], "table/"),
    pattern("AWS::DynamoDB::Table", &["dynamodb"], "table/"),
    pattern("AWS::EC2::Snapshot", &["ec2"], "snapshot/"),
    pattern("AWS::Glue::Table", &["glue"], "table/"),
    pattern("AWS::IoT::Certificate", &["iot"], "cert/"),
    pattern("AWS::IoT::Thing", &["iot"], "thing/"),
    pattern("AWS::Kinesis::Stream", &["kinesis"], "stream/"),
    pattern("AWS::KinesisVideo::Stream", &["kinesisvideo"], "stream/"),
    pattern("AWS::Lambda::Function", &["lambda"], "function:"),
    pattern("AWS::MedicalImaging::Datastore", &["medical-imaging"], "datastore/"),
    pattern("AWS::RDS::DBCluster", &["rds"], "cluster"),
    pattern("AWS::S3::AccessPoint", &["s3"], "accesspoint/"),
    pattern("AWS::S3::Object", &["s3"], ""),
    pattern("AWS::S3Express::Object", &["s3express"], ""),
    pattern("AWS::S3ObjectLambda::AccessPoint", &["s3-object-lambda"], "accesspoint/"),
    pattern("AWS::S3Outposts::Object", &["s3-outposts"], ""),
    pattern("AWS::SNS::PlatformEndpoint", &["sns"], "endpoint/"),
    pattern("AWS::SNS::Topic", &["sns"], ""),
    pattern("AWS::SQS::Queue", &["sqs"], ""),
    pattern("AWS::SSM::ManagedNode", &["ssm", "ec2"], ""),
    pattern("AWS::SageMaker::Endpoint", &["sagemaker"], "endpoint/"),
    pattern("AWS::StepFunctions::StateMachine", &["states"], "stateMachine:"),
    pattern("AWS::Timestream::Database", &["timestream"], "database/"),
    pattern("AWS::Timestream::Table", &["timestream"], "database/"),
    pattern("AWS::VerifiedPermissions::PolicyStore", &["verifiedpermissions"], "policy-store/"),
];

const OBJECT: &str = "AWS::S3::Object";

/// What is wrong with `text` as the full ARN of a resource of this type; `None` when nothing is.
pub(super) fn fault(text: &str, resource_type: &str) -> Option<String> {
    let Some((service, resource)) = parts(text) else {
        return Some("write arn:partition:service:region:account:resource in full".to_owned());
    };
    let known = PATTERNS.iter().find(|known| known.resource_type == resource_type)?;
    if !known.services.contains(&service) || !resource.starts_with(known.resource) {
        let expected = format!("arn:aws:{}:…:{}…", known.services.join(" or "), known.resource);
        return Some(format!("the ARN of an {resource_type} begins with {expected}"));
    }
    if resource_type == OBJECT && !resource.contains('/') {
        return Some(format!("for all of a bucket begin with \"{text}/\""));
    }
    None
}

/// Service and resource of a full ARN.
fn parts(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.splitn(6, ':');
    let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name = |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let is_account = account.is_empty() || account == "aws" || is_account_id(account);
    let is_arn = scheme == "arn"
        && (partition == "aws" || partition.starts_with("aws-"))
        && [partition, service, region].into_iter().all(is_name)
        && !service.is_empty()
        && is_account
        && !resource.is_empty();
    is_arn.then_some((service, resource))
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_arns_have_no_fault() {
        for (text, resource_type) in [
            ("arn:aws:s3:::bucket/", "AWS::S3::Object"),
            ("arn:aws-cn:s3:::bucket/a:b/c", "AWS::S3::Object"),
            ("arn:aws:s3:eu-west-1:111122223333:accesspoint/x", "AWS::S3::AccessPoint"),
            ("arn:aws:lambda:us-east-1:111122223333:function:f", "AWS::Lambda::Function"),
            ("arn:aws:ec2:us-east-1:111122223333:instance/i-1", "AWS::SSM::ManagedNode"),
            ("arn:aws:ec2:us-east-1::snapshot/snap-1", "AWS::EC2::Snapshot"),
            ("arn:aws:anything:us-east-1:111122223333:x", "AWS::XRay::Trace"),
        ] {
            assert_eq!(fault(text, resource_type), None, "{text}");
        }
    }

    #[test]
    fn other_texts_say_what_is_wrong() {
        for (text, resource_type, advice) in [
            ("bucket", "AWS::S3::Object", "in full"),
            ("arn:aws:s3", "AWS::S3::Object", "in full"),
            ("arn:aws:s3:::", "AWS::S3::Object", "in full"),
            ("arn:oops:s3:::bucket/x", "AWS::S3::Object", "in full"),
            ("arn:aws:lambda:us-east-1:1111:function:f", "AWS::Lambda::Function", "in full"),
            ("arn:aws:s3:::bucket", "AWS::S3::Object", "begin with \"arn:aws:s3:::bucket/\""),
            ("arn:aws:s3:::bucket/x", "AWS::Lambda::Function", "arn:aws:lambda:…:function:…"),
            ("arn:aws:dynamodb:us-east-1:111122223333:index/x", "AWS::DynamoDB::Table", "table/"),
            ("nothing", "AWS::XRay::Trace", "in full"),
        ] {
            let found = fault(text, resource_type).unwrap_or_default();
            assert!(found.contains(advice), "{text}: {found}");
        }
    }
}
