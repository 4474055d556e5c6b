//! What a storage answers, and what is left of it when the power fails at any step after that.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::folder;
use super::model::{Content, Kept, Loss, Model};
use super::recorder::{Recorder, Step};
use crate::durable::DurableFileSystem;

/// What is to be found at a path from a step on: bytes, or nothing.
struct Answer {
    step: usize,
    path: &'static str,
    bytes: Option<&'static str>,
}

/// A storage that is used, and what it has answered.
struct Used {
    storage: DurableFileSystem,
    recorder: Arc<Recorder>,
    steps: Vec<Step>,
    answers: Vec<Answer>,
}

impl Used {
    fn of(folder: &FilePath) -> Self {
        let recorder = Arc::new(Recorder::of(folder));
        let storage = DurableFileSystem::on_disk(&folder.join("new/lake"), Arc::clone(&recorder) as _).unwrap();
        Self { storage, recorder, steps: Vec::new(), answers: Vec::new() }
    }

    /// Notes an answer, of what was done since the last.
    fn answered(&mut self, path: &'static str, bytes: Option<&'static str>) {
        self.steps.extend(self.recorder.take());
        self.answers.push(Answer { step: self.steps.len(), path, bytes });
    }

    async fn put(&mut self, path: &'static str, bytes: &'static str) {
        self.storage.put(&Path::from(path), bytes.into()).await.unwrap();
        self.answered(path, Some(bytes));
    }

    async fn create(&mut self, path: &'static str, bytes: &'static str) {
        let options = PutOptions::from(PutMode::Create);
        if self.storage.put_opts(&Path::from(path), bytes.into(), options).await.is_ok() {
            self.answered(path, Some(bytes));
        }
    }

    async fn upload(&mut self, path: &'static str, bytes: &'static str) {
        let mut upload = self.storage.put_multipart(&Path::from(path)).await.unwrap();
        let parts = bytes.split_inclusive(' ').map(|part| upload.put_part(part.into())).collect::<Vec<_>>();
        futures::future::join_all(parts.into_iter().rev()).await;
        upload.complete().await.unwrap();
        self.answered(path, Some(bytes));
    }

    async fn delete(&mut self, path: &'static str) {
        let deleted = self.storage.delete(&Path::from(path)).await;
        assert!(matches!(deleted, Ok(()) | Err(object_store::Error::NotFound { .. })), "{deleted:?}");
        self.answered(path, None);
    }

    /// What may be found at a path after so many steps: what was answered last, or what was on its way then.
    fn allowed(&self, path: &str, taken: usize) -> Vec<Option<&'static str>> {
        let of_path = || self.answers.iter().filter(|answer| answer.path == path);
        let last = of_path().rfind(|answer| answer.step <= taken);
        let next = of_path().find(|answer| answer.step > taken);
        let mut allowed = vec![last.and_then(|answer| answer.bytes)];
        allowed.extend(next.map(|answer| answer.bytes));
        allowed
    }
}

#[tokio::test]
async fn what_was_answered_is_there_whatever_fails_then() {
    let (_folder, path) = folder();
    let before = Model::of(&path);
    let mut used = Used::of(&path);
    used.put("a/b/file", "one").await;
    used.put("a/b/file", "two two").await;
    used.create("a/b/commit", "first").await;
    used.create("a/b/commit", "second").await;
    used.upload("a/c/parts", "some parts come late").await;
    used.delete("a/b/file").await;
    used.delete("a/b/file").await;
    used.put("a/b/file", "three").await;
    used.delete("a/b/commit").await;
    used.create("a/b/commit", "third").await;

    let (mut model, mut tried) = (before, BTreeSet::new());
    for taken in 0..=used.steps.len() {
        model.take_last(&used.steps[..taken]);
        for loss in model.losses() {
            let left = model.after(loss);
            if !tried.insert((used.answers.partition_point(|answer| answer.step <= taken), left.clone())) {
                continue;
            }
            let (_folder, path) = folder();
            model.write(&left, &path);
            let storage = DurableFileSystem::new(&path.join("new/lake")).unwrap();
            for name in ["a/b/file", "a/b/commit", "a/c/parts"] {
                let found = match storage.get(&Path::from(name)).await {
                    Ok(found) => Some(found.bytes().await.unwrap()),
                    Err(object_store::Error::NotFound { .. }) => None,
                    Err(error) => panic!("{error}"),
                };
                let allowed = used.allowed(name, taken);
                let is_allowed = allowed.iter().any(|allowed| allowed.map(str::as_bytes) == found.as_deref());
                assert!(is_allowed, "{name} after {taken} steps and {loss:?}: {found:?}, not of {allowed:?}");
            }
        }
    }
    println!("{} steps, {} states", used.steps.len(), tried.len());
}

#[tokio::test]
async fn what_is_left_when_nothing_is_lost_is_what_is_there() {
    let (_folder, path) = folder();
    let mut model = Model::of(&path);
    let mut used = Used::of(&path);
    used.upload("a/c/parts", "some parts come late").await;
    used.put("a/b/file", "one").await;
    used.delete("a/c/parts").await;
    used.steps.iter().for_each(|step| model.take(step));
    let (_other, other) = folder();
    model.write(&model.after(Loss { content: Content::Whole, kept: Kept::None }), &other);
    assert_eq!(fs::read(other.join("new/lake/a/b/file")).unwrap(), b"one");
    for folder in ["new/lake/a/b", "new/lake/a/c", "new/lake/a"] {
        let names = |root: &FilePath| {
            let entries = fs::read_dir(root.join(folder)).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&path), names(&other), "{folder}");
    }
}
