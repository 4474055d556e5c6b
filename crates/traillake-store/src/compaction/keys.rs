//! Which keys of maps have earned a column of their own.
//!
//! An analyst asks for what a call was about: the id, the name, the ARN of a thing. The keys that every store has
//! columns for are those of the busiest services; a trail of others says itself which it needs. A sample of the files
//! to be merged is looked through, and a key is worth a column when
//!
//! * by AWS's way of naming it identifies something: it ends in `Id`, `Name`, `Arn`, `Identifier` or `Url`,
//! * its value is a string of moderate length, nearly always,
//! * it stands in enough events to be asked for, and
//! * its column would take a small part of the store.

use std::collections::HashMap;

use arrow::array::AsArray;
use traillake_event::category::StoreType;
use traillake_event::json;
use traillake_event::schema::{HOT_KEYS_MAX, HotKeyPath, HotKeys};

use super::input::{self, Input};
use crate::data_file::DataFile;
use crate::error::Error;
use crate::snapshot::Snapshot;

/// How many files are looked into, at most.
const FILES_SAMPLED: usize = 64;
/// How many rows of each.
const ROWS_EACH: usize = 4_096;
/// The most bytes of one map in these.
const BYTES_EACH: u64 = 16 << 20;
/// After how many rows the sample is large enough.
const ROWS_SAMPLED: u64 = 32_768;
/// How many keys one compaction adds at most: each is a column of every file from then on.
const KEYS_ADDED: usize = 8;
/// The sampled events that must have the key: one in two hundred, and enough to trust the sample.
const EVENTS_EACH: u64 = 200;
const EVENTS_MIN: u64 = 20;
/// The longest value, on average.
const VALUE_BYTES: u64 = 128;
/// The part of the store that a column may take: a fiftieth, if its values do not compress at all.
const STORE_PART: u64 = 50;
/// How an identifying key ends.
const ENDINGS: [&str; 9] = ["Id", "ID", "Ids", "Name", "Arn", "ARN", "Identifier", "Url", "URL"];

/// What is known of a key in the sample.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    events: u64,
    strings: u64,
    bytes: u64,
}

/// The keys that are worth a column, the most frequent first. Reads a few pages of the maps' texts.
pub(super) async fn worth_a_column(snapshot: &Snapshot, sampled: &[DataFile]) -> Result<Vec<HotKeyPath>, Error> {
    let mut files = sampled.to_vec();
    files.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    files.truncate(FILES_SAMPLED);
    let mut seen = HashMap::new();
    let mut rows = 0;
    for file in files {
        if rows >= ROWS_SAMPLED {
            break;
        }
        // A file of another writer is no evidence.
        let Ok(inputs) = input::open(snapshot, std::slice::from_ref(&file)).await? else { continue };
        for input in &inputs {
            rows += sample(snapshot, input, &mut seen).await?;
        }
    }
    let attributes = snapshot.store().attributes();
    let bytes_each = snapshot.bytes() / snapshot.rows().max(1);
    Ok(chosen((&attributes.hot_keys, attributes.store_type()), seen, rows, bytes_each))
}

/// Counts the keys in the middle of a file, and gives the number of its rows looked at.
async fn sample(
    snapshot: &Snapshot,
    input: &Input,
    seen: &mut HashMap<(Vec<&'static str>, String), Seen>,
) -> Result<u64, Error> {
    let rows = usize::try_from(input.file.rows).unwrap_or(usize::MAX);
    let row_bytes = input.weights().iter().map(|(_, bytes)| *bytes).max().unwrap_or_default().max(1);
    let count = rows.min(ROWS_EACH).min(usize::try_from(BYTES_EACH / row_bytes).unwrap_or(ROWS_EACH).max(1));
    let start = (rows - count) / 2;
    let schema = snapshot.store().schema();
    for map in schema.maps() {
        let Some(place) = schema.index_of(&map.join("_")) else { continue };
        let texts = input.read(place, start..start + count).await?;
        for text in texts.as_string::<i32>().iter().flatten() {
            json::for_each_member(text, |key, value| {
                if !ENDINGS.iter().any(|ending| key.ends_with(ending)) {
                    return;
                }
                let counted = seen.entry((map.clone(), key.into_owned())).or_default();
                counted.events += 1;
                counted.strings += u64::from(value.kind == json::Kind::String);
                counted.bytes += value.raw.len() as u64;
            });
        }
    }
    Ok(count as u64)
}

fn chosen(
    (known, store_type): (&HotKeys, StoreType),
    seen: HashMap<(Vec<&'static str>, String), Seen>,
    rows: u64,
    bytes_each: u64,
) -> Vec<HotKeyPath> {
    let mut worthy: Vec<_> = seen
        .into_iter()
        .filter(|(_, seen)| {
            seen.events >= EVENTS_MIN.max(rows / EVENTS_EACH)
                && seen.strings * 10 >= seen.events * 9
                && seen.bytes <= seen.events * VALUE_BYTES
                && seen.bytes * STORE_PART <= rows * bytes_each
        })
        .collect();
    worthy.sort_by(|(a_key, a), (b_key, b)| b.events.cmp(&a.events).then_with(|| a_key.cmp(b_key)));
    let mut keys = known.clone();
    let mut chosen = Vec::new();
    for ((map, key), _) in worthy {
        if chosen.len() == KEYS_ADDED || keys.keys().len() == HOT_KEYS_MAX {
            break;
        }
        // One that cannot name a column, or has one already, is passed over.
        let Ok(path) = format!("{}.{key}", map.join(".")).parse::<HotKeyPath>() else { continue };
        if matches!(keys.add(path.clone(), store_type), Ok(true)) {
            chosen.push(path);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: u64 = 10_000;

    fn worth(seen: &[(&str, Seen)]) -> Vec<String> {
        let seen = seen.iter().map(|(key, seen)| ((vec!["requestParameters"], (*key).to_owned()), *seen)).collect();
        chosen((&HotKeys::default(), StoreType::Events), seen, ROWS, 200).iter().map(ToString::to_string).collect()
    }

    fn seen(events: u64, strings: u64, length: u64) -> Seen {
        Seen { events, strings, bytes: events * length }
    }

    #[test]
    fn a_key_is_worth_a_column_when_it_is_frequent_short_and_text() {
        assert_eq!(
            worth(&[
                ("detectorId", seen(900, 900, 34)),
                ("apiId", seen(1_000, 990, 12)),
                ("rareId", seen(49, 49, 12)),
                ("listId", seen(1_000, 100, 12)),
                ("longName", seen(60, 60, 129)),
                ("dearId", seen(1_200, 1_200, 36)),
            ]),
            ["requestParameters.apiId", "requestParameters.detectorId"]
        );
    }

    #[test]
    fn what_has_a_column_or_cannot_have_one_is_passed_over() {
        let often = seen(500, 500, 10);
        assert_eq!(
            worth(&[("bucketName", often), ("bucketname", often), ("my Name", often), ("workId", often)]),
            ["requestParameters.workId"]
        );
        let many: Vec<String> = (0..20).map(|number| format!("k{number:02}Id")).collect();
        let many: Vec<_> = many.iter().map(|key| (key.as_str(), often)).collect();
        assert_eq!(worth(&many).len(), KEYS_ADDED);
    }
}
