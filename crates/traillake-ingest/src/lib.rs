//! CloudTrail log files to committed event data stores.
//!
//! ```text
//!  bytes ─▶ inflated ─▶ records ─▶ events in Arrow batches ─▶ rows of a day ─▶ committed version
//!  source   inflate     container  decoder                    import           traillake-store
//! ```
//!
//! [`import()`] is the front door: it takes everything its [`Source`]s name into an
//! [`EventDataStore`](traillake_store::EventDataStore) and answers with an [`ImportReport`] whose numbers add up.
//! What is in a file is recognised by content, never by name ([`container`]). A bad record does not fail its file and
//! a bad file does not fail its import: both become [rejects](reject) with place, reason and bytes. What lies beside
//! CloudTrail logs is [skipped](skip) and counted.
//!
//! | module | answers |
//! | --- | --- |
//! | [`source`] | which objects are there, in which order? The only module that reads |
//! | [`mod@inflate`] | what was packed in these bytes? |
//! | [`container`] | where in this document are records? |
//! | [`decoder`] | which row does a record become? |
//! | [`reject`], [`skip`] | why did something not become a row? |
//!
//! [`verify()`] reads the sources once more and compares every record with what the store gives back for it.
//!
//! The middle is pure: a program that has bytes of its own uses [`decoder::Decoder`] alone. The event data store, its
//! files and its ledger are `traillake-store`'s; SQL is known to neither.
//!
//! ```
//! use traillake_ingest::{Observer, Options, Progress, Source, import};
//! use traillake_store::{Create, CreateOptions, Lake};
//!
//! struct Quiet;
//! impl Observer for Quiet {
//!     fn listed(&self, _objects: u64, _bytes: u64) {}
//!     fn progressed(&self, _progress: Progress) {}
//!     fn committed(&self, _version: u64) {}
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let log = folder.path().join("log.json");
//! # std::fs::write(&log, r#"{"Records":[{"eventName":"A","eventSource":"b","eventID":"1"}]}"#)?;
//! let lake = Lake::open(&folder.path().join("lake").display().to_string()).await?;
//! let Create::Done(store) = lake.create("trail", CreateOptions::default()).await? else {
//!     return Err("the name is taken".into());
//! };
//! let sources = [Source::parse(&log.display().to_string())?];
//! let report = import(&store, &sources, &Options::default(), &Quiet).await?;
//! assert_eq!((report.records, report.events, report.rejects), (1, 1, 0));
//!
//! let again = import(&store, &sources, &Options::default(), &Quiet).await?;
//! assert_eq!((again.objects_already_imported, again.events), (1, 0));
//! # Ok(())
//! # }
//! ```
//!
//! ## Fuzzing
//!
//! Log content is attacker-influenced. What must hold for any bytes stands in `fuzz/src`, one function for each target:
//! `document` (containers and decoder), `time`, `template` and `inflate`. Every test run calls them for the corpus and
//! a few thousand changed files of it; `FUZZ_MUTATIONS=1000000 cargo test -p traillake-ingest --test it fuzz` for more.
//! With [cargo-fuzz](https://rust-fuzz.github.io/book/cargo-fuzz.html) and a nightly compiler, in this crate's folder:
//!
//! ```text
//! mkdir -p /tmp/found
//! cargo +nightly fuzz run document /tmp/found fuzz/corpus/document
//! ```
//!
//! What is found new goes to the first folder. A file that fails becomes a test, and a file of the corpus.

pub mod container;
pub mod decoder;
mod error;
mod import;
pub mod inflate;
mod item;
mod recognise;
pub mod reject;
mod report;
mod selection;
pub mod skip;
pub mod source;
mod verify;

pub use error::Error;
pub use import::{MEMORY_BYTES, MEMORY_BYTES_MIN, Observer, Options, Progress, import};
pub use recognise::recognise;
pub use report::{ImportReport, REJECTS_SHOWN};
pub use selection::Selection;
pub use skip::SkipReason;
pub use source::Source;
pub use verify::{FINDINGS_SHOWN, Finding, VerifyReport, verify};
