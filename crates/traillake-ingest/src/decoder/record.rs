//! One pass over one record: its leaves, its template, what no column knows.

use std::borrow::Cow;

use traillake_event::json::{Cursor, JsonError, Kind, Value, write_string};
use traillake_event::schema::Schema;
use traillake_event::template::{Leaves, Slot, write_literal, write_slot, write_unmapped_slot};
use traillake_event::time::{self, Spelling};

use super::members::{Level, Target, levels};
use crate::skip::SkipReason;

/// The largest record that is read, in bytes. CloudTrail's own limit is 1 MB.
pub(crate) const RECORD_BYTES_MAX: usize = 16 << 20;

/// The value of one column in one record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leaf {
    Null,
    /// A range of the document.
    Text(usize, usize),
    /// A range of [`Record::arena`], where strings with escapes stand resolved.
    Resolved(usize, usize),
    Boolean(bool),
    Millis(i64),
}

/// What a JSON object turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// A CloudTrail record.
    Record,
    /// Looks like one, but another product wrote it.
    Foreign(SkipReason),
    /// No record: a container perhaps.
    Other,
}

/// The leaves of one record; reused from record to record, so that it allocates nothing in the long run.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) leaves: Vec<Leaf>,
    pub(super) arena: String,
    /// The unmapped members as a JSON object; empty for none.
    pub(super) unmapped: String,
    pub(super) template: String,
    pub(super) objects: i32,
    /// Whether the template cannot give the record back, as known before trying.
    pub(super) keeps_raw: bool,
    /// The JSON path of the member at which the last reading broke, without a leading dot.
    pub(super) broken_at: String,
    /// Where the next literal of the template begins in the document.
    literal_from: usize,
    start: usize,
    foreign: Option<SkipReason>,
    columns: Columns,
    /// For each level: the place of the member that is likely to come next, by the one just read.
    guesses: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Columns {
    event_version: usize,
    event_name: usize,
    event_source: usize,
}

/// Members of which a record has none: whoever has one is a container.
const CONTAINER_KEYS: &[&str] = &["Records", "logEvents", "Events", "QueryResultRows", "auditEvents", "logFiles"];

impl Record {
    pub(super) fn new() -> Self {
        let schema = Schema::events();
        let column = |name| schema.index_of(name).unwrap_or_default();
        Self {
            leaves: vec![Leaf::Null; schema.columns().len()],
            arena: String::new(),
            unmapped: String::new(),
            template: String::new(),
            objects: 0,
            keeps_raw: false,
            broken_at: String::new(),
            literal_from: 0,
            start: 0,
            foreign: None,
            columns: Columns {
                event_version: column("eventVersion"),
                event_name: column("eventName"),
                event_source: column("eventSource"),
            },
            guesses: levels().iter().map(|level| vec![0; level.members.len() + 1]).collect(),
        }
    }

