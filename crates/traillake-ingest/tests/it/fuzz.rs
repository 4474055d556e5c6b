//! The fuzz targets on their corpus and on changed files of it: short, and the same in every run.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use traillake_testkit::mutation::Mutator;

use crate::targets::{Check, TARGETS};

/// How many changed files each target gets; `FUZZ_MUTATIONS=1000000` asks for more.
const MUTATIONS: usize = 5_000;
const SEED: u64 = 20_260_301;

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn holds(target: &str, check: Check, what: &str, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| check(bytes))).is_err() {
        panic!("{target} does not hold for {what}: {:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn every_target_holds_for_its_corpus() {
    for (target, check) in TARGETS {
        let corpus = corpus(target);
        assert!(corpus.len() >= 8, "the corpus of {target} is missing");
        for (name, bytes) in corpus {
            holds(target, *check, &name, &bytes);
        }
    }
}

#[test]
fn every_target_holds_for_changed_files() {
    let mutations = std::env::var("FUZZ_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    for (target, check) in TARGETS {
        let corpus = corpus(target).into_iter().map(|(_, bytes)| bytes).collect();
        for (number, bytes) in Mutator::new(SEED, corpus).take(mutations).enumerate() {
            holds(target, *check, &format!("change {number}"), &bytes);
        }
    }
}
