//! What a document contains, recognised by content and never by name.
//!
//! | container | records are |
//! | --- | --- |
//! | CloudTrail log file | elements of `Records` |
//! | array, JSON lines, values one after another | its elements, each of any kind in this table |
//! | EventBridge | `detail` |
//! | CloudWatch Logs subscription | text under `logEvents[].message` |
//! | LookupEvents | text under `Events[].CloudTrailEvent`, or of one event alone |
//! | SNS, SQS, log shippers | `Message`, `body`, `Body` (under `Messages`), `message`, `event`, `data`, `aws.cloudtrail`: JSON, or text of JSON |
//! | results of CloudTrail Lake | CSV with a column `eventJson`; `eventJson` under `QueryResultRows` or in any object |
//!
//! A **record** is an object with text `eventName` and text `eventSource` that no other product wrote. Containers
//! nest up to [`NESTING_MAX`] deep. A document is walked once, front to back. Where an element of an array is broken,
//! it is a reject, up to the next record that is whole; where there is none, the rest of the document is. Of JSON
//! lines only the broken line is, the first one too.

use traillake_event::category::StoreType;
use traillake_event::json::{Cursor, JsonError, Kind};

use crate::decoder::{Decoder, Nature, RECORD_BYTES_MAX, Sink, Tally};
use crate::item::{Item, Refused};
use crate::reject::Rejected;
use crate::skip::SkipReason;

mod document;
mod frame;
mod resume;
mod signs;
#[cfg(test)]
mod tests;

pub(crate) use document::{is_object, to_text, walk_document};
use frame::{Frame, Place};
pub(crate) use resume::Looks;
use signs::Signs;

/// How deep containers may nest.
pub const NESTING_MAX: usize = 8;

/// What a value is expected to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// Anything.
    Anything,
    /// A record, as the elements of `Records` are: whatever is neither that nor foreign is a reject.
    Record,
    /// The cells of a query result: only `eventJson` counts.
    Cells,
}

/// What a value turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It has been counted: rows, rejects, or skipped parts.
    Counted,
    /// Nothing of ours; whoever asked counts it.
    Nothing(SkipReason),
}

/// The JSON breaks off.
#[derive(Debug)]
struct Fault {
    error: JsonError,
    json_path: String,
    /// Where the innermost element that is lost begins, when it is known.
    element: Option<usize>,
}

/// One walk over one document.
struct Walk<'d, 's> {
    decoder: &'d mut Decoder,
    sink: &'s mut dyn Sink,
    tally: Tally,
    /// The place of the first element of the first array, where a document is a part of one.
    first_element: u64,
    looks: Looks,
}

impl Walk<'_, '_> {
    fn value(
        &mut self,
        cursor: &mut Cursor<'_>,
        frame: &Frame<'_>,
        place: &Place<'_>,
        expect: Expect,
    ) -> Result<Found, Fault> {
        match cursor.kind().map_err(|error| fault(error, place))? {
            Kind::Object => self.object(cursor, frame, place, expect),
            Kind::Array if place.depth() < NESTING_MAX * 2 => self.array(cursor, frame, place, expect),
            Kind::String => self.text(cursor, frame, place, expect),
            _ => {
                let value = cursor.value().map_err(|error| fault(error, place))?;
                if expect == Expect::Record {
                    let raw = &frame.bytes[value.offset..cursor.offset()];
                    self.reject(frame, value.offset, place.to_string(), "a record", value.kind.as_str().into(), raw);
                    return Ok(Found::Counted);
                }
                Ok(Found::Nothing(SkipReason::UnknownJson))
            }
        }
    }

    fn object(
        &mut self,
        cursor: &mut Cursor<'_>,
        frame: &Frame<'_>,
        place: &Place<'_>,
        expect: Expect,
    ) -> Result<Found, Fault> {
        let start = cursor.offset();
        match self.decoder.read(cursor) {
            Ok(Nature::Record) => {
                self.accept(frame, start, cursor.offset(), place);
                return Ok(Found::Counted);
            }
            Ok(Nature::Foreign(reason)) => return Ok(Found::Nothing(reason)),
            Err(error) if self.decoder.is_amid_record(cursor) => {
                // What its members hold is part of it, no record of its own.
                return Err(Fault { json_path: deeper(place, self.decoder.broken_at()), error, element: None });
            }
            Ok(Nature::Other) | Err(_) => {}
        }
        let broken_at = self.decoder.broken_at().to_owned();
        cursor.seek(start);
        self.container(cursor, frame, place, expect).map_err(|mut fault| {
            // The reading as a record went deeper into the members than the container does.
            if fault.json_path == place.to_string() {
                fault.json_path = deeper(place, &broken_at);
            }
            fault
        })
    }

