//! Input that means harm, or was harmed: each piece is a reject or a skip with its place and reason, everything else
//! is imported, and the numbers add up, in the report and for each object of the ledger.

use std::collections::BTreeMap;
use std::io::Write;

use futures::TryStreamExt;
use traillake_ingest::{ImportReport, Options};
use traillake_store::{ImportedObject, Reject};

use crate::lake::Scratch;

mod changing;
mod files;
mod packed;
mod records;
mod strings;

/// An ordinary record, told from others by its number.
fn record(id: u32) -> String {
    record_with(id, "\"readOnly\":true")
}

/// A record with further members.
fn record_with(id: u32, members: &str) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-03-01T10:00:00Z\",\"eventSource\":\"s3.amazonaws.com\",\
         \"eventName\":\"GetObject\",\"eventID\":\"id-{id}\",{members}}}"
    )
}

fn log<'a>(records: impl IntoIterator<Item = &'a str>) -> String {
    format!("{{\"Records\":[{}]}}", records.into_iter().collect::<Vec<_>>().join(","))
}

pub(crate) fn gz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// How records may stand in a file.
const FORMS: [&str; 3] = ["records.json", "array.json", "lines.jsonl"];

/// A file of records in one of the [`FORMS`].
fn file(form: &str, records: &[&[u8]]) -> Vec<u8> {
    match form {
        "records.json" => [b"{\"Records\":[", records.join(&b',').as_slice(), b"]}"].concat(),
        "array.json" => [b"[", records.join(&b',').as_slice(), b"]"].concat(),
        _ => records.join(&b'\n'),
    }
}

/// Imports each record between two good ones in files of every form. The names of the files begin with the record's
/// place.
async fn import_between(hostile: &[impl AsRef<[u8]>]) -> Outcome {
    let scratch = Scratch::new().await;
    let (first, last) = (record(1), record(2));
    for (place, hostile) in hostile.iter().enumerate() {
        for form in FORMS {
            let records = [first.as_bytes(), hostile.as_ref(), last.as_bytes()];
            scratch.write(&format!("{place:03}-{form}"), file(form, &records));
        }
    }
    import_logs(&scratch).await
}

/// That each record is a row, byte for byte, and so are its neighbours.
async fn are_rows(hostile: &[String]) {
    let outcome = import_between(hostile).await;
    let mut lost = Vec::new();
    for (place, record) in hostile.iter().enumerate() {
        let copies = outcome.rows.iter().filter(|row| *row == record).count();
        let alike = hostile.iter().filter(|other| *other == record).count();
        let names = FORMS.map(|form| format!("{place:03}-{form}"));
        if copies != alike * FORMS.len() || names.iter().any(|name| outcome.counts(name) != (3, 0, 0)) {
            lost.push(record.chars().take(300).collect::<String>());
        }
    }
    assert!(lost.is_empty(), "{} of {} are lost\n{}", lost.len(), hostile.len(), lost.join("\n"));
}

