//! The log, on every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::log::Directives;

/// What is logged, how and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Log")]
pub(crate) struct LogArguments {
    /// Tell what happens inside: error, warn, info, debug or trace
    ///
    /// A level is for TrailLake's own crates. TARGET=LEVEL is for one crate or module, of others too; several are
    /// separated by commas: `info,deltalake_core=debug`.
    #[arg(long, global = true, env = "TRAILLAKE_LOG", value_name = "LEVEL", hide_short_help = true)]
    pub(crate) log: Option<Directives>,

    /// How the log is written
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, hide_short_help = true)]
    pub(crate) log_format: LogFormat,

    /// Append the log to a file instead of standard error (without --log: at level info)
    #[arg(long, global = true, value_name = "PATH", hide_short_help = true)]
    pub(crate) log_file: Option<PathBuf>,
}

/// The forms of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for each event
    Text,
    /// A JSON object for each event
    Json,
}
