//! Lakes without a disk.

use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use traillake::{Lake, LakeOptions, Source};
use url::Url;

/// An empty lake in memory.
pub(crate) fn in_memory() -> Lake {
    over(Arc::new(InMemory::new()), "memory:///lake")
}

/// The lake in a storage.
pub(crate) fn over(storage: Arc<dyn ObjectStore>, root: &str) -> Lake {
    let stores = traillake_store::Lake::with_storage(storage, Url::parse(root).unwrap());
    Lake::over_storage(stores, &LakeOptions::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_is_no_directory_leaves_no_file_out() {
    let trail = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/trail/AWSLogs/777788889999");
    for root in ["memory:///", "memory:///tmp", "memory:///lake"] {
        let lake = over(Arc::new(InMemory::new()), root);
        let report = lake.import("events", [Source::Directory(trail.clone())]).await.unwrap();
        assert!(report.events > 0, "a lake at {root}\n{report}");
    }
}
