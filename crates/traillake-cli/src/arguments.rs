//! What was typed: the tree of commands. The help texts are the manual; each ends with an example.

use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

mod config;
mod import;
mod investigate;
mod limits;
mod log;
mod lookup;
mod manual;
mod receipt;
mod saved;
mod size;
mod store;

use config::{ABOUT_CONFIG, AFTER_CONFIG};
pub(crate) use config::{ConfigArguments, ConfigCommand};
use import::{ABOUT_IMPORT, AFTER_IMPORT};
pub(crate) use import::{Import, ReportFormat, Shown};
pub(crate) use investigate::Investigate;
pub(crate) use limits::{Limits, query_memory};
pub(crate) use log::{LogArguments, LogFormat};
use lookup::{ABOUT_LOOKUP, AFTER_LOOKUP};
pub(crate) use lookup::{LookupArguments, LookupFormat};
use manual::{ABOUT_COMPLETIONS, ABOUT_MAN, AFTER_COMPLETIONS, AFTER_MAN};
pub(crate) use manual::{CompletionsArguments, ManArguments};
use receipt::AFTER_RECEIPT;
pub(crate) use receipt::{ReceiptCommand, ReceiptVerify};
use saved::{ABOUT_SAVED, AFTER_SAVED};
pub(crate) use saved::{Saved, SavedCommand, SavedKeep, SavedRun};
pub(crate) use size::size_text;
use store::AFTER_STORE;
pub(crate) use store::{
    StoreAttributes, StoreCommand, StoreCompact, StoreCreate, StoreDdl, StoreExpire, StoreExplain, StoreTag,
    StoreUntag, StoreUpdate, StoreVacuum, StoreVerify, Switch,
};

use crate::command::samples::named_value;
use crate::config::{Config, Settings};
use crate::output::Format;
use crate::parameter::Parameter;
use crate::terminal::Colour;

/// An open, embedded CloudTrail Lake: import CloudTrail logs, ask them questions in CloudTrail Lake's SQL.
///
/// Without a command, the shell starts.
#[derive(Debug, Parser)]
#[command(name = "traillake", version, after_help = AFTER_TOP, after_long_help = AFTER_TOP_LONG)]
pub(crate) struct Arguments {
    /// The lake: a directory or a URL
    #[arg(long, global = true, env = "TRAILLAKE_LAKE", value_name = "URL", default_value = "./lake")]
    pub(crate) lake: String,

    /// When to use colours (default: the setting colour, auto)
    #[arg(long, alias = "color", global = true, value_enum, value_name = "WHEN", hide_short_help = true)]
    pub(crate) colour: Option<Colour>,

    #[command(flatten)]
    pub(crate) log: LogArguments,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// Reads the command line. What it leaves open is as the configuration has it, which takes note of what it does not.
    pub(crate) fn typed(config: &mut Config) -> Result<Self, clap::Error> {
        // The help tells the lake that is used; clap keeps what it is told until the program ends.
        let lake: &'static str = config.settings.lake.clone().leak();
        let command = Self::command().mut_arg("lake", |argument| argument.default_value(lake));
        let matches = match command.clone().try_get_matches() {
            Ok(matches) => matches,
            Err(error) => {
                let words = manual::topic(&error, command).ok_or(error)?;
                let nothing = Self::try_parse_from([env!("CARGO_PKG_NAME")])?;
                return Ok(Self { command: Some(Command::Topic(words)), ..nothing });
            }
        };
        let mut arguments = Self::from_arg_matches(&matches)?;
        match matches.value_source("lake") {
            Some(ValueSource::CommandLine) => {
                config.settings.lake.clone_from(&arguments.lake);
                config.flag("lake", "--lake");
            }
            // A variable is read by the configuration.
            _ => arguments.lake.clone_from(&config.settings.lake),
        }
        if let Some(colour) = arguments.colour {
            config.settings.colour = colour;
            config.flag("colour", "--colour");
        }
        if let Some(command) = &mut arguments.command {
            command.settle(&config.settings);
        }
        Ok(arguments)
    }

    /// Whether it can be done whatever the configuration says.
    pub(crate) fn needs_no_config(&self) -> bool {
        match &self.command {
            Some(Command::Config(config)) => config.command.is_some(),
            Some(Command::Man(_) | Command::Completions(_) | Command::Topic(_)) => true,
            _ => false,
        }
    }
}

const AFTER_TOP: &str = "\
`traillake help topics` lists what there is to read beside the commands.

Examples:
  traillake import trail AWSLogs/
  traillake query \"SELECT eventName, count(*) FROM trail GROUP BY 1 ORDER BY 2 DESC LIMIT 10\"
