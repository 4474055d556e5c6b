//! Single events, and what happened around them.

use traillake_event::time;

use super::callers::{CALLER_SHORT, EVENTS};
use super::select::{Select, any, instant, text};
use super::{Answer, Scope, Shown, Step};

/// The whole record. Ids may repeat: all events of an id come.
pub(super) fn event(id: &str, scope: &Scope) -> Step {
    let select = Select::new(scope)
        .columns(["eventTime", "eventID", "eventJsonChecksum", "eventJson"])
        .with(format!("eventID = {}", text(id)))
        .order("eventTime")
        .limit(EVENTS);
    Step { shown: Shown::Json, ..select.step("The event as it was delivered") }
}

/// First the event, then its neighbours.
#[derive(Clone, Debug)]
pub(super) struct Around {
    id: String,
    span_ms: u64,
    scope: Scope,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    Event,
    Neighbours(Box<Centre>),
    Done,
}

/// What the neighbours of an event have in common with it.
#[derive(Clone, Debug)]
struct Centre {
    at_ms: i64,
    key: Option<String>,
    arn: Option<String>,
    address: Option<String>,
    account: Option<String>,
}

impl Around {
    pub(super) fn new(id: &str, span_ms: u64, scope: &Scope) -> Self {
        Self { id: id.to_owned(), span_ms, scope: scope.clone(), phase: Phase::Event }
    }

    pub(super) fn next_step(&self) -> Option<Step> {
        match &self.phase {
            Phase::Event => Some(self.event()),
            Phase::Neighbours(centre) => Some(self.neighbours(centre)),
            Phase::Done => None,
        }
    }

    fn event(&self) -> Step {
        Select::of_all(&self.scope)
            .columns([
                "eventTime",
                "eventName",
                "userIdentity.arn",
                "userIdentity.accessKeyId",
                "sourceIPAddress",
                "recipientAccountId",
                "errorCode",
            ])
            .with(format!("eventID = {}", text(&self.id)))
            .order("eventTime")
            .exactly(1)
            .step("The event")
    }

    pub(super) fn answered(&mut self, answer: &Answer) {
        let value = |column| answer.value(0, column).map(str::to_owned);
        self.phase = match (&self.phase, answer.value(0, "eventTime").and_then(time::parse)) {
            (Phase::Event, Some((at_ms, _))) => Phase::Neighbours(Box::new(Centre {
                at_ms,
                key: value("accessKeyId"),
                arn: value("arn"),
                address: value("sourceIPAddress"),
                account: value("recipientAccountId"),
            })),
            _ => Phase::Done,
        };
    }

    fn neighbours(&self, centre: &Centre) -> Step {
        let is =
            |column: &str, value: &Option<String>| value.as_deref().map(|value| format!("{column} = {}", text(value)));
        let shared: Vec<(&str, String)> = [
            ("key", is("userIdentity.accessKeyId", &centre.key)),
            ("caller", is("userIdentity.arn", &centre.arn)),
            ("address", is("sourceIPAddress", &centre.address)),
            ("account", is("recipientAccountId", &centre.account)),
        ]
        .into_iter()
        .filter_map(|(name, condition)| Some((name, condition?)))
        .collect();
        let id = format!("eventID = {}", text(&self.id));
        let cases: Vec<_> = shared.iter().map(|(name, condition)| format!("WHEN {condition} THEN '{name}'")).collect();
        let same =
            format!("CASE WHEN {id} THEN '>>> it'\n            {}\n       END AS same", cases.join("\n            "));
        let span = i64::try_from(self.span_ms).unwrap_or(i64::MAX);
        let (first, last) = (centre.at_ms.saturating_sub(span), centre.at_ms.saturating_add(span));
        let at = instant(centre.at_ms);
        // Nearest in time are those that say most; the order of time is for the reader.
        let nearest = Select::of_all(&Scope {
            limit: self.scope.limit,
            ..Scope { store: self.scope.store.clone(), ..Scope::default() }
        })
        .columns([same.as_str(), "eventTime", "eventName", CALLER_SHORT, "sourceIPAddress", "errorCode", "eventID"])
        .with(any(shared.iter().map(|(_, condition)| condition.clone()).chain([id])))
        .with(format!("eventTime <= {}", instant(last)))
        .with(format!("eventTime >= {}", instant(first)))
        .order(&format!("abs(date_diff('millisecond', eventTime, {at}))"))
        .order("eventID")
        .limit(EVENTS);
        let limit = self.scope.limit.unwrap_or(EVENTS);
        let inner = nearest.to_string().replace('\n', "\n  ");
        let sql = format!("SELECT *\nFROM (\n  {inner}\n)\nORDER BY eventTime, eventID");
        let title = "What the same key, caller, address or account did around it";
        Step { title: title.to_owned(), sql, limit: Some(limit), shown: Shown::Rows }
    }
}
