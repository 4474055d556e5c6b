//! What an import did, in numbers that add up.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use traillake_store::{ImportedObject, Reject};
use uuid::Uuid;

use crate::error::Error;
use crate::skip::SkipReason;

/// How many rejects a report shows; all of them are in the ledger.
pub const REJECTS_SHOWN: usize = 20;

/// What an import did. `records` = `events` + `duplicates` + `rejects` + the sum of `skipped`.
///
/// [`Display`](fmt::Display) is the report as text; [`Serialize`] the one for programs, with `elapsed` as
/// `elapsed_seconds` and the rejects without their raw bytes.
#[derive(Clone, Debug, Serialize)]
pub struct ImportReport {
    /// The import's id in the ledger.
    pub import_id: Uuid,
    /// Whether nothing was written: then the counts are those that an import would have.
    pub dry_run: bool,
    /// Objects that the sources named.
    pub objects: u64,
    /// Of these: imported before, from the same place with the same bytes; they add nothing. Of a large object that
    /// is read in parts, the first part counts.
    pub objects_already_imported: u64,
    /// Of these: nothing in them is a CloudTrail event.
    pub objects_foreign: u64,
    /// Of these: could not be read at all. They are no part of the ledger, so the next import tries them again.
    pub objects_unreadable: u64,
    /// Bytes of the objects as stored.
    pub bytes: u64,
    /// Bytes of the objects inflated, without those imported before.
    pub json_bytes: u64,
    /// Things found: records, and what stood in the place of one. A foreign or unreadable object is one.
    pub records: u64,
    /// Rows added.
    pub events: u64,
    /// Records that are in the store already, by `eventID` and content.
    pub duplicates: u64,
    /// Records, and rests of objects, that could not be read.
    pub rejects: u64,
    /// What was left out on purpose, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// The first [`REJECTS_SHOWN`] rejects.
    #[serde(serialize_with = "serialize_rejects")]
    pub rejected: Vec<Reject>,
    /// Records decoded whose exact text is kept as it is, because no template gives it back.
    pub raw_rows: u64,
    /// Data files written.
    pub data_files: u64,
    /// Bytes of these data files.
    pub data_file_bytes: u64,
    /// The versions committed, ascending; those of a compaction are not among them.
    pub versions: Vec<u64>,
    /// Data files that were merged when the import was done, as their days had gathered many small ones.
    pub files_compacted: u64,
    /// Data files that they became.
    pub files_compacted_into: u64,
    /// Why merging them failed, if it did: the import is complete all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compaction_failed: Option<String>,
    /// Events that were taken away when the import was done, with the days all of whose events were older than the
    /// retention period.
    pub events_expired: u64,
    /// Why taking them away failed, if it did: the import is complete all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_failed: Option<String>,
    /// Files that were deleted because no version of the last seven days names them, when days were merged or taken away.
    pub files_vacuumed: u64,
    /// Their size.
    pub bytes_vacuumed: u64,
    /// Why deleting them failed, if it did: the import is complete all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vacuum_failed: Option<String>,
    /// How long it took.
    #[serde(rename = "elapsed_seconds", serialize_with = "serialize_seconds")]
    pub elapsed: Duration,
}

impl ImportReport {
    pub(crate) fn new(import_id: Uuid) -> Self {
        Self {
            import_id,
            dry_run: false,
            objects: 0,
            objects_already_imported: 0,
            objects_foreign: 0,
            objects_unreadable: 0,
            bytes: 0,
            json_bytes: 0,
            records: 0,
            events: 0,
            duplicates: 0,
            rejects: 0,
            skipped: BTreeMap::new(),
            rejected: Vec::new(),
            raw_rows: 0,
            data_files: 0,
            data_file_bytes: 0,
            versions: Vec::new(),
            files_compacted: 0,
            files_compacted_into: 0,
            compaction_failed: None,
            events_expired: 0,
            expiry_failed: None,
            files_vacuumed: 0,
            bytes_vacuumed: 0,
            vacuum_failed: None,
            elapsed: Duration::ZERO,
        }
    }

    /// Adds a committed object's counts.
    pub(crate) fn add(&mut self, object: &ImportedObject, skipped: &BTreeMap<SkipReason, u64>) {
        self.records += object.records;
        self.events += object.events;
        self.duplicates += object.duplicates;
        self.rejects += object.rejects;
        for (reason, count) in skipped {
            *self.skipped.entry(*reason).or_default() += count;
        }
        let is_foreign = !skipped.is_empty() && skipped.keys().all(|reason| !reason.is_event());
        self.objects_foreign += u64::from(is_foreign && object.events + object.duplicates + object.rejects == 0);
    }

