//! Columns over time; lines where values are negative. Several lines stand above each other, over one axis of time.

use super::super::calendar::ticks;
use super::super::labels::shortened;
use super::super::scale::{Scale, written};
use super::super::series::{Fitted, Line, Series};
use super::dots::{ACROSS, Dots, UP};
use super::{Paper, colour_of, eighths, heading, labels_below, noted};
use crate::output::width;
use crate::terminal::Style;

/// A column may be so wide, however few there are.
const COLUMN_WIDTH_MAX: usize = 8;
/// Columns that a label of time takes, with room to the next.
const LABEL_WIDTH: usize = 10;
/// A title, an empty line, the axis and its labels.
const LINES_AROUND: usize = 4;
const HEIGHT_MAX: usize = 16;
const HEIGHT_MIN: usize = 2;
/// Lower ones have no room for several numbers.
const TICKS_HEIGHT_MIN: usize = 5;
/// The widest label of an axis of numbers, before the labels are known.
const MARGIN_ASSUMED: usize = 7;

pub(super) fn drawn(series: &Series, paper: Paper) -> String {
    let fitted = series.fitted(paper.width.saturating_sub(MARGIN_ASSUMED + 2).max(1));
    let are_many = series.lines.len() > 1;
    let notes: Vec<String> = fitted.note.iter().chain(&series.notes).cloned().collect();
    let room = paper.height.saturating_sub(LINES_AROUND + notes.len()) / series.lines.len().max(1);
    let height = room.saturating_sub(usize::from(are_many)).clamp(HEIGHT_MIN, HEIGHT_MAX);
    let panels: Vec<Panel<'_>> =
        series.lines.iter().enumerate().map(|(at, line)| Panel::new(series, &fitted, (at, line), height)).collect();
    let margin = panels.iter().map(Panel::margin).max().unwrap_or(0);
    let plot = paper.width.saturating_sub(margin + 2);
    let column = (plot / fitted.len().max(1)).clamp(1, COLUMN_WIDTH_MAX);

    let about = format!("by {} · {}", fitted.step, series.range(&fitted));
    let mut text = heading(&series.title, &about, paper);
    for panel in &panels {
        if are_many {
            text.push_str(&panel.title(paper));
        }
        for (label, drawn) in panel.lines(column) {
            let axis = if label.is_empty() { '│' } else { '┤' };
            let drawn = panel.style().paint(drawn.trim_end(), paper.colour);
            text.push_str(&format!("{label:>margin$} {axis}{drawn}\n"));
        }
    }
    text.push_str(&axis_of_time(series, &fitted, (margin, column), panels.last().and_then(Panel::label_of_axis)));
    text + &noted(&notes, paper)
}

/// The axis, and the labels below it.
fn axis_of_time(series: &Series, fitted: &Fitted, (margin, column): (usize, usize), zero: Option<String>) -> String {
    let plot = fitted.len() * column;
    let ticks = ticks(series.first, fitted.start(fitted.len().saturating_sub(1)).max(series.first), plot / LABEL_WIDTH);
    let ticks = match ticks.is_empty() {
        true => vec![(series.first, fitted.step.moment(fitted.start(0)))],
        false => ticks,
    };
    let labels: Vec<(usize, String)> =
        ticks.into_iter().filter_map(|(time, label)| Some((fitted.place(time)? * column, label))).collect();
    let letter = |at: usize| if labels.iter().any(|(tick, _)| *tick == at) { '┬' } else { '─' };
    let axis: String = (0..plot).map(letter).collect();
    let corner = if zero.is_some() { '┼' } else { '└' };
    let before = " ".repeat(margin + 2);
    let widest = labels.last().map_or(0, |(at, label)| at + width(label)).max(plot);
    format!("{:>margin$} {corner}{axis}\n{before}{}\n", zero.unwrap_or_default(), labels_below(&labels, widest))
}

/// One line, with an axis of numbers.
struct Panel<'a> {
    at: usize,
    line: &'a Line,
    values: &'a [Option<f64>],
    scale: Scale,
    height: usize,
}