    /// An object that is no record: its members may hold some.
    fn container(
        &mut self,
        cursor: &mut Cursor<'_>,
        frame: &Frame<'_>,
        place: &Place<'_>,
        expect: Expect,
    ) -> Result<Found, Fault> {
        let start = cursor.offset();
        let broken = |error| fault(error, place);
        let mut members = cursor.members().map_err(broken)?;
        let mut signs = Signs::default();
        let mut counted = false;
        let mut inner_reason = SkipReason::UnknownJson;
        while let Some(key) = members.next(cursor).map_err(broken)? {
            let key = key.as_text().unwrap_or_default();
            let kind = cursor.kind().map_err(broken)?;
            let Some(expected) =
                wrapped(self.decoder.store_type(), &key, kind, expect).filter(|_| place.depth() < NESTING_MAX)
            else {
                signs.note(&key, &cursor.value().map_err(broken)?);
                continue;
            };
            match self.value(cursor, frame, &place.member(&key), expected)? {
                Found::Counted => counted = true,
                Found::Nothing(SkipReason::UnknownJson) => {}
                Found::Nothing(reason) => inner_reason = reason,
            }
            signs.note_wrapper(&key);
        }
        if counted {
            return Ok(Found::Counted);
        }
        let store_type = self.decoder.store_type();
        if let Some(item) = signs.item(store_type) {
            self.accept_item(item, frame, start, cursor.offset(), place);
            return Ok(Found::Counted);
        }
        let is_meant = expect == Expect::Record || signs.is_record_like(store_type);
        // What the store is for is missed where it is not whole.
        let is_other = |reason: &SkipReason| *reason != SkipReason::of(store_type) || !is_meant;
        if let Some(reason) = signs.reason(store_type).filter(is_other) {
            return Ok(Found::Nothing(reason));
        }
        if inner_reason != SkipReason::UnknownJson {
            return Ok(Found::Nothing(inner_reason));
        }
        if expect == Expect::Record || (expect == Expect::Anything && signs.is_record_like(store_type)) {
            let raw = &frame.bytes[start..cursor.offset()];
            let (expected, found) = signs.missing_member(store_type);
            self.reject(frame, start, place.to_string(), &expected, found, raw);
            return Ok(Found::Counted);
        }
        Ok(Found::Nothing(SkipReason::UnknownJson))
    }

