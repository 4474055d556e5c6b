//! What time it is.

use std::fmt;
use std::sync::Arc;

use chrono::Utc;

/// Tells the time, in milliseconds since 1970 UTC.
///
/// Every date a lake writes down or compares with comes from the clock it was [opened with](crate::Lake::with_clock), so
/// that a test moves the clock instead of waiting. Pauses between attempts are not dates, and are real.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Self::new(|| Utc::now().timestamp_millis())
    }

    /// A clock that shows what `now_ms` says.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// The time, in milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now_ms())
    }
}
