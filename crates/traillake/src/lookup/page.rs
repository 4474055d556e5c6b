//! The rows of a lookup as a page of events.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMillisecondType};
use serde_json::Value;
use traillake_event::category::StoreType;

use super::error::LookupError;
use super::event::Event;
use super::resource;
use super::token::{Fingerprint, Place, hash};

/// Takes the rows of [`View::Events`](super::View::Events), batch by batch, and knows at the end where the next page begins.
#[derive(Clone, Debug)]
pub struct Page {
    fingerprint: Fingerprint,
    store_type: StoreType,
    /// How many events may still be given.
    left: Option<u64>,
    /// Where the events given so far end.
    place: Option<Place>,
    is_full: bool,
}

impl Page {
    pub(super) fn new(fingerprint: Fingerprint, max: Option<u64>, place: Option<Place>, store_type: StoreType) -> Self {
        Self { fingerprint, store_type, left: max, place, is_full: false }
    }

    /// The events of a batch that are on this page.
    ///
    /// # Errors
    /// The batch is none of this lookup's SQL.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<Vec<Event>, LookupError> {
        let columns = Columns::new(batch)?;
        let mut events = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            if self.left == Some(0) {
                self.is_full = true;
                break;
            }
            let event = columns.event(row, self.store_type)?;
            if let Some(left) = &mut self.left {
                *left -= 1;
                self.give(&event);
            }
            events.push(event);
        }
        Ok(events)
    }

    /// The token of the next page, when there is one.
    pub fn next_token(&self) -> Option<String> {
        let place = self.place.as_ref().filter(|_| self.is_full)?;
        Some(place.write(self.fingerprint))
    }

    fn give(&mut self, event: &Event) {
        let hash = hash(&event.cloud_trail_event);
        match &mut self.place {
            Some(place) if place.time == event.event_time && place.id == event.event_id => place.given.push(hash),
            place => {
                *place = Some(Place { time: event.event_time, id: event.event_id.clone(), given: vec![hash] });
            }
        }
    }
}

/// The columns of a batch.
struct Columns {
    event_id: StringArray,
    event_name: StringArray,
    read_only: BooleanArray,
    access_key_id: StringArray,
    event_time: TimestampMillisecondArray,
    event_source: StringArray,
    username: StringArray,
    record: StringArray,
}

impl Columns {
    fn new(batch: &RecordBatch) -> Result<Self, LookupError> {
        let column = |name: &str, data_type: &DataType| {
            let found = batch.schema_ref().index_of(name).map(|index| batch.column(index));
            let cast = found.and_then(|array| cast(array, data_type));
            cast.map_err(|error| LookupError::Rows { what: error.to_string() })
        };
        let text = |name: &str| column(name, &DataType::Utf8).map(|array| array.as_string::<i32>().clone());
        let time = column("EventTime", &DataType::Timestamp(TimeUnit::Millisecond, None))?;
        Ok(Self {
            event_id: text("EventId")?,
            event_name: text("EventName")?,
            read_only: column("ReadOnly", &DataType::Boolean)?.as_boolean().clone(),
            access_key_id: text("AccessKeyId")?,
            event_time: time.as_primitive::<TimestampMillisecondType>().clone(),
            event_source: text("EventSource")?,
            username: text("Username")?,
            record: text("CloudTrailEvent")?,
        })
    }

    fn event(&self, row: usize, store_type: StoreType) -> Result<Event, LookupError> {
        let text = |array: &StringArray| array.is_valid(row).then(|| array.value(row).to_owned());
        let record = text(&self.record).unwrap_or_default();
        let resources = match store_type {
            StoreType::Insights => Vec::new(),
            _ => {
                let parsed: Value = serde_json::from_str(&record)
                    .map_err(|error| LookupError::Rows { what: format!("a record is no JSON: {error}") })?;
                resource::of_record(&parsed)
            }
        };
        let read_only = self.read_only.is_valid(row).then(|| self.read_only.value(row));
        Ok(Event {
            event_id: text(&self.event_id),
            event_name: text(&self.event_name),
            read_only: read_only.map(|read_only| if read_only { "true" } else { "false" }),
            access_key_id: text(&self.access_key_id),
            event_time: self.event_time.is_valid(row).then(|| self.event_time.value(row)),
            event_source: text(&self.event_source),
            username: text(&self.username),
            resources,
            cloud_trail_event: record,
        })
    }
}
