//! Everything that changes a lake on a local disk, with the power failing after every step of the disk: what is left is
//! opened, is the version before or the one after, whole, and has what was answered; and the work, done again, ends where
//! it would have.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use model::{Content, Kept, Left, Loss, Model};
use recorder::{Recorder, Step};
use work::{Seen, Work, lake, seen};

use crate::Lake;

mod answers;
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

    /// Opens what is left, in which nothing may be missing that was answered.
    async fn check(&self, model: &Model, left: &Left, answered: Option<u64>) -> Opened {
        let opened = Opened::of(model, left);
        let found = self.work.look(&opened.lake(self.now_ms)).await;
        assert!(self.allows(found.as_ref(), answered), "answered {answered:?}, found {found:?} of {:?}", self.seen);
        opened
    }

    /// Does the work as somebody who comes later, unless it was done.
    async fn again(&self, opened: &Opened) {
        let fresh = || opened.lake(self.now_ms + 10_000);
        if self.work.is_done_once() && self.work.look(&fresh()).await.as_ref() == self.seen.last().unwrap().as_ref() {
            return;
        }
        self.work.run(&fresh()).await.unwrap();
        self.check_done(opened).await;
        self.work.check_rest(&fresh()).await;
    }

    async fn check_done(&self, opened: &Opened) {
        let found = self.work.look(&opened.lake(self.now_ms + 10_000)).await.map(|(_, seen)| seen);
        assert_eq!(found.as_ref(), self.last());
    }

    /// Which version an answer says is there. Version 0 is only a claim of a store to be, and one that says "gone" is
    /// never seen.
    fn answered(&self, taken: usize) -> Option<u64> {
        match self.work {
            _ if taken == self.steps.len() => self.seen.last().unwrap().as_ref().map(|(version, _)| *version),
            Work::Create | Work::Purge => None,
            _ => answered(&self.steps[..taken]),
        }
    }
}

/// A folder on a disk that was left so.
struct Opened {
    _folder: TempDir,
    path: PathBuf,
    recorder: Arc<Recorder>,
}

impl Opened {
    fn of(model: &Model, left: &Left) -> Self {
        let (folder, path) = folder();
        model.write(left, &path);
        let recorder = Arc::new(Recorder::of(&path));
        Self { _folder: folder, path, recorder }
    }

    /// The lake, as a process sees it that has just started.
    fn lake(&self, now_ms: i64) -> Lake {
        lake(&self.path, &self.recorder, now_ms)
    }
}

/// The newest version whose commit was linked, and its directory synced then.
fn answered(steps: &[Step]) -> Option<u64> {
    let (mut linked, mut answered) = (None, None);
    for step in steps {
        match step {
            Step::HardLink { to, .. } if to.extension().is_some_and(|extension| extension == "json") => {
                linked = to.file_stem().unwrap().to_str().unwrap().parse().ok();
            }
            Step::SyncDirectory(path) if path.ends_with("_delta_log") => answered = answered.max(linked),
            _ => {}
        }
    }
    answered
}

/// Fails the power after every step of some work.
async fn fails_anywhere(work: Work) {
    let course = Course::of(work).await;
    let mut model = course.before.clone();
    let (mut tried, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    for taken in 0..=course.steps.len() {
        model.take_last(&course.steps[..taken]);
        let answered = course.answered(taken);
        for loss in model.losses() {
            let left = model.after(loss);
            if !tried.insert((answered, left.clone())) {
                continue;
            }
            println!("{work:?}: {taken} steps, {loss:?}");
            let opened = course.check(&model, &left, answered).await;
            // What is not listed is in nobody's way: once with it is enough.
            let listed = left.clone().listed();
            if repeated.insert((left == listed, listed)) {
                course.again(&opened).await;
            }
        }
    }
    println!("{work:?}: {} steps, {} states, {} of them repeated", course.steps.len(), tried.len(), repeated.len());
}

/// Kills the process after every step of some work, has another one do it again, and fails the power when that has
/// answered: what it did may not lean on what the first one had not synced.
///
/// Who finds the work done does nothing, and then nobody has synced its last step: that one may be lost. So may
/// deletions: what comes back is garbage.
async fn is_killed_anywhere(work: Work) {
    let course = Course::of(work).await;
    let (mut model, mut killed, mut tried) = (course.before.clone(), BTreeSet::new(), 0);
    let all_lost = Loss { content: Content::Empty, kept: Kept::None };
    for taken in 0..=course.steps.len() {
        model.take_last(&course.steps[..taken]);
        let left = model.after(Loss { content: Content::Whole, kept: Kept::All });
        // A step that changes nothing listed, and nothing that lasts, leaves what the one before left.
        if !killed.insert((left.clone().listed(), model.after(all_lost).listed())) {
            continue;
        }
        println!("{work:?}: killed after {taken} steps");
        let opened = Opened::of(&model, &left);
        course.again(&opened).await;
        let steps = opened.recorder.take();
        if steps.is_empty() {
            continue;
        }
        let mut later = model.clone();
        steps.iter().for_each(|step| later.take(step));
        let losses = if work == Work::Purge { later.losses() } else { vec![all_lost] };
        let left: BTreeSet<Left> = losses.into_iter().map(|loss| later.after(loss).listed()).collect();
        for left in &left {
            course.check_done(&Opened::of(&later, left)).await;
        }
        tried += left.len();
    }
    println!("{work:?}: {} states when killed, {tried} when the power fails later", killed.len());
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

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_first() {
    for work in [Work::Create, Work::Import, Work::Compact, Work::Expire, Work::Update, Work::Rename] {
        is_killed_anywhere(work).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_killed_first() {
    for work in [Work::Vacuum, Work::Purge] {
        is_killed_anywhere(work).await;
    }
}
