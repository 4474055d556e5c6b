//! What could not become an event, and why.

use std::fmt;

/// The most raw bytes that one reject keeps.
pub const RAW_BYTES_MAX: usize = 1 << 20;

/// A record, or the rest of a file, that could not be read. Beyond 10,000 of one file, those that follow each other share
/// one: its [`raw`](Self::raw) has theirs, one to a line, and [`found`](Self::found) says how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its place among the records of the file, from 0; none when the file as a whole is meant.
    pub index: Option<u64>,
    /// Bytes from the start of the inflated file. Of JSON inside a string: the offset of that string.
    pub offset: u64,
    /// The JSON path, as `Records[17].userIdentity`; empty at the top.
    pub json_path: String,
    /// What would have been right.
    pub expected: String,
    /// What is there instead.
    pub found: String,
    /// The bytes, cut at [`RAW_BYTES_MAX`]; [`found`](Self::found) says when they are cut.
    pub raw: Vec<u8>,
}

impl Rejected {
    /// A reject that keeps as much of `raw` as is allowed.
    pub(crate) fn new(place: (Option<u64>, u64), json_path: String, expected: &str, found: String, raw: &[u8]) -> Self {
        let mut found = found;
        let kept = &raw[..raw.len().min(RAW_BYTES_MAX)];
        if kept.len() < raw.len() {
            found.push_str(&format!(" (the first {} of {} bytes are kept)", kept.len(), raw.len()));
        }
        let (index, offset) = place;
        Self { index, offset, json_path, expected: expected.to_owned(), found, raw: kept.to_vec() }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.json_path.is_empty() {
            write!(f, "{}: ", self.json_path)?;
        }
        write!(f, "expected {}, found {} at byte {}", self.expected, self.found, self.offset)
    }
}
