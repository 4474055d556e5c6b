//! The engine from the outside: real records in, SQL answers out.
//!
//! `cfg(test)` tells clippy that helpers, too, may stop at the first surprise.

#[cfg(test)]
mod ask;
#[cfg(test)]
mod at_once;
#[cfg(test)]
mod athena;
#[cfg(test)]
mod categories;
#[cfg(test)]
mod corpora;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod first_rows;
#[cfg(test)]
mod hot_keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod lookup;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod newest;
#[cfg(test)]
mod property;
#[cfg(test)]
mod pushdown;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod time_travel;
#[cfg(test)]
mod truth;
#[cfg(test)]
mod value_index;
