//! `saved`: queries that are kept in the lake.

use std::fs;

use traillake::{Lake, SavedQuery, Statement};

use super::query;
use crate::arguments::{Query, Saved, SavedCommand, SavedKeep, SavedRun, Written};
use crate::failure::{Failure, Outcome};
use crate::output::{Destination, visible_lines};
use crate::terminal;

/// What a line of the list shows of the SQL.
const LETTERS_MAX: usize = 80;

pub(super) async fn run(location: String, saved: Saved) -> Result<Outcome, Failure> {
    let lake = super::open(&location).await?;
    match saved.command {
        None => {
            let all = lake.saved_queries().await?;
            if all.is_empty() && saved.words.is_empty() {
                terminal::say("none is kept yet: `traillake saved keep NAME SQL` keeps one");
                return Ok(Outcome::Done);
            }
            Destination::stdout().put(&mut answer(&all, &saved.words)?.into_bytes())?;
        }
        Some(SavedCommand::Run(run)) => return run_kept(&lake, location, run).await,
        Some(SavedCommand::Keep(keep)) => self::keep(&lake, keep).await?,
        Some(SavedCommand::Forget(forget)) => {
            if !lake.forget_query(&forget.name).await? {
                return Err(Failure::UnknownQuery { name: forget.name });
            }
        }
    }
    Ok(Outcome::Done)
}

async fn run_kept(lake: &Lake, location: String, run: SavedRun) -> Result<Outcome, Failure> {
    let SavedRun { name, parameters, store, from, limits, written: Written { format, output, no_header, receipt } } =
        run;
    let Some(kept) = lake.saved_query(&name).await? else { return Err(Failure::UnknownQuery { name }) };
    let sql = Some(kept.sql);
    query::run(
        location,
        Query { sql, format, output, parameters, store, from, no_header, receipt, limits, ..Query::default() },
    )
    .await
}

async fn keep(lake: &Lake, keep: SavedKeep) -> Result<(), Failure> {
    let sql = match (keep.sql, keep.file) {
        (Some(sql), _) => sql,
        (None, Some(path)) => fs::read_to_string(&path).map_err(|source| Failure::ReadScript { path, source })?,
        (None, None) => return Err(Failure::NothingToRun),
    };
    if Statement::split(&sql).is_empty() {
        return Err(Failure::NothingToRun);
    }
    let is_replaced = lake.save_query(&keep.name, &sql).await?;
    terminal::say(&format!("{}: `traillake saved run {}` runs it", kept(is_replaced), keep.name));
    Ok(())
}

/// What is said of a query that was kept.
pub(super) fn kept(is_replaced: bool) -> &'static str {
    if is_replaced { "replaced" } else { "kept" }
}

/// The SQL of a name, or a line for each query that has the words.
pub(super) fn answer(all: &[SavedQuery], words: &[String]) -> Result<String, Failure> {
    if let [name] = words
        && let Some(query) = all.iter().find(|query| query.name == *name)
    {
        return Ok(visible_lines(&query.sql));
    }
    let has = |query: &&SavedQuery| {
        let text = format!("{}\n{}", query.name, query.sql).to_lowercase();
        words.iter().all(|word| text.contains(&word.to_lowercase()))
    };
    let found: Vec<_> = all.iter().filter(has).collect();
    let margin = found.iter().map(|query| query.name.len()).max().unwrap_or(0);
    let lines: String =
        found.iter().map(|query| format!("{:margin$}  {}\n", query.name, in_a_line(&query.sql))).collect();
    match lines.is_empty() {
        true => Err(Failure::NoSaved),
        false => Ok(visible_lines(&lines)),
    }
}

fn in_a_line(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LETTERS_MAX) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
