//! How much of the past is left, as properties of the table.

use crate::attributes::Properties;
use crate::content_hash::ContentHash;

/// The property that says from which version on all files are there.
const KEPT_FROM: &str = "traillake.keptFrom";
/// The property that says with which version's checkpoint the log begins, and what the checkpoint's hash is.
const LOG_BEGINS: &str = "traillake.logBegins";

/// What vacuums have left. Of a store that never had one: all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Horizon {
    /// The oldest version whose files are all there.
    pub(crate) kept_from: u64,
    /// What stands in for the commits before.
    pub(crate) log_begins: Option<LogBegins>,
}

/// A checkpoint that the log begins with: the commits before its version are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogBegins {
    pub(crate) version: u64,
    /// Of the checkpoint's bytes.
    pub(crate) sha256: ContentHash,
}

impl Horizon {
    /// What properties of a table say; what none of ours would say counts for nothing.
    pub(crate) fn of(properties: &Properties) -> Self {
        let log_begins = || {
            let (version, sha256) = properties.get(LOG_BEGINS)?.split_once(' ')?;
            Some(LogBegins { version: version.parse().ok()?, sha256: sha256.parse().ok()? })
        };
        let kept_from = properties.get(KEPT_FROM).and_then(|version| version.parse().ok());
        Self { kept_from: kept_from.unwrap_or_default(), log_begins: log_begins() }
    }

    /// The later of two, in each respect: what is gone stays gone.
    pub(super) fn further(self, other: Self) -> Self {
        let log_begins = self.log_begins.into_iter().chain(other.log_begins).max_by_key(|begins| begins.version);
        Self { kept_from: self.kept_from.max(other.kept_from), log_begins }
    }

    pub(crate) fn write(self, properties: &mut Properties) {
        properties.insert(KEPT_FROM.to_owned(), self.kept_from.to_string());
        if let Some(LogBegins { version, sha256 }) = self.log_begins {
            properties.insert(LOG_BEGINS.to_owned(), format!("{version} {sha256}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_horizon_comes_back_from_its_properties() {
        let log_begins = Some(LogBegins { version: 40, sha256: ContentHash::of(b"") });
        for horizon in [Horizon { kept_from: 57, log_begins }, Horizon { kept_from: 3, log_begins: None }] {
            let mut properties = Properties::new();
            horizon.write(&mut properties);
            assert_eq!(Horizon::of(&properties), horizon);
        }
        assert_eq!(Horizon::of(&Properties::new()), Horizon::default());
    }
}
