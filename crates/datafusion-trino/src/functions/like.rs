//! Patterns of LIKE that are not known before the query runs, or that are wrong.

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::scalar::{Call, Function, Kind, fit, nullable};

const T: Kind = Kind::Text;

/// The function that makes Trino's pattern one whose escape is the backslash, as Arrow's always is.
pub(crate) const PATTERN: &str = "trino_like_pattern";

pub(crate) fn functions() -> Vec<Function> {
    let text = |_: &[arrow::datatypes::FieldRef]| nullable(DataType::Utf8);
    vec![Function::new(PATTERN, |n, t| fit(n, t, &[&[T], &[T, T]]), text, pattern)]
}

fn pattern(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let escape = if call.args.len() > 1 {
            let mut letters = call.text(1).value(row).chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => Some(letter),
                _ => return exec_err!("Escape string must be a single character"),
            }
        } else {
            None
        };
        match backslashed(call.text(0).value(row), escape) {
            Some(pattern) => Ok(Some(pattern)),
            None => exec_err!("Escape character must be followed by '%', '_' or the escape character itself"),
        }
    })
}

/// The pattern with a backslash as its escape; `None` when the escape stands before a plain letter.
/// Without an escape a backslash is a letter.
pub(crate) fn backslashed(pattern: &str, escape: Option<char>) -> Option<String> {
    let mut result = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            let next = chars.next()?;
            if !matches!(next, '%' | '_') && Some(next) != escape {
                return None;
            }
            if matches!(next, '%' | '_' | '\\') {
                result.push('\\');
            }
            result.push(next);
        } else {
            if c == '\\' {
                result.push('\\');
            }
            result.push(c);
        }
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::backslashed;

    #[test]
    fn a_backslash_is_a_letter_unless_it_is_the_escape() {
        for (pattern, escape, expected) in [
            (r"a\b%", None, Some(r"a\\b%")),
            ("100#%", Some('#'), Some(r"100\%")),
            (r"a\_b", Some('\\'), Some(r"a\_b")),
            ("a##b", Some('#'), Some("a#b")),
            (r"\#_", Some('#'), Some(r"\\\_")),
            ("#a", Some('#'), None),
        ] {
            assert_eq!(backslashed(pattern, escape).as_deref(), expected, "{pattern}");
        }
    }
}
