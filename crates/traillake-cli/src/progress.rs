//! How far an import is, on a terminal; silent elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;
use traillake::{ImportProgress, Observer};

use crate::output::{Count, Size, grouped};

/// On a narrow terminal the message is cut at its end.
const TEMPLATE: &str = "{bar:8} {percent}% {wide_msg}";
/// Rates and remaining times of the first moments mean nothing.
const SETTLED: Duration = Duration::from_secs(1);

/// A bar of bytes with files, events, events per second and the time that is left.
pub(crate) struct Progress {
    bar: ProgressBar,
    objects: AtomicU64,
    bytes: AtomicU64,
    started: Instant,
    interrupted: JoinHandle<()>,
}

impl Progress {
    /// A bar on standard error, which shows nothing when that is no terminal. Needs a Tokio runtime.
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_message("looking for files");
        bar.enable_steady_tick(Duration::from_millis(200));
        // An import in the middle of a batch does not hear Ctrl-C at once; its bar stops at once.
        let shown = bar.clone();
        let interrupted = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                shown.finish_and_clear();
            }
        });
        Self { bar, objects: AtomicU64::new(0), bytes: AtomicU64::new(0), started: Instant::now(), interrupted }
    }

    fn message(&self, progress: ImportProgress) -> String {
        let (objects, bytes) = (self.objects.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        let seconds = self.started.elapsed().as_secs_f64();
        let settled = seconds > SETTLED.as_secs_f64() && progress.bytes > 0;
        let left = seconds * bytes.saturating_sub(progress.bytes) as f64 / progress.bytes.max(1) as f64;
        let rate = (progress.events as f64 / seconds) as u64;
        let parts = [
            settled.then(|| format!("{left:.0} s left")),
            Some(format!("{}/{}", grouped(progress.objects), Count(objects, "file"))),
            Some(Size(progress.bytes).to_string()),
            Some(Count(progress.events, "event").to_string()),
            settled.then(|| format!("{}/s", grouped(rate))),
        ];
        parts.into_iter().flatten().map(|part| format!("· {part} ")).collect()
    }
}

impl Drop for Progress {
    /// Takes the bar off the screen.
    fn drop(&mut self) {
        self.interrupted.abort();
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn listed(&self, objects: u64, bytes: u64) {
        self.objects.store(objects, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
        self.bar.set_length(bytes);
        // The template is a constant; should it ever be wrong, the plain bar does.
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            self.bar.set_style(style.progress_chars("━━─"));
        }
        self.progressed(ImportProgress::default());
    }

    fn progressed(&self, progress: ImportProgress) {
        self.bar.set_position(progress.bytes);
        self.bar.set_message(self.message(progress));
    }

    fn committed(&self, _version: u64) {}
}