impl<'a> Panel<'a> {
    fn new(series: &Series, fitted: &'a Fitted, (at, line): (usize, &'a Line), height: usize) -> Self {
        let (low, high) = fitted.range((!series.are_parts).then_some(at));
        let scale = Scale::with_zero(low, high, (height / 3).max(1), line.whole).tight(low, high);
        let values = fitted.values.get(at).map_or(&[][..], Vec::as_slice);
        Self { at, line, values, scale, height }
    }

    fn style(&self) -> Style {
        if self.line.is_rest { Style::Dim } else { colour_of(self.at) }
    }

    fn title(&self, paper: Paper) -> String {
        let values = || self.values.iter().flatten().copied();
        let largest = values().fold(f64::NEG_INFINITY, f64::max);
        let mut about = match values().next() {
            Some(_) => format!("largest {}", written(largest, self.line.whole)),
            None => "no value".to_owned(),
        };
        if self.line.whole {
            about.push_str(&format!(" · sum {}", written(values().sum(), true)));
        }
        let name = shortened(&self.line.name, paper.width.saturating_sub(width(&about) + 2));
        format!("{}  {}\n", self.style().paint(&name, paper.colour), Style::Dim.paint(&about, paper.colour))
    }

    fn margin(&self) -> usize {
        let zero = self.label_of_axis().into_iter();
        self.ticks().into_iter().map(|(_, label)| label).chain(zero).map(|label| width(&label)).max().unwrap_or(0)
    }

    /// The numbers at the axis. Where there is little room, only the largest.
    fn ticks(&self) -> Vec<(f64, String)> {
        match self.height < TICKS_HEIGHT_MIN {
            true => vec![(self.scale.high(), written(self.scale.high(), self.line.whole))],
            false => self.scale.ticks().into_iter().map(|tick| (tick, self.scale.label(tick))).collect(),
        }
    }

    /// What the axis of time is at, if it is at the lower border.
    fn label_of_axis(&self) -> Option<String> {
        (self.scale.low() == 0.0).then(|| self.scale.label(0.0))
    }

    /// Each line of text with its label, from the uppermost down.
    fn lines(&self, column: usize) -> Vec<(String, String)> {
        let drawn = if self.scale.low() < 0.0 { self.dotted(column) } else { self.columns(column) };
        let ticks = self.ticks();
        let edge = |tick: f64| (self.scale.place(tick) * self.height as f64).round() as usize;
        let label = |row: usize| {
            let tick = ticks.iter().find(|(tick, _)| edge(*tick) == self.height - row);
            tick.map_or_else(String::new, |(_, label)| label.clone())
        };
        drawn.into_iter().enumerate().map(|(row, line)| (label(row), line)).collect()
    }

    fn columns(&self, column: usize) -> Vec<String> {
        let eighth = |value: f64| {
            let filled = (self.scale.place(value) * (self.height * 8) as f64).round() as usize;
            // Little is not nothing.
            filled.max(usize::from(value > 0.0))
        };
        let filled: Vec<usize> = self.values.iter().map(|value| value.map_or(0, eighth)).collect();
        let bar = if column > 1 { column - 1 } else { 1 };
        let line = |row: usize| {
            let below = (self.height - 1 - row) * 8;
            let cell = |filled: &usize| {
                let block = eighths(filled.saturating_sub(below), false);
                format!("{}{}", String::from(block).repeat(bar), " ".repeat(column - bar))
            };
            filled.iter().map(cell).collect()
        };
        (0..self.height).map(line).collect()
    }

    /// A line that breaks off where values are missing.
    fn dotted(&self, column: usize) -> Vec<String> {
        let mut dots = Dots::new(self.values.len() * column, self.height);
        let place = |(at, value): (usize, &Option<f64>)| {
            let up = (self.scale.place((*value)?) * (self.height * UP - 1) as f64).round() as usize;
            Some(((at * column * ACROSS) + column, up))
        };
        let mut before = None;
        for place in self.values.iter().enumerate().map(place) {
            if let Some(place) = place {
                dots.line(before.unwrap_or(place), place);
            }
            before = place;
        }
        dots.lines().collect()
    }
}
