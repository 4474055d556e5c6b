//! Why a query did not run.

use datafusion_trino::Position;
use thiserror::Error;

use crate::second_try;

/// Why a query did not run, or stopped. `Display` is one line; [`QueryError::hint`] is the advice.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The text is no query, or names something that does not exist.
    #[error(transparent)]
    Statement(#[from] datafusion_trino::Error),
    /// `FROM` names an event data store that the lake does not have.
    #[error("event data store \"{name}\" does not exist{}", place(position))]
    UnknownStore {
        /// As typed.
        name: String,
        /// The stores the lake has, by name.
        known: Vec<String>,
        /// Where it was typed.
        position: Option<Position>,
    },
    /// `FROM` names an event data store that waits for its deletion (CloudTrail's
    /// `InactiveEventDataStoreException`).
    #[error("event data store \"{name}\" is pending deletion and answers no queries{}", place(position))]
    InactiveStore {
        /// Its name.
        name: String,
        /// Where it was typed.
        position: Option<Position>,
    },
    /// `FROM athena.…` names a store that keeps no CloudTrail events.
    #[error("event data store \"{name}\" has no Athena table{}", place(position))]
    NoAthenaTable {
        /// Its name.
        name: String,
        /// What it keeps.
        keeps: &'static str,
        /// Where it was typed.
        position: Option<Position>,
    },
    /// `FROM lake.…` names a table that is not among the lake's own.
    #[error("table \"lake.{name}\" does not exist{}", place(position))]
    UnknownSystemTable {
        /// As typed.
        name: String,
        /// Where it was typed.
        position: Option<Position>,
    },
    /// A place holder stands for the lake's one event data store, and there is not exactly one.
    #[error("{name} stands for one event data store, and this lake has {}{}", known.len(), place(position))]
    NoStoreChosen {
        /// The place holder, in capitals.
        name: String,
        /// The stores the lake has, by name.
        known: Vec<String>,
        /// Where it was typed.
        position: Option<Position>,
    },
    /// The lake could not be read.
    #[error(transparent)]
    Store(#[from] traillake_store::Error),
    /// The session could not be set up.
    #[error("cannot set up the query engine")]
    Session(#[source] datafusion::error::DataFusionError),
    /// The query ran into an error.
    #[error("the query failed: {0}")]
    Run(datafusion_trino::Error),
    /// The query needs more memory than the session may use.
    #[error("the query exhausted its memory")]
    Memory(#[source] datafusion::error::DataFusionError),
}

impl QueryError {
    /// What the person who typed the query can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            QueryError::Statement(datafusion_trino::Error::UnboundParameter { name, .. }) => {
                let name = name.trim_start_matches([':', '$']).trim_end_matches('$');
                Some(format!("give it one: --param {name}=VALUE, in the shell .param {name} VALUE"))
            }
            QueryError::Statement(error) => error.hint(),
            QueryError::UnknownStore { name, known, .. } => Some(match (nearest(name, known), known.is_empty()) {
                (_, true) => "this lake has no event data store: `traillake import NAME SOURCE…` makes one".to_owned(),
                (Some(near), _) => format!("did you mean \"{near}\"?"),
                (None, _) => format!("this lake has {}", quoted(known)),
            }),
            QueryError::InactiveStore { name, .. } => {
                Some(format!("`traillake store restore {name}` takes the deletion back"))
            }
            QueryError::NoAthenaTable { name, keeps, .. } => {
                Some(format!("it keeps {keeps}: ask the store itself, FROM \"{name}\""))
            }
            QueryError::UnknownSystemTable { name, .. } => {
                let known: Vec<_> =
                    crate::system::system_tables().iter().map(|table| table.name().to_owned()).collect();
                Some(match nearest(name, &known) {
                    Some(near) => format!("did you mean lake.{near}?"),
                    None => format!("the lake's own tables are {}", known.join(", ")),
                })
            }
            QueryError::NoStoreChosen { known, .. } if known.is_empty() => {
                Some("`traillake import NAME SOURCE…` makes one".to_owned())
            }
            QueryError::NoStoreChosen { known, .. } => {
                Some(format!("choose with --store, or name it in FROM: {}", quoted(known)))
            }
            QueryError::Memory(_) => {
                Some("allow it more with --memory, narrow the time range, or group by fewer columns".to_owned())
            }
            _ => None,
        }
    }

    /// Where in the text of the query, when known.
    pub fn position(&self) -> Option<Position> {
        match self {
            QueryError::Statement(error) => error.position(),
            QueryError::UnknownStore { position, .. }
            | QueryError::InactiveStore { position, .. }
            | QueryError::NoAthenaTable { position, .. }
            | QueryError::UnknownSystemTable { position, .. }
            | QueryError::NoStoreChosen { position, .. } => *position,
            _ => None,
        }
    }

    /// The error with the place of the table it is about.
    pub(crate) fn at(mut self, place: Option<Position>) -> Self {
        if let QueryError::UnknownStore { position, .. }
        | QueryError::InactiveStore { position, .. }
        | QueryError::NoAthenaTable { position, .. }
        | QueryError::NoStoreChosen { position, .. } = &mut self
        {
            *position = place;
        }
        self
    }

    /// Sorts an error of a running plan.
    pub(crate) fn running(error: datafusion::error::DataFusionError) -> Self {
        match second_try::is_out_of_memory(&error) {
            true => QueryError::Memory(error),
            false => QueryError::Run(error.into()),
        }
    }
}

fn place(position: &Option<Position>) -> String {
    position.map_or_else(String::new, |position| format!(" ({position})"))
}

fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let name = name.to_lowercase();
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(&name, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
