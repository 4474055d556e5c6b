//! The system calls that change a disk, and those that make a change last.
//!
//! Nothing else of `durable` changes anything on a disk, so that a test can know every step, and what a power failure
//! after it may leave.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path as FilePath;

/// A disk. Each method is one step: a power failure comes before it or after it.
///
/// What a step did is seen by every process at once. It lasts only after the sync that follows it: the bytes of a file
/// after [`sync_file`](Self::sync_file), the names in a directory after [`sync_directory`](Self::sync_directory).
pub(super) trait Disk: Debug + Send + Sync {
    /// Makes an empty file where there is none.
    fn create_file(&self, path: &FilePath) -> io::Result<File>;

    /// Writes bytes where the file stands.
    fn write(&self, path: &FilePath, file: &mut File, bytes: &[u8]) -> io::Result<()>;

    fn sync_file(&self, path: &FilePath, file: &File) -> io::Result<()>;

    /// Gives a file another name, which nothing has.
    fn hard_link(&self, from: &FilePath, to: &FilePath) -> io::Result<()>;

    /// Gives a file another name instead of its own, whatever had it.
    fn rename(&self, from: &FilePath, to: &FilePath) -> io::Result<()>;

    fn remove_file(&self, path: &FilePath) -> io::Result<()>;

    /// Makes a directory where there is nothing, in one that there is.
    fn create_directory(&self, path: &FilePath) -> io::Result<()>;

    fn sync_directory(&self, path: &FilePath) -> io::Result<()>;
}

/// The disk that the operating system gives.
#[derive(Debug)]
pub(super) struct LocalDisk;

impl Disk for LocalDisk {
    fn create_file(&self, path: &FilePath) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    fn write(&self, _: &FilePath, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync_file(&self, _: &FilePath, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn hard_link(&self, from: &FilePath, to: &FilePath) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn rename(&self, from: &FilePath, to: &FilePath) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &FilePath) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_directory(&self, path: &FilePath) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_directory(&self, path: &FilePath) -> io::Result<()> {
        // Elsewhere a directory cannot be opened as a file; there the file system orders its own metadata.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}
