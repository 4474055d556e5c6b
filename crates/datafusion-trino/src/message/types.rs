//! Arrow's types inside of messages, under Trino's names.

use arrow::datatypes::DataType;

use crate::types::describe;

/// How the names of Arrow's types begin, as they stand in messages.
const HEADS: [&str; 28] = [
    "Binary",
    "Boolean",
    "Date32",
    "Date64",
    "Decimal128",
    "Decimal256",
    "Dictionary",
    "Duration",
    "FixedSizeBinary",
    "FixedSizeList",
    "Float16",
    "Float32",
    "Float64",
    "Int16",
    "Int32",
    "Int64",
    "Int8",
    "Interval",
    "LargeList",
    "LargeUtf8",
    "List",
    "Map",
    "Struct",
    "Time64",
    "Timestamp",
    "UInt64",
    "Utf8",
    "Utf8View",
];

/// The text with every Arrow type in it under Trino's name.
pub(super) fn in_trino_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    let mut inside_word = false;
    while let Some(first) = rest.chars().next() {
        let found = if inside_word { None } else { type_at(rest) };
        let length = match found {
            Some((length, name)) => {
                words.push_str(&name);
                length
            }
            None => {
                words.push(first);
                first.len_utf8()
            }
        };
        inside_word = rest[..length].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = &rest[length..];
    }
    words
}

/// The Arrow type at the start of a text: its length and Trino's name.
fn type_at(text: &str) -> Option<(usize, String)> {
    let word = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    if !HEADS.contains(&&text[..word]) {
        return None;
    }
    let length = match text[word..].starts_with('(') {
        true => word + balanced(&text[word..])?,
        false => word,
    };
    let data_type: DataType = text[..length].parse().ok()?;
    Some((length, describe(&data_type)))
}

/// Bytes up to and with the parenthesis that closes the first.
fn balanced(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// Longest type of a row that is written out.
const ROW: usize = 60;

/// The text with the types of wide rows cut behind their first fields.
pub(crate) fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("row(") {
        let open = at + "row".len();
        short.push_str(&rest[..open]);
        match balanced(&rest[open..]).filter(|length| *length > ROW) {
            Some(length) => {
                let inside = &rest[open + 1..open + length - 1];
                let end = inside.char_indices().take_while(|(i, _)| *i < ROW).filter(|(_, c)| *c == ',').last();
                let kept = end.map_or("", |(i, _)| &inside[..i]);
                // A field may be a row itself: only whole ones are kept.
                let kept = if kept.contains('(') { "" } else { kept };
                let comma = if kept.is_empty() { "" } else { ", " };
                short.push_str(&format!("({kept}{comma}…)"));
                rest = &rest[open + length..];
            }
            None => rest = &rest[open..],
        }
    }
    short.push_str(rest);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_inside_of_words() {
        for (text, expected) in [
            ("f(Utf8View, Int64)", "f(varchar, bigint)"),
            ("List(Utf8) and Timestamp(ms)", "array(varchar) and timestamp(3)"),
            ("Struct(\"a\": Int32, \"b\": List(Float64))", "row(a integer, b array(double))"),
            ("Mapping MyInt64 Lists", "Mapping MyInt64 Lists"),
            ("Map(broken", "Map(broken"),
        ] {
            assert_eq!(in_trino_words(text), expected);
        }
    }

    #[test]
    fn wide_rows_are_cut() {
        let fields = (0..20).map(|i| format!("field{i} varchar")).collect::<Vec<_>>().join(", ");
        let text = shortened(&format!("a row({fields}) = row(x bigint)"));
        assert_eq!(text, "a row(field0 varchar, field1 varchar, field2 varchar, …) = row(x bigint)");
    }
}
