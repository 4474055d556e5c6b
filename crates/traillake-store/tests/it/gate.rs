//! A storage that holds one put back, as for a process that is stopped there and goes on later.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Notify;

/// Holds the put with a number, from 0, until it is released.
#[derive(Debug)]
pub(crate) struct Gate {
    storage: Arc<InMemory>,
    puts: AtomicUsize,
    held: usize,
    reached: Notify,
    released: Notify,
}

impl Gate {
    pub(crate) fn new(storage: &Arc<InMemory>, held: usize) -> Arc<Self> {
        let storage = Arc::clone(storage);
        Arc::new(Self { storage, puts: 0.into(), held, reached: Notify::new(), released: Notify::new() })
    }

    /// Runs `work` up to the put that is held, then `meanwhile`, then the rest of the work.
    pub(crate) async fn during<T, U>(
        &self,
        work: impl Future<Output = T>,
        meanwhile: impl Future<Output = U>,
    ) -> (T, U) {
        let meanwhile = async {
            self.reached.notified().await;
            let done = meanwhile.await;
            self.released.notify_one();
            done
        };
        tokio::join!(work, meanwhile)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Gate {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        if self.puts.fetch_add(1, Ordering::SeqCst) == self.held {
            self.reached.notify_one();
            self.released.notified().await;
        }
        self.storage.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.storage.put_multipart_opts(path, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.storage.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.storage.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.storage.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.storage.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.storage.copy_opts(from, to, options).await
    }
}
