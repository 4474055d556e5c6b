//! Whose business an error is, and what CloudTrail calls it.

use super::Error;

/// Whose business an error is. Kinds are stable; the text of an error is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// What was asked for cannot be done.
    User,
    /// The rows handed in are not rows of an event data store.
    Data,
    /// The storage said no; trying again later may help.
    Storage,
    /// What was read is not what was written.
    Corrupt,
    /// A limit was reached.
    Limit,
    /// A mistake of this program.
    Internal,
}

impl Error {
    /// Whose business this is.
    pub fn kind(&self) -> Kind {
        match self {
            Error::Location { .. }
            | Error::Scheme { .. }
            | Error::Attribute { .. }
            | Error::HotKey { .. }
            | Error::Selectors { .. }
            | Error::Categories { .. }
            | Error::Category { .. }
            | Error::Combination { .. }
            | Error::KmsKey { .. }
            | Error::Tag { .. }
            | Error::NameTaken { .. }
            | Error::TerminationProtected { .. }
            | Error::Inactive { .. }
            | Error::Gone { .. }
            | Error::Status { .. }
            | Error::NoVersion { .. }
            | Error::NoVersionThen { .. } => Kind::User,
            Error::Rows { .. } => Kind::Data,
            Error::ListStores { .. }
            | Error::Purge { .. }
            | Error::Create { .. }
            | Error::ReadLog { .. }
            | Error::WriteDataFile { .. }
            | Error::ReadDataFile { .. }
            | Error::WriteLedger { .. }
            | Error::ReadLedger { .. }
            | Error::VerifyFiles { .. }
            | Error::Vacuum { .. }
            | Error::Commit { .. } => Kind::Storage,
            Error::CorruptLog { .. } | Error::CorruptLedger { .. } => Kind::Corrupt,
            Error::Contention { .. } | Error::TagsLimit { .. } | Error::StoresLimit { .. } => Kind::Limit,
            Error::EncodeDataFile { .. } => Kind::Internal,
        }
    }

    /// What CloudTrail calls it, `InvalidParameterException` and so on; `None` for what cannot go wrong there, or is not
    /// told there.
    pub fn aws_name(&self) -> Option<&'static str> {
        Some(match self {
            Error::Attribute { .. } | Error::HotKey { .. } => "InvalidParameterException",
            Error::Selectors { source } => source.aws_name(),
            Error::Combination { .. } => "InvalidParameterCombinationException",
            Error::Categories { .. } => "InvalidEventSelectorsException",
            Error::Category { .. } => "InvalidEventDataStoreCategoryException",
            Error::KmsKey { .. } => "InvalidKmsKeyIdException",
            Error::Tag { .. } => "InvalidTagParameterException",
            Error::TagsLimit { .. } => "TagsLimitExceededException",
            Error::StoresLimit { .. } => "EventDataStoreMaxLimitExceededException",
            Error::NameTaken { .. } => "EventDataStoreAlreadyExistsException",
            Error::TerminationProtected { .. } => "EventDataStoreTerminationProtectedException",
            Error::Inactive { .. } => "InactiveEventDataStoreException",
            Error::Gone { .. } => "EventDataStoreNotFoundException",
            Error::Status { .. } => "InvalidEventDataStoreStatusException",
            Error::Contention { .. } => "ConflictException",
            Error::Location { .. }
            | Error::Scheme { .. }
            | Error::ListStores { .. }
            | Error::Purge { .. }
            | Error::Create { .. }
            | Error::ReadLog { .. }
            | Error::NoVersion { .. }
            | Error::NoVersionThen { .. }
            | Error::CorruptLog { .. }
            | Error::EncodeDataFile { .. }
            | Error::Rows { .. }
            | Error::WriteDataFile { .. }
            | Error::ReadDataFile { .. }
            | Error::WriteLedger { .. }
            | Error::ReadLedger { .. }
            | Error::CorruptLedger { .. }
            | Error::VerifyFiles { .. }
            | Error::Vacuum { .. }
            | Error::Commit { .. } => return None,
        })
    }
}
