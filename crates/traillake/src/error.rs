//! What can go wrong, sorted by who can do something about it.

use thiserror::Error;
use traillake_store::Status;

/// Why a lake did not do what was asked. `Display` is one line; causes are its [`source`](std::error::Error::source)s.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The event data stores could not be read or written.
    #[error(transparent)]
    Store(#[from] traillake_store::Error),
    /// An import could not go on.
    #[error(transparent)]
    Import(#[from] traillake_ingest::Error),
    /// A query did not run, or stopped.
    #[error(transparent)]
    Query(#[from] traillake_query::QueryError),
    /// An event data store of this name exists.
    #[error("event data store \"{name}\" exists already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A name under which no query can be kept.
    #[error("\"{name}\" is no name for a query: up to 128 letters, digits, _ and -")]
    QueryName {
        /// As given.
        name: String,
    },
    /// A saved query could not be read or written.
    #[error("cannot {operation} the saved {}", if name.is_empty() { "queries".to_owned() } else { format!("query \"{name}\"") })]
    SavedQuery {
        /// `read`, `write`, `list` or `delete`.
        operation: &'static str,
        /// The name of the query; empty for all of them.
        name: String,
        /// What storage said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something cannot be looked up.
    #[error(transparent)]
    Lookup(#[from] crate::lookup::LookupError),
    /// No directory for a temporary lake.
    #[error("cannot create a temporary directory")]
    TemporaryDirectory(#[source] std::io::Error),
}

/// Who can do something about an error. Kinds are stable; texts are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked for cannot be done: an unknown name, a query that does not parse.
    User,
    /// The input is bad.
    Data,
    /// The disk or the network said no.
    Storage,
    /// Stored bytes are not what was written.
    Corrupt,
    /// A limit was reached.
    Limit,
    /// A mistake of this library.
    Internal,
}

impl Error {
    /// Who can do something about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Store(error) => store_kind(error),
            Error::Import(error) => import_kind(error),
            Error::Query(traillake_query::QueryError::Store(error)) => store_kind(error),
            Error::Query(traillake_query::QueryError::Memory(_)) => ErrorKind::Limit,
            Error::Query(_) | Error::NameTaken { .. } | Error::QueryName { .. } | Error::Lookup(_) => ErrorKind::User,
            Error::TemporaryDirectory(_) | Error::SavedQuery { .. } => ErrorKind::Storage,
        }
    }

    /// Where in the text of a query, when known.
    pub fn position(&self) -> Option<traillake_query::Position> {
        match self {
            Error::Query(error) => error.position(),
            _ => None,
        }
    }

    /// What CloudTrail calls it, `EventDataStoreTerminationProtectedException` and so on; `None` for what cannot go wrong
    /// there.
    pub fn aws_name(&self) -> Option<&'static str> {
        use traillake_query::QueryError;
        match self {
            Error::Store(error)
            | Error::Import(traillake_ingest::Error::Store(error))
            | Error::Query(QueryError::Store(error)) => error.aws_name(),
            Error::Query(QueryError::UnknownStore { .. }) => Some("EventDataStoreNotFoundException"),
            Error::Query(QueryError::InactiveStore { .. }) => Some("InactiveEventDataStoreException"),
            Error::NameTaken { .. } => Some("EventDataStoreAlreadyExistsException"),
            Error::Lookup(error) => error.aws_name(),
            _ => None,
        }
    }

    /// What can be done about it, in a line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Query(error) => error.hint(),
            Error::Lookup(error) => error.hint(),
            Error::NameTaken { .. } => Some("`traillake store list` shows the stores of this lake".to_owned()),
            Error::Store(error) | Error::Import(traillake_ingest::Error::Store(error)) => store_hint(error),
            _ => None,
        }
    }
}

fn store_hint(error: &traillake_store::Error) -> Option<String> {
    use traillake_store::Error as Store;
    match error {
        Store::Inactive { store, .. } => Some(format!("`traillake store restore {store}` takes the deletion back")),
        Store::Status { store, status, .. } if *status == Status::StoppedIngestion.as_str() => {
            Some(format!("`traillake store start {store}` lets it take imports again"))
        }
        Store::TerminationProtected { store } => {
            Some(format!("`traillake store update {store} --termination-protection off` lifts it"))
        }
        _ => None,
    }
}

fn import_kind(error: &traillake_ingest::Error) -> ErrorKind {
    use traillake_ingest::Error as Import;
    match error {
        Import::Store(error) => store_kind(error),
        Import::List { .. } | Import::Contended { .. } => ErrorKind::Storage,
        Import::Worker(_) | Import::Unbalanced { .. } | Import::Untiled { .. } | Import::Unverified { .. } => {
            ErrorKind::Internal
        }
        _ => ErrorKind::User,
    }
}

fn store_kind(error: &traillake_store::Error) -> ErrorKind {
    match error.kind() {
        traillake_store::Kind::User => ErrorKind::User,
        traillake_store::Kind::Data => ErrorKind::Data,
        traillake_store::Kind::Storage => ErrorKind::Storage,
        traillake_store::Kind::Corrupt => ErrorKind::Corrupt,
        traillake_store::Kind::Limit => ErrorKind::Limit,
        _ => ErrorKind::Internal,
    }
}
