//! Events over time.

use std::collections::VecDeque;

use traillake_event::time;

use super::resources::events;
use super::select::Select;
use super::value::condition;
use super::{Answer, Planned, Reach, Scope, Shown, Step};

/// The column of [`span`] that counts.
pub(super) const EVENTS: &str = "events";

/// Between which times the events of conditions lie.
pub(super) fn span(title: &str, conditions: &[String], scope: &Scope) -> Step {
    let select = Select::new(scope)
        .column(&format!("count(*) AS {EVENTS}"))
        .columns(["min(eventTime) AS firstTime", "max(eventTime) AS lastTime"]);
    let select = conditions.iter().fold(select, |select, condition| select.with(condition.as_str()));
    select.step(title)
}

/// How long a line of a timeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

impl Unit {
    /// The unit in which the span of an answer is some dozens of lines at most.
    pub(super) fn of(answer: &Answer) -> Self {
        let instant = |column| answer.value(0, column).and_then(time::parse).map(|(millis, _)| millis);
        match instant("firstTime").zip(instant("lastTime")) {
            Some((first, last)) => Self::of_span(last.saturating_sub(first)),
            None => Unit::Day,
        }
    }

    fn of_span(millis: i64) -> Self {
        match millis {
            span if span <= MINUTE_MS => Unit::Second,
            span if span <= 90 * MINUTE_MS => Unit::Minute,
            span if span <= 3 * DAY_MS => Unit::Hour,
            span if span <= 92 * DAY_MS => Unit::Day,
            span if span <= 730 * DAY_MS => Unit::Week,
            _ => Unit::Month,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
        }
    }
}

/// Events for each unit of time.
pub(super) fn over_time(title: &str, unit: Unit, conditions: &[String], scope: &Scope) -> Step {
    let unit = unit.name();
    let select = Select::new(scope)
        .by([format!("date_trunc('{unit}', eventTime) AS {unit}").as_str()])
        .columns([
            "count(*) AS events",
            "count(*) FILTER (WHERE NOT readOnly) AS changes",
            "count(errorCode) AS failed",
            "count(DISTINCT userIdentity.arn) AS callers",
        ])
        .order("1");
    let select = conditions.iter().fold(select, |select, condition| select.with(condition.as_str()));
    select.step(title)
}

pub(super) fn timeline(value: Option<&str>, scope: &Scope, reach: Reach) -> VecDeque<Planned> {
    let conditions: Vec<_> = value.iter().map(|value| condition(value, reach)).collect();
    let span = Planned::Span(span("How many events, from when to when", &conditions, scope));
    let list = value.map(|_| Planned::Step(events("The events", &conditions, scope)));
    let over_time = Planned::OverTime { title: "Events over time", conditions };
    [span, over_time].into_iter().chain(list).collect()
}

pub(super) fn coverage(scope: &Scope) -> Step {
    let select = Select::new(scope)
        .by(["recipientAccountId", "awsRegion", "date_trunc('day', eventTime) AS day"])
        .column("count(*) AS events")
        .order("1")
        .order("2")
        .order("3");
    Step { shown: Shown::Matrix, ..select.step("Events by account, Region and day") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_has_some_dozens_of_lines() {
        for (span, unit) in [
            (0, Unit::Second),
            (10 * MINUTE_MS, Unit::Minute),
            (DAY_MS, Unit::Hour),
            (30 * DAY_MS, Unit::Day),
            (365 * DAY_MS, Unit::Week),
            (10 * 365 * DAY_MS, Unit::Month),
        ] {
            assert_eq!(Unit::of_span(span), unit, "{span}");
        }
    }
}
