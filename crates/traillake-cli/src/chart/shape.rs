//! Which chart the columns of a result make.

use std::collections::{HashMap, HashSet};

use super::bars::Bars;
use super::columns::{Column, Columns, Number, Values};
use super::figures::{FIGURES_MAX, Figure, Figures};
use super::points::Points;
use super::scale::grouped_text;
use super::series::{LINES_MAX, Line, Series, by_label};
use super::{Chart, NoChart};

/// Whole numbers that may be labels of bars at most; more are points.
const NUMBERED_BARS_MAX: usize = 60;
/// What is drawn where rows are counted.
const ROWS: &str = "rows";

pub(super) fn chart(mut columns: Columns) -> Result<Chart, NoChart> {
    if columns.rows == 0 {
        return Ok(Chart::Empty);
    }
    columns.read_times();
    let parts = Parts::of(&columns);
    let Parts { times, numbers, texts, .. } = &parts;
    if columns.rows == 1 && times.is_empty() && texts.is_empty() && !numbers.is_empty() {
        return Ok(Chart::Figures(parts.figures()));
    }
    if let Some(time) = parts.axis() {
        return Ok(parts.over_time(time).map_or(Chart::Empty, Chart::Series));
    }
    match (texts.as_slice(), numbers.as_slice()) {
        ([_, ..], [number, ..]) => Ok(Chart::Bars(parts.bars(number))),
        ([text], []) => Ok(Chart::Bars(parts.counted(text))),
        ([], [label, number, ..]) if parts.are_labels(label) => Ok(Chart::Bars(parts.numbered_bars(label, number))),
        ([], [across, up, ..]) => Ok(Chart::Points(parts.points(across, up))),
        _ => Err(NoChart::Shape { columns: columns.described() }),
    }
}

/// The columns by what they can be in a drawing.
struct Parts<'a> {
    rows: usize,
    times: Vec<Part<'a, Option<i64>>>,
    numbers: Vec<Part<'a, Option<Number>>>,
    texts: Vec<Part<'a, Option<String>>>,
    left_out: Vec<&'a str>,
}

#[derive(Clone, Copy)]
struct Part<'a, T> {
    name: &'a str,
    /// Which column of the result it is.
    place: usize,
    values: &'a [T],
    whole: bool,
}

impl<'a> Parts<'a> {
    fn of(columns: &'a Columns) -> Self {
        let mut parts = Self {
            rows: columns.rows,
            times: Vec::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            left_out: Vec::new(),
        };
        for (place, Column { name, values, .. }) in columns.columns.iter().enumerate() {
            let name = named(name);
            match values {
                Values::Times(values) => parts.times.push(Part { name, place, values, whole: false }),
                Values::Numbers { values, whole } => parts.numbers.push(Part { name, place, values, whole: *whole }),
                Values::Texts(values) => parts.texts.push(Part { name, place, values, whole: false }),
                Values::LeftOut => parts.left_out.push(name),
            }
        }
        parts
    }

