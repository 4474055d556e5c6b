//! How a file comes under its name and goes again, step by step.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::PutPayload;

use super::disk::Disk;

/// Writes and removes files of one directory and those below it. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    /// Directories that were durable in their parents when they were last looked at.
    durable: Arc<Mutex<HashSet<PathBuf>>>,
}

/// A file that is being written, under a name that listings pass over.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Writer {
    pub(super) fn new(root: &FilePath, disk: Arc<dyn Disk>) -> Self {
        Self { root: root.to_owned(), disk, durable: Arc::default() }
    }

    /// Writes and publishes one file. When it returns, the file is durable under its name.
    pub(super) fn put(&self, target: &FilePath, payload: &PutPayload, exclusive: bool) -> io::Result<()> {
        let Temporary { path, mut file } = self.begin(target)?;
        let written = payload.iter().try_for_each(|bytes| self.disk.write(&path, &mut file, bytes));
        let published = written.and_then(|()| self.disk.sync_file(&path, &file)).and_then(|()| match exclusive {
            true => self.disk.hard_link(&path, target).map_err(explain_link),
            false => self.disk.rename(&path, target),
        });
        if exclusive || published.is_err() {
            let _ = self.give_up(&path);
        }
        published?;
        self.disk.sync_directory(folder_of(target)?)
    }

    /// A new file beside a target, whose directory is durable.
    pub(super) fn begin(&self, target: &FilePath) -> io::Result<Temporary> {
        self.create_durable_directory(folder_of(target)?)?;
        self.create_temporary(target)
    }

    /// Writes bytes where the file stands.
    pub(super) fn write(&self, temporary: &mut Temporary, bytes: &[u8]) -> io::Result<()> {
        self.disk.write(&temporary.path, &mut temporary.file, bytes)
    }

    /// Makes a file durable under the name of its target, instead of what had it.
    pub(super) fn publish(&self, temporary: &Temporary, target: &FilePath) -> io::Result<()> {
        self.disk.sync_file(&temporary.path, &temporary.file)?;
        self.disk.rename(&temporary.path, target)?;
        self.disk.sync_directory(folder_of(target)?)
    }

    /// Removes a file that is not to be published, or has its name already. Left behind it would be garbage that listings
    /// pass over, no more.
    pub(super) fn give_up(&self, temporary: &FilePath) -> io::Result<()> {
        self.disk.remove_file(temporary)
    }

    /// Removes files, one after another. When it returns, those that are gone stay gone, also where somebody else has
    /// removed them; a power failure before may bring any of them back.
    ///
    /// Cost: a sync of each directory.
    pub(super) fn remove(&self, targets: &[PathBuf]) -> Vec<io::Result<()>> {
        let mut outcomes: Vec<_> = targets.iter().map(|target| self.disk.remove_file(target)).collect();
        let folders: BTreeSet<&FilePath> = targets.iter().filter_map(|target| target.parent()).collect();
        for folder in folders {
            let Err(error) = self.disk.sync_directory(folder) else { continue };
            // With the directory went what was in it.
            if error.kind() == ErrorKind::NotFound {
                continue;
            }
            let of_folder = targets.iter().zip(&mut outcomes).filter(|(target, _)| target.parent() == Some(folder));
            for (_, outcome) in of_folder.filter(|(_, outcome)| outcome.is_ok()) {
                *outcome = Err(io::Error::new(error.kind(), error.to_string()));
            }
        }
        outcomes
    }

    /// A name that ends in `#` and digits is what `object_store` leaves out of listings.
    fn create_temporary(&self, target: &FilePath) -> io::Result<Temporary> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut name = target.as_os_str().to_owned();
            name.push(format!("#{}{number:06}", std::process::id()));
            let path = PathBuf::from(name);
            match self.disk.create_file(&path) {
                Ok(file) => return Ok(Temporary { path, file }),
                // Left by a process of the same id that did not live to remove it.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes a directory and those above it, each durable in its parent.
    ///
    /// One that is there may have been made by a process that did not live to sync it, so it is synced once. Of the
    /// directories above the lake only those are that are made here.
    fn create_durable_directory(&self, directory: &FilePath) -> io::Result<()> {
        let is_there = directory.is_dir();
        if is_there && (self.is_durable(directory) || !directory.starts_with(&self.root)) {
            return Ok(());
        }
        let Some(parent) = directory.parent() else { return Ok(()) };
        self.create_durable_directory(parent)?;
        if !is_there {
            match self.disk.create_directory(directory) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        match self.disk.sync_directory(parent) {
            // A lake may lie in a folder of somebody else's.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && is_there && directory == self.root => {}
            synced => synced?,
        }
        self.durable().insert(directory.to_owned());
        Ok(())
    }

    fn is_durable(&self, directory: &FilePath) -> bool {
        self.durable().contains(directory)
    }

    fn durable(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a file of this name is one that is being written, or was when its process ended.
pub(crate) fn is_temporary(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn folder_of(target: &FilePath) -> io::Result<&FilePath> {
    target.parent().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "a path without a folder"))
}

fn explain_link(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::Unsupported | ErrorKind::PermissionDenied => io::Error::new(
            error.kind(),
            format!(
                "the file system has no hard links, which an exclusive put needs; keep the lake on a local disk ({error})"
            ),
        ),
        _ => error,
    }
}
