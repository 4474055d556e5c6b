//! `eventDataChecksum`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Refusal, RefusalCode};

const FIELD: &str = "eventDataChecksum";

/// Whether `checksum` is the padded Base64 text of the SHA-256 of `event_data`.
pub(super) fn check(event_data: &str, checksum: &str) -> Result<(), Refusal> {
    let invalid = |message: &str| Refusal::of(RefusalCode::InvalidChecksum, FIELD, message);
    let given = STANDARD.decode(checksum).map_err(|_| invalid("it is no Base64 text of a SHA-256"))?;
    if given == Sha256::digest(event_data.as_bytes()).as_slice() {
        return Ok(());
    }
    Err(invalid("it is not that of eventData: send base64(SHA-256(eventData)), over the text byte for byte"))
}
