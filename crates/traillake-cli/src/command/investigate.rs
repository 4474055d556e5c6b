//! The verbs of an investigation: their steps run one after another, each with the SQL that is run.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use traillake::investigation::{Answer, EVENTS_EVERYWHERE_MAX, Investigation, Reach, Scope, Shown, Step, Verb};
use traillake::{Lake, QueryOptions, QueryStatistics};

use super::query;
use crate::arguments::{Investigate, Written};
use crate::failure::{Failure, Outcome, warn};
use crate::output::{self, Count, Destination, Format, Look};
use crate::terminal::{self, Screen, Style};

mod chain;
mod matrix;
mod record;

/// How alike a value must be to be what was meant.
const LIKENESS: f64 = 0.85;

/// How answers are given, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) format: Format,
    pub(super) look: Look,
    /// Whether the SQL is said before each answer.
    pub(super) says_sql: bool,
    /// Whether what is said stands among the answers, where one person reads both.
    pub(super) is_one_text: bool,
    /// Whether is said behind each answer what was read.
    pub(super) says_reading: bool,
}

/// Answers from the command line.
pub(super) async fn run(location: String, asked: Investigate) -> Result<Outcome, Failure> {
    let shared = asked.shared();
    let Written { format, output, no_header, receipt } = &shared.written;
    let format = query::format(*format, output.as_deref())?;
    if format.holds_one_result() && !shared.sql {
        return Err(Failure::Usage {
            what: "a file of this format holds one result, and there are several",
            hint: "--sql prints the SQL; run what you need with `traillake query`",
        });
    }
    if receipt.is_some() {
        return Err(Failure::Usage {
            what: "a receipt is of one query, and there are several",
            hint: "--sql prints the SQL; run what you need with `traillake query --receipt`",
        });
    }
    let (lake, outcome) = query::lake(&location, &shared.from, &shared.limits).await?;
    let (mut to, screen) = match output {
        Some(path) => (Destination::file(path)?, Screen::NONE),
        None => (Destination::stdout(), Screen::of_stdout()),
    };
    let look = Look { screen, header: !no_header };
    let manner = Manner { format, look, says_sql: !shared.quiet, is_one_text: false, says_reading: !shared.quiet };
    let store = (!shared.from.is_empty()).then_some(query::TEMPORARY_STORE);
    answer(&lake, &asked, store, manner, &mut to).await?;
    to.finish()?;
    Ok(outcome)
}

/// Answers from an open lake; gives the SQL that was run.
///
/// The store is the one that the SQL is to name where the verb names none; without either it asks `$EDS_ID`.
pub(super) async fn answer(
    lake: &Lake,
    asked: &Investigate,
    store: Option<&str>,
    manner: Manner,
    to: &mut Destination,
) -> Result<Vec<String>, Failure> {
    let verb = asked.verb();
    let scope = asked.scope(asked.shared().store.as_deref().or(store));
    let mut work = Work { lake, manner, only_sql: asked.shared().sql, ran: Vec::new() };
    let reach = match asked.shared().everywhere {
        true => Reach::Everywhere,
        false => work.reach(&verb, &scope, to).await?,
    };
    let mut investigation = Investigation::new(&verb, &scope, reach);
    let mut drawn = false;
    while let Some(step) = investigation.next_step() {
        // The tree is complete before what was done in it is listed.
        if step.shown != Shown::Chain && !drawn {
            drawn = true;
            work.draw(&investigation, to)?;
        }
        let found = match work.only_sql && !investigation.leans_on_answers() {
            true => work.print(&step, to)?,
            false => work.take(&step, to).await?,
        };
        if !work.only_sql {
            tell_missing(&verb, &found);
        }
        investigation.answered(&found);
    }
    match verb.subject() {
        Some(subject) if !investigation.found() && !work.only_sql => Err(work.nothing(&verb, subject, &scope).await),
        _ => Ok(work.ran),
    }
}

struct Work<'a> {
    lake: &'a Lake,
    manner: Manner,
    only_sql: bool,
    ran: Vec<String>,
}

/// What a step gave.
struct Read {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    statistics: QueryStatistics,
}

