//! The engine's messages in Trino's words.

mod patterns;
mod types;

use datafusion::error::DataFusionError;

use crate::error::Error;

pub(crate) use types::shortened;

/// What the engine puts before the part that matters.
const PREFIXES: [&str; 11] = [
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
    "SQL error: ",
];

/// A message in Trino's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Told {
    /// One line; `{name}` in it and in the hint is `about` as it was typed.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// What it is about, to be looked for in the statement.
    pub(crate) about: Option<About>,
}

/// Something that a message names and that stands in the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// A column or a field, by its own name.
    Column(String),
    /// A function, by its name.
    Function(String),
    /// An aggregate in WHERE.
    AggregateInWhere,
}

impl Told {
    fn new(message: impl Into<String>) -> Told {
        Told { message: message.into(), ..Told::default() }
    }

    fn with_hint(self, hint: impl Into<String>) -> Told {
        Told { hint: Some(hint.into()), ..self }
    }

    fn about(self, about: About) -> Told {
        Told { about: Some(about), ..self }
    }

    /// With what it is about as it was typed.
    pub(crate) fn with_name(mut self, typed: &str) -> Told {
        self.message = self.message.replace("{name}", typed);
        self.hint = self.hint.map(|hint| hint.replace("{name}", typed));
        self
    }
}

impl From<DataFusionError> for Error {
    /// Any error of the engine with its innermost message alone, for those that come up after planning.
    fn from(error: DataFusionError) -> Error {
        let told = tell(&error);
        let name = match &told.about {
            Some(About::Column(name) | About::Function(name)) => name.clone(),
            _ => String::new(),
        };
        let Told { message, hint, .. } = told.with_name(&name);
        Error::Plan { message, position: None, hint, engine: Box::new(error) }
    }
}

/// The message at the root, in Trino's words.
pub(crate) fn tell(error: &DataFusionError) -> Told {
    // Functions of this crate under names of its own are those Trino calls without the prefix.
    let message = plain(error).replace("trino_", "");
    patterns::tell(&message, error.diagnostic()).unwrap_or_else(|| Told::new(in_words(&message)))
}

/// The message at the root, without the engine's prefixes.
pub(crate) fn plain(error: &DataFusionError) -> String {
    let message = error.find_root().strip_backtrace();
    // A function's own words about its arguments are wrapped in the engine's.
    let own = message.split_once("user-defined coercion failed with: ").map(|(_, own)| own);
    let mut message = match own {
        Some(own) => own.split(". No function matches").next().unwrap_or(own),
        None => message.as_str(),
    };
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| message.strip_prefix(prefix)) {
        message = rest;
    }
    message.to_owned()
}

/// A message no pattern knows: its first line, with types and functions under the names they have here.
fn in_words(message: &str) -> String {
    let line = message.lines().next().unwrap_or(message);
    types::shortened(&types::in_trino_words(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_words_become_trinos() {
        for (engine, ours, hint) in [
            ("Cast error: Cannot cast string 'x' to value of Int64 type", "cannot cast 'x' to bigint", ""),
            (
                "Parser error: Error parsing timestamp from 'yesterday': timestamp must contain at least 10 characters",
                "'yesterday' is no timestamp: write it like '2023-01-02 03:04:05' or '2023-01-02'",
                "",
            ),
            (
                "Internal error: many words. No function matches the given name and argument types 'round(Utf8View)'. You",
                "round(varchar) does not exist",
                "there is round(x) -> [same as input] and round(x, d) -> [same as input]",
            ),
            ("Error during planning: Arrow error: left alone", "left alone", ""),
            (
                "Error during planning: Cannot coerce arithmetic expression Timestamp(ms) + Int64 to valid types",
                "Cannot apply operator: timestamp(3) + bigint",
                "a time is moved by an interval: time + INTERVAL '1' DAY",
            ),
            (
                "Error during planning: Cannot infer common argument type for comparison operation Map(\"entries\": \
                 non-null Struct(\"keys\": non-null Utf8, \"values\": Utf8), unsorted) = Utf8",
                "Cannot apply operator: map(varchar, varchar) = varchar",
                "a value of a map is element_at(map, 'key')",
            ),
            ("Execution error: trino_cast_number failed for Utf8View", "cast_number failed for varchar", ""),
        ] {
            let told = tell(&DataFusionError::Execution(engine.to_owned()));
            assert_eq!((told.message.as_str(), told.hint.as_deref().unwrap_or("")), (ours, hint));
        }
    }
}
