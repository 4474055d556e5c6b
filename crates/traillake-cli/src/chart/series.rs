//! Numbers over time.

use std::collections::HashMap;

use super::calendar::Step;
use super::points::range;

/// Lines at most, without the one of the rest.
pub(super) const LINES_MAX: usize = 6;

/// One or several numbers over the same time.
#[derive(Debug, PartialEq)]
pub(crate) struct Series {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
    /// Whether the lines are parts of one number, to be measured alike.
    pub(super) are_parts: bool,
    /// The step of the rows.
    step: Step,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(i64, f64)>,
    /// Whether they are whole numbers: these add up.
    pub(super) whole: bool,
    /// Whether it stands for all that had no line of their own.
    pub(super) is_rest: bool,
}

/// Lines at steps of time, each of which has a place of its own.
#[derive(Debug, PartialEq)]
pub(super) struct Fitted {
    pub(super) step: Step,
    /// The number of the first step.
    first: i64,
    /// For each line a value for each step that has one.
    pub(super) values: Vec<Vec<Option<f64>>>,
    /// What the values are, where several rows are one.
    pub(super) note: Option<String>,
}

impl Series {
    /// Lines, of which at least one has a point.
    pub(super) fn new(title: String, lines: Vec<Line>, are_parts: bool, notes: Vec<String>) -> Self {
        let mut times: Vec<i64> = lines.iter().flat_map(|line| line.points.iter().map(|point| point.0)).collect();
        times.sort_unstable();
        times.dedup();
        let (first, last) = (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0));
        Self { title, lines, are_parts, step: Step::of(&times), first, last, notes }
    }

    /// The lines at no more than so many steps: those of the rows or coarser ones.
    pub(super) fn fitted(&self, most: usize) -> Fitted {
        let step = self.step.coarser(self.first, self.last, most.max(1));
        let first = step.index(self.first);
        let count = usize::try_from(step.count(self.first, self.last)).unwrap_or(1);
        let mut is_merged = false;
        let values = self.lines.iter().map(|line| {
            let mut values: Vec<Option<f64>> = vec![None; count];
            for (time, value) in &line.points {
                let place = usize::try_from(step.index(*time) - first).ok().and_then(|place| values.get_mut(place));
                let Some(place) = place else { continue };
                // That the rest is a sum is said by its name.
                is_merged |= place.is_some() && !line.is_rest;
                *place = Some(match *place {
                    None => *value,
                    Some(other) if line.whole => other + value,
                    Some(other) => other.max(*value),
                });
            }
            values
        });
        let values = values.collect();
        let whole = self.lines.iter().all(|line| line.whole);
        let note = match whole {
            _ if !is_merged => None,
            true => Some(format!("rows are summed by {step}")),
            false => Some(format!("of each {step} the largest value is shown")),
        };
        Fitted { step, first, values, note }
    }

    /// What is drawn of which time.
    pub(super) fn range(&self, fitted: &Fitted) -> String {
        let written = |time: i64| fitted.step.moment(fitted.step.start(fitted.step.index(time)));
        let (first, last) = (written(self.first), written(self.last));
        if first == last { first } else { format!("{first} – {last}") }
    }
}

impl Fitted {
    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// Where an instant is, in steps from the first.
    pub(super) fn place(&self, time: i64) -> Option<usize> {
        usize::try_from(self.step.index(time) - self.first).ok().filter(|place| *place < self.len())
    }

    /// The instant that a step begins at.
    pub(super) fn start(&self, place: usize) -> i64 {
        self.step.start(self.first.saturating_add(i64::try_from(place).unwrap_or(0)))
    }

    /// The smallest and the largest value of one line, or of all.
    pub(super) fn range(&self, line: Option<usize>) -> (f64, f64) {
        let lines = self.values.iter().enumerate().filter(|(i, _)| line.is_none_or(|line| line == *i));
        range(lines.flat_map(|(_, values)| values.iter().flatten().copied()))
    }
}

/// The rows of each label as lines: those with the largest sums, and the rest in one where sums mean something. How many
/// labels have been left out.
pub(super) fn by_label(rows: Vec<(String, i64, f64)>, whole: bool) -> (Vec<Line>, usize) {
    let mut lines: Vec<(f64, Line)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (label, time, value) in rows {
        let place = *places.entry(label).or_insert_with_key(|label| {
            let line = Line { name: label.clone(), points: Vec::new(), whole, is_rest: false };
            lines.push((0.0, line));
            lines.len() - 1
        });
        let Some((sum, line)) = lines.get_mut(place) else { continue };
        *sum += value.abs();
        line.points.push((time, value));
    }
    // Stable: of equals, the one that came first.
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    let rest = match lines.len() > LINES_MAX + 1 {
        true => lines.split_off(LINES_MAX),
        // Where only one is left, it has the line that the rest would have.
        false => Vec::new(),
    };
    if rest.is_empty() || !whole {
        return (lines, rest.len());
    }
    let name = format!("{} others", crate::output::grouped(rest.len() as u64));
    let points = rest.into_iter().flat_map(|line| line.points).collect();
    lines.push(Line { name, points, whole, is_rest: true });
    (lines, 0)
}

#[cfg(test)]
mod tests {
    use super::super::calendar::time_of;
    use super::*;

    fn line(points: &[(&str, f64)], whole: bool) -> Line {
        let points = points.iter().map(|(time, value)| (time_of(time).unwrap(), *value)).collect();
        Line { name: "n".to_owned(), points, whole, is_rest: false }
    }

    fn fitted(points: &[(&str, f64)], whole: bool, most: usize) -> Fitted {
        Series::new("n".to_owned(), vec![line(points, whole)], false, Vec::new()).fitted(most)
    }

    #[test]
    fn a_step_without_a_row_is_a_gap() {
        let fitted = fitted(&[("2024-05-04", 3.0), ("2024-05-01", 1.0), ("2024-05-02", 2.0)], true, 10);
        assert_eq!(fitted.values, [[Some(1.0), Some(2.0), None, Some(3.0)]]);
        assert_eq!((fitted.step.to_string().as_str(), fitted.note), ("day", None));
    }

    #[test]
    fn more_steps_than_there_is_room_for_become_coarser() {
        let points = [("2024-05-01 10:00", 1.0), ("2024-05-01 10:30", 2.0), ("2024-05-01 15:00", 4.0)];
        let summed = fitted(&points, true, 6);
        assert_eq!(summed.values, [[Some(3.0), None, None, None, None, Some(4.0)]]);
        assert_eq!(summed.note.as_deref(), Some("rows are summed by hour"));
        let largest = fitted(&points, false, 6);
        assert_eq!(largest.values, [[Some(2.0), None, None, None, None, Some(4.0)]]);
        assert_eq!(largest.note.as_deref(), Some("of each hour the largest value is shown"));
    }

    #[test]
    fn the_rest_of_the_labels_is_one_line() {
        let rows = |count: usize| (0..count).map(|n| (format!("l{n}"), 0, n as f64)).collect::<Vec<_>>();
        let names = |(lines, left): (Vec<Line>, usize)| {
            (lines.into_iter().map(|line| line.name).collect::<Vec<_>>().join(" "), left)
        };
        assert_eq!(names(by_label(rows(7), true)), ("l6 l5 l4 l3 l2 l1 l0".to_owned(), 0));
        assert_eq!(names(by_label(rows(9), true)), ("l8 l7 l6 l5 l4 l3 3 others".to_owned(), 0));
        assert_eq!(names(by_label(rows(9), false)), ("l8 l7 l6 l5 l4 l3".to_owned(), 3));
    }
}
