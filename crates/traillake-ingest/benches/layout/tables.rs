//! What is tried: one dimension at a time, all else as in the base.

use parquet::basic::{Compression, Encoding};
use traillake_event::schema::{EVENT_DIGEST, Kind};

use crate::layout::{Blooms, Change, EventJson, Ids, Layout, Order, columns_of, ids, zstd};

const OLDEST_FIRST: Order = &[("eventTime", false), ("eventSource", false), ("eventName", false), ("eventID", false)];
const BY_NAME: Order = &[("eventSource", false), ("eventName", false), ("eventTime", true), ("eventID", false)];
const BY_CALLER: Order = &[("userIdentity_arn", false), ("eventTime", true), ("eventID", false)];

/// A dimension and its layouts.
pub(crate) struct Table {
    /// What the command line calls it.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) layouts: Vec<(String, Layout)>,
}

pub(crate) fn tables() -> Vec<Table> {
    let table = |name, title, layouts| Table { name, title, layouts };
    vec![
        table("order", "Sort order", orders()),
        table("groups", "Rows of a row group", groups()),
        table("pages", "Rows and bytes of a page", pages()),
        table("compression", "Compression", compressions()),
        table("encodings", "Encodings", encodings()),
        table("dictionaries", "Dictionaries", dictionaries()),
        table("blooms", "Bloom filters", blooms()),
        table("keys", "Hot keys", vec![of("none", |layout| layout.hot_keys = false)]),
        table("record", "What eventJson is read from", records()),
        table("together", "What pays, together", together()),
    ]
}

/// The base with a change.
fn of(name: impl ToString, change: impl FnOnce(&mut Layout)) -> (String, Layout) {
    let mut layout = Layout::base();
    change(&mut layout);
    (name.to_string(), layout)
}

fn orders() -> Vec<(String, Layout)> {
    let orders = [
        ("oldest first", OLDEST_FIRST),
        ("source, name, newest first", BY_NAME),
        ("caller's ARN, newest first", BY_CALLER),
    ];
    orders.into_iter().map(|(name, order)| of(name, |layout| layout.order = order)).collect()
}

fn groups() -> Vec<(String, Layout)> {
    let rows = [32_768, 65_536, 262_144, 1_048_576];
    rows.into_iter().map(|rows| of(rows, |layout| layout.group_rows = rows)).collect()
}

fn pages() -> Vec<(String, Layout)> {
    let rows = [512, 1_024, 4_096, 8_192, 20_000].into_iter().map(|rows| {
        // Long pages of JSON are to end at their rows too.
        let bytes = if rows > 2_048 { 1 << 20 } else { 256 << 10 };
        of(format!("{rows} rows, {} KiB", bytes >> 10), |layout| {
            layout.page_rows = rows;
            layout.page_bytes = bytes;
        })
    });
    let bytes = [64, 128, 1_024]
        .into_iter()
        .map(|kib| of(format!("2048 rows, {kib} KiB"), |layout| layout.page_bytes = kib << 10));
    rows.chain(bytes).collect()
}

fn compressions() -> Vec<(String, Layout)> {
    let compressions = [
        ("none", Compression::UNCOMPRESSED),
        ("snappy", Compression::SNAPPY),
        ("lz4_raw", Compression::LZ4_RAW),
        ("zstd 1", zstd(1)),
        ("zstd 2", zstd(2)),
        ("zstd 4", zstd(4)),
        ("zstd 6", zstd(6)),
        ("zstd 9", zstd(9)),
    ];
    compressions.into_iter().map(|(name, compression)| of(name, |layout| layout.compression = compression)).collect()
}

fn encodings() -> Vec<(String, Layout)> {
    let (ids, json, digest) = (ids(), columns_of(Kind::Json), [EVENT_DIGEST.to_owned()]);
    let (times, event_time) = (columns_of(Kind::Time), ["eventTime".to_owned()]);
    let changes: [(&str, &[String], Change); 10] = [
        ("ids: delta byte array", &ids, Change::Encoding(Encoding::DELTA_BYTE_ARRAY)),
        ("ids: delta length", &ids, Change::Encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY)),
        ("eventTime: delta", &event_time, Change::Encoding(Encoding::DELTA_BINARY_PACKED)),
        ("all times: delta", &times, Change::Encoding(Encoding::DELTA_BINARY_PACKED)),
        ("eventTime: plain", &event_time, Change::Encoding(Encoding::PLAIN)),
        ("digest: byte stream split", &digest, Change::Encoding(Encoding::BYTE_STREAM_SPLIT)),
        ("digest: uncompressed", &digest, Change::Compression(Compression::UNCOMPRESSED)),
        ("JSON: delta length", &json, Change::Encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY)),
        ("JSON: delta byte array", &json, Change::Encoding(Encoding::DELTA_BYTE_ARRAY)),
        ("JSON: dictionary", &json, Change::Dictionary),
    ];
    let mut layouts: Vec<_> = changes
        .into_iter()
        .map(|(name, columns, change)| (name.to_owned(), Layout::base().with(columns, change)))
        .collect();
    layouts.push(of("ids: 16 bytes", |layout| layout.ids = Ids::Binary));
    layouts
}

fn dictionaries() -> Vec<(String, Layout)> {
    let sizes = [("none", 0), ("up to 64 KiB", 64 << 10), ("up to 256 KiB", 256 << 10), ("up to 4 MiB", 4 << 20)];
    sizes.into_iter().map(|(name, bytes)| of(name, |layout| layout.dictionary_bytes = bytes)).collect()
}

fn blooms() -> Vec<(String, Layout)> {
    let mut layouts = vec![
        of("none", |layout| layout.blooms = Blooms::None),
        of("ids only", |layout| layout.blooms = Blooms::Unique),
        of("sized for the file's rows", |layout| layout.blooms_fit = true),
    ];
    let chances = [0.1, 0.03, 0.001];
    layouts.extend(chances.map(|chance| of(format!("{chance} wrong"), |layout| layout.false_positives = chance)));
    layouts
}

fn records() -> Vec<(String, Layout)> {
    vec![
        of("the record's text", |layout| layout.event_json = EventJson::Text),
        of("nothing", |layout| layout.event_json = EventJson::Nothing),
    ]
}

/// The store's layout; then what pays alone, added up from row to row.
fn together() -> Vec<(String, Layout)> {
    let mut layout = Layout::base();
    let mut layouts = vec![("the store's".to_owned(), Layout::store())];
    let mut add = |name: &str, change: &dyn Fn(Layout) -> Layout| {
        layout = change(layout.clone());
        layouts.push((name.to_owned(), layout.clone()));
    };
    add("bloom filters 0.03 wrong", &|layout| Layout { false_positives: 0.03, ..layout });
    add("and sized for the file's rows", &|layout| Layout { blooms_fit: true, ..layout });
    add("and eventTime delta", &|layout| {
        layout.with(&["eventTime".to_owned()], Change::Encoding(Encoding::DELTA_BINARY_PACKED))
    });
    add("and ids delta length", &|layout| layout.with(&ids(), Change::Encoding(Encoding::DELTA_LENGTH_BYTE_ARRAY)));
    add("and 65536 rows a group", &|layout| Layout { group_rows: 65_536, ..layout });
    add("or 32768 rows a group", &|layout| Layout { group_rows: 32_768, ..layout });
    layouts
}