    fn array(
        &mut self,
        cursor: &mut Cursor<'_>,
        frame: &Frame<'_>,
        place: &Place<'_>,
        expect: Expect,
    ) -> Result<Found, Fault> {
        let begin = cursor.offset();
        let mut elements = cursor.elements().map_err(|error| fault(error, place))?;
        let first = std::mem::take(&mut self.first_element);
        let (mut index, mut unknown, mut counted) = (first, 0, false);
        // Whether the cursor stands before an element already.
        let mut is_before = false;
        loop {
            if !std::mem::take(&mut is_before) {
                match elements.next(cursor) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        let from = error.offset;
                        let fault = Fault { element: Some(from), error, json_path: place.to_string() };
                        // What lacks its comma may be whole.
                        self.resume(cursor, frame, from, fault)?;
                        (is_before, counted) = (true, true);
                        continue;
                    }
                }
            }
            let element = place.element(index);
            index += 1;
            // Blanks do not belong to the element.
            let start = cursor.kind().map(|_| cursor.offset()).unwrap_or(cursor.offset());
            match self.value(cursor, frame, &element, expect) {
                Ok(Found::Counted) => counted = true,
                Ok(Found::Nothing(SkipReason::UnknownJson)) => unknown += 1,
                Ok(Found::Nothing(reason)) => {
                    self.tally.skip(reason, 1);
                    counted = true;
                }
                Err(fault) if fault.error.is_too_deep() && self.pass_deep(cursor, frame, start, &fault) => {
                    counted = true;
                }
                Err(mut fault) => {
                    let from = *fault.element.get_or_insert(start);
                    self.resume(cursor, frame, from + 1, fault)?;
                    (is_before, counted) = (true, true);
                }
            }
        }
        if index == first && expect == Expect::Record && place.is_element() {
            let raw = &frame.bytes[begin..cursor.offset()];
            self.reject(frame, begin, place.to_string(), "a record", "an empty array".into(), raw);
        }
        if !counted && unknown > 0 {
            return Ok(Found::Nothing(SkipReason::UnknownJson));
        }
        if expect != Expect::Cells {
            self.tally.skip(SkipReason::UnknownJson, unknown);
        }
        Ok(Found::Counted)
    }

    /// Rejects what is broken, up to the next record of the array from a place on, where it goes on; the fault where
    /// there is none.
    fn resume(&mut self, cursor: &mut Cursor<'_>, frame: &Frame<'_>, behind: usize, fault: Fault) -> Result<(), Fault> {
        // A document that ends within a record is cut off, not broken.
        let is_cut_off = fault.error.offset >= frame.text.len();
        let next = if is_cut_off { None } else { self.looks.next_record(frame.text, behind) };
        let Some(next) = next else { return Err(fault) };
        let from = fault.element.unwrap_or(behind);
        let raw = frame.bytes[from..next].trim_ascii_end();
        let raw = raw.strip_suffix(b",").unwrap_or(raw).trim_ascii_end();
        let found = fault.found(frame);
        self.reject(frame, from, fault.json_path, fault.error.expected, found, raw);
        cursor.seek(next);
        Ok(())
    }

    /// Rejects an element that nests too deep, and stands behind it; `false` when its end is not to be found.
    fn pass_deep(&mut self, cursor: &mut Cursor<'_>, frame: &Frame<'_>, start: usize, fault: &Fault) -> bool {
        cursor.seek(start);
        let is_whole = cursor.skip_of_any_depth().is_ok();
        if is_whole {
            let raw = &frame.bytes[start..cursor.offset()];
            self.reject(frame, start, fault.json_path.clone(), fault.error.expected, fault.found(frame), raw);
        }
        is_whole
    }

    /// A string that may hold JSON.
    fn text(
        &mut self,
        cursor: &mut Cursor<'_>,
        frame: &Frame<'_>,
        place: &Place<'_>,
        expect: Expect,
    ) -> Result<Found, Fault> {
        let value = cursor.value().map_err(|error| fault(error, place))?;
        let raw = &frame.bytes[value.offset..cursor.offset()];
        let content = value.as_text().unwrap_or_default();
        let looks_like_json = content.trim_start().starts_with(['{', '[']);
        if !looks_like_json || place.depth() >= NESTING_MAX {
            if expect == Expect::Record {
                self.reject(frame, value.offset, place.to_string(), "a record", "text that is no JSON".into(), raw);
                return Ok(Found::Counted);
            }
            return Ok(Found::Nothing(SkipReason::UnknownJson));
        }
        if frame.is_damaged(value.offset, cursor.offset()) {
            self.reject(frame, value.offset, place.to_string(), "UTF-8 text", "other bytes".into(), raw);
            return Ok(Found::Counted);
        }
        let inside = frame.inside_string(&content, value.offset);
        let mut inner = Cursor::new(&content);
        let found = self.value(&mut inner, &inside, place, expect).and_then(|found| match inner.at_end() {
            true => Ok(found),
            false => Err(fault(inner.error("the end of the text"), place)),
        });
        Ok(match found {
            Ok(found) => found,
            Err(_) if expect != Expect::Record && !speaks_of_events(&content) => {
                Found::Nothing(SkipReason::UnknownJson)
            }
            Err(fault) => {
                let rest = &content.as_bytes()[fault.element.unwrap_or_default().min(content.len())..];
                let found = fault.found(&inside);
                self.reject(&inside, 0, fault.json_path, fault.error.expected, found, rest);
                Found::Counted
            }
        })
    }

    /// Takes the record just read.
    fn accept(&mut self, frame: &Frame<'_>, start: usize, end: usize, place: &Place<'_>) {
        if self.is_fit(frame, start, end, place) {
            self.append(frame.text, &frame.text[start..end], frame.offset(start));
        }
    }

    /// Takes an item as the record that is made of it.
    fn accept_item(&mut self, item: Item, frame: &Frame<'_>, start: usize, end: usize, place: &Place<'_>) {
        if !self.is_fit(frame, start, end, place) {
            return;
        }
        let read = item.record(&frame.text[start..end]).and_then(|record| {
            let nature = self.decoder.read(&mut Cursor::new(&record));
            let refused = |found: String| Refused { expected: "a record".to_owned(), found };
            match nature {
                Ok(Nature::Record) => Ok(record),
                Ok(_) => Err(refused("another object".to_owned())),
                Err(error) => Err(refused(error.found)),
            }
        });
        match read {
            Ok(record) => self.append(&record, &record, frame.offset(start)),
            Err(Refused { expected, found }) => {
                self.reject(frame, start, place.to_string(), &expected, found, &frame.bytes[start..end]);
            }
        }
    }

    /// Whether a record or an item can be read at all; rejects it otherwise.
    fn is_fit(&mut self, frame: &Frame<'_>, start: usize, end: usize, place: &Place<'_>) -> bool {
        let raw = &frame.bytes[start..end];
        let (expected, found) = if frame.is_damaged(start, end) {
            ("UTF-8 text".to_owned(), "other bytes".to_owned())
        } else if raw.len() > RECORD_BYTES_MAX {
            (format!("a record of at most {RECORD_BYTES_MAX} bytes"), format!("{} bytes", raw.len()))
        } else {
            return true;
        };
        self.reject(frame, start, place.to_string(), &expected, found, raw);
        false
    }

    fn append(&mut self, document: &str, raw: &str, offset: u64) {
        if let Some(reason) = self.decoder.leaves_out(document, raw) {
            self.tally.skip(reason, 1);
            return;
        }
        self.tally.records += 1;
        self.tally.events += 1;
        self.sink.record(raw, offset);
        self.decoder.append(document, raw, self.sink);
    }

    fn reject(&mut self, frame: &Frame<'_>, at: usize, json_path: String, expected: &str, found: String, raw: &[u8]) {
        let place = (Some(self.tally.records), frame.offset(at));
        self.sink.reject(Rejected::new(place, json_path, expected, found, raw));
        self.tally.records += 1;
        self.tally.rejects += 1;
    }
}

