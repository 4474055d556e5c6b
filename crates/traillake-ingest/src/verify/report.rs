//! What a verification found, in numbers that add up.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::compare::Likeness;
use super::reading::Part;
use crate::error::Error;
use crate::report::{bytes_text, grouped};

/// How many findings a report shows.
pub const FINDINGS_SHOWN: usize = 20;

/// What a verification found. `records` = `matching` + `matching_but_blanks` + `missing` + `differing` +
/// `not_events`.
///
/// [`Display`](fmt::Display) is the report as text; [`Serialize`] the one for programs, with `elapsed` as
/// `elapsed_seconds`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VerifyReport {
    /// Objects that the sources named.
    pub objects: u64,
    /// Of these: could not be read.
    pub objects_unreadable: u64,
    /// Bytes of the objects as stored.
    pub bytes: u64,
    /// Bytes of the objects inflated.
    pub json_bytes: u64,
    /// Things found in them, as an import counts them.
    pub records: u64,
    /// Records that the store gives back byte for byte.
    pub matching: u64,
    /// Records of which the store has a copy with other blanks between its tokens: they were duplicates of it.
    pub matching_but_blanks: u64,
    /// Records of which the store has no event.
    pub missing: u64,
    /// Records whose `eventID` the store has, with other content only.
    pub differing: u64,
    /// What an import rejects or skips; there is nothing to compare it with.
    pub not_events: u64,
    /// The first [`FINDINGS_SHOWN`] records missing or differing, and objects unreadable.
    pub findings: Vec<Finding>,
    /// How long it took.
    #[serde(rename = "elapsed_seconds", serialize_with = "serialize_seconds")]
    pub elapsed: Duration,
}

/// Something that is not in the store as it is in the sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The object.
    pub uri: String,
    /// The record's place among the object's records and rejects, from 0; none when the object as a whole is meant.
    pub index: Option<u64>,
    /// Where it begins in the inflated object. Of JSON inside a string: where that string begins.
    pub offset: u64,
    /// Its `eventID`, when it has one.
    pub event_id: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl VerifyReport {
    /// Whether the store gives back every record, but for blanks.
    pub fn is_clean(&self) -> bool {
        self.missing + self.differing == 0
    }

    /// Counts what was read of an object.
    pub(super) fn count(&mut self, part: &Part) {
        self.objects += u64::from(!part.is_continuation);
        self.bytes += part.bytes;
        self.json_bytes += part.json_bytes;
        self.records += part.found();
        self.not_events += part.not_events;
        if let Some(error) = &part.unreadable {
            self.objects_unreadable += 1;
            self.add(|| Finding {
                uri: part.uri.to_string(),
                index: None,
                offset: 0,
                event_id: None,
                what: format!("cannot be read: {error}"),
            });
        }
    }

    /// Counts a record that has been compared.
    pub(super) fn tell(&mut self, part: &Part, record: usize, likeness: Likeness) {
        let what = match likeness {
            Likeness::Exact => {
                self.matching += 1;
                return;
            }
            Likeness::ButBlanks => {
                self.matching_but_blanks += 1;
                return;
            }
            Likeness::Missing => {
                self.missing += 1;
                "not in the store".to_owned()
            }
            Likeness::Differs { at } => {
                self.differing += 1;
                match at {
                    Some(at) => format!("the store's record differs from byte {at} on"),
                    None => "the store's record differs".to_owned(),
                }
            }
        };
        let record = &part.records[record];
        let event_id = (!record.event_id.is_empty()).then(|| record.event_id.to_string());
        let finding = || Finding {
            uri: part.uri.to_string(),
            index: Some(record.index),
            offset: record.offset,
            event_id: event_id.clone(),
            what,
        };
        tracing::warn!(uri = %part.uri, offset = record.offset, event_id = event_id.as_deref(), ?likeness, "not verified");
        self.add(finding);
    }

    fn add(&mut self, finding: impl FnOnce() -> Finding) {
        if self.findings.len() < FINDINGS_SHOWN {
            self.findings.push(finding());
        }
    }

    /// Checks that the numbers add up.
    pub(super) fn check(&self) -> Result<(), Error> {
        let compared = self.matching + self.matching_but_blanks + self.missing + self.differing;
        if self.records == compared + self.not_events {
            return Ok(());
        }
        Err(Error::Unverified { records: self.records, compared, not_events: self.not_events })
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, count: u64, note: &str| writeln!(f, "{name:<16} {:>15}{note}", grouped(count));
        line("verified objects", self.objects, &format!("  {}", bytes_text(self.bytes)))?;
        if self.objects_unreadable > 0 {
            line("  unreadable", self.objects_unreadable, "")?;
        }
        line("records", self.records, &format!("  {} of JSON", bytes_text(self.json_bytes)))?;
        line("  matching", self.matching, "  byte for byte")?;
        line("  but for blanks", self.matching_but_blanks, "")?;
        line("  missing", self.missing, "")?;
        line("  differing", self.differing, "")?;
        line("  no events", self.not_events, "  rejects and skipped")?;
        write!(f, "{:<16} {:>14.1}s", "time", self.elapsed.as_secs_f64())?;
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        let told = self.missing + self.differing + self.objects_unreadable;
        let more = told.saturating_sub(self.findings.len() as u64);
        if more > 0 {
            write!(f, "\n{} more are not shown", grouped(more))?;
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "verify: {}", self.uri)?;
        if let Some(index) = self.index {
            write!(f, " at byte {}: record {index}", self.offset)?;
        }
        if let Some(id) = &self.event_id {
            write!(f, " (eventID {id})")?;
        }
        write!(f, ": {}", self.what)
    }
}

fn serialize_seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_is_missing() {
        let finding = Finding {
            uri: "file:///a.json".to_owned(),
            index: Some(3),
            offset: 17,
            event_id: Some("e1".to_owned()),
            what: "not in the store".to_owned(),
        };
        let report = VerifyReport {
            objects: 1,
            records: 1_003,
            matching: 1_000,
            missing: 2,
            not_events: 1,
            findings: vec![finding],
            ..VerifyReport::default()
        };
        assert!(report.check().is_ok() && !report.is_clean());
        let text = report.to_string();
        assert!(text.contains("\n  missing                      2\n"), "{text}");
        assert!(
            text.ends_with(
                "\nverify: file:///a.json at byte 17: record 3 (eventID e1): not in the store\n1 more are not shown"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_report_that_does_not_add_up_is_an_error() {
        let report = VerifyReport { records: 1, ..VerifyReport::default() };
        assert!(matches!(report.check(), Err(Error::Unverified { records: 1, .. })));
    }
}
