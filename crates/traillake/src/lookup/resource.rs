//! The resources of an event.
//!
//! A record says itself which resources it is about, in `resources`, for some services only. For others CloudTrail finds
//! them among the parameters when it is asked for events. It does not publish its list; this is ours, of parameters whose
//! meaning leaves no doubt. What stands deeper, such as the instances of EC2's sets, is not in it: `occurs` and
//! `traillake find` find a value wherever it stands.

use serde_json::Value;

use super::condition::quoted;
use super::event::Resource;

/// A parameter that names a resource.
struct Named {
    source: &'static str,
    object: &'static str,
    key: &'static str,
    /// The member of the key's value, where that is an object.
    member: Option<&'static str>,
    resource_type: &'static str,
}

const fn request(source: &'static str, key: &'static str, resource_type: &'static str) -> Named {
    Named { source, object: REQUEST, key, member: None, resource_type }
}

const fn response(source: &'static str, key: &'static str, member: &'static str, resource_type: &'static str) -> Named {
    Named { source, object: "responseElements", key, member: Some(member), resource_type }
}

const REQUEST: &str = "requestParameters";

/// Sorted by source, then requests before responses: those of one service stand together.
const NAMED: &[Named] = &[
    request("cloudformation.amazonaws.com", "stackName", "AWS::CloudFormation::Stack"),
    request("cloudtrail.amazonaws.com", "name", "AWS::CloudTrail::Trail"),
    request("dynamodb.amazonaws.com", "tableName", "AWS::DynamoDB::Table"),
    request("ec2.amazonaws.com", "groupId", "AWS::EC2::SecurityGroup"),
    request("ec2.amazonaws.com", "instanceId", "AWS::EC2::Instance"),
    request("ec2.amazonaws.com", "snapshotId", "AWS::EC2::Snapshot"),
    request("ec2.amazonaws.com", "vpcId", "AWS::EC2::VPC"),
    request("ecr.amazonaws.com", "repositoryName", "AWS::ECR::Repository"),
    request("eks-auth.amazonaws.com", "clusterName", "AWS::EKS::Cluster"),
    request("eks.amazonaws.com", "clusterName", "AWS::EKS::Cluster"),
    request("eks.amazonaws.com", "name", "AWS::EKS::Cluster"),
    request("iam.amazonaws.com", "accessKeyId", "AWS::IAM::AccessKey"),
    request("iam.amazonaws.com", "groupName", "AWS::IAM::Group"),
    request("iam.amazonaws.com", "policyArn", "AWS::IAM::Policy"),
    request("iam.amazonaws.com", "roleName", "AWS::IAM::Role"),
    request("iam.amazonaws.com", "userName", "AWS::IAM::User"),
    response("iam.amazonaws.com", "accessKey", "accessKeyId", "AWS::IAM::AccessKey"),
    request("kms.amazonaws.com", "keyId", "AWS::KMS::Key"),
    request("lambda.amazonaws.com", "functionName", "AWS::Lambda::Function"),
    request("logs.amazonaws.com", "logGroupName", "AWS::Logs::LogGroup"),
    request("rds.amazonaws.com", "dBInstanceIdentifier", "AWS::RDS::DBInstance"),
    request("s3.amazonaws.com", "bucketName", "AWS::S3::Bucket"),
    request("secretsmanager.amazonaws.com", "secretId", "AWS::SecretsManager::Secret"),
    request("sns.amazonaws.com", "topicArn", "AWS::SNS::Topic"),
    request("sqs.amazonaws.com", "queueUrl", "AWS::SQS::Queue"),
    request("sts.amazonaws.com", "roleArn", "AWS::IAM::Role"),
    request("sts.amazonaws.com", "roleSessionName", "AWS::STS::AssumedRole"),
    response("sts.amazonaws.com", "credentials", "accessKeyId", "AWS::IAM::AccessKey"),
];

impl Named {
    /// The name, in SQL.
    fn sql(&self) -> String {
        let value = format!("element_at({}, {})", self.object, quoted(self.key));
        match self.member {
            Some(member) => format!("json_extract_scalar({value}, {})", quoted(&format!("$.{member}"))),
            None => value,
        }
    }

    /// The name in a record.
    fn of(&self, record: &Value) -> Option<String> {
        let value = record.get(self.object)?.get(self.key)?;
        match self.member {
            Some(member) => value.get(member).and_then(text),
            None => text(value),
        }
    }
}

