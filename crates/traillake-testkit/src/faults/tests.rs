use super::*;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, Result};

/// Seven mutations and three reads.
async fn work(storage: &dyn ObjectStore) -> Result<()> {
    storage.put(&"a".into(), "one".into()).await?;
    storage.get(&"a".into()).await?.bytes().await?;
    let mut upload = storage.put_multipart(&"b".into()).await?;
    upload.put_part("two".into()).await?;
    upload.put_part("three".into()).await?;
    upload.complete().await?;
    storage.head(&"b".into()).await?;
    storage.copy(&"b".into(), &"c".into()).await?;
    storage.delete(&"a".into()).await?;
    storage.list(None).try_collect::<Vec<_>>().await?;
    Ok(())
}

async fn content(storage: &FaultyStorage) -> Vec<String> {
    let mut paths: Vec<_> = storage.list(None).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap();
    paths.sort();
    paths
}

#[tokio::test]
async fn without_a_fault_everything_passes_and_is_counted() {
    let storage = FaultyStorage::in_memory();
    work(&storage).await.unwrap();
    assert_eq!((storage.mutations(), storage.reads(), storage.has_failed()), (7, 3, false));
    let told: Vec<_> = storage.operations().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "Put a (Passed)",
            "Get a (Passed)",
            "StartUpload b (Passed)",
            "PutPart b (Passed)",
            "PutPart b (Passed)",
            "CompleteUpload b (Passed)",
            "Get b (Passed)",
            "Copy c (Passed)",
            "Delete a (Passed)",
            "List  (Passed)",
        ]
    );
    assert_eq!(content(&storage).await, ["b", "c"]);
    assert_eq!(storage.get(&"b".into()).await.unwrap().bytes().await.unwrap(), "twothree");
}

#[tokio::test]
async fn after_the_fault_nothing_works_and_the_rest_is_as_it_was() {
    let left: [&[&str]; 8] = [&[], &["a"], &["a"], &["a"], &["a"], &["a", "b"], &["a", "b", "c"], &["b", "c"]];
    for step in 0..7 {
        for (fault, found) in
            [(Fault::Before(step), left[step as usize]), (Fault::After(step), left[step as usize + 1])]
        {
            let storage = FaultyStorage::in_memory();
            storage.arm(fault);
            let error = work(&storage).await.unwrap_err();
            assert!(error.to_string().contains("as the test asked for"), "{error}");
            assert!(storage.has_failed());
            assert!(storage.get(&"a".into()).await.is_err(), "reads fail after a crash");
            assert!(storage.list(None).next().await.unwrap().is_err());
            assert!(storage.put(&"z".into(), "late".into()).await.is_err());
            assert_eq!(content(&storage.reopened()).await, found, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_fault_beyond_the_last_step_never_comes() {
    let storage = FaultyStorage::in_memory();
    storage.arm(Fault::Before(7));
    work(&storage).await.unwrap();
    assert!(!storage.has_failed());
}

#[tokio::test]
async fn half_an_upload_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let local: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    for storage in [FaultyStorage::in_memory(), FaultyStorage::new(local)] {
        let mut upload = storage.put_multipart(&"half".into()).await.unwrap();
        upload.put_part("first".into()).await.unwrap();
        let second = upload.put_part("second".into());
        assert!(matches!(storage.get(&"half".into()).await, Err(Error::NotFound { .. })));
        assert!(content(&storage).await.is_empty());
        upload.complete().await.unwrap_err();
        assert!(content(&storage).await.is_empty(), "an upload with a missing part does not complete");
        second.await.unwrap();
        upload.complete().await.unwrap();
        assert_eq!(storage.get(&"half".into()).await.unwrap().bytes().await.unwrap(), "firstsecond");
    }
}

#[tokio::test]
async fn errors_of_the_storage_itself_are_its_own() {
    let storage = FaultyStorage::in_memory();
    let create = || PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    storage.put_opts(&"a".into(), "one".into(), create()).await.unwrap();
    storage.arm(Fault::After(0));
    let lost = storage.put_opts(&"a".into(), "two".into(), create()).await.unwrap_err();
    assert!(matches!(lost, Error::AlreadyExists { .. }), "a step that did nothing tells why: {lost}");
    assert!(storage.has_failed());
}

#[tokio::test]
async fn deletions_are_counted_one_by_one() {
    let storage = FaultyStorage::in_memory();
    for name in ["a", "b", "c"] {
        storage.put(&name.into(), "x".into()).await.unwrap();
    }
    storage.arm(Fault::Before(2));
    let paths = stream::iter(["a", "b", "c"].map(|name| Ok(Path::from(name)))).boxed();
    let deleted: Vec<_> = storage.delete_stream(paths).collect().await;
    assert_eq!(deleted.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(content(&storage.reopened()).await, ["c"]);
}
