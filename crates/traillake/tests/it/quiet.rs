//! Nobody looks at the progress of a test's import.

use traillake::{ImportProgress, Observer};

pub(crate) struct Quiet;

impl Observer for Quiet {
    fn listed(&self, _: u64, _: u64) {}
    fn progressed(&self, _: ImportProgress) {}
    fn committed(&self, _: u64) {}
}
