//! Ids and ARNs of event data stores.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The id of an event data store: the UUID that stands in `FROM`, in its ARN, and names its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventDataStoreId(Uuid);

impl EventDataStoreId {
    /// A new random id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The ARN this id has in an account and Region, as `CreateEventDataStore` answers it.
    pub fn arn(&self, region: &str, account: &str) -> String {
        format!("arn:aws:cloudtrail:{region}:{account}:eventdatastore/{self}")
    }
}

impl fmt::Display for EventDataStoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// The text is neither a UUID nor the ARN of an event data store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither the id nor the ARN of an event data store")]
pub struct NotAnId(String);

impl FromStr for EventDataStoreId {
    type Err = NotAnId;

    /// Reads a hyphenated UUID in either letter case, or an ARN that ends in one.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let refused = || NotAnId(text.to_owned());
        let id = match text.strip_prefix("arn:") {
            None => text,
            Some(rest) => rest.rsplit_once(":eventdatastore/").ok_or_else(refused)?.1,
        };
        // `Uuid` also reads braced and unhyphenated forms, which CloudTrail Lake does not know.
        if id.len() != 36 {
            return Err(refused());
        }
        Uuid::try_parse(id).map(Self).map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0233062b-51c6-4d18-8dec-a8c90da840d9";

    #[test]
    fn an_id_reads_from_uuid_and_arn_in_any_case() {
        let id: EventDataStoreId = ID.parse().unwrap();
        assert_eq!(id.to_string(), ID);
        assert_eq!(ID.to_uppercase().parse(), Ok(id));
        assert_eq!(id.arn("us-east-1", "111122223333").parse(), Ok(id));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "trail", "0233062b51c64d188deca8c90da840d9", "arn:aws:s3:::bucket"] {
            assert!(text.parse::<EventDataStoreId>().is_err(), "{text}");
        }
    }
}
