//! Ctrl-C: stops what runs, cleanly.

use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::failure::Failure;

/// How long a stopped command may take to put its things away.
const GRACE: Duration = Duration::from_secs(1);

/// Temporary files and folders of a command that may be too busy to remove them itself.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Has a temporary file or folder removed should the command be stopped. One that is gone by then is no harm.
pub(crate) fn remove_if_interrupted(path: PathBuf) {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).push(path);
}

fn remove_temporary() {
    for path in TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // Mostly the command has done it.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// The threads a session's commands run on.
#[derive(Debug)]
pub(crate) struct Workers(Option<Runtime>);

impl Workers {
    /// As many threads as the machine has cores.
    pub(crate) fn start() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Start)?;
        Ok(Self(Some(runtime)))
    }

    /// The runtime to run on.
    pub(crate) fn runtime(&self) -> Result<&Runtime, Failure> {
        self.0.as_ref().ok_or_else(|| Failure::Start(std::io::Error::other("the session's threads are gone")))
    }

    /// Leaves the threads to what was stopped on them and starts new ones: a join that looks up seldom must not keep
    /// the next statement waiting.
    pub(crate) fn renew(&mut self) -> Result<(), Failure> {
        let old = std::mem::replace(self, Self::start()?);
        drop(old);
        Ok(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Nobody waits for a thread that is still busy.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs a command to its end, or to Ctrl-C.
pub(crate) fn interruptible<T: Send + 'static>(
    runtime: &Runtime,
    command: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    interruptible_within(GRACE, runtime, command)
}

/// As [`interruptible`]; what is stopped has so long to put its things away.
///
/// The command is a task of its own: dropping it takes back what is half done (a temporary file, an import between
/// two commits). Signals are heard by a runtime of their own on this thread, for a join may keep every worker of the
/// other busy for minutes.
pub(crate) fn interruptible_within<T: Send + 'static>(
    grace: Duration,
    runtime: &Runtime,
    command: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let listener = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Start)?;
    let mut task = runtime.spawn(command);
    listener.block_on(async {
        tokio::select! {
            done = &mut task => done.unwrap_or_else(|error| Err(Failure::Broken(error))),
            Ok(()) = tokio::signal::ctrl_c() => {
                task.abort();
                let _ = tokio::time::timeout(grace, task).await;
                remove_temporary();
                Err(Failure::Interrupted)
            }
        }
    })
}
