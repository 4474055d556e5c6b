//! Drawings for files: SVG that needs neither scripts nor a network.
//!
//! Colours follow the reader's light or dark mode. Whoever cannot see the drawing is told what it shows by its title and
//! description; whoever points at a part of it, what that part is.

use std::fmt::Write;

use super::labels::shortened;
use super::scale::Scale;
use super::{Chart, Figures};
use crate::output::markup::escaped;
use crate::output::width;

mod bars;
mod points;
mod series;

/// In pixels, as all lengths here.
const WIDTH: f64 = 960.0;
const MARGIN: f64 = 24.0;
/// Below the title and what is said about it.
const TOP: f64 = 76.0;
/// A column of text at 13 pixels, of the wider letters.
const LETTER: f64 = 7.4;
/// How many columns of text a title has room for.
const TITLE_COLUMNS: usize = 90;
const NOTE_HEIGHT: f64 = 18.0;
/// Colours of lines; one more is for the rest.
const COLOURS: usize = 7;

const STYLE: &str = "\
.tl-paper{fill:#ffffff}\
.tl text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:13px;\
fill:#1f2937;font-variant-numeric:tabular-nums}\
.tl .tl-title{font-size:18px;font-weight:600}\
.tl .tl-dim{fill:#6b7280}\
.tl .tl-small{font-size:12px;fill:#6b7280}\
.tl .tl-large{font-size:56px;font-weight:600}\
.tl-grid{stroke:#e5e7eb;stroke-width:1}\
.tl-axis{stroke:#9ca3af;stroke-width:1}\
.tl .tl-line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\
.tl-0{fill:#2563eb;stroke:#2563eb}.tl-1{fill:#d97706;stroke:#d97706}.tl-2{fill:#059669;stroke:#059669}\
.tl-3{fill:#db2777;stroke:#db2777}.tl-4{fill:#7c3aed;stroke:#7c3aed}.tl-5{fill:#0891b2;stroke:#0891b2}\
.tl-6{fill:#4d7c0f;stroke:#4d7c0f}.tl-rest{fill:#9ca3af;stroke:#9ca3af}\
.tl rect,.tl circle{stroke:none}.tl circle{fill-opacity:.55}\
@media (prefers-color-scheme:dark){\
.tl-paper{fill:#111827}.tl text{fill:#e5e7eb}.tl .tl-dim,.tl .tl-small{fill:#9ca3af}\
.tl-grid{stroke:#374151}.tl-axis{stroke:#6b7280}\
.tl-0{fill:#60a5fa;stroke:#60a5fa}.tl-1{fill:#fbbf24;stroke:#fbbf24}.tl-2{fill:#34d399;stroke:#34d399}\
.tl-3{fill:#f472b6;stroke:#f472b6}.tl-4{fill:#a78bfa;stroke:#a78bfa}.tl-5{fill:#22d3ee;stroke:#22d3ee}\
.tl-6{fill:#a3e635;stroke:#a3e635}.tl-rest{fill:#6b7280;stroke:#6b7280}}";

pub(super) fn drawn(chart: &Chart) -> String {
    match chart {
        Chart::Empty => {
            let mut sheet = Sheet::default();
            sheet.text((MARGIN, 52.0), Anchor::Start, "tl-dim", "no rows");
            sheet.finish("no rows", "The result has no rows.", &[], 60.0)
        }
        Chart::Figures(figures) => large(figures),
        Chart::Bars(bars) => bars::drawn(bars),
        Chart::Series(series) => series::drawn(series),
        Chart::Points(points) => points::drawn(points),
    }
}

/// What has been drawn so far.
#[derive(Default)]
struct Sheet {
    body: String,
}

/// Which part of a text is at its place.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Sheet {
    fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>\n"
        ));
    }

    /// A rectangle from its upper left corner, which says what it is.
    fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str, about: &str) {
        let about = escaped(about);
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\">\
             <title>{about}</title></rect>\n"
        ));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.add(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>\n"
        ));
    }

    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing into memory cannot fail.
        let _ = self.body.write_fmt(part);
    }

    /// Lines across, with the numbers of an axis before them.
    fn levels(&mut self, scale: Scale, (left, right): (f64, f64), (top, height): (f64, f64)) {
        for tick in scale.ticks() {
            let y = top + height * (1.0 - scale.place(tick));
            self.line((left, y), (right, y), if tick == 0.0 { "tl-axis" } else { "tl-grid" });
            self.text((left - 8.0, y + 4.0), Anchor::End, "tl-small", &scale.label(tick));
        }
    }

    /// The title, what is said about it, and what the drawing does not show, below it.
    fn heading(&mut self, title: &str, about: &str) {
        self.text((MARGIN, 36.0), Anchor::Start, "tl-title", &shortened(title, TITLE_COLUMNS));
        self.text((MARGIN, 57.0), Anchor::Start, "tl-dim", about);
    }

    /// The document, of the height that the drawing takes without the notes.
    fn finish(mut self, title: &str, about: &str, notes: &[String], height: f64) -> String {
        for (i, note) in notes.iter().enumerate() {
            let place = (MARGIN, height + NOTE_HEIGHT * i as f64 + 8.0);
            self.text(place, Anchor::Start, "tl-small", &shortened(note, TITLE_COLUMNS * 3 / 2));
        }
        let height = height + NOTE_HEIGHT * notes.len() as f64 + 16.0;
        let (title, about) = (escaped(title), escaped(about));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" aria-labelledby=\"tl-t tl-d\">\n\
             <title id=\"tl-t\">{title}</title>\n<desc id=\"tl-d\">{about}</desc>\n<style>{STYLE}</style>\n\
             <rect class=\"tl-paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n{}</svg>\n",
            self.body
        )
    }
}

fn colour_of(line: usize, is_rest: bool) -> String {
    if is_rest { "tl-rest".to_owned() } else { format!("tl-{}", line % COLOURS) }
}

/// What a text takes at most.
fn pixels(text: &str) -> f64 {
    width(text) as f64 * LETTER
}

/// Numbers beside each other, each over its name.
fn large(figures: &Figures) -> String {
    /// A digit of large numbers.
    const LARGE_LETTER: f64 = 34.0;
    const ROW: f64 = 112.0;
    let mut sheet = Sheet::default();
    let (mut x, mut y) = (MARGIN, 76.0);
    let mut said = Vec::new();
    for figure in &figures.figures {
        let taken = (width(&figure.text) as f64 * LARGE_LETTER).max(pixels(&figure.name)) + 2.0 * MARGIN;
        if x > MARGIN && x + taken > WIDTH {
            (x, y) = (MARGIN, y + ROW);
        }
        sheet.text((x, y), Anchor::Start, "tl-large", &figure.text);
        sheet.text((x + 2.0, y + 26.0), Anchor::Start, "tl-dim", &shortened(&figure.name, 60));
        said.push(format!("{}: {}", figure.name, figure.text));
        x += taken;
    }
    let title = figures.figures.iter().map(|figure| figure.name.as_str()).collect::<Vec<_>>().join(", ");
    sheet.finish(&title, &said.join("; "), &figures.notes, y + 44.0)
}
