//! Which records are events of the store at hand: those within its retention period, of its Region and accounts, within
//! the window that was asked for, and, where that was asked for, those its selectors select.
//!
//! As with CloudTrail's own imports, selectors are for what comes in live: an import of past logs ignores them unless told
//! otherwise (user guide, *Copy trail events to CloudTrail Lake*).

use std::ops::Range;

use traillake_event::selector::{AdvancedEventSelectors, EventFields};
use traillake_store::{Attributes, Refusal};

use crate::skip::SkipReason;

/// What a record must be to become an event. The default leaves nothing out.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Events before this are older than the retention period, in milliseconds since 1970 UTC.
    pub oldest_ms: Option<i64>,
    /// The times that are wanted, in milliseconds since 1970 UTC; an event without a readable time is within no window.
    pub window_ms: Option<Range<i64>>,
    /// The store whose Region and accounts count.
    pub attributes: Option<Attributes>,
    /// What events are asked for.
    pub selectors: Option<AdvancedEventSelectors>,
}

/// What is looked at of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) time_ms: Option<i64>,
    pub(crate) region: Option<&'a str>,
    pub(crate) account: Option<&'a str>,
    pub(crate) record: &'a str,
}

impl Selection {
    /// Why a record is left out.
    pub(crate) fn leaves_out(&self, origin: Origin<'_>) -> Option<SkipReason> {
        if self.oldest_ms.is_some_and(|oldest| origin.time_ms.is_some_and(|time| time < oldest)) {
            return Some(SkipReason::TooOld);
        }
        if self.window_ms.as_ref().is_some_and(|window| !origin.time_ms.is_some_and(|time| window.contains(&time))) {
            return Some(SkipReason::OutsideWindow);
        }
        let accepted = self.attributes.as_ref().map(|attributes| attributes.accepts(origin.region, origin.account));
        if let Some(Err(refusal)) = accepted {
            return Some(match refusal {
                Refusal::Region { .. } => SkipReason::OtherRegion,
                Refusal::Account { .. } => SkipReason::OtherAccount,
            });
        }
        let selectors = self.selectors.as_ref()?;
        // The record has been read already, so that its fields can be.
        let is_selected = EventFields::read(origin.record).is_ok_and(|fields| selectors.selects(&fields));
        (!is_selected).then_some(SkipReason::NotSelected)
    }
}
