//! Templates, and records put together from them.

use traillake_event::json::write_string;
use traillake_event::schema::{Kind, Schema};
use traillake_event::template::{Leaves, Slot, Template, write_literal, write_slot, write_unmapped_slot};

/// Reads the bytes as a stored template and fills it; then takes them for the lines of a record, writes the template
/// of that and fills it.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(template) = Template::parse(&text, Schema::events()) {
        let _ = template.assemble(
            &Values { texts: vec![text.clone().into_owned()], unmapped: text.clone().into_owned() },
            &mut String::new(),
        );
    }
    if let Some(record) = Record::of(&text) {
        let template = Template::parse(&record.template, Schema::events());
        let template = template.expect("a template that was written can be read");
        let mut out = String::new();
        assert!(template.assemble(&record.values, &mut out), "a leaf that was written is missing");
        assert_eq!(out, record.text);
        assert_eq!(template.columns().count(), record.values.texts.len());
    }
}

/// Texts by column: the first text column has the first, and so on.
struct Values {
    texts: Vec<String>,
    unmapped: String,
}

impl Leaves for Values {
    fn text(&self, column: usize) -> Option<&str> {
        let place = text_columns().position(|(known, _)| known == column)?;
        self.texts.get(place).map(String::as_str)
    }

    fn boolean(&self, _: usize) -> Option<bool> {
        None
    }

    fn millis(&self, _: usize) -> Option<i64> {
        None
    }

    fn unmapped(&self) -> &str {
        &self.unmapped
    }
}

fn text_columns() -> impl Iterator<Item = (usize, &'static str)> {
    let columns = Schema::events().columns().iter().enumerate();
    columns.filter(|(_, column)| column.kind == Kind::Text).map(|(place, column)| (place, column.name.as_str()))
}

/// A record with its template and values.
struct Record {
    text: String,
    template: String,
    values: Values,
}

impl Record {
    /// The record whose parts are the lines: `t`ext, `j`son or `u`nmapped by the first letter, else literal. None
    /// when a literal cannot stand in a template, or there are more values than columns.
    fn of(lines: &str) -> Option<Self> {
        let values = Values { texts: Vec::new(), unmapped: String::new() };
        let mut record = Self { text: String::new(), template: String::new(), values };
        for line in lines.lines() {
            match (line.chars().next(), line.get(1..).unwrap_or_default()) {
                (Some('t'), value) => record.push(Slot::Text, value)?,
                (Some('j'), value) => record.push(Slot::Json, value)?,
                (Some('u'), value) => record.push_unmapped(value),
                _ => {
                    record.text.push_str(line);
                    write_literal(&mut record.template, line).then_some(())?;
                }
            }
        }
        if !record.values.unmapped.is_empty() {
            record.values.unmapped.push('}');
        }
        Some(record)
    }

    fn push(&mut self, slot: Slot, value: &str) -> Option<()> {
        let (_, column) = text_columns().nth(self.values.texts.len())?;
        write_slot(&mut self.template, slot, column);
        match slot {
            Slot::Text => write_string(&mut self.text, value),
            _ => self.text.push_str(value),
        }
        self.values.texts.push(value.to_owned());
        Some(())
    }

    fn push_unmapped(&mut self, value: &str) {
        write_unmapped_slot(&mut self.template);
        write_string(&mut self.text, value);
        let unmapped = &mut self.values.unmapped;
        unmapped.push_str(if unmapped.is_empty() { "{\"key\":" } else { ",\"key\":" });
        write_string(unmapped, value);
    }
}
