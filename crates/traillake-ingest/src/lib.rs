//! CloudTrail log files to committed event data stores.

pub mod container;
pub mod decoder;
pub mod reject;
pub mod skip;
