use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapBuilder, StringArray, StringBuilder, StructArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};

use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<_> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<StringArray>())
}

fn numbers(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<Int64Array>())
}

fn written(format: Format, batch: &RecordBatch, screen: Screen) -> String {
    String::from_utf8(bytes(format, batch, screen)).unwrap()
}

fn bytes(format: Format, batch: &RecordBatch, screen: Screen) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = format.writer(&batch.schema(), Look { screen, header: true }).unwrap();
    writer.begin(&mut bytes).unwrap();
    if batch.num_rows() > 0 {
        writer.rows(batch, &mut bytes).unwrap();
    }
    writer.end(&mut bytes).unwrap();
    bytes
}

fn terminal(width: usize) -> Screen {
    Screen { width: Some(width), height: Some(24), ..Screen::NONE }
}

/// Names and counts, with NULLs and a header that repeats.
fn plain() -> RecordBatch {
    batch(vec![
        ("eventName", text(&[Some("PutObject"), None, Some("")])),
        ("n", numbers(&[Some(1200), Some(7), None])),
        ("n", numbers(&[None, Some(1), Some(2)])),
    ])
}

/// Every character that some format has to escape.
fn awkward() -> RecordBatch {
    batch(vec![("a,b", text(&[Some("say \"hi\""), Some("two\nlines"), Some("x,y\tz"), Some("p|q<r>")]))])
}

/// A row, a map, an array, a timestamp, a boolean and doubles.
fn nested() -> RecordBatch {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.keys().append_value("n");
    map.values().append_null();
    map.append(true).unwrap();
    map.append(false).unwrap();
    let row = StructArray::from(vec![
        (Arc::new(Field::new("arn", DataType::Utf8, true)), text(&[Some("a"), None])),
        (Arc::new(Field::new("n", DataType::Int64, true)), numbers(&[None, Some(2)])),
    ]);
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None]);
    batch(vec![
        ("r", Arc::new(row)),
        ("m", Arc::new(map.finish())),
        ("l", Arc::new(list)),
        ("t", Arc::new(TimestampMillisecondArray::from(vec![Some(1_672_628_645_000), None]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("d", Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN)]))),
    ])
}

#[test]
fn csv_leaves_null_empty_and_quotes_what_needs_it() {
    assert_eq!(written(Format::Csv, &plain(), Screen::NONE), "eventName,n,n\nPutObject,1200,\n,7,1\n\"\",,2\n");
    assert_eq!(
        written(Format::Csv, &awkward(), Screen::NONE),
        "\"a,b\"\n\"say \"\"hi\"\"\"\n\"two\nlines\"\n\"x,y\tz\"\np|q<r>\n"
    );
}

#[test]
fn tsv_quotes_tabs_but_not_commas() {
    assert_eq!(
        written(Format::Tsv, &awkward(), Screen::NONE),
        "a,b\n\"say \"\"hi\"\"\"\n\"two\nlines\"\n\"x,y\tz\"\np|q<r>\n"
    );
}

#[test]
fn csv_writes_values_as_trino_does() {
    assert_eq!(
        written(Format::Csv, &nested(), Screen::NONE),
        "r,m,l,t,b,d\n\"{arn=a, n=null}\",\"{k=v, n=null}\",\"[1, null]\",2023-01-02 03:04:05.000,true,1.0\n\
         \"{arn=null, n=2}\",,,,,NaN\n"
    );
}

#[test]
fn json_keeps_types_and_makes_headers_unique() {
    assert_eq!(
        written(Format::Json, &plain(), Screen::NONE),
        "[\n{\"eventName\":\"PutObject\",\"n\":1200,\"n_2\":null},\n{\"eventName\":null,\"n\":7,\"n_2\":1},\n\
         {\"eventName\":\"\",\"n\":null,\"n_2\":2}\n]\n"
    );
}

#[test]
fn json_lines_hold_nested_values() {
    assert_eq!(
        written(Format::Jsonl, &nested(), Screen::NONE),
        "{\"r\":{\"arn\":\"a\",\"n\":null},\"m\":{\"k\":\"v\",\"n\":null},\"l\":[1,null],\
         \"t\":\"2023-01-02 03:04:05.000\",\"b\":true,\"d\":1.0}\n\
         {\"r\":{\"arn\":null,\"n\":2},\"m\":null,\"l\":null,\"t\":null,\"b\":null,\"d\":\"NaN\"}\n"
    );
}

#[test]
fn json_of_any_text_reads_back() {
    let rows: serde_json::Value = serde_json::from_str(&written(Format::Json, &awkward(), Screen::NONE)).unwrap();
    assert_eq!(rows[1]["a,b"], "two\nlines");
}

#[test]
fn an_empty_result_is_whole_in_every_format() {
    let empty = plain().slice(0, 0);
    assert_eq!(written(Format::Json, &empty, Screen::NONE), "[]\n");
    assert_eq!(written(Format::Jsonl, &empty, Screen::NONE), "");
    assert_eq!(written(Format::Csv, &empty, Screen::NONE), "eventName,n,n\n");
    assert_eq!(
        written(Format::Table, &empty, Screen::NONE),
        "┌───────────┬───┬───┐\n│ eventName │ n │ n │\n├───────────┼───┼───┤\n└───────────┴───┴───┘\n"
    );
}

