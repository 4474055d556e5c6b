//! Containers and the decoder.

use traillake_event::category::StoreType;
use traillake_event::schema::Schema;
use traillake_ingest::decoder::{Decoder, Gathered};
use traillake_ingest::reject::RAW_BYTES_MAX;

use super::rows::event_json;
use super::texts::Texts;

/// Decodes the bytes as one document and compares what came of it with the document: for a store of CloudTrail events, and
/// for one of another type.
pub fn check(bytes: &[u8]) {
    check_for(StoreType::Events, bytes);
    let [_, others @ ..] = StoreType::ALL;
    check_for(others[bytes.len() % others.len()], bytes);
}

fn check_for(store_type: StoreType, bytes: &[u8]) {
    let mut found = Gathered::default();
    let mut decoder = Decoder::with_schema(Schema::of(store_type));
    let tally = decoder.decode_document(bytes, &mut found);
    decoder.flush(&mut found);

    let skipped: u64 = tally.skipped.values().sum();
    assert_eq!(tally.records, tally.events + tally.rejects + skipped, "the counts do not add up: {tally:?}");
    let events: Vec<String> = found.rows.iter().flat_map(|rows| event_json(&rows.batch)).collect();
    assert_eq!(events.len() as u64, tally.events, "there are other rows than events");
    assert_eq!(found.rejected.len() as u64, tally.rejects, "there are other rejects than told");
    assert!(!tally.breaks_off || tally.rejects > 0, "the document breaks off, and nobody says where");

    let texts = Texts::of(bytes);
    for event in &events {
        assert!(event.starts_with('{') && event.ends_with('}'), "an event that is no object: {event}");
        assert!(texts.contain(event) || texts.contain(item_of(event)), "an event that is not in the document: {event}");
    }
    for reject in &found.rejected {
        assert!(reject.offset <= bytes.len() as u64, "a reject behind the end: {reject}");
        assert!(!reject.expected.is_empty() && !reject.found.is_empty(), "a reject without a reason: {reject}");
        assert!(reject.raw.len() <= RAW_BYTES_MAX, "a reject that keeps too much: {reject}");
        assert!(texts.contain_bytes(&reject.raw), "a reject that is not in the document: {reject}");
    }
}

/// What stands in the envelope that an import makes.
fn item_of(event: &str) -> &str {
    let item = event.split_once(",\"eventData\":").map_or(event, |(_, item)| item);
    item.strip_suffix('}').unwrap_or(item)
}
