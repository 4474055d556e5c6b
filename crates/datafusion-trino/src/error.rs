//! What can go wrong between a text and a plan, said to the person who typed it.

use datafusion::error::DataFusionError;

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

/// Why a text is not a plan. `Display` is one line without a prefix; [`Error::hint`] is the advice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not Trino SQL.
    #[error("{message}{}", at(position))]
    Syntax {
        /// What was expected and what was found.
        message: String,
        /// Where in the text.
        position: Option<Position>,
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
    /// The query means nothing over these tables: a type that does not fit, an aggregate out of place.
    #[error("{message}")]
    Plan {
        /// The planner's message, without its own prefixes.
        message: String,
        /// The engine's error, whole. No source: the message says what of it concerns the query.
        engine: Box<DataFusionError>,
    },
}

impl Error {
    /// What to do about it, as one sentence; `None` when the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NotASelect { .. } => {
                Some("tables are read-only here: write one SELECT, with a WITH clause if you like".into())
            }
            Error::SeveralStatements { .. } => {
                Some("separate them and run them one by one, or pass them as a script".into())
            }
            Error::UnknownColumn { name, similar, is_quoted: true, .. } if similar.is_empty() => {
                Some(format!("text stands in single quotes: '{name}'"))
            }
            Error::UnknownTable { similar, .. }
            | Error::UnknownColumn { similar, .. }
            | Error::UnknownFunction { similar, .. } => did_you_mean(similar),
            Error::FieldOfMap { map, key, .. } => Some(format!("write element_at({map}, '{key}')")),
            Error::Syntax { .. } | Error::Empty | Error::Plan { .. } => None,
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
            | Error::FieldOfMap { position, .. } => *position,
            Error::Empty | Error::Plan { .. } => None,
        }
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
