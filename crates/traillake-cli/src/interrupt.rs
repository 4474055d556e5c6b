//! Ctrl-C: stops what runs, cleanly.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::failure::Failure;

/// How long a stopped command may take to put its things away.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a command to its end, or to Ctrl-C.
///
/// The command is a task of its own: dropping it takes back what is half done (a temporary file, an import between
/// two commits), and Ctrl-C is heard while it computes.
pub(crate) fn interruptible<T: Send + 'static>(
    runtime: &Runtime,
    command: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    runtime.block_on(async {
        let mut task = tokio::spawn(command);
        tokio::select! {
            done = &mut task => done.unwrap_or_else(|error| Err(Failure::Broken(error))),
            Ok(()) = tokio::signal::ctrl_c() => {
                task.abort();
                let _ = tokio::time::timeout(GRACE, task).await;
                Err(Failure::Interrupted)
            }
        }
    })
}