    /// Reads the object that comes next. After [`Nature::Other`] the cursor stands anywhere inside it.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<Nature, JsonError> {
        cursor.kind()?;
        self.clear(cursor.offset());
        if !self.read_level(cursor, 0)? {
            return Ok(Nature::Other);
        }
        if !self.unmapped.is_empty() {
            self.unmapped.push('}');
        }
        let text = cursor.text();
        self.write_literal(&text[self.literal_from..cursor.offset()]);
        Ok(self.nature(text))
    }

    /// The text of a leaf; `None` when it is NULL or no text.
    pub(super) fn text<'a>(&'a self, document: &'a str, column: usize) -> Option<&'a str> {
        match self.leaves[column] {
            Leaf::Text(start, end) => Some(&document[start..end]),
            Leaf::Resolved(start, end) => Some(&self.arena[start..end]),
            _ => None,
        }
    }

    fn clear(&mut self, start: usize) {
        self.leaves.fill(Leaf::Null);
        self.arena.clear();
        self.unmapped.clear();
        self.template.clear();
        self.broken_at.clear();
        self.objects = 0;
        self.keeps_raw = false;
        self.literal_from = start;
        self.start = start;
        self.foreign = None;
    }

    fn nature(&self, document: &str) -> Nature {
        let (Some(_), Some(source)) =
            (self.text(document, self.columns.event_name), self.text(document, self.columns.event_source))
        else {
            return Nature::Other;
        };
        match self.foreign {
            // The documents of integrations spell their version `version`.
            Some(SkipReason::AuditEvent) if self.leaves[self.columns.event_version] != Leaf::Null => Nature::Record,
            Some(reason) => Nature::Foreign(reason),
            None if source == "aws:s3" => Nature::Foreign(SkipReason::S3Notification),
            None if source.starts_with("aws:") => Nature::Foreign(SkipReason::ServiceNotification),
            None if source.ends_with(".aliyuncs.com") => Nature::Foreign(SkipReason::ActionTrail),
            None => Nature::Record,
        }
    }

    /// Reads the members of one level; `false` when the object is no record for sure.
    fn read_level(&mut self, cursor: &mut Cursor<'_>, place: usize) -> Result<bool, JsonError> {
        let level = &levels()[place];
        if let Some(bit) = level.bit {
            self.objects |= 1 << bit;
        }
        let mut seen = 0u64;
        let mut before = 0;
        let mut members = cursor.members()?;
        while let Some(key) = members.next(cursor)? {
            if cursor.offset() - self.start > RECORD_BYTES_MAX {
                // Too large to be kept: only its end is sought.
                cursor.value()?;
                continue;
            }
            let key = key.as_text().unwrap_or_default();
            let Some(member) = level.find(&key, usize::from(self.guesses[place][before])) else {
                if !self.read_unknown(cursor, place, &key).map_err(|error| self.broken(&key, error))? {
                    return Ok(false);
                }
                continue;
            };
            self.guesses[place][before] = u8::try_from(member).unwrap_or_default();
            before = member + 1;
            let target = &level.members[member].target;
            if seen & (1 << member) != 0 {
                self.keeps_raw = true;
                self.forget(target);
            }
            seen |= 1 << member;
            self.read_member(cursor, level, &key, target).map_err(|error| self.broken(&key, error))?;
        }
        Ok(true)
    }

    fn broken(&mut self, key: &str, error: JsonError) -> JsonError {
        let dot = if self.broken_at.is_empty() { "" } else { "." };
        self.broken_at.insert_str(0, &format!("{key}{dot}"));
        error
    }

    fn read_member(
        &mut self,
        cursor: &mut Cursor<'_>,
        level: &Level,
        key: &str,
        target: &Target,
    ) -> Result<(), JsonError> {
        match target {
            Target::Struct(place) if cursor.kind()? == Kind::Object => {
                self.read_level(cursor, *place)?;
            }
            Target::Json(column, hot) if !hot.is_empty() && cursor.kind()? == Kind::Object => {
                let start = cursor.offset();
                self.read_hot_keys(cursor, hot)?;
                self.take_slot(cursor, Slot::Json, *column, start, Leaf::Text(start, cursor.offset()));
            }
            _ => {
                let value = cursor.value()?;
                match target {
                    Target::Text(column) => self.take_text(cursor, *column, value),
                    Target::Boolean(column) => self.take_boolean(cursor, *column, value, level, key),
                    Target::Time(column) => self.take_time(cursor, *column, value, level, key),
                    Target::Json(_, _) if value.kind == Kind::Null => {}
                    Target::Json(column, _) => {
                        let leaf = Leaf::Text(value.offset, value.offset + value.raw.len());
                        self.take_slot(cursor, Slot::Json, *column, value.offset, leaf);
                    }
                    Target::Struct(_) if value.kind == Kind::Null => {}
                    Target::Struct(_) => self.take_unmapped(cursor, level, key, value),
                }
            }
        }
        Ok(())
    }

    fn take_text(&mut self, cursor: &Cursor<'_>, column: usize, value: Value<'_>) {
        let leaf = match value.kind {
            Kind::Null => return,
            Kind::String => self.content(value),
            // Kept as its JSON text, so that nothing is lost. A record's name and source must be strings.
            _ if column == self.columns.event_name || column == self.columns.event_source => {
                let name = &Schema::events().columns()[column].name;
                self.take_unmapped(cursor, &levels()[0], name, value);
                return;
            }
            _ => Leaf::Text(value.offset, value.offset + value.raw.len()),
        };
        let slot = if value.kind == Kind::String { Slot::Text } else { Slot::Json };
        self.take_slot(cursor, slot, column, value.offset, leaf);
    }

    fn take_boolean(&mut self, cursor: &Cursor<'_>, column: usize, value: Value<'_>, level: &Level, key: &str) {
        match (value.kind, value.raw) {
            (Kind::Null, _) => {}
            (Kind::Boolean, raw) => {
                self.take_slot(cursor, Slot::Boolean, column, value.offset, Leaf::Boolean(raw == "true"));
            }
            // The text itself stays in the template.
            (_, "\"true\"") => self.leaves[column] = Leaf::Boolean(true),
            (_, "\"false\"") => self.leaves[column] = Leaf::Boolean(false),
            _ => self.take_unmapped(cursor, level, key, value),
        }
    }

    fn take_time(&mut self, cursor: &Cursor<'_>, column: usize, value: Value<'_>, level: &Level, key: &str) {
        if value.kind == Kind::Null {
            return;
        }
        let read = value.as_text().and_then(|text| time::parse(&text)).filter(|(millis, _)| YEARS.contains(millis));
        match read {
            Some((millis, Spelling::Other)) => {
                self.leaves[column] = Leaf::Millis(millis);
                self.keeps_raw = true;
            }
            Some((millis, spelling)) => {
                self.take_slot(cursor, Slot::Time(spelling), column, value.offset, Leaf::Millis(millis));
            }
            None => self.take_unmapped(cursor, level, key, value),
        }
    }

    fn take_slot(&mut self, cursor: &Cursor<'_>, slot: Slot, column: usize, start: usize, leaf: Leaf) {
        self.leaves[column] = leaf;
        self.write_literal(&cursor.text()[self.literal_from..start]);
        write_slot(&mut self.template, slot, &Schema::events().columns()[column].name);
        self.literal_from = cursor.offset();
    }

    fn take_unmapped(&mut self, cursor: &Cursor<'_>, level: &Level, key: &str, value: Value<'_>) {
        self.unmapped.push(if self.unmapped.is_empty() { '{' } else { ',' });
        if level.prefix.is_empty() {
            write_string(&mut self.unmapped, key);
        } else {
            write_string(&mut self.unmapped, &format!("{}{key}", level.prefix));
        }
        self.unmapped.push(':');
        self.unmapped.push_str(value.raw);
        self.write_literal(&cursor.text()[self.literal_from..value.offset]);
        write_unmapped_slot(&mut self.template);
        self.literal_from = cursor.offset();
    }

    /// A member that no column knows; `false` when its object is a container and no record.
    fn read_unknown(&mut self, cursor: &mut Cursor<'_>, place: usize, key: &str) -> Result<bool, JsonError> {
        if place == 0 {
            if CONTAINER_KEYS.contains(&key) && cursor.kind()? == Kind::Array {
                return Ok(false);
            }
            match key {
                "acsRegion" => self.foreign = Some(SkipReason::ActionTrail),
                "UID" => self.foreign = Some(SkipReason::AuditEvent),
                _ => {}
            }
        }
        let value = cursor.value()?;
        self.take_unmapped(cursor, &levels()[place], key, value);
        Ok(true)
    }

    fn read_hot_keys(&mut self, cursor: &mut Cursor<'_>, hot: &[(&'static str, usize)]) -> Result<(), JsonError> {
        let mut members = cursor.members()?;
        while let Some(key) = members.next(cursor)? {
            let value = cursor.value()?;
            let key = key.as_text().unwrap_or_default();
            if let Some((_, column)) = hot.iter().find(|(known, _)| *known == key) {
                self.leaves[*column] = match value.kind {
                    Kind::Null => Leaf::Null,
                    Kind::String => self.content(value),
                    _ => Leaf::Text(value.offset, value.offset + value.raw.len()),
                };
            }
        }
        Ok(())
    }

    /// A string's content as a leaf.
    fn content(&mut self, value: Value<'_>) -> Leaf {
        match value.as_text() {
            Some(Cow::Owned(text)) => {
                let start = self.arena.len();
                self.arena.push_str(&text);
                Leaf::Resolved(start, self.arena.len())
            }
            _ => Leaf::Text(value.offset + 1, value.offset + value.raw.len() - 1),
        }
    }

    /// Of a repeated member the last value counts: what the earlier one filled is emptied.
    fn forget(&mut self, target: &Target) {
        match target {
            Target::Text(column) | Target::Boolean(column) | Target::Time(column) => self.leaves[*column] = Leaf::Null,
            Target::Json(column, hot) => {
                self.leaves[*column] = Leaf::Null;
                for (_, column) in hot {
                    self.leaves[*column] = Leaf::Null;
                }
            }
            Target::Struct(place) => {
                let level = &levels()[*place];
                if let Some(bit) = level.bit {
                    self.objects &= !(1 << bit);
                }
                for member in &level.members {
                    self.forget(&member.target);
                }
            }
        }
    }

    fn write_literal(&mut self, literal: &str) {
        self.keeps_raw |= !write_literal(&mut self.template, literal);
    }
}

/// The years 1 to 9999 in milliseconds: what a time column can hold everywhere.
const YEARS: std::ops::Range<i64> = -62_135_596_800_000..253_402_300_800_000;

/// A record's leaves as a template wants them.
pub(super) struct RecordLeaves<'a> {
    pub(super) record: &'a Record,
    pub(super) document: &'a str,
}

impl Leaves for RecordLeaves<'_> {
    fn text(&self, column: usize) -> Option<&str> {
        self.record.text(self.document, column)
    }

    fn boolean(&self, column: usize) -> Option<bool> {
        match self.record.leaves[column] {
            Leaf::Boolean(value) => Some(value),
            _ => None,
        }
    }

    fn millis(&self, column: usize) -> Option<i64> {
        match self.record.leaves[column] {
            Leaf::Millis(millis) => Some(millis),
            _ => None,
        }
    }

    fn unmapped(&self) -> &str {
        &self.record.unmapped
    }
}
