//! `saved`: queries that are kept in the lake.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Limits, Written};
use crate::parameter::Parameter;

pub(super) const ABOUT_SAVED: &str = "\
List, show, run, keep and forget the queries that are kept in the lake.

Without words, all are listed; with words, those that have each of them. The name of one shows its SQL. Each is a text \
file, queries/NAME.sql in the lake; the shell keeps them with .save and runs them with .run.";

pub(super) const AFTER_SAVED: &str = "\
Examples:
  traillake saved keep by-region \"SELECT eventName, count(*) FROM trail WHERE awsRegion = :region GROUP BY 1\"
  traillake saved
  traillake saved run by-region --param region=us-east-1 --format csv
  traillake saved forget old
";

const AFTER_KEEP: &str = "\
Example:
  traillake saved keep denied \"SELECT eventName FROM trail WHERE errorCode LIKE '%AccessDenied%'\"
";

const AFTER_RUN: &str = "\
Example:
  traillake saved run denied --format csv
";

const AFTER_FORGET: &str = "\
Example:
  traillake saved forget old
";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Saved {
    /// Words to find queries by, or the name of one
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,

    #[command(subcommand)]
    pub(crate) command: Option<SavedCommand>,
}

/// What is done with a kept query.
#[derive(Debug, Subcommand)]
pub(crate) enum SavedCommand {
    /// Run a kept query
    #[command(after_long_help = AFTER_RUN)]
    Run(SavedRun),
    /// Keep a query, in the place of one that has its name
    #[command(after_long_help = AFTER_KEEP)]
    Keep(SavedKeep),
    /// Take a kept query away
    #[command(after_long_help = AFTER_FORGET)]
    Forget(SavedForget),
}

#[derive(Debug, Args)]
pub(crate) struct SavedRun {
    /// The name of the query
    pub(crate) name: String,

    /// A value for :NAME in the SQL, or without NAME= for the next ?; may be given several times
    #[arg(long = "param", value_name = "[NAME=]VALUE")]
    pub(crate) parameters: Vec<Parameter>,

    /// The event data store that $EDS_ID stands for
    #[arg(long, value_name = "NAME")]
    pub(crate) store: Option<String>,

    /// Query log files without keeping them; may be given several times
    #[arg(long, value_name = "SOURCE", conflicts_with = "store")]
    pub(crate) from: Vec<String>,

    #[command(flatten)]
    pub(crate) written: Written,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

#[derive(Debug, Args)]
pub(crate) struct SavedKeep {
    /// Its name: up to 128 letters, digits, _ and -
    pub(crate) name: String,

    /// One SELECT, or several with semicolons between them
    #[arg(required_unless_present = "file")]
    pub(crate) sql: Option<String>,

    /// Read the SQL from a file
    #[arg(long, value_name = "F", conflicts_with = "sql")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SavedForget {
    /// The name of the query
    pub(crate) name: String,
}