#[test]
fn a_table_aligns_numbers_right() {
    assert_eq!(
        written(Format::Table, &plain(), Screen::NONE),
        "┌───────────┬──────┬───┐\n\
         │ eventName │    n │ n │\n\
         ├───────────┼──────┼───┤\n\
         │ PutObject │ 1200 │   │\n\
         │           │    7 │ 1 │\n\
         │           │      │ 2 │\n\
         └───────────┴──────┴───┘\n"
    );
}

#[test]
fn a_terminal_tells_null_from_the_empty_text() {
    let table = written(Format::Table, &plain(), terminal(80));
    assert!(table.contains("│ NULL      │    7 │    1 │\n│           │ NULL │    2 │"), "{table}");
    let colour = Screen { colour: true, ..terminal(80) };
    assert!(written(Format::Table, &plain(), colour).contains("\u{1b}[2mNULL\u{1b}[0m"));
}

#[test]
fn long_values_are_cut_on_a_terminal_only() {
    let long = "x".repeat(100);
    let wide = batch(vec![("a", text(&[Some(&long)])), ("b", text(&[Some("short")]))]);
    let table = written(Format::Table, &wide, terminal(40));
    assert!(table.lines().all(|line| line.chars().count() == 40), "{table}");
    assert!(table.contains("x… │ short │"), "{table}");
    assert!(written(Format::Table, &wide, Screen::NONE).contains(&long));
}

#[test]
fn numbers_and_times_are_never_cut() {
    let long = "x".repeat(100);
    let time = TimestampMillisecondArray::from(vec![Some(1_672_628_645_000)]);
    let wide = batch(vec![
        ("a", text(&[Some(&long)])),
        ("t", Arc::new(time)),
        ("n", numbers(&[Some(1_234_567_890_123_456_789)])),
    ]);
    let table = written(Format::Table, &wide, terminal(60));
    assert!(table.contains("│ xxxxxxx… │ 2023-01-02 03:04:05.000 │ 1234567890123456789 │"), "{table}");
    assert!(written(Format::Table, &wide, terminal(59)).starts_with("─[ 1 ]"));
}

#[test]
fn a_table_too_wide_for_its_terminal_turns_vertical() {
    let long = "x".repeat(30);
    let wide = batch((0..8).map(|_| ("column", text(&[Some(&long)]))).collect());
    let shown = written(Format::Table, &wide, terminal(60));
    assert!(shown.starts_with("─[ 1 ]"), "{shown}");
    assert!(shown.contains(&format!("column  {long}\n")), "{shown}");
}

#[test]
fn rows_beyond_the_measured_ones_are_written_too() {
    let values: Vec<_> = (0..25_000).map(Some).collect();
    let many = batch(vec![("n", numbers(&values))]);
    let table = written(Format::Table, &many, Screen::NONE);
    assert_eq!(table.lines().count(), 25_000 + 4);
    assert!(table.contains("│ 24999 │"));
}

#[test]
fn log_content_cannot_steer_a_terminal() {
    let evil = batch(vec![("a", text(&[Some("\u{1b}]0;owned\u{7}\nfake row")]))]);
    for format in [Format::Table, Format::Vertical, Format::Markdown, Format::Csv, Format::Json] {
        let shown = written(format, &evil, terminal(80));
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{format:?}: {shown}");
    }
    // What goes to a file is exact.
    assert!(written(Format::Csv, &evil, Screen::NONE).contains("\u{1b}]0;owned\u{7}\nfake row"));
}

#[test]
fn vertical_has_a_line_for_each_value() {
    assert_eq!(
        written(Format::Vertical, &plain().slice(0, 2), terminal(80)),
        "─[ 1 ]──────────────────\neventName  PutObject\nn          1200\nn          NULL\n\
         ─[ 2 ]──────────────────\neventName  NULL\nn          7\nn          1\n"
    );
}

#[test]
fn markdown_escapes_its_own_marks() {
    assert_eq!(
        written(Format::Markdown, &awkward(), Screen::NONE),
        "| a,b |\n| --- |\n| say \"hi\" |\n| two<br>lines |\n| x,y\\tz |\n| p\\|q&lt;r> |\n"
    );
    assert!(
        written(Format::Markdown, &plain(), Screen::NONE).starts_with("| eventName | n | n |\n| --- | ---: | ---: |\n")
    );
}

#[test]
fn columnar_files_read_back_with_unique_names() {
    let bytes = bytes(Format::Arrow, &plain(), Screen::NONE);
    let reader = arrow::ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
    assert_eq!(reader.schema().field(2).name(), "n_2");
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 3);

    for batch in [plain(), nested()] {
        let bytes = self::bytes(Format::Parquet, &batch, Screen::NONE);
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(OwnedBytes::from(bytes), 100);
        let rows: Vec<_> = reader.unwrap().map(Result::unwrap).collect();
        assert_eq!(rows[0].columns(), batch.columns());
    }
}

type OwnedBytes = bytes::Bytes;

#[test]
fn suffixes_keep_clear_of_headers_that_exist() {
    let schema =
        Arc::new(Schema::new(["a", "a", "a_2", "a"].map(|name| Field::new(name, DataType::Int64, true)).to_vec()));
    assert_eq!(unique_names(&schema), ["a", "a_3", "a_2", "a_4"]);
}
