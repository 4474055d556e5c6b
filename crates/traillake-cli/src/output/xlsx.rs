//! A workbook of Excel.
//!
//! Rows go to a temporary file as they come, and the workbook is put together from it at the end: memory does not grow
//! with the result, but the first byte comes after the last row. What is a number, a time or a boolean stays one, as
//! far as Excel keeps it as it is; everything else is a text, and no text is ever a formula. NULL is an empty cell.
//!
//! | limit of the format | what happens |
//! | --- | --- |
//! | 15 digits of a number | longer whole numbers and decimals are texts |
//! | milliseconds, no zone, 1900 to 9999 | finer or other times are texts |
//! | 1,048,576 rows of a sheet | further sheets, each with the headers |
//! | 32,767 characters of a cell | refused: a value that was cut would be another value |
//! | 16,384 columns | refused |

use std::fs::File;
use std::io::{Read, Seek};

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, SchemaRef, TimeUnit};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use traillake::text::Formatter;

use super::json::{self, Values};
use super::{Writer, width};
use crate::failure::Failure;

const ROWS_MAX: u32 = 1_048_576;
const COLUMNS_MAX: usize = 16_384;
/// In units of UTF-16, as Excel counts.
const CELL_CHARS_MAX: usize = 32_767;
const DIGITS_MAX: usize = 15;
/// Columns are as wide as the values of so many rows want.
const ROWS_MEASURED: u64 = 1_000;
const WIDTH_MIN: usize = 8;
const WIDTH_MAX: usize = 60;
/// What the button of a filter takes beside a header.
const FILTER_WIDTH: usize = 3;
const DAY_MS: i64 = 86_400_000;
/// 1970 began so many days after the day 0 of Excel.
const UNIX_DAYS: f64 = 25_569.0;
/// From 1900-03-01 on, before which Excel has a day too many, to the end of 9999.
const DAYS: std::ops::Range<f64> = 61.0..2_958_466.0;
/// What `rest` hands over at once.
const PART_BYTES: u64 = 1 << 20;

pub(super) struct Xlsx {
    columns: Vec<Column>,
    workbook: Workbook,
    formats: Formats,
    /// The sheet that is written, and the next row of it.
    sheet: usize,
    row: u32,
    rows: u64,
    /// Rows of a sheet, with the headers.
    rows_max: u32,
    finished: Option<File>,
}

struct Column {
    header: String,
    /// In letters.
    width: usize,
}

struct Formats {
    header: Format,
    time: Format,
    day: Format,
}

impl Xlsx {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, Failure> {
        Self::with_rows_max(schema, ROWS_MAX)
    }

    fn with_rows_max(schema: &SchemaRef, rows_max: u32) -> Result<Self, Failure> {
        if schema.fields().len() > COLUMNS_MAX {
            return Err(Failure::TooWide { columns: schema.fields().len(), columns_max: COLUMNS_MAX });
        }
        let column = |field: &arrow::datatypes::FieldRef| {
            let width = width(field.name()) + FILTER_WIDTH;
            Column { header: field.name().clone(), width }
        };
        let formats = Formats {
            header: Format::new().set_bold(),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
        };
        let columns = schema.fields().iter().map(column).collect();
        let workbook = Workbook::new();
        Ok(Self { columns, workbook, formats, sheet: 0, row: 0, rows: 0, rows_max, finished: None })
    }

    /// Opens the next sheet and writes the headers.
    fn open_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheet = self.workbook.worksheets().len();
        let name = if self.sheet == 0 { "Result".to_owned() } else { format!("Result {}", self.sheet + 1) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (place, column) in (0_u16..).zip(&self.columns) {
            // A header of a query is never so long that nothing of it says which one it is.
            let header: String = column.header.chars().take(CELL_CHARS_MAX / 2).collect();
            sheet.write_string_with_format(0, place, header, &self.formats.header)?;
        }
        self.row = 1;
        Ok(())
    }

