//! The hot keys that one store has beside those every store has.
//!
//! A hot key is a first-level key of a map that has a column of its own, with bounds and a bloom filter. The keys of
//! [`events::FIELDS`](super::events::FIELDS) are those that most trails are asked about; what one's own trail is full of, its store can be
//! told: `requestParameters.detectorId`.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Field, Schema, Shape};
use crate::category::StoreType;

/// How many hot keys a store may add: each is a column of every data file.
pub const HOT_KEYS_MAX: usize = 100;
/// The longest, in bytes.
const PATH_BYTES_MAX: usize = 200;
/// What the name of a column of a Delta table may not hold.
const FORBIDDEN: &[char] = &[' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '='];

/// A hot key, written as the JSON path of its map and the key itself, exactly: `requestParameters.detectorId`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HotKeyPath {
    map: Vec<&'static str>,
    key: String,
}

/// Why something is no hot key, or none that can be added.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HotKeyError {
    /// It names no key of a map.
    #[error("\"{found}\" is no key of a map; write one of {} with a dot and the key", map_names())]
    NoMap {
        /// What was given.
        found: String,
    },
    /// Its map is one of another type of store.
    #[error("\"{found}\" is no key of a map of this store; its maps are {maps}")]
    OtherMap {
        /// What was given.
        found: String,
        /// The maps of the store's schema.
        maps: String,
    },
    /// No column can have its name.
    #[error("\"{found}\" cannot name a column: at most 200 bytes, and no blank or , ; {{ }} ( ) =")]
    Name {
        /// What was given.
        found: String,
    },
    /// Most readers of a table would not tell its column from another.
    #[error("\"{found}\" differs from the column {column} in letter case at most")]
    Taken {
        /// What was given.
        found: String,
        /// The column there is.
        column: String,
    },
    /// There are enough.
    #[error("a store has at most {HOT_KEYS_MAX} hot keys of its own")]
    TooMany,
}

impl HotKeyPath {
    /// The JSON path of the map.
    pub fn map(&self) -> &[&'static str] {
        &self.map
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The JSON path of the value.
    pub(super) fn path(&self) -> Vec<String> {
        self.map.iter().copied().chain([self.key.as_str()]).map(str::to_owned).collect()
    }
}

impl FromStr for HotKeyPath {
    type Err = HotKeyError;

    /// Reads a path; the letter case of the map does not matter, that of the key does.
    fn from_str(text: &str) -> Result<Self, HotKeyError> {
        let found = || text.to_owned();
        let after = |map: &[&str]| {
            let name = map.join(".");
            let rest = text.get(name.len()..)?.strip_prefix('.')?;
            (text[..name.len()].eq_ignore_ascii_case(&name) && !rest.is_empty()).then(|| rest.to_owned())
        };
        let known = StoreType::ALL
            .into_iter()
            .flat_map(|of| Schema::of(of).maps())
            .find_map(|map| after(&map).map(|key| Self { map, key }));
        let path = known.ok_or_else(|| HotKeyError::NoMap { found: found() })?;
        if text.len() > PATH_BYTES_MAX || path.key.contains(FORBIDDEN) || path.key.contains(char::is_control) {
            return Err(HotKeyError::Name { found: found() });
        }
        Ok(path)
    }
}

impl fmt::Display for HotKeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.map.join("."), self.key)
    }
}

/// The hot keys that a store has beside those every store of its type has. They are only ever added: data files have their
/// columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HotKeys(Vec<HotKeyPath>);

impl HotKeys {
    /// The keys, in the order of their columns.
    pub fn keys(&self) -> &[HotKeyPath] {
        &self.0
    }

    /// Adds a key to those of a type of store. `false` when it has a column already.
    pub fn add(&mut self, key: HotKeyPath, store_type: StoreType) -> Result<bool, HotKeyError> {
        let schema = Schema::of(store_type);
        if !schema.maps().contains(&key.map) {
            return Err(HotKeyError::OtherMap { found: key.to_string(), maps: names(schema.maps()) });
        }
        if self.0.contains(&key) {
            return Ok(false);
        }
        let name = key.path().join("_");
        let own = self.0.iter().map(|key| key.path().join("_"));
        let column = schema.columns().iter().map(|column| column.name.clone()).chain(own);
        let taken = column.into_iter().find(|column| column.eq_ignore_ascii_case(&name));
        match taken {
            Some(column) if schema.hot_keys_of(&key.map).any(|(known, _)| known == key.key) => {
                debug_assert_eq!(column, name);
                Ok(false)
            }
            Some(column) => Err(HotKeyError::Taken { found: key.to_string(), column }),
            None if self.0.len() >= HOT_KEYS_MAX => Err(HotKeyError::TooMany),
            None => {
                self.0.push(key);
                Ok(true)
            }
        }
    }
}

