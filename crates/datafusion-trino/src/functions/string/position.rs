//! Parts of a text by position, and positions of parts. Letters count from one.

use std::cmp::Reverse;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use crate::functions::scalar::Call;

/// `substr`: a negative start counts from the end; a start of zero or outside gives nothing.
pub(super) fn substr(call: &Call) -> Result<ArrayRef> {
    let places = |row| (call.integer(1, row), call.integer_or(2, row, i64::MAX));
    if call.args[0].data_type() == &DataType::Binary {
        return call.rows::<_, BinaryArray>(|row| {
            let (start, length) = places(row);
            let bytes = call.bytes(0).value(row);
            let Some((skipped, length)) = range(start, length, || bytes.len()) else { return Ok(Some(&bytes[..0])) };
            let rest = bytes.get(skipped..).unwrap_or_default();
            Ok(Some(&rest[..length.min(rest.len())]))
        });
    }
    call.rows::<_, StringArray>(|row| {
        let (start, length) = places(row);
        Ok(Some(part(call.text(0).value(row), start, length)))
    })
}

pub(super) fn part(value: &str, start: i64, length: i64) -> &str {
    let Some((skipped, length)) = range(start, length, || value.chars().count()) else { return "" };
    let begin = value.char_indices().nth(skipped).map_or(value.len(), |(at, _)| at);
    let rest = &value[begin..];
    &rest[..rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at)]
}

/// How many units to skip and how many to take; `None` for nothing.
fn range(start: i64, length: i64, count: impl Fn() -> usize) -> Option<(usize, usize)> {
    let length = usize::try_from(length).ok()?;
    let skipped = if start < 0 { (count() as i64).checked_add(start)? } else { start - 1 };
    Some((usize::try_from(skipped).ok()?, length))
}

/// `overlay(text PLACING by FROM start FOR length)`.
pub(super) fn overlay(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let (text, by, start) = (call.text(0).value(row), call.text(1).value(row), call.integer(2, row));
        if start < 1 {
            return exec_err!("OVERLAY start position must be greater than 0, got: {start}");
        }
        let length = call.integer_or(3, row, by.chars().count() as i64).max(0);
        let behind = part(text, start.saturating_add(length), i64::MAX);
        Ok(Some(format!("{}{by}{behind}", part(text, 1, start - 1))))
    })
}

/// The place of the n-th occurrence, from the end for a negative n; 0 when there is none. Occurrences
/// may overlap.
pub(super) fn strpos(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int64Array>(|row| {
        let (value, wanted) = (call.text(0).value(row), call.text(1).value(row));
        let n = call.integer_or(2, row, 1);
        if n == 0 {
            return exec_err!("'instance' must be a positive or negative number.");
        }
        if wanted.is_empty() {
            return Ok(Some(1));
        }
        let nth = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX) - 1;
        let at = if n > 0 {
            occurrences(value, wanted).nth(nth)
        } else {
            let mut all: Vec<usize> = occurrences(value, wanted).collect();
            all.sort_by_key(|at| Reverse(*at));
            all.get(nth).copied()
        };
        Ok(Some(at.map_or(0, |at| value[..at].chars().count() as i64 + 1)))
    })
}

fn occurrences<'a>(value: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + value.get(from..)?.find(wanted)?;
        from = at + value[at..].chars().next().map_or(1, char::len_utf8);
        Some(at)
    })
}