    /// The widths and the filters, which are known when the rows are.
    fn close_sheets(&mut self) -> Result<(), XlsxError> {
        let Some(last) = u16::try_from(self.columns.len()).ok().and_then(|columns| columns.checked_sub(1)) else {
            return Ok(());
        };
        let (newest, row) = (self.sheet, self.row);
        for (at, sheet) in self.workbook.worksheets_mut().iter_mut().enumerate() {
            for (place, column) in (0_u16..).zip(&self.columns) {
                sheet.set_column_width(place, column.width.clamp(WIDTH_MIN, WIDTH_MAX) as f64)?;
            }
            let rows = if at == newest { row } else { self.rows_max };
            sheet.autofilter(0, 0, rows.saturating_sub(1), last)?;
        }
        Ok(())
    }

    fn write_rows(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let fields = batch.schema_ref().fields().iter();
        let cells: Vec<Cells> = fields.zip(batch.columns()).map(|(field, array)| Cells::new(field, array)).collect();
        for row in 0..batch.num_rows() {
            if self.row == self.rows_max {
                self.open_sheet().map_err(failed)?;
            }
            let sheet = self.workbook.worksheet_from_index(self.sheet).map_err(failed)?;
            for ((place, column), cells) in (0_u16..).zip(&mut self.columns).zip(&cells) {
                let Some(cell) = cells.cell(row) else { continue };
                if let Cell::Text(text) = &cell {
                    let length = text.encode_utf16().count();
                    if length > CELL_CHARS_MAX {
                        let (column, row) = (column.header.clone(), self.rows + 1);
                        return Err(Failure::CellTooLong { column, row, length, length_max: CELL_CHARS_MAX });
                    }
                }
                if self.rows < ROWS_MEASURED {
                    column.width = column.width.max(cell.width());
                }
                cell.write(sheet, (self.row, place), &self.formats).map_err(failed)?;
            }
            self.row += 1;
            self.rows += 1;
        }
        Ok(())
    }
}

impl Writer for Xlsx {
    fn begin(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        let properties = DocProperties::new().set_comment(concat!("Written by traillake ", env!("CARGO_PKG_VERSION")));
        self.workbook.set_properties(&properties);
        self.open_sheet().map_err(failed)
    }

    fn rows(&mut self, batch: &RecordBatch, _to: &mut Vec<u8>) -> Result<(), Failure> {
        self.write_rows(batch)
    }

    fn end(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        self.close_sheets().map_err(failed)?;
        let mut file = tempfile::tempfile().map_err(Failure::Write)?;
        self.workbook.save_to_writer(&mut file).map_err(failed)?;
        file.rewind().map_err(Failure::Write)?;
        self.finished = Some(file);
        Ok(())
    }

    fn rest(&mut self, to: &mut Vec<u8>) -> Result<bool, Failure> {
        let Some(file) = &mut self.finished else { return Ok(false) };
        let read = file.take(PART_BYTES).read_to_end(to).map_err(Failure::Write)?;
        Ok(read > 0)
    }
}

/// What stands in a cell.
#[derive(Debug, PartialEq)]
enum Cell {
    Number(f64),
    Boolean(bool),
    /// Days since the day 0 of Excel.
    Time(f64),
    Day(f64),
    Text(String),
}

impl Cell {
    fn write(self, sheet: &mut Worksheet, (row, column): (u32, u16), formats: &Formats) -> Result<(), XlsxError> {
        match self {
            Cell::Number(number) => sheet.write_number(row, column, number)?,
            Cell::Boolean(truth) => sheet.write_boolean(row, column, truth)?,
            Cell::Time(days) => sheet.write_number_with_format(row, column, days, &formats.time)?,
            Cell::Day(days) => sheet.write_number_with_format(row, column, days, &formats.day)?,
            Cell::Text(text) => sheet.write_string(row, column, text)?,
        };
        Ok(())
    }

