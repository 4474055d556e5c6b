//! What fails, and what is denied.

use std::collections::VecDeque;

use super::callers::{CALLER, CALLER_SHORT, COUNTS, EVENTS, GROUPS, largest_first};
use super::select::{Select, any};
use super::times::span;
use super::{Planned, Scope, Step};

/// Services have many words for "you may not".
const DENIED: &[&str] = &[
    "errorCode LIKE '%AccessDenied%'",
    "errorCode LIKE '%Unauthorized%'",
    "errorCode LIKE '%NotAuthorized%'",
    "errorCode LIKE '%Forbidden%'",
    "errorCode = 'AuthorizationError'",
];

/// So many denials of one credential in an hour are a burst.
const BURST: u64 = 10;

fn of_failures(scope: &Scope) -> Select {
    Select::new(scope).with("errorCode IS NOT NULL")
}

pub(super) fn errors(scope: &Scope) -> VecDeque<Planned> {
    const FAILED: &str = "errorCode IS NOT NULL";
    let counts = ["count(*) AS events", "count(DISTINCT userIdentity.arn) AS callers", COUNTS[2], COUNTS[3]];
    let codes = of_failures(scope).by(["errorCode"]).columns(counts);
    let actions = of_failures(scope).by(["eventSource", "eventName", "errorCode"]).columns(counts);
    let callers = of_failures(scope).by([CALLER]).columns([
        "count(*) AS events",
        "count(DISTINCT eventName) AS actions",
        COUNTS[2],
        COUNTS[3],
    ]);
    let failed = vec![FAILED.to_owned()];
    VecDeque::from([
        Planned::Span(span("How many failures", &failed, scope)),
        largest_first(codes, 1).limit(GROUPS).step("Which errors").into(),
        largest_first(actions, 3).limit(GROUPS).step("Which services and actions").into(),
        largest_first(callers, 1).limit(GROUPS).step("Whose calls").into(),
        Planned::OverTime { title: "When", conditions: failed },
    ])
}

pub(super) fn denied(scope: &Scope) -> Vec<Step> {
    let denied = || Select::new(scope).with(any(DENIED.iter().map(|&condition| condition.to_owned())));
    let bursts = denied()
        .by(["date_trunc('hour', eventTime) AS hour", CALLER_SHORT, "userIdentity.accessKeyId", "sourceIPAddress"])
        // There are as many groups as credentials in an hour: distinct actions of each would take seconds.
        .columns([COUNTS[0], COUNTS[2], COUNTS[3]])
        .having(&format!("count(*) >= {BURST}"));
    let callers = denied().by([CALLER]).columns([
        "count(*) AS events",
        "count(DISTINCT eventName) AS actions",
        "count(DISTINCT sourceIPAddress) AS addresses",
        COUNTS[2],
        COUNTS[3],
    ]);
    let what =
        denied().by([CALLER_SHORT, "eventSource", "eventName", "errorCode"]).columns([COUNTS[0], COUNTS[2], COUNTS[3]]);
    let latest = denied()
        .columns(["eventTime", CALLER_SHORT, "sourceIPAddress", "eventName", "errorCode", "errorMessage", "eventID"])
        .order("eventTime DESC")
        .order("eventID")
        .limit(EVENTS / 5);
    vec![
        largest_first(bursts, 4).limit(GROUPS).step("Bursts: ten and more denials within an hour"),
        largest_first(callers, 1).limit(GROUPS).step("Who is denied"),
        largest_first(what, 4).limit(2 * GROUPS).step("What"),
        latest.step("The latest denials"),
    ]
}
