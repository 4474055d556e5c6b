//! Pairs of numbers.

use super::scale::Scale;

/// One number over another.
#[derive(Debug, PartialEq)]
pub(crate) struct Points {
    /// What goes to the right.
    pub(super) across: String,
    /// What goes up.
    pub(super) up: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) notes: Vec<String>,
}

impl Points {
    pub(super) fn title(&self) -> String {
        format!("{} over {}", self.up, self.across)
    }

    /// The scale to the right and the one upwards, with about so many steps.
    pub(super) fn scales(&self, across: usize, up: usize) -> (Scale, Scale) {
        let scale = |of: fn(&(f64, f64)) -> f64, steps| {
            let (low, high) = range(self.points.iter().map(of));
            Scale::of(low, high, steps)
        };
        (scale(|point| point.0, across), scale(|point| point.1, up))
    }
}

/// The smallest and the largest of numbers.
pub(super) fn range(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let range = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| (low.min(n), high.max(n)));
    if range.0 <= range.1 { range } else { (0.0, 0.0) }
}
