//! What is known, for who mistyped it.

use super::select::Select;
use super::value::Kind;
use super::{Scope, Step, Verb};

/// More values than this are not compared.
const VALUES_MAX: u64 = 200_000;

const USERS: &[&str] = &["userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName"];
const RESOURCES: &[&str] = &[
    "element_at(requestParameters, 'bucketName')",
    "element_at(requestParameters, 'tableName')",
    "element_at(requestParameters, 'functionName')",
    "element_at(requestParameters, 'instanceId')",
    "element_at(requestParameters, 'groupId')",
    "element_at(requestParameters, 'name')",
];

pub(super) fn steps(verb: &Verb, scope: &Scope) -> Vec<Step> {
    let (value, resources) = match verb {
        Verb::Who { identity: value }
        | Verb::Key { key: value }
        | Verb::Ip { network: value }
        | Verb::Session { of: value } => (value, false),
        Verb::Resource { resource: value }
        | Verb::Timeline { value: Some(value) }
        | Verb::Changes { of: Some(value) } => (value, true),
        Verb::First { values } | Verb::Last { values } => match values.as_slice() {
            [value] => (value, true),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let columns: &[&[&str]] = match Kind::of(value) {
        Kind::Arn => &[&["userIdentity.sessionContext.sessionIssuer.arn", "userIdentity.arn"]],
        Kind::AccessKey => &[&["userIdentity.accessKeyId"]],
        Kind::Principal => &[&["userIdentity.principalId"]],
        Kind::Account => &[&["userIdentity.accountId", "recipientAccountId"]],
        Kind::Address => &[&["sourceIPAddress"]],
        Kind::Service => &[&["eventSource", "userIdentity.invokedBy"]],
        Kind::Uuid => &[],
        Kind::Name if resources => &[RESOURCES, USERS],
        Kind::Name => &[USERS],
    };
    columns.iter().copied().flatten().map(|column| known(column, scope)).collect()
}

fn known(column: &str, scope: &Scope) -> Step {
    let all = Scope { store: scope.store.clone(), ..Scope::default() };
    Select::new(&all).by([format!("{column} AS value").as_str()]).exactly(VALUES_MAX).step("What is known")
}