    /// The letters it takes.
    fn width(&self) -> usize {
        match self {
            Cell::Number(number) => number.to_string().len() + 1,
            Cell::Boolean(_) => "FALSE".len(),
            Cell::Time(_) => "2024-05-01 10:00:00.000".len(),
            Cell::Day(_) => "2024-05-01".len() + 1,
            Cell::Text(text) => text.lines().map(width).max().unwrap_or(0) + 1,
        }
    }
}

/// The values of a column.
struct Cells {
    kind: Kind,
    array: ArrayRef,
    texts: Formatter,
}

enum Kind {
    Double,
    /// Whole, or with a fixed number of digits behind the point.
    Exact,
    Boolean,
    /// Milliseconds; `None` also where a time has parts of them.
    Time(Vec<Option<i64>>),
    Day(Vec<Option<i64>>),
    Nested(Values),
    Text,
}

impl Cells {
    fn new(field: &Field, array: &ArrayRef) -> Self {
        let kind = match field.data_type() {
            data_type if data_type.is_floating() => Kind::Double,
            data_type if data_type.is_numeric() => Kind::Exact,
            DataType::Boolean => Kind::Boolean,
            DataType::Timestamp(unit, None) => Kind::Time(millis(array, *unit)),
            DataType::Date32 | DataType::Date64 => {
                let time = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None));
                Kind::Day(time.map_or_else(|_| Vec::new(), |time| millis(&time, TimeUnit::Millisecond)))
            }
            DataType::Struct(_) | DataType::Map(_, _) | DataType::List(_) | DataType::LargeList(_) => {
                Kind::Nested(Values::new(field, array.as_ref()))
            }
            _ if json::is_json(field) => Kind::Nested(Values::new(field, array.as_ref())),
            _ => Kind::Text,
        };
        Self { kind, array: ArrayRef::clone(array), texts: Formatter::for_field(field, array.as_ref()) }
    }

    fn cell(&self, row: usize) -> Option<Cell> {
        let mut text = String::new();
        if !self.texts.write(row, &mut text) {
            return None;
        }
        let of_time =
            |times: &[Option<i64>], cell: fn(f64) -> Cell| times.get(row).copied().flatten().and_then(days).map(cell);
        let cell = match &self.kind {
            Kind::Double => double(&text),
            Kind::Exact => exact(&text),
            Kind::Boolean => Some(Cell::Boolean(self.array.as_boolean().value(row))),
            Kind::Time(times) => of_time(times, Cell::Time),
            Kind::Day(times) => of_time(times, Cell::Day),
            Kind::Nested(values) => {
                let mut json = Vec::new();
                values.write(row, &mut json);
                Some(Cell::Text(String::from_utf8_lossy(&json).into_owned()))
            }
            Kind::Text => None,
        };
        Some(cell.unwrap_or(Cell::Text(text)))
    }
}

/// A double, which is what Excel calculates with.
fn double(text: &str) -> Option<Cell> {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Cell::Number)
}

/// A number of which Excel keeps all digits.
fn exact(text: &str) -> Option<Cell> {
    let digits = text.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0').count();
    if digits <= DIGITS_MAX { double(text) } else { None }
}

fn millis(array: &ArrayRef, unit: TimeUnit) -> Vec<Option<i64>> {
    let Ok(counts) = cast(array, &DataType::Int64) else { return Vec::new() };
    let counts = counts.as_primitive::<Int64Type>();
    let whole = |count: i64, parts: i64| (count % parts == 0).then_some(count / parts);
    let millis = |count: i64| match unit {
        TimeUnit::Second => count.checked_mul(1_000),
        TimeUnit::Millisecond => Some(count),
        TimeUnit::Microsecond => whole(count, 1_000),
        TimeUnit::Nanosecond => whole(count, 1_000_000),
    };
    counts.iter().map(|count| count.and_then(millis)).collect()
}

