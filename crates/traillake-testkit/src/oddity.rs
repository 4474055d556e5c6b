//! Input that is not as it should be, or not in the usual wrapping, and what is in it.
//!
//! Each [`Oddity`] is one file's worth of bytes, as small as shows the point. `records` are the records a patient
//! reader finds, byte for byte: what a row made from one of them gives back as its `eventJson`. Whether a bent record
//! becomes a row or a reject is the reader's to say; losing one silently is not.
//!
//! ```
//! use traillake_testkit::oddity::{Nature, oddities};
//!
//! for oddity in oddities() {
//!     match oddity.nature {
//!         Nature::Bent | Nature::Container => assert!(!oddity.records.is_empty(), "{}", oddity.name),
//!         Nature::Foreign => assert!(oddity.records.is_empty(), "{}", oddity.name),
//!         Nature::Damaged => {}
//!     }
//! }
//! ```

mod bent;
mod container;
mod damaged;

use crate::trail::escaped;

/// What is odd about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A readable file whose record has members of another type, form or number than documented.
    Bent,
    /// Proper records in another container than a delivered file's.
    Container,
    /// JSON that holds no CloudTrail records: to be recognized and left out, without a reject.
    Foreign,
    /// A file, or a record in it, that cannot be read to its end. The reader has to say so: by a reject, or by a skip
    /// with its reason.
    Damaged,
}

/// One odd file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// A name to look it up by, such as `member_twice`.
    pub name: &'static str,
    /// What is odd about it, in a sentence.
    pub about: &'static str,
    /// Which kind of odd.
    pub nature: Nature,
    /// The name such a file may have. Containers are recognized by content: the name may lie.
    pub file_name: &'static str,
    /// The content of the file.
    pub bytes: Vec<u8>,
    /// The complete records in it, in order, each exactly as it stands there (taken out of its string where it is
    /// wrapped as text). In a damaged file: those that stand whole and can be told from the damage; a reader may save
    /// them or reject the file, but may not find others.
    pub records: Vec<Vec<u8>>,
}

/// All of them: bent records, containers, foreign files, damage.
pub fn oddities() -> Vec<Oddity> {
    [bent::all(), container::all(), container::foreign(), damaged::all()].concat()
}

/// The oddity of a name.
///
/// # Panics
///
/// When there is none of that name: a slip in the test.
pub fn oddity(name: &str) -> Oddity {
    let found = oddities().into_iter().find(|oddity| oddity.name == name);
    assert!(found.is_some(), "no oddity is named {name}");
    found.unwrap_or_else(|| unreachable!("asserted above"))
}

/// An ordinary record; `n` tells it from the others.
fn record(n: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAODDODDODDEXAMPLE1","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAODDODDODDEXAMPLE","userName":"alice"}},"eventTime":"2026-03-01T12:00:{n:02}Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"odd/1.0","requestParameters":{{"bucketName":"example-odd","acl":""}},"responseElements":null,"requestID":"ODD{n:013}","eventID":"0dd00000-0000-4000-8000-{n:012}","readOnly":true,"resources":[{{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-odd"}}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#
    )
}

/// The text of a delivered file with these records.
fn delivered(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// A JSON string with this content.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

impl Oddity {
    fn new(
        name: &'static str,
        nature: Nature,
        about: &'static str,
        bytes: impl Into<Vec<u8>>,
        records: &[String],
    ) -> Self {
        Self {
            name,
            about,
            nature,
            file_name: "odd.json",
            bytes: bytes.into(),
            records: records.iter().map(|record| record.clone().into_bytes()).collect(),
        }
    }

    fn named(self, file_name: &'static str) -> Self {
        Self { file_name, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_plentiful() {
        let oddities = oddities();
        let names: BTreeSet<_> = oddities.iter().map(|oddity| oddity.name).collect();
        assert_eq!(names.len(), oddities.len());
        assert!(names.len() >= 45);
    }

    #[test]
    fn records_stand_in_the_file_as_told() {
        for oddity in oddities().into_iter().filter(|oddity| oddity.nature == Nature::Bent) {
            for record in &oddity.records {
                assert!(oddity.bytes.windows(record.len()).any(|window| window == record), "{}", oddity.name);
            }
        }
    }

    #[test]
    fn bent_records_are_json_but_for_the_raw_control_characters() {
        for oddity in oddities().into_iter().filter(|oddity| oddity.nature == Nature::Bent) {
            for record in &oddity.records {
                let strict = serde_json::from_slice::<serde_json::Value>(record).is_ok();
                assert_eq!(strict, oddity.name != "raw_newline_in_string", "{}", oddity.name);
            }
        }
    }

    #[test]
    fn containers_give_their_records_to_a_json_parser() {
        // Every record of a container is somewhere in it: as it stands, or as the content of a string, or of a string
        // within one.
        for oddity in oddities().into_iter().filter(|oddity| oddity.nature == Nature::Container) {
            let Ok(text) = String::from_utf8(oddity.bytes.clone()) else { continue };
            for record in &oddity.records {
                let plain = String::from_utf8(record.clone()).expect("UTF-8");
                let once = escaped(&plain);
                let (twice, csv) = (escaped(&once), plain.replace('"', "\"\""));
                assert!([plain, once, twice, csv].iter().any(|form| text.contains(form)), "{}", oddity.name);
            }
        }
    }
}
