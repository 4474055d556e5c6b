//! The texts a record may stand in: the document, what its strings hold, what the strings in those hold, and the
//! cells of a CSV file.

use std::collections::HashSet;

use traillake_event::json::Cursor;

/// How many texts are looked at: a document may hold strings in strings in strings.
const TEXTS_MAX: usize = 20_000;

/// The texts of one document.
pub struct Texts {
    /// The document and its cells, as they are.
    bytes: Vec<Vec<u8>>,
    texts: Vec<String>,
    is_complete: bool,
}

impl Texts {
    /// The texts of a document.
    pub fn of(bytes: &[u8]) -> Self {
        let bytes = [vec![bytes.to_vec()], cells(bytes)].concat();
        let mut texts: Vec<String> = bytes.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        let mut seen: HashSet<String> = texts.iter().cloned().collect();
        let mut next = 0;
        while next < texts.len() && texts.len() < TEXTS_MAX {
            let inside = strings(&texts[next]);
            texts.extend(inside.into_iter().filter(|text| seen.insert(text.clone())));
            next += 1;
        }
        let is_complete = next == texts.len();
        Self { bytes, texts, is_complete }
    }

    /// Whether a record stands in one of the texts.
    pub fn contain(&self, record: &str) -> bool {
        !self.is_complete || self.texts.iter().any(|text| text.contains(record))
    }

    /// Whether bytes stand in the document or in one of its texts.
    pub fn contain_bytes(&self, wanted: &[u8]) -> bool {
        let as_chars = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
        let chars = as_chars(wanted);
        self.bytes.iter().any(|bytes| as_chars(bytes).contains(&chars))
            || std::str::from_utf8(wanted).is_ok_and(|wanted| self.contain(wanted))
    }
}

/// The contents of the strings in a text that may hold JSON. Whatever stands after a quote counts as a string: where
/// the text is no JSON, nobody knows better.
fn strings(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (quote, _) in text.match_indices('"') {
        let mut cursor = Cursor::new(text);
        cursor.seek(quote);
        let content = cursor.value().ok().and_then(|value| value.as_text().map(|text| text.into_owned()));
        found.extend(content.filter(|content| content.contains(['{', '['])));
    }
    found
}

/// The cells of a document, as if it were CSV.
fn cells(bytes: &[u8]) -> Vec<Vec<u8>> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(true).from_reader(body);
    let mut row = csv::ByteRecord::new();
    let mut found = Vec::new();
    while let Ok(true) = reader.read_byte_record(&mut row) {
        found.extend(row.iter().map(<[u8]>::to_vec));
    }
    found
}
