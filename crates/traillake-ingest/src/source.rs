//! Where objects come from: files, directories, patterns, standard input. The only module that reads.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::NaiveDate;
use globset::{GlobBuilder, GlobMatcher};
use url::Url;

use crate::error::Error;

/// The URI of standard input in ledgers and rejects.
pub const STDIN_URI: &str = "stdin:";

/// Where an import reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Every file below a directory, whatever its name: content decides. Symbolic links are followed.
    Directory(PathBuf),
    /// One file, or a named pipe.
    File(PathBuf),
    /// Every file that matches a pattern, and every file below a directory that does. `*` and `?` stay within a
    /// path segment, `**` does not; `[…]` and `{…,…}` as in a shell.
    Glob(String),
    /// Standard input, as one object.
    Stdin,
}

impl Source {
    /// Reads a source as it is typed: `-`, a path or `file://` URL that exists, or a pattern.
    pub fn parse(text: &str) -> Result<Source, Error> {
        if text == "-" {
            return Ok(Source::Stdin);
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Source::from_url(text, scheme);
        }
        match Source::from_path(Path::new(text)) {
            Some(source) => Ok(source),
            None if text.contains(['*', '?', '[', '{']) => {
                compile(text)?;
                Ok(Source::Glob(text.to_owned()))
            }
            None => Err(Error::SourceMissing(text.to_owned())),
        }
    }

    /// Whether the sources can be listed, and every pattern matches something.
    ///
    /// Cost: walks the directories. An import does it too; this is for who wants to know before making a store.
    pub fn check(sources: &[Source]) -> Result<(), Error> {
        list(sources, None).map(|_| ())
    }

    fn from_url(text: &str, scheme: &str) -> Result<Source, Error> {
        if !scheme.eq_ignore_ascii_case("file") {
            return Err(Error::SourceUnsupported { location: text.to_owned(), scheme: scheme.to_owned() });
        }
        let path = Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
        path.and_then(|path| Source::from_path(&path)).ok_or_else(|| Error::SourceMissing(text.to_owned()))
    }

    fn from_path(path: &Path) -> Option<Source> {
        let kind = fs::metadata(path).ok()?;
        Some(if kind.is_dir() { Source::Directory(path.to_owned()) } else { Source::File(path.to_owned()) })
    }
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Source::parse(text)
    }
}

/// Something to import: a file, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// What the ledger calls it: the absolute path as a `file://` URL, or [`STDIN_URI`].
    pub(crate) uri: String,
    /// None for standard input.
    path: Option<PathBuf>,
    /// Its size as listed; 0 for a pipe.
    pub(crate) bytes: u64,
    /// Whether it is a pipe: its size is unknown before it has been read.
    pub(crate) is_pipe: bool,
}

impl Object {
    /// Opens it for reading.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.path {
            Some(path) => Box::new(fs::File::open(path)?),
            None => Box::new(io::stdin()),
        })
    }
}

/// Lists the objects of all sources, each once, ordered by the date in their path, then by path: days become
/// complete one after another, and the same files always come in the same order.
///
/// What lies inside `lake` is left out: a lake may stand in the directory that is imported into it, and would grow
/// by its own files.
pub(crate) fn list(sources: &[Source], lake: Option<&Url>) -> Result<Vec<Object>, Error> {
    let mut listing = Listing::default();
    for source in sources {
        match source {
            Source::Stdin => listing.add(Object { uri: STDIN_URI.to_owned(), path: None, bytes: 0, is_pipe: true }),
            Source::File(path) => {
                let kind = fs::metadata(path).map_err(|source| list_error(path, source))?;
                listing.add_file(path, kind.len(), !kind.is_file());
            }
            Source::Directory(path) => listing.walk(path, None)?,
            Source::Glob(pattern) => {
                let (root, matcher) = compile(pattern)?;
                let before = listing.objects.len() + listing.repeated;
                if root.is_dir() {
                    listing.walk(&root, Some(&matcher))?;
                }
                if listing.objects.len() + listing.repeated == before {
                    return Err(Error::NothingMatches(pattern.clone()));
                }
            }
        }
    }
    // Other schemes have paths too, but not on this disk.
    let lake = lake.filter(|url| url.scheme() == "file");
    let lake = lake.and_then(|url| fs::canonicalize(url.to_file_path().ok()?).ok());
    let mut objects = listing.objects;
    objects.retain(|object| match (&object.path, &lake) {
        (Some(path), Some(lake)) => !path.starts_with(lake),
        _ => true,
    });
    objects.sort_by_cached_key(|object| {
        let date = date_in(&object.uri);
        (date.is_none(), date, object.uri.clone())
    });
    Ok(objects)
}

