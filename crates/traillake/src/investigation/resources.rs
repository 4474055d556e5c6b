//! Things that events touch, and values wherever they stand.

use super::callers::{CALLER, CALLER_SHORT, COUNTS, EVENTS, GROUPS, TARGET, groups, largest_first};
use super::select::{Select, text};
use super::value::condition;
use super::{Reach, Scope, Shown, Step};

/// Which end of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

pub(super) fn resource(resource: &str, scope: &Scope, reach: Reach) -> Vec<Step> {
    let touching = [condition(resource, reach)];
    let who = Select::new(scope)
        .by([CALLER])
        .columns(COUNTS)
        .column("count(*) FILTER (WHERE NOT readOnly) AS changes")
        .any(touching.iter().cloned());
    let list = |title: &str, changes: bool| {
        let select = Select::new(scope).columns(EVENT).any(touching.iter().cloned());
        let select = if changes { select.with("NOT readOnly") } else { select };
        select.order("eventTime DESC").order("eventID").limit(EVENTS_LISTED).step(title)
    };
    vec![
        largest_first(who, 1).limit(GROUPS).step("Who touched it"),
        groups("How", &["eventSource", "eventName", "errorCode"], &touching, scope),
        list("The latest changes", true),
        list("The latest events", false),
    ]
}

const EVENTS_LISTED: u64 = 20;

/// An event of a list.
pub(super) const EVENT: [&str; 7] =
    ["eventTime", "eventName", CALLER_SHORT, "sourceIPAddress", "errorCode", TARGET, "eventID"];

/// The events of conditions in the order of time.
pub(super) fn events(title: &str, conditions: &[String], scope: &Scope) -> Step {
    let select = Select::new(scope).columns(EVENT);
    let select = conditions.iter().fold(select, |select, condition| select.with(condition.as_str()));
    select.order("eventTime").order("eventID").limit(EVENTS).step(title)
}

/// The event at one end of time for each value.
pub(super) fn sight(values: &[String], end: End, scope: &Scope, reach: Reach) -> Step {
    let (order, title) = match end {
        End::First => ("eventTime", "When it was first seen"),
        End::Last => ("eventTime DESC", "When it was last seen"),
    };
    let of_value = |value: &String| {
        let select = Select::new(scope).column(&format!("{} AS value", text(value))).columns(EVENT);
        select.with(condition(value, reach)).order(order).order("eventID").exactly(1).to_string()
    };
    let selects: Vec<_> = values.iter().map(of_value).collect();
    let sql = match selects.as_slice() {
        [one] => one.clone(),
        several => format!("({})\nORDER BY {order}, eventID", several.join(")\nUNION ALL\n(")),
    };
    Step { title: title.to_owned(), sql, limit: None, shown: Shown::Rows }
}