    /// The time that goes to the right: the one that stands first, or the only one, before the numbers and behind texts
    /// that repeat. A time behind names is one more thing to know of them.
    fn axis(&self) -> Option<Part<'a, Option<i64>>> {
        let time = *self.times.first()?;
        let texts_first = self.texts.iter().any(|text| text.place < time.place);
        let number_first = self.numbers.iter().any(|number| number.place < time.place);
        let repeats = || (0..self.rows).map(|row| self.label(row)).collect::<HashSet<_>>().len() < self.rows;
        let is_axis = match (texts_first, number_first) {
            (false, false) => true,
            (true, false) => self.numbers.is_empty() || (self.times.len() == 1 && repeats()),
            (_, true) => false,
        };
        is_axis.then_some(time)
    }

    /// The texts of a row as one.
    fn label(&self, row: usize) -> String {
        let text = |text: &Part<'a, Option<String>>| match text.values.get(row) {
            Some(Some(text)) => text.clone(),
            _ => "NULL".to_owned(),
        };
        self.texts.iter().map(text).collect::<Vec<_>>().join(" · ")
    }

    fn names(&self) -> String {
        self.texts.iter().map(|text| text.name).collect::<Vec<_>>().join(" and ")
    }

    fn figures(&self) -> Figures {
        let figure = |number: &Part<'a, Option<Number>>| {
            let text = number.values.first().and_then(Option::as_ref).map(|number| grouped_text(&number.text));
            Figure { name: number.name.to_owned(), text: text.unwrap_or_else(|| "NULL".to_owned()) }
        };
        let figures = self.numbers.iter().take(FIGURES_MAX).map(figure).collect();
        Figures { figures, notes: self.notes(self.numbers.iter().skip(FIGURES_MAX).map(|number| number.name), 0) }
    }

    /// `None` where no row has a time and a number.
    fn over_time(&self, time: Part<'a, Option<i64>>) -> Option<Series> {
        let is_split = if self.numbers.is_empty() { self.texts.len() == 1 } else { !self.texts.is_empty() };
        let series = if is_split { self.split(time) } else { self.unsplit(time) };
        series.lines.iter().any(|line| !line.points.is_empty()).then_some(series)
    }

    /// A line for each label, of the first number.
    fn split(&self, time: Part<'a, Option<i64>>) -> Series {
        let first = self.numbers.first();
        let (counted, whole) = first.map_or((ROWS, true), |number| (number.name, number.whole));
        let points = points_of(time, first);
        let without = self.rows_without(points.len());
        let rows = points.into_iter().map(|(row, time, value)| (self.label(row), time, value));
        let (lines, labels_left) = by_label(rows.collect(), whole);
        let left_out = self.times.iter().skip(1).map(|time| time.name);
        let mut notes = self.notes(left_out.chain(self.numbers.iter().skip(1).map(|number| number.name)), without);
        if labels_left > 0 {
            notes.push(format!("{labels_left} more of {} are not shown", self.names()));
        }
        Series::new(format!("{counted} by {}", self.names()), lines, true, notes)
    }

    /// A line for each number, or for the rows where there is none.
    fn unsplit(&self, time: Part<'a, Option<i64>>) -> Series {
        let line = |number: Option<&Part<'a, Option<Number>>>| Line {
            name: number.map_or(ROWS, |number| number.name).to_owned(),
            points: points_of(time, number).into_iter().map(|(_, time, value)| (time, value)).collect(),
            whole: number.is_none_or(|number| number.whole),
            is_rest: false,
        };
        let lines: Vec<Line> = match self.numbers.is_empty() {
            true => vec![line(None)],
            false => self.numbers.iter().take(LINES_MAX).map(Some).map(line).collect(),
        };
        let title = lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>().join(", ");
        let most = lines.iter().map(|line| line.points.len()).max().unwrap_or(0);
        let left_out = self.times.iter().skip(1).map(|time| time.name);
        let left_out = left_out.chain(self.numbers.iter().skip(LINES_MAX).map(|number| number.name));
        let left_out = left_out.chain(self.texts.iter().map(|text| text.name));
        Series::new(title, lines, false, self.notes(left_out, self.rows_without(most)))
    }

    fn bars(&self, number: &Part<'a, Option<Number>>) -> Bars {
        let row = |(row, number): (usize, &Option<Number>)| number.clone().map(|number| (self.label(row), number));
        let rows: Vec<_> = number.values.iter().enumerate().filter_map(row).collect();
        let names = self.times.iter().map(|time| time.name);
        let names = names.chain(self.numbers.iter().skip(1).map(|number| number.name));
        let notes = self.notes(names, self.rows_without(rows.len()));
        Bars::new(format!("{} by {}", number.name, self.names()), rows, number.whole, notes)
    }

    /// Bars of how many rows have each text.
    fn counted(&self, text: &Part<'a, Option<String>>) -> Bars {
        let mut counts: Vec<(String, u64)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for label in (0..self.rows).map(|row| self.label(row)) {
            let place = *places.entry(label).or_insert_with_key(|label| {
                counts.push((label.clone(), 0));
                counts.len() - 1
            });
            if let Some((_, count)) = counts.get_mut(place) {
                *count += 1;
            }
        }
        let row = |(label, count): (String, u64)| (label, Number { value: count as f64, text: count.to_string() });
        let notes = self.notes(std::iter::empty(), 0);
        Bars::new(format!("{ROWS} by {}", text.name), counts.into_iter().map(row).collect(), true, notes)
    }

    /// Whether whole numbers are names rather than measures: hours, days of the week, ports.
    fn are_labels(&self, number: &Part<'a, Option<Number>>) -> bool {
        let texts: HashSet<_> = number.values.iter().flatten().map(|number| number.text.as_str()).collect();
        number.whole && self.rows <= NUMBERED_BARS_MAX && texts.len() == self.rows
    }

    fn numbered_bars(&self, label: &Part<'a, Option<Number>>, number: &Part<'a, Option<Number>>) -> Bars {
        let rows = label.values.iter().zip(number.values);
        let row = |(label, number): (&Option<Number>, &Option<Number>)| Some((label.clone()?.text, number.clone()?));
        let rows: Vec<_> = rows.filter_map(row).collect();
        let names = self.numbers.iter().skip(2).map(|number| number.name);
        let notes = self.notes(names, self.rows_without(rows.len()));
        Bars::new(format!("{} by {}", number.name, label.name), rows, number.whole, notes)
    }

    fn points(&self, across: &Part<'a, Option<Number>>, up: &Part<'a, Option<Number>>) -> Points {
        let pair = |(x, y): (&Option<Number>, &Option<Number>)| Some((x.as_ref()?.value, y.as_ref()?.value));
        let points: Vec<_> = across.values.iter().zip(up.values).filter_map(pair).collect();
        let names = self.numbers.iter().skip(2).map(|number| number.name);
        let notes = self.notes(names, self.rows_without(points.len()));
        Points { across: across.name.to_owned(), up: up.name.to_owned(), points, notes }
    }

    fn rows_without(&self, with: usize) -> usize {
        self.rows.saturating_sub(with)
    }

    /// What the drawing does not show.
    fn notes<'b>(&'b self, names: impl Iterator<Item = &'b str>, rows_without: usize) -> Vec<String> {
        let names: Vec<_> = names.chain(self.left_out.iter().copied()).collect();
        let mut notes = Vec::new();
        if !names.is_empty() {
            notes.push(format!("not shown: {}", names.join(", ")));
        }
        if rows_without > 0 {
            notes.push(format!("without a value: {}", crate::output::Count(rows_without as u64, "row")));
        }
        notes
    }
}

/// The rows that have a time and a number, which is 1 for each row where there is no number to be drawn.
fn points_of(time: Part<'_, Option<i64>>, number: Option<&Part<'_, Option<Number>>>) -> Vec<(usize, i64, f64)> {
    let value = |row: usize| match number {
        None => Some(1.0),
        Some(number) => number.values.get(row).and_then(Option::as_ref).map(|number| number.value),
    };
    let point = |(row, time): (usize, &Option<i64>)| Some((row, (*time)?, value(row)?));
    time.values.iter().enumerate().filter_map(point).collect()
}

/// A header; what a query gives no name is a value.
fn named(header: &str) -> &str {
    let is_unnamed = header.strip_prefix("_col").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if is_unnamed { "value" } else { header }
}
