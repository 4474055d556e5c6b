//! Bars that go to the right, with labels before them and values behind.

use super::super::bars::{Bar, Bars};
use super::super::labels::shortened;
use super::super::points::range;
use super::super::scale::share;
use super::{Anchor, MARGIN, Sheet, TOP, WIDTH, colour_of, pixels};
use crate::output::Count;

const BARS_MAX: usize = 30;
const ROW: f64 = 28.0;
const THICK: f64 = 18.0;
const LABEL_COLUMNS: usize = 40;
/// Bars that the description names.
const BARS_SAID: usize = 5;
const GAP: f64 = 10.0;

pub(super) fn drawn(bars: &Bars) -> String {
    let shown = bars.fitted(BARS_MAX + 1);
    let labels: Vec<String> = shown.iter().map(|bar| shortened(&bar.label, LABEL_COLUMNS)).collect();
    let label_width = labels.iter().map(|label| pixels(label)).fold(0.0, f64::max);
    let text = |bar: &Bar| match bars.total {
        Some(total) => format!("{} · {}", bar.text, share(bar.value, total)),
        None => bar.text.clone(),
    };
    let text_width = shown.iter().map(|bar| pixels(&text(bar))).fold(0.0, f64::max);
    let (low, high) = range(shown.iter().filter(|bar| !bar.is_rest).map(|bar| bar.value));
    let (low, high) = (low.min(0.0), high.max(0.0));
    let left = MARGIN + label_width + GAP;
    let room = (WIDTH - MARGIN - text_width - GAP - left).max(80.0);
    let unit = if high > low { room / (high - low) } else { 0.0 };
    let zero = left - low * unit;

    let about = match bars.len() > shown.len() {
        true => format!("{} of {}", shown.iter().filter(|bar| !bar.is_rest).count(), Count(bars.len() as u64, "bar")),
        false => Count(bars.len() as u64, "bar").to_string(),
    };
    let mut sheet = Sheet::default();
    sheet.heading(&bars.title, &about);
    for (i, (bar, label)) in shown.iter().zip(&labels).enumerate() {
        let y = TOP + ROW * i as f64;
        let middle = y + ROW / 2.0 + 4.5;
        sheet.text((left - GAP, middle), Anchor::End, if bar.is_rest { "tl-dim" } else { "" }, label);
        let length = if bar.is_rest { 0.0 } else { bar.value.abs() * unit };
        let from = if bar.value < 0.0 { zero - length } else { zero };
        if length > 0.0 {
            let about = format!("{}: {}", bar.label, text(bar));
            sheet.bar((from, y + (ROW - THICK) / 2.0), (length.max(1.0), THICK), &colour_of(0, false), &about);
        }
        let end = if bar.value < 0.0 { zero } else { zero + length };
        sheet.text((end + GAP - 2.0, middle), Anchor::Start, "tl-dim", &text(bar));
    }
    let bottom = TOP + ROW * shown.len() as f64;
    sheet.line((zero, TOP), (zero, bottom), "tl-axis");
    let said =
        shown.iter().take(BARS_SAID).map(|bar| format!("{}: {}", shortened(&bar.label, LABEL_COLUMNS), text(bar)));
    let said = format!("Bars. {}", said.collect::<Vec<_>>().join("; "));
    sheet.finish(&bars.title, &said, &bars.notes, bottom + 16.0)
}