impl Fault {
    fn found(&self, frame: &Frame<'_>) -> String {
        match frame.is_damaged(self.error.offset, self.error.offset + 1) {
            true => "a byte that is no UTF-8".to_owned(),
            false => self.error.found.clone(),
        }
    }
}

/// The path of a member at a place; of the place itself when the member's path is empty.
fn deeper(place: &Place<'_>, member: &str) -> String {
    let path = place.to_string();
    let dot = if path.is_empty() || member.is_empty() { "" } else { "." };
    format!("{path}{dot}{member}")
}

fn fault(error: JsonError, place: &Place<'_>) -> Fault {
    Fault { error, json_path: place.to_string(), element: None }
}

/// Whether a member may hold records of a type of store, and what is expected of it.
fn wrapped(store_type: StoreType, key: &str, kind: Kind, expect: Expect) -> Option<Expect> {
    let nested = matches!(kind, Kind::Object | Kind::Array | Kind::String);
    if !nested {
        return None;
    }
    match (store_type, key) {
        (StoreType::ConfigurationItems, "configurationItems" | "baseConfigurationItems") if kind == Kind::Array => {
            return Some(Expect::Record);
        }
        (StoreType::ConfigurationItems, "configurationItem") if kind == Kind::Object => return Some(Expect::Record),
        // What AWS Config hands to the function of a rule.
        (StoreType::ConfigurationItems, "invokingEvent") => return Some(Expect::Anything),
        (StoreType::Evidence, "evidence") if kind != Kind::String => return Some(Expect::Record),
        (StoreType::Activity, "auditEvents") if kind == Kind::Array => return Some(Expect::Record),
        _ => {}
    }
    match key {
        "Records" if kind == Kind::Array => Some(Expect::Record),
        "Records" if kind == Kind::Object => Some(Expect::Anything),
        "Events" | "logEvents" | "Messages" | "records" if kind == Kind::Array => Some(Expect::Anything),
        "QueryResultRows" if kind == Kind::Array => Some(Expect::Cells),
        "CloudTrailEvent" => Some(Expect::Record),
        _ if key.eq_ignore_ascii_case("eventJson") => Some(Expect::Record),
        _ if expect == Expect::Cells => None,
        "detail" | "Message" | "body" | "Body" | "message" | "event" | "data" | "aws" | "cloudtrail"
        | "aws.cloudtrail" | "Sns" => Some(Expect::Anything),
        _ => None,
    }
}

/// Whether text that is broken JSON was meant to be a record: other programs log broken JSON too.
fn speaks_of_events(text: &str) -> bool {
    ["\"eventName\"", "\"eventSource\"", "\"eventVersion\""].iter().any(|sign| text.contains(sign))
}
