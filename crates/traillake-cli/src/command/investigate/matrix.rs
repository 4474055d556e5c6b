//! Coverage as a matrix: a line for each account and Region, a cell for each day.
//!
//! A line is to fit 80 columns. Where there are too many days, a cell is a week, a month, a quarter or a year.

use std::collections::BTreeMap;

use traillake::investigation::Answer;
use traillake::time::{self, Form};

use crate::output::{Count, visible};
use crate::terminal::{Screen, Style};

const WIDTH: usize = 80;
const DAY_MS: i64 = 86_400_000;
/// Cells for few to many events.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
/// A cell without events, and one in which some days are without.
const GAP: char = '·';
const PARTIAL: char = '-';

/// What a cell stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Fold {
    const ALL: [Fold; 5] = [Fold::Day, Fold::Week, Fold::Month, Fold::Quarter, Fold::Year];

    /// The cell of a day, by the day it begins with.
    fn begin(self, day: i64) -> i64 {
        let date = date(day);
        let of_month = number(&date, 8..10) - 1;
        let month = number(&date, 5..7) - 1;
        match self {
            Fold::Day => day,
            // The first of January 1970 was a Thursday; weeks begin on Mondays.
            Fold::Week => day - (day + 3).rem_euclid(7),
            Fold::Month => day - of_month,
            Fold::Quarter if month % 3 == 0 => day - of_month,
            Fold::Quarter => self.begin(day - of_month - 1),
            Fold::Year if month == 0 => day - of_month,
            Fold::Year => self.begin(day - of_month - 1),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Fold::Day => "day",
            Fold::Week => "week",
            Fold::Month => "month",
            Fold::Quarter => "quarter",
            Fold::Year => "year",
        }
    }
}

/// `2026/03/01`
fn date(day: i64) -> String {
    let mut text = String::new();
    Form::Date.write(&mut text, day.saturating_mul(DAY_MS));
    text
}

fn number(date: &str, digits: std::ops::Range<usize>) -> i64 {
    date.get(digits).and_then(|digits| digits.parse().ok()).unwrap_or(1)
}

/// Events of each day.
type Days = BTreeMap<i64, u64>;

struct Cell {
    begin: i64,
    days: std::ops::Range<i64>,
}

/// The rows of account, Region, day and events as a matrix.
pub(super) fn draw(answer: &Answer, screen: Screen) -> String {
    let mut lines: BTreeMap<(String, String), Days> = BTreeMap::new();
    for row in 0..answer.rows.len() {
        let name =
            |column| answer.value(row, column).map_or_else(|| "(none)".to_owned(), |name| visible(name).into_owned());
        let day = answer.value(row, "day").and_then(time::parse).map(|(millis, _)| millis.div_euclid(DAY_MS));
        let events = answer.value(row, "events").and_then(|events| events.parse().ok()).unwrap_or(0);
        if let Some(day) = day {
            *lines.entry((name("recipientAccountId"), name("awsRegion"))).or_default().entry(day).or_insert(0) +=
                events;
        }
    }
    let days = || lines.values().flat_map(Days::keys).copied();
    match (days().min(), days().max()) {
        (Some(first), Some(last)) => Matrix::new(&lines, first, last).draw(screen),
        _ => "no event has a time\n".to_owned(),
    }
}

struct Matrix<'a> {
    lines: &'a BTreeMap<(String, String), Days>,
    fold: Fold,
    cells: Vec<Cell>,
    margin: usize,
    most: u64,
}

impl<'a> Matrix<'a> {
    fn new(lines: &'a BTreeMap<(String, String), Days>, first: i64, last: i64) -> Self {
        let margin = 2 + lines.keys().map(|(_, region)| region.chars().count()).max().unwrap_or(0).max(12);
        let room = WIDTH.saturating_sub(margin + 1 + TAIL);
        let folded = Fold::ALL.into_iter().map(|fold| (fold, cells(fold, first, last)));
        let mut fitting = folded.filter(|(fold, cells)| cells.len() <= room || *fold == Fold::Year);
        let (fold, cells) = fitting.next().unwrap_or((Fold::Year, Vec::new()));
        let mut matrix = Self { lines, fold, cells, margin, most: 1 };
        let counts = lines.values().flat_map(|days| matrix.cells.iter().map(|cell| sum(days, cell)));
        matrix.most = counts.max().unwrap_or(1);
        matrix
    }

