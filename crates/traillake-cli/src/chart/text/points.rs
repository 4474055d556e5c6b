//! Points of dots over two axes.

use super::super::points::Points;
use super::dots::{ACROSS, Dots, UP};
use super::{Paper, colour_of, heading, labels_below, noted};
use crate::output::{Count, width};

const HEIGHT_MIN: usize = 5;
const HEIGHT_MAX: usize = 24;
/// A title, an empty line, the axis and its labels.
const LINES_AROUND: usize = 4;
/// Columns that a label of the lower axis takes.
const LABEL_WIDTH: usize = 12;

pub(super) fn drawn(points: &Points, paper: Paper) -> String {
    let height = paper.height.saturating_sub(LINES_AROUND + points.notes.len()).clamp(HEIGHT_MIN, HEIGHT_MAX);
    let (across, up) = points.scales(paper.width / LABEL_WIDTH, height / 3);
    let ticks: Vec<_> = up.ticks().into_iter().map(|tick| (tick, up.label(tick))).collect();
    let margin = ticks.iter().map(|(_, label)| width(label)).max().unwrap_or(0);
    let plot = paper.width.saturating_sub(margin + 3).max(1);
    let mut dots = Dots::new(plot, height);
    let place = |share: f64, dots: usize| (share * (dots - 1) as f64).round() as usize;
    for (x, y) in &points.points {
        dots.dot(place(across.place(*x), plot * ACROSS), place(up.place(*y), height * UP));
    }
    let mut text = heading(&points.title(), &Count(points.points.len() as u64, "point").to_string(), paper);
    for (row, line) in dots.lines().enumerate() {
        let at = |tick: f64| place(up.place(tick), height - 1 + 1);
        let label = ticks.iter().find(|(tick, _)| height - 1 - at(*tick).min(height - 1) == row);
        let axis = if label.is_some() { '┤' } else { '│' };
        let label = label.map_or("", |(_, label)| label.as_str());
        let line = colour_of(0).paint(line.trim_end(), paper.colour);
        text.push_str(&format!("{label:>margin$} {axis}{line}\n"));
    }
    let labels: Vec<_> =
        across.ticks().into_iter().map(|tick| (place(across.place(tick), plot), across.label(tick))).collect();
    let axis: String =
        (0..plot).map(|column| if labels.iter().any(|(at, _)| *at == column) { '┬' } else { '─' }).collect();
    let before = " ".repeat(margin + 2);
    text.push_str(&format!("{:margin$} └{axis}\n{before}{}\n", "", labels_below(&labels, plot)));
    text + &noted(&points.notes, paper)
}
