//! Hashes of varbinary, as varbinary.

use arrow::array::{ArrayRef, BinaryArray, Int64Array};
use datafusion::common::Result;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::block_api::BlockSizeUser;
use sha2::{Digest, Sha256, Sha512};

use super::{murmur, spooky};
use crate::functions::scalar::Call;

fn hashed<H: AsRef<[u8]>>(call: &Call, hash: impl Fn(&[u8]) -> H) -> Result<ArrayRef> {
    call.rows::<_, BinaryArray>(|row| Ok(Some(hash(call.bytes(0).value(row)).as_ref().to_vec())))
}

pub(super) fn md5(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| Md5::digest(bytes))
}

pub(super) fn sha1(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| Sha1::digest(bytes))
}

pub(super) fn sha256(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| Sha256::digest(bytes))
}

pub(super) fn sha512(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| Sha512::digest(bytes))
}

pub(super) fn murmur3(call: &Call) -> Result<ArrayRef> {
    hashed(call, murmur::hash)
}

pub(super) fn xxhash64(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| twox_hash::XxHash64::oneshot(0, bytes).to_be_bytes())
}

pub(super) fn spooky_hash_v2_64(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| spooky::hash(bytes).to_be_bytes())
}

pub(super) fn spooky_hash_v2_32(call: &Call) -> Result<ArrayRef> {
    hashed(call, |bytes| (spooky::hash(bytes) as u32).to_be_bytes())
}

/// RFC 2104; the second argument is the key.
fn hmac<H: Digest + BlockSizeUser>(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, BinaryArray>(|row| {
        let (message, key) = (call.bytes(0).value(row), call.bytes(1).value(row));
        let mut block = vec![0; H::block_size()];
        if key.len() > block.len() {
            let short = H::digest(key);
            block[..short.len()].copy_from_slice(&short);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let keyed = |pad: u8| H::new_with_prefix(block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
        let inner = keyed(0x36).chain_update(message).finalize();
        Ok(Some(keyed(0x5c).chain_update(inner).finalize().to_vec()))
    })
}

pub(super) fn hmac_md5(call: &Call) -> Result<ArrayRef> {
    hmac::<Md5>(call)
}

pub(super) fn hmac_sha1(call: &Call) -> Result<ArrayRef> {
    hmac::<Sha1>(call)
}

pub(super) fn hmac_sha256(call: &Call) -> Result<ArrayRef> {
    hmac::<Sha256>(call)
}

pub(super) fn hmac_sha512(call: &Call) -> Result<ArrayRef> {
    hmac::<Sha512>(call)
}

/// The remainders of CRC-32 for every byte.
const REMAINDERS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            remainder = if remainder & 1 == 1 { 0xedb8_8320 ^ (remainder >> 1) } else { remainder >> 1 };
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

pub(super) fn crc32(call: &Call) -> Result<ArrayRef> {
    call.rows::<_, Int64Array>(|row| {
        let step = |crc: u32, byte: &u8| REMAINDERS[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8);
        Ok(Some(i64::from(!call.bytes(0).value(row).iter().fold(u32::MAX, step))))
    })
}
