//! The token of the next page: where the page before ended.
//!
//! Nothing is kept between pages: the token is the whole truth. It holds the time and the id of the last event given, and
//! the hashes of the events of this very time and id that have been given, since there may be several. Events that are
//! imported between two pages are on the next where they are older, and on none where they are newer.
//!
//! Of copies of one record, which an import keeps only when it is told to, those behind the end of a page are left out.
//!
//! ```text
//! hex of  version │ fingerprint │ time │ length, id │ hashes … │ check
//!               1           8      8       2   n        32 each      4    bytes
//! ```

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::condition::quoted;
use super::error::LookupError;
use super::instant;

const VERSION: u8 = 1;
const CHECK_BYTES: usize = 4;
/// The length of an id where there is none.
const NO_ID: u16 = u16::MAX;
/// The time where there is none.
const NO_TIME: i64 = i64::MIN;

/// What tells a lookup from others.
pub(super) type Fingerprint = [u8; 8];
/// Of a record.
pub(super) type Hash = [u8; 32];

/// The fingerprint of a lookup that has these conditions.
pub(super) fn fingerprint(parts: &[String]) -> Fingerprint {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    let hash: Hash = hasher.finalize().into();
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&hash[..8]);
    fingerprint
}

pub(super) fn hash(record: &str) -> Hash {
    Sha256::digest(record).into()
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) time: Option<i64>,
    pub(super) id: Option<String>,
    /// Of the events of this time and id that have been given.
    pub(super) given: Vec<Hash>,
}

impl Place {
    /// What holds for the events behind it: older ones, those of its time in the order of ids, and those without a time or
    /// an id, which come last.
    pub(super) fn condition(&self) -> String {
        let given: Vec<String> = self.given.iter().map(|hash| quoted(&hex(hash))).collect();
        let others = format!("eventJsonChecksum NOT IN ({})", given.join(", "));
        let behind = match &self.id {
            Some(id) => {
                let id = quoted(id);
                format!("(eventID < {id} OR eventID IS NULL OR (eventID = {id} AND {others}))")
            }
            None => format!("eventID IS NULL AND {others}"),
        };
        match self.time.map(instant::literal) {
            Some(time) => format!("(eventTime < {time} OR eventTime IS NULL OR (eventTime = {time} AND {behind}))"),
            None => format!("eventTime IS NULL AND {behind}"),
        }
    }

    pub(super) fn write(&self, fingerprint: Fingerprint) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&fingerprint);
        bytes.extend_from_slice(&self.time.unwrap_or(NO_TIME).to_be_bytes());
        let id = self.id.as_deref().unwrap_or_default();
        let length = self.id.as_ref().map_or(NO_ID, |id| u16::try_from(id.len()).unwrap_or(NO_ID - 1));
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(id.as_bytes());
        self.given.iter().for_each(|hash| bytes.extend_from_slice(hash));
        let check = hash_of(&bytes);
        bytes.extend_from_slice(&check);
        hex(&bytes)
    }

    pub(super) fn read(token: &str, fingerprint: Fingerprint) -> Result<Self, LookupError> {
        let bytes = unhex(token.trim()).ok_or(LookupError::Token)?;
        let (told, check) =
            bytes.len().checked_sub(CHECK_BYTES).map(|at| bytes.split_at(at)).ok_or(LookupError::Token)?;
        if hash_of(told) != check {
            return Err(LookupError::Token);
        }
        let mut rest = told;
        let [VERSION] = take::<1>(&mut rest)? else { return Err(LookupError::Token) };
        if take::<8>(&mut rest)? != fingerprint {
            return Err(LookupError::OtherToken);
        }
        let time = Some(i64::from_be_bytes(take::<8>(&mut rest)?)).filter(|time| *time != NO_TIME);
        let id = match u16::from_be_bytes(take::<2>(&mut rest)?) {
            NO_ID => None,
            length => {
                let (id, after) = rest.split_at_checked(length.into()).ok_or(LookupError::Token)?;
                rest = after;
                Some(String::from_utf8(id.to_vec()).map_err(|_| LookupError::Token)?)
            }
        };
        let mut given = Vec::new();
        while !rest.is_empty() {
            given.push(take::<32>(&mut rest)?);
        }
        match given.is_empty() {
            true => Err(LookupError::Token),
            false => Ok(Self { time, id, given }),
        }
    }
}

fn hash_of(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let [a, b, c, d, ..]: Hash = Sha256::digest(bytes).into();
    [a, b, c, d]
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], LookupError> {
    let (first, rest) = bytes.split_first_chunk::<N>().ok_or(LookupError::Token)?;
    *bytes = rest;
    Ok(*first)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_back_what_it_was_made_of() {
        let fingerprint = fingerprint(&["a".into(), "b".into()]);
        for (time, id) in [(Some(-5), Some("e1".to_owned())), (None, None), (Some(0), Some(String::new()))] {
            let place = Place { time, id, given: vec![hash("x"), hash("y")] };
            assert_eq!(Place::read(&place.write(fingerprint), fingerprint), Ok(place));
        }
    }

    #[test]
    fn what_is_no_token_of_this_lookup_is_refused() {
        let (mine, other) = (fingerprint(&["ab".into()]), fingerprint(&["a".into(), "b".into()]));
        let token = Place { time: Some(1), id: Some("e".into()), given: vec![hash("x")] }.write(mine);
        assert_eq!(Place::read(&token, other), Err(LookupError::OtherToken));
        for wrong in ["", "zz", "é", &token[2..], &token[..token.len() - 2], &token.replacen('1', "2", 1)] {
            assert_eq!(Place::read(wrong, mine), Err(LookupError::Token), "{wrong}");
        }
    }
}
