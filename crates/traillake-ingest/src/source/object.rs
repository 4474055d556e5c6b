//! One thing to import, in little memory: a listing may have millions of them.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use url::Url;

use super::{STDIN_URI, date_in};

/// Something to import: a file, or standard input.
///
/// Takes 32 bytes and its name, about 110 bytes for a file as CloudTrail names it; its directory's path, another 150
/// bytes, is shared by all files in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    place: Place,
    /// Its size as listed; 0 for a pipe.
    pub(crate) bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A file whose path is what its URI says: the name as it stands there.
    Entry {
        directory: Arc<Directory>,
        name: Box<str>,
    },
    Other(Box<Other>),
}

/// A directory with files in it.
#[derive(Debug, PartialEq, Eq)]
struct Directory {
    /// Ends with a slash.
    uri: Box<str>,
    /// The day in the paths of its files.
    date: Option<NaiveDate>,
    /// Whether its path is what its URI says.
    is_plain: bool,
}

/// What is no plain file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Other {
    uri: String,
    /// None for standard input.
    path: Option<PathBuf>,
    is_pipe: bool,
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
    /// A pipe by its absolute path.
    pub(super) fn pipe(path: PathBuf) -> Self {
        Self::other(path, 0, true, None)
    }

    /// A directory that cannot be listed. Nobody knows what is in it, so it stands for all of that.
    pub(super) fn unlisted(path: PathBuf, error: &io::Error) -> Self {
        let fault = Fault { kind: error.kind(), text: format!("a directory that cannot be listed: {error}") };
        Self::other(path, 0, false, Some(fault))
    }

    pub(super) fn stdin() -> Self {
        let stdin = Other { uri: STDIN_URI.to_owned(), path: None, is_pipe: true, fault: None };
        Self { place: Place::Other(Box::new(stdin)), bytes: 0 }
    }

    fn other(path: PathBuf, bytes: u64, is_pipe: bool, fault: Option<Fault>) -> Self {
        let other = Other { uri: uri_of(&path), path: Some(path), is_pipe, fault };
        Self { place: Place::Other(Box::new(other)), bytes }
    }

    /// What the ledger calls it: the absolute path as a `file://` URL, or [`STDIN_URI`].
    pub(crate) fn uri(&self) -> String {
        let (directory, name) = self.uri_parts();
        [directory, name].concat()
    }

    /// The day in its path.
    pub(crate) fn date(&self) -> Option<NaiveDate> {
        match &self.place {
            Place::Entry { directory, .. } => directory.date,
            Place::Other(other) => date_in(&other.uri),
        }
    }

    /// Whether it is a pipe: its size is unknown before it has been read.
    pub(crate) fn is_pipe(&self) -> bool {
        matches!(&self.place, Place::Other(other) if other.is_pipe)
    }

    /// Opens it for reading.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let file = match &self.place {
            Place::Entry { .. } => fs::File::open(path_of(&self.uri()).ok_or(io::ErrorKind::InvalidFilename)?)?,
            Place::Other(other) => match (&other.fault, &other.path) {
                (Some(Fault { kind, text }), _) => return Err(io::Error::new(*kind, text.clone())),
                (None, None) => return Ok(Box::new(io::stdin())),
                (None, Some(path)) => fs::File::open(path)?,
            },
        };
        Ok(Box::new(file))
    }

    /// The order of URIs.
    pub(super) fn cmp_uri(&self, other: &Self) -> Ordering {
        let ((directory, name), (other_directory, other_name)) = (self.uri_parts(), other.uri_parts());
        if directory == other_directory {
            return name.cmp(other_name);
        }
        let shared = directory.len().min(other_directory.len());
        let differs = directory.as_bytes()[..shared].cmp(&other_directory.as_bytes()[..shared]);
        differs
            .then_with(|| directory.bytes().chain(name.bytes()).cmp(other_directory.bytes().chain(other_name.bytes())))
    }

    /// Its URI in two parts.
    fn uri_parts(&self) -> (&str, &str) {
        match &self.place {
            Place::Entry { directory, name } => (&directory.uri, name),
            Place::Other(other) => (&other.uri, ""),
        }
    }

    #[cfg(test)]
    pub(super) fn is_unlisted(&self) -> bool {
        matches!(&self.place, Place::Other(other) if other.fault.is_some())
    }
}

