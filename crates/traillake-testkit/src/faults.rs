//! Storage that stops working at a chosen step, as it would for a process that crashes there.
//!
//! Run the work once to count its steps, then once more for each of them:
//!
//! ```
//! # async fn work(_: &dyn object_store::ObjectStore) -> object_store::Result<()> { Ok(()) }
//! # async fn crash_test() -> object_store::Result<()> {
//! use traillake_testkit::faults::{Fault, FaultyStorage};
//!
//! let whole = FaultyStorage::in_memory();
//! work(&whole).await?;
//! for step in 0..whole.mutations() {
//!     for fault in [Fault::Before(step), Fault::After(step)] {
//!         let storage = FaultyStorage::in_memory();
//!         storage.arm(fault);
//!         assert!(work(&storage).await.is_err());
//!         let found = storage.reopened(); // what the next process finds: the old state or the new one
//!         # drop(found);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A **mutation** is a put, the start, a part, the completion or the end of an upload in parts, the deletion of one
//! object, a copy, a rename. Everything else is a **read**. An upload in parts reaches the wrapped storage at its
//! completion, as one put: whatever that storage does, nothing half-written can be read.

mod storage;
mod upload;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;
use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where storage stops working. Steps are mutations, counted from 0 at [`FaultyStorage::arm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The step is not done, and nothing after it: no mutation and no read.
    Before(u64),
    /// The step is done but answered with an error, as when the answer is lost; then as above.
    After(u64),
}

/// What was asked of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An object, whole.
    Put,
    /// The start of an upload in parts.
    StartUpload,
    /// One part of an upload.
    PutPart,
    /// The end of an upload: from here on there is an object.
    CompleteUpload,
    /// An upload given up.
    AbortUpload,
    /// One object deleted.
    Delete,
    /// One object copied; the path is the target's.
    Copy,
    /// One object renamed; the path is the target's.
    Rename,
    /// An object or its metadata read.
    Get,
    /// Several ranges of an object read at once.
    GetRanges,
    /// A listing; the path is the prefix.
    List,
}

impl Action {
    /// Whether it is a mutation, and so a step.
    pub fn mutates(self) -> bool {
        !matches!(self, Self::Get | Self::GetRanges | Self::List)
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went to the wrapped storage, which gave the answer (which may be an error of its own).
    Passed,
    /// It was done and answered with an error.
    DoneAndFailed,
    /// It was not done.
    Failed,
}

/// One operation, in the order in which they began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What was asked.
    pub action: Action,
    /// Of which object or prefix.
    pub path: Path,
    /// What became of it.
    pub outcome: Outcome,
}

impl Display for Operation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} ({:?})", self.action, self.path, self.outcome)
    }
}

/// An object store that counts what is asked of another one, and stops working where it is told to.
///
/// Clones share counts and fault: keep one while another is at work.
#[derive(Debug, Clone)]
pub struct FaultyStorage {
    inner: Arc<dyn ObjectStore>,
    record: Arc<Mutex<Record>>,
}

#[derive(Debug, Default)]
struct Record {
    fault: Option<Fault>,
    operations: Vec<Operation>,
    mutations: u64,
    dead: bool,
}

impl FaultyStorage {
    /// Wraps storage. It works until a fault is armed.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, record: Arc::default() }
    }

    /// Wraps empty memory.
    pub fn in_memory() -> Self {
        Self::new(Arc::new(InMemory::new()))
    }

    /// Sets where storage stops working, and begins to count anew.
    pub fn arm(&self, fault: Fault) {
        *self.record() = Record { fault: Some(fault), ..Record::default() };
    }

    /// The same objects without fault or counts: what the next process finds. Unfinished uploads are gone.
    pub fn reopened(&self) -> Self {
        Self::new(Arc::clone(&self.inner))
    }

    /// How many mutations were asked for, failed ones included.
    pub fn mutations(&self) -> u64 {
        self.record().mutations
    }

    /// How many reads were asked for, failed ones included.
    pub fn reads(&self) -> u64 {
        let record = self.record();
        record.operations.len() as u64 - record.mutations
    }

    /// Whether storage has stopped working.
    pub fn has_failed(&self) -> bool {
        self.record().dead
    }

    /// Everything that was asked for, in order.
    pub fn operations(&self) -> Vec<Operation> {
        self.record().operations.clone()
    }

    /// Notes an operation and says what is to become of it.
    fn begin(&self, action: Action, path: &Path) -> Outcome {
        let mut record = self.record();
        let step = record.mutations;
        record.mutations += u64::from(action.mutates());
        let outcome = match record.fault {
            _ if record.dead => Outcome::Failed,
            Some(Fault::Before(at)) if action.mutates() && step >= at => Outcome::Failed,
            Some(Fault::After(at)) if action.mutates() && step >= at => Outcome::DoneAndFailed,
            _ => Outcome::Passed,
        };
        record.dead |= outcome != Outcome::Passed;
        record.operations.push(Operation { action, path: path.clone(), outcome });
        outcome
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A test that panicked elsewhere still wants to see what was counted.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error of an operation that failed on purpose.
fn failure(action: Action, path: &Path) -> object_store::Error {
    let told = format!("{action:?} {path}: storage stopped working here, as the test asked for");
    object_store::Error::Generic { store: "FaultyStorage", source: told.into() }
}

#[cfg(test)]
mod tests;
