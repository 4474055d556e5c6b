//! The questions of an investigation, as SQL one can read, run and edit.
//!
//! A [`Verb`] says what is wanted: who is this, what did this key do, where does this session come from. An
//! [`Investigation`] turns it into [`Step`]s, each one SELECT with a title. It reads nothing itself: whoever drives it
//! runs each step and hands the answer back, since what is asked next may depend on it.
//!
//! ```
//! use traillake::investigation::{Answer, Investigation, Reach, Scope, Verb};
//!
//! let verb = Verb::Key { key: "AKIAIOSFODNN7EXAMPLE".into() };
//! let mut investigation = Investigation::new(&verb, &Scope::default(), Reach::Everywhere);
//! while let Some(step) = investigation.next_step() {
//!     println!("-- {}\n{};", step.title, step.sql);
//!     // Run it here.
//!     investigation.answered(&Answer::default());
//! }
//! assert!(!investigation.found());
//! ```
//!
//! | module | verbs |
//! | --- | --- |
//! | `callers` | who, key, ip |
//! | `resources` | resource, first, last |
//! | `changes` | changes, logins |
//! | `failures` | errors, denied |
//! | `times` | timeline, coverage |
//! | `events` | event, around |
//! | `session` | session |

use std::collections::VecDeque;

mod callers;
mod changes;
mod events;
mod failures;
mod nearest;
mod resources;
mod select;
mod session;
mod times;
mod value;

pub use session::{Chain, Hop, Issue, Use};

use events::Around;
use session::Session;
use times::Unit;
use value::occurs_condition;

use select::Select;

/// Looking everywhere in more events than this takes longer than a second; see [`Reach`].
pub const EVENTS_EVERYWHERE_MAX: u64 = 150_000;

/// What an analyst wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Who is it: identities, actions, addresses, places, keys and agents.
    Who {
        /// An ARN, a name, an account, an access key, a principal id or a service.
        identity: String,
    },
    /// Whose access key is it, who issued it, what did it do?
    Key {
        /// The id of the access key.
        key: String,
    },
    /// Who came from an address, and what for?
    Ip {
        /// An address, or a network in CIDR notation.
        network: String,
    },
    /// Where does a session come from, and what came of it?
    Session {
        /// An access key, the ARN or name of a session, or an event id.
        of: String,
    },
    /// Who touched a resource, and how?
    Resource {
        /// An ARN, name or id.
        resource: String,
    },
    /// What happened around an event?
    Around {
        /// The id of the event.
        event: String,
        /// How long before and after it, in milliseconds.
        span_ms: u64,
    },
    /// One event, whole.
    Event {
        /// Its id.
        event: String,
    },
    /// When were values first seen?
    First {
        /// The values.
        values: Vec<String>,
    },
    /// When were values last seen?
    Last {
        /// The values.
        values: Vec<String>,
    },
    /// What fails, where, for whom and when?
    Errors,
    /// Who is denied what?
    Denied,
    /// How many events were there when?
    Timeline {
        /// Only those with this value, which are also listed.
        value: Option<String>,
    },
    /// What was changed?
    Changes {
        /// By whom, or of which resource.
        of: Option<String>,
    },
    /// Who signed in, and how?
    Logins,
    /// From which accounts and Regions are there events, day by day?
    Coverage,
}

/// Which events count, and how many rows an answer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The store's name; `$EDS_ID` when there is none.
    pub store: Option<String>,
    /// The first instant, in milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// The first instant that no longer counts.
    pub until_ms: Option<i64>,
    /// The account that received the events.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// Rows of each answer; each verb has its own number when there is none.
    pub limit: Option<u64>,
}

/// Where a value is looked for.
///
/// Everywhere is best, and quick for what is rare. What stands in millions of events is looked for in the columns that
/// hold such values. [`Verb::probe`] gives the statement to be explained before one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In any column and in JSON of any depth.
    Everywhere,
    /// In columns and the keys of parameters that name resources.
    Columns,
}