    fn draw(&self, screen: Screen) -> String {
        let mut text = self.head();
        let mut account = "";
        let mut missing = 0;
        for ((name, region), days) in self.lines {
            if name != account {
                account = name;
                text.push_str(&format!("{name}\n"));
            }
            let cells: String = self.cells.iter().map(|cell| self.cell(days, cell, screen)).collect();
            let gaps =
                self.cells.iter().flat_map(|cell| cell.days.clone()).filter(|day| !days.contains_key(day)).count();
            missing += gaps;
            let events: u64 = days.values().sum();
            let gaps = if gaps > 0 { gaps.to_string() } else { String::new() };
            let line = format!("  {region:margin$} {cells} {:>7} {gaps:>5}", short(events), margin = self.margin - 2);
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let partial = if self.fold == Fold::Day { String::new() } else { format!("{PARTIAL} some days without, ") };
        let shades: String = SHADES.iter().collect();
        text.push_str(&format!(
            "\n{} without events\n{GAP} none, {partial}{shades} few to many in a {}\n",
            Count(missing as u64, "day"),
            self.fold.name(),
        ));
        text
    }

    /// Above the cells: where months begin, or years, and the number of the day or month in two lines.
    fn head(&self) -> String {
        let margin = " ".repeat(self.margin + 1);
        let of_days = matches!(self.fold, Fold::Day | Fold::Week);
        let dates: Vec<String> = self.cells.iter().map(|cell| date(cell.begin)).collect();
        let (long, digits) = if of_days { (7, 8..10) } else { (4, 5..7) };
        let mut marks = String::new();
        let mut shown = "";
        for (at, date) in dates.iter().enumerate() {
            let mark = date.get(..long).unwrap_or_default();
            // A mark that has no room behind the last is left out.
            if mark != shown && at >= marks.chars().count() + usize::from(at > 0) {
                marks.push_str(&" ".repeat(at - marks.chars().count()));
                marks.push_str(&mark.replace('/', "-"));
            }
            shown = mark;
        }
        let digit = |at: usize| dates.iter().map(|date| date.get(at..=at).unwrap_or(" ")).collect::<String>();
        let head = format!("{:>7} {:>5}", "events", "gaps");
        let lines = match self.fold {
            Fold::Year => vec![marks],
            _ => vec![marks, digit(digits.start), format!("{} {head}", digit(digits.start + 1))],
        };
        lines.iter().map(|line| format!("{margin}{}\n", line.trim_end())).collect()
    }

    fn cell(&self, days: &Days, cell: &Cell, screen: Screen) -> String {
        let events = sum(days, cell);
        let is_whole = cell.days.clone().all(|day| days.contains_key(&day));
        match (events, is_whole) {
            (0, _) => Style::Red.paint(&GAP.to_string(), screen.colour),
            (_, false) => Style::Yellow.paint(&PARTIAL.to_string(), screen.colour),
            (events, true) => SHADES.get(shade(events, self.most)).copied().unwrap_or('█').to_string(),
        }
    }
}

/// Columns behind the cells.
const TAIL: usize = 14;

fn sum(days: &Days, cell: &Cell) -> u64 {
    days.range(cell.days.clone()).map(|(_, events)| events).sum()
}

/// Accounts differ by powers of ten, and so do shades.
fn shade(events: u64, most: u64) -> usize {
    let share = ((events + 1) as f64).ln() / ((most + 1) as f64).ln();
    ((share * SHADES.len() as f64).ceil() as usize).clamp(1, SHADES.len()) - 1
}

fn cells(fold: Fold, first: i64, last: i64) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for day in first..=last {
        let begin = fold.begin(day);
        match cells.last_mut().filter(|cell| cell.begin == begin) {
            Some(cell) => cell.days.end = day + 1,
            None => cells.push(Cell { begin, days: day..day + 1 }),
        }
    }
    cells
}

/// A number in at most six letters: `999`, `12.3k`, `4.5M`.
fn short(number: u64) -> String {
    let mut rest = number as f64;
    for unit in ["", "k", "M", "G"] {
        if rest < 999.5 {
            let digits = usize::from(!unit.is_empty() && rest < 99.95);
            return format!("{rest:.digits$}{unit}");
        }
        rest /= 1000.0;
    }
    format!("{rest:.0}T")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: &[(&str, &str, &str, &str)]) -> Answer {
        let columns = ["recipientAccountId", "awsRegion", "day", "events"].map(str::to_owned).to_vec();
        let row =
            |row: &(&str, &str, &str, &str)| [row.0, row.1, row.2, row.3].map(|value| Some(value.to_owned())).to_vec();
        Answer { columns, rows: rows.iter().map(row).collect() }
    }

    #[test]
    fn a_day_without_events_is_seen() {
        let rows = [
            ("111122223333", "us-east-1", "2026-02-27 00:00:00.000", "1000"),
            ("111122223333", "us-east-1", "2026-03-01 00:00:00.000", "1"),
            ("444455556666", "eu-central-1", "2026-03-02 00:00:00.000", "30"),
        ];
        insta::assert_snapshot!(draw(&answer(&rows), Screen::NONE), @r#"
                           2026-02
                           2200
                           7812  events  gaps
            111122223333
              us-east-1    █·░·    1.0k     2
            444455556666
              eu-central-1 ···▒      30     3

            5 days without events
            · none, ░▒▓█ few to many in a day
            "#);
    }

    #[test]
    fn long_spans_are_folded_and_keep_within_the_width() {
        for (first, last, fold) in [
            ("2026-01-01", "2026-02-09", Fold::Day),
            ("2026-01-01", "2026-09-30", Fold::Week),
            ("2023-01-01", "2026-03-30", Fold::Month),
            ("2016-01-01", "2026-03-30", Fold::Quarter),
            ("2000-01-01", "2026-03-30", Fold::Year),
        ] {
            let times = [first, last].map(|day| format!("{day} 00:00:00.000"));
            let rows = times.each_ref().map(|day| ("111122223333", "ap-southeast-2", day.as_str(), "5"));
            let text = draw(&answer(&rows), Screen::NONE);
            assert!(text.ends_with(&format!("in a {}\n", fold.name())), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        }
    }

    #[test]
    fn a_fold_begins_where_the_calendar_says() {
        let day = |text: &str| time::parse(&format!("{text}T00:00:00Z")).unwrap().0 / DAY_MS;
        for (fold, begin) in [
            (Fold::Day, "2026-03-01"),
            (Fold::Week, "2026-02-23"),
            (Fold::Month, "2026-03-01"),
            (Fold::Quarter, "2026-01-01"),
            (Fold::Year, "2026-01-01"),
        ] {
            assert_eq!(fold.begin(day("2026-03-01")), day(begin), "{fold:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1.0k"), (123_456, "123k"), (4_975_027, "5.0M")] {
            assert_eq!(short(number), text);
        }
    }
}
