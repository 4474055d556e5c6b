//! JSON put into the form `json_parse` gives: no blanks, plain escapes, numbers as Java writes them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::number::Number;
use super::{Shape, entries, items, shape, unquote};

/// In which order the keys of an object come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// As they stand.
    Kept,
    /// By their text, the last of equal ones only.
    Sorted,
}

/// A text as a JSON string.
pub(crate) fn quote(text: &str, to: &mut String) {
    use std::fmt::Write;
    to.push('"');
    if !text.bytes().any(|b| b < b' ' || matches!(b, b'"' | b'\\')) {
        to.push_str(text);
        to.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\u{8}' => to.push_str("\\b"),
            '\u{c}' => to.push_str("\\f"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            '\0'..='\u{1f}' => {
                // Writing into a String cannot fail.
                let _ = write!(to, "\\u{:04X}", u32::from(c));
            }
            other => to.push(other),
        }
    }
    to.push('"');
}

/// The value without blanks between its parts; keys, numbers and texts as they stand.
pub(crate) fn compact(value: &str) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    let mut quoted = false;
    let mut escaped = false;
    let mut result: Option<String> = None;
    let mut kept = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if quoted {
            match (escaped, byte) {
                (true, _) => escaped = false,
                (false, b'\\') => escaped = true,
                (false, b'"') => quoted = false,
                (false, _) => {}
            }
        } else if *byte == b'"' {
            quoted = true;
        } else if byte.is_ascii_whitespace() {
            result.get_or_insert_default().push_str(&value[kept..at]);
            kept = at + 1;
        }
    }
    match result {
        Some(mut result) => {
            result.push_str(&value[kept..]);
            Cow::Owned(result)
        }
        None => Cow::Borrowed(value),
    }
}

/// Appends the value as `json_parse` gives it. Two values that differ in blanks, escapes and the order
/// of keys only get the same text, so JSON compares by its text.
pub(crate) fn canonical(value: &str, keys: Keys, to: &mut String) {
    match shape(value) {
        Some(Shape::Object) if keys == Keys::Sorted => {
            let sorted: BTreeMap<Cow<str>, &str> = entries(value).collect();
            object(sorted.into_iter(), keys, to);
        }
        Some(Shape::Object) => object(entries(value), keys, to),
        Some(Shape::Array) => {
            to.push('[');
            for (i, item) in items(value).enumerate() {
                if i > 0 {
                    to.push(',');
                }
                canonical(item, keys, to);
            }
            to.push(']');
        }
        Some(Shape::Text) => match unquote(value) {
            Some(text) => quote(&text, to),
            None => to.push_str(value),
        },
        Some(Shape::Number) => number(value, to),
        _ => to.push_str(value),
    }
}

/// Appends a number; one without a fraction stands as it is.
pub(crate) fn number(text: &str, to: &mut String) {
    match text.contains(['.', 'e', 'E']).then(|| Number::parse(text)).flatten() {
        Some(number) => number.write(to),
        None => to.push_str(text),
    }
}

fn object<'a>(entries: impl Iterator<Item = (Cow<'a, str>, &'a str)>, keys: Keys, to: &mut String) {
    to.push('{');
    for (i, (key, value)) in entries.enumerate() {
        if i > 0 {
            to.push(',');
        }
        quote(&key, to);
        to.push(':');
        canonical(value, keys, to);
    }
    to.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: &str) -> String {
        let mut text = String::new();
        canonical(value, Keys::Sorted, &mut text);
        text
    }

    #[test]
    fn canonical_is_sorted_and_compact() {
        let value = r#"{ "b": [1, 2], "a": {"d":"x y","c":null}, "b":3 }"#;
        assert_eq!(parsed(value), r#"{"a":{"c":null,"d":"x y"},"b":3}"#);
        assert_eq!(parsed(r#""\u0041\/\u0001""#), r#""A/\u0001""#);
        assert_eq!(compact("{ \"a b\" : [1, 2] }"), r#"{"a b":[1,2]}"#);
    }
}
