//! Writers of one store, one after another.
//!
//! A commit that lost to another writer's is made anew, on the version of the winner. Among many writers somebody may
//! lose for minutes, and all of what is written meanwhile is written for nothing. So each takes its turn before it makes
//! a version, where the storage is a directory: a lock on the directory of the log, which the system takes back from a
//! process that dies.
//!
//! It is a courtesy. Nothing relies on it: who gets no turn within [`PATIENCE`], or has no directory to lock, tries
//! without, and the name of the commit decides as ever.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::layout;
use crate::store::EventDataStore;

/// How long a writer waits. A turn is as long as it takes to write a batch; a process that was stopped in the middle of
/// one must not stop the others.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one asks that has just come. Who waits for long asks more often, and so comes first.
const ASKS_EVERY: Duration = Duration::from_millis(32);

/// A writer's turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    /// Its lock, where there is one.
    _log: Option<File>,
    has_waited: bool,
}

impl Turn {
    /// Whether others may have made versions while this writer waited: what it knows of the store is old.
    pub fn has_waited(&self) -> bool {
        self.has_waited
    }
}

/// Waits for the turn of a writer.
pub(crate) async fn wait(store: &EventDataStore) -> Turn {
    let directory = store.lake().directory();
    let Some(log) = directory.and_then(|lake| open(lake.join(layout::log(store.id()).as_ref()))) else {
        return Turn { _log: None, has_waited: false };
    };
    let came = Instant::now();
    let mut has_waited = false;
    loop {
        match log.try_lock() {
            Ok(()) => return Turn { _log: Some(log), has_waited },
            Err(TryLockError::WouldBlock) if came.elapsed() < PATIENCE => {}
            Err(_) => return Turn { _log: None, has_waited },
        }
        has_waited = true;
        tokio::time::sleep(pause(came.elapsed())).await;
    }
}

/// How long to wait before asking again.
fn pause(waited: Duration) -> Duration {
    ASKS_EVERY / (1 + u32::try_from(waited.as_secs()).unwrap_or(u32::MAX).min(31))
}

/// A directory to lock; there are systems that do not open one.
fn open(log: PathBuf) -> Option<File> {
    File::open(log).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Create, CreateOptions, Lake};

    async fn store(location: &str) -> EventDataStore {
        let lake = Lake::open(location).await.unwrap();
        match lake.create("trail", CreateOptions::default()).await.unwrap() {
            Create::Done(store) => store,
            Create::NameTaken(store) => store,
        }
    }

    #[tokio::test]
    async fn one_writer_at_a_time_has_the_turn() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path().to_str().unwrap()).await;
        let first = wait(&store).await;
        assert!(first._log.is_some() && !first.has_waited());

        let waiting = tokio::spawn({
            let store = store.clone();
            async move { wait(&store).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        let second = waiting.await.unwrap();
        assert!(second._log.is_some() && second.has_waited());
    }

    #[tokio::test]
    async fn a_storage_without_directories_has_no_turns() {
        let storage = std::sync::Arc::new(object_store::memory::InMemory::new());
        let lake = Lake::with_storage(storage, "memory:///".parse().unwrap());
        let Create::Done(store) = lake.create("trail", CreateOptions::default()).await.unwrap() else { panic!() };
        let (first, second) = (wait(&store).await, wait(&store).await);
        assert!(first._log.is_none() && second._log.is_none() && !second.has_waited());
    }

    #[test]
    fn who_waits_for_long_asks_more_often() {
        assert_eq!(pause(Duration::ZERO), ASKS_EVERY);
        assert_eq!(pause(Duration::from_secs(3)), ASKS_EVERY / 4);
        assert_eq!(pause(Duration::from_secs(90)), Duration::from_millis(1));
    }
}
