//! The table of CloudTrail Lake's features names tests that exist.

use std::fs;

use crate::root;

const TABLE: &str = "crates/traillake/docs/cloudtrail-lake.md";

/// The texts between backticks of a cell.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_feature_that_works_has_a_test_that_exists() {
    let table = fs::read_to_string(root().join(TABLE)).unwrap();
    let rows =
        table.lines().filter(|line| line.starts_with("| ") && !line.contains("---") && !line.starts_with("| # "));
    let mut numbers = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [number, _, here, test] = cells[..] else { panic!("four cells: {row}") };
        numbers.extend(number.parse::<u32>().ok());
        let works = !here.starts_with("not ");
        match quoted(test)[..] {
            [file, function] => {
                let path = root().join("crates").join(file);
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
                let is_there = text.contains(&format!("fn {function}("));
                assert!(is_there, "row {number}: {file} has no test {function}");
            }
            _ => assert!(!works, "row {number} works, and names no test"),
        }
    }
    assert_eq!(numbers, (1..=71).collect::<Vec<_>>());
}
