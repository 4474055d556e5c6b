//! The object store's operations, each noted before it is passed on.

use super::upload::Upload;
use super::{Action, FaultyStorage, Outcome, failure};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

impl FaultyStorage {
    /// Notes an operation and does with `work` what its outcome says.
    pub(super) async fn run<T>(
        &self,
        action: Action,
        path: &Path,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match self.begin(action, path) {
            Outcome::Passed => work.await,
            Outcome::Failed => Err(failure(action, path)),
            Outcome::DoneAndFailed => work.await.and_then(|_| Err(failure(action, path))),
        }
    }

    pub(super) fn inner(&self) -> &Arc<dyn ObjectStore> {
        &self.inner
    }

    fn listing(
        &self,
        prefix: Option<&Path>,
        list: impl FnOnce() -> BoxStream<'static, Result<ObjectMeta>>,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = prefix.cloned().unwrap_or_default();
        match self.begin(Action::List, &prefix) {
            Outcome::Passed => list(),
            _ => stream::once(async move { Err(failure(Action::List, &prefix)) }).boxed(),
        }
    }
}

impl Display for FaultyStorage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyStorage({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FaultyStorage {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.run(Action::Put, location, self.inner.put_opts(location, payload, opts)).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let upload = Upload::new(self.clone(), location.clone(), opts);
        self.run(Action::StartUpload, location, async { Ok(Box::new(upload) as Box<dyn MultipartUpload>) }).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.run(Action::Get, location, self.inner.get_opts(location, options)).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.run(Action::GetRanges, location, self.inner.get_ranges(location, ranges)).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let storage = self.clone();
        // One after the other, so that "the third deletion" means something.
        locations
            .and_then(move |path| {
                let storage = storage.clone();
                async move {
                    storage.run(Action::Delete, &path, storage.inner.delete(&path)).await?;
                    Ok(path)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listing(prefix, || self.inner.list(prefix))
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listing(prefix, || self.inner.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let path = prefix.cloned().unwrap_or_default();
        self.run(Action::List, &path, self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.run(Action::Copy, to, self.inner.copy_opts(from, to, options)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.run(Action::Rename, to, self.inner.rename_opts(from, to, options)).await
    }
}
