//! Vacuum.

mod horizon;

pub(crate) use horizon::{Horizon, LogBegins};
