//! Scans with conditions: which rows meet them is known before a column is read that is only wanted.
//!
//! Of a row group that may have an answer,
//!
//! 1. the pages are left out that the index of values rules out, or the times of the page index ([`reading`]);
//! 2. a condition on one column of few values is asked of each value of its dictionary, once, and the rows are picked by
//!    their codes; no text is made of them;
//! 3. the other conditions are asked of the rows that are left;
//! 4. the wanted columns are read: the pages with picked rows, and no column without a value in these pages
//!    ([`batches`]).
//!
//! Each step reads what it needs at once. All else of a scan is as the engine's own source of Parquet files does it.

mod batches;
mod conditions;
mod opener;
mod picks;
mod reading;
mod row_group;
mod shape;
mod source;

pub(crate) use conditions::OnText;
pub(crate) use shape::Shapes;
pub(crate) use source::PickingSource;
