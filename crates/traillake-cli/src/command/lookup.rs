//! `lookup`: events by their attributes, as LookupEvents gives them.

use std::path::PathBuf;

use traillake::lookup::{Lookup, View};
use traillake::{EventCategory, Lake, StoreType};

use self::answer::Answer;
use super::{import, query};
use crate::arguments::{LookupArguments, LookupFormat};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Destination, Format, Look};
use crate::progress::Watch;
use crate::terminal::{self, Screen};

mod answer;

/// Looks up what was asked for.
pub(super) async fn run(location: String, mut asked: LookupArguments) -> Result<Outcome, Failure> {
    let format = format(&mut asked);
    let store = store(&location, &asked).await?;
    let lookup = lookup(&asked, store);
    let view = if format.of_rows().is_some() { View::Rows } else { View::Events };
    let sql = lookup.sql(view).map_err(traillake::Error::from)?;
    if asked.sql {
        let mut text = format!("{};\n", output::visible_lines(&sql)).into_bytes();
        return Destination::stdout().put(&mut text).map(|()| Outcome::Done);
    }

    let LookupArguments { from, limits, output, .. } = asked;
    let (lake, outcome) = query::lake(&location, &from, &limits).await?;
    let (mut to, screen) = match &output {
        Some(path) => (Destination::file(path)?, Screen::NONE),
        None => (Destination::stdout(), Screen::of_stdout()),
    };
    match format.of_rows() {
        Some(format) => write_rows(&lake, &sql, &lookup, format, screen, &mut to).await?,
        None => write_events(&lake, &sql, &lookup, format, &mut to).await?,
    }
    to.finish()?;
    Ok(outcome)
}

/// The format that is wanted. The AWS CLI has its name behind `--output`.
fn format(asked: &mut LookupArguments) -> LookupFormat {
    let of_aws = match asked.output.as_deref().and_then(|path| path.to_str()) {
        Some("json") => Some(LookupFormat::Json),
        Some("text") => Some(LookupFormat::Text),
        Some("table") => Some(LookupFormat::Table),
        _ => None,
    };
    if of_aws.is_some() {
        asked.output = None;
    }
    asked.format.or(of_aws).or_else(|| by_ending(asked.output.as_ref())).unwrap_or(LookupFormat::Json)
}

fn by_ending(output: Option<&PathBuf>) -> Option<LookupFormat> {
    Some(match Format::of_file(output?)? {
        Format::Jsonl => LookupFormat::Jsonl,
        Format::Csv => LookupFormat::Csv,
        Format::Tsv => LookupFormat::Tsv,
        Format::Markdown => LookupFormat::Markdown,
        _ => return None,
    })
}

fn lookup(asked: &LookupArguments, (store, store_type): (String, StoreType)) -> Lookup {
    Lookup {
        attributes: asked.attributes.iter().chain(&asked.lookup_attributes).cloned().collect(),
        start: asked.start_time,
        end: asked.end_time,
        category: asked.event_category.map(EventCategory::from),
        max_results: (!asked.all).then_some(asked.max_results),
        next_token: asked.next_token.clone(),
        ..Lookup::of(&store, store_type)
    }
}

/// The store that is asked, and what it keeps.
async fn store(location: &str, asked: &LookupArguments) -> Result<(String, StoreType), Failure> {
    if !asked.from.is_empty() {
        let store_type = traillake::recognise(&import::sources(&asked.from)?).await.map_err(traillake::Error::from)?;
        return Ok((query::TEMPORARY_STORE.to_owned(), store_type));
    }
    let lake = super::open(location).await?;
    if let Some(name) = &asked.store {
        let store = lake.event_data_store(name).await?;
        return Ok((store.name().to_owned(), store.attributes().store_type()));
    }
    let wanted = asked.event_category.map_or(StoreType::Events, |category| EventCategory::from(category).store_type());
    let stores = lake.event_data_stores().await?;
    let mut fitting = stores
        .iter()
        .filter(|store| store.attributes().store_type() == wanted && store.attributes().check_takes_queries().is_ok());
    match (fitting.next(), fitting.next()) {
        (Some(store), None) => Ok((store.name().to_owned(), wanted)),
        (None, _) => Err(Failure::Usage {
            what: "the lake has no event data store of such events",
            hint: "import log files with `traillake import NAME SOURCE`, or name them with --from",
        }),
        (Some(_), Some(_)) => Err(Failure::Usage {
            what: "the lake has several event data stores of such events",
            hint: "choose one with --store; `traillake store list` shows them",
        }),
    }
}

/// A row for each event.
async fn write_rows(
    lake: &Lake,
    sql: &str,
    lookup: &Lookup,
    format: Format,
    screen: Screen,
    to: &mut Destination,
) -> Result<(), Failure> {
    let results = lake.query(sql).await?;
    let statistics = output::write(results, format, Look { screen, header: true }, to).await?;
    if matches!(format, Format::Table | Format::Vertical) {
        terminal::say(&output::footer(&statistics));
    }
    if lookup.max_results.is_some_and(|max| statistics.rows >= max) {
        terminal::say("there may be more: --max-results N gives more events, --all gives all");
    }
    Ok(())
}

/// AWS's form, event by event as they come.
async fn write_events(
    lake: &Lake,
    sql: &str,
    lookup: &Lookup,
    format: LookupFormat,
    to: &mut Destination,
) -> Result<(), Failure> {
    let mut page = lookup.page().map_err(traillake::Error::from)?;
    let mut results = lake.query(sql).await?;
    let mut answer = Answer::new(format);
    let mut bytes = Vec::new();
    answer.begin(&mut bytes);
    let watch = Watch::new();
    while let Some(batch) = watch.next(&mut results).await {
        let batch = batch.map_err(traillake::Error::from)?;
        for event in page.take(&batch).map_err(traillake::Error::from)? {
            answer.event(&event, &mut bytes)?;
        }
        to.put(&mut bytes)?;
    }
    answer.end(page.next_token().as_deref(), &mut bytes);
    to.put(&mut bytes)
}
