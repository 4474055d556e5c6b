//! Numbers of things: what a bar is drawn for, and in which order.

use super::columns::Number;
use super::scale::{grouped_text, written};

/// A number for each label.
#[derive(Debug, PartialEq)]
pub(crate) struct Bars {
    pub(super) title: String,
    bars: Vec<Bar>,
    /// The sum, where it means something.
    pub(super) total: Option<f64>,
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    /// Grouped.
    pub(super) text: String,
    /// Whether it stands for all that had no room.
    pub(super) is_rest: bool,
}

impl Bars {
    /// Bars in the order of the rows, if that is an order, or else the largest first. Shares are told of whole numbers
    /// that are not negative.
    pub(super) fn new(title: String, rows: Vec<(String, Number)>, whole: bool, notes: Vec<String>) -> Self {
        let bar = |(label, number): (String, Number)| Bar {
            label,
            value: number.value,
            text: grouped_text(&number.text),
            is_rest: false,
        };
        let mut bars: Vec<Bar> = rows.into_iter().map(bar).collect();
        let is_in_order = bars.is_sorted_by(|a, b| a.value >= b.value)
            || bars.is_sorted_by(|a, b| a.value <= b.value)
            || bars.is_sorted_by(|a, b| order(a) <= order(b));
        if !is_in_order {
            bars.sort_by(|a, b| b.value.total_cmp(&a.value));
        }
        let sum: f64 = bars.iter().map(|bar| bar.value).sum();
        let total = (whole && sum > 0.0 && bars.iter().all(|bar| bar.value >= 0.0)).then_some(sum);
        Self { title, bars, total, notes }
    }

    pub(super) fn len(&self) -> usize {
        self.bars.len()
    }

    /// At most so many bars: where there are more, the largest, and one for the sum of the rest if that means something.
    pub(super) fn fitted(&self, most: usize) -> Vec<Bar> {
        if self.bars.len() <= most {
            return self.bars.clone();
        }
        let mut largest = self.bars.clone();
        largest.sort_by(|a, b| b.value.total_cmp(&a.value));
        let rest = largest.split_off(most.saturating_sub(1).min(largest.len()));
        if self.total.is_some() {
            let value = rest.iter().map(|bar| bar.value).sum();
            let label = format!("{} others", crate::output::grouped(rest.len() as u64));
            largest.push(Bar { label, value, text: written(value, true), is_rest: true });
        }
        largest
    }
}

/// Labels that are numbers go by size.
fn order(bar: &Bar) -> (f64, &str) {
    (bar.label.parse().unwrap_or(f64::MAX), &bar.label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(rows: &[(&str, f64)], whole: bool) -> Bars {
        let number = |value: f64| Number { value, text: value.to_string() };
        let rows = rows.iter().map(|(label, value)| ((*label).to_owned(), number(*value))).collect();
        Bars::new("n".to_owned(), rows, whole, Vec::new())
    }

    fn labels(bars: &[Bar]) -> String {
        bars.iter().map(|bar| format!("{}={}", bar.label, bar.text)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_order_is_kept_and_disorder_is_not() {
        let labels = |rows: &[(&str, f64)]| labels(&bars(rows, true).fitted(9));
        assert_eq!(labels(&[("b", 1.0), ("a", 2.0), ("c", 3.0)]), "b=1 a=2 c=3");
        assert_eq!(labels(&[("a", 1.0), ("b", 3.0), ("c", 2.0)]), "a=1 b=3 c=2");
        assert_eq!(labels(&[("9", 1.0), ("10", 3.0), ("11", 2.0)]), "9=1 10=3 11=2");
        assert_eq!(labels(&[("b", 1.0), ("a", 3.0), ("c", 2.0)]), "a=3 c=2 b=1");
    }

    #[test]
    fn what_has_no_room_is_summed_up_where_sums_mean_something() {
        let rows = [("a", 5000.0), ("b", 1.0), ("c", 4.0), ("d", 2.0)];
        assert_eq!(labels(&bars(&rows, true).fitted(3)), "a=5,000 c=4 2 others=3");
        assert_eq!(labels(&bars(&rows, false).fitted(3)), "a=5,000 c=4");
        assert_eq!(bars(&[("a", -1.0)], true).total, None);
    }
}
