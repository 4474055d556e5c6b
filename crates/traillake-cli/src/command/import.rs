//! `import`: log files into an event data store.

use std::ops::Range;

use serde::Serialize;
use traillake::{ImportOptions, ImportReport, Lake, SkipReason, Source, VerifyReport};

use crate::arguments::{Import, ReportFormat, Shown};
use crate::failure::{Failure, Outcome, warn};
use crate::output::{Destination, visible_lines};
use crate::progress::{Progress, is_pipe};

pub(super) async fn run(location: String, import: Import) -> Result<Outcome, Failure> {
    let progress = Progress::start(if import.quiet { Shown::None } else { import.progress });
    let done = import_and_verify(&location, &import, &progress).await;
    let (report, verified) = done.inspect_err(|failure| progress.failed(failure))?;
    progress.done(&report);
    if report.objects == 0 {
        warn("there are no log files in the sources");
    }
    tell_others(&report);
    if report.skipped.contains_key(&SkipReason::TooOld) {
        warn(&format!(
            "events older than the retention period were left out; to keep them: \
             `traillake store update {store} --retention unlimited`, then import with --again",
            store = import.store
        ));
    }

    if !import.quiet {
        let text = text(&report, verified.as_ref(), import.format)?;
        Destination::stdout().put(&mut format!("{text}\n").into_bytes())?;
    }
    match verified {
        Some(VerifyReport { missing, differing, .. }) if missing + differing > 0 => {
            Err(Failure::Unverified { missing, differing })
        }
        _ => Ok(outcome(&report)),
    }
}

async fn import_and_verify(
    location: &str,
    import: &Import,
    progress: &Progress,
) -> Result<(ImportReport, Option<VerifyReport>), Failure> {
    let sources = sources(&import.sources)?;
    if import.verify && sources.iter().any(is_pipe) {
        return Err(Failure::Usage {
            what: "--verify reads the sources twice, and a pipe can be read only once",
            hint: "import a file or a directory, or leave --verify away",
        });
    }
    let default = ImportOptions::default();
    let options = ImportOptions {
        keep_duplicates: import.keep_duplicates,
        dry_run: import.dry_run,
        compact: !import.no_compact,
        expire: !import.no_expire,
        vacuum: !import.no_vacuum,
        apply_selectors: import.apply_selectors,
        window_ms: window(import)?,
        again: import.again,
        memory_bytes: import.memory.unwrap_or(default.memory_bytes),
        ..default
    };
    let lake = super::open(location).await?;
    progress.expect(&sources);
    let report = lake.import_with(&import.store, &sources, &options, progress).await?;
    if !import.verify {
        return Ok((report, None));
    }
    progress.verify(&report);
    let verified = lake.verify(&import.store, &sources, &options, progress).await?;
    Ok((report, Some(verified)))
}

/// The times that are wanted.
fn window(import: &Import) -> Result<Option<Range<i64>>, Failure> {
    match (import.from, import.to) {
        (None, None) => Ok(None),
        (from, to) => {
            let window = from.unwrap_or(i64::MIN)..to.unwrap_or(i64::MAX);
            match window.is_empty() {
                true => Err(Failure::Usage { what: "--to is not behind --from", hint: "no event has such a time" }),
                false => Ok(Some(window)),
            }
        }
    }
}

/// Says what was left because it belongs into stores of other types.
pub(super) fn tell_others(report: &ImportReport) {
    let others =
        [SkipReason::Event, SkipReason::Insight, SkipReason::Config, SkipReason::Evidence, SkipReason::AuditEvent];
    for reason in others {
        if let Some(count) = report.skipped.get(&reason) {
            warn(&format!(
                "left out: {count} × {reason}, which a store of its own takes; \
                 `traillake store create NAME --category {}` makes one",
                category(reason)
            ));
        }
    }
}

fn category(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Insight => "Insight",
        SkipReason::Config => "ConfigurationItem",
        SkipReason::Evidence => "Evidence",
        SkipReason::AuditEvent => "ActivityAuditLog",
        _ => "Management,Data,NetworkActivity",
    }
}

/// The reports: one after the other as text, one within the other as JSON.
fn text(report: &ImportReport, verified: Option<&VerifyReport>, format: ReportFormat) -> Result<String, Failure> {
    match format {
        ReportFormat::Text => {
            let verified = verified.map(|verified| format!("\n\n{verified}")).unwrap_or_default();
            Ok(visible_lines(&format!("{report}{verified}")))
        }
        ReportFormat::Json => serde_json::to_string_pretty(&Reports { report, verify: verified })
            .map_err(|error| Failure::Encode { format: "json", source: Box::new(error) }),
    }
}

#[derive(Serialize)]
struct Reports<'a> {
    #[serde(flatten)]
    report: &'a ImportReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<&'a VerifyReport>,
}

/// The sources as typed. One that does not exist stops the command before anything is written.
pub(in crate::command) fn sources(typed: &[String]) -> Result<Vec<Source>, Failure> {
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
    let progress = Progress::start(Shown::Auto);
    progress.expect(sources);
    Ok(lake.import_with(store, sources, options, &progress).await?)
}

pub(super) fn outcome(report: &ImportReport) -> Outcome {
    if report.rejects > 0 { Outcome::Rejected } else { Outcome::Done }
}
