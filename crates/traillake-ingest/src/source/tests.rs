use std::ffi::OsStr;

use super::*;

fn tree(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }
    root
}

fn names(root: &Path, source: &Source) -> Vec<String> {
    let root = Url::from_file_path(fs::canonicalize(root).unwrap()).unwrap().to_string();
    let objects = list(std::slice::from_ref(source), None).unwrap();
    objects.iter().map(|object| object.uri().strip_prefix(&root).unwrap().trim_start_matches('/').to_owned()).collect()
}

#[test]
fn a_directory_gives_every_file_in_order_of_days() {
    let root = tree(&["z/2023/01/02/a.gz", "a/2023/01/03/b.gz", "x.json", ".hidden", "2023/13/01/c"]);
    let source = Source::parse(root.path().to_str().unwrap()).unwrap();
    assert_eq!(
        names(root.path(), &source),
        ["z/2023/01/02/a.gz", "a/2023/01/03/b.gz", ".hidden", "2023/13/01/c", "x.json"]
    );
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end_and_a_file_comes_once() {
    let root = tree(&["a/b.json"]);
    std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
    std::os::unix::fs::symlink(root.path().join("a"), root.path().join("again")).unwrap();
    assert_eq!(names(root.path(), &Source::Directory(root.path().to_owned())), ["a/b.json"]);
}

#[test]
fn patterns_match_files_and_directories() {
    let root = tree(&["2023-01/a.json", "2023-01/b.gz", "2023-02/deep/c.json", "2024-01/d.json", "{x}.json"]);
    for (pattern, expected) in [
        ("2023-*", vec!["2023-01/a.json", "2023-01/b.gz", "2023-02/deep/c.json"]),
        ("2023-01/*.json", vec!["2023-01/a.json"]),
        ("**/*.json", vec!["%7Bx%7D.json", "2023-01/a.json", "2023-02/deep/c.json", "2024-01/d.json"]),
        ("202[34]-01/*.{json,gz}", vec!["2023-01/a.json", "2023-01/b.gz", "2024-01/d.json"]),
        ("*.json", vec!["%7Bx%7D.json"]),
    ] {
        let source = Source::parse(&format!("{}/{pattern}", root.path().display())).unwrap();
        assert_eq!(names(root.path(), &source), expected, "{pattern}");
    }
    let existing = Source::parse(&format!("{}/{{x}}.json", root.path().display())).unwrap();
    assert!(matches!(existing, Source::File(_)));
}

#[test]
fn a_pattern_looks_no_deeper_than_it_reaches() {
    let reaches = |pattern: &str, level| Pattern::compile(pattern).unwrap().reaches(level);
    assert!(reaches("logs/*.json", 0) && !reaches("logs/*.json", 1));
    assert!(reaches("logs/*/*.json", 1) && !reaches("logs/*/*.json", 2));
    assert!(reaches("logs/**/*.json", 100) && reaches("logs/{a/b,c}", 1));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_utf_8_has_a_uri_of_its_own() {
    use std::os::unix::ffi::OsStrExt;
    let root = tree(&["%FF"]);
    for name in [&b"\xff"[..], b"\xfe"] {
        fs::write(root.path().join(OsStr::from_bytes(name)), "{}").unwrap();
    }
    assert_eq!(names(root.path(), &Source::Directory(root.path().to_owned())), ["%25FF", "%FE", "%FF"]);
    let objects = list(&[Source::Glob(format!("{}/*", root.path().display()))], None).unwrap();
    assert_eq!(objects.len(), 3);
    assert!(objects.iter().all(|object| object.open().is_ok()));
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_to_themselves_are_files_that_cannot_be_opened() {
    let root = tree(&["a.json"]);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, root.path().join(name)).unwrap();
    link("nowhere", "dangling");
    link("itself", "itself");
    link("there", "back");
    link("back", "there");
    let objects = list(&[Source::Directory(root.path().to_owned())], None).unwrap();
    let opened: Vec<bool> = objects.iter().map(|object| object.open().is_ok()).collect();
    assert_eq!(opened, [true, false, false, false, false]);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_listed_is_an_object_that_cannot_be_read() {
    let root = tree(&["a.json"]);
    let deepest = too_deep_to_open(root.path());
    let objects = list(&[Source::Directory(root.path().to_owned())], None).unwrap();
    let (unlisted, files): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object.is_unlisted());
    assert_eq!((unlisted.len(), files.len()), (1, 1));
    assert!(unlisted[0].uri().len() > deepest, "{}", unlisted[0].uri().len());
    let error = unlisted[0].open().err().unwrap().to_string();
    assert!(error.starts_with("a directory that cannot be listed: "), "{error}");

    let missing = Source::Directory(root.path().join("missing"));
    assert!(matches!(list(&[missing], None), Err(Error::List { .. })));
}

/// Nests directories until the system takes no path that long, which nobody's permissions change; the length of the
/// longest path it takes.
#[cfg(unix)]
fn too_deep_to_open(root: &Path) -> usize {
    let script = "name=$(printf '%0250d' 0); for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do \
                  mkdir $name && cd -P $name || exit 1; done";
    let made = std::process::Command::new("sh").args(["-c", script]).current_dir(root).status().unwrap();
    assert!(made.success());
    4_000
}

#[test]
fn a_lake_in_the_source_is_not_walked() {
    let root = tree(&["a.json", "lake/b.json", "lake/c/d.json"]);
    let lake = Url::from_directory_path(root.path().join("lake")).unwrap();
    let objects = list(&[Source::Directory(root.path().to_owned())], Some(&lake)).unwrap();
    assert_eq!(objects.len(), 1);
    assert!(list(&[Source::File(root.path().join("lake/b.json"))], Some(&lake)).unwrap().is_empty());
}

#[test]
fn what_cannot_be_read_is_told() {
    assert_eq!(Source::parse("-").unwrap(), Source::Stdin);
    let error = |text: &str| Source::parse(text).unwrap_err().to_string();
    assert!(error("s3://bucket/prefix").contains("s3:// is not supported yet"));
    assert!(error("no/such/place").contains("\"no/such/place\" does not exist"));
    assert!(matches!(Source::parse("a/[b"), Err(Error::Pattern { .. })));
    let root = tree(&["a.json"]);
    let pattern = Source::parse(&format!("{}/*.gz", root.path().display())).unwrap();
    assert!(matches!(list(&[pattern], None), Err(Error::NothingMatches(_))));
}