";

const AFTER_TOP_LONG: &str = "\
Exit status:
  0  done
  1  failed
  2  the command line is wrong
  3  done, but some input was rejected
  130  interrupted

Data goes to standard output, everything else to standard error. NO_COLOR switches colours off. `traillake config`
shows what is settled by a configuration file and the environment.
`traillake help topics` lists what there is to read beside the commands.

Examples:
  traillake import trail AWSLogs/
  traillake query \"SELECT eventName, count(*) FROM trail GROUP BY 1 ORDER BY 2 DESC LIMIT 10\"
  traillake
";

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create, list, show, change, verify, compact, expire, vacuum, delete and restore event data stores
    #[command(subcommand, after_long_help = AFTER_STORE)]
    Store(StoreCommand),
    /// Import CloudTrail log files into an event data store
    #[command(long_about = ABOUT_IMPORT, after_long_help = AFTER_IMPORT)]
    Import(Import),
    /// Answer a query in CloudTrail Lake's SQL
    #[command(long_about = ABOUT_QUERY, after_long_help = AFTER_QUERY)]
    Query(Query),
    /// Find where values occur, in any column and in JSON of any depth
    #[command(long_about = ABOUT_FIND, after_long_help = AFTER_FIND)]
    Find(Find),
    #[command(flatten)]
    Investigate(Investigate),
    /// Look up events by who, what and where, newest first, in the form of AWS's LookupEvents
    #[command(long_about = ABOUT_LOOKUP, after_long_help = AFTER_LOOKUP)]
    Lookup(LookupArguments),
    /// List, show and run sample queries: security, compliance, operations, change, forensics
    #[command(long_about = ABOUT_SAMPLES, after_long_help = AFTER_SAMPLES)]
    Samples(Samples),
    /// List, show, run, keep and forget the queries that are kept in the lake
    #[command(long_about = ABOUT_SAVED, after_long_help = AFTER_SAVED)]
    Saved(Saved),
    /// Check what `--receipt` has written of a query
    #[command(subcommand, after_long_help = AFTER_RECEIPT)]
    Receipt(ReceiptCommand),
    /// Start the interactive shell
    #[command(long_about = ABOUT_SHELL, after_long_help = AFTER_SHELL)]
    Shell(Limits),
    /// Show the settings in force and where each of them comes from
    #[command(long_about = ABOUT_CONFIG, after_long_help = AFTER_CONFIG)]
    Config(ConfigArguments),
    /// Write manual pages
    #[command(long_about = ABOUT_MAN, after_long_help = AFTER_MAN)]
    Man(ManArguments),
    /// Write the completions of a shell: bash, zsh, fish, elvish or PowerShell
    #[command(long_about = ABOUT_COMPLETIONS, after_long_help = AFTER_COMPLETIONS)]
    Completions(CompletionsArguments),
    /// What stands behind `help` and is no command.
    #[command(skip)]
    Topic(Vec<String>),
}

impl Command {
    /// Takes what is settled where nothing was typed.
    fn settle(&mut self, settings: &Settings) {
        match self {
            Command::Query(query) => {
                settle_format(&mut query.format, query.output.as_deref(), settings);
                query.limits.settle(settings);
            }
            Command::Find(find) => {
                find.written.settle(settings);
                find.limits.settle(settings);
            }
            Command::Samples(Samples { command: Some(SamplesCommand::Run(run)), .. }) => {
                run.written.settle(settings);
                run.limits.settle(settings);
            }
            Command::Investigate(verb) => verb.settle(settings),
            Command::Lookup(lookup) => lookup.limits.settle(settings),
            Command::Shell(limits) => limits.settle(settings),
            Command::Saved(Saved { command: Some(SavedCommand::Run(run)), .. }) => {
                run.written.settle(settings);
                run.limits.settle(settings);
            }
            Command::Store(_)
            | Command::Import(_)
            | Command::Samples(_)
            | Command::Saved(_)
            | Command::Receipt(_)
            | Command::Config(_)
            | Command::Man(_)
            | Command::Completions(_)
            | Command::Topic(_) => {}
        }
    }
}

/// The format that is settled, where neither a flag nor the ending of a file says another.
fn settle_format(format: &mut Option<Format>, output: Option<&Path>, settings: &Settings) {
    if format.is_none() && output.and_then(Format::of_file).is_none() {
        *format = Some(settings.format);
    }
}

const ABOUT_QUERY: &str = "\
Answer a query in CloudTrail Lake's SQL.

