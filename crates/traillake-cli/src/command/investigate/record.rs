//! Records as JSON for reading.

use traillake::investigation::Answer;

use crate::output::pretty;

/// The records in the last column, one below the other.
pub(super) fn pretty_all(answer: &Answer) -> String {
    let records = answer.rows.iter().filter_map(|row| row.last()).flatten();
    records.map(|record| format!("{}\n", pretty(record))).collect()
}
