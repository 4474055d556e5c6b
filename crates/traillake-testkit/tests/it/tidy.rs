//! The rules of the workspace. Each message says what to do.

mod cargo;
mod tree;

use cargo::{Lock, Manifest};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tree::{Tree, below};

use crate::root;

/// Which of our crates a crate may depend on, in the order of the path from bytes to text.
const EDGES: [(&str, &[&str]); 9] = [
    ("traillake-event", &[]),
    ("traillake-store", &["traillake-event"]),
    ("traillake-ingest", &["traillake-event", "traillake-store"]),
    // The fuzz targets, which are a workspace of their own.
    ("traillake-ingest-fuzz", &["traillake-event", "traillake-ingest"]),
    ("datafusion-trino", &[]),
    ("traillake-query", &["traillake-event", "traillake-store", "datafusion-trino"]),
    ("traillake", &["traillake-event", "traillake-store", "traillake-ingest", "traillake-query"]),
    ("traillake-cli", &["traillake"]),
    (
        "traillake-testkit",
        &["traillake-event", "traillake-store", "traillake-ingest", "datafusion-trino", "traillake-query", "traillake"],
    ),
];

/// What a test of any crate may use besides.
const FOR_TESTS: &str = "traillake-testkit";

/// Crates a batch job can use without building a query engine.
const WITHOUT_DATAFUSION: [&str; 3] = ["traillake-event", "traillake-store", "traillake-ingest"];

/// Crates whose types pass between ours, so that two versions of one would not fit together.
const ONE_VERSION: [&str; 5] = ["arrow", "parquet", "object_store", "sqlparser", "datafusion"];

/// The most lines of a source file before its tests.
const LINES_MAX: usize = 600;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "miscellaneous"];

fn manifests() -> BTreeMap<String, Manifest> {
    let found = below("crates").into_iter().filter(|path| path.ends_with("Cargo.toml"));
    found.map(|path| Manifest::parse(&tree::read(&path))).map(|manifest| (manifest.name.clone(), manifest)).collect()
}

fn lock() -> Lock {
    Lock::parse(&tree::read("Cargo.lock"))
}

