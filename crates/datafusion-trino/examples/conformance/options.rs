//! What the command line asks for.

use crate::Failure;

const HELP: &str = "usage: TRINO_ASSERTIONS=FILE conformance [options]
  --relevant         only pairs that queries over logs could meet
  --family NAME      only pairs of this family
  --file TEXT        only pairs whose file contains this text
  --sql TEXT         only pairs whose SQL contains this text, in any letter case
  --show KINDS       print pairs of these kinds: right, wrong, missing, accepted (by comma)
  --limit N          print at most N of them (default 50)
  --reasons          count the reasons for which pairs are missing";

/// Which pairs are tried, and which are shown.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) relevant: bool,
    pub(crate) family: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) sql: Option<String>,
    pub(crate) show: Vec<String>,
    pub(crate) limit: usize,
    pub(crate) reasons: bool,
}

impl Options {
    /// `None` when only help was wanted, which is printed.
    pub(crate) fn read() -> Result<Option<Options>, Failure> {
        let mut options = Options { limit: 50, ..Options::default() };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--relevant" => options.relevant = true,
                "--reasons" => options.reasons = true,
                "--family" => options.family = Some(value()?),
                "--file" => options.file = Some(value()?),
                "--sql" => options.sql = Some(value()?.to_lowercase()),
                "--show" => options.show = value()?.split(',').map(str::to_owned).collect(),
                "--limit" => options.limit = value()?.parse()?,
                "--help" | "-h" => {
                    println!("{HELP}");
                    return Ok(None);
                }
                other => return Err(format!("{other} is no option\n{HELP}").into()),
            }
        }
        Ok(Some(options))
    }

    /// Whether all pairs of the file are tried, so that stale entries of the list can be told.
    pub(crate) fn is_whole(&self) -> bool {
        !self.relevant && self.family.is_none() && self.file.is_none() && self.sql.is_none()
    }

    pub(crate) fn shows(&self, kind: &str) -> bool {
        self.show.iter().any(|shown| shown == kind)
    }
}
