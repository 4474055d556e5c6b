//! `man`, `completions`, and `help` before what is no command.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, Args, Command};
use clap_complete::Shell;

pub(super) const ABOUT_MAN: &str = "\
Write manual pages, for man.

Without words it is the page of traillake; `store create` is that of the command, and the name of a topic of \
`traillake help topics` is that of the topic. With --output all pages are written into a folder, as files for \
share/man/man1 and man7.";

pub(super) const AFTER_MAN: &str = "\
Examples:
  traillake man store create
  traillake man lookup > traillake-lookup.1
  traillake man --output pages
";

pub(super) const ABOUT_COMPLETIONS: &str = "\
Write the completions of a shell.

bash reads them where its completions are, as ~/.local/share/bash-completion/completions/traillake, zsh where a folder of \
$fpath has _traillake, fish in ~/.config/fish/completions/traillake.fish; PowerShell and elvish run them at their start.";

pub(super) const AFTER_COMPLETIONS: &str = "\
Examples:
  traillake completions bash > traillake.bash
  traillake completions zsh > _traillake
  traillake completions fish > traillake.fish
";

/// `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The command, or the topic
    #[arg(value_name = "COMMAND")]
    pub(crate) words: Vec<String>,

    /// Write all pages into this folder, which is created
    #[arg(long, value_name = "DIR", conflicts_with = "words")]
    pub(crate) output: Option<PathBuf>,
}

/// `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// The words behind `help`, when they are why a command line was refused: clap knows commands, and they may be a topic.
pub(super) fn topic(refused: &clap::Error, command: Command) -> Option<Vec<String>> {
    if refused.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let words = Arg::new("words").num_args(1..);
    let command = command.disable_help_subcommand(true).subcommand(Command::new("help").arg(words));
    let matches = command.try_get_matches().ok()?;
    let words = matches.subcommand_matches("help")?.get_many::<String>("words")?;
    Some(words.cloned().collect())
}