FROM takes the name, id or ARN of an event data store, $EDS_ID (the one of --store, or the lake's only one, of CloudTrail events where there are others), or one \
of the lake's own tables: lake.event_data_stores, lake.imports, lake.import_objects, lake.rejects, lake.data_files, \
lake.snapshots, lake.history, lake.columns. Behind a name, FOR VERSION AS OF 12 or FOR TIMESTAMP AS OF \
TIMESTAMP '2026-01-02 03:04:05' asks an earlier version. athena.NAME is a store with the columns of AWS's Athena table for CloudTrail, and \
cloudtrail_logs is athena.$EDS_ID.

Parameters keep values out of the SQL: :name takes the value of --param name=VALUE, and each ? the next --param VALUE \
without a name. A value is a text, whatever it holds. One that looks like a number is a number where it is compared with \
numbers, in arithmetic and behind LIMIT; 'in single quotes' it is always a text. NULL is NULL.

Without SQL and --file, the query is read from standard input. Several statements are separated by semicolons; their \
results follow each other.";

const AFTER_QUERY: &str = "\
Examples:
  traillake query \"SELECT eventName, count(*) FROM trail GROUP BY 1 ORDER BY 2 DESC LIMIT 10\"
  traillake query --from AWSLogs/ \"SELECT sourceIPAddress, count(*) FROM events GROUP BY 1\"
  traillake query --file hunt.sql --store trail --format csv --output hunt.csv
  traillake query --file hunt.sql --output hunt.xlsx --receipt hunt.receipt.json
  traillake query --format chart \"SELECT date_trunc('hour', eventTime), count(*) FROM trail GROUP BY 1\"
  traillake query --estimate \"SELECT * FROM trail WHERE sourceIPAddress = '203.0.113.66'\"
  traillake query --param user=ana \"SELECT eventName FROM trail WHERE userIdentity.userName = :user\"
";

const ABOUT_FIND: &str = "\
Find where values occur, in any column and in JSON of any depth: an access key, an address, an ARN, a bucket, an id.

A value is found where a record has it as a whole, or as a part with neither a letter nor a digit beside it: alice is \
found in user/alice, not in malice. Letter case counts; keys are no values. Each event comes with the paths where it has one of the values, \
oldest event first.

All event data stores are searched, or that of --store. Data files say where values may be, so that only these places \
are read.";

const AFTER_FIND: &str = "\
Examples:
  traillake find AKIAIOSFODNN7EXAMPLE
  traillake find 203.0.113.66 198.51.100.7 --store trail --format csv
  traillake find --from AWSLogs/ exfil-bucket
";

const ABOUT_SAMPLES: &str = "\
List, show and run sample queries: security, compliance, operations, change, forensics.

Without words, all are listed; with words, those that have each of them in name, title, description or tags. The \
name of one query shows its SQL.";

const AFTER_SAMPLES: &str = "\
Examples:
  traillake samples s3 public
  traillake samples access-denied-bursts
  traillake samples run access-denied-bursts --store trail --param denials=20
";

const AFTER_SAMPLES_RUN: &str = "\
Example:
  traillake samples run address-timeline --param address=203.0.113.66 --format csv
";

const ABOUT_SHELL: &str = "\
Start the interactive shell; `traillake` alone does the same.

Statements end with a semicolon and may take several lines. Tab completes the columns of the tables in FROM, functions, \
dot-commands and, inside quotes, values of the data. Ctrl-C stops a running query, Ctrl-D leaves. `.help` lists the \
dot-commands; `traillake help dot-commands` tells more of them.

When standard input is not a terminal, its statements run as a script, up to the first failure.";

const AFTER_SHELL: &str = "\
Examples:
  traillake shell
  traillake --lake ~/lake shell < report.sql
";

/// `samples`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Samples {
    /// Words to find queries by, or the name of one
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,

    #[command(subcommand)]
    pub(crate) command: Option<SamplesCommand>,
}

/// What is done with a sample query.
#[derive(Debug, Subcommand)]
pub(crate) enum SamplesCommand {
    /// Run a sample query
    #[command(after_long_help = AFTER_SAMPLES_RUN)]
    Run(SampleRun),
}

/// `samples run`.
#[derive(Debug, Args)]
pub(crate) struct SampleRun {
    /// The name of the query
    pub(crate) name: String,

    /// A parameter of the query; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = named_value)]
    pub(crate) parameters: Vec<(String, String)>,

    /// The event data store it reads (default: the lake's only one)
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<String>,

    /// Query log files without a lake; may be given several times
    #[arg(long, value_name = "SOURCE", conflicts_with = "store")]
    pub(crate) from: Vec<String>,

