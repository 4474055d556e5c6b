//! The store through its front door.
//!
//! `cfg(test)` tells clippy that helpers, too, may stop at the first surprise.

#[cfg(test)]
mod attributes;
#[cfg(test)]
mod commits;
#[cfg(test)]
mod compaction;
#[cfg(test)]
mod crash_matrix;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod data_files;
#[cfg(test)]
mod deletion;
#[cfg(test)]
mod expiry;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod history;
#[cfg(test)]
mod integrity;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod listings;
#[cfg(test)]
mod names;
#[cfg(test)]
mod others;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod stops;
#[cfg(test)]
mod together;
#[cfg(test)]
mod vacuum;
#[cfg(test)]
mod walks;
