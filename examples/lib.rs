//! Programs that read as articles; each runs over the sample trail of `testdata/`.
//!
//! | run | to see |
//! | --- | --- |
//! | `cargo run -p traillake-examples --example first_lake` | a lake made, filled and asked |
//! | `cargo run -p traillake-examples --example follow_one_access_key` | a leaked key followed through a trail |
//! | `cargo run -p traillake-examples --example stream_batches` | Arrow batches inside a program, and what they cost |
