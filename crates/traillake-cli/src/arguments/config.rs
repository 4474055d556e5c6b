//! `config`.

use clap::{Args, Subcommand};

pub(super) const ABOUT_CONFIG: &str = "\
Show the settings in force and where each of them comes from.

A setting is a default, or stands in the configuration file, in a variable of the environment or behind a flag; each is \
stronger than the one before. The file is $TRAILLAKE_CONFIG, else $XDG_CONFIG_HOME/traillake/config.toml, else \
~/.config/traillake/config.toml; nobody has to have one, and an empty $TRAILLAKE_CONFIG stands for none. A relative path of a lake starts where the command runs.";

pub(super) const AFTER_CONFIG: &str = "\
Examples:
  traillake config
  traillake config path
  traillake config example > my-config.toml
";

const AFTER_PATH: &str = "\
Example:
  traillake config path
";

const AFTER_EXAMPLE: &str = "\
Example:
  traillake config example > my-config.toml
";

/// `config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ConfigCommand>,
}

/// What is asked about the configuration beside what is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show which file is read, whether it exists or not
    #[command(after_long_help = AFTER_PATH)]
    Path,
    /// Show a file with every setting, its meaning and its default
    #[command(after_long_help = AFTER_EXAMPLE)]
    Example,
}
