//! The forms in which the AWS CLI prints events.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;
use traillake::lookup::Event;

use crate::arguments::LookupFormat;
use crate::failure::Failure;

/// Four blanks for each level, as the AWS CLI.
const INDENT: &str = "    ";

/// Writes events one after another: once `begin`, `event` for each, once `end`.
pub(super) struct Answer {
    format: LookupFormat,
    is_empty: bool,
}

impl Answer {
    pub(super) fn new(format: LookupFormat) -> Self {
        Self { format, is_empty: true }
    }

    pub(super) fn begin(&self, to: &mut Vec<u8>) {
        if self.format == LookupFormat::Json {
            to.extend_from_slice(b"{\n    \"Events\": [");
        }
    }

    pub(super) fn event(&mut self, event: &Event, to: &mut Vec<u8>) -> Result<(), Failure> {
        let failed = |source: serde_json::Error| Failure::Encode { format: "json", source: source.into() };
        match self.format {
            LookupFormat::Jsonl => {
                serde_json::to_writer(&mut *to, event).map_err(failed)?;
                to.push(b'\n');
            }
            LookupFormat::Text => to.extend_from_slice(text(event).as_bytes()),
            _ => {
                let mut written = Vec::new();
                let formatter = PrettyFormatter::with_indent(INDENT.as_bytes());
                event.serialize(&mut Serializer::with_formatter(&mut written, formatter)).map_err(failed)?;
                to.extend_from_slice(if self.is_empty { b"\n" } else { b",\n" });
                // A line end within a value is written as an escape: each one here is the formatter's.
                for (i, line) in written.split(|byte| *byte == b'\n').enumerate() {
                    to.extend_from_slice(if i == 0 { b"" } else { b"\n" });
                    to.extend_from_slice(INDENT.repeat(2).as_bytes());
                    to.extend_from_slice(line);
                }
            }
        }
        self.is_empty = false;
        Ok(())
    }

    pub(super) fn end(&self, next_token: Option<&str>, to: &mut Vec<u8>) {
        match self.format {
            LookupFormat::Jsonl => {}
            LookupFormat::Text => {
                if let Some(token) = next_token {
                    to.extend_from_slice(format!("NEXTTOKEN\t{token}\n").as_bytes());
                }
            }
            _ => {
                to.extend_from_slice(if self.is_empty { b"]" } else { b"\n    ]" });
                if let Some(token) = next_token {
                    // A token is of letters and digits.
                    to.extend_from_slice(format!(",\n    \"NextToken\": \"{token}\"").as_bytes());
                }
                to.extend_from_slice(b"\n}\n");
            }
        }
    }
}

/// A line with the event's own values in the order of their names, and a line for each resource.
fn text(event: &Event) -> String {
    let time = event.printed_time();
    let own = [
        event.access_key_id.as_deref().unwrap_or_default(),
        &event.cloud_trail_event,
        event.event_id.as_deref().unwrap_or_default(),
        event.event_name.as_deref().unwrap_or_default(),
        event.event_source.as_deref().unwrap_or_default(),
        time.as_deref().unwrap_or_default(),
        event.read_only.unwrap_or_default(),
        event.username.as_deref().unwrap_or_default(),
    ];
    let mut lines = line("EVENTS", &own);
    for resource in &event.resources {
        let own = [resource.resource_name.as_str(), resource.resource_type.as_deref().unwrap_or_default()];
        lines.push_str(&line("RESOURCES", &own));
    }
    lines
}

/// Values between tabs. What would be a tab, a line end or a command to a terminal is written out.
fn line(head: &str, values: &[&str]) -> String {
    let mut line = head.to_owned();
    for value in values {
        line.push('\t');
        for letter in value.chars() {
            match letter.is_control() {
                true => line.extend(letter.escape_default()),
                false => line.push(letter),
            }
        }
    }
    line.push('\n');
    line
}