    /// Checks that the numbers add up.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let skipped = self.skipped.values().sum();
        let sum = self.events + self.duplicates + self.rejects + skipped;
        if self.records == sum {
            return Ok(());
        }
        let (records, events, duplicates, rejects) = (self.records, self.events, self.duplicates, self.rejects);
        Err(Error::Unbalanced { records, events, duplicates, rejects, skipped })
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let rate = if seconds > 0.0 { self.events as f64 / seconds } else { 0.0 };
        if self.dry_run {
            writeln!(f, "dry run: nothing was written")?;
        }
        let mut line = |name: &str, count: u64, note: String| writeln!(f, "{name:<16} {:>15}{note}", grouped(count));
        line("objects", self.objects, format!("  {}", bytes_text(self.bytes)))?;
        for (name, count) in [
            ("already imported", self.objects_already_imported),
            ("foreign", self.objects_foreign),
            ("unreadable", self.objects_unreadable),
        ] {
            if count > 0 {
                line(&format!("  {name}"), count, String::new())?;
            }
        }
        line("records", self.records, format!("  {} of JSON", bytes_text(self.json_bytes)))?;
        let added = if self.dry_run { "  would be added" } else { "" };
        line("  events", self.events, added.to_owned())?;
        line("  duplicates", self.duplicates, String::new())?;
        line("  rejects", self.rejects, String::new())?;
        line("  skipped", self.skipped.values().sum(), String::new())?;
        for (reason, count) in &self.skipped {
            line("", *count, format!("  {reason}"))?;
        }
        if !self.dry_run {
            line("data files", self.data_files, format!("  {}", bytes_text(self.data_file_bytes)))?;
            if self.files_compacted > 0 {
                line("  merged", self.files_compacted, format!("  into {}", grouped(self.files_compacted_into)))?;
            }
        }
        if self.events_expired > 0 {
            line("expired", self.events_expired, "  events older than the retention period".to_owned())?;
        }
        if self.files_vacuumed > 0 {
            line(
                "deleted",
                self.files_vacuumed,
                format!("  files of versions before, {}", bytes_text(self.bytes_vacuumed)),
            )?;
        }
        write!(f, "{:<16} {:>14.1}s  {} events/s", "time", seconds, grouped(rate as u64))?;
        if let Some(reason) = &self.compaction_failed {
            write!(f, "\nsmall data files could not be merged: {reason}")?;
        }
        if let Some(reason) = &self.expiry_failed {
            write!(f, "\nevents that are too old could not be taken away: {reason}")?;
        }
        if let Some(reason) = &self.vacuum_failed {
            write!(f, "\nfiles of versions before could not be deleted: {reason}")?;
        }
        for reject in &self.rejected {
            write!(f, "\nreject: {} at byte {}: ", reject.uri, reject.offset)?;
            if !reject.json_path.is_empty() {
                write!(f, "{}: ", reject.json_path)?;
            }
            write!(f, "expected {}, found {}", reject.expected, reject.found)?;
        }
        let more = self.rejects.saturating_sub(self.rejected.len() as u64);
        if more > 0 {
            let place = if self.dry_run { "not shown" } else { "in the ledger" };
            write!(f, "\n{} more rejects are {place}", grouped(more))?;
        }
        Ok(())
    }
}

/// Digits in groups of three.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(crate) fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1_000.0, 0);
    while value >= 999.95 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1_000.0, unit + 1);
    }
    format!("{value:.1} {}", UNITS[unit])
}

fn serialize_seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

fn serialize_rejects<S: Serializer>(rejects: &[Reject], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        uri: &'a str,
        index: Option<u64>,
        offset: u64,
        json_path: &'a str,
        expected: &'a str,
        found: &'a str,
    }
    let mut list = serializer.serialize_seq(Some(rejects.len()))?;
    for Reject { uri, index, offset, json_path, expected, found, .. } in rejects {
        list.serialize_element(&Shown { uri, index: *index, offset: *offset, json_path, expected, found })?;
    }
    list.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0, 999, 1_000, 999_999, 1_240_000_000].map(bytes_text),
            ["0 B", "999 B", "1.0 kB", "1.0 MB", "1.2 GB"]
        );
    }

    #[test]
    fn a_dry_run_says_that_nothing_was_written() {
        let mut report = ImportReport::new(Uuid::nil());
        (report.records, report.events, report.rejects) = (1_005, 1_000, 5);
        assert!(
            report.to_string().contains("data files")
                && report.to_string().ends_with("5 more rejects are in the ledger")
        );
        report.dry_run = true;
        let text = report.to_string();
        assert!(text.starts_with("dry run: nothing was written\n"), "{text}");
        assert!(text.contains("\n  events                   1,000  would be added\n"), "{text}");
        assert!(!text.contains("data files") && text.ends_with("5 more rejects are not shown"), "{text}");
    }

    #[test]
    fn a_report_that_does_not_add_up_is_an_error() {
        let mut report = ImportReport::new(Uuid::nil());
        assert!(report.check().is_ok());
        report.records = 1;
        assert!(matches!(report.check(), Err(Error::Unbalanced { records: 1, .. })));
    }
}
