//! What can go wrong between a text and a plan, said to the person who typed it.

mod excerpt;

use datafusion::error::DataFusionError;

pub use excerpt::{Excerpt, Report};

/// A place in the text of a statement; both numbers start at one, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from one.
    pub line: u64,
    /// Character within the line, from one.
    pub column: u64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Where a message points, when the place is known.
fn at(position: &Option<Position>) -> String {
    position.map_or_else(String::new, |p| format!(" ({p})"))
}

/// Why a text is not a plan. `Display` is one line without a prefix; [`Error::hint`] is the advice, and
/// [`Error::report`] shows both with the line they are about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not Trino SQL, or more of it than is supported.
    #[error("{message}{}", at(position))]
    Syntax {
        /// What was expected and what was found.
        message: String,
        /// Where in the text.
        position: Option<Position>,
        /// What to write instead.
        hint: Option<String>,
    },
    /// The text is SQL, but not a SELECT.
    #[error("{found} is not a query: only SELECT runs here{}", at(position))]
    NotASelect {
        /// The first word of the statement, in capitals.
        found: String,
        /// Where it stands.
        position: Option<Position>,
    },
    /// There is nothing but blanks and comments.
    #[error("there is no statement to run")]
    Empty,
    /// More than one statement where one is expected.
    #[error("one statement was expected and {found} were found{}", at(position))]
    SeveralStatements {
        /// How many.
        found: usize,
        /// Where the second begins.
        position: Option<Position>,
    },
    /// A table nobody knows.
    #[error("table \"{name}\" does not exist{}", at(position))]
    UnknownTable {
        /// As typed.
        name: String,
        /// Where it was typed.
        position: Option<Position>,
        /// Names in scope that look alike, best first.
        similar: Vec<String>,
    },
    /// A column or a field of a row nobody knows.
    #[error("column \"{name}\" does not exist{}", at(position))]
    UnknownColumn {
        /// As typed.
        name: String,
        /// Where it was typed.
        position: Option<Position>,
        /// Names in scope that look alike, best first.
        similar: Vec<String>,
        /// Whether it was typed in double quotes, as text is elsewhere.
        is_quoted: bool,
        /// What the name probably meant, when it is no misspelling.
        meant: Option<String>,
    },
    /// A function nobody knows.
    #[error("function \"{name}\" does not exist{}", at(position))]
    UnknownFunction {
        /// As typed.
        name: String,
        /// Where it was typed.
        position: Option<Position>,
        /// Names that look alike, best first.
        similar: Vec<String>,
        /// What to write for a function of another system.
        instead: Option<String>,
    },
    /// A function that Trino has and this crate does not.
    #[error("Trino's function \"{name}\" is not supported here{}", at(position))]
    UnsupportedFunction {
        /// As typed.
        name: String,
        /// Where it was typed.
        position: Option<Position>,
        /// What does something near it.
        instead: Option<String>,
    },
    /// A map is asked for a field, as if it were a row.
    #[error("\"{map}\" is a map, which has keys and no field \"{key}\"{}", at(position))]
    FieldOfMap {
        /// The map, as typed.
        map: String,
        /// What was taken for a field, as typed.
        key: String,
        /// Where it was typed.
        position: Option<Position>,
    },
    /// A parameter that was given no value.
    #[error("parameter {name} has no value{}", at(position))]
    UnboundParameter {
        /// As typed: `:since`, or `?` and its number.
        name: String,
        /// Where it first stands.
        position: Option<Position>,
    },
    /// A value for a parameter that the statement does not have.
    #[error("the statement has no parameter \"{name}\"")]
    SurplusParameter {
        /// The name that was given.
        name: String,
        /// The names the statement has.
        known: Vec<String>,
    },
    /// More or fewer values than the statement has `?`.
    #[error("the statement has {expected} and {given}{}", at(position))]
    ParameterCount {
        /// How many `?` there are, in words.
        expected: String,
        /// How many values came, in words.
        given: String,
        /// The first `?` without a value.
        position: Option<Position>,
    },
    /// The query means nothing over these tables: a type that does not fit, an aggregate out of place.
    #[error("{message}{}", at(position))]
    Plan {
        /// What is wrong, in Trino's words.
        message: String,
        /// Where in the text, when known.
        position: Option<Position>,
        /// What to write instead.
        hint: Option<String>,
        /// The engine's error, whole. No source: the message says what of it concerns the query.
        engine: Box<DataFusionError>,
    },
}

