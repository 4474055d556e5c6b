//! Commits that prove each other.
//!
//! Two members of a commit's `commitInfo` say what its bytes are:
//!
//! ```text
//! traillakeChain     the SHA-256 of the commit file before, as sha256sum prints it; not in version 0
//! traillakeSha256    the SHA-256 of this commit file, where 64 zeros stand in place of this very hash
//! ```
//!
//! So each commit proves all before it, whoever wrote them, and is proved by the one after it; the newest one, which has
//! none after it, still proves that its own bytes are whole. Whoever keeps the hash of the newest commit file elsewhere
//! has kept the hash of all: nothing in the log can then be changed, taken away or put in unnoticed. By hand:
//!
//! ```text
//! sha256sum 00000000000000000007.json                      what traillakeChain of version 8 says
//! sed -E '1s/("traillakeSha256":")[0-9a-f]{64}/\1'$(printf %064d)/ 00000000000000000007.json | sha256sum
//!                                                          what traillakeSha256 of version 7 says
//! ```
//!
//! A commit of another writer has neither. It is a link all the same: the commit after it has its hash. The hashes are
//! no signatures; who may write the log can write all of it anew.

use bytes::Bytes;
use serde_json::Value;

use crate::content_hash::{ContentHash, Hashing};

/// The member that holds the hash of the commit before.
pub(super) const CHAIN: &str = "traillakeChain";
/// The member that holds a commit's own hash.
pub(super) const OWN: &str = "traillakeSha256";

/// What stands in place of a commit's own hash while it is taken.
const UNSEALED: [u8; ContentHash::DIGITS] = [b'0'; ContentHash::DIGITS];

/// What a commit says of its bytes and of those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Links {
    /// The hash of the commit before.
    pub(crate) before: Option<ContentHash>,
    /// Whether its bytes are those it was made of; `None` where it says nothing of them.
    pub(crate) is_whole: Option<bool>,
}

/// The members of a new commit's `commitInfo`, its own hash still open.
pub(super) fn members(before: Option<ContentHash>) -> impl Iterator<Item = (String, Value)> {
    let before = before.map(|before| (CHAIN.to_owned(), Value::from(before.to_string())));
    let own = (OWN.to_owned(), Value::from(String::from_utf8_lossy(&UNSEALED)));
    before.into_iter().chain([own])
}

/// Sets the hash of a commit that was made with [`members`].
pub(super) fn seal(bytes: &Bytes) -> Bytes {
    let Some(place) = place(bytes) else { return bytes.clone() };
    let mut sealed = bytes.to_vec();
    sealed[place..place + ContentHash::DIGITS].copy_from_slice(open_hash(bytes, place).to_string().as_bytes());
    sealed.into()
}

/// What a commit of these bytes and this `commitInfo` says.
pub(super) fn links(bytes: &[u8], info: &Value) -> Links {
    let member = |name: &str| info.get(name).and_then(Value::as_str);
    let is_whole = member(OWN).map(|own| {
        let taken = place(bytes).map(|place| open_hash(bytes, place));
        taken.is_some() && taken == own.parse().ok()
    });
    Links { before: member(CHAIN).and_then(|before| before.parse().ok()), is_whole }
}

/// Where the digits of a commit's own hash begin, in its first line. Within a text quotation marks have a backslash
/// before them, so that no value reads like this member.
fn place(bytes: &[u8]) -> Option<usize> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let key = format!("\"{OWN}\":\"");
    let place = line.windows(key.len()).position(|window| window == key.as_bytes())? + key.len();
    (line.get(place + ContentHash::DIGITS) == Some(&b'"')).then_some(place)
}

fn open_hash(bytes: &[u8], place: usize) -> ContentHash {
    Hashing::default().with(&bytes[..place]).with(&UNSEALED).with(&bytes[place + ContentHash::DIGITS..]).finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn commit(before: Option<ContentHash>) -> Bytes {
        let info: serde_json::Map<String, Value> = members(before).chain([("a".to_owned(), json!(1))]).collect();
        seal(&format!("{}\n{{\"add\":{{\"path\":\"x\"}}}}", json!({"commitInfo": info})).into())
    }

    fn links_of(bytes: &[u8]) -> Links {
        let line: Value = serde_json::Deserializer::from_slice(bytes).into_iter().next().unwrap().unwrap();
        links(bytes, &line["commitInfo"])
    }

    #[test]
    fn every_changed_byte_shows() {
        let before = ContentHash::of(b"before");
        let sealed = commit(Some(before));
        assert_eq!(links_of(&sealed), Links { before: Some(before), is_whole: Some(true) });
        assert_eq!(links_of(&commit(None)), Links { before: None, is_whole: Some(true) });
        for place in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[place] ^= 1;
            let mut lines = serde_json::Deserializer::from_slice(&changed).into_iter::<Value>();
            let Some(Ok(line)) = lines.next() else { continue };
            assert_ne!(links(&changed, &line["commitInfo"]).is_whole, Some(true), "{place}");
        }
    }

    #[test]
    fn a_commit_that_says_nothing_is_not_called_broken() {
        assert_eq!(links_of(b"{\"commitInfo\":{\"a\":1}}"), Links { before: None, is_whole: None });
        let short = b"{\"commitInfo\":{\"traillakeSha256\":\"00\"}}";
        assert_eq!(links_of(short).is_whole, Some(false));
    }
}
