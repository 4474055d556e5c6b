//! How far a query is, for a person who waits for it.

use std::time::Duration;

use futures::{Stream, StreamExt};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use traillake::{QueryStatistics, Results};

use super::TICK;
use crate::output::{Count, Size, grouped};
use crate::{log, terminal};

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

/// `3,200,000 events scanned · 1,600,000/s · 120 MB read · 12 rows · 2 s`
fn told(statistics: &QueryStatistics) -> String {
    let seconds = statistics.elapsed.as_secs_f64();
    let rate = (statistics.events_scanned as f64 / seconds.max(f64::MIN_POSITIVE)) as u64;
    let rows = (statistics.rows > 0).then(|| Count(statistics.rows, "row").to_string());
    let parts = [
        Some(format!("{} scanned", Count(statistics.events_scanned, "event"))),
        Some(format!("{}/s", grouped(rate))),
        Some(format!("{} read", Size(statistics.bytes_scanned))),
        rows,
        Some(format!("{seconds:.0} s")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
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
        statistics.rows = 1;
        assert!(told(&statistics).ends_with(" · 120 MB read · 1 row · 2 s"));
        assert_eq!(told(&QueryStatistics::default()), "0 events scanned · 0/s · 0 B read · 0 s");
    }
}
