//! Packed content.

use std::io::{Read, Write};

use traillake_ingest::inflate::inflate;

const GZIP: &[u8] = b"\x1f\x8b\x08";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// Inflates the bytes as they are; then packs them, inflates that, and inflates it cut off.
pub fn check(bytes: &[u8]) {
    let inflated = inflate(bytes);
    if is_packed(bytes) {
        check_first_layer(bytes, &inflated.bytes, inflated.damage.is_some());
        return;
    }
    assert!(inflated.damage.is_none() && *inflated.bytes == *bytes, "plain bytes were changed");
    // The first byte says how, the second where it is cut.
    let (how, at) = (bytes.first().copied().unwrap_or_default(), bytes.get(1).copied().unwrap_or_default());
    let packed = if how % 2 == 0 { gzip(bytes) } else { zstd::stream::encode_all(bytes, 1).expect("memory") };
    let whole = inflate(&packed);
    assert!(whole.damage.is_none() && *whole.bytes == *bytes, "whole content did not come back");
    let cut = 4 + (packed.len() - 4) * usize::from(at) / 256;
    let part = inflate(&packed[..cut]);
    assert!(bytes.starts_with(&part.bytes), "content of a stream that is cut off is no prefix");
    assert!(part.damage.is_some(), "a stream that is cut off is told to be whole");
}

/// What one member of gzip gives, by another reader, when what it gives is not packed again.
fn check_first_layer(stored: &[u8], inflated: &[u8], is_damaged: bool) {
    let mut member = flate2::bufread::GzDecoder::new(stored);
    let mut content = Vec::new();
    let is_whole = stored.starts_with(GZIP) && member.by_ref().take(1 << 20).read_to_end(&mut content).is_ok();
    if is_whole && !is_packed(&content) && content.len() < 1 << 20 {
        assert!(inflated.starts_with(&content), "the first member did not come back");
        let is_all = member.into_inner().is_empty();
        assert!(!is_all || (inflated == content && !is_damaged), "a whole stream is told to be damaged");
    }
}

fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(GZIP) || bytes.starts_with(ZSTD)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}
