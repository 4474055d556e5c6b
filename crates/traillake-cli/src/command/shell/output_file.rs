//! A file that takes the results of a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::output::{Destination, Format};

/// Shared with the statement that writes, so that one that fails does not take along what stands in the file.
#[derive(Clone)]
pub(super) struct OutputFile {
    to: Arc<Mutex<Option<Destination>>>,
    pub(super) path: PathBuf,
    /// What the ending of its name means.
    pub(super) format: Option<Format>,
    /// Whether it takes one result.
    pub(super) is_once: bool,
}

impl OutputFile {
    pub(super) fn open(path: &Path, is_once: bool) -> Result<Self, Failure> {
        let format = Format::of_file(path);
        if !is_once && format.is_some_and(Format::holds_one_result) {
            return Err(Failure::Usage {
                what: "a file of this format holds one result, and .output takes all that follow",
                hint: "`.once FILE` takes the next result alone",
            });
        }
        let to = Arc::new(Mutex::new(Some(Destination::file(path)?)));
        Ok(Self { to, path: path.to_owned(), format, is_once })
    }

    /// The file for one who writes; `None` while a statement that was stopped still has it, or when it was closed.
    pub(super) fn destination(&self) -> Option<tokio::sync::OwnedMutexGuard<Option<Destination>>> {
        Arc::clone(&self.to).try_lock_owned().ok().filter(|to| to.is_some())
    }

    /// Gives the file its name.
    pub(super) fn close(self) -> Result<(), Failure> {
        match self.destination().and_then(|mut to| to.take()) {
            Some(to) => to.finish(),
            None => Err(Failure::Interrupted),
        }
    }
}
