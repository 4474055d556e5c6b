//! What puts that were cut off left on a local disk.
//!
//! A [`DurableFileSystem`](crate::DurableFileSystem) writes a file under another name and publishes it when it is whole.
//! A process that is killed meanwhile leaves the other name, which no listing of the storage shows.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::time::{Duration, SystemTime};

use crate::durable;
use crate::error::{Error, cause};
use crate::layout;
use crate::store::EventDataStore;

/// A file that was never finished.
#[derive(Clone, Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
    pub(super) bytes: u64,
}

/// Those of a store that nobody has written to since `before_ms`; none in a lake that is no local directory.
pub(super) async fn find(store: &EventDataStore, before_ms: i64) -> Result<Vec<Unfinished>, Error> {
    let location = store.lake().location();
    let Some(root) = (location.scheme() == "file").then(|| location.to_file_path().ok()).flatten() else {
        return Ok(Vec::new());
    };
    let folder = layout::store(store.id()).parts().fold(root, |path, part| path.join(part.as_ref()));
    let before = u64::try_from(before_ms).unwrap_or_default();
    let before = SystemTime::UNIX_EPOCH + Duration::from_millis(before);
    let found = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        walk(&folder, &mut |entry| found.extend(unfinished(entry, before)))?;
        io::Result::Ok(found)
    });
    let failed = |error| Error::Vacuum { id: store.id(), path: None, source: error };
    found.await.map_err(|error| failed(cause(error)))?.map_err(|error| failed(cause(error)))
}

pub(super) async fn delete(store: &EventDataStore, unfinished: Unfinished) -> Result<(), Error> {
    match tokio::fs::remove_file(&unfinished.path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Vacuum { id: store.id(), path: None, source: cause(error) })
        }
        _ => Ok(()),
    }
}

/// Visits the files below a folder, of which there may be none.
fn walk(folder: &FilePath, visit: &mut impl FnMut(&DirEntry)) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => walk(&entry.path(), visit)?,
            false => visit(&entry),
        }
    }
    Ok(())
}

fn unfinished(entry: &DirEntry, before: SystemTime) -> Option<Unfinished> {
    if !durable::is_temporary(entry.file_name().to_str()?) {
        return None;
    }
    // One that is gone by now was finished.
    let metadata = entry.metadata().ok()?;
    (metadata.modified().ok()? <= before).then(|| Unfinished { path: entry.path(), bytes: metadata.len() })
}
