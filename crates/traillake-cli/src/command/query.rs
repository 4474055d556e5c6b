//! `query`: one or several statements, answered in a format.

use std::collections::HashSet;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::Instant;

use traillake::{Explanation, ImportOptions, Lake, QueryOptions, Results, Statement};

use super::import;
use crate::arguments::{Limits, Query};
use crate::failure::{Failure, Outcome, warn};
use crate::interrupt::remove_if_interrupted;
use crate::output::{self, Count, Destination, Estimated, Explained, Format, Look};
use crate::parameter;
use crate::receipt::{Answered, Receipt, Written};
use crate::terminal::{self, Screen};

/// What logs given by `--from` become.
pub(super) const TEMPORARY_STORE: &str = "events";

pub(super) async fn run(location: String, query: Query) -> Result<Outcome, Failure> {
    let format = format(query.format, query.output.as_deref())?;
    let script = Script::new(sql(&query)?, &query)?;
    check(&query, format, &script)?;

    let (lake, outcome) = lake(&location, &query.from, &query.limits).await?;
    let seconds = print(&lake, &script, format, &query).await?;
    if let Some(times) = query.repeat {
        repeat(&lake, &script, seconds, times).await?;
    }
    Ok(outcome)
}

/// The statements to run, each with what it may lean on.
pub(super) struct Script {
    text: String,
    statements: Vec<Asked>,
}

/// One statement.
struct Asked {
    sql: String,
    options: QueryOptions,
    /// Whether it begins with EXPLAIN, which `sql` has no more.
    explain: bool,
}

impl Script {
    fn new(text: String, query: &Query) -> Result<Self, Failure> {
        let given = parameter::parameters(&query.parameters);
        let places: Vec<String> =
            Statement::split(&text).into_iter().map(|statement| super::at_its_place(&text, statement)).collect();
        let several = places.len() > 1;
        let mut statements = Vec::with_capacity(places.len());
        let mut used: HashSet<String> = HashSet::new();
        for statement in places {
            let explained = super::explained(&statement);
            let explain = explained.is_some();
            let sql = explained.unwrap_or(statement);
            // What does not parse is reported when its turn comes.
            let parameters = match Statement::parse(&sql) {
                Ok(parsed) if several => given.used_by(&parsed),
                _ => given.clone(),
            };
            used.extend(parameters.names().map(str::to_owned));
            let options = QueryOptions { store: query.store.clone(), parameters, ..QueryOptions::default() };
            statements.push(Asked { sql, options, explain });
        }
        match given.names().find(|name| several && !used.contains(*name)) {
            Some(name) => Err(Failure::SurplusParameter { name: name.to_owned() }),
            None => Ok(Self { text, statements }),
        }
    }

    /// Statements as they are.
    pub(super) fn of(statements: impl Iterator<Item = (String, QueryOptions)>) -> Self {
        let asked = |(sql, options)| Asked { sql, options, explain: false };
        Self { text: String::new(), statements: statements.map(asked).collect() }
    }

    async fn ask(&self, lake: &Lake, asked: &Asked) -> Result<Results, Failure> {
        let results = lake.query_with(&asked.sql, &asked.options).await;
        results.map_err(|error| Failure::of_statement(error, &self.text))
    }

    async fn explain(&self, lake: &Lake, asked: &Asked) -> Result<Explanation, Failure> {
        let explanation = lake.explain(&asked.sql, &asked.options).await;
        explanation.map_err(|error| Failure::of_statement(error, &self.text))
    }
}

/// The format that is asked for, or that the name of the file means.
pub(super) fn format(asked: Option<Format>, output: Option<&Path>) -> Result<Format, Failure> {
    let format = asked.or_else(|| output.and_then(Format::of_file)).unwrap_or(Format::Table);
    if format.is_binary() && output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage {
            what: "a file of this format does not go to a terminal",
            hint: "give it a name with --output, or pipe it on",
        });
    }
    Ok(format)
}

fn sql(query: &Query) -> Result<String, Failure> {
    if let Some(sql) = &query.sql {
        return Ok(sql.clone());
    }
    if let Some(path) = &query.file {
        let text = fs::read_to_string(path).map_err(|source| Failure::ReadScript { path: path.clone(), source })?;
        // Editors of Windows put a mark before the text.
        return Ok(text.trim_start_matches('\u{feff}').to_owned());
    }
    if query.from.iter().any(|source| source == "-") {
        return Err(Failure::Usage {
            what: "standard input cannot be both the log and the query",
            hint: "give the SQL as an argument or with --file",
        });
    }
    if io::stdin().is_terminal() {
        terminal::say("reading SQL from standard input; Ctrl-D ends it");
    }
    let mut sql = String::new();
    io::stdin().lock().read_to_string(&mut sql).map_err(Failure::ReadStdin)?;
    Ok(sql)
}

