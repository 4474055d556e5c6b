//! Where objects come from: files, directories, patterns, standard input. The only module that reads.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::NaiveDate;
use url::Url;

use crate::error::Error;

mod pattern;
#[cfg(test)]
mod tests;
mod walk;

use pattern::Pattern;
use walk::{Walk, absolute};

/// The URI of standard input in ledgers and rejects.
pub const STDIN_URI: &str = "stdin:";

/// Where an import reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Every file below a directory, whatever its name: content decides. Symbolic links are followed. A directory in
    /// it that cannot be listed is one unreadable object of the report.
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
                Pattern::compile(text)?;
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
    /// Why it is not read, where the listing found out.
    fault: Option<Fault>,
}

/// An error of the listing, kept for the report: an [`io::Error`] cannot be cloned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    kind: io::ErrorKind,
    text: String,
}

impl Object {
    /// A file by its absolute path.
    fn file(path: PathBuf, bytes: u64, is_pipe: bool) -> Self {
        Self { uri: uri_of(&path), path: Some(path), bytes, is_pipe, fault: None }
    }

    /// A file in a directory whose URI is known: what [`file`](Self::file) gives, without resolving and encoding the
    /// directory's path again for each of its files.
    fn file_in(directory: &str, path: PathBuf, bytes: u64) -> Self {
        let name = path.file_name().and_then(OsStr::to_str).filter(|name| name.bytes().all(stands_for_itself));
        let uri = name.map_or_else(|| uri_of(&path), |name| [directory, "/", name].concat());
        Self { uri, path: Some(path), bytes, is_pipe: false, fault: None }
    }

    /// A directory that cannot be listed. Nobody knows what is in it, so it stands for all of that.
    fn unlisted(path: PathBuf, error: &io::Error) -> Self {
        let fault = Fault { kind: error.kind(), text: format!("a directory that cannot be listed: {error}") };
        Self { fault: Some(fault), ..Self::file(path, 0, false) }
    }

    fn stdin() -> Self {
        Self { uri: STDIN_URI.to_owned(), path: None, bytes: 0, is_pipe: true, fault: None }
    }

    /// Opens it for reading.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if let Some(Fault { kind, text }) = &self.fault {
            return Err(io::Error::new(*kind, text.clone()));
        }
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
/// by its own files. A source that cannot be listed is an error; a directory inside one is an object that cannot be
/// read.
pub(crate) fn list(sources: &[Source], lake: Option<&Url>) -> Result<Vec<Object>, Error> {
    // Other schemes have paths too, but not on this disk.
    let lake = lake.filter(|url| url.scheme() == "file");
    let lake = lake.and_then(|url| fs::canonicalize(url.to_file_path().ok()?).ok());
    let mut objects = Vec::new();
    for source in sources {
        list_source(source, lake.as_deref(), &mut objects)?;
    }
    Ok(in_order(objects))
}

fn list_source(source: &Source, lake: Option<&Path>, objects: &mut Vec<Object>) -> Result<(), Error> {
    match source {
        Source::Stdin => objects.push(Object::stdin()),
        Source::File(path) => {
            let kind = fs::metadata(path).map_err(|source| list_error(path, source))?;
            let path = fs::canonicalize(path).unwrap_or_else(|_| absolute(path));
            if lake.is_none_or(|lake| !path.starts_with(lake)) {
                objects.push(Object::file(path, kind.len(), !kind.is_file()));
            }
        }
        Source::Directory(path) => Walk::new(None, lake).run(path, objects)?,
        Source::Glob(text) => {
            let pattern = Pattern::compile(text)?;
            let before = objects.len();
            if pattern.root().is_dir() {
                Walk::new(Some(&pattern), lake).run(pattern.root(), objects)?;
            }
            if objects.len() == before {
                return Err(Error::NothingMatches(text.clone()));
            }
        }
    }
    Ok(())
}

/// Each object once, days before what has none.
fn in_order(objects: Vec<Object>) -> Vec<Object> {
    let dated = objects.into_iter().map(|object| (date_in(&object.uri), object));
    let mut dated: Vec<(Option<NaiveDate>, Object)> = dated.collect();
    dated.sort_unstable_by(|(one, first), (other, second)| {
        let days = (one.is_none(), one).cmp(&(other.is_none(), other));
        days.then_with(|| first.uri.cmp(&second.uri))
    });
    dated.dedup_by(|(_, later), (_, first)| later.uri == first.uri);
    dated.into_iter().map(|(_, object)| object).collect()
}

fn uri_of(path: &Path) -> String {
    match Url::from_file_path(path) {
        Ok(url) => url.into(),
        Err(()) => path.display().to_string(),
    }
}

/// Whether a byte of a file's name is written in a URI as it is: all bytes of the names CloudTrail gives are.
fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
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
