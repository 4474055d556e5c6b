//! What kind of thing a value is, and where such things stand in events.

use super::Reach;
use super::select::{any, pattern, text};

/// The account's own word for its owner.
const ROOT: &str = "root";

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Arn,
    /// `AKIA…`, `ASIA…`
    AccessKey,
    /// `AIDA…`, `AROA…`
    Principal,
    /// Twelve digits.
    Account,
    Address,
    /// `ec2.amazonaws.com`
    Service,
    /// A UUID.
    Uuid,
    Name,
}

impl Kind {
    pub(super) fn of(value: &str) -> Self {
        let unique = |prefixes: &[&str]| {
            value.len() >= 16
                && prefixes.iter().any(|prefix| value.starts_with(prefix))
                && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        if value.starts_with("arn:") {
            Kind::Arn
        } else if unique(&["AKIA", "ASIA", "ABIA"]) {
            Kind::AccessKey
        } else if unique(&["AIDA", "AROA", "AGPA", "AIPA", "ANPA"]) {
            Kind::Principal
        } else if value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()) {
            Kind::Account
        } else if value.parse::<std::net::IpAddr>().is_ok() {
            Kind::Address
        } else if value.ends_with(".amazonaws.com") {
            Kind::Service
        } else if is_uuid(value) {
            Kind::Uuid
        } else {
            Kind::Name
        }
    }
}

