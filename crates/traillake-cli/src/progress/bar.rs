//! A bar on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::meter::Meter;

/// On a narrow terminal the message is cut at its end.
const OF_KNOWN_SIZE: &str = "{bar:8} {percent}% · {wide_msg}";
const OF_UNKNOWN_SIZE: &str = "{spinner} {wide_msg}";

/// A bar of bytes when their number is known, else a sign of life.
#[derive(Clone)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self(bar.with_style(style(OF_UNKNOWN_SIZE)))
    }

    /// Draws it anew: called by a ticker, and not for each thing that is read.
    pub(super) fn show(&self, meter: &Meter) {
        self.0.set_message(meter.to_string());
        match meter.bytes_total() {
            Some(total) => {
                if self.0.length() != Some(total) {
                    self.0.set_style(style(OF_KNOWN_SIZE));
                    self.0.set_length(total);
                }
                self.0.set_position(meter.counts.bytes);
            }
            None => self.0.tick(),
        }
    }

    /// Takes it off the screen.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; should one ever be wrong, the plain bar does.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}
