//! A local file system that has stored what it says it has.
//!
//! `object_store`'s own local storage never syncs: after a power failure a file it answered for may be empty or
//! gone. Here every put is a temporary file, synced, then published under its name in one step, then made
//! durable by syncing the directory, and every new directory on the way to it. What is removed stays removed, for the
//! order in which a store's files go is what keeps the rest of them a store, or none: see `lake::purge`.

use std::fmt;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

use disk::{Disk, LocalDisk};
use upload::Upload;
use writer::Writer;
pub(crate) use writer::is_temporary;

mod disk;
mod upload;
mod writer;

const NAME: &str = "DurableFileSystem";
/// How many files are removed before their directories are synced.
const REMOVED_AT_ONCE: usize = 256;

/// The directory of a lake as an object storage whose puts are atomic and durable, and deletions durable.
///
/// The directory need not exist: reading finds it empty, the first put makes it. Needs a file system with hard
/// links; where there are none, the first put says so.
///
/// What another process has put is seen at once, and durable when that process was answered. Who finds its work done by
/// one that was killed between the two, and so does nothing, has not made it durable. The first put into each directory
/// syncs the ones above it, up to the lake, which costs little where nothing has changed in them.
#[derive(Clone, Debug)]
pub struct DurableFileSystem {
    root: PathBuf,
    writer: Writer,
    reads: PrefixStore<LocalFileSystem>,
}

impl DurableFileSystem {
    /// The storage rooted at an absolute path.
    pub fn new(root: &FilePath) -> Result<Self> {
        Self::on_disk(root, Arc::new(LocalDisk))
    }

    fn on_disk(root: &FilePath, disk: Arc<dyn Disk>) -> Result<Self> {
        let reads = PrefixStore::new(LocalFileSystem::new(), Path::from_absolute_path(root)?);
        Ok(Self { root: root.to_owned(), writer: Writer::new(root, disk), reads })
    }

    async fn remove(self, batch: Vec<Result<Path>>) -> Vec<Result<Path>> {
        let targets: Vec<PathBuf> = batch.iter().flatten().map(|location| self.file_path(location)).collect();
        let writer = self.writer.clone();
        let mut outcomes = match blocking(move || Ok(writer.remove(&targets))).await {
            Ok(outcomes) => outcomes.into_iter(),
            Err(error) => return vec![Err(error)],
        };
        let mut outcome = |location: Path| match outcomes.next() {
            Some(Err(error)) => Err(failed(location.as_ref(), error)),
            _ => Ok(location),
        };
        batch.into_iter().map(|location| location.and_then(&mut outcome)).collect()
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
        let (writer, target, name) = (self.writer.clone(), self.file_path(location), location.to_string());
        blocking(move || writer.put(&target, &payload, exclusive).map_err(|error| failed(&name, error))).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    /// Writes the parts to a temporary file, which is published on completion.
    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        if !opts.attributes.is_empty() {
            return Err(not_implemented("put_multipart with attributes"));
        }
        let (writer, target, name) = (self.writer.clone(), self.file_path(location), location.to_string());
        let start = move || Upload::start(writer, target, name.clone()).map_err(|error| failed(&name, error));
        Ok(Box::new(blocking(start).await?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.reads.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.reads.get_ranges(location, ranges).await
    }

    /// Removes the files in the order of their locations. One that was answered is gone for good, one that was not found
    /// too; of those on their way, a few hundred, a power failure may bring back any. Costs a sync of each directory for
    /// each such batch: who deletes one by one pays it for every file.
    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let storage = self.clone();
        let removed = locations.chunks(REMOVED_AT_ONCE).then(move |batch| storage.clone().remove(batch));
        removed.flat_map(stream::iter).boxed()
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

/// A listing in the order of paths: as every object storage lists, and as readers of a Delta log rely on.
fn in_order(listing: BoxStream<'static, Result<ObjectMeta>>) -> BoxStream<'static, Result<ObjectMeta>> {
    let sorted = async move {
        let mut listed: Vec<ObjectMeta> = listing.try_collect().await?;
        listed.sort_unstable_by(|a, b| a.location.cmp(&b.location));
        Result::<_>::Ok(stream::iter(listed).map(Ok))
    };
    stream::once(sorted).try_flatten().boxed()
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
mod power_loss;
#[cfg(test)]
mod tests;
