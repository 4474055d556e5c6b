//! Where results go: standard output, or a file that appears when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::Pager;
use crate::failure::Failure;
use crate::interrupt::remove_if_interrupted;

/// Takes the bytes of results.
pub(crate) struct Destination {
    to: To,
    bytes: u64,
    /// Of all bytes, where that is asked for.
    hash: Option<Sha256>,
}

enum To {
    Stdout,
    /// Standard output, through a pager when it is long.
    Pager(Pager),
    /// The bytes are only hashed.
    Nowhere,
    /// A temporary file in the folder of the one that is wanted.
    File {
        written: NamedTempFile,
        path: PathBuf,
    },
    /// A device or a named pipe, which cannot be replaced by a file.
    Device {
        file: File,
        path: PathBuf,
    },
}

impl Destination {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self { to: To::Stdout, bytes: 0, hash: None }
    }

    /// Standard output through a pager; whoever made the pager closes it.
    pub(crate) fn paged(pager: Pager) -> Self {
        Self { to: To::Pager(pager), bytes: 0, hash: None }
    }

    /// Whether something else has the screen.
    pub(super) fn is_paging(&self) -> bool {
        matches!(&self.to, To::Pager(pager) if pager.is_open())
    }

    /// A file. Until [`finish`](Self::finish) its name is not taken, and what it held before stays.
    pub(crate) fn file(path: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::Output { path: path.to_owned(), source };
        // The file behind a link is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let to = match fs::metadata(&target) {
            Ok(known) if known.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(known) if !known.is_file() => {
                let file = OpenOptions::new().write(true).open(&target).map_err(failed)?;
                To::Device { file, path: target }
            }
            _ => To::File { written: temporary(&target).map_err(failed)?, path: target },
        };
        Ok(Self { to, bytes: 0, hash: None })
    }

    /// No place at all, to know what would have been written.
    pub(crate) fn nowhere() -> Self {
        Self { to: To::Nowhere, bytes: 0, hash: None }.hashed()
    }

    /// The same place, with what is written hashed.
    pub(crate) fn hashed(self) -> Self {
        Self { hash: Some(Sha256::new()), ..self }
    }

    /// How many bytes were written, and their SHA-256.
    pub(crate) fn hash(&self) -> Option<(u64, String)> {
        self.hash.clone().map(|hash| (self.bytes, hexadecimal(&hash.finalize())))
    }

    /// Whether nobody sees what is written.
    pub(crate) fn is_nowhere(&self) -> bool {
        matches!(self.to, To::Nowhere)
    }

    /// Whether nothing has been written yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Writes the bytes and leaves none behind.
    pub(crate) fn put(&mut self, bytes: &mut Vec<u8>) -> Result<(), Failure> {
        self.bytes += bytes.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(bytes.as_slice());
        }
        match &mut self.to {
            To::Nowhere => {}
            To::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(Failure::Write)?;
            }
            To::Pager(pager) => pager.put(bytes).map_err(Failure::Write)?,
            To::File { written, path } => {
                written.write_all(bytes).map_err(|source| Failure::Output { path: path.clone(), source })?;
            }
            To::Device { file, path } => {
                file.write_all(bytes).map_err(|source| Failure::Output { path: path.clone(), source })?;
            }
        }
        bytes.clear();
        Ok(())
    }

    /// Gives a file its name. Without it the file is gone.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let To::File { written, path } = self.to else { return Ok(()) };
        match written.persist(&path) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::Output { path, source: error.error }),
        }
    }
}

/// As `sha256sum` prints it.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn temporary(target: &Path) -> io::Result<NamedTempFile> {
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".traillake-").suffix(".part");
    // As any new file: the user's mask decides, not the caution of temporary files.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    remove_if_interrupted(file.path().to_owned());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_finished_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "old").unwrap();

        let mut failed = Destination::file(&path).unwrap();
        failed.put(&mut b"half".to_vec()).unwrap();
        drop(failed);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        let mut done = Destination::file(&path).unwrap();
        done.put(&mut b"new".to_vec()).unwrap();
        done.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_stays_a_device() {
        let mut destination = Destination::file(Path::new("/dev/null")).unwrap();
        destination.put(&mut b"x".to_vec()).unwrap();
        destination.finish().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