/// Fails with everything that is wrong, not with the first of it.
fn nothing_is_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn crates_depend_only_on_crates_they_may_know() {
    let manifests = manifests();
    let allowed: BTreeMap<_, _> = EDGES.into_iter().collect();
    let mut wrong = Vec::new();
    for (name, manifest) in &manifests {
        let Some(allowed) = allowed.get(name.as_str()) else {
            wrong.push(format!(
                "crates/ has a crate {name} that no rule speaks of: add it to EDGES in tidy.rs and to the map in ARCHITECTURE.md"
            ));
            continue;
        };
        let ours =
            |names: &BTreeSet<String>| names.iter().filter(|n| manifests.contains_key(*n)).cloned().collect::<Vec<_>>();
        for other in ours(&manifest.dependencies) {
            if !allowed.contains(&other.as_str()) {
                wrong.push(format!(
                    "{name} depends on {other}: knowledge flows from bytes to text only. Move what is shared into a crate both \
                     may know, or, if the design has changed, change EDGES in tidy.rs and ARCHITECTURE.md with it"
                ));
            }
        }
        for other in ours(&manifest.for_tests) {
            if !allowed.contains(&other.as_str()) && other != FOR_TESTS {
                wrong.push(format!(
                    "the tests of {name} depend on {other}: use what {name} may know, or {FOR_TESTS}; a test of both crates \
                     belongs to the later one"
                ));
            }
        }
    }
    for (name, _) in EDGES {
        if !manifests.contains_key(name) {
            wrong.push(format!("EDGES in tidy.rs speaks of {name}, which is not in crates/: take it out"));
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn ingest_and_what_it_needs_build_without_datafusion() {
    let (manifests, lock) = (manifests(), lock());
    let queries = lock.path("traillake-query", &manifests, |found| found == "datafusion");
    assert!(queries.is_some(), "the search is broken: it does not find DataFusion below the crate that plans queries");
    let mut wrong = Vec::new();
    for name in WITHOUT_DATAFUSION {
        if let Some(path) = lock.path(name, &manifests, |found| found.starts_with("datafusion")) {
            wrong.push(format!(
                "{name} brings DataFusion along: {}. A batch job imports without a query engine: drop the dependency, or the \
                 feature that asks for it",
                path.join(" → ")
            ));
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn there_is_one_version_of_each_engine_crate() {
    let lock = lock();
    let mut wrong = Vec::new();
    for name in ONE_VERSION {
        let versions = lock.versions(name);
        if versions.len() != 1 {
            wrong.push(format!(
                "Cargo.lock has {} versions of {name} ({}): their types do not fit together. Bring the versions in the root \
                 Cargo.toml to the one that datafusion re-exports; `cargo tree -i {name}` shows who asks for which",
                versions.len(),
                versions.join(", ")
            ));
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn source_files_are_short() {
    let mut wrong = Vec::new();
    for path in below("crates").into_iter().filter(|path| path.ends_with(".rs") && path.contains("/src/")) {
        if path.ends_with("/tests.rs") || path.contains("/tests/") {
            continue;
        }
        let text = tree::read(&path);
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if lines > LINES_MAX {
            wrong.push(format!(
                "{path} has {lines} lines before its tests: split it at a noun into files of at most {LINES_MAX} lines"
            ));
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn links_in_markdown_lead_somewhere() {
    let mut wrong = Vec::new();
    for path in below("").into_iter().filter(|path| path.ends_with(".md")) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, link) in tree::links(&tree::read(&path)) {
            let target = link.split(['#', '?']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let place = match target.strip_prefix('/') {
                Some(from_root) => root().join(from_root),
                None => root().join(folder).join(target),
            };
            if !place.exists() {
                wrong.push(format!("{path}:{line} links to {target}, which does not exist: correct the link"));
            }
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn names_say_what_is_inside() {
    let mut wrong = Vec::new();
    for Tree { path, .. } in tree::everything() {
        let name = path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        if EMPTY_NAMES.contains(&stem.to_ascii_lowercase().as_str()) {
            wrong.push(format!(
                "{path} is named for nothing: name it for the noun it holds, or put its parts where they are used"
            ));
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn modules_stand_beside_their_folders() {
    let found = below("").into_iter().filter(|path| path.ends_with("/mod.rs"));
    let wrong: Vec<_> = found.map(|path| format!("{path}: write foo.rs beside foo/, not foo/mod.rs")).collect();
    nothing_is_wrong(&wrong);
}

#[test]
fn tests_are_named_for_what_holds() {
    let mut wrong = Vec::new();
    for path in below("").into_iter().filter(|path| path.ends_with(".rs")) {
        for (number, line) in tree::read(&path).lines().enumerate() {
            let name = line.trim_start().trim_start_matches("async ").strip_prefix("fn test_");
            if let Some(name) = name {
                let name = name.split('(').next().unwrap_or_default();
                wrong.push(format!("{path}:{}: name the test for what holds, without `test_`: {name} …", number + 1));
            }
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn every_folder_of_test_data_is_in_the_catalogue() {
    let catalogue = tree::read("testdata/README.md");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root().join("testdata")).expect("testdata is readable") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if name != "README.md" && !catalogue.contains(&format!("]({name}")) {
            wrong.push(format!("testdata/{name} is not in testdata/README.md: say there what it is and who uses it"));
        }
    }
    nothing_is_wrong(&wrong);
}

#[test]
fn every_sql_file_is_run() {
    let suite = tree::read("crates/traillake/tests/it/sql.rs");
    let list = suite.split_once("\nfeatures! {").and_then(|(_, rest)| rest.split_once('}')).map(|(list, _)| list);
    let features: BTreeSet<&str> = list.unwrap_or_default().split(',').map(str::trim).collect();
    assert!(features.len() > 1, "the search is broken: it finds no `features!` in crates/traillake/tests/it/sql.rs");
    let mut wrong = Vec::new();
    for path in below("testdata/sql") {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match parts.as_slice() {
            [feature, file] if file.ends_with(".slt") && features.contains(feature) => {}
            [feature, file] if file.ends_with(".slt") => wrong
                .push(format!("{path} is never run: add {feature} to `features!` in crates/traillake/tests/it/sql.rs")),
            _ => wrong.push(format!("{path} is never run: the suite reads testdata/sql/FEATURE/NAME.slt")),
        }
    }
    for path in below("").into_iter().filter(|path| path.ends_with(".slt") && !path.starts_with("testdata/sql/")) {
        wrong.push(format!("{path} is never run: put it below testdata/sql/FEATURE"));
    }
    nothing_is_wrong(&wrong);
}
