//! Bytes as text and text as bytes: UTF-8, hexadecimal, base 32 and 64.

use std::borrow::Cow;

use arrow::array::{ArrayRef, AsArray, BinaryArray, StringArray};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use crate::functions::scalar::Call;

/// As Java reads it: padding may be left out.
const READING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, READING);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, READING);
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn to_text(call: &Call, form: impl Fn(&[u8]) -> String) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| Ok(Some(form(call.bytes(0).value(row)))))
}

/// Reads the argument, which is text or the bytes of one.
fn from_text(call: &Call, read: impl Fn(&[u8]) -> Result<Vec<u8>>) -> Result<ArrayRef> {
    call.rows::<_, BinaryArray>(|row| {
        let form = match call.args[0].as_binary_opt::<i32>() {
            Some(bytes) => bytes.value(row),
            None => call.text(0).value(row).as_bytes(),
        };
        Ok(Some(read(form)?))
    })
}

pub(super) fn to_utf8(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, BinaryArray>(|row| Ok(Some(call.text(0).value(row).as_bytes())))
}

/// What is no UTF-8 is replaced, by the letter or code point given; nothing, when that is empty.
pub(super) fn from_utf8(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, StringArray>(|row| {
        let replacement = match call.args.get(1).map(|arg| arg.as_string_view_opt()) {
            None => Cow::Borrowed("\u{fffd}"),
            Some(Some(texts)) => {
                let text = texts.value(row);
                if text.chars().count() > 1 {
                    return exec_err!("Replacement character string must empty or a single character");
                }
                Cow::Borrowed(text)
            }
            Some(None) => {
                let letter = u32::try_from(call.integer(1, row)).ok().and_then(char::from_u32);
                let letter = letter.ok_or_else(|| exec_datafusion_err!("Invalid replacement character"))?;
                Cow::Owned(letter.to_string())
            }
        };
        let mut text = String::new();
        for chunk in call.bytes(0).value(row).utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push_str(&replacement);
            }
        }
        Ok(Some(text))
    })
}

pub(super) fn to_hex(call: &Call) -> Result<ArrayRef> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    to_text(call, |bytes| bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}

pub(super) fn from_hex(call: &Call) -> Result<ArrayRef> {
    from_text(call, |digits| {
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return exec_err!("invalid input length {}", digits.len());
        }
        let half = |digit: u8| match char::from(digit).to_digit(16) {
            Some(half) => Ok(half as u8),
            None => exec_err!("'{}' is no hexadecimal digit", char::from(digit)),
        };
        pairs.iter().map(|[high, low]| Ok(half(*high)? << 4 | half(*low)?)).collect()
    })
}

pub(super) fn to_base64(call: &Call) -> Result<ArrayRef> {
    to_text(call, |bytes| BASE64.encode(bytes))
}

pub(super) fn from_base64(call: &Call) -> Result<ArrayRef> {
    from_text(call, |text| BASE64.decode(text).map_err(|error| exec_datafusion_err!("Invalid base64: {error}")))
}

pub(super) fn to_base64url(call: &Call) -> Result<ArrayRef> {
    to_text(call, |bytes| BASE64_URL.encode(bytes))
}

pub(super) fn from_base64url(call: &Call) -> Result<ArrayRef> {
    from_text(call, |text| BASE64_URL.decode(text).map_err(|error| exec_datafusion_err!("Invalid base64url: {error}")))
}

pub(super) fn to_base32(call: &Call) -> Result<ArrayRef> {
    to_text(call, |bytes| {
        let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
        for chunk in bytes.chunks(5) {
            let bits = chunk.iter().enumerate().fold(0_u64, |bits, (i, byte)| bits | u64::from(*byte) << (32 - 8 * i));
            let letters = (chunk.len() * 8).div_ceil(5);
            text.extend((0..letters).map(|i| char::from(BASE32[(bits >> (35 - 5 * i) & 31) as usize])));
            text.extend(std::iter::repeat_n('=', 8 - letters));
        }
        text
    })
}

pub(super) fn from_base32(call: &Call) -> Result<ArrayRef> {
    from_text(call, |text| {
        let length = text.iter().rposition(|letter| *letter != b'=').map_or(0, |last| last + 1);
        if !matches!(length % 8, 0 | 2 | 4 | 5 | 7) {
            return exec_err!("Invalid input length {length}");
        }
        let mut bytes = Vec::with_capacity(length * 5 / 8);
        for chunk in text[..length].chunks(8) {
            let mut bits = 0_u64;
            for (i, letter) in chunk.iter().enumerate() {
                match BASE32.iter().position(|known| known == letter) {
                    Some(value) => bits |= (value as u64) << (35 - 5 * i),
                    None => return exec_err!("Unrecognized character: {}", char::from(*letter)),
                }
            }
            bytes.extend_from_slice(&bits.to_be_bytes()[3..3 + chunk.len() * 5 / 8]);
        }
        Ok(bytes)
    })
}