#[derive(Default)]
struct Listing {
    objects: Vec<Object>,
    uris: HashSet<String>,
    repeated: usize,
}

impl Listing {
    /// Adds the files below a directory. With a matcher: those that match, or lie below a directory that does.
    fn walk(&mut self, root: &Path, matcher: Option<&GlobMatcher>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        let mut open = vec![(root.to_owned(), matcher.is_none())];
        while let Some((directory, is_inside)) = open.pop() {
            // Links may form a circle: no directory is entered twice with the same claim on its files.
            let real = fs::canonicalize(&directory).map_err(|source| list_error(&directory, source))?;
            if !seen.insert((real, is_inside)) {
                continue;
            }
            let entries = fs::read_dir(&directory).map_err(|source| list_error(&directory, source))?;
            for entry in entries {
                let path = entry.map_err(|source| list_error(&directory, source))?.path();
                let is_wanted = is_inside || matcher.is_some_and(|matcher| matcher.is_match(&path));
                match fs::metadata(&path) {
                    Ok(kind) if kind.is_dir() => open.push((path, is_wanted)),
                    Ok(kind) if kind.is_file() && is_wanted => self.add_file(&path, kind.len(), false),
                    // A link to nothing fails when it is read, and is told then.
                    Err(_) if is_wanted => self.add_file(&path, 0, false),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, bytes: u64, is_pipe: bool) {
        let absolute =
            fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
        let uri = match Url::from_file_path(&absolute) {
            Ok(url) => url.to_string(),
            Err(()) => absolute.display().to_string(),
        };
        self.add(Object { uri, path: Some(absolute), bytes, is_pipe });
    }

    fn add(&mut self, object: Object) {
        if self.uris.insert(object.uri.clone()) {
            self.objects.push(object);
        } else {
            self.repeated += 1;
        }
    }
}

/// The directory to walk for a pattern, and the matcher of whole paths below it.
fn compile(pattern: &str) -> Result<(PathBuf, GlobMatcher), Error> {
    let meta = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    let cut = pattern[..meta].rfind('/').map_or(0, |slash| slash + 1);
    let (root, rest) = pattern.split_at(cut);
    let root = PathBuf::from(if root.is_empty() { "." } else { root });
    let whole =
        format!("{}/{}", globset::escape(root.to_string_lossy().trim_end_matches('/')), rest.trim_end_matches('/'));
    let glob = GlobBuilder::new(&whole)
        .literal_separator(true)
        .build()
        .map_err(|source| Error::Pattern { pattern: pattern.to_owned(), source })?;
    Ok((root, glob.compile_matcher()))
}

fn list_error(path: &Path, source: io::Error) -> Error {
    Error::List { path: path.to_owned(), source }
}

/// The day in a path as CloudTrail delivers: `…/YYYY/MM/DD/…`.
pub(crate) fn date_in(uri: &str) -> Option<NaiveDate> {
    let segments: Vec<_> = uri.split('/').collect();
    segments.windows(4).find_map(|window| {
        let [year, month, day, _] = window else { return None };
        let number = |text: &str, length: usize| {
            (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
        };
        NaiveDate::from_ymd_opt(i32::try_from(number(year, 4)?).ok()?, number(month, 2)?, number(day, 2)?)
    })
}

#[cfg(test)]
mod tests {
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
        objects
            .iter()
            .map(|object| object.uri.strip_prefix(&root).unwrap().trim_start_matches('/').to_owned())
            .collect()
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
}
