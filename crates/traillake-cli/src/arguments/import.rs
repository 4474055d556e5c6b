//! `import`.

use clap::{Args, ValueEnum};
use traillake::{MEMORY_BYTES_MIN, time};

use super::size;

pub(super) const ABOUT_IMPORT: &str = "\
Import CloudTrail log files into an event data store; or Insights, AWS Config's items, Audit Manager's evidence, events \
of integrations, each into a store of its own: what a new store is for is seen from the files.

Files are recognised by content: plain, gzip or zstd; {\"Records\": [...]}, arrays, single records, JSON lines, \
EventBridge, CloudWatch Logs, LookupEvents and exported Lake results. Each object is imported once, and each event \
is kept once. Events that the store does not keep are counted by reason: older than its retention period, of another \
Region or account. A new store keeps events of any age. What cannot become an event is counted with its place and reason.

The report goes to standard output. The status is 3 when something was rejected, and 1 when --verify misses something.";

pub(super) const AFTER_IMPORT: &str = "\
Progress for programs (--progress json): an object on each line of standard error
  phase                 listed, importing, committed, merging, verifying; the last line is done
  objects, bytes        read so far; bytes as they are stored
  objects_total, bytes_total
                        in all sources
  records, events       found in them; a duplicate is an event here
  rejects, json_bytes   found; inflated
  bytes_per_second      over the last ten seconds
  seconds, eta_seconds  since the start; likely left
  version               the last one committed
  error                 on the last line, when the import failed
What is not known, or not yet, is null. In the phase verifying, counts begin again;
done has those of the import.

Examples:
  traillake import trail AWSLogs/
  traillake import trail 'logs/2024-*.json.gz' --format json
  zcat trail.json.gz | traillake import trail -
  traillake import trail AWSLogs/ --dry-run
  traillake import trail AWSLogs/ --from 2026-01-01 --to 2026-02-01
  traillake import config AWSLogs/111122223333/Config/
  traillake import trail AWSLogs/ --verify --quiet --log info --log-file import.log
";

/// `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The event data store; it is created when it does not exist
    pub(crate) store: String,

    /// Directories (with all below them), files, globs, or `-` for standard input
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,

    /// Keep an event again when it is delivered again, as CloudTrail Lake does
    #[arg(long)]
    pub(crate) keep_duplicates: bool,

    /// Read and decode everything and report what would be added, but write nothing; not with --verify
    #[arg(long, conflicts_with = "verify")]
    pub(crate) dry_run: bool,

    /// Then read the sources once more and compare each record with the store, byte for byte
    #[arg(long)]
    pub(crate) verify: bool,

    /// Leave out what the selectors of the store do not select; without selectors, what is not of its categories
    #[arg(long)]
    pub(crate) apply_selectors: bool,

    /// Leave out events before this time, UTC, as 2026-01-02 or 2026-01-02T03:04:05Z; also events without a time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) from: Option<i64>,

    /// Leave out events from this time on, UTC; also events without a time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) to: Option<i64>,

    /// Read files again that were imported before, for events that were left out then
    #[arg(long)]
    pub(crate) again: bool,

    /// Leave small data files as they are, for `store compact` to merge
    #[arg(long)]
    pub(crate) no_compact: bool,

    /// Keep days that are older than the retention period for `store expire` to take away
    #[arg(long)]
    pub(crate) no_expire: bool,

    /// Keep files that no version of the last seven days needs for `store vacuum` to delete
    #[arg(long)]
    pub(crate) no_vacuum: bool,

    /// Memory to stay within, as 600MB, 1GiB or 512M, at least 500MB; with less it goes
    /// slower (default: 600MB)
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub(crate) memory: Option<u64>,

    /// How the report is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,

    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t = Shown::Auto)]
    pub(crate) progress: Shown,

    /// No progress and no report: errors are still told, and the exit status says the rest; not with --progress
    #[arg(long, short, conflicts_with = "progress")]
    pub(crate) quiet: bool,
}

/// The forms of an import report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
}

/// The forms of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// A bar on a terminal, nothing elsewhere
    Auto,
    /// A bar on a terminal, a line every five seconds elsewhere
    Bar,
    /// An object on each line, for programs
    Json,
    /// Nothing
    None,
}

/// An instant in milliseconds since 1970 UTC; a date is its first.
pub(super) fn instant(typed: &str) -> Result<i64, String> {
    let of_date = || time::parse(&format!("{typed}T00:00:00Z"));
    let read = time::parse(typed).or_else(|| time::parse(&format!("{typed}Z"))).or_else(of_date);
    read.map(|(millis, _)| millis)
        .ok_or_else(|| "give a date or a time, as 2026-01-02 or 2026-01-02T03:04:05Z".to_owned())
}

/// The value of `--memory`.
pub(super) fn memory(typed: &str) -> Result<u64, String> {
    size::at_least(MEMORY_BYTES_MIN, typed)
}
