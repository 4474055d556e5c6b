//! A table as Markdown writes it (GitHub's flavour). Nothing is cut.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{Writer, formatters};
use crate::failure::Failure;

pub(super) struct Markdown {
    headers: Vec<(String, bool)>,
}

impl Markdown {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let header = |field: &arrow::datatypes::FieldRef| (escape(field.name()), field.data_type().is_numeric());
        Self { headers: schema.fields().iter().map(header).collect() }
    }
}

impl Writer for Markdown {
    fn begin(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let rules: Vec<_> = self.headers.iter().map(|(_, right)| if *right { "---:" } else { "---" }).collect();
        line(&names, to);
        line(&rules, to);
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let columns = formatters(batch);
        for row in 0..batch.num_rows() {
            let value = |column: &traillake::text::Formatter| {
                let mut text = String::new();
                column.write(row, &mut text);
                escape(&text)
            };
            line(&columns.iter().map(value).collect::<Vec<_>>(), to);
        }
        Ok(())
    }

    fn end(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }
}

fn line<T: AsRef<str>>(cells: &[T], to: &mut Vec<u8>) {
    to.push(b'|');
    for cell in cells {
        to.extend_from_slice(format!(" {} |", cell.as_ref()).as_bytes());
    }
    to.push(b'\n');
}

/// A cell ends at `|` and at the line; both, and what Markdown would read as HTML, are written out.
fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '|' => shown.push_str("\\|"),
            '\n' | '\r' => shown.push_str("<br>"),
            '<' => shown.push_str("&lt;"),
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => shown.push(letter),
        }
    }
    shown
}