/// That each record is one reject at its place that says what was expected, and its neighbours are rows.
async fn are_rejects(hostile: &[impl AsRef<[u8]>], expected: &str) {
    let outcome = import_between(hostile).await;
    let mut wrong = Vec::new();
    for place in 0..hostile.len() {
        for form in FORMS {
            let name = format!("{place:03}-{form}");
            let rejects = outcome.rejects.get(&name).map(Vec::as_slice).unwrap_or_default();
            let is_told = matches!(rejects, [reject] if reject.index == Some(1)
                && reject.json_path.contains("[1]") && reject.expected.contains(expected));
            if outcome.counts(&name) != (2, 1, 0) || !is_told {
                let shown: Vec<_> = rejects.iter().map(|reject| (&reject.json_path, &reject.found)).collect();
                wrong.push(format!("{name}: {:?}: {shown:?}", outcome.counts(&name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// What became of an import.
struct Outcome {
    report: ImportReport,
    /// The ledger's entries by the end of their URI.
    objects: BTreeMap<String, ImportedObject>,
    /// The ledger's rejects by the end of the URI.
    rejects: BTreeMap<String, Vec<Reject>>,
    /// The exact text of every row, sorted.
    rows: Vec<String>,
}

impl Outcome {
    fn object(&self, name: &str) -> &ImportedObject {
        self.objects.get(name).unwrap_or_else(|| panic!("{name} is not in the ledger\n{}", self.report))
    }

    /// The only reject of an object.
    fn reject(&self, name: &str) -> &Reject {
        match self.rejects.get(name).map(Vec::as_slice) {
            Some([reject]) => reject,
            others => panic!("{name} has not one reject but {others:?}\n{}", self.report),
        }
    }

    /// Events, rejects and skipped of an object.
    fn counts(&self, name: &str) -> (u64, u64, u64) {
        let object = self.object(name);
        (object.events, object.rejects, object.skipped.values().sum())
    }

    fn has_row(&self, record: &str) -> bool {
        self.rows.binary_search_by(|row| row.as_str().cmp(record)).is_ok()
    }

    /// That the numbers of the report, of the ledger, of its rejects and of the rows are the same numbers.
    fn adds_up(&self) {
        let report = &self.report;
        let skipped: u64 = report.skipped.values().sum();
        assert_eq!(report.records, report.events + report.duplicates + report.rejects + skipped, "{report}");
        let mut sums = (0, 0, 0, 0);
        for (name, object) in &self.objects {
            let skipped: u64 = object.skipped.values().sum();
            let parts = object.events + object.duplicates + object.rejects + skipped;
            assert_eq!(object.records, parts, "{name}: {object:?}");
            let rejects = self.rejects.get(name).map_or(0, Vec::len);
            assert_eq!(object.rejects, rejects as u64, "{name}: {:?}", self.rejects.get(name));
            sums = (sums.0 + object.events, sums.1 + object.duplicates, sums.2 + object.rejects, sums.3 + skipped);
        }
        let unreadable = report.objects_unreadable;
        let told = (report.events, report.duplicates, report.rejects - unreadable, skipped);
        assert_eq!(sums, told, "{report}");
        assert_eq!(self.rows.len() as u64, report.events, "{report}");
        for reject in self.rejects.values().flatten() {
            assert!(!reject.expected.is_empty() && !reject.found.is_empty(), "{reject:?}");
        }
    }
}

/// Two whole records in files of their own, before and behind whatever is imported with them.
const NEIGHBOURS: [(&str, u32); 2] = [("0-first.json", 900_001), ("~last.json.gz", 900_002)];

/// Imports files, with two good ones among them, into a new store.
async fn import(files: &[(&str, Vec<u8>)]) -> Outcome {
    let scratch = Scratch::new().await;
    for (name, bytes) in files {
        scratch.write(name, bytes);
    }
    import_logs(&scratch).await
}

/// Imports a scratch's logs, with two good files among them, into its empty store. Records may stand in several files:
/// each of them counts.
async fn import_logs(scratch: &Scratch) -> Outcome {
    for (name, id) in NEIGHBOURS {
        let log = log([record(id).as_str()]);
        scratch.write(name, if name.ends_with(".gz") { gz(log) } else { log.into_bytes() });
    }
    let report = scratch.import_with(&scratch.logs(), &Options { keep_duplicates: true, ..Options::default() }).await;
    let outcome = outcome(scratch, report).await;
    for (name, id) in NEIGHBOURS {
        assert_eq!(outcome.counts(name), (1, 0, 0), "{name} suffers from its neighbours");
        assert!(outcome.has_row(&record(id)), "{name} suffers from its neighbours");
    }
    outcome
}

/// What a store holds after its only import.
async fn outcome(scratch: &Scratch, report: ImportReport) -> Outcome {
    let ledger = scratch.store.snapshot().await.unwrap().ledger().await.unwrap();
    let name = |uri: &str| uri.rsplit_once("/logs/").map_or(uri, |(_, name)| name).to_owned();
    let mut rejects: BTreeMap<String, Vec<Reject>> = BTreeMap::new();
    for reject in ledger.rejects().await.unwrap() {
        rejects.entry(name(&reject.uri)).or_default().push(reject);
    }
    let objects = ledger.objects().map_ok(|object| (name(&object.uri), object)).try_collect().await.unwrap();
    let mut rows = scratch.event_json().await;
    rows.sort();
    let outcome = Outcome { report, objects, rejects, rows };
    outcome.adds_up();
    outcome
}
