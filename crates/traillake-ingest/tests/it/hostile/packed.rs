//! Packed content that is harmed, or blows up.

use super::{Outcome, gz, import, log, record, record_with};

/// Enough for several blocks of zstd.
const RECORDS: u32 = 1_500;

fn records() -> Vec<String> {
    (0..RECORDS).map(record).collect()
}

fn whole() -> String {
    log(records().iter().map(String::as_str))
}

/// The rows of the records are the first of them, without gaps; how many.
fn first_rows(outcome: &Outcome) -> usize {
    let records = records();
    let found = records.iter().take_while(|record| outcome.has_row(record)).count();
    assert_eq!(outcome.rows.len(), found + 2, "rows that are none of the first records");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_logs_cut_off_anywhere_keep_what_came_before_and_say_so() {
    let content = whole();
    for (name, stored) in
        [("cut.json.gz", gz(&content)), ("cut.json.zst", zstd::stream::encode_all(content.as_bytes(), 3).unwrap())]
    {
        let mut before = 0;
        for part in [1, 4, 17, stored.len() / 4, stored.len() / 2, stored.len() * 3 / 4, stored.len() - 1] {
            let outcome = import(&[(name, stored[..part].to_vec())]).await;
            let found = first_rows(&outcome);
            assert!(found >= before, "{name}: fewer rows of more bytes");
            assert_eq!(outcome.counts(name), (found as u64, 1, 0), "{name} cut at {part}");
            before = found;
        }
        assert!(before > RECORDS as usize / 2, "{name}: hardly any row came before the end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_packed_log_is_told_and_costs_no_record_before_it() {
    let stored = gz(whole());
    // The header's flags, the first block, later blocks, the checksum, the size.
    for at in [0, 3, 10, 30, stored.len() / 3, stored.len() / 2, stored.len() - 7, stored.len() - 3] {
        let mut flipped = stored.clone();
        flipped[at] ^= 0x10;
        let outcome = import(&[("flipped.json.gz", flipped)]).await;
        let rejects = outcome.rejects.get("flipped.json.gz").map_or(0, Vec::len);
        assert!(rejects >= 1, "byte {at}: nothing says that the file is damaged\n{}", outcome.report);
    }
    let mut flipped = stored.clone();
    let checksum = stored.len() - 7;
    flipped[checksum] ^= 0x10;
    let outcome = import(&[("flipped.json.gz", flipped)]).await;
    assert_eq!(first_rows(&outcome), RECORDS as usize, "only the checksum is wrong");
    let reject = outcome.reject("flipped.json.gz");
    assert!(reject.expected.contains("gzip"), "{reject:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_member_of_gzip_is_read_or_told() {
    let (one, other) = (record(1), record(2));
    let line = |record: &str| gz(format!("{record}\n"));
    let outcome = import(&[
        ("members.json.gz", [line(&one), gz(""), line(&other)].concat()),
        ("second_cut.json.gz", [line(&record(3)), line(&record(4))[..20].to_vec()].concat()),
        ("garbage.json.gz", [line(&record(5)), b"garbage".to_vec()].concat()),
        ("zeros.json.gz", [line(&record(6)), vec![0; 1_000]].concat()),
        ("nothing.json.gz", gz("")),
        ("head.json.gz", gz("")[..10].to_vec()),
        ("not_packed.json.gz", log([record(7).as_str()]).into_bytes()),
    ])
    .await;
    assert_eq!(outcome.counts("members.json.gz"), (2, 0, 0));
    assert_eq!((outcome.counts("second_cut.json.gz").0, outcome.counts("second_cut.json.gz").1), (1, 1));
    assert_eq!(outcome.counts("garbage.json.gz"), (1, 1, 0));
    assert!(outcome.reject("garbage.json.gz").found.contains("7 other bytes"));
    assert_eq!(outcome.counts("zeros.json.gz"), (1, 0, 0));
    assert_eq!(outcome.counts("nothing.json.gz"), (0, 0, 1));
    assert_eq!(outcome.counts("head.json.gz"), (0, 1, 0));
    assert_eq!(outcome.counts("not_packed.json.gz"), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_packed_in_itself_again_and_again_is_one_reject() {
    let mut stored = whole().into_bytes();
    for _ in 0..8 {
        stored = gz(stored);
    }
    let outcome = import(&[("layers.json.gz", stored)]).await;
    assert_eq!(outcome.counts("layers.json.gz"), (0, 1, 0));
}

/// A small file that inflates to a large one: 20 MB here, more than 1 GB in the tests of the command line.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_inflates_beyond_its_limit_costs_itself_only() {
    let huge = record_with(2, &format!("\"userAgent\":\"{}\"", "0".repeat(20 << 20)));
    let (first, last) = (record(1), record(3));
    let stored = gz(log([first.as_str(), &huge, &last]));
    assert!(stored.len() < 100_000);
    let outcome = import(&[("bomb.json.gz", stored)]).await;
    assert_eq!(outcome.counts("bomb.json.gz"), (2, 1, 0));
    assert!(outcome.has_row(&first) && outcome.has_row(&last));
    let reject = outcome.reject("bomb.json.gz");
    assert_eq!((reject.json_path.as_str(), reject.index), ("Records[1]", Some(1)));
    assert_eq!(reject.offset, 12 + first.len() as u64 + 1);
    assert!(reject.expected.starts_with("a record of at most"), "{}", reject.expected);
    assert!(reject.raw.len() <= 1 << 20 && huge.as_bytes().starts_with(&reject.raw));
}
