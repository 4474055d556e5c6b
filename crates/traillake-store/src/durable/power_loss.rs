//! Everything that changes a lake on a local disk, with the power failing after every step of the disk: what is left is
//! opened, is the version before or the one after, whole, and has what was answered; and the work, done again, ends where
//! it would have.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use model::{Left, Model};
use recorder::{Recorder, Step};
use work::{Seen, Work, lake, seen};

mod model;
mod recorder;
mod work;

/// An empty folder, by the path that it really has.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

/// Some work: what it was done to, its steps, and what is seen after each version that it made.
struct Course {
    work: Work,
    now_ms: i64,
    before: Model,
    steps: Vec<Step>,
    /// With their versions, which nothing has that is not there.
    seen: Vec<Option<(u64, Seen)>>,
}

impl Course {
    async fn of(work: Work) -> Self {
        let (_folder, path) = folder();
        let now_ms = work.now_ms();
        work.prepare(&path, now_ms).await;
        let before = Model::of(&path);
        let recorder = Arc::new(Recorder::of(&path));
        let fresh = || lake(&path, &recorder, now_ms);
        let first = work.look(&fresh()).await;
        assert!(recorder.take().is_empty(), "who only looks changes nothing");
        work.run(&fresh()).await.unwrap();
        let steps = recorder.take();
        let last = work.look(&fresh()).await;
        work.check_rest(&fresh()).await;
        let mut between = Vec::new();
        if let (Some((first, _)), Some((last, seen_last))) = (&first, &last) {
            let store = fresh().find(&seen_last.attributes.name).await.unwrap().unwrap();
            for version in first + 1..*last {
                between.push(Some((version, seen(&store.snapshot_at(version).await.unwrap()).await)));
            }
        }
        let seen = [first].into_iter().chain(between).chain([last]).collect();
        Self { work, now_ms, before, steps, seen }
    }

    fn last(&self) -> Option<&Seen> {
        self.seen.last().unwrap().as_ref().map(|(_, seen)| seen)
    }

    /// Whether a lake is as after one of the versions, which is not before one that was answered.
    fn allows(&self, found: Option<&(u64, Seen)>, answered: Option<u64>) -> bool {
        let is_late = found.map(|(version, _)| *version) >= answered;
        is_late && self.seen.iter().any(|seen| seen.as_ref() == found)
    }

    /// Opens what is left, and does the work again.
    async fn check(&self, model: &Model, left: &Left, answered: Option<u64>) {
        let (_folder, path) = folder();
        model.write(left, &path);
        let recorder = Arc::new(Recorder::of(&path));
        let found = self.work.look(&lake(&path, &recorder, self.now_ms)).await;
        assert!(self.allows(found.as_ref(), answered), "answered {answered:?}, found {found:?} of {:?}", self.seen);
        self.again(&path, &recorder).await;
    }

    /// Does the work as somebody who comes later.
    async fn again(&self, path: &FilePath, recorder: &Arc<Recorder>) {
        let fresh = || lake(path, recorder, self.now_ms + 10_000);
        let found = self.work.look(&fresh()).await.map(|(_, seen)| seen);
        if !(self.work.is_done_once() && found.as_ref() == self.last()) {
            self.work.run(&fresh()).await.unwrap();
        }
        let found = self.work.look(&fresh()).await.map(|(_, seen)| seen);
        assert_eq!(found.as_ref(), self.last());
        self.work.check_rest(&fresh()).await;
    }
}

/// Which version was answered as durable so far.
#[derive(Default)]
struct Answered {
    linked: Option<u64>,
    version: Option<u64>,
}

impl Answered {
    fn take(&mut self, step: &Step) {
        match step {
            Step::HardLink { to, .. } if to.extension().is_some_and(|extension| extension == "json") => {
                self.linked = to.file_stem().unwrap().to_str().unwrap().parse().ok();
            }
            Step::SyncDirectory(path) if path.ends_with("_delta_log") => self.version = self.version.max(self.linked),
            _ => {}
        }
    }
}

/// Fails the power after every step of some work. How many different states that left.
async fn fails_anywhere(work: Work) -> usize {
    let course = Course::of(work).await;
    let mut model = course.before.clone();
    let (mut answered, mut tried) = (Answered::default(), BTreeSet::new());
    for taken in 0..=course.steps.len() {
        if let Some(step) = taken.checked_sub(1).map(|last| &course.steps[last]) {
            model.take(step);
            answered.take(step);
        }
        // Version 0 is only a claim of a store to be, and a version that says "gone" is never seen.
        let at_least = if matches!(work, Work::Create | Work::Purge) { None } else { answered.version };
        let at_least = if taken == course.steps.len() {
            course.seen.last().unwrap().as_ref().map(|(version, _)| *version)
        } else {
            at_least
        };
        for loss in model.losses() {
            let left = model.after(loss);
            if tried.insert((at_least, left.clone())) {
                eprintln!(
                    "{work:?}: {taken} steps, the last {:?}, {loss:?}",
                    taken.checked_sub(1).map(|last| brief(&course.steps[last]))
                );
                course.check(&model, &left, at_least).await;
            }
        }
    }
    eprintln!("{work:?}: {} steps, {} states", course.steps.len(), tried.len());
    tried.len()
}

fn brief(step: &Step) -> String {
    format!("{step:?}").chars().take(200).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation() {
    fails_anywhere(Work::Create).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import() {
    fails_anywhere(Work::Import).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction() {
    fails_anywhere(Work::Compact).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry() {
    fails_anywhere(Work::Expire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vacuum() {
    fails_anywhere(Work::Vacuum).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_attributes() {
    for work in [Work::Update, Work::Rename, Work::Delete, Work::Restore] {
        fails_anywhere(work).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge() {
    fails_anywhere(Work::Purge).await;
}
