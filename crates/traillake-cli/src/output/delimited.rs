//! Comma- and tab-separated values: RFC 4180 with `\n` as the line end.
//!
//! NULL is the empty text. The empty string is quoted, so that the two can be told apart. Values are exact in a file or
//! a pipe; on a terminal, what would steer it is written out.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{Look, Writer, formatters, visible_lines};
use crate::failure::Failure;

pub(super) struct Delimited {
    headers: Vec<String>,
    delimiter: u8,
    look: Look,
}

impl Delimited {
    pub(super) fn new(schema: &SchemaRef, delimiter: u8, look: Look) -> Self {
        let headers = schema.fields().iter().map(|field| field.name().clone()).collect();
        Self { headers, delimiter, look }
    }

    fn value(&self, text: &str, to: &mut Vec<u8>) {
        match self.look.screen.is_terminal() {
            true => self.exact(&visible_lines(text), to),
            false => self.exact(text, to),
        }
    }

    fn exact(&self, text: &str, to: &mut Vec<u8>) {
        let special = |byte: u8| matches!(byte, b'"' | b'\n' | b'\r') || byte == self.delimiter;
        if !text.is_empty() && !text.bytes().any(special) {
            return to.extend_from_slice(text.as_bytes());
        }
        to.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                to.push(b'"');
            }
            to.push(byte);
        }
        to.push(b'"');
    }
}

impl Writer for Delimited {
    fn begin(&mut self, to: &mut Vec<u8>) -> Result<(), Failure> {
        if self.look.header {
            for (i, header) in self.headers.iter().enumerate() {
                if i > 0 {
                    to.push(self.delimiter);
                }
                self.value(header, to);
            }
            to.push(b'\n');
        }
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, to: &mut Vec<u8>) -> Result<(), Failure> {
        let columns = formatters(batch);
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    to.push(self.delimiter);
                }
                text.clear();
                if column.write(row, &mut text) {
                    self.value(&text, to);
                }
            }
            to.push(b'\n');
        }
        Ok(())
    }

    fn end(&mut self, _to: &mut Vec<u8>) -> Result<(), Failure> {
        Ok(())
    }
}
