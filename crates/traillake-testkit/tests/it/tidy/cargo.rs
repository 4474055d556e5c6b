//! As much of Cargo's files as the rules need.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Names in a `Cargo.toml`.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) name: String,
    /// Of the library or binary, and of its build script; for any platform.
    pub(super) dependencies: BTreeSet<String>,
    pub(super) for_tests: BTreeSet<String>,
}

impl Manifest {
    pub(super) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end_matches(']');
                // `[dependencies.name]` opens a table for one dependency.
                if let Some((before, name)) = section.rsplit_once("dependencies.") {
                    manifest.depends(before, name);
                }
            } else if let Some((key, value)) = line.split_once('=') {
                // `name = …`, `name.workspace = …`
                let key = key.split('.').next().unwrap_or(key).trim().trim_matches('"');
                match section.strip_suffix("dependencies") {
                    Some(before) => manifest.depends(before, key),
                    None if section == "package" && key == "name" => {
                        manifest.name = value.trim().trim_matches('"').to_owned();
                    }
                    None => {}
                }
            }
        }
        manifest
    }

    fn depends(&mut self, before: &str, name: &str) {
        let names = if before.ends_with("dev-") { &mut self.for_tests } else { &mut self.dependencies };
        names.insert(name.trim_matches('"').to_owned());
    }
}

/// The packages of a `Cargo.lock`.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// What each name and version depends on, as `name` or `name version`.
    packages: BTreeMap<(String, String), Vec<String>>,
}

impl Lock {
    pub(super) fn parse(text: &str) -> Self {
        let mut lock = Self::default();
        for package in text.split("[[package]]").skip(1) {
            let field = |name: &str| {
                let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
                line.unwrap_or_default().trim_matches('"').to_owned()
            };
            let (_, list) = package.split_once("dependencies = [").unwrap_or_default();
            let list = list.split(']').next().unwrap_or_default();
            let list = list.lines().map(|line| line.trim().trim_matches([',', '"']).to_owned());
            lock.packages.insert((field("name"), field("version")), list.filter(|name| !name.is_empty()).collect());
        }
        lock
    }

    pub(super) fn versions(&self, name: &str) -> Vec<String> {
        self.packages.keys().filter(|(found, _)| found == name).map(|(_, version)| version.clone()).collect()
    }

    /// The shortest way from a crate of ours to a package that is looked for. Our crates' edges come from their
    /// manifests, because the lock file does not tell a test's dependencies from the library's.
    pub(super) fn path(
        &self,
        from: &str,
        ours: &BTreeMap<String, Manifest>,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        let mut seen = BTreeSet::from([from.to_owned()]);
        let mut queue = VecDeque::from([vec![from.to_owned()]]);
        while let Some(path) = queue.pop_front() {
            let last = path.last()?;
            if wanted(last) {
                return Some(path);
            }
            for next in self.edges(last, ours) {
                if seen.insert(next.clone()) {
                    queue.push_back([path.as_slice(), &[next]].concat());
                }
            }
        }
        None
    }

    /// What a package depends on; `package` is `name` or `name version`.
    fn edges(&self, package: &str, ours: &BTreeMap<String, Manifest>) -> Vec<String> {
        if let Some(manifest) = ours.get(package) {
            return manifest.dependencies.iter().cloned().collect();
        }
        let (name, version) = package.split_once(' ').unwrap_or((package, ""));
        let fits = |key: &(String, String)| key.0 == name && (version.is_empty() || key.1 == version);
        self.packages.iter().filter(|(key, _)| fits(key)).flat_map(|(_, edges)| edges.clone()).collect()
    }
}

#[test]
fn every_spelling_of_a_dependency_is_found() {
    let manifest = Manifest::parse(
        "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = \"1\"\nc = { version = \"1\", features = [\n\"f\" ] }\n\
         [dev-dependencies]\nd.workspace = true\n[target.'cfg(unix)'.dependencies]\ne = \"1\"\n[dependencies.g]\nversion = \"1\"\n\
         [build-dependencies]\nh = \"1\"\n[dev-dependencies.i]\npath = \"i\"\n[lints]\nworkspace = true\n",
    );
    assert_eq!(manifest.name, "x");
    assert_eq!(manifest.dependencies.iter().collect::<Vec<_>>(), ["a", "b", "c", "e", "g", "h"]);
    assert_eq!(manifest.for_tests.iter().collect::<Vec<_>>(), ["d", "i"]);
}

#[test]
fn a_way_through_the_lock_file_is_found() {
    let lock = Lock::parse(
        "version = 4\n\n[[package]]\nname = \"us\"\nversion = \"0.1.0\"\ndependencies = [\n \"a 2.0.0\",\n \"test\",\n]\n\n\
         [[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n\
         checksum = \"0\"\ndependencies = [\n \"z\",\n]\n\n[[package]]\nname = \"z\"\nversion = \"1.0.0\"\n\n\
         [[package]]\nname = \"test\"\nversion = \"1.0.0\"\n",
    );
    let us = Manifest::parse("[package]\nname = \"us\"\n[dependencies]\na = \"2\"\n[dev-dependencies]\ntest = \"1\"\n");
    let ours = BTreeMap::from([("us".to_owned(), us)]);
    assert_eq!(lock.versions("a"), ["1.0.0", "2.0.0"]);
    assert_eq!(lock.path("us", &ours, |name| name == "z"), Some(["us", "a", "z"].map(String::from).to_vec()));
    assert_eq!(lock.path("us", &ours, |name| name == "test"), None, "tests may use what they like");
}
