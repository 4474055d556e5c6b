//! What is wrong with the settings, and where.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use traillake::{Excerpt, Position};

/// Why the settings cannot be followed.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration file {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// Something in the file.
    #[error("{what} ({}, {position})", path.display())]
    File { what: String, hint: Option<String>, path: PathBuf, position: Position, excerpt: Option<Box<Excerpt>> },
    /// A variable of the environment.
    #[error("the environment variable {variable} is \"{found}\": expected {expected}")]
    Variable { variable: &'static str, found: String, expected: String },
}

impl ConfigError {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            ConfigError::File { hint, .. } => hint.clone(),
            ConfigError::Read { .. } => Some("`traillake config path` says which file is read".to_owned()),
            ConfigError::Variable { .. } => None,
        }
    }

    /// The line it is about.
    pub(crate) fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            ConfigError::File { excerpt, .. } => excerpt.as_deref(),
            _ => None,
        }
    }
}
