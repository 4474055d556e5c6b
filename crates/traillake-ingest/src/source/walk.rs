//! The files below a directory.
//!
//! Paths are resolved once for each directory and each link, not for each file: a trail has few directories and very
//! many files. An entry that is no link has its directory's real path and its own name.

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::list_error;
use super::object::{Listing, Object};
use super::pattern::Pattern;
use crate::error::Error;

/// One walk over one directory tree.
pub(super) struct Walk<'a> {
    /// None when every file is wanted.
    pattern: Option<&'a Pattern>,
    /// Not to be entered.
    lake: Option<&'a Path>,
    /// Links may form a circle: no directory is entered twice with the same claim on its files.
    seen: HashSet<(PathBuf, bool)>,
    open: Vec<Folder>,
}

/// A directory to be listed.
#[derive(Clone)]
struct Folder {
    /// Its path without links, which names its files.
    real: PathBuf,
    /// The path that led to it, which patterns are about; empty where nobody asks.
    shown: PathBuf,
    /// Whether every file in it is wanted.
    is_inside: bool,
    /// How many levels it is below the root.
    level: usize,
}

impl<'a> Walk<'a> {
    /// With a pattern: the files that match, or lie below a directory that does. Without: all files.
    pub(super) fn new(pattern: Option<&'a Pattern>, lake: Option<&'a Path>) -> Self {
        Self { pattern, lake, seen: HashSet::new(), open: Vec::new() }
    }

    /// Adds the files below `root`; an error when `root` itself cannot be listed.
    pub(super) fn run(mut self, root: &Path, listing: &mut Listing) -> Result<(), Error> {
        let failed = |source| list_error(root, source);
        let real = fs::canonicalize(root).map_err(failed)?;
        fs::read_dir(&real).map_err(failed)?;
        let is_inside = self.pattern.is_none();
        self.enter(Folder { real, shown: root.to_owned(), is_inside, level: 0 });
        while let Some(folder) = self.open.pop() {
            if let Err(error) = self.list(&folder, listing) {
                listing.objects.push(Object::unlisted(folder.real, &error));
            }
        }
        Ok(())
    }

    fn enter(&mut self, folder: Folder) {
        let may_match = folder.is_inside || self.pattern.is_some_and(|pattern| pattern.reaches(folder.level));
        let is_lake = self.lake.is_some_and(|lake| folder.real.starts_with(lake));
        if may_match && !is_lake && self.seen.insert((folder.real.clone(), folder.is_inside)) {
            self.open.push(folder);
        }
    }

    fn list(&mut self, folder: &Folder, listing: &mut Listing) -> io::Result<()> {
        for entry in fs::read_dir(&folder.real)? {
            self.take(folder, &entry?, listing);
        }
        Ok(())
    }

    /// Adds an entry when it is a wanted file, and enters it when it is a directory. Sockets, devices and pipes are
    /// not what an importer of a directory means.
    fn take(&mut self, folder: &Folder, entry: &DirEntry, listing: &mut Listing) {
        let inside = self.below(folder, entry);
        match entry.file_type() {
            Ok(kind) if kind.is_symlink() => self.follow(inside, listing),
            Ok(kind) if kind.is_dir() => self.enter(inside),
            // One that is gone by now, or whose size nobody tells, fails when it is read, and is told then.
            Ok(kind) if kind.is_file() && inside.is_inside => {
                let bytes = entry.metadata().map_or(0, |data| data.len());
                listing.add_file(inside.real, bytes);
            }
            Err(_) if inside.is_inside => listing.add_file(inside.real, 0),
            _ => {}
        }
    }

    /// An entry as a place of its own: where it is, and whether it is wanted.
    fn below(&self, folder: &Folder, entry: &DirEntry) -> Folder {
        let name = entry.file_name();
        let real = folder.real.join(&name);
        let level = folder.level + 1;
        match self.pattern.filter(|_| !folder.is_inside) {
            None => Folder { real, shown: PathBuf::new(), is_inside: true, level },
            Some(pattern) => {
                let shown = folder.shown.join(&name);
                let is_inside = pattern.is_match(&shown);
                Folder { real, shown, is_inside, level }
            }
        }
    }

    /// Goes where a link leads. One that leads nowhere, or in a circle, is a file that cannot be opened.
    fn follow(&mut self, link: Folder, listing: &mut Listing) {
        let Ok(real) = fs::canonicalize(&link.real) else {
            if link.is_inside {
                listing.add_file(link.real, 0);
            }
            return;
        };
        match fs::metadata(&real) {
            Ok(kind) if kind.is_dir() => self.enter(Folder { real, ..link }),
            _ if !link.is_inside || self.lake.is_some_and(|lake| real.starts_with(lake)) => {}
            Ok(kind) if kind.is_file() => listing.add_file(real, kind.len()),
            Ok(_) => {}
            Err(_) => listing.add_file(real, 0),
        }
    }
}

/// The path from the root of the file system; links in it stay.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
