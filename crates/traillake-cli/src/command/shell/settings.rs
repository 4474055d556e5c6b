//! How a session is set.

use std::fmt;
use std::time::Duration;

use crate::config::{self, Paging};
use crate::output::Format;

/// How long a stopped statement may take to put its things away: the prompt is back within a tenth of a second.
pub(super) const GRACE: Duration = Duration::from_millis(50);

/// What `.format`, `.rows` and the like set.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) format: Format,
    /// Whether a footer stands below each result.
    pub(super) timing: bool,
    /// Whether tables may be wider than the screen.
    pub(super) wide: bool,
    /// The rows shown on a terminal at most.
    pub(super) rows: Option<u64>,
    pub(super) pager: Paging,
}

impl Settings {
    /// As the configuration has it.
    pub(super) fn of(config: &config::Settings) -> Self {
        let rows = Some(config.rows).filter(|rows| *rows > 0);
        Self { format: config.format, timing: config.timing, wide: false, rows, pager: config.pager.clone() }
    }
}

/// A line for each, in the form of the command that sets it.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let switch = |on| if on { "on" } else { "off" };
        writeln!(f, ".format {}", self.format)?;
        writeln!(f, ".timing {}", switch(self.timing))?;
        writeln!(f, ".wide {}", switch(self.wide))?;
        match self.rows {
            Some(rows) => writeln!(f, ".rows {rows}")?,
            None => writeln!(f, ".rows all")?,
        }
        match &self.pager {
            Paging::Auto => writeln!(f, ".pager on"),
            Paging::Off => writeln!(f, ".pager off"),
            Paging::Command(command) => writeln!(f, ".pager {command}"),
        }
    }
}
