//! Which versions had which files, from the commits.

use std::collections::HashMap;

use object_store::path::Path;

use super::Contents;
use super::audit::{Entry, Named};
use crate::attributes::Properties;

/// The files of some versions that follow each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lives {
    files: HashMap<Path, Life>,
    /// The properties of the first version, and of each that changed them.
    properties: Vec<(u64, Properties)>,
}

#[derive(Clone, Debug)]
struct Life {
    named: Named,
    /// The version that no longer had it; `None` while the newest has.
    until: Option<u64>,
}

impl Lives {
    /// Begins with a version.
    pub(crate) fn from(contents: &Contents) -> Self {
        let named =
            contents.files.iter().map(|file| Named { path: file.path.clone(), bytes: file.bytes, sha256: file.sha256 });
        let files = named.map(|named| (named.path.clone(), Life { named, until: None })).collect();
        Self { files, properties: vec![(contents.head.version, contents.head.table.properties.clone())] }
    }

    /// Goes on to the next version.
    pub(crate) fn apply(&mut self, entry: &Entry) {
        for path in &entry.removed {
            if let Some(life) = self.files.get_mut(path) {
                life.until.get_or_insert(entry.version);
            }
        }
        for named in &entry.added {
            self.files.insert(named.path.clone(), Life { named: named.clone(), until: None });
        }
        if let Some(properties) = &entry.properties {
            self.properties.push((entry.version, properties.clone()));
        }
    }

    /// The files of a version and of all after it.
    pub(crate) fn since(&self, version: u64) -> impl Iterator<Item = &Named> {
        let lived = move |life: &&Life| life.until.is_none_or(|until| until > version);
        self.files.values().filter(lived).map(|life| &life.named)
    }

    /// The files of the newest version.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Named> {
        self.files.values().filter(|life| life.until.is_none()).map(|life| &life.named)
    }

    /// Whether a version had the file.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// The properties that a version and those after it had, newest last.
    pub(crate) fn properties_since(&self, version: u64) -> &[(u64, Properties)] {
        let later = self.properties.partition_point(|(since, _)| *since <= version);
        &self.properties[later.saturating_sub(1)..]
    }

    /// Those of the newest version.
    pub(crate) fn properties(&self) -> Option<&Properties> {
        self.properties.last().map(|(_, properties)| properties)
    }
}
