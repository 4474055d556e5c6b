//! `receipt`: checks what was asked and answered.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use traillake::{Depth, EventDataStoreId, Lake, VerifyOptions};

use super::query::{self, Script};
use crate::arguments::{ReceiptCommand, ReceiptVerify};
use crate::failure::{Failure, Outcome, warn};
use crate::output::{self, Count, Destination, Look, Size, hexadecimal};
use crate::receipt::{Answered, Receipt, StoreRead};
use crate::terminal::{self, Screen};

/// Standard input, as the name of a result.
const STDIN: &str = "-";
const PART_BYTES: usize = 1 << 16;

pub(super) async fn run(location: String, command: ReceiptCommand) -> Result<Outcome, Failure> {
    let ReceiptCommand::Verify(verify) = command;
    let path = &verify.receipt;
    let text = fs::read_to_string(path).map_err(|source| Failure::ReadFile { path: path.clone(), source })?;
    let receipt = Receipt::parse(&text, path)?;
    terminal::say(&format!("the receipt is what was written at {}", output::visible(&receipt.written_at)));
    match verify.result.clone().or_else(|| receipt.result.file.as_ref().map(PathBuf::from)) {
        Some(result) => {
            check_result(&receipt, &result)?;
            terminal::say(&format!(
                "the result is the one of the receipt: {}, SHA-256 {}",
                Size(receipt.result.bytes),
                receipt.result.sha256
            ));
        }
        None => warn("the result went to standard output: give it as a file to have it checked"),
    }
    if verify.again {
        again(&location, &receipt, &verify).await?;
    }
    Ok(Outcome::Done)
}

/// Whether a file has the bytes that were written.
fn check_result(receipt: &Receipt, path: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::ReadFile { path: path.to_owned(), source };
    let (bytes, sha256) = match path.as_os_str() == STDIN {
        true => hashed(io::stdin().lock()),
        false => File::open(path).and_then(hashed),
    }
    .map_err(failed)?;
    if (bytes, sha256.as_str()) == (receipt.result.bytes, receipt.result.sha256.as_str()) {
        return Ok(());
    }
    Err(Failure::ResultDiffers {
        path: path.to_owned(),
        expected: format!("{}, SHA-256 {}", Count(receipt.result.bytes, "byte"), receipt.result.sha256),
        found: format!("{}, SHA-256 {sha256}", Count(bytes, "byte")),
    })
}

fn hashed(mut from: impl Read) -> io::Result<(u64, String)> {
    let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0; PART_BYTES]);
    loop {
        match from.read(&mut part) {
            Ok(0) => return Ok((bytes, hexadecimal(&hash.finalize()))),
            Ok(read) => {
                bytes += read as u64;
                hash.update(part.get(..read).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Asks once more, of the same versions.
async fn again(location: &str, receipt: &Receipt, verify: &ReceiptVerify) -> Result<(), Failure> {
    let lake = super::open_within(location, &verify.limits).await?;
    let Some(format) = receipt.result.format() else {
        return Err(Failure::ReceiptFormat { path: verify.receipt.clone() });
    };
    let mut stores: Vec<&StoreRead> = receipt.queries.iter().flat_map(|query| &query.event_data_stores).collect();
    stores.dedup();
    for store in stores {
        check_store(&lake, store).await?;
    }
    let script = Script::of(receipt.queries.iter().map(|query| (query.sql.clone(), query.options())));
    let look = Look { screen: Screen::NONE, header: receipt.result.header };
    let mut to = Destination::nowhere();
    let found = query::answers(&lake, &script, (format, look), &mut to).await?;
    for (told, found) in receipt.queries.iter().zip(&found) {
        compare(told, found)?;
    }
    let is_same = to.hash().is_some_and(|(_, sha256)| sha256 == receipt.result.sha256);
    let rows = Count(found.iter().map(|query| query.rows).sum(), "row");
    terminal::say(&match is_same {
        true => format!("the query gives the same result again: {rows}, the same bytes"),
        false => format!(
            "the query gives the same rows again: {rows}; their order, or what the format says of times, differs"
        ),
    });
    Ok(())
}

/// Whether a version is still there, and what it was.
async fn check_store(lake: &Lake, told: &StoreRead) -> Result<(), Failure> {
    let name = format!("{} ({})", output::visible(&told.name), output::visible(&told.id));
    let gone = |source: traillake::Error| Failure::SnapshotGone {
        store: name.clone(),
        version: told.version,
        source: Box::new(source),
    };
    // An id that is none is a store that is not there.
    let store = lake.event_data_store(&told.id).await.map_err(gone)?;
    let snapshot = store.snapshot_at(told.version).await.map_err(|error| gone(error.into()))?;
    let Some(known) = told.chain_head() else {
        warn(&format!("nothing proves version {} of {name}: its commit had been cut off already", told.version));
        return Ok(());
    };
    let options = VerifyOptions { known: Some(known), depth: Depth::Sizes, ..VerifyOptions::default() };
    let id: EventDataStoreId = store.id();
    let verification = lake.verify_store(&id.to_string(), options).await?;
    let broken: Vec<String> = verification.broken.iter().map(ToString::to_string).collect();
    if !broken.is_empty() {
        broken.iter().for_each(|broken| terminal::say(&format!("broken: {}", output::visible_lines(broken))));
        return Err(Failure::Touched { store: told.name.clone(), count: broken.len() as u64 });
    }
    if verification.is_known_cut_off || snapshot.chain_head().await.map_err(traillake::Error::from)?.is_none() {
        warn(&format!("nothing proves version {} of {name} any more: a vacuum has cut its commit off", told.version));
    } else {
        terminal::say(&format!("version {} of {name} is the one of the receipt", told.version));
    }
    Ok(())
}

fn compare(told: &Answered, found: &Answered) -> Result<(), Failure> {
    let versions = |query: &Answered| -> Vec<(String, u64)> {
        query.event_data_stores.iter().map(|store| (store.id.clone(), store.version)).collect()
    };
    if versions(told) != versions(found) {
        return Err(Failure::OtherStores);
    }
    if (told.rows, &told.rows_sha256) != (found.rows, &found.rows_sha256) {
        return Err(Failure::OtherRows { told: told.rows, found: found.rows });
    }
    Ok(())
}
