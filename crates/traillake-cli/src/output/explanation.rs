//! What a query would read, told to people.

use std::fmt::{self, Formatter};

use traillake::{Explanation, ScanExplanation};

use super::{Count, Size, grouped};

/// What `EXPLAIN` says: for each scan what is left after each step of pruning, then the plan.
pub(crate) struct Explained<'a>(pub(crate) &'a Explanation);

/// What `--estimate` says.
pub(crate) struct Estimated<'a>(pub(crate) &'a Explanation);

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.scans.iter().try_for_each(|scan| writeln!(f, "{}", Scan(scan)))?;
        writeln!(f, "plan")?;
        self.0.plan.lines().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl fmt::Display for Estimated<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (events, files) = (Count(self.0.events(), "event"), Count(self.0.files(), "data file"));
        writeln!(f, "{events} to be scanned, about {}, in {files}", Size(self.0.bytes()))
    }
}

struct Scan<'a>(&'a ScanExplanation);

impl fmt::Display for Scan<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scan = self.0;
        let ScanExplanation { store, version, columns, .. } = scan;
        writeln!(f, "scan of {store}, version {version}")?;
        match scan.conditions.as_slice() {
            [] => writeln!(f, "  conditions   none that leaves anything out")?,
            [first, others @ ..] => {
                writeln!(f, "  conditions   {first}")?;
                others.iter().try_for_each(|condition| writeln!(f, "               {condition}"))?;
            }
        }
        write!(f, "  files        {}", grouped(scan.files))?;
        step(f, scan.files - scan.files_left_by_log, scan.files_left_by_log, "by the log")?;
        step(f, scan.files_left_by_log - scan.files_left, scan.files_left, "by what they hold")?;
        write!(f, "\n  row groups   {}", grouped(scan.row_groups))?;
        let mut left = scan.row_groups;
        for (pruned, by) in [
            (scan.row_groups_pruned_by_bounds, "by bounds"),
            (scan.row_groups_pruned_by_value_index, "by the index of values"),
            (scan.row_groups_pruned_by_bloom_filters, "by bloom filters"),
        ] {
            left = left.saturating_sub(pruned);
            step(f, pruned, left, by)?;
        }
        write!(f, "\n  events       {} → {}", grouped(scan.events), grouped(scan.events_left))?;
        if scan.events_counted > 0 {
            write!(f, ", {} counted already", grouped(scan.events_counted))?;
        }
        let columns = Count(*columns as u64, "column");
        writeln!(f, "\n  bytes        {} → about {} in {columns}", Size(scan.bytes), Size(scan.bytes_left))
    }
}

/// ` → left by`, where anything was left out.
fn step(f: &mut Formatter<'_>, pruned: u64, left: u64, by: &str) -> fmt::Result {
    if pruned > 0 { write!(f, " → {} {by}", grouped(left)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_says_what_is_left_and_why() {
        let scan = ScanExplanation {
            store: "trail".to_owned(),
            version: 12,
            conditions: vec!["eventName_min <= 'x'".to_owned(), "value \"x\"".to_owned()],
            columns: 5,
            files: 127,
            files_left_by_log: 31,
            files_left: 3,
            row_groups: 40,
            row_groups_pruned_by_bounds: 2,
            row_groups_pruned_by_value_index: 35,
            events: 5_000_000,
            events_left: 6_144,
            bytes: 884_000_000,
            bytes_left: 181_400,
            ..ScanExplanation::default()
        };
        let text = "\
scan of trail, version 12
  conditions   eventName_min <= 'x'
               value \"x\"
  files        127 → 31 by the log → 3 by what they hold
  row groups   40 → 38 by bounds → 3 by the index of values
  events       5,000,000 → 6,144
  bytes        884 MB → about 181 kB in 5 columns
";
        assert_eq!(Scan(&scan).to_string(), text);
        let counted = ScanExplanation { events: 10, events_counted: 10, ..ScanExplanation::default() };
        assert!(Scan(&counted).to_string().contains("events       10 → 0, 10 counted already\n"));
    }
}