/// What can be refused before anything is read.
fn check(query: &Query, format: Format, script: &Script) -> Result<(), Failure> {
    if script.statements.is_empty() {
        return Err(Failure::NothingToRun);
    }
    if format.holds_one_result() && script.statements.len() > 1 {
        return Err(Failure::Usage {
            what: "a file of this format holds one result, and there are several statements",
            hint: "run them one by one, or choose another --format",
        });
    }
    if query.repeat.is_some()
        && (query.explain || query.estimate || script.statements.iter().any(|asked| asked.explain))
    {
        return Err(Failure::Usage {
            what: "--repeat runs queries, and what is explained does not run",
            hint: "leave --repeat away",
        });
    }
    if query.receipt.is_some() && script.statements.iter().any(|asked| asked.explain) {
        return Err(Failure::Usage {
            what: "a receipt is of results, and what is explained has none",
            hint: "leave --receipt away",
        });
    }
    if query.no_header && !matches!(format, Format::Csv | Format::Tsv) {
        warn("--no-header is for csv and tsv; it changes nothing here");
    }
    Ok(())
}

/// The lake that is asked, and how an import into it ended.
pub(super) async fn lake(location: &str, from: &[String], limits: &Limits) -> Result<(Lake, Outcome), Failure> {
    if from.is_empty() {
        return Ok((super::open_within(location, limits).await?, Outcome::Done));
    }
    let sources = import::sources(from)?;
    let lake = Lake::temporary(&limits.options()).await?;
    if let Ok(folder) = lake.location().to_file_path() {
        remove_if_interrupted(folder);
    }
    let report = import::observed(&lake, TEMPORARY_STORE, &sources, &ImportOptions::default()).await?;
    if report.rejects > 0 {
        let first = report.rejected.first();
        let first = first.map(|reject| {
            format!("; the first in {} at byte {}: expected {}", reject.uri, reject.offset, reject.expected)
        });
        let rejected = format!("{} could not be read{}", Count(report.rejects, "record"), first.unwrap_or_default());
        warn(&output::visible_lines(&rejected));
    }
    import::tell_others(&report);
    Ok((lake, import::outcome(&report)))
}

/// Prints the results one after another; gives the seconds it took.
async fn print(lake: &Lake, script: &Script, format: Format, query: &Query) -> Result<f64, Failure> {
    let (mut to, screen) = match &query.output {
        Some(path) => (Destination::file(path)?, Screen::NONE),
        // What is proven is not cut to the width of a terminal.
        None if query.receipt.is_some() => (Destination::stdout(), Screen::NONE),
        None => (Destination::stdout(), Screen::of_stdout()),
    };
    let look = Look { screen, header: !query.no_header };
    let started = Instant::now();
    if let Some(path) = &query.receipt {
        print_with_receipt(lake, script, (format, look), query, (to.hashed(), path)).await?;
        return Ok(started.elapsed().as_secs_f64());
    }
    for asked in &script.statements {
        if query.estimate || query.explain || asked.explain {
            let explanation = script.explain(lake, asked).await?;
            let text = match query.estimate {
                true => Estimated(&explanation).to_string(),
                false => Explained(&explanation).to_string(),
            };
            to.put(&mut text.into_bytes())?;
            continue;
        }
        let results = script.ask(lake, asked).await?;
        if format.is_for_people() && !to.is_empty() {
            to.put(&mut b"\n".to_vec())?;
        }
        let statistics = output::write(results, format, look, &mut to).await?;
        if has_footer(format) {
            terminal::say(&output::footer(&statistics));
        }
    }
    to.finish()?;
    Ok(started.elapsed().as_secs_f64())
}

fn has_footer(format: Format) -> bool {
    matches!(format, Format::Table | Format::Vertical | Format::Chart)
}

/// Writes the results, and then a receipt of them.
async fn print_with_receipt(
    lake: &Lake,
    script: &Script,
    (format, look): (Format, Look),
    query: &Query,
    (mut to, path): (Destination, &Path),
) -> Result<(), Failure> {
    // Before the query: a receipt that cannot be written is known at once.
    let mut receipt = Destination::file(path)?;
    let answered = answers(lake, script, (format, look), &mut to).await?;
    let written = Written::new(&to, query.output.as_deref(), format, look.header);
    to.finish()?;
    receipt.put(&mut Receipt::new(lake, answered, written).to_json()?)?;
    receipt.finish()
}

/// Writes the results one after another; what they are of, in their order.
pub(super) async fn answers(
    lake: &Lake,
    script: &Script,
    (format, look): (Format, Look),
    to: &mut Destination,
) -> Result<Vec<Answered>, Failure> {
    let mut answered = Vec::with_capacity(script.statements.len());
    for asked in &script.statements {
        let results = script.ask(lake, asked).await?;
        let of = results.asked().clone();
        if format.is_for_people() && !to.is_empty() {
            to.put(&mut b"\n".to_vec())?;
        }
        let (statistics, rows) = output::write_hashed(results, format, look, to).await?;
        if has_footer(format) && !to.is_nowhere() {
            terminal::say(&output::footer(&statistics));
        }
        answered.push(Answered::new(&of, &statistics, &rows).await?);
    }
    Ok(answered)
}

/// Runs the statements again and again, reading their results to the end.
async fn repeat(lake: &Lake, script: &Script, first: f64, times: u32) -> Result<(), Failure> {
    let mut warm = Vec::new();
    for _ in 0..times {
        let started = Instant::now();
        for asked in &script.statements {
            let mut results = script.ask(lake, asked).await?;
            results.collect().await.map_err(traillake::Error::from)?;
        }
        warm.push(started.elapsed().as_secs_f64());
    }
    terminal::say(&serde_json::json!({ "first": first, "warm": warm }).to_string());
    Ok(())
}
