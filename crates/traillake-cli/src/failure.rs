//! How a command ends: its status, and what it says when it failed.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use thiserror::Error;
use traillake::{Excerpt, SampleError};

use crate::config::ConfigError;
use crate::output::{Count, grouped, visible_lines};
use crate::terminal::{self, Style};

/// How a command ended that did what it was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is done.
    Done,
    /// Done, but some input was rejected.
    Rejected,
}

impl Outcome {
    pub(crate) fn status(self) -> ExitCode {
        match self {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::Rejected => ExitCode::from(3),
        }
    }
}

/// Why a command did not do what it was asked to do.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The lake said no.
    #[error(transparent)]
    Lake(#[from] traillake::Error),
    /// A statement did not run; shown with its line.
    #[error("{error}")]
    Statement { error: traillake::Error, excerpt: Box<Excerpt> },
    /// A value for a parameter that no statement of a script has.
    #[error("no statement has a parameter \"{name}\"")]
    SurplusParameter { name: String },
    /// What was typed contradicts itself.
    #[error("{what}")]
    Usage { what: &'static str, hint: &'static str },
    /// A file with SQL could not be read.
    #[error("cannot read {}", path.display())]
    ReadScript { path: PathBuf, source: io::Error },
    /// Standard input could not be read.
    #[error("cannot read standard input")]
    ReadStdin(#[source] io::Error),
    /// There is no SQL in what was to be run.
    #[error("there is no statement to run")]
    NothingToRun,
    /// Results could not be written.
    #[error("cannot write the results")]
    Write(#[source] io::Error),
    /// A result has a value that a format cannot hold.
    #[error("cannot write the results as {format}")]
    Encode { format: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    ReadFile { path: PathBuf, source: io::Error },
    /// A file that is to be a receipt.
    #[error("{} is no receipt", path.display())]
    NoReceipt { path: PathBuf, source: serde_json::Error },
    /// A receipt of a form this program does not know.
    #[error("{} is a receipt of form {form}, and this program knows form 1", path.display())]
    ReceiptForm { path: PathBuf, form: u32 },
    /// A receipt whose own hash is another.
    #[error("the receipt {} was changed: its content does not have the hash it tells", path.display())]
    ReceiptAltered { path: PathBuf },
    /// A receipt of a result that cannot be written again.
    #[error("the receipt {} is of a format that this program does not know", path.display())]
    ReceiptFormat { path: PathBuf },
    /// A result that is not the one of its receipt.
    #[error("{} is not the result of the receipt: expected {expected}, found {found}", path.display())]
    ResultDiffers { path: PathBuf, expected: String, found: String },
    /// A version of a receipt that cannot be read any more.
    #[error("version {version} of event data store {store} is gone")]
    SnapshotGone { store: String, version: u64, source: Box<traillake::Error> },
    /// A query of a receipt that reads something else now.
    #[error("the query reads other event data stores or versions than the receipt tells")]
    OtherStores,
    /// A query of a receipt that gives something else now.
    #[error("the query gives another result: {} then, {} now{}", Count(*told, "row"), Count(*found, "row"),
        if told == found { ", with other values" } else { "" })]
    OtherRows { told: u64, found: u64 },
    /// A value that has no room in a cell of a workbook.
    #[error(
        "cannot write the results as xlsx: row {} of {column} has {} characters, and a cell holds {}",
        grouped(*row), grouped(*length as u64), grouped(*length_max as u64)
    )]
    CellTooLong { column: String, row: u64, length: usize, length_max: usize },
    /// More columns than a workbook has.
    #[error("cannot write the results as xlsx: {columns} columns, and a sheet has {}", grouped(*columns_max as u64))]
    TooWide { columns: usize, columns_max: usize },
    /// A result that cannot be drawn.
    #[error(transparent)]
    NoChart(#[from] crate::chart::NoChart),
    /// The file of `--output` could not be written.
    #[error("cannot write {}", path.display())]
    Output { path: PathBuf, source: io::Error },
    /// There is no sample query of a name, or it has no such parameter.
    #[error(transparent)]
    Sample(#[from] traillake::SampleError),
    /// No sample query has all the words.
    #[error("no sample query has the words: {words}")]
    NoSample { words: String },
    /// A dot-command about the last statement, where none has run.
    #[error("no statement has run yet")]
    NoStatement,
    /// A dot-command about the last result, where there is none.
    #[error("there is no result yet")]
    NoResult,
    /// No query is kept in the lake, or none with the words.
    #[error("no such query is kept in the lake")]
    NoSaved,
    /// A name of neither a kept query nor a sample.
    #[error("there is no query \"{name}\"")]
    UnknownQuery { name: String },
    /// A program that was to help did not start.
    #[error("cannot run {command}")]
    Run { command: String, source: io::Error },
    /// No event answers a question about a value.
    #[error("no event has {subject}")]
    NoEvent { subject: String, near: Option<String>, scoped: bool },
    /// A name on a path that no column or field has.
    #[error("no column or field is called \"{name}\"")]
    UnknownField { name: String, near: Option<&'static str> },
    /// Neither a command nor a topic of the manual.
    #[error("there is no command and no topic \"{typed}\"")]
    UnknownTopic { typed: String, near: Option<String> },
    /// A dot-command nobody knows.
    #[error("unknown command \"{typed}\"")]
    UnknownDot { typed: String, near: Option<String> },
    /// A dot-command with arguments that it does not take.
    #[error("usage: {usage}: {about}")]
    DotUsage { usage: String, about: &'static str, values: &'static [&'static str] },
    /// A dot-command with a quote that does not end.
    #[error("a quote is open at the end of the line")]
    OpenQuote,
    /// A verb whose arguments cannot be read, as clap says it.
    #[error("{text}")]
    Verb { text: String },
    /// A store is not what was committed.
    #[error("event data store \"{store}\" is not what was committed: {}", Count(*count, "broken thing"))]
    Touched { store: String, count: u64 },
    /// Another program has changed a store.
    #[error("another program made {} of event data store \"{store}\"", Count(*count, "version"))]
    ForeignCommits { store: String, count: u64 },
    /// What was given is JSON, but no record.
    #[error("this is no record: it has neither eventName nor eventCategory")]
    NoRecord,
    /// A record cannot be read.
    #[error("cannot read the record: expected {expected}, found {found} at byte {offset}")]
    Record { expected: &'static str, found: String, offset: u64 },
    /// Scripts that read scripts without end.
    #[error("scripts may read each other {levels} levels deep")]
    ReadTooDeep { levels: u32 },
    /// The file of `--log-file` could not be opened.
    #[error("cannot write the log {}", path.display())]
    Log { path: PathBuf, source: io::Error },
    /// The store does not give back what the sources hold.
    #[error("the store does not hold what the sources hold: {} missing, {differing} differing", Count(*missing, "record"))]
    Unverified { missing: u64, differing: u64 },
    /// The settings cannot be followed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The terminal could not be read.
    #[error("cannot read the terminal")]
    ReadTerminal(#[source] rustyline::error::ReadlineError),
    /// The runtime did not start.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// A mistake of this program: a task of its own broke off.
    #[error("the command broke off")]
    Broken(#[source] tokio::task::JoinError),
}

impl Failure {
    /// The error of a statement that stands in a script, with the line it is about.
    pub(crate) fn of_statement(error: traillake::Error, script: &str) -> Self {
        match error.position().and_then(|position| Excerpt::new(script, position)) {
            Some(excerpt) => Failure::Statement { error, excerpt: Box::new(excerpt) },
            None => Failure::Lake(error),
        }
    }

    /// Whether whoever read the output went away, which is their right.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Failure::Write(error) | Failure::Output { source: error, .. }
            if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn status(&self) -> ExitCode {
        match self {
            failure if failure.is_closed_pipe() => ExitCode::SUCCESS,
            Failure::Usage { .. } | Failure::Verb { .. } | Failure::UnknownTopic { .. } => ExitCode::from(2),
            Failure::Interrupted => ExitCode::from(130),
            _ => ExitCode::FAILURE,
        }
    }

    /// What CloudTrail calls it, for who knows it by that name. What is wrong with a query has no need of one.
    fn aws_name(&self) -> Option<&'static str> {
        match self {
            Failure::Lake(error) if !matches!(error, traillake::Error::Query(_)) => error.aws_name(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Failure::Lake(error) | Failure::Statement { error, .. } => error.hint(),
            Failure::Usage { hint, .. } => Some((*hint).to_owned()),
            Failure::Touched { .. } => {
                Some("restore the files named above from a copy; what is left can be read".to_owned())
            }
            Failure::ForeignCommits { .. } => {
                Some("if that was meant, --accept-foreign takes them; everything else is whole".to_owned())
            }
            Failure::NoRecord => Some("give one record, as SELECT eventJson gives it, no file of many".to_owned()),
            Failure::Record { .. } => Some("give one record, as SELECT eventJson gives it".to_owned()),
            Failure::Unverified { .. } => {
                Some("the report names the first of them; did the sources change while they were imported?".to_owned())
            }
            Failure::Sample(error) => Some(sample_hint(error)),
            Failure::Config(error) => error.hint(),
            Failure::ReceiptAltered { .. } => Some("nothing it says is proven; ask for the original".to_owned()),
            Failure::SnapshotGone { .. } => {
                Some("is --lake the lake of the receipt? a vacuum removes versions, too".to_owned())
            }
            Failure::OtherStores => Some("a name may stand for another event data store now".to_owned()),
            Failure::OtherRows { .. } => Some(
                "a query of the present time, of the lake's own tables, or with LIMIT but no ORDER BY may differ each time"
                    .to_owned(),
            ),
            Failure::CellTooLong { .. } => Some(
                "take parts of it with substr(), or leave it out; csv, json and parquet hold values of any length"
                    .to_owned(),
            ),
            Failure::TooWide { .. } => Some("select fewer columns, or choose another --format".to_owned()),
            Failure::NoChart(no_chart) => Some(no_chart.hint().to_owned()),
            Failure::NoSample { .. } => Some("fewer words find more; `traillake samples` lists all".to_owned()),
            Failure::NoStatement => Some("give one behind the command, or run one first".to_owned()),
            Failure::NoResult => Some("run a statement first".to_owned()),
            Failure::NoSaved => Some(
                "`traillake saved keep NAME SQL` keeps one, in the shell `.save NAME` the last statement".to_owned(),
            ),
            Failure::UnknownQuery { .. } => {
                Some("`traillake saved` lists those that are kept, `traillake samples` the samples".to_owned())
            }
            Failure::DotUsage { values, .. } if !values.is_empty() => Some(format!("it takes {}", values.join(", "))),
            Failure::NoEvent { near: Some(near), .. } => Some(format!("did you mean {near}?")),
            Failure::NoEvent { scoped: true, .. } => {
                Some("without --since, --until, --account and --region there may be some".to_owned())
            }
            Failure::NoEvent { .. } => Some(
                "`traillake find` looks for a part of it, everywhere; `traillake coverage` shows what there is"
                    .to_owned(),
            ),
            Failure::UnknownField { near: Some(near), .. } => Some(format!("did you mean {near}?")),
            Failure::UnknownField { near: None, .. } => Some(".schema shows all of them".to_owned()),
            Failure::UnknownTopic { near: Some(near), .. } => Some(format!("did you mean `traillake help {near}`?")),
            Failure::UnknownTopic { near: None, .. } => Some("`traillake help topics` lists the topics".to_owned()),
            Failure::UnknownDot { near: Some(near), .. } => Some(format!("did you mean {near}?")),
            Failure::UnknownDot { near: None, .. } => Some(".help lists the commands".to_owned()),
            _ => None,
        }
    }

    /// The line it is about.
    fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            Failure::Statement { excerpt, .. } => Some(excerpt),
            Failure::Config(error) => error.excerpt(),
            _ => None,
        }
    }

    /// Says it on standard error: what failed, why, and what can be done about it.
    pub(crate) fn report(&self) {
        if self.is_closed_pipe() {
            return;
        }
        let colour = terminal::stderr_colour();
        if matches!(self, Failure::Interrupted) {
            return terminal::say("interrupted");
        }
        if let Failure::Verb { text } = self {
            return terminal::say(text.trim_end());
        }
        for line in self.lines(colour) {
            terminal::say(&line);
        }
    }

    fn lines(&self, colour: bool) -> Vec<String> {
        // A message may quote what stood in a log.
        let primary = shown(&self.to_string());
        let aws = self.aws_name().map(|name| Style::Dim.paint(&format!(" ({name})"), colour)).unwrap_or_default();
        let mut lines = vec![format!("{} {primary}{aws}", Style::Red.paint("error:", colour))];
        let because = Style::Dim.paint("because:", colour);
        lines.extend(self.causes(primary).iter().map(|cause| format!("  {because} {cause}")));
        // What has several lines stands apart from the next message.
        lines.iter_mut().for_each(|line| *line = line.replace('\n', "\n    "));
        if let Some(excerpt) = self.excerpt() {
            lines.push(visible_lines(&excerpt.to_string()));
        }
        if let Some(hint) = self.hint() {
            lines.push(format!("  {} {hint}", Style::Cyan.paint("hint:", colour)));
        }
        lines
    }

    /// The chain of causes below the message. Libraries repeat themselves down their chains: a cause that only says
    /// again what stands above it is left out.
    fn causes(&self, primary: String) -> Vec<String> {
        let mut said = vec![primary];
        let mut next = self.source();
        while let Some(cause) = next {
            // Some causes print the whole chain below them.
            for text in cause.to_string().split("\ncaused by\n") {
                let text = shown(text);
                let last = said.last().map_or("", String::as_str);
                if !last.contains(&text) && !text.contains(last) {
                    said.push(text);
                }
            }
            next = cause.source();
        }
        said.split_off(1)
    }
}

fn sample_hint(error: &SampleError) -> String {
    let near = |name: &str, known: &[&'static str]| {
        let best = known.iter().map(|known| (strsim::jaro_winkler(name, known), *known));
        best.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8).map(|(_, known)| known)
    };
    match error {
        SampleError::Unknown { name } => {
            let known: Vec<_> = traillake::samples().iter().map(|sample| sample.name).collect();
            let lists = || "`traillake samples` lists them".to_owned();
            near(&name.to_lowercase(), &known).map_or_else(lists, |near| format!("did you mean {near}?"))
        }
        SampleError::UnknownParameter { sample, .. } => {
            let parameters = traillake::sample(sample).map_or_else(|_| Vec::new(), |sample| sample.parameters.clone());
            match parameters.is_empty() {
                true => "it has none".to_owned(),
                false => {
                    let names: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
                    format!("it has {}", names.join(", "))
                }
            }
        }
    }
}

/// A message as it may stand on a terminal.
fn shown(text: &str) -> String {
    visible_lines(&text.trim().replace('\t', "  "))
}

/// Says that something is not as it should be, though the command goes on.
pub(crate) fn warn(text: &str) {
    terminal::say(&format!("{} {text}", Style::Yellow.paint("warning:", terminal::stderr_colour())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_once() {
        let source = io::Error::other(io::Error::other("disk on fire"));
        let failure = Failure::ReadScript { path: "a.sql".into(), source };
        assert_eq!(failure.lines(false), ["error: cannot read a.sql", "  because: disk on fire"]);
    }

    #[test]
    fn a_chain_in_one_message_is_taken_apart() {
        let source = io::Error::other("rule failed\ncaused by\nbad date\nin 'x'");
        let failure = Failure::ReadScript { path: "a.sql".into(), source };
        assert_eq!(
            failure.lines(false),
            ["error: cannot read a.sql", "  because: rule failed", "  because: bad date\n    in 'x'"]
        );
    }

    #[test]
    fn a_hint_stands_below_the_error() {
        let failure = Failure::UnknownDot { typed: ".hlep".into(), near: Some(".help".into()) };
        assert_eq!(failure.lines(false), ["error: unknown command \".hlep\"", "  hint: did you mean .help?"]);
    }

    #[test]
    fn a_closed_pipe_is_success() {
        let failure = Failure::Write(io::ErrorKind::BrokenPipe.into());
        assert_eq!(failure.status(), ExitCode::SUCCESS);
        assert_eq!(Failure::Interrupted.status(), ExitCode::from(130));
    }
}
