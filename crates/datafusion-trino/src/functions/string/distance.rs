//! Distances between texts.

use arrow::array::{ArrayRef, Int64Array};
use datafusion::common::{Result, exec_err};

use crate::functions::scalar::Call;

/// The product of the lengths up to which two texts are compared.
const LARGEST: usize = 1_000_000;

/// `hamming_distance`: in how many places two texts of one length differ.
pub(super) fn hamming(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int64Array>(|row| {
        let (mut left, mut right) = (call.text(0).value(row).chars(), call.text(1).value(row).chars());
        let mut distance = 0;
        loop {
            match (left.next(), right.next()) {
                (Some(left), Some(right)) => distance += i64::from(left != right),
                (None, None) => return Ok(Some(distance)),
                _ => return exec_err!("The input strings to hamming_distance function must have the same length"),
            }
        }
    })
}

/// `levenshtein_distance`: how many letters to put in, take out or change.
pub(super) fn levenshtein(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int64Array>(|row| {
        let left: Vec<char> = call.text(0).value(row).chars().collect();
        let right: Vec<char> = call.text(1).value(row).chars().collect();
        let (long, short) = if left.len() < right.len() { (right, left) } else { (left, right) };
        if !short.is_empty() && long.len().saturating_mul(short.len() - 1) > LARGEST {
            return exec_err!("The combined inputs for Levenshtein distance are too large");
        }
        Ok(Some(edits(&long, &short)))
    })
}

fn edits(long: &[char], short: &[char]) -> i64 {
    let mut distances: Vec<i64> = (0..=short.len() as i64).collect();
    for (i, letter) in long.iter().enumerate() {
        let mut diagonal = distances[0];
        distances[0] = i as i64 + 1;
        for (j, other) in short.iter().enumerate() {
            let changed = diagonal + i64::from(letter != other);
            diagonal = distances[j + 1];
            distances[j + 1] = changed.min(distances[j] + 1).min(diagonal + 1);
        }
    }
    distances[short.len()]
}