/// One statement of an investigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it answers, in a few words.
    pub title: String,
    /// The SELECT, over several lines.
    pub sql: String,
    /// The most rows it gives, where a reader can ask for more.
    pub limit: Option<u64>,
    /// What becomes of its rows.
    pub shown: Shown,
}

/// How the rows of a step are best shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As they are.
    Rows,
    /// As JSON text, which the last column holds.
    Json,
    /// As a matrix of account and Region by day.
    Matrix,
    /// As a part of the [`Chain`], which is complete when the steps are done.
    Chain,
}

/// The rows of a step as text; `None` is NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The headers.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Answer {
    /// A value by its row and header.
    pub fn value(&self, row: usize, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|known| known == column)?;
        self.rows.get(row)?.get(at)?.as_deref()
    }

    fn count(&self, row: usize, column: &str) -> u64 {
        self.value(row, column).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// A verb at work: gives the next step, takes its answer.
#[derive(Clone, Debug)]
pub struct Investigation {
    course: Course,
    scope: Scope,
    /// Steps that were asked and not answered, which is one at most.
    asked: Option<Asked>,
    /// How many of the first steps must be empty for there to be nothing at all.
    decisive: usize,
    answered: usize,
    found: bool,
}

#[derive(Clone, Debug)]
enum Course {
    Steps(VecDeque<Planned>),
    Around(Around),
    Session(Session),
}

/// A step that is known, or that will be when the span of time is.
#[derive(Clone, Debug)]
enum Planned {
    Step(Step),
    /// Tells between which times the events lie.
    Span(Step),
    /// Events for each unit of time, which the span decides.
    OverTime {
        title: &'static str,
        conditions: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Step,
    Span,
}

impl From<Step> for Planned {
    fn from(step: Step) -> Self {
        Planned::Step(step)
    }
}

impl Verb {
    /// The statement that would look everywhere for the values of the verb. How many events it would read tells whether
    /// that is wise. `None` for verbs that know where to look.
    pub fn probe(&self, scope: &Scope) -> Option<Step> {
        let values = match self {
            Verb::Resource { resource: value }
            | Verb::Timeline { value: Some(value) }
            | Verb::Changes { of: Some(value) } => std::slice::from_ref(value),
            Verb::First { values } | Verb::Last { values } => values,
            _ => return None,
        };
        let conditions = values.iter().map(|value| occurs_condition(value));
        let select = Select::new(scope).column("count(*) AS events").any(conditions);
        Some(select.step("How often the value stands anywhere"))
    }

    /// What a verb is about, for messages: `access key "AKIA…"`.
    pub fn subject(&self) -> Option<String> {
        Some(match self {
            Verb::Who { identity } => format!("an identity \"{identity}\""),
            Verb::Key { key } => format!("the access key \"{key}\""),
            Verb::Ip { network } => format!("an address in \"{network}\""),
            Verb::Session { of } => format!("a session \"{of}\""),
            Verb::Resource { resource: value }
            | Verb::Timeline { value: Some(value) }
            | Verb::Changes { of: Some(value) } => format!("the value \"{value}\""),
            Verb::Around { event, .. } | Verb::Event { event } => format!("the id \"{event}\""),
            Verb::First { values } | Verb::Last { values } => match values.as_slice() {
                [value] => format!("the value \"{value}\""),
                _ => "one of the values".to_owned(),
            },
            _ => return None,
        })
    }
}

impl Investigation {
    /// Begins.
    pub fn new(verb: &Verb, scope: &Scope, reach: Reach) -> Self {
        let mut decisive = 1;
        let course = match verb {
            Verb::Who { identity } => Course::of(callers::who(identity, scope)),
            Verb::Key { key } => {
                // A key that was only issued is known too.
                decisive = 2;
                Course::of(callers::key(key, scope))
            }
            Verb::Ip { network } => Course::of(callers::ip(network, scope)),
            Verb::Session { of } => Course::Session(Session::new(of, scope)),
            Verb::Resource { resource } => Course::of(resources::resource(resource, scope, reach)),
            Verb::Around { event, span_ms } => Course::Around(Around::new(event, *span_ms, scope)),
            Verb::Event { event } => Course::of(vec![events::event(event, scope)]),
            Verb::First { values } => Course::of(vec![resources::sight(values, resources::End::First, scope, reach)]),
            Verb::Last { values } => Course::of(vec![resources::sight(values, resources::End::Last, scope, reach)]),
            Verb::Errors => Course::Steps(failures::errors(scope)),
            Verb::Denied => Course::of(failures::denied(scope)),
            Verb::Timeline { value } => Course::Steps(times::timeline(value.as_deref(), scope, reach)),
            Verb::Changes { of } => Course::of(changes::changes(of.as_deref(), scope, reach)),
            Verb::Logins => Course::of(changes::logins(scope)),
            Verb::Coverage => Course::of(vec![times::coverage(scope)]),
        };
        // A session knows itself when there is nothing to follow.
        if verb.subject().is_none() || matches!(verb, Verb::Session { .. }) {
            decisive = 0;
        }
        Self { course, scope: scope.clone(), asked: None, decisive, answered: 0, found: false }
    }

    /// The next statement to run; `None` when the investigation is over. Each must be answered before the next.
    pub fn next_step(&mut self) -> Option<Step> {
        if self.decisive > 0 && self.answered >= self.decisive && !self.found {
            return None;
        }
        let (step, asked) = match &mut self.course {
            Course::Around(around) => (around.next_step()?, Asked::Step),
            Course::Session(session) => (session.next_step()?, Asked::Step),
            Course::Steps(steps) => match steps.pop_front()? {
                Planned::Step(step) => (step, Asked::Step),
                Planned::Span(step) => (step, Asked::Span),
                Planned::OverTime { title, conditions } => {
                    (times::over_time(title, Unit::Day, &conditions, &self.scope), Asked::Step)
                }
            },
        };
        self.asked = Some(asked);
        Some(step)
    }

    /// Takes the answer of the step that was asked last.
    pub fn answered(&mut self, answer: &Answer) {
        let Some(asked) = self.asked.take() else { return };
        self.answered += 1;
        match &mut self.course {
            Course::Around(around) => around.answered(answer),
            Course::Session(session) => session.answered(answer),
            Course::Steps(steps) => {
                if asked == Asked::Span {
                    let unit = Unit::of(answer);
                    let settled = steps.drain(..).map(|planned| match planned {
                        Planned::OverTime { title, conditions } => {
                            Planned::Step(times::over_time(title, unit, &conditions, &self.scope))
                        }
                        other => other,
                    });
                    *steps = settled.collect();
                }
            }
        }
        // A span of no events is a row all the same.
        self.found |= match asked {
            _ if matches!(self.course, Course::Session(_)) => self.chain().is_some_and(Chain::is_known),
            Asked::Span => answer.count(0, times::EVENTS) > 0,
            Asked::Step => !answer.rows.is_empty(),
        };
    }

    /// Whether what is asked next depends on what is answered now.
    pub fn leans_on_answers(&self) -> bool {
        match &self.course {
            Course::Around(_) | Course::Session(_) => true,
            Course::Steps(steps) => steps.iter().any(|planned| matches!(planned, Planned::OverTime { .. })),
        }
    }

    /// Whether any event answered.
    pub fn found(&self) -> bool {
        self.found
    }

    /// The chain of sessions, as far as it is known.
    pub fn chain(&self) -> Option<&Chain> {
        match &self.course {
            Course::Session(session) => Some(session.chain()),
            _ => None,
        }
    }

    /// Statements whose column `value` holds what is known, to say what may have been meant when nothing was found.
    pub fn nearest(verb: &Verb, scope: &Scope) -> Vec<Step> {
        nearest::steps(verb, scope)
    }
}

impl Course {
    fn of(steps: Vec<Step>) -> Self {
        Course::Steps(steps.into_iter().map(Planned::Step).collect())
    }
}

#[cfg(test)]
mod tests;