impl Error {
    pub(crate) fn syntax(message: impl Into<String>, position: Option<Position>) -> Error {
        Error::Syntax { message: message.into(), position, hint: None }
    }

    /// With advice, where the kind of error has room for it.
    pub(crate) fn with_hint(mut self, advice: impl Into<String>) -> Error {
        if let Error::Syntax { hint, .. } | Error::Plan { hint, .. } = &mut self {
            *hint = Some(advice.into());
        }
        self
    }

    /// What to do about it, as one sentence; `None` when the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NotASelect { found, .. } => Some(not_a_select(found)),
            Error::SeveralStatements { .. } => {
                Some("separate them and run them one by one, or pass them as a script".into())
            }
            Error::UnknownColumn { meant: Some(meant), .. } => Some(meant.clone()),
            Error::UnknownColumn { name, similar, is_quoted: true, .. } if similar.is_empty() => {
                Some(format!("text stands in single quotes: '{name}'"))
            }
            Error::UnknownFunction { instead: Some(instead), .. }
            | Error::UnsupportedFunction { instead: Some(instead), .. } => Some(instead.clone()),
            Error::UnknownTable { similar, .. }
            | Error::UnknownColumn { similar, .. }
            | Error::UnknownFunction { similar, .. } => did_you_mean(similar),
            Error::FieldOfMap { map, key, .. } => Some(format!("write element_at({map}, '{key}')")),
            Error::UnboundParameter { .. } => Some("bind a value to it".into()),
            Error::SurplusParameter { name, known } => {
                let similar = crate::statement::similar(name, known.iter().map(String::as_str));
                did_you_mean(&similar).or_else(|| (!known.is_empty()).then(|| format!("it has {}", known.join(", "))))
            }
            Error::Syntax { hint, .. } | Error::Plan { hint, .. } => hint.clone(),
            Error::Empty | Error::UnsupportedFunction { .. } | Error::ParameterCount { .. } => None,
        }
    }

    /// Where in the text, when known.
    pub fn position(&self) -> Option<Position> {
        match self {
            Error::Syntax { position, .. }
            | Error::NotASelect { position, .. }
            | Error::SeveralStatements { position, .. }
            | Error::UnknownTable { position, .. }
            | Error::UnknownColumn { position, .. }
            | Error::UnknownFunction { position, .. }
            | Error::UnsupportedFunction { position, .. }
            | Error::FieldOfMap { position, .. }
            | Error::UnboundParameter { position, .. }
            | Error::ParameterCount { position, .. }
            | Error::Plan { position, .. } => *position,
            Error::Empty | Error::SurplusParameter { .. } => None,
        }
    }

    /// The error with the line of `sql` it is about and its hint; `sql` is the text that was parsed.
    pub fn report(&self, sql: &str) -> Report<'_> {
        Report { error: self, excerpt: self.position().and_then(|position| Excerpt::new(sql, position)) }
    }
}

/// What there is instead of a statement that is no query.
fn not_a_select(found: &str) -> String {
    match found {
        "EXPLAIN" => "leave EXPLAIN out to run the query".into(),
        "SHOW" | "DESCRIBE" | "DESC" => "SELECT * FROM a table LIMIT 1 shows its columns".into(),
        "SET" | "USE" | "RESET" => "there is nothing to set: a query names its tables in full".into(),
        "EXECUTE" | "PREPARE" | "DEALLOCATE" | "CALL" => {
            "write the SELECT itself; ? and :name in it are parameters".into()
        }
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" | "CREATE" | "DROP" | "ALTER" | "GRANT" | "REVOKE"
        | "COPY" | "UNLOAD" | "LOAD" => {
            "tables are read-only here: write one SELECT, with a WITH clause if you like".into()
        }
        "FROM" => "a query begins with SELECT, and FROM follows the columns".into(),
        _ if strsim::damerau_levenshtein(found, "SELECT") <= 2 => "did you mean SELECT?".into(),
        _ => "write one SELECT, with a WITH clause if you like".into(),
    }
}

fn did_you_mean(similar: &[String]) -> Option<String> {
    let (last, rest) = similar.split_last()?;
    let quoted = |name: &String| format!("\"{name}\"");
    if rest.is_empty() {
        return Some(format!("did you mean {}?", quoted(last)));
    }
    let rest = rest.iter().map(quoted).collect::<Vec<_>>().join(", ");
    Some(format!("did you mean {rest} or {}?", quoted(last)))
}
