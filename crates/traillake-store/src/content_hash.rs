//! What tells the bytes of a file from all others.

use std::fmt;
use std::str::FromStr;

use object_store::PutPayload;
use sha2::{Digest, Sha256};

const BYTES: usize = 32;

/// The SHA-256 of a file's bytes, written as `sha256sum` prints it: 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; BYTES]);

impl ContentHash {
    /// How many digits it is written with.
    pub(crate) const DIGITS: usize = 2 * BYTES;

    /// The hash of these bytes. All CPU: about a second for one to two gigabytes where the processor knows SHA-256.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of what is about to be stored.
    pub(crate) fn of_payload(payload: &PutPayload) -> Self {
        payload.iter().fold(Hashing::default(), |hashing, bytes| hashing.with(bytes)).finish()
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }
}

impl From<[u8; BYTES]> for ContentHash {
    fn from(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// That a text is not 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 is 64 hexadecimal digits in lower case")]
pub struct NoContentHash;

impl FromStr for ContentHash {
    type Err = NoContentHash;

    fn from_str(text: &str) -> Result<Self, NoContentHash> {
        let digits = text.as_bytes();
        if digits.len() != Self::DIGITS || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NoContentHash);
        }
        let mut bytes = [0; BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = str::from_utf8(pair).map_err(|_| NoContentHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoContentHash)?;
        }
        Ok(Self(bytes))
    }
}

/// The hash of bytes that come piece by piece.
#[derive(Clone, Default)]
pub(crate) struct Hashing(Sha256);

impl Hashing {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn with(mut self, bytes: &[u8]) -> Self {
        self.add(bytes);
        self
    }

    pub(crate) fn finish(self) -> ContentHash {
        ContentHash(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_written_as_sha256sum_prints_them() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(ContentHash::of(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(ContentHash::of(b"")));
        let payload: PutPayload = ["ab", "c"].into_iter().map(bytes::Bytes::from).collect();
        assert_eq!(ContentHash::of_payload(&payload), ContentHash::of(b"abc"));
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let upper = ContentHash::of(b"").to_string().to_uppercase();
        for text in ["", "e3", &upper, &"é".repeat(32), &"g".repeat(64), &"+1".repeat(32)] {
            assert_eq!(text.parse::<ContentHash>(), Err(NoContentHash), "{text}");
        }
    }
}
