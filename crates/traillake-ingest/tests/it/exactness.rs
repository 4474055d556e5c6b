//! The exact text of real records comes back from template and leaves.

use std::collections::HashSet;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int16Type, TimestampMicrosecondType};
use sha2::{Digest, Sha256};
use traillake_event::json;
use traillake_event::schema::Schema;
use traillake_event::template::{Leaves, Template};
use traillake_ingest::decoder::{Decoder, Gathered, Rows};
use traillake_ingest::inflate::inflate;

use crate::lake::datasets;

struct Row<'a>(&'a Rows, usize);

impl Row<'_> {
    fn get(&self, column: usize) -> Option<&str> {
        let column = self.0.batch.column(column);
        match column.as_dictionary_opt::<Int16Type>() {
            Some(dictionary) => dictionary.key(self.1).map(|key| dictionary.values().as_string::<i32>().value(key)),
            None => column.is_valid(self.1).then(|| column.as_string::<i32>().value(self.1)),
        }
    }

    fn named(&self, name: &str) -> Option<&str> {
        self.get(Schema::events().index_of(name).unwrap())
    }
}

impl Leaves for Row<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        self.get(column)
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        let column = self.0.batch.column(column).as_boolean();
        column.is_valid(self.1).then(|| column.value(self.1))
    }

    fn millis(&self, column: usize) -> Option<i64> {
        let column = self.0.batch.column(column).as_primitive::<TimestampMicrosecondType>();
        column.is_valid(self.1).then(|| column.value(self.1) / 1_000)
    }

    fn unmapped(&self) -> &str {
        self.named("unmapped").unwrap_or_default()
    }
}

/// Whether the record is in the document: as it is, or as a JSON string.
fn stands_in(document: &str, record: &str) -> bool {
    let mut as_string = String::new();
    traillake_event::json::write_string(&mut as_string, record);
    document.contains(record) || document.contains(&as_string)
}

#[test]
fn every_real_record_comes_back_exactly() {
    let Some(root) = datasets() else { return };
    let mut open = vec![root];
    let (mut records, mut raw, mut templates) = (0, 0, HashSet::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let stored = std::fs::read(&path).unwrap();
        let content = inflate(&stored).bytes.into_owned();
        let mut found = Gathered::default();
        let mut decoder = Decoder::new();
        // The second time the shapes of all records are known, and another way of reading takes over.
        for _ in 0..2 {
            decoder.decode_document(&content, &mut found);
        }
        decoder.flush(&mut found);
        let document = String::from_utf8_lossy(&content);
        for rows in &found.rows {
            for row in 0..rows.batch.num_rows() {
                let row = Row(rows, row);
                let mut text = String::new();
                match row.named("eventTemplate") {
                    Some(template) => {
                        assert!(Template::parse(template, Schema::events()).unwrap().assemble(&row, &mut text));
                        templates.insert(template.to_owned());
                    }
                    None => {
                        text.push_str(row.named("eventRaw").unwrap());
                        raw += 1;
                    }
                }
                records += 1;
                assert!(stands_in(&document, &text), "{}: {text}", path.display());
                let hash = Sha256::digest(json::without_blanks(&text).as_bytes());
                let place = Schema::events().index_of("eventDigest").unwrap();
                let digest = row.0.batch.column(place).as_primitive::<arrow::datatypes::Int64Type>().value(row.1);
                assert_eq!(digest.to_be_bytes(), hash[..8]);
            }
        }
    }
    println!("{records} records, {raw} keep their raw text, {} templates", templates.len());
    assert!(records > 6_000);
}
