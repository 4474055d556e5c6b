//! The list of pairs that are known to be wrong, each with its reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Failure;
use crate::pair::Pair;

/// File and line of an assertion, and why it is accepted to be wrong.
#[derive(Debug)]
pub(crate) struct Accepted(BTreeMap<(String, u32), String>);

impl Accepted {
    pub(crate) fn read() -> Result<Accepted, Failure> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/accepted.tsv");
        let mut entries = BTreeMap::new();
        for (number, line) in fs::read_to_string(&path)?.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts = line.splitn(3, '\t');
            match (parts.next(), parts.next().and_then(|at| at.parse().ok()), parts.next()) {
                (Some(file), Some(at), Some(reason)) if !reason.trim().is_empty() => {
                    entries.insert((file.to_owned(), at), reason.to_owned());
                }
                _ => {
                    return Err(
                        format!("{}:{}: file, line and reason were expected", path.display(), number + 1).into()
                    );
                }
            }
        }
        Ok(Accepted(entries))
    }

    pub(crate) fn reason(&self, pair: &Pair) -> Option<&str> {
        self.0.get(&(pair.file.clone(), pair.line)).map(String::as_str)
    }

    /// The places of all entries.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.keys().map(|(file, line)| (file.as_str(), *line))
    }
}
