//! A disk that remembers every step, and never waits for a sync.

use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use crate::durable::disk::{Disk, LocalDisk};

/// What was done, by paths below the folder that is recorded.
#[derive(Clone, Debug)]
pub(super) enum Step {
    CreateFile(PathBuf),
    Write { path: PathBuf, place: usize, bytes: Vec<u8>, at: SystemTime },
    SyncFile(PathBuf),
    HardLink { from: PathBuf, to: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    RemoveFile(PathBuf),
    CreateDirectory(PathBuf),
    SyncDirectory(PathBuf),
}

/// Records what is done to a folder that has room for a whole lake.
#[derive(Debug)]
pub(super) struct Recorder {
    folder: PathBuf,
    /// Held while a step is taken: the order here is the order there.
    steps: Mutex<Vec<Step>>,
}

impl Recorder {
    pub(super) fn of(folder: &FilePath) -> Self {
        Self { folder: folder.to_owned(), steps: Mutex::default() }
    }

    /// What was done since the last call.
    pub(super) fn take(&self) -> Vec<Step> {
        std::mem::take(&mut *self.steps())
    }

    fn steps(&self) -> MutexGuard<'_, Vec<Step>> {
        self.steps.lock().unwrap()
    }

    fn below(&self, path: &FilePath) -> PathBuf {
        path.strip_prefix(&self.folder).unwrap().to_owned()
    }

    /// Takes a step; one that fails changed nothing.
    fn record<T>(&self, take: impl FnOnce() -> io::Result<T>, step: Step) -> io::Result<T> {
        let mut steps = self.steps();
        let taken = take()?;
        steps.push(step);
        Ok(taken)
    }
}

impl Disk for Recorder {
    fn create_file(&self, path: &FilePath) -> io::Result<File> {
        self.record(|| LocalDisk.create_file(path), Step::CreateFile(self.below(path)))
    }

    fn write(&self, path: &FilePath, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let place = usize::try_from(file.stream_position()?).unwrap();
        let step = Step::Write { path: self.below(path), place, bytes: bytes.to_vec(), at: SystemTime::now() };
        self.record(|| LocalDisk.write(path, file, bytes), step)
    }

    fn sync_file(&self, path: &FilePath, _: &File) -> io::Result<()> {
        self.record(|| Ok(()), Step::SyncFile(self.below(path)))
    }

    fn hard_link(&self, from: &FilePath, to: &FilePath) -> io::Result<()> {
        let step = Step::HardLink { from: self.below(from), to: self.below(to) };
        self.record(|| LocalDisk.hard_link(from, to), step)
    }

    fn rename(&self, from: &FilePath, to: &FilePath) -> io::Result<()> {
        let step = Step::Rename { from: self.below(from), to: self.below(to) };
        self.record(|| LocalDisk.rename(from, to), step)
    }

    fn remove_file(&self, path: &FilePath) -> io::Result<()> {
        self.record(|| LocalDisk.remove_file(path), Step::RemoveFile(self.below(path)))
    }

    fn create_directory(&self, path: &FilePath) -> io::Result<()> {
        self.record(|| LocalDisk.create_directory(path), Step::CreateDirectory(self.below(path)))
    }

    fn sync_directory(&self, path: &FilePath) -> io::Result<()> {
        let there = || if path.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) };
        self.record(there, Step::SyncDirectory(self.below(path)))
    }
}
