//! `import`: log files into an event data store.

use traillake::{ImportOptions, ImportReport, Lake, Source};

use crate::arguments::{Import, ReportFormat};
use crate::failure::{Failure, Outcome};
use crate::output::{Destination, visible_lines};
use crate::progress::Progress;

pub(super) async fn run(lake: &Lake, import: Import) -> Result<Outcome, Failure> {
    let sources = sources(&import.sources)?;
    let options = ImportOptions { keep_duplicates: import.keep_duplicates, ..ImportOptions::default() };
    let report = observed(lake, &import.store, &sources, &options).await?;

    let text = match import.format {
        ReportFormat::Text => visible_lines(&report.to_string()),
        ReportFormat::Json => serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::Encode { format: "json", source: Box::new(error) })?,
    };
    Destination::stdout().put(&mut format!("{text}\n").into_bytes())?;
    Ok(outcome(&report))
}

/// The sources as typed. One that does not exist stops the command before anything is written.
pub(super) fn sources(typed: &[String]) -> Result<Vec<Source>, Failure> {
    let parse = |text: &String| Source::parse(text).map_err(|error| Failure::Lake(error.into()));
    typed.iter().map(parse).collect()
}

/// An import whose progress is shown on a terminal.
pub(super) async fn observed(
    lake: &Lake,
    store: &str,
    sources: &[Source],
    options: &ImportOptions,
) -> Result<ImportReport, Failure> {
    let progress = Progress::start();
    Ok(lake.import_with(store, sources, options, &progress).await?)
}

pub(super) fn outcome(report: &ImportReport) -> Outcome {
    if report.rejects > 0 { Outcome::Rejected } else { Outcome::Done }
}
