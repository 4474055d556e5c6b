//! How far an import is: a bar for people, lines of JSON for programs; and, for people, how far a query is.
//!
//! The import tells a [`Meter`] whatever it has done; how often that is shown is the business of a ticker, so that an
//! import of a million small files is not held up by its own progress.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use traillake::{ImportProgress, ImportReport, Observer, Source};

use crate::arguments::Shown;
use crate::failure::Failure;
use crate::{log, terminal};

mod bar;
mod line;
mod meter;
mod watch;

use bar::Bar;
use line::Line;
use meter::{Meter, Phase};
pub(crate) use watch::Watch;

/// How often it is shown at most.
const TICK: Duration = Duration::from_millis(200);
/// Lines of JSON come at least this often, so that a program sees that the import lives.
const TICKS_SILENT: u32 = 5;
/// How often a line of text is written where there is no terminal.
const TICKS_OF_TEXT: u32 = 25;

/// Where an import is, and who is shown it.
pub(crate) struct Progress {
    meter: Arc<Mutex<Meter>>,
    face: Face,
    ticker: Option<JoinHandle<()>>,
    is_ended: AtomicBool,
}

/// How progress looks.
#[derive(Clone)]
enum Face {
    None,
    Bar(Bar),
    Text,
    Json,
}

impl Face {
    fn new(shown: Shown) -> Self {
        match shown {
            Shown::None => Face::None,
            Shown::Json => Face::Json,
            // The log tells how it goes, and would run into the bar.
            Shown::Auto if log::is_on_stderr() => Face::None,
            Shown::Auto | Shown::Bar if terminal::stderr_is_terminal() => Face::Bar(Bar::new()),
            Shown::Auto => Face::None,
            Shown::Bar => Face::Text,
        }
    }
}

impl Progress {
    /// Starts to show. Needs a Tokio runtime.
    pub(crate) fn start(shown: Shown) -> Self {
        let (face, meter) = (Face::new(shown), Arc::new(Mutex::new(Meter::start())));
        let ticker = (!matches!(face, Face::None)).then(|| tokio::spawn(tick(face.clone(), Arc::clone(&meter))));
        Self { meter, face, ticker, is_ended: AtomicBool::new(false) }
    }

    /// Says what is imported: the size of a pipe is not known before its end.
    pub(crate) fn expect(&self, sources: &[Source]) {
        self.meter().is_size_known = !sources.iter().any(is_pipe);
    }

    /// The import is done; its sources are read once more.
    pub(crate) fn verify(&self, report: &ImportReport) {
        self.meter().verify(report);
    }

    /// Everything is done.
    pub(crate) fn done(&self, report: &ImportReport) {
        self.meter().finish(report);
        self.end(None);
    }

    /// The import failed.
    pub(crate) fn failed(&self, failure: &Failure) {
        self.end(Some(failure.to_string()));
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        lock(&self.meter)
    }

    /// A line at once, whatever the ticker does.
    fn say(&self, phase: Phase, error: Option<String>) {
        if let Face::Json = self.face {
            // Under the lock: the counts of the lines never go back.
            let mut meter = self.meter();
            meter.sample();
            terminal::say(&Line::new(&meter, phase, error).to_string());
        }
    }

    fn end(&self, error: Option<String>) {
        if self.is_ended.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(ticker) = &self.ticker {
            ticker.abort();
        }
        // A ticker that was about to write sees that it is over.
        self.meter().is_over = true;
        self.say(Phase::Done, error);
        if let Face::Bar(bar) = &self.face {
            bar.clear();
        }
    }
}

impl Drop for Progress {
    /// What was not ended by then was stopped.
    fn drop(&mut self) {
        self.end(Some(Failure::Interrupted.to_string()));
    }
}

impl Observer for Progress {
    fn listed(&self, objects: u64, bytes: u64) {
        let is_first = self.meter().listed(objects, bytes);
        if is_first {
            self.say(Phase::Listed, None);
        }
    }

    fn progressed(&self, progress: ImportProgress) {
        self.meter().counts.advance(progress);
    }

    fn committed(&self, version: u64) {
        self.meter().version = Some(version);
        self.say(Phase::Committed, None);
    }

    fn merging(&self) {
        self.meter().phase = Phase::Merging;
    }
}

/// Shows the meter again and again.
async fn tick(face: Face, meter: Arc<Mutex<Meter>>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut shown, mut silent) = (Default::default(), 0);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // An import in the middle of a batch does not hear Ctrl-C at once; its bar stops at once.
            Ok(()) = tokio::signal::ctrl_c(), if matches!(face, Face::Bar(_)) => {
                lock(&meter).is_over = true;
            }
        }
        let mut meter = lock(&meter);
        meter.sample();
        silent += 1;
        match &face {
            Face::Bar(bar) if meter.is_over => return bar.clear(),
            _ if meter.is_over => return,
            Face::Bar(bar) => bar.show(&meter),
            Face::Json if meter.is_listed() && (meter.counts != shown || silent >= TICKS_SILENT) => {
                terminal::say(&Line::new(&meter, meter.phase, None).to_string());
                (shown, silent) = (meter.counts, 0);
            }
            Face::Text if silent >= TICKS_OF_TEXT => {
                terminal::say(&meter.to_string());
                silent = 0;
            }
            Face::Json | Face::Text | Face::None => {}
        }
    }
}

fn lock(meter: &Mutex<Meter>) -> MutexGuard<'_, Meter> {
    meter.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a source can be read only once, and nobody knows how long it is.
pub(crate) fn is_pipe(source: &Source) -> bool {
    match source {
        Source::Stdin => true,
        Source::File(path) => std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()),
        Source::Directory(_) | Source::Glob(_) => false,
    }
}