pub(super) fn is_uuid(value: &str) -> bool {
    let groups: Vec<_> = value.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The id of the access key that an event issued.
pub(super) const ISSUED: [&str; 2] = [
    "json_extract_scalar(element_at(responseElements, 'credentials'), '$.accessKeyId')",
    "json_extract_scalar(element_at(responseElements, 'accessKey'), '$.accessKeyId')",
];

/// A condition that holds for the events that issued an access key.
///
/// Lasting keys come of one action, which is worth saying: the key itself stands in all its events.
pub(super) fn issued_condition(key: &str) -> String {
    let [temporary, lasting] = ISSUED;
    match key.starts_with("AKIA") {
        true => format!("eventName = 'CreateAccessKey'\n  AND {lasting} = {}", text(key)),
        false => any([temporary, lasting].map(|issued| format!("{issued} = {}", text(key)))),
    }
}

/// Conditions of which one holds for the events of an identity.
pub(super) fn identity_conditions(identity: &str) -> Vec<String> {
    const ISSUER: &str = "userIdentity.sessionContext.sessionIssuer";
    let is = |column: &str| format!("{column} = {}", text(identity));
    match Kind::of(identity) {
        Kind::Arn if identity.contains(":assumed-role/") => vec![is("userIdentity.arn")],
        Kind::Arn => vec![is("userIdentity.arn"), is(&format!("{ISSUER}.arn"))],
        Kind::AccessKey => vec![is("userIdentity.accessKeyId")],
        Kind::Principal => vec![
            is("userIdentity.principalId"),
            is(&format!("{ISSUER}.principalId")),
            format!("userIdentity.principalId LIKE {}", pattern("", identity, ":%")),
        ],
        Kind::Account => vec![is("userIdentity.accountId")],
        Kind::Service => vec![is("userIdentity.invokedBy")],
        Kind::Uuid => vec![is("userIdentity.onBehalfOf.userId")],
        Kind::Address | Kind::Name if identity.eq_ignore_ascii_case(ROOT) => {
            vec!["userIdentity.type = 'Root'".to_owned()]
        }
        Kind::Address | Kind::Name => vec![
            is("userIdentity.userName"),
            is(&format!("{ISSUER}.userName")),
            is("userIdentity.sessionContext.sourceIdentity"),
            format!("userIdentity.arn LIKE {}", pattern("%/", identity, "")),
        ],
    }
}

/// A condition that holds for the events that a value stands in.
pub(super) fn condition(value: &str, reach: Reach) -> String {
    match reach {
        Reach::Everywhere => occurs_condition(value),
        Reach::Columns => column_condition(value),
    }
}

/// Everywhere. The ARN of a bucket is not what its events call it.
pub(super) fn occurs_condition(value: &str) -> String {
    match bucket(value) {
        Some((bucket, None)) => format!("occurs(eventJson, {})", text(bucket)),
        Some((bucket, Some(key))) => {
            format!("occurs(eventJson, {})\n  AND occurs(eventJson, {})", text(bucket), text(key))
        }
        None => format!("occurs(eventJson, {})", text(value)),
    }
}

/// The keys of requests that name resources, all of which have columns of their own.
const NAMES: &[&str] = &[
    "bucketName",
    "userName",
    "roleName",
    "groupName",
    "policyName",
    "instanceId",
    "groupId",
    "vpcId",
    "snapshotId",
    "functionName",
    "keyId",
    "secretId",
    "tableName",
    "dBInstanceIdentifier",
    "logGroupName",
    "repositoryName",
    "clusterName",
    "stackName",
    "name",
];

/// Those that ARNs are given in.
const ARNS: &[&str] = &["roleArn", "policyArn", "topicArn", "functionName", "keyId", "secretId", "stackName", "name"];

fn request(key: &str, value: &str) -> String {
    format!("element_at(requestParameters, '{key}') = {}", text(value))
}

fn column_condition(value: &str) -> String {
    let is = |column: &str| format!("{column} = {}", text(value));
    let conditions = match Kind::of(value) {
        Kind::Arn => match bucket(value) {
            Some((bucket, None)) => vec![request("bucketName", bucket)],
            Some((bucket, Some(key))) => {
                return format!("{}\n  AND {}", request("bucketName", bucket), request("key", key));
            }
            None => {
                let requests = ARNS.iter().map(|key| request(key, value));
                let in_resources = format!("any_match(resources, r -> r.arn = {})", text(value));
                identity_conditions(value).into_iter().chain(requests).chain([in_resources]).collect()
            }
        },
        Kind::AccessKey => {
            let issued = ISSUED.iter().map(|column| is(column));
            [is("userIdentity.accessKeyId"), request("accessKeyId", value)].into_iter().chain(issued).collect()
        }
        Kind::Account => vec![is("recipientAccountId"), is("userIdentity.accountId")],
        Kind::Address => vec![is("sourceIPAddress")],
        Kind::Service => vec![is("eventSource"), is("userIdentity.invokedBy"), is("sourceIPAddress")],
        Kind::Uuid => vec![is("eventID"), is("sharedEventID"), request("keyId", value)],
        Kind::Principal => identity_conditions(value),
        Kind::Name => {
            let requests = NAMES.iter().map(|key| request(key, value));
            [is("eventName")].into_iter().chain(identity_conditions(value)).chain(requests).collect()
        }
    };
    any(conditions)
}

/// The bucket and, behind it, the key of an S3 ARN.
fn bucket(value: &str) -> Option<(&str, Option<&str>)> {
    let name = value.strip_prefix("arn:")?.split_once(":s3:::")?.1;
    Some(name.split_once('/').map_or((name, None), |(bucket, key)| (bucket, Some(key).filter(|key| !key.is_empty()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_by_its_look() {
        for (value, kind) in [
            ("arn:aws:iam::111122223333:user/ana", Kind::Arn),
            ("AKIAIOSFODNN7EXAMPLE", Kind::AccessKey),
            ("AKIA", Kind::Name),
            ("AROAIOSFODNN7EXAMPLE", Kind::Principal),
            ("111122223333", Kind::Account),
            ("11112222333", Kind::Name),
            ("2001:db8::1", Kind::Address),
            ("ec2.amazonaws.com", Kind::Service),
            ("36c05618-c303-4cbf-83b9-c29000a4ddff", Kind::Uuid),
            ("ana", Kind::Name),
        ] {
            assert_eq!(Kind::of(value), kind, "{value}");
        }
    }

    #[test]
    fn the_arn_of_a_bucket_is_its_name() {
        assert_eq!(occurs_condition("arn:aws:s3:::logs"), "occurs(eventJson, 'logs')");
        assert_eq!(column_condition("arn:aws:s3:::logs"), "element_at(requestParameters, 'bucketName') = 'logs'");
        assert!(
            column_condition("arn:aws:s3:::logs/a/b").ends_with("  AND element_at(requestParameters, 'key') = 'a/b'")
        );
    }

    #[test]
    fn a_name_with_marks_of_patterns_stands_for_itself() {
        let conditions = identity_conditions("back_up%");
        assert_eq!(conditions[0], "userIdentity.userName = 'back_up%'");
        assert_eq!(conditions[3], r"userIdentity.arn LIKE '%/back\_up\%' ESCAPE '\'");
    }
}