impl Work<'_> {
    /// Whether values can be looked for everywhere without a long wait.
    async fn reach(&self, verb: &Verb, scope: &Scope, to: &mut Destination) -> Result<Reach, Failure> {
        let Some(probe) = verb.probe(scope) else { return Ok(Reach::Everywhere) };
        let events = self.lake.explain(&probe.sql, &QueryOptions::default()).await?.events();
        if events <= EVENTS_EVERYWHERE_MAX {
            return Ok(Reach::Everywhere);
        }
        if !self.only_sql {
            let note = "-- looked for in the columns that hold such values: --everywhere would read";
            self.say(&format!("{note} {}", Count(events, "event")), to)?;
        }
        Ok(Reach::Columns)
    }

    /// Runs a step, says its SQL and shows its rows.
    async fn take(&mut self, step: &Step, to: &mut Destination) -> Result<Answer, Failure> {
        match self.only_sql {
            true => drop(self.print(step, to)?),
            false => self.head(step, to)?,
        }
        let read = self.read(step).await?;
        self.ran.push(step.sql.clone());
        let columns = read.schema.fields().iter().map(|field| field.name().clone()).collect();
        let answer = Answer { columns, rows: read.batches.iter().flat_map(output::rows_of).collect() };
        if !self.only_sql {
            self.show(step, &read, &answer, to)?;
            self.foot(step, &read.statistics, to)?;
        }
        Ok(answer)
    }

    /// Prints the SQL of a step that does not run. The answer is one that goes on to the next.
    fn print(&self, step: &Step, to: &mut Destination) -> Result<Answer, Failure> {
        let blank = if to.is_empty() { "" } else { "\n" };
        to.put(&mut format!("{blank}-- {}\n{};\n", step.title, step.sql).into_bytes())?;
        Ok(Answer { columns: Vec::new(), rows: vec![Vec::new()] })
    }

    async fn read(&self, step: &Step) -> Result<Read, Failure> {
        let started = Instant::now();
        let results = self.lake.query_with(&step.sql, &QueryOptions::default()).await;
        let mut results = results.map_err(|error| Failure::of_statement(error, &step.sql))?;
        let batches = output::read(&mut results).await?;
        let statistics = QueryStatistics { elapsed: started.elapsed(), ..results.statistics() };
        Ok(Read { schema: Arc::clone(results.schema()), batches, statistics })
    }

    /// The title belongs to the answer, the SQL does not.
    fn head(&self, step: &Step, to: &mut Destination) -> Result<(), Failure> {
        let Manner { format, look, says_sql, .. } = self.manner;
        let is_part = step.shown == Shown::Chain;
        if format.is_for_people() && !is_part {
            let blank = if to.is_empty() { "" } else { "\n" };
            let title = match format {
                Format::Markdown => format!("**{}**\n", step.title),
                _ => Style::Bold.paint(&step.title, look.screen.colour),
            };
            to.put(&mut format!("{blank}{title}\n").into_bytes())?;
        }
        if says_sql {
            if !format.is_for_people() || is_part {
                self.say(&format!("-- {}", step.title), to)?;
            }
            step.sql.lines().try_for_each(|line| self.say(&output::visible(line), to))?;
        }
        Ok(())
    }

    fn show(&self, step: &Step, read: &Read, answer: &Answer, to: &mut Destination) -> Result<(), Failure> {
        let Manner { format, look, .. } = self.manner;
        let drawn = match (step.shown, format) {
            (Shown::Chain, _) if format.is_for_people() => return Ok(()),
            (_, Format::Table) if answer.rows.is_empty() => Some("(none)\n".to_owned()),
            (Shown::Json, Format::Table) => Some(record::pretty_all(answer)),
            (Shown::Matrix, Format::Table) => Some(matrix::draw(answer, look.screen)),
            _ => None,
        };
        match drawn {
            Some(text) => to.put(&mut text.into_bytes()),
            None => output::write_read(&read.schema, &read.batches, &read.statistics, format, look, to),
        }
    }

    fn foot(&self, step: &Step, statistics: &QueryStatistics, to: &mut Destination) -> Result<(), Failure> {
        if step.limit.is_some_and(|limit| statistics.rows >= limit) {
            self.say("there may be more: --limit N", to)?;
        }
        if self.manner.says_reading && self.manner.format.is_for_people() {
            self.say(&output::footer(statistics), to)?;
        }
        Ok(())
    }

    /// The tree of sessions, where there is one.
    fn draw(&self, investigation: &Investigation, to: &mut Destination) -> Result<(), Failure> {
        let Manner { format, look, .. } = self.manner;
        match investigation.chain() {
            Some(chain) if chain.is_known() && format.is_for_people() && !self.only_sql => {
                to.put(&mut chain::draw(chain, look.screen, format).into_bytes())
            }
            _ => Ok(()),
        }
    }

    /// Why there is no answer, and what may have been meant.
    async fn nothing(&self, verb: &Verb, subject: String, scope: &Scope) -> Failure {
        let Scope { since_ms, until_ms, account, region, .. } = scope;
        let scoped = since_ms.is_some() || until_ms.is_some() || account.is_some() || region.is_some();
        let mut best: Option<(f64, String)> = None;
        for step in Investigation::nearest(verb, scope) {
            // Whoever only wants to help is not to fail.
            let Ok(read) = self.read(&step).await else { continue };
            for known in read.batches.iter().flat_map(output::rows_of).flatten().flatten() {
                let likeness = likeness(&subject, &known);
                if likeness > LIKENESS && best.as_ref().is_none_or(|(most, _)| likeness > *most) {
                    best = Some((likeness, known));
                }
            }
        }
        Failure::NoEvent { subject, near: best.map(|(_, known)| known), scoped }
    }

    /// Says a line that belongs to no answer.
    fn say(&self, line: &str, to: &mut Destination) -> Result<(), Failure> {
        match self.manner.is_one_text {
            true => to.put(&mut format!("{}\n", Style::Dim.paint(line, self.manner.look.screen.colour)).into_bytes()),
            false => {
                terminal::say(&Style::Dim.paint(line, terminal::stderr_colour()));
                Ok(())
            }
        }
    }
}

/// Says which of several values nobody has seen, where others were.
fn tell_missing(verb: &Verb, found: &Answer) {
    let (Verb::First { values } | Verb::Last { values }) = verb else { return };
    let seen = |value: &str| (0..found.rows.len()).any(|row| found.value(row, "value") == Some(value));
    if !found.rows.is_empty() {
        let missing = values.iter().filter(|value| !seen(value));
        missing.for_each(|value| warn(&format!("no event has the value \"{}\"", output::visible(value))));
    }
}

/// How alike what was typed, which stands in quotes, and what is known are. What is the same was left out by the scope.
fn likeness(subject: &str, known: &str) -> f64 {
    let typed = subject.split('"').nth(1).unwrap_or(subject);
    match typed == known {
        true => 0.0,
        false => strsim::jaro_winkler(&typed.to_lowercase(), &known.to_lowercase()),
    }
}
