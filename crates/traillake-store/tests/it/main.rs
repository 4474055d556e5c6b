//! The store through its front door.

mod commits;
mod data_files;
mod ledger;
mod lifecycle;
mod sample;