/// Objects as they are found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) objects: Vec<Object>,
    /// The directory of the file before: the next one is often beside it.
    last: Option<(PathBuf, Arc<Directory>)>,
}

impl Listing {
    /// Adds a file by its absolute path.
    pub(super) fn add_file(&mut self, path: PathBuf, bytes: u64) {
        let object = match self.entry(&path) {
            Some(place) => Object { place, bytes },
            None => Object::other(path, bytes, false, None),
        };
        self.objects.push(object);
    }

    /// A file as an entry of its directory, where its URI says its path.
    fn entry(&mut self, path: &Path) -> Option<Place> {
        let directory = self.directory(path.parent()?);
        if !directory.is_plain {
            return None;
        }
        let name = path.file_name()?;
        let as_it_is = name.to_str().filter(|name| name.bytes().all(stands_for_itself));
        let name = match as_it_is {
            Some(name) => name.into(),
            None => encoded_name(&directory.uri, path, name)?,
        };
        Some(Place::Entry { directory, name })
    }

    fn directory(&mut self, path: &Path) -> Arc<Directory> {
        if let Some((last, directory)) = &self.last
            && last.as_os_str() == path.as_os_str()
        {
            return Arc::clone(directory);
        }
        let mut uri = uri_of(path);
        if !uri.ends_with('/') {
            uri.push('/');
        }
        let is_plain = path_of(&uri).is_some_and(|said| said == path);
        let directory = Arc::new(Directory { date: date_in(&uri), uri: uri.into(), is_plain });
        self.last = Some((path.to_owned(), Arc::clone(&directory)));
        directory
    }
}

/// A file's name as its URI spells it; none where the URI does not lead back to the path.
fn encoded_name(directory: &str, path: &Path, name: &OsStr) -> Option<Box<str>> {
    let uri = uri_of(path);
    let said = path_of(&uri)?;
    let is_said = said == path && said.file_name() == Some(name);
    uri.strip_prefix(directory).filter(|name| is_said && !name.contains('/')).map(Into::into)
}

fn uri_of(path: &Path) -> String {
    match Url::from_file_path(path) {
        Ok(url) => url.into(),
        Err(()) => path.display().to_string(),
    }
}

fn path_of(uri: &str) -> Option<PathBuf> {
    Url::parse(uri).ok()?.to_file_path().ok()
}

/// Whether a byte of a file's name is written in a URI as it is: all bytes of the names CloudTrail gives are.
fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&Path]) -> Vec<Object> {
        let mut listing = Listing::default();
        paths.iter().for_each(|path| listing.add_file(path.to_path_buf(), 1));
        listing.objects
    }

    #[test]
    fn a_uri_made_by_parts_is_the_one_of_the_whole_path_and_leads_back_to_it() {
        let names = ["a.json", "A_1-2.json.gz", "a b", "ü", "%41", "#1", "~", "+", "a:b", ".hidden", "...", "\\"];
        for directory in ["/logs/a b/%", "/", "/c|/logs", "/logs/..."] {
            for name in names {
                let path = Path::new(directory).join(name);
                let object = files(&[&path]).remove(0);
                assert_eq!(object.uri(), uri_of(&path));
                match &object.place {
                    Place::Entry { .. } => assert_eq!(path_of(&object.uri()), Some(path)),
                    Place::Other(other) => assert_eq!(other.path.as_ref(), Some(&path)),
                }
            }
        }
    }

    #[test]
    fn objects_are_small_and_share_their_directory() {
        assert_eq!(size_of::<Object>(), 32);
        let objects = files(&[Path::new("/logs/2023/01/02/a"), Path::new("/logs/2023/01/02/ü"), Path::new("/x")]);
        let directories: Vec<_> = objects.iter().map(|object| object.uri_parts().0.as_ptr()).collect();
        assert!(directories[0] == directories[1] && directories[1] != directories[2]);
        assert_eq!(objects[1].date(), date_in("/2023/01/02/x"));
    }

    #[test]
    fn objects_are_ordered_as_their_uris() {
        let paths = ["/a/b", "/a/b/c", "/a-b/c", "/a.b", "/a/", "/ab/c", "/a/b-c", "/a/ü", "/a/b/", "/a/b.c/d", "/b"];
        let objects = files(&paths.map(Path::new));
        for one in &objects {
            for other in &objects {
                assert_eq!(one.cmp_uri(other), one.uri().cmp(&other.uri()), "{one:?} {other:?}");
            }
        }
    }
}
