//! Drawings of letters, for a terminal or a pipe.
//!
//! Eighths of blocks make columns and bars, dots of braille make points and lines. A drawing says the same without
//! colours: only what is beside a name has the colour of that name, and all texts keep the colour of the terminal.

use super::{Chart, Figures};
use crate::output::{cut, visible};
use crate::terminal::{Screen, Style};

mod bars;
mod dots;
mod points;
mod series;

/// What there is room for where nobody says.
const WIDTH_ASSUMED: usize = 80;
const HEIGHT_ASSUMED: usize = 24;
/// A drawing does not become clearer beyond.
const WIDTH_MAX: usize = 160;
/// Narrower ones say nothing; the lines run out of the screen instead.
const WIDTH_MIN: usize = 24;

/// The room for a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paper {
    /// In columns.
    pub(crate) width: usize,
    /// In lines. Charts of bars for a pipe and those of many lines may need some more.
    pub(crate) height: usize,
    pub(crate) colour: bool,
}

impl Paper {
    /// What fits on a screen, with a few lines left for what stands around a drawing.
    pub(crate) fn on(screen: Screen) -> Self {
        let height = screen.height.unwrap_or(HEIGHT_ASSUMED);
        let width = screen.width.unwrap_or(WIDTH_ASSUMED);
        Self { width: width.clamp(WIDTH_MIN, WIDTH_MAX), height: height.saturating_sub(4), colour: screen.colour }
    }
}

/// The colours of lines. Each can be told from a light and from a dark background.
const COLOURS: [Style; 4] = [Style::Cyan, Style::Magenta, Style::Green, Style::Blue];

fn colour_of(line: usize) -> Style {
    COLOURS.get(line % COLOURS.len()).copied().unwrap_or(Style::Cyan)
}

pub(super) fn drawn(chart: &Chart, paper: Paper) -> String {
    match chart {
        Chart::Empty => "no rows\n".to_owned(),
        Chart::Figures(figures) => large(figures, paper),
        Chart::Bars(bars) => bars::drawn(bars, paper),
        Chart::Series(series) => series::drawn(series, paper),
        Chart::Points(points) => points::drawn(points, paper),
    }
}

/// `title  about it`, and an empty line.
fn heading(title: &str, about: &str, paper: Paper) -> String {
    let title = cut(&visible(title), paper.width).into_owned();
    let title = Style::Bold.paint(&title, paper.colour);
    match about.is_empty() {
        true => format!("{title}\n\n"),
        false => format!("{title}{}\n\n", Style::Dim.paint(&format!("  {about}"), paper.colour)),
    }
}

fn noted(notes: &[String], paper: Paper) -> String {
    let line = |note: &String| format!("{}\n", Style::Dim.paint(&visible(note), paper.colour));
    notes.iter().map(line).collect()
}

/// Filled from the left, or from below.
fn eighths(filled: usize, from_left: bool) -> char {
    const UP: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const RIGHT: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let blocks = if from_left { RIGHT } else { UP };
    blocks.get(filled.min(8)).copied().unwrap_or(' ')
}

/// Labels of an axis below it, each at its column, as far as they do not touch.
fn labels_below(labels: &[(usize, String)], width: usize) -> String {
    let mut line = String::new();
    for (column, label) in labels {
        let taken = crate::output::width(label);
        // The last one moves to the left where it has no room.
        let column = (*column).min(width.saturating_sub(taken));
        let until = crate::output::width(&line);
        if column >= until + usize::from(until > 0) {
            line.push_str(&" ".repeat(column - until));
            line.push_str(label);
        }
    }
    line
}

/// The lines of large digits.
const GLYPH_LINES: usize = 3;

/// A sign of a number, large.
fn glyph(sign: char) -> Option<[&'static str; GLYPH_LINES]> {
    Some(match sign {
        '0' => ["█▀█", "█ █", "▀▀▀"],
        '1' => ["▀█ ", " █ ", "▀▀▀"],
        '2' => ["▀▀█", "█▀▀", "▀▀▀"],
        '3' => ["▀▀█", " ▀█", "▀▀▀"],
        '4' => ["█ █", "▀▀█", "  ▀"],
        '5' => ["█▀▀", "▀▀█", "▀▀▀"],
        '6' => ["█▀▀", "█▀█", "▀▀▀"],
        '7' => ["▀▀█", "  █", "  ▀"],
        '8' => ["█▀█", "█▀█", "▀▀▀"],
        '9' => ["█▀█", "▀▀█", "▀▀▀"],
        ',' => [" ", " ", "▞"],
        '.' => [" ", " ", "▘"],
        '-' => ["  ", "▀▀", "  "],
        _ => return None,
    })
}

/// Numbers below each other, each over its name.
fn large(figures: &Figures, paper: Paper) -> String {
    let mut text = String::new();
    for (i, figure) in figures.figures.iter().enumerate() {
        if i > 0 {
            text.push('\n');
        }
        let glyphs: Option<Vec<_>> = figure.text.chars().map(glyph).collect();
        let lines = glyphs.map(|glyphs| (0..GLYPH_LINES).map(move |line| beside(&glyphs, line)).collect::<Vec<_>>());
        let fits = |lines: &Vec<String>| lines.iter().all(|line| crate::output::width(line) <= paper.width);
        // What has no large form is said all the same.
        let lines = lines.filter(fits).unwrap_or_else(|| vec![visible(&figure.text).into_owned()]);
        for line in lines {
            text.push_str(&format!("{}\n", Style::Bold.paint(&line, paper.colour)));
        }
        text.push_str(&format!("{}\n", Style::Dim.paint(&visible(&figure.name), paper.colour)));
    }
    text + &noted(&figures.notes, paper)
}

fn beside(glyphs: &[[&'static str; GLYPH_LINES]], line: usize) -> String {
    let parts: Vec<_> = glyphs.iter().filter_map(|glyph| glyph.get(line).copied()).collect();
    parts.join(" ").trim_end().to_owned()
}
