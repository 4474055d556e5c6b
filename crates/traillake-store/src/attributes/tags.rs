//! Tags: names and values of the user's own (API reference, `AddTags`, `RemoveTags`, `Tag`).

use std::collections::BTreeMap;

use crate::error::Error;

/// How many tags a store can have.
pub(crate) const TAGS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;
/// Keys that begin so, in any case, are AWS's own.
const RESERVED: &str = "aws:";

/// A tag: a key of 1 to 128 characters that does not begin with `aws:`, and perhaps a value of 1 to 256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What the tag is called; case matters.
    pub key: String,
    /// What it says; `None` is CloudTrail's tag without a value.
    pub value: Option<String>,
}

impl Tag {
    /// A tag with a value. Limits are checked when it is added to a store.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: Some(value.into()) }
    }
}

/// The tags of a store, at most 50, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, Option<String>>);

impl Tags {
    /// The tags, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = Tag> {
        self.0.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() })
    }

    /// The value of a tag; `None` when there is no such tag, `Some(None)` when it has no value.
    pub fn get(&self, key: &str) -> Option<Option<&str>> {
        self.0.get(key).map(Option::as_deref)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tags of a new store. Too many are an invalid parameter there, as in CloudTrail's `CreateEventDataStore`.
    pub(super) fn new(tags: &[Tag]) -> Result<Self, Error> {
        let mut all = Self::default();
        all.put(tags)?;
        match all.len() {
            0..=TAGS_MAX => Ok(all),
            count => {
                let key = tags.last().map(|tag| tag.key.clone()).unwrap_or_default();
                Err(Error::Tag { key, reason: format!("{count} tags are too many: a store has at most {TAGS_MAX}") })
            }
        }
    }

    /// The tags of a store with some more; a key that is there gets its new value.
    pub(super) fn with(&self, store: &str, tags: &[Tag]) -> Result<Self, Error> {
        let mut all = self.clone();
        all.put(tags)?;
        match all.len() {
            0..=TAGS_MAX => Ok(all),
            tags => Err(Error::TagsLimit { store: store.to_owned(), tags }),
        }
    }

    /// The tags of a store without those of some keys; keys that are not there are passed over.
    pub(super) fn without(&self, keys: &[&str]) -> Result<Self, Error> {
        let mut left = self.clone();
        for key in keys {
            check_key(key)?;
            left.0.remove(*key);
        }
        Ok(left)
    }

    fn put(&mut self, tags: &[Tag]) -> Result<(), Error> {
        for (place, tag) in tags.iter().enumerate() {
            tag.check()?;
            if tags[..place].iter().any(|before| before.key == tag.key) {
                return Err(invalid(&tag.key, "the key is given twice"));
            }
            self.0.insert(tag.key.clone(), tag.value.clone());
        }
        Ok(())
    }

    /// As a JSON object, for the table's properties.
    pub(super) fn to_json(&self) -> Option<String> {
        let object: serde_json::Map<String, serde_json::Value> =
            self.0.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        (!object.is_empty()).then(|| serde_json::Value::Object(object).to_string())
    }

    pub(super) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }
}

impl Tag {
    fn check(&self) -> Result<(), Error> {
        check_key(&self.key)?;
        match self.value.as_ref().map(|value| value.chars().count()) {
            None | Some(1..=VALUE_CHARS_MAX) => Ok(()),
            Some(_) => Err(invalid(&self.key, "a value has 1 to 256 characters")),
        }
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    if !(1..=KEY_CHARS_MAX).contains(&key.chars().count()) {
        return Err(invalid(key, "a key has 1 to 128 characters"));
    }
    match key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED)) {
        true => Err(invalid(key, "keys that begin with \"aws:\" are reserved for AWS")),
        false => Ok(()),
    }
}

fn invalid(key: &str, reason: &str) -> Error {
    Error::Tag { key: key.to_owned(), reason: reason.to_owned() }
}
