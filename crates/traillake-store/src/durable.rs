//! A local file system that has stored what it says it has.
//!
//! `object_store`'s own local storage never syncs: after a power failure a file it answered for may be empty or
//! gone. Here every put is a temporary file, synced, then published under its name in one step, then made
//! durable by syncing the directory, and every new directory on the way to it.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

const NAME: &str = "DurableFileSystem";

/// The directory of a lake as an object storage whose puts are atomic and durable.
///
/// The directory need not exist: reading finds it empty, the first put makes it. Needs a file system with hard
/// links; where there are none, the first put says so.
#[derive(Clone, Debug)]
pub struct DurableFileSystem {
    root: PathBuf,
    reads: PrefixStore<LocalFileSystem>,
}

impl DurableFileSystem {
    /// The storage rooted at an absolute path.
    pub fn new(root: &FilePath) -> Result<Self> {
        let prefix = Path::from_absolute_path(root)?;
        Ok(Self { root: root.to_owned(), reads: PrefixStore::new(LocalFileSystem::new(), prefix) })
    }

    fn file_path(&self, location: &Path) -> PathBuf {
        location.parts().fold(self.root.clone(), |path, part| path.join(part.as_ref()))
    }
}

impl fmt::Display for DurableFileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}({})", self.root.display())
    }
}

#[async_trait]
impl ObjectStore for DurableFileSystem {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        if let PutMode::Update(_) = opts.mode {
            return Err(not_implemented("put with PutMode::Update"));
        }
        if !opts.attributes.is_empty() {
            return Err(not_implemented("put with attributes"));
        }
        let exclusive = opts.mode == PutMode::Create;
        let (target, name) = (self.file_path(location), location.to_string());
        blocking(move || put(&target, &payload, exclusive).map_err(|error| failed(&name, error))).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    /// Writes the parts to a temporary file, which is published on completion.
    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        if !opts.attributes.is_empty() {
            return Err(not_implemented("put_multipart with attributes"));
        }
        let (target, name) = (self.file_path(location), location.to_string());
        let upload =
            blocking(move || Upload::start(target, name.clone()).map_err(|error| failed(&name, error))).await?;
        Ok(Box::new(upload))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.reads.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.reads.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.reads.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        in_order(self.reads.list(prefix))
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        in_order(self.reads.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.reads.list_with_delimiter(prefix).await
    }

    /// Not durable: nothing of a store is ever copied.
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.reads.copy_opts(from, to, options).await
    }

    /// Not durable: nothing of a store is ever renamed.
    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.reads.rename_opts(from, to, options).await
    }
}

/// Parts on their way into one file. Dropped before its completion it leaves nothing.
#[derive(Debug)]
struct Upload {
    target: PathBuf,
    /// The location, for errors.
    name: String,
    temporary: PathBuf,
    /// Parts may be written in any order, each at its own place.
    file: Arc<Mutex<File>>,
    /// Where the next part begins.
    end: u64,
    is_published: bool,
}

impl Upload {
    fn start(target: PathBuf, name: String) -> io::Result<Self> {
        create_durable_directory(folder_of(&target)?)?;
        let (temporary, file) = create_temporary(&target)?;
        Ok(Self { target, name, temporary, file: Arc::new(Mutex::new(file)), end: 0, is_published: false })
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (file, start, name) = (Arc::clone(&self.file), self.end, self.name.clone());
        self.end += data.content_length() as u64;
        Box::pin(blocking(move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let written = file.seek(SeekFrom::Start(start));
            written.and_then(|_| data.iter().try_for_each(|bytes| file.write_all(bytes))).map_err(|e| failed(&name, e))
        }))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (file, name) = (Arc::clone(&self.file), self.name.clone());
        let (temporary, target) = (self.temporary.clone(), self.target.clone());
        let publish = move || {
            file.lock().unwrap_or_else(PoisonError::into_inner).sync_all()?;
            fs::rename(&temporary, &target)?;
            sync_directory(folder_of(&target)?)
        };
        blocking(move || publish().map_err(|error| failed(&name, error))).await?;
        self.is_published = true;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        let (temporary, name) = (self.temporary.clone(), self.name.clone());
        blocking(move || fs::remove_file(&temporary).map_err(|error| failed(&name, error))).await
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_published {
            // Left behind it would be garbage that listings pass over, no more.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A listing in the order of paths: as every object storage lists, and as readers of a Delta log rely on.
fn in_order(listing: BoxStream<'static, Result<ObjectMeta>>) -> BoxStream<'static, Result<ObjectMeta>> {
    let sorted = async move {
        let mut listed: Vec<ObjectMeta> = listing.try_collect().await?;
        listed.sort_unstable_by(|a, b| a.location.cmp(&b.location));
        Result::<_>::Ok(stream::iter(listed).map(Ok))
    };
    stream::once(sorted).try_flatten().boxed()
}

/// Writes and publishes one file. When it returns, the file is durable under its name.
fn put(target: &FilePath, payload: &PutPayload, exclusive: bool) -> io::Result<()> {
    let directory = folder_of(target)?;
    create_durable_directory(directory)?;
    let (temporary, file) = create_temporary(target)?;
    let published = write_synced(file, payload).and_then(|()| match exclusive {
        true => fs::hard_link(&temporary, target).map_err(explain_link),
        false => fs::rename(&temporary, target),
    });
    if exclusive || published.is_err() {
        // Left behind it would be garbage that listings pass over, no more.
        let _ = fs::remove_file(&temporary);
    }
    published?;
    sync_directory(directory)
}

fn folder_of(target: &FilePath) -> io::Result<&FilePath> {
    target.parent().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "a path without a folder"))
}

fn write_synced(mut file: File, payload: &PutPayload) -> io::Result<()> {
    payload.iter().try_for_each(|bytes| file.write_all(bytes))?;
    file.sync_all()
}

/// A new file beside the target. A name that ends in `#` and digits is what `object_store` leaves out of
/// listings.
fn create_temporary(target: &FilePath) -> io::Result<(PathBuf, File)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name = target.as_os_str().to_owned();
        name.push(format!("#{}{number:06}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            Ok(file) => return Ok((PathBuf::from(name), file)),
            // Left by a process of the same id that did not live to remove it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a file of this name is one that is being written, or was when its process ended.
pub(crate) fn is_temporary(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Makes a directory and those above it, each durable in its parent.
fn create_durable_directory(directory: &FilePath) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let Some(parent) = directory.parent() else { return Ok(()) };
    create_durable_directory(parent)?;
    match fs::create_dir(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        // Made by another writer, perhaps not synced yet: a second sync costs little.
        _ => sync_directory(parent),
    }
}

fn sync_directory(directory: &FilePath) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file; there the file system orders its own metadata.
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
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

fn failed(path: &str, error: io::Error) -> object_store::Error {
    let (path, kind, source) = (path.to_owned(), error.kind(), error.into());
    match kind {
        ErrorKind::AlreadyExists => object_store::Error::AlreadyExists { path, source },
        ErrorKind::NotFound => object_store::Error::NotFound { path, source },
        ErrorKind::PermissionDenied => object_store::Error::PermissionDenied { path, source },
        _ => object_store::Error::Generic { store: NAME, source },
    }
}

fn not_implemented(operation: &str) -> object_store::Error {
    object_store::Error::NotImplemented { operation: operation.to_owned(), implementer: NAME.to_owned() }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|source| object_store::Error::JoinError { source })?
}

#[cfg(test)]
mod tests;
