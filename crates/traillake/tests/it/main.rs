//! The engine from the outside: real records in, SQL answers out.

mod ask;
mod crash;
mod memory;
mod property;
mod pushdown;
mod quiet;
mod shape;
mod sql;
mod truth;