impl Schema {
    /// The JSON paths of its maps.
    pub fn maps(&self) -> Vec<Vec<&'static str>> {
        let mut found = Vec::new();
        descend(self.fields, &[], &mut found);
        found
    }
}

fn descend(fields: &'static [Field], parent: &[&'static str], found: &mut Vec<Vec<&'static str>>) {
    for field in fields {
        let path = field.path(parent);
        match &field.shape {
            Shape::Map(_) => found.push(path),
            Shape::Struct(fields) => descend(fields, &path, found),
            _ => {}
        }
    }
}

/// Those of CloudTrail events first; one that several types have once.
fn map_names() -> String {
    let mut maps: Vec<_> = StoreType::ALL.into_iter().flat_map(|of| Schema::of(of).maps()).collect();
    let mut seen = HashSet::new();
    maps.retain(|map| seen.insert(map.clone()));
    names(maps)
}

fn names(maps: Vec<Vec<&'static str>>) -> String {
    maps.iter().map(|map| map.join(".")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: StoreType = StoreType::Events;

    fn path(text: &str) -> HotKeyPath {
        text.parse().unwrap()
    }

    #[test]
    fn a_path_is_a_map_and_a_key() {
        let read = path("requestparameters.detectorId");
        assert_eq!((read.map(), read.key()), (&["requestParameters"][..], "detectorId"));
        assert_eq!(read.to_string(), "requestParameters.detectorId");
        assert_eq!(path("additionalEventData.x.y").key(), "x.y");
        let nested = path("userIdentity.sessionContext.webIdFederationData.attributes.sub");
        assert_eq!((nested.map().len(), nested.key()), (4, "sub"));
    }

    #[test]
    fn what_is_no_path_is_told() {
        for text in ["", "detectorId", "requestParameters", "requestParameters.", "eventName.x", "requestParametersx.y"]
        {
            let error = text.parse::<HotKeyPath>().unwrap_err();
            assert!(error.to_string().contains("requestParameters, responseElements"), "{error}");
        }
        for key in ["a b", "a=b", "a,b", "a\u{7}", &"x".repeat(200)] {
            let error = format!("requestParameters.{key}").parse::<HotKeyPath>().unwrap_err();
            assert!(matches!(error, HotKeyError::Name { .. }), "{error}");
        }
    }

    #[test]
    fn a_key_gets_one_column() {
        let mut keys = HotKeys::default();
        assert_eq!(keys.add(path("requestParameters.detectorId"), EVENTS), Ok(true));
        assert_eq!(keys.add(path("requestParameters.detectorId"), EVENTS), Ok(false));
        assert_eq!(keys.add(path("requestParameters.bucketName"), EVENTS), Ok(false));
        for taken in ["requestParameters.DetectorID", "requestParameters.bucketname"] {
            assert!(matches!(keys.add(path(taken), EVENTS), Err(HotKeyError::Taken { .. })), "{taken}");
        }
        assert_eq!(keys.keys(), [path("requestParameters.detectorId")]);
        for number in 1..HOT_KEYS_MAX {
            assert_eq!(keys.add(path(&format!("responseElements.k{number}")), EVENTS), Ok(true));
        }
        assert_eq!(keys.add(path("responseElements.last"), EVENTS), Err(HotKeyError::TooMany));
    }

    #[test]
    fn keys_are_of_the_maps_of_a_type() {
        let mut keys = HotKeys::default();
        assert_eq!(keys.add(path("eventData.tags.team"), StoreType::ConfigurationItems), Ok(true));
        let error = keys.add(path("requestParameters.x"), StoreType::ConfigurationItems).unwrap_err();
        assert!(
            error.to_string().ends_with(
                "its maps are addendum, eventData.configuration, eventData.supplementaryConfiguration, eventData.tags"
            ),
            "{error}"
        );
    }

    #[test]
    fn a_store_with_keys_has_their_columns_behind_all_others() {
        let mut keys = HotKeys::default();
        keys.add(path("responseElements.findingId"), EVENTS).unwrap();
        let (events, schema) = (Schema::events(), Schema::with_hot_keys(StoreType::Events, &keys));
        let count = events.columns().len();
        assert_eq!(schema.columns().len(), count + 1);
        for (one, other) in events.columns().iter().zip(schema.columns()) {
            assert_eq!(one.name, other.name);
        }
        assert_eq!(schema.columns()[count].name, "responseElements_findingId");
        assert!(schema.columns()[count].bloom);
        let found = schema.hot_keys_of(&["responseElements"]).collect::<Vec<_>>();
        assert!(found.contains(&("ConsoleLogin", events.index_of("responseElements_ConsoleLogin").unwrap())));
        assert!(found.contains(&("findingId", count)));
    }
}
