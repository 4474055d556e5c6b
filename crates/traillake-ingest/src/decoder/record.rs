//! One pass over one record: its leaves, its template, what no column knows.

use std::sync::Arc;

use traillake_event::category::{EventCategory, StoreType};
use traillake_event::json::{Cursor, JsonError, Kind, Value, write_string};
use traillake_event::schema::{EVENT_TIME, Schema};
use traillake_event::template::{Slot, write_literal, write_slot, write_unmapped_slot};
use traillake_event::time::{self, Spelling};

use super::members::{Level, Members, Target};
use super::shapes::{Followed, Shapes, Step, YEARS};
use super::values::{Leaf, Values};
use crate::selection::Origin;
use crate::skip::SkipReason;

/// The largest record that is read, in bytes. CloudTrail's own limit is 1 MB.
pub(crate) const RECORD_BYTES_MAX: usize = 16 << 20;

/// The most values of a record whose shape is learned: CloudTrail's have fewer than a hundred.
const STEPS_MAX: usize = 1_000;

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

/// A record as it is read; reused from record to record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) values: Values,
    /// The shape it followed; with none, it was parsed and the fields below tell.
    pub(super) followed: Option<Followed>,
    pub(super) template: String,
    pub(super) objects: i32,
    /// Whether the template cannot give the record back, as known before trying.
    pub(super) keeps_raw: bool,
    /// Whether there are blanks between its tokens.
    pub(super) has_blanks: bool,
    /// Its values in order, with their ranges in the document.
    pub(super) steps: Vec<(Step, usize, usize)>,
    /// Whether others with the same steps and literals are read alike.
    pub(super) is_learnable: bool,
    /// The JSON path of the member at which the last reading broke, without a leading dot.
    pub(super) broken_at: String,
    pub(super) start: usize,
    /// Where the next literal of the template begins in the document.
    literal_from: usize,
    foreign: Option<SkipReason>,
    schema: Arc<Schema>,
    columns: Columns,
    members: Arc<Members>,
    /// For each level: the place of the member that is likely to come next, by the one just read.
    guesses: Vec<Vec<u8>>,
}

/// The columns that tell what an object is; none where the schema lacks one.
#[derive(Debug)]
struct Columns {
    event_version: Option<usize>,
    event_name: Option<usize>,
    event_source: Option<usize>,
    event_category: Option<usize>,
    event_type: Option<usize>,
    insight_state: Option<usize>,
    event_time: Option<usize>,
    region: Option<usize>,
    account: Option<usize>,
}

/// The `eventType` of every Insights record.
const INSIGHT_TYPE: &str = "AwsCloudTrailInsight";
/// Members of which a record has none: whoever has one is a container.
const CONTAINER_KEYS: &[&str] = &["Records", "logEvents", "Events", "QueryResultRows", "auditEvents", "logFiles"];
/// Members that tell records of other products.
const FOREIGN_KEYS: &[(&str, SkipReason)] = &[("acsRegion", SkipReason::ActionTrail), ("UID", SkipReason::AuditEvent)];

impl Record {
    pub(super) fn new(schema: &Arc<Schema>) -> Self {
        let column = |name| schema.index_of(name);
        let members = Arc::new(Members::new(schema));
        Self {
            values: Values::new(schema.columns().len()),
            followed: None,
            template: String::new(),
            objects: 0,
            keeps_raw: false,
            has_blanks: false,
            steps: Vec::new(),
            is_learnable: true,
            broken_at: String::new(),
            start: 0,
            literal_from: 0,
            foreign: None,
            columns: Columns {
                event_version: column("eventVersion"),
                event_name: column("eventName"),
                event_source: column("eventSource"),
                event_category: column("eventCategory"),
                event_type: column("eventType"),
                insight_state: column("insightDetails_state"),
                event_time: column(EVENT_TIME),
                region: column("awsRegion"),
                account: column("recipientAccountId"),
            },
            schema: Arc::clone(schema),
            guesses: members.levels.iter().map(|level| vec![0; level.members.len() + 1]).collect(),
            members,
        }
    }

