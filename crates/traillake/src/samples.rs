//! The sample queries: questions people ask CloudTrail, ready to run.
//!
//! They stand in the files of `samples/`, one for each category. A query begins with a header of comments:
//!
//! ```sql
//! -- access-denied-bursts: Credentials that are denied over and over
//! -- Access keys with many denied calls from one address within one hour: somebody tries what they may do.
//! -- tags: denied unauthorized discovery enumeration
//! -- param denials = 10: how many denied calls in an hour make a burst
//! SELECT …
//! WHERE … >= CAST(:denials AS bigint);
//! ```
//!
//! All read `$EDS_ID`: the store of [`QueryOptions`](crate::QueryOptions), or the lake's only one.

use std::sync::LazyLock;

use thiserror::Error;

mod file;

/// The categories in the order they are listed, with the file of each.
const FILES: [(&str, &str); 5] = [
    ("security", include_str!("../samples/security.sql")),
    ("compliance", include_str!("../samples/compliance.sql")),
    ("operations", include_str!("../samples/operations.sql")),
    ("change", include_str!("../samples/change.sql")),
    ("forensics", include_str!("../samples/forensics.sql")),
];

static SAMPLES: LazyLock<Vec<Sample>> =
    LazyLock::new(|| FILES.iter().flat_map(|(category, text)| file::read(category, text)).collect());

/// A query that is ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The name it is run by, in lower case with hyphens.
    pub name: &'static str,
    /// `security`, `compliance`, `operations`, `change` or `forensics`.
    pub category: &'static str,
    /// What it answers, in a few words.
    pub title: &'static str,
    /// What it answers, in a sentence.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<&'static str>,
    /// What can be chosen, in the order of the header.
    pub parameters: Vec<SampleParameter>,
    /// The SELECT; parameters stand in it as `:name`.
    pub text: &'static str,
}

/// Something a sample query lets its reader choose. Values are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleParameter {
    /// The name behind the colon.
    pub name: &'static str,
    /// Its value when none is given.
    pub default: &'static str,
    /// What it means.
    pub about: &'static str,
}

/// Why a sample query cannot be put together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SampleError {
    /// There is no sample query of this name.
    #[error("there is no sample query \"{name}\"")]
    Unknown {
        /// As asked for.
        name: String,
    },
    /// The sample query has no such parameter.
    #[error("the sample query \"{sample}\" has no parameter \"{name}\"")]
    UnknownParameter {
        /// The query's name.
        sample: &'static str,
        /// As given.
        name: String,
    },
}

/// All sample queries, category by category.
pub fn samples() -> &'static [Sample] {
    &SAMPLES
}

/// The sample query of a name, in any letter case.
///
/// # Errors
/// [`SampleError::Unknown`].
pub fn sample(name: &str) -> Result<&'static Sample, SampleError> {
    let found = samples().iter().find(|sample| sample.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| SampleError::Unknown { name: name.to_owned() })
}

impl Sample {
    /// Whether each of the words occurs in name, category, title, description or tags, in any letter case.
    pub fn matches<T: AsRef<str>>(&self, words: &[T]) -> bool {
        let about = [self.name, self.category, self.title, &self.description, &self.tags.join(" ")].join("\n");
        let about = about.to_lowercase();
        words.iter().all(|word| about.contains(&word.as_ref().to_lowercase()))
    }

    /// The SELECT with every parameter's value in its place, as a text literal: the value given, or the default.
    /// Of a name given twice the last value counts.
    ///
    /// # Errors
    /// [`SampleError::UnknownParameter`].
    pub fn sql<K: AsRef<str>, V: AsRef<str>>(&self, given: &[(K, V)]) -> Result<String, SampleError> {
        let known = |name: &str| self.parameters.iter().any(|parameter| parameter.name == name);
        if let Some((name, _)) = given.iter().find(|(name, _)| !known(name.as_ref())) {
            return Err(SampleError::UnknownParameter { sample: self.name, name: name.as_ref().to_owned() });
        }
        Ok(file::bind(self.text, |name| {
            let given = given.iter().rev().find(|(given, _)| given.as_ref() == name);
            let default = || self.parameters.iter().find(|known| known.name == name).map(|known| known.default);
            given.map(|(_, value)| value.as_ref()).or_else(default)
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn there_are_many_and_each_is_described() {
        assert!(samples().len() >= 60, "{}", samples().len());
        let mut names = HashSet::new();
        for sample in samples() {
            assert!(names.insert(sample.name), "{} stands twice", sample.name);
            assert!(sample.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", sample.name);
            assert!(!sample.title.is_empty() && sample.title.len() <= 72, "{}", sample.name);
            assert!(sample.description.ends_with('.'), "{}", sample.name);
            assert!(sample.tags.len() >= 2, "{}", sample.name);
            assert!(sample.text.starts_with("SELECT") || sample.text.starts_with("WITH"), "{}", sample.name);
            assert!(!sample.text.ends_with(';'), "{}", sample.name);
        }
    }

    #[test]
    fn every_parameter_is_used_and_every_place_has_a_parameter() {
        let mut parameters = 0;
        for sample in samples() {
            let mut used = HashSet::new();
            file::bind(sample.text, |name| {
                used.insert(name.to_owned());
                None
            });
            let known: HashSet<_> = sample.parameters.iter().map(|known| known.name.to_owned()).collect();
            assert_eq!(used, known, "{}", sample.name);
            assert!(sample.parameters.iter().all(|known| !known.about.is_empty()), "{}", sample.name);
            parameters += known.len();
        }
        assert!(parameters >= 10);
    }

    #[test]
    fn words_are_looked_for_everywhere() {
        let found = |words: &[&str]| samples().iter().filter(|sample| sample.matches(words)).map(|s| s.name).collect();
        let names: Vec<_> = found(&["S3", "public"]);
        assert!(names.contains(&"public-bucket-policies"), "{names:?}");
        assert!(names.len() < samples().len() / 4, "{names:?}");
        assert!(found(&["nothing of the kind"]).is_empty());
        assert_eq!(found(&[]).len(), samples().len());
    }

    #[test]
    fn values_are_texts_and_cannot_break_out() {
        let sample = sample("Address-Timeline").unwrap();
        let sql = sample.sql(&[("address", "1' OR '1'='1")]).unwrap();
        assert!(sql.contains("sourceIPAddress LIKE '1'' OR ''1''=''1'\n"), "{sql}");
        let none: [(&str, &str); 0] = [];
        assert!(sample.sql(&none).unwrap().contains("LIKE '203.0.113.%'"));
        let error = sample.sql(&[("adress", "x")]).unwrap_err();
        assert_eq!(error.to_string(), "the sample query \"address-timeline\" has no parameter \"adress\"");
        assert_eq!(super::sample("nothing").unwrap_err().to_string(), "there is no sample query \"nothing\"");
    }
}
