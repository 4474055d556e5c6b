//! Questions for a few events of a file, and what is read to answer them.
//!
//! Read as a query does that prunes all it can: row groups by their bounds and bloom filters, pages by the page index,
//! then the pages of the asked column, then of the other columns only those that hold a row found.

use std::sync::Arc;

use arrow::array::TimestampMicrosecondArray;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Datum, RecordBatch, Scalar, StringArray};
use arrow::compute::kernels::cmp::{gt_eq, lt_eq};
use arrow::compute::{and, cast};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use arrow::error::ArrowError;

use crate::Answer;
use crate::events::Events;

/// How often each question is asked, each time for another value.
const ASKED: usize = 8;
/// How many ids are asked for that no event has: enough to meet bloom filters that are wrong.
const ABSENT: u32 = 100;
const HOUR_MICROS: i64 = 3_600_000_000;
/// What is shown of the events of an hour.
const HOUR_COLUMNS: &[&str] = &["eventTime", "eventName", "userIdentity_arn", "sourceIPAddress", "errorCode"];

/// Values between which to look, in a column.
#[derive(Clone)]
pub(crate) struct Needle {
    pub(crate) column: &'static str,
    lowest: ArrayRef,
    highest: ArrayRef,
    /// The columns to show; all when empty.
    pub(crate) shown: &'static [&'static str],
    /// How many events there are.
    pub(crate) expected: usize,
}

/// The same question for several values.
pub(crate) struct Question {
    pub(crate) name: &'static str,
    pub(crate) needles: Vec<Needle>,
}

impl Question {
    /// How many events an answer has, in the mean.
    pub(crate) fn events(&self) -> usize {
        let events: usize = self.needles.iter().map(|needle| needle.expected).sum();
        events / self.needles.len().max(1)
    }
}

/// The questions that the events can answer.
pub(crate) fn questions(events: &Events) -> Answer<Vec<Question>> {
    let question = |name, needles| Question { name, needles };
    Ok(vec![
        question("one event id", words(events, "eventID")?),
        question("no such event id", absent()),
        question("one hour", hours(events)?),
        question("one access key", words(events, "userIdentity_accessKeyId")?),
        question("one bucket", words(events, "requestParameters_bucketName")?),
    ])
}

impl Needle {
    /// The value, when it is one of text.
    pub(crate) fn word(&self) -> Option<&str> {
        self.lowest.as_string_opt::<i32>().map(|words| words.value(0))
    }

    /// Which of these values lie between those looked for.
    pub(crate) fn matches(&self, values: &dyn Array) -> Result<BooleanArray, ArrowError> {
        self.may_match(values, values)
    }

    /// Which of these bounds enclose what is looked for.
    pub(crate) fn may_match(&self, least: &dyn Array, largest: &dyn Array) -> Result<BooleanArray, ArrowError> {
        let (lowest, highest) = (Scalar::new(Arc::clone(&self.lowest)), Scalar::new(Arc::clone(&self.highest)));
        let (least, largest): (&dyn Datum, &dyn Datum) = (&least, &largest);
        and(&lt_eq(least, &highest)?, &gt_eq(largest, &lowest)?)
    }
}

/// Needles for single words of a column, spread over those it has.
fn words(events: &Events, column: &'static str) -> Answer<Vec<Needle>> {
    let values = cast(events.rows.column_by_name(column).ok_or(column)?, &DataType::Utf8)?;
    let mut known: Vec<&str> = values.as_string::<i32>().iter().flatten().collect();
    known.sort_unstable();
    let counted: Vec<(&str, usize)> = known.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect();
    let needles = spread(counted.len()).map(|place| {
        let (word, expected) = counted[place];
        let word: ArrayRef = Arc::new(StringArray::from(vec![word]));
        Needle { column, lowest: Arc::clone(&word), highest: word, shown: &[], expected }
    });
    Ok(needles.collect())
}

/// Needles for ids that no event has, spread over all ids.
fn absent() -> Vec<Needle> {
    let ids = (0..ABSENT).map(|n| format!("{:08x}-0000-4000-8000-{n:012}", u32::MAX / ABSENT * n));
    let needles = ids.map(|id| {
        let id: ArrayRef = Arc::new(StringArray::from(vec![id]));
        Needle { column: "eventID", lowest: Arc::clone(&id), highest: id, shown: &[], expected: 0 }
    });
    needles.collect()
}

fn hours(events: &Events) -> Answer<Vec<Needle>> {
    let times = events.rows.column_by_name("eventTime").ok_or("eventTime")?;
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let (first, last) =
        (arrow::compute::min(times).unwrap_or_default(), arrow::compute::max(times).unwrap_or_default());
    let hours = usize::try_from((last - first) / HOUR_MICROS)?;
    let needles = spread(hours).map(|hour| {
        let from = first + i64::try_from(hour)? * HOUR_MICROS;
        let time =
            |micros| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC")) };
        let (lowest, highest) = (time(from), time(from + HOUR_MICROS - 1));
        let mut needle = Needle { column: "eventTime", lowest, highest, shown: HOUR_COLUMNS, expected: 0 };
        needle.expected = needle.matches(times)?.true_count();
        Ok(needle)
    });
    needles.collect()
}

/// Places spread evenly over so many.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    (0..ASKED.min(count)).map(move |n| (2 * n + 1) * count / (2 * ASKED.min(count)))
}

/// Whether the column of a needle is kept in a form that is not asked here.
pub(crate) fn is_kept_otherwise(needle: &Needle, rows: &RecordBatch) -> bool {
    let field = rows.schema_ref().field_with_name(needle.column);
    field.is_ok_and(|field| matches!(field.data_type(), DataType::FixedSizeBinary(_)))
}