fn days(millis: i64) -> Option<f64> {
    let days = millis as f64 / DAY_MS as f64 + UNIX_DAYS;
    DAYS.contains(&days).then_some(days)
}

fn failed(error: XlsxError) -> Failure {
    Failure::Encode { format: "xlsx", source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray, TimestampMicrosecondArray};
    use arrow::datatypes::Schema;

    use super::*;

    fn cells(array: ArrayRef) -> Vec<Option<Cell>> {
        let field = Field::new("c", array.data_type().clone(), true);
        let cells = Cells::new(&field, &array);
        (0..array.len()).map(|row| cells.cell(row)).collect()
    }

    #[test]
    fn numbers_that_excel_would_round_are_texts() {
        for (text, is_number) in [
            ("0", true),
            ("-123456789012345", true),
            ("1234567890123456", false),
            ("9007199254740993", false),
            ("0.000000000012345", true),
            ("123456789.0123456789", false),
        ] {
            assert_eq!(exact(text).is_some(), is_number, "{text}");
        }
        for (text, is_number) in [("1.5E10", true), ("0.30000000000000004", true), ("NaN", false), ("-Infinity", false)]
        {
            assert_eq!(double(text).is_some(), is_number, "{text}");
        }
    }

    #[test]
    fn times_finer_than_milliseconds_are_texts() {
        let micros = [Some(1_714_557_600_123_000), Some(1_714_557_600_123_456), Some(-62_135_596_800_000_000), None];
        let cells = cells(Arc::new(TimestampMicrosecondArray::from(micros.to_vec())));
        assert!(matches!(cells[0], Some(Cell::Time(days)) if (days - 45_413.416_668).abs() < 1e-6), "{cells:?}");
        assert_eq!(cells[1], Some(Cell::Text("2024-05-01 10:00:00.123456".to_owned())));
        assert_eq!(cells[2], Some(Cell::Text("0001-01-01 00:00:00.000000".to_owned())));
        assert_eq!(cells[3], None);
    }

    #[test]
    fn what_looks_like_a_formula_is_a_text() {
        let cells = cells(Arc::new(StringArray::from(vec!["=1+1", "@x", "https://192.0.2.1/", "12"])));
        assert!(cells.iter().all(|cell| matches!(cell, Some(Cell::Text(_)))), "{cells:?}");
    }

    #[test]
    fn a_value_too_long_for_a_cell_is_refused_with_its_place() {
        let text = "\u{1f600}".repeat(CELL_CHARS_MAX / 2 + 1);
        let array: ArrayRef = Arc::new(StringArray::from(vec!["short", &text]));
        let schema = Arc::new(Schema::new(vec![Field::new("eventJson", DataType::Utf8, true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array]).unwrap();
        let mut xlsx = Xlsx::new(&schema).unwrap();
        xlsx.begin(&mut Vec::new()).unwrap();
        let failure = xlsx.rows(&batch, &mut Vec::new()).unwrap_err();
        assert!(failure.to_string().contains("row 2 of eventJson has 32,768 characters"), "{failure}");
    }

    #[test]
    fn rows_that_have_no_room_in_a_sheet_go_to_the_next() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        let array: ArrayRef = Arc::new(Int64Array::from_iter_values(0..7));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array]).unwrap();
        let mut xlsx = Xlsx::with_rows_max(&schema, 4).unwrap();
        let mut bytes = Vec::new();
        xlsx.begin(&mut bytes).unwrap();
        xlsx.rows(&batch, &mut bytes).unwrap();
        xlsx.end(&mut bytes).unwrap();
        let names: Vec<String> = xlsx.workbook.worksheets().iter().map(Worksheet::name).collect();
        assert_eq!((names, xlsx.row), (vec!["Result".to_owned(), "Result 2".to_owned(), "Result 3".to_owned()], 2));
        assert!(bytes.is_empty());
        while xlsx.rest(&mut bytes).unwrap() {}
        assert!(bytes.starts_with(b"PK"));
    }
}
