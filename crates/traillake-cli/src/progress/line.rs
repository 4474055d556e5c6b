//! A line of JSON, for programs. Its fields are told in the help of `import`: they stay as they are.

use std::fmt;

use serde::Serialize;

use super::meter::{Counts, Meter, Phase};

/// Where an import is. What is not known is null.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    phase: &'static str,
    objects: u64,
    objects_total: Option<u64>,
    bytes: u64,
    bytes_total: Option<u64>,
    records: u64,
    events: u64,
    rejects: Option<u64>,
    json_bytes: Option<u64>,
    bytes_per_second: Option<u64>,
    seconds: f64,
    eta_seconds: Option<f64>,
    version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Line {
    pub(super) fn new(meter: &Meter, phase: Phase, error: Option<String>) -> Self {
        let Counts { objects, bytes, records, events, rejects, json_bytes } = meter.counts;
        // In the end, nothing moves any more.
        let is_moving = phase != Phase::Done;
        Self {
            phase: match phase {
                Phase::Listed => "listed",
                Phase::Importing => "importing",
                Phase::Committed => "committed",
                Phase::Merging => "merging",
                Phase::Verifying => "verifying",
                Phase::Done => "done",
            },
            objects,
            objects_total: meter.objects_total,
            bytes,
            bytes_total: meter.bytes_total(),
            records,
            events,
            rejects,
            json_bytes,
            bytes_per_second: meter.rate().filter(|_| is_moving).map(|rate| rate.bytes as u64),
            seconds: millis(meter.elapsed().as_secs_f64()),
            eta_seconds: meter.left().filter(|_| is_moving).map(|left| millis(left.as_secs_f64())),
            version: meter.version,
            error,
        }
    }
}

/// Seconds to a thousandth.
fn millis(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
