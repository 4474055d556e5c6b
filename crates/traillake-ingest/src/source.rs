//! Where objects come from: files, directories, patterns, standard input. The only module that reads.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::NaiveDate;
use url::Url;

use crate::error::Error;

mod object;
mod pattern;
#[cfg(test)]
mod tests;
mod walk;

use object::Listing;
pub(crate) use object::Object;
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
    let mut listing = Listing::default();
    for source in sources {
        list_source(source, lake.as_deref(), &mut listing)?;
    }
    Ok(in_order(listing.objects))
}

fn list_source(source: &Source, lake: Option<&Path>, listing: &mut Listing) -> Result<(), Error> {
    match source {
        Source::Stdin => listing.objects.push(Object::stdin()),
        Source::File(path) => {
            let kind = fs::metadata(path).map_err(|source| list_error(path, source))?;
            let path = fs::canonicalize(path).unwrap_or_else(|_| absolute(path));
            if lake.is_some_and(|lake| path.starts_with(lake)) {
                return Ok(());
            }
            match kind.is_file() {
                true => listing.add_file(path, kind.len()),
                false => listing.objects.push(Object::pipe(path)),
            }
        }
        Source::Directory(path) => Walk::new(None, lake).run(path, listing)?,
        Source::Glob(text) => {
            let pattern = Pattern::compile(text)?;
            let before = listing.objects.len();
            if pattern.root().is_dir() {
                Walk::new(Some(&pattern), lake).run(pattern.root(), listing)?;
            }
            if listing.objects.len() == before {
                return Err(Error::NothingMatches(text.clone()));
            }
        }
    }
    Ok(())
}

/// Each object once, days before what has none.
fn in_order(mut objects: Vec<Object>) -> Vec<Object> {
    objects.sort_unstable_by(|one, other| {
        let days = [one, other].map(|object| (object.date().is_none(), object.date()));
        days[0].cmp(&days[1]).then_with(|| one.cmp_uri(other))
    });
    objects.dedup_by(|later, first| later.cmp_uri(first).is_eq());
    objects
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
