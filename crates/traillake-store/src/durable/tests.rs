use std::fs;

use object_store::ObjectStoreExt;

use super::*;

fn create() -> PutOptions {
    PutOptions::from(PutMode::Create)
}

#[tokio::test]
async fn a_create_of_what_exists_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap().join("not yet/there")).unwrap();
    let path = Path::from("a/b/c.json");
    storage.put_opts(&path, "one".into(), create()).await.unwrap();
    let error = storage.put_opts(&path, "two".into(), create()).await.unwrap_err();
    assert!(matches!(error, object_store::Error::AlreadyExists { .. }), "{error}");
    assert_eq!(storage.get(&path).await.unwrap().bytes().await.unwrap(), "one");
    storage.put(&path, "three".into()).await.unwrap();
    assert_eq!(storage.get(&path).await.unwrap().bytes().await.unwrap(), "three");
    let names: Vec<_> = fs::read_dir(folder.path().join("not yet/there/a/b")).unwrap().collect();
    assert_eq!(names.len(), 1, "temporary files stay behind: {names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creates_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap()).unwrap();
    let puts = (0..32).map(|index| {
        let storage = storage.clone();
        tokio::spawn(async move {
            storage.put_opts(&Path::from("x/commit"), index.to_string().into(), create()).await.is_ok()
        })
    });
    let won = futures::future::join_all(puts).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_missing_directory_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap().join("gone")).unwrap();
    assert!(storage.list_with_delimiter(None).await.unwrap().common_prefixes.is_empty());
    assert!(storage.list(None).try_collect::<Vec<_>>().await.unwrap().is_empty());
    assert!(!folder.path().join("gone").exists());
}

#[tokio::test]
async fn parts_become_one_file_on_completion() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap()).unwrap();
    let path = Path::from("x");
    let mut upload = storage.put_multipart(&path).await.unwrap();
    upload.put_part("ab".into()).await.unwrap();
    upload.put_part("cd".into()).await.unwrap();
    assert!(storage.get(&path).await.is_err());
    upload.complete().await.unwrap();
    drop(upload);
    assert_eq!(storage.get(&path).await.unwrap().bytes().await.unwrap(), "abcd");
}

#[tokio::test]
async fn parts_stand_in_the_order_they_were_given_whichever_is_written_first() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap()).unwrap();
    let path = Path::from("a/x");
    let mut upload = storage.put_multipart(&path).await.unwrap();
    let (first, second) = (upload.put_part("ab".into()), upload.put_part("cd".into()));
    second.await.unwrap();
    first.await.unwrap();
    upload.complete().await.unwrap();
    assert_eq!(storage.get(&path).await.unwrap().bytes().await.unwrap(), "abcd");
}

#[tokio::test]
async fn an_upload_given_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap()).unwrap();
    for aborts in [true, false] {
        let mut upload = storage.put_multipart(&Path::from("x")).await.unwrap();
        upload.put_part("ab".into()).await.unwrap();
        if aborts {
            upload.abort().await.unwrap();
        }
        drop(upload);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_path_of_odd_characters_is_itself() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("my läke #1 %20");
    let storage = DurableFileSystem::new(&root).unwrap();
    let path = Path::from("a=b/c d.json");
    storage.put(&path, "x".into()).await.unwrap();
    assert_eq!(storage.get(&path).await.unwrap().bytes().await.unwrap(), "x");
    let listed: Vec<_> = storage.list(None).try_collect().await.unwrap();
    assert_eq!(listed[0].location, path);
}

#[tokio::test]
async fn listings_are_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let storage = DurableFileSystem::new(&folder.path().canonicalize().unwrap()).unwrap();
    for number in [7, 3, 9, 1, 5] {
        storage.put(&Path::from(format!("log/{number:020}.json")), "x".into()).await.unwrap();
    }
    let after = Path::from(format!("log/{:020}.json", 3));
    let listed: Vec<_> = storage.list_with_offset(Some(&Path::from("log")), &after).try_collect().await.unwrap();
    let names: Vec<_> = listed.iter().filter_map(|meta| meta.location.filename()).collect();
    assert_eq!(names, [5, 7, 9].map(|number| format!("{number:020}.json")));
}