    #[command(flatten)]
    pub(crate) written: Written,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// How the one result of a command is written, and where.
#[derive(Debug, Args)]
pub(crate) struct Written {
    /// How the result is written (default: by the ending of --output, else the setting format, table)
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// Write to a file, which appears when it is complete
    #[arg(long, value_name = "F")]
    pub(crate) output: Option<PathBuf>,

    /// No header line (csv, tsv)
    #[arg(long)]
    pub(crate) no_header: bool,

    /// Also write a receipt: what was asked of which versions, and the hash of the answer
    #[arg(long, value_name = "F", conflicts_with = "from")]
    pub(crate) receipt: Option<PathBuf>,
}

impl Written {
    fn settle(&mut self, settings: &Settings) {
        settle_format(&mut self.format, self.output.as_deref(), settings);
    }
}

/// `find`.
#[derive(Debug, Args)]
pub(crate) struct Find {
    /// What is to be found: one of these
    #[arg(required = true, value_name = "VALUE")]
    pub(crate) values: Vec<String>,

    /// The event data store that is searched (default: all)
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<String>,

    /// Search log files without a lake; may be given several times
    #[arg(long, value_name = "SOURCE", conflicts_with = "store")]
    pub(crate) from: Vec<String>,

    /// Stop after so many events, the oldest
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    #[command(flatten)]
    pub(crate) written: Written,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// `query`.
#[derive(Debug, Default, Args)]
pub(crate) struct Query {
    /// One SELECT, or several with semicolons between them
    pub(crate) sql: Option<String>,

    /// Read the SQL from a file
    #[arg(long, value_name = "F", conflicts_with = "sql")]
    pub(crate) file: Option<PathBuf>,

    /// How results are written (default: by the ending of --output, else the setting format, table)
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// Write to a file, which appears when it is complete
    #[arg(long, value_name = "F")]
    pub(crate) output: Option<PathBuf>,

    /// The event data store that $EDS_ID stands for
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<String>,

    /// A value for :NAME in the SQL, or without NAME= for the next ?; may be given several times
    #[arg(long = "param", value_name = "[NAME=]VALUE")]
    pub(crate) parameters: Vec<Parameter>,

    /// Query log files without a lake: they are imported into a temporary one, as the event data store `events`;
    /// may be given several times
    #[arg(long, value_name = "SOURCE", conflicts_with = "store")]
    pub(crate) from: Vec<String>,

    /// Do not run it: tell which files, row groups, events and bytes it would read, why no more, and its plan; so does
    /// EXPLAIN before a SELECT
    #[arg(long)]
    pub(crate) explain: bool,

    /// Do not run it: tell how many events and bytes it would scan
    #[arg(long, conflicts_with = "explain")]
    pub(crate) estimate: bool,

    /// Then run it N times more without printing; the last line on standard error becomes
    /// {"first": s, "warm": [s, …]}
    #[arg(long, value_name = "N")]
    pub(crate) repeat: Option<u32>,

    /// No header line (csv, tsv)
    #[arg(long)]
    pub(crate) no_header: bool,

    /// Also write a receipt: what was asked of which versions of event data stores, when, by which program, and the
    /// hash of the answer, in JSON; `traillake receipt verify` checks it
    #[arg(long, value_name = "F", conflicts_with_all = ["from", "explain", "estimate"])]
    pub(crate) receipt: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn from_takes_one_source_each_time_and_leaves_the_sql_alone() {
        let typed = ["traillake", "query", "--from", "a", "--from", "b", "SELECT 1"];
        let Some(Command::Query(query)) = Arguments::try_parse_from(typed).unwrap().command else { panic!() };
        assert_eq!((query.from, query.sql.as_deref()), (vec!["a".into(), "b".into()], Some("SELECT 1")));
    }

    #[test]
    fn samples_takes_words_or_run() {
        let parse = |line: &str| match Arguments::try_parse_from(line.split(' ')).unwrap().command {
            Some(Command::Samples(samples)) => samples,
            _ => panic!(),
        };
        assert_eq!(parse("traillake samples s3 public").words, ["s3", "public"]);
        let Some(SamplesCommand::Run(run)) = parse("traillake samples run a --param k=v=w --param l=").command else {
            panic!()
        };
        let owned = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!((run.name.as_str(), run.parameters), ("a", vec![owned("k", "v=w"), owned("l", "")]));
        assert!(Arguments::try_parse_from(["traillake", "samples", "run", "a", "--param", "k"]).is_err());
    }

    #[test]
    fn categories_are_read_in_any_letter_case_and_refused_by_name() {
        let parse = |text: &str| Arguments::try_parse_from(["traillake", "store", "create", "t", "--category", text]);
        assert!(parse("management,DATA").is_ok());
        assert!(parse("managment").unwrap_err().to_string().contains("NetworkActivity"));
    }
}
