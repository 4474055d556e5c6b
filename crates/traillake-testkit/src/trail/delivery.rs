//! How events become files: five to fifteen minutes later, by account and Region, under CloudTrail's names.

use super::calendar::Moment;
use super::random::Random;
use super::record::{Event, Folder};
use super::traffic::SLOT;
use std::collections::BTreeMap;

/// The most records in one file; a busier slot is delivered in several.
const RECORDS_MAX: usize = 500;
/// From the end of a slot to the delivery of its events, in seconds.
const DELAY: i64 = 300;

/// One delivered file before it is written: the events' texts, in the order they stand in the file.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) key: String,
    pub(crate) records: Vec<String>,
}

/// A file is of one account, Region and kind, and has one delivery time.
type Shelf = (String, String, Folder);

/// Puts every event into a file, and `duplicates` of them, byte for byte, into a second, later one.
pub(crate) fn deliver(events: &[Event], duplicates: usize, seed: u64) -> Vec<Delivery> {
    let mut random = Random::stream(seed, "delivery");
    let mut shelves: BTreeMap<Shelf, BTreeMap<Moment, Vec<&Event>>> = BTreeMap::new();
    for event in events {
        shelf(&mut shelves, event).entry(delivered_at(event)).or_default().push(event);
    }
    let mut chosen: Vec<_> = (0..events.len()).collect();
    random.shuffle(&mut chosen);
    for index in chosen.into_iter().take(duplicates) {
        let event = &events[index];
        let first = delivered_at(event);
        let files = shelf(&mut shelves, event);
        // With the next delivery of the shelf, or by itself when there is none.
        let again = files.range(first.plus(1)..).next().map_or(first.plus(DELAY), |(moment, _)| *moment);
        files.entry(again).or_default().push(event);
    }
    let mut deliveries = Vec::new();
    for ((account, region, folder), files) in shelves {
        for (moment, mut events) in files {
            random.shuffle(&mut events);
            for part in parts(&events) {
                let key = key(&account, &region, folder, moment, &mut random);
                deliveries.push(Delivery { key, records: part.iter().map(|event| event.text.clone()).collect() });
            }
        }
    }
    deliveries.sort_by(|one, other| one.key.cmp(&other.key));
    deliveries
}

/// `{"Records":[…]}` on one line.
pub(crate) fn text(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

fn shelf<'a, 'e>(
    shelves: &'a mut BTreeMap<Shelf, BTreeMap<Moment, Vec<&'e Event>>>,
    event: &Event,
) -> &'a mut BTreeMap<Moment, Vec<&'e Event>> {
    shelves.entry((event.account.clone(), event.region.clone(), event.folder)).or_default()
}

fn delivered_at(event: &Event) -> Moment {
    Moment(event.moment.0.div_euclid(SLOT) * SLOT + SLOT + DELAY)
}

/// The parts never hold two copies of one event: a duplicate is always in another file than its first copy, and a
/// file takes a second copy only of events delivered earlier.
fn parts<'a, 'e>(events: &'a [&'e Event]) -> impl Iterator<Item = &'a [&'e Event]> {
    events.chunks(RECORDS_MAX)
}

fn key(account: &str, region: &str, folder: Folder, moment: Moment, random: &mut Random) -> String {
    let kind = match folder {
        Folder::CloudTrail => "CloudTrail",
        Folder::NetworkActivity => "CloudTrail-NetworkActivity",
    };
    let unique = random.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 16);
    let (date, name) = (moment.folder(), moment.name());
    format!("AWSLogs/{account}/{kind}/{region}/{date}/{account}_{kind}_{region}_{name}_{unique}.json.gz")
}
