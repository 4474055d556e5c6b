use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, StructArray, TimestampMillisecondArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::calendar::time_of;
use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field = |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect()).unwrap()
}

/// Draws a result that is there, for a terminal.
fn draw(schema: &SchemaRef, batches: &[RecordBatch], paper: Paper) -> Result<String, NoChart> {
    let mut sketch = Sketch::new(schema)?;
    for batch in batches {
        sketch.rows(batch)?;
    }
    Ok(sketch.chart()?.text(paper))
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn numbers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn times(values: &[&str]) -> ArrayRef {
    Arc::new(values.iter().map(|text| time_of(text)).collect::<TimestampMillisecondArray>())
}

const PAPER: Paper = Paper { width: 60, height: 14, colour: false };

fn drawn(columns: Vec<(&str, ArrayRef)>) -> String {
    let batch = batch(columns);
    draw(&batch.schema(), &[batch], PAPER).unwrap()
}

fn refused(columns: Vec<(&str, ArrayRef)>) -> NoChart {
    let batch = batch(columns);
    draw(&batch.schema(), &[batch], PAPER).unwrap_err()
}

const DAYS: [&str; 5] = ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-06", "2024-05-07"];

#[test]
fn numbers_over_time_are_columns_with_gaps() {
    insta::assert_snapshot!(drawn(vec![("day", times(&DAYS)), ("n", numbers(&[3, 1200, 800, 50, 1000]))]), @"
        n  by day · 2024-05-01 – 2024-05-07

              │       ██████
              │       ██████                             ▃▃▃▃▃▃
        1,000 ┤       ██████                             ██████
              │       ██████ ▅▅▅▅▅▅                      ██████
              │       ██████ ██████                      ██████
              │       ██████ ██████                      ██████
          500 ┤       ██████ ██████                      ██████
              │       ██████ ██████                      ██████
              │       ██████ ██████                      ██████
              │▁▁▁▁▁▁ ██████ ██████               ▃▃▃▃▃▃ ██████
            0 ┼┬─────────────┬─────────────┬─────────────┬──────
               May 1         May 3         May 5         May 7
        ");
}

#[test]
fn a_text_beside_a_time_makes_a_panel_for_each_value() {
    let columns = vec![
        ("day", times(&["2024-05-01", "2024-05-01", "2024-05-02", "2024-05-03"])),
        ("who", texts(&["ana", "bob", "ana", "bob"])),
        ("n", numbers(&[10, 2, 20, 1])),
    ];
    insta::assert_snapshot!(drawn(columns), @"
        n by who  by day · 2024-05-01 – 2024-05-03

        ana  largest 20 · sum 30
        20 ┤        ███████
           │        ███████
           │███████ ███████
           │███████ ███████
        bob  largest 2 · sum 3
        20 ┤
           │
           │
           │▃▃▃▃▃▃▃         ▂▂▂▂▂▂▂
         0 ┼┬───────────────┬───────
            May 1           May 3
        ");
}

#[test]
fn each_of_several_numbers_has_an_axis_of_its_own() {
    let latency: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 0.25, 0.2, 0.1, 0.5]));
    let columns = vec![("day", times(&DAYS)), ("n", numbers(&[1, 2, 3, 4, 50])), ("seconds", latency)];
    insta::assert_snapshot!(drawn(columns), @"
        n, seconds  by day · 2024-05-01 – 2024-05-07

        n  largest 50 · sum 60
         50 ┤                                          ██████
            │                                          ██████
            │                                          ██████
            │▁▁▁▁▁▁ ▁▁▁▁▁▁ ▂▂▂▂▂▂               ▃▃▃▃▃▃ ██████
        seconds  largest 0.5
        0.5 ┤                                          ██████
            │                                          ██████
            │       ██████ ▅▅▅▅▅▅                      ██████
            │▆▆▆▆▆▆ ██████ ██████               ▆▆▆▆▆▆ ██████
          0 ┼┬─────────────┬─────────────┬─────────────┬──────
             May 1         May 3         May 5         May 7
        ");
}

#[test]
fn negative_numbers_over_time_are_a_line_that_breaks_off_at_gaps() {
    let columns = vec![("day", times(&DAYS)), ("change", numbers(&[-5, 10, 3, -4, 2]))];
    insta::assert_snapshot!(drawn(columns), @"
        change  by day · 2024-05-01 – 2024-05-07

        10 ┤           ⢠⠓⢄
           │          ⢀⠇  ⠣⡀
           │         ⢀⠎    ⠈⠢⡀
         5 ┤         ⡜       ⠈⢆
           │        ⡸          ⠑⠄
           │       ⢰⠁                                          ⡠⠂
           │      ⢠⠃                                         ⡠⠊
         0 ┤     ⢀⠎                                       ⢀⠔⠉
           │     ⡎                                      ⢀⠔⠁
           │    ⡜                                       ⠁
           └┬───────────────┬───────────────┬───────────────┬───────
            May 1           May 3           May 5           May 7
        ");
}

#[test]
fn names_and_numbers_are_bars_with_shares() {
    let columns = vec![
        ("who", texts(&["arn:aws:iam::111122223333:user/some-long-name-of-ana", "bob\u{1b}[2J", "c", "d"])),
        ("n", numbers(&[1234, 617, 3, 0])),
    ];
    insta::assert_snapshot!(drawn(columns), @r"
        n by who

        arn:aws:…ong-name-of-ana  ████████████████████  1,234  66.6%
        bob\u{1b}[2J              ██████████              617  33.3%
        c                         ▏                         3   0.2%
        d                                                   0     0%
        ");
}

#[test]
fn bars_go_to_both_sides_of_zero() {
    insta::assert_snapshot!(drawn(vec![("who", texts(&["a", "b", "c"])), ("n", numbers(&[-10, 20, 5]))]), @"
        n by who

        a   █████████████████                                    -10
        b                    ██████████████████████████████████   20
        c                    ████████▋                             5
        ");
}

#[test]
fn more_bars_than_lines_are_the_largest_and_the_rest() {
    let names: Vec<String> = (0..40).map(|n| format!("name-{n}")).collect();
    let columns = vec![
        ("who", texts(&names.iter().map(String::as_str).collect::<Vec<_>>())),
        ("n", numbers(&(0..40).map(|n| n * n % 37).collect::<Vec<_>>())),
    ];
    insta::assert_snapshot!(drawn(columns), @"
        n by who  11 of 40 bars

        name-6     █████████████████████████████████████   36   5.4%
        name-31    █████████████████████████████████████   36   5.4%
        name-16    ███████████████████████████████████     34   5.1%
        name-21    ███████████████████████████████████     34   5.1%
        name-12    █████████████████████████████████▉      33   4.9%
        name-25    █████████████████████████████████▉      33   4.9%
        name-17    ██████████████████████████████▉         30   4.5%
        name-20    ██████████████████████████████▉         30   4.5%
        name-18    ████████████████████████████▊           28   4.2%
        name-19    ████████████████████████████▊           28   4.2%
        name-8     ███████████████████████████▊            27   4.0%
        29 others                                         322  48.0%
        ");
}

#[test]
fn one_row_of_numbers_is_large() {
    insta::assert_snapshot!(drawn(vec![("n", numbers(&[-1_234_567])), ("errors", numbers(&[890]))]), @"
           ▀█    ▀▀█ ▀▀█ █ █   █▀▀ █▀▀ ▀▀█
        ▀▀  █    █▀▀  ▀█ ▀▀█   ▀▀█ █▀█   █
           ▀▀▀ ▞ ▀▀▀ ▀▀▀   ▀ ▞ ▀▀▀ ▀▀▀   ▀
        n

        █▀█ █▀█ █▀█
        █▀█ ▀▀█ █ █
        ▀▀▀ ▀▀▀ ▀▀▀
        errors
        ");
}

#[test]
fn pairs_of_numbers_are_points() {
    let across: Vec<i64> = (0..100).collect();
    let up: Vec<i64> = across.iter().map(|x| (x - 50) * (x - 50)).collect();
    insta::assert_snapshot!(drawn(vec![("x", numbers(&across)), ("y", numbers(&up))]), @"
        y over x  100 points

        3,000 ┤
              │⠄
              │⠈⠢⡀                                              ⢀⠔⠁
        2,000 ┤  ⠐⢄                                            ⡠⠂
              │    ⠑⢄                                        ⡠⠊
              │      ⠑⢄                                    ⡠⠊
        1,000 ┤        ⠁⠢⣀                              ⣀⠔⠈
              │           ⠑⠤⡀                        ⢀⠤⠊
              │             ⠈⠑⠢⢄⡀                ⢀⡠⠔⠊⠁
            0 ┤                 ⠈⠉⠒⠢⠤⢄⣀⣀⡀⣀⣀⣀⡠⠤⠔⠒⠉⠁
              └┬─────────┬─────────┬──────────┬─────────┬─────────┬
               0         20        40         60        80      100
        ");
}

#[test]
fn hours_are_labels_of_bars_in_their_order() {
    let text = drawn(vec![("hour", numbers(&[0, 9, 10, 23])), ("n", numbers(&[1, 5, 3, 4]))]);
    let labels: Vec<_> = text.lines().skip(2).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(labels, ["0", "9", "10", "23"], "{text}");
}

#[test]
fn rows_are_counted_where_there_is_no_number() {
    let text = drawn(vec![("who", texts(&["ana", "bob", "ana"]))]);
    assert!(text.starts_with("rows by who\n\nana ") && text.contains("66.7%"), "{text}");
    let text = drawn(vec![("eventTime", times(&["2024-05-01 10:00:01.002", "2024-05-01 10:00:07"]))]);
    assert!(text.starts_with("rows  by second · 2024-05-01 10:00:01 – 2024-05-01 10:00:07\n"), "{text}");
}

#[test]
fn a_time_that_is_known_of_each_name_is_no_axis() {
    let columns = || vec![("who", texts(&["ana", "bob"])), ("last", times(&["2024-05-01", "2024-05-02"]))];
    let text = drawn([columns(), vec![("n", numbers(&[2, 1]))]].concat());
    assert!(text.starts_with("n by who\n") && text.ends_with("not shown: last\n"), "{text}");
}

#[test]
fn texts_that_are_all_times_are_times() {
    let text = drawn(vec![("day", texts(&["2024-05-01", "2024-05-02"])), ("n", numbers(&[2, 1]))]);
    assert!(text.starts_with("n  by day · 2024-05-01 – 2024-05-02\n"), "{text}");
}

#[test]
fn no_rows_are_no_failure() {
    assert_eq!(drawn(vec![("n", numbers(&[]))]), "no rows\n");
}

#[test]
fn what_makes_no_chart_says_what_would() {
    let row: ArrayRef =
        Arc::new(StructArray::from(vec![(Arc::new(Field::new("arn", DataType::Utf8, true)), texts(&["a"]))]));
    let refused_columns = refused(vec![("userIdentity", row)]);
    assert_eq!(refused_columns.to_string(), "these columns make no chart: userIdentity (row)");
    assert!(refused_columns.hint().contains("a text and a number"));
    assert!(matches!(refused(vec![("n", numbers(&[1, 2]))]), NoChart::Shape { .. }));
    assert!(matches!(refused(vec![("a", texts(&["x"])), ("b", texts(&["y"]))]), NoChart::Shape { .. }));
}

#[test]
fn more_rows_than_a_chart_can_show_are_refused() {
    let many = vec![("n", numbers(&vec![1; ROWS_MAX])), ("m", numbers(&vec![2; ROWS_MAX]))];
    let batch = batch(many);
    assert!(draw(&batch.schema(), std::slice::from_ref(&batch), PAPER).is_ok());
    let one_more = [batch.slice(0, 1), batch.clone()];
    assert_eq!(draw(&batch.schema(), &one_more, PAPER), Err(NoChart::TooManyRows));
}

#[test]
fn drawings_keep_within_their_width() {
    let names: Vec<String> = (0..30).map(|n| "日本x".repeat(n)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let days: Vec<String> = (1..31).map(|day| format!("2024-05-{day:02} 10:{day:02}")).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let n: ArrayRef = Arc::new((0..30).map(|n| n * 1_000_003).collect::<Int64Array>());
    for width in [24, 30, 41, 80, 160] {
        let paper = Paper { width, ..PAPER };
        for columns in [
            vec![("name", texts(&names)), ("n", Arc::clone(&n))],
            vec![("day", times(&days)), ("n", Arc::clone(&n))],
            vec![("day", times(&days)), ("name", texts(&names)), ("n", Arc::clone(&n))],
            vec![("n", Arc::clone(&n)), ("m", numbers(&[7; 30]))],
        ] {
            let batch = batch(columns);
            // What a title says beside a name is not cut.
            for line in draw(&batch.schema(), &[batch], paper).unwrap().lines().skip(2) {
                assert!(crate::output::width(line) <= width.max(60), "{line}");
                assert!(width < 60 || crate::output::width(line) <= width, "{line}");
            }
        }
    }
}
