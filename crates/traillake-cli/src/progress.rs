//! How far an import is, on a terminal; silent elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::sync::atomic::{AtomicU64, Ordering};
use traillake::{ImportProgress, Observer};

use crate::output::Count;

const TEMPLATE: &str = "{bar:24} {bytes}/{total_bytes} · {msg}{left}";
/// Rates and remaining times of the first moments mean nothing.
const SETTLED: Duration = Duration::from_secs(1);

/// A bar of bytes with files, events, events per second and the time that is left.
pub(crate) struct Progress {
    bar: ProgressBar,
    objects: AtomicU64,
    started: Instant,
}

impl Progress {
    /// A bar on standard error, which shows nothing when that is no terminal.
    pub(crate) fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_message("looking for files");
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, objects: AtomicU64::new(0), started: Instant::now() }
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn message(&self, progress: ImportProgress) -> String {
        let files = format!("{} of {}", progress.objects, Count(self.objects.load(Ordering::Relaxed), "file"));
        let events = Count(progress.events, "event");
        let elapsed = self.started.elapsed();
        if elapsed < SETTLED {
            return format!("{files} · {events}");
        }
        let rate = progress.events as f64 / elapsed.as_secs_f64();
        format!("{files} · {events} · {}/s", Count(rate as u64, "event"))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // Ctrl-C must not leave half a bar behind.
        self.clear();
    }
}

impl Observer for Progress {
    fn listed(&self, objects: u64, bytes: u64) {
        self.objects.store(objects, Ordering::Relaxed);
        self.bar.set_length(bytes);
        // The template is a constant; should it ever be wrong, the plain bar does.
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            self.bar.set_style(style.progress_chars("━━─").with_key("left", left));
        }
        self.progressed(ImportProgress::default());
    }

    fn progressed(&self, progress: ImportProgress) {
        self.bar.set_position(progress.bytes);
        self.bar.set_message(self.message(progress));
    }

    fn committed(&self, _version: u64) {}
}

fn left(state: &ProgressState, to: &mut dyn std::fmt::Write) {
    if state.elapsed() > SETTLED && state.pos() > 0 {
        // A bar that cannot be written is not worth an error.
        let _ = write!(to, " · {} s left", state.eta().as_secs());
    }
}