/// A single value as the map of a record has it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// The resources of a record, each once: its own first.
pub(super) fn of_record(record: &Value) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    let mut add = |resource: Resource| {
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    };
    for own in record.get("resources").and_then(Value::as_array).into_iter().flatten() {
        let member = |name: &str| own.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = member("ARN").or_else(|| member("ARNPrefix"));
        if let Some(resource_name) = name {
            add(Resource { resource_type: member("type"), resource_name });
        }
    }
    let source = record.get("eventSource").and_then(Value::as_str).unwrap_or_default();
    for named in NAMED.iter().filter(|named| named.source == source) {
        if let Some(resource_name) = named.of(record) {
            add(Resource { resource_type: Some(named.resource_type.to_owned()), resource_name });
        }
    }
    resources
}

/// What must hold for one of the resources to have a name.
pub(super) fn name_condition(name: &str) -> String {
    // What stands within a response has no column of its own. Only access keys are sought there.
    let is_access_key = is_access_key(name);
    let name = quoted(name);
    let own = format!("any_match(resources, r -> r.arn = {name} OR (r.arn IS NULL AND r.arnprefix = {name}))");
    let named = NAMED
        .iter()
        .filter(|named| named.member.is_none() || is_access_key)
        .map(|named| format!("(eventSource = {} AND {} = {name})", quoted(named.source), named.sql()));
    any(own, named)
}

/// Whether a text can be the id of an access key (IAM API reference, `AccessKey`: 16 to 128 letters of words).
fn is_access_key(name: &str) -> bool {
    (16..=128).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What must hold for one of the resources to be of a type.
pub(super) fn type_condition(resource_type: &str) -> String {
    let own = format!("any_match(resources, r -> r.type = {})", quoted(resource_type));
    let named = NAMED.iter().filter(|named| named.resource_type == resource_type);
    any(own, named.map(|named| format!("(eventSource = {} AND {} IS NOT NULL)", quoted(named.source), named.sql())))
}

fn any(own: String, named: impl Iterator<Item = String>) -> String {
    let ways: Vec<String> = std::iter::once(own).chain(named).collect();
    format!("({})", ways.join("\n    OR "))
}

/// The names of the resources, in SQL: one text, with blanks between them.
pub(super) fn names() -> String {
    let mut cases = String::new();
    for of_service in NAMED.chunk_by(|a, b| a.source == b.source) {
        let names: Vec<String> = of_service.iter().map(Named::sql).collect();
        let source = of_service.first().map_or("", |named| named.source);
        let names = match names.as_slice() {
            [name] => name.clone(),
            names => format!("concat_ws(' ', {})", names.join(", ")),
        };
        cases.push_str(&format!("\n      WHEN {} THEN {names}", quoted(source)));
    }
    format!(
        "nullif(concat_ws(' ', array_join(transform(resources, r -> coalesce(r.arn, r.arnprefix)), ' '),\n    \
         CASE eventSource{cases} END), '')"
    )
}

#[cfg(test)]
mod tests {
    use traillake_event::schema::Schema;

    use super::*;

    #[test]
    fn parameters_have_columns_and_responses_hold_access_keys_alone() {
        let hot: Vec<&str> = Schema::events().hot_keys_of(&[REQUEST]).map(|(key, _)| key).collect();
        for named in NAMED {
            match named.member {
                None => assert!(hot.contains(&named.key), "{}", named.key),
                Some(_) => assert_eq!(named.resource_type, "AWS::IAM::AccessKey"),
            }
        }
        assert!(name_condition("AKIAIOSFODNN7EXAMPLE").contains("responseElements"));
        assert!(!name_condition("my-bucket-of-many-letters").contains("responseElements"));
    }

    #[test]
    fn those_of_a_service_stand_together() {
        assert!(NAMED.is_sorted_by_key(|named| named.source));
    }

    #[test]
    fn a_record_names_resources_in_several_places() {
        let record = serde_json::json!({
            "eventSource": "sts.amazonaws.com",
            "requestParameters": {"roleArn": "arn:role", "roleSessionName": "session"},
            "responseElements": {"credentials": {"accessKeyId": "ASIAEXAMPLE"}},
            "resources": [{"ARN": "arn:role", "type": "AWS::IAM::Role"}, {"ARNPrefix": "arn:x"}, {"type": "y"}]
        });
        let shown: Vec<_> = of_record(&record)
            .into_iter()
            .map(|resource| (resource.resource_type.unwrap_or_default(), resource.resource_name))
            .collect();
        let expected = [
            ("AWS::IAM::Role", "arn:role"),
            ("", "arn:x"),
            ("AWS::STS::AssumedRole", "session"),
            ("AWS::IAM::AccessKey", "ASIAEXAMPLE"),
        ];
        assert_eq!(shown, expected.map(|(resource_type, name)| (resource_type.to_owned(), name.to_owned())));
    }
}
