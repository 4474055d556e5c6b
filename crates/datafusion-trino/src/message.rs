//! The engine's messages in Trino's words.

use datafusion::error::DataFusionError;

use crate::error::Error;

/// What the engine puts before the part that matters.
const PREFIXES: [&str; 10] = [
    "Error during planning: ",
    "Execution error: ",
    "Internal error: ",
    "Schema error: ",
    "This feature is not implemented: ",
    "External error: ",
    "Arrow error: ",
    "Invalid argument error: ",
    "Cast error: ",
    "Parser error: ",
];

/// Arrow's names of types, longest first, and Trino's.
const TYPES: [(&str, &str); 15] = [
    ("LargeUtf8", "varchar"),
    ("Utf8View", "varchar"),
    ("Utf8", "varchar"),
    ("Timestamp(ms)", "timestamp(3)"),
    ("Timestamp(µs)", "timestamp(6)"),
    ("Timestamp(ns)", "timestamp(9)"),
    ("Boolean", "boolean"),
    ("UInt64", "bigint"),
    ("Int64", "bigint"),
    ("Int32", "integer"),
    ("Int16", "smallint"),
    ("Int8", "tinyint"),
    ("Float64", "double"),
    ("Float32", "real"),
    ("Date32", "date"),
];

impl From<DataFusionError> for Error {
    /// Any error of the engine with its innermost message alone, for those that come up after planning.
    fn from(error: DataFusionError) -> Error {
        Error::Plan { message: plain(&error), position: None, hint: None, engine: Box::new(error) }
    }
}

/// The message at the root, without the engine's prefixes.
fn plain(error: &DataFusionError) -> String {
    let message = error.find_root().strip_backtrace();
    // A function's own words about its arguments are wrapped in the engine's.
    let own = message.split_once("user-defined coercion failed with: ").map(|(_, own)| own);
    let message = match own {
        Some(own) => own.split(". No function matches").next().unwrap_or(own),
        None => message.as_str(),
    };
    if let Some(call) = between(message, "No function matches the given name and argument types '", "'") {
        return format!("{} does not exist for these types", in_trino_types(call));
    }
    let mut message = message;
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| message.strip_prefix(prefix)) {
        message = rest;
    }
    if let Some(text) = between(message, "Error parsing timestamp from '", "': ") {
        return format!("'{text}' is no timestamp: write it like '2023-01-02 03:04:05' or '2023-01-02'");
    }
    if let (Some(text), Some(target)) =
        (between(message, "Cannot cast string '", "' to value of "), between(message, "to value of ", " type"))
    {
        return format!("cannot cast '{text}' to {}", in_trino_types(target));
    }
    message.lines().next().unwrap_or(message).to_owned()
}

fn between<'a>(message: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = message.split_once(before)?.1;
    Some(rest.split_once(after)?.0)
}

fn in_trino_types(text: &str) -> String {
    TYPES.iter().fold(text.to_owned(), |text, (arrow, trino)| text.replace(arrow, trino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_words_become_trinos() {
        for (engine, ours) in [
            ("Cast error: Cannot cast string 'x' to value of Int64 type", "cannot cast 'x' to bigint"),
            (
                "Parser error: Error parsing timestamp from 'yesterday': timestamp must contain at least 10 characters",
                "'yesterday' is no timestamp: write it like '2023-01-02 03:04:05' or '2023-01-02'",
            ),
            (
                "Internal error: many words. No function matches the given name and argument types 'sum(Utf8View)'. You",
                "sum(varchar) does not exist for these types",
            ),
            ("Error during planning: Arrow error: left alone", "left alone"),
        ] {
            assert_eq!(plain(&DataFusionError::Execution(engine.to_owned())), ours);
        }
    }
}
