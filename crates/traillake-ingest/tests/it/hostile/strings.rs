//! Strings with everything in them that a string must not hold, and very long ones.

use traillake_event::json::write_string;
use traillake_event::schema::{Kind, Schema};

use super::{are_rejects, are_rows, import, record, record_with};

/// Records that hold a string's raw content in every kind of place.
fn in_every_place(first: u32, content: &str) -> Vec<String> {
    [
        format!("\"userAgent\":\"{content}\""),
        format!("\"userIdentity\":{{\"userName\":\"{content}\"}}"),
        format!("\"requestParameters\":{{\"bucketName\":\"{content}\",\"{content}\":1}}"),
        format!("\"responseElements\":\"{content}\""),
        format!("\"{content}\":\"{content}\""),
        format!("\"readOnly\":\"{content}\""),
        format!("\"awsRegion\":\"x\",\"awsRegion\":\"{content}\""),
    ]
    .iter()
    .zip(first..)
    .map(|(members, id)| record_with(id, members))
    .chain([format!("{{\"eventName\":\"{content}\",\"eventSource\":\"{content}\",\"eventID\":\"{content}\"}}")])
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_strings_come_back_in_every_place() {
    let odd = [
        // Halves of pairs, pairs, and pairs the wrong way round.
        r"\ud800",
        r"\udc00",
        r"\udc00\ud800",
        r"\ud83d\ude00",
        r"\ud800\u0041",
        // Zeros and control characters, escaped and raw.
        r"\u0000",
        "\0",
        "a\0b\0",
        "\u{1}\u{2}",
        "\u{1}teventName\u{2}",
        "\u{1}u\u{2}",
        "\n\r\t\u{8}\u{c}\u{7f}",
        // Escapes nobody needs, and the ones everybody does.
        r"\/\u002f\u0041\u00e9",
        r#"\"\\\b\f\n\r\t"#,
        // Characters that confuse terminals and editors.
        "\u{feff}\u{202e}\u{2028}\u{2029}\u{200d}😀é",
        "\u{10ffff}\u{fffd}",
        "]}\u{7d}{[,:",
        "",
    ];
    let hostile: Vec<String> = (0u32..).zip(odd).flat_map(|(n, content)| in_every_place(100 * n, content)).collect();
    are_rows(&hostile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strings_of_a_megabyte_come_back() {
    let escaped = "\\u0041".repeat(170_000);
    let texts = ["0".repeat(1 << 20), "é😀".repeat(170_000), escaped];
    let hostile: Vec<String> = (0u32..).zip(&texts).flat_map(|(n, text)| in_every_place(100 * n, text)).collect();
    are_rows(&hostile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_megabyte_in_every_text_column_comes_back() {
    let long = "x".repeat(1 << 20);
    let columns = Schema::events().columns().iter().filter(|column| column.kind == Kind::Text);
    let hostile: Vec<String> = (0u32..)
        .zip(columns.filter(|column| column.path.len() == 1 && column.name != "eventID").take(20))
        .map(|(id, column)| match column.name.as_str() {
            "eventName" | "eventSource" => {
                format!("{{\"eventName\":\"a\",\"eventSource\":\"b\",\"{}\":\"{long}{id}\"}}", column.name)
            }
            name => record_with(id, &format!("\"{name}\":\"{long}{id}\"")),
        })
        .collect();
    assert!(hostile.len() > 10);
    are_rows(&hostile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_utf_8_cost_their_record_and_are_kept() {
    let harms: [&[u8]; 8] = [
        b"\xff\xfe",
        b"\xc0\x80",         // an overlong zero
        b"\xed\xa0\x80",     // half a pair
        b"\xf4\x90\x80\x80", // beyond the last character
        b"\xc3",             // the first byte of two
        b"\x80",             // a byte that must follow another
        b"caf\xe9",          // Latin-1
        b"\xfe\xff\0a",
    ];
    let hostile = harms.map(|harm| [b"{\"eventName\":\"", harm, b"\",\"eventSource\":\"b\"}"].concat());
    are_rejects(&hostile, "UTF-8 text").await;
    let outcome = super::import_between(&hostile).await;
    for reject in outcome.rejects.values().flatten() {
        let place: usize = reject.uri.rsplit('/').next().unwrap()[..3].parse().unwrap();
        assert_eq!(reject.raw, hostile[place], "{reject:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_utf_8_between_records_keep_the_records_before_them() {
    let content = [b"[", record(1).as_bytes(), b",\xff,", record(2).as_bytes(), b"]"].concat();
    let outcome = import(&[("between.json", content)]).await;
    let (events, rejects, _) = outcome.counts("between.json");
    assert!(events >= 1 && rejects == 1, "{}", outcome.report);
    assert!(outcome.has_row(&record(1)));
    assert!(outcome.reject("between.json").found.contains("UTF-8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_in_strings_in_strings_come_back() {
    let mut text = record(1);
    for _ in 0..4 {
        let mut quoted = String::new();
        write_string(&mut quoted, &text);
        text = format!("{{\"Message\":{quoted}}}");
    }
    let outcome = import(&[("strings.json", text.into_bytes())]).await;
    assert_eq!(outcome.counts("strings.json"), (1, 0, 0));
    assert!(outcome.has_row(&record(1)));
}
