//! The sample trail that is committed is the one the generator writes.

use crate::root;
use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use traillake_testkit::trail::{GeneratedTrail, Trail};

/// The settings in the command of `testdata/README.md`.
fn sample() -> GeneratedTrail {
    Trail::new(2026).events(2000).accounts(3).regions(3).days(3).duplicates(0.01).incidents(true).build()
}

fn decompressed(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text).expect("a committed file is gzip of UTF-8");
    text
}

fn files(folder: &Path, below: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, below, found);
        } else {
            let key = path.strip_prefix(below).expect("below").to_string_lossy().replace('\\', "/");
            found.insert(key, fs::read(&path).expect("a readable file"));
        }
    }
}

#[test]
fn committed_files_are_what_the_generator_writes() {
    let folder = root().join("testdata/trail");
    let mut committed = BTreeMap::new();
    files(&folder.join("AWSLogs"), &folder, &mut committed);
    let generated = sample();
    let keys: Vec<_> = generated.objects().map(|object| object.key).collect();
    let again = "if the generator was meant to change, run the command in testdata/README.md and commit what it writes";
    assert!(committed.keys().eq(keys.iter()), "testdata/trail has other files than the generator writes; {again}");
    for object in generated.objects() {
        // The compressed bytes may differ with the library; what they say may not.
        assert!(decompressed(&committed[&object.key]) == object.text, "{} has other records; {again}", object.key);
        assert_eq!(decompressed(&object.bytes), object.text);
    }
    let truth = fs::read_to_string(folder.join("truth.json")).expect("testdata/trail/truth.json");
    assert!(truth == generated.truth.to_json(), "testdata/trail/truth.json is not what the generator counts; {again}");
}

#[test]
fn sample_is_small_and_varied() {
    let mut committed = BTreeMap::new();
    let folder = root().join("testdata/trail/AWSLogs");
    files(&folder, &folder, &mut committed);
    let bytes: usize = committed.values().map(Vec::len).sum();
    assert!(bytes < 500_000, "the sample is for a quick clone: {bytes} bytes are too many");
    let truth = sample().truth;
    assert_eq!((truth.events.total, truth.duplicates, truth.records), (2000, 20, 2020));
    assert_eq!(truth.events.by["identityType"].len(), 12, "every identity type of the record reference occurs");
    assert!(truth.events.by["eventSource"].len() >= 25);
    assert_eq!(truth.events.by["day"].len(), 3);
    assert_eq!(truth.incidents.len(), 6);
}

#[test]
fn readme_names_every_incident_with_its_facts() {
    let readme = fs::read_to_string(root().join("testdata/README.md")).expect("testdata/README.md");
    for incident in &sample().truth.incidents {
        for word in
            [incident.name, incident.account.as_str()].into_iter().chain(incident.facts.values().map(String::as_str))
        {
            assert!(readme.contains(word), "testdata/README.md should tell of {}: {word}", incident.name);
        }
    }
}
