//! `config`: the settings in force, the file, an example.

use crate::arguments::{ConfigArguments, ConfigCommand};
use crate::config::{self, Config};
use crate::failure::{Failure, Outcome};
use crate::output::{Destination, visible_lines};

/// Shows what was asked for.
pub(super) fn run(arguments: ConfigArguments, config: &Config) -> Result<Outcome, Failure> {
    let text = match arguments.command {
        None => in_force(config),
        Some(ConfigCommand::Path) => match config::path() {
            Some(path) => format!("{}\n", path.display()),
            None => {
                return Err(Failure::Usage {
                    what: "no configuration file is read",
                    hint: "TRAILLAKE_CONFIG is empty, or there is no home directory; give TRAILLAKE_CONFIG a path",
                });
            }
        },
        Some(ConfigCommand::Example) => config::example(),
    };
    Destination::stdout().put(&mut visible_lines(&text).into_bytes()).map(|()| Outcome::Done)
}

/// A line for each setting: its name, its value, where that comes from.
fn in_force(config: &Config) -> String {
    let lines = config.origins().map(|(setting, origin)| {
        let value = (setting.get)(&config.settings).unwrap_or_else(|| setting.unset.to_owned());
        [setting.name.to_owned(), value, origin.to_string()]
    });
    let lines: Vec<[String; 3]> = lines.collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let (names, values) = (width(0), width(1));
    lines.iter().map(|[name, value, origin]| format!("{name:names$}  {value:values$}  {origin}\n")).collect()
}