    /// Reads the object that comes next. After [`Nature::Other`] the cursor stands anywhere inside it.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>, shapes: &mut Shapes) -> Result<Nature, JsonError> {
        cursor.kind()?;
        let text = cursor.text();
        self.clear(cursor.offset());
        self.followed = shapes.follow(text, self.start, &self.members, &mut self.values);
        if let Some(followed) = self.followed {
            self.values.close();
            self.has_blanks = followed.has_blanks;
            cursor.seek(followed.end);
            return Ok(self.nature(text));
        }
        self.clear(cursor.offset());
        cursor.take_passed_blanks();
        if !self.read_level(cursor, 0)? {
            return Ok(Nature::Other);
        }
        self.values.close();
        self.has_blanks = cursor.take_passed_blanks();
        self.write_literal(&text[self.literal_from..cursor.offset()]);
        Ok(self.nature(text))
    }

    fn clear(&mut self, start: usize) {
        self.values.clear();
        self.template.clear();
        self.broken_at.clear();
        self.steps.clear();
        self.objects = 0;
        self.keeps_raw = false;
        self.is_learnable = true;
        self.literal_from = start;
        self.start = start;
        self.foreign = None;
    }

    /// What decides whether it is kept.
    pub(super) fn origin<'a>(&'a self, document: &'a str, record: &'a str) -> Origin<'a> {
        let text = |column: Option<usize>| column.and_then(|column| self.values.text(document, column));
        let time_ms = self.columns.event_time.and_then(|column| match self.values.leaf(column) {
            Leaf::Millis(millis) => Some(millis),
            _ => None,
        });
        Origin { time_ms, region: text(self.columns.region), account: text(self.columns.account), record }
    }

    /// What it is, by the members read so far.
    pub(super) fn nature(&self, document: &str) -> Nature {
        let text = |column: Option<usize>| column.and_then(|column| self.values.text(document, column));
        let store_type = self.schema.store_type();
        if store_type != StoreType::Events {
            let is_named = |category: &EventCategory| text(self.columns.event_category) == Some(category.as_str());
            let is_insight = store_type == StoreType::Insights
                && (text(self.columns.event_type) == Some(INSIGHT_TYPE) || text(self.columns.insight_state).is_some());
            let is_ours = is_insight || store_type.categories().iter().any(is_named);
            return if is_ours { Nature::Record } else { Nature::Other };
        }
        let (Some(_), Some(source)) = (text(self.columns.event_name), text(self.columns.event_source)) else {
            return Nature::Other;
        };
        match self.foreign {
            // The documents of integrations spell their version `version`.
            Some(SkipReason::AuditEvent) if text(self.columns.event_version).is_some() => Nature::Record,
            Some(reason) => Nature::Foreign(reason),
            None if source == "aws:s3" => Nature::Foreign(SkipReason::S3Notification),
            None if source.starts_with("aws:") => Nature::Foreign(SkipReason::ServiceNotification),
            None if source.ends_with(".aliyuncs.com") => Nature::Foreign(SkipReason::ActionTrail),
            None => Nature::Record,
        }
    }

    /// Reads the members of one level; `false` when the object is no record for sure.
    fn read_level(&mut self, cursor: &mut Cursor<'_>, place: usize) -> Result<bool, JsonError> {
        let known = Arc::clone(&self.members);
        let level = &known.levels[place];
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
            Target::Json(column, Some(hot)) if cursor.kind()? == Kind::Object => {
                let start = cursor.offset();
                self.values.read_hot_keys(cursor, &self.members.hot_keys[*hot])?;
                let leaf = Leaf::Text(start, cursor.offset());
                self.take(cursor, Slot::Json, Step::Json(*column, Some(*hot)), *column, start, leaf);
            }
            _ => {
                let value = cursor.value()?;
                match target {
                    Target::Text(column) => self.take_text(cursor, *column, value),
                    Target::Boolean(column) => self.take_boolean(cursor, *column, value, level, key),
                    Target::Time(column) => self.take_time(cursor, *column, value, level, key),
                    Target::Json(_, _) if value.kind == Kind::Null => {}
                    Target::Json(column, hot) => {
                        let leaf = Leaf::Text(value.offset, value.offset + value.raw.len());
                        self.take(cursor, Slot::Json, Step::Json(*column, *hot), *column, value.offset, leaf);
                    }
                    Target::Struct(_) if value.kind == Kind::Null => {}
                    Target::Struct(_) => self.take_misfit(cursor, level, key, value),
                }
            }
        }
        Ok(())
    }

    fn take_text(&mut self, cursor: &Cursor<'_>, column: usize, value: Value<'_>) {
        let (slot, step, leaf) = match value.kind {
            Kind::Null => return,
            Kind::String => (Slot::Text, Step::Text(column), self.values.content(value)),
            // Kept as its JSON text, so that nothing is lost. A record's name and source must be strings.
            _ if [self.columns.event_name, self.columns.event_source].contains(&Some(column)) => {
                let (schema, members) = (Arc::clone(&self.schema), Arc::clone(&self.members));
                self.take_misfit(cursor, &members.levels[0], &schema.columns()[column].name, value);
                return;
            }
            _ => (Slot::Json, Step::Other(column), Leaf::Text(value.offset, value.offset + value.raw.len())),
        };
        self.take(cursor, slot, step, column, value.offset, leaf);
    }

    fn take_boolean(&mut self, cursor: &Cursor<'_>, column: usize, value: Value<'_>, level: &Level, key: &str) {
        match (value.kind, value.raw) {
            (Kind::Null, _) => {}
            (Kind::Boolean, raw) => {
                let leaf = Leaf::Boolean(raw == "true");
                self.take(cursor, Slot::Boolean, Step::Boolean(column), column, value.offset, leaf);
            }
            // The text itself stays in the template.
            (_, "\"true\"" | "\"false\"") => {
                self.values.set(column, Leaf::Boolean(value.raw == "\"true\""));
                self.is_learnable = false;
            }
            _ => self.take_misfit(cursor, level, key, value),
        }
    }

    fn take_time(&mut self, cursor: &Cursor<'_>, column: usize, value: Value<'_>, level: &Level, key: &str) {
        if value.kind == Kind::Null {
            return;
        }
        let read = value.as_text().and_then(|text| time::parse(&text)).filter(|(millis, _)| YEARS.contains(millis));
        match read {
            Some((millis, Spelling::Other)) => {
                self.values.set(column, Leaf::Millis(millis));
                self.keeps_raw = true;
            }
            Some((millis, spelling)) => {
                self.is_learnable &= spelling == Spelling::Extended;
                let (slot, leaf) = (Slot::Time(spelling), Leaf::Millis(millis));
                self.take(cursor, slot, Step::Time(column), column, value.offset, leaf);
            }
            None => self.take_misfit(cursor, level, key, value),
        }
    }

    fn take(&mut self, cursor: &Cursor<'_>, slot: Slot, step: Step, column: usize, start: usize, leaf: Leaf) {
        self.values.set(column, leaf);
        self.write_literal(&cursor.text()[self.literal_from..start]);
        write_slot(&mut self.template, slot, &self.schema.columns()[column].name);
        self.add_step(step, start, cursor.offset());
        self.literal_from = cursor.offset();
    }

    fn take_unmapped(&mut self, cursor: &Cursor<'_>, level: &Level, key: &str, value: Value<'_>) {
        let mut name = String::with_capacity(key.len() + 2);
        if level.prefix.is_empty() {
            write_string(&mut name, key);
        } else {
            write_string(&mut name, &format!("{}{key}", level.prefix));
        }
        self.values.add_unmapped(&name, value.raw);
        self.write_literal(&cursor.text()[self.literal_from..value.offset]);
        write_unmapped_slot(&mut self.template);
        self.add_step(Step::Unmapped(name.into()), value.offset, cursor.offset());
        self.literal_from = cursor.offset();
    }

    fn add_step(&mut self, step: Step, start: usize, end: usize) {
        if self.steps.len() < STEPS_MAX {
            self.steps.push((step, start, end));
        } else {
            self.is_learnable = false;
        }
    }

    /// A known member whose value is not what its column takes.
    fn take_misfit(&mut self, cursor: &Cursor<'_>, level: &Level, key: &str, value: Value<'_>) {
        self.is_learnable = false;
        self.take_unmapped(cursor, level, key, value);
    }

    /// A member that no column knows; `false` when its object is a container and no record.
    fn read_unknown(&mut self, cursor: &mut Cursor<'_>, place: usize, key: &str) -> Result<bool, JsonError> {
        if place == 0 {
            if CONTAINER_KEYS.contains(&key) && self.schema.store_type() == StoreType::Events {
                self.is_learnable = false;
                if cursor.kind()? == Kind::Array {
                    return Ok(false);
                }
            }
            if let Some((_, reason)) = FOREIGN_KEYS.iter().find(|(known, _)| *known == key) {
                self.is_learnable = false;
                self.foreign = Some(*reason);
            }
        }
        let value = cursor.value()?;
        let members = Arc::clone(&self.members);
        self.take_unmapped(cursor, &members.levels[place], key, value);
        Ok(true)
    }

    /// Of a repeated member the last value counts: what the earlier one filled is emptied.
    fn forget(&mut self, target: &Target) {
        let members = Arc::clone(&self.members);
        match target {
            Target::Text(column) | Target::Boolean(column) | Target::Time(column) => {
                self.values.set(*column, Leaf::Null);
            }
            Target::Json(column, hot) => {
                self.values.set(*column, Leaf::Null);
                let hot = hot.iter().flat_map(|hot| members.hot_keys[*hot].columns());
                hot.for_each(|column| self.values.set(column, Leaf::Null));
            }
            Target::Struct(place) => {
                let level = &members.levels[*place];
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
