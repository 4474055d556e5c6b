//! Which kind of events sources hold, by a look at some of their objects.

use traillake_event::category::StoreType;

use crate::decoder::{Decoder, Rows, Sink, Tally};
use crate::error::Error;
use crate::import::Parts;
use crate::reject::Rejected;
use crate::skip::SkipReason;
use crate::source::{self, Object, Source};

/// How many objects are looked at.
const OBJECTS_LOOKED_AT: usize = 32;
/// About how much of each.
const PART_BYTES: usize = 1 << 20;

/// The type of store for what sources hold: that of CloudTrail events where any are found, else that of whatever most
/// is; that of CloudTrail events where nothing is known, and for pipes, which can be read only once.
///
/// Errors: sources that cannot be listed, and patterns that match nothing. Cost: walks the directories, and reads up to
/// 32 objects spread over all, a megabyte of each. Must run inside a Tokio runtime.
pub async fn recognise(sources: &[Source]) -> Result<StoreType, Error> {
    let sources = sources.to_vec();
    tokio::task::spawn_blocking(move || recognise_blocking(&sources)).await.map_err(Error::Worker)?
}

fn recognise_blocking(sources: &[Source]) -> Result<StoreType, Error> {
    let objects = source::list(sources, None)?;
    let every = objects.len().div_ceil(OBJECTS_LOOKED_AT).max(1);
    let mut found = [0_u64; StoreType::ALL.len()];
    for object in objects.iter().step_by(every).filter(|object| !object.is_pipe()) {
        let tally = look(object);
        if tally.events > 0 {
            return Ok(StoreType::Events);
        }
        for (count, store_type) in found.iter_mut().zip(StoreType::ALL) {
            *count += tally.skipped.get(&SkipReason::of(store_type)).copied().unwrap_or_default();
        }
    }
    let most = found.iter().zip(StoreType::ALL).rev().max_by_key(|(count, _)| **count);
    Ok(most.filter(|(count, _)| **count > 0).map(|(_, store_type)| store_type).unwrap_or_default())
}

/// What the first part of an object holds; nothing where it cannot be read, which an import will tell.
fn look(object: &Object) -> Tally {
    let part = object.open().and_then(|stored| Parts::with_part_bytes(stored, PART_BYTES)).ok();
    let part = part.and_then(|mut parts| parts.next());
    part.map(|part| Decoder::new().decode_document(&part.content, &mut Blind)).unwrap_or_default()
}

struct Blind;

impl Sink for Blind {
    fn rows(&mut self, _rows: Rows) {}
    fn reject(&mut self, _rejected: Rejected) {}
}
