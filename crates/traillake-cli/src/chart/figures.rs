//! The numbers of a result of one row.

/// Numbers beside each other at most; more are a row to be read in a table.
pub(super) const FIGURES_MAX: usize = 6;

/// Numbers to be seen from afar.
#[derive(Debug, PartialEq)]
pub(crate) struct Figures {
    pub(super) figures: Vec<Figure>,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    /// Grouped.
    pub(super) text: String,
}
