use std::fs;

use crate::scratch::{REJECTED, Scratch, settled};

const SQL: &str = "SELECT eventName, sourceIPAddress FROM trail WHERE eventSource = :source ORDER BY eventTime";

/// A lake, a result and its receipt.
fn with_receipt() -> Scratch {
    let scratch = Scratch::with_trail();
    let said = scratch.run(&[
        "query",
        SQL,
        "--param",
        "source=s3.amazonaws.com",
        "--output",
        "out.csv",
        "--receipt",
        "out.receipt.json",
    ]);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.status), ("", "", 0));
    scratch
}

/// As [`settled`], without hashes and moments either. The guards go in reverse.
fn settled_hashes() -> [insta::internals::SettingsBindDropGuard; 2] {
    let settled = settled();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[sha256]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[now]");
    settings.add_filter(r"traillake \d+\.\d+\.\d+", "traillake [version]");
    settings.add_filter(r#""(elapsed_ms|bytes_scanned)": \d+"#, "\"$1\": 0");
    [settings.bind_to_scope(), settled]
}

fn replace(scratch: &Scratch, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(scratch.path(file)).unwrap();
    assert!(text.contains(from), "{text}");
    scratch.write(file, &text.replacen(from, to, 1));
}

#[test]
fn a_receipt_says_what_was_asked_of_what_and_answered() {
    let _settled = settled_hashes();
    let scratch = with_receipt();
    insta::assert_snapshot!(fs::read_to_string(scratch.path("out.receipt.json")).unwrap(), @r#"
        {
          "receipt": 1,
          "written_at": "[now]",
          "program": "traillake [version]",
          "lake": "file:///[folder]/",
          "queries": [
            {
              "sql": "SELECT eventName, sourceIPAddress FROM trail WHERE eventSource = :source ORDER BY eventTime",
              "store": null,
              "positional_parameters": [],
              "named_parameters": {
                "source": "s3.amazonaws.com"
              },
              "event_data_stores": [
                {
                  "name": "trail",
                  "id": "[id]",
                  "version": 2,
                  "head": "2:[sha256]"
                }
              ],
              "lake_tables": [],
              "rows": 2,
              "rows_sha256": "[sha256]",
              "events_scanned": 2,
              "bytes_scanned": 0,
              "elapsed_ms": 0
            }
          ],
          "result": {
            "file": "out.csv",
            "format": "csv",
            "header": true,
            "bytes": 66,
            "sha256": "[sha256]"
          },
          "receipt_sha256": "[sha256]"
        }
        "#);
    // The head is the one that `store verify` tells.
    let head = scratch.run(&["store", "verify", "trail"]).stdout;
    assert!(fs::read_to_string(scratch.path("out.receipt.json")).unwrap().contains(head.trim()), "{head}");
}

#[test]
fn what_was_not_changed_is_verified() {
    let _settled = settled_hashes();
    let scratch = with_receipt();
    // What is imported later is not asked.
    scratch.write("more.json", REJECTED);
    assert_eq!(scratch.run(&["import", "trail", "more.json"]).status, 3);
    let said = scratch.run(&["receipt", "verify", "--again", "out.receipt.json"]);
    insta::assert_snapshot!(said.transcript(), @"
        ---
        the receipt is what was written at [now]
        the result is the one of the receipt: 66 B, SHA-256 [sha256]
        version 2 of trail ([id]) is the one of the receipt
        the query gives the same result again: 2 rows, the same bytes
        => 0
        ");
}

#[test]
fn a_result_is_also_taken_from_elsewhere() {
    let scratch = with_receipt();
    fs::rename(scratch.path("out.csv"), scratch.path("copy.csv")).unwrap();
    assert_eq!(scratch.run(&["receipt", "verify", "out.receipt.json"]).status, 1);
    assert_eq!(scratch.run(&["receipt", "verify", "out.receipt.json", "copy.csv"]).status, 0);
    let copy = fs::read_to_string(scratch.path("copy.csv")).unwrap();
    assert_eq!(scratch.pipe(&["receipt", "verify", "out.receipt.json", "-"], &copy).status, 0);
}

#[test]
fn another_result_is_not_the_one_of_the_receipt() {
    let _settled = settled_hashes();
    let scratch = with_receipt();
    replace(&scratch, "out.csv", "GetObject", "PutObject");
    insta::assert_snapshot!(scratch.run(&["receipt", "verify", "out.receipt.json"]).transcript(), @"
        ---
        the receipt is what was written at [now]
        error: out.csv is not the result of the receipt: expected 66 bytes, SHA-256 [sha256], found 66 bytes, SHA-256 [sha256]
        => 1
        ");
}

#[test]
fn a_changed_receipt_proves_nothing() {
    let _settled = settled_hashes();
    let scratch = with_receipt();
    replace(&scratch, "out.receipt.json", "\"rows\": 2", "\"rows\": 3");
    insta::assert_snapshot!(scratch.run(&["receipt", "verify", "out.receipt.json"]).transcript(), @"
        ---
        error: the receipt out.receipt.json was changed: its content does not have the hash it tells
          hint: nothing it says is proven; ask for the original
        => 1
        ");
}

#[test]
fn a_lake_without_the_version_says_so() {
    let _settled = settled_hashes();
    let scratch = with_receipt();
    let said = scratch.run(&["--lake", "other", "receipt", "verify", "--again", "out.receipt.json"]);
    insta::assert_snapshot!(said.transcript(), @r#"
        ---
        the receipt is what was written at [now]
        the result is the one of the receipt: 66 B, SHA-256 [sha256]
        error: version 2 of event data store trail ([id]) is gone
          because: event data store "[id]" does not exist
          hint: is --lake the lake of the receipt? a vacuum removes versions, too
        => 1
        "#);
}

#[test]
fn a_touched_store_is_found_before_it_is_asked() {
    let scratch = with_receipt();
    let logs = walk(&scratch.path("lake")).into_iter().filter(|path| path.ends_with("00000000000000000001.json"));
    let commit = logs.into_iter().next().expect("a commit");
    let text = fs::read_to_string(&commit).unwrap();
    fs::write(&commit, format!("{text}\n")).unwrap();
    let said = scratch.run(&["receipt", "verify", "--again", "out.receipt.json"]);
    assert_eq!(said.status, 1);
    assert!(said.stderr.contains("is not what was committed"), "{}", said.stderr);
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push(entry.path().to_string_lossy().into_owned()),
        }
    }
    files
}

#[test]
fn rows_count_where_bytes_tell_of_times() {
    let scratch = Scratch::with_trail();
    // The time of writing stands in a document, so that its bytes differ each time.
    let said =
        scratch.run(&["query", SQL, "--param", "source=s3.amazonaws.com", "--output", "o.html", "--receipt", "r"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let said = scratch.run(&["receipt", "verify", "--again", "r"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stderr.contains("again: 2 rows"), "{}", said.stderr);
}

#[test]
fn a_query_that_has_another_answer_now_is_told() {
    let scratch = Scratch::with_trail();
    let sql = "SELECT count(*) AS imports FROM lake.import_objects";
    assert_eq!(scratch.run(&["query", sql, "--output", "o.csv", "--receipt", "r"]).status, 0);
    scratch.write("more.json", REJECTED);
    assert_eq!(scratch.run(&["import", "trail", "more.json"]).status, 3);
    let said = scratch.run(&["receipt", "verify", "--again", "r"]);
    assert_eq!(said.status, 1);
    assert!(
        said.stderr.contains("the query gives another result: 1 row then, 1 row now, with other values"),
        "{}",
        said.stderr
    );
}

#[test]
fn several_statements_have_one_receipt() {
    let scratch = Scratch::with_trail();
    let said = scratch.run(&["query", "SELECT 1 AS a; SELECT count(*) FROM trail", "--receipt", "r"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let result = said.stdout;
    assert!(result.contains("│ a │") && result.contains("3 │"), "{result}");
    let said = scratch.pipe(&["receipt", "verify", "--again", "r", "-"], &result);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stderr.contains("the same bytes"), "{}", said.stderr);
}

#[test]
fn found_events_and_sample_queries_have_receipts_too() {
    let scratch = Scratch::with_trail();
    assert_eq!(scratch.run(&["find", "inbox", "--output", "f.csv", "--receipt", "f"]).status, 0);
    let said = scratch.run(&["receipt", "verify", "--again", "f"]);
    assert!(said.status == 0 && said.stderr.contains("2 rows, the same bytes"), "{}", said.stderr);
    let run = ["samples", "run", "root-activity", "--output", "s.jsonl", "--receipt", "s"];
    assert_eq!(scratch.run(&run).status, 0);
    assert_eq!(scratch.run(&["receipt", "verify", "--again", "s"]).status, 0);
}

#[test]
fn there_is_no_receipt_of_what_is_not_kept() {
    let scratch = Scratch::new();
    let said = scratch.run(&["query", "--from", "log.json", "--receipt", "r", "SELECT 1"]);
    assert_eq!(said.status, 2, "{}", said.stderr);
    let said = scratch.run(&["query", "--receipt", "r", "EXPLAIN SELECT 1"]);
    assert_eq!(said.status, 2, "{}", said.stderr);
    assert!(said.stderr.contains("what is explained has none"), "{}", said.stderr);
}
