//! What an investigation is about, for the dot-commands that ask.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Candidate, Completion};
use crate::shell::catalog::{Catalog, List, Of, Question, quoted};
use crate::shell::matching;

/// What an investigation is about, as the argument of a dot-command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A principal: a user's name or an ARN.
    Who,
    /// An access key.
    Key,
    /// An address.
    Ip,
    /// The ARN of a resource, or a bucket.
    Resource,
    /// An event, by its id.
    Event,
}

impl Subject {
    /// What the argument of a dot-command is about.
    pub(super) fn of_command(name: &str) -> Option<Subject> {
        let all = [
            (".who", Subject::Who),
            (".key", Subject::Key),
            (".ip", Subject::Ip),
            (".resource", Subject::Resource),
            (".event", Subject::Event),
        ];
        all.into_iter().find(|(command, _)| command.eq_ignore_ascii_case(name)).map(|(_, subject)| subject)
    }

    fn lists(self) -> Vec<Of> {
        let values = |expression: &str| Of::Values(expression.to_owned());
        match self {
            Subject::Who => vec![values("userIdentity.userName"), values("userIdentity.arn")],
            Subject::Key => vec![values("userIdentity.accessKeyId")],
            Subject::Ip => vec![values("sourceIPAddress")],
            Subject::Resource => vec![values("element_at(requestParameters, 'bucketName')"), Of::Resources],
            Subject::Event => vec![values("eventID")],
        }
    }
}

/// The values of a subject that match what is typed, which begins at a place of the line.
pub(super) fn of_subject(
    subject: Subject,
    typed: &str,
    start: usize,
    catalog: &Catalog,
    patience: Duration,
) -> Completion {
    let tables = catalog.usual_tables();
    let of = |table: &String| subject.lists().into_iter().map(|of| Question::new(table, of)).collect::<Vec<_>>();
    let questions: Vec<Question> = tables.iter().flat_map(of).collect();
    for question in &questions {
        catalog.list(question, Duration::ZERO);
    }
    let until = Instant::now() + patience;
    let left = || until.saturating_duration_since(Instant::now());
    let lists: Vec<Arc<List>> = questions.iter().filter_map(|question| catalog.list(question, left())).collect();
    let values = lists.iter().flat_map(|list| list.values.iter().map(|(value, _)| value));
    let candidate = |value: &String| Candidate { replacement: as_word(value), display: value.clone() };
    let open = typed.trim_start_matches(['\'', '"']);
    let mut seen = HashSet::new();
    let found = matching::best(open, values.filter(|value| seen.insert(*value)), |value| value);
    Completion { start, candidates: found.into_iter().map(candidate).collect() }
}

/// A value as one word of a command.
fn as_word(value: &str) -> String {
    let plain = !value.contains(|letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | ';' | '\\'));
    if plain { value.to_owned() } else { quoted(value) }
}
