//! Bars that go to the right, with labels before them and values behind.

use super::super::bars::{Bar, Bars};
use super::super::labels::shortened;
use super::super::points::range;
use super::super::scale::share;
use super::{Paper, colour_of, eighths, heading, noted};
use crate::output::{Count, width};
use crate::terminal::Style;

/// A drawing has room for so many on the smallest screen.
const BARS_MIN: usize = 5;
/// What stands around bars: a title, an empty line.
const LINES_AROUND: usize = 2;
const BLANKS: usize = 2;
const BAR_WIDTH_MIN: usize = 4;

pub(super) fn drawn(bars: &Bars, paper: Paper) -> String {
    let room = paper.height.saturating_sub(LINES_AROUND + bars.notes.len()).max(BARS_MIN);
    let shown = bars.fitted(room);
    let shares: Vec<String> =
        shown.iter().map(|bar| bars.total.map_or_else(String::new, |total| share(bar.value, total))).collect();
    let share_width = shares.iter().map(|share| width(share)).max().unwrap_or(0);
    let labels: Vec<String> = shown.iter().map(|bar| shortened(&bar.label, paper.width * 2 / 5)).collect();
    let label_width = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let text_width = shown.iter().map(|bar| width(&bar.text)).max().unwrap_or(0);
    let behind = BLANKS + text_width + if share_width > 0 { BLANKS + share_width } else { 0 };
    let room = paper.width.saturating_sub(label_width + BLANKS + behind).max(BAR_WIDTH_MIN);
    let ruler = Ruler::new(&shown, room);

    let about = match bars.len() > shown.len() {
        true => format!("{} of {}", shown.iter().filter(|bar| !bar.is_rest).count(), Count(bars.len() as u64, "bar")),
        false => String::new(),
    };
    let mut text = heading(&bars.title, &about, paper);
    for ((bar, label), share) in shown.iter().zip(&labels).zip(&shares) {
        let blanks = " ".repeat(label_width - width(label) + BLANKS);
        // All that is left is often more than what there is most of, and would make that look small.
        let drawn = if bar.is_rest { " ".repeat(ruler.width) } else { ruler.bar(bar.value) };
        let drawn = colour_of(0).paint(&drawn, paper.colour);
        let value = format!("{:>1$}", bar.text, text_width + BLANKS);
        let share = if share_width > 0 { format!("{share:>0$}", share_width + BLANKS) } else { String::new() };
        text.push_str(&format!("{label}{blanks}{drawn}{value}{}\n", Style::Dim.paint(&share, paper.colour)));
    }
    text + &noted(&bars.notes, paper)
}

/// How long bars are.
struct Ruler {
    width: usize,
    /// Where bars begin, from the left: behind the longest negative one.
    zero: usize,
    /// What a column stands for.
    unit: f64,
}

impl Ruler {
    fn new(bars: &[Bar], room: usize) -> Self {
        let (low, high) = range(bars.iter().filter(|bar| !bar.is_rest).map(|bar| bar.value));
        let (low, high) = (low.min(0.0), high.max(0.0));
        let unit = (high - low) / room as f64;
        let zero = if unit > 0.0 { (-low / unit).ceil() as usize } else { 0 };
        Self { width: room, zero: zero.min(room), unit }
    }

    fn bar(&self, value: f64) -> String {
        let columns = if self.unit > 0.0 { value.abs() / self.unit } else { 0.0 };
        if value < 0.0 {
            let length = (columns.round() as usize).clamp(1, self.zero.max(1));
            let before = " ".repeat(self.zero.saturating_sub(length));
            return format!("{:<1$}", format!("{before}{}", "█".repeat(length)), self.width);
        }
        let room = (self.width - self.zero) * 8;
        // Little is not nothing.
        let filled = ((columns * 8.0).round() as usize).clamp(usize::from(value > 0.0), room.max(1));
        let mut bar = " ".repeat(self.zero);
        bar.push_str(&"█".repeat(filled / 8));
        if filled % 8 > 0 {
            bar.push(eighths(filled % 8, true));
        }
        format!("{bar:<0$}", self.width)
    }
}
