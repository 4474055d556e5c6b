//! How far a query is, for a person who waits for it.

use std::time::Duration;

use futures::{Stream, StreamExt};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use traillake::{QueryStatistics, Results};

use super::TICK;
use crate::output::{Count, Size, grouped};
use crate::{log, terminal};

/// Of a smaller share nothing is foretold.
const SHARE_MIN: f64 = 0.05;
/// Shorter queries show nothing.
const PATIENCE: Duration = Duration::from_millis(700);

/// Tells a person on a terminal what a query reads, while rows are waited for.
pub(crate) struct Watch {
    is_seen: bool,
}

impl Watch {
    pub(crate) fn new() -> Self {
        // The log tells what happens, and would run into the line.
        Self { is_seen: terminal::stderr_is_terminal() && !log::is_on_stderr() }
    }

    /// The next rows. The line is off the screen when they come.
    pub(crate) async fn next(&self, results: &mut Results) -> Option<<Results as Stream>::Item> {
        if !self.is_seen {
            return results.next().await;
        }
        let mut ticks = interval_at(Instant::now() + PATIENCE, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shown: Option<ProgressBar> = None;
        loop {
            tokio::select! {
                biased;
                rows = results.next() => {
                    shown.iter().for_each(ProgressBar::finish_and_clear);
                    return rows;
                }
                _ = ticks.tick() => {
                    let bar = shown.get_or_insert_with(line);
                    bar.set_message(told(&results.statistics()));
                    bar.tick();
                }
            }
        }
    }
}

fn line() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

/// `64 % · 3,200,000 events scanned · 1,600,000/s · 120 MB read · 40 files · 12 rows · 2 s · about 1 s left`
fn told(statistics: &QueryStatistics) -> String {
    let seconds = statistics.elapsed.as_secs_f64();
    let rate = (statistics.events_scanned as f64 / seconds.max(f64::MIN_POSITIVE)) as u64;
    let rows = (statistics.rows > 0).then(|| Count(statistics.rows, "row").to_string());
    let done = done(statistics);
    let files = statistics.files.saturating_sub(statistics.files_pruned);
    let parts = [
        done.map(|done| format!("{:.0} %", done * 100.0)),
        Some(format!("{} scanned", Count(statistics.events_scanned, "event"))),
        Some(format!("{}/s", grouped(rate))),
        Some(format!("{} read", Size(statistics.bytes_scanned))),
        (files > 0).then(|| Count(files, "file").to_string()),
        rows,
        Some(format!("{seconds:.0} s")),
        done.map(|done| format!("about {:.0} s left", (seconds / done * (1.0 - done)).ceil())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The share of the events that are behind; `None` while that says nothing yet, and when all are behind and the
/// answer is put together.
fn done(statistics: &QueryStatistics) -> Option<f64> {
    let behind = statistics.events_scanned + statistics.rows_pruned_by_pages;
    let done = behind as f64 / statistics.events_in_files as f64;
    (SHARE_MIN..1.0).contains(&done).then_some(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_read_and_how_fast() {
        let mut statistics = QueryStatistics {
            events_scanned: 3_200_000,
            bytes_scanned: 120_000_000,
            elapsed: Duration::from_secs(2),
            ..QueryStatistics::default()
        };
        assert_eq!(told(&statistics), "3,200,000 events scanned · 1,600,000/s · 120 MB read · 2 s");
        (statistics.events_in_files, statistics.files) = (5_000_000, 40);
        let line = "64 % · 3,200,000 events scanned · 1,600,000/s · 120 MB read · 40 files · 2 s · about 2 s left";
        assert_eq!(told(&statistics), line);
        // All of them are behind: the rest is sorting.
        statistics.events_in_files = 3_200_000;
        assert!(!told(&statistics).contains("left") && !told(&statistics).contains('%'));
        (statistics.events_in_files, statistics.files) = (0, 0);
        statistics.rows = 1;
        assert!(told(&statistics).ends_with(" · 120 MB read · 1 row · 2 s"));
        assert_eq!(told(&QueryStatistics::default()), "0 events scanned · 0/s · 0 B read · 0 s");
    }
}
