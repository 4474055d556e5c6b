//! What must hold for any bytes that reach the importer.
//!
//! Each module is one target: a plain function `check` that panics when something does not hold. The fuzzers of
//! `fuzz_targets` call it for ever; `tests/it/fuzz.rs` of `traillake-ingest` calls it for every file of the corpus and
//! a few thousand changed ones, in every test run. How to run the fuzzers stands in the documentation of
//! `traillake-ingest`.
//!
//! | target | for any bytes |
//! | --- | --- |
//! | [`document`] | counts add up; each event is in the document, byte for byte; each reject says where and why |
//! | [`time`] | an instant that was read is written and read again |
//! | [`template`] | a template is refused or filled; one that was written comes back |
//! | [`inflate`] | plain bytes stay; packed ones come back, or a prefix of them with the reason |

pub mod document;
pub mod inflate;
pub mod rows;
pub mod template;
pub mod texts;
pub mod time;

/// What a fuzzer calls: panics when something does not hold.
pub type Check = fn(&[u8]);

/// The targets by their names, which are those of their folders in the corpus.
pub const TARGETS: &[(&str, Check)] =
    &[("document", document::check), ("time", time::check), ("template", template::check), ("inflate", inflate::check)];
