//! Those who call: identities, access keys, addresses.

use super::select::{Select, text};
use super::value::{identity_conditions, issued_condition};
use super::{Scope, Step};

/// Who called: the role behind a session, else the caller, else the service or account.
pub(super) const CALLER: &str = "coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn,\n         \
                                 userIdentity.userName, userIdentity.invokedBy, userIdentity.accountId) AS caller";

/// The same in few letters: the ARN without what all ARNs begin with.
pub(super) const CALLER_SHORT: &str = "coalesce(split_part(userIdentity.arn, ':', 6), userIdentity.userName,\n         \
                                       userIdentity.invokedBy, userIdentity.accountId) AS caller";

/// How much, and from when to when.
pub(super) const COUNTS: [&str; 4] =
    ["count(*) AS events", "count(errorCode) AS failed", "min(eventTime) AS firstTime", "max(eventTime) AS lastTime"];

/// What an event is about.
pub(super) const TARGET: &str = "coalesce(element_at(resources, 1).arn, element_at(requestParameters, 'name'),\n         \
                                 element_at(requestParameters, 'userName'), element_at(requestParameters, 'roleName'),\n         \
                                 element_at(requestParameters, 'groupId'), element_at(requestParameters, 'bucketName')) \
                                 AS target";

/// Rows of a table of groups, and of a list of events.
pub(super) const GROUPS: u64 = 10;
pub(super) const EVENTS: u64 = 50;

/// Groups of the events that satisfy conditions, the largest first.
pub(super) fn groups(title: &str, by: &[&str], conditions: &[String], scope: &Scope) -> Step {
    let select = Select::new(scope).by(by.iter().copied()).columns(COUNTS).any(conditions.iter().cloned());
    largest_first(select, by.len()).limit(GROUPS).step(title)
}

/// The order of groups: many events first, then by what makes them.
pub(super) fn largest_first(select: Select, groups: usize) -> Select {
    let select = select.order("events DESC");
    (1..=groups).fold(select, |select, number| select.order(&number.to_string()))
}

pub(super) fn who(identity: &str, scope: &Scope) -> Vec<Step> {
    let conditions = identity_conditions(identity);
    let groups = |title: &str, by: &[&str]| groups(title, by, &conditions, scope);
    vec![
        groups("Who it is", &["userIdentity.type", CALLER]),
        groups("What was done", &["eventSource", "eventName"]),
        groups("Which addresses", &["sourceIPAddress"]),
        groups("Which accounts and Regions", &["recipientAccountId", "awsRegion"]),
        groups("Which access keys", &["userIdentity.accessKeyId"]),
        groups("Which agents", &["userAgent"]),
    ]
}

pub(super) fn key(key: &str, scope: &Scope) -> Vec<Step> {
    let issuing = issued_condition(key);
    let key = text(key);
    let used = [format!("userIdentity.accessKeyId = {key}")];
    let groups = |title: &str, by: &[&str]| groups(title, by, &used, scope);
    // Whoever made the key may have done so long before.
    let issued = Select::of_all(scope)
        .columns(["eventTime", "eventName", CALLER_SHORT, "userIdentity.accessKeyId", "sourceIPAddress", "eventID"])
        .with(issuing)
        .order("eventTime")
        .order("eventID")
        .limit(GROUPS);
    let managed = Select::of_all(scope)
        .columns(["eventTime", "eventName", CALLER_SHORT, "sourceIPAddress", "errorCode", "eventID"])
        .with(format!("element_at(requestParameters, 'accessKeyId') = {key}"))
        .order("eventTime")
        .order("eventID")
        .limit(GROUPS);
    vec![
        groups("Whose it is", &["userIdentity.type", "userIdentity.arn"]),
        issued.step("Which event issued it"),
        groups("Which addresses and agents", &["sourceIPAddress", "userAgent"]),
        groups("What it did", &["eventSource", "eventName", "errorCode"]),
        managed.step("What was done to it"),
    ]
}

pub(super) fn ip(network: &str, scope: &Scope) -> Vec<Step> {
    let condition = match network.contains('/') {
        true => format!("contains({}, TRY_CAST(sourceIPAddress AS ipaddress))", text(network)),
        false => format!("sourceIPAddress = {}", text(network)),
    };
    let conditions = [condition];
    let failures = Select::new(scope)
        .by(["errorCode", "eventName"])
        .columns(COUNTS.into_iter().filter(|column| !column.starts_with("count(errorCode)")))
        .any(conditions.iter().cloned())
        .with("errorCode IS NOT NULL");
    vec![
        groups("Who came from there", &["sourceIPAddress", CALLER, "userIdentity.accessKeyId"], &conditions, scope),
        groups("What was done", &["eventSource", "eventName"], &conditions, scope),
        largest_first(failures, 2).limit(GROUPS).step("What failed"),
    ]
}
