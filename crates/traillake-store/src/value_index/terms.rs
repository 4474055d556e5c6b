//! What a text is found by.
//!
//! Everything is in lower case, so that a comparison that ignores letter case finds its rows, too. A value is found by
//! its **whole** (a hash), and by its **grams**: each four ASCII characters in a row. Values that are encoded bytes
//! ([`Form`]) would have any gram there is, so that they have none: they are found whole, and by their words.

use std::borrow::Cow;

use twox_hash::XxHash64;

/// The characters of a gram.
pub(crate) const GRAM: usize = 4;
/// To how many bits grams are hashed: with as many as a row group has, one that is absent is taken for a present one in
/// one of six cases, and a text has many.
pub(crate) const GRAM_BITS: u32 = 20;
/// From this length on a value may be encoded bytes.
const ENCODED_BYTES: usize = 32;
/// Random ones have a dozen, paths and names few or none.
const CHANGES_MIN: usize = 4;
const HEX_BYTES: usize = 16;

/// How a value is spelled, as far as it matters what can stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Anything else.
    Plain,
    /// 32 hexadecimal digits in five groups.
    Uuid,
    /// 16 hexadecimal digits or more.
    Hex,
    /// 32 characters of base64 or more, with letters and digits beside each other again and again.
    Encoded,
}

impl Form {
    /// The form of a text in lower case: texts that differ in letter case alone have one form.
    pub(crate) fn of(lowered: &str) -> Self {
        let bytes = lowered.as_bytes();
        match bytes.len() {
            ..HEX_BYTES => Form::Plain,
            36 if is_uuid(bytes) => Form::Uuid,
            _ if is_hex(bytes) => Form::Hex,
            ENCODED_BYTES.. if is_base64(bytes) && is_mixed(bytes) => Form::Encoded,
            _ => Form::Plain,
        }
    }

    /// Whether a text can stand within a longer value that is not [`Plain`](Form::Plain), in any letter case.
    pub(crate) fn may_have_within(text: &str) -> bool {
        let bytes = text.as_bytes();
        is_base64(bytes) || (bytes.len() < 36 && bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-'))
    }

    /// Whether a text can be a word of one that [`words`] does not list: a group of a UUID.
    pub(crate) fn may_be_group(text: &str) -> bool {
        text.split('-').all(|group| matches!(group.len(), 4 | 8 | 12) && is_hex(group.as_bytes())) && text.len() < 36
    }
}

fn is_uuid(bytes: &[u8]) -> bool {
    let dashes = [8, 13, 18, 23];
    dashes.iter().all(|place| bytes.get(*place) == Some(&b'-'))
        && bytes.split(|byte| *byte == b'-').map(<[u8]>::len).eq([8, 4, 4, 4, 12])
        && bytes.iter().all(|byte| *byte == b'-' || is_of(*byte, HEX))
}

fn is_hex(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_of(*byte, HEX))
}

fn is_base64(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_of(*byte, BASE64))
}

const HEX: u8 = 1;
const BASE64: u8 = 2;

/// What each byte can be a part of: asked for every byte of every id.
static ALPHABETS: [u8; 256] = {
    let mut alphabets = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let is = byte as u8;
        if is.is_ascii_hexdigit() {
            alphabets[byte] |= HEX;
        }
        if is.is_ascii_alphanumeric() || matches!(is, b'+' | b'/' | b'=') {
            alphabets[byte] |= BASE64;
        }
        byte += 1;
    }
    alphabets
};

fn is_of(byte: u8, alphabet: u8) -> bool {
    ALPHABETS[usize::from(byte)] & alphabet != 0
}

fn is_mixed(bytes: &[u8]) -> bool {
    let changes = |pair: &&[u8; 2]| {
        pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic()
            || pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit()
    };
    bytes.array_windows().filter(changes).nth(CHANGES_MIN - 1).is_some()
}

/// A text in lower case, letter by letter, as Trino's `lower` has it.
pub(crate) fn lowered(text: &str) -> Cow<'_, str> {
    let letter = |letter: char| {
        let mut lower = letter.to_lowercase();
        // U+0130 is the one letter that becomes two.
        if lower.len() == 1 { lower.next().unwrap_or(letter) } else { 'i' }
    };
    if !text.is_ascii() {
        Cow::Owned(text.chars().map(letter).collect())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// The hash of a value, or a word, in lower case.
pub(crate) fn hash(lowered: &str) -> u64 {
    XxHash64::oneshot(0, lowered.as_bytes())
}

/// The hashes of the grams of a text in lower case: [`GRAM_BITS`] of them count, the highest.
pub(crate) fn grams(lowered: &[u8]) -> impl Iterator<Item = u64> {
    lowered.array_windows::<GRAM>().filter(|gram| gram.is_ascii()).map(|gram| gram_hash(*gram))
}

fn gram_hash(gram: [u8; GRAM]) -> u64 {
    u64::from(u32::from_le_bytes(gram)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What stands between characters that are neither letters nor digits, and is long enough to be asked for.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| word.len() >= GRAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        let forms = [
            ("arn:aws:iam::123456789012:user/alice", Form::Plain),
            ("123456789012", Form::Plain),
            ("0123456789abcdef", Form::Hex),
            ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", Form::Uuid),
            ("6f9619ff-8b86-d011-b42d-00cf4fc964f", Form::Plain),
            ("k5gsj2/iyh7qc+zw0vtn3bxr9ulm4eao8dpf1gs6=", Form::Encoded),
            ("production/backup/2026/01/10/data/file", Form::Plain),
            ("averylongbutquiteordinarybucketnameofours", Form::Plain),
            ("", Form::Plain),
        ];
        for (text, form) in forms {
            assert_eq!(Form::of(text), form, "{text}");
        }
    }

    #[test]
    fn letter_case_makes_no_other_hash() {
        assert_eq!(hash(&lowered("AKIAIOSFODNN7EXAMPLE")), hash(&lowered("akiaiosfodnn7example")));
        assert_eq!(hash(&lowered("\u{c9}t\u{e9}")), hash(&lowered("\u{e9}T\u{c9}")));
    }

    #[test]
    fn grams_are_ascii() {
        assert_eq!(grams(b"abcde").count(), 2);
        assert_eq!(grams("ab\u{e9}cdef".as_bytes()).count(), 1);
        assert_eq!(grams(b"abc").count(), 0);
        assert_eq!(words("a/AKIA12+bcde=").collect::<Vec<_>>(), ["AKIA12", "bcde"]);
    }
}
